import { breakable, h, s, setAttribute, setText } from "./dom.js";
import { Plate } from "./plate.js";
import { Scrubber } from "./scrubber.js";
import { register } from "./shell.js";

// CallChain: the stack as it is now beside the objects and who holds whom; below, the calls as a flame over time, which
// is the scrubber. Each object has its place from the start, in the order of the pipeline.

// --- Pure ---

// What is long breaks behind a bracket, a dot or a comma, but in no word.
const MAY_BREAK = /(?<=[([{.,=])(?=[^\s)\]},.=])/;

// From the command line down to the sinks: the row of each class, and the column that it likes best.
const PLACES = {
  KubeletCommand: [0, 0], KubeletServer: [0, 2], Dependencies: [1, 1], Kubelet: [2, 0], BroadcastRecorder: [2, 1],
  EventBroadcaster: [3, 2], Broadcaster: [3, 1], Watcher: [4, 0], EventCorrelator: [5, 1], ScriptedSink: [5, 2],
};
const HEIGHT = 34;
const HANDLE = 50; // what a handle below its watcher takes
const LETTER = 6.9; // of a field's name
const TRACK = 10; // between two lines that turn in one gap
const LOOKS = ["none", "there", "now"];

export function chainTable(state) {
  const rows = state.calls.map(([, , go, place, line], i) => ["call", go, `${place}, called from: ${line}`, state.open.includes(i) ? "running" : "returned"]);
  state.objects.forEach(([name], i) => {
    const held = state.holds.filter(([holder]) => holder === i).map(([, number, field]) => `${state.objects[number][0]} as ${field}`);
    rows.push(["object", name, "", [held.length ? `holds ${held.join(", ")}` : "", state.dropped.includes(i) ? "its handle is thrown away" : ""].filter(Boolean).join("; ")]);
  });
  return { columns: ["what", "name", "where", "state"], rows };
}

// Every pair of holder and held that there is at some step, with its field, in the order in which they come.
export function chainHolds(recording) {
  const pairs = new Map();
  for (let position = 0; position <= recording.length; position++) {
    for (const [holder, held, field] of recording.state(position).holds) pairs.set(`${holder},${held}`, [holder, held, field]);
  }
  return [...pairs.values()];
}

// When each call begins and returns; an object is made, a handle is dropped.
export function chainSpans(recording) {
  const spans = recording.state(recording.length).calls.map(() => [0, recording.length]);
  const marks = [];
  for (let i = 1; i <= recording.length; i++) {
    const [before, now] = [recording.state(i - 1), recording.state(i)];
    if (now.calls.length > before.calls.length) spans[now.calls.length - 1][0] = i;
    if (now.returned.length) spans[now.returned[0]][1] = i;
    if (now.objects.length > before.objects.length) marks.push([i, "made"]);
    if (now.dropped.length > before.dropped.length) marks.push([i, "dropped"]);
  }
  return { spans, marks };
}

// The column and row of each object: rows without any are left out, and who finds its column taken stands beside it.
export function chainPlaces(objects) {
  const rows = new Map();
  const crowded = objects.filter(([, kind]) => PLACES[kind]?.[0] === 5).length > 3;
  objects.forEach(([, kind], i) => {
    const [at, column] = PLACES[kind] ?? [7, 0];
    const row = kind === "ScriptedSink" && crowded ? 6 : at;
    if (!rows.has(row)) rows.set(row, []);
    rows.get(row).push([i, column]);
  });
  const columns = Math.max(3, ...[...rows.values()].map((row) => row.length));
  const places = [];
  [...rows.keys()].sort((a, b) => a - b).forEach((row, y) => {
    const taken = new Set();
    for (const [i, liked] of rows.get(row)) {
      let x = liked;
      while (taken.has(x)) x = (x + 1) % columns;
      taken.add(x);
      places[i] = [x, y];
    }
  });
  return { places, columns, rows: rows.size };
}

// Lines from holder to held along rows and columns, never through a box. What one holder has below it, or above, hangs on
// one trunk: it leaves the box at one place, and turns in each gap between two rows in one track. Who holds its own
// holder is the same line, with a head at either end.
export function chainRoutes(places, pairs, columns) {
  const at = (column, row) => places.some(([x, y]) => x === column && y === row);
  const docks = new Map(); // box,side: [where its line goes, its name]
  const spans = new Map(); // gap: the trunks that turn there, with the columns that they reach
  const dock = (box, side, toward, name) => {
    const key = `${box},${side}`;
    if (!docks.has(key)) docks.set(key, new Map());
    docks.get(key).set(name, [...(docks.get(key).get(name) ?? []), toward]);
    return `${key},${name}`;
  };
  const turn = (gap, trunk, ...reached) => {
    if (!spans.has(gap)) spans.set(gap, new Map());
    spans.get(gap).set(trunk, [...(spans.get(gap).get(trunk) ?? []), ...reached]);
    return `${gap},${trunk}`;
  };
  const back = pairs.map(([from, to]) => pairs.findIndex(([a, b]) => a === to && b === from));
  const routes = [];
  pairs.forEach(([from, to, field], line) => {
    const [[ax, ay], [bx, by]] = [places[from], places[to]];
    const free = (a, b) => { for (let x = Math.min(a, b) + 1; x < Math.max(a, b); x++) if (at(x, ay)) return false; return true; };
    if (ay === by && free(ax, bx)) return (routes[line] = { from, to, field, flat: true });
    if (back[line] >= 0 && (by < ay || (by === ay && back[line] < line))) return (routes[line] = { from, to, field, back: back[line] });
    const down = by >= ay;
    const trunk = `${from}${down ? "down" : "up"}`;
    const first = down ? ay : ay - 1;
    const last = ay === by ? ay : down ? by - 1 : by;
    const clear = (x) => { for (let y = Math.min(ay, by) + 1; y < Math.max(ay, by); y++) if (at(x, y)) return false; return true; };
    const channel = first === last ? null : clear(ax) ? "start" : clear(bx) ? "end" : bx >= ax ? bx : bx + 1; // beside a column, on its right
    const beside = typeof channel === "number" ? channel + 0.5 : null;
    routes[line] = {
      from, to, field, down, channel, trunk,
      start: dock(from, down ? "bottom" : "top", bx, trunk), end: dock(to, ay === by || !down ? "bottom" : "top", ax, `in${line}`),
      leaves: channel === "start" ? null : turn(first, trunk, ax, beside ?? bx), enters: channel === "end" || first === last ? null : turn(last, trunk, beside ?? ax, bx),
    };
  });
  // The slot of each line on its edge of a box, from left to right; a trunk that goes both ways leaves in the middle.
  const slots = new Map();
  for (const [key, lines] of docks) {
    const middle = (toward) => toward.reduce((sum, each) => sum + each, 0) / toward.length;
    [...lines].sort(([, a], [, b]) => middle(a) - middle(b)).forEach(([name], i) => slots.set(`${key},${name}`, (i + 1) / (lines.size + 1)));
  }
  // The track of each trunk in a gap: the narrowest next to its box, so that few cross.
  const tracks = new Map();
  const many = new Map();
  for (const [gap, trunks] of spans) {
    const wide = (reached) => Math.max(...reached) - Math.min(...reached);
    [...trunks].sort(([, a], [, b]) => wide(a) - wide(b)).forEach(([trunk], i) => tracks.set(`${gap},${trunk}`, [gap, i]));
    many.set(gap, trunks.size);
  }
  return { routes, slots, tracks, many, columns };
}

// --- Drawing ---

const mark = (...children) => s("svg", { class: "kh-key", viewBox: "0 0 15 15", width: 15, height: 15, "aria-hidden": "true" }, ...children);

export class CallChain {
  static legend = () => [
    [mark(s("rect", { class: "kh-box", "data-state": "now", x: 1.5, y: 2.5, width: 12, height: 10, rx: 2.5 })), "runs, or was just made"],
    [mark(s("rect", { class: "kh-box", "data-state": "none", x: 1.5, y: 2.5, width: 12, height: 10, rx: 2.5 })), "not made yet"],
    [mark(s("path", { class: "kh-edge", d: "M0 7.5H10" }), s("path", { class: "kh-head", d: "M15 7.5l-6-4v8Z" })), "holds"],
    [mark(s("path", { class: "kh-cut", d: "M3 3l9 9m0-9l-9 9" })), "returned, and thrown away"],
    [mark(s("circle", { class: "kh-made", cx: 7.5, cy: 7.5, r: 3.6 })), "an object is made"],
  ];

  constructor(plate) {
    this.plate = plate;
    this.scrubber = new Scrubber(plate.playhead, 60);
  }

  get recording() {
    return this.plate.recording;
  }

  load() {
    const end = this.recording.state(this.recording.length);
    Object.assign(this, { end, pairs: chainHolds(this.recording), ...chainSpans(this.recording), grid: chainPlaces(end.objects) });
    this.plan = chainRoutes(this.grid.places, this.pairs, this.grid.columns);
  }

  table(i) {
    return chainTable(this.recording.state(i));
  }

  draw(width) {
    if (!this.end) this.load();
    const wide = width > 560;
    const deep = Math.max(0, ...this.end.calls.map(([depth]) => depth + 1));
    this.stack = h("div", { class: "kh-stack", style: `min-height: ${Math.min(330, 34 * deep + 150)}px` });
    const room = wide ? Math.floor(((width - 16) * 1.25) / 2.25) : width;
    this.svg = s("svg", { class: "ks-draw kh-graph", width: room, role: "img" });
    this.plate.stage.replaceChildren(h("div", { class: "kh", "data-wide": wide },
      h("div", {}, h("p", { class: "kh-title" }, "who calls whom, and where it stands"), this.stack),
      h("div", {}, h("p", { class: "kh-title" }, "what is made, and who holds it"), this.svg)));
    this.drawGraph(room);
    this.drawFlame(width);
  }

  drawGraph(width) {
    const { grid, plan, end, svg } = this;
    const box = Math.min(128, (width - 16 - 18 * (grid.columns - 1)) / grid.columns);
    const step = (width - 14 - box) / (grid.columns - 1);
    const x = (column) => column * step;
    const tops = [];
    let y = 4;
    const lastWatcher = Math.max(-1, ...end.dropped.map((i) => grid.places[i][1]));
    for (let row = 0; row < grid.rows; row++) {
      tops.push(y);
      const many = plan.many.get(row) ?? 0;
      y += HEIGHT + 30 + TRACK * many + (many > 1 ? 12 : 0) + (row === lastWatcher ? HANDLE : 0);
    }
    const height = tops.at(-1) + HEIGHT + (lastWatcher === grid.rows - 1 ? HANDLE + 4 : 4);
    Object.assign(this, { box, x, tops, handled: lastWatcher });
    setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
    setAttribute(svg, "height", height);
    const place = (i) => [x(grid.places[i][0]), tops[grid.places[i][1]]];
    this.room = width;
    this.covered = end.objects.map((_, i) => place(i)).map(([left, top]) => [left, top, left + box, top + HEIGHT]);
    for (const i of end.dropped) this.covered.push([place(i)[0], place(i)[1] + HEIGHT, place(i)[0] + Math.min(box, 104), place(i)[1] + HEIGHT + HANDLE]);
    const edges = [];
    plan.routes.forEach((route, line) => !route.back && route.back !== 0 && (edges[line] = this.edge(route, place, line)));
    plan.routes.forEach((route, line) => (edges[line] ??= this.backwards(route, edges[route.back])));
    for (const { tip: [tx, ty], turn } of edges) if (turn % 180) this.covered.push([tx - 3, ty - (turn === 90 ? 20 : 6), tx + 3, ty + (turn === 90 ? 6 : 20)]);
    const named = new Map(); // one name at a head, whoever's it is
    this.lines = edges.map((edge) => {
      const key = `${edge.tip} ${edge.route.field}`;
      if (!named.has(key)) named.set(key, this.fieldName(edge));
      return { ...this.drawn(edge), label: named.get(key) };
    });
    this.boxes = end.objects.map(([name], i) => {
      const [left, top] = place(i);
      const [kind, ...rest] = name.split(" ");
      const own = rest.join(" ");
      const text = s("text", { class: "kh-name", x: left + box / 2, y: top + (own ? 14 : 21), "text-anchor": "middle" }, kind);
      const rect = s("rect", { class: "kh-box", x: left, y: top, width: box, height: HEIGHT, rx: 6 });
      const group = s("g", { class: "kh-object" }, s("title", {}, name), rect, text, own ? s("text", { class: "kh-own", x: left + box / 2, y: top + 28, "text-anchor": "middle" }, own) : "");
      return { group, rect, text };
    });
    this.handles = end.dropped.map((i) => {
      const [left, top] = place(i);
      const [from, wide] = [top + HEIGHT, Math.min(box, 104)];
      return s("g", { class: "kh-handle", "data-object": i }, s("path", { class: "kh-leash", d: `M${left + 12} ${from}v9m0 10v9` }), s("path", { class: "kh-cut", d: `M${left + 6} ${from + 10}l12 8m0-8l-12 8` }),
        s("rect", { x: left, y: from + 28, width: wide, height: 20, rx: 10 }), s("text", { class: "kh-own", x: left + wide / 2, y: from + 42, "text-anchor": "middle" }, `handle of ${end.objects[i][0].split(" ").slice(1).join(" ") || end.objects[i][0]}`));
    });
    svg.replaceChildren(...this.lines.map(({ group }) => group), ...this.boxes.map(({ group }) => group), ...this.handles, ...named.values());
    for (const { text } of this.boxes) if (text.getComputedTextLength() > box - 8) setAttribute(text, "textLength", box - 8);
    for (const { text } of this.boxes) if (text.hasAttribute("textLength")) setAttribute(text, "lengthAdjust", "spacingAndGlyphs");
  }

  edge(route, place) {
    const { box, plan, tops } = this;
    const [[ax, ay], [bx, by]] = [place(route.from), place(route.to)];
    if (route.flat) {
      const right = bx > ax;
      const y = ay + HEIGHT / 2;
      const [start, end] = right ? [ax + box, bx - 6] : [ax, bx + box + 6];
      const middle = (start + end) / 2;
      return { route, d: `M${start} ${y}H${end}`, tip: [end, y], turn: right ? 0 : 180, tail: [start, y], spots: [[middle, y - 5, "middle"], [middle, y + 14, "middle"]] };
    }
    const from = ax + box * plan.slots.get(route.start);
    const to = bx + box * plan.slots.get(route.end);
    const under = route.end.split(",")[1] === "bottom";
    const start = route.down ? ay + HEIGHT : ay;
    const end = under ? by + HEIGHT + 6 : by - 6;
    const height = (turn) => {
      const [gap, track] = plan.tracks.get(turn);
      return tops[gap] + HEIGHT + (gap === this.handled ? HANDLE : 0) + 15 + TRACK * track;
    };
    const { channel, leaves, enters } = route;
    const across = channel === "end" ? to : channel === "start" ? from : channel === null ? to : this.x(channel) + box + 7;
    const d = `M${from} ${start}${leaves ? `V${height(leaves)}H${across}` : ""}${enters ? `V${height(enters)}H${to}` : ""}V${end}`;
    const up = under ? 1 : -1;
    const tipped = end + (under ? 9 : 1);
    const spots = [0, 1, 2].flatMap((n) => [[to + 5, tipped + up * 11 * n, "start"], [to - 5, tipped + up * 11 * n, "end"]]);
    if (typeof channel === "number") spots.push([across - 5, (start + end) / 2, "end"], [across + 5, (start + end) / 2, "start"]);
    const turned = height(leaves ?? enters) - 4;
    spots.push([(from + across) / 2, turned, "middle"], [to + 4, turned, "start"], [to - 4, turned, "end"]);
    return { route, d, tip: [to, end], turn: under ? 270 : 90, tail: [from, start], spots };
  }

  // The line of who is held by what it holds: the same, with a head at its other end.
  backwards(route, { d, tail: [x, y], turn }) {
    if (turn % 180 === 0) return { route, d, tip: [x + (turn ? -6 : 6), y], turn: 180 - turn, spots: [] };
    const up = turn === 90;
    const [tip, away] = [up ? y + 6 : y - 6, up ? 1 : -1];
    const spots = [0, 1].flatMap((n) => [[x + 6, tip + away * (6 + 11 * n), "start"], [x - 6, tip + away * (6 + 11 * n), "end"]]);
    return { route, d, tip: [x, tip], turn: up ? 270 : 90, spots };
  }

  drawn({ route, d, tip, turn }) {
    const group = s("g", { class: "kh-hold" }, s("title", {}, `${this.end.objects[route.from][0]} holds ${this.end.objects[route.to][0]} as ${route.field}`),
      s("path", { class: "kh-edge", d }), s("path", { class: "kh-head", d: "M6 0l-8-4.5v9Z", transform: `translate(${tip})rotate(${turn})` }));
    return { group, pair: `${route.from},${route.to}` };
  }

  fieldName({ route, spots, tip }) {
    const spot = this.clear(route.field, spots);
    const [lx, ly, anchor] = spot ?? spots[0] ?? [...tip, "start"];
    return s("text", { class: "kh-field", "data-crowded": !spot, x: lx, y: ly, "text-anchor": anchor }, route.field);
  }

  // The first place for a field's name that covers no box and no other name.
  clear(words, spots) {
    const wide = words.length * LETTER;
    const area = ([x, y, anchor]) => {
      const left = anchor === "start" ? x : anchor === "end" ? x - wide : x - wide / 2;
      return [left, y - 10, left + wide, y + 2];
    };
    const apart = (a, b) => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
    const found = spots.find((spot) => {
      const own = area(spot);
      return own[0] >= 0 && own[2] <= this.room && this.covered.every((other) => apart(own, other));
    });
    if (found) this.covered.push(area(found));
    return found;
  }

  drawFlame(width) {
    const { scrubber, spans, marks, end } = this;
    const row = 17;
    scrubber.height = 20 + row * (1 + Math.max(0, ...end.calls.map(([depth]) => depth))) + 4;
    scrubber.draw(width, {
      steps: [], lanes: [],
      behind: (time) => {
        const hidden = (i) => (i > time.playhead.known ? "hidden" : null);
        this.bars = end.calls.map(([depth, , go], call) => {
          const [from, to] = spans[call].map((i) => time.x(Math.min(i, time.playhead.known)));
          const rect = s("rect", { class: "kh-bar", x: from, y: 18 + depth * row, width: Math.max(2, to - from), height: row - 3, rx: 3 });
          const text = to - from > go.length * 6.8 + 8 ? s("text", { class: "kh-call", x: from + 4, y: 29 + depth * row }, go) : "";
          return { rect, group: s("g", { visibility: hidden(spans[call][0]) }, s("title", {}, go), rect, text) };
        });
        this.marks_ = marks.map(([i, what]) => ({ i, element: what === "made" ? s("circle", { class: "kh-made", visibility: hidden(i), cx: time.x(i), cy: 7, r: 3.2 }) : s("path", { class: "kh-cut", visibility: hidden(i), d: `M${time.x(i) - 4} 3l8 8m0-8l-8 8` }) }));
        return [...this.bars.map(({ group }) => group), ...this.marks_.map(({ element }) => element)];
      },
    });
  }

  show(i) {
    const state = this.recording.state(i);
    const before = this.recording.state(Math.max(0, i - 1));
    this.showStack(state);
    const made = state.objects.length > before.objects.length ? state.objects.length - 1 : -1;
    const held = new Set(state.holds.map(([holder, thing]) => `${holder},${thing}`));
    const known = new Set(before.holds.map(([holder, thing]) => `${holder},${thing}`));
    const fields = new Map(this.lines.map(({ label }) => [label, 0]));
    this.lines.forEach(({ group, label, pair }) => {
      const look = !held.has(pair) ? 0 : i && !known.has(pair) ? 2 : 1;
      setAttribute(group, "data-state", LOOKS[look]);
      fields.set(label, Math.max(fields.get(label), look));
    });
    for (const [label, look] of fields) setAttribute(label, "data-state", LOOKS[look]);
    this.boxes.forEach(({ group, rect }, n) => {
      const look = n >= state.objects.length ? "none" : n === made && i ? "now" : "there";
      setAttribute(group, "data-state", look);
      setAttribute(rect, "data-state", look);
    });
    this.handles.forEach((handle) => setAttribute(handle, "data-state", state.dropped.includes(Number(handle.dataset.object)) ? "there" : "none"));
    this.bars.forEach(({ rect }, call) => setAttribute(rect, "data-state", i >= this.spans[call][1] ? "past" : i >= this.spans[call][0] ? "open" : "none"));
    this.marks_.forEach(({ i: at, element }) => setAttribute(element, "data-state", at <= i ? "there" : "none"));
    setAttribute(this.svg, "aria-label", state.holds.map(([holder, thing, field]) => `${state.objects[holder][0]} holds ${state.objects[thing][0]} as ${field}`).join("; ") || "nobody holds anybody");
  }

  showStack({ calls, open, returned }) {
    const file = (place) => place.split("/").at(-1);
    const running = [null, ...open];
    const frames = running.map((number, depth) => {
      const next = running[depth + 1] ?? (depth === running.length - 1 ? returned[0] : undefined);
      const line = next !== undefined && depth >= running.length - 2 ? calls[next][4] : "";
      return h("li", { class: "kh-frame", "data-state": depth === running.length - 1 ? "now" : "open" }, h("b", {}, number === null ? "main" : calls[number][2]), h("code", {}, number === null ? "" : file(calls[number][3])), line ? h("small", {}, ...breakable(line, MAY_BREAK)) : "");
    });
    if (returned.length) {
      const [number, what, fate, where] = returned;
      frames.push(h("li", { class: "kh-frame", "data-state": "returned" }, h("b", {}, `${calls[number][2]} returns`), h("code", {}, file(calls[number][3]))));
      if (what && fate !== "unknown") frames.push(h("li", { class: "kh-fate", "data-fate": fate }, ...chainFate(what, fate, where)));
    }
    this.stack.replaceChildren(h("ol", { "aria-label": "the calls that run, the first on top" }, frames));
  }
}

// What becomes of what a call gave back, in words.
export function chainFate(what, fate, where) {
  const local = /^\w+$/.test(where);
  const words = {
    kept: local ? `kept in a local variable, ${where}` : `kept as ${where}`,
    "handed on": "handed on to the caller's caller",
    "passed on": `passed on: ${where}`,
    used: `used once: ${where}`,
    "thrown away": "assigned to nothing, thrown away",
  };
  return [fate === "thrown away" ? "✗ " : "✓ ", h("b", {}, what), `: ${words[fate]}`];
}

register("call-chain", (root, data, { live, before }) => new Plate(root, data, CallChain, { live, before }));
