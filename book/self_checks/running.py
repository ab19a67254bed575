"""What the runs behind the self-checks share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kevent.simulation import Run, simulate

T = TypeVar("T")


def finished(scenario: Callable[[], T]) -> Run[T]:
    """A simulated run of `scenario` that has come to its end. Raises what it raises."""
    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return run


def result(scenario: Callable[[], T]) -> T:
    """What a simulated run of `scenario` returns. Raises what it raises."""
    return finished(scenario).result  # type: ignore[return-value]


@contextmanager
def quietly(name: str, level: int) -> Iterator[None]:
    """Keep a logger to `level` for a while: what is logged there is expected."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
