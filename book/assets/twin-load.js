// Source twins whose Go lines the page does not have: fetch them when the reader asks, and check that they are the ones
// the book read. What steps are is known to twin.js, which is there before.
"use strict";
(() => {
  const { mark, within } = globalThis.keventTwins;
  const PATIENCE = 10_000; // milliseconds for one address
  const ALWAYS = "kevent always load";
  const COMMENT_OR_TEXT = /(?<comment>\/\/.*)|"(?:\\.|[^"\\])*"|`[^`]*`?|'(?:\\.|[^'\\])+'/g;

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

  // --- the lines on the page, as book/extensions/listing.py lists those that were there when it was built ---

  const made = (tag, values, ...children) => {
    const element = Object.assign(document.createElement(tag), values);
    element.append(...children);
    return element;
  };

  // What is long and has no space may break behind a bracket, a dot or a comma, but in no word.
  const breakable = text => text.replace(/\S{20,}/g, run => run.replace(/(?<=[([{.,/=])(?=[^\s)\]},.=])/g, "\0"))
    .split("\0").flatMap((piece, i) => i ? [document.createElement("wbr"), piece] : [piece]);

  function withComments(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(COMMENT_OR_TEXT)) {
      if (!match.groups.comment) continue;
      parts.push(...breakable(text.slice(end, match.index)), made("i", {}, ...breakable(match[0])));
      end = match.index + match[0].length;
    }
    return [...parts, ...breakable(text.slice(end))];
  }

  function lineOf(text, number, steps) {
    const rest = text.trimStart();
    const indent = text.slice(0, text.length - rest.length);
    const line = made("span", { className: "line" }, made("span", { className: "indent" }, indent), ...withComments(rest), "\n");
    line.dataset.line = number;
    line.style.setProperty("--indent", 4 * indent.length); // gofmt indents with tabs
    const citing = steps.filter(step => within(step.dataset.go, number));
    line.classList.toggle("cited", citing.length > 0);
    const begins = citing.filter(step => !within(step.dataset.go, number - 1)).map(step => steps.indexOf(step) + 1);
    if (begins.length) line.dataset.step = begins.join("·");
    return line;
  }

  function listing(lines, { first, name, folded }, steps) {
    const code = made("div", { className: "twin-code" });
    code.setAttribute("role", "group");
    code.setAttribute("aria-label", `${name} in Go`);
    const away = folded.split(" ").filter(Boolean).map(span => span.split("-").map(Number));
    let block = null, of = null;
    lines.forEach((text, i) => {
      const number = Number(first) + i;
      const fold = away.find(([begin, end]) => begin <= number && number <= end);
      if (!block || fold !== of) {
        block = made("pre");
        of = fold;
        code.append(fold ? made("details", {}, made("summary", {}, `… ${fold[1] - fold[0] + 1} lines`), block) : block);
      }
      block.append(lineOf(text, number, steps));
    });
    return code;
  }

  async function load(twin, side, button, status, asked) {
    if (button.disabled) return;
    button.disabled = true;
    status.textContent = "Loading …";
    const symbols = [...side.querySelectorAll(".twin-symbol")];
    const { lines, reason } = await obtain(side.dataset.raw.split(" "), symbols.map(symbol => symbol.dataset));
    button.disabled = false;
    status.textContent = reason ?? "From GitHub. SHA-256 as expected.";
    if (reason) { button.textContent = "Try again"; return; }
    const steps = [...twin.querySelectorAll(".twin-steps li")];
    for (const symbol of symbols) {
      const { first, last } = symbol.dataset;
      symbol.append(listing(lines.slice(first - 1, last), symbol.dataset, steps));
    }
    side.querySelector(".twin-absent")?.remove();
    button.remove();
    if (asked) side.focus({ preventScroll: true });
    mark(twin, twin.querySelector(".twin-steps [aria-pressed=true]"));
  }

  // --- "always": whoever says so once has every twin loaded as it comes into sight, on all pages ---

  const seen = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const button = target.querySelector(".twin-load");
      if (button) load(target.closest(".twin"), target, button, target.querySelector(".twin-status"), false);
    }
  });

  function remembered() {
    try { return localStorage.getItem(ALWAYS) === "yes"; } catch { return false; }
  }

  function always(on) {
    try { on ? localStorage.setItem(ALWAYS, "yes") : localStorage.removeItem(ALWAYS); } catch { /* for this page only */ }
    for (const box of document.querySelectorAll(".twin-always input")) box.checked = on;
    seen.disconnect();
    if (on) for (const side of document.querySelectorAll(".twin-go:has(.twin-load)")) seen.observe(side);
  }

  for (const button of document.querySelectorAll(".twin-load")) {
    const side = button.closest(".twin-go");
    button.hidden = side.querySelector(".twin-always").hidden = false;
    button.addEventListener("click", () => load(side.closest(".twin"), side, button, side.querySelector(".twin-status"), true));
    side.querySelector(".twin-always input").addEventListener("change", event => always(event.target.checked));
  }
  if (remembered()) always(true);
})();
