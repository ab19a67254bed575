import { Address } from "./address.js";
import { breakOut } from "./breakout.js";
import { Code, lineName, place } from "./code.js";
import { choices, round, setIcon, shown } from "./controls.js";
import { h, s, setAttribute, setText, swap } from "./dom.js";
import { FlowDrawing, flowTable } from "./flow_drawing.js";
import { clock, runName } from "./model.js";
import { Kernel, parameter } from "./parameters.js";
import { Playhead, watch } from "./playhead.js";
import { glyph, legend, token } from "./roles.js";
import { Scrubber } from "./scrubber.js";
import { register } from "./shell.js";
import { Story, align } from "./story.js";

// The stage: a run of a broadcaster. Drawing, running line, sentence, causes, time line, table and log always show the
// same step. Two runs can be compared on one playhead. The parameter called "release" is the badge's.

const KEYS = [["Space", "play, pause"], ["← →", "step"], ["Shift ← →", "one step of all"], ["N", "next loss or wait"], ["W", "why"], ["C", "compare"],
  ["V", "compare releases"], ["A", "key or all steps"], ["1 2 3", "drawing, table, log"], ["G P B", "Go, Python, both"], ["Home End", "first, last"], ["Enter", "on a line: its next run; Shift: the one before"]];
const WIDE = 660; // what is narrower is a phone, as in the style sheet
const BESIDE = 1036; // where the code stands beside the drawing: from here there is room for both languages
const VIEWS = ["drawing", "table", "log"];
const LANGUAGES = ["go", "python", "both"];
const HOLDS = new Set(["insist", "full", "lock wait"]);

const seconds = (time) => `${(time / 1e6).toFixed(3)} s`;

export class Stage {
  // `lines` has the lines of code of `data`, if they are known; `live` runs other values: (values) => { packed, lines };
  // `id` is what the page's address calls the figure, on a page.
  constructor(root, data, { live = null, lines = null, id = "", before = false } = {}) {
    Object.assign(this, { root, data, live, code: lines, kernels: Boolean(live && !id), compared: -1, other: null, view: "drawing", panels: [] });
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.values = data.parameters.map(({ values }, i) => values[data.at[i]]);
    this.playhead = new Playhead((how) => this.show(how), (go) => requestAnimationFrame(go), () => this.still.matches);
    this.goBack = breakOut(root);
    this.build();
    this.settle();
    this.begin(id, before);
  }

  // What is open at first depends on the room. That may come late, and change: a notebook shows a figure after it is made.
  settle() {
    const { wide, beside } = this.widths();
    const wanted = this.chosen ?? "both";
    const alone = this.kernels ? "python" : "go"; // a notebook is Python's
    Object.assign(this, { wide, beside, why: wide && this.compared < 0, language: wanted === "both" && !beside ? alone : wanted });
    this.tune.open = beside;
  }

  widths() {
    const room = this.room || Infinity;
    return { wide: room >= WIDE, beside: room >= BESIDE };
  }

  get room() {
    return this.element.clientWidth || this.root.clientWidth;
  }

  // --- building ---

  build() {
    const { data } = this;
    this.groups = [];
    const group = (...how) => {
      const made = choices(...how);
      this.groups.push(made);
      return made;
    };
    this.release = data.parameters.findIndex(({ name }) => name === "release");
    const parameters = data.parameters.map((_, i) => this.parameter(i));
    const [releases] = this.release < 0 ? [] : parameters.splice(this.release, 1);
    this.switch = this.all(this.release).length > 1 && releases;
    this.note = h("span", { class: "ks-note", role: "status" });
    this.kernel = new Kernel((points) => Promise.all(points.map(this.live)), this.note);
    this.tune = h("details", { class: "ks-tune" }, h("summary", {}, "change the run"), h("div", {}, parameters.slice(1)));
    this.tune.hidden = parameters.length < 2;
    const views = group("View", VIEWS.map((each, i) => [each, each, String(i + 1)]), (value) => value === this.view, (value) => this.setView(value));
    this.whyButton = h("button", { type: "button", class: "ks-why", title: "What led here (W)", onclick: () => this.toggleWhy() }, "why?");
    this.badge = h("span");
    this.runs = h("div");
    this.lines = new Code(data.title, (...line) => this.toLine(...line));
    this.languages = group("Language", [["go", "Go", "G"], ["python", "Python", "P"], ["both", "both", "B"]], (value) => value === this.language, (value) => this.setLanguage(value));
    this.codeBox = h("div", { class: "ks-code" }, h("div", { class: "ks-bar" }, this.languages), this.lines.element);
    this.scrubber = new Scrubber(this.playhead);
    this.play = round("play", "play", "Play or pause (Space)", () => this.playhead.toggle());
    this.mini = h("div", { class: "ks-mini", "aria-live": "polite" });
    this.help = h("div", { class: "kp-keys", hidden: true }, KEYS.map(([key, what]) => h("span", {}, h("kbd", {}, key), ` ${what}`)));
    this.helpButton = h("button", { type: "button", class: "kp-help", title: "Keys (?)", "aria-label": "keys", "aria-expanded": "false", onclick: () => this.toggleHelp() }, "?");
    const player = h("div", { class: "kp-player" },
      h("div", { class: "kp-buttons" }, round("back", "Step back", "Step back (←)", () => this.playhead.step(-1)), this.play, round("forward", "Step forward", "Step forward (→)", () => this.playhead.step(1))),
      this.scrubber.svg,
      group("Steps", [[true, "key steps", "The other steps pass quickly (A)"], [false, "all steps", "Stop at every step (A)"]], (value) => value === this.playhead.keysOnly, (value) => this.setGrain(value)),
      this.helpButton);
    // The attribute asks JupyterLab to leave our keys to us.
    this.element = h("div", { class: "ks", role: "group", "aria-label": data.title, tabindex: -1, "data-lm-suppress-shortcuts": true, onkeydown: (event) => this.key(event) },
      h("div", { class: "ks-head" }, h("p", { class: "ks-title" }, data.title), h("div", { class: "ks-badge" }, this.badge, this.switch || ""), parameters[0] ?? "", this.tune, this.note),
      h("div", { class: "ks-body" }, h("div", { class: "ks-left" }, h("div", { class: "ks-bar" }, views, this.whyButton), this.runs), this.codeBox),
      this.mini, player, this.help,
      legend([["event", "event"], ["warning", "warning"], ["run", "running"], ["wait", "waiting"], ["done", "done"], ["lost", "lost"]]));
    this.element.addEventListener("pointerover", ({ target }) => this.hot(target.closest?.("[data-event]")?.dataset.event));
    this.element.addEventListener("pointerleave", () => this.hot());
    this.root.append(this.element);
  }

  // The values of a parameter, and where there are two or more, a way to compare two of them.
  parameter(i) {
    const { label, values } = this.data.parameters[i];
    const word = i && i !== this.release ? ["⇆", `compare two values of ${label}`] : ["compare"];
    const all = this.all(i);
    const more = all.length > 1 ? [[null, word[0], `Two values of “${label}” on one playhead`, word[1]]] : [];
    return parameter(this.data.parameters[i], {
      value: this.values[i], pick: (value) => this.choose(i, value), groups: this.groups, live: this.live, more, others: all.slice(values.length),
      chosen: (value) => (value === null ? this.compared === i : this.values[i] === value || (this.compared === i && this.other === value)),
    });
  }

  begin(id, before) {
    this.unwatch = watch(this.element, this.playhead, () => this.resize());
    this.load(this.stored(), null);
    if (before) this.playhead.bet(this.poster - 1);
    if (!id) return;
    this.address = new Address(id, this.state(), (told) => this.open(told));
    if (this.address.told) this.open(this.address.told);
  }

  // The reader's bet is made: on to what decides it.
  answered() {
    this.playhead.tell(this.poster);
  }

  end() {
    this.playhead.pause();
    this.unwatch();
    this.address?.end();
    this.goBack();
    this.element.remove();
  }

  // The lines of code have come, after the figure. A run that was not recorded has brought its own.
  setLines(lines) {
    this.code = lines;
    const stored = this.stored();
    if (stored) this.load(stored, null, this.playhead.at);
  }

  noLines(why) {
    setText(this.note, `Python could not find the lines of this run: ${why}`);
  }

  // --- the address ---

  // What makes a link to this run at this step, as [name, value]; what is as at first is left out.
  state() {
    const { parameters, at } = this.data;
    const first = parameters.map(({ values }, i) => values[at[i]]);
    return [["step", this.playhead.at],
      ...parameters.flatMap(({ name }, i) => (this.values[i] === first[i] ? [] : [[name, this.values[i]]])),
      ...(this.compared < 0 ? [] : [["compare", parameters[this.compared].name], ["with", this.other]]),
      ...(this.view === "drawing" ? [] : [["view", this.view]]), ...(this.chosen ? [["code", this.chosen]] : []),
      ...(this.playhead.keysOnly ? [] : [["steps", "all"]])];
  }

  // What an address says, as the figure has it; null if any of it is not so.
  understood(told) {
    const { parameters, at } = this.data;
    const of = (values, text) => values.find((value) => String(value) === text);
    const values = parameters.map(({ name, values }, i) => (told.has(name) ? of(values, told.get(name)) : values[at[i]]));
    const compared = told.has("compare") ? parameters.findIndex(({ name }) => name === told.get("compare")) : -1;
    const other = compared < 0 ? null : of(parameters[compared].values, told.get("with"));
    const view = told.get("view") ?? "drawing";
    const code = told.get("code");
    const steps = told.get("steps") ?? "key";
    const step = told.get("step") ?? undefined;
    const wrong = values.includes(undefined) || !/^(\d+|undefined)$/.test(step) || (told.has("compare") && (compared < 0 || other === undefined || other === values[compared]))
      || !VIEWS.includes(view) || !LANGUAGES.includes(code ?? "both") || !["key", "all"].includes(steps);
    return wrong ? null : { step: step && Number(step), values, compared, other, view, chosen: code, keysOnly: steps === "key" };
  }

  // Show what a link says. A link that is wrong leads to the poster.
  open(told) {
    const { step, values, compared, other, view, chosen, keysOnly } = this.understood(told) ?? this.understood(new URLSearchParams());
    Object.assign(this, { values, compared, other, view, chosen });
    this.playhead.keysOnly = keysOnly;
    this.settle();
    this.load(this.stored(), null, step);
    this.root.scrollIntoView({ block: "start" });
  }

  // --- which runs ---

  story(packed, name, code) {
    return new Story({ ...packed, opening: this.data.opening }, name, code);
  }

  // The values of the run that is shown, and of the one that it is compared with.
  get points() {
    return this.compared < 0 ? [this.values] : [this.values, this.values.with(this.compared, this.other)];
  }

  // The recorded runs at the values; null if one of them was not recorded.
  stored() {
    const names = this.points.map((values) => runName(this.data.parameters, values));
    return names.includes(null) ? null : names.map((name) => this.story(this.data, name, this.code));
  }

  // What a reader may choose: what was recorded, and of releases all, with a Python behind the page.
  all(i) {
    const values = this.data.parameters[i]?.values ?? [];
    return i === this.release && this.live ? [...new Set([...values, ...(this.data.releases?.toReversed() ?? [])])] : values;
  }

  compare(i) {
    if (this.all(i).length > 1) this.choose(i, null);
  }

  // A change keeps the place: the same event at the same queue.
  choose(i, value) {
    const { values } = this.data.parameters[i];
    const anchor = this.anchor(this.compared === i && value === this.other ? 1 : 0);
    if (value === null) {
      const leave = this.compared === i;
      this.compared = leave ? -1 : i;
      const others = values.some((each) => each !== this.values[i]) ? values : this.all(i); // what was recorded is there at once
      this.other = leave ? null : others[(others.indexOf(this.values[i]) + 1) % others.length];
      if (!leave) this.why = false;
    } else if (this.compared === i && value !== this.values[i] && value !== this.other) this.other = value;
    else {
      if (this.compared === i) this.compared = -1;
      this.values = this.values.with(i, value);
    }
    if (this.compared < 0 && value !== null && this.wide) this.why = true;
    this.pick(value === null && this.compared >= 0 && this.playhead.at === this.poster ? null : anchor);
  }

  anchor(r) {
    return this.stories[r]?.anchor(this.position(r)) ?? this.stories[0].anchor(this.position(0));
  }

  pick(anchor) {
    const stored = this.stored();
    if (stored) {
      this.kernel.forget();
      return this.load(stored, anchor);
    }
    this.groups.forEach((group) => group.sync());
    this.kernel.run(this.points, (runs) => this.load(runs.map(({ packed, lines }) => this.story(packed, "0", lines)), anchor, undefined, "Python ran this just now"));
  }

  load(stories, anchor, at, said = "") {
    this.playhead.pause();
    this.stories = stories;
    this.pinned = null;
    const [first, second] = stories;
    const { track, fork } = second ? align(first, second) : { track: Array.from({ length: first.length + 1 }, (_, p) => [p]), fork: 0 };
    Object.assign(this, { track, fork });
    const keys = track.map((_, i) => this.here(i, (story, p) => story.keys[p]));
    this.poster = this.findPoster();
    const kept = at < track.length; // an address may say more than there is
    const found = anchor ? this.track.findIndex(([p]) => p === first.find(anchor)) : kept ? at : this.poster;
    this.playhead.load(track.length - 1, keys, found, !anchor && !kept);
    if (anchor) {
      const now = first.anchor(this.position(0));
      const same = anchor.event >= 0 && now.group === anchor.group && now.event === anchor.event && now.watcher === anchor.watcher;
      const where = same ? `same place: event ${anchor.event}${anchor.watcher ? ` at ${anchor.watcher}` : ""}` : `nearest step: ${seconds(first.time(this.position(0)))}`;
      setText(this.note, [said, where].filter(Boolean).join("; "));
    } else setText(this.note, said);
    this.element.classList.toggle("ks-compared", stories.length > 1);
    const releases = [...new Set(stories.map(({ release }) => (release ? `client-go ${release}` : "no release")))];
    setText(this.badge, `answers like ${this.switch ? "client-go" : releases.join(" | ")}`);
    this.drawCode();
    this.drawRuns();
    this.fit();
    this.drawTime();
    this.show({});
  }

  // Whether a step of the track has a run that has just moved there, with this property.
  here(i, test) {
    return this.track[i].some((p, r) => this.moved(i, r) && test(this.stories[r], p));
  }

  moved(i, r) {
    return i > 0 && this.track[i][r] !== this.track[i - 1][r];
  }

  findPoster() {
    if (this.stories.length === 1) return this.data.opens ?? this.stories[0].poster;
    const at = (test) => this.track.findIndex((_, i) => this.here(i, test));
    const loud = (role) => at((story, p) => story.role(p) === role && story.keys[p]);
    return [loud("lost"), loud("wait"), this.fork].find((i) => i > 0) ?? this.track.length - 1;
  }

  position(r) {
    return this.track[this.playhead.at][r];
  }

  // The last step of a run that the reader knows.
  known(r) {
    return this.track[Math.min(this.playhead.known, this.playhead.end)][r];
  }

  // Where on the track a run comes to its step p.
  on(r, p) {
    return this.track.findIndex((steps) => steps[r] === p);
  }

  name(r) {
    return this.stories.length > 1 ? shown(r ? this.other : this.values[this.compared]) : "";
  }

  // --- moving ---

  to(r, p) {
    this.playhead.jump(this.on(r, p), true);
  }

  // From a line of code to the next step that it takes, or the one before.
  toLine(language, line, direction) {
    const runs = (i, depth) => this.here(i, (story, p) => {
      const lines = story.lines(language, p);
      return typeof lines !== "string" && lines.slice(0, depth).some((each) => line === lineName(language, each));
    });
    const { end, at } = this.playhead;
    const depth = this.track.some((_, i) => i && runs(i, 1)) ? 1 : Infinity;
    for (let n = 1; n <= end; n++) {
      const i = (at + direction * n + 2 * (end + 1)) % (end + 1);
      if (i && runs(i, depth)) return this.playhead.jump(i, true);
    }
  }

  toEvent(r, event, watcher) {
    const story = this.stories[r];
    const about = (p) => story.about(p).includes(event) && (!watcher || story.watcher(p) === watcher);
    const telling = story.back(this.position(r), (p) => about(p) && (["lost", "done"].includes(story.role(p)) || story.kind(p) === "offer"));
    const p = telling || story.back(this.position(r), (q) => story.about(q).includes(event));
    if (p) this.to(r, p);
  }

  nextHarm() {
    const harm = (story, p) => story.role(p) === "lost" || HOLDS.has(story.kind(p));
    const i = this.track.findIndex((_, n) => n > this.playhead.at && this.here(n, harm));
    if (i > 0) this.playhead.jump(i, true);
  }

  key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target.matches("input, select")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { playhead } = this;
    const acts = {
      " ": target.closest("button, summary, a") ? null : () => playhead.toggle(),
      k: () => playhead.toggle(), ArrowLeft: () => playhead.step(-1, event.shiftKey || undefined), ArrowRight: () => playhead.step(1, event.shiftKey || undefined),
      Home: () => playhead.jump(0), End: () => playhead.jump(playhead.end), n: () => this.nextHarm(), w: () => this.toggleWhy(),
      c: () => this.compare(0), v: () => this.compare(this.release), a: () => this.setGrain(!playhead.keysOnly),
      1: () => this.setView("drawing"), 2: () => this.setView("table"), 3: () => this.setView("log"),
      g: () => this.setLanguage("go"), p: () => this.setLanguage("python"), b: () => this.setLanguage("both"),
      "?": () => this.toggleHelp(), Escape: this.help.hidden ? null : () => this.toggleHelp(),
    };
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  }

  setGrain(keysOnly) {
    this.playhead.keysOnly = keysOnly;
    this.drawTime();
    this.show({});
  }

  setView(view) {
    this.view = view;
    this.drawRuns();
    this.fit();
    this.show({});
  }

  setLanguage(language) {
    if (language === "both" && !this.beside) return;
    this.language = this.chosen = language;
    this.drawCode();
    this.show({});
  }

  toggleWhy() {
    this.why = !this.why;
    this.show({});
    this.resize();
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    setAttribute(this.helpButton, "aria-expanded", !this.help.hidden);
  }

  hot(event) {
    if (event === this.hotEvent) return;
    this.hotEvent = event;
    for (const element of this.element.querySelectorAll("[data-hot]")) element.removeAttribute("data-hot");
    if (event === undefined) return;
    for (const element of this.element.querySelectorAll(`[data-event="${event}"]`)) setAttribute(element, "data-hot", true);
  }

  // --- drawing ---

  drawCode() {
    this.lines.load(this.stories, this.language === "both" ? ["go", "python"] : [this.language]);
  }

  drawRuns() {
    this.panels = this.stories.map((story, r) => {
      const panel = { story, meta: h("p", { class: "ks-meta" }), say: h("p", { class: "ks-sentence" }), chain: h("ol", { class: "ks-chain", "aria-label": "What led here" }) };
      panel.view = h("div", { class: `ks-view ks-${this.view}`, ...(this.view === "drawing" ? {} : { tabindex: 0, role: "region", "aria-label": [this.view, this.name(r), this.data.title].filter(Boolean).join(": ") }) });
      panel.talk = h("div", { class: "ks-talk", "aria-live": "polite" }, panel.meta, panel.say);
      panel.element = h("div", { class: "ks-panel" }, panel.talk, panel.chain, panel.view);
      if (this.view === "drawing") {
        panel.drawing = new FlowDrawing(story, { pick: (event, watcher) => this.toEvent(r, event, watcher), quiet: () => this.still.matches, compared: this.stories.length > 1 });
        panel.view.append(panel.drawing.svg);
      } else if (this.view === "log") panel.view.append((panel.log = this.log(story, r)));
      return panel;
    });
    swap(this.runs, this.panels.map((panel) => panel.element));
  }

  // The height that a drawing may fill: as far down as the code beside it.
  height({ element, view }) {
    if (!this.beside) return 0;
    const n = this.panels.length;
    return Math.max(0, (this.codeBox.offsetHeight - 40) / n - (view.offsetTop - element.offsetTop) - (n > 1 ? 22 : 6));
  }

  // Draw for the width and height that there are; true if anything was drawn anew. Reads first, for a layout is dear.
  fit() {
    this.timeWidth = Math.round(this.scrubber.svg.getBoundingClientRect().width);
    const sizes = this.panels.map((panel) => [panel, panel.view.clientWidth, panel.drawing ? this.height(panel) : 0]);
    return sizes.filter(([{ drawing }, width, height]) => drawing && width && drawing.draw(width, height)).length > 0;
  }

  resize() {
    const { wide, beside } = this.widths();
    const turned = this.room > 0 && (this.wide !== wide || this.beside !== beside);
    if (turned) {
      this.settle();
      this.drawCode();
    }
    const again = this.fit();
    const other = this.timeWidth && this.timeWidth !== this.scrubber.width;
    if (other) this.drawTime();
    if (again || other || turned) this.show({});
  }

  drawTime() {
    const width = this.timeWidth;
    if (!width) return;
    const two = this.stories.length > 1;
    const lanes = two ? [18, 48, 33] : [54];
    const steps = this.track.flatMap((ps, i) => ps.flatMap((p, r) => {
      if (!this.moved(i, r) || (r && i < this.fork)) return [];
      const story = this.stories[r];
      return [{ i, role: story.look(p), key: story.keys[p], lane: two && i < this.fork ? 2 : r }];
    }));
    this.scrubber.draw(width, { steps, lanes, high: two ? 0 : 12, behind: (scrubber) => (two ? this.lanes(scrubber, lanes) : this.depth(scrubber, width)) });
  }

  // Behind the time line of one run: how full the queue is that is hit worst.
  depth(scrubber, width) {
    const [story] = this.stories;
    const name = story.seen;
    if (!name) return [];
    const [, capacity] = story.shape.watchers.find(([each]) => each === name);
    const depths = story.depths(name);
    const most = Math.max(1, Math.min(capacity, Math.max(...depths) * 2));
    const y = (depth) => 46 - (Math.min(depth, most) / most) * 22;
    let area = `M${scrubber.x(0)} 46`;
    let full = "";
    const known = this.known(0);
    depths.slice(0, known + 1).forEach((depth, p) => {
      const to = scrubber.x(Math.min(p + 1, known));
      area += `V${y(depth)}H${to}`;
      if (capacity && depth >= capacity) full += `M${scrubber.x(p)} ${y(depth)}H${to}`;
    });
    return [s("path", { class: "ks-depth", d: `${area}V46Z` }), s("path", { class: "ks-plateau", d: full }), s("text", { class: "kp-text", x: scrubber.x(0), y: width < 500 ? 31 : 40 }, `queue of ${name}`)];
  }

  // Behind the time line of two: one trunk that forks where they part.
  lanes(scrubber, [above, below, middle]) {
    const told = this.fork <= this.playhead.known; // else they may part, or not
    const parts = told && this.fork;
    const fork = scrubber.x(parts || this.playhead.end);
    const end = scrubber.x(this.playhead.end);
    const branch = (y) => (parts ? `M${fork - 6} ${middle}C${fork} ${middle} ${fork - 2} ${y} ${fork + 8} ${y}H${end}` : "");
    const early = fork < 90; // no room before it
    const name = (r, y) => s("text", { class: "kp-text", x: early ? fork - 8 : fork - 12, y, "text-anchor": early ? "start" : "end" }, this.name(r));
    return [s("path", { class: "ks-lane", d: `M${scrubber.x(0)} ${middle}H${fork - 6}${branch(above)}${branch(below)}` }),
      told && fork > 170 ? s("text", { class: "kp-text", x: scrubber.x(0), y: middle - 10 }, "the same") : "", name(0, early ? 9 : above - 2), name(1, early ? 62 : below + 9)];
  }

  // A sentence, with its events in their shapes and its names in bold.
  talk(story, p) {
    const [, text] = story.text(p);
    const role = story.look(p) === "run" ? "" : story.look(p);
    return text.split(/(\{\d\})/).flatMap((part, i, all) => {
      const place = part.match(/^\{(\d)\}$/);
      if (!place) return [part];
      const value = String(story.args(p)[place[1]]);
      const number = /events? $/i.test(all[i - 1]) && value.match(/^(\d+)(.*)$/);
      if (number && story.start.events[number[1]]) return [token(number[1], story.isWarning(number[1]), role), number[2]];
      return [story.people.has(value) ? h("b", {}, value) : value];
    });
  }

  show({ moved = false, fast = false }) {
    if (!this.panels.length) return;
    const { playhead } = this;
    this.panels.forEach((panel, r) => {
      panel.drawing?.layout && panel.drawing.show(this.position(r), { moved, fast });
      panel.element.toggleAttribute("data-fast", fast);
    });
    const said = this.stories.map((story, r) => story.sentence(this.position(r))).join(" — ");
    this.scrubber.show(fast ? "" : said);
    if (fast) return;
    const chosen = this.pinned?.at !== playhead.at;
    if (chosen && this.pinned) this.pinned = null;
    for (const each of [this.mini, ...this.panels.map(({ talk }) => talk)]) setAttribute(each, "aria-live", playhead.playing ? "off" : "polite"); // a voice cannot keep up with play
    this.panels.forEach((panel, r) => this.showPanel(panel, r));
    setAttribute(this.element, "data-step", playhead.at);
    setAttribute(this.element, "data-role", this.stories[0].look(this.position(0)));
    setAttribute(this.whyButton, "aria-pressed", this.why);
    setIcon(this.play, playhead.playing ? "pause" : "play");
    this.groups.forEach((group) => group.sync());
    this.showMini();
    this.showCode();
    if (!playhead.playing) this.address?.keep(this.state());
  }

  showPanel(panel, r) {
    const { story } = panel;
    const p = this.position(r);
    const two = this.stories.length > 1;
    const off = two && this.playhead.at > 0 && !this.moved(this.playhead.at, r);
    const look = story.look(p);
    setAttribute(panel.element, "data-role", off ? "" : look);
    setAttribute(panel.element, "data-off", off);
    const meanwhile = off ? (p < story.length ? "meanwhile, nothing new" : "the run is over") : "";
    const meta = [`step ${p} of ${story.length}`, clock(story.time(p)), p ? story.who(p) : "", meanwhile].filter(Boolean).join(" · ");
    panel.meta.replaceChildren(two ? h("b", {}, this.name(r)) : "", two ? ` · ${meta}` : meta);
    panel.say.replaceChildren(look && look !== "run" ? glyph(look) : "", ...this.talk(story, p));
    this.showChain(panel, r, p);
    if (this.view === "table") panel.view.replaceChildren(this.table(story, p));
    else if (this.view === "log") this.showLog(panel, p, r);
  }

  // The chain stays while one visits its links; any other move drops it.
  showChain(panel, r, p) {
    const { story } = panel;
    panel.chain.hidden = !this.why;
    if (!this.why) return;
    const from = this.pinned ? this.pinned.steps[r] : p;
    const { links, earlier } = story.chain(from, this.wholeChain === from);
    const visit = (link) => {
      const steps = this.pinned?.steps ?? this.track[this.playhead.at];
      this.pinned = { steps, at: this.on(r, link.at) };
      this.playhead.pause();
      if (this.pinned.at === this.playhead.at) this.show({});
      else this.playhead.go(this.pinned.at, { moved: true });
      if (link.line && !this.wide) this.codeBox.scrollIntoView({ block: "nearest" });
    };
    const current = links.findLastIndex((link) => link.at === p);
    const rest = earlier ? [h("li", {}, h("button", { type: "button", "aria-label": `+${earlier} earlier causes`, onclick: () => {
      this.wholeChain = from;
      this.show({});
    } }, `+${earlier}`))] : [];
    swap(panel.chain, rest, links.length < 2 ? [] : links.map((link, n) => h("li", { "data-role": link.role, "aria-current": n === current ? "step" : null },
      h("button", { type: "button", "data-step": link.at, onclick: () => visit(link) }, h("span", {}, this.words(story, link)), h("small", {}, link.line ? this.place(story, link.at) : `step ${link.at}`)))));
    const here = !this.wide && panel.chain.querySelector("[aria-current]");
    if (here) panel.chain.scrollLeft = here.offsetLeft - panel.chain.offsetLeft - 40; // on a phone it is one long line
  }

  words(story, { words, role }) {
    return words.split(/(event \d+)/).flatMap((part) => {
      const found = part.match(/^event (\d+)$/);
      return found && story.start.events[found[1]] ? ["event ", token(found[1], story.isWarning(found[1]), role === "run" ? "" : role)] : [part];
    });
  }

  // What the running line is called: in Go, or if there is none, in Python.
  place(story, p) {
    for (const language of this.language === "python" ? ["python", "go"] : ["go", "python"]) {
      const lines = story.lines(language, p);
      if (typeof lines !== "string") return place(language, lines[0], story.code);
    }
    return "";
  }

  table(story, p) {
    const events = (list, role = "") => list.map((event) => token(event, story.isWarning(event), role));
    const rows = flowTable(story.state(p));
    const columns = ["where", "holds", "places", "lost here", "done", "doing"];
    return h("table", {}, h("caption", {}, `after step ${p}`), h("thead", {}, h("tr", {}, columns.map((column, i) => h("th", { scope: "col", class: i === 2 ? "ks-places" : null }, column)))),
      h("tbody", {}, rows.map(([where, inside, places, lost, done, doing]) => h("tr", {}, h("th", { scope: "row" }, where, places ? h("small", {}, places) : ""),
        h("td", {}, events(inside)), h("td", { class: "ks-places" }, places), h("td", {}, events(lost, "lost")), h("td", {}, events(done, "done")), h("td", {}, doing)))));
  }

  log(story, r) {
    const list = h("ol", { class: "ks-log" });
    const entry = (p) => {
      const look = story.look(p);
      return h("li", { "data-step": p, "data-role": look }, h("button", { type: "button", onclick: () => this.to(r, p) },
        h("small", {}, p), h("small", {}, (story.time(p) / 1e6).toFixed(3)), h("span", {}, look === "run" ? "" : glyph(look), this.talk(story, p))));
    };
    let rest = [];
    const flush = () => { // what lies between key steps is folded, and a run of equal steps
      if (rest.length > 1) {
        const who = [...new Set(rest.map((p) => story.who(p)))].join(", ");
        const events = [...new Set(rest.flatMap((p) => story.about(p)))].sort((a, b) => a - b);
        const about = events.length ? ` · event${events.length > 1 ? "s" : ""} ${events.length > 3 ? `${events[0]} to ${events.at(-1)}` : events.join(", ")}` : "";
        list.append(h("li", { "data-from": rest[0], "data-to": rest.at(-1) }, h("details", {}, h("summary", {}, `${rest.length} steps · ${who}${about}`), h("ol", {}, rest.map(entry)))));
      } else list.append(...rest.map(entry));
      rest = [];
    };
    for (let p = 1; p <= story.length; p++) {
      const equal = story.kind(p) === story.kind(p - 1) && story.kind(p) === story.kind(p + 1) && p !== story.poster;
      if (story.keys[p] && !equal) {
        flush();
        list.append(entry(p));
      } else rest.push(p);
    }
    flush();
    return list;
  }

  showLog(panel, p, r) {
    for (const entry of panel.log.querySelectorAll("li")) entry.hidden = Number(entry.dataset.step ?? entry.dataset.from) > this.known(r);
    panel.log.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const line = panel.log.querySelector(`li[data-step="${p}"]`);
    if (!line) return;
    const fold = line.closest("details");
    const mark = fold && !fold.open ? fold.closest("li") : line;
    setAttribute(mark, "aria-current", "step");
    const y = mark.getBoundingClientRect().top - panel.view.getBoundingClientRect().top;
    if (y < 30 || y > panel.view.clientHeight - 60) panel.view.scrollTop += y - panel.view.clientHeight * 0.4;
  }

  // On a phone the sentence and the running line stay in sight, above the time line.
  showMini() {
    this.mini.hidden = this.stories.length > 1;
    if (this.mini.hidden) return;
    const [panel] = this.panels;
    const at = this.place(panel.story, this.position(0));
    swap(this.mini, h("p", { class: "ks-meta" }, panel.meta.textContent, at && h("button", { type: "button", onclick: () => this.codeBox.scrollIntoView({ block: "nearest" }) }, at)),
      h("p", { class: "ks-sentence" }, [...panel.say.cloneNode(true).childNodes]));
  }

  showCode() {
    const { at } = this.playhead;
    const moved = this.stories.flatMap((story, r) => {
      const p = this.position(r);
      const waits = HOLDS.has(story.kind(p)); // still at its line
      return this.stories.length === 1 || at === 0 || this.moved(at, r) || waits ? [{ story, p, values: story.brief(p), name: this.name(r) }] : [];
    });
    this.lines.show(moved, this.stories.map((_, r) => this.known(r)));
  }
}

register("event-flow", (root, data, how) => new Stage(root, data, how));
