"""Waiting in a line, once for all who wait: line up, wait, leave the line.

A `Turn` is one goroutine's wait. It can stand in one line or, in a `select`, in several: a `Waiter` is its place in one
of them. Whoever can serve it signs, and the first signature decides. A goroutine that gives up signs, too. So a wait
has one end, known to all in the same instant, and nobody is served who has gone.

Everything here may be done twice. Who serves signs first, wakes then, and takes the waiter out of the line at last;
where an exception strikes in between, whoever looks at the line next does the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from kevent import runtime
from kevent.exclusive import refuse_to_wait

__all__ = ["Line", "Turn", "Wait", "Waiter", "first", "leave", "wait", "wake"]


class Turn:
    """One goroutine's wait. In Go: `selectDone` and the parking of `runtime.g`."""

    __slots__ = ("_signed", "parker")

    def __init__(self, *, waits: bool = True) -> None:
        if waits:  # else nobody will ever line up with it
            self.parker = runtime.parker()
        self._signed: list[tuple[object, bool]] = []

    def sign(self, mark: object, *, ok: bool) -> bool:
        """Decide this wait; say whether this mark, now or before, was the first. None is the goroutine's own."""
        self._signed.append((mark, ok))  # atomic: two channels may do it at the same time
        return self._signed[0][0] is mark

    @property
    def decided(self) -> bool:
        """Whether anybody has signed."""
        return bool(self._signed)

    @property
    def winner(self) -> object:
        """The first mark; None while there is none, and if the goroutine gave up."""
        return self._signed[0][0] if self._signed else None

    @property
    def ok(self) -> bool:
        """Whether it was served: not turned away, and did not give up."""
        return bool(self._signed) and self._signed[0][1]


class Waiter:
    """A goroutine's place in one line. In Go: `runtime.sudog`."""

    __slots__ = ("hand", "mark", "turn", "value")

    def __init__(self, turn: Turn, value: Any = None) -> None:
        self.turn = turn
        self.mark = object()  # of this place, and no reference to it: what was sent is not to be kept in a circle
        self.value = value  # what a sender brings, or what a receiver got
        self.hand: Iterator[Any]  # of a sender in line: the same, to be taken out once

    def decide(self, *, ok: bool) -> bool:
        """Decide the wait in favour of this place; say whether it is."""
        return self.turn.sign(self.mark, ok=ok)

    @property
    def served(self) -> bool:
        """Whether it was this place, of all those of a select, and not turned away."""
        return self.turn.winner is self.mark and self.turn.ok


Line = deque[Waiter]


def first(line: Line) -> Waiter | None:
    """The first in line who still waits. Those before are woken, perhaps for the second time, and taken out."""
    while line:
        try:
            waiter = line[0]
        except IndexError:  # another thread was quicker
            break
        if not waiter.turn.decided:
            return waiter
        wake(line, waiter)
    return None


def wake(line: Line, waiter: Waiter) -> None:
    """Let a waiter go on whose wait is decided, and take him out of his line, unless that was done before."""
    waiter.turn.parker.unpark()
    leave(line, waiter)


def leave(line: Line, waiter: Waiter) -> None:
    """Take a waiter out of its line, if it is there."""
    try:  # noqa: SIM105  half a microsecond faster
        line.remove(waiter)
    except ValueError:
        pass


class Wait(Protocol):
    """A goroutine that is about to wait, and what it does before and afterwards."""

    turn: Turn

    def line_up(self) -> None:
        """Stand in line, or decide the turn at once."""

    def leave(self) -> None:
        """Stand in line no more. Whoever decided the turn has taken the place that he served out of its line."""

    def give_back(self) -> None:
        """Pass on what was received, as an interrupt has struck and nobody will get it."""


def wait(what: Wait, timeout: float | None) -> bool:
    """Line up, wait until somebody decides the turn, at most `timeout` seconds, and leave the line; say whether it was.

    An interrupt calls the wait off, wherever it strikes: then it leaves as always, and gives back what it was given.

    Raises Reentered where nobody may wait.
    """
    refuse_to_wait()
    turn = what.turn
    try:
        what.line_up()
        if not turn.decided and not turn.parker.park(timeout):
            turn.sign(None, ok=False)  # if nobody has in the last moment
        what.leave()
        return turn.winner is not None
    except BaseException:
        turn.sign(None, ok=False)
        what.leave()
        if turn.ok:
            what.give_back()
        raise
