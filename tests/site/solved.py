"""What holds for every exercise: its solution is right, and what the reader finds is not yet."""

from __future__ import annotations

from types import ModuleType

from book.exercises import checking


def expect_solved_and_not_yet(chapter: ModuleType, name: str, **given: object) -> None:
    """`given` are the names that the notebook's earlier cells have made."""
    solution, check = getattr(chapter, name), getattr(chapter, f"check_{name}")
    assert check(solution).right
    names = dict(given)
    exec(checking.skeleton(solution), names)
    assert check(names[name]) is checking.NOT_YET
