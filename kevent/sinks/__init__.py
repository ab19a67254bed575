"""Where events end: the sink that stores them, and what it may answer.

In Go: tools/record EventSink, which the typed API client implements.
"""

from __future__ import annotations

from typing import Any, Protocol

from kevent.event import Event
from kevent.sinks.errors import (
    RequestConstructionError,
    SinkError,
    StatusError,
    UnexpectedObjectError,
    is_already_exists,
    is_key_not_found_error,
    path_part,
)
from kevent.sinks.memory import MemorySink

__all__ = [
    "EventSink",
    "MemorySink",
    "RequestConstructionError",
    "SinkError",
    "StatusError",
    "UnexpectedObjectError",
    "is_already_exists",
    "is_key_not_found_error",
    "path_part",
]


class EventSink(Protocol):
    """Stores events, each in the namespace it names. In Go: tools/record EventSink.

    Each method returns the event as it is stored now. It raises `StatusError` where the server refuses,
    `RequestConstructionError` where no request could be built, anything else where trying again may help.
    The broadcaster of core/v1 calls it from one goroutine for each `start_recording_to_sink`: a slow sink delays the
    events behind it and no others. That of `kevent.events` has a goroutine for each event, so it may be called many
    times at once.

    Unlike client-go it has no `Update`: the recorder of Go never calls it either.
    """

    def create(self, event: Event) -> Event:
        """Store a new event; its `resource_version` is empty."""

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Merge `patch` into the stored event that has the namespace and name of `event`."""
