import { Recording, fill } from "./model.js";

// A run as the stage tells it: a recording that knows its key steps, its causes, and its lines of code. Pure.

const PUT = new Set(["give", "offer", "drop", "drop everywhere", "insist", "insisted"]);
const IN = new Set(["queued", "hand over", "full", "admitted", "drop at once", "too late"]);
const TRIES = new Set(["sink retried", "sink pause"]);
const NEAREST = 3; // links of a chain that are shown at first
const HARM = new Set(["lost", "wait"]);

export class Story extends Recording {
  // `code` has `python`: functions by name, `go`: excerpts by symbol, `table`: for each moment its lines.
  constructor(packed, name, code) {
    super(packed, name);
    const run = packed.runs[name];
    this.code = code;
    this.moments = packed.moments ?? [];
    this.sources = packed.sources ?? {};
    this.start = run.start;
    this.shape = run.start.shape;
    this.release = run.release ?? ""; // what it answers like
    this.names = this.shape.watchers.map(([each]) => each);
    this.poster = (run.poster ?? this.length - 1) + 1;
    this.keys = Array.from({ length: this.length + 1 }, () => false);
    for (const step of run.keys ?? []) this.keys[step + 1] = true;
    this.people = new Set([...this.shape.senders, ...this.names]);
    this.actors = [this.start.who ?? ""]; // whose step each is, without building each state
    for (const [, , changes] of this.steps) {
      let who = this.actors.at(-1);
      for (let i = 0; i < changes.length; i += 2) if (changes[i] === "who") who = changes[i + 1];
      this.actors.push(who);
    }
    this.watchers = ["", ...this.steps.map(([, args]) => args.find((each) => this.names.includes(each)) ?? "")];
  }

  text(p) {
    return p ? this.texts[this.steps[p - 1][0]] : ["", this.opening];
  }

  kind(p) {
    return this.text(p)[2] ?? "";
  }

  args(p) {
    return p ? this.steps[p - 1][1] : [];
  }

  // The role of a step as it is shown: what is nothing else runs.
  look(p) {
    return p ? this.role(p) || "run" : "";
  }

  // The same step in a few words.
  brief(p) {
    return fill(this.text(p)[3] || this.text(p)[1], this.args(p));
  }

  branch(p) {
    return this.text(p)[4] ?? "";
  }

  // The watcher that a step is about, or "".
  watcher(p) {
    return this.watchers[p];
  }

  event(p) {
    return this.about(p)[0] ?? -1;
  }

  who(p) {
    return this.actors[p] || "loop";
  }

  isWarning(event) {
    return Boolean(this.start.events[event]?.[1]);
  }

  back(p, test) {
    while (p > 0 && !test(p)) p--;
    return p;
  }

  ahead(p, test) {
    for (; p <= this.length; p++) if (test(p)) return p;
    return 0;
  }

  // --- lines of code ---

  moment(p) {
    return p ? (this.steps[p - 1][5] ?? 0) - 1 : -1;
  }

  // The line that runs at a step and those that called it, as [where, number]; or why there is none.
  // The table says which release's lines of Go these are.
  lines(language, p) {
    const moment = this.moment(p);
    if (!p) return "The run has not begun.";
    if (moment < 0) return "No line runs here: the run is over, or a goroutine begins or ends.";
    if (!this.code) return "The lines of this run are not on this page.";
    const { python, go, at } = this.code.table;
    const release = at[this.release];
    const found = (language === "python" ? python : go[release])[moment];
    return found.length ? found : `client-go ${release} has no line for this step.`;
  }

  // How often each line runs, as "where:number". Who goes on after a wait is still in the same run of its line.
  counts(language, told = this.length) {
    const found = new Map();
    const waiting = new Map();
    for (let p = 1; p <= told; p++) {
      const lines = this.lines(language, p);
      if (typeof lines === "string") continue;
      const who = this.actors[p];
      const line = lines[0].join(":");
      if (waiting.get(who) !== line) found.set(line, (found.get(line) ?? 0) + 1);
      waiting.set(who, this.moments[this.moment(p)][1] === "blocked" ? line : "");
    }
    return found;
  }

  // --- causes ---

  // What led to a step, in the order in which it happened: [{ at, words, role, line }]. `earlier` counts what is left out.
  chain(p, all = false) {
    if (!p) return { links: [], earlier: 0 };
    const groups = [];
    for (let q = this.cause(p); q; q = this.cause(q)) {
      const key = TRIES.has(this.kind(q)) ? "tries" : this.kind(q);
      if (groups.at(-1)?.key === key) groups.at(-1).steps.push(q);
      else groups.push({ key, steps: [q] });
    }
    const causes = groups.flatMap(({ key, steps }) => (steps.length < 3 ? steps.map((q) => this.link(q)) : [this.fold(key, steps)]));
    const shown = all ? causes : causes.slice(0, NEAREST - 1);
    const links = [...shown].reverse();
    if (this.branch(p)) links.push({ at: p, role: "run", words: this.branch(p), line: true });
    links.push(this.link(p));
    return { links, earlier: causes.length - shown.length };
  }

  link(p) {
    return { at: p, role: this.look(p), words: this.brief(p), line: false };
  }

  fold(key, steps) {
    const tries = steps.filter((q) => this.kind(q) === "sink retried");
    const words = key === "tries" ? `${tries.length} tries fail` : `${steps.length} times: ${this.brief(steps[0])}`;
    return { at: (key === "tries" ? tries : steps).at(-1), role: this.look(steps[0]), words, line: false };
  }

  // --- the same place in another run ---

  anchor(p) {
    const kind = this.kind(p);
    return { group: PUT.has(kind) ? "put" : IN.has(kind) ? "in" : kind, event: this.event(p), watcher: this.watcher(p), time: this.time(p) };
  }

  find({ group, event, watcher, time }) {
    const about = (p) => event >= 0 && this.event(p) === event;
    const alike = (p) => this.watcher(p) === watcher && this.event(p) === event && this.anchor(p).group === group;
    return (
      this.ahead(1, (p) => alike(p) && (event >= 0 || this.time(p) >= time)) ||
      this.ahead(1, (p) => about(p) && this.time(p) >= time) ||
      this.ahead(1, (p) => this.time(p) >= time) ||
      this.length
    );
  }

  // Whether anything was lost at the incoming queue.
  get losesInFront() {
    return this.start["x:"].length > 0 || this.steps.some(([, , changes]) => changes.includes("+x:"));
  }

  // --- the time line ---

  // The queue that is hit worst: its depth is drawn behind the time line.
  get seen() {
    const harm = (name) => this.watchers.filter((each, p) => each === name && HARM.has(this.role(p))).length;
    return [...this.names].sort((a, b) => harm(b) - harm(a))[0];
  }

  // How many are in a queue after each step, without building each state.
  depths(name) {
    const key = `q:${name}`;
    let depth = this.start[key].length;
    return [depth, ...this.steps.map(([, , changes]) => {
      for (let i = 0; i < changes.length; i += 2) {
        if (changes[i] === `+${key}`) depth++;
        else if (changes[i] === `-${key}`) depth -= Math.min(depth, changes[i + 1]);
        else if (changes[i] === key) depth = changes[i + 1].length;
      }
      return depth;
    })];
  }
}

// Two runs on one playhead: equal steps go together, then time decides. track[i] has the step of each; they part at fork.
export function align(a, b) {
  const track = [[0, 0]];
  let [i, j, fork] = [0, 0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [i < a.length ? a.time(i + 1) : Infinity, j < b.length ? b.time(j + 1) : Infinity];
    const together = left === right;
    if (together && a.sentence(i + 1) === b.sentence(j + 1)) {
      i++;
      j++;
    } else {
      fork ||= track.length;
      if (left <= right) i++;
      if (left >= right) j++;
    }
    track.push([i, j]);
  }
  return { track, fork };
}
