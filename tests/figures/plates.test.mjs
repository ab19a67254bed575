// The word and the correlator in Node: sums add up, comparisons say what they found, and every event is in the chart.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { AFTER, BEFORE, COUNT, LEFT, OBJECT, OUTCOME, columnsOf, runsOf, storedAt, ticksOf, wayOf } from "../../kevent/figures/js/correlator_chart.js";
import { compared, sumOfBucket, timelineTable, verdict } from "../../kevent/figures/js/correlator_timeline.js";
import { Recording } from "../../kevent/figures/js/model.js";
import { bitsOf, halves, sumOf, wordOf, wordTable } from "../../kevent/figures/js/waitgroup_word.js";

const [figures] = JSON.parse(readFileSync(process.env.KEVENT_FIGURES, "utf8"));
const runs = (kind) => Object.keys(figures[kind].runs).map((name) => new Recording(figures[kind], name));
const WORD = (1n << 64n) - 1n;

// --- the word ---

test("the halves of a word, and its sign", () => {
  assert.deepEqual(halves(wordOf("0000000300000002")), [3, 2]);
  assert.deepEqual(halves(wordOf("ffffffff00000000")), [-1, 0]);
  assert.deepEqual(halves(wordOf("0000000180000001")), [1, 2147483649]);
});

test("eight low bits of each half, and what the other 24 are", () => {
  assert.deepEqual(bitsOf(wordOf("0000000300000002"), 0), { low: [0, 0, 0, 0, 0, 0, 1, 1], rest: "0 × 24" });
  assert.deepEqual(bitsOf(wordOf("0000000300000002"), 1), { low: [0, 0, 0, 0, 0, 0, 1, 0], rest: "0 × 24" });
  assert.deepEqual(bitsOf(wordOf("ffffffff00000000"), 0), { low: [1, 1, 1, 1, 1, 1, 1, 1], rest: "1 × 24" });
  assert.equal(bitsOf(wordOf("0000010000000000"), 0).rest, "…");
});

test("every sum adds up, and every comparison says whether both rows agree", () => {
  const met = new Set();
  for (const recording of runs("waitgroup-word")) {
    for (let i = 0; i <= recording.length; i++) {
      const state = recording.state(i);
      const told = sumOf(state);
      met.add(told.kind);
      const [first, second, third] = told.rows.map(([, word]) => word);
      if (told.kind === "add") {
        assert.equal((first + second) & WORD, third);
        assert.equal(told.carry, first + second > WORD);
        if (!state.panic) assert.equal(third, wordOf(state.word));
      }
      if (told.kind === "swap") assert.equal(third, wordOf(state.word));
      told.agrees?.forEach((agrees, half) => assert.equal(agrees, halves(first)[half] === halves(second)[half]));
      assert.equal(wordTable(state).rows.length >= told.rows.length + state.goroutines.length, true);
    }
  }
  for (const kind of ["add", "look", "swap", "again", "back", "store"]) assert.ok(met.has(kind), kind);
});

test("what a panic saw stays", () => {
  const [, recording] = runs("waitgroup-word");
  const told = sumOf(recording.state(recording.length));
  assert.equal(told.bad, 0);
  assert.deepEqual(told.rows.map(([, word]) => halves(word)[0]), [0, -1, -1]);
});

test("a swap that fails changes nothing, and says which half was another", () => {
  const told = sumOf({ op: ["swap", "0000000100000000", "again"], was: "0000000100000001", word: "0000000100000001" });
  assert.deepEqual(told.agrees, [true, false]);
  assert.equal(told.rows[2][0], "stays");
  assert.equal(told.rows[2][1], told.rows[1][1]);
});

// --- the correlator ---

test("every event is in one row of the table, in one run and in one column", () => {
  for (const recording of runs("correlator-timeline")) {
    for (let i = 0; i <= recording.length; i++) {
      const state = recording.state(i);
      const { rows } = timelineTable(state, i);
      assert.equal(rows.slice(0, 4).reduce((sum, [, many]) => sum + many, 0), i);
    }
    const { done } = recording.state(recording.length);
    const found = runsOf(done);
    assert.equal(found.reduce((sum, { n }) => sum + n, 0), done.length);
    for (const { filtered, from, to } of found) for (let e = from; e <= to; e++) assert.equal(done[e][OUTCOME] === "filtered", filtered);
    const columns = columnsOf(done.map((_, e) => e * 7), done, done.length * 7);
    assert.equal(columns.reduce((sum, { written, filtered }) => sum + written + filtered, 0), done.length);
    assert.equal(columns.reduce((sum, { filtered }) => sum + filtered, 0), done.filter((entry) => entry[OUTCOME] === "filtered").length);
  }
});

test("what is stored is never more than what came, and each object keeps its latest count", () => {
  for (const recording of runs("correlator-timeline")) {
    const { done } = recording.state(recording.length);
    done.forEach((entry, e) => {
      const stored = storedAt(done, e + 1);
      assert.ok(stored.reduce((sum, { count }) => sum + count, 0) <= e + 1);
      if (entry[OUTCOME] !== "filtered") assert.equal(stored[entry[OBJECT]].count, entry[COUNT]);
    });
  }
});

test("marks where they do not touch, else bars, else columns", () => {
  const done = (fates) => fates.map((fate) => [0, fate]);
  const far = [0, 20, 40, 60];
  const near = [0, 5, 10, 15];
  const two = runsOf(done(["created", "patched", "filtered", "filtered"]));
  const four = runsOf(done(["created", "filtered", "patched", "filtered"]));
  assert.equal(wayOf(far, four, 80), "marks");
  assert.equal(wayOf(near, two, 40), "bars");
  assert.equal(wayOf(near, four, 40), "columns");
});

test("the ticks of an axis are round, few and inside", () => {
  for (const seconds of [1, 20, 59, 840, 1800, 15015, 400000]) {
    const ticks = ticksOf(seconds * 1e6, 5);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${seconds}: ${ticks}`);
    assert.ok(ticks.at(-1) <= seconds * 1e6);
  }
});

test("the sum of a bucket is that of its tokens", () => {
  for (const recording of runs("correlator-timeline")) {
    const { done, burst } = recording.state(recording.length);
    for (const entry of done) {
      const lines = sumOfBucket(entry, burst);
      assert.equal(lines.at(-1) === "✗ below 1", entry[BEFORE] < 1000);
      assert.ok(entry[LEFT] <= entry[BEFORE] && entry[AFTER] <= entry[BEFORE]);
    }
  }
});

test("a verdict says what is left of an event", () => {
  const entry = (outcome, count, fate) => Object.assign(Array(13).fill(0), { [OUTCOME]: outcome, [COUNT]: count, 12: fate });
  assert.equal(verdict(entry("filtered", 1, "lost"), "m")[1], "lost: ");
  assert.match(verdict(entry("filtered", 4, "counted"), "m")[2], /count, 4, survives/);
  assert.deepEqual(verdict(entry("patched", 3, "written"), "m"), ["done", "patched: ", "m, count 3"]);
  assert.deepEqual(compared([], -1), ["first", "first", "first"]);
});

// --- the same place in another run ---

test("every step of a run is found in itself", () => {
  for (const kind of ["waitgroup-word", "correlator-timeline", "call-chain"]) {
    for (const recording of runs(kind)) for (let i = 0; i <= recording.length; i++) assert.deepEqual(recording.find(recording, i), [i, true], `${kind} ${i}`);
  }
});

test("an event is found in another run, whatever becomes of it there", () => {
  const [one, other] = runs("correlator-timeline");
  for (let i = 1; i <= one.length; i++) assert.deepEqual(other.find(one, i), [i, true]);
  assert.ok(Array.from({ length: one.length }, (_, i) => one.sentence(i + 1) !== other.sentence(i + 1)).some(Boolean));
});

test("what another run has not is looked for at its time", () => {
  const packed = (...steps) => ({ texts: [["", "{0}", "a"], ["", "{0}", "b"]], pool: steps.map(([text, who]) => [text, [who], ["who", who]]), runs: { 0: { start: { who: "" }, steps: steps.map((_, i) => i), times: steps.map(([, , pause]) => pause) } } });
  const [one, other] = [packed([0, "x", 5], [1, "x", 5], [0, "x", 5], [1, "y", 5]), packed([0, "x", 2], [0, "z", 2], [0, "x", 9], [0, "x", 9])].map((each) => new Recording(each, "0"));
  assert.deepEqual(other.find(one, 1), [1, true]);
  assert.deepEqual(other.find(one, 3), [3, true]); // the second of its kind
  assert.deepEqual(other.find(one, 2), [3, false]); // the first at 10 or later
  assert.deepEqual(other.find(one, 4), [4, false]); // the end
  assert.deepEqual(other.find(one, 0), [0, true]);
  const still = new Recording(packed([0, "u", 0], [0, "v", 0]), "0"); // no time passes
  assert.deepEqual(still.find(one, 2), [2, false]);
  assert.deepEqual(still.find(one, 3), [2, false]);
});
