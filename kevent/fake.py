"""A recorder for tests: it keeps what it was told as text.

In Go: client-go, package record, `tools/record/fake.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kevent.channel import Channel
from kevent.event import EventType
from kevent.recorder import format_message

__all__ = ["FakeRecorder"]


class FakeRecorder:
    """An `EventRecorder` that keeps what it was told as text. In Go: `record.FakeRecorder`, `NewFakeRecorder`.

    `events` is a channel of `buffer_size` strings "Type Reason message". As in Go a method waits while it is full, and
    with `buffer_size` None nothing is kept.

    Unlike client-go 1.14, `annotated_eventf` formats its arguments one by one (Go passed them as one until 1.18).
    `past_eventf` does nothing, as in Go.
    """

    def __init__(self, buffer_size: int | None = None) -> None:
        self.events: Channel[str] | None = None if buffer_size is None else Channel(buffer_size, name="events")

    def event(self, obj: Any, event_type: EventType, reason: str, message: str) -> None:
        """Keep "Type Reason message", as it stands. In Go: `FakeRecorder.Event`.

        Since 1.27 Go's takes the type and the reason for a format here, too.
        """
        if self.events is not None:
            self.events.send(f"{event_type} {reason} {message}")

    def eventf(self, obj: Any, event_type: EventType, reason: str, message_format: str, *args: Any) -> None:
        """As `event`, with a formatted message. In Go: `FakeRecorder.Eventf`.

        As in Go the type and the reason are part of the format: with arguments, a `%` in them takes one.
        """
        if self.events is not None:
            self.events.send(format_message(f"{event_type} {reason} {message_format}", args))

    def past_eventf(
        self, obj: Any, timestamp: int, event_type: EventType, reason: str, message_format: str, *args: Any
    ) -> None:
        """Do nothing. In Go: `FakeRecorder.PastEventf`."""

    def annotated_eventf(
        self,
        obj: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        message_format: str,
        *args: Any,
    ) -> None:
        """As `eventf`; the annotations are not kept. In Go: `FakeRecorder.AnnotatedEventf`."""
        self.eventf(obj, event_type, reason, message_format, *args)
