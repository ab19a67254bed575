// The few lines that make elements. Text is always set as text: what an event says is never markup.

const SVG = "http://www.w3.org/2000/svg";

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("data-") && value !== null && value !== undefined) element.setAttribute(name, String(value));
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat());
  return element;
}

export const h = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);

export const s = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

// A text that may break where a pattern matches, so not in the middle of a word.
export const breakable = (text, where) => text.split(where).flatMap((piece, i) => (i ? [h("wbr"), piece] : [piece]));

// A text in a drawing.
export const written = (x, y, text, look = "", anchor = undefined) => s("text", { x, y, class: look || null, "text-anchor": anchor }, text);

// Set text and attributes only when they change: a figure that stands still costs nothing.
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

// Set an SVG text, shortened only if it is wider than its room. Measured only where it could be.
export function fit(element, text, room) {
  if (element.full === text) return;
  element.full = text;
  setText(element, text);
  for (let length = text.length; length > 1 && length * 8 > room && element.getComputedTextLength() > room; length--) setText(element, short(text, length - 1));
}

// Replace what is inside. A focus in there stays: on the element in the same place, or on the nearest before it.
export function swap(element, ...children) {
  const stops = () => [...element.querySelectorAll("a, button, [tabindex], summary")];
  const place = stops().indexOf(document.activeElement);
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (place < 0) return;
  const left = stops();
  (left[place] ?? left.at(-1) ?? element.closest("[tabindex]"))?.focus({ preventScroll: true });
}
