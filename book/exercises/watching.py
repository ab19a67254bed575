"""Runs of a check in which one can see at which of the reader's lines each step was taken, and play them on a stage."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from kevent.simulation import Observer, Run, Step, calling_frame
from kevent.simulation import simulate as simulated

if TYPE_CHECKING:
    from kevent.figures import EventFlow

T = TypeVar("T")
OURS = ("kevent", "book.exercises", "greenlet", "contextlib", "functools")


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that was watched: how to run it again, and the reader's line of each step."""

    run: Run[Any]
    lines: list[int | None]
    scenario: Callable[[], object]
    options: dict[str, Any] = field(default_factory=dict)


_kept: deque[Kept] = deque(maxlen=200)  # the last runs


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
    _kept.append(Kept(run, observer.lines, scenario, {**options, "schedule": run.schedule}))
    return run


def lines_of(steps: Sequence[Step]) -> list[int | None]:
    """At which of the reader's lines the steps of a run were taken; empty if nobody watched it."""
    kept = _of(steps)
    return [] if kept is None else kept.lines


def stage_of(steps: Sequence[Step]) -> EventFlow | None:
    """The run of these steps as a stage, where it is a run of a broadcaster that was watched."""
    from kevent.figures import EventFlow

    kept = _of(steps)
    if kept is None or not steps:
        return None
    stage = EventFlow(kept.scenario, title="Your run", **kept.options)
    try:
        _ = stage.data
    except Exception:  # no broadcaster, or how the run ended before it made one: its table shows all there is
        return None
    return stage


def _of(steps: Sequence[Step]) -> Kept | None:
    return next((kept for kept in reversed(_kept) if kept.run.trace is steps), None)
