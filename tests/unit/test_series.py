"""The series of tools/events: what is written when, and which events are equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kevent import Event
from kevent.runtime import now, sleep
from kevent.series import SeriesCache
from kevent.simulation import EPOCH, simulate
from tests.support import POD

Writes = list[tuple[int, str, int]]


def event(**changes: str) -> Event:
    made = Event(name="web.1", involved_object=POD, type="Warning", reason="R", action="A", message="m")
    return replace(made, event_time=now(), **changes)  # type: ignore[arg-type]


def written(tell: Callable[[SeriesCache], object]) -> Writes:
    """Second, verb and count of each write."""
    writes: Writes = []

    def scenario() -> None:
        def write(verb: str, event: Event) -> None:
            writes.append((round((now() - EPOCH) / 1e9), verb, event.series.count if event.series else 1))

        series = SeriesCache(write)
        series.start()
        tell(series)
        series.stop()

    run = simulate(scenario)
    assert run.error is None
    return writes


def repeat(series: SeriesCache, times: int, pause: float) -> None:
    for _ in range(times):
        series.record(event())
        sleep(pause)


def test_the_first_is_created_the_second_patched_the_others_counted() -> None:
    assert written(lambda series: repeat(series, 5, 1)) == [(0, "create", 1), (1, "patch", 2)]


def test_a_series_that_ends_is_told_once_more_and_begins_anew() -> None:
    def tell(series: SeriesCache) -> None:
        repeat(series, 5, 1)
        sleep(900)
        series.record(event())

    assert written(tell) == [(0, "create", 1), (1, "patch", 2), (720, "patch", 5), (905, "create", 1)]


def test_a_single_event_that_is_forgotten_is_not_written_again() -> None:
    assert written(lambda series: (series.record(event()), sleep(900))) == [(0, "create", 1)]


def test_a_series_that_goes_on_is_refreshed_every_half_hour() -> None:
    assert written(lambda series: repeat(series, 70, 60)) == [
        (0, "create", 1), (60, "patch", 2), (1800, "patch", 30), (3600, "patch", 60),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["type", "reason", "action", "reporting_controller", "reporting_instance"])
def test_what_makes_two_events_different(name: str) -> None:
    def tell(series: SeriesCache) -> None:
        series.record(event())
        series.record(event(**{name: "another"}))

    assert [verb for _, verb, _ in written(tell)] == ["create", "create"]


def test_the_message_does_not() -> None:
    def tell(series: SeriesCache) -> None:
        series.record(event())
        series.record(event(message="another"))

    assert [verb for _, verb, _ in written(tell)] == ["create", "patch"]
