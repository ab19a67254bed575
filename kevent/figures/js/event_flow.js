import { fit, s, setAttribute, setText, short } from "./dom.js";
import { Drawing } from "./drawing.js";

// EventFlow: senders → incoming queue → loop → a queue for each watcher → its reader or sink.

const SLOT = 22;
const PITCH = 25;
const OUTCOMES = ["created", "patched", "retried", "filtered", "rejected", "given up"];

const queueLabel = (name, depth, capacity) => `${short(name, 12)} ${depth}/${capacity}`;

// --- Pure: where everything stands, and where each event is ---

// Drops that will happen need room below their queue: known from the last state, so that nothing jumps.
export function flowLayout(width, start, end) {
  const { senders, incoming, watchers } = start.shape;
  const wide = width >= 650;
  const boxes = senders.length > (wide ? 4 : 3) ? [`${senders.length} senders`] : senders;
  const drops = (suffix) => end[`x:${suffix}`].length > 0;
  const queue = (suffix, x, y, capacity, most) => {
    const slots = Math.max(Math.min(capacity, most), 1);
    return { suffix, x, y, capacity, slots, end: x + slots * PITCH - (PITCH - SLOT), drops: drops(suffix) };
  };
  const layout = { width, wide, senders: [], watchers: [] };
  const heights = watchers.map(([name, , sink]) => 68 + (drops(name) || sink ? 34 : 0));
  const all = heights.reduce((sum, height) => sum + height, 0);
  const places = Math.max(1, ...watchers.map(([, capacity]) => Math.min(capacity, 5)));
  const labels = 7.3 * Math.max(...watchers.map(([name, capacity]) => queueLabel(name, capacity, capacity).length));
  const span = Math.max(places * PITCH, labels, 75) + 15; // from a queue to its reader
  if (wide) {
    const front = Math.min(incoming || 1, width < 760 ? 4 : 5);
    const side = Math.max(96, Math.min(140, Math.round((width - front * PITCH - span - 140) * 0.4)));
    layout.height = Math.max(all, 112, boxes.length * 66 + (drops("") ? 20 : 0)) + 8;
    const middle = layout.height / 2;
    boxes.forEach((name, i) => {
      layout.senders.push({ name, x: 1, y: middle - (boxes.length * 60 - 12) / 2 + i * 60, width: side - 1, height: 48 });
    });
    layout.incoming = queue("", side + 24, middle - SLOT / 2, incoming, front);
    layout.loop = { x: layout.incoming.end + 51, y: middle, r: 29 };
    let y = (layout.height - all) / 2 + 4;
    const left = layout.loop.x + 68;
    watchers.forEach(([name, capacity, sink], i) => {
      const each = queue(name, left, y + 21, capacity, 5);
      const box = left + span;
      layout.watchers.push({ name, sink, queue: each, reader: { x: box, y: y + 10, width: Math.min(width - box - 1, 280), height: 44 } });
      y += heights[i];
    });
  } else {
    const step = Math.min(width, 400) / Math.max(boxes.length, 1);
    boxes.forEach((name, i) => layout.senders.push({ name, x: 1 + i * step, y: 1, width: Math.min(step - 8, 150), height: 44 }));
    layout.incoming = queue("", 1, 90, incoming, Math.max(3, Math.min(8, Math.floor((width - 130) / PITCH))));
    layout.loop = { x: Math.min(layout.incoming.end + 62, width - 31), y: 101, r: 29 };
    let y = 158 + (drops("") ? 6 : 0);
    const most = Math.max(2, Math.min(places, Math.floor((width - 190) / PITCH)));
    watchers.forEach(([name, capacity, sink], i) => {
      const each = queue(name, 24, y + 21, capacity, most);
      const box = 24 + Math.max(most * PITCH + 15, Math.min(span, width - 200));
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
      put(key(event), event, `o:${name}`, reader.x + reader.width - 22, reader.y + 22, outcome, loop);
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

export class EventFlow extends Drawing {
  static table = flowTable;

  draw(width) {
    const { recording, svg, frame } = this;
    const layout = (this.layout = flowLayout(width, recording.state(0), recording.state(recording.length)));
    this.tokens = new Map();
    this.parts = {};
    this.marker = `${frame.id}-arrow`;
    svg.append(s("defs", {}, s("marker", { id: this.marker, viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 9, markerHeight: 9, orient: "auto" },
      s("path", { class: "kf-arrow", d: "M1 1L7 4L1 7" }))));
    this.background(layout);
    svg.append((this.layer = s("g", { class: "kf-tokens" })));
    return layout.height;
  }

  arrow(d, look = "") {
    const line = s("path", { class: `kf-line ${look}`, d, "marker-end": `url(#${this.marker})` });
    this.svg.append(line);
    return line;
  }

  background(layout) {
    const { incoming, loop } = layout;
    const { senders } = this.recording.state(0).shape;
    const middle = incoming.y + SLOT / 2;
    for (const box of layout.senders) {
      this.parts[senders.includes(box.name) ? `g:${box.name}` : "senders"] = this.box(box, box.name, 10);
      this.arrow(layout.wide
        ? `M${box.x + box.width + 2} ${box.y + box.height / 2}C${incoming.x - 12} ${box.y + box.height / 2} ${incoming.x - 18} ${middle} ${incoming.x - 5} ${middle}`
        : `M${Math.min(box.x + 12, incoming.end - 8)} ${box.y + box.height + 2}V${incoming.y - 21}`);
    }
    this.queue(incoming, "incoming");
    this.arrow(`M${incoming.end + 3} ${middle}H${loop.x - loop.r - 3}`);
    for (const { name, sink, queue, reader } of layout.watchers) {
      const y = queue.y + SLOT / 2;
      this.parts[`line:${name}`] = this.arrow(layout.wide
        ? `M${loop.x + loop.r + 1} ${loop.y}C${loop.x + loop.r + 26} ${loop.y} ${queue.x - 30} ${y} ${queue.x - 5} ${y}`
        : `M${loop.x} ${loop.y + loop.r + 1}V${loop.y + loop.r + 14}H8V${y}H${queue.x - 4}`);
      this.queue(queue, name);
      this.arrow(`M${queue.end + 3} ${y}H${reader.x - 3}`);
      this.parts[`g:${name}`] = this.box(reader, sink && name !== "sink" ? `${name} · sink` : name, 36, 32);
      this.slot(reader.x + 7, reader.y + 11);
      if (sink) this.parts[`n:${name}`] = { text: this.text("kf-small", reader.x + 36, reader.y + 60), room: layout.width - reader.x - 36 };
    }
    const circle = s("circle", { class: "kf-loop", cx: loop.x, cy: loop.y, r: loop.r });
    this.svg.append(circle);
    this.text("kf-name", loop.x, loop.y + 16, "loop", "middle");
    this.parts["g:"] = { frame: circle, room: layout.wide ? 116 : 0, status: this.text("kf-small", loop.x, loop.y + 45, "", "middle") };
  }

  slot(x, y) {
    this.svg.append(s("rect", { class: "kf-slot", x, y, width: SLOT, height: SLOT, rx: 5 }));
  }

  queue(queue, name) {
    const { x, y, end, slots, suffix } = queue;
    const bar = (look, width) => s("rect", { class: look, x, y: y + SLOT + 5, width, height: 3, rx: 1.5 });
    const depth = bar("kf-depth", 0);
    for (let i = 0; i < slots; i++) this.slot(x + i * PITCH, y);
    this.svg.append(bar("kf-ground", end - x), depth);
    const fall = suffix ? this.arrow(`M${x - 7} ${y + 16}C${x - 15} ${y + 28} ${x - 15} ${y + 50} ${x - 3} ${y + 50}`, "kf-fall") : null;
    const label = s("tspan", { class: "kf-count" });
    this.text("kf-mono", x, y - 8, short(name, 12)).append(label);
    this.parts[`q:${suffix}`] = { queue, name, depth, fall, label, drops: this.text("kf-dropped", x + 30, y + 54) };
  }

  show(position, { moved, followed }) {
    const state = this.recording.state(position);
    this.layer.classList.toggle("kf-moves", moved);
    for (const [key, part] of Object.entries(this.parts)) this.update(key, part, state, position);
    this.showTokens(flowTokens(state, this.layout), moved, followed, state);
  }

  update(key, part, state, position) {
    if (key.startsWith("q:")) {
      const { queue, name, fall, label, drops } = part;
      const depth = state[key].length;
      const hidden = depth - Math.min(depth, queue.slots);
      const dropped = state[`x:${queue.suffix}`];
      setText(label, `${queueLabel(name, depth, queue.capacity).slice(short(name, 12).length)}${hidden ? ` (+${hidden})` : ""}`);
      setAttribute(part.depth, "width", queue.capacity ? ((queue.end - queue.x) * depth) / queue.capacity : 0);
      setAttribute(part.depth, "data-full", depth >= queue.capacity && queue.capacity > 0);
      if (fall) setAttribute(fall, "data-lit", dropped.length ? this.lit(position, queue.suffix, state) : "none");
      setText(drops, dropped.length ? this.fallen(queue, dropped, position) : "");
    } else if (key.startsWith("g:")) {
      const [code, doing] = state[key] ?? ["idle", ""];
      setAttribute(part.frame, "data-state", position && code !== "end" && `g:${state.who}` === key ? "now" : code);
      fit(part.status, part.room ? doing : "", part.room);
    } else if (key === "senders") {
      const now = state.shape.senders.includes(state.who);
      setAttribute(part.frame, "data-state", now ? "now" : "");
      fit(part.status, now ? state.who : "", part.room);
    } else if (key.startsWith("n:")) {
      const counts = state[key];
      fit(part.text, OUTCOMES.map((outcome, i) => counts[i] && `${outcome} ${counts[i]}`).filter(Boolean).join(" · "), part.room);
    } else if (key.startsWith("line:")) {
      setAttribute(part, "data-lit", this.lit(position, key.slice(5), state));
    }
  }

  // Whether the loop gives something to this watcher, or fails to: the role of the step, if it is about it.
  lit(position, name, state) {
    return state.who === "" && this.touches(position, name) ? this.recording.role(position) : "";
  }

  // What fell out here last, when, and how many in all.
  fallen(queue, dropped, position) {
    const roomy = this.layout.wide && queue.suffix && !(`n:${queue.suffix}` in this.parts);
    if (!roomy) return `dropped here: ${dropped.length}`;
    const losses = this.recording.life(dropped.at(-1)).filter((step) => step <= position && this.recording.role(step) === "lost" && this.touches(step, queue.suffix));
    return `dropped here at step ${losses.at(-1)}, queue full · ${dropped.length} in all`;
  }

  // Whether the loop's step is about this watcher: all its sentences name the event first, then whose queue it is.
  touches(position, name) {
    return this.recording.steps[position - 1]?.[1][1] === name;
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
    const element = s("g", { class: "kf-event", "data-event": event, "data-kind": warning ? "warning" : "normal", onclick: () => this.frame.follow(event) },
      s("title", {}, `event ${event}: ${text}`), tokenShape(warning), s("path", { class: "kf-mark", d: "" }), s("text", { y: 4, "text-anchor": "middle" }));
    this.layer.append(element);
    return element;
  }
}
