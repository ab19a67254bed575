"""What a broadcaster has done so far, in numbers. In Go: nothing; client-go drops and gives up without a count.

Each number that is counted only grows, but `Statistics.queued`. The `statistics` of either broadcaster takes the
snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kevent.atomic import AtomicReference
from kevent.sparing import SparingLog

__all__ = ["Loss", "Losses", "SinkStatistics", "Statistics", "WatcherStatistics"]


@dataclass(slots=True)
class WatcherStatistics:
    """One handler's share: logs and sinks have one each."""

    name: str
    delivered: int = 0
    """Put on its queue."""
    dropped: int = 0
    """Not put on its queue, because that was full, or the watcher was being stopped."""
    handled: int = 0
    """Given to the handler, which has returned."""
    lost: int = 0
    """Put on its queue and not handled: the handler has ended, by a shutdown that does not drain (since 1.29), or for
    good, as by SystemExit.
    """


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
    counted: int = 0
    """Added to a series, of which the sink is told now and then. The broadcaster of `kevent.events` counts so."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """A snapshot of a broadcaster's counts.

    Every call of a recorder's method is in one of `accepted`, `queued`, `dropped`, `unreferenced` and `invalid`, but
    one that raises NotInRelease. Where each event has a goroutine (until 1.20, and in `kevent.events`) it is in none of
    them until that has come to the queue.
    """

    accepted: int
    """Taken in and distributed to the watchers there were."""
    queued: int
    """Taken in and not yet distributed; a `flush` or a watcher that waits for its turn counts, too. The only number
    that also falls.
    """
    dropped: int
    """Not taken in: the incoming queue was full, the broadcaster shut down, or no thread could take it there."""
    unreferenced: int
    """Not recorded: there was no way to refer to the object."""
    invalid: int
    """Not recorded: the type was neither Normal nor Warning, or an argument was none (the call raised TypeError)."""
    watchers: tuple[WatcherStatistics, ...]
    """Of those that run, of those that ended with the broadcaster, and of those that lost something."""
    sinks: tuple[SinkStatistics, ...]
    """Likewise."""

    @property
    def unhandled(self) -> int:
        """What has been taken in and waits for the loop or for a handler; for two handlers it is two."""
        return self.queued + sum(each.delivered - each.handled - each.lost for each in self.watchers)


class Loss(Enum):
    """Why a call of a recorder's method put no event in the queue. The values are the names in `Statistics`."""

    DROPPED = "dropped"
    UNREFERENCED = "unreferenced"
    INVALID = "invalid"


class Losses:
    """What recorders could not pass on, counted one by one and told in the log sparingly.

    An event broadcaster has one for all its recorders. No call waits for another thread, not even in an object's
    `__del__`.
    """

    def __init__(self, log: SparingLog) -> None:
        self.log = log
        self._counts = {loss: AtomicReference(0) for loss in Loss}

    def count(self, loss: Loss) -> None:
        """One more."""
        self._counts[loss].update(lambda count: count + 1)

    def tell(self, loss: Loss, message: str, *args: object) -> None:
        """One more, and a line in the log, unless there was one a moment ago."""
        self.count(loss)
        self.log.error(message, *args)

    def so_far(self, loss: Loss) -> int:
        """How many there have been."""
        return self._counts[loss].get()
