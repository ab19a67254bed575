"""Every order of a scenario, depth first: the strategy of `explore`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from kevent.simulation.schedule import Refused, Situation, Strategy

__all__ = ["Changed", "DepthFirst", "Walk"]


class Changed(Refused):
    """This run does something else after the same choices."""


class Walk(Strategy):
    """A strategy that takes another way at each run."""

    @abstractmethod
    def ended_early(self) -> bool:
        """Whether the run that has ended was not asked for all the choices that it should repeat."""

    @abstractmethod
    def advance(self) -> bool:
        """Go back to the last choice that has another answer; False if there is none."""


class DepthFirst(Walk):
    """The choices of the last run up to a point, a new one there, then the simplest ones."""

    def __init__(self, max_preemptions: int | None) -> None:
        self._max_preemptions = max_preemptions
        self._chosen: list[int] = []
        self._untried: list[list[int]] = []
        self._asked: list[object] = []  # between whom, or how many ways: the same in every run
        self._depth = 0
        self._preemptions = 0

    def start(self, situation: Situation) -> None:
        """Begin another run."""
        self._depth = self._preemptions = 0

    def pick(self, options: Sequence[int], running: int) -> int:
        """As in the last run, or the one that runs.

        Raises Changed if the options are others than there were after the same choices.
        """
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._chosen):
            if options != self._asked[depth]:
                raise Changed
            number = self._chosen[depth]
        else:
            number = self._further(options, running)
        if number != running and self._max_preemptions is not None and running in options:
            self._preemptions += 1
        return number

    def _further(self, options: Sequence[int], running: int) -> int:
        """The one that runs goes on first, so the first runs have the fewest switches; the others are for later."""
        could_go_on = running in options
        number = running if could_go_on else options[0]
        self._chosen.append(number)
        if could_go_on and self._preemptions == self._max_preemptions:
            self._untried.append([])
        else:
            self._untried.append([option for option in reversed(options) if option != number])
        self._asked.append([*options])
        return number

    def choose(self, count: int) -> int:
        """As in the last run, or the first way. Raises Changed if there are more or fewer than there were."""
        depth = self._depth
        self._depth = depth + 1
        if depth == len(self._chosen):
            self._chosen.append(0)
            self._untried.append(list(range(count - 1, 0, -1)))
            self._asked.append(count)
        elif self._asked[depth] != count:
            raise Changed
        return self._chosen[depth]

    def ended_early(self) -> bool:
        """Whether the run that has ended was not asked for all the choices that it should repeat."""
        return self._depth < len(self._chosen)

    def advance(self) -> bool:
        """Go back to the last choice that has another answer; False if there is none."""
        while self._untried and not self._untried[-1]:
            self._untried.pop()
            self._chosen.pop()
            self._asked.pop()
        if not self._untried:
            return False
        self._chosen[-1] = self._untried[-1].pop()
        return True
