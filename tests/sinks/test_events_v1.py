"""What the sinks answer through events.k8s.io/v1, and over HTTP what is sent there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kevent.conversion import from_events_v1, to_events_v1
from kevent.event import Event, EventSeries, EventSource, ObjectReference
from kevent.events import EventBroadcaster
from kevent.sinks import EventSink, MemorySink, SinkError
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.kubernetes import KubernetesSink
from kevent.sinks.sqlite import SqliteSink
from tests.sinks.api_server import ApiServer, answering
from tests.sinks.events import refused
from tests.sinks.test_kubernetes import connect
from tests.support import START, Clock

POD = ObjectReference("Pod", "default", "web-0", "u-1", "v1")


def event(**fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "name": "web-0.1", "namespace": "default", "involved_object": POD, "type": "Warning",
        "reason": "FailedScheduling", "action": "Scheduling", "message": "0/3 nodes are available",
        "event_time": START + 5_123_456_000, "reporting_controller": "default-scheduler",
        "reporting_instance": "default-scheduler-node-1",
    }  # fmt: skip
    return Event(**defaults | fields)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "sqlite", "kubernetes"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    clock = Clock()
    if request.param == "memory":
        yield MemorySink(clock=clock)
    elif request.param == "sqlite":
        with SqliteSink(tmp_path / "events.db", clock=clock) as sink:
            yield sink
    else:
        server = request.getfixturevalue("server")
        cluster = KubernetesSink(connect(server.url, retries=False), qps=None, timeout=5)
        yield cluster
        cluster.close()


def invalid(why: str, name: str = "web-0.1") -> tuple[str, int, str]:
    return "Invalid", 422, f'Event "{name}" is invalid: {why}'


def test_it_is_a_sink_and_both_doors_lead_to_one_store(store: Any) -> None:
    sink: EventSink = EventsV1(store)
    stored = sink.create(event(related=replace(POD, name="web-1")))
    assert (stored.message, stored.involved_object, stored.resource_version) == ("0/3 nodes are available", POD, "1")
    assert stored.event_time == START + 5_123_456_000
    assert stored.related == replace(POD, name="web-1")
    through_core = store.patch(stored, {"message": "core's name for it"})
    assert through_core.message == "core's name for it"
    assert through_core.resource_version == "2"


def test_a_series_is_patched(store: Any) -> None:
    sink = EventsV1(store)
    first = sink.create(event())
    series = EventSeries(2, START + 9_000_000_000)
    patched = sink.patch(first, {"series": series.to_dict()})
    assert patched.series == series
    assert replace(patched, series=None, resource_version="1") == first


def test_an_event_on_a_whole_second_has_its_six_digits(store: Any) -> None:
    assert EventsV1(store).create(event(event_time=START)).event_time == START


def test_what_a_recorder_makes_is_taken(store: Any) -> None:
    with EventBroadcaster(EventsV1(store)) as broadcaster:
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder("default-scheduler", host="node-1")
        for _ in range(3):
            recorder.eventf(POD, None, "Warning", "FailedScheduling", "Scheduling", "n")
            assert broadcaster.flush(timeout=30)  # each event has a goroutine of its own: two at once are no series yet
    (sink,) = broadcaster.statistics().sinks
    assert (sink.created, sink.patched, sink.counted, sink.rejected, sink.given_up) == (1, 2, 1, 0, 0)


LONG = "x" * 129


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"event_time": None}, "eventTime: Required value"),
        ({"type": "normal"}, 'type: Invalid value: "": has invalid value: normal'),
        ({"first_timestamp": START}, 'firstTimestamp: Invalid value: "": needs to be unset'),
        ({"last_timestamp": START}, 'lastTimestamp: Invalid value: "": needs to be unset'),
        ({"count": 1}, 'count: Invalid value: "": needs to be unset'),
        ({"source": EventSource("c")}, 'source: Invalid value: "": needs to be unset'),
        ({"source": EventSource(host="h")}, 'source: Invalid value: "": needs to be unset'),
        ({"action": ""}, "action: Required value"),
        ({"action": LONG}, 'action: Invalid value: "": can have at most 128 characters'),
        ({"reason": ""}, "reason: Required value"),
        ({"reason": LONG}, 'reason: Invalid value: "": can have at most 128 characters'),
        ({"reporting_instance": ""}, "reportingInstance: Required value"),
        ({"reporting_instance": LONG}, 'reportingInstance: Invalid value: "": can have at most 128 characters'),
        ({"message": "x" * 1025}, 'message: Invalid value: "": can have at most 1024 characters'),
        ({"message": "ü" * 513}, 'message: Invalid value: "": can have at most 1024 characters'),
        ({"reporting_controller": "a b"}, ('reportingController: Invalid value: "a b": name part may have only '
         "letters, digits, '-', '_' and '.', the first and the last of them a letter or a digit")),
        ({"reporting_controller": ""}, ("[reportingController: Required value, reportingController: Invalid value: "
         '"": name part must be non-empty]')),
        ({"series": EventSeries(1, START)}, 'series.count: Invalid value: "": should be at least 2'),
        ({"series": EventSeries(2, None)}, "series.lastObservedTime: Required value"),
        ({"namespace": "other", "involved_object": ObjectReference("Node", name="n")},
         'involvedObject.namespace: Invalid value: "": does not match event.namespace'),
    ],
)  # fmt: skip
def test_what_no_server_creates(store: Any, fields: dict[str, Any], why: str) -> None:
    refused(lambda: EventsV1(store).create(event(**fields)), *invalid(why))


def test_a_name_has_to_be_a_subdomain(store: Any) -> None:
    why = "at most 253 lower case letters, digits, '-' and '.', the first and the last of them a letter or a digit"
    for name in "A_b.1", "x" * 254:
        refused(partial(EventsV1(store).create, event(name=name)),
                *invalid(f'metadata.name: Invalid value: "{name}": {why}', name))  # fmt: skip
    assert EventsV1(store).create(event(name="x" * 253)).name == "x" * 253
    assert store.create(event(name="A_b.1")).name == "A_b.1"  # core/v1 asks for less


def test_a_node_is_reported_in_default(store: Any) -> None:
    about = ObjectReference("Node", name="node-1")
    assert EventsV1(store).create(event(involved_object=about)).involved_object == about
    assert EventsV1(store).create(event(involved_object=about, namespace="kube-system")).namespace == "kube-system"


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ({"note": "n"}, 'message: Invalid value: "n": field is immutable'),
        ({"reason": "R"}, 'reason: Invalid value: "R": field is immutable'),
        ({"action": "A"}, 'action: Invalid value: "A": field is immutable'),
        ({"type": "Normal"}, 'type: Invalid value: "Normal": field is immutable'),
        ({"deprecatedCount": 3}, "count: Invalid value: 3: field is immutable"),
        ({"deprecatedFirstTimestamp": "2019-02-05T00:00:01Z"},
         "firstTimestamp: Invalid value: 2019-02-05 00:00:01 +0000 UTC: field is immutable"),
        ({"deprecatedSource": {"component": "c"}},
         'source: Invalid value: core.EventSource{Component:"c", Host:""}: field is immutable'),
        ({"eventTime": "2019-02-05T00:00:05.123000Z"},
         "eventTime: Invalid value: 2019-02-05 00:00:05.123 +0000 UTC: field is immutable"),
        ({"regarding": {"name": "other"}},
         ('involvedObject: Invalid value: core.ObjectReference{Kind:"Pod", Namespace:"default", Name:"other", '
         'UID:"u-1", APIVersion:"v1", ResourceVersion:"", FieldPath:""}: field is immutable')),
        ({"related": {"name": "x"}},
         ('related: Invalid value: core.ObjectReference{Kind:"", Namespace:"", Name:"x", UID:"", APIVersion:"", '
         'ResourceVersion:"", FieldPath:""}: field is immutable')),
        ({"reportingController": "c"}, 'reportingController: Invalid value: "c": field is immutable'),
        ({"reportingInstance": "i"}, 'reportingInstance: Invalid value: "i": field is immutable'),
        ({"series": {"count": 1, "lastObservedTime": None}},
         '[series.count: Invalid value: "": should be at least 2, series.lastObservedTime: Required value]'),
    ],
)  # fmt: skip
def test_what_nobody_changes(store: Any, patch: dict[str, Any], why: str) -> None:
    sink = EventsV1(store)
    refused(lambda: sink.patch(sink.create(event()), patch), *invalid(why))


def test_a_name_of_the_other_api_says_nothing(store: Any) -> None:
    sink = EventsV1(store)
    first = sink.create(event())
    assert sink.patch(first, {"message": "core's", "involvedObject": {"name": "x"}, "count": 7}) == first


def test_labels_may_change_and_an_older_series_stays(store: Any) -> None:
    old = store.create(event(series=EventSeries(1, START + 1000)))  # as recorders before 1.25 begin
    new = EventsV1(store).update(replace(old, labels={"a": "b"}))
    assert (new.labels, new.series) == ({"a": "b"}, EventSeries(1, START + 1000))


def test_without_a_namespace_no_server_is_asked(store: Any) -> None:
    sink = EventsV1(store)
    for verb, ask in (
        ("create", lambda: sink.create(event(namespace=""))),
        ("update", lambda: sink.update(event(namespace=""))),
        ("patch", lambda: sink.patch(event(namespace=""), {})),
    ):
        with pytest.raises(SinkError, match=f"^can't {verb} an event with empty namespace$"):
            ask()


# --- over HTTP ---------------------------------------------------------------------------------------------


def test_what_is_sent(server: ApiServer) -> None:
    bodies: list[bytes] = []

    def listen(handler: Any) -> Any:
        bodies.append(handler.body)
        return handler._answer()

    server.misbehaviours = [listen] * 3
    sink = KubernetesSink(connect(server.url, retries=False), qps=None, timeout=5)
    stored = EventsV1(sink).create(event(event_time=START))
    series = {"count": 2, "lastObservedTime": "2019-02-05T00:00:09.000000Z"}
    patched = EventsV1(sink).patch(stored, {"series": series})
    EventsV1(sink).update(patched)
    sink.close()
    path = "/apis/events.k8s.io/v1/namespaces/default/events"
    assert [seen[:2] for seen in server.seen] == [
        ("POST", path), ("PATCH", f"{path}/web-0.1"), ("PUT", f"{path}/web-0.1"),
    ]  # fmt: skip
    assert server.seen[1][2] == "application/strategic-merge-patch+json"
    sent = json.loads(bodies[0])
    assert (sent["apiVersion"], sent["kind"]) == ("events.k8s.io/v1", "Event")
    assert sent["eventTime"] == "2019-02-05T00:00:00.000000Z"
    assert sent == {"apiVersion": "events.k8s.io/v1", "kind": "Event", **to_events_v1(event(event_time=START))}
    assert json.loads(bodies[1]) == {"series": series}
    assert json.loads(bodies[2])["series"] == series


def test_whether_a_server_has_it(server: ApiServer) -> None:
    sink = KubernetesSink(connect(server.url, retries=False), qps=None, timeout=5)
    assert sink.serves_events_v1()
    server.two_doors = False
    assert not sink.serves_events_v1()
    server.misbehaviours = [answering(403)]
    assert not sink.serves_events_v1()
    sink.close()


# --- the two ways to write it ------------------------------------------------------------------------------


def test_there_and_back() -> None:
    whole = event(
        related=POD, series=EventSeries(3, START + 7_000), count=2, source=EventSource("c", "h"), first_timestamp=START,
        last_timestamp=START, labels={"a": "b"}, annotations={"c": "d"}, uid="u", resource_version="7",
    )  # fmt: skip
    data = to_events_v1(whole)
    assert from_events_v1({"apiVersion": "events.k8s.io/v1", "kind": "Event", **data}) == whole
    assert {"regarding", "note", "reportingController", "deprecatedSource", "deprecatedCount"} <= data.keys()
    assert not {"involvedObject", "message", "reportingComponent", "source", "count"} & data.keys()


def test_what_is_empty_is_left_out() -> None:
    data = to_events_v1(Event(series=EventSeries(state="Ongoing")))
    assert not {"reportingController", "reportingInstance", "note"} & data.keys()
    assert data["series"] == {"count": 0, "lastObservedTime": None}
    assert data["regarding"] == {}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, "event: expected an object, got None"),
        (5, "event: expected an object, got 5"),
        ({"apiVersion": "v1"}, "apiVersion: expected events.k8s.io/v1, got 'v1'"),
        ({"note": 5}, "message: expected a string, got 5"),
        ({"kind": "Pod"}, "kind: expected Event, got 'Pod'"),
    ],
)
def test_what_cannot_be_read(data: Any, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}$"):
        from_events_v1(data)
