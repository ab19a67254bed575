"""From recorders to handlers: the broadcaster of events, with a goroutine for each log and each sink behind it.

In Go: client-go, package record, `eventBroadcasterImpl` of `tools/record/event.go`. Each thing that wants events is a
watcher of a broadcaster with a handler: one prints, one writes to a sink, after a correlator has decided what is
worth writing.
"""

from __future__ import annotations

import atexit
import logging
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any

from kevent import forking, runtime
from kevent.broadcaster import DROP_IF_CHANNEL_FULL, Broadcaster, FullChannelBehavior, Watcher, WatchEvent
from kevent.channel import Channel, CloseOfClosedChannel, SendOnClosedChannel
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.counters import SinkStatistics, Statistics, WatcherStatistics
from kevent.event import Event, EventSource
from kevent.recorder import EventRecorder
from kevent.reference import Scheme
from kevent.sinks import EventSink
from kevent.waitgroup import WaitGroup
from kevent.writing import DEFAULT_SLEEP_DURATION, record_to_sink, sleep_unasked

__all__ = ["MAX_QUEUED_EVENTS", "SHUTDOWN_TIMEOUT", "EventBroadcaster"]

logger = logging.getLogger("kevent.recorder")

SHUTDOWN_TIMEOUT = 30.0
"""Seconds that `EventBroadcaster.shutdown` waits for its handlers when nobody says how long."""

MAX_QUEUED_EVENTS = 1000
"""How many events a watcher's queue holds. In Go: `maxQueuedEvents`."""


class EventBroadcaster(Broadcaster):
    """Takes events from recorders to handlers, logs and sinks. In Go: `record.EventBroadcaster`.

    The defaults are client-go's of today: a queue of 1,000 events in front of the loop and for each watcher, and no
    waiting anywhere. `sleep_duration` is the pause between two tries to reach a sink, in seconds.
    `correlator_options` apply to every sink. As of 1.14 are, by name: `goroutine_per_event`, which starts a goroutine
    for each event recorded, and `retry_after_shutdown`, which lets a sink's tries go on when all else has stopped.

    As a context manager it shuts down at the end of the block. Unlike client-go, with `shutdown_at_exit` it also does
    so when the interpreter ends, waiting at most so many seconds. Raises as `Broadcaster` does.

    Threads do not survive a fork: in a forked child a broadcaster of the parent is shut down and empty. Its recorders
    drop what they are told, as after `shutdown`, so nothing is written twice; a child that has events of its own makes
    a broadcaster of its own.

    The methods of recorders take a lock for a moment, so call none of them in a signal handler, which may interrupt
    just that moment: let the handler raise SystemExit.
    """

    def __init__(
        self,
        *,
        queue_length: int = MAX_QUEUED_EVENTS,
        incoming_length: int = MAX_QUEUED_EVENTS,
        full_channel_behavior: FullChannelBehavior = DROP_IF_CHANNEL_FULL,
        sleep_duration: float = DEFAULT_SLEEP_DURATION,
        correlator_options: CorrelatorOptions | None = None,
        goroutine_per_event: bool = False,
        retry_after_shutdown: bool = False,
        max_batch: int | None = None,
        shutdown_at_exit: float | None = None,
        name: str = "",
    ) -> None:
        if sleep_duration < 0:
            raise ValueError(f"sleep_duration must not be negative: {sleep_duration}")
        if shutdown_at_exit is not None and shutdown_at_exit < 0:
            raise ValueError(f"shutdown_at_exit must not be negative: {shutdown_at_exit}")
        # Before the loop starts, which counts.
        self._accepted = 0
        self._dropped = 0
        self._dropped_lock = runtime.Mutex()
        self._ended: list[WatcherStatistics] = []
        self._sinks: list[tuple[Watcher, SinkStatistics]] = []
        self._sinks_ended: list[SinkStatistics] = []
        super().__init__(
            queue_length, full_channel_behavior, incoming_length=incoming_length, max_batch=max_batch, name=name
        )
        self._sleep_duration = sleep_duration
        self._correlator_options = correlator_options
        self._goroutine_per_event = goroutine_per_event
        self._retry_after_shutdown = retry_after_shutdown
        self._stopping: Channel[None] = Channel(name=f"{name}stopping")
        self._handlings: list[_Handling] = []
        self._starting: dict[object, list[_Signal]] = {}  # handlers being started, and who waits for that
        self._at_exit: Callable[[], object] | None = None
        if shutdown_at_exit is not None:
            self._at_exit = _shutdown_of(weakref.ref(self), shutdown_at_exit)
            atexit.register(self._at_exit)
        forking.in_child(self)

    def new_recorder(self, source: EventSource, *, scheme: Scheme | None = None) -> EventRecorder:
        """A recorder whose events carry `source` and come here. In Go: `NewRecorder(scheme, source)`.

        `scheme` says which kind a Python class stands for, where an object does not say it (see `get_reference`).
        """
        return EventRecorder(self, source, scheme=scheme, goroutine_per_event=self._goroutine_per_event)

    def start_event_watcher(self, handler: Callable[[Event], object], *, name: str = "") -> Watcher:
        """Call `handler` with every event recorded from now on, in a goroutine of its own. In Go: `StartEventWatcher`.

        The watcher that is returned can be ignored, or used to stop. Unlike client-go, a handler that raises is
        logged with its traceback and gets the next event. Raises TypeError if `handler` is not callable, and
        BroadcasterStopped after `shutdown`.
        """
        if not callable(handler):
            raise TypeError(f"handler must be callable, not {type(handler).__name__}")
        key = object()
        waiting = self._starting[key] = []  # before `watch`: what that lets in, `shutdown` has to wait for
        try:
            watcher = self.watch(name=name)
            handling = _Handling(watcher, handler, self._forget)
            self._handlings.append(handling)
            handling.start()
        finally:
            self._starting.pop(key, None)  # in a forked child it is not there
            for started in waiting:
                started.give()
        return watcher

    def start_recording_to_sink(self, sink: EventSink, *, name: str = "") -> Watcher:
        """Write every event recorded from now on to `sink`, through a correlator. In Go: `StartRecordingToSink`.

        Each call has a correlator of its own. Raises TypeError if `sink` lacks `create`, `update` or `patch`.
        """
        for verb in ("create", "update", "patch"):
            if not callable(getattr(sink, verb, None)):
                raise TypeError(f"sink must have a method {verb}, and {type(sink).__name__} has none")
        correlator = EventCorrelator(self._correlator_options)
        sleep = sleep_unasked if self._retry_after_shutdown else self._sleep_unless_stopping
        counts = SinkStatistics(name)

        def pause(seconds: float) -> bool:
            again = sleep(seconds)
            counts.retried += again
            return again

        def write(event: Event) -> None:
            fate = record_to_sink(sink, event, correlator, sleep_duration=self._sleep_duration, pause=pause)
            count = fate.value
            setattr(counts, count, getattr(counts, count) + 1)

        watcher = self.start_event_watcher(write, name=name)
        counts.name = watcher.name
        self._sinks.append((watcher, counts))
        return watcher

    def start_logging(self, logf: Callable[..., object], *, name: str = "") -> Watcher:
        """Call `logf(format, *args)` for every event, as `logging.Logger.info` wants it. In Go: `StartLogging`."""
        if not callable(logf):
            raise TypeError(f"logf must be callable, not {type(logf).__name__}")

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

        The event itself is on the log record as `record.event`.
        """

        def write(event: Event) -> None:
            about = event.involved_object
            place = f"{about.namespace}/{about.name}" if about.namespace else about.name
            log.log(
                level,
                'Event occurred object="%s" fieldPath="%s" kind="%s" apiVersion="%s" type="%s" reason="%s" message=%r',
                place, about.field_path, about.kind, about.api_version, event.type, event.reason, event.message,
                extra={"event": event},
            )  # fmt: skip

        return self.start_event_watcher(write, name=name)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every event recorded so far has been handled or dropped, at most `timeout` seconds; say whether.

        In Go: nothing; client-go's own callers cannot know whether an event was written before they exit. Also True
        for handlers that have been stopped. After `shutdown` it waits for what is left. With `goroutine_per_event` an
        event counts once its goroutine has got it into the queue. A handler that calls this waits for itself.
        """
        end = _end(timeout)
        looked = _Signal("flush")
        targets: list[tuple[_Handling, int]] = []

        def look() -> None:
            targets.extend((handling, handling.watcher.delivered) for handling in self._handlings)
            looked.give()

        try:
            # Through the queue, behind everything recorded so far.
            self._send_function("flush", look, timeout=_seconds_until(end))
        except SendOnClosedChannel:
            if not self._loop_goroutine.join(_seconds_until(end)):  # it distributes what is left
                return False
            look()
        except TimeoutError:
            return False
        return looked.wait(end) and all(handling.wait_until(handled, end) for handling, handled in targets)

    def statistics(self) -> Statistics:
        """What has been taken in, dropped, delivered and written so far. In Go: nothing; it does not count.

        Never waits, also not for a loop that is busy: the numbers of one call may be a moment apart.
        """
        ended = tuple(self._ended)
        running = tuple(handling.statistics() for handling in list(self._handlings))
        return Statistics(
            accepted=self._accepted,
            queued=len(self._incoming),
            dropped=self._dropped,
            watchers=ended + running,
            sinks=tuple(map(replace, [*self._sinks_ended, *(counts for _, counts in list(self._sinks))])),
        )

    def _count_dropped(self) -> None:
        with self._dropped_lock:
            self._dropped += 1

    def _distribute(self, batch: list[WatchEvent]) -> None:
        super()._distribute(batch)
        self._accepted += len(batch)

    def _forget(self, handling: _Handling) -> None:
        """A handler has ended. Its numbers stay if the broadcaster ends, too; nothing else does."""
        mine = [entry for entry in self._sinks if entry[0] is handling.watcher]
        if self._incoming.closed:
            self._ended.append(handling.statistics())
            self._sinks_ended.extend(counts for _, counts in mine)
        for entry in mine:
            self._sinks.remove(entry)
        with suppress(ValueError):  # in a forked child's list it is not
            self._handlings.remove(handling)

    def _after_fork_in_child(self) -> None:
        """Be as after `shutdown`. No lock of before the fork is touched: nobody may be left to release it."""
        for watcher in list(self._watchers.values()):
            watcher._result = _closed(watcher._result)
            watcher._stopped = _closed(watcher._stopped)
        self._watchers = {}
        self._handlings = []
        self._starting = {}
        self._sinks = []
        self._lock = runtime.Lock(name=f"{self._name}lock")
        self._dropped_lock = runtime.Mutex()
        self._incoming = _closed(self._incoming)
        self._stopping = _closed(self._stopping)
        self._distributing = WaitGroup(name=f"{self._name}distributing")

    def shutdown(self, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """Take in nothing more, let the handlers finish what they have, and end every goroutine. In Go: `Shutdown()`.

        A sink that cannot be reached gets one more try for each event left, as in client-go since 1.27. Unlike
        client-go this waits for the handlers, at most `timeout` seconds (None: as long as it takes), and says whether
        all have finished. A second call is harmless.
        """
        end = _end(timeout)
        for channel in (self._stopping, self._incoming):
            with suppress(CloseOfClosedChannel):
                channel.close()
        distributed = self._distributing.wait(timeout=timeout) and self._loop_goroutine.join()
        started = all(self._wait_for_start(key, end) for key in list(self._starting))
        unfinished = [handling for handling in list(self._handlings) if not handling.join(end)]
        if self._at_exit is not None:
            atexit.unregister(self._at_exit)
        return distributed and started and not unfinished

    def _wait_for_start(self, key: object, end: int | None) -> bool:
        started = _Signal("started")
        self._starting.get(key, []).append(started)
        # Looked at again only now: whoever ends the start after this line sees us waiting.
        return key not in self._starting or started.wait(end)

    def __enter__(self) -> EventBroadcaster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()

    def _sleep_unless_stopping(self, seconds: float) -> bool:
        try:
            self._stopping.receive_ok(timeout=seconds)
        except TimeoutError:
            return True
        return False


def _shutdown_of(broadcaster: weakref.ref[EventBroadcaster], timeout: float) -> Callable[[], object]:
    """What `atexit` keeps, without keeping the broadcaster."""

    def shutdown() -> None:
        if (alive := broadcaster()) is not None and not alive.shutdown(timeout):
            counts = alive.statistics()
            left = counts.queued + sum(watcher.delivered - watcher.handled for watcher in counts.watchers)
            logger.error("The process ends after %g s of waiting, with %d events not handled", timeout, left)

    return shutdown


def _closed(like: Channel[Any]) -> Channel[Any]:
    channel: Channel[Any] = Channel(like.capacity, name=like.name)
    channel.close()
    return channel


def _end(timeout: float | None) -> int | None:
    return None if timeout is None else runtime.now() + round(timeout * 1e9)


def _seconds_until(end: int | None) -> float | None:
    return None if end is None else max((end - runtime.now()) / 1e9, 0)


class _Signal:
    """Something that happens once, and that others wait for."""

    def __init__(self, name: str) -> None:
        self._channel: Channel[None] = Channel(name=name)

    def give(self) -> None:
        self._channel.close()

    def wait(self, end: int | None) -> bool:
        """Whether it has happened by then."""
        try:
            self._channel.receive_ok(timeout=_seconds_until(end))
        except TimeoutError:
            return False
        return True


class _Handling:
    """A watcher and the goroutine that hands its events to a handler."""

    def __init__(
        self, watcher: Watcher, handler: Callable[[Event], object], ended: Callable[[_Handling], object]
    ) -> None:
        self.watcher = watcher
        self._handler = handler
        self._ended = ended
        self._handled = 0
        self._waiting: list[tuple[int, _Signal]] = []
        self._goroutine: runtime.Goroutine | None = None

    def start(self) -> None:
        self._goroutine = runtime.go(self._run, name=f"handle {self.watcher.name}")

    def statistics(self) -> WatcherStatistics:
        watcher = self.watcher
        return WatcherStatistics(watcher.name, watcher.delivered, watcher.dropped, self._handled)

    def _run(self) -> None:
        try:
            self._handle_all()
        finally:
            self._ended(self)
            del self._handler, self._ended  # both lead to the broadcaster, which would lead back here

    def _handle_all(self) -> None:
        for watch_event in self.watcher:
            if isinstance(watch_event.object, Event):
                try:
                    self._handler(watch_event.object)
                except Exception:
                    logger.exception("handler of %s failed with event %r", self.watcher.name, watch_event.object)
            self._handled += 1
            if self._waiting:
                self._wake()

    def _wake(self) -> None:
        for waiting in list(self._waiting):
            handled, reached = waiting
            if self._handled >= handled:
                self._waiting.remove(waiting)
                reached.give()

    def wait_until(self, handled: int, end: int | None) -> bool:
        """Wait until that many events have been handled."""
        if self._handled >= handled:
            return True
        reached = _Signal(f"{self.watcher.name}.flush")
        self._waiting.append((handled, reached))
        # Looked at again only now: whoever handles the last event after this line sees us waiting.
        return self._handled >= handled or reached.wait(end)

    def join(self, end: int | None) -> bool:
        return self._goroutine is None or self._goroutine.join(_seconds_until(end))
