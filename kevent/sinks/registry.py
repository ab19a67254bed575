"""The rules by which an API server stores events, shared by the sinks that keep events themselves.

In Go: what stands behind the API, pkg/registry/core/event of Kubernetes over apiserver's generic registry. Where the
events are kept, and how one waits for the other, is the sink's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kevent.event import FIELDS, METADATA_FIELDS, Event
from kevent.quoting import quote
from kevent.sinks.errors import StatusError

__all__ = [
    "DEFAULT_TTL", "Key", "already_exists", "check_clock", "check_ttl", "detached", "key_of", "merge_patch",
    "new_event", "not_found", "patched", "updated",
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


def new_event(event: Event) -> Event:
    """What is stored for an event to be created; the store adds version, uid and creation time.

    Raises StatusError: code 500 without a reason if `resource_version` is not empty, as etcd's store answers.
    """
    if event.resource_version:
        raise StatusError("", 500, "resourceVersion should not be set on objects to be created")
    return detached(event)


def updated(old: Event, event: Event) -> Event:
    """What is stored when `event` takes the place of `old`.

    An empty `resource_version` overwrites whatever is there. Raises StatusError Conflict (409) for another one than
    the stored one.
    """
    if event.resource_version not in ("", old.resource_version):
        raise StatusError.conflict(RESOURCE, old.name, _STALE)
    return _identified(old, detached(event))


def patched(old: Event, patch: Mapping[str, Any]) -> Event:
    """What is stored when `patch` is merged into `old`.

    Raises StatusError: BadRequest (400) for a patch that does not fit an event, or moves it; Conflict (409) if it
    names another resource version or uid.
    """
    new = merge_patch(old, patch)
    if (new.namespace, new.name) != (old.namespace, old.name):
        raise StatusError.bad_request(
            "the name and namespace of the object do not match those in the URL "
            f"({new.namespace}/{new.name} and {old.namespace}/{old.name})"
        )
    if new.resource_version not in ("", old.resource_version):
        raise StatusError.conflict(RESOURCE, old.name, _STALE)
    if new.uid not in ("", old.uid):
        why = f"Precondition failed: UID in precondition: {new.uid}, UID in object meta: {old.uid}"
        raise StatusError.conflict(RESOURCE, old.name, why)
    return _identified(old, new)


def _identified(old: Event, new: Event) -> Event:
    new.uid = old.uid
    new.creation_timestamp = old.creation_timestamp
    return new


def key_of(event: Event) -> Key:
    """The namespace and name of an event that a server would accept."""
    if not isinstance(event, Event):
        raise TypeError(f"event must be an Event, not {type(event).__name__}")
    name, namespace = event.name, event.namespace
    if not name:
        required = "metadata.name: Required value: name or generateName is required"
        raise StatusError.invalid("Event", "", required)
    if not namespace:
        raise StatusError.invalid("Event", name, "metadata.namespace: Required value")
    if "/" in name or "%" in name or name in (".", ".."):
        invalid = f"metadata.name: Invalid value: {quote(name)}: not a part of a path"
        raise StatusError.invalid("Event", name, invalid)
    return namespace, name


def detached(event: Event) -> Event:
    """A copy that shares nothing that can be changed."""
    new = event.copy()
    if new.annotations is not None:
        new.annotations = dict(new.annotations)
    if new.labels is not None:
        new.labels = dict(new.labels)
    return new


def merge_patch(event: Event, patch: Mapping[str, Any]) -> Event:
    """A new event: `event` with a strategic merge patch applied. In Go: apimachinery StrategicMergePatch.

    null deletes, objects and maps merge key by key, everything else replaces. An event has no lists, so that
    is all of it. Unknown keys are ignored. Raises StatusError BadRequest (400) for a value of the wrong type,
    and for the `$patch` directives, which nobody sends for events.
    """
    new = detached(event)
    try:
        for key, value in _entries(patch, "patch"):
            if key == "metadata":
                value = dict.fromkeys(METADATA_FIELDS) if value is None else value
                for inner, inner_value in _entries(value, key):
                    _merge(new, METADATA_FIELDS.get(inner), inner_value, f"metadata.{inner}")
            else:
                _merge(new, FIELDS.get(key), value, key)
    except ValueError as error:
        raise StatusError.bad_request(str(error)) from None
    return new


def _merge(event: Event, field: tuple[str, Callable[[Any, str], Any]] | None, value: Any, path: str) -> None:
    if field is None:
        return
    attribute, read = field
    if isinstance(value, Mapping):
        changes = dict(_entries(value, path))
        old = getattr(event, attribute)
        old = old.to_dict() if hasattr(old, "to_dict") else old
        if isinstance(old, Mapping) and old:
            merged = {**old, **changes}
            value = {key: item for key, item in merged.items() if item is not None}
        # Where there was nothing to merge with, the patch stands as it is: a null in it deletes nothing.
    setattr(event, attribute, read(value, path))


def _entries(value: Any, path: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{path}: expected an object, got {type(value).__name__}")
    for key in value:
        if isinstance(key, str) and key.startswith("$"):
            raise ValueError(f"{path}: directive {key} is not supported")
    return list(value.items())
