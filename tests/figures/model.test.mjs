// The model in Node: any step can be reached, the script says and holds what Python told, and pure drawing sums up.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Recording, amount, clock, fill, runName } from "../../kevent/figures/js/model.js";

const [figures, told] = JSON.parse(readFileSync(process.env.KEVENT_FIGURES, "utf8"));

for (const [kind, figure] of Object.entries(figures)) {
  for (const name of Object.keys(figure.runs)) {
    test(`${kind} ${name}: the script says what Python told, at every step`, () => {
      const recording = new Recording(figure, name);
      assert.equal(recording.length, told[kind][name].length);
      told[kind][name].forEach(([sentence, state], i) => {
        assert.equal(recording.sentence(i + 1), sentence);
        assert.deepEqual(recording.state(i + 1), state);
      });
    });
  }
}

test("any step is reached directly, and nothing reaches back", () => {
  const name = Object.keys(figures["event-flow"].runs)[0];
  const walked = new Recording(figures["event-flow"], name);
  const start = JSON.stringify(walked.state(0));
  const states = Array.from({ length: walked.length + 1 }, (_, i) => JSON.stringify(walked.state(i)));
  assert.equal(JSON.stringify(walked.state(0)), start);
  states.forEach((state, i) => assert.equal(JSON.stringify(walked.state(i)), state, `state ${i} was changed later`));
  const jumped = new Recording(figures["event-flow"], name);
  for (const i of [walked.length, 3, 40, 0, 7]) assert.equal(JSON.stringify(jumped.state(i)), states[i]);
});

test("every event's life begins with being handed in and holds all that is about it", () => {
  const recording = new Recording(figures["event-flow"], "0,0,0");
  recording.state(0).events.forEach((_, event) => {
    const life = recording.life(event);
    assert.match(recording.sentence(life[0]), /hands? in event|wants to hand in/);
    for (const position of life) assert.ok(recording.about(position).includes(event));
  });
});

test("a drop's cause is the step that filled the queue", () => {
  const recording = new Recording(figures["event-flow"], "0,0,0");
  const drop = Array.from({ length: recording.length }, (_, i) => i + 1).find((i) => recording.role(i) === "lost");
  assert.match(recording.sentence(recording.cause(drop)), /2 of 2 places taken/);
});

test("parameters pick a stored run or none", () => {
  const parameters = [{ values: [1, 2] }, { values: ["wait", "drop"] }];
  assert.equal(runName(parameters, [2, "wait"]), "1,0");
  assert.equal(runName(parameters, [3, "wait"]), null);
  assert.equal(runName([], []), "0");
});

test("what is filled in is not filled again", () => {
  assert.equal(fill("{0} and {1}", ["{1}", "b"]), "{1} and b");
  assert.equal(fill("{0}", ["$&"]), "$&");
});

test("numbers as a reader wants them", () => {
  assert.deepEqual([0, 1, 25, -2, 0.1, 0.02, 1 / 3].map(amount), ["0", "1", "25", "-2", "0.1", "0.02", "1/3"]);
  assert.deepEqual([1 / 300, 1 / 60, 0.01666, 2 / 3, Math.PI].map(amount), ["1/300", "1/60", "0.0167", "0.667", "3.14"]);
});

test("times as a reader wants them", () => {
  assert.deepEqual([0, 412000, 10e6, 125e6, 600e6].map(clock), ["0 s", "0.412 s", "10 s", "2 min 5 s", "10 min"]);
});
