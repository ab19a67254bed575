"""A sink that keeps events in memory and answers as an API server does.

The rules themselves are in `kevent.sinks.registry` and `kevent.sinks.validation`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from kevent import forking, runtime
from kevent.event import Event
from kevent.sinks.registry import (
    DEFAULT_TTL,
    Key,
    check_clock,
    check_ttl,
    detached,
    key_of,
    merge_patch,
    new_event,
    not_found,
    patched,
    path_of,
    place,
    updated,
)
from kevent.sinks.validation import Api

__all__ = ["MemorySink", "merge_patch"]

SECOND = 1_000_000_000


class MemorySink:
    """Keeps events in memory, with an API server's rules. An `EventSink`, safe for several threads.

    * A name is taken once in each namespace; a taken one is `AlreadyExists` (409), an unknown one `NotFound` (404).
    * What a server would not take is not taken: `kevent.sinks.validation` says what that is.
    * Each write counts the resource version up, over all events; `create` also gives a uid and a creation time.
    * An event is forgotten `ttl` seconds after its last write, or never if `ttl` is None. A server's default is 1 h.
    * A write that changes nothing is none: no version, no new life.

    A request comes through core/v1, or with the methods that end in `_through` through events.k8s.io/v1, which asks for
    more (see `kevent.sinks.events_v1`). Both lead to the same events.

    What goes in and what comes out are copies, so a caller cannot change the store by accident. Times are kept as
    JSON has them, in whole seconds; `event_time` and the time of a series in microseconds.

    Unlike an API server it numbers the uids instead of drawing them, so that two runs are equal, and it takes an event
    into any namespace, since it knows of none.

    A sink that was used in a simulation keeps that simulation's time afterwards, so that what was written there can
    be read.

    Raises TypeError or ValueError for a `ttl` that is not above zero and a `clock` (Unix nanoseconds) that
    cannot be called.
    """

    def __init__(self, ttl: float | None = DEFAULT_TTL, clock: Callable[[], int] = runtime.now) -> None:
        check_ttl(ttl)
        check_clock(clock)
        self._ttl = math.inf if ttl is None else round(ttl * SECOND)
        self._expires: float = -math.inf  # before this time nothing can be too old
        self._clock = clock
        self._world: runtime.World = runtime.THREADS  # whose clock `runtime.now` was, the last time
        self._lock = runtime.Lock("memory sink")
        # In the order of creation, and in the order of the last write, which is the order of expiry.
        self._events: dict[Key, Event] = {}
        self._written: OrderedDict[Key, int] = OrderedDict()
        forking.in_child(self)
        self._version = 0
        self._created = 0

    def create(self, event: Event) -> Event:
        """Store a new event. In Go: EventSink.Create.

        Without a name it gets one after its `generate_name`. Raises StatusError: Invalid (422) for what is no valid
        event, AlreadyExists (409); code 500 without a reason if it has a `resource_version`, as etcd's store answers,
        or is larger than etcd takes. RequestConstructionError for values that JSON cannot carry.
        """
        return self.create_through("v1", event)

    def create_through(self, api: Api, event: Event) -> Event:
        """As `create`, through this API."""
        new = new_event(event, api)
        with self._lock:
            now = self._expire()
            key = new.namespace, new.name
            if not new.name or key in self._events:  # which is seldom, and not worth a call
                key = place(new, self._events.__contains__)
            self._created += 1
            self._version += 1
            new.resource_version = str(self._version)
            new.uid = "00000000-0000-4000-8000-%012x" % self._created  # noqa: UP031  quicker than an f-string
            new.creation_timestamp = now - now % SECOND
            self._events[key] = new
            self._written[key] = now
        return detached(new)

    def update(self, event: Event) -> Event:
        """Put this event in the place of the stored one. In Go: EventSink.Update.

        An empty `resource_version`, or "0", overwrites whatever is there; otherwise it must be the stored one. Raises
        StatusError: NotFound (404), Conflict (409), Invalid (422), code 500 for a version that is no number.

        Unlike an API server, which creates an event that is not there, this is NotFound: whoever updates one
        has seen it.
        """
        return self.update_through("v1", event)

    def update_through(self, api: Api, event: Event) -> Event:
        """As `update`, through this API."""
        key = key_of(event)
        with self._lock:
            now = self._expire()
            old = self._find(key)
            return self._write(key, old, updated(old, event, api), now)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Merge `patch` into the stored event of this namespace and name. In Go: EventSink.Patch.

        Only the namespace and name of `event` are used. Raises StatusError: NotFound (404); BadRequest (400) for a
        patch that is no object or moves the event; Invalid (422) for values that do not fit an event, another uid
        among them; Conflict (409) for another resource version.
        """
        return self.patch_through("v1", event, patch)

    def patch_through(self, api: Api, event: Event, patch: dict[str, Any]) -> Event:
        """As `patch`, through this API."""
        key = key_of(event)
        with self._lock:
            now = self._expire()
            old = self._find(key)
            return self._write(key, old, patched(old, patch, api), now)

    def get(self, namespace: str, name: str) -> Event:
        """The event of this name. Raises StatusError NotFound (404)."""
        key = path_of(namespace, name)
        with self._lock:
            self._expire()
            return detached(self._find(key))

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
                detached(event)
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
        if self._clock is not runtime.now:
            now = self._clock()
        else:
            if (world := runtime.current()) is not runtime.THREADS:
                self._world = world
            now = self._world.now()
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

    def _after_fork_in_child(self) -> None:
        self._lock = runtime.Lock("memory sink")  # a thread that is not here may have held the other one

    def _find(self, key: Key) -> Event:
        event = self._events.get(key)
        if event is None:
            raise not_found(key)
        return event

    def _write(self, key: Key, old: Event, new: Event, now: int) -> Event:
        if new is not old:
            self._version += 1
            new.resource_version = str(self._version)
            self._events[key] = new
            self._written[key] = now
            self._written.move_to_end(key)
        return detached(new)
