"""Orders of a scenario drawn by lot, for what is too large to exhaust: `search`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from kevent.simulation.exploration import Exploration, Finding, exploring
from kevent.simulation.once import check_arguments
from kevent.simulation.progress import Bar
from kevent.simulation.run import Outcome
from kevent.simulation.schedule import AtRandom, InOrder, Schedule, Strategy
from kevent.simulation.world import Simulation

__all__ = ["search"]


class _Priorities(Strategy):
    """Let the goroutine with the highest priority go, and lower somebody's at a few random points (PCT).

    In: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding
    Bugs", ASPLOS 2010. A fault that needs `depth` steps in a certain order shows up with a probability that depends on
    the number of goroutines and choices, not on the number of schedules.
    """

    def __init__(self, seed: str, depth: int, length: int) -> None:
        self._random = Random(seed)
        self._priorities: dict[int, float] = {}
        self._changes = {self._random.randrange(max(length, 1)): -1.0 - i for i in range(depth - 1)}
        self._count = 0

    def pick(self, options: Sequence[int], running: int) -> int:
        for option in options:
            if option not in self._priorities:
                self._priorities[option] = self._random.random()
        if (lowest := self._changes.get(self._count)) is not None and running in self._priorities:
            self._priorities[running] = lowest
        self._count += 1
        return max(options, key=self._priorities.__getitem__)

    def choose(self, count: int) -> int:
        return self._random.randrange(count)


class _Suggested(Strategy):
    """The choices of a list where they are possible; `InOrder`'s where they are not, or where the list says None."""

    def __init__(self, suggestions: Sequence[int | None]) -> None:
        self._suggestions = iter(suggestions)
        self._otherwise = InOrder()

    def pick(self, options: Sequence[int], running: int) -> int:
        number = next(self._suggestions, None)
        return number if number in options else self._otherwise.pick(options, running)  # type: ignore[return-value]

    def choose(self, count: int) -> int:
        number = next(self._suggestions, None)
        return number if number is not None and number < count else self._otherwise.choose(count)


_MAX_SHRINKING_RUNS = 500


def search(
    scenario: Callable[[], Any],
    *,
    runs: int = 1_000,
    seed: int | str = 0,
    strategy: str = "uniform",
    depth: int = 3,
    max_steps: int = 100_000,
    max_batch: int = 1,
    progress: bool = True,
) -> Exploration:
    """Run `scenario` in `runs` orders drawn by lot from `seed`, and say how they end.

    `strategy` is "uniform", every choice alike, or "priorities", which lets one goroutine go on until it has to wait
    and interrupts at `depth` - 1 random points: good at faults that need few interruptions in a long run. Schedules of
    outcomes that are not `ok` are shrunk: choices are taken back as long as the run still ends so. `check()` on the
    result raises with the seed and the schedule. Bounds, progress and interrupts as in `explore`; raises ValueError for
    bounds less than one and an unknown strategy.
    """
    check_arguments(scenario, max_steps, max_batch)
    if runs < 1:
        raise ValueError(f"runs must be at least one: {runs}")
    if depth < 1:
        raise ValueError(f"depth must be at least one: {depth}")
    if strategy not in ("uniform", "priorities"):
        raise ValueError(f'strategy must be "uniform" or "priorities", not {strategy!r}')
    exploration = Exploration()
    length = 0
    bar = Bar(progress, "runs", runs)
    with exploring(exploration, bar, f"by lot, seed {seed!r}") as fibers:

        def run(strategy: Strategy, seed: str) -> tuple[Outcome, Simulation]:
            simulation = Simulation(strategy, fibers, seed=f"values {seed}", max_steps=max_steps, max_batch=max_batch)
            simulation.run(scenario)
            return simulation.outcome, simulation

        for number in range(runs):
            one = f"{seed}/{number}"
            lot = AtRandom(f"schedule {one}") if strategy == "uniform" else _Priorities(one, depth, length)
            outcome, simulation = run(lot, one)
            length = max(length, len(simulation.schedule))
            new = outcome not in exploration
            finding = exploration.add(outcome, simulation.schedule, simulation.switches, one)
            if new and not outcome.ok:
                _shrink(finding, run)
            bar()
        exploration.bound = f"{runs} by lot, seed {seed!r}"
    return exploration


def _shrink(finding: Finding, run: Callable[[Strategy, str], tuple[Outcome, Simulation]]) -> None:
    """Take choices back, in ever smaller pieces, as long as the run ends the same."""
    seed = finding.seed or ""
    suggestions: list[int | None] = list(finding.schedule)
    left = _MAX_SHRINKING_RUNS
    size = len(suggestions)
    while size >= 1 and left > 0:
        for start in range(0, len(suggestions), size):
            piece = suggestions[start : start + size]
            if all(number is None for number in piece):
                continue
            fewer = suggestions[:start] + [None] * len(piece) + suggestions[start + size :]
            outcome, simulation = run(_Suggested(fewer), seed)
            if outcome == finding.outcome:
                suggestions = fewer
                if simulation.switches <= finding.switches:
                    finding.schedule, finding.switches = Schedule(simulation.schedule), simulation.switches
            left -= 1
            if left == 0:
                break
        size //= 2
