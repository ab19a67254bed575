// What a cell puts out, as elements: each kind in the form that the stored outputs have.

import { clean, markdown } from "./clean.js";
import { h, s } from "./dom.js";
import { figure } from "./figure.js";
import { play } from "./play.js";

const LOOK = { stdout: "stream", stderr: "stream stderr", error: "traceback", plain: "text_plain" };

export class Outputs {
  // In the place of a cell's stored output, which is kept. `again(figure, values)` runs a figure once more.
  constructor(cell, again, places) {
    Object.assign(this, { again, places, ends: [] });
    this.element = cell.querySelector(".cell_output") ?? cell.appendChild(h("div", { class: "cell_output docutils container" }));
    this.stored = [...this.element.childNodes];
    this.before = told(this.stored);
  }

  clear() {
    this.ends.splice(0).forEach((end) => end());
    this.element.replaceChildren();
    this.said = [];
    this.last = this.verdict = null;
  }

  // The stored output again.
  back() {
    this.clear();
    this.element.append(...this.stored);
  }

  put(kind, data) {
    if (kind in LOOK) {
      if (this.last?.kind === kind && kind !== "plain") {
        this.last.pre.append(data);
        this.said[this.said.length - 1] += data;
        return;
      }
      const pre = h("pre", { tabindex: 0 }, data); // it scrolls where a phone is narrower than a line
      this.element.append(h("div", { class: `output ${LOOK[kind]} highlight-none notranslate` }, h("div", { class: "highlight" }, pre)));
      this.last = { kind, pre };
      this.said.push(data);
      return;
    }
    this.last = null;
    if (kind === "figure") {
      const given = JSON.parse(data);
      const box = h("div", { class: "output text_html" });
      this.element.append(box); // a figure looks how wide its place is
      this.ends.push(figure(box, given, this.again, this.places));
      this.said.push(canonical(given.data));
    } else {
      const verdict = kind === "verdict" ? JSON.parse(data) : null;
      const nodes = kind === "markdown" ? markdown(data) : clean(verdict?.html ?? data);
      const box = h("div", { class: "output text_html", tabindex: 0 }, nodes);
      this.said.push(words(box));
      if (verdict) {
        if (verdict.begun) {
          box.prepend(sign(verdict.right));
          box.classList.add("live-verdict");
        }
        box.dataset.right = verdict.right;
        this.verdict = verdict;
      }
      this.element.append(box);
      if (verdict?.begun && !verdict.right) {
        const stage = verdict.stage && ((place) => this.ends.push(figure(place, verdict.stage, this.again, this.places)));
        this.ends.push(play(box, verdict.lines, (line) => this.pointed?.(line), stage));
      }
    }
  }

  // Whether this is what was stored.
  get asStored() {
    const now = this.said.map((text) => text.trim());
    return now.length === this.before.length && now.every((text, i) => text === this.before[i]);
  }
}

// What is written there. Between blocks one has spaces where the other has none.
const words = (element) => element.textContent.replace(/\s+/g, "");

const canonical = (value) => JSON.stringify(value, (_, inner) =>
  (inner && typeof inner === "object" && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));

// What stored outputs say, piece by piece.
export function told(nodes) {
  return nodes.filter((node) => node.nodeType === Node.ELEMENT_NODE).map((node) => {
    const data = node.querySelector(".kevent-figure script[type='application/json']");
    if (data) return canonical(JSON.parse(data.textContent));
    const pre = node.matches(".stream, .text_plain") && node.querySelector("pre");
    return pre ? pre.textContent.trim() : words(node);
  });
}

// A tick in a box, a cross in a diamond: meaning has a shape.
function sign(right) {
  const draw = (...paths) => s("svg", { class: "live-sign", viewBox: "0 0 24 24", width: 24, height: 24, role: "img", "aria-label": right ? "right" : "not right" }, paths.map((d) => s("path", { d })));
  return right ? draw("M1.5 1.5h21v21h-21z", "M6.5 12.5l4 4 7-8") : draw("M12 1.5L22.5 12 12 22.5 1.5 12z", "M8.5 8.5l7 7M15.5 8.5l-7 7");
}
