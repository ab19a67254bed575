"""Switching between stacks: the one module that knows greenlet.

Everything else asks a `Fiber` to run, to be left, to end. Another way of switching stacks, such as the one that
WebAssembly has, would be another version of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from greenlet import GreenletExit as FiberExit
from greenlet import getcurrent, greenlet

__all__ = ["Fiber", "FiberExit", "Fibers"]


class Fiber:
    """A stack of its own, which runs a job until it gives way, and can be used again when the job has ended."""

    __slots__ = ("_greenlet", "_job", "switch")

    def __init__(self, fibers: Fibers) -> None:
        self._greenlet = greenlet(self._work, fibers.hub)
        self._job: Callable[[], None] | None = None
        self.switch: Callable[[], object] = self._greenlet.switch
        """Run this fiber until somebody switches to another one, or its job ends and the hub goes on."""

    def _work(self) -> None:
        hub = self._greenlet.parent
        while self._job is not None:
            job, self._job = self._job, None
            with suppress(FiberExit):
                job()
            hub.switch()

    def kill(self) -> None:
        """End the job where it stands, running its `finally` blocks."""
        if self._job is not None:
            self._job = None  # it has not begun
        else:
            self._greenlet.throw(FiberExit)


class Fibers:
    """A stock of fibers around the stack that made it, the hub. A new stack costs more than a short job on it."""

    def __init__(self) -> None:
        self.hub = getcurrent()
        self._idle: list[Fiber] = []

    def start(self, job: Callable[[], None]) -> Fiber:
        """A fiber that will run `job` when it is first switched to."""
        fiber = self._idle.pop() if self._idle else Fiber(self)
        fiber._job = job
        return fiber

    def give_back(self, fiber: Fiber) -> None:
        """Its job has ended, or was killed: it can have another."""
        self._idle.append(fiber)

    def close(self) -> None:
        """End the fibers that wait for another job."""
        for fiber in self._idle:
            if fiber._greenlet:
                fiber._greenlet.switch()
        self._idle.clear()
