"""The rules by which an API server stores events, shared by the sinks that keep events themselves.

In Go: what stands behind the API, pkg/registry/core/event of Kubernetes over apiserver's generic registry. What an
event has to be like is in `kevent.sinks.validation`. Where the events are kept, and how one waits for the other, is
the sink's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kevent import runtime
from kevent.conversion import as_core
from kevent.event import FIELDS, METADATA_FIELDS, Event, EventSource
from kevent.quoting import quote
from kevent.reference import ObjectReference
from kevent.sinks.errors import RequestConstructionError, StatusError
from kevent.sinks.validation import (
    SMALL,
    Api,
    check_create,
    check_size,
    check_update,
    is_path_part,
    namespace_error,
    path_errors,
    text_of,
)
from kevent.wire import INT32_MAX, INT32_MIN, SECOND

__all__ = [
    "DEFAULT_TTL", "Key", "already_exists", "as_read", "check_clock", "check_ttl", "detached", "key_of", "merge_patch",
    "new_event", "not_found", "patched", "path_of", "place", "updated",
]  # fmt: skip

Key = tuple[str, str]  # namespace and name

DEFAULT_TTL = 3600.0
"""Seconds that an event is kept after its last write. In Go: kube-apiserver's --event-ttl."""

RESOURCE = "events"

_STALE = "the object has been modified; please apply your changes to the latest version and try again"


def check_ttl(ttl: float | None) -> None:
    """Raise TypeError or ValueError unless this is a number of seconds above zero, or None."""
    if ttl is not None and (not isinstance(ttl, int | float) or isinstance(ttl, bool)):
        raise TypeError(f"ttl must be a number of seconds or None, not {type(ttl).__name__}")
    if ttl is not None and not 0 < ttl < 9e9:  # 64 bits of nanoseconds hold no more
        raise ValueError(f"ttl must be a number of seconds above 0, or None for ever, not {ttl}")


def check_clock(clock: Callable[[], int]) -> None:
    """Raise TypeError unless it can be called."""
    if not callable(clock):
        raise TypeError(f"clock must be callable, not {type(clock).__name__}")


def already_exists(key: Key) -> StatusError:
    """409: there is an event of this name."""
    return StatusError.already_exists(RESOURCE, key[1])


def not_found(key: Key) -> StatusError:
    """404: there is none."""
    return StatusError.not_found(RESOURCE, key[1])


# --- the requests -------------------------------------------------------------------------------------------


def new_event(event: Event, api: Api = "v1") -> Event:
    """What is stored for an event to be created; the store adds the place, the version, a uid and the creation time.

    In Go: rest.BeforeCreate and the etcd store's Create. `api` is the one that it comes through. Raises StatusError:
    Invalid (422); code 500 without a reason for a resource version, as etcd's store answers, or for more than etcd
    takes. RequestConstructionError for what is no event that JSON could carry.
    """
    new = _a_copy(event)
    if api == "v1" and _is_usual(new):
        _in_whole_seconds(new)
        return new
    new, large = _as_read(new)
    named = new
    if not new.name and new.generate_name:
        named = new.copy()
        named.name = _generated(new)
    check_create(named, api)
    if new.resource_version and _is_number(new.resource_version) and int(new.resource_version):
        raise StatusError("", 500, "resourceVersion should not be set on objects to be created")
    if large:
        check_size(new)
    return new


def _is_usual(event: Event) -> bool:
    """Whether it is an event as a recorder makes it, which a server creates and of which it changes but the times.

    Nothing is asked here that is not asked below; this is for speed alone.
    """
    about, name, first, last = event.involved_object, event.name, event.first_timestamp, event.last_timestamp
    if type(about) is not ObjectReference or type(event.source) is not EventSource:
        return False
    try:
        text = text_of(event)
    except (TypeError, AttributeError):
        return False
    return (
        text.isascii()
        and len(text) <= SMALL
        and event.namespace == about.namespace
        and namespace_error(event.namespace) is None
        and event.annotations is None
        and event.labels is None
        and event.creation_timestamp is None
        and event.event_time is None
        and event.series is None
        and event.related is None
        and not event.generate_name
        and not event.resource_version
        and "/" not in name
        and "%" not in name
        and name not in ("", ".", "..")
        and type(event.count) is int
        and 0 <= event.count <= INT32_MAX
        and type(first) is int
        and 0 <= first < _YEAR_10000
        and (last is first or (type(last) is int and 0 <= last < _YEAR_10000))
    )


def place(new: Event, taken: Callable[[Key], bool]) -> Key:
    """Where a new event goes. Without a name it gets one after its `generate_name`: eight are tried at most.

    In Go: createWithGenerateNameRetry. Raises StatusError AlreadyExists (409).
    """
    key = new.namespace, new.name
    for _ in range(0 if new.name else 8):
        key = new.namespace, _generated(new)
        if not taken(key):
            new.name = key[1]
            return key
    if not new.name or taken(key):
        raise already_exists(key)
    return key


def updated(old: Event, event: Event, api: Api = "v1") -> Event:
    """What is stored when `event` takes the place of `old`: `old` itself, where that changes nothing.

    In Go: Update of the generic registry, for PUT. An empty `resource_version` and "0" overwrite whatever is there.
    Raises StatusError: Conflict (409) for another uid or version than the stored one's, code 500 without a reason for
    a version that is no number, Invalid (422).
    """
    new, large = _as_read(_a_copy(event))
    if new.uid not in ("", old.uid):
        why = (
            f"StorageError: invalid object, Code: 4, Key: /registry/events/{old.namespace}/{old.name}, "
            "ResourceVersion: 0, AdditionalErrorMsg: "
            f"Precondition failed: UID in precondition: {new.uid}, UID in object meta: {old.uid}"
        )
        raise StatusError.conflict(RESOURCE, old.name, why)
    return _replaced(old, new, large, api)


def patched(old: Event, patch: Mapping[str, Any], api: Api = "v1") -> Event:
    """What is stored when `patch` is merged into `old`: `old` itself, where that changes nothing.

    In Go: patchResource over the generic registry's Update. Raises StatusError: BadRequest (400) for a patch that is
    none, or moves the event; Invalid (422) for a value of the wrong type, another uid, or an event that is not valid
    any more; Conflict (409) for another resource version, code 500 without a reason for one that is no number.
    """
    if api != "v1" and isinstance(patch, Mapping):
        patch = as_core(patch)
    new = merge_patch(old, patch)
    usual = api == "v1" and old.event_time is None and patch.keys() <= _HARMLESS
    if usual:  # what a recorder sends: nothing to look at again
        _in_whole_seconds(new)
        if new.message != old.message:
            check_size(new)
        return old if new.count == old.count and new == old else new
    new, large = _as_read(new)
    new.namespace = new.namespace or old.namespace
    if new.namespace != old.namespace:
        raise StatusError.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if not new.name:
        raise StatusError.bad_request(
            f"the name of the object ({old.name} based on URL) was undeterminable: name must be provided"
        )
    if new.name != old.name:
        raise StatusError.bad_request(
            f"the name of the object ({new.name}) does not match the name on the URL ({old.name})"
        )
    return _replaced(old, new, large, api)


def _replaced(old: Event, new: Event, large: bool, api: Api) -> Event:
    if new.resource_version != old.resource_version:
        version = _number(new.resource_version)
        if version and version != int(old.resource_version):
            raise StatusError.conflict(RESOURCE, old.name, _STALE)
    new.uid = new.uid or old.uid
    new.creation_timestamp = old.creation_timestamp
    new.resource_version = old.resource_version
    check_update(new, old, api)
    if new.count == old.count and new == old:
        return old
    if large:
        check_size(new)
    return new


def _number(version: str) -> int:
    """A resource version as the server counts it. In Go: ObjectResourceVersion, over strconv.ParseUint."""
    if version and not _is_number(version):
        why = "value out of range" if re.fullmatch("[0-9]+", version) else "invalid syntax"
        raise StatusError("", 500, f"strconv.ParseUint: parsing {quote(version)}: {why}")
    return int(version or 0)


def _is_number(version: str) -> bool:
    """Whether these are digits of a number of 64 bits."""
    return bool(re.fullmatch(r"0*[0-9]{1,20}", version)) and int(version) < 1 << 64


_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def _generated(event: Event) -> str:
    """In Go: names.SimpleNameGenerator of apiserver."""
    random = "".join(_LETTERS[int(runtime.random() * len(_LETTERS))] for _ in range(5))
    return event.generate_name.encode()[:58].decode("utf-8", "ignore") + random


def key_of(event: Event) -> Key:
    """The namespace and name in the path of a request about this event.

    Raises TypeError for what is no Event, StatusError Invalid (422) for what cannot be part of a path,
    RequestConstructionError for what cannot be sent.
    """
    if not isinstance(event, Event):
        raise TypeError(f"event must be an Event, not {type(event).__name__}")
    name = event.name
    if not name:
        raise StatusError.invalid("Event", "", "metadata.name: Required value: name or generateName is required")
    if not event.namespace:
        raise StatusError.invalid("Event", name, "metadata.namespace: Required value")
    key = path_of(event.namespace, name)
    if not is_path_part(name):
        error = path_errors(name)[0]
        raise StatusError.invalid("Event", name, f"metadata.name: Invalid value: {quote(name)}: {error}")
    return key


def path_of(namespace: str, name: str) -> Key:
    """Both, where a request could name them. Raises RequestConstructionError."""
    try:
        f"{namespace}{name}".encode()
    except UnicodeEncodeError as error:
        raise RequestConstructionError(error) from error
    return namespace, name


# --- what a server reads ------------------------------------------------------------------------------------


def as_read(event: Event) -> Event:
    """A copy that shares nothing that can be changed, with the values that a server reads when it is sent the event.

    Times lose what is below a second, `event_time` and the time of a series what is below a microsecond; half of a
    surrogate pair becomes U+FFFD; an empty map is none. Raises TypeError for what is no Event, RequestConstructionError
    for a value that JSON cannot carry or that a server cannot read.
    """
    return _as_read(_a_copy(event))[0]


def _a_copy(event: Event) -> Event:
    if not isinstance(event, Event):
        raise TypeError(f"event must be an Event, not {type(event).__name__}")
    return event.copy()


def detached(event: Event) -> Event:
    """A copy that shares nothing that can be changed."""
    new = event.copy()
    if new.annotations is not None:
        new.annotations = dict(new.annotations)
    if new.labels is not None:
        new.labels = dict(new.labels)
    return new


_HARMLESS = {"count", "firstTimestamp", "lastTimestamp", "message"}
"""Keys of a patch whose values are right for every event without an `eventTime`, if they are read at all."""

_YEAR_1 = -62_135_596_800 * SECOND
_YEAR_10000 = 253_402_300_800 * SECOND


def _as_read(event: Event) -> tuple[Event, bool]:
    """The event as a server reads it, and whether it may be too large. What is handed in may be changed.

    To write JSON and read it back would do, and take ten times as long. So what is nearly always true is looked at
    first: that the event is made of the types it says, and that JSON would change but the fractions of seconds.
    """
    length = _length_if_plain(event)
    if length < 0:
        path_of(event.namespace, event.name)
        try:
            return Event.from_dict(event.to_dict()), True
        except (TypeError, ValueError, AttributeError) as error:
            raise RequestConstructionError(error) from error
    event.annotations = dict(event.annotations) if event.annotations else None
    event.labels = dict(event.labels) if event.labels else None
    _in_whole_seconds(event)
    return event, length > SMALL


def _in_whole_seconds(event: Event) -> None:
    first, last = event.first_timestamp, event.last_timestamp
    if first:
        event.first_timestamp = first - first % SECOND
    if last:
        event.last_timestamp = event.first_timestamp if last is first else last - last % SECOND
    if event.creation_timestamp:
        event.creation_timestamp -= event.creation_timestamp % SECOND


def _length_if_plain(event: Event) -> int:
    """How many characters are in it; -1 if it has to go the long way."""
    if type(event.involved_object) is not ObjectReference or type(event.source) is not EventSource:
        return -1
    if event.event_time is not None or event.series is not None or event.related is not None:
        return -1
    if type(event.count) is not int or not INT32_MIN <= event.count <= INT32_MAX:
        return -1
    for time in (event.first_timestamp, event.last_timestamp, event.creation_timestamp):
        if time is not None and (type(time) is not int or not _YEAR_1 + SECOND <= time < _YEAR_10000):
            return -1
    try:
        text = text_of(event)
        if not text.isascii():
            text.encode()
    except (TypeError, AttributeError, UnicodeEncodeError):  # no string, no dictionary, half of a pair
        return -1
    return len(text)


# --- patches ------------------------------------------------------------------------------------------------


def merge_patch(event: Event, patch: Mapping[str, Any]) -> Event:
    """A new event: `event` with a strategic merge patch applied. In Go: apimachinery StrategicMergePatch.

    null deletes, objects and maps merge key by key, everything else replaces. An event has no lists, so that
    is all of it. Unknown keys are ignored. Raises StatusError: BadRequest (400) for a patch that is no object, and for
    the `$patch` directives, which nobody sends for events; Invalid (422) for a value of the wrong type, and for a count
    beyond 32 bits, of which a server stores what is left when it is cut off.
    """
    new = detached(event)
    if not isinstance(patch, Mapping):
        raise StatusError.bad_request(f"patch: expected an object, got {type(patch).__name__}")
    try:
        for key, value in _entries(patch, "patch"):
            if key == "metadata":
                value = dict.fromkeys(METADATA_FIELDS) if value is None else value
                for inner, inner_value in _entries(value, key):
                    _merge(new, METADATA_FIELDS.get(inner), inner_value, f"metadata.{inner}")
            else:
                _merge(new, FIELDS.get(key), value, key)
    except ValueError as error:
        raise StatusError.invalid("Event", event.name, f"patch: Invalid value: {error}") from None
    return new


def _merge(event: Event, field: tuple[str, Callable[[Any, str], Any]] | None, value: Any, path: str) -> None:
    if field is None:
        return
    attribute, read = field
    if not isinstance(value, _SCALARS) and isinstance(value, Mapping):
        changes = dict(_entries(value, path))
        old = getattr(event, attribute)
        old = old.to_dict() if hasattr(old, "to_dict") else old
        if isinstance(old, Mapping) and old:
            merged = {**old, **changes}
            value = {key: item for key, item in merged.items() if item is not None}
        # Where there was nothing to merge with, the patch stands as it is: a null in it deletes nothing.
        value = {key: _as_number(item) for key, item in value.items()}
    setattr(event, attribute, read(_as_number(value), path))


_SCALARS = (str, int)  # known to be no Mapping in a quarter of the time that asking for one takes


def _as_number(value: Any) -> Any:
    """Go reads the numbers of a patch as float64, and writes whole ones without a point before it reads them again."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _entries(value: Any, path: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{path}: expected an object, got {type(value).__name__}")
    for key in value:
        if isinstance(key, str) and key.startswith("$"):
            raise StatusError.bad_request(f"{path}: directive {key} is not supported")
    return list(value.items())
