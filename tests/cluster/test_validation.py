"""A store of kevent's own, in memory or in a file, says of each request what a real API server says of it.

Each question is asked through both doors: code, reason, and what is stored. The words of a refusal may be shorter here;
the fields that it names may not differ.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kevent import Event, MemorySink, StatusError
from kevent.conversion import EVENTS_V1, to_events_v1
from kevent.sinks.kubernetes import KubernetesSink
from kevent.sinks.rest import RestSink
from kevent.sinks.sqlite import SqliteSink
from kevent.sinks.validation import Api
from oracle.apiserver import Cluster

Store = MemorySink | SqliteSink
Change = Callable[[dict[str, Any]], object]


def put(path: str, value: Any) -> Change:
    """Set a field by its path; `...` removes it."""

    def change(event: dict[str, Any]) -> None:
        *outer, last = path.split(".")
        for part in outer:
            event = event.setdefault(part, {})
        if value is ...:
            event.pop(last, None)
        else:
            event[last] = value

    return change


NEWER: dict[str, Any] = {
    "eventTime": "2026-01-01T00:00:00.000000Z", "reportingComponent": "k8s.io/test", "reportingInstance": "test-1",
    "action": "Acting", "firstTimestamp": None, "lastTimestamp": None, "count": 0, "source": {},
}  # fmt: skip


def event(namespace: str, newer: bool) -> dict[str, Any]:
    plain = {
        "metadata": {"name": "web.1", "namespace": namespace}, "reason": "R", "message": "m", "type": "Normal",
        "involvedObject": {"kind": "Pod", "namespace": namespace, "name": "web", "uid": "u"}, "count": 1,
        "source": {"component": "c", "host": "h"}, "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return plain | NEWER if newer else plain


LONG = "x" * 1025
CREATES: dict[str, Change] = {
    "as it is": lambda event: None,
    "capitals": put("metadata.name", "Web.1"),
    "a colon and a blank": put("metadata.name", "web: 1"),
    "a thousand characters": put("metadata.name", "w" * 1000),
    "no name": put("metadata.name", ""),
    "the beginning of a name": lambda event: event["metadata"].update(name="", generateName="web-"),
    "an odd beginning": lambda event: event["metadata"].update(name="", generateName="Web/"),
    "a resource version": put("metadata.resourceVersion", "7"),
    "a label": put("metadata.labels", {"a": "b"}),
    "a label with a blank": put("metadata.labels", {"a b": "c"}),
    "a label's value with a blank": put("metadata.labels", {"a": "b c"}),
    "a label's value too long": put("metadata.labels", {"a": "b" * 64}),
    "a label with a prefix": put("metadata.labels", {"example.com/a": "b"}),
    "a label with two": put("metadata.labels", {"a/b/c": "d"}),
    "an annotation": put("metadata.annotations", {"Some.Key": "any value at all /"}),
    "an annotation's key with a blank": put("metadata.annotations", {"a b": "c"}),
    "an annotation without a key": put("metadata.annotations", {"": "c"}),
    "annotations of 256 KiB": put("metadata.annotations", {"a": "b" * ((256 << 10) - 1)}),
    "one byte more": put("metadata.annotations", {"a": "b" * (256 << 10)}),
    "a type of its own": put("type", "Odd"),
    "no type": put("type", ""),
    "another namespace": put("involvedObject.namespace", "elsewhere"),
    "no namespace of the object": put("involvedObject.namespace", ""),
    "a negative count": put("count", -1),
    "a message of 1,025": put("message", LONG),
    "a message of 2 MB": put("message", "m" * (2 << 20)),
    "a reason of 129": put("reason", "R" * 129),
    "no reason": put("reason", ""),
    "an action of 129": put("action", "A" * 129),
    "no action": put("action", ""),
    "a reporter of 64 in its name": put("reportingComponent", "a" * 64),
    "a reporter with a blank": put("reportingComponent", "a b"),
    "no reporter": put("reportingComponent", ""),
    "an instance of 129": put("reportingInstance", "i" * 129),
    "no instance": put("reportingInstance", ""),
    "no event time": put("eventTime", None),
    "a series": put("series", {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}),
    "a series of one": put("series", {"count": 1, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}),
    "a series without a time": put("series", {"count": 2}),
    "a related object": put("related", {"kind": "Node", "name": "n"}),
    "a finalizer": put("metadata.finalizers", ["example.com/f"]),
    "a host": put("source", {"component": "c", "host": "ü"}),
}

PATCHES: dict[str, Any] = {
    "a count": {"count": 2},
    "nothing": {},
    "what it is": {"reason": "R"},
    "a wrong type": {"count": "x"},
    "a list": {"metadata": []},
    "another uid": {"metadata": {"uid": "other"}},
    "another name": {"metadata": {"name": "other"}},
    "another namespace": {"metadata": {"namespace": "other"}},
    "no namespace": {"metadata": {"namespace": None}},
    "version 0": {"metadata": {"resourceVersion": "0"}},
    "an old version": {"metadata": {"resourceVersion": "987654321"}},
    "a version that is none": {"metadata": {"resourceVersion": "abc"}},
    "an annotation": {"metadata": {"annotations": {"a": "b"}}},
    "an annotation's key with a blank": {"metadata": {"annotations": {"a b": "c"}}},
    "a label with a blank": {"metadata": {"labels": {"a b": "c"}}},
    "a series": {"series": {"count": 3, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}},
    "a series of one": {"series": {"count": 1, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}},
    "no series": {"series": None},
    "another message": {"message": "other"},
    "another note": {"note": "other"},
    "another reason": {"reason": "Other"},
    "another object": {"involvedObject": {"name": "other"}},
    "an unknown field": {"unknown": 1},
    "a long message": {"message": LONG},
    "a series' time without six digits": {"series": {"count": 3, "lastObservedTime": "2026-01-01T00:00:01Z"}},
    "an event time without six digits": {"eventTime": "2026-01-01T00:00:01Z"},
    "a time with six digits": {"lastTimestamp": "2026-01-01T00:00:01.500000Z"},
    "a time in another zone": {"lastTimestamp": "2026-01-01T02:00:01+02:00"},
    "a time that is none": {"lastTimestamp": "yesterday"},
    "no count": {"count": None},
    "no object": {"involvedObject": None},
    "no source": {"source": None},
    "no type": {"type": None},
    "no metadata": {"metadata": None},
    "no annotations": {"metadata": {"annotations": None}},
    "a count with a point": {"count": 2.0},
    "a count with a half": {"count": 2.5},
    "a count as text": {"count": "2"},
    "a message that is a number": {"message": 2},
    "a null inside": {"involvedObject": {"name": None}},
    "capitals in a field's name": {"Message": "other"},
    "a uid of its own": {"metadata": {"uid": ""}},
    "a creation time": {"metadata": {"creationTimestamp": "2020-01-01T00:00:00Z"}},
    "an annotation that is a number": {"metadata": {"annotations": {"a": 1}}},
    "a directive": {"$patch": "replace"},
}


class Verdict(dict[str, Any]):
    """What became of a request, so that two of them can be compared."""


def verdict(ask: Callable[..., Event], *arguments: Any) -> Verdict:
    try:
        stored = ask(*arguments)
    except StatusError as error:
        fields = re.findall(
            r"(?:^|[\[ ,:])((?:metadata|involvedObject|series)?\.?\w+): (Invalid value|Required|Too long)", str(error)
        )
        return Verdict(code=error.code, reason=error.reason, fields=sorted({name for name, _ in fields}))
    data = stored.to_dict()
    for given in "uid", "resourceVersion", "creationTimestamp":
        data["metadata"].pop(given)
    if data["metadata"]["name"].startswith("web-"):
        data["metadata"]["name"] = "web-" + "?" * (len(data["metadata"]["name"]) - 4)
    data["metadata"].pop("managedFields", None)
    return Verdict(stored=data)


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Any:
    from kubernetes import config

    api = config.new_client_from_config(str(cluster.kubeconfig))  # type: ignore[no-untyped-call,unused-ignore]
    sink = KubernetesSink(api, qps=None)
    yield sink
    sink.close()


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[list[Store]]:
    """kevent's own."""
    with SqliteSink(tmp_path / "events.db") as file:
        yield [MemorySink(), file]


def read(data: dict[str, Any]) -> Event:
    return Event.from_dict(copy.deepcopy(data))


@pytest.mark.parametrize("api", ["v1", EVENTS_V1])
@pytest.mark.parametrize("newer", [False, True], ids=["older", "newer"])
@pytest.mark.parametrize("name", CREATES)
def test_create(server: RestSink, stores: list[Store], namespace: str, name: str, newer: bool, api: Api) -> None:
    data = event(namespace, newer)
    CREATES[name](data)
    asked = read(data)
    there = verdict(server.create_through, api, asked.copy())
    for own in stores:
        assert verdict(own.create_through, api, asked.copy()) == there


@pytest.mark.parametrize("api", ["v1", EVENTS_V1])
@pytest.mark.parametrize("newer", [False, True], ids=["older", "newer"])
@pytest.mark.parametrize("name", PATCHES)
def test_patch(server: RestSink, stores: list[Store], namespace: str, name: str, newer: bool, api: Api) -> None:
    stored = read(event(namespace, newer))
    told = []
    for sink in server, *stores:
        before = sink.create_through(api if newer else "v1", stored.copy())
        verdict_of_it = verdict(sink.patch_through, api, stored, copy.deepcopy(PATCHES[name]))
        after = sink.patch_through(api, stored, {})
        # Through the other door even no change is a write to a server: it notes in which version a field was set.
        one_door = newer or api == "v1"
        told.append((verdict_of_it, one_door and before.resource_version == after.resource_version))
    assert told[1:] == told[:1] * len(stores)


@pytest.mark.parametrize(
    ("patch", "code", "field", "there"),
    [({"count": 1 << 31}, 422, "count", -1 << 31), ({"source": {"$patch": "delete"}}, 400, "source", {})],
    ids=["a count beyond 32 bits", "a directive to delete"],
)
def test_what_a_store_of_kevents_own_does_not_take(
    server: RestSink, namespace: str, patch: dict[str, Any], code: int, field: str, there: Any
) -> None:
    """Two departures, as `merge_patch` says: nobody who sends the first means what a server makes of it."""
    stored, memory = read(event(namespace, newer=False)), MemorySink()
    server.create(stored)
    memory.create(stored)
    assert server.patch(stored, patch).to_dict().get(field, {}) == there
    with pytest.raises(StatusError) as caught:
        memory.patch(stored, patch)
    assert caught.value.code == code


UPDATES: dict[str, Change] = {
    "as it is": lambda event: None,
    "another message": put("message", "other"),
    "another uid": put("metadata.uid", "other"),
    "version 0": put("metadata.resourceVersion", "0"),
    "no version": put("metadata.resourceVersion", ""),
    "an old version": put("metadata.resourceVersion", "987654321"),
    "a version that is none": put("metadata.resourceVersion", "abc"),
    "a label with a blank": put("metadata.labels", {"a b": "c"}),
    "a series": put("series", {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}),
    "a series of one": put("series", {"count": 1, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}),
    "another namespace of the object": put("involvedObject.namespace", "elsewhere"),
}


@pytest.mark.parametrize("api", ["v1", EVENTS_V1])
@pytest.mark.parametrize("newer", [False, True], ids=["older", "newer"])
@pytest.mark.parametrize("name", UPDATES)
def test_update(server: RestSink, stores: list[Store], namespace: str, name: str, newer: bool, api: Api) -> None:
    told = []
    for sink in server, *stores:
        data = sink.create(read(event(namespace, newer))).to_dict()
        UPDATES[name](data)
        told.append(verdict(sink.update_through, api, read(data)))
    assert told[1:] == told[:1] * len(stores)


def test_both_doors_show_the_same_event(server: RestSink, cluster: Cluster, namespace: str) -> None:
    stored = server.create(read(event(namespace, newer=True)))
    path = f"/apis/{EVENTS_V1}/namespaces/{namespace}/events/{stored.name}"
    shown = cluster.ask("GET", path)
    shown["metadata"].pop("managedFields")
    here = json.loads(json.dumps({"kind": "Event", "apiVersion": EVENTS_V1, **to_events_v1(stored)}))
    assert here == shown
