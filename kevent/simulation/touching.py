"""What a step touches: two steps that touch nothing in common come to the same in either order."""

from __future__ import annotations

from typing import Any

from kevent.simulation.goroutine import SimulatedGoroutine

__all__ = ["Ties", "Touch", "parts", "tie", "touches"]

Touch = tuple[frozenset[int], bool]
"""What a step touches, as numbers, and whether it only looks at it."""

Ties = dict[int, int]
"""Which primitive of a run is tied to which other one, by number."""


def tie(primitive: Any, ties: Ties) -> None:
    """Somebody waits on two primitives or more at once: from now on a step on one can decide what another's does."""
    first, *rest = parts(primitive, ties)
    for part in rest:
        ties[part] = first


def touches(goroutine: SimulatedGoroutine, ties: Ties) -> Touch:
    """What the next step of a goroutine touches."""
    primitive, operation = goroutine.primitive, goroutine.operation
    own = -2 - goroutine.number  # whoever joins it looks at this
    if operation in ("start", "sleep"):
        return frozenset((own,)), False
    if operation == "go":
        return frozenset((own, -1)), False  # the order of starts gives goroutines their numbers
    if operation == "join":
        return frozenset((own, -2 - primitive.number)), False
    return frozenset((own, *parts(primitive, ties))), operation == "load"


def parts(primitive: Any, ties: Ties) -> list[int]:
    """The numbers of a primitive, or of those that it consists of; one for all that are tied together."""
    numbers = [part._number for part in (primitive._parts() if hasattr(primitive, "_parts") else (primitive,))]
    return [_first(number, ties) for number in numbers] if ties else numbers


def _first(number: int, ties: Ties) -> int:
    while (tied := ties.get(number, number)) != number:
        number = tied
    return number
