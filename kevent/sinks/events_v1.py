"""The sinks once more, through events.k8s.io/v1: the API that the broadcaster of `kevent.events` writes to.

In Go: client-go, package events, EventSinkImpl over clientset.EventsV1(). A server has one store of events and two
doors to it. Through this one an event has to say when it happened and what was done, its name has to be a DNS
subdomain, the older fields have to be empty, and afterwards nothing but its series may change:
`kevent.sinks.validation` has all of it.
"""

from __future__ import annotations

from typing import Any, Protocol

from kevent.conversion import EVENTS_V1
from kevent.event import Event
from kevent.sinks.errors import SinkError
from kevent.sinks.validation import Api

__all__ = ["EventsV1", "TwoDoors"]


class TwoDoors(Protocol):
    """A sink that can be asked through either API: a MemorySink, a SqliteSink, a KubernetesSink."""

    def create_through(self, api: Api, event: Event) -> Event:
        """As `EventSink.create`, through this API."""

    def update_through(self, api: Api, event: Event) -> Event:
        """Put this event in the place of the stored one."""

    def patch_through(self, api: Api, event: Event, patch: dict[str, Any]) -> Event:
        """As `EventSink.patch`, with the API's names of the fields."""


class EventsV1:
    """`store` through events.k8s.io/v1: an `EventSink`. Reading needs no other door: read from the store.

    Each method raises what the store's does, and SinkError for an event without a namespace, before it is asked.
    """

    def __init__(self, store: TwoDoors) -> None:
        self.store = store

    def create(self, event: Event) -> Event:
        """Store a new event. In Go: EventSinkImpl.Create."""
        _in_a_namespace(event, "create")
        return self.store.create_through(EVENTS_V1, event)

    def update(self, event: Event) -> Event:
        """Put this event in the place of the stored one. In Go: EventSinkImpl.Update."""
        _in_a_namespace(event, "update")
        return self.store.update_through(EVENTS_V1, event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Merge a patch with the names of events.k8s.io/v1 into the stored event. In Go: EventSinkImpl.Patch."""
        _in_a_namespace(event, "patch")
        return self.store.patch_through(EVENTS_V1, event, patch)


def _in_a_namespace(event: Event, verb: str) -> None:
    if not event.namespace:
        raise SinkError(f"can't {verb} an event with empty namespace")
