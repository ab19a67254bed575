// Source twins: tie the Go lines to the Python ones, step by step.
"use strict";
(() => {
  const within = (span, number) => {
    const [first, last] = (span ?? "0-0").split("-").map(Number);
    return first <= number && number <= last;
  };

  // Scroll the side around a line, never the page; as little as shows all of the marked lines, or their beginning.
  function bringIntoSight(lines, side) {
    const outer = side.getBoundingClientRect();
    const head = side.querySelector(".twin-file").offsetHeight;
    const above = lines[0].getBoundingClientRect().top - outer.top - head - 8;
    const below = lines.at(-1).getBoundingClientRect().bottom - outer.bottom + 28; // clear of the shadow
    if (above < 0 || below > above) side.scrollTop += above;
    else if (below > 0) side.scrollTop += below;
  }

  function mark(twin, button) {
    const step = button?.closest("li");
    for (const name of ["go", "python"]) {
      const side = twin.querySelector(`.twin-${name}`);
      const lines = [...side.querySelectorAll(".line")];
      for (const line of lines) line.classList.toggle("marked", Boolean(step) && within(step.dataset[name], Number(line.dataset.line)));
      const marked = lines.filter(line => line.classList.contains("marked"));
      if (marked.length) bringIntoSight(marked, side);
    }
  }

  function press(twin, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of twin.querySelectorAll(".twin-steps button")) other.setAttribute("aria-pressed", String(other === button && on));
    mark(twin, on ? button : null);
  }

  // A click on a line that a step speaks of is a click on the step; the next click on the next step that does.
  function pressAt(twin, line, buttons) {
    const name = line.closest(".twin-go") ? "go" : "python";
    const citing = buttons.filter(button => within(button.closest("li").dataset[name], Number(line.dataset.line)));
    const now = citing.findIndex(button => button.getAttribute("aria-pressed") === "true");
    if (citing.length) press(twin, citing[(now + 1) % citing.length]);
  }

  for (const twin of document.querySelectorAll(".twin")) {
    const buttons = [...twin.querySelectorAll(".twin-steps button")];
    buttons.forEach((button, i) => {
      button.hidden = false;
      button.addEventListener("click", () => press(twin, button));
      button.addEventListener("keydown", event => {
        const to = { ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: buttons.length - 1 }[event.key];
        const next = buttons[to];
        if (!next || next === button) return;
        event.preventDefault();
        next.focus({ preventScroll: false });
        press(twin, next);
      });
    });
    twin.classList.add("twin-live");
    twin.querySelector(".twin-panes").addEventListener("click", event => {
      const line = event.target.closest(".line.cited");
      if (line && getSelection().isCollapsed) pressAt(twin, line, buttons);
    });
  }
  globalThis.keventTwins = { mark, within };
})();
