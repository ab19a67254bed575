"""Pipelines of which the truth is known: what was recorded, what became of each event, what a server holds at the end.

A component's way of recording is client-go's at some release: kevent's own correlator, its retries, its names. Time is
a number. What the server holds is all that a diagnosis gets to see.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from kevent import events as tools_events
from kevent import runtime, versions
from kevent.conversion import to_events_v1
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.diagnosis import DEFAULTS, Limits
from kevent.event import Event, EventSource
from kevent.recorder import EVENT_NAMES
from kevent.reference import ObjectReference
from kevent.simulation import simulate
from kevent.sinks import MemorySink, StatusError
from kevent.sinks.events_v1 import EventsV1
from kevent.writing import Fate, record_to_sink

SECOND = 1_000_000_000
START = 1_772_360_000 * SECOND  # 2026-03-01, about ten o'clock
QUEUE = 1000


@dataclass
class Occurrence:
    """Something that happened, and what became of it."""

    time: int
    """By the server's clock."""
    about: ObjectReference
    type: str
    reason: str
    message: str
    fate: str = "recorded"
    combined: bool = False
    name: str = ""
    memory: int = 0
    retried: int = 0
    handled: int = 0
    """When its turn came, by the server's clock."""


@dataclass
class Truth:
    """What a pipeline was like."""

    kind: str
    release: str
    options: CorrelatorOptions
    default: bool
    """Whether limits and server are as they come."""
    outages: list[tuple[int, int]] = field(default_factory=list)
    slow: bool = False
    skew: int = 0
    restarts: list[int] = field(default_factory=list)
    two: bool = False
    ttl: float = 3600.0
    end: int = 0
    source: EventSource = field(default_factory=EventSource)
    occurrences: list[Occurrence] = field(default_factory=list)
    held: list[Event] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    series: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often each was recorded through tools/events, by object and reason."""
    form: str = "List"

    @property
    def calm(self) -> bool:
        """Whether what is said given the defaults has to hold."""
        return self.default and not (self.outages or self.slow or self.restarts or self.two or self.skew)

    @property
    def told(self) -> Limits:
        """The limits that whoever asks knows of: the component's own in every other pipeline, else the defaults."""
        options = self.options
        if self.default or len(self.occurrences) % 2:
            return DEFAULTS
        return Limits(
            burst=options.burst_size, qps=options.qps, max_events=options.max_events,
            lru_cache_size=options.lru_cache_size, ttl=self.ttl,
        )  # fmt: skip

    def data(self) -> bytes:
        """What a person has of it."""
        release = self.release
        core = [{"apiVersion": "v1", "kind": "Event", **event.to_dict(release=release)} for event in self.held]
        if self.form == "List":
            return json.dumps({"apiVersion": "v1", "items": core, "kind": "List", "metadata": {}}, indent=2).encode()
        if self.form == "lines":
            return "\n".join(map(json.dumps, core)).encode()
        if self.form == "watch":
            return "\n".join(json.dumps(state, indent=1) for state in self.states).encode()
        if self.form == "shell":
            text = json.dumps(
                {"kind": "EventList", "apiVersion": "v1", "items": [{**each, "kind": None} for each in core]}
            )
            return text.encode("utf-16")
        newer = [to_events_v1(event, release=release) for event in self.held]
        return json.dumps({"kind": "EventList", "apiVersion": "events.k8s.io/v1", "items": newer}).encode()


class Server:
    """A sink that is sometimes not there, sometimes slow, and refuses what is about some namespaces."""

    def __init__(self, truth: Truth, clock: Callable[[], int], refusing: dict[str, int]) -> None:
        self.store = MemorySink(ttl=truth.ttl, clock=clock)
        self.truth, self.clock, self.refusing = truth, clock, refusing
        self.asked = 0
        self.wrote = ""

    def create(self, event: Event) -> Event:
        return self._ask("ADDED", lambda: self.store.create(event), event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self._ask("MODIFIED", lambda: self.store.patch(event, patch), event)

    def _ask(self, verb: str, call: Callable[[], Event], event: Event) -> Event:
        self.asked += 1
        now = self.clock()
        if any(begin <= now < end for begin, end in self.truth.outages):
            raise ConnectionError("nobody answers")
        if self.refusing.get(event.namespace, now + 1) <= now:
            raise StatusError.forbidden("events", event.name, "the namespace is being terminated")
        stored = call()
        self.wrote = stored.name
        state = {"apiVersion": "v1", "kind": "Event", **stored.to_dict(release=self.truth.release)}
        self.truth.states.append({"type": verb, "object": state})
        return stored


class Component:
    """One process: a queue of a thousand, one writer, one memory."""

    def __init__(self, truth: Truth, draw: Random, refusing: dict[str, int], latency: int) -> None:
        self.truth, self.draw, self.latency = truth, draw, latency
        self.options = replace(truth.options, clock=self.clock)
        self.now = START
        self.queue: deque[tuple[Occurrence, Event]] = deque()
        self.release = versions.release(truth.release)
        self.server = Server(truth, lambda: self.now, refusing)
        self.memory = 0
        self.last_made = 0
        self.begin()

    def begin(self) -> None:
        """A process begins, and knows nothing."""
        self.memory += 1
        self.correlator = EventCorrelator(self.options, release=self.release)

    def clock(self) -> int:
        return self.now + self.truth.skew

    def record(self, happened: Occurrence) -> None:
        """What a recorder does, and the queue behind it."""
        self.truth.occurrences.append(happened)
        self.work(happened.time)
        if happened.type not in ("Normal", "Warning"):
            happened.fate = "unmade"
            return
        made = max(happened.time + self.truth.skew, self.last_made + 1)
        self.last_made = made
        source = self.truth.source
        event = Event(
            name=EVENT_NAMES[self.release.event_name](happened.about.name, made),
            namespace=happened.about.namespace or "default", involved_object=happened.about, reason=happened.reason,
            message=happened.message, source=source, first_timestamp=made, last_timestamp=made, count=1,
            type=happened.type,
        )  # fmt: skip
        if self.release.reporter == "source":
            event.reporting_controller, event.reporting_instance = source.component, source.host
        if len(self.queue) >= QUEUE:
            happened.fate = "dropped"
            return
        self.queue.append((happened, event))
        racing = self.release.sending == "a goroutine for each event" and len(self.queue) > 1
        if racing and self.draw.random() < 0.2 and happened.time - self.queue[-2][0].time < SECOND // 100:
            self.queue[-1], self.queue[-2] = self.queue[-2], self.queue[-1]

    def work(self, until: int) -> None:
        """Let the writer go on until then; what it has begun it ends."""
        while self.queue and self.now <= until:
            happened, event = self.queue.popleft()
            self.now = max(self.now, happened.time)
            if self.now > until:
                self.queue.appendleft((happened, event))
                self.now = until
                return
            self.write(happened, event)

    def write(self, happened: Occurrence, event: Event) -> None:
        happened.handled = self.now
        happened.memory = self.memory
        seen: list[Event] = []
        observe = self.correlator.logger.event_observe

        def watched(aggregate: Event, key: str) -> tuple[Event, dict[str, Any] | None]:
            answer = observe(aggregate, key)
            seen.append(answer[0])
            return answer

        def pause(seconds: float) -> bool:
            happened.retried += 1
            self.now += round(seconds * SECOND)
            return True

        self.correlator.logger.event_observe = watched  # type: ignore[method-assign, assignment]
        fate = record_to_sink(self.server, event, self.correlator, random=self.draw.random, pause=pause)
        self.correlator.logger.event_observe = observe  # type: ignore[method-assign]
        self.now += self.latency
        happened.fate = fate.value
        happened.name = seen[0].name
        happened.combined = (
            seen[0].message.startswith("(combined from similar events)") and happened.message != seen[0].message
        )

    def restart(self, time: int) -> None:
        """The process ends, and another begins."""
        self.work(time)
        for happened, _ in self.queue:
            happened.fate = "ended"
        self.queue.clear()
        self.now = max(self.now, time) + SECOND
        self.truth.restarts.append(time)
        self.begin()


def _moments(draw: Random, pattern: str, count: int, begin: int, span: int) -> list[int]:
    if pattern == "burst":
        return sorted(begin + draw.randrange(max(span // 60, SECOND)) for _ in range(count))
    if pattern == "steady":
        return [begin + number * span // count + draw.randrange(SECOND // 2) for number in range(count)]
    return sorted(begin + draw.randrange(span) for _ in range(count))


KINDS = (
    "calm",
    "calm",
    "options",
    "restart",
    "outage",
    "skew",
    "refusing",
    "flood",
    "expiry",
    "two",
    "lru",
    "series",
    "odd",
)


def pipeline(seed: int) -> Truth:
    """The pipeline of this seed, with all that became of it."""
    draw = Random(seed)
    kind = KINDS[seed % len(KINDS)]
    release = draw.choice(list(versions.RELEASES))
    if kind == "series":
        return _series(draw, release if int(release[2:]) >= 19 else "1.25")
    default = kind not in ("options", "lru")
    options = CorrelatorOptions(random=draw.random)
    if not default:
        options = CorrelatorOptions(
            random=draw.random,
            burst_size=draw.choice([5, 25, 60, 300]) if kind == "options" else 25,
            qps=draw.choice([1 / 300, 1 / 30, 1.0]) if kind == "options" else 1 / 300,
            max_events=draw.choice([3, 10, 50]) if kind == "options" else 10,
            lru_cache_size=8 if kind == "lru" else 4096,
        )  # fmt: skip
    truth = Truth(kind, release, options, default)
    truth.source = EventSource(*draw.choice([("kubelet", "node-1"), ("job-controller", ""), ("my-operator", "")]))
    span = draw.choice([2, 20, 50]) * 60 * SECOND
    refusing: dict[str, int] = {}
    latency = draw.randrange(2, 80) * SECOND // 1000
    if kind == "skew":
        truth.skew = draw.choice([-900, -40, -3, 4, 31, 700]) * SECOND
    if kind == "options" and draw.random() < 0.5:
        truth.ttl = draw.choice([600.0, 7200.0, 86400.0])
    if kind == "refusing":
        refusing["shop"] = START + span // 2
    component = Component(truth, draw, refusing, latency)
    objects = _objects(draw, kind)
    plan = list(_plan(draw, kind, objects, span))
    if kind in ("outage", "flood"):
        begin = START + draw.randrange(span // 2)
        truth.outages = [(begin, begin + draw.choice([20, 70, 100, 300]) * SECOND)]
    if kind == "flood":
        begin = truth.outages[0][0] + SECOND
        pods = [ObjectReference("Pod", "shop", f"flood-{n}", f"u-flood-{n}", "v1") for n in range(400)]
        plan += [
            Occurrence(begin + n * SECOND // 100, pods[n % 400], "Normal", "Killing", f"container {n}")
            for n in range(1300)
        ]
        truth.slow = True
    plan.sort(key=lambda happened: happened.time)
    restarts = sorted(START + draw.randrange(span) for _ in range(draw.choice([1, 1, 2]))) if kind == "restart" else []
    if restarts and draw.random() < 0.5:  # while nobody answers: what waits goes with it
        truth.outages = [(restarts[0] - draw.choice([5, 60]) * SECOND, restarts[0] + SECOND)]
    for happened in plan:
        while restarts and restarts[0] <= happened.time:
            component.restart(restarts.pop(0))
        component.record(happened)
    component.work(1 << 62)
    component.now = max(component.now, START + span)
    stores = [component.server.store]
    if kind == "two":
        truth.two = True
        other = Component(truth, draw, {}, latency)
        other.memory = 100
        for happened in plan:
            if draw.random() < 0.7:
                again = Occurrence(
                    happened.time + draw.randrange(SECOND),
                    *(getattr(happened, name) for name in ("about", "type", "reason", "message")),
                )
                other.memory = max(other.memory, 100)
                other.record(again)
        other.work(1 << 62)
        stores.append(other.server.store)
        other.now = component.now = max(other.now, component.now)
    later = draw.choice([0, 1, 30, 600]) * SECOND
    if kind == "expiry":
        later = draw.choice([3000, 3500, 3700, 5000]) * SECOND
        for name in ("tail-1", "tail-2"):
            about = ObjectReference("Pod", "shop", name, f"u-{name}", "v1")
            component.record(Occurrence(component.now + later, about, "Normal", "Pulled", "there"))
        component.work(1 << 62)
    else:
        component.now += later
    truth.end = component.now
    truth.held = [event for store in stores for event in store.events()]
    truth.form = draw.choice(["List", "List", "lines", "shell", "newer", "watch"] if truth.held else ["List"])
    if truth.form == "watch":
        truth.states.sort(key=lambda state: state["object"]["metadata"]["creationTimestamp"] or "")
    return truth


def _objects(draw: Random, kind: str) -> list[ObjectReference]:
    found = []
    for number in range(draw.choice([1, 2, 4]) if kind != "lru" else 12):
        name = f"web-{number}"
        which = draw.random()
        if which < 0.15:
            found.append(ObjectReference("Node", "", f"node-{number}", f"u-node-{number}", "v1"))
        elif which < 0.3 and kind == "odd":
            found.append(ObjectReference("Thing", "shop", f"Web_{number}", f"u-{name}", "example.com/v1"))
        else:
            path = draw.choice(["", "spec.containers{app}"])
            found.append(
                ObjectReference("Pod", draw.choice(["shop", "batch"]), name, f"u-{name}", "v1", field_path=path)
            )
    return found


def _plan(draw: Random, kind: str, objects: list[ObjectReference], span: int) -> Iterator[Occurrence]:
    for about in objects:
        for _ in range(draw.choice([1, 2, 3])):
            event_type = draw.choice(["Normal", "Warning", "Warning"])
            reason = draw.choice(["BackOff", "Unhealthy", "Pulled", "FailedMount", "Killing"])
            count = draw.choice([1, 1, 2, 5, 12, 26, 40, 90])
            begin = START + draw.randrange(span // 2)
            different = draw.random() < 0.35
            for number, time in enumerate(
                _moments(draw, draw.choice(["burst", "steady", "random"]), count, begin, span // 2)
            ):
                message = f"{reason} of try {number}" if different else f"{reason} again"
                if kind == "odd" and number == 0:
                    message = "at 100%!(NOVERB) of the quota"
                yield Occurrence(time, about, event_type, reason, message)
    if kind == "odd":
        yield Occurrence(START + span // 3, objects[0], "Error", "Broken", "of no type that there is")


def _series(draw: Random, release: str) -> Truth:
    """Events of tools/events, through kevent's own broadcaster for them, in virtual time."""
    truth = Truth(
        "series", release, CorrelatorOptions(), True, source=EventSource("default-scheduler"), ttl=float("inf")
    )
    plans = [
        (
            f"job-{number}",
            draw.choice(["FailedScheduling", "Preempted"]),
            draw.choice([1, 2, 3, 20, 70]),
            draw.choice([1, 20, 50, 400]),
        )
        for number in range(draw.choice([1, 2]))
    ]

    def scenario() -> list[Event]:
        store = MemorySink(ttl=None)
        broadcaster = tools_events.EventBroadcaster(EventsV1(store), rules=tools_events.rules(release))
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder("default-scheduler", host="cp-1")
        for name, reason, count, gap in plans:
            about = ObjectReference("Pod", "batch", name, f"u-{name}", "v1")
            for _ in range(count):
                recorder.eventf(about, None, "Warning", reason, "Scheduling", "0/3 nodes are available")
                truth.series[name, reason] = truth.series.get((name, reason), 0) + 1
                runtime.sleep(gap)
        held = store.events()
        truth.end = runtime.now()
        broadcaster.stop_recording()
        broadcaster.shutdown()
        return held

    found = simulate(scenario, seed=draw.randrange(1 << 30), max_steps=2_000_000).result
    assert found is not None
    truth.held = found
    truth.form = draw.choice(["List", "lines", "newer"])
    return truth


RIGHT = {
    "dropped": {"dropped"}, "given_up": {"given-up"}, "rejected": {"refused", "invalid"}, "ended": {"ended"},
    "unmade": {"unmade"},
}  # fmt: skip


def missing(truth: Truth) -> Iterator[tuple[Occurrence, set[str]]]:
    """What happened and is not in the list as itself, with the causes of which any is a right answer."""
    held = {(event.namespace, event.name): event for event in truth.held}
    for happened in truth.occurrences:
        where = happened.about.namespace or "default"
        event = held.get((where, happened.name))
        own = happened.about, happened.type, happened.reason, happened.message
        plain = [each for each in truth.held if (each.involved_object, each.type, each.reason, each.message) == own]
        time = happened.time + truth.skew
        inside = any(
            (each.first_timestamp or 0) - SECOND <= time <= (each.last_timestamp or 0) + SECOND
            for each in plain
            if each.count > 1
        )
        fate = happened.fate
        if fate in (Fate.CREATED.value, Fate.PATCHED.value):
            if event is None:
                if truth.form != "watch":  # which has shown it
                    yield happened, {"expired"}
            elif happened.combined:
                yield happened, {"combined"}
            elif event.count > 1 and time > (event.first_timestamp or 0) + SECOND:
                yield happened, {"counted"}
        elif fate == Fate.FILTERED.value:
            right = (
                {"filtered", "muted"}
                | ({"combined"} if happened.combined else set())
                | ({"counted"} if inside else set())
            )
            yield happened, right
        else:
            yield happened, RIGHT[fate]
