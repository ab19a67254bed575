"""Who goes next: the strategies that a simulation asks for each of its choices."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Protocol

from kevent.errors import KeventError

__all__ = ["AtRandom", "InOrder", "Refused", "Replay", "Schedule", "ScheduleMismatch", "Situation", "Strategy"]


class Schedule(tuple[int, ...]):
    """The choices of a run, one number each: the goroutine that was picked, or the way that was chosen.

    A choice is there only where there was more than one answer. `simulate(scenario, schedule=…)` repeats them.
    """

    __slots__ = ()

    def to_json(self) -> str:
        """As JSON: an array of numbers."""
        return json.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """From JSON. Raises ValueError if it is not an array of whole numbers from 0 up."""
        numbers = json.loads(text)
        if not isinstance(numbers, list) or not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError("a schedule is an array of whole numbers from 0 up")
        return cls(numbers)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file as JSON."""
        Path(path).write_text(self.to_json() + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Schedule:
        """Read what `save` wrote. Raises OSError, or ValueError as `from_json` does."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        return f"Schedule({list(self)})"


class Refused(KeventError):
    """A strategy has no answer: the run ends here."""


class ScheduleMismatch(Refused):
    """A given schedule asks for a goroutine that cannot go on at that point: it belongs to another scenario."""


class Situation(Protocol):
    """What a strategy may ask about the run that it decides."""

    consulted: bool
    """Whether the step being taken has asked for the time or for a random number. To be set back by who minds."""

    def about_to(self, number: int) -> str:
        """What a goroutine, by its number, will do or waits for: "worker: add on group"."""

    def touches(self, numbers: Sequence[int]) -> dict[int, tuple[frozenset[int], bool]]:
        """What the next steps of these goroutines touch, as numbers, and whether they only look at it."""


class Strategy(ABC):
    """Who goes next: for `simulate(scenario, strategy=…)`, and what `explore` and `search` are made of.

    A strategy is asked wherever there is more than one answer, or, with `ask_always`, before every step.
    """

    ask_always: bool = False

    def start(self, situation: Situation) -> None:  # noqa: B027  most want to know nothing
        """A run begins: what follows is asked about it."""

    @abstractmethod
    def pick(self, options: Sequence[int], running: int) -> int:
        """One of the numbers of the goroutines that can go on, those that have been ready longest first.

        `running` is the one that went last, or -1 if all had been asleep. Goroutines are numbered in the order in which
        they were started, from 0, which is "main".
        """

    def choose(self, count: int) -> int:
        """One of `count` ways for the running goroutine to go on, from 0."""
        return 0


class InOrder(Strategy):
    """Let a goroutine run until it has to wait; then the one that has been ready longest. As Go on one
    processor.
    """

    def pick(self, options: Sequence[int], running: int) -> int:
        """Who ran last, if that can go on; else the first of `options`, which has been ready longest."""
        return running if running in options else options[0]


class AtRandom(Strategy):
    """Every choice by lot, from a seed."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)

    def pick(self, options: Sequence[int], running: int) -> int:
        """Any of `options`, each as likely."""
        return self._random.choice(options)

    def choose(self, count: int) -> int:
        """Any of the ways, each as likely."""
        return self._random.randrange(count)


class Replay(Strategy):
    """The choices of an earlier run, and after their end those of `InOrder`."""

    def __init__(self, schedule: Sequence[int]) -> None:
        self._schedule = schedule
        self._next = 0
        self._rest = InOrder()

    def _take(self) -> int | None:
        if self._next == len(self._schedule):
            return None
        self._next += 1
        return self._schedule[self._next - 1]

    def pick(self, options: Sequence[int], running: int) -> int:
        """The next number of the schedule.

        Raises ScheduleMismatch if that goroutine cannot go on here.
        """
        number = self._take()
        if number is None:
            return self._rest.pick(options, running)
        if number not in options:
            raise ScheduleMismatch(
                f"choice {self._next - 1} of the schedule is goroutine {number}, but only {list(options)} can go on"
            )
        return number

    def choose(self, count: int) -> int:
        """The next number of the schedule.

        Raises ScheduleMismatch if there is no such way.
        """
        number = self._take()
        if number is None:
            return self._rest.choose(count)
        if not 0 <= number < count:
            raise ScheduleMismatch(f"choice {self._next - 1} of the schedule is {number}, but there are {count} ways")
        return number
