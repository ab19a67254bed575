// Charts in Node: axes, readings, names at the ends of lines.

import assert from "node:assert/strict";
import { test } from "node:test";

import { apart, readings, roundTicks, spanOf, valueAt } from "../../kevent/figures/js/chart.js";

test("the ticks of an axis are round, few and inside", () => {
  assert.deepEqual(roundTicks(0, 44, 5), [0, 10, 20, 30, 40]);
  assert.deepEqual(roundTicks(0, 2.12, 5), [0, 0.5, 1, 1.5, 2]);
  assert.deepEqual(roundTicks(-3, 3, 3), [-2, 0, 2]);
  assert.deepEqual(roundTicks(7, 7, 5), [7]);
  for (const [low, high] of [[0, 1], [0, 360], [0.001, 0.009], [120, 137], [0, 2041]]) {
    const ticks = roundTicks(low, high, 5);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${low} to ${high}: ${ticks}`);
    assert.ok(ticks[0] >= low && ticks.at(-1) <= high);
  }
});

test("an axis begins at 0 unless all values are far from it", () => {
  assert.deepEqual(spanOf([1, 25]), [0, 25]);
  assert.deepEqual(spanOf([-4, 5]), [-4, 5]);
  assert.deepEqual(spanOf([1990, 2026]), [1990, 2026]);
});

test("a place is read as the row is drawn", () => {
  const row = (shape) => ({ shape, x: [1, 3, 3, 5], y: [10, 20, 40, 60] });
  const read = (shape) => [0, 1, 2, 3, 4, 5, 6].map((at) => valueAt(row(shape), at));
  assert.deepEqual(read("steps"), [null, 10, 10, 40, 40, 60, 60]);
  assert.deepEqual(read("line"), [null, 10, 15, 40, 50, 60, null]);
  assert.deepEqual(read("marks"), [null, 10, null, 40, null, 60, null]);
  assert.deepEqual([0, 9].map((at) => valueAt({ shape: "level", x: [], y: [7] }, at)), [7, 7]);
});

test("every place of every row can be read, once, from left to right", () => {
  const rows = [{ name: "a", shape: "steps", x: [0, 2, 2], y: [0, 1, 2] }, { name: "b", shape: "marks", x: [1], y: [2] }];
  assert.deepEqual(readings({ names: [], rows }).map(({ at, values }) => [at, ...values]), [[0, 0, null], [1, 0, 2], [2, 2, null]]);
  const bars = [{ name: "a", shape: "bars", x: [3, 1] }, { name: "b", shape: "bars", x: [0, 2] }];
  assert.deepEqual(readings({ names: ["p", "q"], rows: bars }).map(({ words, values }) => [words, ...values]), [["p", 3, 0], ["q", 1, 2]]);
});

test("no name stands on another one, nor below the axis", () => {
  const found = apart([240, 100, 240, 236], 250);
  const sorted = [...found].sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i] - sorted[i - 1] >= 17);
  assert.ok(sorted.at(-1) <= 250);
  assert.deepEqual(apart([10, 60], 250), [10, 60]);
  assert.deepEqual(apart([250, 10, 250], 250), [233, 10, 250]);
});
