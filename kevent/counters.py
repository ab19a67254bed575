"""What a broadcaster has done so far, in numbers. In Go: nothing; client-go drops and gives up without a count.

Each number has one writer, and only grows. `EventBroadcaster.statistics` takes the snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SinkStatistics", "Statistics", "WatcherStatistics"]


@dataclass(slots=True)
class WatcherStatistics:
    """One handler's share: logs and sinks have one each."""

    name: str
    delivered: int = 0
    """Put on its queue."""
    dropped: int = 0
    """Not put on its queue, because that was full."""
    handled: int = 0
    """Given to the handler, which has returned."""


@dataclass(slots=True)
class SinkStatistics:
    """What became of the events that a sink's handler took."""

    name: str
    created: int = 0
    patched: int = 0
    retried: int = 0
    """Further tries, not events."""
    given_up: int = 0
    rejected: int = 0
    filtered: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """A snapshot of a broadcaster's counts."""

    accepted: int
    """Taken in and distributed to the watchers there were."""
    queued: int
    """Taken in and not yet distributed. The only number that also falls."""
    dropped: int
    """Not taken in: the incoming queue was full, or the broadcaster shut down."""
    watchers: tuple[WatcherStatistics, ...]
    """Of those that run, and of those that ended with the broadcaster."""
    sinks: tuple[SinkStatistics, ...]
    """Likewise."""
