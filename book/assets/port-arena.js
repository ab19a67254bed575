// The arena: a port in JavaScript is asked in a worker what client-go was asked. Nothing is loaded or run before the press.
"use strict";
(() => {
  const PATIENCE = 5000; // milliseconds for one answer
  const SHOWN = 12; // steps of a story
  const here = document.currentScript.src;

  // Runs in the worker: it knows nothing of the page.
  function judge() {
    // Numbers as marked text: a double would take two neighbours for one. JSON.parse alone says whether it is JSON.
    const exact = text => JSON.parse(text) !== undefined && JSON.parse(text.replace(
      /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, token => token[0] === '"' ? token : `"\uE000${token}"`));
    const isObject = value => value !== null && typeof value === "object";

    function difference(expected, got, path = []) {
      if (!isObject(expected) || !isObject(got) || Array.isArray(expected) !== Array.isArray(got)) {
        return expected === got ? null : { path, expected, got };
      }
      for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
        const found = difference(expected[key], got[key], [...path, key]);
        if (found) return found;
      }
      return null;
    }

    const shown = value => value === undefined ? "nothing"
      : JSON.stringify(value).replace(/"\uE000([^"]*)"/g, "$1");
    const at = (value, path) => path.reduce((inner, key) => isObject(inner) ? inner[key] : undefined, value);

    function step({ advanceNS, event, fill }) {
      const words = advanceNS ? [`${advanceNS / 1e9 > 0 ? "+" : ""}${advanceNS / 1e9} s`] : [];
      if (event) words.push(event.type, event.reason, event.obj?.name, `“${event.message ?? ""}”`);
      if (fill) words.push(`${fill} other objects`);
      return words.filter(Boolean).join(" ");
    }

    function refuted(question, expected, answer) {
      const found = difference(expected, answer);
      if (!found) return null;
      const [first, ...rest] = found.path;
      const place = rest.join(".");
      const steps = JSON.parse(question).steps;
      const rows = first === undefined ? [] : steps.slice(0, Number(first) + 1).map((each, i) =>
        [`${i} ${step(each)}`, shown(at(expected, [i, ...rest])), shown(at(answer, [i, ...rest]))]);
      return { length: rows.length || steps.length, steps: steps.length, place, rows,
        words: `${first === undefined ? "the answer" : `step ${first}`}${place && `, ${place}`}: `
          + `expected ${shown(found.expected).slice(0, 160)}, got ${shown(found.got).slice(0, 160)}` };
    }

    onmessage = async ({ data: { code, lines } }) => {
      const say = message => postMessage(message);
      let asking = "";
      try {
        say({ asking: "its first line" });
        const port = await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(code)}`); // a blob is refused where the page is a file
        if (typeof port.answer !== "function") return say({ broken: "It exports no function named answer." });
        let red = 0, soonest = null;
        for (const [question, expect] of lines) {
          asking = JSON.parse(question).name;
          say({ asking: `“${asking}”` });
          const text = await port.answer(question);
          if (typeof text !== "string") return say({ broken: `At “${asking}” it returned no text.` });
          const { expect: answer, refused } = exact(text);
          if (refused !== undefined) return say({ broken: `It refuses “${asking}”: ${refused}` });
          const found = refuted(question, exact(expect), answer);
          if (!found) continue;
          red++;
          if (!soonest || found.length < soonest.length) soonest = { ...found, name: asking };
        }
        say({ done: true, all: lines.length, red, soonest });
      } catch (error) {
        say({ broken: `${asking && `At “${asking}” `}it throws ${error}` });
      }
    };
  }

  const element = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

  const vectors = () => globalThis.keventVectors ? Promise.resolve(globalThis.keventVectors)
    : new Promise((loaded, failed) => {
      const script = element("script", "");
      script.src = new URL("port-vectors.js", here).href;
      script.onload = () => loaded(globalThis.keventVectors);
      script.onerror = () => failed(new Error("The questions could not be loaded."));
      document.head.append(script);
    });

  function told(verdict, { all, red, soonest }) {
    if (!red) return verdict.replaceChildren(element("p", `Not refuted by any of ${all} scenarios.`, "port-arena-green"));
    const table = element("table", "", "trace");
    const head = table.createTHead().insertRow();
    for (const words of ["step", `expected ${soonest.place}`, "yours"]) head.append(element("th", words));
    const body = table.createTBody();
    for (const cells of soonest.rows.slice(-SHOWN)) {
      const row = body.insertRow();
      for (const words of cells) row.append(element("td", words));
    }
    const cut = soonest.rows.length - SHOWN;
    verdict.replaceChildren(
      element("p", `Refuted by ${red} of ${all}, soonest by “${soonest.name}”, ${soonest.length} of ${soonest.steps} steps. ${soonest.words}.`, "port-arena-red"),
      ...cut > 0 ? [element("p", `The last ${SHOWN} of these steps:`)] : [],
      ...soonest.rows.length ? [table] : []);
  }

  for (const arena of document.querySelectorAll(".port-arena")) {
    const code = arena.querySelector("textarea");
    const run = arena.querySelector(".port-arena-run");
    const reset = arena.querySelector(".port-arena-reset");
    const verdict = arena.querySelector(".port-arena-verdict");
    let end = null; // of the run that is under way

    function start(lines) {
      const worker = new Worker(URL.createObjectURL(new Blob([`(${judge})()`], { type: "text/javascript" })));
      let timer = 0, asking = "its first line";
      const broken = words => { end(); verdict.replaceChildren(element("p", words, "port-arena-red")); };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => broken(`No answer within ${PATIENCE / 1000} seconds, at ${asking}: stopped.`), PATIENCE);
      };
      end = () => {
        clearTimeout(timer);
        worker.terminate();
        end = null;
        run.textContent = "Judge it";
      };
      worker.onmessage = ({ data }) => {
        if (!end) return;
        if (data.asking !== undefined) { asking = String(data.asking); wait(); }
        else if (data.done) { end(); told(verdict, data); }
        else broken(String(data.broken));
      };
      worker.onerror = event => { event.preventDefault(); broken(`It cannot be run: ${event.message || "the worker did not start"}`); };
      run.textContent = "Stop";
      wait();
      worker.postMessage({ code: code.value, lines });
    }

    run.addEventListener("click", async () => {
      if (end) {
        end();
        verdict.replaceChildren(element("p", "Stopped.", "port-arena-red"));
        return;
      }
      run.disabled = true;
      verdict.replaceChildren(element("p", "Asking …"));
      try {
        start(await vectors());
      } catch (error) {
        verdict.replaceChildren(element("p", error.message, "port-arena-red"));
      }
      run.disabled = false;
    });
    reset.addEventListener("click", () => { code.value = code.defaultValue; verdict.replaceChildren(); });
    code.readOnly = false;
    arena.querySelector(".port-arena-buttons").hidden = false;
  }
})();
