"""A goroutine of a simulation, and the place where it waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kevent import runtime

if TYPE_CHECKING:
    from kevent.simulation.scheduler import Scheduler

__all__ = ["SimulatedGoroutine", "SimulatedParker"]


class SimulatedGoroutine:
    """What `kevent.runtime.go` gives back in a simulation. Implements `kevent.runtime.Goroutine`."""

    __slots__ = ("_joiners", "_simulation", "ended", "fiber", "name", "number", "operation", "primitive", "value")

    def __init__(self, simulation: Scheduler, number: int, name: str, function: Callable[[], None]) -> None:
        self._simulation = simulation
        self.number = number
        self.name = name
        self.fiber = simulation.fibers.start(function)
        self.ended = False
        self._joiners: list[SimulatedParker] = []
        # The step that it is about to take, is taking, or waits to complete.
        self.primitive: Any = self
        self.operation = "start"
        self.value: object = None

    @property
    def alive(self) -> bool:
        """Whether the function has not returned yet."""
        return not self.ended

    def join(self, *, timeout: float | None = None) -> bool:
        """Wait until the function has returned, at most `timeout` seconds; say whether it has. A step of the run."""
        simulation = self._simulation
        if not simulation.live:
            simulation.look.refuse_step("join", self.name)
            return self.ended
        if simulation.running is self:  # it would wait for itself
            return False
        simulation.arrive(self, "join")
        if not self.ended:
            parker = SimulatedParker(simulation)
            self._joiners.append(parker)
            if not parker.park(timeout):
                self._joiners.remove(parker)
        simulation.record(self.ended)
        return self.ended

    def end(self) -> None:
        """It has ended: let those go on who wait for that."""
        self.ended = True
        for parker in self._joiners:
            parker.unpark()

    def doing(self) -> str:
        """What it is about to do or waits for, in words: "receive on incoming"."""
        name = self.primitive.name
        return f"{self.operation} on {name}" if name else self.operation

    def _level(self) -> None:
        return None

    def __repr__(self) -> str:
        return f"<goroutine {self.name}>"


class SimulatedParker:
    """A place in the simulation for one goroutine to wait once. Implements `kevent.runtime.Parker`."""

    __slots__ = ("_goroutine", "_simulation", "_unparked")

    def __init__(self, simulation: Scheduler) -> None:
        self._simulation = simulation
        self._goroutine: SimulatedGoroutine | None = None
        self._unparked = False

    def park(self, timeout: float | None = None) -> bool:
        """Wait for `unpark`, at most `timeout` seconds of virtual time; False if that time ran out."""
        if not self._unparked:
            simulation = self._simulation
            self._goroutine = simulation.running
            alarm = None if timeout is None or timeout >= runtime.FOREVER else simulation.clock.set(timeout, self._wake)
            simulation.block()
            self._goroutine = None
            if alarm is not None:
                alarm.cancelled = True  # lest time jump for nobody
        return self._unparked

    def unpark(self) -> None:
        """Let the waiting goroutine go on."""
        self._unparked = True
        self._wake()

    def _wake(self) -> None:
        if self._goroutine is not None:
            self._simulation.ready(self._goroutine)
            self._goroutine = None
