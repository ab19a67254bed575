"""kevent's answers, in the form in which client-go's come.

The replayer of the vectors gives some of them. What the oracle can be asked beyond the vectors is here: options of a
correlator, counts and times of an event's own, formats, a whole pipeline, operations that block, names, log texts,
quoting; and in `series_side` the other recorder. All answer as the release that is asked, but a wait group.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from kevent import runtime
from kevent.broadcaster import (
    ADDED,
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    Watcher,
    WatchEvent,
)
from kevent.channel import Channel
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event, EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.fake import FakeRecorder
from kevent.quoting import quote
from kevent.recorder import BroadcastRecorder, EventRecorder
from kevent.reference import NilObjectError, ObjectReference
from kevent.simulation import simulate
from kevent.sinks import StatusError
from kevent.versions import NotInRelease, Release, release

from .replaying import (
    BASE_TIME,
    REFUSALS,
    REPLAYS,
    SCHEME,
    FakeClock,
    as_object,
    event_answer,
    fill_event,
    in_simulation,
    new_event,
)
from .series_side import adapter, series

Answers = Iterator[tuple[str, Any]]
Scenario = dict[str, Any]

logging.getLogger("kevent").addHandler(logging.NullHandler())  # what a sink refuses is no news here

REFUSALS.update({  # more than the vectors ask
    "bad-request": StatusError.bad_request("odd"),
    "unauthorized": StatusError("Unauthorized", 401, "who are you"),
    "invalid": StatusError.invalid("Event", "x", ""),
    "gone": StatusError("Expired", 410, "too old"),
    "namespace-terminating": StatusError(
        "Forbidden", 403, 'events "x" is forbidden: being terminated', ("NamespaceTerminating",)
    ),
    "wrapped-not-found": RuntimeError("wrapped: not found"),
})  # fmt: skip


class Kevent:
    """kevent as a release. Raises ValueError for one that it does not know."""

    def __init__(self, name: str) -> None:
        self.release = release(name)

    def ask(self, kind: str, scenario: Scenario) -> Answers:
        """kevent's answers under a label, more than once where there is more than one way to ask. What it raises is an
        answer too.
        """
        try:
            for label, answer in self._way(kind, scenario)(scenario):
                yield label, as_json_has_it(answer[-scenario["last"] :] if "last" in scenario else answer)
        except Exception as error:
            yield "", {"raises": f"{type(error).__name__}: {error}"}

    def _way(self, kind: str, scenario: Scenario) -> Callable[[Scenario], Answers]:
        if kind == "mux" and scenario.get("blocking"):
            return partial(blocking, release=self.release)
        way: Callable[..., Answers] = OWN.get(kind) or REPLAYS[kind]
        if kind == "mux":
            return partial(way, kind=partial(Broadcaster, release=self.release))
        return way if kind == "waitgroup" else partial(way, release=self.release)


def as_json_has_it(answer: Any) -> Any:
    """The answer with U+FFFD for a byte that is no UTF-8, which Python keeps as half a surrogate pair: Go's answers
    have travelled as JSON, which cannot hold it.
    """
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(answer, ensure_ascii=False)))


# --- correlator ---------------------------------------------------------------------------------------------------

OPTIONS = {
    "cacheSize": "lru_cache_size", "burst": "burst_size", "qps": "qps", "maxEvents": "max_events",
    "maxIntervalInSeconds": "max_interval_in_seconds",
}  # fmt: skip
KEY_FUNCS: dict[str, Callable[[Event], tuple[str, str]]] = {
    "kind": lambda event: (event.involved_object.kind, event.involved_object.name),
    "reason": lambda event: ("all", event.reason),
}
MESSAGE_FUNCS: dict[str, Callable[[Event], str]] = {
    "fixed": lambda event: "many",
    "tail": lambda event: f"{event.message} (and similar ones)",
}


SPAM_KEY_FUNCS: dict[str, Callable[[Event], str]] = {
    "type": lambda event: event.type,
    "object": lambda event: event.involved_object.name,
}


def correlator(scenario: Scenario, release: Release, random: Callable[[], float] = runtime.random) -> Answers:
    """As the replayer, with options, and events that have counts and times of their own."""
    clock = FakeClock()
    options: dict[str, Any] = {"clock": clock, "random": random}
    for key, value in scenario.get("options", {}).items():
        if key == "keyFunc":
            options["key_func"] = KEY_FUNCS[value]
        elif key == "messageFunc":
            options["message_func"] = MESSAGE_FUNCS[value]
        elif key == "spamKeyFunc":
            options["spam_key_func"] = SPAM_KEY_FUNCS[value]
        else:
            options[OPTIONS[key]] = value
    asked = EventCorrelator(CorrelatorOptions(**options), release=release)

    def correlate(event: Event) -> dict[str, Any]:
        result = asked.event_correlate(event)
        answer: dict[str, Any] = {"skip": result.skip}
        if result.event is not None:
            answer["event"] = _in_64_bits(event_answer(result.event))
            asked.update_state(result.event)
        if result.patch is not None:
            answer["patch"] = result.patch
        return answer

    answers: list[Any] = []
    for step in each(scenario["steps"]):
        clock.advance(step)
        if "event" in step:
            answers.append(correlate(described(step, clock.time)))
            continue
        for number in range(step.get("fill", 0)):
            correlate(fill_event(number, clock.time))
        answers.append(None)
    yield "", answers


def _in_64_bits(answer: dict[str, Any]) -> dict[str, Any]:
    """An event, with times as Go tells them on the Unix scale."""
    for key in ("firstTimestamp", "lastTimestamp"):
        if answer[key] is not None:
            answer[key] = runtime.unix_nano(answer[key])
    return answer


def each(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every step as often as it wants to be taken, its messages numbered if it says so."""
    for step in steps:
        for number in range(max(step.get("times", 1), 1)):
            if step.get("numbered"):
                yield step | {"event": step["event"] | {"message": f"{step['event'].get('message', '')}{number}"}}
            else:
                yield step


def described(step: dict[str, Any], time: int) -> Event:
    """The event of a step, with what it may have of its own."""
    event = new_event(step, time)
    data = step["event"]
    event.count = data.get("count", 1)
    event.first_timestamp = data.get("firstTimestamp", time)
    event.last_timestamp = data.get("lastTimestamp", time)
    event.resource_version = data.get("resourceVersion", "")
    return event


# --- recorders ----------------------------------------------------------------------------------------------------


def call_on(recorder: EventRecorder, call: dict[str, Any]) -> None:
    """One call of a recorder. Without a format, the methods that take one get "%s" and the message."""
    obj = None if call.get("obj") is None else as_object({"__go": "ObjectReference"} | call["obj"])
    what: tuple[Any, str] = call["type"], call["reason"]
    args = call["args"] if "format" in call else [call["message"]]
    template = call.get("format", "%s")
    match call["method"]:
        case "event":
            recorder.event(obj, *what, call["message"])
        case "eventf":
            recorder.eventf(obj, *what, template, *args)
        case "annotated":
            recorder.annotated_eventf(obj, call.get("annotations"), *what, template, *args)
        case "past":
            recorder.past_eventf(obj, BASE_TIME + call.get("pastNS", 0), *what, template, *args)


def recorder(scenario: Scenario, release: Release) -> Answers:
    """What the watcher of a broadcaster of its own receives of each call."""
    source = EventSource(**scenario["source"])

    def run() -> list[Any]:
        clock = FakeClock()
        answers: list[Any] = []
        for call in scenario["calls"]:
            clock.advance(call)
            try:
                received = _received(source, clock, partial(call_on, call=call), release)
            except NotInRelease:
                answers.append({"refused": "this release has no PastEventf"})
                continue
            if received is None:
                answers.append(None)
                continue
            event = event_answer(received.object)
            answers.append({"watchType": received.type, "event": event | {"name": _no_lot(event["name"])}})
        return answers

    yield "", in_simulation(run)


def _received(
    source: EventSource, clock: Callable[[], int], do: Callable[[EventRecorder], None], release: Release
) -> WatchEvent | None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release=release)
    watcher = broadcaster.watch()
    do(BroadcastRecorder(broadcaster, source, scheme=SCHEME, clock=clock, release=release))
    runtime.sleep(1e-9)  # time moves when everything has been distributed
    received, _ = watcher.result_chan.try_receive()
    broadcaster.shutdown()
    return received


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _no_lot(name: str) -> str:
    """The name as the oracle tells it."""
    return "<a random UUID>" if UUID.fullmatch(name) else name


def fake(scenario: Scenario, release: Release) -> Answers:
    """The line that each call puts into the channel of a fake recorder."""

    def run() -> list[Any]:
        recorder = FakeRecorder(1, include_object=scenario.get("includeObject", False), release=release)
        assert recorder.events is not None
        lines: list[Any] = []
        for call in scenario["calls"]:
            try:
                call_on(recorder, call)
                lines.append(recorder.events.try_receive()[0])
            except NotInRelease:
                lines.append({"refused": "this release has no PastEventf"})
            except NilObjectError:
                lines.append({"panic": "runtime error: invalid memory address or nil pointer dereference"})
        return lines

    yield "", in_simulation(run)


# --- the whole pipeline -------------------------------------------------------------------------------------------


class _SlowSink:
    """Answers by a script, takes its time, and writes down what it was asked and after which pause."""

    def __init__(self, script: list[str], then: str, takes: list[int]) -> None:
        self.calls: list[dict[str, Any]] = []
        self._script, self._then, self._takes = script, then, takes
        self._last: int | None = None

    def create(self, event: Event) -> Event:
        return self._call("create", event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self._call("patch", event)

    def _call(self, verb: str, event: Event) -> Event:
        number = len(self.calls)
        answer = self._script[number] if number < len(self._script) else self._then
        pause = 0 if self._last is None else runtime.monotonic() - self._last
        self.calls.append({
            "verb": verb, "about": event.involved_object.name, "message": event.message, "count": event.count,
            "answer": answer, "pauseNS": "random" if pause % 10**6 else pause,
        })  # fmt: skip
        if number < len(self._takes):
            runtime.sleep(self._takes[number] / 1e9)
        self._last = runtime.monotonic()  # which no reading moves
        if answer != "ok":
            raise REFUSALS[answer]
        return event


def recording(scenario: Scenario, release: Release) -> Answers:
    """A pipeline with the lengths and habits of a release. Whether a shutdown returned at once is not told: kevent's
    waits for the handlers, see `EventBroadcaster.shutdown`.
    """
    yield "", in_simulation(lambda: _record(scenario, release))


def _record(scenario: Scenario, release: Release) -> dict[str, Any]:
    plan = scenario["sink"]
    sink = _SlowSink(plan.get("script", []), plan.get("then", "ok"), plan.get("takesNS", []))
    done: Channel[None] | None = Channel(name="done") if scenario.get("context") else None
    broadcaster = EventBroadcaster(release=release, sleep_duration=scenario.get("sleepNS", 0) / 1e9, done=done)
    watcher = broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("kubelet", "node-1"))
    for step in scenario["steps"]:
        runtime.sleep(step.get("afterNS", 0) / 1e9)
        match step["op"]:
            case "shutdown":
                runtime.go(broadcaster.shutdown, name="shutdown")
            case "cancel":
                assert done is not None
                done.close()
            case "stop":
                watcher.stop()
            case "watch":
                with suppress(BroadcasterStopped):
                    broadcaster.start_event_watcher(lambda event: None)
        if step["op"] != "record":
            runtime.sleep(1e-9)
            continue
        for number in range(step.get("times") or 1):
            runtime.sleep(step.get("eachNS", 0) / 1e9)
            call_on(recorder, _numbered(step, number))
            runtime.sleep(0 if step.get("eachNS") else 1e-9)
    runtime.sleep(scenario.get("endNS", 0) / 1e9 or 1e-9)
    calls, distributing = list(sink.calls), not broadcaster._broadcaster.loop_ended
    broadcaster.shutdown(timeout=None)
    return {"calls": _summary(calls, scenario.get("summary")), "distributing": distributing}


def _summary(calls: list[dict[str, Any]], wanted: str | None) -> Any:
    """The calls, or how many there were, in all or about each object in a row."""
    if wanted == "number":
        return len(calls)
    if wanted == "tries":
        return [{"about": about, "tries": len([*some])} for about, some in groupby(calls, itemgetter("about"))]
    return calls


def _numbered(step: dict[str, Any], number: int) -> dict[str, Any]:
    """The call for one of several events."""
    call = dict(step)
    if step.get("times", 1) > 1:
        call["message"] = f"{step.get('message', '')} {number}"
    if step.get("apart"):
        call["obj"] = step["obj"] | {"name": f"{step['obj'].get('name', '')}-{number}"}
    return call


# --- what is drawn by lot ---


def lost(scenario: Scenario, release: Release, seed: int = 0) -> Answers:
    """How many events a handler still gets that lie in its queue when all ends, while it is busy with another."""
    yield "", _simulated(lambda: _lose(scenario, release), seed)


def _lose(scenario: Scenario, release: Release) -> int:
    done: Channel[None] | None = Channel(name="done") if scenario["by"] == "cancel" else None
    broadcaster = EventBroadcaster(release=release, done=done)
    handled: list[Event] = []
    free: Channel[None] = Channel(name="free")

    def handle(event: Event) -> None:
        free.receive_ok()
        handled.append(event)

    watcher = broadcaster.start_event_watcher(handle)
    for _ in range(1 + scenario["queued"]):
        broadcaster._broadcaster.action(ADDED, Event())
    runtime.sleep(1e-9)
    match scenario["by"]:
        case "shutdown":
            runtime.go(broadcaster.shutdown, name="shutdown")
        case "cancel":
            assert done is not None
            done.close()
        case "stop":
            runtime.go(watcher.stop, name="stop")
    runtime.sleep(1e-9)
    free.close()
    runtime.sleep(1e-9)
    answer = len(handled) - 1
    broadcaster.shutdown()
    return answer


def order(scenario: Scenario, release: Release, seed: int = 0) -> Answers:
    """Whether the events of one goroutine are received as they were recorded."""
    yield "", _simulated(lambda: _in_order(scenario["events"], release), seed)


def _in_order(events: int, release: Release) -> str:
    received: list[str] = []
    with EventBroadcaster(release=release) as broadcaster:
        broadcaster.start_event_watcher(lambda event: received.append(event.message))
        recorder = broadcaster.new_recorder(EventSource("kubelet"))
        for number in range(events):
            recorder.event(ObjectReference("Pod", "default", "web-0", "", "v1"), "Normal", "R", f"{number:02}")
        runtime.sleep(1e-9)
    return "in order" if received == sorted(received) else "overtaken"


def _simulated(run: Callable[[], Any], seed: int) -> Any:
    finished = simulate(run, seed=seed, max_batch=1, max_steps=10_000_000)
    if finished.error is not None:
        raise finished.error
    return finished.result


# --- names and log texts ------------------------------------------------------------------------------------------


def names(scenario: Scenario, release: Release) -> Answers:
    """The names of events about given objects at given times."""

    def run() -> list[str]:
        return [_name(one["name"], one["seconds"] * 10**9 + one["nanos"], release) for one in scenario["names"]]

    yield "", in_simulation(run)


def _name(about: str, time: int, release: Release) -> str:
    reference = ObjectReference("Pod", "default", about, "", "v1")
    received = _received(
        EventSource(), lambda: time, lambda recorder: recorder.event(reference, "Normal", "R", "m"), release
    )
    return _no_lot(received.object.name) if received is not None else ""


def logs(scenario: Scenario, release: Release) -> Answers:
    """What start_logging prints of each event."""

    def run() -> list[list[str]]:
        return [_logged(described({"event": event}, 0), release) for event in scenario["logging"]]

    yield "", in_simulation(run)


def _logged(event: Event, release: Release) -> list[str]:
    lines: list[str] = []
    with EventBroadcaster(release=release) as broadcaster:
        broadcaster.start_logging(lambda text, *arguments: lines.append("- " + text % arguments))
        broadcaster._broadcaster.action(ADDED, event)  # as it is: a recorder would make another one
        runtime.sleep(1e-9)
    return [line.removesuffix("\n") for line in lines]  # klog ends a line that has no end


def quoting(scenario: Scenario, release: Release) -> Answers:
    """Events as to_dict writes them after from_dict has read them, and texts between quotation marks."""
    answer: dict[str, Any] = {}
    if "documents" in scenario:
        answer["documents"] = [_reread(document, release) for document in scenario["documents"]]
    if "texts" in scenario:
        answer["texts"] = [
            {"quoted": quote(text), "go_syntax": ObjectReference(name=text).go_syntax()} for text in scenario["texts"]
        ]
    yield "", answer


def _reread(document: str, release: Release) -> dict[str, Any]:
    try:
        return Event.from_dict(json.loads(document)).to_dict(release=release)
    except ValueError as error:
        return {"error": str(error)}


# --- operations that block ----------------------------------------------------------------------------------------


def blocking(scenario: Scenario, release: Release) -> Answers:
    """Operations in goroutines of their own, in a simulation that hands over one event at a time."""
    finished = simulate(lambda: _Blocking(scenario, release).run(), max_batch=1, max_steps=10_000_000)
    if finished.error is not None:
        raise finished.error
    yield "event by event", finished.result


class _GoMutex:
    """A lock that belongs to whoever comes first after it was let go, and mostly that is who let it go and goes on.
    So does Go's, and no second one is woken before the first has looked; a simulation hands its locks to who has waited
    longest.
    """

    def __init__(self) -> None:
        self._taken = False
        self._owner: object = None
        self._woken = False
        self._waiting: list[Channel[None]] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self.__enter__()
        self._owner = runtime.current().running  # type: ignore[attr-defined]
        return True

    def release(self) -> None:
        self.__exit__()

    def _is_owned(self) -> bool:
        return self._taken and self._owner is runtime.current().running  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        place = len(self._waiting)
        while self._taken:
            woken: Channel[None] = Channel(1)
            self._waiting.insert(place, woken)
            woken.receive()
            self._woken = False
            place = 0  # who has been woken in vain is the next
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False
        if self._waiting and not self._woken:
            self._woken = True
            self._waiting.pop(0).send(None)


class _Operation:
    """A step in a goroutine of its own."""

    def __init__(self, step: dict[str, Any]) -> None:
        self.step = step
        self.answer: dict[str, Any] = {"returned": None}
        if step["op"] in ("action", "action_or_drop"):
            self.answer["taken"] = 0
        if step["op"] == "action_or_drop":
            self.answer["dropped"] = 0
        self.taken = 0
        self.ended = False
        self.skipped = False

    def note(self, now: int | str) -> None:
        if self.ended and self.answer["returned"] is None:
            self.answer["returned"] = now


class _Blocking:
    """One broadcaster, and the operations on it, of which some do not return for a while."""

    def __init__(self, scenario: Scenario, release: Release) -> None:
        behavior = WAIT_IF_CHANNEL_FULL if scenario["wait"] else DROP_IF_CHANNEL_FULL
        self.steps = scenario["steps"]
        self.release = release
        length = {"incoming_length": scenario["queueLength"]} if scenario.get("longQueue") else {}
        self.broadcaster = Broadcaster(scenario["queueLength"], behavior, **length, release=release)
        self.broadcaster._lock = _GoMutex()  # type: ignore[assignment]
        if self.broadcaster._turn is not None:
            self.broadcaster._turn = _GoMutex()
        self.watchers: dict[str, Watcher] = {}
        self.received: dict[str, list[str]] = {}
        self.operations: list[_Operation] = []

    def run(self) -> dict[str, Any]:
        for number, step in enumerate(self.steps):
            for one in step["steps"] if step["op"] == "together" else [step]:
                self.begin(one)
            runtime.sleep(1e-9)
            self.note(number)
        asked = len(self.operations)
        for operation in self.operations:
            if "taken" in operation.answer:
                operation.answer["taken"] = operation.taken  # by now; what follows may be a race
        if not any(operation.step["op"] == "shutdown" for operation in self.operations):
            self.begin({"op": "shutdown"})
            runtime.sleep(1e-9)
        while sum(self.receive(name) for name in list(self.watchers)):
            runtime.sleep(1e-9)
        self.note("end")
        return {
            "operations": [
                {"skipped": True} if operation.skipped else operation.answer for operation in self.operations[:asked]
            ],
            "watchers": {
                name: {"received": self.received[name], "closed": self.closed(watcher)}
                for name, watcher in self.watchers.items()
            },
        }

    def note(self, now: int | str) -> None:
        for operation in self.operations:
            operation.note(now)

    def begin(self, step: dict[str, Any]) -> None:
        operation = _Operation(step)
        self.operations.append(operation)
        if step["op"] in ("receive", "stop") and step["id"] not in self.watchers:
            operation.ended = operation.skipped = True
        elif step["op"] == "receive":
            for _ in range(step["n"]):
                if not self.receive(step["id"]):
                    break
                runtime.sleep(1e-9)
            operation.ended = True
        else:
            runtime.go(self.perform, operation, name=step["op"])

    def perform(self, operation: _Operation) -> None:
        try:
            self.take(operation)
        except BroadcasterStopped as error:  # what it stands for: see there
            if self.release.entrance == "closed to one at a time":
                operation.answer["error"] = str(error)
            elif self.release.entrance == "closed from outside" or "action" in operation.step["op"]:
                operation.answer["panic"] = "send on closed channel"
            else:
                operation.answer["panic"] = str(error)
        except runtime.Panic as error:
            operation.answer["panic"] = str(error)
        operation.ended = True

    def take(self, operation: _Operation) -> None:
        step = operation.step
        match step["op"]:
            case "watch":
                self.add(step["id"], self.broadcaster.watch())
            case "watch_with_prefix":
                prefix = [WatchEvent(ADDED, name) for name in step.get("objs", [])]
                self.add(step["id"], self.broadcaster.watch_with_prefix(prefix))
            case "action":
                for name in step["objs"]:
                    self.broadcaster.action(step["id"], name)
                    operation.taken += 1
            case "action_or_drop":
                for name in step["objs"]:
                    if self.broadcaster.action_or_drop(step["id"], name):
                        operation.taken += 1
                    else:
                        operation.answer["dropped"] += 1
            case "stop":
                self.watchers[step["id"]].stop()
            case "shutdown":
                self.broadcaster.shutdown()

    def add(self, name: str, watcher: Watcher) -> None:
        self.watchers[name], self.received[name] = watcher, []

    def receive(self, name: str) -> bool:
        channel = self.watchers[name].result_chan
        if channel.closed and not len(channel):
            return False
        event, ok = channel.try_receive()
        if not ok or event is None:
            return False
        self.received[name].append(f"{event.type}:{event.object}")
        return True

    @staticmethod
    def closed(watcher: Watcher) -> bool:
        return bool(watcher.result_chan.closed)


OWN: dict[str, Callable[..., Answers]] = {
    "correlator": correlator,
    "recorder": recorder,
    "recording": recording,
    "fake": fake,
    "lost": lost,
    "order": order,
    "names": names,
    "logs": logs,
    "quoting": quoting,
    "series": series,
    "adapter": adapter,
}
"""Instead of the replayer's, or where that has none."""
