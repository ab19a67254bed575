// A packed run, unpacked step by step. Pure: no document, no clock.
// Position 0 is the start, position i the state after step i.

export class Recording {
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

  // What each event says, by its number.
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

  role(position) {
    return position ? this.texts[this.steps[position - 1][0]][0] : "";
  }

  about(position) {
    return (position && this.steps[position - 1][3]) || [];
  }

  // What a step is, beside its numbers: the event that it is about; or its kind, with who takes it or whom it calls.
  what(position) {
    if (!position) return "";
    const [text, args] = this.steps[position - 1];
    const about = this.about(position);
    return JSON.stringify(about.length ? about : [this.texts[text][2] ?? text, this.state(position).who ?? args]);
  }

  // Where another run is at the same: its step that is the same for the so-many-th time. Else where it is at that time,
  // or, if no time passes in it, as far. Gives [position, whether it is the same].
  find(other, at) {
    const times = Array.from({ length: at }, (_, i) => other.what(i + 1)).filter((what) => what === other.what(at)).length;
    let left = times;
    for (let i = 1; i <= this.length; i++) if (this.what(i) === other.what(at) && --left === 0) return [i, true];
    if (!at) return [0, true];
    if (at === other.length) return [this.length, false];
    const next = this.times.findIndex((time) => time >= other.time(at));
    return [this.times.at(-1) ? (next < 0 ? this.length : next + 1) : Math.min(at, this.length), false];
  }

  // The position of the step that explains this one, or 0.
  cause(position) {
    const back = position ? this.steps[position - 1][4] : 0;
    return back ? position - back : 0;
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

export function fill(text, args) {
  return text.replace(/\{(\d)\}/g, (_, number) => args[number]);
}

// Microseconds as a reader wants them.
export function clock(time) {
  const seconds = Math.round(time / 1000) / 1000;
  if (seconds < 120) return `${seconds} s`;
  const whole = Math.round(seconds);
  return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}

// A number as a reader wants it: one part of 300 is "1/300", not 0.00333.
export function amount(value) {
  const short = Number(value.toPrecision(3));
  const parts = Math.round(1 / value);
  return short !== value && parts > 1 && Math.abs(1 / value - parts) < 1e-9 * parts ? `1/${parts}` : String(short);
}

// The parameters of a figure pick one of the stored runs; null if this point was not recorded.
export function runName(parameters, values) {
  const places = parameters.map(({ values: stored }, i) => stored.indexOf(values[i]));
  return places.includes(-1) ? null : places.join(",") || "0";
}
