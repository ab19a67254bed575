// The schedule and the call chain in Node: walks, the tree of all schedules, routes that cross no box.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { chainFate, chainHolds, chainPlaces, chainRoutes, chainSpans, chainTable } from "../../kevent/figures/js/call_chain.js";
import { Recording } from "../../kevent/figures/js/model.js";
import { Walk, depths, lens, neighbour, partName, passed, pickTable, reason, treeOf } from "../../kevent/figures/js/pick_the_schedule.js";

const [figures] = JSON.parse(readFileSync(process.env.KEVENT_FIGURES, "utf8"));
const { start } = figures["pick-the-schedule"].runs["0"];
const { graph } = start;
const [total] = graph.below[graph.first];

function reachable() {
  const known = [];
  graph.forks.forEach(({ end, options }, number) => (known[number] = new Set(end !== undefined ? [end] : options.flatMap(([, , to]) => [...known[to]]))));
  return known;
}

function ended(wanted) {
  const walk = new Walk(graph, start, "");
  const reach = reachable();
  while (walk.outcome() < 0) {
    const { fork, position } = walk.trail().forks.at(-1);
    walk.pick(position, fork.options.findIndex(([, , next]) => reach[next].has(wanted)));
  }
  return walk;
}

test("a walk ends in each outcome, says so, and can be taken back", () => {
  graph.outcomes.forEach((outcome, wanted) => {
    const walk = ended(wanted);
    assert.equal(walk.outcome(), wanted);
    const recording = walk.recording();
    assert.ok(recording.sentence(recording.length).includes(outcome));
    assert.deepEqual(walk.options(recording.length), []);
    const { length } = walk.picks;
    walk.pick(walk.trail().forks[0].position, 0);
    assert.ok(walk.picks.length === 1 && length > 1);
  });
});

test("there is a choice at a fork and nowhere else, each with an owner and its odds", () => {
  const walk = ended(0);
  const forks = new Set(walk.trail().forks.slice(0, -1).map(({ position }) => position));
  for (let i = 0; i <= walk.recording().length; i++) {
    const options = walk.options(i);
    assert.equal(options.length > 1, forks.has(i));
    for (const { owner, schedules, bad } of options) assert.ok(start.goroutines.includes(owner) && schedules >= bad);
  }
  const [first] = walk.trail().forks;
  const options = walk.options(first.position);
  assert.equal(options.reduce((sum, { schedules }) => sum + schedules, 0), total);
});

test("leaves and wedges are all schedules, side by side, whatever was tried", () => {
  const tried = new Set();
  for (let n = -1; n < graph.outcomes.length; n++) {
    if (n >= 0) ended(n).picks.forEach((_, i, picks) => tried.add(picks.slice(0, i + 1).join()));
    const parts = treeOf(graph, tried);
    const ground = parts.filter(({ kind }) => kind !== "node").sort((a, b) => a.from - b.from);
    let from = 0;
    for (const part of ground) {
      assert.equal(part.from, from);
      from += part.count;
    }
    assert.equal(from, total);
    assert.equal(parts.filter(({ kind }) => kind === "leaf").length, n + 1);
    for (const { kind, count } of ground) if (kind === "leaf") assert.equal(count, 1);
  }
});

test("from the root every part of the tree is reached by keys, and a step back leads back", () => {
  const tried = new Set();
  graph.outcomes.forEach((_, n) => ended(n).picks.forEach((_, i, picks) => tried.add(picks.slice(0, i + 1).join())));
  const parts = treeOf(graph, tried);
  const reached = new Set([parts[0]]);
  for (const part of reached) for (const key of ["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp"]) reached.add(neighbour(parts, part, key));
  assert.equal(reached.size, parts.length);
  for (const part of parts) {
    const down = neighbour(parts, part, "ArrowDown");
    if (part.kind === "node") assert.equal(neighbour(parts, down, "ArrowUp"), part);
    else assert.equal(down, part);
    const beside = neighbour(parts, part, "ArrowRight");
    if (beside !== part) assert.equal(neighbour(parts, beside, "ArrowLeft"), part);
    assert.equal(neighbour(parts, part, "End").path.length, part.path.length);
  }
});

test("a part of the tree comes after the one above it, and is named by the choice and what it holds", () => {
  const [root, ...rest] = treeOf(graph, new Set(ended(0).picks.map((_, i, picks) => picks.slice(0, i + 1).join())));
  assert.equal(partName(root, graph), `choice 1, ${total} schedules`);
  const parts = [root, ...rest];
  for (const part of rest) {
    assert.ok(parts.indexOf(part.parent) < parts.indexOf(part));
    const name = partName(part, graph);
    assert.ok(start.goroutines.some((each) => name.startsWith(each)), name);
    if (part.kind === "wedge") assert.ok(name.endsWith(`${part.count} ${part.count === 1 ? "schedule" : "schedules"} not tried`));
    if (part.kind === "leaf") assert.ok(name.endsWith(graph.outcomes[part.end]));
    const beside = rest.filter(({ parent }) => parent === part.parent);
    assert.deepEqual([part.nth, part.beside], [beside.sort((a, b) => a.nth - b.nth).indexOf(part) + 1, beside.length]);
  }
});

test("a large tree is shown in parts, each as wide as can be seen, and a small one whole", () => {
  for (let n = 0; n < graph.outcomes.length; n++) {
    const { picks } = ended(n);
    assert.deepEqual(lens(graph, picks, total * 10), { path: [], from: 0, count: total });
    for (let i = 0; i <= picks.length; i++) {
      const shown = lens(graph, picks.slice(0, i), 720);
      assert.deepEqual(shown.path, picks.slice(0, shown.path.length));
      const parts = treeOf(graph, new Set(picks.slice(0, i).map((_, k) => picks.slice(0, k + 1).join())));
      const place = parts.find(({ path }) => path.join() === shown.path.join());
      assert.deepEqual([place.from, place.count], [shown.from, shown.count]);
      const here = parts.find(({ path }) => path.join() === picks.slice(0, i).join());
      assert.ok(here.from >= shown.from && here.from + here.count <= shown.from + shown.count);
      assert.ok(here.count === 1 || here.count === shown.count || (720 * here.count) / shown.count >= 30);
    }
  }
});

test("choices are found again in another graph as far as it has them", () => {
  const walk = ended(0);
  const names = walk.labels();
  const other = new Walk(graph, start, "");
  assert.deepEqual(other.follow(names), walk.picks);
  assert.deepEqual(other.follow(["nobody", ...names]), []);
  assert.deepEqual(other.follow([names[0], "nobody"]), walk.picks.slice(0, 1));
});

test("trying a wedge splits it, and every other part keeps its place", () => {
  const before = treeOf(graph, new Set());
  const wedge = before.find(({ kind }) => kind === "wedge");
  const after = treeOf(graph, new Set([wedge.path.join()]));
  const places = (parts) => new Map(parts.map(({ path, from, count }) => [path.join(), `${from} ${count}`]));
  for (const [path, place] of places(before)) assert.equal(places(after).get(path), place);
  assert.ok(after.length > before.length);
});

test("no way is longer than the depth, and one is as long", () => {
  const deep = depths(graph)[graph.first];
  graph.outcomes.forEach((_, wanted) => assert.ok(ended(wanted).picks.length <= deep));
  const known = depths(graph);
  let [number, length] = [graph.first, 0];
  while (graph.forks[number].options) {
    number = graph.forks[number].options.map(([, , to]) => to).sort((a, b) => known[b] - known[a])[0];
    length++;
  }
  assert.equal(length, deep);
});

test("a line is passed when its step was taken, not while somebody waits there", () => {
  const walk = ended(graph.outcomes.findIndex((outcome) => outcome === "returned after 2 of 2"));
  const recording = walk.recording();
  assert.deepEqual(passed(recording, 0), {});
  const lines = passed(recording, recording.length);
  const text = (who) => [...lines[who]].map((line) => start.lanes[who][line][1]);
  assert.deepEqual(text("worker"), ["def work() -> None:", "group.add(1)", "group.done()"]);
  for (let i = 1; i <= recording.length; i++) {
    const state = recording.state(i);
    const blocked = recording.steps[i - 1][2].includes("who") && state[`g:${state.who}`][0] === "wait";
    if (blocked) assert.deepEqual(passed(recording, i), passed(recording, i - 1));
  }
});

test("the table names every goroutine and what lies between them", () => {
  const { rows } = pickTable(start);
  assert.deepEqual(rows.map(([name]) => name), [...start.goroutines, ...start.queues.map(([name, room]) => `${name}, room for ${room}`), ...start.levels]);
});

test("a panic has its reason", () => {
  const wanted = graph.outcomes.findIndex((outcome) => outcome.includes("misuse"));
  assert.ok(graph.bad[wanted]);
  assert.equal(typeof reason(ended(wanted).recording(), graph), "string");
});

for (const name of ["0", "1"]) {
  const recording = new Recording(figures["call-chain"], name);
  const end = recording.state(recording.length);
  const { places, columns } = chainPlaces(end.objects);
  const pairs = chainHolds(recording);

  test(`chain ${name}: every object has a place of its own, in the order of the pipeline`, () => {
    assert.equal(new Set(places.map(String)).size, end.objects.length);
    const row = (kind) => places[end.objects.findIndex(([, each]) => each === kind)][1];
    assert.ok(row("KubeletCommand") < row("Dependencies") && row("Dependencies") < row("BroadcastRecorder"));
    assert.ok(row("BroadcastRecorder") < row("Broadcaster") && row("Broadcaster") < row("Watcher"));
  });

  test(`chain ${name}: no line goes through a box, and no two leave a box at one point`, () => {
    const { routes, slots } = chainRoutes(places, pairs, columns);
    assert.equal(routes.length, pairs.length);
    for (const { from, to, channel } of routes) {
      const between = (column) => places.some(([x, y]) => x === column && y > Math.min(places[from][1], places[to][1]) && y < Math.max(places[from][1], places[to][1]));
      if (channel === "end") assert.ok(!between(places[to][0]));
      if (channel === "start") assert.ok(!between(places[from][0]));
    }
    const points = [...slots].map(([key, at]) => `${key.split(",").slice(0, 2)} ${at}`);
    assert.equal(new Set(points).size, points.length);
  });

  test(`chain ${name}: a call's span holds those of the calls inside`, () => {
    const { spans, marks } = chainSpans(recording);
    spans.forEach(([from, to]) => assert.ok(from > 0 && from < to));
    end.calls.forEach(([depth], call) => {
      const outer = end.calls.findLastIndex(([each], i) => i < call && each === depth - 1);
      if (depth) assert.ok(spans[outer][0] < spans[call][0] && spans[call][1] < spans[outer][1]);
    });
    assert.equal(marks.filter(([, what]) => what === "made").length, end.objects.length);
    assert.equal(marks.filter(([, what]) => what === "dropped").length, end.dropped.length);
  });

  test(`chain ${name}: the table lists what the state holds`, () => {
    const { rows } = chainTable(end);
    assert.equal(rows.length, end.calls.length + end.objects.length);
    assert.equal(rows.filter(([, , , state]) => state.includes("thrown away")).length, end.dropped.length);
  });
}

test("what was let go keeps its line, and is drawn no more", () => {
  const recording = new Recording(figures["call-chain"], "1");
  const end = recording.state(recording.length).holds;
  const pairs = chainHolds(recording);
  assert.ok(pairs.length > end.length);
  assert.ok(end.every(([holder, held]) => pairs.some(([a, b]) => a === holder && b === held)));
});

test("a returned value is kept, handed on or thrown away, in words", () => {
  const words = (...how) => chainFate(...how).map((part) => (typeof part === "string" ? part : "")).join("");
  globalThis.document = { createElement: () => ({ append() {} }) };
  assert.match(words("X", "kept", "recorder"), /✓ : kept in a local variable, recorder/);
  assert.match(words("X", "kept", "dependencies.recorder"), /kept as dependencies.recorder/);
  assert.match(words("X", "thrown away", ""), /✗ : assigned to nothing, thrown away/);
  delete globalThis.document;
});
