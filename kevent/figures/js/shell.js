// How a figure comes to life: on a page from the HTML that Python wrote, in a notebook from the widget's model.
// A page loads the scripts of the figures that the reader comes to; each registers its kind.

const makers = new Map();

// make(root, data, { lines, live, id }) builds a figure and returns what has end(). `lines` are its lines of code, if the
// page has them; `live` runs values that were not recorded, if there is a kernel: a promise of { packed, lines }; `id` is
// the figure's name in the page's address, if it is on a page.
export function register(kind, make) {
  makers.set(kind, make);
}

function island(page, id) {
  const found = page.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}

const linesOf = (lines, number, go) => (lines ? { python: lines.python, go: go ?? lines.go ?? {}, table: lines.figures[number] } : null);

// On the page: each wrapper holds its recording; what it showed without a script stays for those who have none.
export function start(page = document) {
  const waiting = [...page.querySelectorAll(".kevent-figure:not([data-alive])")].filter(({ dataset }) => makers.has(dataset.kind));
  if (!waiting.length) return;
  const [lines, go] = [island(page, "code-lines"), island(page, "go-lines")];
  for (const wrapper of waiting) {
    wrapper.dataset.alive = "";
    const data = JSON.parse(wrapper.querySelector("script[type='application/json']").textContent);
    const known = wrapper.dataset.lines === undefined ? null : linesOf(lines, wrapper.dataset.lines, go);
    makers.get(data.kind)(wrapper, data, { lines: known, live: null, id: wrapper.id });
  }
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
  const figure = makers.get(data.kind)(el, data, { lines: null, live: (values) => ask({ values }) });
  if (data.moments) ask({}).then(({ lines }) => lines && figure.setLines?.(lines), ({ message }) => figure.noLines?.(message));
  return () => {
    model.off("msg:custom", onmessage);
    figure.end();
  };
}
