"""A sink that keeps events in memory and answers as an API server does.

In Go: what stands behind the API, pkg/registry/core/event of Kubernetes over apiserver's generic registry.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from kevent import runtime
from kevent.event import FIELDS, METADATA_FIELDS, Event
from kevent.reference import quote
from kevent.sinks.errors import StatusError

__all__ = ["MemorySink", "merge_patch"]

Key = tuple[str, str]  # namespace and name

SECOND = 1_000_000_000
RESOURCE = "events"

_STALE = "the object has been modified; please apply your changes to the latest version and try again"


class MemorySink:
    """Keeps events in memory, with an API server's rules. An `EventSink`, safe for several threads.

    * A name is taken once in each namespace; a taken one is `AlreadyExists` (409), an unknown one `NotFound` (404).
    * Each write counts the resource version up, over all events; `create` also gives a uid and a creation time.
    * An event is forgotten `ttl` seconds after its last write, or never if `ttl` is None. A server's default is 1 h.

    What goes in and what comes out are copies, so a caller cannot change the store by accident.

    Unlike an API server it keeps the nanoseconds of the timestamps until a patch sends whole seconds, it
    numbers the uids instead of drawing them, so that two runs are equal, and it does not compare the
    namespace with that of the involved object.

    Raises TypeError or ValueError for a `ttl` that is not above zero and a `clock` (Unix nanoseconds) that
    cannot be called.
    """

    def __init__(self, ttl: float | None = 3600.0, clock: Callable[[], int] = runtime.now) -> None:
        if ttl is not None and (not isinstance(ttl, int | float) or isinstance(ttl, bool)):
            raise TypeError(f"ttl must be a number of seconds or None, not {type(ttl).__name__}")
        if ttl is not None and not 0 < ttl < float("inf"):
            raise ValueError(f"ttl must be a number of seconds above 0, or None for ever, not {ttl}")
        if not callable(clock):
            raise TypeError(f"clock must be callable, not {type(clock).__name__}")
        self._ttl = math.inf if ttl is None else round(ttl * SECOND)
        self._expires: float = -math.inf  # before this time nothing can be too old
        self._clock = clock
        self._lock = runtime.Lock("memory sink")
        # In the order of creation, and in the order of the last write, which is the order of expiry.
        self._events: dict[Key, Event] = {}
        self._written: OrderedDict[Key, int] = OrderedDict()
        self._version = 0
        self._created = 0

    def create(self, event: Event) -> Event:
        """Store a new event. In Go: EventSink.Create.

        Raises StatusError: Invalid (422) without a name or namespace, or for a name that no path can hold;
        AlreadyExists (409); code 500 without a reason if `resource_version` is not empty, as etcd's store
        answers.
        """
        key = _key(event)
        if event.resource_version:
            raise StatusError("", 500, "resourceVersion should not be set on objects to be created")
        new = _detached(event)
        with self._lock:
            now = self._expire()
            if key in self._events:
                raise StatusError.already_exists(RESOURCE, event.name)
            self._created += 1
            self._version += 1
            new.resource_version = str(self._version)
            new.uid = f"00000000-0000-4000-8000-{self._created:012x}"
            new.creation_timestamp = now
            self._events[key] = new
            self._written[key] = now
        return _detached(new)

    def update(self, event: Event) -> Event:
        """Put this event in the place of the stored one. In Go: EventSink.Update.

        An empty `resource_version` overwrites whatever is there; otherwise it must be the stored one. Raises
        StatusError: NotFound (404), Conflict (409), Invalid (422).

        Unlike an API server, which creates an event that is not there, this is NotFound: whoever updates one
        has seen it.
        """
        key = _key(event)
        with self._lock:
            now = self._expire()
            old = self._find(key)
            if event.resource_version not in ("", old.resource_version):
                raise StatusError.conflict(RESOURCE, event.name, _STALE)
            return self._write(key, old, _detached(event), now)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Merge `patch` into the stored event of this namespace and name. In Go: EventSink.Patch.

        Only the namespace and name of `event` are used. Raises StatusError: NotFound (404); BadRequest (400)
        for a patch that does not fit an event; Conflict (409) if the patch names another resource version or
        uid.
        """
        key = _key(event)
        with self._lock:
            now = self._expire()
            old = self._find(key)
            new = merge_patch(old, patch)
            if (new.namespace, new.name) != key:
                raise StatusError.bad_request(
                    "the name and namespace of the object do not match those in the URL "
                    f"({new.namespace}/{new.name} and {old.namespace}/{old.name})"
                )
            if new.resource_version not in ("", old.resource_version):
                raise StatusError.conflict(RESOURCE, old.name, _STALE)
            if new.uid not in ("", old.uid):
                raise StatusError.conflict(
                    RESOURCE,
                    old.name,
                    f"Precondition failed: UID in precondition: {new.uid}, UID in object meta: {old.uid}",
                )
            return self._write(key, old, new, now)

    def get(self, namespace: str, name: str) -> Event:
        """The event of this name. Raises StatusError NotFound (404)."""
        with self._lock:
            self._expire()
            return _detached(self._find((namespace, name)))

    def events(
        self,
        namespace: str | None = None,
        *,
        object_name: str | None = None,
        reason: str | None = None,
        type: str | None = None,
    ) -> list[Event]:
        """All events in the order of their creation; of one namespace, object, reason or type where these are
        given.

        In Go: a list with the field selectors involvedObject.name, reason and type.
        """
        with self._lock:
            self._expire()
            return [
                _detached(event)
                for event in self._events.values()
                if namespace in (None, event.namespace)
                and object_name in (None, event.involved_object.name)
                and reason in (None, event.reason)
                and type in (None, event.type)
            ]

    def __len__(self) -> int:
        with self._lock:
            self._expire()
            return len(self._events)

    def _expire(self) -> int:
        """Forget what is too old; the time now."""
        now = self._clock()
        if now >= self._expires:
            oldest = now
            while self._written:
                key, oldest = next(iter(self._written.items()))
                if now - oldest < self._ttl:
                    break
                del self._written[key], self._events[key]
                oldest = now
            self._expires = oldest + self._ttl
        return now

    def _find(self, key: Key) -> Event:
        event = self._events.get(key)
        if event is None:
            raise StatusError.not_found(RESOURCE, key[1])
        return event

    def _write(self, key: Key, old: Event, new: Event, now: int) -> Event:
        self._version += 1
        new.resource_version = str(self._version)
        new.uid = old.uid
        new.creation_timestamp = old.creation_timestamp
        self._events[key] = new
        self._written[key] = now
        self._written.move_to_end(key)
        return _detached(new)


def _key(event: Event) -> Key:
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


def _detached(event: Event) -> Event:
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
    new = _detached(event)
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
