"""The other way to count: events that belong to a series.

In Go: client-go `tools/events/event_broadcaster.go`, as of 1.29. Here is what it does with equal events. Not here: its
queue, a goroutine for each event, and the tries when a server cannot be reached; of those it has what `recorder` has.
There is no aggregation in it and no budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kevent import runtime
from kevent.event import Event, EventSeries
from kevent.reference import ObjectReference

__all__ = ["FINISH_TIME", "REFRESH_TIME", "SeriesCache"]

FINISH_TIME = 6 * 60.0
"""Seconds without an equal event after which a series is over. In Go: `finishTime`."""

REFRESH_TIME = 30 * 60.0
"""Seconds between two writes of a series that goes on. In Go: `refreshTime`."""

Key = tuple[str, str, str, str, str, ObjectReference, ObjectReference | None]


def get_key(event: Event) -> Key:
    """What makes two events equal. In Go: `getKey`. The message is not part of it."""
    return (
        event.type, event.action, event.reason, event.reporting_controller, event.reporting_instance,
        event.involved_object, event.related,
    )  # fmt: skip


class SeriesCache:
    """Counts equal events here, and tells the server now and then. In Go: `eventBroadcasterImpl` and its `eventCache`.

    `write(verb, event)` is called with "create" or "patch"; it is taken to succeed.
    """

    def __init__(self, write: Callable[[str, Event], object]) -> None:
        self._write = write
        self._cache: dict[Key, Event] = {}
        self._stopped = False

    def start(self) -> None:
        """Begin to refresh and to finish, each in a goroutine. In Go: `StartRecordingToSink`."""
        for work, period in (self._refresh, REFRESH_TIME), (self._finish, FINISH_TIME):
            runtime.go(self._repeat, work, period, name=work.__name__.lstrip("_"))

    def stop(self) -> None:
        """Do neither any more."""
        self._stopped = True

    def record(self, event: Event) -> None:
        """Take in an event. In Go: `recordToSink`.

        The first is created. The second makes a series of it and is sent as a patch. All others are counted.
        """
        first = self._cache.get(get_key(event))
        if first is None:
            self._cache[get_key(event)] = event
            self._write("create", event)
        elif first.series is None:
            self._cache[get_key(event)] = series = replace(first, series=EventSeries(2, runtime.now()))
            self._write("patch", series)
        else:
            series = replace(first, series=EventSeries(first.series.count + 1, runtime.now()))
            self._cache[get_key(event)] = series

    def _refresh(self) -> None:
        """Write each series once more, so that the server does not forget it. In Go: `refreshExistingEventSeries`."""
        for event in list(self._cache.values()):
            if event.series is not None:
                self._write("patch", event)

    def _finish(self) -> None:
        """Write the last count of what has ended, and forget it. In Go: `finishSeries`."""
        before = runtime.now() - round(FINISH_TIME * 1e9)
        for key, event in list(self._cache.items()):
            seen = event.series.last_observed_time if event.series is not None else event.event_time
            if seen is not None and seen < before:
                if event.series is not None:
                    self._write("patch", event)
                del self._cache[key]

    def _repeat(self, work: Callable[[], None], period: float) -> None:
        """In Go: `wait.UntilWithContext`: at once, and after each period again."""
        while not self._stopped:
            work()
            runtime.sleep(period)
