"""From a method call to an event: an object, a reason and a message go in, the broadcaster gets an `Event`.

In Go: client-go, package record, `recorderImpl` of `tools/record/event.go`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from kevent import runtime
from kevent.broadcaster import ADDED, Broadcaster, BroadcasterStopped
from kevent.event import Event, EventSource, validate_event_type
from kevent.reference import NoReferenceError, ObjectReference, Scheme, get_reference

__all__ = ["EventRecorder"]

logger = logging.getLogger("kevent.recorder")

NAMESPACE_DEFAULT = "default"
"""Where events about objects without a namespace are kept. In Go: `metav1.NamespaceDefault`."""


class EventRecorder:
    """Records events on behalf of a source. In Go: `record.EventRecorder`, here `recorderImpl`.

    Made by `EventBroadcaster.new_recorder`. Its methods never wait and never raise for what the object or the
    broadcaster is like: an event that cannot be built, or not taken in, is logged and dropped, as in Go. They do raise
    TypeError for a reason or a message that is not a string, which Go's compiler would refuse.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        source: EventSource,
        *,
        scheme: Scheme | None = None,
        clock: Callable[[], int] = runtime.now,
        goroutine_per_event: bool = False,
    ) -> None:
        if not isinstance(source, EventSource):
            raise TypeError(f"source must be an EventSource, not {type(source).__name__}")
        self._broadcaster = broadcaster
        self._source = source
        self._scheme = scheme
        self._clock = clock
        self._goroutine_per_event = goroutine_per_event

    def event(self, obj: Any, event_type: str, reason: str, message: str) -> None:
        """Record that something happened to `obj`. In Go: `Event(object, eventtype, reason, message)`.

        `obj` is a reference, a manifest or an object (see `get_reference`); `event_type` is "Normal" or "Warning";
        `reason` is short, UpperCamelCase and unique, since people write code that switches on it; `message` is for
        humans.
        """
        self._generate_event(obj, None, event_type, reason, message)

    def eventf(self, obj: Any, event_type: str, reason: str, message_format: str, *args: Any) -> None:
        """As `event`, with a message made from a format and its arguments. In Go: `Eventf`.

        The format is Python's (`%s`, `%d`, …), and `%v` means `%s`. Unlike client-go, a format without arguments is
        the message as it stands: "100% done" is not a mistake. If the arguments do not fit, that is logged, and the
        message is the format followed by them.
        """
        self._generate_event(obj, None, event_type, reason, format_message(message_format, args))

    def past_eventf(
        self, obj: Any, timestamp: int, event_type: str, reason: str, message_format: str, *args: Any
    ) -> None:
        """As `eventf`, for something that happened at `timestamp` (Unix nanoseconds). In Go: `PastEventf`.

        As in client-go 1.14 the timestamp is ignored: the event says it happened now. Go removed the method in 1.18.
        """
        self._generate_event(obj, None, event_type, reason, format_message(message_format, args))

    def annotated_eventf(
        self,
        obj: Any,
        annotations: Mapping[str, str] | None,
        event_type: str,
        reason: str,
        message_format: str,
        *args: Any,
    ) -> None:
        """As `eventf`, with annotations on the event. In Go: `AnnotatedEventf`."""
        self._generate_event(obj, annotations, event_type, reason, format_message(message_format, args))

    def _generate_event(
        self, obj: Any, annotations: Mapping[str, str] | None, event_type: str, reason: str, message: str
    ) -> None:
        """In Go: `generateEvent`."""
        check_text("reason", reason)
        check_text("message", message)
        try:
            reference = get_reference(obj, self._scheme)
        except NoReferenceError as error:
            logger.error(
                "Could not construct reference to: %r due to: '%s'. Will not report event: '%s' '%s' '%s'",
                obj, error, event_type, reason, message,
            )  # fmt: skip
            return
        if not validate_event_type(event_type):
            logger.error("Unsupported event type: '%s'", event_type)
            return
        event = self._make_event(reference, annotations, event_type, reason, message)
        try:
            self._send(event)
        except BroadcasterStopped as error:
            self._count_dropped()
            logger.error("Unable to record event: '%s' (will not retry!) %r", error, event)

    def _make_event(
        self,
        reference: ObjectReference,
        annotations: Mapping[str, str] | None,
        event_type: str,
        reason: str,
        message: str,
    ) -> Event:
        """In Go: `makeEvent`. The name is the object's and the time in hexadecimal: unique enough without asking."""
        time = self._clock()
        return Event(
            name=f"{reference.name}.{time:x}",
            namespace=reference.namespace or NAMESPACE_DEFAULT,
            annotations=None if annotations is None else dict(annotations),
            involved_object=reference,
            reason=reason,
            message=message,
            source=self._source,
            first_timestamp=time,
            last_timestamp=time,
            count=1,
            type=event_type,
        )

    def _send(self, event: Event) -> None:
        if self._goroutine_per_event:
            self._send_from_a_goroutine(event)
        else:
            self._send_or_drop(event)

    def _send_or_drop(self, event: Event) -> None:
        """What client-go does since 1.21: take the event in at once, or not at all."""
        if not self._broadcaster.action_or_drop(ADDED, event):
            self._count_dropped()
            logger.error("Unable to record event: too many queued events, dropped event %r", event)

    def _send_from_a_goroutine(self, event: Event) -> None:
        """What client-go did until 1.20: never wait here, and let the goroutines race for their places."""
        runtime.go(self._action, event, name=f"send {event.reason}")

    def _action(self, event: Event) -> None:
        try:
            self._broadcaster.action(ADDED, event)
        except BroadcasterStopped as error:
            self._count_dropped()
            logger.error("Unable to record event: '%s' (will not retry!) %r", error, event)

    def _count_dropped(self) -> None:
        count = getattr(self._broadcaster, "_count_dropped", None)
        if count is not None:
            count()


def check_text(argument: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a string, not {type(value).__name__}")


_GO_VERB = re.compile(r"%(%|[+#]?v)")


def format_message(message_format: str, args: tuple[Any, ...]) -> str:
    check_text("message_format", message_format)
    if not args:
        return message_format
    try:
        return _GO_VERB.sub(lambda verb: verb[0] if verb[1] == "%" else "%s", message_format) % args
    except Exception:  # also one of an argument's own __str__, as Go recovers from a panic in String
        logger.exception("message_format %r does not fit its arguments %r", message_format, args)
        return f"{message_format} {args!r}"
