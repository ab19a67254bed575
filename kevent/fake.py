"""A recorder for tests: it keeps what it was told as text.

In Go: client-go, package record, `tools/record/fake.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kevent import versions
from kevent.channel import Channel
from kevent.event import EventType
from kevent.objects import NilObjectError, look_at
from kevent.recorder import format_message
from kevent.reference import ObjectReference
from kevent.versions import NEWEST, FakeArguments, FakeEvent, NotInRelease, Release
from kevent.wire import plain

__all__ = ["FakeRecorder", "NotingRecorder"]


class FakeRecorder:
    """An `EventRecorder` that keeps what it was told as text. In Go: `record.FakeRecorder`, `NewFakeRecorder`.

    `events` is a channel of `buffer_size` strings "Type Reason message". As in Go a method waits while it is full, and
    with `buffer_size` None nothing is kept. With `include_object` the text tells the object's kind and version, too. In
    Go: `IncludeObject`, since 1.20.

    Since 1.27 the annotations follow, as Go prints a map, and `event` takes the type and the reason for a format.
    """

    def __init__(
        self, buffer_size: int | None = None, *, include_object: bool = False, release: str | Release = NEWEST
    ) -> None:
        self._release = versions.release(release)
        self.events: Channel[str] | None = None if buffer_size is None else Channel(buffer_size, name="events")
        self.include_object = include_object

    def event(self, obj: Any, event_type: EventType, reason: str, message: str) -> None:
        """Keep "Type Reason message". In Go: `FakeRecorder.Event`.

        Until 1.26 as it stands. Since then the type and the reason are a format, and a `%` in them takes the message.
        """
        self._keep(obj, None, _EVENTS[self._release.fake_event](event_type, reason, message))

    def eventf(self, obj: Any, event_type: EventType, reason: str, message_format: str, *args: Any) -> None:
        """As `event`, with a formatted message. In Go: `FakeRecorder.Eventf`.

        As in Go the type and the reason are part of the format: with arguments, a `%` in them takes one.
        """
        self._keep(obj, None, format_message(_as_it_stands(event_type, reason, message_format), args))

    def past_eventf(
        self, obj: Any, timestamp: int, event_type: EventType, reason: str, message_format: str, *args: Any
    ) -> None:
        """Do nothing. In Go: `FakeRecorder.PastEventf`, until 1.17: since then this raises NotInRelease."""
        if not self._release.past_eventf:
            raise NotInRelease(f"client-go {self._release} has no PastEventf")

    def annotated_eventf(
        self,
        obj: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        message_format: str,
        *args: Any,
    ) -> None:
        """As `eventf`; since 1.27 the annotations are kept, too. In Go: `FakeRecorder.AnnotatedEventf`.

        Until 1.17 all arguments are one, a list of them.
        """
        args = _ARGUMENTS[self._release.fake_arguments](args)
        told = annotations if self._release.fake_event == "a format" else None
        self._keep(obj, told, format_message(_as_it_stands(event_type, reason, message_format), args))

    def _keep(self, obj: Any, annotations: Mapping[str, str] | None, text: str) -> None:
        if self.events is None:
            return
        if self.include_object:
            text += _kind_and_version(obj)
        if annotations:
            text += f" map[{' '.join(f'{key}:{annotations[key]}' for key in sorted(annotations))}]"
        self.events.send(text)


class NotingRecorder(FakeRecorder):
    """A `FakeRecorder` that is read as a list. In Go: nothing; there a test reads the channel.

    It has room for `buffer_size` texts between two looks. Unlike client-go's it does not wait where that is full: it
    raises OverflowError, so that a test fails and does not hang.
    """

    def __init__(
        self, buffer_size: int = 10_000, *, include_object: bool = False, release: str | Release = NEWEST
    ) -> None:
        super().__init__(buffer_size, include_object=include_object, release=release)
        self._room = buffer_size

    def told(self) -> list[str]:
        """What it was told since the last look, in that order."""
        assert self.events is not None
        return self.events.receive_many(self._room, timeout=0) if len(self.events) else []

    def _keep(self, obj: Any, annotations: Mapping[str, str] | None, text: str) -> None:
        assert self.events is not None
        if len(self.events) >= self._room:
            raise OverflowError(f"more than {self._room} events since the last look")
        super()._keep(obj, annotations, text)


def _kind_and_version(obj: Any) -> str:
    """What the object says itself of its kind and version. In Go: objectString, which panics where there is no object.

    Raises NilObjectError for None.
    """
    if obj is None:
        raise NilObjectError
    said = obj if isinstance(obj, ObjectReference) else look_at(obj)
    return f" involvedObject{{kind={said.kind},apiVersion={said.api_version}}}"


def _as_it_stands(event_type: str, reason: str, message: str) -> str:
    return " ".join(plain(text) if isinstance(text, str) else str(text) for text in (event_type, reason, message))


def _as_a_format(event_type: str, reason: str, message: str) -> str:
    return format_message(_as_it_stands(event_type, reason, "%s"), (message,))


_EVENTS: dict[FakeEvent, Callable[[str, str, str], str]] = {
    "as it stands": _as_it_stands,
    "a format": _as_a_format,
}


class _Slice(tuple[Any, ...]):
    """Several arguments that were passed as one. Go prints them between brackets."""

    def __str__(self) -> str:
        return f"[{' '.join(map(str, self))}]"


_ARGUMENTS: dict[FakeArguments, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "as one": lambda args: (_Slice(args),),
    "one by one": lambda args: args,
}
