import { fit, s, setAttribute } from "./dom.js";

// What all drawings share: one is drawn anew for each recording and each width, then shown position by position.
// A drawing has draw(width), which returns its height, and show(position, { moved, followed }).
export class Drawing {
  constructor(stage, frame) {
    this.stage = stage;
    this.frame = frame;
    this.load();
  }

  get recording() {
    return this.frame.recording;
  }

  // The frame has another recording.
  load() {
    this.width = 0;
  }

  resize(width) {
    if (width === this.width) return;
    this.width = width;
    this.svg = s("svg", { width, role: "img" });
    this.stage.replaceChildren(this.svg); // first: a text must be on the page to be measured
    const height = this.draw(width);
    setAttribute(this.svg, "height", height);
    setAttribute(this.svg, "viewBox", `0 0 ${width} ${height}`);
  }

  text(look, x, y, text = "", anchor = "start") {
    const element = s("text", { class: look, x, y, "text-anchor": anchor }, text);
    this.svg.append(element);
    return element;
  }

  // A goroutine: its name, and below it what it is doing.
  box({ x, y, width, height }, name, left = 12, right = 6) {
    const frame = s("rect", { class: "kf-box", x, y, width, height, rx: 6 }, s("title", {}, name));
    this.svg.append(frame);
    const room = width - left - right;
    fit(this.text("kf-name", x + left, y + height / 2 - 4), name, width - left - 6);
    return { name, frame, room, status: this.text("kf-small", x + left, y + height / 2 + 13) };
  }
}
