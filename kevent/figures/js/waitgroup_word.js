import { h, s, setAttribute, setText, written } from "./dom.js";
import { Plate } from "./plate.js";
import { GLYPHS, glyph } from "./roles.js";
import { Scrubber } from "./scrubber.js";
import { register } from "./shell.js";
import { memory } from "./waitgroup_memory.js";

// WaitGroupWord: each step on the word as written arithmetic, both halves in columns; and who runs, sleeps, waits.

const HALF = 0xffffffffn;
const WORD = (1n << 64n) - 1n;

// --- Pure ---

export const wordOf = (hex) => BigInt(`0x${hex}`);

export const halves = (word) => [Number(BigInt.asIntN(32, word >> 32n)), Number(word & HALF)];

// The eight low bits of a half, from the highest, and what the other 24 are.
export function bitsOf(word, half) {
  const bits = half ? word & HALF : word >> 32n;
  const rest = bits >> 8n;
  return { low: Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(7 - i)) & 1n)), rest: rest === 0n ? "0 × 24" : rest === 0xffffffn ? "1 × 24" : "…" };
}

const number = (value) => `${value}`.replace("-", "−");

// The step of a state as rows of [name, word]; which halves agree, where two are compared; the half that must not be.
export function sumOf({ op, word, was }) {
  const [kind = "", ...rest] = op;
  const before = wordOf(was);
  const verdict = rest.at(-1);
  if (kind === "add") {
    const operand = wordOf(rest[0]);
    const sum = before + operand;
    return { kind, rows: [["before", before], [`+ (${number(halves(operand)[0])} << 32)`, operand], ["= after", sum & WORD]], operand: true, carry: sum > WORD, bad: { "below zero": 0, "from zero": 1 }[verdict] ?? -1 };
  }
  if (kind === "store") return { kind, rows: [["before", before], ["← 0", 0n], ["= after", 0n]], bad: -1 };
  if (kind === "look") return { kind, rows: [["done if", 0n], ["found", before]], agrees: [halves(before)[0] === 0], again: true, bad: -1 };
  if (kind === "swap" || kind === "again" || kind === "back") {
    const expected = wordOf(rest[0]);
    const agrees = [0, 1].map((half) => halves(expected)[half] === halves(before)[half]);
    const all = agrees.every(Boolean);
    const rows = [["expected", expected], ["found", before]];
    if (kind === "swap") rows.push([all ? "+ 1, stored" : "stays", before + (all ? 1n : 0n)]);
    return { kind, rows, agrees, again: kind === "swap", bad: -1 };
  }
  return { kind, rows: [["the word", wordOf(word)]], bad: -1 };
}

export const ZONES = [["run", "can run"], ["sleep", "asleep on a timer"], ["wait", "parked"], ["end", "ended"]];

export const zoneOf = (code) => (code === "idle" ? 3 : Math.max(0, ZONES.findIndex(([each]) => each === code)));

export function wordTable(state) {
  const { rows, agrees } = sumOf(state);
  const told = rows.map(([name, word]) => [name, ...halves(word).map(number)]);
  if (agrees) told.push(["agree", ...[0, 1].map((half) => (half < agrees.length ? (agrees[half] ? "✓" : "✗") : "any"))]);
  told.push(["semaphore", `${state.sema}`, ""]);
  for (const name of state.goroutines) told.push([name, state[`g:${name}`][1], ""]);
  if (state.panic) told.push(["panic", state.panic, ""]);
  return { columns: ["what", "counter", "waiters"], rows: told };
}

// --- Drawing ---

const LETTER = 6.6; // pixels
const SHARES = [23, 20, 28, 29]; // of the width, for each of the zones

const TITLES = [["counter: what is still to be done", "high half · bits 63…40, then 39…32", "bits 63…40, 39…32"], ["waiters: who sleeps until then", "low half · bits 31…8, then 7…0", "bits 31…8, 7…0"]];
const SAYS = { add: "the sum says", look: "the comparison says", swap: "the comparison says", again: "the comparison says", back: "the comparison says" };

const box = (half, word = "") => s("svg", { class: "kw-key", viewBox: "0 0 15 15", width: 15, height: 15, "aria-hidden": "true" }, s("rect", { x: 1.5, y: 1.5, width: 12, height: 12, rx: 2.5, "data-half": half }), word);

export class WaitGroupWord {
  static legend = () => [[box("counter"), "1 of the counter"], [box("waiters"), "1 of the waiters"], [box("changed"), "changed bit"], ["done", "as expected"], ["lost", "must not be"], [h("i", { class: "kw-ticket" }), "ticket of the semaphore"]];

  constructor(plate) {
    this.plate = plate;
    this.scrubber = new Scrubber(plate.playhead, 92);
  }

  state(i) {
    return this.plate.recording.state(i);
  }

  table(i) {
    return wordTable(this.state(i));
  }

  // A sum says what is wrong before somebody panics over it.
  tells(i) {
    return this.state(i).says[0] === "lost";
  }

  // What does not change with the step: where the word lies in memory.
  below(element) {
    const { layouts } = this.plate.data;
    if (layouts) element.append(memory(layouts));
  }

  draw(width) {
    const { stage } = this.plate;
    const { goroutines } = this.state(0);
    this.width = width;
    this.sum = h("div", { class: "kw-sum" });
    this.says = h("p", { class: "kw-says" });
    // As high as the fullest place at any step: nothing below it jumps.
    const name = Math.max(...goroutines.map(({ length }) => length)) * LETTER;
    const counts = Array.from({ length: this.plate.recording.length + 1 }, (_, i) => this.counts(i));
    const rows = Math.max(...SHARES.map((share, zone) => {
      const room = (width >= 620 ? ((width - 24) * share) / 100 : (width - 8) / 2) - 22;
      return Math.ceil(Math.max(...counts.map((each) => each[zone])) / Math.max(1, Math.floor((room + 5) / (name + (zone === 3 ? 46 : 29)))));
    }));
    this.zones = ZONES.map(([code, name]) => h("div", { class: "kw-zone", "data-zone": code, style: `min-height: ${34 + 31 * rows}px` }, h("p", {}, h("b", {}, name), h("span")), h("div")));
    this.chips = goroutines.map((name) => h("span", { class: "kw-chip", "data-goroutine": name }, name));
    stage.replaceChildren(this.sum, this.says, h("div", { class: "kw-board" }, this.zones));
    const keys = this.plate.recording.keys;
    const steps = keys.slice(1).map((key, n) => ({ i: n + 1, role: this.plate.look(n + 1), key, lane: 0 }));
    this.scrubber.draw(width, { steps, lanes: [78], top: 18, behind: (scrubber) => this.history(scrubber) });
  }

  // How many goroutines each place holds.
  counts(i) {
    const state = this.state(i);
    const counts = [0, 0, 0, 0];
    for (const name of state.goroutines) counts[zoneOf(state[`g:${name}`][0])]++;
    return counts;
  }

  // Behind the time line: counter and waiters, over the steps that are known.
  history(scrubber) {
    const { length } = this.plate.recording;
    const values = Array.from({ length: Math.min(length, scrubber.playhead.known) + 1 }, (_, i) => halves(wordOf(this.state(i).word)));
    const top = Math.max(1, ...values.flat());
    const low = Math.min(0, ...values.flat());
    const y = (value) => 24 + ((top - value) / (top - low)) * 38;
    const path = (half, off) => values.reduce((d, each, i) => (i ? `${d}H${scrubber.x(i)}V${y(each[half]) + off}` : `M${scrubber.x(0)} ${y(each[half]) + off}`), "");
    const rule = (value) => [s("path", { class: "kw-rule", d: `M${scrubber.x(0)} ${y(value)}H${scrubber.x(length)}` }), written(0, y(value) + 4, number(value), "kp-text")];
    return [...[...new Set([top, 0, low])].flatMap(rule), s("path", { class: "kw-line", "data-half": "counter", d: path(0, -1) }), s("path", { class: "kw-line", "data-half": "waiters", d: path(1, 1) }),
      s("path", { class: "kw-line", "data-half": "counter", d: "M12 8h16" }), written(32, 12, "counter", "kp-text"), s("path", { class: "kw-line", "data-half": "waiters", d: "M92 8h16" }), written(112, 12, "waiters", "kp-text")];
  }

  show(i, moved) {
    const state = this.state(i);
    const told = sumOf(state);
    this.sum.replaceChildren(this.rows(told));
    const panics = state.panic && i && state.who && this.plate.recording.role(i) === "lost" && told.kind;
    const [role, words] = state.says.length ? state.says : ["", "64 bits, two numbers: what is still to be done, and who waits for it."];
    setAttribute(this.says, "data-role", role);
    this.says.replaceChildren(role && role !== "wait" ? glyph(role) : "", h("span", {}, panics ? "what it saw" : SAYS[told.kind] ?? "so"), words);
    this.showBoard(i, state, moved);
  }

  rows(told) {
    const { width } = this;
    const wide = width >= 620;
    const names = wide ? 100 : 90;
    const room = 46;
    const rest = 44;
    const gap = 24;
    const cell = wide ? (width - names - gap - 2 * (rest + 5 + room)) / 16 : (width - names - rest - 5 - room) / 8;
    const half = rest + 5 + 8 * cell + room;
    const block = 36 + 37 * 3 + 8;
    const height = wide ? block + 10 : 2 * (block + 14); // the same at every step: nothing below it jumps
    const words = told.rows.map(([name, word]) => `${name}: counter ${number(halves(word)[0])}, waiters ${halves(word)[1]}`).join("; ");
    const svg = s("svg", { class: "kw-rows", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words });
    for (const low of [0, 1]) {
      const x = names + (wide && low ? half + gap : 0);
      const top = low && !wide ? height / 2 : 0;
      const [title, far, near] = TITLES[low];
      svg.append(written(x, top + 12, title, "kw-title"), written(x, top + 28, wide ? far : near, "kw-small"));
      told.rows.forEach(([name, word], r) => {
        const y = top + 36 + r * 37 + (r === 2 ? 5 : 0);
        if (!low || !wide) svg.append(written(0, y + 19, name, r === 2 ? "kw-title" : ""));
        if (r === 0 && told.agrees && low >= told.agrees.length) return svg.append(written(x, y + 19, "any", "kw-small")); // Wait asks for the counter alone
        const operand = told.operand && r === 1;
        const value = halves(word)[low];
        const last = r === 2 && told.rows[told.agrees ? 1 : 0][1];
        svg.append(this.half(word, low, { x, y, rest, cell, operand, was: last === false ? word : last }), written(x + half, y + 21, operand && value >= 0 ? `+${value}` : number(value), "kw-number", "end"));
        if (r === 2) svg.append(s("path", { class: "kw-under", d: `M${x} ${y - 6}H${x + half}` }));
      });
      const mark = x + half - room + 12;
      if (low < (told.agrees?.length ?? 0)) svg.append(this.mark(mark, top + 36 + 33, told.agrees[low], told.again));
      if (told.bad === low) svg.append(this.mark(mark - 2, top + 36 + 74 + 20, false));
      if (told.carry && !low) svg.append(s("path", { class: "kw-carry", d: `M${x + 20} ${top + 147}q-2 9 -14 9h-6m5 -4l-5 4l5 4` }), written(x + 26, top + 160, "carry: off the end, at bit 64", "kw-small"));
    }
    return svg;
  }

  half(word, low, { x, y, rest, cell, operand, was }) {
    const { low: bits, rest: many } = bitsOf(word, low);
    const { low: before } = bitsOf(was, low);
    const row = s("g", { class: "kw-half", "data-half": low ? "waiters" : "counter", "data-operand": operand },
      s("rect", { class: "kw-rest", x, y, width: rest, height: 28, rx: 3 }), written(x + rest / 2, y + 18.5, many, "kw-small", "middle"));
    bits.forEach((bit, n) => {
      const left = x + rest + 5 + n * cell;
      row.append(s("g", { class: "kw-bit", "data-on": bit, "data-changed": bit !== before[n] }, s("rect", { x: left, y, width: cell - 3, height: 28, rx: 3 }), written(left + (cell - 3) / 2, y + 19.5, bit, "", "middle")));
    });
    return row;
  }

  // Agrees, or does not: only what must not be is red.
  mark(x, y, agrees, again = false) {
    return s("path", { class: "kw-mark", "data-role": agrees ? "done" : again ? "wait" : "lost", d: agrees ? GLYPHS.done : GLYPHS.lost, transform: `translate(${x} ${y}) scale(1.3)` });
  }

  showBoard(i, state, moved) {
    const before = moved ? this.chips.map((chip) => chip.getBoundingClientRect()) : [];
    state.goroutines.forEach((name, n) => {
      const [code, doing] = state[`g:${name}`];
      const chip = this.chips[n];
      const panics = state.panic && state.who === name;
      const zone = this.zones[zoneOf(code)].lastChild;
      if (chip.parentNode !== zone) zone.append(chip);
      setAttribute(chip, "data-state", code);
      setAttribute(chip, "data-now", panics ? "lost" : i && state.who === name && code !== "idle" ? "run" : "");
      setAttribute(chip, "title", doing);
      setText(chip, panics ? `✗ ${name}` : code === "end" ? `✓ ${name}` : name);
    });
    const tickets = this.zones[2].querySelector("span");
    tickets.replaceChildren(state.sema ? " · tickets " : " · no ticket", ...Array.from({ length: state.sema }, () => h("i", { class: "kw-ticket" })));
    setText(this.zones[3].querySelector("b"), state.goroutines.some((name) => state[`g:${name}`][0] === "idle") ? "not started, or ended" : "ended");
    before.forEach(({ left, top }, n) => {
      const now = this.chips[n].getBoundingClientRect();
      if (left !== now.left || top !== now.top) this.chips[n].animate([{ transform: `translate(${left - now.left}px, ${top - now.top}px)` }, { transform: "none" }], { duration: 280, easing: "ease" });
    });
  }
}

register("waitgroup-word", (root, data, how) => new Plate(root, data, WaitGroupWord, how));
