"""One thread at a time for a few lines, in the company of finalisers, signal handlers and interrupts.

Python may run other code between any two lines of ours, on our own thread: a `__del__` or a weakref callback when the
collector runs or a value dies, a handler when a signal comes. If that finds our mutex taken, nobody will give it back
while it waits. So nothing that interrupted a section waits: it leaves what it wants done in `_late`, or raises
`Reentered`. Whoever holds the mutex looks there before giving it back, and once more afterwards.

Python may also raise between any two lines of ours. `_settle` then brings to an end what was begun: it looks at nothing
but the state, and everything it does can be done twice.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from kevent.errors import KeventError

__all__ = ["PATIENCE", "Exclusive", "Reentered", "locked_all", "refuse_to_wait"]

R = TypeVar("R")

PATIENCE = 1.0
"""Seconds after which the holder of a mutex is taken for stuck by one who need not have it.

A section takes microseconds, unless a finaliser has interrupted it and waits for something that the caller holds: a
lock of logging, for one.
"""


class Reentered(KeventError):
    """A finaliser or signal handler asked for what could only be done by the code that it has interrupted.

    In Go: nothing; its finalisers run in a goroutine of their own.
    """

    def __init__(self) -> None:
        super().__init__("a finaliser or signal handler would wait for the code that it has interrupted")


class _Here(threading.local):
    mutex: Any = threading.RLock()  # the one that this thread has entered last, and may have left


_here = _Here()


def refuse_to_wait() -> None:
    """Raise Reentered if the caller has interrupted a section of its own thread: there nobody may wait."""
    if _here.mutex._is_owned():
        raise Reentered


class Exclusive:
    """Something that one thread at a time may change, in sections."""

    def __init__(self) -> None:
        self._mutex: Any = threading.RLock()  # it knows its owner; nobody takes it twice
        self._late: deque[Callable[[], object]] = deque()  # to be called by whoever holds the mutex

    def _settle(self) -> None:
        """Call what is in `_late`, and bring to an end whatever an exception has broken off. Mutex held."""
        raise NotImplementedError

    def _locked(self, act: Callable[..., R], *args: Any, patience: float = -1) -> R:
        """Call `act(*args)` in a section; it does not wait and does not raise.

        Raises Reentered if the caller has interrupted a section and would have to wait for the mutex, or if `patience`,
        in seconds, is at an end.
        """
        mutex = self._mutex
        if not _here.mutex._is_owned():
            _here.mutex = mutex
        elif mutex._is_owned():
            raise Reentered
        else:
            patience = 0
        try:
            if not mutex.acquire(True, patience):
                raise Reentered
            result = act(*args)
            if self._late:
                self._settle()
            mutex.release()
            if self._late:
                self._look_after()
            return result
        except BaseException:  # wherever it struck
            if mutex._is_owned() or mutex.acquire(False):
                self._settle()
                mutex.release()
                if self._late:
                    self._look_after()
            raise

    def _look_after(self) -> None:
        """See to it that somebody does what was put into `_late`."""
        with suppress(Reentered):  # then whoever has the mutex will look
            self._locked(self._settle, patience=0)

    def _soon(self, act: Callable[[], object]) -> None:
        """Call `act` in a section: now, or as soon as whoever is in there has done."""
        try:
            self._locked(act)
        except Reentered:
            self._late.append(act)
            self._look_after()


def locked_all(those: Sequence[Exclusive], act: Callable[[], R]) -> R:
    """As `_locked`, in a section of all of them, which are entered in this order.

    Raises Reentered if the caller has interrupted a section and would have to wait for one of the mutexes.
    """
    patience = -1
    if not _here.mutex._is_owned():
        _here.mutex = those[0]._mutex
    elif any(each._mutex._is_owned() for each in those):
        raise Reentered
    else:
        patience = 0
    try:
        for each in those:
            if not each._mutex.acquire(True, patience):
                raise Reentered
        result = act()
        for each in reversed(those):  # the first, which tells that this thread is in a section, at last
            if each._late:
                each._settle()
            each._mutex.release()
        for each in those:
            if each._late:
                each._look_after()
        return result
    except BaseException:  # wherever it struck
        for each in reversed(those):
            if each._mutex._is_owned() or each._mutex.acquire(False):
                each._settle()
                each._mutex.release()
                if each._late:
                    each._look_after()
        raise
