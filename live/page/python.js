// The interpreter as the page knows it: it starts, runs a cell at a time, stops, begins anew.

const PATIENCE = 120_000; // without a sign of life while it starts: then something holds it back that says nothing
const GRACE = 2500; // milliseconds to hear of Stop; a loop that switches no stack never hears of it

export class Python {
  // `files`: where its files are (see the worker). `changed(state)` hears of "loading", "ready", "running", "failed".
  constructor(files, changed) {
    Object.assign(this, { files, changed, state: "none", loaded: 0, asked: 0, why: null, heap: 0, toHear: GRACE });
    this.requests = new Map();
  }

  become(state) {
    this.state = state;
    this.changed(this);
  }

  // A promise that it is ready. After a failure it tries again.
  start() {
    if (!this.starting) {
      this.starting = this.files().then((files) => this.begin(files));
      this.starting.catch(() => {});
    }
    return this.starting;
  }

  begin(files) {
    this.loaded = 0;
    this.become("loading");
    return new Promise((resolve, reject) => {
      const fail = (kind, why) => {
        clearTimeout(this.patience);
        this.end();
        this.why = { kind, why };
        this.become("failed");
        reject(Object.assign(new Error(why), { kind }));
      };
      const wait = () => {
        clearTimeout(this.patience);
        this.patience = setTimeout(() => fail("silent", "no answer"), PATIENCE);
      };
      this.refuse = fail;
      try {
        this.worker = new Worker(files.worker);
      } catch (error) {
        return fail("policy", error.message);
      }
      this.worker.onerror = (event) => fail(this.loaded ? "broken" : "offline", event.message || "its program did not come");
      this.worker.onmessage = ({ data }) => {
        if (data.ready) {
          clearTimeout(this.patience);
          this.heap = data.heap;
          this.become("ready");
          resolve();
        } else if (data.failed) fail(data.failed, data.why);
        else if ("loaded" in data) {
          wait();
          this.loaded = data.loaded;
          this.changed(this);
        } else this.hear(data);
      };
      wait();
      this.worker.postMessage({ begin: files.begin }, files.transfer ?? []);
    });
  }

  hear(data) {
    if (data.request) {
      const { resolve, reject, part } = this.requests.get(data.request) ?? {};
      if ("part" in data) return part?.(data.part);
      this.requests.delete(data.request);
      if (data.error) reject?.(new Error(data.error));
      else resolve?.(data.packed);
    } else if ("switches" in data) this.running?.beat?.(data.switches);
    else if (data.done) {
      this.heap = data.heap;
      this.finish({ ...data.done, ms: data.ms });
    } else this.running?.put(data.kind, data.data);
  }

  finish(result) {
    clearTimeout(this.grace);
    const { resolve, asked } = this.running ?? {}; // who is asked to stop may still come to a good end: `explore` does
    this.running = null;
    if (this.state === "running") this.become("ready");
    resolve?.({ ...result, asked });
  }

  // Run a cell; `put(kind, data)` gets what it puts out, `beat(switches)` comes now and then while stacks are switched.
  run(cell, source, how, { put, beat }) {
    return new Promise((resolve) => {
      this.running = { cell, put, beat, resolve };
      this.become("running");
      this.worker.postMessage({ cell, source, how });
    });
  }

  // One more run of a figure.
  again(figure, values) {
    return new Promise((resolve, reject) => {
      this.requests.set(++this.asked, { resolve, reject });
      this.worker.postMessage({ request: this.asked, figure, values });
    });
  }

  // Have a list of events read, or ask about the one that was: live/python/diagnosing.py. `part(done)` hears how far it is.
  diagnose(wanted, part) {
    return new Promise((resolve, reject) => {
      this.requests.set(++this.asked, { resolve, reject, part });
      this.worker.postMessage({ request: this.asked, diagnose: wanted });
    });
  }

  // Ask it to stop, and if it does not hear, end it: its names are gone then. While it starts: stop that.
  stop() {
    if (this.state === "loading") return this.refuse("stopped", "stopped");
    if (!this.running) return;
    this.running.asked = true;
    this.worker.postMessage({ stop: true });
    clearTimeout(this.grace);
    this.grace = setTimeout(() => this.restart(), this.toHear);
  }

  restart() {
    this.end();
    this.finish({ ok: false, stopped: true, lost: true, ms: 0 });
    this.forgotten();
    return this.start();
  }

  end() {
    this.worker?.terminate();
    this.worker = this.starting = null;
    for (const { reject } of this.requests.values()) reject(new Error("Python was ended"));
    this.requests.clear();
  }

  forgotten() {} // the page's: all names are gone
}
