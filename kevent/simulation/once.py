"""One run of a scenario, step by step: `simulate`.

The function's `go`, `sleep`, channels, locks and wait groups are answered by a simulation instead of by threads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

from kevent.simulation.fiber import Fibers
from kevent.simulation.observing import Observer, looking
from kevent.simulation.run import Run
from kevent.simulation.schedule import (
    AtRandom,
    InOrder,
    Replay,
    Schedule,
    ScheduleMismatch,
    Situation,
    Strategy,
)
from kevent.simulation.world import MAX_STEPS, Simulation

__all__ = ["check_arguments", "simulate"]

T = TypeVar("T")


def check_arguments(scenario: object, max_steps: int, max_batch: int) -> None:
    """Refuse what cannot be run, for `simulate`, `explore` and `search` alike."""
    if not callable(scenario):
        raise TypeError(f"scenario must be callable, not {type(scenario).__name__}")
    if inspect.iscoroutinefunction(scenario) or inspect.isgeneratorfunction(scenario):
        raise TypeError("scenario must be a plain function: calling a coroutine or generator function runs none of it")
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least one: {max_steps}")
    if max_batch < 1:
        raise ValueError(f"max_batch must be at least one: {max_batch}")


class _Given(Strategy):
    """A caller's strategy: asked as one who only looks, and held to the options."""

    def __init__(self, strategy: Strategy) -> None:
        self.ask_always = strategy.ask_always
        self._strategy = strategy

    def start(self, situation: Situation) -> None:
        with looking():
            self._strategy.start(situation)

    def pick(self, options: Sequence[int], running: int) -> int:
        options = tuple(options)
        with looking():
            number = self._strategy.pick(options, running)
        if number not in options:
            raise ScheduleMismatch(f"the strategy picked {number!r}, but only {list(options)} can go on")
        return number

    def choose(self, count: int) -> int:
        with looking():
            way = self._strategy.choose(count)
        if way not in range(count):
            raise ScheduleMismatch(f"the strategy chose {way!r}, but there are {count} ways")
        return way


def simulate(
    scenario: Callable[[], T],
    *,
    seed: int | str | None = None,
    schedule: Sequence[int] | None = None,
    strategy: Strategy | None = None,
    observer: Observer | None = None,
    max_steps: int = MAX_STEPS,
    max_batch: int = 1,
) -> Run[T]:
    """Run `scenario` with every goroutine, clock and channel it makes inside a simulation, and record each step.

    By default a goroutine runs until it has to wait, then the one that has been ready longest. With a `seed` every
    choice is drawn from it. With a `schedule` (a `Run.schedule`) the choices of that run are repeated. A `strategy` is
    asked. The same arguments give the same run, in any process. `seed` also decides what `runtime.random` says.

    An `observer` looks on; that changes nothing in the run.

    The run goes on after the scenario has returned, until every goroutine has ended or waits for something that will
    not come; those are in `Run.alive`. It ends early, with `Run.error`, when a goroutine lets an exception escape,
    when there is a Deadlock, after `max_steps` steps (StepLimit), or where a schedule or a strategy names a goroutine
    that cannot go on (ScheduleMismatch). `simulate` itself raises only for bad arguments and KeyboardInterrupt, and
    what the strategy or the observer raises.

    `max_batch` is how many queued events a loop may take in one step. With 1 the steps are Go's own.
    """
    check_arguments(scenario, max_steps, max_batch)
    if schedule is not None and strategy is not None:
        raise ValueError("schedule and strategy exclude each other")
    chosen: Strategy
    if strategy is not None:
        chosen = _Given(strategy)
    elif schedule is not None:
        chosen = Replay(schedule)
    elif seed is not None:
        chosen = AtRandom(f"schedule {seed}")
    else:
        chosen = InOrder()
    fibers = Fibers()
    simulation = Simulation(
        chosen, fibers, seed=f"values {seed}", max_steps=max_steps, max_batch=max_batch, recorded=True,
        observer=observer,
    )  # fmt: skip
    try:
        simulation.run(scenario)
    finally:
        fibers.close()
    return Run(
        result=simulation.result,
        error=simulation.error,
        time=simulation.clock.time,
        trace=simulation.trace or [],
        alive=[f"{goroutine.name}: {goroutine.doing()}" for goroutine in simulation.left],
        left=tuple(goroutine.name for goroutine in simulation.left),
        schedule=Schedule(simulation.schedule),
        steps=simulation.steps,
        release="".join(simulation.releases) if len(simulation.releases) == 1 else "",
    )
