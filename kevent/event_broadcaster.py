"""From recorders to handlers: the broadcaster of events, with a goroutine for each log and each sink behind it.

In Go: client-go, package record, `eventBroadcasterImpl` of `tools/record/event.go`. Each thing that wants events is a
watcher of a broadcaster with a handler: one prints, one writes to a sink, after a correlator has decided what is
worth writing.
"""

from __future__ import annotations

import atexit
import logging
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from kevent import aio, forking, runtime, versions
from kevent.broadcaster import (
    DROP_IF_CHANNEL_FULL,
    INCOMING_QUEUE_LENGTH,
    Broadcaster,
    BroadcasterStopped,
    FullChannelBehavior,
    Watcher,
)
from kevent.channel import Channel, CloseOfClosedChannel
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.counters import Loss, Losses, Statistics
from kevent.event import Event, EventSource
from kevent.handling import Handlers, Handling, check_plain, check_sink
from kevent.recorder import BroadcastRecorder, EventRecorder
from kevent.reference import Scheme
from kevent.select import Receive, select
from kevent.sinks import EventSink
from kevent.sparing import SparingLog
from kevent.versions import NEWEST, NotInRelease, Release, Sending, StructuredLogging
from kevent.writing import DEFAULT_SLEEP_DURATION, SinkWriter, sleep_unasked

__all__ = ["MAX_QUEUED_EVENTS", "SHUTDOWN_TIMEOUT", "EventBroadcaster", "log_fields"]

logger = logging.getLogger("kevent.recorder")

SHUTDOWN_TIMEOUT = 30.0
"""Seconds that `EventBroadcaster.shutdown` waits for its handlers when nobody says how long."""

MAX_QUEUED_EVENTS = 1000
"""How many events a watcher's queue holds. In Go: `maxQueuedEvents`."""


_INCOMING: dict[Sending, int] = {
    "a goroutine for each event": INCOMING_QUEUE_LENGTH,
    "at once or not at all": MAX_QUEUED_EVENTS,
}

_WITHOUT_PATH = (
    'Event occurred object="%(place)s" kind="%(kind)s" apiVersion="%(version)s" type="%(type)s" reason="%(reason)s" '
    "message=%(message)r"
)
_STRUCTURED: dict[StructuredLogging, str] = {
    "without the field path": _WITHOUT_PATH,
    "with the field path": _WITHOUT_PATH.replace(" kind=", ' fieldPath="%(path)s" kind='),
}


class EventBroadcaster(aio.Leaving):
    """Takes events from recorders to handlers, logs and sinks. In Go: `record.EventBroadcaster`.

    `release` says which release of client-go it does as, from a recorder to the end; by default the newest. There is a
    queue in front of the loop and one for each watcher, of 1,000 events each and 25 in front until 1.20. What finds the
    first full is dropped, counted and logged; until 1.20 its goroutine waits. What finds a watcher's full is dropped
    there and counted: no handler is waited for, unless `full_channel_behavior` says so.

    `sleep_duration` is the pause between two tries to reach a sink, in seconds; the first is a random part of it.
    `correlator_options` apply to every sink. `done` is the channel whose closing ends the broadcaster; at 1.30 it ends
    the handlers and leaves the loop. In Go: `WithContext`, since 1.29; NotInRelease before.

    As a context manager it shuts down at the end of the block, waiting at most `SHUTDOWN_TIMEOUT`, 30 seconds. Unlike
    client-go, with `shutdown_at_exit` it also does so when the interpreter ends, waiting at most so many seconds. Both
    drain first, whatever the release (see `shutdown`). If either leaves events not handled, the log says how many.
    Raises as `Broadcaster` does, and ValueError for seconds below zero.

    In a coroutine `async with`, `aflush` and `ashutdown` wait without holding up the event loop. A plain `with` there
    does not wait: a thread does, the interpreter ends no sooner than that, and the log says so.

    Threads do not survive a fork: in a forked child a broadcaster of the parent is shut down and empty. Its recorders
    drop what they are told, as after `shutdown`, so nothing is written twice; a child that has events of its own makes
    a broadcaster of its own.

    A recorder may be called anywhere, also in a signal handler, in an object's `__del__` and in a weakref callback: it
    never waits for what that has interrupted, and each call is counted. `flush` and `shutdown` wait, so they raise
    `kevent.exclusive.Reentered` there, instead of hanging.
    """

    def __init__(
        self,
        *,
        release: str | Release = NEWEST,
        queue_length: int = MAX_QUEUED_EVENTS,
        incoming_length: int | None = None,
        full_channel_behavior: FullChannelBehavior = DROP_IF_CHANNEL_FULL,
        sleep_duration: float = DEFAULT_SLEEP_DURATION,
        correlator_options: CorrelatorOptions | None = None,
        done: Channel[None] | None = None,
        max_batch: int | None = None,
        shutdown_at_exit: float | None = None,
        name: str = "",
    ) -> None:
        if not sleep_duration >= 0:  # nan is not
            raise ValueError(f"sleep_duration must not be negative: {sleep_duration}")
        if shutdown_at_exit is not None and not shutdown_at_exit >= 0:
            raise ValueError(f"shutdown_at_exit must not be negative: {shutdown_at_exit}")
        if done is not None and not isinstance(done, Channel):
            raise TypeError(f"done must be a Channel, not {type(done).__name__}")
        self._release = versions.release(release)
        if done is not None and self._release.context_end == "unknown":
            raise NotInRelease(f"client-go {self._release} has no WithContext")
        self._broadcaster = Broadcaster(
            queue_length,
            full_channel_behavior,
            incoming_length=_INCOMING[self._release.sending] if incoming_length is None else incoming_length,
            max_batch=max_batch,
            name=name,
            release=release,
        )
        self._sleep_duration = sleep_duration
        self._correlator_options = correlator_options
        self._losses = Losses(SparingLog(logger))
        self._going: deque[runtime.Goroutine] = deque()  # each with an event that may not be in the queue yet
        self._stopping: Channel[None] = Channel(name=f"{name}stopping")  # closed, it ends the pauses between tries
        self._cancelled: Channel[None] = Channel(name=f"{name}cancelled")  # closed, it ends the handlers
        self._handlings = Handlers(self._broadcaster)
        self._at_exit: Callable[[], object] | None = None
        if shutdown_at_exit is not None:
            self._at_exit = _shutdown_of(weakref.ref(self), shutdown_at_exit)
            atexit.register(self._at_exit)
        if done is not None:
            runtime.go(_until_done, weakref.ref(self), done, self._stopping, name=f"{name}until done")
        forking.in_child(self)

    def new_recorder(self, source: EventSource, *, scheme: Scheme | None = None) -> EventRecorder:
        """A recorder whose events carry `source` and come here. In Go: `NewRecorder(scheme, source)`.

        `scheme` says which kind a Python class stands for, where an object does not say it (see `get_reference`).
        Raises TypeError if `source` is no EventSource. After `shutdown` what it records is dropped, counted and logged.
        """
        return BroadcastRecorder(
            self._broadcaster,
            source,
            scheme=scheme,
            losses=self._losses,
            going=self._going,
            release=self._release,
        )

    def start_event_watcher(self, handler: Callable[[Event], object], *, name: str = "") -> Watcher:
        """Call `handler` with every event recorded from now on, in a goroutine of its own. In Go: `StartEventWatcher`.

        The watcher that is returned can be ignored, or used to stop. Unlike client-go, a handler that raises an
        Exception is logged with its traceback and gets the next event; SystemExit and the like end this handler alone,
        and what it had not handled is counted and logged. Raises TypeError if `handler` is not callable, or a coroutine
        or generator function, of which a call runs nothing.

        After `shutdown` the watcher that is returned has ended, and the log says so. Until 1.30 BroadcasterStopped is
        raised: there client-go panics, since 1.25 in a goroutine of its own, which ends the program. A handler whose
        watcher is stopped ends; unlike client-go's from 1.29 to 1.35 it never spins.
        """
        if not callable(handler):
            raise TypeError(f"handler must be callable, not {type(handler).__name__}")
        check_plain("handler", handler)
        watcher = self._broadcaster.new_watcher(name=name)
        leaves = self._release.leftover == "left by lot"
        handling = Handling(watcher, handler, self._handlings.forget, cancelled=self._cancelled if leaves else None)
        try:
            self._handlings.append(handling)  # first, as `shutdown` has to wait for what it lets in
            self._broadcaster.register(watcher)
            handling.start()
            return watcher
        except BroadcasterStopped as error:
            handling.give_up()
            if self._release.late_watch != "has ended":
                raise
            logger.error("Unable to start event watcher: '%s' (will not retry!)", error)
            return watcher
        except BaseException:
            handling.give_up()
            raise

    def start_recording_to_sink(self, sink: EventSink, *, name: str = "") -> Watcher:
        """Write every event recorded from now on to `sink`, through a correlator. In Go: `StartRecordingToSink`.

        Each call has a correlator of its own. Raises TypeError if `sink` lacks `create` or `patch`, or one of them is a
        coroutine or generator function: `kevent.sinks.asynchronous` has what leads to a client that has such.
        """
        check_sink(sink)
        correlator = EventCorrelator(self._correlator_options, release=self._release)
        pause = sleep_unasked if self._release.retries == "go on" else self._sleep_unless_stopping
        write = SinkWriter(sink, correlator, sleep_duration=self._sleep_duration, pause=pause, release=self._release)
        return self.start_event_watcher(write, name=name)

    def start_logging(self, logf: Callable[..., object], *, name: str = "") -> Watcher:
        """Call `logf(format, *args)` for every event, as `logging.Logger.info` wants it. In Go: `StartLogging`."""
        if not callable(logf):
            raise TypeError(f"logf must be callable, not {type(logf).__name__}")
        check_plain("logf", logf)

        def log(event: Event) -> None:
            logf(
                "Event(%s): type: '%s' reason: '%s' %s",
                event.involved_object.go_syntax(), event.type, event.reason, event.message,
            )  # fmt: skip

        return self.start_event_watcher(log, name=name)

    def start_structured_logging(
        self, log: logging.Logger = logger, level: int = logging.INFO, *, name: str = ""
    ) -> Watcher:
        """Write every event to `log` with its parts as key="value". In Go: `StartStructuredLogging`, since 1.19.

        The log record has them, too, for a formatter that writes JSON: see `log_fields`. Until 1.23 the field path is
        not told. Raises NotInRelease for 1.18 and before.
        """
        if self._release.structured_logging == "unknown":
            raise NotInRelease(f"client-go {self._release} has no StartStructuredLogging")
        line = _STRUCTURED[self._release.structured_logging]

        def write(event: Event) -> None:
            about = event.involved_object
            parts = {
                "place": f"{about.namespace}/{about.name}" if about.namespace else about.name,
                "path": about.field_path, "kind": about.kind, "version": about.api_version,
                "type": event.type, "reason": event.reason, "message": event.message,
            }  # fmt: skip
            log.log(level, line, parts, extra=log_fields(event))

        return self.start_event_watcher(write, name=name)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every event recorded so far has been handled or counted as lost, at most `timeout` seconds.

        Says whether that is so. In Go: nothing; client-go's own callers cannot know whether an event was written before
        they exit. Also True for handlers that have been stopped. After `shutdown` it waits for what is left. A handler
        that calls this waits for itself.
        """
        end = runtime.deadline(timeout)
        if not self._all_sent(end):
            return False
        mark = self._handlings.mark(end)
        if mark is None:
            return False
        reached = mark.wait(end)
        self._say_rest()
        return reached

    def statistics(self) -> Statistics:
        """What has been taken in, lost, delivered and written so far. In Go: nothing; it does not count.

        Never waits, not even for a busy loop: the numbers of one call may be a moment apart.
        """
        parts = self._handlings.numbers()
        return Statistics(
            accepted=self._broadcaster.distributed,
            queued=self._broadcaster.queued,
            dropped=self._losses.so_far(Loss.DROPPED),
            unreferenced=self._losses.so_far(Loss.UNREFERENCED),
            invalid=self._losses.so_far(Loss.INVALID),
            watchers=tuple(watcher for watcher, _ in parts),
            sinks=tuple(sink for _, sink in parts if sink is not None),
        )

    def _after_fork_in_child(self) -> None:
        """Be as after `shutdown`. No lock of before the fork is touched: nobody may be left to release it."""
        self._handlings.after_fork_in_child()
        self._stopping, self._cancelled = Channel(name=self._stopping.name), Channel(name=self._cancelled.name)
        self._stopping.close()
        self._cancelled.close()

    def shutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT, *, drain: bool = False) -> bool:
        """Take in nothing more, let the handlers finish, and end every goroutine. In Go: `Shutdown()`.

        Since 1.29 a handler draws a lot for each event on its queue, whether to take it or to leave at once: half of
        them handle nothing more, and the log says how many events that were. Before, they handle what they have. Since
        1.27 a sink that cannot be reached gets one more try for each event that is queued, and none for one that waits
        for its next; before, all tries and the pauses between.

        Unlike client-go this waits for the handlers, at most `timeout` seconds (None: as long as it takes), and says
        whether all have finished. With `drain` they handle what they have, whatever the release: nothing is lost but
        what a sink refuses, or cannot be reached for. A `with` block and `shutdown_at_exit` do so. A second call is
        harmless.
        """
        end = runtime.deadline(timeout)
        if drain:
            self._all_sent(end)
            timeout = runtime.remaining(end)
        _close(self._stopping)
        distributed = self._broadcaster.shutdown(timeout=timeout)
        if not drain:
            _close(self._cancelled)
        unfinished = [handling for handling in self._handlings if not self._handlings.finish(handling, end)]
        if self._at_exit is not None:
            atexit.unregister(self._at_exit)
        self._say_rest()
        return distributed and not unfinished

    async def aflush(self, timeout: float | None = None) -> bool:
        """As `flush`, in a coroutine: its event loop goes on meanwhile. Cancelling it only stops the waiting."""
        return await aio.in_thread(lambda: self.flush(timeout=timeout))

    async def ashutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT, *, drain: bool = False) -> bool:
        """As `shutdown`, in a coroutine: its event loop goes on meanwhile. Cancelling it only stops the waiting."""
        return await aio.in_thread(lambda: self.shutdown(timeout=timeout, drain=drain))

    def _all_sent(self, end: int | None) -> bool:
        """Wait for the goroutines that have an event each, until 1.20; whether none is left."""
        return all(goroutine.join(timeout=runtime.remaining(end)) for goroutine in list(self._going))

    def _cancel(self) -> None:
        """The context has ended. In Go: what waits for `cancelationCtx.Done()`."""
        _close(self._stopping)
        _close(self._cancelled)
        if self._release.context_end == "shuts down":
            self._broadcaster.shutdown()
        for handling in self._handlings:
            handling.watcher.stop()  # which wakes who has nothing to handle

    def _shutdown_and_tell(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Shut down where nobody looks at the answer: the log has to say what was left."""
        start = runtime.monotonic()
        finished = False
        try:
            finished = self.shutdown(timeout=timeout, drain=True)
        finally:  # also after a second interrupt
            if not finished and not runtime.current().over:
                seconds, left = (runtime.monotonic() - start) / 1e9, self.statistics().unhandled
                logger.error("Shut down after %.1f s of waiting, with %d events not handled", seconds, left)

    def _say_rest(self) -> None:
        """Say in the log what has been held back."""
        self._losses.log.say_rest()
        self._handlings.say_rest()

    def _sleep_unless_stopping(self, seconds: float) -> bool:
        try:
            self._stopping.receive_ok(timeout=seconds)
        except TimeoutError:
            return True
        return False


def log_fields(event: Event) -> dict[str, Any]:
    """What a log record about an event carries beside its line: `record.event` itself, and its parts by name."""
    about = event.involved_object
    return {
        "event": event,
        "event_type": event.type,
        "event_reason": event.reason,
        "event_action": event.action,
        "event_note": event.message,
        "object_kind": about.kind,
        "object_api_version": about.api_version,
        "object_namespace": about.namespace,
        "object_name": about.name,
        "object_uid": about.uid,
    }


def _close(channel: Channel[None]) -> None:
    with suppress(CloseOfClosedChannel):
        channel.close()


def _until_done(broadcaster: weakref.ref[EventBroadcaster], done: Channel[None], stopping: Channel[None]) -> None:
    """Wait for the end of the context; a shutdown ends this, too."""
    if select(Receive(done), Receive(stopping))[0] == 0 and (alive := broadcaster()) is not None:
        alive._cancel()


def _shutdown_of(broadcaster: weakref.ref[EventBroadcaster], timeout: float) -> Callable[[], object]:
    """What `atexit` keeps, without keeping the broadcaster."""

    def shutdown() -> None:
        if (alive := broadcaster()) is not None:
            alive._shutdown_and_tell(timeout)

    return shutdown
