// How a figure comes to life: on a page from the HTML that Python wrote, in a notebook from the widget's model.
// A page loads the scripts of the figures that the reader comes to; each registers its kind.

const makers = new Map();

// make(root, data, { lines, live, id }) builds a figure and returns what has end(). `lines` are its lines of code, if the
// page has them; `live` runs values that were not recorded, if there is a kernel: a promise of { packed, lines }; `id` is
// the figure's name in the page's address, if it is on a page; `before` says that the reader still bets on what it shows:
// it opens one step before that, tells nothing of what comes, and goes on when the bet is made, answered().
export function register(kind, make) {
  makers.set(kind, make);
}

function make(wrapper, data, how) {
  const opening = wrapper.closest(".opening");
  const before = Boolean(opening?.querySelector(".self-check:not(.answered)"));
  const figure = makers.get(data.kind)(wrapper, data, { ...how, before });
  opening?.addEventListener("answered", () => wrapper.isConnected && figure.answered?.());
  return figure;
}

function island(page, id) {
  const found = page.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}

const linesOf = (lines, number, go) => (lines ? { python: lines.python, go: go ?? lines.go ?? {}, table: lines.figures[number] } : null);

// On the page: each wrapper holds its recording; what it showed without a script stays for those who have none.
// Where many show one recording of the page, each wakes when the reader comes near it, or a link names it.
export function start(page = document) {
  const waiting = [...page.querySelectorAll(".kevent-figure:not([data-alive], [data-waits])")].filter(({ dataset }) => makers.has(dataset.kind));
  if (!waiting.length) return;
  const [lines, go] = [island(page, "code-lines"), island(page, "go-lines")];
  const known = ({ dataset }) => (dataset.lines === undefined ? null : linesOf(lines, dataset.lines, go));
  const recordings = {};
  const wake = (wrapper) => {
    const { dataset } = wrapper;
    delete dataset.waits;
    dataset.alive = "";
    let data;
    if (dataset.recording) data = { ...(recordings[dataset.recording] ??= island(page, dataset.recording)), title: dataset.title, opens: Number(dataset.opens) };
    else data = JSON.parse(wrapper.querySelector("script[type='application/json']").textContent);
    make(wrapper, data, { lines: known(wrapper), live: others(wrapper, go), id: wrapper.id });
  };
  for (const wrapper of waiting) {
    if (wrapper.dataset.recording) wakeNear(wrapper, wake);
    else wake(wrapper);
  }
}

// On a page that can run its cells a stored figure takes other values, too: Python comes when the first is asked for.
function others(wrapper, go) {
  const ask = globalThis.keventOther;
  if (!ask || !wrapper.closest(".cell")?.querySelector(".live-bar:not([data-elsewhere])")) return null;
  return (values) => ask(wrapper, values).then(({ data, lines }) => ({ packed: data, lines: linesOf(lines, 0, go) }));
}

// Where a reader has asked for a figure that the page did not have: its data and its lines have come in a script.
export function show(wrapper, data, lines) {
  wrapper.dataset.alive = "";
  return make(wrapper, data, { lines: linesOf(lines, 0), live: null, id: "" });
}

function wakeNear(wrapper, wake) {
  wrapper.dataset.waits = "";
  const near = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && come(), { rootMargin: "60% 0%" });
  const named = () => location.hash.slice(1).split("?")[0] === wrapper.id && come();
  const tabs = ({ key }) => key === "Tab" && come(); // who goes by the keyboard passes everything, in its order
  const come = () => {
    near.disconnect();
    removeEventListener("hashchange", named);
    removeEventListener("keydown", tabs, true);
    wake(wrapper);
  };
  near.observe(wrapper);
  addEventListener("hashchange", named);
  addEventListener("keydown", tabs, true);
  named();
}

// In a notebook: anywidget calls this. The kernel has the lines of code, and runs a point that was not recorded.
export function render({ model, el }) {
  const waiting = new Map();
  let asked = 0;
  const onmessage = ({ request, packed, lines, error }) => {
    const [resolve, reject] = waiting.get(request) ?? [];
    waiting.delete(request);
    if (error) reject?.(new Error(error));
    else resolve?.({ packed, lines: linesOf(lines, 0) });
  };
  model.on("msg:custom", onmessage);
  const ask = (message) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, [resolve, reject]);
      model.send({ request: asked, ...message });
    });
  const data = model.get("figure");
  const figure = make(el, data, { lines: null, live: (values) => ask({ values }) });
  if (data.moments) ask({}).then(({ lines }) => lines && figure.setLines?.(lines), ({ message }) => figure.noLines?.(message));
  return () => {
    model.off("msg:custom", onmessage);
    figure.end();
  };
}
