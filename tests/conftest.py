"""What every test has to leave behind: no thread, no running simulation, no half-run fiber, no complaint.

Tests that expect an error in the log of `kevent` ask for `complaints` and take what they expect.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from greenlet import greenlet

from kevent import runtime
from kevent.simulation import greenlets

STRICT = {"unit", "simulation"}
"""The folders in which an error in kevent's log has to be expected by the test."""

TESTS = Path(__file__).parent

GRACE = 2.0
"""Seconds that a thread may take for its last lines after the test."""


LONGEST_FIRST = [
    "test_run_here.py", "test_without_doors.py", "test_stages_of_the_book.py",
    "test_wide.py", "test_narrow.py", "test_figures_live.py", "test_figures.py", "test_twins_live.py", "test_launch.py",
    "test_distribution.py", "test_conftest.py", "test_exercises.py", "test_claims.py", "test_production.py",
    "test_storyboards.py", "test_cli.py", "test_exploration.py", "test_museum.py", "test_faults.py", "test_bundles.py",
    "test_figures_of_the_book.py", "test_measured.py",
]  # fmt: skip
"""The files that take longest: begun last, one of them would keep one worker busy while the other has no more to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


def pytest_collection_finish() -> None:
    """Let the collector leave alone what pytest has made of ten thousand tests: to look at it takes half a second.

    Benchmarks and the tests of finalisers collect hundreds of times.
    """
    gc.collect()
    gc.freeze()


class Complaints(logging.Handler):
    """What kevent logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def take(self) -> list[str]:
        """The texts so far, which are thereby expected."""
        texts = [record.getMessage() for record in self.records]
        self.records.clear()
        return texts


class Watched(greenlet):  # type: ignore[misc]
    """A greenlet that can be counted."""

    alive: list[Watched] = []  # noqa: RUF012

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.alive.append(self)


def leftovers(threads: set[threading.Thread], grace: float = GRACE) -> list[str]:
    """What runs now and did not run before, in words."""
    new = [thread for thread in threading.enumerate() if thread not in threads]
    for thread in new:
        _join(thread, grace)
    found = [f"thread {thread.name}" for thread in new if thread.is_alive()]
    if runtime.current() is not runtime.THREADS:
        found.append("a simulation that is still entered")
    # An unfinished greenlet is true.
    found += ["a fiber that has not ended" for green in Watched.alive if green]
    return found


def _join(thread: threading.Thread, grace: float) -> None:
    """Wait for a thread, also for one that is listed already and has not started yet."""
    deadline = time.monotonic() + grace
    while (rest := deadline - time.monotonic()) > 0:
        with suppress(RuntimeError):  # "cannot join thread before it is started"
            thread.join(rest)
            return


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves something running."""
    threads = set(threading.enumerate())
    monkeypatch.setattr(greenlets, "greenlet", Watched)
    Watched.alive.clear()
    yield
    found = leftovers(threads)
    Watched.alive.clear()
    runtime.enter(runtime.THREADS)
    assert not found, f"left behind: {', '.join(found)}"


@pytest.fixture(autouse=True)
def complaints(request: pytest.FixtureRequest, nothing_left: None) -> Iterator[Complaints]:
    """What kevent logs as an error during the test. What the test does not take makes it fail."""
    handler = Complaints()
    logger = logging.getLogger("kevent")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    if STRICT & set(request.path.relative_to(TESTS).parts):
        assert handler.take() == [], "logged as errors, and not expected"
