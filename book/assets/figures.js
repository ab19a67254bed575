(() => {
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
state(position) {
while (this.known.length <= position) {
const state = { ...this.known.at(-1) };
const changes = this.steps[this.known.length - 1][2];
for (let i = 0; i < changes.length; i += 2) apply(state, changes[i], changes[i + 1]);
this.known.push(state);
}
return this.known[position];
}
events() {
return (this.known[0].events ?? []).map(([text]) => text);
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
cause(position) {
const cause = position ? this.steps[position - 1][4] : undefined;
return cause === undefined ? 0 : cause + 1;
}
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
function clock(time) {
const seconds = Math.round(time / 1000) / 1000;
if (seconds < 120) return `${seconds} s`;
const whole = Math.round(seconds);
return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}
function amount(value) {
const short = Number(value.toPrecision(3));
const parts = Math.round(1 / value);
return short !== value && parts > 1 && Math.abs(1 / value - parts) < 1e-9 * parts ? `1/${parts}` : String(short);
}
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
return 600 / this.speed; // milliseconds a step
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
function runName(parameters, values) {
const places = parameters.map(({ values: stored }, i) => stored.indexOf(values[i]));
return places.includes(-1) ? null : places.join(",") || "0";
}
const SVG = "http://www.w3.org/2000/svg";
function build(element, attributes, children) {
for (const [name, value] of Object.entries(attributes)) {
if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
else if (name.startsWith("data-")) element.setAttribute(name, String(value));
else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
}
element.append(...children.flat());
return element;
}
const h = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);
function setText(element, text) {
if (element.textContent !== String(text)) element.textContent = text;
}
function setAttribute(element, name, value) {
if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
function fit(element, text, room) {
if (element.full === text) return;
element.full = text;
setText(element, text);
for (let length = text.length; length > 1 && length * 8 > room && element.getComputedTextLength() > room; length--) setText(element, short(text, length - 1));
}
class Drawing {
constructor(stage, frame) {
this.stage = stage;
this.frame = frame;
this.load();
}
get recording() {
return this.frame.recording;
}
load() {
this.width = 0;
}
resize(width) {
if (width === this.width) return;
this.width = width;
this.svg = s("svg", { width, role: "img" });
this.stage.replaceChildren(this.svg); // first: a text must be on the page to be measured
const height = this.draw(width);
setAttribute(this.svg, "height", height);
setAttribute(this.svg, "viewBox", `0 0 ${width} ${height}`);
}
text(look, x, y, text = "", anchor = "start") {
const element = s("text", { class: look, x, y, "text-anchor": anchor }, text);
this.svg.append(element);
return element;
}
box({ x, y, width, height }, name, left = 12, right = 6) {
const frame = s("rect", { class: "kf-box", x, y, width, height, rx: 6 }, s("title", {}, name));
this.svg.append(frame);
const room = width - left - right;
fit(this.text("kf-name", x + left, y + height / 2 - 4), name, width - left - 6);
return { name, frame, room, status: this.text("kf-small", x + left, y + height / 2 + 13) };
}
}
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const SPEED = "kevent-figure-speed";
const LOG_LINES = 40;
const ICONS = {
first: "M4 3V13M13 3L6 8L13 13Z",
back: "M11 3L4 8L11 13Z",
play: "M5 3L13 8L5 13Z",
pause: "M4 3H6.5V13H4ZM9.5 3H12V13H9.5Z",
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
const shown = (value) => (typeof value === "number" ? amount(value) : typeof value === "boolean" ? (value ? "yes" : "no") : value);
const reason = (text) => (text.includes(" · ") ? `, ${text.split(" · ")[0].slice(0, 24)}` : "");
let count = 0;
class Frame {
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
this.player = new Player(recording, (change) => this.show(change), { wait: (ms, go) => setTimeout(go, ms), stop: (timer) => clearTimeout(timer) });
this.element = this.build(root);
this.drawing = new Drawing(this.stage, this);
this.begin();
}
get recording() {
return this.player.recording;
}
build(root) {
const { title } = this.data;
this.say = h("span", { class: "kf-sentence" });
this.at = h("span", { class: "kf-at" });
this.stage = h("div", { class: "kf-stage" });
this.log = h("ol", { class: "kf-log" });
this.voice = h("div", { class: "kf-lines", role: "log", "aria-live": "polite", "aria-label": `Log: ${title}`, tabindex: 0 }, this.log);
this.table = h("table", { class: "kf-table" });
this.life = h("section", { class: "kf-life", hidden: true, "aria-label": "Life of an event" });
const element = h("div", { class: "kf", role: "group", "aria-label": title, "data-lm-suppress-shortcuts": true, onkeydown: (event) => this.key(event) },
h("p", { class: "kf-title" }, title),
h("p", { class: "kf-say" }, this.at, this.say),
h("div", { class: "kf-view", tabindex: 0, role: "group", "aria-label": `Drawing: ${title}. Space plays, arrow keys step.` }, this.stage),
this.timeline(),
h("div", { class: "kf-bar" }, this.buttons(), this.speed(), this.following()),
this.parameters(),
this.life,
h("details", { class: "kf-more", open: true }, h("summary", {}, "Log"), this.voice),
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
this.followField = h("label", { class: "kf-field" }, "follow an event ", this.follows);
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
const commit = ({ target }) => {
if (target.value !== "" && target.valueAsNumber !== this.values[i]) change(target.valueAsNumber);
};
const enter = (event) => event.key === "Enter" && commit(event); // JupyterLab keeps Enter from becoming a change
return h("input", { type: "number", name, step: whole ? 1 : "any", value: this.values[i], onchange: commit, onkeydown: enter });
}
const select = h("select", { name, onchange: () => change(values[Number(select.value)]) },
values.map((value, number) => h("option", { value: number, selected: value === this.values[i] }, shown(value))));
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
this.loaded(this.stored());
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
stored() {
const count = Object.keys(this.data.runs).length;
return `${this.Drawing.stored ?? "A stored recording is shown"}, one of ${count}. ${this.live ? "Python runs any other number." : "No Python runs here."}`;
}
async pick() {
const asked = ++this.asked;
const name = runName(this.data.parameters, this.values);
if (name !== null) {
this.replace(new Recording(this.data, name), this.stored());
return;
}
setText(this.source, "Python is running this now …");
try {
const packed = await this.live(this.values);
if (asked === this.asked) this.replace(new Recording(packed, "0"), "Python ran this just now.");
} catch (error) {
if (asked === this.asked) setText(this.source, `Python could not run this: ${error.message}`);
}
}
replace(recording, source) {
this.followed = -1;
this.player.pause();
this.player.recording = recording;
this.player.position = 0;
this.drawing.load();
this.loaded(source);
}
loaded(source) {
const { recording } = this;
if (source) setText(this.source, source);
this.range.max = recording.length;
const events = recording.events();
this.followField.hidden = !events.length;
this.follows.replaceChildren(h("option", { value: -1 }, "none"), ...events.map((text, event) => h("option", { value: event }, `event ${event}${reason(text)}`)));
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
show({ moved }) {
const { recording, position, playing } = this.player;
const motion = moved && !this.still.matches;
this.element.style.setProperty("--kf-motion", `${Math.min(260, this.player.pace * 0.8)}ms`);
const at = `step ${position} of ${recording.length}${recording.time(recording.length) ? ` · ${clock(recording.time(position))}` : ""}`;
setText(this.at, `${at} · `);
setText(this.say, recording.sentence(position));
setAttribute(this.element, "data-step", position);
setAttribute(this.say, "data-tone", recording.tone(position));
if (Number(this.range.value) !== position) this.range.value = position;
setAttribute(this.range, "aria-valuetext", at);
setAttribute(this.play, "aria-label", playing ? "Pause" : "Play");
setAttribute(this.play, "title", playing ? "Pause" : "Play");
setAttribute(this.play.querySelector("path"), "d", playing ? ICONS.pause : ICONS.play);
if (this.drawing.width) {
this.drawing.show(position, { moved: motion, followed: this.followed });
setAttribute(this.drawing.svg, "aria-label", recording.sentence(position));
}
this.showLog(position, playing);
this.showTable();
this.showLife();
}
showLog(position, playing) {
setAttribute(this.voice, "aria-live", playing ? "off" : "polite"); // a voice cannot keep up with play
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
this.voice.scrollTop = this.voice.scrollHeight;
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
h("p", {}, h("strong", {}, `The life of event ${followed}`), `: ${recording.events()[followed]} `, h("button", { type: "button", class: "kf-link", onclick: () => this.follow(-1) }, "close")),
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
}
dispatchEvent(new CustomEvent(SPEED, { detail: speed }));
}
function setSpeedOf(frame, speed) {
frame.player.speed = speed;
frame.speeds.value = speed;
}
const SLOT = 22;
const PITCH = 25;
const OUTCOMES = ["created", "patched", "retried", "filtered", "rejected", "given up"];
const queueLabel = (name, depth, capacity) => `${short(name, 12)} ${depth}/${capacity}`;
function flowLayout(width, start, end) {
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
put(key(event), event, `o:${name}`, reader.x + reader.width - 22, reader.y + 22, outcome, loop);
tokens.at(-1).count = count;
} else if (event !== undefined && outcome !== "handled") {
tokens.find((token) => token.key === key(event)).look = outcome === "retried" ? "held" : outcome;
tokens.find((token) => token.key === key(event)).count = count;
}
}
return tokens;
}
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
function tokenShape(warning) {
return warning
? s("path", { class: "kf-shape", d: "M0-13L13 0L0 13L-13 0Z" })
: s("rect", { class: "kf-shape", x: -11, y: -11, width: 22, height: 22, rx: 5 });
}
class EventFlow extends Drawing {
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
lit(position, name, state) {
return state.who === "" && this.touches(position, name) ? this.recording.tone(position) : "";
}
fallen(queue, dropped, position) {
const roomy = this.layout.wide && queue.suffix && !(`n:${queue.suffix}` in this.parts);
if (!roomy) return `dropped here: ${dropped.length}`;
const losses = this.recording.life(dropped.at(-1)).filter((step) => step <= position && this.recording.tone(step) === "loss" && this.touches(step, queue.suffix));
return `dropped here at step ${losses.at(-1)}, queue full · ${dropped.length} in all`;
}
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
const HALF = 0xffffffffn;
function halves(hex, flag = false) {
const word = BigInt(`0x${hex}`);
const low = word & (flag ? 0x7fffffffn : HALF);
return { counter: Number(BigInt.asIntN(32, word >> 32n)), waiters: Number(low) };
}
function changedBits(hex, was) {
const difference = BigInt(`0x${hex}`) ^ BigInt(`0x${was}`);
return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (difference >> BigInt(bit)) & 1n);
}
function bitNames(bits) {
const runs = [];
for (const bit of [...bits].sort((a, b) => b - a)) {
if (runs.length && runs.at(-1)[1] === bit + 1) runs.at(-1)[1] = bit;
else runs.push([bit, bit]);
}
return runs.map(([high, low]) => (high === low ? `${high}` : `${high}…${low}`)).join(", ");
}
function wordTable(state) {
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
function wordLayout(width, goroutines) {
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
class WaitGroupWord extends Drawing {
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
const ROW = 26;
const BOX = 34;
function chainTable(state) {
const rows = state.calls.map(([, , go, place], i) => ["call", go, place, state.open.includes(i) ? "running" : "returned"]);
state.objects.forEach(([name], i) => {
const held = state.holds.filter(([holder]) => holder === i).map(([, number]) => state.objects[number][0]);
rows.push(["object", name, "", held.length ? `holds ${held.join(", ")}` : ""]);
});
return { columns: ["what", "name", "where", "state"], rows };
}
function chainLayout(width, end) {
const wide = width >= 620;
const left = wide ? Math.round(width * 0.56) : 0;
const row = width >= 460 ? ROW : ROW + 14;
const callsHeight = 30 + end.calls.length * row;
const objects = { x: left, y: wide ? 0 : callsHeight + 12, width: Math.min(wide ? width - left - 76 : width - 76, 250) };
const height = Math.max(callsHeight, objects.y + 30 + end.objects.length * (BOX + 8));
return { row, left: left || width, objects, height };
}
class CallChain extends Drawing {
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
this.holds.forEach((hold, i) => {
setAttribute(hold, "data-state", i >= state.holds.length ? "none" : what === "+holds" && i === state.holds.length - 1 ? "now" : "there");
});
setText(this.heading, `calls ${state.calls.length}`);
}
}
const ROWS = ["created", "patched", "combined", "filtered"];
const rowOf = (outcome) => ROWS.indexOf(outcome.split(" ")[0]);
function timelineCounts(state) {
return ROWS.map((row) => state.done.filter(([, outcome]) => outcome.split(" ")[0] === row).length);
}
function timelineTable(state) {
const rows = timelineCounts(state).map((count, i) => [ROWS[i], count]);
const last = state.done.at(-1);
rows.push(["tokens", `${last ? last[5] / 1000 : state.burst} of ${state.burst}`], ["group size", `${last ? last[3] : 0} of ${state.most}`]);
return { columns: ["what", "so far"], rows };
}
class CorrelatorTimeline extends Drawing {
static table = timelineTable;
draw(width) {
const end = this.recording.state(this.recording.length);
const left = width >= 620 ? 118 : 92;
const room = (width - left) / Math.max(end.done.length, 1);
const size = Math.max(3.5, Math.min(8, room * 0.42));
const reach = size * 1.85 + 2; // of the widest mark, a Warning's diamond with the one behind it
const x = (time) => left + reach + ((width - left - 2 * reach) * time) / Math.max(end.total, 1);
const { svg } = this;
this.rowLabels = ROWS.map((_, i) => this.text("kf-small", 1, 24 + i * 30));
svg.append(...ROWS.map((_, i) => s("path", { class: "kf-ruler", d: `M${left} ${20 + i * 30}H${width}` })));
const high = Math.max(end.burst, 1);
const curve = (top, height, most, name) => {
const label = this.text("kf-small", 1, top + height / 2 + 4);
svg.append(s("path", { class: "kf-ruler", d: `M${left} ${top + height}H${width}M${left} ${top}H${width}` }));
this.text("kf-small", left - 4, top + 4, most, "end");
return { label, name, y: (value) => top + height - (height * Math.min(value, most)) / most };
};
this.tokens = curve(146, 44, high, "tokens");
this.group = curve(208, 44, Math.max(end.most, 1), "group");
for (let i = 0; i <= 4; i += width < 480 ? 2 : 1) {
const time = (end.total * i) / 4;
this.text("kf-small", x(time), 276, clock(time), i === 4 ? "end" : i ? "middle" : "start");
}
this.curves = [s("path", { class: "kf-curve kf-tokens-curve" }), s("path", { class: "kf-curve kf-group-curve" })];
this.now = s("path", { class: "kf-now" });
svg.append(...this.curves, this.now);
this.marks = end.done.map(([time, outcome], i) => {
const warning = end.events[i][1];
const d = warning ? `M0${-size * 1.25}L${size * 1.25} 0L0 ${size * 1.25}L${-size * 1.25} 0Z` : `M${-size}${-size}H${size}V${size}H${-size}Z`;
const strike = outcome === "filtered" ? s("path", { class: "kf-strike", d: `M${-size * 1.6} 0H${size * 1.6}` }) : "";
const mark = s("g", { class: "kf-outcome", "data-event": i, "data-outcome": outcome.split(" ")[0], "data-kind": warning ? "warning" : "normal", transform: `translate(${x(time)} ${20 + rowOf(outcome) * 30})`, onclick: () => this.frame.follow(i) },
s("title", {}, `event ${i}: ${end.events[i][0]}`),
outcome.startsWith("combined") ? s("path", { class: "kf-behind", d, transform: `translate(${size * 0.6} ${-size * 0.6})` }) : "",
s("path", { class: "kf-body", d }), strike);
svg.append(mark);
return mark;
});
this.x = x;
return 286;
}
show(position, { followed }) {
const state = this.recording.state(position);
const { done } = state;
this.marks.forEach((mark, i) => {
setAttribute(mark, "data-state", i < done.length ? (i === done.length - 1 ? "now" : "done") : "none");
setAttribute(mark, "data-followed", i === followed);
});
timelineCounts(state).forEach((count, i) => setText(this.rowLabels[i], `${ROWS[i]} ${count}`));
const { x, tokens, group } = this;
let level = `M${x(0)} ${tokens.y(state.burst)}`;
let size = `M${x(0)} ${group.y(0)}`;
for (const [time, , , members, before, after] of done) {
level += `L${x(time)} ${tokens.y(before / 1000)}V${tokens.y(after / 1000)}`;
size += `H${x(time)}V${group.y(members)}`;
}
setAttribute(this.curves[0], "d", level);
setAttribute(this.curves[1], "d", size);
const last = done.at(-1);
setAttribute(this.now, "d", last ? `M${x(last[0])} 6V258` : "");
setText(tokens.label, `tokens ${last ? Math.round(last[5] / 10) / 100 : state.burst}`);
setText(group.label, `group ${last ? last[3] : 0}`);
}
}
class Walk {
constructor(graph, start, opening) {
this.graph = graph;
this.start = start;
this.opening = opening;
this.picks = [];
}
trail() {
const { graph } = this;
const steps = [...graph.opening];
let fork = graph.forks[graph.first];
const forks = [{ fork, position: steps.length }];
for (const pick of this.picks) {
const [, taken, next] = fork.options[pick];
steps.push(...taken);
fork = graph.forks[next];
forks.push({ fork, position: steps.length });
}
if (fork.end !== undefined) steps.push(fork.step);
return { steps, forks };
}
recording() {
const { steps } = this.trail();
const { texts, pool } = this.graph;
return new Recording({ texts, pool, opening: this.opening, runs: { 0: { start: this.start, steps, times: steps.map(() => 0) } } }, "0");
}
at(position) {
return this.trail().forks.findLastIndex((each) => each.position <= position);
}
place(position) {
return this.trail().forks[Math.max(0, this.at(position))].position;
}
options(position) {
const { fork } = this.trail().forks[Math.max(0, this.at(position))];
return (fork.options ?? []).map(([label]) => this.graph.labels[label]);
}
pick(position, option) {
const index = Math.max(0, this.at(position));
this.picks = [...this.picks.slice(0, index), option];
}
outcome() {
const { end } = this.trail().forks.at(-1).fork;
return end ?? -1;
}
}
function reachable(graph) {
const known = [];
const from = (number) => {
if (known[number]) return known[number];
const { end, options } = graph.forks[number];
known[number] = new Set(end !== undefined ? [end] : options.flatMap(([, , next]) => [...from(next)]));
return known[number];
};
graph.forks.forEach((_, number) => from(number));
return known;
}
function pickTable(state) {
const rows = state.goroutines.map((name) => [name, state[`g:${name}`][1]]);
for (const name of state.levels) if (state[`l:${name}`] !== "") rows.push([name, state[`l:${name}`]]);
return { columns: ["what", "now"], rows };
}
class PickTheSchedule extends Drawing {
static table = pickTable;
static stored = "The stored graph of every order is shown";
constructor(stage, frame) {
super(stage, frame);
this.choices = h("div", { class: "kf-choices", role: "group", "aria-label": "Who goes next?" });
this.found = h("div", { class: "kf-found", role: "status" });
stage.parentNode.after(h("div", { class: "kf-pick" }, this.choices, this.found));
}
load() {
const { recording } = this;
const start = recording.state(0);
this.graph = start.graph;
this.walk = new Walk(this.graph, start, recording.opening);
this.goals = new Map();
this.reach = reachable(this.graph);
this.width = 0;
queueMicrotask(() => this.grow(0));
}
grow(position) {
this.frame.player.pause();
this.frame.player.recording = this.walk.recording();
this.frame.player.position = position;
const outcome = this.walk.outcome();
if (outcome >= 0 && !this.goals.has(outcome)) this.goals.set(outcome, [...this.walk.picks]);
this.frame.loaded();
}
pick(option) {
this.walk.pick(this.frame.player.position, option);
const end = this.walk.recording().length;
this.grow(end);
this.choices.querySelector("button")?.focus({ preventScroll: true });
}
finish() {
const { player } = this.frame;
this.walk.picks = this.walk.picks.slice(0, Math.max(0, this.walk.at(player.position)));
while (this.walk.outcome() < 0) this.walk.picks = [...this.walk.picks, 0];
this.grow(this.walk.recording().length);
}
replay(picks) {
this.walk.picks = picks;
this.grow(0);
}
draw(width) {
const { goroutines, levels } = this.walk.start;
const across = Math.max(1, Math.min(4, Math.floor(width / 240)));
const cell = (width - 2) / across;
this.boxes = goroutines.map((name, i) => this.box({ x: 1 + (i % across) * cell, y: 2 + Math.floor(i / across) * 56, width: cell - 8, height: 46 }, name));
const top = Math.ceil(goroutines.length / across) * 56 + 18;
this.levels = levels.map((name, i) => ({ name, text: this.text("kf-mono kf-level", 1, top + i * 22) }));
return top + 6 + levels.length * 22;
}
show(position) {
const state = this.recording.state(position);
if (!this.boxes) return;
for (const { name, frame, status, room } of this.boxes) {
const [code, doing] = state[`g:${name}`];
setAttribute(frame, "data-state", position && state.who === name && code === "ready" ? "now" : code);
fit(status, doing, room);
}
for (const { name, text } of this.levels) setText(text, `${name}: ${state[`l:${name}`] === "" ? "untouched" : state[`l:${name}`]}`);
this.showChoices(position);
this.showFound();
}
showChoices(position) {
const options = this.walk.options(position);
const at = this.walk.place(position);
const key = JSON.stringify([this.walk.picks, options, at, at === position]);
if (key === this.shown) return;
this.shown = key;
const again = h("button", { type: "button", onclick: () => this.replay([]) }, "start over");
this.choices.replaceChildren(
...(options.length ? [h("span", { class: "kf-field" }, at === position ? "next:" : `${at < position ? "instead, " : ""}at step ${at}:`), ...options.map((label, i) => h("button", { type: "button", "data-option": i, onclick: () => this.pick(i) }, label)),
h("button", { type: "button", class: "kf-finish", onclick: () => this.finish() }, "let it run")] : [h("span", { class: "kf-field" }, "The end.")]),
again);
}
showFound() {
const { outcomes } = this.graph;
const key = JSON.stringify([...this.goals.keys()]);
if (this.listed === key) return;
this.listed = key;
const hidden = outcomes.length - this.goals.size;
this.found.replaceChildren(
h("p", {}, `${this.goals.size} of ${outcomes.length} outcomes found`, hidden ? `, ${hidden} still hidden.` : ": that is all there are."),
h("ul", {}, [...this.goals].map(([outcome, picks]) => h("li", {}, outcomes[outcome], " ", h("button", { type: "button", class: "kf-link", onclick: () => this.replay(picks) }, "play it again")))));
}
}
const DRAWINGS = {
"call-chain": CallChain,
"correlator-timeline": CorrelatorTimeline,
"event-flow": EventFlow,
"pick-the-schedule": PickTheSchedule,
"waitgroup-word": WaitGroupWord,
};
function enliven(root, data, live) {
return new Frame(root, data, DRAWINGS[data.kind], live);
}
function start(page = document) {
for (const wrapper of page.querySelectorAll(".kevent-figure:not([data-alive])")) {
wrapper.dataset.alive = "";
enliven(wrapper, JSON.parse(wrapper.querySelector("script[type='application/json']").textContent));
}
}
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
