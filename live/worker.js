// The page's Python: one interpreter in a worker, so that the page stays alive while it computes.
// A classic worker, for a page that was opened from a disk makes it of text, and such a worker may load nothing.
"use strict";
(() => {
  const say = (message) => self.postMessage(message);
  let python, kernel, current;

  // --- stacks, for kevent/simulation/stacks.py: who waits has a gate here, and who opens it lets them go on ---

  const gates = [null];
  let switches = 0;
  let turned = 0; // when we last looked at our messages
  const open = (there) => {
    const gate = gates[there];
    gates[there] = null;
    gate();
  };
  const stacks = {
    make: (job) => gates.push(() => queueMicrotask(() => job.callPromising().finally(() => job.destroy()))) - 1,
    open,
    swap: (here, there) => new Promise((resolve) => {
      gates[here] = resolve;
      switches++;
      if (performance.now() - turned < 100) return open(there);
      say({ switches });
      setTimeout(() => { // let messages in: one of them may be Stop
        turned = performance.now();
        open(there);
      });
    }),
  };

  // --- what comes, counted, and unpacked where servers would not pack it ---

  const PACKED = "pyodide.asm.wasm";

  // `files` has the contents by name where a page may not fetch: when it was opened from a disk.
  function counting(total, files) {
    const fetched = self.fetch.bind(self);
    let bytes = 0;
    const gone = (error) => { // not everybody who waits for a file hears that it does not come
      say({ failed: "offline", why: error.message });
      throw error;
    };
    const count = () => new TransformStream({
      transform(piece, out) {
        bytes += piece.length;
        say({ loaded: Math.min(bytes / total, 1) });
        out.enqueue(piece);
      },
    });
    self.fetch = async (asked, options) => {
      const address = String(asked?.url ?? asked);
      const name = address.split(/[?#]/)[0].split("/").at(-1);
      const answer = files ? new Response(files[name]) : await fetched(name === PACKED ? `${address}.packed` : address, options).catch(gone);
      if (!answer.ok) gone(new Error(`${answer.status} for ${name}`));
      const stream = answer.body.pipeThrough(count());
      return name === PACKED
        ? new Response(stream.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } })
        : new Response(stream);
    };
  }

  // A policy that forbids WebAssembly says so here; later it would only be silent.
  function allowed() {
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  }

  async function begin({ pyodide, book, total, files, scripts }) {
    try { allowed(); } catch (error) { return say({ failed: "policy", why: error.message }); }
    try {
      counting(total, files);
      if (scripts) self.importScripts(...scripts);
      const archive = self.fetch(book).then((answer) => answer.arrayBuffer());
      archive.catch(() => {}); // waited for below
      python = await self.loadPyodide({ indexURL: pyodide });
      python.setInterruptBuffer(interrupt);
      python.registerJsModule("kevent_stacks", stacks);
      python.unpackArchive(await archive, "gztar", { extractDir: "/home/book" });
      const make = python.runPython("import sys; sys.path.insert(0, '/home/book'); import kernel; kernel.begin");
      kernel = make((kind, data) => say({ cell: current, kind, data }));
      make.destroy();
      say({ ready: true, heap: heap() });
    } catch (error) {
      say({ failed: error.name === "NetworkError" ? "offline" : "broken", why: String(error?.message ?? error) });
    }
  }

  const heap = () => python._module.HEAP8.length;
  const interrupt = new Uint8Array(1); // 2 in it is Ctrl-C

  async function run({ cell, source, how }) {
    current = cell;
    interrupt[0] = 0;
    const began = performance.now();
    const said = JSON.parse(await kernel.run.callPromising(cell, source, how));
    say({ cell, done: said, ms: performance.now() - began, heap: heap() });
  }

  async function again({ request, figure, values }) {
    interrupt[0] = 0;
    try {
      say({ request, packed: JSON.parse(await kernel.again.callPromising(figure, JSON.stringify(values))) });
    } catch (error) {
      say({ request, error: String(error.message).trim().split("\n").at(-1) });
    }
  }

  // --- lists of events, for live/python/diagnosing.py: a file is read here, a piece at a time ---

  let diagnosing;

  function diagnose({ request, diagnose: { file, settings, ask, words } }) {
    try {
      diagnosing ??= python.pyimport("diagnosing");
      const slice = (from, to) => new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(from, to)));
      const told = file ? diagnosing.read(slice, file.size, JSON.stringify(settings), (part) => say({ request, part })) : diagnosing[ask](words);
      say({ request, packed: JSON.parse(told) });
    } catch (error) {
      say({ request, error: String(error.message).trim().split("\n").at(-1) });
    }
  }

  let queue = Promise.resolve();
  self.onmessage = ({ data }) => {
    if (data.stop) interrupt[0] = 2;
    else queue = queue.then(() => (data.begin ? begin(data.begin) : data.diagnose ? diagnose(data) : data.request ? again(data) : run(data))).catch((error) => say({ failed: "broken", why: String(error?.stack ?? error) }));
  };
})();
