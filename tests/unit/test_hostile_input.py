"""Events and references made from whatever comes: either it is understood and comes back the same, or it is refused."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kevent import Event, ObjectReference, get_reference
from kevent.reference import ReferenceError_

NASTY = st.sampled_from(["", "\x00", "../..", "%2e%2e/", "<script>", "a" * 300, "\ud800", "null", "\u202e"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | NASTY
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
FIELDS = st.sampled_from([
    "apiVersion", "kind", "metadata", "involvedObject", "reason", "message", "source", "firstTimestamp",
    "lastTimestamp", "count", "type", "eventTime", "series", "action", "related", "reportingComponent",
    "reportingInstance", "name", "namespace", "uid", "selfLink", "resourceVersion", "fieldPath", "labels",
    "annotations",
])  # fmt: skip
MANIFESTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=6))

quick = settings(max_examples=100, deadline=None, database=None, derandomize=True)


@quick
@given(st.dictionaries(FIELDS, MANIFESTS, max_size=8))
def test_an_event_is_understood_or_refused(data: dict[str, Any]) -> None:
    try:
        event = Event.from_dict(data)
    except ValueError:
        return
    written = event.to_dict()
    assert Event.from_dict(written) == event
    json.dumps(written)


@quick
@given(st.dictionaries(FIELDS, MANIFESTS, max_size=8))
def test_a_reference_is_understood_or_refused(data: dict[str, Any]) -> None:
    try:
        reference = ObjectReference.from_dict(data)
    except ValueError:
        return
    assert ObjectReference.from_dict(reference.to_dict()) == reference
    assert reference.go_syntax().startswith("v1.ObjectReference{")


@quick
@given(MANIFESTS | JSON)
def test_a_reference_to_anything_is_found_or_refused(obj: Any) -> None:
    try:
        reference = get_reference(obj)
    except ReferenceError_:
        return
    assert isinstance(reference, ObjectReference)
    assert reference.kind
