// What a reader typed stays in this browser, under one name, until it is erased.

const NAME = "kevent-typed";

function all() {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? "{}");
  } catch {
    return {};
  }
}

function store(kept) {
  try {
    if (Object.keys(kept).length) localStorage.setItem(NAME, JSON.stringify(kept));
    else localStorage.removeItem(NAME);
  } catch { /* storage is off or full: then it does not stay */ }
}

const key = (page, name) => JSON.stringify([page, name]);

export const typed = (page, name) => all()[key(page, name)];

export function keep(page, name, text) {
  const kept = all();
  if (text === undefined) delete kept[key(page, name)];
  else kept[key(page, name)] = text;
  store(kept);
}

export const eraseAll = () => store({});
