"""Looking at a run without being a part of it.

An `Observer` is told what happens while it happens. `looking` is for code inside a scenario that wants to see
something there. For both, what asks is answered and nothing moves: no step is taken, no time passes, no lot is drawn. A
run that is looked at is the same, step for step, as one that is not.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from kevent import runtime
from kevent.errors import KeventError
from kevent.runtime import Goroutine, Locker, OwnedLocker, Parker
from kevent.simulation.primitives import STEP_CODE, stepwise
from kevent.simulation.trace import Step

if TYPE_CHECKING:
    from kevent.simulation.run import Outcome
    from kevent.simulation.scheduler import Scheduler

__all__ = ["Looking", "Observer", "OnlyLooking", "calling_frame", "looking"]


class OnlyLooking(KeventError, RuntimeError):
    """Something would have changed a run that was only to be looked at. The text says what."""


class Observer:
    """Who looks on while a scenario runs: `simulate(scenario, observer=…)`. Subclasses say what they want to see.

    All that is called here is called as inside `looking`. What an observer raises is no part of the run either: it ends
    it, and `simulate` or `explore` raises it.
    """

    def started(self) -> None:
        """A run begins. `simulate` has one, `explore` one after the other."""

    def made(self, primitive: Any) -> None:
        """A channel, a lock, a word was made, of the classes that `kevent.runtime.primitive` marks.

        It is empty as yet: `__init__` comes next.
        """

    def arrived(self, goroutine: str, operation: str, name: str) -> None:
        """A goroutine has come to its next step, and waits for the scheduler to let it.

        Called on the goroutine's own stack: `calling_frame` gives the line that takes the step, and its callers. That a
        goroutine is about to start is not told: it has no line as yet.
        """

    def chose(self, options: Mapping[int, str], number: int) -> None:
        """There was more than one answer, and this was the strategy's: an entry of the run's schedule.

        `options` are all there were, by number: a goroutine with what it is about to do ("worker: add on group"), or a
        way that a `select` can go on ("select: way 2"), which is told just before the step itself.
        """

    def stepped(self, step: Step) -> None:
        """A goroutine has taken a step, or found that it has to wait for it (`blocked`).

        Called on the goroutine's own stack, as `arrived` is.
        """

    def ended(self, outcome: Outcome) -> None:
        """The run is over. A run that `explore` abandons, because it could only repeat another one, has no end."""


def calling_frame() -> FrameType | None:
    """The frame of the line that takes the step, for an observer in `arrived` or `stepped`; `f_back` has its callers.

    That is the innermost one outside of `kevent.simulation` and of the verb itself: where `channel.send(…)` stands, or
    in `kevent.waitgroup` where a WaitGroup does something to its word. The outermost frames are the simulation's again.
    None for a step that no line takes: a goroutine's start and its end.
    """
    frames = list(_outwards(sys._getframe(1)))
    for frame in frames:
        if frame.f_code is STEP_CODE:
            return frame.f_back
    # No verb of a primitive: a sleep, a go, a join. First comes the observer, then the simulation.
    inside = itertools.dropwhile(lambda frame: not _of_the_simulation(frame), frames)
    return next(itertools.dropwhile(_of_the_simulation, inside), None)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _of_the_simulation(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("kevent.simulation.")


class Looking:
    """The world of somebody who only looks. Implements `kevent.runtime.World`."""

    def __init__(self, simulation: Scheduler) -> None:
        self._simulation = simulation
        self.over = simulation.over

    @property
    def on(self) -> bool:
        """Whether somebody looks now, on this thread."""
        return runtime.current() is self

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Answer this thread, and let the run stand still meanwhile."""
        simulation = self._simulation
        self.over = simulation.over
        before, live = runtime.enter(self), simulation.live
        simulation.live = False
        try:
            yield
        finally:
            simulation.live = live
            runtime.enter(before)

    def now(self) -> int:
        """What the next reading of the clock will be: to look at the clock does not move it."""
        return self._simulation.clock.look()

    def monotonic(self) -> int:
        """Virtual nanoseconds since the start of the run."""
        return self._simulation.clock.time

    def distinct(self, time: int) -> int:
        """As in the run, the time itself."""
        return time

    def max_batch(self) -> int:
        """All there are: no loop of the run asks here."""
        return runtime.THREADS.max_batch()

    def answers_like(self, release: str) -> None:
        """A broadcaster that somebody makes who looks is none of the run's."""

    def new(self, cls: type[Any]) -> Any:
        """A primitive that is no part of the run: its verbs take no steps.

        A `select` looks first whether its channels are.
        """
        instance = runtime.THREADS.new(stepwise(cls) if hasattr(cls, "_parts") else cls)  # type: ignore[arg-type]
        if hasattr(cls, "_parts"):
            instance._simulation = self._simulation
        return instance

    def lock(self, name: str) -> Locker:
        """A lock that is no part of the run."""
        return runtime.THREADS.lock(name)

    def owned_lock(self, name: str) -> OwnedLocker:
        """A lock that is no part of the run."""
        return runtime.THREADS.owned_lock(name)

    def go(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> Goroutine:
        """Raises OnlyLooking."""
        self._refuse(f"to start goroutine {name}")

    def sleep(self, seconds: float) -> None:
        """Raises OnlyLooking."""
        self._refuse("to sleep")

    def random(self) -> float:
        """Raises OnlyLooking: who draws next would get another number."""
        self._refuse("to draw a random number")

    def choose(self, count: int) -> int:
        """Raises OnlyLooking."""
        self._refuse("to choose a way")

    def parker(self) -> Parker:
        """Raises OnlyLooking: nobody else goes on meanwhile."""
        self._refuse("to wait")

    def refuse_step(self, operation: str, name: str) -> None:
        """Raise OnlyLooking for a verb, if somebody looks now."""
        if self.on:
            self._refuse(f"{operation} on {name}" if name else operation)

    def _refuse(self, what: str) -> NoReturn:
        raise OnlyLooking(f"{what} would change the run: an observer only looks")


@contextmanager
def looking() -> Iterator[None]:
    """Look at a run from inside it, and leave it as it is.

    In the block `kevent.runtime.now` says what the next reading will be, instead of moving the clock as a reading does;
    locks are looked through, as nobody else goes on meanwhile; words can be loaded, and what is made is no part of the
    run. Everything else that would be a step raises OnlyLooking. Outside of a simulation it makes no difference.
    """
    world = runtime.current()
    look: Looking | None = getattr(world, "look", None)
    if look is None:
        yield
    else:
        with look.entered():
            yield
