import { shown } from "./controls.js";
import { h, s, setAttribute, setText } from "./dom.js";
import { Player, Recording, clock, runName } from "./model.js";

// What every figure has around its drawing: the sentence, the time line, the buttons, the parameters, the life of an
// event, the log and the table. A drawing only has to load, resize and show.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const SPEED = "kevent-figure-speed";
const LOG_LINES = 40;

const SHAPES = {
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

// What an event of Kubernetes says first; other things that are sent have no reason.
const reason = (text) => (text.includes(" · ") ? `, ${text.split(" · ")[0].slice(0, 24)}` : "");

let count = 0;

export class Frame {
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
    this.player = new Player(recording, (change) => this.show(change), { wait: (ms, go) => setTimeout(go, ms), stop: (timer) => clearTimeout(timer) });
    this.element = this.build(root);
    this.drawing = new Drawing(this.stage, this);
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
    this.log = h("ol", { class: "kf-log" });
    this.voice = h("div", { class: "kf-lines", role: "log", "aria-live": "polite", "aria-label": `Log: ${title}`, tabindex: 0 }, this.log);
    this.table = h("table", { class: "kf-table" });
    this.life = h("section", { class: "kf-life", hidden: true, "aria-label": "Life of an event" });
    // The attribute asks JupyterLab to leave our keys to us.
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
        s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: SHAPES[name] })), text);
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

  // --- another recording ---

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

  // The recording has grown or is another one.
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
    const paths = { "": "", wait: "", done: "", lost: "" };
    const span = Math.max(recording.length, 1);
    const coarse = Math.ceil(recording.length / 600);
    for (let position = 1; position <= recording.length; position++) {
      const role = recording.role(position);
      if (role !== "lost" && position % coarse) continue;
      const x = (1000 * position) / span;
      paths[role] += role === "lost" ? `M${x} 2V20` : `M${x} 8V14`;
    }
    setAttribute(this.ticks, "viewBox", "0 0 1000 22");
    this.ticks.replaceChildren(s("path", { class: "kf-rule", d: "M0 11H1000" }), ...Object.entries(paths).map(([role, d]) => s("path", { class: `kf-tick ${role && `kf-${role}`}`, d })));
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
    const at = `step ${position} of ${recording.length}${recording.time(recording.length) ? ` · ${clock(recording.time(position))}` : ""}`;
    setText(this.at, `${at} · `);
    setText(this.say, recording.sentence(position));
    setAttribute(this.element, "data-step", position);
    setAttribute(this.say, "data-role", recording.role(position));
    if (Number(this.range.value) !== position) this.range.value = position;
    setAttribute(this.range, "aria-valuetext", at);
    setAttribute(this.play, "aria-label", playing ? "Pause" : "Play");
    setAttribute(this.play, "title", playing ? "Pause" : "Play");
    setAttribute(this.play.querySelector("path"), "d", playing ? SHAPES.pause : SHAPES.play);
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
    return h("li", { value: position, "data-role": this.recording.role(position) }, this.recording.sentence(position));
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
        const line = h("li", { "data-role": recording.role(position) }, link(position, `step ${position}`), ` · ${clock(recording.time(position))} · ${recording.sentence(position)}`);
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
    // then it holds for this page only
  }
  dispatchEvent(new CustomEvent(SPEED, { detail: speed }));
}

function setSpeedOf(frame, speed) {
  frame.player.speed = speed;
  frame.speeds.value = speed;
}
