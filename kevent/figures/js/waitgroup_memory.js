import { h, s, written } from "./dom.js";

// Where the word lies in memory, by Go version: small multiples on one ruler of eight-byte boundaries. It stands still.

const PLACE = 64;
const SHORT = { counter: "count", waiters: "waits", padding: "pad", unused: "free" };

// One struct; `shift` is 1 if it starts between two boundaries.
function struct({ start, places }, flag, width) {
  const shift = start.startsWith("4") ? 1 : 0;
  const place = Math.min(PLACE, (width - 6) / 5);
  const svg = s("svg", { class: "kw-struct", width, height: 40, viewBox: `0 0 ${width} 40`, role: "img", "aria-label": `starting ${start}: ${places.join(", ")}` });
  for (let edge = 0; edge <= places.length + shift; edge += 2) svg.append(s("path", { class: "kw-edge", d: `M${2 + edge * place} 2v36` }));
  places.forEach((what, n) => {
    const x = 2 + (n + shift) * place;
    svg.append(s("rect", { class: "kw-place", "data-what": what, x: x + 1.5, y: 8, width: place - 3, height: 24, rx: 3 }), written(x + place / 2, 24, place < 54 ? SHORT[what] ?? what : what, "kw-small", "middle"));
    if (what === "waiters" && flag) svg.append(s("rect", { class: "kw-flag", x: x + place - 9, y: 9.5, width: 6, height: 21, rx: 1.5 }, s("title", {}, "bit 31: the bubble flag")));
    if (what === "waiters") svg.append(s("rect", { class: "kw-word", x: x - 0.5, y: 6, width: 2 * place + 1, height: 28, rx: 5 }));
  });
  return svg;
}

export function memory(layouts) {
  const rows = h("div", { class: "kw-layouts" });
  const element = h("div", { class: "kw-memory" }, h("p", { class: "ks-title" }, "Where the word lies in memory, by Go version"),
    h("p", {}, "Four bytes a box; an upright line is an address that eight divides, and the word must start on one. Up to 1.17 the struct could start between two, on the right: the same bytes then hold the word elsewhere. Since 1.18 the compiler sees to it."), rows);
  let width = 0;
  const draw = () => {
    const now = Math.floor(rows.clientWidth);
    if (!now || now === width) return;
    width = now;
    const wide = now >= 620;
    const each = wide ? Math.floor((now - 120 - 12) / 2) : now;
    rows.replaceChildren(...layouts.map(({ versions, fields, source, note, memory: structs, flag }) => h("div", { class: "kw-layout", "data-versions": versions },
      h("p", {}, h("b", {}, `Go ${versions}`)),
      h("div", {}, h("div", {}, structs.map((one) => struct(one, flag, each))), h("p", {}, h("code", {}, fields), ` · ${note} (${source})`)))));
  };
  new ResizeObserver(draw).observe(rows);
  return element;
}
