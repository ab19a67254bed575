"""What the tests of recorders, handlers and writing share: an object to record about, and a sink that does as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent import Event, EventBroadcaster, EventRecorder, runtime
from tests.support import POD, SECOND, SOURCE

CONNECTION_REFUSED = ConnectionError("connection refused")


def recorded(record: Callable[[EventRecorder], object], **options: Any) -> list[Event]:
    """The events that come out behind a recorder."""
    events: list[Event] = []
    with EventBroadcaster(**options) as broadcaster:
        broadcaster.start_event_watcher(events.append)
        record(broadcaster.new_recorder(SOURCE))
    return events


class ScriptedSink:
    """A sink that answers what it is told to, and then with "ok"; it notes each call and when it came."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []
        self.times: list[float] = []
        self.versions: list[str] = []
        self.patches: list[dict[str, Any]] = []

    def _answer(self, verb: str, event: Event) -> Event:
        self.calls.append(verb)
        self.times.append(runtime.now() / SECOND)
        self.versions.append(event.resource_version)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        stored = event.copy()
        stored.resource_version = str(len(self.calls))
        return stored

    def create(self, event: Event) -> Event:
        return self._answer("create", event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        self.patches.append(patch)
        return self._answer("patch", event)


def an_event(message: str = "m") -> Event:
    return Event(
        name="web.1", namespace="shop", involved_object=POD, reason="R", message=message, type="Normal", count=1
    )
