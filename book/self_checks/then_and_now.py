"""Self-checks of chapter 16."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kevent import Event, ObjectReference
from kevent.runtime import now, sleep
from kevent.series import SeriesCache
from kevent.simulation import simulate

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


def twenty_events() -> int:
    """Twenty equal events, fifteen seconds apart: writes."""
    return len(_writes(["again"] * 20, 15))


def two_messages() -> int:
    """Two messages of one reason: events on the server."""
    return len({name for _, name in _writes(["one", "another"], 1)})


def a_moment_late() -> str:
    """What 1.24 does with an event after Shutdown: whether the change that returns an error is in it."""
    rows = json.loads((Path(__file__).parents[1] / "data" / "timeline.json").read_text(encoding="utf-8"))
    (since,) = {row["since"] for row in rows if row.get("pr") == 108080}
    return "The program panics" if int(since.split(".")[1]) > 24 else "The event is dropped, and the log says so"
