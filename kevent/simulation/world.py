"""What a goroutine's calls mean in a simulation: the world that answers it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from random import Random
from typing import Any

from kevent import runtime
from kevent.runtime import Goroutine
from kevent.simulation.fiber import FiberExit, Fibers
from kevent.simulation.goroutine import SimulatedGoroutine, SimulatedParker
from kevent.simulation.observing import Observer
from kevent.simulation.primitives import SimulatedLock, SimulatedOwnedLock, stepwise
from kevent.simulation.run import Deadlock, Outcome
from kevent.simulation.schedule import Refused, Strategy
from kevent.simulation.scheduler import Scheduler
from kevent.simulation.touching import parts

__all__ = ["MAX_STEPS", "Simulation"]

MAX_STEPS = 200_000
"""How many steps a run of `simulate` may take when nobody says."""


class Simulation(Scheduler):
    """The world of one run: its goroutines, its clock, its trace. Implements `kevent.runtime.World`."""

    def __init__(
        self,
        strategy: Strategy,
        fibers: Fibers,
        *,
        seed: int | str = "",
        max_steps: int = MAX_STEPS,
        max_batch: int = 1,
        recorded: bool = False,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(strategy, fibers, max_steps=max_steps, recorded=recorded, observer=observer)
        self.result: Any = None
        self.left: list[SimulatedGoroutine] = []
        self._made = 0  # how many primitives
        self._max_batch = max_batch
        self.releases: set[str] = set()
        self._seed = seed
        self._random: Random | None = None

    # --- the run ---

    def run(self, scenario: Callable[[], object]) -> None:
        """Run `scenario` as goroutine "main" until everybody has ended or waits for ever.

        Then `result` or `error` says what came of it, and `left` who was left behind. Raises KeyboardInterrupt, and
        what the strategy or the observer raised.
        """
        before = runtime.enter(self)
        self.live = True
        try:
            self.strategy.start(self)
            if self.observer is not None:
                self.show(self.observer.started)
            first = self.new_goroutine(lambda: setattr(self, "result", scenario()), "main")
            while self.error is None and self.next_goroutine(first):
                self.running.fiber.switch()
            self.over, self.live = True, False
            self.left = [goroutine for goroutine in self.goroutines if not goroutine.ended]
            for goroutine in self.left:
                goroutine.fiber.kill()
            self.fibers.give_back([goroutine.fiber for goroutine in self.goroutines])
            if self.foreign is not None:
                raise self.foreign
            if isinstance(self.error, KeyboardInterrupt):
                raise self.error  # meant for us, not for the scenario
            if self.observer is not None and not isinstance(self.error, Refused):
                self.show(self.observer.ended, self.outcome)
        finally:
            runtime.enter(before)

    @property
    def outcome(self) -> Outcome:
        """How the run ended."""
        return Outcome.of(self.result, self.error, [goroutine.name for goroutine in self.left])

    # --- kevent.runtime.World ---

    def go(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> Goroutine:
        """Start a goroutine. It gets the next number, and may go first. In Go: `go f(x)`.

        When the run is over nothing starts any more: the caller ends.
        """
        if self.over:
            raise FiberExit
        goroutine = self.new_goroutine(lambda: function(*args), name)
        self.announce(goroutine)
        return goroutine

    def sleep(self, seconds: float) -> None:
        """Let the running goroutine wait; the clock jumps when nobody else can go on.

        When the run is over nobody waits any more: the caller ends.
        """
        if self.over:
            raise FiberExit
        self.arrive(self.clock, "sleep", seconds)
        if seconds > 0:
            self.parker().park(seconds)
        self.record()

    def now(self) -> int:
        """The virtual time in nanoseconds since 1970. Each reading is later than the one before, by one at least."""
        self.consulted = True
        return self.clock.read()

    def monotonic(self) -> int:
        """Virtual nanoseconds since the start of the run. To read them moves nothing."""
        return self.clock.time

    def distinct(self, time: int) -> int:
        """The time itself, as no two readings of this clock are equal."""
        return time

    def random(self) -> float:
        """A number from 0 (included) to 1 (excluded), drawn from the seed."""
        self.consulted = True
        if self._random is None:
            self._random = Random(self._seed)
        return self._random.random()

    def choose(self, count: int) -> int:
        """One of `count` ways, by the strategy; it becomes part of the schedule. When the run is over: the first."""
        if self.over:
            return 0
        try:
            way = self.strategy.choose(count)
            self.schedule.append(way)
        except BaseException as error:
            self.stop(error)
        if self.observer is not None:
            # A `select` draws in the midst of its step, with its channels locked: who looked at them now would hang.
            ways = {each: f"{self.running.operation}: way {each + 1}" for each in range(count)}
            self.put_off.append(functools.partial(self.observer.chose, ways, way))
        return way

    def max_batch(self) -> int:
        """How many queued items a loop may take in one step: what `simulate` was told."""
        return self._max_batch

    def answers_like(self, release: str) -> None:
        """A broadcaster of this release of client-go is part of the run."""
        self.releases.add(release)

    def lock(self, name: str) -> SimulatedLock:
        """A lock whose taking and giving back are steps of this run."""
        return SimulatedLock(name)

    def owned_lock(self, name: str) -> SimulatedOwnedLock:
        """A lock whose taking and giving back are steps of this run."""
        return SimulatedOwnedLock(name)

    def parker(self) -> SimulatedParker:
        """A place where one goroutine waits once, without a step of its own."""
        return SimulatedParker(self)

    def new(self, cls: type[Any]) -> Any:
        """An instance of a primitive class whose verbs are steps of this run."""
        instance = object.__new__(stepwise(cls))  # type: ignore[arg-type]
        instance._simulation = self
        instance._number = self._made
        self._made += 1
        if self.observer is not None and self.live:
            self.show_or_stop(self.observer.made, instance)
        return instance

    # --- verbs that are no steps ---

    def aside(self, operation: str, plain: Callable[..., Any], primitive: Any, args: Any, kwargs: Any) -> Any:
        """A verb that is no step. Who looks on can load words, and finds no lock in the way.

        When the run is over, what was left on a channel can be taken off; nobody can wait.

        Raises OnlyLooking if it would have been a step, Deadlock if it would wait for ever, and RuntimeError if another
        simulation is running: it could not schedule, nor repeat, such a step.
        """
        if self.look.on:
            if isinstance(primitive, SimulatedLock):
                return True if operation == "acquire" else None
            if operation != "load" and any(hasattr(part, "_simulation") for part in parts(primitive)):
                self.look.refuse_step(operation, primitive.name)
        world = runtime.current()
        if world in (self, self.look):
            return plain(primitive, *args, **kwargs)  # a goroutine that is being killed
        if world is not runtime.THREADS:
            what = f"the {type(primitive).__name__} {primitive.name!r}" if primitive.name else type(primitive).__name__
            raise RuntimeError(
                f"{operation} on {what}, which was made in another simulation: make it inside the scenario"
            )
        before = runtime.enter(self)
        try:
            return plain(primitive, *args, **kwargs)
        except FiberExit:
            what = f"{operation} on {primitive.name}" if primitive.name else operation
            raise Deadlock(f"{what} would wait for ever: the simulation is over") from None
        finally:
            runtime.enter(before)
