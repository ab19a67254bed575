// An exercise: the cell that a reader writes in, and the cell that checks it, which runs along.

import { seconds } from "./dom.js";
import { eraseAll, keep, typed } from "./kept.js";

export class Exercise {
  constructor(element, cells, page) {
    Object.assign(this, { element, page, name: element.dataset.exercise });
    [this.cell, this.check] = cells.filter((cell) => element.contains(cell.element));
    this.cell.exercise = this;
    this.check.checks = this;
    this.cell.opening = typed(page.places.page, this.name);
    this.kept = element.querySelector(".live-kept");
    this.tell(this.cell.opening !== undefined);
  }

  tell(is) {
    if (this.kept) this.kept.hidden = !is;
  }

  keep(text) {
    const changed = text.trim() !== this.cell.source.trim();
    keep(this.page.places.page, this.name, changed ? text : undefined);
    this.tell(changed);
  }

  // Erase what was typed in every exercise of the book.
  erase() {
    eraseAll();
    for (const exercise of this.page.exercises) {
      exercise.cell.reset();
      exercise.check.outputs?.back();
      exercise.tell(false);
    }
  }

  async run(python) {
    const result = await this.cell.run(python);
    if (!result.ok) return result;
    this.cell.say("checking …", "running");
    const checked = await this.check.run(python);
    const { right, begun } = this.check.outputs.verdict ?? {};
    if (!checked.ok) this.cell.say(checked.stopped ? "stopped" : "the check ended with an error", checked.stopped ? "stopped" : "wrong");
    else if (!begun) this.cell.say("not written yet", "ran");
    else this.cell.say(`${right ? "right" : "not right"}, ${seconds(checked.ms)}${right || !checked.line ? "" : `; line ${checked.line} ran last`}`, right ? "right" : "wrong");
    if (checked.ok && begun && !right) this.cell.editor?.blame(checked.line);
    this.check.outputs.pointed = (line) => this.cell.editor?.blame(line, "live-here-now");
    return checked;
  }
}
