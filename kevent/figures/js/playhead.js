// Where a figure stands, and how it plays. Pure but for the clock it is given: `frame(go)` calls go(milliseconds) soon.
// Some steps are key steps: by them alone the story can be followed. In play they share about seven seconds; the steps
// between them pass quickly, so that nothing jumps.

const SPAN = 6800; // milliseconds for a run in key steps
const PASSING = 14; // at most, for a step that is passed
const PACE = 420; // for a step when every one is shown

export class Playhead {
  // show({ moved, fast }): moved is a step to be drawn as a movement, fast one that is only passed.
  constructor(show, frame, quiet = () => false) {
    Object.assign(this, { show, frame, quiet, keysOnly: true, playing: false, at: 0, end: 0, keys: [], fresh: true, known: Infinity });
  }

  // Stand at a step, for a reader who bets on what comes next: what is behind the last known step, no view tells.
  // Whoever goes there himself knows it.
  bet(at) {
    this.at = this.known = at;
    this.fresh = false;
    this.show({});
  }

  // The bet is made: all is known, and this step decides it.
  tell(at) {
    this.pause();
    this.known = Infinity;
    if (at === this.at) this.show({});
    else this.go(at, { moved: true });
  }

  // keys[i] says whether step i is one; a figure opens at its poster, and plays from the start the first time.
  load(end, keys, at, fresh) {
    Object.assign(this, { end, keys, at, fresh, known: Number.isFinite(this.known) ? at : Infinity });
    this.stops = keys.flatMap((key, i) => (key ? [i] : []));
  }

  go(i, { moved = false, fast = false } = {}) {
    const target = Math.max(0, Math.min(this.end, i));
    if (target === this.at) return;
    this.at = target;
    this.known = Math.max(this.known, target);
    this.fresh = false;
    this.show({ moved, fast });
  }

  // The place one step further, or back: of the key steps, or of all.
  next(direction, all = !this.keysOnly) {
    if (all) return this.at + direction;
    const found = direction > 0 ? this.stops.find((i) => i > this.at) : this.stops.findLast((i) => i < this.at);
    return found ?? (direction > 0 ? this.end : 0);
  }

  step(direction, all) {
    this.pause();
    this.go(this.next(direction, all), { moved: true });
  }

  jump(i, moved = false) {
    this.pause();
    this.go(i, { moved });
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.show({});
  }

  isStop(i) {
    return !this.keysOnly || this.keys[i] || i === this.end;
  }

  // When each step from here to the end is due, in milliseconds after the start.
  plan() {
    const passed = this.end - this.stops.length;
    const passing = Math.min(PASSING, 2200 / (passed || 1));
    const pace = this.keysOnly ? Math.max(150, Math.min(900, (SPAN - passed * passing) / (this.stops.length || 1))) : PACE;
    const due = [];
    due[this.at] = 250;
    for (let i = this.at; i < this.end; i++) due[i + 1] = due[i] + (this.isStop(i) && i ? pace : passing);
    return due;
  }

  play() {
    if (this.at === this.end || this.fresh) this.at = 0;
    this.playing = true;
    this.fresh = false;
    this.show({});
    const due = this.plan();
    const run = (this.running = {}); // a pause and a new start meanwhile make this one stop
    let began;
    const tick = (now) => {
      if (!this.playing || this.running !== run) return;
      began ??= now;
      // Who is late skips steps, never a key step.
      let to = this.at;
      while (to < this.end && due[to + 1] <= now - began) if (this.isStop(++to)) break;
      if (to !== this.at && (this.isStop(to) || !this.quiet())) this.go(to, { moved: true, fast: !this.isStop(to) });
      if (this.at >= this.end) this.pause();
      else this.frame(tick);
    };
    this.frame(tick);
  }
}

// Plays only what is seen, and says when its element has another size. Gives what ends that.
export function watch(element, playhead, resize) {
  const hide = () => document.hidden && playhead.pause();
  const seen = new IntersectionObserver(([entry]) => entry.isIntersecting || playhead.pause());
  const sized = new ResizeObserver(resize);
  document.addEventListener("visibilitychange", hide);
  seen.observe(element);
  sized.observe(element);
  return () => {
    seen.disconnect();
    sized.disconnect();
    document.removeEventListener("visibilitychange", hide);
  };
}
