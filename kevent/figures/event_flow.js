import { h, s, setAttribute, setText, short } from "./dom.js";

// EventFlow: senders → incoming queue → loop → a queue for each watcher → its reader or sink.

const SLOT = 22;
const PITCH = 25;
const OUTCOMES = ["created", "patched", "retried", "filtered", "rejected", "given up"];

// --- Pure: where everything stands, and where each event is ---

// Drops that will happen need room below their queue: known from the last state, so that nothing jumps.
export function flowLayout(width, start, end) {
  const { senders, incoming, watchers } = start.shape;
  const wide = width >= 620;
  const boxes = senders.length > 3 ? [`${senders.length} senders`] : senders;
  const drops = (suffix) => end[`x:${suffix}`].length > 0;
  const queue = (suffix, x, y, capacity, most) => {
    const slots = Math.max(Math.min(capacity, most), 1);
    return { suffix, x, y, capacity, slots, end: x + slots * PITCH - (PITCH - SLOT), drops: drops(suffix) };
  };
  const layout = { width, wide, senders: [], watchers: [] };
  const heights = watchers.map(([name, , sink]) => 68 + (drops(name) ? 34 : 0) + (sink ? 34 : 0));
  const all = heights.reduce((sum, height) => sum + height, 0);
  if (wide) {
    const scale = Math.min(width, 920);
    const side = Math.round((scale - 470) / 2.1);
    const front = Math.max(112, boxes.length * 66 + (drops("") ? 20 : 0));
    layout.height = Math.max(all, front) + 8;
    const middle = layout.height / 2;
    boxes.forEach((name, i) => {
      layout.senders.push({ name, x: 1, y: middle - (boxes.length * 60 - 12) / 2 + i * 60, width: side - 6, height: 48 });
    });
    layout.incoming = queue("", side + 18, middle - SLOT / 2, incoming, 5);
    layout.loop = { x: layout.incoming.end + 52, y: middle, r: 29 };
    let y = (layout.height - all) / 2 + 4;
    const left = layout.loop.x + 68;
    watchers.forEach(([name, capacity, sink], i) => {
      const each = queue(name, left, y + 21, capacity, 5);
      const box = left + 5 * PITCH + 20;
      layout.watchers.push({ name, sink, queue: each, reader: { x: box, y: y + 10, width: width - box - 1, height: 44 } });
      y += heights[i];
    });
  } else {
    const step = Math.min(width, 400) / Math.max(boxes.length, 1);
    boxes.forEach((name, i) => layout.senders.push({ name, x: 1 + i * step, y: 1, width: Math.min(step - 8, 150), height: 44 }));
    layout.incoming = queue("", 1, 84, incoming, Math.max(3, Math.min(8, Math.floor((width - 130) / PITCH))));
    layout.loop = { x: Math.min(layout.incoming.end + 62, width - 31), y: 95, r: 29 };
    let y = 152 + (drops("") ? 6 : 0);
    const most = Math.max(2, Math.min(5, Math.floor((width - 190) / PITCH)));
    watchers.forEach(([name, capacity, sink], i) => {
      const each = queue(name, 24, y + 21, capacity, most);
      const box = 24 + most * PITCH + 18;
      layout.watchers.push({ name, sink, queue: each, reader: { x: box, y: y + 10, width: width - box - 1, height: 44 } });
      y += heights[i];
    });
    layout.height = y + 4;
  }
  return layout;
}

// Each event that is anywhere: a token with a key that stays while it moves. In front of the loop an event is one token,
// behind it one for each watcher.
export function flowTokens(state, layout) {
  const tokens = [];
  const put = (key, event, place, x, y, look, from) => tokens.push({ key, event, place, x, y, look, from });
  const source = layout.senders[0] ?? { x: 0, y: 0, width: 40, height: 40 };
  const spring = { x: source.x + source.width - 14, y: source.y + source.height / 2 };
  const { incoming, loop } = layout;
  const inQueue = (queue, place, key, from) => {
    state[`q:${queue.suffix}`].slice(0, queue.slots).forEach((event, i) => {
      put(key(event), event, place, queue.end - SLOT / 2 - i * PITCH, queue.y + SLOT / 2, "queued", from);
    });
  };
  const fallen = (queue, key, from) => {
    const dropped = state[`x:${queue.suffix}`];
    if (!dropped.length) return;
    const event = dropped.at(-1);
    put(key(event), event, `x:${queue.suffix}`, queue.x + SLOT / 2, queue.y + 50, "dropped", from);
  };
  const front = (event) => `${event}`;
  inQueue(incoming, "q:", front, spring);
  state.door.slice(0, 3).forEach((event, i) => {
    const y = layout.wide ? incoming.y + SLOT / 2 : incoming.y - 14;
    put(front(event), event, "door", incoming.x - 10 - i * 8, y, "waiting", spring);
  });
  const held = state["h:"];
  held.slice(0, 3).forEach((event, i) => put(front(event), event, "h:", loop.x - (held.length - 1) * 6 + i * 12, loop.y - 8, "held", spring));
  fallen(incoming, front, spring);
  for (const { name, queue, reader } of layout.watchers) {
    const key = (event) => `${event}/${name}`;
    inQueue(queue, `q:${name}`, key, loop);
    state[`h:${name}`].slice(0, 3).forEach((event, i) => put(key(event), event, `h:${name}`, reader.x + 18 + i * 6, reader.y + 22, "held", loop));
    fallen(queue, key, loop);
    const [event, outcome, count] = state[`o:${name}`];
    if (event !== undefined && !state[`h:${name}`].includes(event)) {
      put(key(event), event, `o:${name}`, reader.x + reader.width - 17, reader.y + 22, outcome, loop);
      tokens.at(-1).count = count;
    } else if (event !== undefined && outcome !== "handled") {
      tokens.find((token) => token.key === key(event)).look = outcome === "retried" ? "held" : outcome;
      tokens.find((token) => token.key === key(event)).count = count;
    }
  }
  return tokens;
}

// The same state as a table.
export function flowTable(state) {
  const list = (events) => events.join(", ");
  const rows = [];
  for (const sender of state.shape.senders) rows.push([sender, "", "", "", state[`g:${sender}`][1]]);
  rows.push(["waiting to get in", list(state.door), "", "", ""]);
  rows.push(["incoming queue", list(state["q:"]), `${state["q:"].length} of ${state.shape.incoming}`, list(state["x:"]), ""]);
  rows.push(["loop", list(state["h:"]), "", "", state["g:"][1]]);
  for (const [name, capacity, sink] of state.shape.watchers) {
    rows.push([`queue of ${name}`, list(state[`q:${name}`]), `${state[`q:${name}`].length} of ${capacity}`, list(state[`x:${name}`]), ""]);
    const counts = state[`n:${name}`];
    const done = sink ? OUTCOMES.map((outcome, i) => counts[i] && `${outcome} ${counts[i]}`).filter(Boolean).join(", ") : `handled ${counts[0]}`;
    rows.push([`reader of ${name}`, list(state[`h:${name}`]), "", "", [state[`g:${name}`][1], done].filter(Boolean).join("; ")]);
  }
  return { columns: ["where", "events", "places", "dropped", "doing"], rows };
}

// --- Drawing ---

function tokenShape(warning) {
  return warning
    ? s("path", { class: "kf-shape", d: "M0-13L13 0L0 13L-13 0Z" })
    : s("rect", { class: "kf-shape", x: -11, y: -11, width: 22, height: 22, rx: 5 });
}


export class EventFlow {
  static table = flowTable;

  constructor(stage, recording, { onevent, frame }) {
    this.stage = stage;
    this.arrow = `${frame.id}-arrow`;
    this.onevent = onevent;
    this.load(recording);
  }

  load(recording) {
    this.recording = recording;
    this.end = recording.state(recording.length);
    this.width = 0;
  }

  events() {
    return this.recording.state(0).events.map(([text]) => text);
  }

  resize(width) {
    if (width === this.width) return;
    this.width = width;
    const start = this.recording.state(0);
    const layout = (this.layout = flowLayout(width, start, this.end));
    this.tokens = new Map();
    this.parts = {};
    const svg = s("svg", { width, height: layout.height, viewBox: `0 0 ${width} ${layout.height}`, role: "img", "aria-label": "" });
    svg.append(
      s("defs", {}, s("marker", { id: this.arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
        s("path", { class: "kf-arrow", d: "M1 1L7 4L1 7" }))),
      ...this.background(layout),
      (this.layer = s("g", { class: "kf-tokens" })),
    );
    this.svg = svg;
    this.stage.replaceChildren(svg);
  }

  background(layout) {
    const parts = [];
    const arrow = (d) => s("path", { class: "kf-line", d, "marker-end": `url(#${this.arrow})` });
    const { incoming, loop } = layout;
    const middle = incoming.y + SLOT / 2;
    for (const box of layout.senders) {
      parts.push(...this.box(box, box.name, box.name));
      parts.push(layout.wide
        ? arrow(`M${box.x + box.width + 2} ${box.y + box.height / 2}C${incoming.x - 12} ${box.y + box.height / 2} ${incoming.x - 18} ${middle} ${incoming.x - 5} ${middle}`)
        : arrow(`M${Math.min(box.x + 12, incoming.end - 8)} ${box.y + box.height + 2}V${incoming.y - 18}`));
    }
    parts.push(...this.queue(incoming, "incoming"));
    parts.push(arrow(`M${incoming.end + 3} ${middle}H${loop.x - loop.r - 3}`));
    for (const { name, sink, queue, reader } of layout.watchers) {
      const y = queue.y + SLOT / 2;
      const line = layout.wide
        ? arrow(`M${loop.x + loop.r + 1} ${loop.y}C${loop.x + loop.r + 26} ${loop.y} ${queue.x - 30} ${y} ${queue.x - 5} ${y}`)
        : arrow(`M${loop.x} ${loop.y + loop.r + 1}V${loop.y + loop.r + 14}H8V${y}H${queue.x - 4}`);
      parts.push(line);
      this.parts[`line:${name}`] = line;
      parts.push(...this.queue(queue, name), arrow(`M${queue.end + 3} ${y}H${reader.x - 3}`), ...this.box(reader, name, sink && name !== "sink" ? `${name} · sink` : name, 44));
      if (sink) parts.push(this.tally(name, reader));
    }
    const circle = s("circle", { class: "kf-loop", cx: loop.x, cy: loop.y, r: loop.r });
    const status = s("text", { class: "kf-small", x: loop.x, y: loop.y + 45, "text-anchor": "middle" });
    this.parts["g:"] = { frame: circle, status };
    parts.push(circle, s("text", { class: "kf-name", x: loop.x, y: loop.y + 16, "text-anchor": "middle" }, "loop"), ...(layout.wide ? [status] : []));
    return parts;
  }

  box({ x, y, width, height }, key, name, indent = 0) {
    const left = indent ? x + 36 : x + 10;
    const room = Math.floor((width - (left - x) - (indent ? 34 : 6)) / 7.2);
    const frame = s("rect", { class: "kf-box", x, y, width, height, rx: 6 });
    const status = s("text", { class: "kf-small", x: left, y: y + height / 2 + 14 });
    this.parts[`g:${key}`] = { frame, status, room: Math.floor((width - (left - x) - (indent ? 30 : 4)) / 5.9) };
    return [frame, s("text", { class: "kf-name", x: left, y: y + height / 2 - 3 }, short(name, room), s("title", {}, name)), status];
  }

  queue(queue, name) {
    const label = s("text", { class: "kf-mono", x: queue.x, y: queue.y - 8 });
    const slots = Array.from({ length: queue.slots }, (_, i) => s("rect", { class: "kf-slot", x: queue.x + i * PITCH, y: queue.y, width: SLOT, height: SLOT, rx: 5 }));
    const bar = s("rect", { class: "kf-depth", x: queue.x, y: queue.y + SLOT + 5, width: 0, height: 3, rx: 1.5 });
    const ground = s("rect", { class: "kf-ground", x: queue.x, y: queue.y + SLOT + 5, width: queue.end - queue.x, height: 3, rx: 1.5 });
    const more = s("text", { class: "kf-small", x: queue.x - 3, y: queue.y - 8, "text-anchor": "end" });
    const drops = s("text", { class: "kf-dropped", x: queue.x + 30, y: queue.y + 54 });
    this.parts[`q:${queue.suffix}`] = { queue, name, label, bar, more, drops };
    return [label, ...slots, ground, bar, more, drops];
  }

  tally(name, reader) {
    const group = s("text", { class: "kf-small kf-tally", x: reader.x + 2, y: reader.y + 60 });
    this.parts[`n:${name}`] = group;
    return group;
  }

  show(position, { moved, followed }) {
    const state = this.recording.state(position);
    this.layer.classList.toggle("kf-moves", moved);
    for (const [key, part] of Object.entries(this.parts)) this.update(key, part, state, position);
    this.showTokens(flowTokens(state, this.layout), moved, followed, state);
    setAttribute(this.svg, "aria-label", this.recording.sentence(position));
  }

  update(key, part, state, position) {
    if (key.startsWith("q:")) {
      const { queue, name, label, bar, drops } = part;
      const depth = state[key].length;
      const hidden = depth - Math.min(depth, queue.slots);
      const dropped = state[`x:${queue.suffix}`];
      setText(label, `${short(name, 12)} ${depth}/${queue.capacity}${hidden ? ` (+${hidden})` : ""}`);
      setAttribute(bar, "width", queue.capacity ? ((queue.end - queue.x) * depth) / queue.capacity : 0);
      setAttribute(bar, "data-full", depth >= queue.capacity && queue.capacity > 0);
      setText(drops, dropped.length ? this.fallen(queue, dropped, position) : "");
    } else if (key.startsWith("g:")) {
      const [code, doing] = state[key] ?? ["idle", ""];
      setAttribute(part.frame, "data-state", position && `g:${state.who}` === key ? "now" : code);
      setText(part.status, short(doing, part.room ?? 22));
    } else if (key.startsWith("n:")) {
      const counts = state[key];
      setText(part, OUTCOMES.map((outcome, i) => counts[i] && `${outcome} ${counts[i]}`).filter(Boolean).join(" · "));
    } else if (key.startsWith("line:")) {
      const name = key.slice(5);
      setAttribute(part, "data-lit", this.recording.tone(position) && state.who === "" && this.touches(position, name));
    }
  }

  // What fell out here last, when, and how many in all.
  fallen(queue, dropped, position) {
    const roomy = this.layout.wide && queue.suffix && !(`n:${queue.suffix}` in this.parts);
    if (!roomy) return `dropped here: ${dropped.length}`;
    const losses = this.recording.life(dropped.at(-1)).filter((step) => step <= position && this.recording.tone(step) === "loss" && this.touches(step, queue.suffix));
    return `dropped here at step ${losses.at(-1)}, queue full · ${dropped.length} in all`;
  }

  touches(position, name) {
    return this.recording.steps[position - 1]?.[1].includes(name) ?? false;
  }

  showTokens(tokens, moved, followed, state) {
    const seen = new Set();
    const fresh = [];
    for (const token of tokens) {
      seen.add(token.key);
      let element = this.tokens.get(token.key);
      if (!element) {
        element = this.token(token, state);
        if (moved) {
          element.style.transform = `translate(${token.from.x}px, ${token.from.y}px)`;
          fresh.push([element, token]);
        }
        this.tokens.set(token.key, element);
      }
      if (!moved || !fresh.length || fresh.at(-1)[0] !== element) this.put(element, token);
      setAttribute(element, "data-look", token.look);
      setAttribute(element, "data-place", token.place);
      setAttribute(element, "data-followed", token.event === followed);
      setText(element.lastChild, token.look === "patched" ? token.count : token.event);
    }
    for (const [key, element] of this.tokens) {
      if (seen.has(key)) continue;
      this.tokens.delete(key);
      element.remove();
    }
    if (fresh.length) {
      this.layer.getBoundingClientRect(); // so that the new ones start from where they come from
      for (const [element, token] of fresh) this.put(element, token);
    }
  }

  put(element, { x, y }) {
    const transform = `translate(${x}px, ${y}px)`;
    if (element.style.transform !== transform) element.style.transform = transform;
  }

  token({ event }, state) {
    const [text, warning] = state.events[event];
    const element = s("g", { class: "kf-event", "data-event": event, "data-kind": warning ? "warning" : "normal", onclick: () => this.onevent(event) },
      s("title", {}, `event ${event}: ${text}`), tokenShape(warning), s("path", { class: "kf-mark", d: "" }), s("text", { y: 4, "text-anchor": "middle" }));
    this.layer.append(element);
    return element;
  }
}
