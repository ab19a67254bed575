// Self-checks: take the reader's prediction, then show what the run says. Progress stays in this browser.
"use strict";
(() => {
  const STORE = "kevent self-checks";

  function remembered() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORE));
      return stored instanceof Object ? stored : {};
    } catch { return {}; } // storage may be off, or hold what is not ours
  }

  function remember(id, prediction) {
    const all = remembered();
    if (prediction === null) delete all[id]; else all[id] = prediction;
    try { localStorage.setItem(STORE, JSON.stringify(all)); } catch { /* then this page forgets */ }
  }

  function open({ sealed, key }) {
    const bytes = Uint8Array.from(atob(sealed), (letter, i) => letter.charCodeAt(0) ^ key.charCodeAt(i % key.length));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  const ended = words => (/[.!?]$/.test(words) ? words : `${words}.`);

  function element(tag, className, text) {
    return Object.assign(document.createElement(tag), { className, textContent: text });
  }

  const checks = [...document.querySelectorAll(".self-check")];
  const known = remembered();
  const progress = element("p", "self-check-progress", "");
  progress.setAttribute("role", "status");

  function count() {
    const answered = checks.filter(check => check.classList.contains("answered")).length;
    progress.textContent = answered ? `${answered} of ${checks.length} self-checks on this page answered. Kept in this browser only.` : "";
  }

  for (const check of checks) {
    const form = check.querySelector("form");
    const place = check.querySelector(".self-check-answer");
    const field = form.querySelector("input[type=number]");
    const address = `${location.pathname.split("/").pop()}#${check.id}`;
    const after = document.querySelector(`details[data-bet="${check.id}"]`); // what is told once there is a bet
    const predicted = () => field ? field.value.trim() : form.querySelector("input:checked")?.value;

    const reveal = prediction => {
      const { answer, html } = open(place.dataset);
      const right = field ? Number(prediction) === Number(answer) : prediction === answer;
      const verdict = element("p", "self-check-verdict", right
        ? `As you said: ${ended(answer)}`
        : `You said: ${ended(prediction)} The run says: ${ended(answer)}`);
      verdict.dataset.right = right;
      const why = document.createElement("div");
      why.innerHTML = html; // this book's own text, sealed when the page was built
      const again = element("button", "", "Predict again");
      again.type = "button";
      again.addEventListener("click", () => {
        place.replaceChildren();
        form.reset();
        form.hidden = false;
        check.classList.remove("answered");
        if (after) after.open = false;
        remember(address, null);
        count();
        form.querySelector("input").focus();
      });
      place.replaceChildren(verdict, why, again);
      form.hidden = true;
      check.classList.add("answered");
      if (after) after.open = true;
      count();
    };

    form.hidden = false;
    check.querySelector(".self-check-elsewhere").hidden = true;
    form.addEventListener("submit", event => {
      event.preventDefault();
      remember(address, predicted());
      reveal(predicted());
      check.dispatchEvent(new Event("answered", { bubbles: true })); // the figure beside it goes on
    });
    if (typeof known[address] === "string") reveal(known[address]);
  }
  checks.at(-1)?.after(progress);
})();
