import { place, whyNoText } from "./code.js";
import { choices, round, setIcon } from "./controls.js";
import { h, setAttribute, setText, swap } from "./dom.js";
import { Recording, clock, runName } from "./model.js";
import { Kernel, parameter } from "./parameters.js";
import { Playhead, watch } from "./playhead.js";
import { glyph, legend } from "./roles.js";

// A figure of one run, in the column of the text: parameters, sentence, running line, drawing, a chart of the run that
// is its scrubber, player and legend. Drawing, table and log are equal views of one step.
//
// A figure has a `scrubber`, draw(width), show(i) and table(i); its class has the legend. If it tells(i) the point before the
// poster, a reader who still bets on that sees an earlier step.

const NOBODY = "no line takes this step: the scheduler does";
const OURS = "the scenario is this book's own";
const KEYS = [["Space K", "play, pause"], ["← →", "step"], ["Shift ← →", "one step of all"], ["A", "key or all steps"], ["1 2 3", "drawing, table, log"], ["Home End", "first, last"]];

export class Plate {
  // `lines` has the lines of code of `data`, if they are known, `code` those of the run that is shown; `live` runs other values: (values) => { packed, lines }.
  constructor(root, data, Figure, { live = null, lines = null, before = false } = {}) {
    Object.assign(this, { data, live, lines, code: lines, Figure, packed: data, view: "drawing", width: 0 });
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.values = data.parameters.map(({ values }, i) => values[data.at[i]]);
    this.playhead = new Playhead((how) => this.show(how), (go) => requestAnimationFrame(go), () => this.still.matches);
    this.recording = this.record(data, runName(data.parameters, this.values));
    this.figure = new Figure(this);
    this.build(root);
    this.kernel = new Kernel(live, this.note);
    this.begin(before);
  }

  // --- building ---

  build(root) {
    const { data } = this;
    this.groups = [];
    const group = (...how) => {
      const made = choices(...how);
      this.groups.push(made);
      return made;
    };
    this.note = h("span", { class: "ks-note", role: "status" });
    this.meta = h("span", { class: "ks-meta" });
    this.sentence = h("span", { class: "kg-sentence" });
    this.say = h("p", { class: "kg-say", "aria-live": "polite" }, this.meta, this.sentence);
    this.line = h("p", { class: "kg-line", hidden: !data.moments });
    this.stage = h("div", { class: "kg-stage" });
    this.other = h("div", { class: "kg-other", hidden: true, tabindex: 0, role: "region" });
    this.play = round("play", "play", "Play or pause (Space)", () => this.playhead.toggle());
    this.help = h("div", { class: "kp-keys", hidden: true }, KEYS.map(([key, what]) => h("span", {}, h("kbd", {}, key), ` ${what}`)));
    this.helpButton = h("button", { type: "button", class: "kp-help", title: "Keys (?)", "aria-label": "keys", "aria-expanded": "false", onclick: () => this.toggleHelp() }, "?");
    const views = group("View", [["drawing", "drawing", "1"], ["table", "table", "2"], ["log", "log", "3"]], (value) => value === this.view, (value) => this.setView(value));
    const grain = group("Steps", [[true, "key steps", "The other steps pass quickly (A)"], [false, "all steps", "Stop at every step (A)"]], (value) => value === this.playhead.keysOnly, (value) => this.setGrain(value));
    // The attribute asks JupyterLab to leave our keys to us.
    this.element = h("div", { class: "ks kg", role: "group", "aria-label": data.title, tabindex: -1, "data-lm-suppress-shortcuts": true, onkeydown: (event) => this.key(event) },
      h("div", { class: "kg-head" }, h("p", { class: "ks-title" }, data.title), data.parameters.map((each, i) => this.parameter(each, i)), this.note),
      this.say, this.line, this.stage, this.other, this.figure.scrubber.svg,
      h("div", { class: "kg-bar" },
        h("div", { class: "kp-buttons" }, round("back", "back", "Step back (←)", () => this.playhead.step(-1)), this.play, round("forward", "forward", "Step forward (→)", () => this.playhead.step(1))),
        grain, views, this.helpButton),
      this.help, legend(this.Figure.legend()));
    root.append(this.element);
    this.figure.below?.(this.element);
  }

  parameter(each, i) {
    return parameter(each, { value: this.values[i], chosen: (value) => this.values[i] === value, pick: (value) => this.choose(i, value), groups: this.groups, live: this.live });
  }

  begin(before) {
    this.unwatch = watch(this.element, this.playhead, () => this.resize());
    this.load(this.recording);
    if (before) this.playhead.bet(this.untold());
    this.resize();
  }

  // The reader's bet is made: on to what decides it.
  answered() {
    this.playhead.tell(this.recording.poster);
  }

  // The last step before the poster that does not tell the point.
  untold() {
    let at = this.recording.poster - 1;
    while (this.figure.tells?.(at)) at--;
    return at;
  }

  end() {
    this.playhead.pause();
    this.unwatch();
    this.element.remove();
  }

  // The lines of code have come, after the figure.
  setLines(lines) {
    if (this.code === this.lines) this.code = lines;
    this.lines = lines;
    this.show({});
  }

  noLines(why) {
    setText(this.note, `Python could not find the lines of this run: ${why}`);
  }

  // --- which run ---

  record(packed, name) {
    const recording = new Recording({ ...packed, opening: this.data.opening }, name);
    const run = packed.runs[name];
    recording.release = run.release ?? ""; // what it answers like
    recording.poster = (run.poster ?? recording.length - 1) + 1;
    recording.keys = Array.from({ length: recording.length + 1 }, (_, i) => (run.keys ?? []).includes(i - 1));
    return recording;
  }

  choose(i, value) {
    this.values = this.values.with(i, value);
    const name = runName(this.data.parameters, this.values);
    if (name !== null) {
      this.kernel.forget();
      Object.assign(this, { packed: this.data, code: this.lines });
      return this.load(this.record(this.data, name));
    }
    this.groups.forEach((group) => group.sync());
    this.kernel.run(this.values, ({ packed, lines }) => {
      Object.assign(this, { packed, code: lines });
      this.load(this.record(packed, "0"), "Python ran this just now");
    });
  }

  // Who stands at the poster sees that of the other run; else the place is kept: the same step, or the nearest.
  load(recording, said = "") {
    this.playhead.pause();
    const { at } = this.playhead;
    const fresh = this.recording === recording || at === this.recording.poster;
    const [place, same] = fresh ? [recording.poster, true] : recording.find(this.recording, at);
    setText(this.note, [said, fresh ? "" : same ? "same place" : `nearest step: ${clock(recording.time(place))}`].filter(Boolean).join("; "));
    this.recording = recording;
    this.playhead.load(recording.length, recording.keys, place, fresh);
    this.logged = null;
    this.figure.load?.();
    if (this.width) this.draw();
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    this.draw();
  }

  draw() {
    this.figure.draw(this.width);
    this.show({});
  }

  // --- moving ---

  key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target.matches("input, select")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { playhead } = this;
    const acts = {
      " ": target.closest("button, summary, a") ? null : () => playhead.toggle(),
      k: () => playhead.toggle(), ArrowLeft: () => playhead.step(-1, event.shiftKey || undefined), ArrowRight: () => playhead.step(1, event.shiftKey || undefined),
      Home: () => playhead.jump(0), End: () => playhead.jump(playhead.end), a: () => this.setGrain(!playhead.keysOnly),
      1: () => this.setView("drawing"), 2: () => this.setView("table"), 3: () => this.setView("log"),
      "?": () => this.toggleHelp(), Escape: this.help.hidden ? null : () => this.toggleHelp(),
    };
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  }

  setGrain(keysOnly) {
    this.playhead.keysOnly = keysOnly;
    this.draw();
  }

  setView(view) {
    this.view = view;
    this.stage.hidden = view !== "drawing";
    this.other.hidden = view === "drawing";
    this.logged = null;
    setAttribute(this.other, "aria-label", view);
    this.show({});
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    setAttribute(this.helpButton, "aria-expanded", !this.help.hidden);
  }

  // --- showing a step ---

  look(i) {
    return i ? this.recording.role(i) || "run" : "";
  }

  show({ moved = false, fast = false }) {
    if (!this.width) return;
    const { recording, playhead } = this;
    const { at } = playhead;
    this.figure.scrubber.show(fast ? "" : recording.sentence(at));
    this.element.toggleAttribute("data-fast", fast);
    if (fast) return;
    setAttribute(this.element, "data-step", at);
    setAttribute(this.element, "data-role", this.look(at));
    setAttribute(this.say, "aria-live", playhead.playing ? "off" : "polite"); // a voice cannot keep up with play
    setText(this.meta, `step ${at} of ${recording.length} · ${clock(recording.time(at))}`);
    const role = recording.role(at);
    this.sentence.replaceChildren(role ? glyph(role) : "", recording.sentence(at));
    this.showLine(at);
    this.figure.show(at, moved && !this.still.matches);
    if (this.view === "table") swap(this.other, this.table(at));
    if (this.view === "log") this.showLog(at);
    setIcon(this.play, playhead.playing ? "pause" : "play");
    this.groups.forEach((group) => group.sync());
  }

  // The line that runs, in Python and in Go, and where both stand; where there is no line, why.
  showLine(at) {
    const number = (at && this.recording.steps[at - 1][5]) || 0;
    const who = this.recording.state(at).who ?? "";
    const top = number ? this.packed.moments[number - 1][2] : -1;
    const python = this.code?.table.python[number - 1]?.[0];
    const { go: lines, at: as } = this.code?.table ?? { go: {}, at: {} };
    const go = lines[as[this.recording.release]]?.[number - 1];
    const line = Array.isArray(go) && go[0];
    const excerpt = line && this.code.go[line[0]];
    const text = excerpt?.lines?.[line[1] - excerpt.first]?.trim();
    const part = (language, words, where) => (words || where.length ? [h("span", { "data-language": language }, words ? h("code", {}, words) : "", h("small", {}, where))] : []);
    const goPart = line ? (text ? [text, [place("go", line)]] : ["", whyNoText(excerpt, line)]) : ["", top >= 0 && go ? [`no line of Go: ${typeof go === "string" ? go : OURS}`] : []];
    swap(this.line, who ? h("b", {}, who) : "", ...(at && who && top < 0 ? [h("small", {}, NOBODY)] : []),
      ...(top < 0 ? [] : part("python", this.packed.places[top][1], python ? [place("python", python, this.code)] : [])), ...part("go", ...goPart));
  }

  table(at) {
    const { columns, rows } = this.figure.table(at);
    return h("table", {}, h("caption", {}, `after step ${at}`), h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, i) => h(i ? "td" : "th", i ? {} : { scope: "row" }, String(cell)))))));
  }

  showLog(at) {
    const { recording } = this;
    if (this.logged !== recording) {
      this.logged = recording;
      const entries = Array.from({ length: recording.length }, (_, n) => n + 1).map((i) => h("li", { "data-step": i, "data-role": this.look(i), "data-key": recording.keys[i] },
        h("button", { type: "button", onclick: () => this.playhead.jump(i) }, h("small", {}, i), h("small", {}, clock(recording.time(i))), h("span", {}, recording.role(i) ? glyph(recording.role(i)) : "", recording.sentence(i)))));
      swap(this.other, h("ol", { class: "ks-log" }, entries));
    }
    for (const entry of this.other.querySelectorAll("li")) entry.hidden = entry.dataset.step > this.playhead.known;
    this.other.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const entry = this.other.querySelector(`li[data-step="${at}"]`);
    if (!entry) return;
    setAttribute(entry, "aria-current", "step");
    const y = entry.getBoundingClientRect().top - this.other.getBoundingClientRect().top;
    if (y < 10 || y > this.other.clientHeight - 60) this.other.scrollTop += y - this.other.clientHeight * 0.4;
  }
}
