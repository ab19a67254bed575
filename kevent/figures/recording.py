"""Run a scenario in a simulation and keep what its trace does not say: how long its queues are, what its sinks said,
which lines took the steps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kevent.channel import Channel
from kevent.figures.sinks import Answer, Answering
from kevent.figures.tracing import Moment, Source, Tracer
from kevent.simulation import Run, Step, simulate

__all__ = ["Recording", "record", "unlogged"]


@dataclass(frozen=True, slots=True)
class Recording:
    """A run, and what its primitives knew."""

    run: Run[Any]
    capacities: dict[str, int]
    """The capacity of every channel by name."""
    answers: dict[str, list[Answer]]
    """What each scripted sink said, call by call."""
    moments: list[Moment]
    """Where the code stood at each line of the trace."""
    sources: dict[str, Source]
    """The scenario's own functions that took part."""

    @property
    def trace(self) -> list[Step]:
        """The steps of the run, in the order in which they were taken."""
        return self.run.trace


class _Keeper(Tracer):
    """Keeps every primitive that a run makes, too."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []

    def made(self, primitive: Any) -> None:
        self.kept.append(primitive)


def record(scenario: Callable[[], object], **options: Any) -> Recording:
    """As `simulate`, with the same options and the same run."""
    keeper = _Keeper()
    run = simulate(scenario, observer=keeper, **options)
    capacities = {each.name: each.capacity for each in keeper.kept if isinstance(each, Channel)}
    answers = {each.name: each.answers for each in keeper.kept if isinstance(each, Answering)}
    return Recording(run, capacities, answers, keeper.moments, keeper.sources)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep what kevent logs meanwhile from the root logger, and from stderr where there is none.

    For runs that are only looked at: their log lines are about a kubelet or a sink that is played, and are no news to
    whoever builds the page or runs the cell. Handlers of kevent's own loggers still get everything.
    """
    logger = logging.getLogger("kevent")
    before, nowhere = logger.propagate, logging.NullHandler()
    logger.propagate = False
    logger.addHandler(nowhere)
    try:
        yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = before
