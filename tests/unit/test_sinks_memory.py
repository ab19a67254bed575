"""The memory sink, and the errors that every sink can answer with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from kevent import runtime
from kevent.event import Event, EventSeries, EventSource, ObjectReference
from kevent.runtime import sleep
from kevent.simulation import EPOCH, simulate
from kevent.sinks import (
    EventSink,
    MemorySink,
    RequestConstructionError,
    SinkError,
    StatusError,
    UnexpectedObjectError,
    is_already_exists,
    is_key_not_found_error,
)

MISMATCH = "the name and namespace of the object do not match those in the URL"
MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
SECOND = 1_000_000_000
START = 1_549_324_800 * SECOND


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> int:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(clock: Clock) -> MemorySink:
    return MemorySink(clock=clock)


def event(name: str = "web-0.1", namespace: str = "default", **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "involved_object": ObjectReference("Pod", namespace, "web-0", "u-1", "v1"),
        "reason": "BackOff",
        "message": "Back-off",
        "source": EventSource("kubelet", "node-1"),
        "first_timestamp": START + 5,
        "last_timestamp": START + 5,
        "count": 1,
        "type": "Warning",
    }
    return Event(name=name, namespace=namespace, **{**defaults, **fields})


def refused(call: Callable[[], object], reason: str, code: int, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        call()
    assert (caught.value.reason, caught.value.code, str(caught.value)) == (reason, code, message)


# --- creating ----------------------------------------------------------------------------------------------


def test_it_is_a_sink(sink: MemorySink) -> None:
    as_protocol: EventSink = sink
    assert as_protocol.create(event()).name == "web-0.1"


def test_create_completes_the_event(sink: MemorySink, clock: Clock) -> None:
    first, second = sink.create(event()), sink.create(event("web-0.2", uid="mine"))
    assert (first.resource_version, second.resource_version) == ("1", "2")
    assert first.uid != second.uid
    assert second.uid.endswith("-000000000002"), "the server gives the uid, whatever was asked for"
    assert first.creation_timestamp == clock.time
    first.resource_version, first.uid, first.creation_timestamp = "", "", None
    assert first == event()


def test_a_name_is_taken_once_in_each_namespace(sink: MemorySink) -> None:
    sink.create(event())
    sink.create(event(namespace="prod"))
    refused(lambda: sink.create(event()), "AlreadyExists", 409, 'events "web-0.1" already exists')
    assert sink.create(event("web-0.2")).resource_version == "3", "a refusal uses up no version"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (event(""), 'Event "" is invalid: metadata.name: Required value: name or generateName is required'),
        (event(namespace=""), 'Event "web-0.1" is invalid: metadata.namespace: Required value'),
        (event("a/b"), 'Event "a/b" is invalid: metadata.name: Invalid value: "a/b": not a part of a path'),
        (event("a%b"), 'Event "a%b" is invalid: metadata.name: Invalid value: "a%b": not a part of a path'),
        (event(".."), 'Event ".." is invalid: metadata.name: Invalid value: "..": not a part of a path'),
    ],
)
def test_a_name_that_cannot_be_is_invalid(sink: MemorySink, wrong: Event, message: str) -> None:
    for call in (sink.create, sink.update, lambda event: sink.patch(event, {})):
        refused(lambda call=call: call(wrong), "Invalid", 422, message)  # type: ignore[misc]
    assert len(sink) == 0


def test_a_new_event_has_no_resource_version(sink: MemorySink) -> None:
    message = "resourceVersion should not be set on objects to be created"
    refused(lambda: sink.create(event(resource_version="7")), "", 500, message)


def test_only_events_are_events(sink: MemorySink) -> None:
    with pytest.raises(TypeError, match=r"^event must be an Event, not dict$"):
        sink.create({})  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["given", "create", "update", "patch", "get", "events"])
def test_nobody_can_change_the_store_from_outside(sink: MemorySink, way: str) -> None:
    given = event(annotations={"a": "b"}, labels={"l": "m"})
    created = sink.create(given)
    mine = {
        "given": lambda: given,
        "create": lambda: created,
        "update": lambda: sink.update(given),
        "patch": lambda: sink.patch(given, {"count": 2}),
        "get": lambda: sink.get("default", "web-0.1"),
        "events": lambda: sink.events()[0],
    }[way]()
    expected = sink.get("default", "web-0.1")
    mine.message = "changed"
    mine.annotations["a"] = "changed"  # type: ignore[index]
    mine.labels["l"] = "changed"  # type: ignore[index]
    assert sink.get("default", "web-0.1") == expected


# --- updating ----------------------------------------------------------------------------------------------


def test_update_replaces(sink: MemorySink, clock: Clock) -> None:
    created = sink.create(event())
    clock.time += SECOND
    updated = sink.update(event(reason="Killing", resource_version="1", uid="mine"))
    assert (updated.reason, updated.resource_version) == ("Killing", "2")
    assert (updated.uid, updated.creation_timestamp) == (created.uid, created.creation_timestamp)
    assert sink.get("default", "web-0.1") == updated
    assert sink.update(event(reason="Again")).resource_version == "3", "without a version it overwrites"


def test_update_of_an_old_version_is_a_conflict(sink: MemorySink) -> None:
    sink.create(event())
    sink.update(event(reason="Killing"))
    refused(
        lambda: sink.update(event(resource_version="1")),
        "Conflict",
        409,
        f'Operation cannot be fulfilled on events "web-0.1": {MODIFIED}',
    )
    assert sink.get("default", "web-0.1").reason == "Killing"


def test_what_is_not_there_is_not_found(sink: MemorySink) -> None:
    sink.create(event(namespace="prod"))
    message = 'events "web-0.1" not found'
    refused(lambda: sink.update(event()), "NotFound", 404, message)
    refused(lambda: sink.patch(event(), {"count": 2}), "NotFound", 404, message)
    refused(lambda: sink.get("default", "web-0.1"), "NotFound", 404, message)


# --- patching ----------------------------------------------------------------------------------------------


def test_the_correlators_patch(sink: MemorySink) -> None:
    created = sink.create(event())
    patch = {"count": 2, "lastTimestamp": "2019-02-05T00:00:02Z", "message": "again"}
    patched = sink.patch(event(reason="ignored", count=99), patch)
    assert (patched.count, patched.last_timestamp, patched.message) == (2, START + 2 * SECOND, "again")
    assert (patched.reason, patched.first_timestamp) == ("BackOff", START + 5)
    assert (patched.resource_version, patched.uid) == ("2", created.uid)
    assert sink.get("default", "web-0.1") == patched


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"count": None}, {"count": 0}),
        ({"message": None, "lastTimestamp": None}, {"message": "", "last_timestamp": None}),
        ({"metadata": {"annotations": {"a": None, "z": "1"}}}, {"annotations": {"b": "2", "z": "1"}}),
        ({"metadata": {"annotations": None}}, {"annotations": None}),
        ({"metadata": {"labels": {"l": None, "m": "n"}}}, {"labels": {"l": "", "m": "n"}}),
        ({"metadata": {"resourceVersion": "1", "bogus": [1]}}, {}),
        ({"metadata": {"creationTimestamp": None, "uid": None}}, {}),
        (
            {"involvedObject": {"kind": "Node", "uid": None}},
            {"involved_object": ObjectReference("Node", "default", "web-0", "", "v1")},
        ),
        ({"involvedObject": None}, {"involved_object": ObjectReference()}),
        ({"source": {"host": "node-2"}}, {"source": EventSource("kubelet", "node-2")}),
        ({"series": {"state": "Ongoing"}}, {"series": EventSeries(3, START, "Ongoing")}),
        ({"series": None}, {"series": None}),
        ({"related": {"name": "r"}}, {"related": ObjectReference(name="r")}),
        ({"bogus": {"x": 1}, "kind": "Event"}, {}),
    ],
)
def test_strategic_merge(sink: MemorySink, patch: dict[str, Any], changed: dict[str, Any]) -> None:
    sink.create(event(annotations={"a": "1", "b": "2"}, series=EventSeries(3, START)))
    expected = sink.get("default", "web-0.1")
    for field, value in changed.items():
        setattr(expected, field, value)
    expected.resource_version = "2"
    assert sink.patch(event(), patch) == expected


@pytest.mark.parametrize("empty", [None, {}])
def test_a_null_in_a_map_that_was_not_there_deletes_nothing(sink: MemorySink, empty: dict[str, str] | None) -> None:
    sink.create(event(annotations=empty))
    patched = sink.patch(event(), {"metadata": {"annotations": {"a": None, "b": "1"}}})
    assert patched.annotations == {"a": "", "b": "1"}, "as in Go, where null reads as the empty string"


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (None, "patch: expected an object, got NoneType"),
        ([], "patch: expected an object, got list"),
        ({"count": "2"}, "count: expected a 32-bit integer, got '2'"),
        ({"count": 1.5}, "count: expected a 32-bit integer, got 1.5"),
        ({"count": {"x": 1}}, "count: expected a 32-bit integer, got {'x': 1}"),
        ({"count": 1 << 40}, "count: expected a 32-bit integer, got 1099511627776"),
        ({"message": ["x"]}, "message: expected a string, got ['x']"),
        ({"lastTimestamp": "now"}, "lastTimestamp: expected an RFC 3339 time, got 'now'"),
        ({"metadata": "x"}, "metadata: expected an object, got str"),
        ({"metadata": {"annotations": {"a": 1}}}, "metadata.annotations['a']: expected a string, got 1"),
        ({"involvedObject": "x"}, "involvedObject: expected an object, got 'x'"),
        ({"source": {"host": 1}}, "source.host: expected a string, got 1"),
        ({"$patch": "replace"}, "patch: directive $patch is not supported"),
        ({"source": {"$patch": "delete"}}, "source: directive $patch is not supported"),
        ({"metadata": {"name": "other"}}, f"{MISMATCH} (default/other and default/web-0.1)"),
        ({"metadata": None}, f"{MISMATCH} (/ and default/web-0.1)"),
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(sink: MemorySink, patch: Any, message: str) -> None:
    created = sink.create(event())
    refused(lambda: sink.patch(event(), patch), "BadRequest", 400, message)
    assert sink.get("default", "web-0.1") == created


def test_a_patch_may_ask_for_a_version_or_a_uid(sink: MemorySink) -> None:
    uid = sink.create(event()).uid
    prefix = 'Operation cannot be fulfilled on events "web-0.1": '
    refused(
        lambda: sink.patch(event(), {"metadata": {"resourceVersion": "9"}}),
        "Conflict",
        409,
        prefix + "the object has been modified; please apply your changes to the latest version and try again",
    )
    refused(
        lambda: sink.patch(event(), {"metadata": {"uid": "x"}}),
        "Conflict",
        409,
        prefix + f"Precondition failed: UID in precondition: x, UID in object meta: {uid}",
    )
    assert sink.patch(event(), {"metadata": {"uid": uid, "resourceVersion": "1"}}).resource_version == "2"


# --- forgetting --------------------------------------------------------------------------------------------


def test_an_event_lives_for_the_ttl_after_its_last_write(sink: MemorySink, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        sink.create(event(name))
    clock.time += 1800 * SECOND
    sink.patch(event("a"), {"count": 2})
    sink.update(event("b"))
    clock.time += 1800 * SECOND - 1
    assert [found.name for found in sink.events()] == ["a", "b", "c"]
    clock.time += 1
    assert [found.name for found in sink.events()] == ["a", "b"]
    assert len(sink) == 2
    refused(lambda: sink.patch(event("c"), {"count": 2}), "NotFound", 404, 'events "c" not found')
    assert sink.create(event("c")).count == 1, "the name is free again"
    clock.time += 1800 * SECOND
    assert [found.name for found in sink.events()] == ["c"]
    clock.time += 1800 * SECOND
    assert sink.events() == []


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


# --- listing -----------------------------------------------------------------------------------------------


def test_events_are_listed_in_the_order_of_creation(sink: MemorySink) -> None:
    sink.create(event("b"))
    sink.create(event("a", namespace="prod", reason="Killing", type="Normal"))
    sink.create(event("c", involved_object=ObjectReference(name="web-1")))
    sink.patch(event("b"), {"count": 2})

    def names(**selection: str) -> list[str]:
        return [found.name for found in sink.events(**selection)]

    assert names() == ["b", "a", "c"]
    assert names(namespace="default") == ["b", "c"]
    assert names(reason="Killing") == names(type="Normal") == ["a"]
    assert names(object_name="web-0") == ["b", "a"]
    assert names(namespace="default", object_name="web-0") == ["b"]
    assert names(namespace="") == []


# --- several at once ---------------------------------------------------------------------------------------


def test_threads_get_different_versions_and_one_of_them_the_name() -> None:
    sink = MemorySink()
    versions: list[str] = []
    taken: list[StatusError] = []

    def write(number: int) -> None:
        for round_ in range(200):
            versions.append(sink.create(event(f"{number}-{round_}")).resource_version)
            try:
                versions.append(sink.create(event(f"shared-{round_}")).resource_version)
            except StatusError as error:
                taken.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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
