import { fit, h, s, setAttribute, setText, short } from "./dom.js";
import { Drawing } from "./drawing.js";

// WaitGroupWord: the 64 bits of the word, where they lie in memory, and the goroutines around them.

const HALF = 0xffffffffn;

// --- Pure ---

export function halves(hex, flag = false) {
  const word = BigInt(`0x${hex}`);
  const low = word & (flag ? 0x7fffffffn : HALF);
  return { counter: Number(BigInt.asIntN(32, word >> 32n)), waiters: Number(low) };
}

export function changedBits(hex, was) {
  const difference = BigInt(`0x${hex}`) ^ BigInt(`0x${was}`);
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (difference >> BigInt(bit)) & 1n);
}

// "bits 33-40 and 0": neighbours as one range, from the highest.
export function bitNames(bits) {
  const runs = [];
  for (const bit of [...bits].sort((a, b) => b - a)) {
    if (runs.length && runs.at(-1)[1] === bit + 1) runs.at(-1)[1] = bit;
    else runs.push([bit, bit]);
  }
  return runs.map(([high, low]) => (high === low ? `${high}` : `${high}…${low}`)).join(", ");
}

export function wordTable(state) {
  const { counter, waiters } = halves(state.word);
  const was = halves(state.was);
  const rows = [
    ["word", `0x${state.word}`, `0x${state.was}`],
    ["counter", `${counter}`, `${was.counter}`],
    ["waiters", `${waiters}`, `${was.waiters}`],
    ["bits changed", bitNames(changedBits(state.word, state.was)) || "none", ""],
    ["semaphore", `${state.sema}`, ""],
  ];
  for (const name of state.goroutines) rows.push([name, state[`g:${name}`][1], ""]);
  if (state.panic) rows.push(["panic", state.panic, ""]);
  return { columns: ["what", "now", "before the step"], rows };
}

export function wordLayout(width, goroutines) {
  const columns = width >= 620 ? 32 : 16;
  const pitch = Math.min(19, (width - (columns === 32 ? 120 : 4) - (columns / 4 - 1) * 5) / columns);
  const lines = 32 / columns;
  const rowHeight = 30;
  const halfHeight = 24 + lines * rowHeight + 14 + (columns === 16 ? 26 : 0);
  const cell = (bit) => {
    const half = bit >= 32 ? 0 : 1;
    const place = 31 - (bit % 32);
    const column = place % columns;
    return { x: 1 + column * pitch + Math.floor(column / 4) * 5, y: 24 + half * halfHeight + Math.floor(place / columns) * rowHeight, width: pitch - 2, height: 24 };
  };
  const right = 1 + columns * pitch + (columns / 4 - 1) * 5;
  const values = [0, 1].map((half) => (columns === 32 ? { x: right + 10, y: 24 + half * halfHeight + 19 } : { x: 1, y: 24 + half * halfHeight + lines * rowHeight + 18 }));
  const memory = 2 * halfHeight + 40;
  const across = Math.max(1, Math.floor(width / 200));
  const below = memory + (width >= 620 ? 52 : 102);
  const boxes = goroutines.map((name, i) => ({ name, x: 1 + (i % across) * ((width - 2) / across), y: below + Math.floor(i / across) * 56, width: (width - 2) / across - 8, height: 46 }));
  const height = below + Math.ceil(goroutines.length / across) * 56;
  return { width, columns, cell, values, halfHeight, memory, boxes, height };
}

// --- Drawing ---

export class WaitGroupWord extends Drawing {
  static table = wordTable;

  constructor(stage, frame) {
    super(stage, frame);
    this.layouts = frame.data.layouts;
    this.chosen = frame.data.usual;
    this.note = h("p", { class: "kf-note" });
    this.element = h("div", {}, h("label", { class: "kf-field" }, "memory of Go ", this.switch()), this.note);
    stage.after(this.element);
  }

  switch() {
    const select = h("select", { name: "layout", onchange: () => {
      this.chosen = Number(select.value);
      this.width = 0;
      this.frame.resize();
    } }, this.layouts.map(({ versions }, i) => h("option", { value: i, selected: i === this.chosen }, versions)));
    return select;
  }

  draw(width) {
    const { goroutines, name } = this.recording.state(0);
    const chosen = this.layouts[this.chosen];
    const layout = wordLayout(width, goroutines);
    const { svg } = this;
    const low = chosen.flag ? "bit 31 flag · bits 30…0 waiters" : "bits 31…0 · waiters";
    this.text("kf-mono", 1, 14, "bits 63…32 · counter (signed)");
    this.text("kf-mono", 1, 14 + layout.halfHeight, low);
    this.cells = Array.from({ length: 64 }, (_, bit) => {
      const { x, y, width: cellWidth, height } = layout.cell(bit);
      const flag = chosen.flag && bit === 31;
      const cell = s("g", { class: "kf-cell", "data-bit": bit, "data-half": bit >= 32 ? "counter" : "waiters", "data-flag": flag },
        s("title", {}, flag ? "bit 31: the bubble flag" : `bit ${bit}`),
        s("rect", { x, y, width: cellWidth, height, rx: 3 }), s("text", { x: x + cellWidth / 2, y: y + 17, "text-anchor": "middle" }));
      svg.append(cell);
      return cell;
    });
    this.values = layout.values.map(({ x, y }) => {
      const value = s("tspan", { class: "kf-value" });
      const was = s("tspan", { class: "kf-was", dx: 8 });
      svg.append(s("text", { x, y }, value, was));
      return { value, was };
    });
    this.hex = this.text("kf-mono kf-ink", 1, layout.memory - 22);
    svg.append(...this.memory(chosen, layout));
    this.boxes = layout.boxes.map((box) => this.box(box, box.name));
    this.named = name;
    setText(this.note, `${chosen.note} Fields: ${chosen.fields} (${chosen.source}).`);
    return layout.height;
  }

  memory({ memory }, { width, memory: top }) {
    const parts = [];
    const beside = width >= 620;
    const place = beside ? Math.min(84, (width / 2 - 20) / 4) : Math.min(96, (width - 4) / 4);
    memory.forEach(({ start, places }, i) => {
      const left = beside ? 1 + i * (width / 2) : 1;
      const y = top + (beside ? 0 : i * 50);
      parts.push(s("text", { class: "kf-small", x: left, y }, `memory, starting ${start}: ${places.length * 4} bytes`));
      places.forEach((what, j) => parts.push(
        s("rect", { class: "kf-place", "data-what": what, x: left + j * place, y: y + 6, width: place - 3, height: 24, rx: 3 }),
        s("text", { class: "kf-small", x: left + j * place + (place - 3) / 2, y: y + 22, "text-anchor": "middle" }, what)));
    });
    return parts;
  }

  show(position) {
    const state = this.recording.state(position);
    const word = BigInt(`0x${state.word}`);
    const changed = new Set(position ? changedBits(state.word, state.was) : []);
    this.cells.forEach((cell, bit) => {
      const on = Number((word >> BigInt(bit)) & 1n);
      setText(cell.lastChild, on);
      setAttribute(cell, "data-on", on);
      setAttribute(cell, "data-changed", changed.has(bit));
    });
    const flag = this.layouts[this.chosen].flag;
    const now = halves(state.word, flag);
    const was = halves(state.was, flag);
    ["counter", "waiters"].forEach((half, i) => {
      setText(this.values[i].value, `= ${now[half]}`);
      setText(this.values[i].was, position && now[half] !== was[half] ? `was ${was[half]}` : "");
    });
    const name = this.width >= 620 ? `${short(this.named, 20)} ` : "";
    setText(this.hex, `${name}state 0x${state.word} · sema ${state.sema}`);
    for (const { name, frame, status, room } of this.boxes) {
      const [code, doing] = state[`g:${name}`];
      setAttribute(frame, "data-state", code === "end" && state.panic && state.who === name ? "panic" : position && state.who === name && code === "run" ? "now" : code);
      fit(status, doing, room);
    }
  }
}
