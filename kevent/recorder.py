"""From a method call to an event: an object, a reason and a message go in, the broadcaster gets an `Event`.

In Go: client-go, package record, `EventRecorder` and `recorderImpl` of `tools/record/event.go`.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol

from kevent import runtime, versions
from kevent.broadcaster import ADDED, Broadcaster, BroadcasterStopped
from kevent.counters import Loss, Losses
from kevent.event import Event, EventSource, EventType, validate_event_type
from kevent.reference import REFERENCES, ObjectReference, Scheme
from kevent.sparing import EVERY_LINE, SparingLog
from kevent.versions import NEWEST, Name, NotInRelease, Release
from kevent.wire import plain

__all__ = ["BroadcastRecorder", "EventRecorder", "format_message"]

logger = logging.getLogger("kevent.recorder")

NAMESPACE_DEFAULT = "default"
"""Where events about objects without a namespace are kept. In Go: `metav1.NamespaceDefault`."""


class EventRecorder(Protocol):
    """Records events on behalf of a source. In Go: `record.EventRecorder`, the interface.

    What a program that records events asks for: it is given one by `EventBroadcaster.new_recorder`, and a
    `FakeRecorder` in its tests.
    """

    def event(self, obj: Any, event_type: EventType, reason: str, message: str) -> None:
        """Record that something happened to `obj`. In Go: `Event(object, eventtype, reason, message)`.

        `obj` is a reference, a manifest or an object (see `get_reference`); `event_type` is "Normal" or "Warning";
        `reason` is short, UpperCamelCase and unique, since people write code that switches on it; `message` is for
        humans.
        """

    def eventf(self, obj: Any, event_type: EventType, reason: str, message_format: str, *args: Any) -> None:
        """As `event`, with a message made from a format and its arguments. In Go: `Eventf`."""

    def past_eventf(
        self, obj: Any, timestamp: int, event_type: EventType, reason: str, message_format: str, *args: Any
    ) -> None:
        """As `eventf`, for something that happened at `timestamp` (Unix nanoseconds). In Go: `PastEventf`.

        As in client-go the timestamp is ignored: the event says it happened now. Go removed the method in 1.18: a
        recorder of a release since then raises NotInRelease.
        """

    def annotated_eventf(
        self,
        obj: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        message_format: str,
        *args: Any,
    ) -> None:
        """As `eventf`, with annotations on the event. In Go: `AnnotatedEventf`."""


class BroadcastRecorder:
    """The recorder that hands its events to a broadcaster. In Go: `record.recorderImpl`.

    Made by `EventBroadcaster.new_recorder`. Its methods never wait and never raise for what the object or the
    broadcaster is like: an event that cannot be built, or not taken in, is counted, logged and dropped (in Go: logged
    and dropped). They do raise TypeError for a reason, message or annotations of another type, which Go's compiler
    would refuse; that is counted, too.

    `losses` is where it counts, `going` has the goroutines that may still have an event in their hands; without them a
    recorder has its own. Unlike client-go, no two recorders of a process
    give an event the same name, however coarse the clock is, and whoever sets it: the time in the name is a nanosecond
    later then. The timestamps are the clock's.

    `release` says how it refers to an object, what its events are called and say of their reporter, and whether it
    hands them on itself or in a goroutine for each.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        source: EventSource,
        *,
        scheme: Scheme | None = None,
        clock: Callable[[], int] = runtime.now,
        losses: Losses | None = None,
        going: deque[runtime.Goroutine] | None = None,
        release: str | Release = NEWEST,
    ) -> None:
        if not isinstance(source, EventSource):
            raise TypeError(f"source must be an EventSource, not {type(source).__name__}")
        self._release = versions.release(release)
        self._broadcaster = broadcaster
        self._blank = Event(source=source)
        if self._release.reporter == "source":
            self._blank.reporting_controller, self._blank.reporting_instance = source.component, source.host
        self._scheme = scheme
        self._clock = clock
        self._refer = REFERENCES[self._release.reference]
        self._name = EVENT_NAMES[self._release.event_name]
        self._goroutine_per_event = self._release.sending == "a goroutine for each event"
        self._going: deque[runtime.Goroutine] = deque() if going is None else going
        self._losses = losses if losses is not None else Losses(SparingLog(logger))

    def event(self, obj: Any, event_type: EventType, reason: str, message: str) -> None:
        """See `EventRecorder.event`. In Go: `recorderImpl.Event`."""
        self._generate_event(obj, None, event_type, reason, message)

    def eventf(self, obj: Any, event_type: EventType, reason: str, message_format: str, *args: Any) -> None:
        """See `EventRecorder.eventf`. In Go: `recorderImpl.Eventf`.

        The format is Python's (`%s`, `%d`, …), and `%v` means `%s`. Unlike client-go, a format without arguments is
        the message as it stands: "100% done" is not a mistake. If the arguments do not fit, that is logged, and the
        message is the format followed by them.
        """
        self._generate_event(obj, None, event_type, reason, self._format(message_format, args))

    def past_eventf(
        self, obj: Any, timestamp: int, event_type: EventType, reason: str, message_format: str, *args: Any
    ) -> None:
        """See `EventRecorder.past_eventf`. In Go: `recorderImpl.PastEventf`."""
        if not self._release.past_eventf:
            raise NotInRelease(f"client-go {self._release} has no PastEventf")
        self._generate_event(obj, None, event_type, reason, self._format(message_format, args))

    def annotated_eventf(
        self,
        obj: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        message_format: str,
        *args: Any,
    ) -> None:
        """See `EventRecorder.annotated_eventf`. In Go: `recorderImpl.AnnotatedEventf`."""
        annotations = copied(annotations, self._refused)
        self._generate_event(obj, annotations, event_type, reason, self._format(message_format, args))

    def _generate_event(
        self, obj: Any, annotations: dict[str, str] | None, event_type: EventType, reason: str, message: str
    ) -> None:
        """In Go: `generateEvent`."""
        if not isinstance(reason, str):
            raise self._refused("reason", "a string", reason)
        if not isinstance(message, str):
            raise self._refused("message", "a string", message)
        try:
            reference = self._refer(obj, self._scheme)
        except Exception as error:  # NoReferenceError, or what the object's own attributes raise
            self._losses.tell(
                Loss.UNREFERENCED,
                "Could not construct reference to: %s due to: '%s'. Will not report event: '%s' '%s' '%s'",
                _Shown(obj), error, event_type, reason, message,
            )  # fmt: skip
            return
        if not validate_event_type(event_type):
            self._losses.tell(Loss.INVALID, "Unsupported event type: '%s'", event_type)
            return
        event = self._make_event(reference, annotations, event_type, reason, message)
        try:
            if self._goroutine_per_event:
                self._send_from_a_goroutine(event)
            else:
                self._send_or_drop(event)
        except BroadcasterStopped as error:
            self._tell_unsent(event, error)

    def _make_event(
        self,
        reference: ObjectReference,
        annotations: dict[str, str] | None,
        event_type: EventType,
        reason: str,
        message: str,
    ) -> Event:
        """In Go: `makeEvent`. The name is the object's and the time in hexadecimal: unique enough without asking."""
        time = self._clock()
        event = self._blank.copy()  # in half the time of Event(…), and most of what it costs to record an event
        event.name = self._name(reference.name, runtime.unix_nano(runtime.distinct(time)))
        event.namespace = reference.namespace or NAMESPACE_DEFAULT
        event.annotations = annotations
        event.involved_object = reference
        event.reason = reason if type(reason) is str else plain(reason)  # a call takes longer than the question
        event.message = message if type(message) is str else plain(message)
        event.first_timestamp = event.last_timestamp = time
        event.count = 1
        event.type = event_type if type(event_type) is str else plain(event_type)
        return event

    def _send_or_drop(self, event: Event) -> None:
        """What client-go does since 1.21: take the event in at once, or not at all."""
        if not self._broadcaster.action_or_drop(ADDED, event):
            self._losses.tell(Loss.DROPPED, "Unable to record event: too many queued events, dropped event %r", event)

    def _send_from_a_goroutine(self, event: Event) -> None:
        """What client-go did until 1.20: never wait here, and let the goroutines race for their places."""
        going = self._going
        with suppress(IndexError):  # another thread may look, too
            while not going[0].alive:
                going.popleft()
        try:
            going.append(
                runtime.go(self._action, event, name=f"send {event.reason}")
            )  # fmt: skip
        except RuntimeError as error:  # no more threads can be started
            self._tell_unsent(event, error)

    def _action(self, event: Event) -> None:
        try:
            self._broadcaster.action(ADDED, event)
        except BroadcasterStopped as error:
            self._tell_unsent(event, error)

    def _tell_unsent(self, event: Event, error: Exception) -> None:
        self._losses.tell(Loss.DROPPED, "Unable to record event: '%s' (will not retry!) %r", error, event)

    def _format(self, message_format: str, args: tuple[Any, ...]) -> str:
        if not isinstance(message_format, str):
            raise self._refused("message_format", "a string", message_format)
        return format_message(message_format, args, self._losses.log)

    def _refused(self, argument: str, wanted: str, value: object) -> TypeError:
        self._losses.count(Loss.INVALID)
        return TypeError(f"{argument} must be {wanted}, not {type(value).__name__}")


def copied(
    annotations: Mapping[str, str] | None, refused: Callable[[str, str, object], TypeError]
) -> dict[str, str] | None:
    """Annotations that are nobody else's. Raises what `refused` makes of those that are none or cannot be read."""
    if annotations is not None and not isinstance(annotations, Mapping):
        raise refused("annotations", "a mapping", annotations)
    try:
        return None if annotations is None else dict(annotations)
    except Exception as error:
        raise refused("annotations", "a mapping that can be read", annotations) from error


def _object_and_time(name: str, unix_nano: int) -> str:
    """In Go: `makeEvent`, until 1.32."""
    return f"{name}.{unix_nano:x}"


def _object_and_time_or_a_uuid(name: str, unix_nano: int) -> str:
    """In Go: `util.GenerateEventName`, since 1.33."""
    made = f"{name}.{unix_nano:x}"
    if len(made) <= 253 and _begins_a_subdomain(name) and unix_nano >= 0:
        return made
    return _uuid()


_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.ASCII)


@lru_cache(maxsize=1024)  # an object has many events
def _begins_a_subdomain(name: str) -> bool:
    """In Go: `IsDNS1123Subdomain`, but for the length."""
    return _SUBDOMAIN.fullmatch(name) is not None


def _uuid() -> str:
    """A random UUID. In Go: `uuid.New().String()`."""
    bits = 0
    for _ in range(4):
        bits = bits << 32 | int(runtime.random() * (1 << 32))
    text = f"{bits & ~(0xF << 76) & ~(3 << 62) | 4 << 76 | 2 << 62:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


EVENT_NAMES: dict[Name, Callable[[str, int], str]] = {
    "object and time": _object_and_time,
    "object and time, or a UUID": _object_and_time_or_a_uuid,
}
"""What an event is called, from its object's name and the time in Unix nanoseconds: each way that a release has."""

_GO_VERB = re.compile(r"%(%|[+#]?v)")


def format_message(message_format: str, args: tuple[Any, ...], log: SparingLog = EVERY_LINE) -> str:
    """The message that a format and its arguments make; see `EventRecorder.eventf`. In Go: `fmt.Sprintf`."""
    if not args:
        return message_format
    try:
        return _GO_VERB.sub(lambda verb: verb[0] if verb[1] == "%" else "%s", message_format) % args
    except Exception:  # also one of an argument's own __str__, as Go recovers from a panic in String
        log.error("message_format %r does not fit its arguments %s", message_format, _Shown(args), exc_info=True)
        return f"{message_format} {_Shown(args)}"


class _Shown:
    """An object of somebody's as text for a log, when it is wanted; its `__repr__` may raise."""

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __str__(self) -> str:
        try:
            return repr(self._thing)
        except Exception as error:
            return f"<{type(self._thing).__name__}, whose __repr__ raises {type(error).__name__}>"
