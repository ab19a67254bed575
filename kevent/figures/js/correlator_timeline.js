import { s, setAttribute, setText } from "./dom.js";
import { Drawing } from "./drawing.js";
import { clock } from "./model.js";

// CorrelatorTimeline: each event at its time, in the row of what became of it; the tokens and the group's size below.

const ROWS = ["created", "patched", "combined", "filtered"];
const rowOf = (outcome) => ROWS.indexOf(outcome.split(" ")[0]);

export function timelineCounts(state) {
  return ROWS.map((row) => state.done.filter(([, outcome]) => outcome.split(" ")[0] === row).length);
}

export function timelineTable(state) {
  const rows = timelineCounts(state).map((count, i) => [ROWS[i], count]);
  const last = state.done.at(-1);
  rows.push(["tokens", `${last ? last[5] / 1000 : state.burst} of ${state.burst}`], ["group size", `${last ? last[3] : 0} of ${state.most}`]);
  return { columns: ["what", "so far"], rows };
}

export class CorrelatorTimeline extends Drawing {
  static table = timelineTable;

  draw(width) {
    const end = this.recording.state(this.recording.length);
    const left = width >= 620 ? 118 : 92;
    const room = (width - left) / Math.max(end.done.length, 1);
    const size = Math.max(3.5, Math.min(8, room * 0.42));
    const reach = size * 1.85 + 2; // of the widest mark, a Warning's diamond with the one behind it
    const x = (time) => left + reach + ((width - left - 2 * reach) * time) / Math.max(end.total, 1);
    const { svg } = this;
    this.rowLabels = ROWS.map((_, i) => this.text("kf-small", 1, 24 + i * 30));
    svg.append(...ROWS.map((_, i) => s("path", { class: "kf-ruler", d: `M${left} ${20 + i * 30}H${width}` })));
    const high = Math.max(end.burst, 1);
    const curve = (top, height, most, name) => {
      const label = this.text("kf-small", 1, top + height / 2 + 4);
      svg.append(s("path", { class: "kf-ruler", d: `M${left} ${top + height}H${width}M${left} ${top}H${width}` }));
      this.text("kf-small", left - 4, top + 4, most, "end");
      return { label, name, y: (value) => top + height - (height * Math.min(value, most)) / most };
    };
    this.tokens = curve(146, 44, high, "tokens");
    this.group = curve(208, 44, Math.max(end.most, 1), "group");
    for (let i = 0; i <= 4; i += width < 480 ? 2 : 1) {
      const time = (end.total * i) / 4;
      this.text("kf-small", x(time), 276, clock(time), i === 4 ? "end" : i ? "middle" : "start");
    }
    this.curves = [s("path", { class: "kf-curve kf-tokens-curve" }), s("path", { class: "kf-curve kf-group-curve" })];
    this.now = s("path", { class: "kf-now" });
    svg.append(...this.curves, this.now);
    this.marks = end.done.map(([time, outcome], i) => {
      const warning = end.events[i][1];
      const d = warning ? `M0${-size * 1.25}L${size * 1.25} 0L0 ${size * 1.25}L${-size * 1.25} 0Z` : `M${-size}${-size}H${size}V${size}H${-size}Z`;
      const strike = outcome === "filtered" ? s("path", { class: "kf-strike", d: `M${-size * 1.6} 0H${size * 1.6}` }) : "";
      const mark = s("g", { class: "kf-outcome", "data-event": i, "data-outcome": outcome.split(" ")[0], "data-kind": warning ? "warning" : "normal", transform: `translate(${x(time)} ${20 + rowOf(outcome) * 30})`, onclick: () => this.frame.follow(i) },
        s("title", {}, `event ${i}: ${end.events[i][0]}`),
        outcome.startsWith("combined") ? s("path", { class: "kf-behind", d, transform: `translate(${size * 0.6} ${-size * 0.6})` }) : "",
        s("path", { class: "kf-body", d }), strike);
      svg.append(mark);
      return mark;
    });
    this.x = x;
    return 286;
  }

  show(position, { followed }) {
    const state = this.recording.state(position);
    const { done } = state;
    this.marks.forEach((mark, i) => {
      setAttribute(mark, "data-state", i < done.length ? (i === done.length - 1 ? "now" : "done") : "none");
      setAttribute(mark, "data-followed", i === followed);
    });
    timelineCounts(state).forEach((count, i) => setText(this.rowLabels[i], `${ROWS[i]} ${count}`));
    const { x, tokens, group } = this;
    let level = `M${x(0)} ${tokens.y(state.burst)}`;
    let size = `M${x(0)} ${group.y(0)}`;
    for (const [time, , , members, before, after] of done) {
      level += `L${x(time)} ${tokens.y(before / 1000)}V${tokens.y(after / 1000)}`;
      size += `H${x(time)}V${group.y(members)}`;
    }
    setAttribute(this.curves[0], "d", level);
    setAttribute(this.curves[1], "d", size);
    const last = done.at(-1);
    setAttribute(this.now, "d", last ? `M${x(last[0])} 6V258` : "");
    setText(tokens.label, `tokens ${last ? Math.round(last[5] / 10) / 100 : state.burst}`);
    setText(group.label, `group ${last ? last[3] : 0}`);
  }
}
