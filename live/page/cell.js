// A cell of the page: its code, the buttons under it, what it puts out.

import { seconds } from "./dom.js";
import { Outputs } from "./outputs.js";

export class Cell {
  constructor(element, number, page) {
    Object.assign(this, { element, number, page, ran: null, named: null, figure: null });
    this.code = element.querySelector(".cell_input .highlight");
    this.source = this.code.querySelector("pre").textContent.replace(/\n$/, "");
    this.bar = element.querySelector(".live-bar");
    this.elsewhere = Boolean(this.bar?.dataset.elsewhere); // it cannot run here
    this.minute = Number(this.bar?.dataset.seconds ?? 0); // how long it takes here, if long
    this.status = this.bar?.querySelector(".live-status");
  }

  get text() {
    return this.editor ? this.editor.text.replace(/\n$/, "") : this.source;
  }

  // Whether it has run as it stands now.
  get done() {
    return this.ran !== null && this.ran === this.text;
  }

  button(name) {
    return this.bar?.querySelector(`[data-live-press="${name}"]`);
  }

  say(text, state = "") {
    if (!this.status || this.elsewhere) return; // where it cannot run its line goes on saying why
    this.status.textContent = text;
    this.bar.dataset.state = state;
  }

  // The button that runs it stops it, too.
  busy(is) {
    const button = this.button("run") ?? this.button("stop");
    if (!button) return;
    button.dataset.livePress = is ? "stop" : "run";
    button.textContent = is ? "Stop" : this.exercise ? "Run and check" : "Run";
    button.setAttribute("aria-label", `${button.textContent} ${this.called}`);
  }

  get called() {
    return this.exercise ? "the exercise" : `cell ${this.number}`;
  }

  // `aside` leaves what it shows: then its figure is only to be asked.
  async run(python, { aside = false } = {}) {
    const text = this.text;
    if (this.elsewhere) {
      const result = await this.name(python);
      this.ran = text;
      return result;
    }
    this.outputs ??= new Outputs(this.element, (figure, values) => python.again(figure, values), this.page.places);
    if (!aside) this.outputs.clear();
    this.editor?.blame(null);
    this.switches = 0;
    this.began = performance.now();
    const clock = setInterval(() => this.progress(), 250);
    this.progress();
    const result = await python.run(this.number, text, this.exercise ? "attempt" : "", {
      put: (kind, data) => {
        if (kind === "figure") this.figure = JSON.parse(data).number;
        if (!aside) this.outputs.put(kind, data);
      },
      beat: (switches) => { this.switches = switches; },
    });
    clearInterval(clock);
    this.ran = result.ok ? text : null;
    if (result.stopped) {
      if (result.lost) this.outputs.put("error", "Stopped. Python did not hear it and was ended; a new one begins without names.\n");
      this.say("stopped", "stopped");
    } else if (!result.ok) this.say(`ended with an error after ${seconds(result.ms)}`, "wrong");
    else if (result.asked) this.say(`stopped after ${seconds(result.ms)}; what it found stays`, "stopped");
    else this.say(aside ? `run here, ${seconds(result.ms)}; other values run here, too` : this.summary(text, result), "ran");
    if (result.line) this.editor?.blame(result.line);
    return result;
  }

  // What it imports and defines, and nothing that it does.
  async name(python) {
    const text = this.text;
    if (this.named === text) return { ok: true };
    this.named = text;
    return python.run(this.number, text, "names", { put() {} });
  }

  progress() {
    const past = performance.now() - this.began;
    const turns = this.switches > 5000 ? `, ${this.switches.toLocaleString("en")} turns taken` : "";
    const rest = this.minute ? ` of about ${this.minute} s` : "";
    this.say(past < 950 && !this.minute ? "running …" : `running, ${Math.floor(past / 1000)} s${rest}${turns}`, "running");
    this.bar?.style.setProperty("--part", this.minute ? Math.min(past / 1000 / this.minute, 1) : 0);
  }

  summary(text, { ms }) {
    const time = seconds(ms);
    if (!this.outputs.before.length) return `run here, ${time}`; // nothing is stored to compare it with
    if (text !== this.source) return `run here, your version, ${time}`;
    return `run here, ${time}: ${this.outputs.asStored ? "as stored" : "changed"}`;
  }

  async edit() {
    if (this.editor) return this.editor.focus();
    await this.page.editing();
    if (this.editor) return this.editor.focus();
    const place = document.createElement("div");
    place.className = "live-editor";
    this.code.before(place);
    this.code.hidden = true;
    this.element.querySelector("details.folded")?.setAttribute("open", "");
    this.editor = globalThis.keventEditor(place, this.opening ?? this.source, `Python of ${this.called}. Escape, then Tab, leaves the editor.`, {
      run: () => this.page.run(this),
      changed: (now) => this.changed(now),
    });
    this.place = place;
    const reset = this.button("reset");
    if (reset) reset.hidden = false;
    this.editor.focus();
  }

  changed(now) {
    this.exercise?.keep(now);
  }

  // The book's code and output again.
  reset() {
    this.editor?.end();
    this.place?.remove();
    this.editor = this.place = null;
    this.opening = undefined;
    this.code.hidden = false;
    this.outputs?.back();
    const reset = this.button("reset");
    if (reset) reset.hidden = true;
    this.say(this.exercise ? "" : this.bar?.dataset.stored ?? "");
    this.button("edit")?.focus();
  }

  async copy() {
    const button = this.button("copy");
    try {
      await navigator.clipboard.writeText(this.text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // All names are gone: it has to run again.
  forget() {
    this.ran = this.named = this.figure = null;
  }
}
