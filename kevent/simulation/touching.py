"""What a step touches: two steps that touch nothing in common come to the same in either order."""

from __future__ import annotations

from typing import Any

from kevent.simulation.goroutine import SimulatedGoroutine

__all__ = ["Touch", "Touching"]

Touch = tuple[frozenset[int], bool]
"""What a step touches, as numbers, and whether it only looks at it."""


class Touching:
    """The primitives of one run by number, and which of them are tied together."""

    def __init__(self) -> None:
        self._groups: list[int] = []

    def number(self) -> int:
        """The number of a new primitive."""
        number = len(self._groups)
        self._groups.append(number)
        return number

    def tie(self, primitive: Any) -> None:
        """Somebody waits on this, and if that is on two at once, a step on one can decide what the other's does."""
        if hasattr(primitive, "_parts"):
            first, *rest = self.parts(primitive)
            for part in rest:
                self._groups[part] = first

    def touches(self, goroutine: SimulatedGoroutine) -> Touch:
        """What the next step of a goroutine touches."""
        primitive, operation = goroutine.primitive, goroutine.operation
        own = -2 - goroutine.number  # whoever joins it looks at this
        if operation in ("start", "sleep"):
            return frozenset((own,)), False
        if operation == "go":
            return frozenset((own, -1)), False  # the order of starts gives goroutines their numbers
        if operation == "join":
            return frozenset((own, -2 - primitive.number)), False
        return frozenset((own, *self.parts(primitive))), operation == "load"

    def parts(self, primitive: Any) -> list[int]:
        """The numbers of a primitive, or of those that it consists of."""
        parts = primitive._parts() if hasattr(primitive, "_parts") else (primitive,)
        return [self._group(part._number) for part in parts]

    def _group(self, number: int) -> int:
        while self._groups[number] != number:
            number = self._groups[number]
        return number
