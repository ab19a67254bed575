"""Primitives as a simulation makes them: each verb a step, that is, a scheduling point and a line of the trace."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kevent import runtime
from kevent.runtime import Parker, primitive

if TYPE_CHECKING:
    from kevent.simulation.world import Simulation

__all__ = ["STEP_CODE", "SimulatedLock", "SimulatedOwnedLock", "stepwise"]


@functools.cache
def stepwise(cls: type[Any]) -> type[Any]:
    """The subclass of a primitive class whose verbs are steps of a simulation."""
    verbs: dict[str, Any] = {verb: _step(getattr(cls, verb), verb) for verb in cls._verbs}
    return type(cls.__name__, (cls,), verbs | {"__module__": cls.__module__, "__doc__": cls.__doc__})


def _step(plain: Callable[..., Any], operation: str) -> Callable[..., Any]:
    @functools.wraps(plain)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        simulation: Simulation = self._simulation
        if not simulation.live:
            return simulation.aside(operation, plain, self, args, kwargs)
        simulation.arrive(self, operation, args[0] if len(args) == 1 else args or None)
        if simulation.trace is None:
            return plain(self, *args, **kwargs)
        try:
            result = plain(self, *args, **kwargs)
        except Exception as error:
            simulation.record(error=simulation.say(error))
            raise
        simulation.record(result)
        return result

    return step


STEP_CODE = _step(print, "").__code__
"""What all verbs run that are steps: in a stack it tells the line that takes a step from what the verb does."""


@primitive("acquire", "release")
class SimulatedLock:
    """`kevent.runtime.Lock` in a simulation: the first in line gets it."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._held = False
        self._line: list[Parker] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, waiting at most `timeout` seconds (negative: for ever); say whether it is taken now."""
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        parker = runtime.parker()
        self._line.append(parker)
        if parker.park(None if timeout < 0 else timeout):
            return True
        self._line.remove(parker)
        return False

    def release(self) -> None:
        """Give the lock to the first in line, or back. Raises RuntimeError if nobody holds it."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if self._line:
            self._line.pop(0).unpark()  # it stays held, by the next in line
        else:
            self._held = False

    def locked(self) -> bool:
        """Whether somebody holds the lock. No step."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def _level(self) -> int:
        return int(self._held)


class SimulatedOwnedLock(SimulatedLock):
    """`kevent.runtime.OwnedLock` in a simulation."""

    _simulation: Simulation
    _owner: object = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As a lock's."""
        taken = super().acquire(blocking, timeout)
        if taken:
            self._owner = self._simulation.running
        return taken

    def release(self) -> None:
        """As a lock's."""
        self._owner = None
        super().release()

    def _is_owned(self) -> bool:
        return self._held and self._owner is self._simulation.running
