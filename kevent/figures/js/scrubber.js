import { s, setAttribute } from "./dom.js";
import { GLYPHS } from "./roles.js";

// The time line, which is itself a chart of the run: a tick for each step, a mark for each key step, and whatever the
// figure draws behind them. `lanes` are the heights at which steps lie: one, or one for each of two runs and for both.
// A step that is not known yet has a tick, and no more.

const PAD = 12;
const REACH = 9; // a click this near a mark means the mark

export class Scrubber {
  constructor(playhead, height = 62) {
    this.playhead = playhead;
    this.height = height;
    this.svg = s("svg", { class: "kp-time", tabindex: 0, role: "slider", "aria-label": "Step", "aria-valuemin": 0, "aria-valuenow": 0 });
    const to = ({ clientX }) => {
      const { left, width } = this.svg.getBoundingClientRect();
      playhead.jump(this.snap(this.at(clientX - left, width)));
    };
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      this.dragged = true;
      to(event);
    });
    this.svg.addEventListener("pointermove", (event) => this.dragged && to(event));
    for (const type of ["pointerup", "pointercancel"]) this.svg.addEventListener(type, () => (this.dragged = false));
  }

  x(i) {
    return PAD + (i / (this.playhead.end || 1)) * (this.width - 2 * PAD);
  }

  // The step that stands at so many pixels from the left.
  at(px, width) {
    return Math.round(((px - PAD) / (width - 2 * PAD)) * this.playhead.end);
  }

  snap(i) {
    const { playhead } = this;
    if (!playhead.keysOnly) return i;
    const near = playhead.stops.filter((stop) => Math.abs(this.x(stop) - this.x(i)) <= REACH);
    return near.sort((a, b) => Math.abs(a - i) - Math.abs(b - i))[0] ?? i;
  }

  // steps: [{ i, role, key, lane }]; `behind(scrubber)` gives what stands behind them; `high` lifts losses onto it,
  // and the head begins at `top`.
  draw(width, what) {
    const { steps, lanes, behind, high } = what;
    const { known } = this.playhead;
    Object.assign(this, { width, what, told: known });
    const { svg, height } = this;
    const marks = [];
    let ticks = "";
    const coarse = Math.ceil(steps.length / 600);
    const tall = this.playhead.keysOnly ? 1.5 : 3;
    steps.forEach(({ i, role: own, key, lane }, n) => {
      const role = i > known ? "run" : own;
      const y = i > known ? lanes.at(-1) : lanes[lane];
      if (key) {
        const loud = role === "lost" || role === "wait";
        const at = high && loud ? high : y;
        const d = role === "run" ? "M0-4V4" : GLYPHS[role];
        marks.push(s("path", { class: "kp-mark", "data-role": role, d, transform: `translate(${this.x(i)},${at})` }));
        if (at !== y) ticks += `M${this.x(i)} ${high + 8}V${y - 8}`;
      } else if (n % coarse === 0) ticks += `M${this.x(i)} ${y - tall}V${y + tall}`;
    });
    setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
    setAttribute(svg, "height", height);
    setAttribute(svg, "aria-valuemax", this.playhead.end);
    this.head = s("g", { class: "kp-head" }, s("path", { d: `M0 ${what.top ?? 2}V${height - 2}` }), lanes.length ? s("circle", { cx: 0, cy: lanes.length > 1 ? height / 2 : lanes[0], r: 5.5 }) : "");
    const back = behind(this);
    const words = back.filter((part) => part.localName === "text"); // the head passes behind them
    svg.replaceChildren(...back.filter((part) => !words.includes(part)), s("path", { class: "kp-ticks", d: ticks }), s("g", {}, marks), this.head, ...words);
  }

  show(sentence) {
    const { at, known } = this.playhead;
    if (this.what && this.told !== known) this.draw(this.width, this.what);
    this.head?.setAttribute("transform", `translate(${this.x(at)},0)`);
    setAttribute(this.svg, "aria-valuenow", at);
    setAttribute(this.svg, "aria-valuetext", sentence);
  }
}
