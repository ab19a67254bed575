"""The series of tools/events: what is written when, which events are equal, and what releases differ in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from kevent import Event, MemorySink, ObjectReference, RequestConstructionError, StatusError, versions
from kevent.runtime import now, sleep
from kevent.series import SeriesCache, get_key, record_event
from kevent.simulation import EPOCH
from kevent.sinks.events_v1 import EventsV1
from kevent.writing import Fate
from tests.conftest import Complaints
from tests.support import NODE, POD, simulated

Writes = list[tuple[int, str, int]]
TAKEN = StatusError.already_exists("events", "web.1")
GONE = StatusError.not_found("events", "web.1")
AWAY = ConnectionError("away")


def event(**changes: Any) -> Event:
    made = Event(name="web.1", involved_object=POD, type="Warning", reason="R", action="A", message="m")
    return replace(made, event_time=now(), **changes)


class Told:
    """Second, verb and count of each call; `answers` are raised one by one, None is a yes."""

    def __init__(self, *answers: Exception | None) -> None:
        self.writes: Writes = []
        self.answers = list(answers)

    def create(self, event: Event) -> Event:
        return self._told("create", event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        assert event.series is not None
        assert patch == {"series": event.series.to_dict()}
        return self._told("patch", event)

    def _told(self, verb: str, event: Event) -> Event:
        self.writes.append((round((now() - EPOCH) / 1e9), verb, event.series.count if event.series else 1))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return event


def written(tell: Callable[[SeriesCache], object], *answers: Exception | None, **options: Any) -> Writes:
    """What a cache writes."""

    def scenario() -> Writes:
        sink = Told(*answers)
        series = SeriesCache(sink, **options)
        series.start()
        tell(series)
        series.stop()
        return sink.writes

    return simulated(scenario)


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
        sleep(1)

    assert written(tell) == [(0, "create", 1), (1, "patch", 2), (720, "patch", 5), (905, "create", 1)]


def test_a_single_event_that_is_forgotten_is_not_written_again() -> None:
    assert written(lambda series: (series.record(event()), sleep(900))) == [(0, "create", 1)]


def test_a_series_that_goes_on_is_refreshed_every_half_hour() -> None:
    assert written(lambda series: (sleep(30), repeat(series, 70, 60))) == [
        (30, "create", 1), (90, "patch", 2), (1800, "patch", 30), (3600, "patch", 60),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["type", "reason", "action", "reporting_controller", "reporting_instance"])
def test_what_makes_two_events_different(name: str) -> None:
    def tell(series: SeriesCache) -> None:
        repeat(series, 1, 1)
        series.record(event(**{name: "another"}))
        sleep(1)

    assert [verb for _, verb, _ in written(tell)] == ["create", "create"]


@pytest.mark.parametrize("field", ["kind", "namespace", "name", "uid", "api_version", "resource_version", "field_path"])
def test_the_key_has_both_references_whole(field: str) -> None:
    other = {field: "another"}
    assert get_key(event()) != get_key(event(involved_object=replace(POD, **other)))
    assert get_key(event(related=NODE)) != get_key(event(related=replace(NODE, **other)))


def test_an_empty_second_object_is_none() -> None:
    assert get_key(event(related=ObjectReference())) == get_key(event())


def test_the_message_is_not_in_the_key() -> None:
    def tell(series: SeriesCache) -> None:
        repeat(series, 1, 1)
        series.record(event(message="another"))
        sleep(1)

    assert [verb for _, verb, _ in written(tell)] == ["create", "patch"]


def test_an_event_that_is_recorded_is_not_changed() -> None:
    def scenario() -> None:
        series = SeriesCache(Told())
        first = event()
        for _ in range(3):
            series.record(first)
            sleep(1)
        assert first.series is None

    simulated(scenario)


# --- answers of the sink -----------------------------------------------------------------------------------


def record(*answers: Exception | None, series: bool = False, **options: Any) -> tuple[Fate | None, list[str]]:
    def scenario() -> tuple[Fate | None, list[str]]:
        sink = Told(*answers)
        made = event()
        if series:
            cache = SeriesCache(Told())
            cache._counted(made)
            cache._counted(event())
        fate, stored = record_event(sink, made, **options)
        assert (stored is not None) == (fate in (Fate.CREATED, Fate.PATCHED))
        return fate, [verb for _, verb, _ in sink.writes]

    return simulated(scenario)


def test_what_the_sink_answers_decides(complaints: Complaints) -> None:
    assert record() == (Fate.CREATED, ["create"])
    assert record(series=True) == (Fate.PATCHED, ["patch"])
    assert record(GONE, series=True) == (Fate.CREATED, ["patch", "create"])
    assert record(GONE) == (Fate.REJECTED, ["create"])
    assert record(AWAY) == (None, ["create"])
    assert record(RequestConstructionError("no host")) == (Fate.REJECTED, ["create"])
    assert len(complaints.take()) == 3


def test_a_name_that_is_taken_is_tried_again_for_a_series_only(complaints: Complaints) -> None:
    assert record(TAKEN) == (Fate.REJECTED, ["create"])
    assert record(GONE, TAKEN, series=True) == (None, ["patch", "create"])
    assert record(GONE, TAKEN, series=True, taken="final") == (Fate.REJECTED, ["patch", "create"])
    assert complaints.take() == []  # others do it, too: no news


def test_a_sink_that_is_away_is_tried_twelve_times(complaints: Complaints) -> None:
    found: list[Any] = []

    def tell(series: SeriesCache) -> None:
        series.record(event())
        sleep(300)
        found.append(series.counts)

    seconds = [second for second, _, _ in written(tell, *[AWAY] * 20)]
    assert len(seconds) == 12
    pauses = [after - before for before, after in pairwise(seconds)]
    assert all(10 <= pause <= 13 for pause in pauses)
    assert len(set(pauses)) > 1
    assert (found[0].given_up, found[0].retried, found[0].created) == (1, 11, 0)
    assert "retry limit exceeded" in complaints.take()[-1]


@pytest.mark.parametrize(("release", "tries"), [("1.28", 12), ("1.29", 1)])
def test_the_end_of_the_recording_ends_the_tries_since_1_29(release: str, tries: int, complaints: Complaints) -> None:
    def tell(series: SeriesCache) -> None:
        series.record(event())
        sleep(1)
        series.stop()
        sleep(300)

    assert len(written(tell, *[AWAY] * 20, release=release)) == tries
    complaints.take()


def test_a_sink_that_takes_its_time_delays_nobody_else() -> None:
    class Slow(Told):
        def create(self, event: Event) -> Event:
            stored = super().create(event)
            sleep(100 if event.reason == "R" else 0)
            return stored

    def scenario() -> Writes:
        sink = Slow()
        series = SeriesCache(sink)
        series.record(event())
        sleep(1)
        series.record(event(reason="other"))
        sleep(1)
        waited = series.writing, series.wait(None), series.writing
        assert waited == (1, True, 0)
        return sink.writes

    assert [second for second, _, _ in simulated(scenario)] == [0, 1]


def test_what_waits_for_a_refresh_is_counted_after_it() -> None:
    """client-go holds its mutex while it writes. The oracle cannot tell: its time stands still meanwhile."""

    class Slow(Told):
        def patch(self, event: Event, patch: dict[str, Any]) -> Event:
            stored = super().patch(event, patch)
            sleep(100 if len(self.writes) == 3 else 0)
            return stored

    def scenario() -> tuple[int, int]:
        series = SeriesCache(Slow())
        repeat(series, 3, 1)
        refreshing = now()
        series.refresh()  # takes 100 seconds
        repeat(series, 1, 0)
        assert now() - refreshing >= 100 * 10**9
        sleep(1)
        (kept,) = series._cache.values()
        assert kept.series is not None
        return kept.series.count, series.counts.counted

    assert simulated(scenario) == (4, 2)


def test_a_finish_that_cannot_reach_the_sink_is_tried_at_the_next(complaints: Complaints) -> None:
    def tell(series: SeriesCache) -> None:
        repeat(series, 3, 1)
        sleep(1200)

    assert written(tell, None, None, AWAY) == [
        (0, "create", 1), (1, "patch", 2), (720, "patch", 3), (1080, "patch", 3),
    ]  # fmt: skip
    assert len(complaints.take()) == 1


def test_refresh_and_finish_at_one_moment_come_in_either_order() -> None:
    """Both fall due every half an hour. Who is first is drawn: a refresh before the last count, or nothing."""

    def scenario() -> Writes:
        sink = Told()
        series = SeriesCache(sink)
        series.start()
        sleep(1430)
        repeat(series, 2, 1)
        sleep(700)
        series.stop()
        return sink.writes

    found = {tuple(write[1:] for write in simulated(scenario, seed=seed)) for seed in range(30)}
    assert found == {
        (("create", 1), ("patch", 2), ("patch", 2)),
        (("create", 1), ("patch", 2), ("patch", 2), ("patch", 2)),
    }


def test_a_refresh_begins_with_any_series() -> None:
    def scenario() -> tuple[str, ...]:
        told: list[str] = []

        class Names(Told):
            def patch(self, event: Event, patch: dict[str, Any]) -> Event:
                told.append(event.reason)
                return event

        series = SeriesCache(Names())
        for reason in "abc" * 2:
            series.record(event(reason=reason))
            sleep(1)
        told.clear()
        series.refresh()
        return tuple(told)

    assert {simulated(scenario, seed=seed) for seed in range(40)} == {tuple("abc"), tuple("bca"), tuple("cab")}


def test_the_rest_is_told_once() -> None:
    def tell(series: SeriesCache) -> None:
        repeat(series, 4, 1)
        series.tell_rest()
        series.tell_rest()

    assert written(tell) == [(0, "create", 1), (1, "patch", 2), (4, "patch", 4)]


def test_a_server_keeps_a_series() -> None:
    def scenario() -> list[Event]:
        store = MemorySink()
        series = SeriesCache(EventsV1(store))
        made = event(namespace="shop", reporting_controller="c", reporting_instance="c-1")
        for _ in range(5):
            series.record(made)
            sleep(1)
        series.refresh()
        return store.events()

    (kept,) = simulated(scenario)
    assert kept.series is not None
    assert (kept.series.count, kept.count, kept.message) == (5, 0, "m")


# --- releases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "differences"),
    [
        ("1.19", {"key", "count", "memory", "taken", "retries"}),
        ("1.24", {"key", "count", "memory", "taken", "retries"}),
        ("1.25.12", {"key", "count", "memory", "taken", "retries"}),
        ("1.25.13", {"key", "retries"}),
        ("1.25", {"key", "retries"}),
        ("1.26.7", {"key", "count", "memory", "taken", "retries"}),
        ("1.26", {"key", "retries"}),
        ("1.27.0", {"retries"}),
        ("1.27", {"retries"}),
        ("1.28", {"retries"}),
        ("1.29.0", set()),
        ("1.37", set()),
    ],
)
def test_what_a_release_does_otherwise(release: str, differences: set[str]) -> None:
    newest, found = versions.release(versions.NEWEST), versions.release(release)
    names = {field.name for field in fields(versions.Release) if field.name.startswith("series_")} - {"series_state"}
    assert {
        name.removeprefix("series_") for name in names if getattr(found, name) != getattr(newest, name)
    } == differences


def test_until_1_26_type_and_instance_make_no_difference() -> None:
    rule = versions.release("1.26").series_key
    assert get_key(event(type="Normal", reporting_instance="i"), rule) == get_key(event(), rule)
    assert get_key(event(reason="other"), rule) != get_key(event(), rule)


def test_until_1_24_what_the_sink_has_stored_is_remembered() -> None:
    class Renaming(Told):
        def create(self, event: Event) -> Event:
            return replace(super().create(event), resource_version="7")

    def scenario(release: str) -> str:
        series = SeriesCache(Renaming(), release=release)
        series.record(event())
        sleep(1)
        (kept,) = series._cache.values()
        return kept.resource_version

    assert [simulated(partial(scenario, release)) for release in ("1.24", "1.25")] == ["7", ""]
