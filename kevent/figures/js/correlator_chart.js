import { s, setAttribute, setText, short, written } from "./dom.js";
import { clock } from "./model.js";
import { Scrubber } from "./scrubber.js";

// The chart of CorrelatorTimeline, on which one moves: on one axis of time what came, what could be paid for, and what
// the API server has. What is still to come is pale; of what is not known yet there is a tick.

export const [TIME, OUTCOME, COUNT, LEFT, BEFORE, AFTER, KEYS, GROUP, OWN, GONE, RESET, OBJECT, FATE] = Array.from({ length: 13 }, (_, i) => i);

const MARK = 14; // pixels that a mark needs
const BIN = 16;
const LETTER = 6.8; // pixels
const ROWS = 12; // objects of the API server that are drawn

// --- Pure ---

export const isCombined = (outcome) => outcome.startsWith("combined");

// Runs of one fate: [{ filtered, from, to, n }].
export function runsOf(done) {
  const runs = [];
  done.forEach(([, outcome], event) => {
    const filtered = outcome === "filtered";
    const last = runs.at(-1);
    if (last?.filtered === filtered) Object.assign(last, { to: event, n: last.n + 1 });
    else runs.push({ filtered, from: event, to: event, n: 1 });
  });
  return runs;
}

// How events are drawn that stand at these pixels: each as a mark if they do not touch; else the runs as bars, if
// those are few; else counted in columns.
export function wayOf(xs, runs, width) {
  const touch = (x, i) => i && x - xs[i - 1] < MARK;
  if (!xs.some(touch)) return "marks";
  return runs.length <= width / MARK && runs.slice(1).every(({ from }) => xs[from] - xs[from - 1] > 2.5) ? "bars" : "columns";
}

const PACES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

// Round times for an axis of so many microseconds, at most so many beside 0.
export function ticksOf(total, most) {
  const pace = (PACES.find((seconds) => total / seconds / 1e6 <= most) ?? Math.ceil(total / 86400e6 / most) * 86400) * 1e6;
  return total >= 1e6 ? Array.from({ length: Math.floor(total / pace) + 1 }, (_, n) => n * pace) : [0, total];
}

const hours = (time) => (time && time % 3600e6 === 0 ? `${time / 3600e6} h` : clock(time));

// What came in each column of the chart: [{ x, written, filtered }].
export function columnsOf(xs, done, width) {
  const columns = Array.from({ length: Math.ceil(width / BIN) }, (_, i) => ({ x: i * BIN, written: 0, filtered: 0 }));
  done.forEach(([, outcome], e) => columns[Math.min(columns.length - 1, Math.max(0, Math.floor(xs[e] / BIN)))][outcome === "filtered" ? "filtered" : "written"]++);
  return columns;
}

// What the API server has after so many events: [{ from, to, count, event, combined }], by object.
export function storedAt(done, many) {
  const stored = [];
  done.slice(0, many).forEach((entry, event) => {
    if (entry[OUTCOME] === "filtered") return;
    const object = (stored[entry[OBJECT]] ??= { from: entry[TIME] });
    Object.assign(object, { to: entry[TIME], count: entry[COUNT], event, combined: isCombined(entry[OUTCOME]) });
  });
  return stored;
}

export const tokens = (thousandths) => `${Math.round(thousandths / 10) / 100}`;

// --- Drawing ---

export class Chart extends Scrubber {
  // The whole run: its last state.
  load(end) {
    this.end = end;
    this.runs = runsOf(end.done);
    this.rows = Math.max(1, Math.min(ROWS + 1, storedAt(end.done, end.done.length).length));
  }

  x(time) {
    return this.left + ((this.width - this.left - 10) * time) / Math.max(this.end.total, 1);
  }

  // The event nearest to so many pixels.
  at(px) {
    const { done } = this.end;
    const near = done.map(([time], event) => [Math.abs(this.x(time) - px), event + 1]).sort(([a], [b]) => a - b);
    return near.length && px > (this.left + this.x(done[0][TIME])) / 2 - 4 ? near[0][1] : 0;
  }

  snap(i) {
    return i;
  }

  draw(width) {
    this.width = width;
    this.wide = width > 560;
    this.left = this.wide ? 102 : 70;
    this.xs = this.end.done.map(([time]) => this.x(time));
    this.way = wayOf(this.xs, this.runs, width - this.left);
    setAttribute(this.svg, "class", "kp-time ke-chart");
    setAttribute(this.svg, "aria-label", "Event");
    setAttribute(this.svg, "aria-valuemax", this.playhead.end);
    setAttribute(this.svg, "data-way", this.way);
    this.shown = undefined;
  }

  show(sentence) {
    const { at, known } = this.playhead;
    setAttribute(this.svg, "aria-valuenow", at);
    setAttribute(this.svg, "aria-valuetext", sentence);
    if (!this.width || this.shown === `${at} ${known}`) return;
    this.shown = `${at} ${known}`;
    const { end, width, wide, left } = this;
    const { done, burst } = end;
    const told = done.slice(0, known);
    const stored = storedAt(done, at);
    const [top, deep] = [62, 52];
    const below = top + deep + 30;
    const axis = below + this.rows * 19 + 8;
    const y = (tokens) => top + deep - (deep * Math.max(0, tokens)) / burst;
    const parts = [];
    const label = (height, name, value) => parts.push(written(0, height, name, "ke-bold"), written(0, height + 15, value, "ke-small"));
    label(20, wide ? "what came" : "came", `${at} of ${done.length}`);
    parts.push(...this.came(at, told), s("path", { class: "kp-ticks", d: this.xs.slice(told.length).map((x) => `M${x} 18v8`).join("") }));
    const now = at ? done[at - 1][AFTER] : burst * 1000;
    label(top + 20, "tokens", `${tokens(now)} of ${burst}`);
    const curve = this.curve(y, told, at ? done[at - 1][KEYS][0] : done[0]?.[KEYS][0], at);
    parts.push(s("path", { class: "ke-rule", d: `M${left} ${top}H${width}M${left} ${top + deep}H${width}` }), s("path", { class: "ke-area", d: curve.area }), s("path", { class: "ke-curve", "data-later": true, d: curve.later }), s("path", { class: "ke-curve", d: curve.now }),
      s("path", { class: "ke-price", d: `M${left} ${y(1)}H${width}` }), written(left - 4, top + 5, burst, "ke-small", "end"));
    if (burst > 4) parts.push(written(left - 4, y(1) + 3, "1", "ke-small", "end"));
    const knows = stored.reduce((sum, { count }) => sum + count, 0);
    label(below + 11, wide ? "API server" : "stored", `${wide ? "knows " : ""}${knows} of ${at}`);
    if (at) parts.push(s("path", { class: "ke-now", d: `M${this.xs[at - 1]} 8V${axis}` }));
    parts.push(...this.objects(stored, below));
    parts.push(s("path", { class: "ke-rule", d: `M${left} ${axis}H${width}` }));
    for (const time of ticksOf(end.total, wide ? 5 : 2)) parts.push(written(this.x(time), axis + 16, hours(time), "ke-small", !time ? "start" : this.x(time) > width - 24 ? "end" : "middle"));
    if (at) parts.push(s("path", { class: "ke-head", d: `M${this.xs[at - 1] - 6} 0h12l-6 9Z` }));
    setAttribute(this.svg, "height", axis + 24);
    setAttribute(this.svg, "viewBox", `0 0 ${width} ${axis + 24}`);
    this.svg.replaceChildren(...parts);
    this.fit();
  }

  // Letters are not all as wide as guessed: what sticks out is cut.
  fit() {
    for (const [label, words, room] of this.fitted) {
      for (let letters = words.textContent.length - 1; letters > 2 && label.getComputedTextLength() > room; letters--) setText(words, short(words.textContent.replace(/…$/, ""), letters));
    }
  }

  mark(e, at, more = {}) {
    const [, outcome] = this.end.done[e];
    const d = this.end.events[e][1] ? "M0-7L7 0L0 7L-7 0Z" : "M-5-5H5V5H-5Z";
    const kind = { class: "ke-event", "data-event": e, "data-outcome": outcome.split(" ")[0], "data-role": outcome === "filtered" ? "lost" : "done", "data-later": e >= at || null, ...more };
    return s("g", { ...kind, transform: `translate(${this.xs[e]} 22)` }, isCombined(outcome) ? s("path", { d, transform: "translate(4 0)" }) : "", s("path", { d }));
  }

  came(at, done) {
    if (this.way === "marks") return done.map((_, e) => this.mark(e, at));
    if (this.way === "bars") {
      return runsOf(done).flatMap(({ filtered, from, to, n }) => {
        const [x0, x1] = [this.xs[from], this.xs[to]];
        const gap = Math.min(5, from ? (x0 - this.xs[from - 1]) / 2 - 1 : 5, to + 1 < done.length ? (this.xs[to + 1] - x1) / 2 - 1 : 5);
        const kind = { "data-role": filtered ? "lost" : "done", "data-many": n, "data-later": at <= from || null };
        if (n === 1) return [this.mark(from, at, { "data-many": 1 })];
        const words = x1 - x0 > 84 ? `${filtered ? "filtered" : "written"} ${n}` : x1 - x0 > 16 ? n : "";
        const made = done.slice(from, to + 1).flatMap(([, outcome], k) => (outcome === "created" ? [this.xs[from + k]] : [])); // a new object each
        return [s("rect", { class: "ke-event", ...kind, x: x0 - gap, y: 14, width: Math.max(3, x1 - x0 + 2 * gap), height: 17, rx: 4 }),
          s("path", { class: "ke-first", "data-later": kind["data-later"], d: made.map((x) => `M${x - 1} 14h2v17h-2Z`).join("") }),
          words ? written((x0 + x1) / 2, 27, words, `ke-many ke-${filtered ? "lost" : "done"}`, "middle") : ""];
      });
    }
    const now = at ? this.xs[at - 1] - this.left : -1;
    const columns = columnsOf(this.xs.map((x) => x - this.left), done, this.width - this.left);
    const most = Math.max(...columns.map(({ written, filtered }) => Math.max(written, filtered)));
    return columns.flatMap(({ x, written, filtered }) => [["done", written, -1], ["lost", filtered, 1]].filter(([, many]) => many).map(([role, many, side]) => {
      const high = 4 + (16 * many) / most;
      return s("rect", { class: "ke-event", "data-role": role, "data-many": many, "data-later": x > now || null, x: this.left + x + 1, y: 24 + (side < 0 ? -high - 1 : 1), width: BIN - 3, height: high, rx: 2 });
    }));
  }

  // The tokens of a bucket over time: what was, what is still to come, and the area below.
  curve(y, done, bucket, at) {
    const start = `M${this.x(0)} ${y(this.end.burst)}`;
    let [now, later] = [start, start];
    let last = this.x(0);
    done.forEach((entry, e) => {
      if (entry[KEYS][0] !== bucket) return;
      const way = `L${this.xs[e]} ${y(entry[BEFORE] / 1000)}V${y(entry[AFTER] / 1000)}`;
      later += way;
      if (e < at) [now, last] = [now + way, this.xs[e]];
    });
    return { now, later, area: `${now}V${y(0)}H${this.x(0)}Z`, last };
  }

  objects(stored, below) {
    const { width, wide } = this;
    const { events, parts } = this.end;
    this.fitted = [];
    const drawn = stored.length > ROWS ? stored.slice(-ROWS) : stored;
    const out = drawn.flatMap(({ from, to, count, event, combined }, k) => {
      const x = this.x(from);
      const y = below + k * 19;
      const long = Math.max(9, this.x(to) - x);
      const told = `${wide ? `${parts[events[event][5]]} ` : ""}${combined ? "(combined…) " : ""}${events[event][0]}`;
      // In the bar, or behind it, or before it: where it has the most room.
      const rooms = [long, width - x - long - 9, x - 9 - this.left];
      const need = (letters) => (letters + 4) * LETTER;
      const fits = rooms.findIndex((room) => room > need(told.length));
      const side = fits >= 0 ? fits : rooms.indexOf(Math.max(...rooms));
      const words = s("tspan", {}, short(told, Math.max(3, Math.floor(rooms[side] / LETTER) - 4)));
      const label = s("text", { class: `ke-stored ${side ? "ke-outside" : ""}`, x: [x + 2, x + long + 9, x - 9][side], y: y + 11.8, "text-anchor": side === 2 ? "end" : "start" }, s("title", {}, told), s("tspan", { class: "ke-bold" }, `× ${count} `), words);
      this.fitted.push([label, words, rooms[side]]);
      return [s("rect", { class: "ke-object", "data-object": k, x: x - 4, y, width: long + 8, height: 15, rx: 4 }), label];
    });
    if (drawn.length < stored.length) out.push(written(this.left, below + ROWS * 19 + 12, `and ${stored.length - drawn.length} before them`, "ke-small"));
    return out;
  }
}
