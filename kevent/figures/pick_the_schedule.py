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

from kevent.errors import KeventError
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import SCHEDULE as SAY
from kevent.figures.still import Still
from kevent.figures.storyboard import Line, Shared, Storyboard
from kevent.figures.waitgroup_word import WORD_VERBS, counter_of
from kevent.simulation import Observer, Outcome, Step, explore

__all__ = ["PickTheSchedule", "TooManySchedules"]

HALF = (1 << 32) - 1


class TooManySchedules(KeventError, ValueError):
    """The scenario has more schedules than a figure can hold. The text says how many it was allowed."""


@dataclass(slots=True)
class _Way:
    """What happens after a choice, or before the first one: steps up to the next fork, or to the end."""

    label: str = ""
    """Who goes on, and with what: "worker: add on group"."""
    steps: list[Step] = field(default_factory=list)
    walked: bool = False
    """Whether a run has been here before, so that the steps are all there."""
    forks: dict[int, _Way] = field(default_factory=dict)
    """The ways from here, by the scheduler's number; none where the run ends."""
    outcome: str = ""

    def straighten(self) -> None:
        """Where only one way was ever open there is nothing to pick: it is the rest of this one."""
        while len(self.forks) == 1:
            (rest,) = self.forks.values()
            self.steps += rest.steps
            self.forks, self.outcome = rest.forks, rest.outcome
        self.forks = dict(sorted(self.forks.items()))


class _Tree(Observer):
    """All runs of an exploration, grown together as long as they are the same."""

    def __init__(self) -> None:
        self.opening = self._here = _Way()

    def started(self) -> None:
        self._here = self.opening

    def stepped(self, step: Step) -> None:
        if not self._here.walked:
            self._here.steps.append(step)

    def chose(self, options: Mapping[int, str], number: int) -> None:
        self._here.walked = True
        self._here = self._here.forks.setdefault(number, _Way(options[number]))

    def ended(self, outcome: Outcome) -> None:
        self._here.walked = True
        self._here.outcome = outcome.in_full

    def ways(self) -> list[_Way]:
        """Every way, the shortest walk to it first, with no fork that was none."""
        ways = [self.opening]
        for way in ways:
            way.straighten()
            ways.extend(way.forks.values())
        return ways


def _explore(scenario: Callable[[], object], limit: int, max_preemptions: int | None) -> _Tree:
    """The tree of all runs."""
    tree = _Tree()
    found = explore(scenario, max_schedules=limit, max_preemptions=max_preemptions, observer=tree, progress=False)
    if not found.finished:
        if found.schedules < limit:
            raise KeyboardInterrupt  # explore keeps what it has found so far, but half a graph is none
        raise TooManySchedules(f"more than {limit} schedules: make the scenario smaller, or allow fewer preemptions")
    return tree


class _Graph:
    """Forks and steps by number, equal ones once, ready for JSON."""

    def __init__(self, groups: set[str]) -> None:
        self.groups = groups
        self.texts, self.pool, self.labels, self.forks = Shared(), Shared(), Shared(), Shared()
        self.outcomes: list[str] = []

    def add(self, opening: _Way) -> int:
        """The number of the fork at the end of this way, after all those behind it. Runs may be too long to recurse."""
        begun: list[tuple[Iterator[_Way], list[list[Any]]]] = []  # forks, with the ways left to follow
        way: _Way | None = opening
        number = -1
        while True:
            if way is None:
                number = self.forks.number({"options": begun.pop()[1]})
            elif way.forks:
                begun.append((iter(way.forks.values()), []))
            else:
                number = self._end(way.outcome)
            if not begun:
                return number
            following, options = begun[-1]
            if way is None or not way.forks:
                options[-1].append(number)
            way = next(following, None)
            if way is not None:
                options.append([self.labels.number(way.label), self.steps(way.steps)])

    def _end(self, outcome: str) -> int:
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)
        fine = outcome.startswith("returned") and "left" not in outcome
        line = SAY["outcome" if fine else "bad outcome"]
        step = self.pool.number([self.texts.number([line.role, line.text]), [outcome], []])
        return self.forks.number({"end": self.outcomes.index(outcome), "step": step})

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
        return [self.texts.number([line.role, line.text]), args, changes]


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
        tree = _explore(partial(self.scenario, **values), self._limit, self._max_preemptions)
        ways = tree.ways()
        graph = _Graph(_wait_groups(itertools.chain.from_iterable(way.steps for way in ways)))
        first = graph.add(tree.opening)
        names, levels = _names(ways)
        start: dict[str, Any] = {"goroutines": names, "levels": levels, "who": ""}
        start |= {f"g:{name}": ["idle", ""] for name in names} | {f"l:{name}": "" for name in levels}
        start["graph"] = {
            "opening": graph.steps(tree.opening.steps), "first": first, "labels": graph.labels.values,
            "forks": graph.forks.values, "outcomes": graph.outcomes,
            "texts": graph.texts.values, "pool": graph.pool.values,
        }  # fmt: skip
        return Storyboard(**start)

    def draw(self, storyboard: Storyboard) -> str:
        """A box for each goroutine, the first four if there are more."""
        names = storyboard.start["goroutines"]
        still = Still(736, 62)
        for number, name in enumerate(names[:4]):
            still.rect(1 + number * 182, 8, 172, 46)
            still.text(13 + number * 182, 36, name, bold=True)
        return still.svg()


def _names(ways: Iterable[_Way]) -> tuple[list[str], list[str]]:
    """The goroutines and the counted things of all runs, in the order of their first step."""
    goroutines: dict[str, None] = {}
    levels: dict[str, None] = {}
    for step in itertools.chain.from_iterable(way.steps for way in ways):
        goroutines.setdefault(step.goroutine)
        if step.operation == "go":
            goroutines.setdefault(step.name)
        if step.after is not None and step.name:
            levels.setdefault(step.name)
    return list(goroutines), list(levels)
