// Where a figure stands, as a part of the page's address: a link opens the same run at the same step.
// "#figure-ten-events?step=35&when_full=wait": the element's id, then what differs from what the figure shows at first.

const SOON = 150; // milliseconds: a browser refuses an address that changes with every key of a row

export class Address {
  // `first` is what the figure shows when nobody has done anything: no address says that by itself.
  // `open(told)` is called with what an address says, when it comes to name this figure.
  constructor(id, first, open) {
    Object.assign(this, { id, open, now: String(new URLSearchParams(first)) });
    this.onhashchange = () => this.told && this.open(this.told);
    addEventListener("hashchange", this.onhashchange);
  }

  // What the address says of this figure: URLSearchParams, or null.
  get told() {
    const [id, told] = location.hash.slice(1).split("?");
    return id === this.id && told !== undefined ? new URLSearchParams(told) : null;
  }

  // Keep in the address what the figure shows now. It is the same place in the reader's history.
  keep(now) {
    const text = String(new URLSearchParams(now));
    if (text === this.now) return;
    this.now = text;
    clearTimeout(this.later);
    this.later = setTimeout(() => history.replaceState(history.state, "", `#${this.id}?${text}`), SOON);
  }

  end() {
    clearTimeout(this.later);
    removeEventListener("hashchange", this.onhashchange);
  }
}
