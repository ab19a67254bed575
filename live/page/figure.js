// A figure that Python made just now, drawn by the scripts that draw the stored ones. To them it is as in a notebook:
// whoever is asked for other values runs them.

import { h, script } from "./dom.js";

const go = () => JSON.parse(document.getElementById("go-lines")?.textContent ?? "{}");
const withGo = (lines) => lines && { ...lines, go: go() };

export function figure(box, { number, data, lines }, again, places) {
  const element = h("div", { class: "kevent-figure", "data-kind": data.kind, "data-alive": "" });
  box.append(element);
  let hear = () => {};
  let end = () => element.remove();
  const model = {
    get: () => data,
    on: (_, listener) => { hear = listener; },
    off: () => { hear = () => {}; },
    send({ request, values }) {
      const answer = values ? again(number, values) : Promise.resolve({ lines });
      answer.then(
        ({ data: packed, lines: known }) => hear({ request, packed, lines: withGo(known) }),
        (error) => hear({ request, error: error.message }),
      );
    },
  };
  const ended = () => globalThis.keventParts.render({ model, el: element }); // throws while its scripts are not here
  const drawn = (stop) => { end = () => (stop(), element.remove()); };
  try {
    drawn(ended());
  } catch {
    bring(places.figures[data.kind] ?? [], places).then(() => patiently(ended)).then(drawn, (error) => element.append(h("p", {}, `The figure cannot be drawn: ${error.message}`)));
  }
  return () => end();
}

// The scripts that neither the page nor its reader's place on it has brought yet, in their order.
function bring(names, places) {
  const has = (name) => [...document.scripts].some(({ src }) => new URL(src, location.href).pathname.endsWith(`/_static/${name}.js`));
  return names.filter((name) => !has(name)).reduce((before, name) => before.then(() => script(places.asset(`${name}.js`))), Promise.resolve());
}

// What `make` returns as soon as it does not throw.
export async function patiently(make, tries = 100) {
  for (;;) {
    try {
      return make();
    } catch (error) {
      if (!tries--) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
}
