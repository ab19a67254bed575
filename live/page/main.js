// A page whose cells run. Loaded when the first button is pressed.

import { Cell } from "./cell.js";
import { Dock } from "./dock.js";
import { script } from "./dom.js";
import { Exercise } from "./exercise.js";
import { Places } from "./places.js";
import { Python } from "./python.js";
import { Scratch } from "./scratch.js";
import { because } from "./words.js";

class Page {
  constructor(given, here) {
    this.places = new Places(given, here);
    this.cells = [...document.querySelectorAll(".cell")].filter((element) => element.querySelector(".cell_input pre")).map((element, i) => new Cell(element, i + 1, this));
    this.exercises = [...document.querySelectorAll(".exercise[data-exercise]")].map((element) => new Exercise(element, this.cells, this));
    const scratch = this.cells.find((cell) => cell.element.classList.contains("tag_scratch"));
    this.scratch = scratch && new Scratch(scratch);
    this.python = new Python(() => this.places.files(), () => this.show());
    this.python.forgotten = () => this.cells.forEach((cell) => cell.forget());
    this.dock = new Dock(this);
    this.queue = Promise.resolve();
    this.waiting = new Set();
  }

  show() {
    this.dock.show(this.python);
    for (const cell of this.waiting) if (this.python.state === "loading") cell.say(this.dock.loading(this.python), "loading");
  }

  press(button) {
    const element = button.closest(".cell") ?? button.closest(".exercise");
    const exercise = this.exercises.find((each) => each.element.contains(button));
    const cell = this.cells.find((each) => each.element === element) ?? exercise?.cell;
    const acts = {
      run: () => this.run(cell),
      stop: () => this.stop(),
      edit: () => cell.edit(),
      reset: () => (cell.exercise?.keep(cell.source), cell.reset(), exercise?.check.outputs?.back()),
      copy: () => cell.copy(),
      erase: () => exercise.erase(),
      show: () => this.scratch.show(),
      link: () => this.scratch.link(),
      example: () => this.scratch.write(button.value),
    };
    return acts[button.dataset.livePress]()?.catch?.((error) => cell?.say(error.message, "wrong"));
  }

  editing() {
    return script(this.places.asset(this.places.editor));
  }

  // A stored figure at values that nobody recorded. Its cell runs, and the figure stays where it is, with its step.
  async other(element, values) {
    const cell = this.cells.find((each) => each.element.contains(element));
    if (!cell.done || cell.figure === null) await this.run(cell, { aside: true });
    if (cell.figure === null) throw new Error(cell.status?.textContent || "its cell made no figure");
    return this.python.again(cell.figure, values);
  }

  // Run a cell, and first those above it that have not run; an exercise needs no more of them than their names. One at a time.
  run(cell, how = {}) {
    if (this.waiting.has(cell)) return this.queue;
    this.waiting.add(cell);
    cell.busy(true);
    cell.say("waits …", "waiting");
    const turn = this.queue.then(() => this.take(cell, how));
    this.queue = turn.catch(() => {});
    return turn;
  }

  async take(cell, how) {
    try {
      if (!this.waiting.has(cell)) return cell.say("stopped", "stopped");
      if (cell.exercise) await cell.edit();
      await this.python.start();
      const above = this.cells.slice(0, cell.number - 1).filter((each) => !each.done);
      for (const [i, each] of above.entries()) {
        if (!cell.exercise) cell.say(`first runs the cells above: ${i + 1} of ${above.length}`, "running");
        const result = await (cell.exercise ? each.name(this.python) : each.run(this.python));
        if (!result.ok) {
          cell.say(result.stopped ? "stopped, in a cell above" : `did not run: cell ${each.number}, above, ended with an error`, "wrong");
          return result;
        }
        if (!this.waiting.has(cell)) return cell.say("stopped", "stopped");
      }
      return await (cell.exercise ?? cell).run(this.python, how);
    } catch (error) {
      cell.say(because(error, this.places), error.kind === "stopped" ? "stopped" : "failed");
      return null;
    } finally {
      this.waiting.delete(cell);
      cell.busy(false);
    }
  }

  // Run all cells, from the top.
  async runAll() {
    for (const cell of this.cells) if (!cell.checks) await this.run(cell);
  }

  stop() {
    for (const cell of this.waiting) if (this.python.running === null) cell.say("stopped", "stopped");
    this.waiting.clear();
    this.python.stop();
  }

  restart() {
    this.waiting.clear();
    return this.python.restart();
  }
}

globalThis.keventLive = (given, here) => (globalThis.keventPage ??= new Page(given, here));
