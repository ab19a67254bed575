"""kevent's answers about the other recorder, `kevent.events`, in the form in which client-go's come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kevent import runtime
from kevent.broadcaster import DROP_IF_CHANNEL_FULL, Broadcaster
from kevent.conversion import to_events_v1
from kevent.event import Event, EventSource, ObjectReference
from kevent.events import EventBroadcaster, EventRecorder, EventRecorderAdapter
from kevent.recorder import BroadcastRecorder
from kevent.simulation import simulate

from .replaying import BASE_TIME, REFUSALS, in_simulation

Answers = Iterator[tuple[str, Any]]
Scenario = dict[str, Any]

MILLISECOND = 10**6
DRIFT = 64
"""Nanoseconds that a simulation may be ahead of a whole millisecond: it comes to rest by sleeping one."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def series(scenario: Scenario, release: Any, seed: int | None = None) -> Answers:
    """What a sink is asked, and when. A shutdown is the half of kevent's that Go has: the rest of it would write at
    once what Go leaves to its two loops, see `EventBroadcaster.shutdown`. With a `seed` it is drawn who comes first.
    """

    def run() -> list[Any]:
        plan = scenario.get("sink", {})
        sink = _Sink(plan, str(release))
        broadcaster = EventBroadcaster(sink, release=release, clock=_clock)
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder(scenario.get("controller", ""), host="<host>")
        _play(scenario, recorder, broadcaster)
        sink.ended = True
        broadcaster.stop_recording()
        broadcaster.shutdown(timeout=None)
        return sink.calls

    finished = simulate(run, max_batch=1, max_steps=10_000_000, seed=seed)
    if finished.error is not None:
        raise finished.error
    yield "", finished.result


def adapter(scenario: Scenario, release: Any) -> Answers:
    """What events the older recorder makes of calls that were meant for the newer one."""

    def run() -> list[Any]:
        broadcaster = Broadcaster(len(scenario["steps"]), DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        recorder = BroadcastRecorder(
            broadcaster, EventSource(scenario.get("controller", "")), clock=_clock, release=release
        )
        _play(scenario, EventRecorderAdapter(recorder, release=release), None)
        broadcaster.shutdown()
        return [_plain(watch_event.object.to_dict(release=release)) for watch_event in watcher]

    yield "", in_simulation(run)


def _clock() -> int:
    """Virtual time in whole milliseconds, in which questions are."""
    return BASE_TIME + runtime.monotonic() // MILLISECOND * MILLISECOND


def _play(scenario: Scenario, recorder: EventRecorder, broadcaster: EventBroadcaster | None) -> None:
    due = 0

    def wait(nanoseconds: int) -> None:
        nonlocal due
        due += nanoseconds
        runtime.sleep((due - runtime.monotonic()) / 1e9)

    for step in scenario["steps"]:
        wait(step.get("afterNS", 0))
        runtime.sleep(1e-9)
        match step.get("op"):
            case "stop" if broadcaster is not None:
                broadcaster.stop_recording()
            case "shutdown" if broadcaster is not None:
                runtime.go(broadcaster._broadcaster.shutdown, name="shutdown")
            case _:
                for _ in range(step.get("times") or 1):
                    wait(step.get("eachNS", 0))
                    _record(recorder, step)
                    runtime.sleep(1e-9)
        runtime.sleep(1e-9)
    wait(scenario.get("endNS", 0))
    runtime.sleep(1e-9)


def _record(recorder: EventRecorder, step: Scenario) -> None:
    about = _reference(step.get("regarding")), _reference(step.get("related"))
    said = step.get("type", ""), step.get("reason", ""), step.get("action", ""), "%s", step.get("note", "")
    if "annotations" in step:
        recorder.annotated_eventf(*about, step["annotations"], *said)
    else:
        recorder.eventf(*about, *said)


def _reference(data: dict[str, Any] | None) -> ObjectReference | None:
    return None if data is None else ObjectReference.from_dict(data)


class _Sink:
    """Answers by a script, takes its time, and writes down what it was asked until its end."""

    def __init__(self, plan: dict[str, Any], release: str) -> None:
        self.calls: list[dict[str, Any]] = []
        self.ended = False
        self._script, self._then = list(plan.get("script", ())), plan.get("then", "ok")
        self._takes = list(plan.get("takesNS", ()))
        self._release = release

    def create(self, event: Event) -> Event:
        return self._call("create", event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self._call("patch", event, patch=patch)

    def _call(self, verb: str, event: Event, **more: Any) -> Event:
        answer = self._script.pop(0) if self._script else self._then
        takes = self._takes.pop(0) if self._takes else 0
        if not self.ended:
            data = _plain(to_events_v1(event, release=self._release))
            self.calls.append({"atNS": _passed(), "verb": verb, "event": data, "answer": answer} | more)
        runtime.sleep(takes / 1e9)
        if answer != "ok":
            raise REFUSALS[answer]
        return event


def _passed() -> int | str:
    passed = runtime.monotonic()
    return passed - passed % MILLISECOND if passed % MILLISECOND < DRIFT else "random"


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """As the oracle tells it: without what is random or of this machine."""
    metadata = data["metadata"]
    if UUID.fullmatch(metadata.get("name", "")):
        metadata["name"] = "<a random UUID>"
    if data.get("reportingInstance", "").endswith("-<host>"):
        data["reportingInstance"] = "<controller>-<host>"
    return data
