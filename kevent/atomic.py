"""A value that many threads replace without ever waiting for each other.

In Go: `sync/atomic.Pointer` and a loop around its `CompareAndSwap`. For what has to be counted where nobody may wait:
in an object's `__del__`, which the garbage collector may call while its own thread is in the middle of the same lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["AtomicReference", "Cell", "newest"]

T = TypeVar("T")

Cell = list[Any]
"""A value that will not change, and the cells that wanted to come after it: the first of them did."""


def newest(cell: Cell) -> Cell:
    """The cell that has no successor yet, from one that came before it."""
    while len(cell) > 1:
        cell = cell[1]
    return cell


class AtomicReference(Generic[T]):
    """A value, and an `update` that makes the next one of it, in one piece. Values are not to be changed in place.

    There is no lock: each value is in a cell, a list, and its successor is the cell that was appended there first
    (`append` is atomic, with the GIL and without it). Whoever comes too late with a successor makes another one of the
    value that was quicker. So an interrupt leaves either the old value or the new one, and a fork finds nothing held.
    """

    __slots__ = ("_cell",)

    def __init__(self, value: T) -> None:
        self._cell: Cell = [value]

    def get(self) -> T:
        """The value now."""
        return newest(self._cell)[0]  # type: ignore[no-any-return]

    def update(self, change: Callable[[T], T]) -> tuple[T, T]:
        """Replace the value by `change(value)`; what it was and what it is now.

        `change` is called again if another thread was quicker, so it must do nothing but compute.
        """
        cell = self._cell
        while True:
            cell = newest(cell)
            new = [change(cell[0])]
            cell.append(new)
            if cell[1] is new:
                self._cell = new  # this may put an older cell back: then the way to the newest is a step longer
                return cell[0], new[0]
