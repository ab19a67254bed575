"""What a step touches: two steps that touch nothing in common come to the same in either order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kevent.simulation.goroutine import SimulatedGoroutine

__all__ = ["Ties", "Touch", "numbers", "parts", "tie", "touches"]

Touch = tuple[frozenset[int], bool]
"""What a step touches, as numbers, and whether it only looks at it."""

Ties = dict[int, int]
"""Which primitive of a run is tied to which other one, by number."""


def parts(primitive: Any) -> Iterable[Any]:
    """The primitives that this one consists of: of a `select` its channels, else only itself."""
    return primitive._parts() if hasattr(primitive, "_parts") else (primitive,)


def tie(primitive: Any, ties: Ties) -> None:
    """Somebody waits on two primitives or more at once: from now on a step on one can decide what another's does."""
    first, *rest = numbers(primitive, ties)
    for number in rest:
        ties[number] = first


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
    return frozenset((own, *numbers(primitive, ties))), operation == "load"


def numbers(primitive: Any, ties: Ties) -> list[int]:
    """The numbers of a primitive's parts; one for all that are tied together."""
    untied = [part._number for part in parts(primitive)]
    return [_first(number, ties) for number in untied] if ties else untied


def _first(number: int, ties: Ties) -> int:
    while (tied := ties.get(number, number)) != number:
        number = tied
    return number
