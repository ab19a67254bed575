"""One event, two APIs: core/v1 and events.k8s.io/v1 name seven of its fields differently.

In Go: `pkg/apis/events/v1/conversion.go` of Kubernetes, and the struct tags of k8s.io/api/events/v1. The server keeps
one kind of event, whichever API it came through, and so does kevent: a `kevent.Event`, whose fields have core's names.
Here is how it looks as JSON of events.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kevent.event import Event
from kevent.versions import NEWEST, Release
from kevent.wire import read_mapping, read_string, refuse

__all__ = ["EVENTS_V1", "NAMES", "as_core", "from_events_v1", "to_events_v1"]

EVENTS_V1: Final = "events.k8s.io/v1"
"""The group and version of the newer API."""

NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}
"""The keys that differ: core/v1 -> events.k8s.io/v1."""

_CORE_NAMES = {new: old for old, new in NAMES.items()}


def to_events_v1(event: Event, *, release: str | Release = NEWEST) -> dict[str, Any]:
    """The event as JSON of events.k8s.io/v1, field for field what Go's encoding/json makes of it.

    As `Event.to_dict`: kind and apiVersion are not part of the value. Raises ValueError as that does.
    """
    data = {NAMES.get(key, key): value for key, value in event.to_dict(release=release).items()}
    for key in ("reportingController", "reportingInstance"):
        if not data[key]:
            del data[key]
    if "series" in data:
        data["series"] = {"count": 0} | {key: value for key, value in data["series"].items() if key != "state"}
    return data


def as_core(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document or a patch of events.k8s.io/v1 with the keys of core/v1.

    A key that only core/v1 has is unknown there, and left out.
    """
    return {_CORE_NAMES.get(key, key): value for key, value in document.items() if key not in NAMES}


def from_events_v1(data: Mapping[str, Any]) -> Event:
    """From JSON of events.k8s.io/v1, as `Event.from_dict` reads that of core/v1.

    Raises ValueError that names the field as core/v1 does.
    """
    if data is None:
        raise refuse("event", "an object", data)
    data = read_mapping(data, "event")
    if read_string(data.get("apiVersion"), "apiVersion") not in ("", EVENTS_V1):
        raise refuse("apiVersion", EVENTS_V1, data["apiVersion"])
    return Event.from_dict({key: value for key, value in as_core(data).items() if key != "apiVersion"})
