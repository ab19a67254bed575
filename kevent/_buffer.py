"""What a channel holds: values that were sent and not yet received, in a queue with a capacity.

The queue has two ends that do not touch. Senders append to a list, the tail; receivers are served by an iterator over
another list, the head; when the head is used up, the tail takes its place.

A buffer belongs to whoever holds its channel's mutex, but for two doors that need none. `ready` is the head: `next` on
it is one atomic operation. `places` is room that is there for certain: an iterator that yields the tail once for each
value it may take. To take a place is one atomic operation, to use it, `append`, another; whoever has done both looks
whether the door is still the one that he came through. Who needs to know what is in the buffer shuts the door first,
and waits for nobody: somebody who has taken a place and not used it is late. The list that he has is not the buffer's
any more, and he finds his value there and takes the way through the mutex. Only a debugger can make anybody late.
A door that is shut costs time and nothing else.

Both doors rely on it that two threads can share an iterator, which CPython promises with its global lock only. Where
there is none, they stay shut. `KEVENT_MUTEX_ONLY=1` in the environment, or `_buffer.DOORS = False` before the first
channel is made, keeps them shut everywhere. With the lock every test of channels, wait groups and broadcasters is run
in both forms (`tests/without_doors`); for a Python without it the workflow `test` has a job (`.ci/package`).

Each method leaves nothing out of the buffer, wherever an exception strikes it: what is taken out of one place is
put into the next by one call of C, or one assignment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from operator import length_hint
from typing import Any, Generic, TypeVar

__all__ = ["DOORS", "NOTHING", "Buffer"]

T = TypeVar("T")

DOORS: bool = not os.environ.get("KEVENT_MUTEX_ONLY") and getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether buffers have doors that need no mutex."""

NOTHING: Any = object()
"""What a buffer gives that has nothing to give."""

_SHUT: Iterator[Any] = iter(())
"""A door that nobody comes through."""


class Buffer(Generic[T]):
    """A queue that holds up to `capacity` values. In Go: the circular `buf` of `runtime.hchan`.

    The capacity is for the caller to keep, who asks `free`: a value that was promised a place comes in regardless.
    """

    __slots__ = ("_ends", "_filled", "_given", "_late", "_lent", "capacity", "places", "ready")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.places: Iterator[list[T]] = _SHUT
        self.ready: Iterator[T] = _SHUT
        self._ends: tuple[Iterator[T], list[T]] = (_SHUT, [])  # head and tail, exchanged in one assignment
        self._given: Iterator[list[T]] = _SHUT  # the places that were given out last
        self._filled = 0  # how long the tail is when all of them are used; 0 when they were taken back
        self._late: list[list[T]] = []  # what was the tail when somebody had a place and had not used it
        self._lent = False  # whether somebody may be reading the head without looking at anything else

    def __len__(self) -> int:
        head, tail = self._ends
        return length_hint(head) + len(tail)

    def free(self) -> int:
        """How many more values there is room for; not above zero if there is none. To be asked with `places` shut."""
        return self.capacity - len(self)

    # --- in ---

    def put(self, value: T) -> bool:
        """Put `value` behind all others if there is room, and open `places` if there is more; say whether there was.

        As many places at most as are in the tail already: one value is no crowd, and to shut must not cost more than
        to send. To be called with `places` shut, nobody in line, and the channel not closed.
        """
        head, tail = self._ends
        free = self.capacity - length_hint(head) - len(tail)
        if free <= 0:
            return False
        tail.append(value)
        if DOORS and free > 1 and (places := min(free, len(tail)) - 1):
            self._given = repeat(tail, places)
            self._filled = len(tail) + places
            self.places = self._given
        return True

    def put_many(self, values: Iterable[T]) -> None:
        """Put what `values` gives behind all others, in one step."""
        self._ends[1].extend(values)

    def adopt(self, values: Iterator[T]) -> bool:
        """Hold what this iterator over a list gives, if the buffer is empty and it fits; nobody changes the list."""
        head, tail = self._ends
        if tail or length_hint(head) or length_hint(values) > self.capacity:
            return False
        self._become(values, tail)
        return True

    def put_back(self, values: list[T]) -> None:
        """Put `values` before all others: they were taken and not given to anybody."""
        self.shut()
        self._head_into_tail()
        self._ends[1][:0] = values

    # --- places ---

    def shut(self) -> None:
        """Let nothing more come through `places`."""
        if self._filled:
            self.places = _SHUT  # first: who has a place looks at this last
            unused = len(list(self._given))  # from here on nobody gets one
            head, tail = self._ends
            if len(tail) + unused < self._filled:  # somebody has one, and may use it long from now
                in_time = tail[:]
                self._late.append(tail)
                self._ends = (head, in_time)
                del tail[: len(in_time)]
            self._given = _SHUT  # it would hold on to what was sent
            self._filled = 0

    def late(self, tail: list[T]) -> list[T]:
        """The value that came too late through a place, in a list; an empty list if it was in time.

        If several were late it may be another's, who then finds this caller's.
        """
        return [tail.pop()] if tail and any(tail is late for late in self._late) else []

    # --- out ---

    def take(self) -> T:
        """Take the oldest value; NOTHING if there is none."""
        return next(self.turn_over(), NOTHING)

    def take_many(self, limit: int, taken: list[Iterable[T]]) -> list[T]:
        """Take up to `limit` of the oldest values, as a list; it may be the tail itself.

        The list is put into `taken` before there is anything in it that is not in here: see `holds`.
        """
        values: list[T] = []
        if not length_hint(self._ends[0]):
            self.shut()
            head, tail = self._ends
            if len(tail) <= limit:
                taken.append(tail)
                self._ends = head, values
                return tail
        taken.append(values)
        self.take_more(limit, values)
        return values

    def take_more(self, limit: int, into: list[T]) -> None:
        """Move the oldest values into a list, until that has `limit` of them."""
        while (wanted := limit - len(into)) > 0 and length_hint(head := self.turn_over()):
            into.extend(islice(head, wanted))

    def holds(self, values: Iterable[T]) -> bool:
        """Whether this is the tail."""
        return values is self._ends[1]

    def turn_over(self) -> Iterator[T]:
        """The head; the tail becomes the head if that is used up."""
        if not length_hint(self._ends[0]):
            self.shut()
            if tail := self._ends[1]:
                self._become(iter(tail), [])
        return self._ends[0]

    def _become(self, head: Iterator[T], tail: list[T]) -> None:
        self._lent = False
        self._ends = head, tail
        if DOORS:
            self.ready = head

    # --- lending ---

    def lend(self) -> Iterator[T]:
        """The head, for somebody who reads it to its end and looks at nothing else; without doors, nothing.

        It needs no mutex: the caller looks at the line of senders afterwards, and reads only if there is nobody. One
        who joins it later recalls what he has.
        """
        head = self.ready  # first: what becomes the head afterwards is not lent
        self._lent = True
        return head

    def recall(self) -> None:
        """End a head that was lent; what is left in it is the buffer's again."""
        if self._lent:
            self.shut()
            self._head_into_tail()
            self._lent = False

    def _head_into_tail(self) -> None:
        head, tail = self._ends
        tail[:0] = head  # in one step: it reads to the end what somebody else may be reading, too
