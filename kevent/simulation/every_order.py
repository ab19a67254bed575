"""Every order in which a scenario can happen, or as many as one has time for: `explore`.

A scenario is run again and again, each time with another choice of the scheduler, until no choice is left. The runs are
sorted by how they ended; of each ending the schedule with the fewest switches between goroutines is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent.errors import KeventError
from kevent.simulation.depth_first import Changed, DepthFirst, Walk
from kevent.simulation.exploration import Exploration, exploring
from kevent.simulation.observing import Observer
from kevent.simulation.once import check_arguments
from kevent.simulation.progress import Bar
from kevent.simulation.sleep_sets import Redundant, SleepSets
from kevent.simulation.world import Simulation

__all__ = ["ScenarioChanged", "explore"]


class ScenarioChanged(KeventError, RuntimeError):
    """A scenario did something else after the same choices, so its orders cannot be told apart.

    It keeps something from one run to the next (a channel or a list that was made outside of it), or it asks the wall
    clock, `random` or a set's order, instead of `kevent.runtime.now` and `kevent.runtime.random`.
    """


def explore(
    scenario: Callable[[], Any],
    *,
    max_schedules: int = 1_000_000,
    max_preemptions: int | None = None,
    reduce: bool = False,
    max_steps: int = 10_000,
    max_batch: int = 1,
    observer: Observer | None = None,
    progress: bool = True,
) -> Exploration:
    """Run `scenario` in every order that its goroutines allow, and say how each of them ends.

    Covered is every choice of who takes the next step, at each verb of a channel, lock, wait group or atomic word, at
    each sleep and each start of a goroutine, and every choice that a `select` has. Time is not: it moves only when
    nobody can go on. Nor is what plain Python code does between two steps: it happens together with the step before.

    `max_preemptions` narrows that to schedules in which a goroutine that could have gone on is interrupted at most so
    often; most faults need one or two. `reduce` runs one of all the orders that differ only in steps on different
    primitives: every outcome is still found, with fewer schedules, as long as goroutines share nothing but primitives,
    and counts are of those schedules (so is "fewest switches"). A list that two goroutines append to is shared,
    and so is what is read off a primitive without a step: `len(channel)`, `WaitGroup.state`. Clock and `random` are
    minded.
    `max_schedules` bounds the runs, those included that `reduce` leaves half-way. It and an interrupt (Ctrl-C, also as
    a KeyboardInterrupt that the scenario raises) end the exploration early, with what was found so far.

    All that the scenario shares between goroutines has to be made inside it: what is made outside keeps its state from
    run to run, and takes no steps. (A lock made outside that a goroutine has to wait for stops everything.)

    An `observer` looks on in each run, from its `started` to its `ended`. That takes longer, and finds the same.

    After two seconds a progress bar appears if tqdm is installed, unless `progress` is False. Raises ScenarioChanged if
    the same choices do not lead to the same steps, TypeError if `scenario` is no plain function, ValueError for bounds
    that are less than one (preemptions: less than zero) and for `reduce` together with `max_preemptions`, which would
    miss outcomes.
    """
    check_arguments(scenario, max_steps, max_batch)
    if max_schedules < 1:
        raise ValueError(f"max_schedules must be at least one: {max_schedules}")
    if max_preemptions is not None and max_preemptions < 0:
        raise ValueError(f"max_preemptions must not be negative: {max_preemptions}")
    if reduce and max_preemptions is not None:
        raise ValueError("reduce and max_preemptions exclude each other")
    walk: Walk = SleepSets() if reduce else DepthFirst(max_preemptions)
    exploration = Exploration()
    exploration.reduced = reduce
    bar = Bar(progress, "schedules", None)
    with exploring(exploration, bar, "schedules") as fibers:
        while True:
            simulation = Simulation(
                walk, fibers, seed="values None", max_steps=max_steps, max_batch=max_batch, observer=observer
            )
            simulation.run(scenario)
            if isinstance(simulation.error, Changed) or walk.ended_early():
                raise ScenarioChanged(
                    f"run {exploration.schedules + exploration.abandoned + 1} did something else after the same "
                    "choices as an earlier one: the scenario keeps something from run to run, or asks something that "
                    "no schedule decides"
                )
            if isinstance(simulation.error, Redundant):
                exploration.abandoned += 1
            else:
                exploration.add(simulation.outcome, simulation.schedule, simulation.switches)
            bar()
            if not walk.advance():
                exploration.finished = True
                exploration.exhaustive = max_preemptions is None
                if max_preemptions is not None:
                    exploration.bound = f"at most {max_preemptions} preemptions"
                break
            if exploration.schedules + exploration.abandoned == max_schedules:
                exploration.bound = f"the first {max_schedules} schedules"
                break
    return exploration
