"""kevent's answers, in the form in which client-go's come.

The replayer of the vectors gives most of them. What the oracle can be asked beyond the vectors is here: options of a
correlator, counts and times of an event's own, operations that block, names, log texts.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
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
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event, EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.recorder import BroadcastRecorder
from kevent.reference import ObjectReference
from kevent.simulation import simulate
from kevent.sinks import StatusError

from .replaying import REFUSALS, REPLAYS, FakeClock, event_answer, fill_event, in_simulation, new_event

Answers = Iterator[tuple[str, Any]]
Scenario = dict[str, Any]

logging.getLogger("kevent").addHandler(logging.NullHandler())  # what a sink refuses is no news here

REFUSALS.update({  # more than the vectors ask
    "bad-request": StatusError.bad_request("odd"),
    "unauthorized": StatusError("Unauthorized", 401, "who are you"),
    "invalid": StatusError.invalid("Event", "x", ""),
    "gone": StatusError("Expired", 410, "too old"),
    "namespace-terminating": StatusError.forbidden("events", "x", "being terminated"),
    "wrapped-not-found": RuntimeError("wrapped: not found"),
})  # fmt: skip


class Kevent:
    """kevent as a release. So far it knows 1.14 only."""

    def __init__(self, release: str) -> None:
        if release != "1.14":
            raise ValueError(f"kevent cannot be asked for {release} yet")

    def ask(self, kind: str, scenario: Scenario) -> Answers:
        """kevent's answers under a label, more than once where there is more than one way to ask. What it raises is an
        answer too.
        """
        try:
            yield from self._way(kind, scenario)(scenario)
        except Exception as error:
            yield "", {"raises": f"{type(error).__name__}: {error}"}

    def _way(self, kind: str, scenario: Scenario) -> Callable[[Scenario], Answers]:
        if kind == "mux" and scenario.get("blocking"):
            return blocking
        return OWN.get(kind) or REPLAYS[kind]


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


def correlator(scenario: Scenario) -> Answers:
    """As the replayer, with options, and events that have counts and times of their own."""
    clock = FakeClock()
    options: dict[str, Any] = {"clock": clock}
    for key, value in scenario.get("options", {}).items():
        if key == "keyFunc":
            options["key_func"] = KEY_FUNCS[value]
        elif key == "messageFunc":
            options["message_func"] = MESSAGE_FUNCS[value]
        else:
            options[OPTIONS[key]] = value
    asked = EventCorrelator(CorrelatorOptions(**options))

    def correlate(event: Event) -> dict[str, Any]:
        result = asked.event_correlate(event)
        answer: dict[str, Any] = {"skip": result.skip}
        if result.event is not None:
            answer["event"] = event_answer(result.event)
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


# --- names and log texts ------------------------------------------------------------------------------------------


def names(scenario: Scenario) -> Answers:
    """The names of events about given objects at given times."""

    def run() -> list[str]:
        return [_name(one["name"], one["seconds"] * 10**9 + one["nanos"]) for one in scenario["names"]]

    yield "", in_simulation(run)


def _name(about: str, time: int) -> str:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch()
    recorder = BroadcastRecorder(broadcaster, EventSource(), clock=lambda: time)
    recorder.event(ObjectReference("Pod", "default", about, "", "v1"), "Normal", "R", "m")
    runtime.sleep(1e-9)
    received, _ = watcher.result_chan.try_receive()
    broadcaster.shutdown()
    return str(received.object.name) if received is not None else ""


def logs(scenario: Scenario) -> Answers:
    """What start_logging prints of each event."""

    def run() -> list[list[str]]:
        return [_logged(described({"event": event}, 0)) for event in scenario["logging"]]

    yield "", in_simulation(run)


def _logged(event: Event) -> list[str]:
    lines: list[str] = []
    with EventBroadcaster() as broadcaster:
        broadcaster.start_logging(lambda text, *arguments: lines.append("- " + text % arguments))
        broadcaster._broadcaster.action(ADDED, event)  # as it is: a recorder would make another one
        runtime.sleep(1e-9)
    return lines


def documents(scenario: Scenario) -> Answers:
    """Events as to_dict writes them after from_dict has read them."""
    answers = [_reread(document) for document in scenario.get("documents", [])]
    yield "", {"documents": answers} if answers else {}


def _reread(document: str) -> dict[str, Any]:
    try:
        return Event.from_dict(json.loads(document)).to_dict()
    except ValueError as error:
        return {"error": str(error)}


# --- operations that block ----------------------------------------------------------------------------------------


def blocking(scenario: Scenario) -> Answers:
    """Operations in goroutines of their own, in a simulation that hands over one event at a time."""
    finished = simulate(lambda: _Blocking(scenario).run(), max_batch=1, max_steps=10_000_000)
    if finished.error is not None:
        raise finished.error
    yield "event by event", finished.result


class _Operation:
    """A step in a goroutine of its own."""

    def __init__(self, step: dict[str, Any]) -> None:
        self.step = step
        self.answer: dict[str, Any] = {"returned": None}
        if step["op"] == "action":
            self.answer["taken"] = 0
        self.taken = 0
        self.ended = False
        self.skipped = False

    def note(self, now: int | str) -> None:
        if self.ended and self.answer["returned"] is None:
            self.answer["returned"] = now


class _Blocking:
    """One broadcaster, and the operations on it, of which some do not return for a while."""

    def __init__(self, scenario: Scenario) -> None:
        behavior = WAIT_IF_CHANNEL_FULL if scenario["wait"] else DROP_IF_CHANNEL_FULL
        self.steps = scenario["steps"]
        self.broadcaster = Broadcaster(scenario["queueLength"], behavior)
        self.watchers: dict[str, Watcher] = {}
        self.received: dict[str, list[str]] = {}
        self.operations: list[_Operation] = []

    def run(self) -> dict[str, Any]:
        for number, step in enumerate(self.steps):
            self.begin(step)
            self.note(number)
        for operation in self.operations:
            if "taken" in operation.answer:
                operation.answer["taken"] = operation.taken  # by now; what follows may be a race
        if not any(step["op"] == "shutdown" for step in self.steps):
            self.begin({"op": "shutdown"})
        while sum(self.receive(name) for name in list(self.watchers)):
            runtime.sleep(1e-9)
        self.note("end")
        return {
            "operations": [
                {"skipped": True} if operation.skipped else operation.answer
                for operation in self.operations[: len(self.steps)]
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
            runtime.sleep(1e-9)

    def perform(self, operation: _Operation) -> None:
        try:
            self.take(operation)
        except (BroadcasterStopped, runtime.Panic) as error:
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


OWN: dict[str, Callable[[Scenario], Answers]] = {
    "correlator": correlator,
    "names": names,
    "logs": logs,
    "quoting": documents,
}
"""Instead of the replayer's."""
