"""Switching between stacks with greenlet, and the one module that knows it. `kevent.simulation.fiber` says when."""

from __future__ import annotations

from collections.abc import Callable

try:
    from greenlet import GreenletExit as FiberExit
    from greenlet import getcurrent, greenlet
except ImportError as missing:
    raise ImportError(
        "kevent.simulation switches between stacks with greenlet, which is not installed: "
        "pip install 'kube-kevent[simulation]'",
        name="greenlet",
    ) from missing

__all__ = ["Fiber", "FiberExit", "Fibers"]


class Fiber:
    """A stack of its own, which runs a job until it gives way, and can be used again when the job has ended."""

    __slots__ = ("_greenlet", "_job", "switch")

    def __init__(self, fibers: Fibers) -> None:
        self._greenlet = greenlet(self._work, fibers.hub)
        self._job: Callable[[], None] | None = None
        self.switch: Callable[[], object] = self._greenlet.switch
        """Run this fiber until somebody switches to another one, or its job ends and the hub goes on."""

    def _work(self, begun: Callable[[], object]) -> None:
        begun()
        hub = self._greenlet.parent
        while self._job is not None:
            job, self._job = self._job, None
            try:  # noqa: SIM105  an exploration comes by here very often
                job()
            except FiberExit:
                pass
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
        # A stack begins where the one stands that first switches to it. If goroutines began each other's, a hundred of
        # them would stand on each other's shoulders, up to the interpreter's recursion limit. So all begin on this.
        self._ground = greenlet(self._begin, self.hub)

    def start(self, job: Callable[[], None]) -> Fiber:
        """A fiber that will run `job` when it is first switched to."""
        fiber = self._idle.pop() if self._idle else self._ground.switch(getcurrent())
        fiber._job = job
        return fiber

    def _begin(self, asking: greenlet | None) -> None:
        """The ground's own job: a new fiber for each who asks, begun as far as to wait for a job."""
        begun = self._ground.switch
        while asking is not None:
            fiber = Fiber(self)
            fiber._greenlet.switch(begun)
            asking = asking.switch(fiber)

    def give_back(self, fibers: list[Fiber]) -> None:
        """Their jobs have ended, or were killed: they can have others."""
        self._idle += fibers

    def close(self) -> None:
        """End the fibers that wait for another job."""
        for fiber in self._idle:
            fiber._greenlet.switch()
        self._idle.clear()
        if self._ground:
            self._ground.switch(None)
