import { choices } from "./controls.js";
import { h, s, setAttribute, setText, written } from "./dom.js";
import { GLYPHS } from "./roles.js";
import { register } from "./shell.js";

// A chart: lines over one axis, or stacked bars, drawn for the width and the theme that there are. It does not move; a
// finger, a mouse or the arrows go along it and read it out. A table is another view of the same.

const LETTER = 7; // pixels, a little more than a letter takes
const APART = 17; // of names that stand at the ends of lines
const DASHES = [null, "7 3", "2 3", "7 3 2 3"];

// --- Pure ---

// Round numbers from low to high, at most so many and one.
export function roundTicks(low, high, most) {
  if (high <= low) return [low];
  const rough = (high - low) / most;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * ten).find((each) => each >= rough * (1 - 1e-9));
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

// Where an axis begins and ends: at 0, unless all values are far from it.
export function spanOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [low < high / 2 ? Math.min(low, 0) : low, high];
}

// What a row has at a place; null where it has nothing.
export function valueAt({ shape, x, y }, at) {
  if (shape === "level") return y[0];
  const next = x.findIndex((each) => each >= at);
  if (shape === "marks") return x[next] === at ? y[x.lastIndexOf(at)] : null;
  if (at < x[0]) return null;
  const last = x.findLastIndex((each) => each <= at);
  if (shape === "steps" || x[last] === at) return y[last];
  return next < 0 ? null : y[last] + ((y[next] - y[last]) * (at - x[last])) / (x[next] - x[last]);
}

// The places at which a chart can be read, each with the values of all rows there.
export function readings({ names, rows }) {
  if (names.length) return names.map((name, i) => ({ at: i, words: name, values: rows.map(({ x }) => x[i]) }));
  const places = [...new Set(rows.flatMap(({ x }) => x))].sort((a, b) => a - b);
  return places.map((at) => ({ at, words: figures(at), values: rows.map((row) => valueAt(row, at)) }));
}

// Names from top to bottom, none over another one, and none below `base`.
export function apart(heights, base) {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b] || a - b);
  const found = [...heights];
  order.forEach((i, n) => n && (found[i] = Math.max(found[i], found[order[n - 1]] + APART)));
  order.reverse().forEach((i, n) => (found[i] = Math.min(found[i], n ? found[order[n - 1]] - APART : base)));
  return found;
}

const figures = (value) => value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 });

// --- Drawing ---

export class Chart {
  constructor(root, data) {
    Object.assign(this, { data, view: "drawing", width: 0, at: -1, stops: readings(data), bars: data.names.length > 0 });
    this.views = choices("View", [["drawing", "drawing"], ["table", "table"]], (value) => value === this.view, (value) => this.setView(value));
    this.svg = s("svg", { class: "ks-draw", role: "img", "aria-label": data.alt });
    this.reader = h("div", { class: "kc-reader", role: "slider", tabindex: 0, "aria-label": `Read: ${data.title}`, "aria-valuemin": 0, "aria-valuemax": this.stops.length - 1,
      onkeydown: (event) => this.key(event), onpointermove: (event) => this.point(event), onpointerdown: (event) => this.point(event) });
    this.plot = h("div", { class: "kc-plot" }, this.svg, this.reader);
    this.keys = h("p", { class: "kp-legend" });
    this.said = h("p", { class: "kc-said" });
    this.other = h("div", { class: "kg-other", hidden: true, tabindex: 0, role: "region", "aria-label": `Table: ${data.title}` });
    this.element = h("div", { class: "ks kc-chart", role: "group", "aria-label": data.title, "data-lm-suppress-shortcuts": true },
      h("div", { class: "kc-head" }, h("p", { class: "ks-title" }, data.title), this.views), this.keys, this.plot, this.other, this.said);
    root.append(this.element);
    this.read(-1);
    this.views.sync();
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.element);
    this.resize();
  }

  end() {
    this.sized.disconnect();
    this.element.remove();
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    this.wide = width >= 560;
    if (this.bars) this.drawBars();
    else this.drawLines();
    this.showCursor();
  }

  setView(view) {
    this.view = view;
    this.plot.hidden = view === "table";
    this.other.hidden = view !== "table";
    if (view === "table" && !this.other.firstChild) this.other.append(this.table());
    this.views.sync();
  }

  table() {
    const { rows, x, names } = this.data;
    return h("table", {}, h("thead", {}, h("tr", {}, [names.length ? "what" : x, ...rows.map(({ name }) => name)].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, this.stops.map(({ words, values }) => h("tr", {}, h("th", { scope: "row" }, words), values.map((value) => h("td", {}, value === null ? "" : figures(value)))))));
  }

  // A row's own look, by its place; or by its role.
  look(i) {
    return { "data-row": i % DASHES.length, "data-role": this.data.rows[i].role || null };
  }

  // --- lines ---

  drawLines(letters = LETTER * Math.max(...this.data.rows.map(({ name }) => name.length))) {
    const { rows, x: xLabel, y: yLabel } = this.data;
    const { width, wide, svg } = this;
    const [left, top, high] = [44, 30, wide ? 300 : 250];
    const base = high - 44;
    const right = wide ? width - 12 - letters : width - 10;
    const [fromX, toX] = spanOf(rows.flatMap(({ x }) => x));
    const [fromY, toY] = spanOf([0, ...rows.flatMap(({ y }) => y)]);
    const x = (value) => left + ((right - left) * (value - fromX)) / (toX - fromX || 1);
    const y = (value) => base - ((base - top) * (value - fromY)) / ((toY - fromY) * 1.04 || 1);
    Object.assign(this, { x, y, top, base, left });
    const parts = [written(0, 14, yLabel, "kc-axis")];
    const whole = rows.every(({ y: values }) => values.every(Number.isInteger));
    for (const value of roundTicks(fromY, toY, 5).filter((each) => !whole || Number.isInteger(each))) parts.push(s("path", { class: "kc-rule", d: `M${left} ${y(value)}H${right}` }), written(left - 7, y(value) + 4, figures(value), "kc-tick", "end"));
    parts.push(s("path", { class: "kc-rule kc-base", d: `M${left} ${base}H${right}` }));
    for (const value of roundTicks(fromX, toX, wide ? 8 : 5)) parts.push(s("path", { class: "kc-rule kc-base", d: `M${x(value)} ${base}v4` }), written(x(value), base + 18, figures(value), "kc-tick", "middle"));
    parts.push(written(right, base + 37, xLabel, "kc-axis", "end"));
    rows.forEach((row, i) => parts.push(this.row(row, i, right)));
    const ends = apart(rows.map(({ y: values }) => y(values.at(-1))), base);
    const names = wide ? rows.map(({ name }, i) => s("text", { class: "kc-name", ...this.look(i), x: right + 9, y: ends[i] + 4 }, name)) : [];
    this.cursor = s("g", { class: "kc-cursor" });
    this.put([...parts, ...names, this.cursor], high);
    const widest = Math.ceil(Math.max(0, ...names.map((name) => name.getComputedTextLength())));
    if (widest > letters) return this.drawLines(widest); // a font whose letters are wider than guessed
    this.keys.replaceChildren(...(wide ? [] : rows.map(({ name, shape, dots }, i) => this.sample(name, shape, dots, i))));
  }

  row({ shape, x: xs, y: ys, dots }, i, right) {
    const { x, y } = this;
    const look = this.look(i);
    if (shape === "level") return s("path", { class: "kc-line", ...look, "stroke-dasharray": DASHES[look["data-row"]], d: `M${this.left} ${y(ys[0])}H${right}` });
    const places = xs.map((each, n) => [x(each), y(ys[n])]);
    if (shape === "marks") return s("g", {}, places.map(([px, py]) => s("path", { class: "kp-mark", "data-role": look["data-role"] ?? "run", d: GLYPHS[look["data-role"] ?? "run"], transform: `translate(${px} ${py})` })));
    const d = places.map(([px, py], n) => (!n ? `M${px} ${py}` : shape === "steps" ? `H${px}V${py}` : `L${px} ${py}`)).join("");
    return s("g", {}, s("path", { class: "kc-line", ...look, "stroke-dasharray": DASHES[look["data-row"]], d }), dots ? places.map(([cx, cy]) => s("circle", { class: "kc-dot", ...look, cx, cy, r: 3.8 })) : "");
  }

  sample(name, shape, dots, i) {
    const look = this.look(i);
    const role = look["data-role"] ?? "run";
    const drawn = shape === "bars" ? s("rect", { class: "kc-bar", ...look, x: 2, y: 1.5, width: 20, height: 11, rx: 2 })
      : shape === "marks" ? s("path", { class: "kp-mark", "data-role": role, d: GLYPHS[role], transform: "translate(12 7)" })
        : s("path", { class: "kc-line", ...look, "stroke-dasharray": DASHES[look["data-row"]], d: "M0 7H24" });
    return h("span", {}, s("svg", { class: "kc-key", viewBox: "0 0 24 14", width: 24, height: 14, "aria-hidden": "true" }, drawn, dots ? s("circle", { class: "kc-dot", ...look, cx: 12, cy: 7, r: 3.8 }) : ""), name);
  }

  // --- bars ---

  drawBars(letters = LETTER * Math.max(...this.data.names.map((name) => name.length))) {
    const { names, rows, x: xLabel } = this.data;
    const { width, wide } = this;
    const sums = names.map((_, i) => rows.reduce((sum, { x }) => sum + x[i], 0));
    const left = wide ? 12 + letters : 0;
    const room = width - left - 34;
    const pitch = wide ? 26 : 40;
    const [top, deep] = wide ? [4, 20] : [20, 17];
    const parts = [];
    names.forEach((name, n) => {
      const y = top + pitch * n;
      let at = left;
      parts.push(written(wide ? left - 9 : 0, wide ? y + 15 : y - 5, name, "kc-thing", wide ? "end" : "start"));
      rows.forEach(({ x }, i) => {
        const long = (room * x[n]) / Math.max(...sums);
        if (!long) return;
        parts.push(s("rect", { class: "kc-bar", ...this.look(i), x: at, y, width: Math.max(2, long - 1.5), height: deep, rx: 2 }));
        if (long > 8 + 7 * figures(x[n]).length) parts.push(s("text", { class: "kc-many", ...this.look(i), x: at + long / 2, y: y + deep / 2 + 4.5, "text-anchor": "middle" }, figures(x[n])));
        at += long;
      });
      if (rows.length > 1) parts.push(written(at + 6, y + deep / 2 + 4.5, figures(sums[n]), "kc-tick"));
    });
    const high = top + pitch * names.length + 16;
    Object.assign(this, { top: top - 4, pitch });
    this.cursor = s("g", { class: "kc-cursor" });
    this.put([this.cursor, ...parts, written(width, high - 3, xLabel, "kc-axis", "end")], high);
    const widest = Math.ceil(Math.max(...[...this.svg.querySelectorAll(".kc-thing")].map((name) => name.getComputedTextLength())));
    if (wide && widest > letters) return this.drawBars(widest);
    this.keys.replaceChildren(...rows.map(({ name, x }, i) => this.sample(`${name}: ${figures(x.reduce((sum, each) => sum + each, 0))}`, "bars", false, i)));
  }

  put(parts, high) {
    const { svg, width } = this;
    setAttribute(svg, "viewBox", `0 0 ${width} ${high}`);
    setAttribute(svg, "width", width);
    setAttribute(svg, "height", high);
    svg.replaceChildren(...parts);
  }

  // --- reading ---

  point({ clientX, clientY }) {
    const { left, top } = this.reader.getBoundingClientRect();
    if (this.bars) return this.read(Math.min(this.stops.length - 1, Math.max(0, Math.floor((clientY - top - this.top) / this.pitch))));
    const off = ({ at }) => Math.abs(this.x(at) - (clientX - left));
    this.read(this.stops.reduce((best, stop, i) => (off(stop) < off(this.stops[best]) ? i : best), 0));
  }

  key(event) {
    const last = this.stops.length - 1;
    const leap = Math.max(1, Math.round(last / 10));
    const to = { ArrowRight: this.at + 1, ArrowDown: this.at + 1, ArrowLeft: this.at - 1, ArrowUp: this.at - 1, PageDown: this.at + leap, PageUp: this.at - leap, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.read(Math.max(0, Math.min(last, to)));
  }

  // -1: nothing is read yet.
  read(at) {
    this.at = at;
    const { rows, x, names } = this.data;
    const stop = this.stops[at];
    const words = stop ? `${names.length ? stop.words : `${stop.words} ${x}`}: ${rows.flatMap(({ name }, i) => (stop.values[i] === null ? [] : [`${name} ${figures(stop.values[i])}`])).join(", ")}` : "Point at it, or use the arrow keys, to read the values.";
    setText(this.said, words);
    setAttribute(this.reader, "aria-valuenow", Math.max(0, at));
    setAttribute(this.reader, "aria-valuetext", stop ? words : this.data.alt);
    this.showCursor();
  }

  showCursor() {
    const stop = this.stops[this.at];
    if (!this.cursor || !stop) return;
    if (this.bars) return this.cursor.replaceChildren(s("rect", { x: 0, y: this.top + this.pitch * stop.at + (this.wide ? 0 : 2), width: this.width, height: this.pitch - 2, rx: 4 }));
    const px = this.x(stop.at);
    this.cursor.replaceChildren(s("path", { d: `M${px} ${this.top - 6}V${this.base}` }), ...stop.values.flatMap((value, i) => (value === null || this.data.rows[i].shape === "marks" ? [] : [s("circle", { class: "kc-dot", ...this.look(i), cx: px, cy: this.y(value), r: 4.5 })])));
  }
}

register("chart", (root, data) => new Chart(root, data));
