// The search: symbols, terms, sections. It comes with its index when the reader opens it; `keventFind(root, query)`
// opens it again. What is found is put together as text, never as markup.
"use strict";
(() => {
  const MOST = { symbols: 8, terms: 5, sections: 8 };
  const CJK = /[\u3400-\u9fff\uf900-\ufaff]/;
  const TRY = ["distribute", "recordTo", "max_queued", "ESOSF", "事件", "令牌桶", "too old resource version"];
  const bare = (text) => text.toLowerCase().replace(/[^a-z0-9\u3400-\u9fff]/g, "");
  const initials = (name) => name.split(".").at(-1).replace(/^[a-z]/, (letter) => letter.toUpperCase()).replace(/_+([a-z])/g, (_, letter) => letter.toUpperCase()).replace(/[^A-Z]/g, "").toLowerCase();
  const make = (name, properties = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) key in element ? (element[key] = value) : element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== "" && child !== null));
    return element;
  };

  let index = null;
  let root = "";

  function loaded() {
    return new Promise((resolve, reject) => {
      if (globalThis.keventIndex) return resolve();
      document.head.append(make("script", { src: `${root}_static/search-index.js`, onload: resolve, onerror: reject }));
    });
  }

  // --- finding. Smaller is better; Infinity is not found. ---

  // Where a name has the query: it is it, its last part is, it begins with it, its initials are it, it has it inside.
  function nameRank(name, query) {
    if (!name || !query) return Infinity;
    const [whole, last] = [bare(name), bare(name.split(".").at(-1))];
    if (whole === query || last === query) return 0;
    if (last.startsWith(query)) return 1 + last.length / 1000;
    if (whole.startsWith(query)) return 2 + whole.length / 1000;
    if (query.length > 1 && initials(name) === query) return 1.5;
    if (whole.includes(query)) return 3 + whole.length / 1000;
    return Infinity;
  }

  function best(rows, rank) {
    return rows.map((row) => [rank(row), row]).filter(([value]) => value < Infinity).sort(([a], [b]) => a - b).map(([, row]) => row);
  }

  function find(text) {
    const whole = text.trim();
    const query = bare(whole);
    const words = whole.toLowerCase().split(/\s+/).filter(Boolean);
    if (!query && !words.length) return { symbols: [], terms: [], sections: [], words };
    const symbols = best(index.symbols, ([go, python]) => Math.min(nameRank(go, query), nameRank(python, query) + 0.01));
    const terms = best(index.terms, ([english, chinese, meaning]) => {
      const at = english.toLowerCase();
      if (at === whole.toLowerCase()) return 0;
      if (CJK.test(whole)) return chinese.includes(whole) ? 1 + chinese.length / 1000 : Infinity;
      if (at.startsWith(whole.toLowerCase())) return 1;
      if (bare(at).includes(query)) return 2;
      return query.length > 3 && meaning.toLowerCase().includes(whole.toLowerCase()) ? 4 : Infinity;
    });
    const sections = best(index.sections, ([page, title, , said]) => {
      const [head, body] = [title.toLowerCase(), said.toLowerCase()];
      let rank = 0;
      for (const word of words) {
        if (head.includes(word)) rank += 1;
        else if (body.includes(word)) rank += 3;
        else return Infinity;
      }
      return rank / words.length + (index.pages[page][0] ? 0 : 0.5) + body.indexOf(words[0]) / 100000;
    });
    return { symbols, terms, sections, words: words.length > 1 ? words : [whole.toLowerCase()] };
  }

  // --- showing ---

  // The text with what was looked for in marks.
  function marked(text, words) {
    const parts = [];
    let from = 0;
    const low = text.toLowerCase();
    for (;;) {
      const hits = words.map((word) => [low.indexOf(word, from), word.length]).filter(([at, length]) => at >= 0 && length);
      if (!hits.length || parts.length > 24) break;
      const [at, length] = hits.sort((a, b) => a[0] - b[0])[0];
      parts.push(text.slice(from, at), make("mark", {}, text.slice(at, at + length)));
      from = at + length;
    }
    return [...parts, text.slice(from)];
  }

  // Some words around the first place.
  function cut(text, words) {
    const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((n) => n >= 0));
    const from = at >= 60 && at < Infinity ? text.indexOf(" ", at - 60) + 1 : 0;
    const to = from + 170 < text.length ? Math.max(text.lastIndexOf(" ", from + 170), from + 110) : text.length;
    return `${from ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
  }

  let hits = [];
  let chosen = -1;

  function row(href, kind, title, where, below = "") {
    return make("a", { className: "hit", role: "option", href: `${root}${href}`, tabIndex: -1, id: `hit-${hits.length}` },
      make("span", { className: "kind" }, kind), make("span", { className: "pair" }, ...title), make("span", { className: "where" }, where), below && make("span", { className: "sub" }, ...below));
  }

  function group(title, rows, most, draw) {
    if (!rows.length) return [];
    const id = `group-${title.split(",")[0].toLowerCase()}`;
    const shown = rows.slice(0, most).map((each) => {
      const hit = draw(each);
      hits.push(hit);
      return hit;
    });
    const more = rows.length > most ? make("span", {}, `${most} of ${rows.length}`) : "";
    return [make("div", { role: "group", "aria-labelledby": id }, make("p", { className: "group", id }, title, more), ...shown)];
  }

  function paint() {
    if (!index) return; // it is on its way
    const text = input.value;
    const { symbols, terms, sections, words } = find(text);
    const page = (n) => (index.pages[n][0] ? `chapter ${index.pages[n][0]}` : "");
    hits = [];
    const groups = [
      ...group("Symbols, Go and Python", symbols, MOST.symbols, ([go, python, kind, place, chapters, href]) => row(href, kind,
        [go && make("code", {}, ...marked(go, words)), python && make("code", { className: go ? "twin-of" : "" }, ...marked(python, words))].filter(Boolean), place,
        chapters ? [`read in chapter${chapters.includes(",") ? "s" : ""} ${chapters}`] : "")),
      ...group("Terms", terms, MOST.terms, ([english, chinese, meaning, href]) => row(href, "term",
        [make("b", {}, ...marked(english, words)), make("span", { lang: "zh-Hans" }, ...marked(chinese, words))], "glossary", marked(cut(meaning, words), words))),
      ...group("Sections", sections, MOST.sections, ([n, title, anchor, said]) => row(`${index.pages[n][2]}${anchor && `#${anchor}`}`, page(n),
        [make("b", {}, ...marked(title, words))], anchor ? index.pages[n][1] : "", marked(cut(said, words), words))),
    ];
    if (hits.length) list.setAttribute("role", "listbox");
    else list.removeAttribute("role");
    if (!text.trim()) list.replaceChildren(make("p", { className: "none" }, "For example"), make("p", { className: "try" }, ...TRY.map((each) => make("button", { type: "button", onclick: () => ask(each) }, each))));
    else if (!hits.length) {
      list.replaceChildren(make("p", { className: "none" }, make("b", {}, `Nothing in the book has “${text.trim()}”.`)),
        make("p", { className: "none" }, "Names can be Go’s or Python’s, whole or in part, or initials: recordTo, max_queued, ESOSF. Chinese terms as in the glossary: 事件, 令牌桶. Of a message two or three words."));
    } else list.replaceChildren(...groups);
    choose(hits.length ? 0 : -1);
    count.textContent = text.trim() ? `${hits.length} shown` : "";
  }

  function choose(n) {
    hits[chosen]?.setAttribute("aria-selected", "false");
    chosen = n;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    if (n < 0) return input.removeAttribute("aria-activedescendant");
    hits[n].setAttribute("aria-selected", "true");
    hits[n].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", hits[n].id);
  }

  function ask(text) {
    input.value = text;
    paint();
    input.focus();
  }

  const input = make("input", { type: "search", role: "combobox", "aria-label": "Search", "aria-controls": "search-list", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off", spellcheck: false, placeholder: "A name, a term, a message" });
  const list = make("div", { className: "found", id: "search-list", "aria-label": "What was found" });
  const count = make("span", { role: "status" });
  const keys = [["↑ ↓", "choose"], ["Tab", "next group"], ["Enter", "open"], ["Esc", "close"]].map(([key, does]) => make("span", {}, make("kbd", {}, key), ` ${does}`));
  const dialog = make("dialog", { className: "search", "aria-label": "Search the book" },
    make("div", { className: "asked" }, input, make("button", { type: "button", className: "word", onclick: () => dialog.close() }, "Close")), list, make("p", { className: "keys" }, ...keys, count));
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  list.addEventListener("click", ({ target }) => target.closest(".hit") && dialog.close());
  input.addEventListener("input", paint);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) choose((chosen + step + hits.length) % hits.length);
    else if (event.key === "Enter" && hits[chosen]) hits[chosen].click();
    else if (event.key === "Escape") dialog.close(); // a search field would only be emptied
    else if (event.key === "Tab" && !event.shiftKey && list.querySelectorAll("[role=group]").length > 1) {
      const groups = [...list.querySelectorAll("[role=group]")];
      const at = groups.indexOf(hits[chosen]?.closest("[role=group]"));
      choose(hits.indexOf(groups[(at + 1) % groups.length].querySelector(".hit")));
    } else return;
    event.preventDefault();
  });

  // `place` is where it stands on a page that is for it; elsewhere it lies over the page.
  globalThis.keventFind = async (where, query, place) => {
    root = where;
    if (!dialog.isConnected) (place ?? document.body).append(dialog);
    if (!dialog.open) place ? dialog.show() : dialog.showModal();
    if (query) input.value = query;
    input.focus();
    try {
      await loaded();
    } catch {
      list.replaceChildren(make("p", { className: "none" }, "The index of the book did not come. Try again when there is a network."));
      return;
    }
    index = globalThis.keventIndex;
    paint();
  };
})();
