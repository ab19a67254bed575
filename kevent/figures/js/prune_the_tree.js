import { h, s, setAttribute, written } from "./dom.js";
import { Plate } from "./plate.js";
import { GLYPHS, glyph } from "./roles.js";
import { Scrubber } from "./scrubber.js";
import { register } from "./shell.js";

// PruneTheTree: every order of a scenario has its leaf; run by run an exploration goes through the tree, and strikes what
// it leaves out.

// --- Pure ---

const [ABOVE, MANY] = [0, 2]; // of a node

// How the orders stand: [what, how many, role].
export function prunedCounts({ leaves, run, given, struck }) {
  return [["run to the end", run.length, "done"], ["given up half-way", given.length, "wait"], ["struck", struck.length, ""], ["still to come", leaves.length - run.length - struck.length, ""]];
}

// Each node by what has become of it: "now" on the way of the run that is shown, "begun", "struck" with all below, or "".
export function prunedNodes({ nodes, begun, struck, now }) {
  const [came, gone] = [new Set(begun), new Set(struck)];
  const looks = nodes.map(([, first, many], n) => (came.has(n) ? "begun" : Array.from({ length: many }, (_, k) => first + k).every((leaf) => gone.has(leaf)) ? "struck" : ""));
  for (let n = now; n >= 0; n = nodes[n][ABOVE]) looks[n] = "now";
  return looks;
}

// The places of the nodes: { x, y }; ends stand at the foot, and who stands above comes before who stands below.
export function prunedPlaces(nodes, width, step) {
  const depth = [];
  nodes.forEach(([above]) => depth.push(above < 0 ? 0 : depth[above] + 1));
  const inner = new Set(nodes.map(([above]) => above));
  const base = 14 + step * Math.max(...depth);
  const pitch = (width - 12) / nodes[0][MANY];
  return { base, pitch, places: nodes.map(([, first, many], n) => ({ x: 6 + pitch * (first + many / 2), y: inner.has(n) ? 14 + step * depth[n] : base, end: !inner.has(n) })) };
}

// --- Drawing ---

const sign = (look, d) => s("svg", { class: "kr-key", viewBox: "0 0 15 15", width: 15, height: 15, "aria-hidden": "true" }, s("path", { class: look, "data-look": "struck", d }));

export class PruneTheTree {
  static legend = () => [["done", "an order, run to its end"], ["wait", "a run given up: only sleepers could go on"], [sign("kr-strike", "M3 12L12 3"), "struck: comes to the same as an order that was run"], [h("b", { class: "kr-key" }, "a1"), "a’s first step; a alone: it begins"]];

  constructor(plate) {
    this.plate = plate;
    this.scrubber = new Scrubber(plate.playhead, 34);
  }

  table(i) {
    const state = this.plate.recording.state(i);
    return { columns: ["orders", "so far"], rows: [["all", state.leaves.length], ...prunedCounts(state).map(([what, many]) => [what, many])] };
  }

  draw(width) {
    const { recording, stage } = this.plate;
    const { nodes, leaves } = recording.state(0);
    const { base, pitch, places } = prunedPlaces(nodes, width, 28);
    this.counts = h("p", { class: "kr-counts" });
    this.edges = nodes.map(([above, , many, who], n) => {
      if (above < 0) return null;
      const [{ x, y }, up] = [places[n], places[above]];
      const side = (places[n].end ? x > width / 2 : x < up.x) ? -1 : 1; // of its name
      const room = !places[n].end && (pitch * many) / 2 > 7 * who.length + 8; // else it has its name while a run is there
      const middle = (y + up.y) / 2;
      return s("g", { class: "kr-edge", "data-named": room }, s("path", { class: "kr-branch", d: `M${up.x} ${up.y}C${up.x} ${middle} ${x} ${middle} ${x} ${y}` }), s("path", { class: "kr-strike", d: `M${x - 5} ${y - 3}l10 -9` }), written(x + 5 * side, y - 5, who, "kr-who", side < 0 ? "end" : "start"));
    });
    const wideLeaf = Math.max(2, Math.min(8, pitch - 3));
    this.ends = nodes.map(([, first], n) => (places[n].end ? s("g", { class: "kr-end" }, s("title", {}, leaves[first]), s("rect", { x: places[n].x - wideLeaf / 2, y: base + 3, width: wideLeaf, height: 16, rx: 1 })) : null));
    this.stubs = nodes.map((_, n) => s("path", { class: "kr-given", "data-role": "wait", d: GLYPHS.wait, transform: `translate(${places[n].x} ${places[n].y + 9}) scale(1.3)` }));
    const points = nodes.map((_, n) => (places[n].end ? "" : s("circle", { class: "kr-node", cx: places[n].x, cy: places[n].y, r: 3 })));
    this.svg = s("svg", { class: "ks-draw kr-tree", role: "img", width, height: base + 24, viewBox: `0 0 ${width} ${base + 24}` }, this.edges.filter(Boolean), points, this.ends.filter(Boolean), this.stubs);
    stage.replaceChildren(this.counts, this.svg);
    const steps = recording.keys.slice(1).map((key, n) => ({ i: n + 1, role: this.plate.look(n + 1), key, lane: 0 }));
    this.scrubber.draw(width, { steps, lanes: [17], behind: () => [] });
  }

  show(i) {
    const state = this.plate.recording.state(i);
    const { nodes } = state;
    const looks = prunedNodes(state);
    const counts = prunedCounts(state);
    const [run, given] = [new Set(state.run), new Set(state.given)];
    nodes.forEach(([above, first], n) => {
      const edge = this.edges[n];
      if (edge) {
        setAttribute(edge, "data-look", looks[n]);
        setAttribute(edge, "data-cut", looks[n] === "struck" && looks[above] !== "struck"); // the uppermost
      }
      if (this.ends[n]) setAttribute(this.ends[n], "data-look", run.has(first) ? "run" : given.has(n) ? "given" : looks[n]);
      setAttribute(this.stubs[n], "data-here", given.has(n));
    });
    this.counts.replaceChildren(h("b", {}, `${state.leaves.length} orders`), ...counts.map(([what, many, role]) => h("span", { "data-role": role || null }, role ? glyph(role) : "", h("b", {}, many), ` ${what}`)));
    setAttribute(this.svg, "aria-label", `Tree of ${state.leaves.length} orders: ${counts.map(([what, many]) => `${many} ${what}`).join(", ")}`);
  }
}

register("prune-the-tree", (root, data, how) => new Plate(root, data, PruneTheTree, how));
