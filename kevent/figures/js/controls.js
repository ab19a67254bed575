import { h, s, setAttribute } from "./dom.js";
import { amount } from "./model.js";

// What the reader presses: a row of choices, a round button, the values of a parameter.

const ICONS = {
  back: "M13 4L7 10L13 16",
  play: "M6 4L16 10L6 16Z",
  pause: "M5 4H8V16H5ZM12 4H15V16H12Z",
  forward: "M7 4L13 10L7 16",
};

export const shown = (value) => (typeof value === "number" ? amount(value) : typeof value === "boolean" ? (value ? "yes" : "no") : String(value));

// Choices side by side: [value, word, title, what a voice says]. `chosen(value)` says which are; `sync` shows it.
export function choices(label, options, chosen, pick) {
  const group = h("div", { class: "kp-choices", role: "group", "aria-label": label },
    options.map(([value, word, title, said]) => h("button", { type: "button", title, "aria-label": said, "data-value": value, onclick: () => pick(value) }, word)));
  group.sync = () => [...group.children].forEach((button, i) => setAttribute(button, "aria-pressed", Boolean(chosen(options[i][0]))));
  return group;
}

export const round = (name, label, title, press) =>
  h("button", { type: "button", class: `kp-round kp-${name}`, title, "aria-label": label, onclick: press },
    s("svg", { viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" }, s("path", { d: ICONS[name] })));

export function setIcon(button, name) {
  setAttribute(button.querySelector("path"), "d", ICONS[name]);
  setAttribute(button, "aria-label", name);
}

// Any number, for whoever has a Python behind the page. Enter and leaving the field both mean it.
export function anyNumber(label, value, whole, pick) {
  let typed = false; // Enter and the change that follows are one wish
  const commit = ({ target }) => {
    if (typed && target.value !== "") pick(target.valueAsNumber);
    typed = false;
  };
  return h("input", { type: "number", step: whole ? 1 : "any", value, "aria-label": `${label}: any number`, title: "Python runs it",
    oninput: () => (typed = true), onchange: commit, onkeydown: (event) => event.key === "Enter" && commit(event) }); // JupyterLab keeps Enter from becoming a change
}
