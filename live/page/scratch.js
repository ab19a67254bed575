// The scratch page: one cell, examples, and a link that carries what is in the cell.
// The text stands in the link's fragment, packed; what comes that way is shown and never run unasked.

const MARK = "#scenario=";
const MOST = 6000; // characters of a text: a link of some thousand characters still fits into a message

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

export async function packed(text) {
  if (text.length > MOST) throw new Error(`A link carries ${MOST.toLocaleString("en")} characters; these are ${text.length.toLocaleString("en")}`);
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  return MARK + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function unpacked(fragment) {
  if (!fragment.startsWith(MARK) || fragment.length > 4 * MOST) throw new Error("This link carries no scenario");
  const bytes = Uint8Array.from(atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (;;) { // piece by piece: a few bytes can unpack to very many
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (text.length > MOST) throw new Error("What this link carries is too long");
  }
  return text + decoder.decode();
}

export class Scratch {
  constructor(cell) {
    this.cell = cell;
    this.said = document.querySelector(".scratch-said");
  }

  say(text) {
    this.said.textContent = text;
  }

  async write(text) {
    await this.cell.edit();
    this.cell.editor.text = text;
  }

  async show() {
    try {
      await this.write(await unpacked(location.hash));
      document.querySelector(".scratch-sent").replaceChildren("This is what the link carries. Read it; it runs when you press Run.");
    } catch (error) {
      this.say(error instanceof TypeError || error instanceof DOMException ? "This link is damaged" : error.message);
    }
  }

  async link() {
    try {
      const address = new URL(await packed(this.cell.text), location.href).href;
      history.replaceState(null, "", address);
      await navigator.clipboard.writeText(address);
      this.say(`Copied: ${address.length.toLocaleString("en")} characters`);
    } catch (error) {
      this.say(error instanceof DOMException ? "The link is in the address bar" : error.message);
    }
  }
}
