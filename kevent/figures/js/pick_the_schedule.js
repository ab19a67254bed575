import { fit, h, setAttribute, setText } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Recording } from "./model.js";

// PickTheSchedule: the reader walks through the graph of all schedules. The walk is a recording that grows.

// --- Pure ---

export class Walk {
  constructor(graph, start, opening) {
    this.graph = graph;
    this.start = start;
    this.opening = opening;
    this.picks = [];
  }

  // The forks passed, with the position at which each stands; the last is where the walk has come to.
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

  // The fork that a position stands at or has passed last.
  at(position) {
    return this.trail().forks.findLastIndex((each) => each.position <= position);
  }

  // Where that fork is.
  place(position) {
    return this.trail().forks[Math.max(0, this.at(position))].position;
  }

  options(position) {
    const { fork } = this.trail().forks[Math.max(0, this.at(position))];
    return (fork.options ?? []).map(([label]) => this.graph.labels[label]);
  }

  // Pick an option at the fork of a position; what was walked beyond it is forgotten.
  pick(position, option) {
    const index = Math.max(0, this.at(position));
    this.picks = [...this.picks.slice(0, index), option];
  }

  outcome() {
    const { end } = this.trail().forks.at(-1).fork;
    return end ?? -1;
  }
}

// Which outcomes can still be reached from each fork: so that a hint can be given.
export function reachable(graph) {
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

export function pickTable(state) {
  const rows = state.goroutines.map((name) => [name, state[`g:${name}`][1]]);
  for (const name of state.levels) if (state[`l:${name}`] !== "") rows.push([name, state[`l:${name}`]]);
  return { columns: ["what", "now"], rows };
}

// --- Drawing ---

export class PickTheSchedule extends Drawing {
  static table = pickTable;
  static stored = "The stored graph of every order is shown";

  constructor(stage, frame) {
    super(stage, frame);
    this.choices = h("div", { class: "kf-choices", role: "group", "aria-label": "Who goes next?" });
    this.found = h("div", { class: "kf-found", role: "status" });
    stage.parentNode.after(h("div", { class: "kf-pick" }, this.choices, this.found));
  }

  // What comes from Python has no steps: only the graph. The walk makes the recording.
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

  // Take the first option until something ends.
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
