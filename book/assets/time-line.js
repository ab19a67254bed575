// The time line: three questions above a table that can be read without them.
"use strict";
for (const line of document.querySelectorAll(".time-line")) {
  const form = line.querySelector("form");
  const entries = [...line.querySelectorAll("tbody tr")];
  const { version, part, noticed } = form.elements;
  const answer = form.querySelector("output");

  function show() {
    const mine = Number(version.value);
    let shown = 0, have = 0;
    for (const entry of entries) {
      entry.hidden = part.value !== "" && !entry.dataset.parts.split(" ").includes(part.value)
        || !noticed.value.split(" ").includes(entry.dataset.noticed);
      const has = mine > 0 && Number(entry.dataset.since) <= mine;
      entry.toggleAttribute("data-ahead", mine > 0 && !has);
      entry.toggleAttribute("data-have", has);
      entry.querySelector(".time-line-yours").textContent = !mine ? "" : has ? `in 1.${mine}` : `not in 1.${mine}`;
      if (!entry.hidden) { shown++; have += has; }
    }
    const changes = `${shown} ${shown === 1 ? "change" : "changes"}`;
    answer.textContent = !mine ? `${changes}.`
      : `${changes}: ${have} in 1.${mine}, where it differs from what this book reads; ${shown - have} still ahead of it.`;
  }

  form.addEventListener("change", show);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  show();
}
