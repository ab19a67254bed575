"""What holds for every exercise: its solution is right, what a reader finds is not yet, what is wrong is refuted."""

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


def refuted(verdict: checking.Verdict, says: str, *, traced: bool = True) -> None:
    """It is wrong, a sentence says how, and the steps of a run show it, unless nothing of it is run."""
    assert not verdict
    assert says in verdict.sentence
    assert verdict.steps or not traced
    assert "object at 0x" not in repr(verdict)
