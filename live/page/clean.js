// HTML that Python made, as elements: tables and text, and nothing that runs, loads or leads elsewhere.
// Whoever sends a scenario in a link writes the Python, too.

import { h } from "./dom.js";

const ELEMENTS = new Set([
  "B", "BR", "CAPTION", "CODE", "DD", "DIV", "DL", "DT", "EM", "H1", "H2", "H3", "H4", "H5", "H6", "HR", "I", "IMG", "LI", "OL", "P", "PRE", "SAMP", "SMALL", "SPAN",
  "STRONG", "SUB", "SUP", "TABLE", "TBODY", "TD", "TFOOT", "TH", "THEAD", "TR", "UL",
]);
const ATTRIBUTES = new Set(["class", "alt", "colspan", "lang", "rowspan", "scope", "title"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "EMBED", "SVG", "MATH", "NOSCRIPT", "HEAD", "TITLE", "LINK", "META"]);

export function clean(html) {
  return children(new DOMParser().parseFromString(html, "text/html").body);
}

function children(parent) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
    if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName.toUpperCase())) return [];
    return ELEMENTS.has(node.tagName) ? [copied(node)] : children(node); // what we do not know is its text
  });
}

function copied(node) {
  const kept = [...node.attributes].filter(({ name }) => ATTRIBUTES.has(name)).map(({ name, value }) => [name, value]);
  const element = h(node.tagName.toLowerCase(), Object.fromEntries(kept), ...children(node));
  const picture = node.getAttribute("src") ?? "";
  if (node.tagName === "IMG" && /^data:image\/(png|svg\+xml);base64,/.test(picture)) element.src = picture;
  return element;
}

// As much of Markdown as the cells use: paragraphs, lists, **strong**, *emphasis*, `code`.
export function markdown(text) {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => line.startsWith("- "))) return h("ul", {}, lines.map((line) => h("li", {}, inline(line.slice(2)))));
    return h("p", {}, inline(block));
  });
}

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|\*(.+?)\*/g;

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis] = found;
    nodes.push(text.slice(from, found.index));
    nodes.push(code !== undefined ? h("code", {}, code) : strong !== undefined ? h("strong", {}, inline(strong)) : h("em", {}, inline(emphasis)));
    from = found.index + whole.length;
  }
  return [...nodes, text.slice(from)];
}
