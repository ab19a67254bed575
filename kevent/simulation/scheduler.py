"""Who goes next: one goroutine at a time, in an order we choose.

A goroutine is a fiber; it gives way only *before* a step, that is, before a verb of a primitive. The scheduler then
picks one of the goroutines that can go on, and that one takes exactly one step. When nobody can go on, time jumps to
the next sleeper; when nobody sleeps either, the run is over, or it is a deadlock.

So a run is a list of choices and nothing else. The same choices give the same run, and a `Run` keeps them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from kevent.simulation.clock import Clock
from kevent.simulation.fiber import FiberExit, Fibers
from kevent.simulation.goroutine import SimulatedGoroutine
from kevent.simulation.observing import Looking, Observer
from kevent.simulation.run import Deadlock, StepLimit
from kevent.simulation.schedule import Refused, Strategy
from kevent.simulation.touching import Ties, Touch, tie, touches
from kevent.simulation.trace import Step, tell

__all__ = ["Scheduler"]


class Scheduler:
    """The goroutines of one run, the steps that they take, and those who look on."""

    def __init__(
        self, strategy: Strategy, fibers: Fibers, *, max_steps: int, recorded: bool, observer: Observer | None
    ) -> None:
        self.strategy = strategy
        self.fibers = fibers
        self.clock = Clock()
        self.observer = observer
        self.trace: list[Step] | None = [] if recorded or observer is not None else None
        self.schedule: list[int] = []
        self.steps = 0
        self.switches = 0
        self.running: SimulatedGoroutine = None  # type: ignore[assignment]  # set before anything runs
        self.live = False  # whether a verb is a step: not when the run is over, nor while somebody only looks
        self.over = False
        self.error: BaseException | None = None
        self.consulted = False  # whether the step being taken has asked for the time or for a random number
        self.foreign: BaseException | None = None  # what went wrong in the strategy or the observer, not in the run
        self.put_off: list[Callable[[], object]] = []  # what the observer has to be shown before anything else
        self.goroutines: list[SimulatedGoroutine] = []
        self._names: dict[str, int] = {}
        self._ready: list[int] = []
        self._ties: Ties = {}
        self._max_steps = max_steps
        self._ask_always = strategy.ask_always

    @functools.cached_property
    def look(self) -> Looking:
        """The world of those who only look; most runs never need it."""
        return Looking(self)

    # --- goroutines ---

    def new_goroutine(self, function: Callable[[], object], name: str) -> SimulatedGoroutine:
        """A goroutine that can go on, under this name; of several with one name the later ones get a number."""
        count = self._names[name] = self._names.get(name, 0) + 1
        unique = name if count == 1 else f"{name}-{count}"
        goroutine = SimulatedGoroutine(self, len(self.goroutines), unique, lambda: self._live(goroutine, function))
        self.goroutines.append(goroutine)
        self._ready.append(goroutine.number)
        return goroutine

    def _live(self, goroutine: SimulatedGoroutine, function: Callable[[], object]) -> None:
        """A goroutine's life, from its first step to its end."""
        try:
            self._count_step()
            self.record()
            function()
        except FiberExit:
            pass
        except BaseException as error:
            # What a `finally` block runs into while its goroutine is being killed is no part of the run.
            if self.error is None and not self.over:
                self.error = error
                self.error.add_note(f"in goroutine {goroutine.name}, step {self.steps} of the simulation")
        goroutine.end()
        if not self.over:
            self._ready.remove(goroutine.number)
            goroutine.primitive, goroutine.operation, goroutine.value = goroutine, "end", None
            if self.trace is not None:
                try:
                    self._write(error=self.say(self.error) if self.error else "")
                except BaseException as error:
                    self._blame(error)

    def announce(self, goroutine: SimulatedGoroutine) -> None:
        """The running goroutine starts another one, which may go first."""
        self._ready.remove(goroutine.number)
        self.arrive(goroutine, "go")
        self._ready.append(goroutine.number)
        self.record()

    def about_to(self, number: int) -> str:
        """What a goroutine, by its number, will do or waits for: "worker: add on group"."""
        goroutine = self.goroutines[number]
        return f"{goroutine.name}: {goroutine.doing()}"

    def touches(self, numbers: Sequence[int]) -> dict[int, Touch]:
        """What the next steps of these goroutines touch, and whether they only look at it."""
        goroutines, ties = self.goroutines, self._ties
        return {number: touches(goroutines[number], ties) for number in numbers}

    # --- choices ---

    def next_goroutine(self, main: SimulatedGoroutine) -> bool:
        """Make somebody the running one, moving time if need be; False when the run is over."""
        jumped = False
        while not self._ready:
            if not self.clock.jump():
                if main.alive:
                    waiting = [f"{g.name} waits: {g.doing()}" for g in self.goroutines if g.alive]
                    self.error = Deadlock("all goroutines are asleep: " + "; ".join(waiting))
                return False
            jumped = True
        try:
            self._pick(-1 if jumped or self.running is None else self.running.number)
        except BaseException as error:
            self._blame(error)
            return False
        return True

    def _pick(self, before: int) -> SimulatedGoroutine:
        """Decide and say who runs next, of those that can. `before` is who ran last, or -1 if all were asleep."""
        ready = self._ready
        if len(ready) > 1:
            number = self.strategy.pick(ready, before)
            self.schedule.append(number)
            if self.observer is not None:
                self.show(self.observer.chose, {each: self.about_to(each) for each in sorted(ready)}, number)
        else:
            number = self.strategy.pick(ready, before) if self._ask_always else ready[0]
        if number != before:
            self.switches += 1
            self.running = self.goroutines[number]
        return self.running

    def _pick_or_stop(self, before: int) -> SimulatedGoroutine:
        """`_pick`, called by a goroutine: what goes wrong here is not for its code to catch."""
        try:
            return self._pick(before)
        except BaseException as error:
            self.stop(error)

    def _blame(self, error: BaseException) -> None:
        """Something went wrong outside of the scenario: the strategy has no answer, or is broken, or the observer."""
        self.error = error
        if not isinstance(error, Refused | StepLimit):
            self.foreign = error

    def stop(self, error: BaseException) -> NoReturn:
        """End the run here and now. Called by a goroutine, which does not go on."""
        self._blame(error)
        self.fibers.hub.switch()
        raise FiberExit  # if somebody lets it go on all the same

    # --- what primitives call ---

    def arrive(self, primitive: Any, operation: str, value: object = None) -> None:
        """The running goroutine is about to take a step: let the scheduler choose who goes first."""
        goroutine = self.running
        goroutine.primitive, goroutine.operation, goroutine.value = primitive, operation, value
        if self.observer is not None:
            self.show_or_stop(self.observer.arrived, goroutine.name, operation, primitive.name)
        if len(self._ready) > 1 or self._ask_always:
            chosen = self._pick_or_stop(goroutine.number)
            if chosen is not goroutine:
                chosen.fiber.switch()
        self.steps += 1  # what `_count_step` does, without the call: most of an exploration goes through here
        if self.steps > self._max_steps:
            self._end_of_patience()

    def _count_step(self) -> None:
        self.steps += 1
        if self.steps > self._max_steps:
            self._end_of_patience()

    def _end_of_patience(self) -> None:
        who = self.running
        self.stop(StepLimit(f"no end after {self._max_steps} steps; {who.name} was at {who.doing()}"))

    def block(self) -> None:
        """The running goroutine cannot complete its step: let others run until somebody makes it ready."""
        if self.over:
            raise FiberExit
        goroutine = self.running
        self.record(blocked=True)
        if self._ask_always and hasattr(goroutine.primitive, "_parts"):
            tie(goroutine.primitive, self._ties)
        self._ready.remove(goroutine.number)
        if self._ready:
            self._pick_or_stop(goroutine.number).fiber.switch()
        else:
            self.fibers.hub.switch()
        self._count_step()

    def ready(self, goroutine: SimulatedGoroutine) -> None:
        """A blocked goroutine may go on."""
        self._ready.append(goroutine.number)

    def record(self, result: object = None, *, blocked: bool = False, error: str = "") -> None:
        """Write the running goroutine's step into the trace, and let the observer see it."""
        if self.trace is not None:
            try:
                self._write(result, blocked, error)
            except BaseException as broken:
                self.stop(broken)

    def _write(self, result: object = None, blocked: bool = False, error: str = "") -> None:
        trace, goroutine = self.trace, self.running
        assert trace is not None
        primitive = goroutine.primitive
        step = Step(
            len(trace),
            self.clock.time,
            goroutine.name,
            goroutine.operation,
            primitive.name,
            goroutine.value,
            result,
            primitive._level(),
            blocked,
            error,
        )
        trace.append(step)
        if self.observer is not None:
            self.show(self.observer.stepped, step)

    # --- who looks on ---

    def show(self, look: Callable[..., object], *what: object) -> None:
        """Let the observer look, at what was put off first."""
        with self.look.entered():
            while self.put_off:
                self.put_off.pop(0)()
            look(*what)

    def show_or_stop(self, look: Callable[..., object], *what: object) -> None:
        """`show`, called by a goroutine: what goes wrong here is not for its code to catch."""
        try:
            self.show(look, *what)
        except BaseException as error:
            self.stop(error)

    def say(self, error: BaseException) -> str:
        """The text of an exception, for the trace: what it does to find its words is no part of the run."""
        with self.look.entered():
            return tell(str, error)
