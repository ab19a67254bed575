// Source twins: fetch the Go lines when asked, check that they are the ones the book read, tie them to the Python.
"use strict";
(() => {
  const PATIENCE = 10_000; // milliseconds for one address
  const KEYWORDS = new Set(("break case chan const continue default defer else fallthrough for func go goto if import " +
    "interface map package range return select struct switch type var").split(" "));
  const BUILTINS = new Set("append cap close copy delete false int int32 int64 len make new nil panic string true uint32 uint64".split(" "));
  const TOKEN = /(?<c1>\/\/.*)|(?<s>"(?:\\.|[^"\\])*"|`[^`]*`?|'(?:\\.|[^'\\])+')|(?<mi>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)/g;

  // --- SHA-256 of a text, in hexadecimal. crypto.subtle is missing on plain http; then we count ourselves. ---

  async function sha256(text) {
    const bytes = new TextEncoder().encode(text);
    const digest = globalThis.crypto?.subtle
      ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
      : sha256Bytes(bytes);
    return [...digest].map(byte => byte.toString(16).padStart(2, "0")).join("");
  }

  // FIPS 180-4. Its constants are the first bits of roots of primes.
  function sha256Bytes(message) {
    const primes = [];
    for (let n = 2; primes.length < 64; n++) if (primes.every(p => n % p)) primes.push(n);
    const fraction = x => ((x - Math.floor(x)) * 2 ** 32) | 0;
    const k = primes.map(p => fraction(Math.cbrt(p)));
    const hash = primes.slice(0, 8).map(p => fraction(Math.sqrt(p)));
    const padded = new Uint8Array((message.length + 9 + 63) & ~63);
    padded.set(message);
    padded[message.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 4, message.length * 8);
    const rotate = (x, n) => (x >>> n) | (x << (32 - n));
    const w = new Int32Array(64);
    for (let offset = 0; offset < padded.length; offset += 64) {
      for (let i = 0; i < 64; i++) {
        if (i < 16) { w[i] = view.getInt32(offset + 4 * i); continue; }
        const [x, y] = [w[i - 15], w[i - 2]];
        w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + w[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i++) {
        const one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
        const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = (hash[i] + value) | 0; });
    }
    const digest = new DataView(new ArrayBuffer(32));
    hash.forEach((value, i) => digest.setInt32(4 * i, value));
    return new Uint8Array(digest.buffer);
  }

  // --- the Go lines ---

  async function linesOf(address) {
    const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return (await answer.text()).split("\n");
  }

  async function matches(lines, symbols) {
    for (const { sha256: wanted, first, last } of symbols) {
      if (await sha256(lines.slice(first - 1, last).join("\n") + "\n") !== wanted) return false;
    }
    return true;
  }

  // Ask each address in turn for the file. Gives {lines}, or {reason} in words.
  async function obtain(addresses, symbols) {
    let differs = false;
    for (const address of addresses) {
      try {
        const lines = await linesOf(address);
        if (await matches(lines, symbols)) return { lines };
        differs = true;
      } catch { /* the next address may answer */ }
    }
    return { reason: differs
      ? "What came is not the text this book was written about: its SHA-256 differs. So it is not shown. The links above lead to the file."
      : "Nothing came: you are offline, or the way to GitHub and its mirror is blocked. The links above lead to the file." };
  }

  function tinted(line) {
    const parts = [];
    let end = 0;
    for (const match of line.matchAll(TOKEN)) {
      let [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
      if (kind === "word") kind = KEYWORDS.has(match[0]) ? "k" : BUILTINS.has(match[0]) ? "nb" : "n";
      const span = Object.assign(document.createElement("span"), { className: kind, textContent: match[0] });
      parts.push(line.slice(end, match.index), span);
      end = match.index + match[0].length;
    }
    return [...parts, line.slice(end)];
  }

  function listing(lines, first, name) {
    const code = document.createElement("code");
    lines.forEach((line, i) => {
      const shown = document.createElement("span");
      shown.className = "line";
      shown.dataset.line = first + i;
      const rest = line.trimStart();
      const indent = Object.assign(document.createElement("span"), { className: "indent", textContent: line.slice(0, line.length - rest.length) });
      shown.style.setProperty("--indent", 4 * indent.textContent.length); // gofmt indents with tabs
      shown.append(indent, ...tinted(rest), "\n");
      code.append(shown);
    });
    const block = document.createElement("pre");
    block.className = "twin-code highlight";
    block.tabIndex = 0;
    block.setAttribute("role", "group");
    block.setAttribute("aria-label", `${name} in Go`);
    block.append(code);
    return block;
  }

  async function load(twin, side, button, status) {
    button.disabled = true;
    status.textContent = "Loading …";
    const symbols = [...side.querySelectorAll(".twin-symbol")];
    const { lines, reason } = await obtain(side.dataset.raw.split(" "), symbols.map(symbol => symbol.dataset));
    button.disabled = false;
    status.textContent = reason ?? "From GitHub. SHA-256 as expected.";
    if (reason) { button.textContent = "Try again"; return; }
    for (const symbol of symbols) {
      const { first, last, name } = symbol.dataset;
      symbol.append(listing(lines.slice(first - 1, last), Number(first), name));
    }
    button.remove();
    twin.classList.add("twin-loaded");
    side.querySelector("pre").focus({ preventScroll: true });
    mark(twin, twin.querySelector(".twin-steps [aria-pressed=true]"));
  }

  // --- steps ---

  const within = (span, number) => {
    const [first, last] = (span ?? "0-0").split("-").map(Number);
    return first <= number && number <= last;
  };

  // Scroll the boxes around a line, never the page.
  function bringIntoBox(line, twin) {
    for (let box = line.parentElement; box !== twin; box = box.parentElement) {
      if (box.scrollHeight <= box.clientHeight) continue;
      const [inner, outer] = [line.getBoundingClientRect(), box.getBoundingClientRect()];
      if (inner.top < outer.top || inner.bottom > outer.bottom) box.scrollTop += inner.top - outer.top - outer.height / 3;
    }
  }

  function mark(twin, button) {
    const step = button?.closest("li");
    for (const side of ["go", "python"]) {
      const lines = [...twin.querySelectorAll(`.twin-${side} .line`)];
      for (const line of lines) line.classList.toggle("marked", Boolean(step) && within(step.dataset[side], Number(line.dataset.line)));
      const first = lines.find(line => line.classList.contains("marked"));
      if (first) bringIntoBox(first, twin);
    }
  }

  function press(twin, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of twin.querySelectorAll(".twin-steps button")) other.setAttribute("aria-pressed", String(other === button && on));
    mark(twin, on ? button : null);
  }

  for (const twin of document.querySelectorAll(".twin")) {
    const side = twin.querySelector(".twin-go");
    const button = side.querySelector(".twin-load");
    button.hidden = false;
    button.addEventListener("click", () => load(twin, side, button, side.querySelector(".twin-status")));
    const buttons = [...twin.querySelectorAll(".twin-steps button")];
    buttons.forEach((button, i) => {
      button.hidden = false;
      button.addEventListener("click", () => press(twin, button));
      button.addEventListener("keydown", event => {
        const next = buttons[i + { ArrowDown: 1, ArrowUp: -1 }[event.key]];
        if (!next) return;
        event.preventDefault();
        next.focus();
        press(twin, next);
      });
    });
  }
})();
