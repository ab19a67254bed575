// The page's Python, in a line at the foot of the window: what it does, and the two things to do about it.

import { h } from "./dom.js";

export class Dock {
  constructor(page) {
    this.page = page;
    this.words = h("span", {});
    this.bar = h("i", {});
    this.button = h("button", { type: "button", onclick: () => this.press() });
    this.element = h("aside", { class: "live-dock", "aria-label": "Python in this page" }, this.words, h("span", { class: "live-part", "aria-hidden": "true" }, this.bar), this.button);
  }

  loading({ loaded }) {
    const all = this.page.places.megabytes;
    return loaded < 1 ? `${(loaded * all).toFixed(1)} of ${all} MB` : `${all} MB are here; Python starts`;
  }

  show(python) {
    if (!this.element.isConnected) (document.querySelector("main") ?? document.body).append(this.element);
    this.element.dataset.state = python.state;
    this.words.textContent = {
      loading: () => `Python comes: ${this.loading(python)}`,
      ready: () => "Python is ready",
      running: () => "Python runs",
      failed: () => "No Python",
    }[python.state]();
    this.bar.style.width = `${100 * (python.state === "loading" ? python.loaded : 0)}%`;
    this.button.textContent = { loading: "Stop", running: "Stop", ready: "Restart", failed: "Try again" }[python.state];
  }

  press() {
    const { python } = this.page;
    if (python.state === "loading" || python.state === "running") this.page.stop();
    else if (python.state === "failed") python.start().catch(() => {});
    else this.page.restart().catch(() => {});
  }
}
