"""One event on its way to a sink: correlated, tried, tried again, given up.

In Go: client-go, package record, `recordToSink` and `recordEvent` of `tools/record/event.go`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from inspect import isawaitable, iscoroutine
from typing import Any

from kevent import runtime, versions
from kevent.correlator import EventCorrelator
from kevent.counters import SinkStatistics
from kevent.event import Event
from kevent.sinks import EventSink
from kevent.sinks.errors import (
    RequestConstructionError,
    StatusError,
    is_already_exists,
    is_key_not_found_error,
    is_namespace_terminating,
)
from kevent.sparing import EVERY_LINE, SparingLog
from kevent.versions import NEWEST, Release, Terminating

__all__ = ["DEFAULT_SLEEP_DURATION", "MAX_TRIES_PER_EVENT", "Fate", "SinkWriter", "record_event", "record_to_sink"]

logger = logging.getLogger("kevent.recorder")

MAX_TRIES_PER_EVENT = 12
"""How often an event is offered to a sink that cannot be reached. In Go: `maxTriesPerEvent`."""

DEFAULT_SLEEP_DURATION = 10.0
"""Seconds between two tries. In Go: `defaultSleepDuration`."""


class Fate(Enum):
    """What became of an event on its way to a sink. The values are the names of the counts in `SinkStatistics`."""

    CREATED = "created"
    PATCHED = "patched"
    FILTERED = "filtered"
    """Skipped by the correlator: its source has used up its budget for that object."""
    REJECTED = "rejected"
    """The sink's answer was final: it would say the same next time."""
    GIVEN_UP = "given_up"
    """The sink could not be reached in all tries, or not before shutdown; or what the options brought along raised."""


def _no_news(error: StatusError) -> bool:
    """Whether a refusal is a detail of the log, not an error. In Go: `recordEvent`, since 1.28."""
    return is_already_exists(error) or is_namespace_terminating(error)


_NO_NEWS: dict[Terminating, Callable[[StatusError], bool]] = {"an error": is_already_exists, "a detail": _no_news}

_REJECTED = "Server rejected event '%r': '%s' (will not retry!)"


def is_unawaited(answer: object) -> bool:
    """Whether somebody would have to await this, and nobody does; a coroutine is closed, or Python would complain."""
    if iscoroutine(answer):
        answer.close()
    return isawaitable(answer)


def has_taken(sink: object, answer: object, log: SparingLog) -> bool:
    """Whether a sink has taken an event that does not answer with one, as a method of Python's without a `return` does.

    The log says so. A coroutine that it answers with has not been run: nothing was written.
    """
    name, kind = type(sink).__name__, type(answer).__name__
    if not is_unawaited(answer):
        log.error("%s has taken an event and answered with %s in place of an Event", name, kind)
        return True
    log.error("%s has not taken an event: it answered with %s, which nobody awaits", name, kind)
    return False


def sleep_unasked(seconds: float) -> bool:
    runtime.sleep(seconds)
    return True


def record_to_sink(
    sink: EventSink,
    event: Event,
    correlator: EventCorrelator,
    *,
    sleep_duration: float = DEFAULT_SLEEP_DURATION,
    random: Callable[[], float] = runtime.random,
    pause: Callable[[float], bool] = sleep_unasked,
    log: SparingLog = EVERY_LINE,
    no_news: Callable[[StatusError], bool] = _no_news,
) -> Fate:
    """Correlate `event` and write what comes out to `sink`, trying up to twelve times. In Go: `recordToSink`.

    Between two tries it waits `sleep_duration` seconds, the first time a random part of that, so that many clients do
    not come back at once. `pause` does the waiting; if it returns False, the event is given up. `event` is not changed.
    `log` is where failures are told; by default every one is, but the refusals that are `no_news`.
    """
    result = correlator.event_correlate(event)
    if result.skip or result.event is None:
        return Fate.FILTERED
    tries = 0
    while True:
        outcome = record_event(sink, result.event, result.patch, result.event.count > 1, correlator, log, no_news)
        if outcome is not None:
            return outcome
        tries += 1
        if tries >= MAX_TRIES_PER_EVENT:
            log.error("Unable to write event '%r' (retry limit exceeded!)", event)
            return Fate.GIVEN_UP
        if not pause(sleep_duration * random() if tries == 1 else sleep_duration):
            log.error("Unable to write event '%r' (broadcaster is shut down)", event)
            return Fate.GIVEN_UP


def record_event(
    sink: EventSink,
    event: Event,
    patch: dict[str, Any] | None,
    update_existing_event: bool,
    correlator: EventCorrelator,
    log: SparingLog = EVERY_LINE,
    no_news: Callable[[StatusError], bool] = _no_news,
) -> Fate | None:
    """Try once to write `event`; None means that it is worth another try. In Go: `recordEvent`.

    An event seen before is patched; if the sink no longer has it, and for a new one, it is created. What the sink
    answers decides: a status of the server is final, whatever it says; so is a request that could not be built.
    Anything else, a lost connection for one, may be better next time.
    """
    try:
        if update_existing_event:
            try:
                stored = sink.patch(event, {} if patch is None else patch)
            except Exception as error:
                if not is_key_not_found_error(error):
                    raise
                update_existing_event = False  # it has expired; say it anew
        if not update_existing_event:
            event.resource_version = ""
            stored = sink.create(event)
    except RequestConstructionError as error:
        log.error("Unable to construct event '%r': '%s' (will not retry!)", event, error)
        return Fate.REJECTED
    except StatusError as error:
        if no_news(error):
            logger.debug(_REJECTED, event, error)
        else:
            log.error(_REJECTED, event, error, kind=error.code)
        return Fate.REJECTED
    except Exception as error:
        log.error("Unable to write event: '%s' (may retry after sleeping)", error, kind=type(error))
        return None
    if isinstance(stored, Event):
        correlator.update_state(stored)
    elif not has_taken(sink, stored, log):
        return Fate.REJECTED
    return Fate.PATCHED if update_existing_event else Fate.CREATED


class SinkWriter:
    """A handler that writes events to a sink, after a correlator of its own, and counts what becomes of them.

    In Go: the function that `StartRecordingToSink` hands to `StartEventWatcher`. `pause` is as in `record_to_sink`.
    `release` says which refusals are no news.

    A name that is taken, after a try that had no answer, is this event's own: the server had stored it, and it counts
    as created. client-go, which does not count, is content with it, too.
    """

    def __init__(
        self,
        sink: EventSink,
        correlator: EventCorrelator,
        *,
        sleep_duration: float = DEFAULT_SLEEP_DURATION,
        pause: Callable[[float], bool] = sleep_unasked,
        release: str | Release = NEWEST,
    ) -> None:
        self._no_news = _NO_NEWS[versions.release(release).terminating]
        self.counts = SinkStatistics("")
        self.log = SparingLog(logger)
        self._sink = sink
        self._correlator = correlator
        self._sleep_duration = sleep_duration
        self._pause = pause
        self._refusal: StatusError | None = None

    def __call__(self, event: Event) -> None:
        """Write one event, however many tries it takes."""
        before, self._refusal = self.counts.retried, None
        try:
            fate = record_to_sink(
                self._sink,
                event,
                self._correlator,
                sleep_duration=self._sleep_duration,
                pause=self._pause_and_count,
                log=self.log,
                no_news=self._hear,
            )._value_  # `value` is a property written in Python, and takes longer than counting
        except Exception:  # of a function in the correlator's options; the handler's log has it
            self.counts.given_up += 1
            raise
        if fate == "rejected" and self.counts.retried > before and is_already_exists(self._refusal):
            fate = "created"
        setattr(self.counts, fate, getattr(self.counts, fate) + 1)

    def _hear(self, error: StatusError) -> bool:
        """Whether this refusal is no news; it is remembered, to count by."""
        self._refusal = error
        return self._no_news(error)

    def _pause_and_count(self, seconds: float) -> bool:
        again = self._pause(seconds)
        self.counts.retried += again
        return again
