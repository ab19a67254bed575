"""Runs of a check in which one can see at which of the reader's lines each step was taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from kevent.simulation import Observer, Run, Step, calling_frame
from kevent.simulation import simulate as simulated

T = TypeVar("T")
OURS = ("kevent", "book.exercises", "greenlet", "contextlib", "functools")
_kept: deque[tuple[list[Step], list[int | None]]] = deque(maxlen=200)  # the traces of the last runs, with their lines


class Lines(Observer):
    """The reader's line that each step comes through, or None: numbered as in the cell."""

    def __init__(self) -> None:
        self.lines: list[int | None] = []

    def stepped(self, step: Step) -> None:
        """Look where the goroutine stands."""
        frame = calling_frame()
        while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(OURS):
            ours = str(frame.f_globals["__name__"]).startswith("book.exercises")
            frame = None if ours else frame.f_back  # what called the check is not what the reader wrote
        self.lines.append(None if frame is None else frame.f_lineno)


def simulate(scenario: Callable[[], T], **options: Any) -> Run[T]:
    """`kevent.simulation.simulate`, and the lines of its steps are kept for a while."""
    observer = Lines()
    run = simulated(scenario, observer=observer, **options)
    _kept.append((run.trace, observer.lines))
    return run


def lines_of(steps: Sequence[Step]) -> list[int | None]:
    """At which of the reader's lines the steps of a run were taken; empty if nobody watched it."""
    return next((lines for trace, lines in reversed(_kept) if trace is steps), [])
