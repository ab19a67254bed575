"""One loop, many watchers: whatever is put in at one end comes out at every other.

In Go: apimachinery, package watch, `pkg/watch/mux.go`. Events go into one queue, `incoming`. A single goroutine, the
loop, takes them out and puts each on the queue of every watcher. New watchers are registered *through the same queue*,
so that a watcher's place in the order of events is exact. The loop takes what has piled up in one go, as far as every
watcher has room for it, and hands each the whole batch under one lock: a hand-over between threads is dear, an append
is cheap, and no watcher can tell the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from kevent import forking, runtime, versions
from kevent.channel import Channel, CloseOfClosedChannel, Reentered, SendOnClosedChannel
from kevent.errors import KeventError
from kevent.select import Receive, Send, select
from kevent.versions import NEWEST, Entrance, Release
from kevent.waitgroup import WaitGroup

__all__ = [
    "ADDED",
    "BOOKMARK",
    "DELETED",
    "DROP_IF_CHANNEL_FULL",
    "ERROR",
    "INCOMING_QUEUE_LENGTH",
    "MODIFIED",
    "WAIT_IF_CHANNEL_FULL",
    "Broadcaster",
    "BroadcasterStopped",
    "FullChannelBehavior",
    "WatchEvent",
    "Watcher",
]

ADDED, MODIFIED, DELETED, ERROR = "ADDED", "MODIFIED", "DELETED", "ERROR"
BOOKMARK = "BOOKMARK"  # since 1.15
_WATCH_TYPES = frozenset((ADDED, MODIFIED, DELETED, ERROR, BOOKMARK))

INCOMING_QUEUE_LENGTH = 25
"""How many events the incoming queue holds. In Go: `incomingQueueLength`."""


class FullChannelBehavior(Enum):
    """What the loop does when a watcher's queue is full. In Go: `watch.FullChannelBehavior`."""

    WAIT_IF_CHANNEL_FULL = "wait"
    """Wait for room, and let everybody else wait too."""
    DROP_IF_CHANNEL_FULL = "drop"
    """Leave that watcher out, and go on."""


WAIT_IF_CHANNEL_FULL = FullChannelBehavior.WAIT_IF_CHANNEL_FULL
DROP_IF_CHANNEL_FULL = FullChannelBehavior.DROP_IF_CHANNEL_FULL


class BroadcasterStopped(KeventError):
    """The broadcaster was shut down: it takes no more events and no more watchers.

    In Go an error with this text, since 1.25. Before, `Action` panics with "send on closed channel", and `Watch` does
    until 1.19, then with this text.
    """

    def __init__(self) -> None:
        super().__init__("broadcaster already stopped")


@dataclass(slots=True)
class WatchEvent:
    """What a watcher receives. In Go: `watch.Event`."""

    type: str
    """ADDED, MODIFIED, DELETED, ERROR or BOOKMARK."""
    object: Any
    """What happened to, or was reported: for a recorder's broadcaster a `kevent.Event`."""

    def __str__(self) -> str:
        return f"{self.type} {self.object}"


_new = WatchEvent.__new__


class _Function:
    """A function that travels through the incoming queue among the events. In Go: `functionFakeRuntimeObject`."""

    __slots__ = ("__weakref__", "run", "what")

    def __init__(self, what: str, run: Callable[[], object]) -> None:
        self.what, self.run = what, run

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Function) and other.what == self.what

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.what}>"


class Watcher:
    """One reader of a broadcaster, with a queue of its own. In Go: `watch.Interface`, here `broadcasterWatcher`.

    Iterating it receives `WatchEvent`s until it is stopped or the broadcaster shut down, and its queue is empty.
    Made by `Broadcaster.watch`. In a forked child it is stopped, and its queue empty.

    Unlike client-go it counts: `delivered` is how many events were put on its queue, `dropped` how many were not
    because the queue was full (or the watcher stopping). client-go drops without a trace.
    """

    def __init__(self, broadcaster: Broadcaster, number: int, name: str, queue_length: int) -> None:
        self.name = name
        self.delivered = 0
        self.dropped = 0
        self._number = number
        self._broadcaster = broadcaster
        self._result: Channel[WatchEvent] = Channel(queue_length, name=name)
        self._stopped: Channel[None] = Channel(name=f"{name}.stopped")
        forking.in_child(self)

    @property
    def result_chan(self) -> Channel[WatchEvent]:
        """The channel its events arrive on; closed when it is stopped. In Go: `ResultChan()`."""
        return self._result

    def stop(self) -> None:
        """Receive nothing more. What is queued can still be read. A second call is harmless. In Go: `Stop()`.

        Never waits for a loop that is itself waiting for room in this watcher's queue. Since 1.20 it does wait until
        the loop has handed round what was taken in before. Go draws lots for what this watcher still gets of that;
        here it is what fits. If an interrupt comes in between, a second call does what is left; if nothing is, it
        returns at once, whoever has the lock.
        """
        with suppress(CloseOfClosedChannel):
            self._stopped.close()  # first let go of a loop that waits for us, holding the lock we need next
        if not self._result.closed:
            self._broadcaster._stop_watching(self)

    def __iter__(self) -> Iterator[WatchEvent]:
        return iter(self._result)

    def __repr__(self) -> str:
        return f"<Watcher {self.name} {len(self._result)}/{self._result.capacity}, {self.dropped} dropped>"

    def _offer(self, batch: list[WatchEvent]) -> None:
        """Put in what fits, forget the rest. Called by the loop only, like `_insist`."""
        taken = self._result.try_send_many(batch, keep=True)
        self.delivered += taken
        self.dropped += len(batch) - taken

    def _insist(self, event: WatchEvent) -> None:
        """Put in an event, waiting for room, unless the watcher is stopped meanwhile."""
        if self._result.try_send(event) or select(Send(self._result, event), Receive(self._stopped))[0] == 0:
            self.delivered += 1
        else:
            self.dropped += 1

    def _room(self) -> int:
        """How many events fit for certain. Only the loop takes room away, so it can but grow meanwhile."""
        return self._result.capacity - len(self._result)

    def _after_fork_in_child(self) -> None:
        self._result = _closed(self._result)
        self._stopped = _closed(self._stopped)


class Broadcaster:
    """Hands every event to every watcher. In Go: apimachinery `watch.Broadcaster`, made by `NewBroadcaster`.

    `queue_length` is the length of each watcher's queue, `full_channel_behavior` what happens when one is full,
    `incoming_length` the length of the queue in front of the loop (Go: 25; `NewLongQueueBroadcaster`: as long as the
    watchers'). Every watcher sees events in the order in which `action` took them in, without holes except its drops.

    `name` is a prefix for the names in a trace. The loop is a goroutine that runs until `shutdown`. Unlike client-go it
    counts: `distributed` is how many events it has handed round.

    `max_batch` is how many events the loop takes at once. By default these are as many as it hands round without
    waiting, and one: with DROP_IF_CHANNEL_FULL all there are, else what fits into every watcher's queue; in a
    simulation it is one alone. Unlike client-go, where the loop runs as soon as there is an event, a thread has to
    wait for the interpreter; meanwhile senders may get ahead of it by a batch, although `incoming_length` is less.
    Nobody is let in whom Go would keep out: once the loop waits for a watcher, it holds one event, and
    `incoming_length` are in front of it. What shows is that a watcher's queue may lag, so `stop` can come before
    more events than in Go. With `max_batch=1` the loop takes event by event, and senders wait where Go's do,
    always.

    `release` says how one comes in and how it is closed. Until 1.19 a shutdown closes the queue in front under whoever
    waits there. Since 1.20 it goes through that queue itself, as who leaves does. Since 1.25 one at a time comes in:
    nobody passes an `action` that waits for room, nor a watcher on its way in or out.

    Threads do not survive a fork: in a forked child a broadcaster of the parent is shut down and empty.

    Raises ValueError or TypeError naming the argument for a length that is negative or not an integer, for a
    `max_batch` below one, for a behaviour that is none, and as `versions.release` does.
    """

    def __init__(
        self,
        queue_length: int,
        full_channel_behavior: FullChannelBehavior,
        *,
        incoming_length: int = INCOMING_QUEUE_LENGTH,
        max_batch: int | None = None,
        name: str = "",
        release: str | Release = NEWEST,
    ) -> None:
        release = versions.release(release)
        runtime.answers_like(release.name)
        self._door = _DOORS[release.entrance]
        _check_length("queue_length", queue_length)
        _check_length("incoming_length", incoming_length)
        if not isinstance(full_channel_behavior, FullChannelBehavior):
            raise TypeError(f"full_channel_behavior must be a FullChannelBehavior, not {full_channel_behavior!r}")
        if max_batch is not None:
            _check_length("max_batch", max_batch)
            if max_batch < 1:
                raise ValueError(f"max_batch must be at least one: {max_batch}")
        self.queue_length = queue_length
        self.full_channel_behavior = full_channel_behavior
        self._max_batch = max_batch if max_batch is not None else runtime.max_batch()
        self.distributed = 0
        self._in_hand = 0  # of those that the loop has taken out of the queue
        self._name = name
        self._watchers: dict[int, Watcher] = {}
        self._next_watcher = count()
        # Each function in the queue, or about to be. Weakly: one that an interrupt kept from the queue is forgotten.
        self._functions: WeakValueDictionary[int, _Function] = WeakValueDictionary()
        self._lock = runtime.Lock(name=f"{name}lock")
        self._turn = self._door.turn(f"{name}turn")
        self._taken = False  # a hint: somebody has the turn
        # Who sees nobody in there and finds room need not take a turn: he was first. In a simulation that would be a
        # look at the turn which the explorer does not see.
        self._quick = runtime.current() is runtime.THREADS
        self._incoming: Channel[WatchEvent | _Function] = Channel(incoming_length, name=f"{name}incoming")
        self._distributing = WaitGroup(name=f"{name}distributing")  # a latch: one, until the loop has ended
        self._distributing.add(1)
        self._loop_goroutine = runtime.go(self._loop, name=f"{name}loop")
        forking.in_child(self)

    @property
    def queued(self) -> int:
        """How many events, and functions among them, wait in front of the loop, or are in its hands."""
        return len(self._incoming) + self._in_hand

    @property
    def stopped(self) -> bool:
        """Whether `shutdown` was called."""
        return self._incoming.closed

    @property
    def loop_ended(self) -> bool:
        """Whether the loop has ended, and every watcher is stopped that was not in other hands."""
        return not self._loop_goroutine.alive

    # --- watching ---

    def watch(self, *, name: str = "") -> Watcher:
        """Start a watcher that sees every event taken in from now on, and none before. In Go: `Watch()`.

        Returns when the loop has registered it. Raises BroadcasterStopped after `shutdown`.
        """
        watcher = self.new_watcher(name=name)
        try:
            self.register(watcher)
            return watcher
        except BaseException:  # an interrupt: nobody will read what is on its queue
            watcher.stop()
            raise

    def watch_with_prefix(self, queued_events: Sequence[WatchEvent], *, name: str = "") -> Watcher:
        """Start a watcher that first receives `queued_events`. In Go: `WatchWithPrefix(queuedEvents)`.

        Its queue is long enough for them and one more, whatever the queue length. Raises BroadcasterStopped after
        `shutdown`, and TypeError for what is no WatchEvent.
        """
        for event in queued_events:
            if not isinstance(event, WatchEvent):
                raise TypeError(f"queued_events must hold WatchEvents, not {type(event).__name__}")
        watcher = self.new_watcher(queue_length=max(self.queue_length, len(queued_events) + 1), name=name)
        try:
            self.register(watcher, queued_events)
            return watcher
        except BaseException:
            watcher.stop()
            raise

    def new_watcher(self, *, queue_length: int | None = None, name: str = "") -> Watcher:
        """A watcher that sees nothing until `register`: for who has to know it before it may receive.

        Its queue is as long as every watcher's unless told otherwise. In Go: half of `Watch()`.
        """
        number = next(self._next_watcher)
        length = self.queue_length if queue_length is None else queue_length
        return Watcher(self, number, name or f"{self._name}watcher-{number}", length)

    def register(self, watcher: Watcher, prefix: Sequence[WatchEvent] = ()) -> None:
        """Let `watcher` first receive `prefix`, then every event taken in from now on. In Go: the rest of `Watch()`.

        Returns when the loop has registered it. If an interrupt comes instead, it may be registered or not: `stop` it.
        Raises BroadcasterStopped after `shutdown`.
        """

        def register() -> None:
            with self._lock:
                if watcher._stopped.closed:
                    return  # whoever wanted it was interrupted
                self._watchers[watcher._number] = watcher
                if prefix:
                    watcher._offer(list(prefix))

        try:
            self._block_queue(f"register {watcher.name}", register)
        except BroadcasterStopped:
            with suppress(CloseOfClosedChannel):
                watcher._result.close()  # nobody knows it, so to stop it is not to wait for a loop that has the lock
            raise

    def _block_queue(self, what: str, function: Callable[[], None]) -> None:
        """Let the loop call `function` when everything sent before has been distributed. In Go: `blockQueue`."""
        if self._turn is not None and not self._turn._is_owned():
            self._door.take_turn(self, what, function)
            return
        executed = WaitGroup(name=what)
        executed.add(1)

        def run() -> None:
            try:
                function()
            finally:
                executed.done()

        self.when_distributed(run, name=what)
        executed.wait()

    def when_distributed(self, run: Callable[[], object], *, timeout: float | None = None, name: str = "") -> None:
        """Let the loop call `run` when everything taken in so far has been distributed; do not wait for that.

        `run` may neither wait nor raise. Waits while the incoming queue is full, at most `timeout` seconds. Raises
        TimeoutError, and BroadcasterStopped after `shutdown`; then `run` is not called.
        """
        function = _Function(name or "a function", run)
        self._functions[id(function)] = function  # first, so that the loop looks out for it
        try:
            self._incoming.send(function, timeout=timeout)
        except SendOnClosedChannel:
            raise BroadcasterStopped from None

    def _stop_watching(self, watcher: Watcher, *, in_the_loop: bool = False) -> None:
        if not in_the_loop and self._door.leave(self, watcher):
            return
        with self._lock, suppress(CloseOfClosedChannel):  # a watcher that was not registered is closed without the lock
            self._watchers.pop(watcher._number, None)
            if not watcher._result.closed:  # else the loop has ended and closed it
                watcher._result.close()

    # --- sending ---

    def action(self, action: str, obj: Any) -> None:
        """Take in an event for all watchers, waiting while the incoming queue is full. In Go: `Action(action, obj)`.

        Raises BroadcasterStopped after `shutdown` (then the event was not taken in), ValueError for an unknown
        `action`: it is one of ADDED, MODIFIED, DELETED, ERROR, BOOKMARK.
        """
        if action not in _WATCH_TYPES:
            raise _unknown(action)
        event = _new(WatchEvent)  # without the call of its __init__: this runs for every event
        event.type = action
        event.object = obj
        try:
            if self._turn is None:
                self._incoming.send(event)
            elif not (self._quick and not self._taken and self._incoming.try_send(event)):
                self._door.send(self, event)
        except SendOnClosedChannel:
            self._door.too_late(self)
            raise BroadcasterStopped from None

    def action_or_drop(self, action: str, obj: Any) -> bool:
        """Take in an event unless the incoming queue is full; say whether it was. In Go: `ActionOrDrop`, since 1.21.

        Never waits. Raises as `action` does. Unlike client-go since 1.25, which waits here for its turn behind an
        `action` that waits for room, this finds the queue full.
        """
        if action not in _WATCH_TYPES:
            raise _unknown(action)
        try:
            return self._incoming.try_send(WatchEvent(action, obj))
        except SendOnClosedChannel:
            raise BroadcasterStopped from None

    # --- the end ---

    def shutdown(self, timeout: float | None = None) -> bool:
        """Take in nothing more, distribute what was taken in, and stop every watcher. In Go: `Shutdown()`.

        Returns when all events are on the watchers' queues; they may not have been read yet. With WAIT_IF_CHANNEL_FULL
        that takes as long as the slowest watcher, for ever if one does not read. Unlike client-go it waits `timeout`
        seconds at most (None: as long as it takes), and says whether the loop has ended.

        Unlike client-go, a second call is always harmless: it waits as the first one does. In Go it panics until 1.19,
        and until 1.24 if the first has not returned.
        """
        end = runtime.deadline(timeout)
        try:
            if self.stopped or not self._door.close(self, end):
                self._incoming.close()
        except CloseOfClosedChannel:
            pass
        except TimeoutError:
            return False
        return self._distributing.wait(timeout=runtime.remaining(end)) and self._loop_goroutine.join()

    # --- the loop ---

    def _loop(self) -> None:
        """Take events off the incoming queue until it is closed and drained. In Go: `loop`."""
        try:
            while batch := self._receive():
                self._in_hand = len(batch)
                if self._functions:
                    self._distribute_around_functions(batch)
                else:
                    self._distribute(batch)  # type: ignore[arg-type]
                del batch  # it is not to live on, and who registered in it, while the loop waits for the next one
        finally:
            if not self._incoming.closed:  # ended by force: nobody will take anything out of this queue again
                self._incoming.close()
            self._close_all()
            self._distributing.done()

    def _receive(self) -> list[WatchEvent | _Function]:
        """What the loop takes at once: no more than it can hand round without waiting, and one event.

        Where it would wait, it holds one event, as Go's does, so no sender is let in whom Go would keep out. While a
        woken loop waits for the interpreter, senders may run ahead, as far as every watcher has room: to wait for it
        each `incoming_length` events would cost a change of threads each time. Where the loop takes no more than that
        room, it leaves the rest in the queue, which may then be full, so there is room for both.
        """
        if self._max_batch == 1:
            return self._incoming.receive_many(1)
        with self._lock:
            fitting = min(self._max_batch, self._room() + 1)
        ahead = fitting - 1  # and the one that it is woken with
        if self.full_channel_behavior is DROP_IF_CHANNEL_FULL:
            return self._incoming.receive_many(self._max_batch, ahead=ahead)
        return self._incoming.receive_many(fitting, ahead=ahead + self._incoming.capacity)

    def _room(self) -> int:
        """How many events fit into every watcher's queue. Lock held."""
        return min((watcher._room() for watcher in self._watchers.values()), default=self.queue_length)

    def _distribute_around_functions(self, batch: list[WatchEvent | _Function]) -> None:
        events: list[WatchEvent] = []
        for item in batch:
            if isinstance(item, WatchEvent):
                events.append(item)
                continue
            if events:
                self._distribute(events)
                events = []
            self._functions.pop(id(item), None)
            self._in_hand -= 1
            item.run()
        if events:
            self._distribute(events)

    def _distribute(self, batch: list[WatchEvent]) -> None:
        """Put a batch of events on the queue of every watcher. In Go: `distribute`, for one event."""
        if self.full_channel_behavior is DROP_IF_CHANNEL_FULL:
            with self._lock:
                self._offer(batch)
            self._count(len(batch))
            return
        while batch:
            with self._lock:
                # What fits everywhere goes in at once, in the list that it came in: to copy the events would cost 25 ns
                # for each. Then one event goes to every watcher before the next one is looked at: a reader of several
                # watchers may take turns, and must find on each of them what Go would have put there.
                if len(batch) > 1 and (fitting := self._room()):
                    given, batch = batch, batch[fitting:]
                    del given[fitting:]
                    self._offer(given)
                else:
                    given, batch = batch[:1], batch[1:]
                    for watcher in self._watchers.values():
                        watcher._insist(given[0])
            self._count(len(given))

    def _count(self, distributed: int) -> None:
        self.distributed += distributed
        self._in_hand -= distributed

    def _offer(self, batch: list[WatchEvent]) -> None:
        for watcher in self._watchers.values():
            watcher._offer(batch)

    def _close_all(self) -> None:
        with self._lock:
            for watcher in self._watchers.values():
                watcher._result.close()
            self._watchers.clear()

    def _after_fork_in_child(self) -> None:
        """Be as after `shutdown`. No lock of before the fork is touched: nobody may be left to release it."""
        self._watchers = {}
        self._functions = WeakValueDictionary()
        self._lock = runtime.Lock(name=f"{self._name}lock")
        self._turn = self._door.turn(f"{self._name}turn")
        self._incoming = _closed(self._incoming)
        self._distributing = WaitGroup(name=f"{self._name}distributing")


class _Outside:
    """Past the queue in front: who leaves takes the loop's lock, and a shutdown closes the queue. Until 1.19.

    What the others do otherwise they say here, and what is as ever the broadcaster does itself.
    """

    def turn(self, name: str) -> runtime.OwnedLocker | None:
        """What only one at a time may hold, if there is such a thing."""
        return None

    def send(self, broadcaster: Broadcaster, event: WatchEvent) -> None:
        """Put an event into the queue in front, in turn."""
        raise NotImplementedError

    def too_late(self, broadcaster: Broadcaster) -> None:
        """Keep an event that comes after a shutdown waiting, before it is told so."""

    def take_turn(self, broadcaster: Broadcaster, what: str, function: Callable[[], None]) -> None:
        """Let the loop call `function`, in turn."""
        raise NotImplementedError

    def leave(self, broadcaster: Broadcaster, watcher: Watcher) -> bool:
        """Let the loop stop a watcher; False if who asks has to."""
        return False

    def close(self, broadcaster: Broadcaster, end: int | None) -> bool:
        """Take in nothing more, as soon as may be; False if it may be at once. Raises TimeoutError."""
        return False


class _InItsTurn(_Outside):
    """Through the queue in front: who leaves and who shuts down wait there like an event. In Go: since 1.20."""

    def leave(self, broadcaster: Broadcaster, watcher: Watcher) -> bool:
        try:
            broadcaster._block_queue(
                f"stop {watcher.name}", lambda: broadcaster._stop_watching(watcher, in_the_loop=True)
            )
        except BroadcasterStopped:  # then the loop closes it at its end
            return not broadcaster.loop_ended
        return True

    def close(self, broadcaster: Broadcaster, end: int | None) -> bool:
        def close() -> None:
            with suppress(CloseOfClosedChannel):
                broadcaster._incoming.close()

        with suppress(BroadcasterStopped):
            broadcaster.when_distributed(close, timeout=runtime.remaining(end), name="shutdown")
        return True


class _OneAtATime(_InItsTurn):
    """As before, and whoever comes in waits for who came before. In Go: `incomingBlock`, since 1.25.

    Once a shutdown has its turn nothing gets past it any more, so the queue may be closed at once. Who comes then is
    told so when the shutdown has got through.
    """

    def turn(self, name: str) -> runtime.OwnedLocker | None:
        return runtime.OwnedLock(name)

    def send(self, broadcaster: Broadcaster, event: WatchEvent) -> None:
        self._in_turn(broadcaster, lambda: broadcaster._incoming.send(event))

    def too_late(self, broadcaster: Broadcaster) -> None:
        broadcaster._distributing.wait()

    def take_turn(self, broadcaster: Broadcaster, what: str, function: Callable[[], None]) -> None:
        try:
            self._in_turn(broadcaster, lambda: broadcaster._block_queue(what, function))
        except BroadcasterStopped:
            self.too_late(broadcaster)
            raise

    def close(self, broadcaster: Broadcaster, end: int | None) -> bool:
        self._in_turn(broadcaster, broadcaster._incoming.close, end)
        return True

    def _in_turn(self, broadcaster: Broadcaster, act: Callable[[], None], end: int | None = None) -> None:
        """Raises Reentered if a finaliser or signal handler would wait for the turn that it has interrupted."""
        turn = broadcaster._turn
        assert turn is not None
        if turn._is_owned():
            raise Reentered
        try:
            if not turn.acquire(timeout=-1 if end is None else runtime.remaining(end) or 0):
                raise TimeoutError
            broadcaster._taken = True
            act()
            broadcaster._taken = False
            turn.release()
        except BaseException:  # wherever it struck
            if turn._is_owned():
                broadcaster._taken = False
                turn.release()
            raise


_DOORS: dict[Entrance, _Outside] = {
    "closed from outside": _Outside(),
    "closed in its turn": _InItsTurn(),
    "closed to one at a time": _OneAtATime(),
}


def _closed(like: Channel[Any]) -> Channel[Any]:
    channel: Channel[Any] = Channel(like.capacity, name=like.name)
    channel.close()
    return channel


def _check_length(argument: str, length: object) -> None:
    if not isinstance(length, int) or isinstance(length, bool):
        raise TypeError(f"{argument} must be an integer, not {type(length).__name__}")
    if length < 0:
        raise ValueError(f"{argument} must not be negative: {length}")


def _unknown(action: object) -> ValueError:
    return ValueError(f"action must be one of {', '.join(sorted(_WATCH_TYPES))}, not {action!r}")
