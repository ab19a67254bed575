"""Self-checks of chapter 16."""

from __future__ import annotations

import json
from typing import Any

from book.changes import until
from kevent import Event, EventBroadcaster, EventSource, ObjectReference
from kevent.runtime import now, sleep
from kevent.series import SeriesCache
from kevent.simulation import simulate
from kevent.versions import sides
from oracle import stored

POD = ObjectReference(kind="Pod", namespace="shop", name="web", uid="1")


class _Asked:
    """A sink that notes what it is asked."""

    def __init__(self, writes: list[tuple[str, str]]) -> None:
        self._writes = writes

    def create(self, event: Event) -> Event:
        self._writes.append(("create", event.name))
        return event

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        self._writes.append(("patch", event.name))
        return event


def _writes(messages: list[str], pause: float) -> list[tuple[str, str]]:
    """Verb and event's name of each write while these are recorded, and for twenty quiet minutes after."""
    writes: list[tuple[str, str]] = []

    def scenario() -> None:
        series = SeriesCache(_Asked(writes))
        series.start()
        for message in messages:
            event = Event(name=f"web.{now():x}", involved_object=POD, reason="BackOff", message=message)
            event.event_time = now()
            series.record(event)
            sleep(pause)
        sleep(20 * 60)
        series.stop()

    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return writes


def _fifth(release: str) -> str:
    """What becomes of the last of five events recorded at once, with room for three in front of the loop."""
    seen: list[str] = []

    def scenario() -> None:
        broadcaster = EventBroadcaster(queue_length=5, incoming_length=3, release=release)

        def write(event: Event) -> None:
            seen.append(event.message)
            sleep(0.06)

        broadcaster.start_event_watcher(write, name="sink")
        recorder = broadcaster.new_recorder(EventSource("demo"))
        for number in range(5):
            recorder.event(POD, "Normal", "Counted", str(number))
        sleep(0.5)
        broadcaster.shutdown()

    run = simulate(scenario, seed=3)
    if run.error is not None:
        raise run.error
    waited = [step.blocked for step in run.trace if step.operation == "send" and step.name == "incoming"]
    if "4" not in seen:
        return "drops it"
    return "lets it wait" if any(waited) else "has room"


def the_fifth_event() -> str:
    """The last of five events in front of a full queue, in the releases on either side of the change of 95664."""
    older, newer = map(_fifth, sides("sending"))
    if older == newer:
        return "Both drop it." if older == "drops it" else "In both it waits."
    return f"The older one {older}, the newer one {newer}."


def twenty_events() -> int:
    """Twenty equal events, fifteen seconds apart: writes."""
    return len(_writes(["again"] * 20, 15))


def two_messages() -> int:
    """Two messages of one reason: events on the server."""
    return len({name for _, name in _writes(["one", "another"], 1)})


def a_moment_late() -> str:
    """What the last release before `Action` returned errors does with an event after Shutdown, as its answers say."""
    mine = until("entrance=closed to one at a time")
    told = json.dumps(stored.answer(mine, "recording", "recording after shutdown"))
    return "The program panics." if "panic" in told else "The event is dropped, and the log says so."
