// The stage in Node: every event is somewhere, a chain leads to its cause, two runs share a playhead, play has its time.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lineName, place } from "../../kevent/figures/js/code.js";
import { flowLayout, flowTable, flowTokens } from "../../kevent/figures/js/flow_drawing.js";
import { Playhead } from "../../kevent/figures/js/playhead.js";
import { Story, align } from "../../kevent/figures/js/story.js";

const [figures, , lines] = JSON.parse(readFileSync(process.env.KEVENT_FIGURES, "utf8"));
const data = figures["event-flow"];
const code = { python: lines.python, go: {}, table: lines.figures[0] };
const story = (name) => new Story(data, name, code);
const names = Object.keys(data.runs);
const waits = data.parameters.map(({ name, values }) => (name === "when_full" ? values.indexOf("wait") : 0)).join(",");
const positions = (run) => Array.from({ length: run.length + 1 }, (_, p) => p);

// --- every event is somewhere ---

const places = (state, name) => ["q", "h", "x", "l", "f"].filter((key) => `${key}:${name}` in state).map((key) => state[`${key}:${name}`]);

test("behind the loop an event is in one place for each watcher, and never leaves the drawing", () => {
  for (const name of names) {
    const run = story(name);
    for (const watcher of run.names) {
      let seen = 0;
      for (const p of positions(run)) {
        const all = places(run.state(p), watcher).flat();
        assert.equal(new Set(all).size, all.length, `${name}, step ${p}: twice at ${watcher}`);
        assert.ok(all.length >= seen, `${name}, step ${p}: gone from ${watcher}`);
        seen = all.length;
      }
      assert.equal(seen, run.start.events.length, `${name}: an event never came to ${watcher}`);
    }
  }
});

for (const width of [340, 390, 560, 736, 920, 1200]) {
  for (const compared of [false, true]) {
    test(`at ${width} px${compared ? ", compared," : ""} all that the table lists is drawn, inside, and one beside the other`, () => {
      for (const name of names) {
        const run = story(name);
        const layout = flowLayout(width, run, { room: 300, compared });
        assert.ok(layout.loop.x + layout.loop.radius <= width);
        for (const { reader, end } of layout.rows) assert.ok(reader.x + reader.width <= width && end < reader.x && reader.width > 100);
        for (const p of positions(run)) {
          const state = run.state(p);
          const tokens = [...flowTokens(state, layout).values()];
          const rows = flowTable(state);
          const drawn = (place) => tokens.filter((token) => token.place === place).map(({ event }) => event);
          for (const { name: watcher, slots } of layout.rows) {
            const [, queued] = rows.find(([where]) => where === `queue of ${watcher}`);
            assert.deepEqual(drawn(`q:${watcher}`), queued.slice(0, slots));
            const [, held, , lost, done] = rows.find(([where]) => where === watcher);
            assert.deepEqual([drawn(`h:${watcher}`), drawn(`l:${watcher}`), drawn(`f:${watcher}`)], [held.slice(0, 1), lost, done]);
          }
          for (const { x, y } of tokens) assert.ok(x >= 0 && x <= width && y >= 0 && y <= layout.height, `${p}: ${x}, ${y}`);
        }
      }
    });
  }
}

test("of a queue with many places as many are drawn as there is room for", () => {
  const [name] = names;
  const run = data.runs[name];
  const shape = { ...run.start.shape, incoming: 1000, watchers: run.start.shape.watchers.map(([each, , sink]) => [each, 1000, sink]) };
  const large = new Story({ ...data, runs: { [name]: { ...run, start: { ...run.start, shape } } } }, name, code);
  for (const width of [340, 390, 560, 736, 960, 1200]) {
    for (const { slots, end, reader } of flowLayout(width, large).rows) assert.ok(slots > 1 && slots < 9 && end + 20 < reader.x, `${width} px`);
  }
});

test("the recorder stands between its senders and the queue, on a phone too", () => {
  const [name] = names;
  const run = data.runs[name];
  const shape = { ...run.start.shape, recorder: 1, incoming: 1000 };
  const recorded = new Story({ ...data, runs: { [name]: { ...run, start: { ...run.start, shape } } } }, name, code);
  for (const width of [288, 320, 343, 358, 560, 740, 960, 1200]) {
    const { sender, recorder, incoming, loop } = flowLayout(width, recorded);
    const edges = [0, sender.x, sender.x + sender.width, recorder.x, recorder.x + recorder.width, incoming.x, incoming.end, loop.x - loop.radius, loop.x + loop.radius, width];
    assert.deepEqual(edges, [...edges].sort((a, b) => a - b), `${width} px: ${edges}`);
    assert.ok(incoming.x - recorder.x - recorder.width >= 8 && recorder.x - sender.x - sender.width >= 8, `${width} px: no room for arrows`);
  }
});

// --- causes ---

test("the chain of the first loss ends at the full queue, the default branch and the loss", () => {
  const run = story("0,0,0");
  const lost = positions(run).find((p) => run.role(p) === "lost");
  const { links, earlier } = run.chain(lost);
  assert.deepEqual(links.slice(-3).map(({ words }) => words), ["event 2 → slow 2 of 2", "default branch", "slow 2 of 2: event 3 lost"]);
  assert.ok(links.at(-2).line && links.at(-2).at === lost);
  assert.equal(run.chain(lost, true).links.length, links.length + earlier);
  for (const { at } of links) assert.ok(at > 0 && at <= lost);
});

test("the tries of one event are one link", () => {
  const texts = [["wait", "", "sink retried", "try {0} fails"], ["wait", "", "sink pause", "pause"], ["lost", "", "sink given up", "lost", "retry limit"]];
  const pool = Array.from({ length: 12 }, (_, i) => [[0, [i + 1], [], [0], i ? 1 : 0], [1, [], [], [0], 1]]).flat();
  pool.push([2, [], [], [0], 1]);
  const start = { shape: { senders: [], watchers: [] }, events: [["e", 0]] };
  const packed = { texts, pool, runs: { 0: { start, steps: pool.map((_, i) => i), times: pool.map(() => 0) } } };
  const { links } = new Story(packed, "0", null).chain(25);
  assert.deepEqual(links.map(({ at, words }) => [at, words]), [[1, "12 tries fail"], [25, "retry limit"], [25, "lost"]]);
});

// --- lines of code ---

test("every step but the last has a line of Python, and the lines counted are those that run", () => {
  for (const name of names) {
    const run = story(name);
    const without = positions(run).filter((p) => typeof run.lines("python", p) === "string");
    assert.deepEqual(without, [0, run.length]);
    const counts = run.counts("python");
    for (const [line] of counts) assert.ok(positions(run).some((p) => typeof run.lines("python", p) !== "string" && run.lines("python", p)[0].join(":") === line));
  }
});

test("a run shows the lines of the release that the table says", () => {
  const [name] = names;
  const go = { "1.14": code.table.go["1.14"], "1.99": code.table.go["1.14"].map(() => "none") };
  const run = (release) => new Story({ ...data, runs: { [name]: { ...data.runs[name], release } } }, name, { ...code, table: { ...code.table, go, at: { "1.98": "1.99", "1.14": "1.14", "1.27": "1.14", "": "1.14" } } });
  const moment = positions(run("1.14")).find((p) => run("1.14").moment(p) >= 0);
  assert.equal(run("1.98").lines("go", moment), "none");
  for (const release of ["1.14", "1.27", ""]) assert.ok(Array.isArray(run(release).lines("go", moment)), release);
});

test("who goes on after a wait runs its line once", () => {
  const run = story(waits); 
  const insists = positions(run).filter((p) => run.kind(p) === "insist").length;
  assert.ok(insists > 0);
  assert.equal([...run.counts("go")].find(([line]) => line.endsWith("distribute:232"))[1], insists);
  const line = run.lines("python", positions(run).find((p) => run.kind(p) === "insist"))[0].join(":");
  const there = positions(run).filter((p) => typeof run.lines("python", p) !== "string" && run.lines("python", p)[0].join(":") === line);
  assert.equal(run.counts("python").get(line), there.filter((p) => run.kind(p) !== "insisted").length);
});

test("the symbols of one file of Go share its numbers", () => {
  assert.equal(lineName("go", ["mux.go#Broadcaster.loop", 207]), "mux.go:207");
  assert.equal(lineName("go", ["mux.go#Broadcaster.loop@newest", 268]), "mux.go@newest:268"); // of another release: another file
  assert.equal(place("go", ["mux.go#Broadcaster.loop@newest", 268]), "mux.go:268"); // for a reader
  assert.equal(lineName("python", ["broadcaster.Watcher._offer", 146]), "broadcaster.Watcher._offer:146");
});

// --- the same place in another run; two runs ---

test("another run is entered at the same event at the same queue", () => {
  const [drop, wait] = [story("0,0,0"), story(waits)];
  const lost = positions(drop).find((p) => drop.role(p) === "lost");
  const found = wait.find(drop.anchor(lost));
  assert.deepEqual([wait.event(found), wait.watcher(found)], [drop.event(lost), drop.watcher(lost)]);
  for (const p of positions(drop)) assert.ok(wait.find(drop.anchor(p)) > 0);
});

test("two runs go together until they part, and each step of both has its place", () => {
  const [drop, wait] = [story("0,0,0"), story(waits)];
  const { track, fork } = align(drop, wait);
  assert.ok(fork > 1);
  for (let i = 1; i < fork; i++) assert.equal(drop.sentence(track[i][0]), wait.sentence(track[i][1]));
  assert.notEqual(drop.sentence(track[fork][0]), wait.sentence(track[fork][1]));
  for (const [r, run] of [drop, wait].entries()) assert.deepEqual([...new Set(track.map((steps) => steps[r]))], positions(run));
  assert.equal(align(drop, story("0,0,0")).fork, 0);
});

test("the depth of a queue is read from its changes", () => {
  const run = story("0,0,0");
  for (const name of run.names) assert.deepEqual(run.depths(name), positions(run).map((p) => run.state(p)[`q:${name}`].length));
});

// --- play ---

function clocked(end, stops, quiet = false) {
  const frames = [];
  const shown = [];
  const playhead = new Playhead((how) => shown.push([playhead.at, how]), (go) => frames.push(go), () => quiet);
  playhead.load(end, Array.from({ length: end + 1 }, (_, i) => stops.includes(i)), 0, true);
  let now = 0;
  const run = (milliseconds) => {
    for (const until = now + milliseconds; now < until && frames.length; now += 16) frames.shift()(now);
    return now;
  };
  return { playhead, shown, run, frames };
}

test("key steps last about seven seconds, whatever the number of the others", () => {
  for (const [end, stops] of [[30, [5, 10, 15, 20, 25, 30]], [94, [23, 30, 37, 42, 47, 54, 61, 68, 75, 80, 89, 92, 94]], [400, Array.from({ length: 20 }, (_, i) => 20 * i + 20)]]) {
    const { playhead, run } = clocked(end, stops);
    playhead.play();
    const took = run(60_000);
    assert.ok(took > 4000 && took < 8500, `${end} steps: ${took} ms`);
    assert.deepEqual([playhead.at, playhead.playing], [end, false]);
  }
});

test("play stops at every key step, passes the others, and in reduced motion jumps", () => {
  const { playhead, shown, run } = clocked(12, [4, 9]);
  playhead.play();
  run(60_000);
  assert.deepEqual(shown.filter(([at, { moved, fast }]) => moved && !fast && at).map(([at]) => at), [4, 9, 12]);
  const still = clocked(12, [4, 9], true);
  still.playhead.play();
  still.run(60_000);
  assert.deepEqual([...new Set(still.shown.map(([at]) => at))], [0, 4, 9, 12]);
});

test("what comes after the step of a bet is known to who goes there, and to all once the bet is made", () => {
  const { playhead, run } = clocked(12, [4, 9]);
  assert.equal(playhead.known, Infinity);
  playhead.bet(3);
  assert.deepEqual([playhead.at, playhead.known], [3, 3]);
  playhead.step(1, true);
  playhead.step(-1, true);
  assert.deepEqual([playhead.at, playhead.known], [3, 4]);
  playhead.load(20, playhead.keys, 6, false); // another run is another bet
  assert.equal(playhead.known, 6);
  playhead.play();
  run(60_000);
  assert.equal(playhead.known, 20);
  playhead.tell(9);
  assert.deepEqual([playhead.at, playhead.known], [9, Infinity]);
  playhead.load(12, playhead.keys, 2, false);
  assert.equal(playhead.known, Infinity);
});

test("whoever is late skips steps, but no key step", () => {
  const { playhead, shown, frames } = clocked(12, [4, 9]);
  playhead.play();
  for (let now = 0; frames.length; now += 5000) frames.shift()(now);
  assert.deepEqual([...new Set(shown.map(([at]) => at))].filter((at) => [4, 9, 12].includes(at)), [4, 9, 12]);
});

test("the first play begins at the start, a later one where it stands, and a pause holds", () => {
  const { playhead, run } = clocked(12, [4, 9]);
  playhead.load(12, playhead.keys, 9, true);
  playhead.play();
  assert.equal(playhead.at, 0);
  run(700);
  playhead.pause();
  const { at } = playhead;
  run(5000);
  assert.equal(playhead.at, at);
  playhead.play();
  assert.equal(playhead.at, at);
  playhead.step(1);
  assert.deepEqual([playhead.at, playhead.playing], [9, false]);
  playhead.step(-1, true);
  assert.equal(playhead.at, 8);
  playhead.step(-1);
  assert.equal(playhead.at, 4);
});
