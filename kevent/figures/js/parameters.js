import { anyNumber, choices, shown } from "./controls.js";
import { h, setText } from "./dom.js";

// The parameters of a figure: what a reader may choose, and the runs that Python is asked for.

const WORDS = 26; // letters of all values of a parameter, up to which they stand side by side

// One parameter: its values side by side, or as a list if they are many letters; in a notebook any other number, too.
// `chosen(value)` and `pick(value)` are the figure's, `more` further choices, `others` what else can be run, and `groups`
// gets what is to be kept in step.
export function parameter({ label, values }, { value, chosen, pick, groups, live, more = [], others = [] }) {
  const numbers = values.every((each) => typeof each === "number");
  const order = numbers ? [...values].sort((a, b) => a - b) : [...values, ...others];
  const free = live && numbers ? anyNumber(label, values[0], values.every(Number.isInteger), pick) : "";
  const name = h("span", { class: "ks-label" }, label);
  const beside = !others.length && (more.length || order.map(shown).join("").length <= WORDS);
  const buttons = choices(label, [...(beside ? order.map((each) => [each, shown(each)]) : []), ...more], chosen, pick);
  groups.push(buttons);
  const list = beside ? "" : h("select", { "aria-label": label, onchange: ({ target }) => pick(order[target.value]) }, order.map((each, n) => h("option", { value: n, selected: each === value }, shown(each))));
  return h("div", { class: "ks-parameter" }, name, list, beside || more.length ? buttons : "", free);
}

// The Python behind a notebook. Of several requests the newest counts.
export class Kernel {
  // live(values) is a promise of { packed, lines }; `note` is where it is said how things stand.
  constructor(live, note) {
    Object.assign(this, { live, note, asked: 0 });
  }

  // Run other values; what comes is shown, or why nothing does.
  async run(values, show) {
    const asked = ++this.asked;
    setText(this.note, "Python is running this now …");
    const found = await this.live(values).catch((error) => ({ error }));
    if (asked !== this.asked) return;
    setText(this.note, found.error ? `Python could not run this: ${found.error.message}` : "Python ran this just now");
    if (!found.error) show(found);
  }

  // What is on its way comes too late.
  forget() {
    this.asked++;
    setText(this.note, "");
  }
}
