// The furniture of a page: its theme, its place in the book and on the map, cards for terms, the way to the search.
// What the browser keeps of a reader's way has names that begin with "kevent", here and elsewhere.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const { documentElement: page } = document;
  const kept = "kevent-book";

  // A browser may refuse to keep anything: then this page does.
  function recall() {
    try { return JSON.parse(localStorage.getItem(kept)) ?? {}; } catch { return {}; }
  }
  function keep(name, value) {
    try { localStorage.setItem(kept, JSON.stringify({ ...recall(), [name]: value })); } catch { /* for this page only */ }
  }

  // --- the theme: a word that says what a press makes of it ---

  const word = document.querySelector("[data-theme-word]");
  const sayTheme = () => word.replaceChildren(page.dataset.theme === "dark" ? "Light" : "Dark", Object.assign(document.createElement("span"), { className: "only-heard", textContent: " theme" }));
  word.hidden = false;
  sayTheme();
  word.addEventListener("click", () => {
    page.dataset.mode = page.dataset.theme = page.dataset.theme === "dark" ? "light" : "dark";
    try { for (const name of ["mode", "theme"]) localStorage.setItem(name, page.dataset.theme); } catch { /* for this page only */ }
    sayTheme();
  });

  // --- progress: a chapter is read when its end has been seen ---

  const read = new Set(recall().read ?? []);
  const here = Number(document.querySelector(".line .now")?.dataset.chapter);
  const showRead = () => {
    for (const item of all("[data-chapter]")) item.classList.toggle("read", read.has(Number(item.dataset.chapter)));
  };
  const end = document.querySelector("main > .end");
  if (here && end) {
    const seen = new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting || scrollY < 200) return;
      seen.disconnect();
      read.add(here);
      keep("read", [...read].sort((a, b) => a - b));
      showRead();
    });
    seen.observe(end);
  }
  function storedNames() {
    try { return Object.keys(localStorage).filter((name) => name.startsWith("kevent")); } catch { return []; }
  }
  document.querySelector("[data-erase]")?.addEventListener("click", ({ target }) => {
    for (const name of storedNames()) localStorage.removeItem(name);
    read.clear();
    showRead();
    target.nextElementSibling.textContent = " Erased: what was read, answered and typed.";
  });
  document.querySelector(".kept").hidden = false;
  showRead();

  // --- where the reader is: the section in the contents, the stop on the map ---

  const heads = all("article section[id] > :is(h2, h1)").map((title) => title.parentElement);
  const links = new Map(all(".side li li > a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link.parentElement]));
  const at = document.querySelector(".map .at");
  const stopOf = (section) => section?.querySelector(":scope > [data-stop]")?.dataset.stop;
  let present = null;
  const place = () => {
    const line = innerHeight * 0.35;
    const found = heads.findLast((section) => section.getBoundingClientRect().top < line && section.getBoundingClientRect().bottom > line) ?? heads[0];
    if (found === present) return;
    present = found;
    for (const [id, item] of links) item.classList.toggle("here", id === found?.id);
    if (at) at.textContent = found?.querySelector("h1, h2")?.textContent.replace(/#$/, "") ?? "";
    const stop = stopOf(found);
    if (stop) for (const item of all(".map li")) item.classList.toggle("here", item.dataset.stop === stop);
  };
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      place();
    });
  };
  if (heads.length) {
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    place();
  }
  const side = document.querySelector(".side");
  const now = side?.querySelector(".now > a");
  if (now?.offsetTop > 0.75 * side.clientHeight) side.scrollTop = now.offsetTop - side.clientHeight / 2; // what follows it are its sections

  // --- what scrolls by itself can be reached with the keyboard ---

  const scrolls = () => {
    for (const box of all("article :is(pre, .output, .pst-scrollable-table-container, .math-block)")) {
      if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible") box.tabIndex = 0;
      else if (box.tabIndex === 0 && !box.dataset.tabs) box.removeAttribute("tabindex");
    }
  };
  for (const box of all("article [tabindex]")) box.dataset.tabs = "";
  addEventListener("load", scrolls);
  addEventListener("resize", scrolls);

  // --- what is folded opens on paper, and for who is sent into it ---

  const unfold = () => {
    const id = decodeURIComponent(location.hash.slice(1).split("?")[0]);
    const target = id && document.getElementById(id);
    const closed = target && [...all(":scope > details", target), target.closest("details:not([open])")].filter(Boolean);
    for (const fold of closed || []) fold.open = true;
    if (closed?.length) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  addEventListener("beforeprint", () => {
    for (const fold of all("article details:not([open])")) {
      fold.open = true;
      fold.dataset.forPaper = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of all("[data-for-paper]")) {
      fold.open = false;
      delete fold.dataset.forPaper;
    }
  });

  // --- the run at the head of a chapter: small, until somebody wants its code ---

  const opening = document.querySelector(".opening");
  const stage = () => opening?.querySelector(".kevent-figure:not([data-kind='chart'])"); // a run of its cell puts another there
  const first = stage();
  if (first) {
    const press = Object.assign(document.createElement("button"), { type: "button", className: "whole-stage" });
    const more = first.dataset.kind === "event-flow" ? "the code, the causes and other values" : "the lines of code and other values";
    const show = (whole) => {
      opening.classList.toggle("whole", whole);
      press.textContent = whole ? "Make it small again" : `Show ${more}`;
    };
    press.addEventListener("click", () => {
      show(!opening.classList.contains("whole"));
      stage()?.scrollIntoView({ block: "nearest" });
    });
    (first.closest(".cell_output") ?? first).after(press);
    show(location.hash.startsWith(`#${first.id}`)); // a link to a step means the stage, not the chapter's head
  }

  // --- the card of a term ---

  const island = document.getElementById("terms");
  if (island) cards(JSON.parse(island.textContent));

  function cards(terms) {
    let card = null;
    let owner = null;
    let timer = 0;
    const make = (name, properties = {}, ...children) => {
      const element = Object.assign(document.createElement(name), properties);
      element.append(...children);
      return element;
    };
    const hide = () => {
      clearTimeout(timer);
      card?.remove();
      owner?.removeAttribute("aria-describedby");
      card = owner = null;
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(hide, 220);
    };
    const show = (link) => {
      clearTimeout(timer);
      if (owner === link) return;
      hide();
      const [english, chinese, meaning] = terms[decodeURIComponent(link.hash.slice(1))];
      card = make("div", { className: "term-card", id: "term-card", role: "tooltip" },
        make("p", {}, make("b", {}, english), make("span", { lang: "zh-Hans" }, chinese)), make("p", {}, meaning),
        make("p", { className: "term-more" }, make("a", { href: link.href }, "In the glossary")));
      document.body.append(card);
      owner = link;
      link.setAttribute("aria-describedby", card.id);
      const [at, box] = [link.getBoundingClientRect(), card.getBoundingClientRect()];
      const below = at.bottom + 8 + box.height < innerHeight - 8;
      card.style.left = `${Math.max(12, Math.min(at.left, page.clientWidth - box.width - 12)) + scrollX}px`;
      card.style.top = `${(below ? at.bottom + 8 : at.top - box.height - 8) + scrollY}px`;
      card.addEventListener("pointerenter", () => clearTimeout(timer));
      card.addEventListener("pointerleave", later);
    };
    for (const link of all("article a.reference[href*='appendix_glossary.html#term-']")) {
      if (!terms[decodeURIComponent(link.hash.slice(1))]) continue;
      link.classList.add("term");
      link.addEventListener("pointerenter", ({ pointerType }) => {
        if (pointerType === "touch") return;
        clearTimeout(timer);
        timer = setTimeout(() => show(link), 140);
      });
      link.addEventListener("pointerleave", later);
      link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
      link.addEventListener("blur", later);
      link.addEventListener("click", (event) => { // a tap shows the card, which has the link
        if (event.pointerType !== "touch" || owner === link) return;
        event.preventDefault();
        show(link);
      });
    }
    addEventListener("keydown", ({ key }) => key === "Escape" && hide());
    document.addEventListener("pointerdown", ({ target }) => card && !card.contains(target) && !target.closest(".term") && hide());
  }

  // --- the search: its script and its index come when it is opened ---

  const opener = document.querySelector("[data-search]");
  const root = page.dataset.content_root;
  const asking = document.querySelector("[data-search-here]"); // the page of the search: it stands there
  const open = async (query = "") => {
    let typed = query; // meanwhile
    const hear = (event) => {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      typed += event.key;
    };
    addEventListener("keydown", hear, true);
    try {
      await (globalThis.keventSearch ??= bring(`${root}${opener.dataset.search}`));
    } finally {
      removeEventListener("keydown", hear, true);
    }
    globalThis.keventFind(root, typed, asking);
  };
  function bring(src) {
    return new Promise((resolve, reject) => document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject })));
  }
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], .cm-editor");
    const asks = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey);
    if (!asks) return;
    event.preventDefault();
    open();
  });
  if (asking) open(new URLSearchParams(location.search).get("q") ?? "");
})();
