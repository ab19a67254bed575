import { s, setAttribute, setText, short } from "./dom.js";
import { clock } from "./model.js";
import { GLYPHS } from "./roles.js";

// senders → recorder → incoming queue → loop, under its lock → a queue for each watcher → its reader or sink.
// Queues are drawn slot by slot, the oldest next to the reader. Below each watcher stand two trays: what was lost at it,
// in front of its reader, and what is done, behind. So every event is always somewhere.

const SLOW = 520; // a lost event goes past the full queue, then down
const QUICK = 280;
const PASSED = 140;
const STATIONS = 240; // the width of a reader that shows its stations
const MOST = 3; // lines of a pile; its oldest are then only counted
const LABEL = 58; // how wide "12 lost" is, with the room around it

let drawings = 0;

// --- Pure: where everything stands, and where each event is ---

// `room` is the height that there is, `compared` says that another drawing stands below, `across` is how wide piles may be.
export function flowLayout(width, story, { room = 0, compared = false, across = 8 } = {}) {
  const { shape, start } = story;
  const wide = width >= 560;
  const big = width >= 820 && !compared;
  const rows = shape.watchers.length;
  const capacity = Math.max(1, ...shape.watchers.map(([, places]) => places));
  const slot = big ? 32 : wide ? 26 : 22;
  const shown = Math.min(capacity, 8);
  const pitch = shown > 4 && width < 760 ? slot - (wide ? 2 : 1) : slot + 3;
  const size = pitch - 3;
  const front = Math.max(1, Math.min(shape.incoming, shape.recorder ? 3 : 4));
  const pile = big ? 20 : wide && !compared ? 17 : 14;
  const step = pile + (big ? 3 : 2);
  const total = start.events.length;
  const columns = Math.max(3, Math.min(Math.ceil(total / 2), wide ? Math.min(across, width < 760 && !compared ? 4 : 8) : 6));
  const tray = columns * step;
  const lines = Math.min(MOST, Math.ceil(total / columns)); // of a pile, at most
  const lossesInFront = story.losesInFront;
  const roomy = big && room > 0;
  const base = (wide ? (compared ? 98 : roomy ? 152 : 128) : compared ? 96 : 112) + Math.max(0, lines - 2) * step;
  const height = Math.max(base, Math.min(base * 1.4, (room - 10) / rows));
  const common = { wide, big, slot, pitch, size, pile, step, columns, tray, width, rows: [], front };
  const queue = (x, y, places, n, room) => ({ x, y, places, slots: n, pitch: room, size: room - 3, end: x + n * room - 3 });
  const senders = shape.senders.length > 1 ? `${shape.senders.length} senders` : (shape.senders[0] ?? "");
  if (wide) {
    const middle = (rows * height + 8) / 2;
    const box = big ? 96 : 78;
    const recorder = shape.recorder ? (big ? 84 : 66) : 0;
    const radius = big ? 38 : 31;
    const span = Math.max(shown * pitch + 24, tray + 76);
    const sinks = shape.watchers.some(([, , sink]) => sink);
    const least = Math.max(tray + 62, sinks && width >= 840 ? STATIONS : big || sinks ? 150 : 124); // of a reader, and of what is done below it
    const fixed = box + recorder + front * (slot + 3) + radius * 2 + span + Math.max(least, big ? 170 : 150);
    const gap = Math.max(recorder ? 13 : 18, Math.min(96, (width - fixed) / (recorder ? 4 : 3.1)));
    common.sender = { name: senders, x: 1, y: middle - 27, width: box, height: 54 };
    let x = box + 1;
    if (recorder) {
      common.recorder = { x: x + gap * 0.8, y: middle - 15, width: recorder, height: 30 };
      x = common.recorder.x + recorder;
    }
    common.incoming = queue(x + gap * 0.9, middle - slot / 2, shape.incoming, front, slot + 3);
    common.loop = { x: common.incoming.end + gap * 0.8 + radius, y: middle, radius };
    const left = common.loop.x + radius + Math.max(46, gap * 1.4);
    const reader = Math.min(left + span, width - least - 2);
    shape.watchers.forEach(([name, places, sink], i) => {
      const y = i * height + (height - base) / 2 + 24 + 4;
      const tall = big ? 62 : 50;
      const readerWidth = Math.min(width - reader - 1, sink ? 300 : 250);
      common.rows.push({
        name, sink, ...queue(left, y, places, Math.max(1, Math.min(places, 8, Math.floor((reader - left - 26) / pitch))), pitch),
        reader: { x: reader, y: y + size / 2 - tall / 2, width: readerWidth, height: tall },
        tray: y + size + (roomy ? 62 : compared ? 28 : 50) + pile * 0.5 + Math.max(0, lines - 2) * step, lost: left + 14, done: reader,
      });
    });
    common.height = rows * height + 12;
    // What is done lies below its reader, or a little behind: what is lost and its number end before it. Too far behind, piles are
    // narrower; where two drawings share a screen, only as long as none gets higher.
    const past = left + 14 + tray + LABEL - reader;
    const higher = compared && Math.min(MOST, Math.ceil(total / (columns - 1))) > lines;
    if (past > 20 && columns > 3 && !higher) return flowLayout(width, story, { room, compared, across: columns - 1 });
    for (const row of common.rows) row.done = Math.max(reader, Math.min(reader + past, width - tray - LABEL));
    if (lossesInFront) common.front_lost = { x: common.incoming.x, y: middle + 60 };
    lower(common, Math.min(56, (room - common.height) / 2));
  } else {
    common.sender = { name: senders, x: 1, y: 8, width: 78, height: 46 };
    if (shape.recorder) common.recorder = { x: 88, y: 21, width: 57, height: 28 };
    common.incoming = shape.recorder ? queue(156, 24, shape.incoming, Math.min(front, width < 340 ? 2 : 3), slot + 3) : queue(104, 24, shape.incoming, front, slot + 3);
    common.loop = { x: Math.min(common.incoming.end + (shape.recorder ? 45 : 62), width - 30), y: 35, radius: 27 };
    const top = (compared ? 80 : 84) + (lossesInFront ? 44 : 0);
    const reader = Math.max(Math.min(16 + shown * pitch + 18, width - 132), width - 156);
    shape.watchers.forEach(([name, places, sink], i) => {
      const y = top + i * height + 18;
      common.rows.push({
        name, sink, ...queue(16, y, places, Math.max(1, Math.min(places, 8, Math.floor((reader - 34) / pitch))), pitch),
        reader: { x: reader, y: y - 12, width: width - reader - 1, height: 46 },
        tray: y + (compared ? 60 : 68) + Math.max(0, lines - 2) * step, lost: 24, done: reader,
      });
    });
    common.height = top + rows * height;
    if (lossesInFront) common.front_lost = { x: common.incoming.x, y: 84 };
  }
  return common;
}

// In the middle of the height that there is.
function lower(drawn, by) {
  if (by <= 0) return;
  drawn.height += by;
  for (const place of [drawn.sender, drawn.recorder, drawn.incoming, drawn.loop, drawn.front_lost, ...drawn.rows, ...drawn.rows.map(({ reader }) => reader)]) if (place) place.y += by;
  for (const row of drawn.rows) row.tray += by;
}

// Sinks have stations if there is room for them: the correlator, and the request that waits for its answer.
const hasStations = (row) => row.sink && row.reader.width >= STATIONS;

const hand = ({ reader }, slot) => ({ x: reader.x + 10 + slot / 2, y: reader.y + reader.height / 2 - 1 });

function atStation(row, at, slot) {
  if (!hasStations(row)) return hand(row, slot);
  const { reader } = row;
  return { x: at === "request" || at === "pause" ? reader.x + reader.width - 36 : reader.x + 38, y: reader.y + 5 + slot / 2 };
}

// All tokens: [{ key, event, place, x, y, look, size, from, past }]. In front of the loop an event is one token, behind
// it one for each watcher. `place` is the key in the state that has the event.
export function flowTokens(state, drawn) {
  const found = new Map();
  const { sender, incoming, loop, pile, step, columns, slot, front_lost: front } = drawn;
  const put = (key, event, place, x, y, look, size, from, past) => found.set(key, { key, event, place, x, y, look, size, from, past });
  const middle = incoming.y + incoming.size / 2;
  const source = { x: sender.x + sender.width - 12, y: middle };
  // A pile: each event with its place; where there are too many, whole lines of the oldest are left out.
  const pileOf = (events, x, bottom, place) => {
    const out = Math.max(0, Math.ceil((events.length - MOST * columns) / columns) * columns);
    events.slice(out).forEach((event, i) => place(event, x + pile / 2 + (i % columns) * step, bottom - Math.floor(i / columns) * step, i + out));
  };
  state["q:"].slice(0, incoming.slots).forEach((event, i) => put(`${event}`, event, "q:", incoming.end - incoming.size / 2 - i * incoming.pitch, middle, "", incoming.size - 4, source));
  state.door.slice(0, 2).forEach((event, i) => put(`${event}`, event, "door", incoming.x - 16 - i * 10, middle, "wait", incoming.size - 4, source));
  const held = state["at:"] ? "wait" : "run";
  const batch = state["h:"].slice(0, 3);
  batch.forEach((event, i) => put(`${event}`, event, "h:", loop.x - (batch.length - 1) * 7 + i * 14, loop.y - loop.radius * 0.2, held, incoming.size - 4, source));
  if (front) pileOf(state["x:"], front.x, front.y, (event, x, y) => put(`${event}`, event, "x:", x, y, "lost", pile, source));
  for (const row of drawn.rows) {
    const { name } = row;
    const from = { x: loop.x, y: loop.y - 5 };
    const y = row.y + row.size / 2;
    const key = (event) => `${event}/${name}`;
    state[`q:${name}`].slice(0, row.slots).forEach((event, i) => put(key(event), event, `q:${name}`, row.end - row.size / 2 - i * row.pitch, y, "", row.size - 4, from));
    const dropped = state[`x:${name}`].length;
    pileOf([...state[`x:${name}`], ...state[`l:${name}`]], row.lost, row.tray, (event, x, y, i) =>
      put(key(event), event, `${i < dropped ? "x" : "l"}:${name}`, x, y, "lost", pile, from, { x: row.x - 10, y: row.y + row.size / 2 }));
    pileOf(state[`f:${name}`], row.done, row.tray, (event, x, y) => put(key(event), event, `f:${name}`, x, y, "done", pile, from));
    const at = state[`at:${name}`];
    state[`h:${name}`].slice(0, 1).forEach((event) => put(key(event), event, `h:${name}`, ...Object.values(atStation(row, at, slot)), at === "pause" ? "wait" : "run", slot - 4, from));
  }
  return found;
}

// The same state as a table: [where, events, places, lost, done, what it is doing].
export function flowTable(state) {
  const rows = [];
  const { shape } = state;
  for (const sender of shape.senders) rows.push([sender, [], "", [], [], state[`g:${sender}`][1]]);
  if (state.door.length) rows.push(["waiting for room", state.door, "", [], [], ""]);
  rows.push(["incoming queue", state["q:"], `${state["q:"].length} of ${shape.incoming}`, state["x:"], [], ""]);
  rows.push(["loop", state["h:"], "", [], [], state["g:"][1]]);
  rows.push(["lock", [], "", [], [], state.lock ? `held by ${state.lock}` : "free"]);
  for (const [name, capacity] of shape.watchers) {
    const at = state[`at:${name}`];
    rows.push([`queue of ${name}`, state[`q:${name}`], `${state[`q:${name}`].length} of ${capacity}`, state[`x:${name}`], [], ""]);
    rows.push([name, state[`h:${name}`], "", state[`l:${name}`], state[`f:${name}`], [state[`g:${name}`][1], at && `at: ${at}`].filter(Boolean).join("; ")]);
  }
  return rows;
}

// "3 of 4"; of what has no place in the drawing, how many.
const inside = (depth, { places, slots }) => `${depth} of ${places}${depth > slots ? ` (+${depth - slots})` : ""}`;

// --- Drawing ---

export class FlowDrawing {
  // `pick(event, watcher)`: a token was pressed.
  constructor(story, { pick, quiet, compared }) {
    Object.assign(this, { story, pick, quiet, compared });
    this.id = `ks-${++drawings}`;
    this.svg = s("svg", { class: "ks-draw", role: "img" });
  }

  // True if it was drawn anew.
  draw(width, room) {
    if (width === this.width && Math.abs(room - this.room) < 2) return false;
    Object.assign(this, { width, room, tokens: new Map(), rows: {} });
    this.layout = flowLayout(width, this.story, { room, compared: this.compared });
    setAttribute(this.svg, "viewBox", `0 0 ${width} ${this.layout.height}`);
    setAttribute(this.svg, "height", this.layout.height);
    setAttribute(this.svg, "width", width);
    this.svg.replaceChildren(s("defs", {}, ["", "run", "wait", "lost", "done"].map((role) =>
      s("marker", { id: this.id + role, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 10, markerHeight: 10, orient: "auto" }, s("path", { class: "ks-arrow", "data-role": role, d: "M1 1L7 4L1 7" })))));
    this.flows = s("g");
    this.svg.append(this.flows);
    this.front();
    for (const row of this.layout.rows) this.row(row);
    this.loop();
    this.layer = s("g");
    this.svg.append(this.layer);
    return true;
  }

  flow(d, look = "") {
    const path = s("path", { class: `ks-flow ${look}`, d });
    this.flows.append(path);
    return path;
  }

  text(look, x, y, text = "", anchor = "start") {
    const element = s("text", { class: look, x, y, "text-anchor": anchor }, text);
    this.svg.append(element);
    return element;
  }

  // The places of a queue. If there are more than can be drawn, the first stands for the others.
  slots({ x, y, slots, places, pitch, size }) {
    for (let i = 0; i < slots; i++) this.svg.append(s("rect", { class: `ks-slot ${!i && places > slots ? "ks-others" : ""}`, x: x + i * pitch, y, width: size, height: size, rx: 5 }));
  }

  box(place) {
    const { x, y, width, height } = place;
    const frame = s("rect", { class: "ks-box", x, y, width, height, rx: 9 });
    const bar = s("rect", { class: "ks-work", x: x + 10, y: y + height - 5, width: 0, height: 2.5, rx: 1.2 });
    const mark = s("path", { class: "ks-sign", transform: `translate(${x + width - 11},${y + 11})` });
    this.svg.append(frame, bar, mark);
    return { frame, bar, mark, ...place };
  }

  front() {
    const { sender, recorder, incoming, loop, wide, front_lost: front } = this.layout;
    const y = incoming.y + incoming.size / 2;
    const right = sender.x + sender.width;
    if (recorder) {
      this.hand = this.flow(`M${right + 3} ${y}H${recorder.x - 4}`);
      this.in = this.flow(`M${recorder.x + recorder.width + 2} ${y}H${incoming.x - 5}`);
      this.recorder = s("rect", { class: "ks-station", ...recorder, rx: 15 });
      this.svg.append(this.recorder);
      this.text(`ks-state ${wide ? "" : "ks-tiny"}`, recorder.x + recorder.width / 2, y + 4, "recorder", "middle");
    } else this.in = this.flow(`M${right + 3} ${y}H${incoming.x - 5}`);
    this.take = this.flow(`M${incoming.end + 4} ${y}H${loop.x - loop.radius - 4}`);
    this.sender = this.box(sender);
    const center = sender.x + sender.width / 2;
    this.text("ks-name", center, sender.y + (wide ? 23 : 20), short(sender.name, wide ? 12 : 9), "middle").append(s("title", {}, sender.name));
    this.sender.doing = this.text("ks-state", center, sender.y + (wide ? 39 : 36), "", "middle");
    this.slots(incoming);
    this.inside = (wide ? incoming.slots < 4 : recorder) ? this.text("ks-label", incoming.end, incoming.y - 9, "", "end") : this.text("ks-label", incoming.x, incoming.y - 9);
    if (front) this.dropped = this.tray(front.x, front.y, "lost");
  }

  tray(x, y, role) {
    const { tray, pile } = this.layout;
    const bottom = y + pile / 2 + 3;
    const path = s("path", { class: "ks-tray", "data-role": role, d: `M${x - 1} ${bottom - 6}V${bottom}H${x + tray}V${bottom - 6}` });
    this.svg.append(path);
    return { path, label: this.text("ks-pile", x + tray + 8, y + 5), role };
  }

  loop() {
    const { loop, wide } = this.layout;
    const frame = s("circle", { class: "ks-box", cx: loop.x, cy: loop.y, r: loop.radius });
    const mark = s("path", { class: "ks-sign", transform: `translate(${loop.x + loop.radius - 3},${loop.y - loop.radius + 7})` });
    this.svg.append(frame, mark);
    this.text("ks-name", loop.x, loop.y + loop.radius * 0.68, "loop", "middle");
    this.reader = { frame, mark, doing: wide ? this.text("ks-state", loop.x, loop.y + loop.radius + 16, "", "middle") : this.text("ks-state ks-over", loop.x + loop.radius + 5, loop.y + 40, "", "end") };
    // the lock that the loop holds while it distributes, and everybody who joins or leaves
    const at = wide ? { x: loop.x, y: loop.y - loop.radius - 20 } : { x: loop.x + loop.radius + 8, y: loop.y + loop.radius - 14 };
    this.lock = s("g", { class: "ks-lock", transform: `translate(${at.x},${at.y})` }, s("path", { d: "M-5 0H5V8H-5Z" }), s("path", { class: "ks-shackle", d: "M-3 0V-3A3 3 0 0 1 3 -3V0" }));
    this.svg.append(this.lock);
    this.lock.label = this.text("ks-label", at.x + 9, at.y + 6);
  }

  row(row) {
    const { loop, wide, slot } = this.layout;
    const y = row.y + row.size / 2;
    const part = (this.rows[row.name] = {});
    const from = wide ? `M${loop.x + loop.radius + 3} ${loop.y}` : `M${loop.x} ${loop.y + loop.radius + 3}`;
    const bend = loop.x + loop.radius + (row.x - loop.x - loop.radius) * 0.55;
    const past = row.x - (wide ? 9 : 10);
    part.put = this.flow(wide ? `${from}C${bend} ${loop.y} ${row.x - 34} ${y} ${row.x - 5} ${y}` : `${from}V${loop.y + loop.radius + 12}H6V${y}H${row.x - 4}`);
    part.fall = this.flow(wide
      ? `${from}C${bend} ${loop.y} ${past - 34} ${y} ${past - 9} ${y}Q${past} ${y} ${past} ${y + 9}V${row.tray - 9}Q${past} ${row.tray} ${past + 9} ${row.tray}H${row.lost - 5}`
      : `${from}V${loop.y + loop.radius + 12}H6V${row.tray}H${row.lost - 4}`, "ks-fall");
    part.read = this.flow(`M${row.end + 4} ${y}H${row.reader.x - 5}`);
    const back = row.reader.x + 24; // what is lost in the reader's hands falls back in front of it
    part.lose = this.flow(`M${back} ${row.reader.y + row.reader.height + 3}V${row.tray - 26}H${row.lost + this.layout.tray / 2}V${row.tray - 14}`, "ks-fall");
    this.slots(row);
    part.label = this.text("ks-label", row.x, row.y - 8);
    part.reader = this.box(row.reader);
    const stations = hasStations(row);
    const places = stations ? [["correlator", "correlator"], ["request", "request"]].map(([at, name]) => [atStation(row, at, slot), name]) : [[hand(row, slot), ""]];
    part.stations = {};
    for (const [at, name] of places) {
      const frame = s("rect", { class: "ks-slot ks-hand", x: at.x - slot / 2, y: at.y - slot / 2, width: slot, height: slot, rx: 5 });
      this.svg.append(frame);
      if (name) part.stations[name] = { frame, label: this.text("ks-state ks-tiny", at.x, row.reader.y + row.reader.height - 9, name, "middle") };
    }
    const left = stations ? row.reader.x + 76 : row.reader.x + 10 + slot + 9;
    part.room = row.reader.width - (left - row.reader.x) - (stations ? 70 : 8);
    this.text("ks-name", left, row.reader.y + row.reader.height / 2 - 3, short(row.name, 14)).append(s("title", {}, row.name));
    part.doing = this.text("ks-state", left, row.reader.y + row.reader.height / 2 + 13);
    part.lost = this.tray(row.lost, row.tray, "lost");
    part.done = this.tray(row.done, row.tray, "done");
  }

  // Show a step; `moved` as a movement, `fast` because it is only passed.
  show(p, { moved = false, fast = false } = {}) {
    const { story, layout } = this;
    const state = story.state(p);
    const look = story.look(p);
    const kind = story.kind(p);
    const { who } = state;
    const watcher = story.watcher(p);
    const sender = story.shape.senders.includes(who) ? who : (story.shape.senders[0] ?? "");
    const waits = state.door.length > 0;
    this.act(this.sender, p && who === sender && sender !== "", waits, state[`g:${sender}`]?.[0], look);
    setText(this.sender.doing, waits ? "waits" : { end: "ended", sleep: "pauses" }[state[`g:${sender}`]?.[0]] ?? "");
    const held = state["at:"];
    this.act(this.reader, p && who === "", held !== "", state["g:"][0], look);
    const stuck = held === "insists" ? `waits for ${story.watcher(story.back(p, (q) => story.kind(q) === "insist")) || "room"}` : held === "lock" ? "waits for the lock" : "";
    setText(this.reader.doing, stuck || (state["g:"][0] === "end" ? "ended" : state["g:"][0] === "wait" && who ? "idle" : ""));
    setAttribute(this.reader.doing, "data-role", stuck ? "wait" : "");
    setAttribute(this.lock, "data-held", state.lock !== "");
    setText(this.lock.label, state.lock && layout.wide ? short(state.lock, 10) : "");
    setText(this.inside, `incoming ${inside(state["q:"].length, layout.incoming)}`);
    setAttribute(this.inside, "data-full", layout.incoming.places > 0 && state["q:"].length >= layout.incoming.places);
    const entering = ["queued", "hand over", "full", "admitted", "drop at once", "too late"].includes(kind);
    if (this.hand) this.light(this.hand, entering ? "run" : "");
    if (this.recorder) setAttribute(this.recorder, "data-runs", entering);
    this.light(this.in, entering ? (look === "lost" ? "lost" : look) : "");
    this.light(this.take, kind.startsWith("take") ? "run" : "");
    if (this.dropped) {
      const some = state["x:"].length; // the tray comes with the first loss: it would tell of it
      this.pile(this.dropped, some);
      for (const part of [this.dropped.path, this.dropped.label]) setAttribute(part, "visibility", some ? "visible" : "hidden");
    }
    for (const row of layout.rows) this.showRow(row, state, { p, look, kind, mine: watcher === row.name, who });
    this.place(p, moved, fast);
    setAttribute(this.svg, "aria-label", story.sentence(p));
  }

  showRow(row, state, { p, look, kind, mine, who }) {
    const { story } = this;
    const { name } = row;
    const part = this.rows[name];
    const at = state[`at:${name}`];
    const [code] = state[`g:${name}`];
    const [from, to] = state[`b:${name}`];
    const inHand = state[`h:${name}`].length > 0;
    this.act(part.reader, p && who === name, at === "pause", code, look, inHand);
    const share = to > from ? (story.time(p) - from) / (to - from) : 0;
    setAttribute(part.reader.bar, "width", Math.max(0, Math.min(1, share)) * (row.reader.width - 20));
    setAttribute(part.reader.bar, "data-role", at === "pause" ? "wait" : "");
    const left = to > from ? `${clock(to - from)}` : "";
    const doing = code === "end" ? "ended" : at === "work" ? left ? `works: ${left}` : "works" : at === "pause" ? `again in ${left}` : at === "request" ? (left ? `answer: ${left}` : "sent") : at === "correlator" ? "new? known?" : inHand ? "wakes up" : code === "wait" ? "idle" : "";
    setText(part.doing, short(doing, Math.floor(part.room / 6)));
    setAttribute(part.doing, "data-role", at === "pause" ? "wait" : "");
    for (const [station, { frame, label }] of Object.entries(part.stations)) {
      const here = inHand && (station === "request" ? at === "request" || at === "pause" : at === "correlator");
      setAttribute(frame, "data-here", here);
      setText(label, station === "request" && at === "pause" ? "pause" : station);
    }
    const depth = state[`q:${name}`].length;
    setText(part.label, `queue ${inside(depth, row)}`);
    setAttribute(part.label, "data-full", row.places > 0 && depth >= row.places);
    const loops = who === "" && mine;
    const inHands = kind.startsWith("sink"); // lost by the reader, not in front of it
    this.light(part.put, loops && look !== "lost" && /^(give|offer|insist)/.test(kind) ? look : "");
    this.light(part.fall, loops && look === "lost" ? "lost" : "");
    this.light(part.lose, mine && inHands && look === "lost" ? "lost" : "");
    this.light(part.read, who === name && mine && /^read( handed)?$/.test(kind) ? "run" : "");
    this.pile(part.lost, state[`x:${name}`].length + state[`l:${name}`].length);
    this.pile(part.done, state[`f:${name}`].length);
  }

  act(part, now, held, code, look, busy = false) {
    const state = held ? "wait" : now && code !== "end" ? (look === "wait" ? "wait" : "run") : busy ? "busy" : code === "end" ? "end" : "";
    setAttribute(part.frame, "data-state", state);
    const sign = state === "wait" || state === "run" ? state : "";
    setAttribute(part.mark, "data-role", sign);
    setAttribute(part.mark, "d", GLYPHS[sign] ?? "M0 0");
  }

  pile({ path, label, role }, n) {
    setText(label, `${n} ${role}`);
    for (const element of [path, label]) setAttribute(element, "data-some", n > 0 ? role : "");
  }

  light(path, role) {
    if (path.getAttribute("data-role") === role) return;
    setAttribute(path, "data-role", role);
    if (role) path.parentNode.append(path); // above the quiet ones
    setAttribute(path, "marker-end", `url(#${this.id}${role})`);
  }

  place(p, moved, fast) {
    const { story } = this;
    const spots = flowTokens(story.state(p), this.layout);
    for (const [key, element] of this.tokens) {
      if (spots.has(key)) continue;
      element.remove();
      this.tokens.delete(key);
    }
    for (const [key, spot] of spots) {
      let element = this.tokens.get(key);
      if (!element) {
        element = this.token(spot, key.split("/")[1]);
        this.tokens.set(key, element);
      }
      const about = story.about(p).includes(spot.event) && (!story.watcher(p) || !key.includes("/") || key.endsWith(`/${story.watcher(p)}`));
      setAttribute(element, "data-look", spot.look);
      setAttribute(element, "data-place", spot.place);
      setAttribute(element, "data-now", about);
      this.move(element, spot, moved, fast);
    }
  }

  move(element, spot, moved, fast) {
    const before = element.spot;
    const scale = spot.size / 22;
    const css = ({ x, y }) => `translate(${x}px,${y}px) scale(${scale})`;
    const far = !before || Math.abs(before.x - spot.x) + Math.abs(before.y - spot.y) > 0.5;
    element.spot = spot;
    if (!far && before.size === spot.size) return;
    element.style.transform = css(spot);
    if (!moved || !far || this.quiet()) return;
    const past = spot.past && spot.look === "lost" && spot.place.startsWith("x:") ? [{ transform: css(spot.past), offset: 0.55 }] : [];
    element.animate([{ transform: css(before ?? spot.from) }, ...past, { transform: css(spot) }], {
      duration: fast ? PASSED : spot.look === "lost" ? SLOW : QUICK, easing: fast ? "linear" : "cubic-bezier(.3,.1,.2,1)",
    });
  }

  token({ event }, watcher) {
    const [text, warning] = this.story.start.events[event];
    const shape = warning ? s("path", { d: "M0-14L14 0L0 14L-14 0Z" }) : s("rect", { x: -11, y: -11, width: 22, height: 22, rx: 5 });
    const element = s("g", { class: "ks-token", "data-event": event, onclick: () => this.pick(event, watcher) },
      s("title", {}, `${text}: go to where this happened`), shape, s("text", { y: "0.36em", "text-anchor": "middle" }, String(event)));
    this.layer.append(element);
    return element;
  }
}
