"""From an event to a sink: tries, answers, and what becomes of it."""

from __future__ import annotations

import pytest

from kevent import (
    CorrelatorOptions,
    RequestConstructionError,
    StatusError,
)
from kevent.correlator import EventCorrelator
from kevent.simulation import simulate
from kevent.sinks import UnexpectedObjectError
from kevent.writing import MAX_TRIES_PER_EVENT, Fate, record_event, record_to_sink
from tests.conftest import Complaints
from tests.support import SECOND
from tests.unit.recording import CONNECTION_REFUSED, ScriptedSink, an_event


def test_a_sink_that_never_answers_is_tried_twelve_times(complaints: Complaints) -> None:
    def scenario() -> tuple[ScriptedSink, Fate]:
        sink = ScriptedSink(*[CONNECTION_REFUSED] * 50)
        return sink, record_to_sink(sink, an_event(), EventCorrelator())

    run = simulate(scenario, seed=5)
    assert run.result is not None
    sink, fate = run.result
    pauses = [later - earlier for earlier, later in zip(sink.times, sink.times[1:], strict=False)]
    assert fate is Fate.GIVEN_UP
    assert sink.calls == ["create"] * 12
    assert MAX_TRIES_PER_EVENT == 12
    assert pauses[1:] == pytest.approx([10.0] * 10, abs=1e-6)
    assert 0 <= pauses[0] < 10
    assert 100 * SECOND <= run.time < 110 * SECOND
    texts = complaints.take()
    assert texts[:12] == ["Unable to write event: 'connection refused' (may retry after sleeping)"] * 12
    assert texts[12].endswith("(retry limit exceeded!)")


def test_the_first_pause_is_random(complaints: Complaints) -> None:
    times = {
        simulate(
            lambda: record_to_sink(ScriptedSink(CONNECTION_REFUSED), an_event(), EventCorrelator()), seed=seed
        ).time
        for seed in range(10)
    }
    assert len(times) == 10
    assert all(0 <= time < 10 * SECOND for time in times)
    complaints.take()


@pytest.mark.parametrize(
    ("answer", "fate", "calls", "complains"),
    [
        (None, Fate.CREATED, 1, False),
        (StatusError.already_exists("events", "e"), Fate.REJECTED, 1, False),
        (StatusError.forbidden("events", "e", "no"), Fate.REJECTED, 1, True),
        (StatusError.not_found("namespaces", "shop"), Fate.REJECTED, 1, True),
        (StatusError.too_many_requests("slow down"), Fate.REJECTED, 1, True),
        (StatusError.internal_error("oops"), Fate.REJECTED, 1, True),
        (StatusError.service_unavailable("away"), Fate.REJECTED, 1, True),
        (RequestConstructionError("bad"), Fate.REJECTED, 1, True),
        (UnexpectedObjectError("a page"), Fate.CREATED, 2, True),
        (CONNECTION_REFUSED, Fate.CREATED, 2, True),
        (ValueError("a bug in the sink"), Fate.CREATED, 2, True),
    ],
)
def test_which_answers_are_final(
    answer: Exception | None, fate: Fate, calls: int, complains: bool, complaints: Complaints
) -> None:
    sink = ScriptedSink(answer)
    assert record_to_sink(sink, an_event(), EventCorrelator(), pause=lambda _: True) is fate
    assert sink.calls == ["create"] * calls
    assert bool(complaints.take()) is complains


def test_a_repeated_event_is_patched() -> None:
    sink, correlator = ScriptedSink(), EventCorrelator()
    fates = [record_to_sink(sink, an_event(), correlator) for _ in range(3)]
    assert fates == [Fate.CREATED, Fate.PATCHED, Fate.PATCHED]
    assert [patch["count"] for patch in sink.patches] == [2, 3]


def test_a_patch_of_what_has_expired_becomes_a_create_without_a_version() -> None:
    sink = ScriptedSink(None, StatusError.not_found("events", "web.1"))
    correlator = EventCorrelator()
    fates = [record_to_sink(sink, an_event(), correlator) for _ in range(2)]
    assert fates == [Fate.CREATED, Fate.CREATED]
    assert sink.calls == ["create", "patch", "create"]
    assert sink.versions == ["", "1", ""]


def test_only_the_code_404_makes_a_patch_a_create(complaints: Complaints) -> None:
    for answer, calls in (
        (StatusError("Gone", 404, "gone"), ["create", "patch", "create"]),
        (StatusError("NotFound", 410, "gone"), ["create", "patch"]),
    ):
        sink, correlator = ScriptedSink(None, answer), EventCorrelator()
        for _ in range(2):
            record_to_sink(sink, an_event(), correlator)
        assert sink.calls == calls
    assert len(complaints.take()) == 1


def test_the_events_own_fields_are_left_alone() -> None:
    event = an_event()
    event.resource_version = "77"
    before = event.copy()
    sink = ScriptedSink()
    record_to_sink(sink, event, EventCorrelator())
    assert event == before
    assert sink.versions == [""]


def test_a_filtered_event_reaches_no_sink() -> None:
    sink = ScriptedSink()
    correlator = EventCorrelator(CorrelatorOptions(burst_size=1))
    assert [record_to_sink(sink, an_event(), correlator) for _ in range(2)] == [Fate.CREATED, Fate.FILTERED]
    assert sink.calls == ["create"]


def test_an_event_is_given_up_where_there_may_be_no_pause(complaints: Complaints) -> None:
    sink = ScriptedSink(CONNECTION_REFUSED)
    assert record_to_sink(sink, an_event(), EventCorrelator(), pause=lambda _: False) is Fate.GIVEN_UP
    assert sink.calls == ["create"]
    assert complaints.take()[-1].endswith("(broadcaster is shut down)")


def test_one_try_says_whether_another_is_worth_it(complaints: Complaints) -> None:
    assert record_event(ScriptedSink(CONNECTION_REFUSED), an_event(), None, False, EventCorrelator()) is None
    complaints.take()
