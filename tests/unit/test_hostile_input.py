"""Events and references made from whatever comes: either it is understood and comes back the same, or it is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kevent import Event, EventBroadcaster, EventSource, ObjectReference, get_reference
from kevent.reference import NoReferenceError
from kevent.wire import INT32_MAX, INT32_MIN
from tests.conftest import Complaints

NASTY = st.sampled_from(["", "\x00", "../..", "%2e%2e/", "<script>", "a" * 300, "\ud800", "null", "\u202e"])
TEXT = st.text(max_size=20) | NASTY
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
HOSTILE = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(TEXT, LEAVES, max_size=2)

TIME = st.sampled_from([
    None, "2019-02-05T00:00:00Z", "2019-02-05T00:00:00.9999999999+01:00", "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.000000-24:60", "2019-02-30T00:00:00Z", "2019-02-05T00:00:00",
    "2019-02-05T00:00:00.000001Z", "0000-06-01T0:00:00,000001+24:00",
])  # fmt: skip
COUNT = st.integers(INT32_MIN, INT32_MAX) | st.sampled_from([INT32_MIN - 1, INT32_MAX + 1])


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


MAP = st.none() | st.dictionaries(TEXT, TEXT, max_size=2)
METADATA = {"name": TEXT, "namespace": TEXT, "uid": TEXT, "resourceVersion": TEXT, "selfLink": TEXT}
REFERENCE = {
    "kind": TEXT, "namespace": TEXT, "name": TEXT, "uid": TEXT, "apiVersion": TEXT, "resourceVersion": TEXT,
    "fieldPath": TEXT,
}  # fmt: skip
EVENT = {
    "kind": st.sampled_from(["Event", "", "event"]), "apiVersion": st.sampled_from(["v1", "", "v2"]),
    "metadata": some_of(creationTimestamp=TIME, labels=MAP, annotations=MAP, **METADATA),
    "involvedObject": some_of(**REFERENCE), "related": some_of(**REFERENCE), "reason": TEXT, "message": TEXT,
    "source": some_of(component=TEXT, host=TEXT), "firstTimestamp": TIME, "lastTimestamp": TIME, "eventTime": TIME,
    "count": COUNT, "series": some_of(count=COUNT, lastObservedTime=TIME, state=TEXT), "type": TEXT, "action": TEXT,
    "reportingComponent": TEXT, "reportingInstance": TEXT,
}  # fmt: skip
LINK = st.sampled_from(["/api/v1/pods/p", "/api/%ff/p/q", "//h:x/a/b/c", "%zz", "/a", "://"])
MANIFEST = {
    "apiVersion": st.sampled_from(["v1", "apps/v1", "/v1", "a/b/c", ""]), "kind": TEXT,
    "metadata": some_of(**METADATA | {"selfLink": LINK}),
    "items": st.none() | st.lists(TEXT, max_size=2),
}  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[Any]], *, all: bool = False) -> dict[str, Any]:
    """An object of some of these fields, or of all; in every other one of them is something else, also inside."""
    data = draw(st.fixed_dictionaries(fields) if all else some_of(**fields))
    if draw(st.booleans()):
        key = draw(st.sampled_from(sorted(fields)))
        inside = data.get(key)
        if isinstance(inside, dict) and inside and draw(st.booleans()):
            inside[draw(st.sampled_from(sorted(inside)))] = draw(HOSTILE)
        else:
            data[key] = draw(HOSTILE)
    return data


quick = settings(max_examples=150, deadline=None, database=None, derandomize=True)


def sound(value: object) -> bool:
    """What Kubernetes JSON may consist of: text that can be encoded, and numbers of 32 bits."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and sound(key) and sound(item) for key, item in value.items())
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode() == value
    return value is None or (type(value) is int and INT32_MIN <= value <= INT32_MAX)


def both_ways(seen: Counter[str]) -> None:
    """It was tried with what is understood and with what is refused, and each refusal said what was wanted."""
    assert set(seen) == {"understood", "refused"}
    assert min(seen.values()) > 20


def test_an_event_is_understood_or_refused() -> None:
    seen: Counter[str] = Counter()

    @quick
    @given(spoiled(EVENT))
    def check(data: dict[str, Any]) -> None:
        try:
            event = Event.from_dict(data)
        except ValueError as error:
            seen["refused" if ": expected " in str(error) else str(error)] += 1
            return
        seen["understood"] += 1
        written = event.to_dict()
        assert sound(written)
        if "10000-01-0" not in str(written):  # an offset may lead out of the years that can be read, as in Go
            assert Event.from_dict(json.loads(json.dumps(written))).to_dict() == written

    check()
    both_ways(seen)


def test_a_reference_is_understood_or_refused() -> None:
    seen: Counter[str] = Counter()

    @quick
    @given(spoiled(REFERENCE))
    def check(data: dict[str, Any]) -> None:
        try:
            reference = ObjectReference.from_dict(data)
        except ValueError as error:
            seen["refused" if ": expected a string, got " in str(error) else str(error)] += 1
            return
        seen["understood"] += 1
        assert sound(reference.to_dict())
        assert ObjectReference.from_dict(reference.to_dict()) == reference
        assert reference.go_syntax().startswith("v1.ObjectReference{")
        assert reference.go_syntax().isprintable()

    check()
    both_ways(seen)


def test_a_reference_to_anything_is_found_or_refused() -> None:
    seen: Counter[str] = Counter()

    @quick
    @given(st.integers(0, 3).flatmap(lambda one: spoiled(MANIFEST, all=True) if one else HOSTILE))
    def check(obj: Any) -> None:
        try:
            reference = get_reference(obj)
        except NoReferenceError:
            seen["refused"] += 1
            return
        seen["understood"] += 1
        assert reference.kind or reference.api_version
        assert sound(reference.to_dict())

    check()
    both_ways(seen)


def test_whatever_is_recorded_is_in_exactly_one_number(complaints: Complaints) -> None:
    """A recorder raises TypeError for what Go's compiler refuses, and nothing else; and each call is counted once."""
    broadcaster = EventBroadcaster(incoming_length=20)
    recorder = broadcaster.new_recorder(EventSource("test"))
    calls: Counter[str] = Counter()

    @quick
    @given(
        spoiled(MANIFEST, all=True),
        spoiled(
            {"event_type": st.sampled_from(["Normal", "Warning"]), "reason": TEXT, "format": TEXT, "map": MAP}, all=True
        ),
        st.lists(HOSTILE, max_size=1),
        st.integers(0, 4),
    )
    def check(obj: Any, call: dict[str, Any], arguments: list[Any], known: int) -> None:
        obj = ObjectReference(kind="Pod", name="p") if known else obj
        event_type, annotations, texts = call["event_type"], call["map"], (call["reason"], call["format"], *arguments)
        try:
            recorder.annotated_eventf(obj, annotations, event_type, *texts)
        except TypeError as error:
            calls["refused" if " must be a" in str(error) else str(error)] += 1
        else:
            calls["understood"] += 1

    check()
    assert set(calls) == {"understood", "refused"}
    assert broadcaster.shutdown(timeout=10)
    counts = broadcaster.statistics()
    assert counts.queued == 0
    assert counts.accepted + counts.dropped + counts.unreferenced + counts.invalid == calls.total()
    assert min(counts.unreferenced, counts.invalid, counts.dropped + counts.accepted) > 5
    complaints.take()
