"""The memory sink, and the errors that every sink can answer with.

What the sink answers is tested in tests/sinks/test_store.py, where the SQLite sink has to answer the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kevent import runtime
from kevent.runtime import sleep
from kevent.simulation import EPOCH, simulate
from kevent.sinks import (
    MemorySink,
    RequestConstructionError,
    SinkError,
    StatusError,
    UnexpectedObjectError,
    is_already_exists,
    is_key_not_found_error,
)
from tests.sinks.events import event, written_by_four_threads
from tests.support import SECOND, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(clock: Clock) -> MemorySink:
    return MemorySink(clock=clock)


def test_two_runs_give_the_same_uids(sink: MemorySink) -> None:
    sink.create(event())
    assert sink.create(event("web-0.2", uid="mine")).uid == "00000000-0000-4000-8000-000000000002"


def test_a_ttl_of_none_is_for_ever(clock: Clock) -> None:
    sink = MemorySink(ttl=None, clock=clock)
    sink.create(event())
    clock.time += 10**12 * SECOND
    assert len(sink) == 1


@pytest.mark.parametrize("ttl", [0, -1.0, float("nan"), float("inf"), 1e300, "1h", True])
def test_ttl_is_checked_by_name(ttl: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^ttl must be a number of seconds"):
        MemorySink(ttl=ttl)


def test_clock_is_checked_by_name() -> None:
    with pytest.raises(TypeError, match=r"^clock must be callable, not int$"):
        MemorySink(clock=5)  # type: ignore[arg-type]


# --- several at once ---------------------------------------------------------------------------------------


def test_threads_get_different_versions_and_one_of_them_the_name() -> None:
    sink = MemorySink()
    versions, taken = written_by_four_threads([sink], 200)
    assert len(sink) == 4 * 200 + 200
    assert sorted(map(int, versions)) == list(range(1, 1001))
    assert len(taken) == 600
    assert all(map(is_already_exists, taken))


@pytest.mark.parametrize(
    "call",
    [
        lambda sink: sink.create(event("another")),
        lambda sink: sink.update(event()),
        lambda sink: sink.patch(event(), {"count": 2}),
        lambda sink: sink.get("default", "web-0.1"),
        lambda sink: sink.events(),
        len,
    ],
)
def test_each_call_takes_the_lock_once(call: Callable[[MemorySink], object]) -> None:
    def scenario() -> None:
        sink = MemorySink()
        sink.create(event())
        call(sink)

    run = simulate(scenario)
    assert run.error is None
    assert [step.name for step in run.trace if step.operation == "acquire"] == ["memory sink"] * 2


def test_it_takes_its_time_from_the_simulation() -> None:
    def scenario() -> tuple[int, int | None, int]:
        sink = MemorySink(ttl=60)
        created = sink.create(event()).creation_timestamp
        runtime.sleep(59)
        before = len(sink)
        runtime.sleep(2)
        return before, created, len(sink)

    run = simulate(scenario)
    assert run.error is None
    assert run.result is not None
    before, created, after = run.result
    assert (before, after) == (1, 0)
    assert created is not None
    assert 0 <= created - EPOCH < SECOND


# --- the errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason", "code", "text"),
    [
        (StatusError.bad_request("no"), "BadRequest", 400, "no"),
        (StatusError.forbidden("events", "x", "no"), "Forbidden", 403, 'events "x" is forbidden: no'),
        (StatusError.forbidden("events", "", "no"), "Forbidden", 403, "events is forbidden: no"),
        (StatusError.forbidden("", "", "no"), "Forbidden", 403, "forbidden: no"),
        (StatusError.not_found("events", 'a"b'), "NotFound", 404, r'events "a\"b" not found'),
        (StatusError.already_exists("events", "x"), "AlreadyExists", 409, 'events "x" already exists'),
        (
            StatusError.conflict("events", "x", "no"),
            "Conflict",
            409,
            'Operation cannot be fulfilled on events "x": no',
        ),
        (StatusError.invalid("Event", "x", "no"), "Invalid", 422, 'Event "x" is invalid: no'),
        (StatusError.too_many_requests("no"), "TooManyRequests", 429, "Too many requests: no"),
        (StatusError.internal_error("no"), "InternalError", 500, "Internal error occurred: no"),
        (
            StatusError.server_timeout("events", "create"),
            "ServerTimeout",
            500,
            "The create operation against events could not be completed at this time, please try again.",
        ),
        (StatusError.service_unavailable("no"), "ServiceUnavailable", 503, "no"),
        (StatusError.timeout("no"), "Timeout", 504, "Timeout: no"),
    ],
)
def test_statuses_read_as_an_api_servers(error: StatusError, reason: str, code: int, text: str) -> None:
    assert (error.reason, error.code, error.message, str(error)) == (reason, code, text, text)
    assert isinstance(error, SinkError)
    assert is_key_not_found_error(error) is (code == 404)
    assert is_already_exists(error) is (reason == "AlreadyExists")


def test_the_errors_that_are_no_status() -> None:
    assert str(RequestConstructionError("no host")) == "request construction error: 'no host'"
    assert str(UnexpectedObjectError("<html>")) == "unexpected object: <html>"
    for error in (RequestConstructionError("x"), UnexpectedObjectError("x")):
        assert isinstance(error, SinkError)
        assert not isinstance(error, StatusError)


def test_not_found_goes_by_the_code_and_does_not_unwrap() -> None:
    assert is_key_not_found_error(StatusError("Gone", 404, "whatever the reason"))
    assert not is_key_not_found_error(StatusError("NotFound", 410, "whatever the code"))
    assert not is_key_not_found_error(None)
    assert not is_already_exists(None)
    wrapped = RuntimeError("failed")
    wrapped.__cause__ = StatusError.not_found("events", "x")
    assert not is_key_not_found_error(wrapped)


def test_what_a_simulation_has_written_can_be_read_afterwards() -> None:
    sink = MemorySink(ttl=60)

    def scenario() -> int:
        sink.create(event("early"))
        sleep(50)
        sink.create(event("late"))
        return len(sink)

    assert simulate(scenario).result == 2
    assert [stored.name for stored in sink.events()] == ["early", "late"]
    assert simulate(lambda: (sleep(111), len(sink))[1]).result == 0  # another simulation's time counts again
