// The steps of the run that refutes an attempt, one after the other: the row of the table, and the line of the editor that took it.

import { h } from "./dom.js";

const PAUSE = 900;

export function play(box, lines, point) {
  const rows = [...box.querySelectorAll("table.trace tbody tr")];
  if (rows.length < 2 || !lines.some(Boolean)) return () => {};
  let at = -1;
  let timer = 0;
  const said = h("span", { class: "live-step", role: "status" });
  const go = (to) => {
    rows[at]?.removeAttribute("aria-current");
    at = Math.max(0, Math.min(to, rows.length - 1));
    rows[at].setAttribute("aria-current", "step");
    said.textContent = `step ${at + 1} of ${rows.length}${lines[at] ? `, line ${lines[at]}` : ", not in your lines"}`;
    point(lines[at] ?? null);
    back.disabled = at === 0;
    forward.disabled = at === rows.length - 1;
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    start.textContent = "Play these steps";
  };
  const step = (by) => () => { pause(); go(at + by); };
  const start = h("button", { type: "button", onclick: () => {
    if (timer) return pause();
    go(at >= rows.length - 1 ? 0 : at + 1);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return undefined; // then each press is a step
    start.textContent = "Pause";
    timer = setInterval(() => (at < rows.length - 1 ? go(at + 1) : pause()), PAUSE);
    return undefined;
  } }, "Play these steps");
  const back = h("button", { type: "button", disabled: true, onclick: step(-1) }, "Back");
  const forward = h("button", { type: "button", onclick: step(1) }, "Forward");
  box.querySelector("table.trace").before(h("p", { class: "live-play" }, start, back, forward, said));
  return pause;
}
