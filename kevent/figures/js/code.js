import { h, setAttribute, setText, swap } from "./dom.js";

// Lines of code, of which one runs. A pane for each language; it scrolls, the page never does.
// A line is "where:number": where is a file of Go, or a function of kevent or of the scenario.

const FOLD = 4; // as many lines that nobody comes through become one
const AROUND = 1; // both as in the book's twins

// A symbol of another release than the book reads is named with it, "mux.go#Broadcaster.loop@newest": its file is another one.
const file = (symbol) => symbol.replace(/#[^@]*/, "");
const NAMES = { go: "Go", python: "Python" };
const NOTHING = { missing: "absent" };

// Why there is only the number of a line of Go, with the way to the line: [text, link, text].
export function whyNoText(excerpt, line) {
  const { missing, repo, tag, link } = excerpt ?? NOTHING;
  if (!missing) return [];
  const there = link ? h("a", { href: link.replace(/#.*/, `#L${line[1]}`), rel: "noreferrer" }, place("go", line)) : place("go", line);
  const why = missing === "elsewhere" ? `is of ${repo} at ${tag}, not of client-go: read it there.` : "has only its number here: no Go module was at hand.";
  return [there, ` ${why}`];
}

// What a line is called in a pane: the symbols of one file of Go share its numbers.
export const lineName = (language, [where, number]) => `${language === "go" ? file(where) : where}:${number}`;

// "mux.go:227", "broadcaster.py:146": for a reader.
export function place(language, [where, number], code) {
  if (language === "go") return `${where.split("#")[0]}:${number}`;
  const path = code?.python[where]?.path;
  return path ? `${path.split("/").at(-1)}:${number}` : `the scenario:${number}`;
}

export class Code {
  // `title` is the figure's. `pick(language, line, direction)`: the reader wants the next step there, or the one before.
  constructor(title, pick) {
    this.title = title;
    this.pick = pick;
    this.element = h("div", { class: "kp-panes" });
  }

  // Show these languages for these runs, and how often each line runs in each.
  load(stories, languages) {
    this.stories = stories;
    this.rows = new Map();
    this.told = "";
    swap(this.element, languages.map((language) => this.pane(language)));
    setAttribute(this.element, "data-panes", languages.length);
  }

  pane(language) {
    const pane = h("div", { class: "kp-pane", "data-language": language, tabindex: 0, role: "region", "aria-label": `${NAMES[language]}, the lines that run: ${this.title}` });
    const why = h("p", { class: "kp-why", hidden: true });
    pane.append(why, ...(language === "go" ? this.go() : this.python()));
    const row = (event) => event.target.closest(".kp-line[role]");
    pane.addEventListener("click", (event) => row(event) && this.pick(language, row(event).dataset.line, event.shiftKey ? -1 : 1));
    pane.addEventListener("keydown", (event) => this.key(event, row(event), language));
    return pane;
  }

  key(event, row, language) {
    if (!row) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.pick(language, row.dataset.line, event.shiftKey ? -1 : 1);
    }
    const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    const rows = [...row.closest(".kp-pane").querySelectorAll(".kp-line[role]")];
    const next = rows[rows.indexOf(row) + direction];
    if (next) this.focus(next);
  }

  focus(row) {
    const before = row.closest(".kp-pane").querySelector('.kp-line[tabindex="0"]');
    if (before) before.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  // All lines that steps come through, by where: a set of numbers. `told` has the last step of each run that counts.
  met(language, told = this.stories.map(({ length }) => length)) {
    const met = new Map();
    this.stories.forEach((story, i) => {
      const seen = new Set(); // moments: far fewer than steps
      for (let p = 1; p <= told[i]; p++) {
        const moment = story.moment(p);
        if (seen.has(moment)) continue;
        seen.add(moment);
        const lines = story.lines(language, p);
        if (typeof lines === "string") continue;
        for (const [where, number] of lines) (met.get(where) ?? met.set(where, new Set()).get(where)).add(number);
      }
    });
    return met;
  }

  go() {
    const met = this.met("go");
    const go = Object.assign({}, ...this.stories.map(({ code }) => code?.go));
    const files = groupBy([...met.keys()], file);
    return [...files].flatMap(([name, symbols]) => {
      const found = symbols.map((symbol) => ({ symbol, excerpt: go[symbol] ?? NOTHING, numbers: [...met.get(symbol)].sort((a, b) => a - b) }));
      found.sort((a, b) => a.numbers[0] - b.numbers[0]);
      const [{ excerpt: known }] = found;
      const blocks = found.flatMap(({ symbol, excerpt, numbers }, i) => {
        const gap = i ? [h("div", { class: "kp-gap" })] : [];
        const { lines, first } = excerpt;
        if (lines) return [...gap, ...this.folded("go", name, lines.map((line, n) => [first + n, line]), numbers)];
        return [...gap, h("p", { class: "kp-missing" }, symbol.replace(/.*#|@.*/g, "")), ...numbers.map((number) => this.line("go", name, number, null))];
      });
      const [base] = name.split("@");
      return [this.heading(base, known.path?.replace(`/${base}`, "") ?? "", known.link, known.tag ?? ""), ...blocks];
    });
  }

  python() {
    const met = this.met("python");
    const sources = Object.assign({}, ...this.stories.map((each) => each.sources));
    const python = Object.assign({}, ...this.stories.map((each) => each.code?.python));
    const path = (name) => python[name]?.path ?? "";
    const files = groupBy([...met.keys()], path);
    return [...files].flatMap(([name, functions]) => {
      const blocks = functions.map((each) => ({ each, lines: python[each]?.lines ?? (sources[each] ?? []).map((line, i) => [i + 1, line]), link: python[each]?.link }));
      blocks.sort((a, b) => (name ? a.lines[0][0] - b.lines[0][0] : 0));
      return [
        this.heading(name ? name.split("/").at(-1) : "the scenario", name ? name.split("/").slice(0, -1).join("/") : "what this run plays", blocks[0].link, ""),
        ...blocks.flatMap(({ each, lines }, i) => [i ? h("div", { class: "kp-gap" }) : "", ...this.folded("python", each, lines, [...met.get(each)])]),
      ];
    });
  }

  // Lines that no step comes near are one line that opens; the first and the last of a function stay.
  folded(language, where, lines, met) {
    const near = lines.map(([number], i) => i === 0 || i === lines.length - 1 || met.some((each) => Math.abs(each - number) <= AROUND));
    const out = [];
    for (let i = 0; i < lines.length; ) {
      let end = i;
      while (end < lines.length && !near[end]) end++;
      const rows = (from, to) => lines.slice(from, to).map(([number, text]) => this.line(language, where, number, text));
      if (end - i >= FOLD) {
        const inside = rows(i, end);
        const button = h("button", { type: "button", class: "kp-fold", onclick: () => {
          inside[0].tabIndex = -1;
          button.replaceWith(...inside);
          inside[0].focus();
        } }, `… ${end - i} lines`);
        out.push(button);
        i = end;
      } else {
        const to = Math.max(end, i + 1);
        out.push(...rows(i, to));
        i = to;
      }
    }
    return out;
  }

  heading(name, where, link, tag) {
    return h("p", { class: "kp-file" }, h("b", {}, link ? h("a", { href: link, rel: "noreferrer" }, name) : name), h("span", {}, where), tag ? h("span", { class: "kp-tag" }, tag.replace("kubernetes-", "")) : "");
  }

  line(language, where, number, text) {
    const name = `${where}:${number}`;
    const row = h("div", { class: "kp-line", "data-line": name }, h("span", { class: "kp-number" }, number), h("span", { class: "kp-count" }),
      h("code", {}, text === null ? " " : text.replace(/^\t+/, (tabs) => "  ".repeat(tabs.length))), h("span", { class: "kp-values" }));
    this.rows.set(`${language} ${name}`, row);
    return row;
  }

  row(language, line) {
    return this.rows.get(`${language} ${line}`);
  }

  count(pane, language, told) {
    const counts = new Map();
    const add = (line, i, n) => (counts.get(line) ?? counts.set(line, this.stories.map(() => 0)).get(line))[i] += n;
    this.stories.forEach((story, i) => {
      for (const [line, n] of story.counts(language, told[i])) add(lineName(language, split(line)), i, n);
    });
    for (const [where, numbers] of this.met(language, told)) {
      for (const number of numbers) {
        const line = lineName(language, [where, number]);
        const row = this.row(language, line);
        if (!row) continue;
        const times = counts.get(line);
        setText(row.children[1], times ? `${times.join("|")}×` : "");
        setAttribute(row, "role", "button");
        row.tabIndex = -1;
        row.title = `${times ? `runs ${times.join(" and ")} times here` : "calls what runs"}; click: the next time, Shift-click: the time before`;
      }
    }
    const first = pane.querySelector(".kp-line[role]");
    if (first) first.tabIndex = 0;
  }

  // Light what runs: [{ story, p, values, name }], one for each run that has just moved. `told` has the last step of each
  // run that the reader knows: what runs later is not counted.
  show(moved, told) {
    if (this.told !== told.join()) {
      this.told = told.join();
      for (const pane of this.element.children) this.count(pane, pane.dataset.language, told);
    }
    for (const row of this.element.querySelectorAll("[data-runs]")) {
      for (const name of ["data-runs", "data-role", "data-hang"]) row.removeAttribute(name);
      row.children[3].replaceChildren();
    }
    const panes = [...this.element.children].map((pane) => ({ pane, rows: this.light(pane, pane.dataset.language, moved) }));
    // Where the values would hide the code, they hang below. First all is read, then all is written: a layout is dear.
    const hung = panes.flatMap(({ pane, rows }) => rows.map((row) => {
      const [, , text, chip] = row.children;
      return [row, text.offsetLeft + text.scrollWidth + chip.scrollWidth > pane.clientWidth - 4];
    }));
    for (const [row, hangs] of hung) row.toggleAttribute("data-hang", hangs);
    const scrolled = panes.map(({ pane, rows }) => [pane, rows.length ? scrollOf(pane, rows) : pane.scrollTop]);
    for (const [pane, top] of scrolled) if (pane.scrollTop !== top) pane.scrollTop = top;
  }

  // Light the lines of a pane; gives those that run.
  light(pane, language, moved) {
    const now = [];
    const reasons = []; // why a pane has no line, or not its text
    for (const { story, p, values, name } of moved) {
      const lines = story.lines(language, p);
      if (typeof lines === "string") {
        reasons.push([name ? `${name}: ${lines}` : lines]);
        continue;
      }
      if (language === "go") reasons.push(whyNoText(story.code.go[lines[0][0]], lines[0]));
      // What is called outside the modules has only its number: then the line that calls it runs as well, with its text.
      const last = language === "go" ? Math.max(0, lines.findIndex(([symbol]) => story.code.go[symbol]?.lines)) : 0;
      lines.forEach((line, depth) => {
        const row = this.row(language, lineName(language, line));
        if (!row || (depth > last && row.hasAttribute("data-runs"))) return;
        setAttribute(row, "data-runs", depth > last ? "caller" : "now");
        if (depth > last) return;
        setAttribute(row, "data-role", story.look(p));
        if (depth < last) return;
        row.children[3].append(h("span", { "data-role": story.look(p) }, name ? h("em", {}, name) : "", values));
        now.push(row);
      });
    }
    const [why] = pane.children;
    const said = reasons.filter((each) => each.length);
    why.hidden = !said.length;
    swap(why, said.flatMap((each, i) => (i ? [" ", ...each] : each)));
    return [...new Set(now)];
  }
}

// How far a pane is to be scrolled so that these rows are seen; no further if they are.
function scrollOf(pane, rows) {
  const top = Math.min(...rows.map((row) => row.offsetTop));
  const bottom = Math.max(...rows.map((row) => row.offsetTop)) + 22;
  const { clientHeight: height, scrollTop } = pane;
  if (top >= scrollTop + 40 && bottom <= scrollTop + height - 44) return scrollTop;
  return Math.max(0, Math.round(bottom - top < height - 60 ? (top + bottom) / 2 - height * 0.52 : rows[0].offsetTop - height * 0.45));
}

function groupBy(values, key) {
  const groups = new Map();
  for (const value of values) (groups.get(key(value)) ?? groups.set(key(value), []).get(key(value))).push(value);
  return groups;
}

// "scenario:ten_events:7" is line 7 of scenario:ten_events.
const split = (line) => [line.slice(0, line.lastIndexOf(":")), line.slice(line.lastIndexOf(":") + 1)];
