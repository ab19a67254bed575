// Elements. Text is always set as text.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

// A script of ours, once.
const scripts = new Map();

export function script(address) {
  if (!scripts.has(address)) {
    scripts.set(address, new Promise((resolve, reject) => {
      const element = h("script", { src: address });
      element.onload = resolve;
      element.onerror = () => {
        scripts.delete(address);
        element.remove();
        reject(new Error(`${address.split("/").at(-1)} did not come`));
      };
      document.head.append(element);
    }));
  }
  return scripts.get(address);
}

export const seconds = (ms) => (ms < 950 ? `${Math.max(Math.round(ms / 10) / 100, 0.01)} s` : ms < 9500 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);
