"""The graph of PickTheSchedule: every order in which a scenario can happen, folded where the futures are the same.

A run is a walk: at each fork the reader picks who goes on. Forks with equal futures are stored once, so a few thousand
runs become a graph of some hundred forks. The state has goroutines, g:NAME for what each is about to do or waits for,
and l:NAME for what a queue or a word held after the last step on it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kevent import runtime
from kevent.errors import KeventError
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import SCHEDULE as SAY
from kevent.figures.still import Still
from kevent.figures.storyboard import Line, Shared, Storyboard
from kevent.figures.waitgroup_word import WORD_VERBS, counter_of
from kevent.simulation import Deadlock, Run, Step, simulate
from kevent.simulation.exploration import explore

__all__ = ["PickTheSchedule", "TooManySchedules"]

HALF = (1 << 32) - 1


class TooManySchedules(KeventError, ValueError):
    """The scenario has more schedules than a figure can hold. The text says how many it was allowed."""


@dataclass(slots=True)
class _Fork:
    """A point of the walk where more than one goroutine can go on, or where the walk ends."""

    options: dict[int, str] = field(default_factory=dict)
    """The scheduler's numbers, and what each would do next: "worker: add on group"."""
    ways: dict[int, tuple[list[Step], _Fork]] = field(default_factory=dict)
    """By number: the steps until the next fork, and that fork."""
    outcome: str = ""

    def follow(self, number: int, steps: list[Step]) -> _Fork:
        """The next fork this way; a way that was taken before has the same steps."""
        return self.ways.setdefault(number, (steps, _Fork()))[1]


@dataclass(slots=True)
class _Walk:
    """One run, and the choices it came by."""

    run: Run[Any]
    choices: list[_Choice]


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the scheduler was asked."""

    start: int
    """How long the trace was."""
    options: dict[int, str]
    """The numbers to choose from, and what each would do."""
    running: int
    """Who went last, if it can go on; else -1."""


def _walk(scenario: Callable[[], object], prefix: Sequence[int]) -> _Walk:
    choices: list[_Choice] = []

    def asking() -> object:
        # The strategy of a simulation is an object of its own; this one writes down what it is asked.
        world: Any = runtime.current()
        pick, choose = world.strategy.pick, world.strategy.choose

        def ask(options: Sequence[int], running: int) -> int:
            labels = {number: world.about_to(number) for number in sorted(options)}
            choices.append(_Choice(len(world.trace), labels, running if running in labels else -1))
            return int(pick(options, running))

        def ask_way(count: int) -> int:
            choices.append(_Choice(len(world.trace), {way: f"select: way {way + 1}" for way in range(count)}, -1))
            return int(choose(count))

        vars(world.strategy).update(pick=ask, choose=ask_way)
        return scenario()

    run = simulate(asking, schedule=prefix)
    return _Walk(run, choices)


def _outcome(run: Run[Any]) -> str:
    """How a run ended, in the words of `explore`."""
    if isinstance(run.error, Deadlock):
        return "deadlock"
    if run.error is not None:
        return str(run.error) or type(run.error).__name__
    value = "" if run.result is None else f" {run.result}"
    names = ", ".join(sorted({left.split(":")[0] for left in run.alive}))
    return f"returned{value}" + (f", left behind: {names}" if names else "")


def _explore(scenario: Callable[[], object], limit: int, max_preemptions: int | None) -> tuple[_Fork, list[Step]]:
    """The tree of all runs, and the steps before the first fork."""
    root = _Fork()
    opening: list[Step] = []
    waiting: list[tuple[int, ...]] = [()]
    runs = 0
    while waiting:
        prefix = waiting.pop()
        runs += 1
        if runs > limit:
            raise TooManySchedules(
                f"more than {limit} schedules: make the scenario smaller, or allow fewer preemptions"
            )
        walk = _walk(scenario, prefix)
        trace, schedule = walk.run.trace, walk.run.schedule
        fork, begun, preemptions = root, 0, 0
        previous: tuple[_Fork, int] | None = None
        for place, (choice, chosen) in enumerate(zip(walk.choices, schedule, strict=True)):
            preempted = choice.running >= 0 and chosen != choice.running
            free = choice.running < 0 or max_preemptions is None or preemptions < max_preemptions
            preemptions += preempted
            if not free:
                continue  # who runs goes on: nothing to pick
            if previous is None:
                opening = trace[: choice.start]
            else:
                fork = previous[0].follow(previous[1], trace[begun : choice.start])
            fork.options = choice.options
            previous, begun = (fork, chosen), choice.start
            if place >= len(prefix):
                waiting.extend((*schedule[:place], number) for number in choice.options if number != chosen)
        if previous is None:
            opening = trace
        else:
            fork = previous[0].follow(previous[1], trace[begun:])
        fork.outcome = _outcome(walk.run)
    return root, opening


class _Graph:
    """Forks and steps by number, equal ones once, ready for JSON."""

    def __init__(self, groups: set[str]) -> None:
        self.groups = groups
        self.texts, self.pool, self.labels, self.forks = Shared(), Shared(), Shared(), Shared()
        self.outcomes: list[str] = []

    def add(self, fork: _Fork) -> int:
        """The number of this fork; deep recursion is bounded by the length of a run."""
        if not fork.options:
            if fork.outcome not in self.outcomes:
                self.outcomes.append(fork.outcome)
            line = SAY[
                "outcome" if fork.outcome.startswith("returned") and "left" not in fork.outcome else "bad outcome"
            ]
            step = self.pool.number([self.texts.number([line.tone, line.text]), [fork.outcome], []])
            return self.forks.number({"end": self.outcomes.index(fork.outcome), "step": step})
        options = []
        for number, label in fork.options.items():
            steps, following = fork.ways[number]
            options.append([self.labels.number(label), self.steps(steps), self.add(following)])
        return self.forks.number({"options": options})

    def steps(self, steps: Sequence[Step]) -> list[int]:
        return [self.pool.number(self._step(step)) for step in steps]

    def _step(self, step: Step) -> list[Any]:
        line, args = _sentence(step, self.groups)
        changes: list[Any] = []
        if step.operation == "go":
            changes += [f"g:{step.name}", ["ready", SAY["ready"].text]]
        if step.operation == "end":
            changes += [f"g:{step.goroutine}", ["end", SAY["ended"].text]]
        elif step.blocked:
            changes += [f"g:{step.goroutine}", ["wait", SAY["waiting"].say(f"{step.operation} on {step.name}")]]
        else:
            changes += [f"g:{step.goroutine}", ["ready", SAY["ready"].text]]
        if step.after is not None and step.name:
            changes += [f"l:{step.name}", _level(step, self.groups)]
        changes += ["who", step.goroutine]
        return [self.texts.number([line.tone, line.text]), args, changes]


def _steps(fork: _Fork) -> Iterator[Step]:
    """All steps from this fork on."""
    for steps, following in fork.ways.values():
        yield from steps
        yield from _steps(following)


def _wait_groups(steps: Iterable[Step]) -> set[str]:
    """The words with something in their high half: those of wait groups. Other words are plain numbers."""
    return {step.name for step in steps if step.operation in WORD_VERBS and (step.after or 0) > HALF}


def _level(step: Step, groups: set[str]) -> str:
    if step.name in groups and step.after is not None:
        return f"counter {counter_of(step.after)}, waiters {step.after & HALF}"
    return str(step.after)


def _sentence(step: Step, groups: set[str]) -> tuple[Line, list[str | int]]:
    who, operation, name = step.goroutine, step.operation.replace("_", " "), step.name
    if step.blocked:
        return SAY["blocked"], [who, operation, name]
    if step.error:
        return SAY["failed"], [who, operation, name, step.error]
    if step.name in groups and step.after is not None:
        return SAY["word"], [who, operation, name, counter_of(step.after), step.after & HALF]
    if not name or name == who:
        return SAY["bare"], [who, operation]
    if step.after is not None:
        return SAY["level"], [who, operation, name, step.after]
    return SAY["other"], [who, operation, name]


class PickTheSchedule(Figure):
    """The reader is the scheduler: at each fork she picks who goes on, and collects the ways in which it can end.

    Every schedule of the scenario is run when the figure is made, and the graph of all of them is stored: nothing is
    run later. So the scenario must be small; `max_schedules` bounds it, and more raise TooManySchedules.
    `max_preemptions` bounds how often a goroutine that could go on is made to wait: after that it goes on unasked. The
    scenario's result, if it has one, is part of the outcome. See `Figure` for the other arguments.
    """

    kind = "pick-the-schedule"
    opening = "Nothing has happened yet. Who goes first?"

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "You are the scheduler",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        max_schedules: int = 5000,
        max_preemptions: int | None = None,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._limit = max_schedules
        self._max_preemptions = max_preemptions

    def tell(self, values: Values) -> Storyboard:
        """The graph travels as the start of an empty storyboard: its steps are the reader's."""
        root, opening = _explore(partial(self.scenario, **values), self._limit, self._max_preemptions)
        graph = _Graph(_wait_groups(itertools.chain(opening, _steps(root))))
        first = graph.add(root)
        names, levels = _names(root, opening)
        start: dict[str, Any] = {"goroutines": names, "levels": levels, "who": ""}
        start |= {f"g:{name}": ["idle", ""] for name in names} | {f"l:{name}": "" for name in levels}
        start["graph"] = {
            "opening": graph.steps(opening), "first": first, "labels": graph.labels.values,
            "forks": graph.forks.values, "outcomes": graph.outcomes,
            "texts": graph.texts.values, "pool": graph.pool.values,
        }  # fmt: skip
        return Storyboard(**start)

    def check(self, **values: Any) -> list[str]:
        """The outcomes by name, found anew by `kevent.simulation.explore`: what the figure must hold, for tests."""
        scenario = partial(self.scenario, **values)
        found = explore(scenario, max_preemptions=self._max_preemptions, progress=False)
        return sorted({str(outcome) for outcome in found})

    def draw(self, storyboard: Storyboard) -> str:
        """A box for each goroutine, the first four if there are more."""
        names = storyboard.start["goroutines"]
        still = Still(736, 62)
        for number, name in enumerate(names[:4]):
            still.rect(1 + number * 182, 8, 172, 46)
            still.text(13 + number * 182, 36, name, bold=True)
        return still.svg()


def _names(root: _Fork, opening: Sequence[Step]) -> tuple[list[str], list[str]]:
    """The goroutines and the counted things of all runs, in the order of their first step."""
    goroutines: dict[str, None] = {}
    levels: dict[str, None] = {}
    waiting = [(list(opening), root)]
    seen: set[int] = set()
    while waiting:
        steps, fork = waiting.pop(0)
        for step in steps:
            goroutines.setdefault(step.goroutine)
            if step.operation == "go":
                goroutines.setdefault(step.name)
            if step.after is not None and step.name:
                levels.setdefault(step.name)
        if id(fork) not in seen:
            seen.add(id(fork))
            waiting.extend(fork.ways[number] for number in fork.options)
    return list(goroutines), list(levels)
