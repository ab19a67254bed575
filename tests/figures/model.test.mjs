// The model in Node: any step can be reached, the script says and holds what Python told, and pure drawing sums up.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { chainHolds, chainLayout, chainTable } from "../../kevent/figures/js/call_chain.js";
import { Player, Recording, amount, clock, fill, runName } from "../../kevent/figures/js/model.js";
import { Walk, reachable } from "../../kevent/figures/js/pick_the_schedule.js";

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

test("the chain's table lists what its state holds", () => {
  const recording = new Recording(figures["call-chain"], "0");
  const end = recording.state(recording.length);
  assert.equal(chainTable(end).rows.length, end.calls.length + end.objects.length);
  assert.ok(chainLayout(340, end).height > chainLayout(736, end).height);
});

test("the chain draws what was held at some step, also what was let go", () => {
  const recording = new Recording(figures["call-chain"], "1");
  const drawn = chainHolds(recording).map(String);
  const end = recording.state(recording.length).holds.map(String);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.ok(end.every((pair) => drawn.includes(pair)));
  assert.ok(drawn.length > end.length);
});

test("a walk through the graph ends in each outcome, and can be taken back", () => {
  const { start } = figures["pick-the-schedule"].runs["0"];
  const { graph } = start;
  assert.equal(reachable(graph)[graph.first].size, graph.outcomes.length);
  for (let wanted = 0; wanted < graph.outcomes.length; wanted++) {
    const walk = new Walk(graph, start, "");
    const reach = reachable(graph);
    while (walk.outcome() < 0) {
      const { fork } = walk.trail().forks.at(-1);
      const end = walk.recording().length;
      const option = fork.options.findIndex(([, , next]) => reach[next].has(wanted));
      assert.equal(walk.options(end).length, fork.options.length);
      walk.pick(end, option);
    }
    assert.equal(walk.outcome(), wanted);
    const recording = walk.recording();
    assert.ok(recording.sentence(recording.length).includes(graph.outcomes[wanted]));
    const picks = walk.picks.length;
    walk.pick(0, 0);
    assert.ok(walk.picks.length === 1 && picks > 1);
  }
});

function watch(length) {
  const timers = [];
  const shown = [];
  const recording = { length };
  const player = new Player(recording, (change) => shown.push([player.position, change.moved, player.playing]), {
    wait: (ms, go) => timers.push({ ms, go }) && timers.at(-1),
    stop: (timer) => timers.splice(timers.indexOf(timer), 1),
  });
  return { player, timers, shown, tick: () => timers.shift().go() };
}

test("play moves one step a tick and stops at the end", () => {
  const { player, timers, shown, tick } = watch(2);
  player.play();
  tick();
  assert.deepEqual(shown.at(-1), [1, true, true]);
  tick();
  assert.deepEqual(shown.at(-1), [2, false, false]);
  assert.equal(timers.length, 0);
  player.play();
  assert.equal(player.position, 0);
});

test("a pause forgets the next tick; stepping pauses; speed shortens the wait", () => {
  const { player, timers } = watch(9);
  player.speed = 4;
  player.play();
  assert.equal(timers[0].ms, 150);
  player.step(1);
  assert.deepEqual([player.playing, player.position, timers.length], [false, 1, 0]);
  player.go(99);
  assert.equal(player.position, 9);
  player.step(-1);
  assert.equal(player.position, 8);
});

test("only a single step is a movement", () => {
  const { player, shown } = watch(9);
  player.step(1);
  assert.equal(shown.at(-1)[1], true);
  player.go(5);
  assert.equal(shown.at(-1)[1], false);
  player.go(5);
  assert.equal(shown.length, 2);
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
