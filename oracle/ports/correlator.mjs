// client-go's event correlator in JavaScript: a question a line in, an answer a line out (oracle/judge/README.md).

const SECOND = 1_000_000_000n;

class LRU extends Map { // a Map keeps the order in which keys came; what is used goes to its end
  get(key) {
    const value = super.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
  set(key, value) {
    this.delete(key);
    super.set(key, value);
    return this.size > 4096 ? this.delete(this.keys().next().value) : this;
  }
}

const spamKey = ({ source: s, involvedObject: o }) =>
  s.component + s.host + o.kind + o.namespace + o.name + o.uid + o.apiVersion; // no separator, as in Go
const groupKey = (event) => spamKey(event) + event.type + event.reason;
const eventKey = ({ source: s, involvedObject: o, ...event }) =>
  s.component + s.host + o.kind + o.namespace + o.name + o.fieldPath + o.uid + o.apiVersion +
  event.type + event.reason + event.message;

class Aggregator {
  groups = new LRU();

  aggregate(event, now) {
    const key = groupKey(event);
    let group = this.groups.get(key);
    if (!group || now - group.last > 600n * SECOND) this.groups.set(key, (group = { messages: new Set() }));
    group.last = now;
    group.messages.add(event.message);
    if (group.messages.size < 10) return [event, eventKey(event)];
    group.messages.delete(group.messages.keys().next().value); // any one; Go draws lots
    const message = "(combined from similar events): " + event.message;
    const name = `${event.involvedObject.name}.${now.toString(16)}`;
    const times = { firstTimestamp: now, lastTimestamp: now };
    return [{ ...event, ...times, name, message, count: 1, annotations: null, resourceVersion: "" }, key];
  }
}

class Logger {
  seen = new LRU();

  observe(event, key) {
    const last = this.seen.get(key);
    const repeated = last !== undefined && last.count !== 0;
    const { name, resourceVersion, firstTimestamp } = repeated ? last : event;
    const count = repeated ? (last.count + 1) | 0 : event.count; // 32 bits and a sign
    const result = { ...event, name, resourceVersion, firstTimestamp, count };
    this.seen.set(key, result);
    return repeated ? [result, patchOf(result)] : [result];
  }
}

const inSeconds = (time) => { // BigInt's / and % go towards zero; before 1970 that is up
  if (time === null) return null;
  const whole = time - (((time % SECOND) + SECOND) % SECOND);
  return new Date(Number(whole / 1_000_000n)).toISOString().replace(".000Z", "Z");
};

function patchOf({ count, lastTimestamp, message }) { // what differs from an event that is all zeros
  const patch = { count, lastTimestamp: inSeconds(lastTimestamp), message };
  const zeros = [0, "1970-01-01T00:00:00Z", ""];
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => !zeros.includes(value)));
}

class Filter { // 25 tokens for a source and an object, and one more every 300 s
  buckets = new LRU();
  rate = Math.fround(1 / 300); // Go keeps it as a float32

  full(event, now) {
    const key = spamKey(event);
    const { tokens, last } = this.buckets.get(key) ?? { tokens: 25, last: now };
    const passed = Math.min(Number(now > last ? now - last : 0n), Math.trunc(1e9 * ((25 - tokens) / this.rate)));
    const left = Math.min(tokens + (Math.floor(passed / 1e9) + (passed % 1e9) / 1e9) * this.rate, 25) - 1;
    const accepted = left >= 0 || Math.trunc(1e9 * (-left / this.rate)) <= 0;
    this.buckets.set(key, accepted ? { tokens: left, last: now } : { tokens, last: now < last ? now : last });
    return !accepted;
  }
}

class Correlator {
  aggregator = new Aggregator();
  logger = new Logger();
  filter = new Filter();

  correlate(event, now) {
    const [result, patch] = this.logger.observe(...this.aggregator.aggregate(event, now));
    if (this.filter.full(result, now)) return { skip: true };
    this.logger.seen.set(eventKey(result), result); // the server's answer, under a key that no combined event has
    return { skip: false, event: result, ...(patch && { patch }) };
  }
}

// --- what every port needs around it ---

const text = (names, from = {}) => Object.fromEntries(names.split(" ").map((name) => [name, from[name] ?? ""]));

const eventOf = (given, now) => ({
  ...text("name namespace reason message type resourceVersion", given),
  source: text("component host", given),
  involvedObject: text("kind namespace name uid apiVersion resourceVersion fieldPath", given.obj),
  annotations: given.annotations ?? null,
  count: given.count ?? 1,
  ...Object.fromEntries(["firstTimestamp", "lastTimestamp"].map((name) => [name, timeIn(given, name, now)])),
});
const timeIn = (given, name, now) => (given[name] === undefined ? now : given[name] && BigInt(given[name]));

function filler(i) {
  const about = { kind: "Pod", namespace: "default", name: `fill-${i}`, uid: `fill-${i}`, apiVersion: "v1" };
  const source = { component: "kubelet", host: "node-1" };
  return { ...source, name: about.name, namespace: "default", obj: about, type: "Normal", reason: "Fill", message: "fill" };
}

const kinds = {
  keys: ({ steps }) =>
    steps.map(({ event }) => eventOf(event, 0n)).map((event) => ({
      eventKey: eventKey(event), spamKey: spamKey(event), aggregateKey: groupKey(event), localKey: event.message,
    })),
  correlator({ steps }) {
    const correlator = new Correlator();
    let now = 1_549_324_800n * SECOND;
    return steps.map((step) => {
      now += BigInt(step.advanceNS ?? 0);
      if (step.event) return correlator.correlate(eventOf(step.event, now), now);
      for (let i = 0; i < (step.fill ?? 0); i++) correlator.correlate(eventOf(filler(i), now), now);
      return null;
    });
  },
};

// JSON.parse makes a double of every number: nanoseconds come as strings, and go as digits.
const read = (line) => JSON.parse(line.replace(/"(advanceNS|firstTimestamp|lastTimestamp)":\s*(-?\d+)/g, '"$1":"$2"'));
const write = (value) =>
  typeof value === "bigint" ? `${value}`
  : Array.isArray(value) ? `[${value.map(write)}]`
  : value && typeof value === "object" ? `{${Object.entries(value).map(([k, v]) => `${write(k)}:${write(v)}`)}}`
  : JSON.stringify(value);

export function answer(line) {
  const { id, kind, options, ...question } = read(line);
  if (!(kind in kinds) || options) return write({ id, refused: `only ${Object.keys(kinds)}, without options` });
  return write({ id, expect: kinds[kind](question) });
}

if (globalThis.process) {
  const { createInterface } = await import("node:readline");
  for await (const line of createInterface({ input: process.stdin })) process.stdout.write(answer(line) + "\n");
}
