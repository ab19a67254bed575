(() => {
// A packed run, unpacked step by step. Pure: no document, no clock.
// Position 0 is the start, position i the state after step i.

class Recording {
  constructor(packed, name) {
    const run = packed.runs[name];
    this.texts = packed.texts;
    this.opening = packed.opening ?? "";
    this.steps = run.steps.map((number) => packed.pool[number]);
    this.length = this.steps.length;
    let time = 0;
    this.times = run.times.map((pause) => (time += pause)); // microseconds
    this.known = [run.start];
  }

  // Lists are shared between states, never changed: any state can be kept and compared.
  state(position) {
    while (this.known.length <= position) {
      const state = { ...this.known.at(-1) };
      const changes = this.steps[this.known.length - 1][2];
      for (let i = 0; i < changes.length; i += 2) apply(state, changes[i], changes[i + 1]);
      this.known.push(state);
    }
    return this.known[position];
  }

  time(position) {
    return position ? this.times[position - 1] : 0;
  }

  sentence(position) {
    if (!position) return this.opening;
    const [text, args] = this.steps[position - 1];
    return fill(this.texts[text][1], args);
  }

  tone(position) {
    return position ? this.texts[this.steps[position - 1][0]][0] : "";
  }

  about(position) {
    return (position && this.steps[position - 1][3]) || [];
  }

  // The position of the step that explains this one, or 0.
  cause(position) {
    const cause = position ? this.steps[position - 1][4] : undefined;
    return cause === undefined ? 0 : cause + 1;
  }

  // The positions of all steps that an event has a part in.
  life(event) {
    const positions = [];
    for (let position = 1; position <= this.length; position++) {
      if (this.about(position).includes(event)) positions.push(position);
    }
    return positions;
  }
}

function apply(state, key, value) {
  const name = key.slice(1);
  if (key[0] === "+") state[name] = [...state[name], value];
  else if (key[0] === "-") state[name] = state[name].slice(value);
  else state[key] = value;
}

function fill(text, args) {
  return text.replace(/\{(\d)\}/g, (_, number) => args[number]);
}

// Microseconds as a reader wants them.
function clock(time) {
  const seconds = Math.round(time / 1000) / 1000;
  if (seconds < 120) return `${seconds} s`;
  const whole = Math.round(seconds);
  return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}

// Where we are in a recording, and whether we move. `wait(ms, go)` calls `go` later and returns what `stop` takes.
class Player {
  constructor(recording, show, { wait, stop }) {
    this.recording = recording;
    this.show = show;
    this.wait = wait;
    this.stop = stop;
    this.position = 0;
    this.playing = false;
    this.speed = 1;
  }

  load(recording) {
    this.pause();
    this.recording = recording;
    this.position = 0;
    this.show({ moved: false });
  }

  // One step on is a movement to be drawn; anything else is a jump.
  go(position, { moved = false } = {}) {
    const target = Math.max(0, Math.min(this.recording.length, position));
    if (target === this.position) return;
    this.position = target;
    this.show({ moved });
  }

  step(count) {
    this.pause();
    this.go(this.position + count, { moved: Math.abs(count) === 1 });
  }

  play() {
    if (this.position === this.recording.length) this.position = 0;
    this.playing = true;
    this.show({ moved: false });
    this.schedule();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.stop(this.timer);
    this.show({ moved: false });
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  get pace() {
    return 800 / this.speed; // milliseconds a step
  }

  schedule() {
    this.timer = this.wait(this.pace, () => {
      if (!this.playing) return;
      this.go(this.position + 1, { moved: true });
      if (this.position === this.recording.length) this.pause();
      else this.schedule();
    });
  }
}

// The parameters of a figure pick one of the stored runs; null if this point was not recorded.
function runName(parameters, values) {
  const places = parameters.map(({ values: stored }, i) => stored.indexOf(values[i]));
  return places.includes(-1) ? null : places.join(",") || "0";
}

// The few lines that make elements. Text is always set as text: what an event says is never markup.

const SVG = "http://www.w3.org/2000/svg";

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat());
  return element;
}

const h = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);

const s = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

// Set text and attributes only when they change: a figure that stands still costs nothing.
function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

// What every figure has around its drawing: the sentence, the time line, the buttons, the parameters, the life of an
// event, the log and the table. A drawing only has to load, resize and show.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const SPEED = "kevent-figure-speed";
const LOG_LINES = 40;

const ICONS = {
  first: "M4 3V13M13 3L6 8L13 13Z",
  back: "M11 3L4 8L11 13Z",
  play: "M5 3L13 8L5 13Z",
  pause: "M5 3V13M11 3V13",
  next: "M5 3L12 8L5 13Z",
  last: "M12 3V13M3 3L10 8L3 13Z",
};

function storedSpeed() {
  try {
    const speed = Number(localStorage.getItem(SPEED));
    return SPEEDS.includes(speed) ? speed : 1;
  } catch {
    return 1; // a browser may forbid to store anything
  }
}

let count = 0;

class Frame {
  // `live` runs a point of the grid that was not recorded: (values) => promise of a packed run. Null without a kernel.
  constructor(root, data, Drawing, live = null) {
    this.data = data;
    this.Drawing = Drawing;
    this.live = live;
    this.id = `kf-${++count}`;
    this.values = data.parameters.map(({ values }, i) => values[data.at[i]]);
    this.followed = -1;
    this.asked = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    const recording = new Recording(data, runName(data.parameters, this.values));
    this.player = new Player(recording, (change) => this.show(change), { wait: (ms, go) => setTimeout(go, ms), stop: clearTimeout });
    this.element = this.build(root);
    this.drawing = new Drawing(this.stage, recording, { onevent: (event) => this.follow(event), ongo: (position) => this.player.go(position), frame: this });
    this.begin();
  }

  get recording() {
    return this.player.recording;
  }

  // --- building ---

  build(root) {
    const { title } = this.data;
    this.say = h("span", { class: "kf-sentence" });
    this.at = h("span", { class: "kf-at" });
    this.stage = h("div", { class: "kf-stage" });
    this.log = h("ol", { class: "kf-log", role: "log", "aria-live": "polite", "aria-label": `Log: ${title}`, tabindex: 0 });
    this.table = h("table", { class: "kf-table" });
    this.life = h("section", { class: "kf-life", hidden: true, "aria-label": "Life of an event" });
    const element = h("div", { class: "kf", role: "group", "aria-label": title, onkeydown: (event) => this.key(event) },
      h("p", { class: "kf-title" }, title),
      h("p", { class: "kf-say" }, this.at, this.say),
      h("div", { class: "kf-view", tabindex: 0, role: "group", "aria-label": `Drawing: ${title}. Space plays, arrow keys step.` }, this.stage),
      this.timeline(),
      h("div", { class: "kf-bar" }, this.buttons(), this.speed(), this.following()),
      this.parameters(),
      this.life,
      h("details", { class: "kf-more", open: true }, h("summary", {}, "Log"), this.log),
      h("details", { class: "kf-more", ontoggle: () => this.showTable() }, h("summary", {}, "Table of this step"), h("div", { class: "kf-scroll", tabindex: 0, role: "region", "aria-label": `Table: ${title}` }, this.table)),
    );
    root.append(element);
    return element;
  }

  timeline() {
    this.ticks = s("svg", { class: "kf-ticks", "aria-hidden": "true", preserveAspectRatio: "none" });
    this.range = h("input", { type: "range", class: "kf-range", min: 0, step: 1, value: 0, "aria-label": "Step", oninput: () => {
      this.player.pause();
      this.player.go(Number(this.range.value));
    } });
    return h("div", { class: "kf-time" }, this.ticks, this.range);
  }

  buttons() {
    const button = (name, label, action, text = "") =>
      h("button", { type: "button", class: `kf-${name}`, "aria-label": label, title: label, onclick: action },
        s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: ICONS[name] })), text);
    this.play = button("play", "Play", () => this.player.toggle());
    return h("div", { class: "kf-buttons", role: "group", "aria-label": "Playback" },
      button("first", "To the start", () => this.jump(0)),
      button("back", "Step back", () => this.player.step(-1)),
      this.play,
      button("next", "Step forward", () => this.player.step(1)),
      button("last", "To the end", () => this.jump(this.recording.length)));
  }

  speed() {
    this.speeds = h("select", { id: `${this.id}-speed`, onchange: () => setSpeed(Number(this.speeds.value)) },
      SPEEDS.map((speed) => h("option", { value: speed }, `${speed}×`)));
    return h("label", { class: "kf-field" }, "speed ", this.speeds);
  }

  following() {
    this.follows = h("select", { onchange: () => this.follow(Number(this.follows.value)) });
    this.followField = h("label", { class: "kf-field" }, "follow ", this.follows);
    return this.followField;
  }

  parameters() {
    this.source = h("span", { class: "kf-source", role: "status" });
    const fields = this.data.parameters.map((parameter, i) => h("label", { class: "kf-field" }, `${parameter.label} `, this.control(parameter, i)));
    return h("div", { class: "kf-parameters", hidden: !fields.length }, fields, this.source);
  }

  control({ name, values }, i) {
    const change = (value) => {
      this.values = this.values.with(i, value);
      this.pick();
    };
    if (this.live && values.every((value) => typeof value === "number")) {
      const whole = values.every(Number.isInteger);
      return h("input", { type: "number", name, min: whole ? Math.min(0, ...values) : null, step: whole ? 1 : "any", value: this.values[i], onchange: (event) => {
        if (event.target.value !== "") change(event.target.valueAsNumber);
      } });
    }
    const select = h("select", { name, onchange: () => change(values[Number(select.value)]) },
      values.map((value, number) => h("option", { value: number, selected: value === this.values[i] }, String(value))));
    return select;
  }

  begin() {
    setSpeedOf(this, storedSpeed());
    addEventListener(SPEED, (this.onspeed = ({ detail }) => setSpeedOf(this, detail)));
    document.addEventListener("visibilitychange", (this.onhide = () => document.hidden && this.player.pause()));
    addEventListener("beforeprint", (this.onprint = () => this.print()));
    addEventListener("afterprint", (this.onprinted = () => this.show({ moved: false })));
    this.seen = new IntersectionObserver(([entry]) => entry.isIntersecting || this.player.pause());
    this.seen.observe(this.element);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.stage);
    this.element.dataset.mode = this.still.matches ? "step" : "play";
    this.loaded("recorded");
  }

  end() {
    this.player.pause();
    this.seen.disconnect();
    this.sized.disconnect();
    removeEventListener(SPEED, this.onspeed);
    removeEventListener("beforeprint", this.onprint);
    removeEventListener("afterprint", this.onprinted);
    document.removeEventListener("visibilitychange", this.onhide);
    this.element.remove();
  }

  // --- another recording ---

  async pick() {
    const asked = ++this.asked;
    const name = runName(this.data.parameters, this.values);
    if (name !== null) {
      this.replace(new Recording(this.data, name), "recorded");
      return;
    }
    setText(this.source, "running in Python …");
    try {
      const packed = await this.live(this.values);
      if (asked === this.asked) this.replace(new Recording(packed, "0"), "run now in Python");
    } catch (error) {
      if (asked === this.asked) setText(this.source, `not run: ${error.message}`);
    }
  }

  replace(recording, source) {
    this.followed = -1;
    this.player.pause();
    this.drawing.load(recording);
    this.player.recording = recording;
    this.player.position = 0;
    this.loaded(source);
  }

  // The recording has grown or is another one.
  loaded(source) {
    const { recording } = this;
    if (source) setText(this.source, source);
    this.range.max = recording.length;
    const events = this.drawing.events();
    this.followField.hidden = !events.length;
    this.follows.replaceChildren(h("option", { value: -1 }, "no event"), ...events.map((_, event) => h("option", { value: event }, `event ${event}`)));
    this.logged = null;
    this.drawTicks();
    this.resize();
  }

  drawTicks() {
    const { recording } = this;
    const paths = { "": "", loss: "", gain: "" };
    const span = Math.max(recording.length, 1);
    const coarse = Math.ceil(recording.length / 600);
    for (let position = 1; position <= recording.length; position++) {
      const tone = recording.tone(position);
      if (tone !== "loss" && position % coarse) continue;
      const x = (1000 * position) / span;
      paths[tone] += tone === "loss" ? `M${x} 2V20` : `M${x} 8V14`;
    }
    setAttribute(this.ticks, "viewBox", "0 0 1000 22");
    this.ticks.replaceChildren(s("path", { class: "kf-rule", d: "M0 11H1000" }), ...Object.entries(paths).map(([tone, d]) => s("path", { class: `kf-tick ${tone && `kf-${tone}`}`, d })));
  }

  resize() {
    const width = Math.floor(this.stage.clientWidth);
    if (!width) return;
    this.drawing.resize(width);
    this.show({ moved: false });
  }

  // --- showing a position ---

  show({ moved }) {
    const { recording, position, playing } = this.player;
    const motion = moved && !this.still.matches;
    this.element.style.setProperty("--kf-motion", `${Math.min(260, this.player.pace * 0.8)}ms`);
    const time = clock(recording.time(position));
    setText(this.at, `step ${position} of ${recording.length} · ${time} · `);
    setText(this.say, recording.sentence(position));
    setAttribute(this.element, "data-step", position);
    setAttribute(this.say, "data-tone", recording.tone(position));
    if (Number(this.range.value) !== position) this.range.value = position;
    setAttribute(this.range, "aria-valuetext", `step ${position} of ${recording.length}, ${time}`);
    setAttribute(this.play, "aria-label", playing ? "Pause" : "Play");
    setAttribute(this.play, "title", playing ? "Pause" : "Play");
    setAttribute(this.play.querySelector("path"), "d", playing ? ICONS.pause : ICONS.play);
    if (this.drawing.width) this.drawing.show(position, { moved: motion, followed: this.followed });
    this.showLog(position, playing);
    this.showTable();
    this.showLife();
  }

  showLog(position, playing) {
    setAttribute(this.log, "aria-live", playing ? "off" : "polite"); // a voice cannot keep up with play
    const first = Math.max(0, position - LOG_LINES + 1);
    if (this.logged !== null && position === this.logged + 1 && this.log.children.length) {
      this.log.lastChild.removeAttribute("aria-current");
      this.log.append(this.logLine(position));
      if (this.log.children.length > LOG_LINES) this.log.firstChild.remove();
    } else if (this.logged !== position) {
      const lines = [];
      for (let i = first; i <= position; i++) lines.push(this.logLine(i));
      this.log.replaceChildren(...lines);
    }
    this.logged = position;
    this.log.lastChild.setAttribute("aria-current", "step");
    this.log.scrollTop = this.log.scrollHeight;
  }

  logLine(position) {
    return h("li", { value: position, "data-tone": this.recording.tone(position) }, this.recording.sentence(position));
  }

  print() {
    this.player.pause();
    this.player.go(0);
    const lines = [];
    for (let i = 0; i <= this.recording.length; i++) lines.push(this.logLine(i));
    this.log.replaceChildren(...lines);
    this.logged = null;
  }

  showTable() {
    if (!this.table.closest("details").open) return;
    const { columns, rows } = this.Drawing.table(this.recording.state(this.player.position), this.data, this.player.position);
    const shape = JSON.stringify([columns, rows.length]);
    if (this.tableShape !== shape) {
      this.tableShape = shape;
      this.table.replaceChildren(
        h("caption", {}),
        h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((_, i) => (i ? h("td") : h("th", { scope: "row" })))))),
      );
    }
    setText(this.table.caption, `after step ${this.player.position}`);
    rows.forEach((row, i) => row.forEach((cell, j) => setText(this.table.tBodies[0].rows[i].cells[j], cell)));
  }

  // --- the life of an event ---

  follow(event) {
    this.followed = event;
    this.lifeOf = undefined;
    this.follows.value = event;
    this.show({ moved: false });
  }

  showLife() {
    const { followed, recording, player } = this;
    this.life.hidden = followed < 0;
    if (followed < 0) return;
    if (this.lifeOf !== recording || this.lifeEvent !== followed) {
      this.lifeOf = recording;
      this.lifeEvent = followed;
      const link = (position, text) => h("button", { type: "button", class: "kf-link", "data-step": position, onclick: () => this.jump(position) }, text);
      const lines = recording.life(followed).map((position) => {
        const cause = recording.cause(position);
        const line = h("li", { "data-tone": recording.tone(position) }, link(position, `step ${position}`), ` · ${clock(recording.time(position))} · ${recording.sentence(position)}`);
        if (cause) line.append(" Why: ", link(cause, `step ${cause}`), `, ${recording.sentence(cause)}`);
        return line;
      });
      this.life.replaceChildren(
        h("p", {}, h("strong", {}, `The life of event ${followed}`), `: ${this.drawing.events()[followed]} `, h("button", { type: "button", class: "kf-link", onclick: () => this.follow(-1) }, "close")),
        h("ol", {}, lines));
    }
    for (const button of this.life.querySelectorAll("li > button:first-child")) {
      const here = Number(button.dataset.step) === player.position;
      button.parentNode.toggleAttribute("data-here", here);
    }
  }

  jump(position) {
    this.player.pause();
    this.player.go(position);
  }

  key(event) {
    const { target, key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || target.matches("select, input[type=number]")) return;
    const range = target.matches("input[type=range]");
    const keys = {
      " ": target.matches("button, summary") ? null : () => this.player.toggle(),
      ArrowRight: range ? null : () => this.player.step(1),
      ArrowLeft: range ? null : () => this.player.step(-1),
      Home: range ? null : () => this.jump(0),
      End: range ? null : () => this.jump(this.recording.length),
    };
    const action = keys[key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

function setSpeed(speed) {
  try {
    localStorage.setItem(SPEED, speed);
  } catch {
    // then it holds for this page only
  }
  dispatchEvent(new CustomEvent(SPEED, { detail: speed }));
}

function setSpeedOf(frame, speed) {
  frame.player.speed = speed;
  frame.speeds.value = speed;
}

// EventFlow: senders → incoming queue → loop → a queue for each watcher → its reader or sink.

const SLOT = 22;
const PITCH = 25;
const OUTCOMES = ["created", "patched", "retried", "filtered", "rejected", "given up"];

// --- Pure: where everything stands, and where each event is ---

// Drops that will happen need room below their queue: known from the last state, so that nothing jumps.
function flowLayout(width, start, end) {
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
function flowTokens(state, layout) {
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
function flowTable(state) {
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

const arrow = (d, extra = "") => s("path", { class: `kf-line ${extra}`, d, "marker-end": "url(#kf-arrow)" });

class EventFlow {
  static table = flowTable;

  constructor(stage, recording, { onevent }) {
    this.stage = stage;
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
      s("defs", {}, s("marker", { id: "kf-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
        s("path", { class: "kf-arrow", d: "M1 1L7 4L1 7" }))),
      ...this.background(layout),
      (this.layer = s("g", { class: "kf-tokens" })),
    );
    this.svg = svg;
    this.stage.replaceChildren(svg);
  }

  background(layout) {
    const parts = [];
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
      parts.push(...this.queue(queue, name), arrow(`M${queue.end + 3} ${y}H${reader.x - 3}`), ...this.box(reader, name, sink ? `${name} · sink` : name, 44));
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
      setAttribute(label.parentNode ? bar : bar, "width", queue.capacity ? ((queue.end - queue.x) * depth) / queue.capacity : 0);
      setAttribute(bar, "data-full", depth >= queue.capacity && queue.capacity > 0);
      setText(drops, dropped.length ? `dropped here: ${dropped.length}` : "");
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

// How a figure comes to life: on a page from the HTML that Python wrote, in a notebook from the widget's model.

const DRAWINGS = { "event-flow": EventFlow };

function enliven(root, data, live) {
  return new Frame(root, data, DRAWINGS[data.kind], live);
}

// On the page: each wrapper holds its recording; what it showed without a script stays for those who have none.
function start(page = document) {
  for (const wrapper of page.querySelectorAll(".kevent-figure:not([data-alive])")) {
    wrapper.dataset.alive = "";
    enliven(wrapper, JSON.parse(wrapper.querySelector("script[type='application/json']").textContent));
  }
}

// In a notebook: anywidget calls this, and a point that was not recorded is run by the kernel.
function render({ model, el }) {
  const waiting = new Map();
  let asked = 0;
  const onmessage = ({ request, packed, error }) => {
    const [resolve, reject] = waiting.get(request) ?? [];
    waiting.delete(request);
    if (error) reject?.(new Error(error));
    else resolve?.(packed);
  };
  model.on("msg:custom", onmessage);
  const live = (values) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, [resolve, reject]);
      model.send({ request: asked, values });
    });
  const frame = enliven(el, model.get("figure"), live);
  return () => {
    model.off("msg:custom", onmessage);
    frame.end();
  };
}
start();
})();
