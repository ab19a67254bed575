"""Go's channel: a queue with a capacity, an end, and two lines of goroutines that wait for it.

The strategy is Go's own. A buffer holds what was sent and not yet received. Whoever cannot go on stands in
line, and the one who makes it possible serves the first in line directly: a sender puts its value into the
hands of a waiting receiver, a receiver moves a waiting sender's value into the room it made. So nobody is
woken in vain, nobody can be overtaken by a later comer, and no wake-up can be lost.

The buffer has two ends that do not touch. Senders append to a list, the tail; receivers are served by an iterator
over another list, the head; when the head is used up, the tail takes its place. So a receiver needs no mutex:
`next` on the head is one atomic operation. It looks at the line of senders *afterwards*. A sender joins the line
first and looks for room *afterwards*. Whichever comes second sees the other, so room is never left unused while a
sender waits.

Nor does a sender need the mutex while nothing is in its way. The room there is for certain is given out in places: an
iterator that yields the tail once for each value it may take. To take a place is one atomic operation too, and who has
one appends. Whoever needs to know what is in the buffer, the close, a receiver who finds the head used up, first takes
back the places that are left, and waits for those who have taken one: they have but to put their value down.

A `for` loop over a channel goes one step further: it is lent the head itself, and no Python code runs between two
values. Nobody looks at the line of senders then, so a sender who joins it takes the head back first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain, islice, repeat
from operator import length_hint
from typing import Any, Generic, TypeVar

from kevent import runtime
from kevent.errors import KeventError
from kevent.runtime import Mutex, Panic, primitive

__all__ = [
    "Channel",
    "ChannelClosed",
    "CloseOfClosedChannel",
    "Receive",
    "Send",
    "SendOnClosedChannel",
    "select",
]

T = TypeVar("T")

_NO_ROOM: Iterator[Any] = iter(())
"""Places of which none is left."""

_NOTHING: Any = object()
"""What `next` says of a head that is used up."""


class SendOnClosedChannel(Panic):
    """A value was sent on a channel that is closed, or that was closed while the sender waited."""

    def __init__(self) -> None:
        super().__init__("send on closed channel")


class CloseOfClosedChannel(Panic):
    """A channel was closed twice."""

    def __init__(self) -> None:
        super().__init__("close of closed channel")


class ChannelClosed(KeventError):
    """Nothing is left to receive and nothing will come: the channel is closed and drained."""

    def __init__(self) -> None:
        super().__init__("receive on a channel that is closed and drained")


class _Turn:
    """One goroutine's wait, on one channel or, in a `select`, on several: the first to serve it wins."""

    __slots__ = ("_claim", "parker")

    def __init__(self) -> None:
        self.parker = runtime.parker()
        self._claim = Mutex()

    def claim(self) -> bool:
        """Whether the caller is the first; two channels may ask at the same time."""
        return self._claim.acquire(blocking=False)


class _Waiter:
    """A goroutine's place in one channel's line. In Go: `runtime.sudog`."""

    __slots__ = ("ok", "served", "turn", "value")

    def __init__(self, turn: _Turn, value: Any = None) -> None:
        self.turn = turn
        self.value = value  # what a sender brings, or what a receiver got
        self.served = False  # whether it was this place, of all those of a select
        self.ok = False  # whether it was served, not turned away by close

    def serve(self, ok: bool) -> None:
        """Let the goroutine go on. Its turn has been claimed."""
        self.ok = ok
        self.served = True
        self.turn.parker.unpark()


_Line = deque[_Waiter]


def _next(line: _Line) -> _Waiter | None:
    """Take the first in line who has not been served elsewhere."""
    while line:
        waiter = line.popleft()
        if waiter.turn.claim():
            return waiter
    return None


def _leave(line: _Line, waiter: _Waiter) -> None:
    with suppress(ValueError):  # it was taken out when it was served
        line.remove(waiter)


@primitive("send", "try_send", "try_send_many", "receive", "receive_ok", "receive_many", "try_receive", "close")
class Channel(Generic[T]):
    """A queue between goroutines that holds up to `capacity` values; with capacity 0 both sides meet. In Go:
    `chan T`.

    Any number of goroutines may send and receive. Values arrive in the order in which they were sent. `name`
    is for traces. Raises ValueError if `capacity` is negative, TypeError if it is not an integer.

    Unlike client-go's language a receive from a closed, drained channel raises `ChannelClosed` instead of
    returning a zero value; `receive_ok` is Go's two-valued form. And whatever blocks takes a `timeout` in
    seconds and raises TimeoutError when it has passed, with nothing sent and nothing received.

    A value that was received may be held on to a little longer, until all that were sent with it are received.
    """

    def __init__(self, capacity: int = 0, name: str = "") -> None:
        if not isinstance(capacity, int) or isinstance(capacity, bool):
            raise TypeError(f"capacity must be an integer, not {type(capacity).__name__}")
        if capacity < 0:
            raise ValueError(f"capacity must not be negative: {capacity}")
        self.capacity = capacity
        self.name = name
        self._head: Iterator[T] = iter(())  # what was sent longest ago, for receivers
        self._tail: list[T] = []  # what was sent since, by senders
        self._room: Iterator[list[T]] = _NO_ROOM  # the tail, once for each value that it may take just so
        self._unused: list[list[T]] = []  # room that is being taken back
        self._filled = 0  # how long the tail is when all that room is used
        self._lent = False  # whether a `for` loop may be reading the head
        self._senders: _Line = deque()
        self._receivers: _Line = deque()
        self._closed = False
        self._mutex = Mutex()  # held for a few lines at a time, never while waiting

    # --- sending ---

    def send(self, value: T, *, timeout: float | None = None) -> None:
        """Put `value` in, waiting while the channel is full. In Go: `c <- value`.

        Raises SendOnClosedChannel if the channel is closed, also while this call waits.
        """
        for tail in self._room:  # no call between the two lines: Python would look there for signals and other threads
            tail.append(value)
            return
        with self._mutex:
            if self._put(value):
                return
            waiter = _Waiter(_Turn(), value)
            self._line_up_to_send(waiter)
        self._wait(waiter, self._senders, timeout)
        if not waiter.ok:
            raise SendOnClosedChannel

    def try_send(self, value: T) -> bool:
        """Put `value` in if that is possible at once; say whether it was. In Go: `select` with a `default`.

        Raises SendOnClosedChannel if the channel is closed.
        """
        for tail in self._room:
            tail.append(value)
            return True
        with self._mutex:
            return self._put(value)

    def try_send_many(self, values: list[T], *, keep: bool = False) -> int:
        """Put in as many of `values` as fit, in order and in one step; say how many that were.

        The same as `try_send` for each until one is refused. Raises SendOnClosedChannel if the channel is
        closed. With `keep` the caller promises not to change the list any more: an empty channel that it fits into
        does not copy it, so that many channels can share one.
        """
        with self._mutex:
            if self._closed:
                raise SendOnClosedChannel
            self._take_back()
            rest = iter(values)
            while (left := length_hint(rest)) and (receiver := _next(self._receivers)):
                receiver.value = next(rest)
                receiver.serve(ok=True)
            self._admit()
            room = 0 if self._senders else self._free()
            if keep and left <= room == self.capacity:
                self._head = rest
                return len(values)
            self._tail.extend(islice(rest, room))
            return len(values) - length_hint(rest)

    def _put(self, value: T) -> bool:
        """Hand `value` to a waiting receiver, or into the buffer; False if neither goes. Mutex held."""
        self._take_back()
        if self._closed:
            raise SendOnClosedChannel
        if self._receivers and (receiver := _next(self._receivers)):
            receiver.value = value
            receiver.serve(ok=True)
            return True
        if self._senders:
            self._admit()
        if (free := self._free()) and not self._senders:
            self._tail.append(value)
            self._give_out(free - 1)
            return True
        return False

    def _give_out(self, free: int) -> None:
        """Let values be sent without the mutex. Mutex held, nobody in line, not closed.

        Half as many at most as are in the tail: one value is no crowd, and taking back must not cost more than sending.
        """
        if places := min(free, len(self._tail) // 2):
            filled = len(self._tail) + places
            self._room = repeat(self._tail, places)
            self._filled = filled

    def _take_back(self) -> None:
        """Let nothing more be sent without the mutex, and wait for what is on its way. Mutex held.

        An interrupt between any two of these lines leaves no more to wait for than there is.
        """
        if self._room is not _NO_ROOM:
            self._unused.extend(self._room)
            # A place that is taken and not used yet is seen by another thread only where somebody traces the sender.
            while len(self._tail) + len(self._unused) < self._filled:
                runtime.sleep(0)
            self._filled = 0
            self._room = _NO_ROOM
            self._unused.clear()

    def _free(self) -> int:
        """How many more values the buffer holds. Mutex held, places taken back."""
        return self.capacity - length_hint(self._head) - len(self._tail)

    def _line_up_to_send(self, waiter: _Waiter) -> None:
        """Put a sender in its line. Mutex held."""
        self._senders.append(waiter)
        if self._lent:  # nobody would look at the line: end that loop's head, and go on with another
            self._head = iter(list(self._head))
            self._lent = False
        self._admit()  # a receiver may have made room without looking at the line

    # --- receiving ---

    def receive(self, *, timeout: float | None = None) -> T:
        """Take the oldest value, waiting for one if there is none. In Go: `<-c`.

        Raises ChannelClosed once the channel is closed and drained.
        """
        value, ok = self._receive(timeout)
        if not ok:
            raise ChannelClosed
        return value  # type: ignore[return-value]

    def receive_ok(self, *, timeout: float | None = None) -> tuple[T | None, bool]:
        """Take the oldest value and True, or None and False once closed and drained.

        In Go: `value, ok := <-c`.
        """
        return self._receive(timeout)

    def receive_many(self, limit: int, *, timeout: float | None = None) -> list[T]:
        """Take up to `limit` values in one step, waiting for the first; an empty list once closed and
        drained.

        Raises ValueError if `limit` is less than one.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least one: {limit}")
        with self._mutex:
            values = self._take_many(limit)
        if not values:
            value, ok = self._receive(timeout)
            if not ok:
                return []
            with self._mutex:
                values = self._take_many(limit - 1)
            values.insert(0, value)  # type: ignore[arg-type]
        return values

    def try_receive(self) -> tuple[T | None, bool]:
        """Take the oldest value and True, or None and False if there is none now. In Go: `select` with a
        `default`.

        Raises ChannelClosed once the channel is closed and drained.
        """
        value, ok = self._take()
        if not ok and self._closed:
            value, ok = self._take()  # what was sent between the first look and the close
            if not ok:
                raise ChannelClosed
        return value, ok

    def _receive(self, timeout: float | None) -> tuple[T | None, bool]:
        value = next(self._head, _NOTHING)
        if value is not _NOTHING:
            if self._senders:
                with self._mutex:
                    self._admit()
            return value, True
        with self._mutex:
            if (taken := self._take_locked())[1] or self._closed:
                return taken
            waiter = _Waiter(_Turn())
            self._receivers.append(waiter)
        self._wait(waiter, self._receivers, timeout)
        return waiter.value, waiter.ok

    def _take(self) -> tuple[T | None, bool]:
        with self._mutex:
            return self._take_locked()

    def _take_locked(self) -> tuple[T | None, bool]:
        """Take the oldest value, from the buffer or from a waiting sender's hands. Mutex held."""
        value = next(self._turn_over(), _NOTHING)
        if value is _NOTHING:
            if sender := _next(self._senders):  # only a channel without a buffer leaves a sender in line here
                sender.serve(ok=True)
                return sender.value, True
            return None, False
        if self._senders:
            self._admit()
        return value, True

    def _take_many(self, limit: int) -> list[T]:
        """Take up to `limit` values that are there: the tail itself, if that is all. Mutex held."""
        values: list[T] = []
        if not length_hint(self._head):
            self._take_back()
            if len(self._tail) <= limit:
                values, self._tail = self._tail, values
                self._admit()
        while (wanted := limit - len(values)) and length_hint(head := self._turn_over()):
            values.extend(islice(head, wanted))
            self._admit()
        return values

    def _turn_over(self) -> Iterator[T]:
        """The head; the tail becomes the head if that is used up. Mutex held."""
        if not length_hint(self._head):
            self._take_back()
            if self._tail:
                self._head = iter(self._tail)
                self._tail = []
                self._lent = False
        return self._head

    def _admit(self) -> None:
        """Move waiting senders' values into the room there is, first come first served. Mutex held."""
        while self._senders and self._free():
            if sender := _next(self._senders):
                self._tail.append(sender.value)
                sender.serve(ok=True)

    # --- the rest ---

    def close(self) -> None:
        """Say that nothing more will be sent; what is in the buffer can still be received. In Go: `close(c)`.

        Waiting receivers go on empty-handed, waiting senders raise SendOnClosedChannel. Raises
        CloseOfClosedChannel the second time.
        """
        with self._mutex:
            if self._closed:
                raise CloseOfClosedChannel
            self._closed = True
            self._take_back()
            for line in (self._receivers, self._senders):
                while turned_away := _next(line):
                    turned_away.serve(ok=False)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def __len__(self) -> int:
        """How many values are in the buffer. In Go: `len(c)`."""
        with self._mutex:
            return length_hint(self._head) + len(self._tail)

    def __bool__(self) -> bool:
        return True  # an empty channel is still a channel

    def __iter__(self) -> Iterator[T]:
        """Receive until the channel is closed and drained. In Go: `range` over the channel."""
        if type(self) is Channel:
            return chain.from_iterable(self._lend())
        return self._receive_each()  # in a simulation, where each receive is a step

    def _receive_each(self) -> Iterator[T]:
        while (received := self.receive_ok())[1]:
            yield received[0]  # type: ignore[misc]

    def _lend(self) -> Iterator[Iterator[T]]:
        """What a `for` loop on threads reads: one value waited for, then the whole head at once."""
        while True:
            value, ok = self._receive(None)
            if not ok:
                return
            yield iter((value,))  # type: ignore[arg-type]
            with self._mutex:
                head = self._turn_over()
                self._lent = not self._senders
            if self._lent:
                yield head

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Channel{name} {len(self)}/{self.capacity}{' closed' if self._closed else ''}>"

    def _level(self) -> int:
        return len(self)

    def _wait(self, waiter: _Waiter, line: _Line, timeout: float | None) -> None:
        """Wait to be served. Raises TimeoutError, but only if nobody served the waiter in the last moment."""
        turn = waiter.turn
        served = False
        try:
            served = turn.parker.park(timeout)
            if not served and not turn.claim():
                served = turn.parker.park()
        finally:
            if not served:  # the time has passed, or an interrupt came: nobody is to be served in our absence
                turn.claim()
                with self._mutex:
                    _leave(line, waiter)
        if not served:
            raise TimeoutError(f"{timeout} s have passed")


@dataclass(frozen=True, slots=True)
class Send:
    """A case of `select`: send `value` on `channel`. In Go: `case channel <- value:`."""

    channel: Channel[Any]
    value: Any

    def _attempt(self) -> tuple[Any, bool] | None:
        """What this case gives if it can go on now, else None. Mutex held."""
        return (None, True) if self.channel._put(self.value) else None

    def _line_up(self, turn: _Turn) -> tuple[_Line, _Waiter]:
        waiter = _Waiter(turn, self.value)
        self.channel._line_up_to_send(waiter)
        return self.channel._senders, waiter


@dataclass(frozen=True, slots=True)
class Receive:
    """A case of `select`: receive from `channel`. In Go: `case value, ok := <-channel:`."""

    channel: Channel[Any]

    def _attempt(self) -> tuple[Any, bool] | None:
        taken = self.channel._take_locked()
        return taken if taken[1] or self.channel._closed else None

    def _line_up(self, turn: _Turn) -> tuple[_Line, _Waiter]:
        waiter = _Waiter(turn)
        self.channel._receivers.append(waiter)
        return self.channel._receivers, waiter


Case = Send | Receive


@primitive("select")
class _Select:
    """One `select` statement about to be taken, so that a simulation can see it as one step."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        self.cases = cases
        self.name = ", ".join(case.channel.name for case in cases)
        # Always in the same order: two selects on the same channels must not each hold one and wait for the
        # other.
        channels = {id(case.channel): case.channel for case in cases}
        self._mutexes = [channels[key]._mutex for key in sorted(channels)]

    def select(self, *, default: bool, timeout: float | None) -> tuple[int, Any, bool]:
        with ExitStack() as locked:
            for mutex in self._mutexes:
                locked.enter_context(mutex)
            untried = list(range(len(self.cases)))
            while untried:
                index = untried.pop(runtime.choose(len(untried)))
                if attempt := self.cases[index]._attempt():
                    return index, *attempt
            if default:
                return -1, None, False
            turn = _Turn()
            places = [case._line_up(turn) for case in self.cases]
        served = False
        try:
            served = turn.parker.park(timeout)
            if not served and not turn.claim():
                served = turn.parker.park()  # it was being served in the last moment
        finally:
            if not served:
                turn.claim()  # if an interrupt came
            for case, (line, waiter) in zip(self.cases, places, strict=True):
                with case.channel._mutex:
                    _leave(line, waiter)
        if not served:
            raise TimeoutError(f"{timeout} s have passed")
        index = next(i for i, (_, waiter) in enumerate(places) if waiter.served)
        winner = places[index][1]
        if isinstance(self.cases[index], Receive):
            return index, winner.value, winner.ok
        if not winner.ok:
            raise SendOnClosedChannel
        return index, None, True

    def _level(self) -> None:
        return None

    def _parts(self) -> list[Channel[Any]]:
        """What a select touches: in a simulation its channels are tied together."""
        return [case.channel for case in self.cases]


def select(*cases: Case, default: bool = False, timeout: float | None = None) -> tuple[int, Any, bool]:
    """Wait until one of the `cases` can go on, and do it. In Go: `select`, with the results of
    `reflect.Select`.

    Returns the index of the case, the value it received, and whether that value was sent (False: the channel
    is closed and drained). If several cases can go on, one is picked at random, in a simulation by the
    scheduler. With `default` nothing waits: the index is -1 if no case can go on at once. Raises
    SendOnClosedChannel as `send` does, TimeoutError after `timeout` seconds, TypeError for what is no case, and
    ValueError if there is neither a case nor a default: Go would wait for ever.
    """
    if not cases and not default:
        raise ValueError("cases must not be empty where there is no default")
    for case in cases:
        if not isinstance(case, (Send, Receive)):
            raise TypeError(f"cases must be Send or Receive, not {type(case).__name__}")
    return _Select(cases).select(default=default, timeout=timeout)
