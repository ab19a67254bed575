// The steps of the run that refutes an attempt, one after the other: the row of the table, and the line of the editor that took it.
// Where the run is one of a broadcaster, a stage shows it, and plays by itself.

import { h } from "./dom.js";
import { patiently } from "./figure.js";

const PAUSE = 900;

export function play(box, lines, point, stage) {
  const rows = [...box.querySelectorAll("table.trace tbody tr")];
  if (stage && rows.length) return onStage(box, stage);
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

// Open the stage on the run, once, and let it play.
function onStage(box, open) {
  const place = h("div", { class: "live-stage" });
  const start = h("button", { type: "button", onclick: async () => {
    if (!place.hasChildNodes()) open(place);
    start.textContent = "Play again";
    const stage = await patiently(() => place.querySelector(".ks[data-step]") ?? missing()).catch(() => null);
    if (!stage) return; // where it would be it says why
    stage.scrollIntoView({ block: "nearest" });
    await inSight(stage); // elsewhere it does not play
    for (const key of ["a", " "]) stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); // all steps
  } }, "Play these steps");
  box.querySelector("table.trace").before(h("p", { class: "live-play" }, start), place);
  return () => {};
}

function missing() {
  throw new Error("no stage yet");
}

const inSight = (element) => new Promise((then) => {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    seen.disconnect();
    then();
  });
  seen.observe(element);
});
