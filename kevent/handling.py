"""One handler behind one watcher: a goroutine that hands it event after event, and knows how far it has come.

In Go: client-go, package record, the goroutine of `StartEventWatcher` in `tools/record/event.go`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

from kevent import runtime
from kevent.broadcaster import Broadcaster, BroadcasterStopped, Watcher
from kevent.channel import Channel
from kevent.counters import SinkStatistics, WatcherStatistics
from kevent.event import Event
from kevent.sparing import SparingLog
from kevent.writing import SinkWriter, is_unawaited

__all__ = ["Handlers", "Handling", "Mark", "Signal", "check_plain", "check_sink"]

logger = logging.getLogger("kevent.recorder")


class Signal:
    """Something that happens once, and that others wait for."""

    def __init__(self, name: str) -> None:
        self._channel: Channel[None] = Channel(name=name)

    def give(self) -> None:
        """It has happened."""
        self._channel.close()

    def wait(self, end: int | None) -> bool:
        """Wait for it until a `runtime.deadline`; whether it has happened by then."""
        try:
            self._channel.receive_ok(timeout=runtime.remaining(end))
        except TimeoutError:
            return False
        return True


def check_plain(argument: str, function: Callable[..., object]) -> None:
    """Raise TypeError for a function that has to be awaited or iterated: a thread that calls it does neither."""
    for called in function, getattr(function, "__call__", None):  # noqa: B004
        if iscoroutinefunction(called) or isgeneratorfunction(called) or isasyncgenfunction(called):
            raise TypeError(
                f"{argument} must be a plain function: calling a coroutine or generator function runs none of it"
            )


def check_sink(sink: object) -> None:
    """Raise TypeError unless it has `create` and `patch`, and neither has to be awaited."""
    for verb in ("create", "patch"):
        method = getattr(sink, verb, None)
        if not callable(method):
            raise TypeError(f"sink must have a method {verb}, and {type(sink).__name__} has none")
        check_plain(f"sink.{verb}", method)


class Handling:
    """A watcher and the goroutine that hands its events to a handler.

    An exception of the handler is logged, and it gets the next event. What is no Exception, such as SystemExit, ends
    the handling: the watcher is stopped, and what is left on its queue is `lost`. `ended` is called at the end, in
    whatever way it comes.

    When `cancelled` is closed, and there is something on the queue as well, a lot is drawn whether to go on, as Go's
    `select` does since 1.29. Without it whatever is left is handled.
    """

    def __init__(
        self,
        watcher: Watcher,
        handler: Callable[[Event], object],
        ended: Callable[[Handling], object],
        *,
        cancelled: Channel[None] | None = None,
    ) -> None:
        self.watcher = watcher
        self.writer: SinkWriter | None = handler if isinstance(handler, SinkWriter) else None
        self.log = SparingLog(logger)
        self.running = False
        """Whether its goroutine has begun."""
        self.over = False
        self._handler = handler
        self._ended = ended
        self._cancelled = cancelled
        self._handled = 0
        self._lost = 0
        self._waiting: list[tuple[int, Signal]] = []  # for so many events to be handled
        self._joining: list[Signal] = []  # for the end of a goroutine that is not known yet
        self._claim = runtime.Mutex()  # of the goroutine, or of who gives up before it begins
        self._goroutine: runtime.Goroutine | None = None

    def start(self) -> None:
        """Begin."""
        self._goroutine = runtime.go(self._run, name=f"handle {self.watcher.name}")

    def give_up(self) -> None:
        """End what may not even have begun. Where the goroutine runs, it handles what is left, and ends."""
        self.watcher.stop()
        if self._claim.acquire(blocking=False):
            self._end()

    def say_rest(self) -> None:
        """Say in the log what has been held back."""
        self.log.say_rest()
        if self.writer is not None:
            self.writer.log.say_rest()

    def statistics(self) -> WatcherStatistics:
        """The numbers so far."""
        watcher = self.watcher
        return WatcherStatistics(watcher.name, watcher.delivered, watcher.dropped, self._handled, self._lost)

    def _run(self) -> None:
        if not self._claim.acquire(blocking=False):
            return
        self.running = True
        try:
            self._handle_all()
        except BaseException:
            if not runtime.current().over:  # a simulation that unwinds what is left of it has lost nothing
                self.watcher.stop()
                left = self.watcher.delivered - self._handled
                logger.error("handler of %s has ended for good, with %d events not handled", self.watcher.name, left)
            raise
        finally:
            self._end()

    def _handle_all(self) -> None:
        cancelled = self._cancelled
        for watch_event in self.watcher:
            if cancelled is not None and cancelled.closed and runtime.choose(2):
                self.watcher.stop()
                left = self.watcher.delivered - self._handled
                logger.error("handler of %s was shut down with %d events not handled", self.watcher.name, left)
                return
            if isinstance(watch_event.object, Event):
                try:
                    answer = self._handler(watch_event.object)
                    if answer is not None and is_unawaited(answer):
                        raise TypeError(f"it gave {type(answer).__name__}, which nobody awaits")
                except Exception:
                    event = watch_event.object
                    self.log.error("handler of %s failed with event %r", self.watcher.name, event, exc_info=True)
            self._handled += 1
            if self._waiting:
                self._wake()

    def _end(self) -> None:
        self._lost = self.watcher.delivered - self._handled  # of a watcher that has stopped: nothing comes after
        self.over = True
        self._wake()
        self.say_rest()
        self._ended(self)
        del self._handler, self._ended  # both lead to the broadcaster, which would lead back here
        for joining in list(self._joining):
            joining.give()

    def _wake(self) -> None:
        for waiting in list(self._waiting):
            handled, reached = waiting
            if self._handled >= handled or self.over:
                with suppress(ValueError):
                    self._waiting.remove(waiting)
                reached.give()

    def wait_until(self, handled: int, end: int | None) -> bool:
        """Wait until that many events have been handled, or nothing is handled any more; whether that is so by then."""
        if self._handled >= handled or self.over:
            return True
        waiting = handled, Signal(f"{self.watcher.name}.flush")
        self._waiting.append(waiting)
        try:
            # Looked at again only now: whoever handles the last event after this line sees us waiting.
            return self._handled >= handled or self.over or waiting[1].wait(end)
        finally:
            with suppress(ValueError):
                self._waiting.remove(waiting)

    def join(self, end: int | None) -> bool:
        """Wait for the end until a `runtime.deadline`; whether it has come by then."""
        if self._goroutine is None and not self.over:
            ended = Signal(f"{self.watcher.name}.ended")
            self._joining.append(ended)
            # As above. Either it is being started, or an interrupt came between its start and our knowing of it.
            if self._goroutine is None and not self.over and not ended.wait(end):
                return False
        return self.over if self._goroutine is None else self._goroutine.join(timeout=runtime.remaining(end))


Numbers = tuple[WatcherStatistics, SinkStatistics | None]


class Mark:
    """How far each handler has to come, until everything that was recorded before is handled."""

    def __init__(self) -> None:
        self._looked = Signal("flush")
        self._targets: list[tuple[Handling, int]] = []

    def set(self, handlers: Handlers) -> None:
        """All that was recorded before is on the queues now."""
        self._targets.extend((handling, handling.watcher.delivered) for handling in handlers)
        self._looked.give()

    def wait(self, end: int | None) -> bool:
        """Wait for that until a `runtime.deadline`; whether it is so by then."""
        return self._looked.wait(end) and all(handling.wait_until(handled, end) for handling, handled in self._targets)


class Handlers:
    """The handlers behind a broadcaster: those that there are, and the numbers of those that have ended."""

    def __init__(self, broadcaster: Broadcaster) -> None:
        self._broadcaster = broadcaster
        self._handlings: list[Handling] = []
        self._ended: list[Numbers] = []

    def __len__(self) -> int:
        return len(self._handlings)

    def __iter__(self) -> Iterator[Handling]:
        return iter(list(self._handlings))  # a handler may end meanwhile

    def append(self, handling: Handling) -> None:
        """One more."""
        self._handlings.append(handling)

    def forget(self, handling: Handling) -> None:
        """A handler has ended. Its numbers stay if the broadcaster ends, too, or if it has lost something."""
        numbers = _numbers(handling)
        if numbers[0].lost or (handling.running and self._broadcaster.stopped):
            self._ended.append(numbers)
        with suppress(ValueError):  # in a forked child's list it is not
            self._handlings.remove(handling)

    def numbers(self) -> list[Numbers]:
        """Each watcher's, and its sink's if it writes to one."""
        return [*self._ended, *map(_numbers, self)]

    def mark(self, end: int | None) -> Mark | None:
        """How far they have to come; None if that cannot be asked until a `runtime.deadline`."""
        mark = Mark()
        try:
            # Through the queue, behind everything recorded so far.
            self._broadcaster.when_distributed(lambda: mark.set(self), timeout=runtime.remaining(end), name="flush")
        except BroadcasterStopped:
            if not self._broadcaster.shutdown(timeout=runtime.remaining(end)):  # it distributes what is left
                return None
            mark.set(self)
        except TimeoutError:
            return None
        return mark

    def finish(self, handling: Handling, end: int | None) -> bool:
        """Wait for the end of one, when the broadcaster is shut down; whether it has come by a `runtime.deadline`."""
        if not handling.watcher.result_chan.closed and self._broadcaster.loop_ended:
            handling.watcher.stop()  # an interrupt has left it half stopped
        return handling.join(end)

    def say_rest(self) -> None:
        """Say in the log what has been held back."""
        for handling in self:
            handling.say_rest()

    def after_fork_in_child(self) -> None:
        """None of them is there."""
        self._handlings = []


def _numbers(handling: Handling) -> Numbers:
    writer = handling.writer
    return handling.statistics(), None if writer is None else replace(writer.counts, name=handling.watcher.name)
