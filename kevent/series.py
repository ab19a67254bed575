"""The other way to count: events that belong to a series.

In Go: client-go, package events, eventBroadcasterImpl of `tools/events/event_broadcaster.go`. The first event of its
kind is created; the second makes a series of it and is sent as a patch; all others are counted here, and the server is
told now and then: every half an hour while the series goes on, and when it has ended. There is no aggregation in it and
no budget.

What is of one kind is said by a key that has the whole reference, its resource version included, and no message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from kevent import forking, runtime, versions
from kevent.atomic import AtomicReference
from kevent.channel import Channel, CloseOfClosedChannel
from kevent.counters import SinkStatistics
from kevent.event import Event, EventSeries
from kevent.goroutines import Goroutines
from kevent.reference import ObjectReference
from kevent.sinks import EventSink
from kevent.sinks.errors import (
    RequestConstructionError,
    StatusError,
    is_already_exists,
    is_key_not_found_error,
)
from kevent.sparing import EVERY_LINE, SparingLog
from kevent.versions import NEWEST, Release, SeriesCount, SeriesKey, SeriesTaken
from kevent.writing import DEFAULT_SLEEP_DURATION, MAX_TRIES_PER_EVENT, Fate, has_taken

__all__ = ["FINISH_TIME", "REFRESH_TIME", "Key", "SeriesCache", "get_key", "record_event"]

logger = logging.getLogger("kevent.recorder")

FINISH_TIME = 6 * 60.0
"""Seconds without an equal event after which a series is over. In Go: finishTime."""

REFRESH_TIME = 30 * 60.0
"""Seconds between two writes of a series that goes on. In Go: refreshTime."""

JITTER = 0.25
"""By what part of itself a pause between two tries may be longer, by lot. In Go: the second argument of wait.Jitter."""

Key = tuple[str, str, str, str, str, ObjectReference, ObjectReference | None]


def get_key(event: Event, rule: SeriesKey = "with type and instance") -> Key:
    """What makes two events equal. In Go: getKey. The message is not part of it."""
    told = rule == "with type and instance"
    related = event.related if event.related != ObjectReference() else None
    return (
        event.type if told else "", event.action, event.reason, event.reporting_controller,
        event.reporting_instance if told else "", event.involved_object, related,
    )  # fmt: skip


_COUNT_OF_TWO: dict[SeriesCount, int] = {"from one": 1, "from two": 2}


# --- the cache ------------------------------------------------------------------------------------------------------


class SeriesCache:
    """Counts equal events here, and tells the sink now and then. In Go: eventBroadcasterImpl and its eventCache.

    Every event has a goroutine of its own, which writes it and tries again where that may help: twelve times, every
    `sleep_duration` seconds and up to a quarter more. So a slow sink delays nobody; and which of two equal events that
    come together is the first is drawn by lot, as in Go. `refresh` and `finish` hold the lock while they write, as in
    Go: what comes meanwhile waits. With which series they begin is drawn by lot, as Go's map draws it.

    `release` says which release of client-go it counts as. `clock` is what a series is stamped with, Unix nanoseconds.
    `counts` says what became of the events, and `log` is where failures are told.
    """

    def __init__(
        self,
        sink: EventSink,
        *,
        release: str | Release = NEWEST,
        sleep_duration: float = DEFAULT_SLEEP_DURATION,
        clock: Callable[[], int] = runtime.now,
        log: SparingLog = EVERY_LINE,
        name: str = "",
    ) -> None:
        self._counts = AtomicReference(SinkStatistics(name))
        self._sink = sink
        self._release = versions.release(release)
        self._sleep_duration = sleep_duration
        self._clock = clock
        self._log = log
        self._lock = runtime.Lock("series")
        self._cache: dict[Key, Event] = {}
        self._untold: dict[Key, None] = {}  # whose count the sink has not been told, in the order of their counting
        self._done: Channel[None] = Channel(name="end of the series")
        self._going = Goroutines()
        forking.in_child(self)

    def start(self) -> None:
        """Begin to refresh and to finish, each in a goroutine. In Go: StartRecordingToSinkWithContext."""
        for work, period in (self.refresh, REFRESH_TIME), (self.finish, FINISH_TIME):
            runtime.go(self._repeat, work, period, name=work.__name__)

    def stop(self) -> None:
        """Do neither any more; since 1.29 do not try again either. In Go: the context's end."""
        try:
            self._done.close()
        except CloseOfClosedChannel:
            return

    @property
    def counts(self) -> SinkStatistics:
        """What has become of the events so far."""
        return replace(self._counts.get())

    def wait(self, end: int | None) -> bool:
        """Wait for what is being written now, at most until a `runtime.deadline`; whether all of it is done."""
        return self._going.wait(end)

    @property
    def writing(self) -> int:
        """How many events have a goroutine that has not ended."""
        return len(self._going)

    def record(self, event: Event) -> None:
        """Take in an event, which is not changed. In Go: recordToSink."""
        self._going.go(self._record_to_sink, event.copy(), name=f"record {event.reason}")

    def _record_to_sink(self, event: Event) -> None:
        with self._lock:
            to_record = self._counted(event)
        if to_record is None:
            return
        stored = self._attempt_recording(to_record)
        if stored is not None and self._release.series_memory == "as stored":
            with self._lock:
                self._cache[get_key(stored, self._release.series_key)] = stored

    def _counted(self, event: Event) -> Event | None:
        """Count the event; what the sink has to be told at once, if anything. Lock held."""
        key = get_key(event, self._release.series_key)
        first = self._cache.get(key)
        if first is None:
            self._cache[key] = first = event
        elif first.series is None:
            first.series = EventSeries(_COUNT_OF_TWO[self._release.series_count], self._clock())
        else:
            first.series = EventSeries(first.series.count + 1, self._clock())
            self._untold[key] = None
            self._count("counted")
            return None
        return first if self._release.series_memory == "as stored" else first.copy()

    def _attempt_recording(self, event: Event) -> Event | None:
        """Write it, trying up to twelve times; what the sink has stored. In Go: attemptRecording."""
        tries = 0
        while True:
            fate, stored = self._write(event, tried=tries > 0)
            if fate is not None:
                return stored
            tries += 1
            if tries >= MAX_TRIES_PER_EVENT:
                self._log.error("Unable to write event '%r' (retry limit exceeded!)", event)
                break
            if not self._pause(self._sleep_duration * (1 + JITTER * runtime.random())):
                self._log.error("Unable to write event '%r' (recording has ended)", event)
                break
            self._count("retried")
        self._count("given_up")
        return None

    def _pause(self, seconds: float) -> bool:
        if self._release.series_retries == "go on":
            runtime.sleep(seconds)
            return True
        return self._sleep_unless_done(seconds)

    def _sleep_unless_done(self, seconds: float) -> bool:
        try:
            self._done.receive_ok(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def _write(self, event: Event, *, tried: bool = False) -> tuple[Fate | None, Event | None]:
        fate, stored = record_event(self._sink, event, self._release.series_taken, self._log, tried=tried)
        if fate is not None:
            self._count(fate.value)
        return fate, stored

    def _count(self, what: str) -> None:
        """One more. Goroutines that write at once all count, so it is done in one piece."""
        self._counts.update(lambda counts: replace(counts, **{what: getattr(counts, what) + 1}))

    def refresh(self) -> None:
        """Write each series once more, so that the server does not forget it. In Go: refreshExistingEventSeries."""
        with self._lock:
            for key, event in self._from_anywhere():
                if event.series is not None:
                    fate, stored = self._write(event)
                    if stored is not None:
                        self._cache[key] = stored
                    if fate is not None:
                        self._untold.pop(key, None)

    def finish(self) -> None:
        """Write the last count of what has ended, and forget it. In Go: finishSeries."""
        with self._lock:
            for key, event in self._from_anywhere():
                seen = event.series.last_observed_time if event.series is not None else event.event_time
                if seen is not None and seen >= self._clock() - round(FINISH_TIME * 1e9):
                    continue
                if event.series is None or self._write(event)[0] is not None:
                    del self._cache[key]
                    self._untold.pop(key, None)

    def _from_anywhere(self) -> list[tuple[Key, Event]]:
        """All that is remembered, beginning anywhere and going round. Lock held. In Go: the order of a map."""
        items = list(self._cache.items())
        start = runtime.choose(len(items))
        return items[start:] + items[:start]

    def tell_rest(self) -> None:
        """Write each count that the sink has not been told, once.

        In Go: nothing; what a series has counted since it was last written is lost when the program ends.
        """
        with self._lock:
            for key in list(self._untold):
                if self._write(self._cache[key])[0] is not None:
                    del self._untold[key]

    def _repeat(self, work: Callable[[], None], period: float) -> None:
        """In Go: wait.UntilWithContext: at once, and after each period again, counted from the end of the work."""
        while not self._done.closed:
            work()
            if not self._sleep_unless_done(period):
                return

    def _after_fork_in_child(self) -> None:
        """Be as after `stop`, with nothing counted: what was counted before is the parent's to tell."""
        self._lock = runtime.Lock("series")
        self._cache, self._untold = {}, {}
        self._going.forget()
        self._done = Channel(name="end of the series")
        self._done.close()


_REJECTED = "Server rejected event '%r': '%s' (will not retry!)"


def record_event(
    sink: EventSink,
    event: Event,
    taken: SeriesTaken = "another try",
    log: SparingLog = EVERY_LINE,
    *,
    tried: bool = False,
) -> tuple[Fate | None, Event | None]:
    """Try once to write `event`: its fate and what is stored; no fate means that it is worth another try.

    In Go: recordEvent. A series is patched; if the sink no longer has the event, it is created. What the sink answers
    is taken as `kevent.writing.record_event` takes it, with two differences. Where a series finds its name taken, its
    first event is just being created, so it is tried again (`taken`, which a release may have otherwise). And that a
    namespace is being deleted is an error of the log, whatever the release.

    `tried` says that a try before this one had no answer: a single event whose name is taken was stored by that.
    """
    is_series = event.series is not None
    updating = is_series
    try:
        if event.series is not None:
            try:
                stored = sink.patch(event, {"series": event.series.to_dict()})
            except Exception as error:
                if not is_key_not_found_error(error):
                    raise
                updating = False
        if not updating:
            event.resource_version = ""
            stored = sink.create(event)
    except RequestConstructionError as error:
        log.error("Unable to construct event '%r': '%s' (will not retry!)", event, error)
        return Fate.REJECTED, None
    except StatusError as error:
        if not is_already_exists(error):
            log.error(_REJECTED, event, error, kind=error.code)
        elif is_series and taken == "another try":
            return None, None
        elif tried:
            return Fate.CREATED, None  # by the try that had no answer
        else:
            logger.debug(_REJECTED, event, error)
        return Fate.REJECTED, None
    except Exception as error:
        log.error("Unable to write event: '%s' (may retry after sleeping)", error, kind=type(error))
        return None, None
    if not isinstance(stored, Event):
        taken_in = has_taken(sink, stored, log)
        return (Fate.REJECTED if not taken_in else Fate.PATCHED if updating else Fate.CREATED), None
    return (Fate.PATCHED if updating else Fate.CREATED), stored
