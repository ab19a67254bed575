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

from kevent import forking, runtime
from kevent.broadcaster import DROP_IF_CHANNEL_FULL, Broadcaster, BroadcasterStopped, FullChannelBehavior, Watcher
from kevent.channel import Channel, CloseOfClosedChannel
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.counters import Loss, Losses, SinkStatistics, Statistics, WatcherStatistics
from kevent.event import Event, EventSource
from kevent.handling import Handling, Signal
from kevent.recorder import BroadcastRecorder, EventRecorder
from kevent.reference import Scheme
from kevent.sinks import EventSink
from kevent.sparing import SparingLog
from kevent.writing import DEFAULT_SLEEP_DURATION, SinkWriter, sleep_unasked

__all__ = ["MAX_QUEUED_EVENTS", "SHUTDOWN_TIMEOUT", "EventBroadcaster"]

logger = logging.getLogger("kevent.recorder")

SHUTDOWN_TIMEOUT = 30.0
"""Seconds that `EventBroadcaster.shutdown` waits for its handlers when nobody says how long."""

MAX_QUEUED_EVENTS = 1000
"""How many events a watcher's queue holds. In Go: `maxQueuedEvents`."""


class EventBroadcaster:
    """Takes events from recorders to handlers, logs and sinks. In Go: `record.EventBroadcaster`.

    The entrance is client-go's since 1.21: a queue of 1,000 events in front of the loop and for each watcher, and no
    waiting anywhere. What it does to an event behind the loop is 1.14's. The end is of no version: see `shutdown`.
    `sleep_duration` is the pause between two tries to reach a sink, in seconds; the first is a random part of it.
    `correlator_options` apply to every sink. As of 1.14 are, by name: `goroutine_per_event`, which starts a goroutine
    for each event recorded, and `retry_after_shutdown`, which lets a sink's tries go on when all else has stopped.

    As a context manager it shuts down at the end of the block. Unlike client-go, with `shutdown_at_exit` it also does
    so when the interpreter ends, waiting at most so many seconds. If either leaves events not handled, the log says
    how many. Raises as `Broadcaster` does.

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
        self._broadcaster = Broadcaster(
            queue_length, full_channel_behavior, incoming_length=incoming_length, max_batch=max_batch, name=name
        )
        self._sleep_duration = sleep_duration
        self._correlator_options = correlator_options
        self._goroutine_per_event = goroutine_per_event
        self._retry_after_shutdown = retry_after_shutdown
        self._losses = Losses(SparingLog(logger))
        self._stopping: Channel[None] = Channel(name=f"{name}stopping")
        self._handlings: list[Handling] = []
        self._ended: list[tuple[WatcherStatistics, SinkStatistics | None]] = []
        self._at_exit: Callable[[], object] | None = None
        if shutdown_at_exit is not None:
            self._at_exit = _shutdown_of(weakref.ref(self), shutdown_at_exit)
            atexit.register(self._at_exit)
        forking.in_child(self)

    def new_recorder(self, source: EventSource, *, scheme: Scheme | None = None) -> EventRecorder:
        """A recorder whose events carry `source` and come here. In Go: `NewRecorder(scheme, source)`.

        `scheme` says which kind a Python class stands for, where an object does not say it (see `get_reference`).
        """
        return BroadcastRecorder(
            self._broadcaster,
            source,
            scheme=scheme,
            goroutine_per_event=self._goroutine_per_event,
            losses=self._losses,
        )

    def start_event_watcher(self, handler: Callable[[Event], object], *, name: str = "") -> Watcher:
        """Call `handler` with every event recorded from now on, in a goroutine of its own. In Go: `StartEventWatcher`.

        The watcher that is returned can be ignored, or used to stop. Unlike client-go, a handler that raises an
        Exception is logged with its traceback and gets the next event; SystemExit and the like end this handler alone,
        and what it had not handled is counted and logged. Raises TypeError if `handler` is not callable, and
        BroadcasterStopped after `shutdown`.
        """
        if not callable(handler):
            raise TypeError(f"handler must be callable, not {type(handler).__name__}")
        watcher = self._broadcaster.new_watcher(name=name)
        handling = Handling(watcher, handler, self._forget)
        try:
            self._handlings.append(handling)  # first, as `shutdown` has to wait for what it lets in
            self._broadcaster.register(watcher)
            handling.start()
            return watcher
        except BaseException:
            handling.give_up()
            raise

    def start_recording_to_sink(self, sink: EventSink, *, name: str = "") -> Watcher:
        """Write every event recorded from now on to `sink`, through a correlator. In Go: `StartRecordingToSink`.

        Each call has a correlator of its own. Raises TypeError if `sink` lacks `create` or `patch`.
        """
        for verb in ("create", "patch"):
            if not callable(getattr(sink, verb, None)):
                raise TypeError(f"sink must have a method {verb}, and {type(sink).__name__} has none")
        correlator = EventCorrelator(self._correlator_options)
        pause = sleep_unasked if self._retry_after_shutdown else self._sleep_unless_stopping
        write = SinkWriter(sink, correlator, sleep_duration=self._sleep_duration, pause=pause)
        return self.start_event_watcher(write, name=name)

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

    def flush(self, *, timeout: float | None = None) -> bool:
        """Wait until every event recorded so far has been handled or counted as lost, at most `timeout` seconds.

        Says whether that is so. In Go: nothing; client-go's own callers cannot know whether an event was written before
        they exit. Also True for handlers that have been stopped. After `shutdown` it waits for what is left. With
        `goroutine_per_event` an event counts once its goroutine has got it into the queue. A handler that calls this
        waits for itself.
        """
        end = runtime.deadline(timeout)
        looked = Signal("flush")
        targets: list[tuple[Handling, int]] = []

        def look() -> None:
            targets.extend((handling, handling.watcher.delivered) for handling in self._handlings)
            looked.give()

        try:
            # Through the queue, behind everything recorded so far.
            self._broadcaster.when_distributed(look, timeout=runtime.remaining(end), name="flush")
        except BroadcasterStopped:
            if not self._broadcaster.shutdown(timeout=runtime.remaining(end)):  # it distributes what is left
                return False
            look()
        except TimeoutError:
            return False
        reached = looked.wait(end) and all(handling.wait_until(handled, end) for handling, handled in targets)
        self._say_rest()
        return reached

    def statistics(self) -> Statistics:
        """What has been taken in, lost, delivered and written so far. In Go: nothing; it does not count.

        Never waits, also not for a loop that is busy: the numbers of one call may be a moment apart.
        """
        parts = [*self._ended, *map(_numbers, list(self._handlings))]
        return Statistics(
            accepted=self._broadcaster.distributed,
            queued=self._broadcaster.queued,
            dropped=self._losses.so_far(Loss.DROPPED),
            unreferenced=self._losses.so_far(Loss.UNREFERENCED),
            invalid=self._losses.so_far(Loss.INVALID),
            watchers=tuple(watcher for watcher, _ in parts),
            sinks=tuple(sink for _, sink in parts if sink is not None),
        )

    def _forget(self, handling: Handling) -> None:
        """A handler has ended. Its numbers stay if the broadcaster ends, too, or if it has lost something."""
        numbers = _numbers(handling)
        if numbers[0].lost or (handling.running and self._broadcaster.stopped):
            self._ended.append(numbers)
        with suppress(ValueError):  # in a forked child's list it is not
            self._handlings.remove(handling)

    def _after_fork_in_child(self) -> None:
        """Be as after `shutdown`. No lock of before the fork is touched: nobody may be left to release it."""
        self._handlings = []
        self._stopping = Channel(name=self._stopping.name)
        self._stopping.close()

    def shutdown(self, *, timeout: float | None = SHUTDOWN_TIMEOUT) -> bool:
        """Take in nothing more, let the handlers finish what they have, and end every goroutine. In Go: `Shutdown()`.

        A sink that cannot be reached gets one more try for each event left, as in client-go 1.27 and 1.28. Since 1.29
        client-go leaves what is queued: about half of its shutdowns handle nothing more. Unlike all of them this waits
        for the handlers, at most `timeout` seconds (None: as long as it takes), and says whether all have finished. A
        second call is harmless.
        """
        end = runtime.deadline(timeout)
        with suppress(CloseOfClosedChannel):
            self._stopping.close()
        distributed = self._broadcaster.shutdown(timeout=timeout)
        unfinished = [handling for handling in list(self._handlings) if not self._finish(handling, end)]
        if self._at_exit is not None:
            atexit.unregister(self._at_exit)
        self._say_rest()
        return distributed and not unfinished

    def _finish(self, handling: Handling, end: int | None) -> bool:
        if not handling.watcher.result_chan.closed and self._broadcaster.loop_ended:
            handling.watcher.stop()  # an interrupt has left it half stopped
        return handling.join(end)

    def _shutdown_and_tell(self, timeout: float) -> None:
        """Shut down where nobody looks at the answer: the log has to say what was left."""
        start = runtime.monotonic()
        finished = False
        try:
            finished = self.shutdown(timeout=timeout)
        finally:  # also after a second interrupt
            if not finished and not runtime.current().over:
                seconds, left = (runtime.monotonic() - start) / 1e9, self.statistics().unhandled
                logger.error("Shut down after %.1f s of waiting, with %d events not handled", seconds, left)

    def _say_rest(self) -> None:
        """Say in the log what has been held back."""
        self._losses.log.say_rest()
        for handling in list(self._handlings):
            handling.say_rest()

    def __enter__(self) -> EventBroadcaster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._shutdown_and_tell(SHUTDOWN_TIMEOUT)

    def _sleep_unless_stopping(self, seconds: float) -> bool:
        try:
            self._stopping.receive_ok(timeout=seconds)
        except TimeoutError:
            return True
        return False


def _shutdown_of(broadcaster: weakref.ref[EventBroadcaster], timeout: float) -> Callable[[], object]:
    """What `atexit` keeps, without keeping the broadcaster."""

    def shutdown() -> None:
        if (alive := broadcaster()) is not None:
            alive._shutdown_and_tell(timeout)

    return shutdown


def _numbers(handling: Handling) -> tuple[WatcherStatistics, SinkStatistics | None]:
    """A snapshot of a handler's numbers, and of its sink's if it writes to one."""
    writer = handling.writer
    return handling.statistics(), None if writer is None else replace(writer.counts, name=handling.watcher.name)
