"""Go's channel: a queue with a capacity, an end, and two lines of goroutines that wait for it.

The strategy is Go's own. A buffer holds what was sent and not yet received. Whoever cannot go on stands in
line, and the one who makes it possible serves the first in line directly: a sender puts its value into the
hands of a waiting receiver, a receiver moves a waiting sender's value into the room it made. So nobody is
woken in vain, nobody can be overtaken by a later comer, and no wake-up can be lost.

While nobody waits, most values pass through the buffer's two doors, which need no mutex (`_buffer.py`). A receiver
who has taken a value so looks at the line of senders *afterwards*. A sender joins the line first and looks for room
*afterwards*. Whichever comes second sees the other, so room is never left unused while a sender waits.

A `for` loop over a channel goes one step further: it is lent the head of the buffer, and no Python code runs between
two values. Nobody looks at the line of senders then, so a sender who joins it recalls the head first. The loop takes
the head without the mutex, too, and looks at the line afterwards.

Finalisers, signal handlers and interrupts may come at any moment (`kevent.exclusive`). Sending, closing and `len` are
safe in them; what would have to wait there raises `Reentered`. A value sent by code that has interrupted the channel's
own may come in beyond the capacity, and if there seems to be no room it is refused. An interrupted call has done what
it was called for or nothing of it, but for a value that was on its way to the caller: that may be lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice, repeat
from operator import length_hint
from typing import Any, Generic, TypeVar

from kevent._buffer import NOTHING, Buffer
from kevent.errors import KeventError
from kevent.exclusive import PATIENCE, Exclusive, Reentered
from kevent.runtime import Panic, primitive
from kevent.waiting import Line, Turn, Waiter, first, leave, wait, wake

__all__ = [
    "Channel",
    "ChannelClosed",
    "CloseOfClosedChannel",
    "Reentered",
    "SendOnClosedChannel",
]

T = TypeVar("T")


class SendOnClosedChannel(Panic):
    """A value was sent on a channel that is closed, or that was closed while the sender waited.

    In Go: a panic with this text, runtime/chan.go.
    """

    def __init__(self) -> None:
        super().__init__("send on closed channel")


class CloseOfClosedChannel(Panic):
    """A channel was closed twice. In Go: a panic with this text, runtime/chan.go."""

    def __init__(self) -> None:
        super().__init__("close of closed channel")


class ChannelClosed(KeventError):
    """Nothing is left to receive and nothing will come: the channel is closed and drained.

    In Go: nothing; there a receive gives the zero value at once.
    """

    def __init__(self) -> None:
        super().__init__("receive on a channel that is closed and drained")


@primitive("send", "try_send", "try_send_many", "receive", "receive_ok", "receive_many", "try_receive", "close")
class Channel(Exclusive, Generic[T]):
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
        super().__init__()
        self.capacity = capacity
        self.name = name
        self._buffer: Buffer[T] = Buffer(capacity)
        self._senders: Line = Line()
        self._receivers: Line = Line()
        self._closed = False

    # --- sending ---

    def send(self, value: T, *, timeout: float | None = None) -> None:
        """Put `value` in, waiting while the channel is full. In Go: `c <- value`.

        Raises SendOnClosedChannel if the channel is closed, also while this call waits, and Reentered if it would
        have to wait in a finaliser or signal handler for what that has interrupted.
        """
        buffer = self._buffer
        for tail in (places := buffer.places):  # no call before `append`: Python would look there for other threads
            tail.append(value)
            if buffer.places is places or not (late := self._locked(buffer.late, tail)):
                return
            value = late[0]
            break
        self._send(value, timeout)

    def try_send(self, value: T) -> bool:
        """Put `value` in if that is possible at once; say whether it was. In Go: `select` with a `default`.

        Raises SendOnClosedChannel if the channel is closed.
        """
        buffer = self._buffer
        for tail in (places := buffer.places):
            tail.append(value)
            if buffer.places is places or not (late := self._locked(buffer.late, tail)):
                return True
            value = late[0]
            break
        try:
            sent = self._locked(self._put, value, patience=PATIENCE)
        except Reentered:
            return self._post([value]) == 1
        if not sent and self._closed:
            raise SendOnClosedChannel
        return sent

    def try_send_many(self, values: list[T], *, keep: bool = False) -> int:
        """Put in as many of `values` as fit, in order and in one step; say how many that were.

        The same as `try_send` for each until one is refused. Raises SendOnClosedChannel if the channel is
        closed. With `keep` the caller promises not to change the list any more: an empty channel that it fits into
        does not copy it, so that many channels can share one.
        """
        try:
            sent = self._locked(self._put_many, values, keep, patience=PATIENCE)
        except Reentered:
            return self._post(values)
        if sent < 0:
            raise SendOnClosedChannel
        return sent

    def _send(self, value: T, timeout: float | None) -> None:
        """`send`, where no place is to be had."""
        try:
            if self._locked(self._put, value):
                return
        except Reentered:
            if self._post([value]):
                return
            raise
        sender = _Sender(self, value)
        if not wait(sender, timeout):
            raise passed(timeout)
        if not sender.turn.ok:
            raise SendOnClosedChannel

    def _put(self, value: T) -> bool:
        """Hand `value` to a waiting receiver, or into the buffer; False if neither goes. Mutex held."""
        buffer = self._buffer
        buffer.shut()
        if self._closed:
            return False
        if self._receivers and self._hand_over(value):
            return True
        if self._senders:
            self._admit()
        return not self._senders and buffer.put(value)

    def _put_or_line_up(self, sender: Waiter) -> None:
        if self._put(sender.value):
            sender.decide(ok=True)
        else:
            self._line_up_to_send(sender)

    def _put_many(self, values: list[T], keep: bool) -> int:
        """Put in what fits of `values` and say how many that were; -1 if the channel is closed. Mutex held."""
        buffer = self._buffer
        if self._closed:
            return -1
        buffer.shut()
        rest = iter(values)
        if self._receivers:
            for value in values:
                if not (self._receivers and self._hand_over(value)):
                    break
                next(rest)
        if self._senders:
            self._admit()
        if not self._senders:
            if keep and buffer.adopt(rest):
                return len(values)
            buffer.put_many(islice(rest, max(buffer.free(), 0)))
        return len(values) - length_hint(rest)

    def _hand_over(self, value: T) -> bool:
        """Give `value` to the first receiver in line, if there is one. Mutex held."""
        while receiver := first(self._receivers):
            receiver.value = value
            if receiver.decide(ok=True):
                wake(self._receivers, receiver)
                return True
        return False

    def _line_up_to_send(self, sender: Waiter) -> None:
        """Put a sender in its line. Mutex held."""
        if self._closed:
            sender.decide(ok=False)
            return
        sender.hand = repeat(sender.value, 1)
        self._senders.append(sender)
        self._buffer.recall()  # from a loop that would not look at the line
        self._admit()  # a receiver may have made room without looking at the line

    def _admit(self) -> None:
        """Move waiting senders' values into the room there is, first come first served. Mutex held."""
        while self._senders:
            sender = self._senders[0]
            if not sender.turn.decided:
                if self._buffer.free() <= 0:
                    return
                sender.decide(ok=True)
            if sender.served:
                self._buffer.put_many(sender.hand)  # there is nothing in it the second time
            wake(self._senders, sender)

    def _post(self, values: list[T]) -> int:
        """Leave what fits of `values` for the code that was interrupted to put in; say how many that were."""
        if self._closed or self._close in self._late:
            raise SendOnClosedChannel
        room = 0 if self._senders else self.capacity - len(self._buffer) - len(self._late)
        fitting = values[: max(room, 0)]
        for value in fitting:
            self._late.append(partial(self._buffer.put_many, iter((value,))))
        self._look_after()
        return len(fitting)

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

    def receive_many(self, limit: int, *, timeout: float | None = None, ahead: int = 0) -> list[T]:
        """Take up to `limit` values in one step, waiting for the first; an empty list once closed and
        drained.

        A thread that has been woken may have to wait for its turn. Until it takes the values, so many as `ahead` have
        room, if that is more than the capacity: for a receiver who would have taken them by then. A channel without a
        buffer stays without. Raises ValueError if `limit` is less than one.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least one: {limit}")
        taken: list[Iterable[T]] = []
        try:
            values = self._locked(self._take_many, limit, taken)
            if not values:
                value, ok = self._wait_to_receive(timeout, ahead)
                if not ok:
                    return values
                taken.append(first := repeat(value, 1))  # type: ignore[arg-type]
                values = self._locked(self._take_many, limit - 1, taken)
                values[:0] = first  # type: ignore[assignment]  # where it is taken out
            return values
        except BaseException:
            self._locked(self._put_back_many, taken)
            raise

    def try_receive(self) -> tuple[T | None, bool]:
        """Take the oldest value and True, or None and False if there is none now. In Go: `select` with a
        `default`.

        Raises ChannelClosed once the channel is closed and drained.
        """
        taken = self._locked(self._take)
        if taken is None:
            return None, False
        if not taken[1]:
            raise ChannelClosed
        return taken

    def _receive(self, timeout: float | None) -> tuple[T | None, bool]:
        try:
            value = next(self._buffer.ready, NOTHING)
            if value is not NOTHING:
                if self._senders:
                    self._soon(self._admit)
                return value, True
        except BaseException:
            self._soon(self._admit)
            raise
        return self._locked(self._take) or self._wait_to_receive(timeout)

    def _wait_to_receive(self, timeout: float | None, ahead: int = 0) -> tuple[T | None, bool]:
        receiver = _Receiver(self, ahead)
        if not wait(receiver, timeout):
            raise passed(timeout)
        return receiver.value, receiver.turn.ok

    def _take(self) -> tuple[T | None, bool] | None:
        """Take the oldest value, from the buffer or from a waiting sender's hands; None if there is none to come
        at once. Mutex held.
        """
        value = self._buffer.take()
        if value is NOTHING:
            while sender := first(self._senders):  # only a channel without a buffer leaves a sender in line here
                if sender.decide(ok=True):
                    value = next(sender.hand)
                    break
        if self._senders:
            self._admit()
        if value is not NOTHING:
            return value, True
        return (None, False) if self._closed else None

    def _take_or_line_up(self, receiver: Waiter, ahead: int = 0) -> None:
        if taken := self._take():
            receiver.value, ok = taken
            receiver.decide(ok=ok)
        else:
            if ahead > self.capacity > 0:
                self._buffer.capacity = ahead
            self._receivers.append(receiver)

    def _take_many(self, limit: int, taken: list[Iterable[T]]) -> list[T]:
        """Take up to `limit` values that are there, as a list; put that into `taken` first. Mutex held."""
        self._end_ahead()
        values = self._buffer.take_many(limit, taken)
        before = -1
        while self._senders and before < len(values):
            before = len(values)
            self._admit()
            self._buffer.take_more(limit, values)
        return values

    def _put_back(self, values: list[T]) -> None:
        """Put what was taken before all others, for those who wait. Mutex held."""
        self._buffer.put_back(values)
        self._settle()

    def _end_ahead(self) -> None:
        if self._buffer.capacity != self.capacity:
            self._buffer.shut()  # places beyond the capacity may have been given out
            self._buffer.capacity = self.capacity

    def _put_back_many(self, taken: list[Iterable[T]]) -> None:
        self._end_ahead()
        for values in reversed(taken):
            if not self._buffer.holds(values):
                self._put_back(list(values))

    def _put_back_of(self, receiver: Waiter) -> None:
        self._put_back([receiver.value])

    # --- the rest ---

    def close(self) -> None:
        """Say that nothing more will be sent; what is in the buffer can still be received. In Go: `close(c)`.

        Waiting receivers go on empty-handed, waiting senders raise SendOnClosedChannel. Raises
        CloseOfClosedChannel the second time.
        """
        if self._closed or self._close in self._late:
            raise CloseOfClosedChannel
        try:
            first_time = self._locked(self._close, patience=PATIENCE)
        except Reentered:
            self._late.append(self._close)
            self._look_after()
            return
        if not first_time:
            raise CloseOfClosedChannel

    def _close(self) -> bool:
        """Close, and say whether it was open. Mutex held."""
        was_open, self._closed = not self._closed, True
        self._settle_close()
        return was_open

    def _settle_close(self) -> None:
        self._buffer.shut()
        for line in (self._receivers, self._senders):
            for waiter in list(line):
                waiter.decide(ok=False)
        first(self._receivers)
        self._admit()

    def _settle(self) -> None:
        while self._late:
            self._buffer.shut()
            self._late[0]()  # there is nothing in it the second time
            self._late.popleft()
        self._admit()
        while first(self._receivers) and (value := self._buffer.take()) is not NOTHING:
            if not self._hand_over(value):
                self._buffer.put_back([value])
        if self._closed:
            self._settle_close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def __len__(self) -> int:
        """How many values are in the buffer. In Go: `len(c)`."""
        return len(self._buffer)

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
            # Who finds something need not make what lines up.
            value, ok = (len(self._buffer) and self._locked(self._take)) or self._wait_to_receive(None)
            if not ok:
                return
            yield repeat(value, 1)  # type: ignore[arg-type]
            head = self._buffer.lend()
            if not self._senders:
                yield head

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Channel{name} {len(self)}/{self.capacity}{' closed' if self._closed else ''}>"

    def _level(self) -> int:
        return len(self._buffer)


class _Sender(Waiter):
    """One who waits in a channel's line to send."""

    __slots__ = ("_channel",)

    def __init__(self, channel: Channel[Any], value: Any) -> None:
        super().__init__(Turn(), value)
        self._channel = channel

    def line_up(self) -> None:
        """Send if that is possible now, else stand in line."""
        self._channel._locked(self._channel._put_or_line_up, self)

    def leave(self) -> None:
        """Stand in line no more."""
        if self.turn.winner is None:  # else he was taken out by who served him
            self._channel._locked(leave, self._channel._senders, self)

    def give_back(self) -> None:
        """Nothing was given: the value was sent."""


class _Receiver(Waiter):
    """One who waits in a channel's line to receive."""

    __slots__ = ("_ahead", "_channel")

    def __init__(self, channel: Channel[Any], ahead: int) -> None:
        super().__init__(Turn())
        self._channel = channel
        self._ahead = ahead

    def line_up(self) -> None:
        """Receive if that is possible now, else stand in line."""
        self._channel._locked(self._channel._take_or_line_up, self, self._ahead)

    def leave(self) -> None:
        """Stand in line no more."""
        if self.turn.winner is None:
            self._channel._locked(leave, self._channel._receivers, self)

    def give_back(self) -> None:
        """Put the value that was received before all others."""
        self._channel._locked(self._channel._put_back_of, self)


def passed(timeout: float | None) -> TimeoutError:
    """What is raised when the time is up."""
    return TimeoutError(f"{timeout} s have passed")
