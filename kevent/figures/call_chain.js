import { s, setAttribute, setText, short } from "./dom.js";

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

export function chainLayout(width, end) {
  const wide = width >= 620;
  const left = wide ? Math.round(width * 0.56) : 0;
  const callsHeight = 30 + end.calls.length * (wide ? ROW : ROW + 14);
  const objects = { x: left, y: wide ? 0 : callsHeight + 12, width: Math.min(wide ? width - left - 76 : width - 76, 250) };
  const height = Math.max(callsHeight, objects.y + 30 + end.objects.length * (BOX + 8));
  return { width, wide, left: left || width, objects, height };
}

export class CallChain {
  static table = chainTable;

  constructor(stage, recording) {
    this.stage = stage;
    this.load(recording);
  }

  load(recording) {
    this.recording = recording;
    this.width = 0;
  }

  events() {
    return [];
  }

  resize(width) {
    if (width === this.width) return;
    this.width = width;
    const end = this.recording.state(this.recording.length);
    const layout = chainLayout(width, end);
    const { wide, objects } = layout;
    const svg = (this.svg = s("svg", { width, height: layout.height, viewBox: `0 0 ${width} ${layout.height}`, role: "img" }));
    svg.append(s("text", { class: "kf-mono", x: 1, y: 16 }, "calls"), s("text", { class: "kf-mono", x: objects.x + 1, y: objects.y + 16 }, "objects, and who holds whom"));
    const row = wide ? ROW : ROW + 14;
    this.calls = end.calls.map(([depth, name, go, place], i) => {
      const x = 9 + depth * 14;
      const y = 30 + i * row;
      const base = place.split("/").at(-1);
      const text = wide
        ? [s("text", { class: "kf-name", x, y: y + 17 }, go), s("text", { class: "kf-small kf-file", x: layout.left - 16, y: y + 17, "text-anchor": "end" }, base)]
        : [s("text", { class: "kf-name", x, y: y + 15 }, go), s("text", { class: "kf-small kf-file", x, y: y + 31 }, base)];
      const group = s("g", { class: "kf-call" }, s("title", {}, `${go}, ${place}; here ${name}`), s("path", { class: "kf-stem", d: `M${x - 6} ${y + 2}V${y + row - 2}` }), ...text);
      svg.append(group);
      return group;
    });
    const top = (i) => objects.y + 28 + i * (BOX + 8);
    this.holds = end.holds.map(([holder, held]) => {
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
        s("text", { class: "kf-name", x: objects.x + 12, y: top(i) + 22 }, short(name, Math.floor(objects.width / 8)), s("title", {}, name)));
      svg.append(group);
      return group;
    });
    this.stage.replaceChildren(svg);
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
    this.holds.forEach((hold, i) => {
      setAttribute(hold, "data-state", i >= state.holds.length ? "none" : what === "+holds" && i === state.holds.length - 1 ? "now" : "there");
    });
    setAttribute(this.svg, "aria-label", this.recording.sentence(position));
    setText(this.svg.firstChild, `calls ${state.calls.length}`);
  }
}
