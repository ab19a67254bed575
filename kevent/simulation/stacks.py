"""Switching between stacks in a web page: what greenlet does elsewhere, here with a promise for each stack.

A stack that is left waits in `run_sync` for its promise, and who goes on with it keeps that promise. Meanwhile the
browser has put the stack aside (JavaScript Promise Integration). The promises themselves are kept by the page, which
gives them to Python as the module `kevent_stacks`:

* `make(job)`: a new stack that will run `job`; its number.
* `swap(here, there)`: a promise for the stack `here`, kept when somebody goes on with it. The stack `there` goes on.
* `open(there)`: the stack `there` goes on, and nobody waits here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

from kevent_stacks import make, open, swap
from pyodide.ffi import create_proxy, run_sync

__all__ = ["Fiber", "FiberExit", "Fibers"]

_here = 0  # the number of the stack that runs; 0 is the one that the page called
_thrown: dict[int, BaseException] = {}  # what a stack, by its number, has to raise where it stands


class FiberExit(BaseException):
    """Raised in a fiber that is killed, where it stands."""


class _Stack:
    """A stack, by its number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def switch(self) -> None:
        """Run this stack until somebody switches to the one that we are on."""
        global _here
        here, _here = _here, self.number
        run_sync(swap(here, self.number))
        if (error := _thrown.pop(here, None)) is not None:
            raise error


class Fiber(_Stack):
    """A stack of its own, which runs a job until it gives way, and can be used again when the job has ended."""

    __slots__ = ("_hub", "_job", "_profile", "ended")

    def __init__(self, fibers: Fibers) -> None:
        super().__init__(make(create_proxy(self._work)))
        self._hub = fibers.hub
        self._profile = sys.getprofile()  # to the interpreter each stack is a thread, which has a profile of its own
        self._job: Callable[[], None] | None = None
        self.ended = False

    def _work(self) -> None:
        global _here
        try:
            sys.setprofile(self._profile)
            while self._job is not None:
                job, self._job = self._job, None
                with suppress(FiberExit):
                    job()
                self._hub.switch()
        except BaseException as error:  # an interrupt between two jobs: the hub's, which would wait for ever
            _thrown[self._hub.number] = error
        self.ended = True
        sys.setprofile(None)
        _here = self._hub.number
        open(_here)

    def kill(self) -> None:
        """End the job where it stands, running its `finally` blocks."""
        if self._job is not None:
            self._job = None  # it has not begun
        else:
            _thrown[self.number] = FiberExit()
            self.switch()


class Fibers:
    """A stock of fibers around the stack that made it, the hub. A new stack costs more than a short job on it."""

    def __init__(self) -> None:
        self.hub = _Stack(_here)
        self._idle: list[Fiber] = []

    def start(self, job: Callable[[], None]) -> Fiber:
        """A fiber that will run `job` when it is first switched to."""
        fiber = self._idle.pop() if self._idle else Fiber(self)
        fiber._job = job
        return fiber

    def give_back(self, fibers: list[Fiber]) -> None:
        """Their jobs have ended, or were killed: they can have others."""
        self._idle += fibers

    def close(self) -> None:
        """End the fibers that wait for another job."""
        for fiber in self._idle:
            if not fiber.ended:
                fiber.switch()
        self._idle.clear()
