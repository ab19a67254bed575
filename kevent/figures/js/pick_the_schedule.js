import { choices, round } from "./controls.js";
import { h, s, setAttribute, setText, swap } from "./dom.js";
import { Recording } from "./model.js";
import { Plate } from "./plate.js";
import { glyph, legend } from "./roles.js";
import { register } from "./shell.js";

// PickTheSchedule: the reader is the scheduler. A lane of code for each goroutine, the choice made on the next line; the
// shared state between them; and the tree of all schedules, in which every leaf has its place from the start.

// --- Pure ---

export class Walk {
  constructor(graph, start, opening) {
    Object.assign(this, { graph, start, opening, picks: [] });
  }

  // The forks passed, with the position at which each stands; the last is where the walk has come to.
  trail() {
    const { graph } = this;
    const steps = [...graph.opening];
    let number = graph.first;
    const forks = [{ number, fork: graph.forks[number], position: steps.length }];
    for (const pick of this.picks) {
      const [, taken, next] = graph.forks[number].options[pick];
      steps.push(...taken);
      number = next;
      forks.push({ number, fork: graph.forks[number], position: steps.length });
    }
    const { fork } = forks.at(-1);
    if (fork.end !== undefined) steps.push(fork.step);
    return { steps, forks };
  }

  recording() {
    const { steps } = this.trail();
    const { texts, pool } = this.graph;
    return new Recording({ texts, pool, opening: this.opening, runs: { 0: { start: this.start, steps, times: steps.map(() => 0) } } }, "0");
  }

  // The number of the fork that a position stands at or has passed last.
  at(position) {
    return Math.max(0, this.trail().forks.findLastIndex((each) => each.position <= position));
  }

  // The choices at a position: none between two forks, nor at the end.
  options(position) {
    const here = this.trail().forks[this.at(position)];
    if (here.position !== position) return [];
    return (here.fork.options ?? []).map(([label, , to], option) => {
      const [text, owner, way] = this.graph.labels[label];
      const [schedules, bad] = this.graph.below[to];
      return { option, text, owner, way, schedules, bad };
    });
  }

  // Pick an option at the fork of a position; what was walked beyond it is forgotten.
  pick(position, option) {
    this.picks = [...this.picks.slice(0, this.at(position)), option];
  }

  // The choices by name, and as far as there are such in another graph.
  labels() {
    const { forks } = this.trail();
    return this.picks.map((pick, i) => this.graph.labels[forks[i].fork.options[pick][0]].join());
  }

  follow(names) {
    const { graph } = this;
    const picks = [];
    let number = graph.first;
    for (const name of names) {
      const { options = [] } = graph.forks[number];
      const pick = options.findIndex(([label]) => graph.labels[label].join() === name);
      if (pick < 0) break;
      picks.push(pick);
      number = options[pick][2];
    }
    return picks;
  }

  outcome() {
    return this.trail().forks.at(-1).fork.end ?? -1;
  }
}

// How many choices the longest way to an end has, from each fork. What lies behind a fork has a lower number.
export function depths(graph) {
  const known = [];
  graph.forks.forEach(({ options }, number) => (known[number] = options ? 1 + Math.max(...options.map(([, , to]) => known[to])) : 0));
  return known;
}

// The tree as far as it was tried: nodes, leaves and wedges with the paths that lead there. The leaves from `from` on
// for so many schedules stand below each; what was not tried is a wedge. Who stands above comes before who stands below,
// and left before right. `by` is the choice that leads there.
export function treeOf(graph, tried) {
  const parts = [];
  const open = [{ number: graph.first, path: [], from: 0, parent: null, by: "", nth: 1, beside: 1 }];
  while (open.length) {
    const { number, ...at } = open.pop();
    const { options, end } = graph.forks[number];
    const [count] = graph.below[number];
    const part = { kind: end === undefined ? "node" : "leaf", count, end, ...at };
    parts.push(part);
    let next = at.from;
    (options ?? []).forEach(([label, , to], option) => {
      const [below] = graph.below[to];
      const there = [...at.path, option];
      const [text, , way] = graph.labels[label];
      const child = { path: there, from: next, parent: part, by: way || text, nth: option + 1, beside: options.length };
      if (tried.has(there.join())) open.push({ number: to, ...child });
      else parts.push({ kind: "wedge", count: below, ...child });
      next += below;
    });
  }
  return parts.sort((a, b) => a.from - b.from || a.path.length - b.path.length);
}

// What of the tree is shown in so many pixels: all of it, or, if its leaves would be too thin, what lies below the first
// fork of the walk behind which a choice is not.
export function lens(graph, picks, room) {
  const [total] = graph.below[graph.first];
  let shown = { path: [], from: 0, count: total };
  let [number, from] = [graph.first, 0];
  picks.forEach((pick, i) => {
    const { options } = graph.forks[number];
    from += options.slice(0, pick).reduce((sum, [, , to]) => sum + graph.below[to][0], 0);
    number = options[pick][2];
    const [count] = graph.below[number];
    if (room / total < THIN && count > 1 && (room * count) / shown.count < WIDE) shown = { path: picks.slice(0, i + 1), from, count };
  });
  return shown;
}

const THIN = 4; // pixels of a leaf, below which not all of a tree is shown
const WIDE = 30; // pixels that what lies behind a choice takes at least

// Where a key leads from a part of the tree: up and down along a branch, left and right to who stands beside it.
export function neighbour(parts, part, key) {
  const level = parts.filter(({ path }) => path.length === part.path.length);
  const place = level.indexOf(part);
  return { ArrowUp: part.parent, ArrowDown: parts.find(({ parent }) => parent === part), ArrowLeft: level[place - 1], ArrowRight: level[place + 1], Home: level[0], End: level.at(-1) }[key] ?? part;
}

// What a part of the tree is, for who does not see it.
export function partName({ kind, path, count, end, by }, graph) {
  const what = kind === "leaf" ? graph.outcomes[end] : kind === "wedge" ? `${count} ${count === 1 ? "schedule" : "schedules"} not tried` : `choice ${path.length + 1}, ${count} schedules`;
  return by ? `${by}: ${what}` : what;
}

// The lines of its lane that a goroutine has passed, in the steps up to a position.
export function passed(recording, position) {
  const lines = {};
  for (let i = 1; i <= position; i++) {
    const { who } = recording.state(i);
    const step = recording.steps[i - 1][2];
    if (!step.includes("who") || recording.state(i)[`g:${who}`][0] === "wait") continue;
    const { lanes, ...before } = recording.state(i - 1);
    const [line] = before[`p:${who}`];
    (lines[who] ??= new Set()).add(line < 0 ? lanes[who].findIndex(([indent]) => indent >= 0) : line);
  }
  return lines;
}

export function pickTable(state) {
  const rows = state.goroutines.map((name) => [name, [state[`g:${name}`][1], state[`has:${name}`].length ? `has ${state[`has:${name}`].join(", ")}` : ""].filter(Boolean).join("; ")]);
  for (const [name, room] of state.queues) rows.push([`${name}, room for ${room}`, [...state[`h:${name}`].map((item) => `${item} (handed over)`), ...state[`q:${name}`]].join(", ") || "empty"]);
  for (const name of state.levels) rows.push([name, state[`l:${name}`] || "untouched"]);
  if (state.graph.loses.length) rows.push(["lost", state.lost.join(", ") || "nothing"]);
  return { columns: ["what", "now"], rows };
}

// Why a run ended as it did: what was lost, who still waits, what failed.
export function reason(recording, graph) {
  const { length } = recording;
  const state = recording.state(length);
  const told = Array.from({ length: length - 1 }, (_, i) => i + 1);
  const lost = told.filter((i) => recording.role(i) === "lost").map((i) => recording.sentence(i));
  if (lost.length) return lost.join(" ");
  const waits = state.goroutines.filter((name) => state[`g:${name}`][0] === "wait").map((name) => `${name} ${state[`g:${name}`][1]}`);
  if (waits.length) return `${waits.join("; ")}.`;
  return graph.loses.length ? "Nothing is lost." : "";
}

// --- Drawing ---

const KEYS = [["1 2 3 4", "who goes next"], ["U", "undo"], ["H", "hint"], ["← →", "back, on"], ["A", "by choice or by step"], ["Home End", "first, last"], ["↑ ↓ ← → Enter", "in the tree: move, go there"]];
const PLENTY = 6; // places of a queue that are all drawn
const NEAR = 10; // pixels from a part of the tree that still mean it

const sign = (bad, found) =>
  s("svg", { class: "kl-sign", viewBox: "0 0 22 22", width: 22, height: 22, "aria-hidden": "true", "data-role": found ? (bad ? "lost" : "done") : null }, s("path", { d: bad ? "M5 5l12 12m0-12l-12 12" : "M4 12l5 5l9-11" }));
const key = (...children) => s("svg", { class: "kl-key", viewBox: "0 0 15 15", width: 15, height: 15, "aria-hidden": "true" }, ...children);

export class PickTheSchedule extends Plate {
  constructor(root, data, how) {
    super(root, data, class { table = (at) => pickTable(this.plate.recording.state(at)); constructor(plate) { this.plate = plate; } }, how);
  }

  build(root) {
    const { data, playhead } = this;
    this.groups = [];
    const group = (...how) => {
      const made = choices(...how);
      this.groups.push(made);
      return made;
    };
    const button = (text, title, press) => h("button", { type: "button", class: "kl-button", title, onclick: press }, text);
    this.note = h("span", { class: "ks-note", role: "status" });
    this.meta = h("span", { class: "ks-meta" });
    this.sentence = h("span", { class: "kg-sentence" });
    this.say = h("p", { class: "kg-say", "aria-live": "polite" }, this.meta, this.sentence);
    this.goals = h("div", { class: "kl-goals" });
    this.lanes = h("div", { class: "kl-lanes" });
    this.path = h("div", { class: "kl-path", role: "group", "aria-label": "Your schedule" });
    this.tree = s("svg", { class: "ks-draw kl-tree", role: "tree", "aria-orientation": "horizontal", onclick: (event) => this.treePress(event), onkeydown: (event) => this.treeKey(event) });
    this.stage = h("div", { class: "kg-stage" }, this.goals, this.lanes, this.path, this.tree);
    this.other = h("div", { class: "kg-other", hidden: true, tabindex: 0, role: "region" });
    this.undoButton = button("↶ undo", "Take the last choice back (U)", () => this.undo());
    this.againButton = button("start over", "Back to the first choice", () => this.walkTo([]));
    this.hintButton = button("hint", "The odds of each choice (H)", () => this.toggleHint());
    this.help = h("div", { class: "kp-keys", hidden: true }, KEYS.map(([name, what]) => h("span", {}, h("kbd", {}, name), ` ${what}`)));
    this.helpButton = h("button", { type: "button", class: "kp-help", title: "Keys (?)", "aria-label": "keys", "aria-expanded": "false", onclick: () => this.toggleHelp() }, "?");
    this.element = h("div", { class: "ks kg kl", role: "group", "aria-label": data.title, tabindex: -1, "data-lm-suppress-shortcuts": true, onkeydown: (event) => this.key(event) },
      h("div", { class: "kg-head" }, h("p", { class: "ks-title" }, data.title), data.parameters.map((parameter, i) => this.parameter(parameter, i, group)), this.note),
      this.say, this.stage, this.other,
      h("div", { class: "kg-bar" },
        h("div", { class: "kp-buttons" }, round("back", "back", "Back (←)", () => playhead.step(-1)), round("forward", "forward", "On (→)", () => playhead.step(1))),
        this.undoButton, this.againButton, this.hintButton,
        group("Steps", [[true, "by choice", "From choice to choice (A)"], [false, "by step", "Every step (A)"]], (value) => value === playhead.keysOnly, (value) => this.setGrain(value)),
        group("View", [["drawing", "drawing"], ["table", "table"], ["log", "log"]], (value) => value === this.view, (value) => this.setView(value)),
        this.helpButton),
      this.help,
      legend([["run", "can go: press the line"], ["wait", "waits"], [key(s("path", { class: "kl-wedge", d: "M7.5 2L14 13H1Z" })), "not tried yet, with the number of schedules"],
        [key(s("rect", { class: "kl-leaf", "data-role": "done", x: 5.5, y: 1, width: 4, height: 13, rx: 1 })), "returns, with nothing lost"],
        [key(s("path", { class: "kl-leaf", "data-role": "lost", d: "M3 3l9 9m0-9l-9 9" })), "panics, hangs or loses something"]]));
    root.append(this.element);
  }

  // What comes from Python has no steps, only the graph: the walk makes the recording.
  load(recording, said = "") {
    const start = recording.state(0);
    const { graph } = start;
    const kept = this.walk && this.walk.picks.join() !== this.graph.opens.join() ? this.walk.labels() : null;
    this.walk = new Walk(graph, start, this.data.opening);
    this.walk.picks = kept ? this.walk.follow(kept) : [...graph.opens];
    const same = kept && (this.walk.picks.length === kept.length ? "same choices" : `${this.walk.picks.length} of ${kept.length} choices kept`);
    setText(this.note, [said, same].filter(Boolean).join("; "));
    Object.assign(this, { graph, start, tried: new Set(), found: new Map(), misses: 0, hint: false, deep: depths(graph)[graph.first] });
    this.receivers = start.goroutines.filter((name) => graph.pool.some(([, , changes]) => changes.includes(`+has:${name}`)));
    this.grow();
  }

  // The walk has changed: a new recording, shown at its end, or where asked.
  grow(at) {
    const { walk, playhead } = this;
    this.recording = walk.recording();
    this.logged = null;
    walk.picks.forEach((_, i) => this.tried.add(walk.picks.slice(0, i + 1).join()));
    const outcome = walk.outcome();
    if (outcome >= 0) {
      const news = !this.found.has(outcome);
      this.misses = news && this.graph.bad[outcome] ? 0 : this.misses + 1;
      if (news) this.found.set(outcome, [...walk.picks]);
    }
    const { length } = this.recording;
    const keys = Array(length + 1).fill(false);
    for (const { position } of walk.trail().forks) keys[position] = true;
    keys[length] = true;
    playhead.load(length, keys, Math.min(at ?? length, length), false);
    this.hint = false;
    this.stop = null; // the tree's place in the tab order follows the walk
    this.show({});
  }

  pick(option) {
    const { at } = this.playhead;
    const held = this.lanes.contains(document.activeElement);
    this.walk.pick(at, option);
    this.grow(this.playhead.keysOnly ? undefined : at + 1);
    if (held || !this.element.contains(document.activeElement)) this.hold();
  }

  // The reader's bet is made: who it was about goes next, from where the figure opens.
  answered() {
    this.walkTo([...this.graph.opens]);
    const next = this.walk.options(this.playhead.at).find(({ owner }) => owner === this.data.bet);
    if (next) this.pick(next.option);
  }

  walkTo(picks) {
    this.walk.picks = picks;
    this.grow();
  }

  undo() {
    if (this.walk.picks.length) this.walkTo(this.walk.picks.slice(0, -1));
  }

  toggleHint() {
    this.hint = !this.hint;
    this.show({});
  }

  // Who pressed a line that is gone is led to the next one.
  hold() {
    (this.lanes.querySelector("[data-option]") ?? this.undoButton).focus({ preventScroll: true });
  }

  draw() {
    this.show({});
  }

  key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target.matches("input, select")) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { playhead } = this;
    const option = /^[1-9]$/.test(name) ? this.walk.options(playhead.at)[name - 1] : null;
    const acts = {
      u: () => this.undo(), Backspace: () => this.undo(), h: () => this.canHint() && this.toggleHint(), a: () => this.setGrain(!playhead.keysOnly),
      ArrowLeft: () => playhead.step(-1, event.shiftKey || undefined), ArrowRight: () => playhead.step(1, event.shiftKey || undefined),
      Home: () => playhead.jump(0), End: () => playhead.jump(playhead.end),
      "?": () => this.toggleHelp(), Escape: this.help.hidden ? null : () => this.toggleHelp(),
    };
    const act = option ? () => this.pick(option.option) : acts[name];
    if (!act) return;
    event.preventDefault();
    act();
  }

  canHint() {
    return this.misses > 1 && this.graph.below[this.graph.first][1] > 0 && this.walk.options(this.playhead.at).length > 0;
  }

  // --- showing ---

  show() {
    if (!this.width || !this.walk) return;
    const { recording, playhead, walk } = this;
    const { at } = playhead;
    const state = recording.state(at);
    const options = walk.options(at);
    setAttribute(this.element, "data-step", at);
    this.showSentence(at, options);
    this.showGoals();
    this.showLanes(state, options);
    this.showPath();
    this.showTree();
    const gone = document.activeElement === this.hintButton;
    this.hintButton.hidden = !this.canHint();
    if (gone && this.hintButton.hidden) this.undoButton.focus({ preventScroll: true });
    setAttribute(this.hintButton, "aria-pressed", this.hint);
    if (this.view === "table") swap(this.other, this.table(at));
    if (this.view === "log") this.showLog(at);
    this.groups.forEach((group) => group.sync());
  }

  showSentence(at, options) {
    const { recording, walk, graph } = this;
    const outcome = walk.outcome();
    const over = outcome >= 0 && at === recording.length;
    const bad = over && graph.bad[outcome];
    const choice = walk.at(at);
    const [total] = graph.below[graph.first];
    setText(this.meta, over ? `after ${choice} choice${choice === 1 ? "" : "s"}` : options.length ? `choice ${choice + 1}` : `step ${at} of ${recording.length}`);
    setAttribute(this.element, "data-role", over ? (bad ? "lost" : "done") : "");
    if (over) {
      this.sentence.replaceChildren(glyph(bad ? "lost" : "done"), h("b", {}, graph.outcomes[outcome]), `. ${reason(recording, graph)} ${graph.ends[outcome]} of ${total} schedules end so.`);
    } else if (this.hint && options.length) {
      const odds = options.map(({ way, text, schedules, bad: worse }) => `${way || text}: ${schedules} schedule${schedules === 1 ? "" : "s"}, ${worse} of them with a bad end`);
      this.sentence.replaceChildren(h("b", {}, "Hint. "), `${odds.join("; ")}.`);
    } else this.sentence.replaceChildren(recording.sentence(at), options.length ? h("b", {}, at ? " Who goes next?" : "") : "");
  }

  showGoals() {
    const { graph, found } = this;
    const [total, worse] = graph.below[graph.first];
    const order = graph.outcomes.map((_, i) => i).sort((a, b) => graph.bad[b] - graph.bad[a]);
    const cards = order.map((i) => h("div", { class: "kl-goal", "data-found": found.has(i) ? (graph.bad[i] ? "lost" : "done") : "" }, sign(graph.bad[i], found.has(i)),
      h("div", {}, h("b", {}, graph.outcomes[i]), h("small", {}, found.has(i) ? `found: ${graph.ends[i]} of ${total} schedules ` : "not found yet",
        found.has(i) ? h("button", { type: "button", class: "kl-link", "aria-label": `see it again: ${graph.outcomes[i]}`, onclick: () => this.walkTo(found.get(i)) }, "see it again") : ""))));
    if (!worse) cards.unshift(h("div", { class: "kl-goal", "data-found": "" }, sign(true, false), h("div", {}, h("b", {}, "a bad end"), h("small", {}, `none of all ${total} schedules has one`))));
    swap(this.goals, cards);
  }

  showLanes(state, options) {
    const done = passed(this.recording, this.playhead.at);
    const lanes = this.start.goroutines.map((name) => this.lane(name, state, options, done[name] ?? new Set()));
    const shared = this.shared(state);
    const crowd = lanes.length > 3;
    if (crowd) lanes[0].style.gridRow = `span ${lanes.length - 1}`; // beside all the others
    setAttribute(this.lanes, "data-many", lanes.length > 2);
    setAttribute(this.lanes, "data-crowd", crowd);
    setAttribute(this.lanes, "data-wide", this.width > 560);
    swap(this.lanes, lanes.length > 2 ? [shared, ...lanes] : [lanes[0], shared, ...lanes.slice(1)]);
  }

  lane(name, state, options, done) {
    const [code, doing] = state[`g:${name}`];
    const mine = options.filter(({ owner }) => owner === name);
    const look = code === "end" ? "end" : code === "wait" && !mine.length ? "wait" : mine.length ? "run" : "";
    const words = { end: "✓ ended", wait: `‖ ${doing}`, run: "▸ can go" }[look] ?? (code === "idle" ? "not started" : "");
    const lines = this.start.lanes[name].length ? this.start.lanes[name] : [[0, "start"]];
    const first = lines.findIndex(([indent]) => indent >= 0);
    const [counter, inside] = state[`p:${name}`];
    const pc = counter < 0 ? first : counter;
    const started = counter >= 0;
    const furthest = Math.max(-1, ...done) + 1;
    const press = ({ option, way }, text, more) =>
      h("button", { type: "button", "data-option": option, "data-hint": this.hint ? Boolean(options[option].bad) : null, onclick: () => this.pick(option) },
        h("span", {}, way || text, more ? h("small", {}, more) : ""), h("b", {}, `▸ ${option + 1}`), this.hint ? h("small", { class: "kl-odds" }, `${options[option].bad} of ${options[option].schedules} end badly`) : "");
    const items = lines.flatMap(([indent, text], i) => {
      if (indent < 0) return [h("li", { class: "kl-heading" }, text)];
      const here = i === pc && look !== "end" && (started || mine.length > 0);
      const ways = here && mine[0]?.way;
      const more = here ? inside : "";
      const mark = here ? (look === "wait" ? "‖" : "▸") : done.has(i) ? "✓" : "";
      const body = here && mine.length && !ways ? press(mine[0], text, more) : [h("span", {}, text, more ? h("small", {}, more) : "")];
      const item = h("li", { class: "kl-line", style: `--deep: ${indent}`, "data-state": here ? (look === "wait" ? "wait" : "now") : i < furthest ? "past" : "" }, h("i", { "aria-hidden": "true" }, mark), body);
      return ways ? [item, h("li", { class: "kl-ways" }, h("span", {}, "which way first?"), mine.map((each) => press(each, "")))] : [item];
    });
    return h("div", { class: "kl-lane", role: "group", "data-role": look, "aria-label": name }, h("p", { class: "kl-name" }, h("b", {}, name), h("span", {}, words)), h("ol", {}, items));
  }

  // What lies between the lanes.
  shared(state) {
    const before = this.recording.state(this.walk.trail().forks[Math.max(0, this.walk.at(this.playhead.at) - (this.walk.at(this.playhead.at) > 0))].position);
    const cell = (text, look, fresh) => h("span", { "data-look": look, "data-new": fresh || null }, text);
    const thing = (label, cells) => h("div", { class: "kl-thing" }, h("span", {}, label), h("div", {}, cells));
    const list = (items, known, look) => (items.length ? items.map((item, i) => cell(item, look, i >= known.length)) : [cell("nothing", "none")]);
    const things = state.queues.map(([name, room]) => {
      const [held, hand] = [state[`q:${name}`], state[`h:${name}`]];
      const fresh = (i) => held[i] !== before[`q:${name}`][i];
      const places = Math.max(held.length, Math.min(room, PLENTY));
      const cells = Array.from({ length: places }, (_, i) => (i < held.length ? cell(held[i], "held", fresh(i)) : cell("", "none")));
      if (room > places) cells.push(cell("…", "none"));
      return thing(`${name}${room ? `, room for ${room}` : ", from hand to hand"}${state[`c:${name}`] ? ", closed" : ""}`, [...cells, ...hand.map((item) => cell(`${item} →`, "hand", true)), ...(cells.length || hand.length ? [] : [cell("nothing", "none")])]);
    });
    for (const name of state.levels) things.push(thing(name, [cell(state[`l:${name}`] || "untouched", state[`l:${name}`] ? "held" : "none", state[`l:${name}`] !== before[`l:${name}`])]));
    for (const name of this.receivers) things.push(thing(`${name} has`, list(state[`has:${name}`], before[`has:${name}`], "got")));
    if (this.graph.loses.length) things.push(thing("lost", list(state.lost, before.lost, "lost")));
    return h("div", { class: "kl-shared", role: "group", "aria-label": "shared" }, h("b", {}, "shared"), things);
  }

  showPath() {
    const { walk, playhead, graph } = this;
    const { forks } = walk.trail();
    const now = walk.at(playhead.at);
    const chips = walk.picks.map((pick, i) => {
      const [text, owner, way] = graph.labels[forks[i].fork.options[pick][0]];
      const last = i === walk.picks.length - 1;
      return h("button", { type: "button", title: way || text, "aria-current": now === i + 1 ? "step" : null, onclick: () => playhead.jump(last ? playhead.end : forks[i + 1].position) }, way ? `way ${pick + 1}` : owner || text);
    });
    swap(this.path, h("span", {}, "your schedule:"), chips.length ? chips : h("i", {}, "nothing chosen yet"));
  }

  // One part of the tree takes part in the tab order: where the walk is, or where the keys have led.
  showTree() {
    const { graph, tried, walk, width, tree, playhead } = this;
    const [total] = graph.below[graph.first];
    const now = walk.at(playhead.at);
    const place = walk.picks.slice(0, now).join();
    const room = width - 10;
    const large = room / total < THIN;
    const tall = Math.max(112, Math.min(300, 70 + 14 * this.deep));
    const height = tall + (large ? 26 : 0);
    const base = tall - 24;
    const view = lens(graph, walk.picks.slice(0, now), room);
    const x = (leaf) => 5 + (room * (leaf - view.from)) / view.count;
    const radius = Math.max(1.2, Math.min(4, room / view.count / 2 - 0.4));
    const step = Math.min(48, (base - 34) / Math.max(this.deep, 1));
    const onWalk = (path) => path.every((pick, i) => walk.picks[i] === pick);
    const all = treeOf(graph, tried);
    const among = (path, of) => of.every((pick, i) => path[i] === pick);
    const parts = all.filter(({ path }) => among(path, view.path) || among(view.path, path));
    const [lines, items, words] = [[], [], []];
    for (const part of parts) {
      const { kind, path, from, count, parent, end } = part;
      const here = path.join() === place;
      const above = path.length < view.path.length; // seen from below: a way out
      Object.assign(part, { x: above ? width / 2 : x(from + count / 2), y: kind === "leaf" ? base : 14 + step * path.length, here });
      if (kind === "wedge") part.y = Math.min(parent.y + 16, base - 8);
      if (parent) {
        const way = kind === "wedge" ? `L${part.x} ${part.y}` : `C${parent.x} ${(parent.y + part.y) / 2} ${part.x} ${(parent.y + part.y) / 2} ${part.x} ${part.y}`;
        lines.push(s("path", { class: "kl-branch", "data-walked": kind !== "wedge" && onWalk(path) && path.length <= now, "stroke-dasharray": kind === "wedge" ? "2 2" : null, d: `M${parent.x} ${parent.y}${way}` }));
      }
      const half = Math.max(0.8, (room * count) / view.count / 2 - 1);
      if (kind === "wedge" && half > 4 + 3.4 * String(count).length) words.push(s("text", { class: "kl-count", x: part.x, y: base + 13, "text-anchor": "middle" }, count));
      const shape = kind === "node" ? s("circle", { class: "kl-node", "data-here": here, cx: part.x, cy: part.y, r: here ? 6 : Math.min(3.6, step / 2) })
        : kind === "wedge" ? s("path", { class: "kl-wedge", "data-count": count, d: `M${part.x} ${part.y}L${part.x + half} ${base + 18}H${part.x - half}Z` })
          : graph.bad[end] ? s("path", { class: "kl-leaf", "data-role": "lost", "data-here": here, d: `M${part.x - radius - 1} ${base + 4}l${2 * radius + 2} ${2 * radius + 8}m0 ${-2 * radius - 8}l${-2 * radius - 2} ${2 * radius + 8}` })
            : s("rect", { class: "kl-leaf", "data-role": "done", "data-here": here, x: part.x - radius, y: base + 3, width: 2 * radius, height: 15, rx: 1 });
      part.item = s("g", { role: "treeitem", tabindex: -1, "aria-level": path.length + 1, "aria-setsize": part.beside, "aria-posinset": part.nth,
        "aria-expanded": kind === "leaf" ? null : String(kind === "node"), "aria-current": here ? "step" : null, "aria-label": partName(part, graph) }, s("title", {}, partName(part, graph)), shape);
      items.push(part.item);
    }
    const held = tree.contains(document.activeElement);
    const leaves = all.filter(({ kind }) => kind === "leaf");
    const tries = leaves.length;
    Object.assign(this, { parts, base, leafAt: (px) => view.from + ((px - 5) / room) * view.count });
    setAttribute(tree, "viewBox", `0 0 ${width} ${height}`);
    setAttribute(tree, "height", height);
    setAttribute(tree, "width", width);
    setAttribute(tree, "aria-label", `Tree of all ${total} schedules, ${tries} of them tried${view.count < total ? `; ${view.count} of them shown` : ""}`);
    if (large) {
      // All schedules on one line: what is shown of them, and what was tried.
      const at = (leaf) => 5 + (room * leaf) / total;
      words.push(s("path", { class: "kl-all", d: `M5 ${tall + 8}H${width - 5}` }), s("path", { class: "kl-lens", d: `M${at(view.from)} ${tall + 8}H${Math.max(at(view.from) + 3, at(view.from + view.count))}` }),
        ...leaves.map(({ from, end }) => s("path", { class: "kl-tick", "data-role": graph.bad[end] ? "lost" : "done", d: `M${at(from + 0.5)} ${tall + 3}v10` })),
        s("text", { class: "kl-total", x: 0, y: tall + 24 }, view.count < total ? `shown above: ${view.count} of ${total} schedules, those behind ${view.path.length} ${view.path.length === 1 ? "choice" : "choices"}` : `shown above: all ${total} schedules`));
    }
    words.push(s("text", { class: "kl-total", x: width, y: 12, "text-anchor": "end" }, `${total} schedules, ${tries} tried`));
    tree.replaceChildren(s("g", { "aria-hidden": "true" }, lines), ...items, s("g", { "aria-hidden": "true" }, words));
    const stop = parts.find(({ path }) => path.join() === (this.stop ?? place)) ?? parts.find(({ here }) => here) ?? parts[0];
    setAttribute(stop.item, "tabindex", 0);
    if (held) stop.item.focus({ preventScroll: true });
  }

  treeKey(event) {
    const part = this.parts.find(({ item }) => item === event.target);
    if (!part || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") this.walkTo(part.path);
    else if (/^Arrow|^Home$|^End$/.test(event.key)) {
      const { item, path } = neighbour(this.parts, part, event.key);
      this.stop = path.join();
      setAttribute(part.item, "tabindex", -1);
      setAttribute(item, "tabindex", 0);
      item.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  }

  // A part of one pixel is as easily met as a large one: who presses beside it means it.
  treePress({ clientX, clientY }) {
    const { left, top } = this.tree.getBoundingClientRect();
    const [px, py] = [clientX - left, clientY - top];
    const off = (part) => Math.hypot(part.x - px, part.kind === "node" ? part.y - py : 0);
    const near = this.parts.filter(({ kind }) => (kind === "node" ? py < this.base : kind === "leaf" && py >= this.base - 4));
    const nearest = near.sort((a, b) => off(a) - off(b))[0];
    const leaf = this.leafAt(px);
    const wedge = this.parts.find(({ kind, from, count, y }) => kind === "wedge" && leaf >= from && leaf < from + count && py >= y);
    const part = nearest && off(nearest) <= (nearest.kind === "leaf" && wedge ? NEAR / 3 : NEAR) ? nearest : wedge;
    if (part) this.walkTo(part.path);
  }

}

register("pick-the-schedule", (root, data, { live }) => new PickTheSchedule(root, data, { live }));
