import { fit, s, setAttribute, setText } from "./dom.js";
import { Drawing } from "./drawing.js";

// CallChain: the calls as an indented list with file and line, the objects beside them, arcs for who holds whom.

const ROW = 26;
const BOX = 34;

export function chainTable(state) {
  const rows = state.calls.map(([, , go, place], i) => ["call", go, place, state.open.includes(i) ? "running" : "returned"]);
  state.objects.forEach(([name], i) => {
    const held = state.holds.filter(([holder]) => holder === i).map(([, number]) => state.objects[number][0]);
    rows.push(["object", name, "", held.length ? `holds ${held.join(", ")}` : ""]);
  });
  return { columns: ["what", "name", "where", "state"], rows };
}

// Every pair of holder and held that there is at some step, in the order in which they come.
export function chainHolds(recording) {
  const pairs = new Map();
  for (let position = 0; position <= recording.length; position++) {
    for (const pair of recording.state(position).holds) pairs.set(String(pair), pair);
  }
  return [...pairs.values()];
}

export function chainLayout(width, end) {
  const wide = width >= 620;
  const left = wide ? Math.round(width * 0.56) : 0;
  const row = width >= 460 ? ROW : ROW + 14;
  const callsHeight = 30 + end.calls.length * row;
  const objects = { x: left, y: wide ? 0 : callsHeight + 12, width: Math.min(wide ? width - left - 76 : width - 76, 250) };
  const height = Math.max(callsHeight, objects.y + 30 + end.objects.length * (BOX + 8));
  return { row, left: left || width, objects, height };
}

export class CallChain extends Drawing {
  static table = chainTable;

  draw(width) {
    const end = this.recording.state(this.recording.length);
    const layout = chainLayout(width, end);
    const { row, objects } = layout;
    const { svg } = this;
    this.heading = this.text("kf-mono", 1, 16);
    this.text("kf-mono", objects.x + 1, objects.y + 16, "objects, and who holds whom");
    this.calls = end.calls.map(([depth, name, go, place], i) => {
      const x = 9 + depth * 14;
      const y = 30 + i * row;
      const base = place.split("/").at(-1);
      const text = row === ROW
        ? [s("text", { class: "kf-name", x, y: y + 17 }, go), s("text", { class: "kf-small kf-file", x: layout.left - 16, y: y + 17, "text-anchor": "end" }, base)]
        : [s("text", { class: "kf-name", x, y: y + 15 }, go), s("text", { class: "kf-small kf-file", x, y: y + 31 }, base)];
      const group = s("g", { class: "kf-call" }, s("title", {}, `${go}, ${place}; here ${name}`), s("path", { class: "kf-stem", d: `M${x - 6} ${y + 2}V${y + row - 2}` }), ...text);
      svg.append(group);
      return group;
    });
    const top = (i) => objects.y + 28 + i * (BOX + 8);
    this.pairs = chainHolds(this.recording);
    this.holds = this.pairs.map(([holder, held]) => {
      const [from, to] = [top(holder) + BOX / 2 + 5, top(held) + BOX / 2 - 5];
      const right = objects.x + objects.width;
      const reach = 14 + Math.min(Math.abs(held - holder) * 9, 56);
      const arc = s("path", { class: "kf-hold", d: `M${right + 2} ${from}C${right + reach} ${from} ${right + reach} ${to} ${right + 4} ${to}` });
      const head = s("path", { class: "kf-head", d: `M${right + 11} ${to - 4}L${right + 3} ${to}L${right + 11} ${to + 4}` });
      const group = s("g", { class: "kf-arc" }, s("title", {}, `${end.objects[holder][0]} holds ${end.objects[held][0]}`), arc, head);
      svg.append(group);
      return group;
    });
    this.objects = end.objects.map(([name], i) => {
      const group = s("g", { class: "kf-object" },
        s("rect", { class: "kf-box", x: objects.x + 1, y: top(i), width: objects.width - 1, height: BOX, rx: 6 }),
        s("title", {}, name));
      svg.append(group);
      group.append(this.text("kf-name", objects.x + 12, top(i) + 22));
      fit(group.lastChild, name, objects.width - 20);
      return group;
    });
    return layout.height;
  }

  show(position) {
    const state = this.recording.state(position);
    this.calls.forEach((call, i) => {
      setAttribute(call, "data-state", i >= state.calls.length ? "none" : i === state.open.at(-1) ? "now" : state.open.includes(i) ? "open" : "done");
    });
    const [what] = position ? this.recording.steps[position - 1][2] : [""];
    this.objects.forEach((object, i) => {
      setAttribute(object, "data-state", i < state.objects.length ? "there" : "none");
      setAttribute(object.firstChild, "data-state", what === "+objects" && i === state.objects.length - 1 ? "now" : "");
    });
    const held = new Set(state.holds.map(String));
    const newest = what === "+holds" ? String(state.holds.at(-1)) : "";
    this.holds.forEach((hold, i) => {
      const pair = String(this.pairs[i]);
      setAttribute(hold, "data-state", !held.has(pair) ? "none" : pair === newest ? "now" : "there");
    });
    setText(this.heading, `calls ${state.calls.length}`);
  }
}
