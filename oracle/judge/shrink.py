"""Make a question that fails small: fewer steps, then less of what all steps have, then less of each.

The fuzzer's minimiser begins anew after every cut, which suits short questions. Here one has a hundred steps, and each
attempt is put to a program of somebody else's.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from oracle.fuzz import smaller

Question = dict[str, Any]
Fails = Callable[[Question], bool]

LISTS = ("steps", "calls", "refs")
"""Where the steps of a question are."""

KEPT = ("op", "__go", "method", "id", "n", "delta")
"""What a step is nothing without."""


class Spent(Exception):
    """No more attempts, or no more time."""


class Shrinking:
    """A question that fails, and ever smaller ones that do, too."""

    def __init__(self, question: Question, fails: Fails, attempts: int, seconds: float) -> None:
        self.question = question
        self._fails = fails
        self._attempts = attempts
        self._deadline = time.monotonic() + seconds
        self._key = next((key for key in LISTS if isinstance(question.get(key), list)), "")

    @property
    def steps(self) -> list[Any]:
        return list(self.question.get(self._key, ()))

    def run(self) -> Question:
        """The smallest question found."""
        try:
            self.shorten()
            self.thin()
            self.columns()
            for number in range(len(self.steps)):
                self.one(number)
            self.thin()
        except Spent:
            pass
        return self.question

    def holds(self, question: Question) -> bool:
        """Whether this one fails, too; if so it is the question from now on."""
        if not self._attempts or time.monotonic() > self._deadline:
            raise Spent
        self._attempts -= 1
        if self._fails(question):
            self.question = question
            return True
        return False

    def with_steps(self, steps: list[Any]) -> bool:
        return self.holds(self.question | {self._key: steps})

    # --- the ways, boldest first --------------------------------------------------------------------------------------

    def shorten(self) -> None:
        """The shortest beginning. Where a longer one always fails if a shorter one does, that takes few attempts."""
        steps = self.steps
        if steps:
            bisect_left(range(len(steps)), True, key=lambda length: self.with_steps(steps[:length]))

    def thin(self) -> None:
        """Without some of the steps: half of them, a quarter, and so on."""
        size = len(self.steps) // 2
        while size:
            start = 0
            while start < len(steps := self.steps):
                if not self.with_steps(steps[:start] + steps[start + size :]):
                    start += size
            size //= 2

    def columns(self) -> None:
        """Without something that several steps have: the host of all events, say."""
        for path in dict.fromkeys(path for step in self.steps for path in paths(step)):
            self.with_steps([dropped(step, path) for step in self.steps])

    def one(self, number: int) -> None:
        """One step, by itself."""
        for path in list(paths(self.steps[number])):
            whole = value_at(self.steps[number], path)
            if type(whole) is int and whole > 1 and self.set(number, path, whole - 1):
                bisect_left(range(whole - 1), True, key=partial(self.set, number, path))
        progress = True
        while progress:
            before = self.steps[number]
            progress = any(self.replace(number, less) for less in smaller(before, frozenset(KEPT)))

    def set(self, number: int, path: tuple[str, ...], value: int) -> bool:
        return self.replace(number, changed(self.steps[number], path, value))

    def replace(self, number: int, step: Any) -> bool:
        steps = self.steps
        return self.with_steps([*steps[:number], step, *steps[number + 1 :]])


def paths(step: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """What could be left out of a step, the whole before its parts."""
    if isinstance(step, dict):
        for key, value in step.items():
            if key not in KEPT:
                yield (*before, key)
                yield from paths(value, (*before, key))


def value_at(step: Any, path: tuple[str, ...]) -> Any:
    """What is there; None if nothing is."""
    for key in path:
        step = step.get(key) if isinstance(step, dict) else None
    return step


def dropped(step: Any, path: tuple[str, ...]) -> Any:
    """The step without this."""
    if not isinstance(step, dict) or path[0] not in step:
        return step
    if len(path) == 1:
        return {key: value for key, value in step.items() if key != path[0]}
    return step | {path[0]: dropped(step[path[0]], path[1:])}


def changed(step: Any, path: tuple[str, ...], value: Any) -> Any:
    """The step with another value there."""
    return step | {path[0]: value if len(path) == 1 else changed(step[path[0]], path[1:], value)}
