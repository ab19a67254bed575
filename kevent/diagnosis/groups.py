"""What one source says about one object: the events of a list, put together as a correlator would.

In Go: the spam key without the type: source and object. Who reports is told by the source, or where that is empty by
the reporting controller and instance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kevent.diagnosis.seen import Seen

__all__ = ["Group", "Newest", "gathered"]


class Group:
    """The events of one source about one object, the oldest first."""

    __slots__ = ("about", "events", "reporter", "series")

    def __init__(self, first: Seen) -> None:
        self.about = first.about
        """Kind, namespace, name, uid and apiVersion."""
        self.reporter = first.reporter
        """Component and host."""
        self.series = first.series
        """Whether its events are of tools/events."""
        self.events: list[Seen] = [first]

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.about[0]

    @property
    def namespace(self) -> str:
        """The object's namespace."""
        return self.about[1]

    @property
    def name(self) -> str:
        """The object's name."""
        return self.about[2]

    @property
    def uid(self) -> str:
        """The object's uid."""
        return self.about[3]

    @property
    def source(self) -> str:
        """Who says so, in words: "kubelet on node-1"."""
        component, host = self.reporter
        return f"{component or '-'} on {host}" if host else component or "-"

    @property
    def observed(self) -> int:
        """How often these events happened, at least."""
        return sum(event.count for event in self.events)

    @property
    def first(self) -> int | None:
        """When the first of them happened, Unix nanoseconds."""
        return min((event.first for event in self.events if event.first is not None), default=None)

    @property
    def last(self) -> int | None:
        """When the last of them happened."""
        return max((event.last for event in self.events if event.last is not None), default=None)


class Newest:
    """The events of a list or a stream, each in its newest state."""

    def __init__(self) -> None:
        self.events: dict[object, Seen] = {}
        self.recreated: list[Seen] = []
        """Those whose name had another uid before."""

    def add(self, event: Seen) -> None:
        """Take in a state of an event."""
        # The message of a combined event is its latest one's; everything else of an event stays as it is.
        what = "" if event.combined else event.digest
        key: object = (event.namespace, event.name, event.about, event.type, event.reason, what)
        before = self.events.get(key)
        if before is not None and event.name:
            if before.uid and event.uid and before.uid != event.uid:
                self.recreated.append(event)
            else:
                if _older(event, before):
                    event, before = before, event
                event.states = max(before.states + (before.version != event.version), event.states)
                event.deleted = event.deleted or before.deleted
        elif not event.name:
            key = len(self.events)
        self.events[key] = event


_VERSION = re.compile(r"[0-9]{1,20}")


def _older(one: Seen, other: Seen) -> bool:
    if _VERSION.fullmatch(one.version) and _VERSION.fullmatch(other.version):
        return int(one.version) < int(other.version)
    return (one.last or 0, one.count) < (other.last or 0, other.count)


def gathered(events: Iterable[Seen]) -> list[Group]:
    """By source and object, in the order in which they come."""
    groups: dict[tuple[object, object, bool], Group] = {}
    for event in events:
        key = event.about, event.reporter, event.series
        group = groups.get(key)
        if group is None:
            groups[key] = Group(event)
        else:
            group.events.append(event)
    found = list(groups.values())
    for group in found:
        group.events.sort(key=_begun)
    return found


def _begun(event: Seen) -> tuple[int, str]:
    return event.first if event.first is not None else 0, event.name
