import { h, s } from "./dom.js";

// What a step is in an event's life, everywhere the same: a colour and always a shape. Red is lost, and nothing else.

export const GLYPHS = {
  lost: "M-4-4L4 4M4-4L-4 4",
  wait: "M-2.5-4V4M2.5-4V4",
  done: "M-4.5 0L-1.5 3.5L4.5-4",
  run: "M-3-4.5L4 0L-3 4.5Z",
};

export const glyph = (role) =>
  h("span", { class: "kp-glyph", "data-role": role, "aria-hidden": "true" }, s("svg", { viewBox: "-7 -7 14 14", width: 14, height: 14 }, s("path", { d: GLYPHS[role] })));

// An event in running text: its number in its shape.
export const token = (number, warning, role = "") =>
  h("span", { class: "kp-event", "data-event": number, "data-kind": warning ? "warning" : "normal", "data-role": role || null }, h("span", {}, number));

// One line that says what colours and shapes mean: [what, word], where what is a role, "event", "warning" or an element.
export const legend = (entries) =>
  h("p", { class: "kp-legend" }, entries.map(([what, word]) =>
    h("span", {}, typeof what !== "string" ? what : what === "event" || what === "warning" ? token("", what === "warning") : glyph(what), word)));
