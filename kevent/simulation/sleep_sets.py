"""Of the orders that differ only in independent steps, one: the strategy of `explore(reduce=True)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kevent.simulation.depth_first import Changed, Walk
from kevent.simulation.schedule import Refused, Situation
from kevent.simulation.touching import Touch

__all__ = ["Redundant", "SleepSets"]


class Redundant(Refused):
    """This run can only repeat what has been seen."""


_ORACLE = 1 << 40
"""The number of the clock and the random numbers: who asks first gets another answer than who asks second."""


def _independent(a: Touch, b: Touch) -> bool:
    """Whether two steps of two goroutines come to the same in either order."""
    return (a[1] and b[1]) or a[0].isdisjoint(b[0])


@dataclass(slots=True)
class _Node:
    """A point on the way down: who went, who else was tried there, who need not be."""

    number: int  # who went
    touch: Touch
    options: dict[int, Touch]  # who could have gone
    asleep: dict[int, Touch]  # whose step here has been seen from an equal state: going would only repeat it
    ways: int = 0  # a choice of the running goroutine instead: how many ways are left
    way: int = 0


class SleepSets(Walk):
    """As `DepthFirst`, but of the orders that differ only in independent steps it takes one: sleep sets.

    After a step of A has been tried at some point, A is put to sleep in the branches where B goes instead, until
    somebody's step there touches what A's would. A branch in which only sleepers could go on is abandoned.
    """

    ask_always = True

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._depth = 0
        self._situation: Situation = None  # type: ignore[assignment]  # start() comes first

    def start(self, situation: Situation) -> None:
        """Begin another run."""
        self._situation = situation
        self._depth = 0

    def _look_back(self) -> None:
        """Note what the last step has touched beyond the primitive it was announced with."""
        if self._situation.consulted:
            self._situation.consulted = False
            for node in reversed(self._nodes[: self._depth]):
                node.touch = (node.touch[0] | {_ORACLE}, False)
                if node.options:  # else a choice within the step, which began further up
                    break

    def pick(self, options: Sequence[int], running: int) -> int:
        """As in the last run, or one that is awake.

        Raises Changed as `DepthFirst` does, Redundant if all are asleep.
        """
        self._look_back()
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._nodes):
            node = self._nodes[depth]
            if list(node.options) != list(options):
                raise Changed
            return node.number
        touches = self._situation.touches(options)
        asleep: dict[int, Touch] = {}
        if self._nodes:
            above = self._nodes[-1]
            asleep = {number: touch for number, touch in above.asleep.items() if _independent(touch, above.touch)}
        awake = [number for number in touches if number not in asleep]
        if not awake:
            raise Redundant
        number = running if running in awake else awake[0]
        self._nodes.append(_Node(number, touches[number], touches, asleep))
        return number

    def choose(self, count: int) -> int:
        """As in the last run, or the first way. Raises Changed if there are more or fewer than there were."""
        # A choice belongs to the step that makes it.
        self._look_back()
        depth = self._depth
        self._depth = depth + 1
        if depth == len(self._nodes):
            above = self._nodes[-1]
            self._nodes.append(_Node(above.number, above.touch, {}, above.asleep, ways=count - 1))
        elif self._nodes[depth].ways + self._nodes[depth].way != count - 1:
            raise Changed
        return self._nodes[depth].way

    def ended_early(self) -> bool:
        """As in `DepthFirst`."""
        return self._depth < len(self._nodes)

    def advance(self) -> bool:
        """As in `DepthFirst`, and send to sleep who has been tried."""
        self._look_back()
        while self._nodes:
            node = self._nodes[-1]
            if node.ways:
                node.ways -= 1
                node.way += 1
                return True
            if node.options:
                node.asleep[node.number] = node.touch
                for number, touch in node.options.items():
                    if number not in node.asleep:
                        node.number, node.touch = number, touch
                        return True
            self._nodes.pop()
        return False
