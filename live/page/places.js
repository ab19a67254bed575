// Where everything is, as the site's builder said it. A page that was opened from a disk may fetch nothing: there one
// more script has the files as text, and they are handed to the worker as they are.

import { script } from "./dom.js";

export class Places {
  constructor(given, here) {
    Object.assign(this, given);
    this.root = new URL(".", here);
  }

  asset(name) {
    return new URL(name, this.root).href;
  }

  get megabytes() {
    return (this.bytes / 1e6).toFixed(1);
  }

  async files() {
    const total = this.unpacked;
    if (!this.packed && location.protocol !== "file:") {
      const pyodide = this.asset(this.pyodide);
      return { worker: this.asset(this.worker), begin: { pyodide, book: this.asset(this.book), total, scripts: [new URL("pyodide.js", pyodide).href] } };
    }
    await script(this.asset(this.offline));
    const files = Object.fromEntries(Object.entries(globalThis.keventFiles.files).map(([name, text]) => [name, bytes(text).buffer]));
    const worker = URL.createObjectURL(new Blob(globalThis.keventFiles.scripts, { type: "text/javascript" }));
    const begin = { pyodide: "https://files.invalid/", book: "https://files.invalid/book.packed", total, files };
    return { worker, begin, transfer: Object.values(files) };
  }
}

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
