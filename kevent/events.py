"""The other recorder: events of events.k8s.io/v1, which have a note, an action and a second object, and are counted as
series.

In Go: client-go, package events, `tools/events/event_broadcaster.go` and event_recorder.go. It is what kube-scheduler
records with. An event says who reports it, what it regards and what that relates to, and when it happened, to the
microsecond. The server keeps it as the same `kevent.Event` that core/v1 has, where the note is called the message and
what is regarded the involved object; `kevent.conversion` has both names.

`EventBroadcasterAdapter` and `EventRecorderAdapter` lead programs that are written for this recorder to the older one,
where a server has no events.k8s.io/v1.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kevent import aio, event_broadcaster, forking, recorder, runtime, versions
from kevent.broadcaster import (
    ADDED,
    DROP_IF_CHANNEL_FULL,
    INCOMING_QUEUE_LENGTH,
    Broadcaster,
    BroadcasterStopped,
    FullChannelBehavior,
    Watcher,
)
from kevent.counters import Loss, Losses, Statistics
from kevent.event import Event, EventSource, EventType, validate_event_type
from kevent.event_broadcaster import MAX_QUEUED_EVENTS, SHUTDOWN_TIMEOUT
from kevent.goroutines import Goroutines
from kevent.handling import Handlers, Handling, check_plain, check_sink
from kevent.recorder import EVENT_NAMES, NAMESPACE_DEFAULT, copied, format_message
from kevent.reference import REFERENCES, ObjectReference, Scheme
from kevent.series import SeriesCache
from kevent.sinks import EventSink
from kevent.sparing import SparingLog
from kevent.versions import EVENTS_V1, NEWEST, NotInRelease, Release, numbers
from kevent.wire import plain
from kevent.writing import DEFAULT_SLEEP_DURATION

__all__ = [
    "BroadcastRecorder", "EventBroadcaster", "EventBroadcasterAdapter", "EventRecorder", "EventRecorderAdapter",
]  # fmt: skip

logger = logging.getLogger("kevent.recorder")

# --- recorders ----------------------------------------------------------------------------------------------------


class EventRecorder(Protocol):
    """Records events on behalf of a controller. In Go: events.EventRecorder and AnnotatedEventRecorder."""

    def eventf(
        self, regarding: Any, related: Any, event_type: EventType, reason: str, action: str, note: str, *args: Any
    ) -> None:
        """Record what happened to `regarding`. In Go: Eventf.

        `related` is a second object or None: what a deletion of the first was for, or what was made of it. `reason`
        says why, `action` what was done or failed, both short and UpperCamelCase, since people write code that switches
        on them; `note` is for humans, with `args` as `kevent.recorder` takes them. Both objects are what
        `get_reference` takes.
        """

    def annotated_eventf(
        self,
        regarding: Any,
        related: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        action: str,
        note: str,
        *args: Any,
    ) -> None:
        """As `eventf`, with annotations on the event. In Go: AnnotatedEventf, since 1.37."""


class BroadcastRecorder:
    """The recorder that hands its events to a broadcaster. In Go: events.recorderImpl.

    Made by `EventBroadcaster.new_recorder`. Each event has a goroutine that takes it to the broadcaster, so no method
    waits; and events that are recorded close together may overtake each other, as in Go. Its methods raise as those of
    `kevent.recorder.BroadcastRecorder` do: for arguments that Go's compiler would refuse, and for nothing else. What
    is recorded is counted, and if it was not taken in, logged.

    An event about an object without a namespace goes to `default`. A `related` that cannot be referred to is left out.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        reporting_controller: str,
        *,
        host: str | None = None,
        scheme: Scheme | None = None,
        clock: Callable[[], int] = runtime.now,
        losses: Losses | None = None,
        going: Goroutines | None = None,
        release: str | Release = NEWEST,
    ) -> None:
        if not isinstance(reporting_controller, str):
            raise TypeError(f"reporting_controller must be a string, not {type(reporting_controller).__name__}")
        self.reporting_controller = reporting_controller
        self.reporting_instance = f"{reporting_controller}-{_hostname() if host is None else host}"
        self._broadcaster = broadcaster
        self._scheme = scheme
        self._clock = clock
        self._losses = losses if losses is not None else Losses(SparingLog(logger))
        self._going = going if going is not None else Goroutines()
        self._release = versions.release(release)
        self._refer = REFERENCES[self._release.reference]
        self._name = EVENT_NAMES[self._release.event_name]

    def eventf(
        self, regarding: Any, related: Any, event_type: EventType, reason: str, action: str, note: str, *args: Any
    ) -> None:
        """See `EventRecorder.eventf`. In Go: recorderImpl.Eventf."""
        self._eventf(regarding, related, None, event_type, reason, action, note, args)

    def annotated_eventf(
        self,
        regarding: Any,
        related: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        action: str,
        note: str,
        *args: Any,
    ) -> None:
        """See `EventRecorder.annotated_eventf`. In Go: recorderImpl.AnnotatedEventf.

        Raises NotInRelease for a release before 1.37.
        """
        _check_annotated(self._release)
        annotations = copied(annotations, self._refused)
        self._eventf(regarding, related, annotations, event_type, reason, action, note, args)

    def _eventf(
        self,
        regarding: Any,
        related: Any,
        annotations: dict[str, str] | None,
        event_type: EventType,
        reason: str,
        action: str,
        note: str,
        args: tuple[Any, ...],
    ) -> None:
        """In Go: eventf."""
        for argument, value in ("reason", reason), ("action", action), ("note", note):
            if not isinstance(value, str):
                raise self._refused(argument, "a string", value)
        time = self._clock()
        message = format_message(note, args, self._losses.log)
        try:
            reference = self._refer(regarding, self._scheme)
        except Exception as error:  # NoReferenceError, or what the object's own attributes raise
            self._losses.tell(
                Loss.UNREFERENCED,
                "Could not construct reference due to: '%s'. Will not report event: '%s' '%s' '%s'",
                error, event_type, reason, message,
            )  # fmt: skip
            return
        second = None if related is None else self._related(related)
        if not validate_event_type(event_type):
            self._losses.tell(Loss.INVALID, "Unsupported event type: '%s'", event_type)
            return
        event = self._make_event(reference, second, time, annotations, event_type, reason, message, action)
        try:
            self._going.go(self._action, event, name=f"send {reason}")
        except RuntimeError as error:  # no more threads can be started
            self._losses.tell(Loss.DROPPED, "Unable to record event: '%s' (will not retry!) %r", error, event)

    def _related(self, related: Any) -> ObjectReference | None:
        try:
            return self._refer(related, self._scheme)
        except Exception as error:
            logger.debug("Could not construct reference to the related object due to: '%s'", error)
            return None

    def _make_event(
        self,
        regarding: ObjectReference,
        related: ObjectReference | None,
        time: int,
        annotations: dict[str, str] | None,
        event_type: EventType,
        reason: str,
        message: str,
        action: str,
    ) -> Event:
        """In Go: makeEvent."""
        return Event(
            name=self._name(regarding.name, runtime.unix_nano(runtime.distinct(self._clock()))),
            namespace=regarding.namespace or NAMESPACE_DEFAULT,
            annotations=annotations,
            event_time=time,
            reporting_controller=self.reporting_controller,
            reporting_instance=self.reporting_instance,
            action=plain(action),
            reason=plain(reason),
            involved_object=regarding,
            related=related,
            message=plain(message),
            type=plain(event_type),
        )

    def _action(self, event: Event) -> None:
        try:
            self._broadcaster.action(ADDED, event)
        except BroadcasterStopped as error:
            self._losses.tell(Loss.DROPPED, "Unable to record event: '%s' (will not retry!) %r", error, event)

    def _refused(self, argument: str, wanted: str, value: object) -> TypeError:
        self._losses.count(Loss.INVALID)
        return TypeError(f"{argument} must be {wanted}, not {type(value).__name__}")


def _check_annotated(release: Release) -> None:
    if not release.annotated_note:
        raise NotInRelease(f"client-go {release} has no AnnotatedEventf of tools/events")


def _hostname() -> str:
    try:
        return socket.gethostname()
    except OSError:
        return ""


# --- the broadcaster ------------------------------------------------------------------------------------------------


class EventBroadcaster(aio.Leaving):
    """Takes events from recorders to one sink, as series, and to handlers and logs. In Go: events.EventBroadcaster.

    Until `start_recording_to_sink` nothing is written. The queue in front of the loop holds 25 events and that of each
    watcher 1,000; what finds a watcher's full is dropped there, and counted. `sleep_duration` is the pause between two
    tries to reach the sink, in seconds; a quarter of it may be added by lot. `release` says which release of client-go
    it does as, from a recorder to the end; by default the newest.

    As a context manager it shuts down at the end of the block, waiting at most `SHUTDOWN_TIMEOUT`, 30 seconds; if that
    leaves events not handled, the log says so. In a coroutine it is as `kevent.event_broadcaster.EventBroadcaster` is
    there. Raises as `Broadcaster` does, TypeError if `sink` lacks `create` or `patch`, ValueError for a
    `sleep_duration` below zero, and NotInRelease for a release before 1.19, whose events were a beta's.

    Threads do not survive a fork: in a forked child a broadcaster of the parent is shut down and empty.
    """

    def __init__(
        self,
        sink: EventSink,
        *,
        queue_length: int = MAX_QUEUED_EVENTS,
        incoming_length: int = INCOMING_QUEUE_LENGTH,
        full_channel_behavior: FullChannelBehavior = DROP_IF_CHANNEL_FULL,
        sleep_duration: float = DEFAULT_SLEEP_DURATION,
        release: str | Release = NEWEST,
        clock: Callable[[], int] = runtime.now,
        name: str = "",
    ) -> None:
        check_sink(sink)
        if not sleep_duration >= 0:  # nan is not
            raise ValueError(f"sleep_duration must not be negative: {sleep_duration}")
        self._release = versions.release(release)
        if numbers(self._release.name) < numbers(EVENTS_V1):
            raise NotInRelease(f"client-go {self._release} has no recorder for events.k8s.io/v1")
        self._broadcaster = Broadcaster(
            queue_length, full_channel_behavior, incoming_length=incoming_length, name=name, release=self._release
        )
        self._log = SparingLog(logger)
        self._losses = Losses(SparingLog(logger))
        self._going = Goroutines()
        self._series = SeriesCache(
            sink, release=self._release, sleep_duration=sleep_duration, clock=clock, log=self._log,
            name=f"{name}series",
        )  # fmt: skip
        self._clock = clock
        self._handlings = Handlers(self._broadcaster)
        self._recording: Watcher | None = None
        forking.in_child(self)

    def new_recorder(
        self, reporting_controller: str, *, scheme: Scheme | None = None, host: str | None = None
    ) -> BroadcastRecorder:
        """A recorder whose events name this controller. In Go: eventBroadcasterImpl.NewRecorder, with a scheme.

        The instance that they name is the controller and this machine, "default-scheduler-node-1". Unlike client-go
        `host` can say another one, so that a run is the same everywhere. Raises TypeError if `reporting_controller` is
        no string. After `shutdown` what it records is dropped, counted and logged.
        """
        return BroadcastRecorder(
            self._broadcaster,
            reporting_controller,
            host=host,
            scheme=scheme,
            clock=self._clock,
            losses=self._losses,
            going=self._going,
            release=self._release,
        )

    def start_event_watcher(self, handler: Callable[[Event], object], *, name: str = "") -> Watcher:
        """Call `handler` with every event recorded from now on, in a goroutine of its own. In Go: StartEventWatcher.

        As that of `kevent.event_broadcaster`. Raises BroadcasterStopped after `shutdown`; Go returns that
        error since 1.26.
        """
        if not callable(handler):
            raise TypeError(f"handler must be callable, not {type(handler).__name__}")
        check_plain("handler", handler)
        watcher = self._broadcaster.new_watcher(name=name)
        handling = Handling(watcher, handler, self._handlings.forget)
        try:
            self._handlings.append(handling)  # first, as `shutdown` has to wait for what it lets in
            self._broadcaster.register(watcher)
            handling.start()
            return watcher
        except BaseException:
            handling.give_up()
            raise

    def start_recording_to_sink(self, *, name: str = "") -> Watcher:
        """Write every event recorded from now on to the sink. In Go: StartRecordingToSinkWithContext.

        The watcher that is returned can be ignored; `stop_recording` is the end of Go's context. Raises
        BroadcasterStopped after `shutdown`.
        """
        watcher = self.start_event_watcher(self._series.record, name=name or "sink")
        self._recording = watcher
        self._series.start()
        return watcher

    def stop_recording(self) -> None:
        """Write nothing more but what is being written, once. In Go: what the end of the context does.

        Series are not finished: what they have counted since they were last written stays untold, as in Go. Until
        1.28 tries go on.
        """
        self._series.stop()
        for handling in self._handlings:
            if handling.watcher is self._recording:
                handling.watcher.stop()

    def start_structured_logging(
        self, log: logging.Logger = logger, level: int = logging.INFO, *, name: str = ""
    ) -> Watcher:
        """Write every event to `log` with its parts as key="value". In Go: StartLogging, StartStructuredLogging.

        The log record has them, too: see `kevent.event_broadcaster.log_fields`.
        """

        def write(event: Event) -> None:
            about = event.involved_object
            place = f"{about.namespace}/{about.name}" if about.namespace else about.name
            log.log(
                level,
                'Event occurred object="%s" kind="%s" apiVersion="%s" type="%s" reason="%s" action="%s" note=%r',
                place, about.kind, about.api_version, event.type, event.reason, event.action, event.message,
                extra=event_broadcaster.log_fields(event),
            )  # fmt: skip

        return self.start_event_watcher(write, name=name)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every event recorded so far has been handled and written, at most `timeout` seconds.

        Then the sink is told what series have counted since it was last told. Says whether all that is so. In Go:
        nothing. An event that the sink cannot take is waited for until its tries are over.
        """
        end = runtime.deadline(timeout)
        done = self._going.wait(end) and self._handled(end) and self._series.wait(end)
        if done:
            self._series.tell_rest()
        self._say_rest()
        return done

    def _handled(self, end: int | None) -> bool:
        mark = self._handlings.mark(end)
        return mark is not None and mark.wait(end)

    def statistics(self) -> Statistics:
        """What has been taken in, lost, delivered and written so far. In Go: nothing; it does not count."""
        return Statistics(
            accepted=self._broadcaster.distributed,
            queued=self._broadcaster.queued,
            dropped=self._losses.so_far(Loss.DROPPED),
            unreferenced=self._losses.so_far(Loss.UNREFERENCED),
            invalid=self._losses.so_far(Loss.INVALID),
            watchers=tuple(watcher for watcher, _ in self._handlings.numbers()),
            sinks=(self._series.counts,) if self._recording is not None else (),
        )

    def shutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """Take in nothing more, write what there is, tell the last counts, end every goroutine.

        In Go: eventBroadcasterImpl.Shutdown.

        Go's does the first of these and returns. Its handlers go on with what is on their queues, its tries go on until
        the context ends, and what series have counted is told only if the program lives long enough. Unlike it this
        waits, at most `timeout` seconds (None: as long as it takes), tells the counts, ends what goes on by itself, and
        says whether all of it was done. A second call is harmless.
        """
        end = runtime.deadline(timeout)
        sent = self._going.wait(end)
        distributed = self._broadcaster.shutdown(timeout=runtime.remaining(end))
        unfinished = [handling for handling in self._handlings if not self._handlings.finish(handling, end)]
        written = self._series.wait(end)
        if written:
            self._series.tell_rest()
        self._series.stop()
        self._say_rest()
        return sent and distributed and not unfinished and written

    def _say_rest(self) -> None:
        self._losses.log.say_rest()
        self._log.say_rest()
        self._handlings.say_rest()

    def _after_fork_in_child(self) -> None:
        self._handlings.after_fork_in_child()
        self._going.forget()

    async def aflush(self, timeout: float | None = None) -> bool:
        """As `flush`, in a coroutine: its event loop goes on meanwhile. Cancelling it only stops the waiting."""
        return await aio.in_thread(lambda: self.flush(timeout=timeout))

    async def ashutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """As `shutdown`, in a coroutine: its event loop goes on meanwhile. Cancelling it only stops the waiting."""
        return await aio.in_thread(lambda: self.shutdown(timeout=timeout))

    def _shutdown_and_tell(self) -> None:
        finished = False
        try:
            finished = self.shutdown()
        finally:  # also after an interrupt
            if not finished and not runtime.current().over:
                left = self.statistics().unhandled
                logger.error("Shut down with %d events not handled and %d being written", left, self._series.writing)


# --- the way back to core/v1 --------------------------------------------------------------------------------------


class EventRecorderAdapter:
    """An `EventRecorder` of this module in front of one of core/v1. In Go: package record, EventRecorderAdapter.

    `related` and `action` are lost: the older recorder has no place for them. `release` is the older one's, too.
    """

    def __init__(self, older: recorder.EventRecorder, *, release: str | Release = NEWEST) -> None:
        self._older = older
        self._release = versions.release(release)

    def eventf(
        self, regarding: Any, related: Any, event_type: EventType, reason: str, action: str, note: str, *args: Any
    ) -> None:
        """See `EventRecorder.eventf`."""
        self._older.eventf(regarding, event_type, reason, note, *args)

    def annotated_eventf(
        self,
        regarding: Any,
        related: Any,
        annotations: Mapping[str, str] | None,
        event_type: EventType,
        reason: str,
        action: str,
        note: str,
        *args: Any,
    ) -> None:
        """See `EventRecorder.annotated_eventf`. Raises NotInRelease for a release before 1.37."""
        _check_annotated(self._release)
        self._older.annotated_eventf(regarding, annotations, event_type, reason, note, *args)


class EventBroadcasterAdapter:
    """Both broadcasters behind one door. In Go: events.EventBroadcasterAdapter, NewEventBroadcasterAdapter.

    `core` is the sink for events of core/v1. `events_v1` is the one for events.k8s.io/v1, None where the server has no
    such thing: Go asks the server's discovery, here the caller does. `new_recorder` gives the newer recorder where
    there is a sink for it, and else the older one behind an `EventRecorderAdapter`. `release` is that of both. Raises
    NotInRelease if there is a sink for the newer API and the release knows only a beta of it.
    """

    def __init__(self, core: EventSink, events_v1: EventSink | None, *, release: str | Release = NEWEST) -> None:
        self.core = event_broadcaster.EventBroadcaster(release=release, name="core-")
        self.events_v1 = None if events_v1 is None else EventBroadcaster(events_v1, release=release, name="events-")
        self._core_sink = core
        self._release = versions.release(release)

    def start_recording_to_sink(self) -> None:
        """Write what both kinds of recorders record from now on.

        In Go: eventBroadcasterAdapterImpl.StartRecordingToSink.
        """
        if self.events_v1 is not None:
            self.events_v1.start_recording_to_sink()
        self.core.start_recording_to_sink(self._core_sink)

    def new_recorder(self, name: str, *, scheme: Scheme | None = None) -> EventRecorder:
        """A recorder of this module's kind. In Go: eventBroadcasterAdapterImpl.NewRecorder."""
        if self.events_v1 is not None:
            return self.events_v1.new_recorder(name, scheme=scheme)
        return EventRecorderAdapter(self.deprecated_new_legacy_recorder(name, scheme=scheme), release=self._release)

    def deprecated_new_legacy_recorder(self, name: str, *, scheme: Scheme | None = None) -> recorder.EventRecorder:
        """A recorder of the older kind. In Go: DeprecatedNewLegacyRecorder."""
        return self.core.new_recorder(EventSource(component=name), scheme=scheme)

    def shutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """Shut both down, the older one first; whether both have finished in time.

        In Go: eventBroadcasterAdapterImpl.Shutdown.
        """
        end = runtime.deadline(timeout)
        finished = self.core.shutdown(timeout=timeout)
        if self.events_v1 is not None:
            finished = self.events_v1.shutdown(timeout=runtime.remaining(end)) and finished
        return finished

    async def ashutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """As `shutdown`, in a coroutine: its event loop goes on meanwhile. Cancelling it only stops the waiting."""
        return await aio.in_thread(lambda: self.shutdown(timeout=timeout))
