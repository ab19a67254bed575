import { AFTER, BEFORE, COUNT, Chart, FATE, GONE, GROUP, KEYS, LEFT, OUTCOME, OWN, RESET, isCombined, storedAt, tokens } from "./correlator_chart.js";
import { breakable, h, s, setAttribute, written } from "./dom.js";
import { amount, clock } from "./model.js";
import { Plate } from "./plate.js";
import { glyph } from "./roles.js";
import { register } from "./shell.js";

// CorrelatorTimeline: the key of an event, three questions to it, the verdict; and below, the chart of the run.

const PARTS = ["source", "object", "type", "reason", "message"];
const OUTCOMES = ["created", "patched", "combined", "filtered"];
const WRITTEN = { created: "created", patched: "patched", combined: "created, combined", "combined patched": "patched, combined" };

// --- Pure ---

export function timelineTable(state, at) {
  const { done, burst, most } = state;
  const rows = OUTCOMES.map((outcome) => [outcome, done.filter((entry) => entry[OUTCOME].split(" ")[0] === outcome).length]);
  const last = done.at(-1);
  const stored = storedAt(done, at);
  rows.push(["tokens", `${last ? tokens(last[AFTER]) : burst} of ${burst}`], ["messages in its group", `${last ? last[GROUP].length : 0} of ${most}`], ["its count", last ? last[COUNT] : "–"],
    ["objects at the API server", stored.length], ["events that it knows of", `${stored.reduce((sum, { count }) => sum + count, 0)} of ${at}`]);
  return { columns: ["what", "so far"], rows };
}

// How a key compares with that of the event before: "first", "same" or "other"; for bucket, group and count.
export function compared(done, event) {
  return [0, 1, 2].map((which) => (event < 1 ? "first" : done[event][KEYS][which] === done[event - 1][KEYS][which] ? "same" : "other"));
}

// The sum of a bucket, in lines: what was left, what time gave, what the event paid.
export function sumOfBucket(entry, burst) {
  if (!entry) return [`${burst}: full`];
  const refilled = entry[LEFT] < 0 ? [] : [`+ ${tokens(entry[BEFORE] - entry[LEFT])} refilled`];
  const left = entry[LEFT] < 0 ? `${tokens(entry[BEFORE])} full` : `${tokens(entry[LEFT])} left`;
  return entry[OUTCOME] === "filtered" ? [left, ...refilled, `= ${tokens(entry[BEFORE])}`, "✗ below 1"] : [left, ...refilled, "− 1 paid", `= ${tokens(entry[AFTER])}`];
}

export function verdict(entry, message) {
  if (!entry) return ["", "nothing to write yet", ""];
  if (entry[FATE] === "lost") return ["lost", "lost: ", "a new event, never written. Nothing else will tell of it."];
  if (entry[FATE] === "counted") return ["lost", "not written: ", `but its count, ${entry[COUNT]}, survives for the next patch that can pay.`];
  return ["done", `${WRITTEN[entry[OUTCOME]]}: `, `${isCombined(entry[OUTCOME]) ? "(combined from similar events): " : ""}${message}, count ${entry[COUNT]}`];
}

// --- Drawing ---

const sign = (role, fill, d, dash) => s("svg", { class: "ke-key-sign", viewBox: "0 0 15 15", width: 15, height: 15, "aria-hidden": "true" }, s("path", { d, "data-role": role, "data-fill": fill, "stroke-dasharray": dash }));

export class CorrelatorTimeline {
  static legend = () => [[sign("done", true, "M7.5 1L14 7.5L7.5 14L1 7.5Z"), "created (diamond: a Warning)"], [sign("done", false, "M7.5 1L14 7.5L7.5 14L1 7.5Z"), "patched, or combined"],
    [sign("lost", false, "M2 2H13V13H2Z", "3 2"), "filtered: not written"], [sign("wait", false, "M0 7.5H15", "4 3"), "price of a write: 1 token"]];

  constructor(plate) {
    this.plate = plate;
    this.scrubber = new Chart(plate.playhead);
    this.load();
  }

  load() {
    const { recording } = this.plate;
    this.end = recording.state(recording.length);
    this.scrubber.load(this.end);
  }

  table(i) {
    return timelineTable(this.plate.recording.state(i), i);
  }

  // What is not written says how the others will fare.
  tells(i) {
    return this.end.done.slice(0, i).some(([, outcome]) => outcome === "filtered");
  }

  draw(width) {
    this.width = width;
    this.wide = width > 560;
    this.keys = h("div", { class: `ke-keys ${this.wide ? "ke-wide" : ""}` });
    this.three = h("div", { class: `ke-three ${this.wide ? "ke-wide" : ""}` });
    this.fate = h("p", { class: "ke-fate" });
    this.plate.stage.replaceChildren(this.keys, this.three, this.fate);
    this.scrubber.draw(width);
  }

  show(i) {
    const e = i - 1;
    const { done } = this.end;
    this.showKeys(Math.max(0, e), e);
    const entry = e < 0 ? null : done[e];
    this.three.replaceChildren(this.group(entry), this.count(entry), this.tokens(entry));
    const [role, words, rest] = verdict(entry, e < 0 ? "" : this.end.events[e][0]);
    setAttribute(this.fate, "data-role", role);
    this.fate.replaceChildren(role ? glyph(role) : "", h("b", {}, words), rest);
  }

  parts(event) {
    return (this.end.events[event] ?? []).slice(2).map((part) => this.end.parts[part]);
  }

  showKeys(shown, event) {
    const now = this.parts(shown);
    const last = event > 0 ? this.parts(event - 1) : now;
    const combined = event >= 0 && isCombined(this.end.done[event][OUTCOME]);
    const spans = [["bucket", this.end.spans[0]], ["group", this.end.spans[1]], ["count", combined ? this.end.spans[1] : 5]];
    const how = compared(this.end.done, event);
    const parts = now.map((part, n) => h("div", { class: "ke-part", "data-differs": part !== last[n] }, h("small", {}, PARTS[n], part !== last[n] ? h("b", {}, this.wide ? " ≠ last" : " ≠") : ""), h("code", {}, ...breakable(part, /(?<=[a-z])(?=[A-Z])/))));
    const brackets = spans.map(([name, span], n) => {
      const sign = { first: this.wide ? "the first" : "", same: "=", other: "≠" }[how[n]];
      const rest = { first: "", same: " the same", other: " another one" }[how[n]];
      const place = this.wide ? `grid-column: 1 / ${span + 1}; grid-row: ${n + 2}` : `grid-row: 1 / ${span + 1}; grid-column: ${n + 2}`;
      return h("div", { class: "ke-bracket", "data-key": name, "data-how": how[n], style: place }, h("span", {}, this.wide ? `its ${name}’s key: ` : `${name} `), h("b", {}, sign), this.wide ? rest : "");
    });
    this.keys.replaceChildren(...parts, ...brackets);
  }

  group(entry) {
    const { most, messages } = this.end;
    const [group, gone] = entry ? [entry[GROUP], entry[GONE]] : [[], -1];
    const fresh = entry ? entry[OWN] : -1;
    // A full group: its last slots, with the edge that no group crosses.
    const slots = Math.max(1, Math.min(most, this.wide ? 12 : 10));
    const hidden = Math.max(0, Math.min(group.length, most) - slots);
    const boxes = Array.from({ length: slots }, (_, k) => {
      const message = group[k + hidden];
      const state = message === undefined ? "free" : message === gone ? "gone" : message === fresh ? "new" : "in";
      return h("span", { class: "ke-slot", "data-state": state, "data-edge": k + hidden === most - 1, title: message === undefined ? null : messages[message][1] }, message === undefined ? "" : messages[message][0]);
    });
    const said = !entry ? "Nobody has spoken yet."
      : gone >= 0 ? [h("b", {}, `${group.length} of ${most}: combined.`), ` One is forgotten at random: ${messages[gone][0]}.`]
        : [h("b", {}, `${group.length} of ${most}:`), ` it goes on as itself.${entry[RESET] ? " The group had been silent too long, and was forgotten." : ""}`];
    return this.question(1, `has its group ${most} different messages?`, h("div", { class: "ke-slots", style: `grid-template-columns: repeat(${slots}, minmax(0, 34px))` }, boxes), [hidden ? `${hidden} more. ` : "", said].flat());
  }

  count(entry) {
    const known = entry && entry[COUNT] > 1;
    const pays = entry?.[OUTCOME] === "filtered" ? ", if it can pay" : "";
    return this.question(2, "seen before?", h("div", { class: "ke-count" }, entry ? `× ${entry[COUNT]}` : "–"), entry ? [h("b", {}, known ? "Yes:" : "No:"), known ? ` a patch of the count${pays}.` : ` a new object${pays}.`] : [""]);
  }

  tokens(entry) {
    const have = entry ? entry[AFTER] / 1000 : this.end.burst;
    return this.question(3, "a token for it?", this.bucket(entry, have), null);
  }

  question(number, title, drawing, said) {
    return h("div", { class: "ke-box", "data-question": number }, h("p", { class: "ke-question" }, h("i", {}, number), title), drawing, said ? h("p", {}, said) : "");
  }

  bucket(entry, have) {
    const { burst, every } = this.end;
    const sum = sumOfBucket(entry, burst);
    const single = burst <= 45; // more are a level
    const across = single ? Math.min(burst > 28 ? 9 : 7, Math.max(3, Math.ceil(burst / 3))) : 9;
    const rows = single ? Math.ceil(burst / across) : 3;
    const [radius, pitch, x0, y0] = [6, 15, 6, 20];
    const [wide, high] = [across * pitch + 8, rows * pitch + 8];
    const middle = x0 + wide / 2;
    const bottom = y0 + high;
    const height = Math.max(bottom + 20, y0 + 17 * sum.length + 6);
    const svg = s("svg", { class: "ke-bucket", width: "100%", height, viewBox: `0 0 ${wide + 104} ${height}`, preserveAspectRatio: "xMinYMin meet", role: "img", "aria-label": sum.join(", ") });
    const level = (high * Math.min(have, burst)) / burst;
    svg.append(s("rect", { class: "ke-water", x: x0 + 1, y: bottom - level, width: wide - 2, height: level }), s("path", { class: "ke-wall", d: `M${x0} ${y0 - 6}V${bottom}H${middle - 9}M${middle + 9} ${bottom}H${x0 + wide}V${y0 - 6}` }));
    for (let token = 0; single && token < burst; token++) {
      const [cx, cy] = [x0 + 4 + pitch * (token % across) + pitch / 2, bottom - 4 - pitch * Math.floor(token / across) - pitch / 2];
      const part = have - token;
      if (part >= 0.9995) svg.append(s("circle", { class: "ke-token", cx, cy, r: radius }));
      else svg.append(s("circle", { class: "ke-empty", cx, cy, r: radius - 1 }));
      if (part > 0.004 && part < 0.9995) {
        const angle = 2 * Math.PI * part;
        svg.append(s("path", { class: "ke-pie", d: `M${cx} ${cy}V${cy - radius + 1}A${radius - 1} ${radius - 1} 0 ${part > 0.5 ? 1 : 0} 1 ${cx + (radius - 1) * Math.sin(angle)} ${cy - (radius - 1) * Math.cos(angle)}Z` }));
      }
    }
    const pause = every >= 1 ? clock(Math.round(every) * 1e6) : "";
    svg.append(written(x0, 11, every >= 1 ? `+1 every ${pause}` : `+${amount(1 / every)} a second`, "ke-small"));
    if (entry) svg.append(entry[OUTCOME] === "filtered" ? s("path", { class: "ke-shut", d: `M${middle - 7} ${bottom - 3}h14` }) : s("circle", { class: "ke-paid", cx: middle, cy: bottom + 11, r: radius }));
    sum.forEach((line, k) => svg.append(written(x0 + wide + 10, y0 + 4 + 17 * k, line, line.startsWith("=") || line.startsWith("✗") ? "ke-bold" : k ? "ke-small" : "")));
    return svg;
  }
}

register("correlator-timeline", (root, data, how) => new Plate(root, data, CorrelatorTimeline, how));
