"""What MemorySink and SqliteSink answer: the same, and what an API server answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kevent.event import Event, EventSeries, EventSource, ObjectReference
from kevent.sinks import EventSink, MemorySink, RequestConstructionError, SinkError, StatusError, registry
from kevent.sinks.sqlite import SqliteSink
from kevent.sinks.validation import create_errors, update_errors
from tests.sinks.events import event, refused
from tests.support import SECOND, START, Clock

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"
CONFLICT = 'Operation cannot be fulfilled on events "web-0.1": '
TOO_LARGE = ("", 500, "etcdserver: request is too large")

Sink = MemorySink | SqliteSink


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def sink(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Sink]:
    if request.param == "memory":
        yield MemorySink(clock=clock)
    else:
        with SqliteSink(tmp_path / "events.db", clock=clock) as sink:
            yield sink


def invalid(name: str, why: str) -> tuple[str, int, str]:
    return "Invalid", 422, f'Event "{name}" is invalid: {why}'


# --- creating ----------------------------------------------------------------------------------------------


def test_it_is_a_sink(sink: Sink) -> None:
    as_protocol: EventSink = sink
    assert as_protocol.create(event()).name == "web-0.1"


def test_create_completes_the_event(sink: Sink, clock: Clock) -> None:
    clock.time += 5
    first, second = sink.create(event()), sink.create(event("web-0.2", uid="mine"))
    assert (first.resource_version, second.resource_version) == ("1", "2")
    assert len({first.uid, second.uid, "mine", ""}) == 4, "the server gives the uid, whatever was asked for"
    assert first.creation_timestamp == START
    assert sink.get("default", "web-0.1") == first
    first.resource_version, first.uid, first.creation_timestamp = "", "", None
    assert first == event(first_timestamp=START, last_timestamp=START), "JSON keeps whole seconds"


def test_a_name_is_taken_once_in_each_namespace(sink: Sink) -> None:
    sink.create(event())
    sink.create(event(namespace="prod"))
    refused(lambda: sink.create(event()), "AlreadyExists", 409, 'events "web-0.1" already exists')
    assert sink.create(event("web-0.2")).resource_version == "3", "a refusal uses up no version"


@pytest.mark.parametrize("name", ["A_b", "a:b", "two words", "x" * 1000, "...", "é", "a\n"])
def test_a_name_is_any_part_of_a_path(sink: Sink, name: str) -> None:
    assert sink.create(event(name)).name == name
    assert sink.patch(event(name), {"count": 2}).count == 2
    assert sink.get("default", name).count == 2


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (event(""), "metadata.name: Required value: name or generateName is required"),
        (event(namespace=""), "metadata.namespace: Required value"),
        (event("a/b"), "metadata.name: Invalid value: \"a/b\": may not contain '/'"),
        (event("a%b"), "metadata.name: Invalid value: \"a%b\": may not contain '%'"),
        (event("."), "metadata.name: Invalid value: \".\": may not be '.'"),
        (event(".."), "metadata.name: Invalid value: \"..\": may not be '..'"),
    ],
)
def test_a_name_that_no_path_can_hold_is_invalid(sink: Sink, wrong: Event, why: str) -> None:
    wrong.involved_object = ObjectReference("Pod", wrong.namespace or "default", "web-0")
    for call in (sink.update, lambda event: sink.patch(event, {})):
        refused(lambda call=call: call(wrong), *invalid(wrong.name, why))  # type: ignore[misc]
    if wrong.namespace:
        refused(lambda: sink.create(wrong), *invalid(wrong.name, why))
    assert len(sink) == 0


def test_a_generated_name(sink: Sink) -> None:
    names = [sink.create(event("", generate_name="web-0.")).name for _ in range(3)]
    assert len(set(names)) == 3
    for name in names:
        assert name.startswith("web-0.")
        assert len(name) == len("web-0.") + 5
        assert set(name[6:]) <= set("bcdfghjklmnpqrstvwxz2456789")
    long = sink.create(event("", generate_name="é" * 40)).name
    assert (long[:-5], len(long)) == ("é" * 29, 34), "58 bytes and five letters"
    assert sink.create(event("named", generate_name="web-0.")).name == "named"
    why = "metadata.generateName: Invalid value: \"a/\": may not contain '/'"
    refused(lambda: sink.create(event("named too", generate_name="a/")), *invalid("named too", why))


def test_a_generated_name_that_is_taken_is_tried_again(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("bbbbb" + "bbbbb" * 7 + "xxxxx" + "bbbbb" * 9)
    monkeypatch.setattr("kevent.runtime.random", lambda: "bcdfghjklmnpqrstvwxz2456789".index(next(letters)) / 27 + 0.01)
    sink.create(event("abbbbb"))
    new = event("", generate_name="a")
    assert sink.create(new).name == "axxxxx", "one name went into the validation, seven were taken"
    refused(lambda: sink.create(new), "AlreadyExists", 409, 'events "abbbbb" already exists')
    assert next(letters, None) is None, "after eight tries"
    assert new.name == ""


@pytest.mark.parametrize("version", ["7", "007", "18446744073709551615"])
def test_a_new_event_has_no_resource_version(sink: Sink, version: str) -> None:
    message = "resourceVersion should not be set on objects to be created"
    refused(lambda: sink.create(event(resource_version=version)), "", 500, message)


@pytest.mark.parametrize("version", ["0", "00", "abc", "-1", "1.5", "18446744073709551616", "٣"])
def test_nor_is_it_asked_for_one_that_is_no_number(sink: Sink, version: str) -> None:
    assert sink.create(event(resource_version=version)).resource_version == "1"


def test_only_events_are_events(sink: Sink) -> None:
    for call in (sink.create, sink.update, lambda event: sink.patch(event, {})):
        with pytest.raises(TypeError, match=r"^event must be an Event, not dict$"):
            call({})  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["given", "create", "update", "patch", "get", "events"])
def test_nobody_can_change_the_store_from_outside(sink: Sink, way: str) -> None:
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


# --- what an event has to be like --------------------------------------------------------------------------

NEW_STYLE: dict[str, Any] = {
    "event_time": START, "reporting_controller": "example.com/web", "reporting_instance": "web-1", "action": "Sync",
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"labels": {"a b": ""}}, 'metadata.labels: Invalid value: "a b": '),
        ({"labels": {"x" * 64: ""}}, "metadata.labels: Invalid value: "),
        ({"labels": {"a": "b c"}}, 'metadata.labels: Invalid value: "b c": '),
        ({"labels": {"a": "x" * 64}}, "metadata.labels: Invalid value: "),
        ({"annotations": {"a/b/c": ""}}, 'metadata.annotations: Invalid value: "a/b/c": '),
        ({"annotations": {"": ""}}, 'metadata.annotations: Invalid value: "": '),
        ({"annotations": {"a": "x" * (1 << 18)}}, "metadata.annotations: Too long: may not be more than 262144 bytes"),
        ({"namespace": "Prod"}, 'metadata.namespace: Invalid value: "Prod": '),
        (
            {"involved_object": ObjectReference("Pod", "prod", "web-0")},
            'involvedObject.namespace: Invalid value: "prod": does not match event.namespace',
        ),
        ({"event_time": START}, "[reportingComponent: Required value, reportingComponent: Invalid value: "),
        ({**NEW_STYLE, "reporting_controller": "a b"}, 'reportingComponent: Invalid value: "a b": '),
        ({**NEW_STYLE, "action": ""}, "action: Required value"),
        ({**NEW_STYLE, "reason": ""}, "reason: Required value"),
        ({**NEW_STYLE, "reporting_instance": "x" * 129}, 'reportingInstance: Invalid value: "": can have at most 128'),
        ({**NEW_STYLE, "message": "x" * 1025}, 'message: Invalid value: "": can have at most 1024 characters'),
    ],
    ids=lambda value: None if isinstance(value, dict) else value.partition(":")[0],
)
def test_an_event_that_is_not_valid_is_neither_created_nor_put(sink: Sink, fields: dict[str, Any], why: str) -> None:
    about = ObjectReference("Pod", fields.get("namespace", "default"), "web-0")
    wrong = event(**{"involved_object": about, **fields})
    with pytest.raises(StatusError) as created:
        sink.create(wrong)
    assert (created.value.reason, created.value.code) == ("Invalid", 422)
    assert str(created.value).startswith(f'Event "web-0.1" is invalid: {why}')
    if "namespace" not in fields:
        sink.create(event())
        with pytest.raises(StatusError) as put:
            sink.update(wrong)
        assert str(put.value) == str(created.value)


def test_the_newer_kind_of_event_is_taken_in(sink: Sink) -> None:
    new = event(**NEW_STYLE, source=EventSource(), first_timestamp=None, last_timestamp=None, count=0)
    assert sink.create(new).event_time == START
    plain = event("plain", reason="x" * 1000, message="x" * 5000)
    assert sink.create(plain).count == 1, "the limits are for the newer kind alone"


def test_a_patch_may_not_spoil_an_event(sink: Sink) -> None:
    created = sink.create(event())
    patches: list[dict[str, Any]] = [
        {"metadata": {"annotations": {"a b": "c"}}},
        {"metadata": {"labels": {"a": "-"}}},
        {"involvedObject": {"namespace": "prod"}},
        {"eventTime": "2019-02-05T00:00:00.000000Z"},
    ]
    for patch in patches:
        with pytest.raises(StatusError) as caught:
            sink.patch(event(), patch)
        assert (caught.value.reason, caught.value.code) == ("Invalid", 422)
    assert sink.get("default", "web-0.1") == created


def test_more_than_etcd_takes(sink: Sink) -> None:
    refused(lambda: sink.create(event(message="x" * 2_000_000)), *TOO_LARGE)
    refused(lambda: sink.create(event(message="é" * 800_000)), *TOO_LARGE)
    sink.create(event(message="x" * 1_000_000))
    refused(lambda: sink.patch(event(), {"message": "x" * 2_000_000}), *TOO_LARGE)
    refused(lambda: sink.update(event(reason="x" * 2_000_000)), *TOO_LARGE)


ASKED = json.loads((Path(__file__).parents[1] / "unit/data/asked_of_kubernetes.json").read_text())["events"]


@pytest.mark.parametrize("asked", ASKED, ids=[str(number) for number in range(len(ASKED))])
def test_the_verdict_is_that_of_kubernetes(asked: dict[str, Any]) -> None:
    new = Event.from_dict(asked["event"])
    old = new.copy()
    old.uid = asked.get("uid of the old one", "")
    errors = update_errors(new, old) if old.uid else create_errors(new)
    assert [error for error in errors if not error.startswith(tuple(asked["refused"]))] == []
    assert [one for one in asked["refused"] if not any(error.startswith(one) for error in errors)] == []


# --- updating ----------------------------------------------------------------------------------------------


def test_update_replaces(sink: Sink, clock: Clock) -> None:
    created = sink.create(event())
    clock.time += SECOND
    updated = sink.update(event(reason="Killing", resource_version="1", uid=created.uid))
    assert (updated.reason, updated.resource_version) == ("Killing", "2")
    assert (updated.uid, updated.creation_timestamp) == (created.uid, created.creation_timestamp)
    assert sink.get("default", "web-0.1") == updated
    assert sink.update(event(reason="Again")).resource_version == "3", "without a version it overwrites"
    assert sink.update(event(reason="Once more", resource_version="0")).resource_version == "4", "0 is none"
    assert sink.update(event(reason="And again", resource_version="04")).resource_version == "5", "a number"


@pytest.mark.parametrize(
    ("version", "why"), [("abc", "invalid syntax"), ("-1", "invalid syntax"), ("9" * 30, "value out of range")]
)
def test_a_resource_version_that_is_no_number_breaks_the_server(sink: Sink, version: str, why: str) -> None:
    sink.create(event())
    text = f'strconv.ParseUint: parsing "{version}": {why}'
    refused(lambda: sink.update(event(resource_version=version)), "", 500, text)
    refused(lambda: sink.patch(event(), {"metadata": {"resourceVersion": version}}), "", 500, text)


def test_update_of_an_old_version_is_a_conflict(sink: Sink) -> None:
    sink.create(event())
    sink.update(event(reason="Killing"))
    refused(lambda: sink.update(event(resource_version="1")), "Conflict", 409, CONFLICT + MODIFIED)
    assert sink.get("default", "web-0.1").reason == "Killing"


def test_update_of_another_uid_is_a_conflict(sink: Sink) -> None:
    uid = sink.create(event()).uid
    why = (
        "StorageError: invalid object, Code: 4, Key: /registry/events/default/web-0.1, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: {uid}"
    )
    refused(lambda: sink.update(event(uid="x")), "Conflict", 409, CONFLICT + why)


def test_what_is_not_there_is_not_found(sink: Sink) -> None:
    sink.create(event(namespace="prod"))
    message = 'events "web-0.1" not found'
    refused(lambda: sink.update(event()), "NotFound", 404, message)
    refused(lambda: sink.patch(event(), {"count": 2}), "NotFound", 404, message)
    refused(lambda: sink.get("default", "web-0.1"), "NotFound", 404, message)


# --- patching ----------------------------------------------------------------------------------------------


def test_the_correlators_patch(sink: Sink) -> None:
    created = sink.create(event())
    patch = {"count": 2, "lastTimestamp": "2019-02-05T00:00:02Z", "message": "again"}
    patched = sink.patch(event(reason="ignored", count=99), patch)
    assert (patched.count, patched.last_timestamp, patched.message) == (2, START + 2 * SECOND, "again")
    assert (patched.reason, patched.first_timestamp) == ("BackOff", START)
    assert (patched.resource_version, patched.uid) == ("2", created.uid)
    assert sink.get("default", "web-0.1") == patched


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"count": None}, {"count": 0}),
        ({"count": 1000.0}, {"count": 1000}),
        ({"message": None, "lastTimestamp": None}, {"message": "", "last_timestamp": None}),
        ({"lastTimestamp": "2019-02-05T00:00:02,999Z"}, {"last_timestamp": START + 2 * SECOND}),
        ({"metadata": {"annotations": {"a": None, "z": "1"}}}, {"annotations": {"b": "2", "z": "1"}}),
        ({"metadata": {"annotations": {"a": None, "b": None}}}, {"annotations": None}),
        ({"metadata": {"annotations": None}}, {"annotations": None}),
        ({"metadata": {"labels": {"l": None, "m": "n"}}}, {"labels": {"l": "", "m": "n"}}),
        ({"involvedObject": {"kind": "Node", "uid": None}},
         {"involved_object": ObjectReference("Node", "default", "web-0", "", "v1")}),
        ({"involvedObject": None}, {"involved_object": ObjectReference()}),
        ({"source": {"host": "node-2"}}, {"source": EventSource("kubelet", "node-2")}),
        ({"series": {"count": 4.0}}, {"series": EventSeries(4, START)}),
        ({"series": None}, {"series": None}),
        ({"related": {"name": "r"}}, {"related": ObjectReference(name="r")}),
    ],
)  # fmt: skip
def test_strategic_merge(sink: Sink, patch: dict[str, Any], changed: dict[str, Any]) -> None:
    sink.create(event(annotations={"a": "1", "b": "2"}, series=EventSeries(3, START)))
    expected = sink.get("default", "web-0.1")
    for field, value in changed.items():
        setattr(expected, field, value)
    expected.resource_version = "2"
    assert sink.patch(event(), patch) == expected
    assert sink.get("default", "web-0.1") == expected


NOTHING: list[dict[str, Any]] = [
    {},
    {"count": 1},
    {"count": 1.0},
    {"lastTimestamp": "2019-02-05T01:00:00.5+01:00"},
    {"bogus": {"x": 1}, "kind": "Event"},
    {"metadata": {"resourceVersion": "1", "bogus": [1]}},
    {"metadata": {"resourceVersion": "0"}},
    {"metadata": {"resourceVersion": None}},
    {"metadata": {"creationTimestamp": None, "uid": None}},
    {"metadata": {"creationTimestamp": "2001-01-01T00:00:00Z"}},
    {"metadata": {"namespace": None}},
    {"metadata": {"labels": {}}},
    {"source": {}},
    {"series": None},
]


@pytest.mark.parametrize("patch", NOTHING)
def test_a_patch_that_changes_nothing_is_no_write(sink: Sink, clock: Clock, patch: dict[str, Any]) -> None:
    created = sink.create(event())
    clock.time += 1800 * SECOND
    assert sink.patch(event(), patch) == created
    assert sink.update(event(last_timestamp=START + 7, uid=created.uid)) == created
    assert sink.create(event("next")).resource_version == "2"
    clock.time += 1800 * SECOND
    assert [found.name for found in sink.events()] == ["next"], "nor did it live longer"


@pytest.mark.parametrize("empty", [None, {}])
def test_a_null_in_a_map_that_was_not_there_deletes_nothing(sink: Sink, empty: dict[str, str] | None) -> None:
    sink.create(event(annotations=empty))
    patched = sink.patch(event(), {"metadata": {"annotations": {"a": None, "b": "1"}}})
    assert patched.annotations == {"a": "", "b": "1"}, "as in Go, where null reads as the empty string"


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"count": "2"}, "count: expected a 32-bit integer, got '2'"),
        ({"count": 1.5}, "count: expected a 32-bit integer, got 1.5"),
        ({"count": float("inf")}, "count: expected a 32-bit integer, got inf"),
        ({"count": 2147483648.0}, "count: expected a 32-bit integer, got 2147483648"),
        ({"count": {"x": 1}}, "count: expected a 32-bit integer, got {'x': 1}"),
        ({"count": 1 << 40}, "count: expected a 32-bit integer, got 1099511627776"),
        ({"message": ["x"]}, "message: expected a string, got ['x']"),
        ({"lastTimestamp": "now"}, "lastTimestamp: expected an RFC 3339 time, got 'now'"),
        ({"eventTime": "2019-02-05T00:00:00Z"},
         "eventTime: expected an RFC 3339 time with six digits of a second, got '2019-02-05T00:00:00Z'"),
        ({"metadata": "x"}, "metadata: expected an object, got str"),
        ({"metadata": {"annotations": {"a": 1}}}, "metadata.annotations['a']: expected a string, got 1"),
        ({"metadata": {"annotations": {"replicas": 3}}}, "metadata.annotations['replicas']: expected a string, got 3"),
        ({"involvedObject": "x"}, "involvedObject: expected an object, got 'x'"),
        ({"source": {"host": 1}}, "source.host: expected a string, got 1"),
    ],
)  # fmt: skip
def test_a_patch_that_does_not_fit_changes_nothing(sink: Sink, patch: Any, message: str) -> None:
    created = sink.create(event())
    refused(lambda: sink.patch(event(), patch), *invalid("web-0.1", f"patch: Invalid value: {message}"))
    assert sink.get("default", "web-0.1") == created


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (None, "patch: expected an object, got NoneType"),
        ([], "patch: expected an object, got list"),
        ({"$patch": "replace"}, "patch: directive $patch is not supported"),
        ({"source": {"$patch": "delete"}}, "source: directive $patch is not supported"),
        ({"metadata": {"namespace": "other"}}, OTHER_NAMESPACE),
        ({"metadata": {"name": "a"}}, "the name of the object (a) does not match the name on the URL (web-0.1)"),
        ({"metadata": None}, "the name of the object (web-0.1 based on URL) was undeterminable: name must be provided"),
    ],
)
def test_a_patch_that_is_none_or_moves_the_event_is_a_bad_request(sink: Sink, patch: Any, message: str) -> None:
    created = sink.create(event())
    refused(lambda: sink.patch(event(), patch), "BadRequest", 400, message)
    assert sink.get("default", "web-0.1") == created


def test_a_patch_of_a_field_that_the_server_has_not_changes_nothing(sink: Sink) -> None:
    """The state of a series is gone since 1.19."""
    created = sink.create(event(series=EventSeries(3, START)))
    assert sink.patch(event(), {"series": {"state": "Ongoing"}}) == created


def test_a_patch_may_ask_for_a_version_or_a_uid(sink: Sink) -> None:
    uid = sink.create(event()).uid
    other = {"metadata": {"resourceVersion": "9"}}
    refused(lambda: sink.patch(event(), other), "Conflict", 409, CONFLICT + MODIFIED)
    why = 'metadata.uid: Invalid value: "x": field is immutable'
    refused(lambda: sink.patch(event(), {"metadata": {"uid": "x"}}), *invalid("web-0.1", why))
    asking = {"metadata": {"uid": uid, "resourceVersion": "1"}, "count": 2}
    assert sink.patch(event(), asking).resource_version == "2"


# --- what no request can carry -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda sink: sink.create(event("\ud800")),
        lambda sink: sink.create(event(namespace="\ud800")),
        lambda sink: sink.create(event(count="x")),
        lambda sink: sink.create(event(count=True)),
        lambda sink: sink.create(event(count=1 << 40)),
        lambda sink: sink.create(event(message=b"x")),
        lambda sink: sink.create(event(annotations={"replicas": 3})),
        lambda sink: sink.create(event(annotations=["a"])),
        lambda sink: sink.create(event(labels={1: "a"})),
        lambda sink: sink.create(event(involved_object={"kind": "Pod"})),
        lambda sink: sink.create(event(source="kubelet")),
        lambda sink: sink.create(event(last_timestamp="now")),
        lambda sink: sink.create(event(last_timestamp=1 << 70)),
        lambda sink: sink.create(event(last_timestamp=1 << 200)),
        lambda sink: sink.create(event(last_timestamp=1.5)),
        lambda sink: sink.update(event(annotations={"replicas": 3})),
        lambda sink: sink.get("default", "\ud800"),
        lambda sink: sink.patch(event("\ud800"), {}),
    ],
)
def test_what_no_request_can_carry_is_final_and_not_stored(sink: Sink, call: Callable[[Sink], object]) -> None:
    sink.create(event())
    with pytest.raises(RequestConstructionError):
        call(sink)
    assert len(sink) == 1
    assert sink.create(event("next")).resource_version == "2", "a refusal uses up no version"


@pytest.mark.parametrize("year", [1, 1600, 2263, 9999])
def test_a_time_of_any_year_of_four_digits_is_kept(sink: Sink, year: int) -> None:
    time = round((datetime(year, 6, 1) - datetime(1970, 1, 1)).total_seconds()) * SECOND
    assert sink.create(event(first_timestamp=time, last_timestamp=time)).last_timestamp == time
    written = {"lastTimestamp": f"{year:04d}-07-01T00:00:00Z"}
    assert sink.patch(event(), written).last_timestamp == sink.get("default", "web-0.1").last_timestamp
    assert sink.patch(event(), {"count": 2}).first_timestamp == time


def test_half_a_character_is_replaced_as_go_does(sink: Sink) -> None:
    stored = sink.create(event(message="a\ud800z", annotations={"a": "\udfff"}))
    assert (stored.message, stored.annotations) == ("a\ufffdz", {"a": "\ufffd"})


# --- forgetting --------------------------------------------------------------------------------------------


def test_an_event_lives_for_the_ttl_after_its_last_write(sink: Sink, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        sink.create(event(name))
    clock.time += 1800 * SECOND
    sink.patch(event("a"), {"count": 2})
    sink.update(event("b", count=2))
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


# --- listing -----------------------------------------------------------------------------------------------


def test_events_are_listed_in_the_order_of_creation(sink: Sink) -> None:
    sink.create(event("b"))
    sink.create(event("a", namespace="prod", reason="Killing", type="Normal"))
    sink.create(event("c", involved_object=ObjectReference(name="web-1")))
    sink.patch(event("b"), {"count": 2})

    def names(found: list[Event]) -> list[str]:
        return [one.name for one in found]

    assert names(sink.events()) == ["b", "a", "c"]
    assert names(sink.events("default")) == ["b", "c"]
    assert names(sink.events(reason="Killing")) == names(sink.events(type="Normal")) == ["a"]
    assert names(sink.events(object_name="web-0")) == ["b", "a"]
    assert names(sink.events(namespace="default", object_name="web-0")) == ["b"]
    assert names(sink.events(namespace="")) == []


# --- both alike --------------------------------------------------------------------------------------------

TEXT = st.sampled_from(["", "a", "web-0.", "default", "a/b", ".", "é", "\ud800", "0", "1", "7", "x" * 130, "A b"])
TIME = st.sampled_from([None, 0, 1, START, START + 7, -62_135_596_800 * SECOND, -(1 << 66), 1 << 70, "now", 1.5, True])
MAP = st.none() | st.dictionaries(st.sampled_from(["a", "b", "a b", "", 1]), TEXT | st.just(3), max_size=2)
WHOLE = st.sampled_from([0, 1, 2, 2.0, 1.5, 1 << 31, -(1 << 31), True, None, "1"])
REFERENCE = st.builds(ObjectReference, kind=TEXT, namespace=TEXT, name=TEXT) | st.just(5)
SERIES = st.none() | st.builds(EventSeries, count=WHOLE, last_observed_time=TIME, state=TEXT)
NAMES = st.sampled_from(["a", "a", "b", "", "\ud800", "a/b"])
NAMESPACES = st.sampled_from(["default", "default", "default", "prod", "", "Prod"])
SOUND = {
    "involved_object": st.sampled_from([ObjectReference("Pod", "default", "web-0"), ObjectReference("Node")]),
    "message": st.sampled_from(["m", "n"]),
    "count": st.integers(0, 2),
    "last_timestamp": st.sampled_from([START, 7]),
    "resource_version": st.sampled_from(["", "", "", "1", "2", "abc"]),
    "annotations": st.sampled_from([None, {}, {"a": "b"}]),
}
WILD = {
    "involved_object": REFERENCE, "reason": TEXT, "message": TEXT | st.just(5), "first_timestamp": TIME,
    "last_timestamp": TIME, "event_time": TIME, "creation_timestamp": TIME, "count": WHOLE, "annotations": MAP,
    "labels": MAP, "resource_version": TEXT, "uid": TEXT, "series": SERIES, "action": TEXT,
    "related": st.none() | REFERENCE, "reporting_controller": TEXT, "reporting_instance": TEXT, "generate_name": TEXT,
    "source": st.builds(EventSource, TEXT, TEXT),
}  # fmt: skip


def some_of(fields: dict[str, Any]) -> Any:
    return st.fixed_dictionaries({}, optional=fields)


def an_event(name: str, namespace: str, fields: dict[str, Any]) -> Event:
    about = ObjectReference("Pod", namespace, "web-0")
    return Event(name=name, namespace=namespace, **{"involved_object": about, **fields})


SOUND_EVENTS = st.builds(an_event, st.sampled_from("aaab"), st.just("default"), some_of(SOUND))
EVENTS = SOUND_EVENTS | st.builds(an_event, NAMES, NAMESPACES, some_of(WILD))
JSON_TIMES = st.sampled_from([None, "now", "2019-02-05T00:00:00Z", "2019-02-05T00:00:00.5Z", "0001-01-01T00:00:00Z",
                              "9999-12-31T23:59:59.999999-24:00", "2019-02-05T00:00:00.000001Z"])  # fmt: skip
PATCH = {
    "count": WHOLE, "message": TEXT | st.just(5) | st.none(), "lastTimestamp": JSON_TIMES, "eventTime": JSON_TIMES,
    "source": st.none() | some_of({"host": TEXT | st.none()}), "series": st.none() | some_of({"count": WHOLE}),
    "involvedObject": st.none() | some_of({"namespace": TEXT, "kind": TEXT}), "bogus": WHOLE, "$patch": TEXT,
    "metadata": st.none() | some_of({
        "annotations": MAP, "labels": MAP, "name": TEXT, "namespace": TEXT, "uid": TEXT, "resourceVersion": TEXT,
        "creationTimestamp": JSON_TIMES,
    }),
}  # fmt: skip
PATCHES = some_of(PATCH) | st.sampled_from([{"count": 2}, {"count": 3, "message": "again"}, {}])
CALLS = st.one_of(
    st.tuples(st.just("create"), EVENTS),
    st.tuples(st.just("update"), EVENTS),
    st.tuples(st.just("patch"), EVENTS, PATCHES),
    st.tuples(st.just("get"), NAMESPACES, NAMES),
    st.tuples(st.just("events")),
    st.tuples(st.just("sleep"), st.sampled_from([1, 50, 99, 100])),
)


def answer(sink: Sink, call: str, *arguments: Any) -> Any:
    """What a caller sees of it. A uid is drawn by one sink and counted by the other."""
    try:
        result = getattr(sink, call)(*arguments)
    except (SinkError, TypeError) as error:
        return type(error), str(error).partition("UID in object meta")[0]
    found = [result] if isinstance(result, Event) else result
    for one in found:
        assert one.uid
        one.uid = ""
    return found


@pytest.mark.ci
def test_any_life_of_a_sink_is_the_same_in_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kevent.runtime.random", lambda: 0.5)
    seen: Counter[str] = Counter()
    numbers = iter(range(1_000_000))

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.lists(CALLS, min_size=20, max_size=50))
    def check(calls: list[tuple[Any, ...]]) -> None:
        clock = Clock()
        memory = MemorySink(ttl=100, clock=clock)
        with SqliteSink(tmp_path / f"{next(numbers)}.db", ttl=100, clock=clock) as sqlite:
            for call in [("create", event("a")), *calls]:
                if call[0] == "sleep":
                    clock.time += call[1] * SECOND
                    continue
                expected = answer(memory, *call)
                assert answer(sqlite, *call) == expected, call
                seen[expected[0].__name__ if isinstance(expected, tuple) else f"{call[0]} was answered"] += 1

    check()
    assert set(seen) == {
        "create was answered", "update was answered", "patch was answered", "get was answered", "events was answered",
        "StatusError", "RequestConstructionError",
    }  # fmt: skip
    assert min(seen.values()) > 20


def test_the_short_way_to_create_an_event_ends_where_the_long_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[bool] = Counter()

    def created(one: Event) -> Any:
        try:
            return registry.new_event(one)
        except SinkError as error:
            return type(error), str(error)

    @settings(max_examples=1_000, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from(sorted({**WILD, "name": NAMES, "namespace": NAMESPACES, "type": TEXT}.items())), st.data())
    def check(field: tuple[str, Any], data: st.DataObject) -> None:
        one = replace(event("a"), first_timestamp=START + 7, last_timestamp=START + 7, count=1)
        setattr(one, field[0], data.draw(field[1]))
        if field[0] == "namespace":
            one.involved_object = ObjectReference("Pod", one.namespace, "web-0")
        short = created(one)
        with monkeypatch.context() as patched:
            patched.setattr(registry, "_is_usual", lambda event: False)
            assert created(one) == short
        seen[registry._is_usual(one)] += 1

    check()
    assert min(seen[True], seen[False]) > 150


def test_the_short_way_to_read_an_event_ends_where_the_long_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[bool] = Counter()

    def read(one: Event) -> Any:
        try:
            return registry.as_read(one)
        except RequestConstructionError:
            return "refused"

    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    @given(EVENTS)
    def check(one: Event) -> None:
        short = read(one)
        with monkeypatch.context() as patched:
            patched.setattr(registry, "_length_if_plain", lambda event: -1)
            assert read(one) == short
        seen[registry._length_if_plain(one) >= 0] += 1

    check()
    assert min(seen[True], seen[False]) > 50
