"""What an API server accepts as an event. In Go: pkg/apis/core/validation, pkg/registry/core/event of Kubernetes 1.37.

Fields, values and verdicts are the server's; where it explains a pattern at length, this says it shortly. A request
comes through one of two APIs: core/v1, or events.k8s.io/v1, which asks for more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Literal

from kevent.event import Event, EventSource, validate_event_type
from kevent.quoting import quote
from kevent.reference import ObjectReference
from kevent.sinks.errors import StatusError
from kevent.wire import format_micro_time

__all__ = [
    "SMALL", "Api", "check_create", "check_size", "check_update", "create_errors", "is_path_part", "namespace_error",
    "path_errors", "text_of", "update_errors",
]  # fmt: skip

Api = Literal["v1", "events.k8s.io/v1"]
"""Through which API a request comes. In Go: the group and version in a request's info."""

ANNOTATIONS_LIMIT = 256 << 10
"""Bytes of keys and values. In Go: apimachinery pkg/api/validation TotalAnnotationSizeLimitB."""

SIZE_LIMIT = 3 << 19
"""Bytes that etcd takes in one request. In Go: etcd's --max-request-bytes."""

SMALL = SIZE_LIMIT // 4
"""So many characters are never too large, whatever they are."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_ENDS = "the first and the last of them a letter or a digit"

_LIMITS = {
    "reporting_instance": ("reportingInstance", 128),
    "action": ("action", 128),
    "reason": ("reason", 128),
    "message": ("message", 1024),
}
"""Bytes that an event with an `eventTime` may have in these. In Go: ReportingInstanceLengthLimit and its neighbours."""


def check_create(event: Event, api: Api = "v1") -> None:
    """Raise StatusError Invalid (422) with every reason why a server would not create this event."""
    _refuse(event, create_errors(event, api))


def check_update(event: Event, old: Event, api: Api = "v1") -> None:
    """Raise StatusError Invalid (422) with every reason why a server would not put this event in place of the old."""
    _refuse(event, update_errors(event, old, api))


def create_errors(event: Event, api: Api = "v1") -> list[str]:
    """In Go: rest.ValidateCreate, which asks about the metadata only where the event itself is right."""
    errors = _event_errors(event, api)
    if api != "v1":
        errors += [*_metadata_errors(event, _subdomain_errors), *_series_errors(event), *_strict_errors(event)]
    return errors or _metadata_errors(event)


def update_errors(event: Event, old: Event, api: Api = "v1") -> list[str]:
    """In Go: rest.ValidateUpdate."""
    errors = _metadata_errors(event)
    if event.uid != old.uid:
        errors.append(_invalid("metadata.uid", event.uid, "field is immutable"))
    errors += _event_errors(event, api)
    if api != "v1":
        if event.series != old.series:
            errors += _series_errors(event)
        errors += _changed(event, old)
    return errors


def check_size(event: Event) -> None:
    """Raise StatusError (500) for more than etcd takes at once.

    Unlike etcd, which is given protobuf, this counts the bytes of the texts alone, which are a few hundred less.
    """
    text = text_of(event)
    if len(text) > SMALL and _bytes(text) > SIZE_LIMIT:
        raise StatusError("", 500, "etcdserver: request is too large")


def text_of(event: Event) -> str:
    """Every string in the event but those of `related` and `series`, as one. Raises TypeError for what is no string."""
    about, source, annotations, labels = event.involved_object, event.source, event.annotations, event.labels
    texts: tuple[str, ...] = (
        event.name, event.generate_name, event.namespace, event.uid, event.resource_version, event.reason,
        event.message, event.type, event.action, event.reporting_controller, event.reporting_instance, about.kind,
        about.namespace, about.name, about.uid, about.api_version, about.resource_version, about.field_path,
        source.component, source.host,
    )  # fmt: skip
    if annotations:
        texts += (*annotations, *annotations.values())
    if labels:
        texts += (*labels, *labels.values())
    return "".join(texts)


def _event_errors(event: Event, api: Api) -> list[str]:
    """What is wrong with the event beside its metadata, through either API. In Go: legacyValidateEvent.

    An event with an `event_time` is one of the newer kind, about which more is asked.
    """
    about = event.involved_object.namespace
    if event.event_time is None:
        fits = event.namespace == about or (not about and event.namespace == "default")
        errors: list[str] = []
    else:
        fits = bool(about) or event.namespace in ("default", "kube-system")
        errors = list(_newer_errors(event, "reportingComponent" if api == "v1" else "reportingController"))
    return errors if fits else [_invalid("involvedObject.namespace", about, "does not match event.namespace"), *errors]


def _newer_errors(event: Event, controller: str) -> Iterator[str]:
    if not event.reporting_controller:
        yield _required(controller)
    for error in _qualified_name_errors(event.reporting_controller):
        yield _invalid(controller, event.reporting_controller, error)
    for attribute, (field, limit) in _LIMITS.items():
        value = getattr(event, attribute)
        if not value and attribute != "message":
            yield _required(field)
        if _bytes(value) > limit:
            yield _invalid(field, "", f"can have at most {limit} characters")


def _series_errors(event: Event) -> Iterator[str]:
    """In Go: validateV1EventSeries."""
    if event.series is not None:
        if event.series.count < 2:
            yield _invalid("series.count", "", "should be at least 2")
        if event.series.last_observed_time is None:
            yield _required("series.lastObservedTime")


def _strict_errors(event: Event) -> Iterator[str]:
    """What events.k8s.io/v1 asks of a new event. In Go: the rest of ValidateEventCreate."""
    if event.event_time is None:
        yield _required("eventTime")
    if not validate_event_type(event.type):
        yield _invalid("type", "", f"has invalid value: {event.type}")
    unset = {
        "firstTimestamp": event.first_timestamp is None,
        "lastTimestamp": event.last_timestamp is None,
        "count": event.count == 0,
        "source": event.source == EventSource(),
    }
    yield from (_invalid(field, "", "needs to be unset") for field, right in unset.items() if not right)


_IMMUTABLE = {
    "involvedObject": "involved_object", "reason": "reason", "message": "message", "source": "source",
    "firstTimestamp": "first_timestamp", "lastTimestamp": "last_timestamp", "count": "count", "type": "type",
    "eventTime": "event_time", "action": "action", "related": "related",
    "reportingController": "reporting_controller", "reportingInstance": "reporting_instance",
}  # fmt: skip
"""What events.k8s.io/v1 lets nobody change: all but the series and the metadata."""


def _changed(event: Event, old: Event) -> Iterator[str]:
    """In Go: the rest of ValidateEventUpdate."""
    for field, attribute in _IMMUTABLE.items():
        new = getattr(event, attribute)
        if new != getattr(old, attribute):
            yield f"{field}: Invalid value: {_in_go(new, attribute)}: field is immutable"


def _in_go(value: object, attribute: str) -> str:
    """A field's value as the server's error shows it."""
    match value:
        case ObjectReference():
            return f"core{value.go_syntax().removeprefix('v1')}"
        case EventSource():
            return f"core.EventSource{{Component:{quote(value.component)}, Host:{quote(value.host)}}}"
        case str():
            return quote(value)
        case int() if attribute != "count":
            text = str(format_micro_time(value)).removesuffix("Z").replace("T", " ")
            return f"{text.rstrip('0').removesuffix('.')} +0000 UTC"
        case None:
            return '"null"' if attribute == "related" else "0001-01-01 00:00:00 +0000 UTC"
    return str(value)


def _subdomain_errors(name: str, *, whole: bool = True) -> list[str]:
    """In Go: NameIsDNSSubdomain."""
    checked = name if whole or not name.endswith("-") else f"{name[:-1]}a"
    if len(name) <= 253 and _SUBDOMAIN.fullmatch(checked):
        return []
    return [f"at most 253 lower case letters, digits, '-' and '.', {_ENDS}"]


def _metadata_errors(event: Event, name_errors: Callable[..., list[str]] | None = None) -> list[str]:
    """What is wrong with the metadata. In Go: ValidateObjectMetaAccessor; without `name_errors` a name is a part of a
    path.
    """
    name, base = event.name, event.generate_name
    name_errors = name_errors or path_errors
    errors = []
    if base:
        errors += [_invalid("metadata.generateName", base, error) for error in name_errors(base, whole=False)]
    if not name:
        errors.append(_required("metadata.name", "name or generateName is required"))
    else:
        errors += [_invalid("metadata.name", name, error) for error in name_errors(name)]
    if not event.namespace:
        errors.append(_required("metadata.namespace"))
    elif (error := namespace_error(event.namespace)) is not None:
        errors.append(_invalid("metadata.namespace", event.namespace, error))
    if event.labels:
        errors.extend(_label_errors(event.labels))
    if event.annotations:
        errors.extend(_annotation_errors(event.annotations))
    return errors


def _label_errors(labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        for error in _qualified_name_errors(key):
            yield _invalid("metadata.labels", key, error)
        if value and not _NAME.fullmatch(value):
            yield _invalid("metadata.labels", value, f"only letters, digits, '-', '_' and '.', {_ENDS}")
        if _bytes(value) > 63:
            yield _invalid("metadata.labels", value, "must be no more than 63 bytes")


def _annotation_errors(annotations: Mapping[str, str]) -> Iterator[str]:
    for key in annotations:
        for error in _qualified_name_errors(key.lower()):
            yield _invalid("metadata.annotations", key, error)
    if sum(map(_bytes, annotations)) + sum(map(_bytes, annotations.values())) > ANNOTATIONS_LIMIT:
        yield f"metadata.annotations: Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"


def is_path_part(name: str) -> bool:
    """Whether this is a name in which `path_errors` finds nothing."""
    return "/" not in name and "%" not in name and name not in ("", ".", "..")


def path_errors(name: str, *, whole: bool = True) -> list[str]:
    """Why this cannot be a part of a path, or with `whole=False` the beginning of one. In Go: IsPathSegmentName."""
    if whole and name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{character}'" for character in "/%" if character in name]


@lru_cache(maxsize=256)  # few namespaces, many events
def namespace_error(namespace: str) -> str | None:
    """In Go: IsDNS1123Label."""
    if len(namespace) <= 63 and _LABEL.fullmatch(namespace):
        return None
    return f"at most 63 lower case letters, digits and '-', {_ENDS}"


def _qualified_name_errors(text: str) -> Iterator[str]:
    """In Go: IsLabelKey, formerly IsQualifiedName."""
    prefix, slash, name = text.rpartition("/")
    if slash and not (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix)):
        yield "prefix part must be a DNS subdomain"
    if not name:
        yield "name part must be non-empty"
    elif _bytes(name) > 63:
        yield "name part must be no more than 63 bytes"
    if name and not _NAME.fullmatch(name):
        yield f"name part may have only letters, digits, '-', '_' and '.', {_ENDS}"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _required(field: str, detail: str = "") -> str:
    return f"{field}: Required value" + (f": {detail}" if detail else "")


def _invalid(field: str, value: str, detail: str) -> str:
    return f"{field}: Invalid value: {quote(value)}: {detail}"


def _refuse(event: Event, errors: list[str]) -> None:
    if errors:
        errors = list(dict.fromkeys(errors))
        raise StatusError.invalid("Event", event.name, errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]")
