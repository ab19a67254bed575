// Where is my event: answers strike causes out; a file is read by kevent in the page's own Python. All that is shown of a
// file is set as text. Nothing is fetched before a press, and nothing is sent.
"use strict";
(() => {
  const page = document.querySelector(".wme");
  if (!page || page.dataset.on) return;
  page.dataset.on = "yes";
  const data = JSON.parse(page.querySelector(".wme-data").textContent);
  const $ = (selector, root = page) => root.querySelector(selector);
  const $$ = (selector, root = page) => [...root.querySelectorAll(selector)];

  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  // --- copying ---

  for (const button of $$(".wme-copy")) button.hidden = false;
  page.addEventListener("click", (event) => {
    const button = event.target.closest(".wme-copy");
    if (!button) return;
    const said = (word) => {
      button.textContent = word;
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
    navigator.clipboard.writeText($("code", button.parentElement).textContent).then(() => said("Copied"), () => said("Not copied"));
  });
  const command = (words) => h("div", { class: "wme-command" }, h("code", {}, words), h("button", { type: "button", class: "wme-copy" }, "Copy"));

  // --- what is seen, and what the answers leave ---

  const release = $(".wme-release");
  const links = $$(".wme-see a");
  const sections = $$(".wme-symptom");
  let seen = "";

  for (const form of $$(".wme-questions")) form.hidden = false;

  function causes(section) {
    const out = new Map(), less = new Map();
    for (const fieldset of $$("fieldset", section)) {
      const answer = $("input:checked", fieldset)?.value;
      for (const effect of answer ? JSON.parse(fieldset.dataset.effects) : []) {
        if (effect.answer === answer) (effect.out ? out : less).set(effect.cause, effect.why);
      }
    }
    return $$(".wme-cause", section).map((element) => {
      const key = element.dataset.cause;
      const there = element.dataset.releases.split(" ").includes(release.value);
      return { element, stop: element.dataset.stop, why: there ? out.get(key) : `not in ${release.value}`, less: less.get(key) };
    });
  }

  function strike(section) {
    const found = causes(section);
    const left = found.filter(({ why }) => !why);
    for (const { element, why, less } of found) {
      element.classList.toggle("out", Boolean(why));
      element.classList.toggle("less", !why && Boolean(less));
      $(".wme-why", element).textContent = why ? `Struck out: ${why}.` : less ? `Less likely: ${less}.` : "";
    }
    const list = $(".wme-causes", section);
    const rank = ({ why, less }) => (why ? 2 : less ? 1 : 0);
    const order = found.map((each, i) => [rank(each), i, each.element]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    order.forEach(([, , element], i) => { if (list.children[i] !== element) list.insertBefore(element, list.children[i]); });
    const all = found.length;
    if (left.length === 1) $("details", left[0].element).open = true;
    $(".wme-left", section).textContent = all === 1 ? "" : left.length === all ? `${all} places to look` : left.length === 1 ? "one left" : `${left.length} of ${all} left`;
    for (const item of $$(".wme-map li", section)) {
      const here = found.filter(({ stop }) => stop === item.dataset.stop);
      const open = here.filter(({ why }) => !why).length;
      item.className = open ? "open" : here.length ? "shut" : "";
      $("small", item).textContent = open ? `${open} possible` : here.length ? "struck out" : "";
    }
  }

  function address() {
    const section = sections.find(({ dataset }) => dataset.see === seen);
    const answers = section ? $$("input:checked", section).map((input) => [input.dataset.question, input.value]) : [];
    if (release.value !== data.newest) answers.push(["release", release.value]);
    const rest = new URLSearchParams(answers).toString();
    const hash = section ? `#see-${seen}${rest && `?${rest}`}` : "";
    history.replaceState(null, "", hash || `${location.pathname}${location.search}`);
  }

  function choose(key, { quiet = false } = {}) {
    seen = key;
    for (const link of links) link.dataset.see === key ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    for (const section of sections) section.hidden = section.dataset.see !== key;
    const section = sections.find(({ dataset }) => dataset.see === key);
    if (section) strike(section);
    if (!quiet) address();
    return section;
  }

  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(seen === link.dataset.see ? "" : link.dataset.see)?.scrollIntoView({ block: "nearest" });
    });
  }
  page.addEventListener("change", ({ target }) => {
    const section = target.closest(".wme-symptom");
    if (!section) return;
    strike(section);
    address();
  });

  function follow() {
    const [name, rest = ""] = decodeURIComponent(location.hash.slice(1)).split("?");
    const given = new URLSearchParams(rest);
    const wanted = given.get("release");
    if (wanted && [...release.options].some(({ value }) => value === wanted)) release.value = wanted;
    const key = name.startsWith("see-") ? name.slice(4) : "";
    const section = sections.find(({ dataset }) => dataset.see === key);
    for (const input of section ? $$("input", section) : []) input.checked = given.get(input.dataset.question) === input.value;
    choose(section ? key : "", { quiet: true });
    if (section) section.scrollIntoView({ block: "start" });
  }
  addEventListener("hashchange", follow);
  follow();

  // --- a stage under a cause ---

  // A press brings its scripts; the stage answers like the release that is chosen, and follows it.
  const numbers = [...release.options].map(({ value }) => value);
  const stages = new Map();
  const brought = new Map();

  function bring(address) {
    if (!brought.has(address)) {
      brought.set(address, new Promise((come, fail) => {
        document.head.append(Object.assign(document.createElement("script"), { src: address, async: false, onload: come, onerror: fail }));
      }));
    }
    return brought.get(address);
  }

  // The recorded runs, the one that this release goes called by its name: before it the last that went another way, after it the first.
  function asReleased({ data, releases, opens }, cause) {
    if (!releases) return data;
    const place = (name) => numbers.indexOf(name);
    const at = releases.findLastIndex((name) => place(name) <= place(release.value));
    const values = releases.map((name, i) => (i === at ? release.value : i < at ? numbers[place(releases[i + 1]) - 1] : name));
    return { ...data, parameters: [{ ...data.parameters[0], values }], at: [at], opens: opens[cause][at] };
  }

  function show(element) {
    const { figure, run, box } = stages.get(element);
    if (element.classList.contains("out")) return; // and not to be seen
    figure?.end?.();
    const wrapper = h("div", { class: "kevent-figure", "data-stays": "" });
    $(".kevent-figure", box)?.remove();
    box.append(wrapper);
    const told = globalThis.keventRuns[run];
    stages.get(element).figure = globalThis.keventParts.show(wrapper, asReleased(told, element.dataset.cause), told.lines);
  }

  for (const button of $$(".wme-happens")) {
    const element = button.closest(".wme-cause"), box = $(".wme-stage", element), { run } = button.dataset;
    button.hidden = false;
    button.addEventListener("click", async () => {
      box.hidden = !box.hidden;
      button.setAttribute("aria-expanded", String(!box.hidden));
      button.textContent = box.hidden ? "See it happen" : "Close the stage";
      if (box.hidden || stages.has(element)) return;
      stages.set(element, { run, box });
      try {
        await Promise.all(button.dataset.brings.split(" ").map(bring));
        show(element);
      } catch {
        stages.delete(element);
        box.append(h("p", { role: "status" }, "The run did not come. Is the network there?"));
      }
    });
  }

  // --- what the cluster says ---

  const said = $(".wme-said");
  const result = $(".wme-result");
  const text = $(".wme-text");
  const stop = $(".wme-stop");
  const can = document.documentElement.dataset.live === "ready";
  let live, busy = 0, shown = null, chosen = 0;
  if (!can) $(".wme-drop").hidden = true;
  $(".wme-home").hidden = can;

  const limits = $$(".wme-limits input");
  function settings() {
    const [burst, pause, most] = limits.map(({ value, defaultValue, validity }) => Number(validity.valid && value ? value : defaultValue));
    return { release: release.value, limits: { burst: Math.trunc(burst), qps: 1 / pause, max_events: Math.trunc(most) } };
  }

  function tell(...children) {
    said.replaceChildren(...children);
  }

  function wrong(title, why, words) {
    tell(h("div", { class: "wme-wrong" }, h("p", {}, h("b", {}, title)), h("p", {}, why), words && command(words)));
    result.hidden = true;
  }

  async function python() {
    live ??= await globalThis.keventBring();
    await live.python.start();
    return live.python;
  }

  async function read(file, name) {
    const turn = ++busy;
    if (file.size > data.most * 1e6) {
      return wrong(`${name} has ${(file.size / 1e6).toFixed(0)} MB`, `A page takes ${data.most} MB at most. On your machine there is no such limit:`, data.home);
    }
    const bar = h("progress", { max: 1, value: 0, "aria-label": "How much has been read" });
    const words = h("span", {}, "Python comes …");
    tell(h("div", { class: "wme-reading" }, words, bar));
    stop.hidden = false;
    const began = performance.now();
    try {
      const worker = await python();
      words.textContent = `${name}, ${(file.size / 1e6).toFixed(1)} MB: reading`;
      const told = await worker.diagnose({ file, settings: settings() }, (part) => { bar.value = part; });
      if (turn !== busy) return;
      if (told.refused) return wrong(told.server ? "The server’s own words" : "Not read", told.refused, told.server ? "kubectl auth can-i list events -A" : "");
      chosen = 0;
      shown = told;
      render();
      tell(h("p", { class: "wme-read" }, `Read in ${((performance.now() - began) / 1000).toFixed(1)} s.`));
      result.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (turn === busy) wrong("Not read", error.message === "Python was ended" ? "Stopped." : `Python did not read it: ${error.message}. On your machine:`, data.home);
    } finally {
      if (turn === busy) stop.hidden = true;
    }
  }

  $(".wme-look").addEventListener("click", () => {
    if (!text.value.trim()) return wrong("Nothing there yet", "Paste the JSON, open the file, or take the sample.", data.get);
    read(new Blob([text.value]), "What you pasted");
  });
  $(".wme-file").addEventListener("change", ({ target }) => {
    if (target.files[0]) read(target.files[0], target.files[0].name);
    target.value = "";
  });
  $(".wme-sample").addEventListener("click", () => {
    text.value = JSON.stringify(data.sample, null, 1);
    read(new Blob([text.value]), "The sample");
  });
  stop.addEventListener("click", () => {
    busy++;
    stop.hidden = true;
    tell("Stopped.");
    live?.python.restart().catch(() => {});
  });
  const drop = $(".wme-drop");
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return; // dragged text goes into the field
    event.preventDefault();
    read(file, file.name);
  });

  release.addEventListener("change", () => {
    for (const section of sections) strike(section);
    for (const [element, { figure }] of stages) if (figure) show(element);
    address();
    again();
  });
  for (const input of limits) input.addEventListener("change", () => again());

  async function again() {
    if (!shown) return;
    const turn = ++busy;
    const told = await (await python()).diagnose({ ask: "again", words: JSON.stringify(settings()) });
    if (turn !== busy) return;
    const name = JSON.stringify([shown.groups[chosen]?.object, shown.groups[chosen]?.source]);
    shown = told;
    chosen = Math.max(told.groups.findIndex((group) => JSON.stringify([group.object, group.source]) === name), 0);
    render();
  }

  // --- what was found ---

  const LEVEL = { certain: "certain", given: "given defaults", possible: "possible" };
  const number = (value) => value.toLocaleString("en");
  const noun = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
  const about = ({ object }) => `${object.kind} ${object.name}`;
  const source = ({ source: { component, host } }) => (host ? `${component || "-"} on ${host}` : component || "-");
  const clock = (ms) => new Date(ms).toISOString().slice(11, 19);

  function finding(found) {
    const tests = found.level === "possible" || found.causes.length > 1;
    return h("li", { class: "wme-found", "data-level": found.level },
      h("span", { class: "wme-level" }, h("i", { "aria-hidden": "true" }), LEVEL[found.level]),
      h("div", {},
        h("p", {}, h("b", {}, found.title)),
        h("p", {}, `${found.why} `, h("a", { href: data.rules[found.rule] }, `Chapter ${found.chapter}`),
          data.go[found.go] ? [" · ", h("a", { href: data.go[found.go] }, `${found.go.split(",")[0].split(".").at(-1)} in Go`)] : ""),
        tests && found.causes.length ? h("ul", { class: "wme-behind" }, found.causes.map((cause) => h("li", {}, `${cause.title}. `, cause.test ? command(cause.test) : ""))) : ""));
  }

  // A line for each event, from its first time to its last.
  function drawing(group) {
    const S = "http://www.w3.org/2000/svg";
    const s = (tag, attributes, ...children) => {
      const element = document.createElementNS(S, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.append(...children);
      return element;
    };
    const events = group.drawn.filter(({ first }) => first !== null).slice(0, 10);
    if (!events.length) return "";
    const room = result.clientWidth;
    const width = Math.max(280, room < 736 ? room : room - 320), row = 20, height = events.length * row + 24;
    const first = Math.min(...events.map((each) => each.first)), last = Math.max(...events.map((each) => each.last ?? each.first), first + 60_000);
    const x = (time) => 8 + (width - 16) * (time - first) / (last - first);
    const rows = events.flatMap((each, i) => {
      const y = i * row + 10, a = x(each.first), b = x(each.last ?? each.first), kind = each.type === "Warning" ? "warning" : "normal";
      const right = b < width * 0.6;
      const words = `${each.combined ? "combined " : ""}${each.reason}${each.count > 1 ? ` ×${number(each.count)}` : ""}`;
      return [
        s("path", { d: `M${a} ${y}H${b}`, class: `line ${kind}` }),
        kind === "warning" ? s("path", { d: `M${a} ${y - 7}l7 7-7 7-7-7z`, class: kind }) : s("rect", { x: a - 6, y: y - 6, width: 12, height: 12, rx: 3, class: kind }),
        ...each.count > 1 ? [s("circle", { cx: b, cy: y, r: 4, class: `ring ${kind}` })] : [],
        s("text", { x: right ? b + 13 : a > 170 ? a - 13 : a + 13, y: y + 4, "text-anchor": right || a <= 170 ? "start" : "end" }, words),
      ];
    });
    const more = group.events - events.length;
    return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "wme-drawing", "aria-label": `${noun(group.events, "event")}, from ${clock(first)} to ${clock(last)}` },
      ...rows, s("path", { d: `M0 ${height - 18}H${width}`, class: "axis" }),
      s("text", { x: 0, y: height - 4 }, clock(first)), s("text", { x: width, y: height - 4, "text-anchor": "end" }, `${clock(last)} UTC`),
      ...more > 0 ? [s("text", { x: width / 2, y: height - 4, "text-anchor": "middle" }, `and ${number(more)} more`)] : []);
  }

  function missing(group) {
    const reason = h("input", { name: "reason", placeholder: "BackOff", required: true, autocomplete: "off" });
    const at = h("input", { name: "at", placeholder: "2026-03-01T10:05:00Z", autocomplete: "off" });
    const answer = h("div", { role: "status" });
    const form = h("form", { class: "wme-missing", onsubmit: async (event) => {
      event.preventDefault();
      const { object, source: { component, host } } = group;
      const asked = { kind: object.kind, name: object.name, namespace: object.namespace, component, host, type: "", reason: reason.value.trim(), at: at.value.trim() };
      const told = await (await python()).diagnose({ ask: "missing", words: JSON.stringify(asked) });
      if (told.refused) return answer.replaceChildren(told.refused);
      answer.replaceChildren(h("ol", { class: "wme-behind" }, told.causes.map((cause) => h("li", {}, h("b", {}, cause.title), ` ${cause.why} `, h("a", { href: data.causes[cause.key] }, `Chapter ${cause.chapter}`), cause.test ? command(cause.test) : ""))));
    } },
      h("p", {}, h("b", {}, "Is one missing?")), h("label", {}, "its reason ", reason), h("label", {}, "when, if you know ", at),
      h("button", { type: "submit" }, "What may have become of it"));
    return h("div", {}, form, answer);
  }

  function detail() {
    const group = shown.groups[chosen];
    if (!group) return h("div", { class: "wme-object" });
    const cell = (label, value, mark = "") => h("div", { class: mark || (value === 0 ? "none" : "") }, h("small", {}, label), h("b", {}, typeof value === "number" ? number(value) : value));
    const held = group.filteredAtLeast;
    const series = group.package === "tools/events";
    return h("div", { class: "wme-object" },
      h("h3", { tabindex: "-1" }, about(group)),
      h("p", { class: "wme-whose" }, `${group.object.namespace || "no namespace"}, recorded by ${source(group)} with ${group.package}`),
      h("div", { class: "wme-fate" }, cell("happened, at least", group.observed), cell("event objects", group.events), cell("combined", group.combined),
        cell("counted, not written", series ? 0 : held ? `≥ ${number(held)}` : "?", held ? "loss" : ""), cell("dropped", "?", "loss")),
      h("div", { class: "wme-line" }, drawing(group)),
      h("ul", { class: "wme-findings" }, group.findings.filter(({ rule }) => rule !== "unsigned").map(finding)),
      group.findings.length ? "" : h("p", {}, "Nothing odd: written as it was recorded."),
      missing(group));
  }

  function pick(i) {
    chosen = i;
    $$(".wme-objects button").forEach((button, k) => button.setAttribute("aria-pressed", String(k === i)));
    const made = detail();
    $(".wme-object").replaceWith(made);
    if (matchMedia("(max-width: 900px)").matches) $("h3", made)?.scrollIntoView({ block: "start" });
  }

  async function search(words) {
    const turn = ++busy;
    const told = await (await python()).diagnose({ ask: "find", words });
    if (turn !== busy) return;
    shown = told;
    chosen = 0;
    $(".wme-list").replaceWith(list());
    $(".wme-object").replaceWith(detail());
  }

  function list() {
    const few = shown.groups.length < shown.all;
    return h("div", { class: "wme-list" },
      h("ul", { class: "wme-objects" }, shown.groups.map((group, i) => h("li", {}, h("button", { type: "button", "aria-pressed": String(i === chosen), onclick: () => pick(i) },
        h("b", {}, about(group)), h("span", { class: "wme-marks", "aria-hidden": "true" }, group.findings.filter(({ rule }) => rule !== "unsigned").map(({ level }) => h("i", { "data-level": level }))),
        h("small", {}, `${group.object.namespace ? `${group.object.namespace} · ` : ""}${source(group)} · ${noun(group.events, "event")}, happened ${group.observed === 1 ? "once" : `${number(group.observed)} times`}`))))),
      few ? h("p", {}, `${number(shown.groups.length)} of ${number(shown.all)}, those with most to say.`) : "");
  }

  function render() {
    result.hidden = false;
    const span = shown.first && shown.last ? `from ${shown.first.replace("T", " ").slice(0, 16)} to ${shown.last.replace("T", " ").slice(0, 16)} UTC` : "";
    if (!shown.all) {
      return result.replaceChildren(h("h2", {}, "No events"), h("p", {}, "The list is empty. The server has none there, or you may not see them, or they have expired (--event-ttl)."), command("kubectl auth can-i list events -A"));
    }
    const find = h("input", { type: "search", placeholder: "a name", "aria-label": "Find an object", onchange: ({ target }) => search(target.value) });
    result.replaceChildren(
      h("h2", {}, `What the data tells, read as ${shown.release}`),
      h("p", { class: "wme-sum" }, h("b", {}, number(shown.events)), ` ${shown.events === 1 ? "event" : "events"} `, h("b", {}, number(shown.observed)), " occurrences at least ", h("b", {}, number(shown.all)), ` ${shown.all === 1 ? "group" : "groups"}, of one source and one object each, ${span}`),
      shown.notes.length ? h("ul", { class: "wme-notes" }, shown.notes.map((note) => h("li", {}, note))) : "",
      shown.findings.length ? h("ul", { class: "wme-findings" }, shown.findings.map(finding)) : "",
      shown.all > shown.groups.length ? h("p", { class: "wme-search" }, h("label", {}, "Find ", find)) : "",
      h("div", { class: "wme-grid" }, list(), detail()));
  }
})();
