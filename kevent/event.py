"""Events as Kubernetes stores them. In Go: k8s.io/api/core/v1, types.go.

All times are Unix nanoseconds; None is Go's zero time, which JSON writes as null, or not at all (see `Event.to_dict`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kevent import versions
from kevent.reference import (
    NilObjectError,
    NoKindError,
    NoReferenceError,
    NoSelfLinkError,
    NotAnObjectError,
    ObjectReference,
    Scheme,
    SelfLinkError,
    get_partial_reference,
    get_reference,
)
from kevent.versions import NEWEST, Release
from kevent.wire import (
    format_micro_time,
    format_time,
    read_int32,
    read_mapping,
    read_micro_time,
    read_string,
    read_string_map,
    read_time,
    refuse,
)

__all__ = [
    "EVENT_TYPE_NORMAL",
    "EVENT_TYPE_WARNING",
    "Event",
    "EventSeries",
    "EventSource",
    "EventType",
    "NilObjectError",
    "NoKindError",
    "NoReferenceError",
    "NoSelfLinkError",
    "NotAnObjectError",
    "ObjectReference",
    "Scheme",
    "SelfLinkError",
    "get_partial_reference",
    "get_reference",
    "last_seen",
    "validate_event_type",
]

EventType = Literal["Normal", "Warning"]
"""What an event may be. In Go: a plain string, checked by record/util ValidateEventType."""

EVENT_TYPE_NORMAL: Final = "Normal"
"""Information only. In Go: core/v1 EventTypeNormal."""

EVENT_TYPE_WARNING: Final = "Warning"
"""Something might go wrong. In Go: core/v1 EventTypeWarning."""


def validate_event_type(type: str) -> bool:
    """Whether this is one of the two types an event may have, to the letter.

    In Go: record/util ValidateEventType.
    """
    return isinstance(type, str) and type in (EVENT_TYPE_NORMAL, EVENT_TYPE_WARNING)


@dataclass(frozen=True, slots=True)
class EventSource:
    """Who reports the event: a component, and the node it runs on. In Go: core/v1 EventSource."""

    component: str = ""
    host: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As Kubernetes JSON; empty fields are left out."""
        return {key: value for key, value in (("component", self.component), ("host", self.host)) if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], path: str = "source") -> EventSource:
        """From Kubernetes JSON. Unknown keys are ignored; ValueError names the field that is wrong."""
        data = read_mapping(data, path)
        return cls(
            component=read_string(data.get("component"), f"{path}.component"),
            host=read_string(data.get("host"), f"{path}.host"),
        )


@dataclass(frozen=True, slots=True)
class EventSeries:
    """A run of equal events, as the newer tools/events package counts them. In Go: core/v1 EventSeries."""

    count: int = 0
    last_observed_time: int | None = None
    state: str = ""

    def to_dict(self, *, release: str | Release = NEWEST) -> dict[str, Any]:
        """As Kubernetes JSON; the time has six digits of a second. The state is left out since 1.19."""
        data: dict[str, Any] = {"count": self.count} if self.count else {}
        data["lastObservedTime"] = format_micro_time(self.last_observed_time, "series.lastObservedTime")
        if self.state and versions.release(release).series_state == "kept":
            data["state"] = self.state
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], path: str = "series") -> EventSeries:
        """From Kubernetes JSON. Unknown keys are ignored; ValueError names the field that is wrong."""
        data = read_mapping(data, path)
        return cls(
            count=read_int32(data.get("count"), f"{path}.count"),
            last_observed_time=read_micro_time(data.get("lastObservedTime"), f"{path}.lastObservedTime"),
            state=read_string(data.get("state"), f"{path}.state"),
        )


_NO_REFERENCE = ObjectReference()
_NO_SOURCE = EventSource()


@dataclass(slots=True, kw_only=True)
class Event:
    """One event. In Go: core/v1 Event, with the fields of its ObjectMeta promoted as Go promotes them.

    `count` says how often it happened, from `first_timestamp` to `last_timestamp`. `annotations` and `labels`
    are None for Go's nil map. An API server that gets no `name` makes one of `generate_name` and five characters.
    """

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    involved_object: ObjectReference = _NO_REFERENCE
    reason: str = ""
    message: str = ""
    source: EventSource = _NO_SOURCE
    first_timestamp: int | None = None
    last_timestamp: int | None = None
    count: int = 0
    type: str = ""
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    resource_version: str = ""
    uid: str = ""
    creation_timestamp: int | None = None
    event_time: int | None = None
    series: EventSeries | None = None
    action: str = ""
    related: ObjectReference | None = None
    reporting_controller: str = ""
    reporting_instance: str = ""

    def copy(self) -> Event:
        """A shallow copy: annotations and labels are shared. In Go: an assignment of the struct."""
        # Written out because every event is copied at least twice on its way, and copy.copy takes about ten
        # times as long.
        new = Event.__new__(Event)
        new.name = self.name
        new.generate_name = self.generate_name
        new.namespace = self.namespace
        new.involved_object = self.involved_object
        new.reason = self.reason
        new.message = self.message
        new.source = self.source
        new.first_timestamp = self.first_timestamp
        new.last_timestamp = self.last_timestamp
        new.count = self.count
        new.type = self.type
        new.annotations = self.annotations
        new.labels = self.labels
        new.resource_version = self.resource_version
        new.uid = self.uid
        new.creation_timestamp = self.creation_timestamp
        new.event_time = self.event_time
        new.series = self.series
        new.action = self.action
        new.related = self.related
        new.reporting_controller = self.reporting_controller
        new.reporting_instance = self.reporting_instance
        return new

    def to_dict(self, *, release: str | Release = NEWEST) -> dict[str, Any]:
        """As Kubernetes JSON, field for field what Go's encoding/json makes of a v1.Event.

        Empty strings, zero counts and empty maps are left out where the struct tags say so; a zero time is null, but
        that of the metadata is left out since 1.34. Times are RFC 3339 in UTC, cut down to whole seconds; only
        `eventTime` and the time of a series keep microseconds. As in Go the kind and apiVersion are not part of the
        value. Raises ValueError for a time beyond 64 bits of seconds.
        """
        metadata: dict[str, Any] = {}
        _put(metadata, "name", self.name)
        _put(metadata, "generateName", self.generate_name)
        _put(metadata, "namespace", self.namespace)
        _put(metadata, "uid", self.uid)
        _put(metadata, "resourceVersion", self.resource_version)
        if self.creation_timestamp is not None or versions.release(release).creation_time == "null":
            metadata["creationTimestamp"] = format_time(self.creation_timestamp, "metadata.creationTimestamp")
        _put(metadata, "labels", dict(self.labels or ()))
        _put(metadata, "annotations", dict(self.annotations or ()))
        data: dict[str, Any] = {"metadata": metadata, "involvedObject": self.involved_object.to_dict()}
        _put(data, "reason", self.reason)
        _put(data, "message", self.message)
        data["source"] = self.source.to_dict()
        data["firstTimestamp"] = format_time(self.first_timestamp, "firstTimestamp")
        data["lastTimestamp"] = format_time(self.last_timestamp, "lastTimestamp")
        _put(data, "count", self.count)
        _put(data, "type", self.type)
        data["eventTime"] = format_micro_time(self.event_time, "eventTime")
        if self.series is not None:
            data["series"] = self.series.to_dict(release=release)
        _put(data, "action", self.action)
        if self.related is not None:
            data["related"] = self.related.to_dict()
        data["reportingComponent"] = self.reporting_controller
        data["reportingInstance"] = self.reporting_instance
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """From Kubernetes JSON (core/v1). Unknown keys are ignored, null is the zero value.

        Keys are read to the letter, as servers do; unlike Go's encoding/json, which takes `Count` for `count`, and null
        for an event. Raises ValueError that names the field: something that is not an object, a value of the wrong
        type, a time that is not RFC 3339, an object of another kind or version.
        """
        if data is None:
            raise refuse("event", "an object", data)
        data = read_mapping(data, "event")
        for key, own in (("kind", "Event"), ("apiVersion", "v1")):
            if read_string(data.get(key), key) not in ("", own):
                raise refuse(key, own, data[key])
        event = cls()
        metadata = read_mapping(data.get("metadata"), "metadata")
        for key, (attribute, read) in METADATA_FIELDS.items():
            if key in metadata:
                setattr(event, attribute, read(metadata[key], f"metadata.{key}"))
        for key, (attribute, read) in FIELDS.items():
            if key in data:
                setattr(event, attribute, read(data[key], key))
        return event


def _put(data: dict[str, Any], key: str, value: object) -> None:
    if value:
        data[key] = value


def _read_series(value: Any, field: str) -> EventSeries | None:
    return None if value is None else EventSeries.from_dict(value, field)


def _read_related(value: Any, field: str) -> ObjectReference | None:
    return None if value is None else ObjectReference.from_dict(value, field)


Reader = Callable[[Any, str], Any]
"""Reads one field: a value out of parsed JSON, and the field's path for the error."""

METADATA_FIELDS: Mapping[str, tuple[str, Reader]] = {
    "name": ("name", read_string),
    "generateName": ("generate_name", read_string),
    "namespace": ("namespace", read_string),
    "uid": ("uid", read_string),
    "resourceVersion": ("resource_version", read_string),
    "creationTimestamp": ("creation_timestamp", read_time),
    "labels": ("labels", read_string_map),
    "annotations": ("annotations", read_string_map),
}
"""The keys of `metadata` that an Event keeps: JSON key -> attribute and its reader."""

FIELDS: Mapping[str, tuple[str, Reader]] = {
    "involvedObject": ("involved_object", ObjectReference.from_dict),
    "reason": ("reason", read_string),
    "message": ("message", read_string),
    "source": ("source", EventSource.from_dict),
    "firstTimestamp": ("first_timestamp", read_time),
    "lastTimestamp": ("last_timestamp", read_time),
    "count": ("count", read_int32),
    "type": ("type", read_string),
    "eventTime": ("event_time", read_micro_time),
    "series": ("series", _read_series),
    "action": ("action", read_string),
    "related": ("related", _read_related),
    "reportingComponent": ("reporting_controller", read_string),
    "reportingInstance": ("reporting_instance", read_string),
}
"""The keys of an event beside `metadata`: JSON key -> attribute and its reader."""


def last_seen(event: Event) -> int | None:
    """When it last happened, Unix nanoseconds: of a series what that says, else `last_timestamp`, `first_timestamp` or
    `event_time`, the first that is set; None if none is. In Go: printEvent, for kubectl.
    """
    seen = event.series.last_observed_time if event.series is not None else None
    times = seen, event.last_timestamp, event.first_timestamp, event.event_time
    return next((time for time in times if time is not None), None)
