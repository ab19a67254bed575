"""The correlator: fewer and shorter events, so that a busy object does not flood the API server.

In Go: k8s.io/client-go/tools/record/events_cache.go. Three parts look at each event in this order, each with
an LRU of its own: the aggregator folds events that differ only in their message, the logger counts equal
ones, and the spam filter stops a source that says too much about one object. The filter comes last, so what
it stops was counted.

The limits have never changed. What has are the keys, and how a bucket counts: `kevent.versions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kevent import runtime, versions
from kevent.event import Event
from kevent.go_set import GoSet
from kevent.lru import LRU
from kevent.token_bucket import bucket_of, float32
from kevent.versions import NEWEST, GroupKey, Release, SpamKey
from kevent.wire import INT32_MAX, INT32_MIN, format_time

__all__ = [
    "CorrelatorOptions",
    "EventAggregator",
    "EventCorrelateResult",
    "EventCorrelator",
    "EventLogger",
    "EventSourceObjectSpamFilter",
    "event_aggregator_by_reason_func",
    "event_aggregator_by_reason_message_func",
    "event_aggregator_by_reporter_func",
    "get_event_key",
    "get_spam_key",
    "get_spam_key_with_type",
    "group_key_of",
    "spam_key_of",
]

KeyFunction = Callable[[Event], str]
AggregateKeyFunction = Callable[[Event], tuple[str, str]]
Patch = dict[str, Any]

SECOND = 1_000_000_000

_BLANK = Event()


# Keys are joined without a separator, as in Go: namespace "ab" with name "c" meets namespace "a" with name
# "bc".


def get_event_key(event: Event) -> str:
    """Equal events have equal keys: source, object with field path, type, reason, message.

    In Go: getEventKey.
    """
    source, ref = event.source, event.involved_object
    return (
        f"{source.component}{source.host}{ref.kind}{ref.namespace}{ref.name}{ref.field_path}{ref.uid}"
        f"{ref.api_version}{event.type}{event.reason}{event.message}"
    )


def get_spam_key(event: Event) -> str:
    """Whose budget pays: source and object.

    In Go: getSpamKey, until 1.31.
    """
    source, ref = event.source, event.involved_object
    return f"{source.component}{source.host}{ref.kind}{ref.namespace}{ref.name}{ref.uid}{ref.api_version}"


def get_spam_key_with_type(event: Event) -> str:
    """Whose budget pays: source, object and type, so that Normal events do not mute Warnings.

    In Go: getSpamKey, since 1.32.
    """
    source, ref = event.source, event.involved_object
    return f"{source.component}{source.host}{ref.kind}{ref.namespace}{ref.name}{ref.uid}{ref.api_version}{event.type}"


_SPAM_KEYS: dict[SpamKey, KeyFunction] = {
    "source and object": get_spam_key,
    "source, object and type": get_spam_key_with_type,
}


def spam_key_of(release: str | Release = NEWEST) -> KeyFunction:
    """The function that tells whose budget pays, as a release has it. Raises as `versions.release` does."""
    return _SPAM_KEYS[versions.release(release).spam_key]


def event_aggregator_by_reason_func(event: Event) -> tuple[str, str]:
    """The group (source, object, type, reason) and the event's own key in it, its message.

    In Go: EventAggregatorByReasonFunc, until 1.18.
    """
    source, ref = event.source, event.involved_object
    key = (
        f"{source.component}{source.host}{ref.kind}{ref.namespace}{ref.name}{ref.uid}{ref.api_version}"
        f"{event.type}{event.reason}"
    )
    return key, event.message


def event_aggregator_by_reporter_func(event: Event) -> tuple[str, str]:
    """The group (source, object, type, reason, reporting controller and instance) and the event's own key in it.

    In Go: EventAggregatorByReasonFunc, since 1.19.
    """
    source, ref = event.source, event.involved_object
    key = (
        f"{source.component}{source.host}{ref.kind}{ref.namespace}{ref.name}{ref.uid}{ref.api_version}"
        f"{event.type}{event.reason}{event.reporting_controller}{event.reporting_instance}"
    )
    return key, event.message


_GROUP_KEYS: dict[GroupKey, AggregateKeyFunction] = {
    "source and object": event_aggregator_by_reason_func,
    "source, object and reporter": event_aggregator_by_reporter_func,
}


def group_key_of(release: str | Release = NEWEST) -> AggregateKeyFunction:
    """The function that tells which events are similar, as a release has it. Raises as `versions.release` does."""
    return _GROUP_KEYS[versions.release(release).group_key]


def event_aggregator_by_reason_message_func(event: Event) -> str:
    """The message of a combined event: a prefix and the latest message.

    In Go: EventAggregatorByReasonMessageFunc.
    """
    return "(combined from similar events): " + event.message


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatorOptions:
    """What an EventCorrelator can be told. In Go: tools/record CorrelatorOptions (since 1.15).

    Unlike client-go, where a zero stands for the default, the defaults are written here and a zero is
    refused. Raises ValueError or TypeError that names the argument.
    """

    lru_cache_size: int = 4096
    """How many groups, events and objects are remembered, each in a cache of its own."""
    burst_size: int = 25
    """How many events a source may send about an object at once."""
    qps: float = 1 / 300
    """How many more a second it may send from then on; used as a 32-bit float, as in Go."""
    key_func: AggregateKeyFunction | None = None
    """Which events are similar, and what tells similar ones apart; by default the release's, see `group_key_of`."""
    message_func: Callable[[Event], str] = event_aggregator_by_reason_message_func
    """The message of a combined event."""
    max_events: int = 10
    """The event that brings a group to so many distinct ones is combined, and so is every further one."""
    max_interval_in_seconds: int = 600
    """A group is forgotten if nothing similar came for longer than this."""
    clock: Callable[[], int] = runtime.now
    """The time in Unix nanoseconds."""
    spam_key_func: KeyFunction | None = None
    """Which events share a budget; by default the release's, see `spam_key_of`. In Go since 1.23."""
    random: Callable[[], float] = runtime.random
    """From 0 to below 1. It picks which message a full group forgets; in Go the map's order does."""

    def __post_init__(self) -> None:
        for name in ("lru_cache_size", "burst_size", "max_events"):
            _check_whole(name, getattr(self, name), 1, INT32_MAX)
        # What a Go Duration can hold is 292 years.
        _check_whole("max_interval_in_seconds", self.max_interval_in_seconds, 1, (1 << 63) // SECOND)
        _check_rate(self.qps)
        for name in ("key_func", "message_func", "clock", "spam_key_func", "random"):
            value = getattr(self, name)
            if not callable(value) and (value is not None or name not in ("key_func", "spam_key_func")):
                raise TypeError(f"{name} must be callable, not {type(getattr(self, name)).__name__}")


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least} to {most}, not {value}")


def _check_rate(qps: object) -> None:
    if not isinstance(qps, int | float) or isinstance(qps, bool):
        raise TypeError(f"qps must be a number, not {type(qps).__name__}")
    try:
        fits = 0 < float32(float(qps)) < math.inf
    except OverflowError:
        fits = False
    if not fits:
        raise ValueError(f"qps must be above 0 and fit a 32-bit float, not {qps}")


_Level = tuple[float, int | None]
"""How many tokens a source has left for an object, and since when. In Go: spamRecord, which has a limiter each."""


class EventSourceObjectSpamFilter:
    """Limits how much one source says about one object. In Go: tools/record EventSourceObjectSpamFilter."""

    def __init__(self, options: CorrelatorOptions, *, release: str | Release = NEWEST) -> None:
        self._options = options
        self.spam_key_func = options.spam_key_func or spam_key_of(release)
        """Whose budget pays for an event."""
        # One bucket for all, into which is put what a source has left. To make one for each new object took 0.2 µs.
        self._bucket = bucket_of(release)(options.qps, options.burst_size)
        self._untouched: _Level = self._bucket.tokens, self._bucket.last
        # What the first event leaves, whenever it comes: most objects are new. A rate may be too low for even one.
        self._after_first = self._bucket.tokens if self._bucket.try_accept(0) else None
        self._levels: LRU[str, _Level] = LRU(options.lru_cache_size)
        self._lock = runtime.Lock("spam filter")

    def filter(self, event: Event) -> bool:
        """Whether the event should be skipped: its source has no token left for its object. In Go: Filter."""
        key = self.spam_key_func(event)
        with self._lock:
            level = self._levels.peek(key)
            now = self._options.clock()
            if level is None and self._after_first is not None:
                self._levels.add(key, (self._after_first, now))
                return False
            bucket = self._bucket
            bucket.tokens, bucket.last = level or self._untouched
            accepted = bucket.try_accept(now)
            self._levels.add(key, (bucket.tokens, bucket.last))
            return not accepted

    def tokens(self, event: Event) -> float:
        """How many tokens this event's source has left for its object now; none is taken. In Go: nothing."""
        bucket = self._bucket
        with self._lock:
            bucket.tokens, bucket.last = self._levels.peek(self.spam_key_func(event)) or self._untouched
            return bucket.level(self._options.clock())


class _Group(GoSet):
    """Which distinct events a group has seen, and when it saw the latest. In Go: aggregateRecord, which has a set.

    Here it is one: an object less for every new one that is recorded about.
    """

    __slots__ = ("last_timestamp",)

    last_timestamp: int


class EventAggregator:
    """Folds similar events into one whose message says so. In Go: tools/record EventAggregator."""

    def __init__(self, options: CorrelatorOptions, *, release: str | Release = NEWEST) -> None:
        self._options = options
        self.key_func = options.key_func or group_key_of(release)
        """Which events are similar, and what tells similar ones apart."""
        self._max_interval = options.max_interval_in_seconds * SECOND
        self._groups: LRU[str, _Group] = LRU(options.lru_cache_size)
        self._lock = runtime.Lock("aggregator")

    def event_aggregate(self, new_event: Event) -> tuple[Event, str]:
        """The event to go on with, and the key to count it under. In Go: EventAggregate.

        That is the event itself with its full key, or from the `max_events`-th distinct event of a group on a
        new, combined one with the group's key. The combined event keeps no annotations.
        """
        options = self._options
        now = options.clock()
        aggregate_key, local_key = self.key_func(new_event)

        with self._lock:
            group = self._groups.get(aggregate_key)
            if group is None or now - group.last_timestamp > self._max_interval:
                group, known = _Group(options.random, local_key), 1
                self._groups.add(aggregate_key, group)
            else:
                known = group.insert(local_key)
            group.last_timestamp = now
            if known < options.max_events:
                return new_event, get_event_key(new_event)
            group.pop_any()

        combined = _BLANK.copy()  # in half the time of Event(…)
        combined.name = f"{new_event.involved_object.name}.{runtime.unix_nano(now):x}"
        combined.namespace = new_event.namespace
        combined.involved_object = new_event.involved_object
        combined.reason = new_event.reason
        combined.message = options.message_func(new_event)
        combined.source = new_event.source
        combined.first_timestamp = combined.last_timestamp = now
        combined.count = 1
        combined.type = new_event.type
        return combined, aggregate_key

    def similar(self, event: Event) -> list[str]:
        """The distinct events that are remembered of this event's group, by their own keys. In Go: nothing."""
        group_key, _ = self.key_func(event)
        with self._lock:
            group = self._groups.peek(group_key)
            return [] if group is None else list(group)


_Observation = tuple[int, int | None, str, str]
"""How often an event came, since when, its name and resource version. In Go: eventLog.

A plain tuple is made in a third of the time of an object, and the garbage collector does not look at it twice: 0.2 µs.
"""

_NEVER: _Observation = (0, None, "", "")


class EventLogger:
    """Counts how often an event came. In Go: tools/record eventLogger."""

    def __init__(self, options: CorrelatorOptions) -> None:
        self._observations: LRU[str, _Observation] = LRU(options.lru_cache_size)
        self._lock = runtime.Lock("event logger")

    def event_observe(self, new_event: Event, key: str) -> tuple[Event, Patch | None]:
        """A copy of the event, and the patch if one of this key came before. In Go: eventObserve.

        The copy then carries on the earlier one: its name, resource version and first timestamp, and its
        count plus one, which wraps around at 32 bits.
        """
        event = new_event.copy()
        patch = None
        with self._lock:
            times, first_timestamp, name, resource_version = self._observations.peek(key) or _NEVER
            if times != 0:
                event.name, event.resource_version = name, resource_version
                event.first_timestamp = first_timestamp
                event.count = times + 1 if times < INT32_MAX else INT32_MIN
                patch = _two_way_merge_patch(event)
            self._remember(key, event)
        return event, patch

    def update_state(self, event: Event) -> None:
        """Take over what the server answered. In Go: updateState.

        As in Go the full key is used. For a combined event, which is counted under its group's key, the
        server's answer is kept where nobody looks.
        """
        key = get_event_key(event)
        with self._lock:
            self._remember(key, event)

    def _remember(self, key: str, event: Event) -> None:
        self._observations.add(key, (event.count, event.first_timestamp, event.name, event.resource_version))


def _two_way_merge_patch(event: Event) -> Patch:
    """What Go's strategic merge patch holds for a repeated event.

    Go compares the event with itself at count 0, last seen at 1970 and without a message, so a patch says
    nothing of a field that has just this value.
    """
    patch: Patch = {}
    if event.count:
        patch["count"] = event.count
    last_timestamp = format_time(event.last_timestamp, "lastTimestamp")
    if last_timestamp != "1970-01-01T00:00:00Z":
        patch["lastTimestamp"] = last_timestamp
    if event.message:
        patch["message"] = event.message
    return patch


@dataclass(slots=True)
class EventCorrelateResult:
    """What to do with an event. In Go: tools/record EventCorrelateResult."""

    event: Event | None = None
    """The event after correlation, None if it is to be skipped."""
    patch: Patch | None = None
    """For an event that came before: a strategic merge patch for what the server has."""
    skip: bool = False
    """Whether to do nothing more with this event."""


class EventCorrelator:
    """Filters, aggregates and counts events before they are written. In Go: tools/record EventCorrelator.

    Safe for several threads, each part by its own lock, as in Go; the recorder gives each sink one of its
    own. `release` says which release's keys and buckets it has; what the options choose stays chosen.
    """

    def __init__(self, options: CorrelatorOptions | None = None, *, release: str | Release = NEWEST) -> None:
        if options is None:
            options = CorrelatorOptions()
        elif not isinstance(options, CorrelatorOptions):
            raise TypeError(f"options must be CorrelatorOptions, not {type(options).__name__}")
        self.aggregator = EventAggregator(options, release=release)
        self.logger = EventLogger(options)
        self.spam_filter = EventSourceObjectSpamFilter(options, release=release)

    def event_correlate(self, new_event: Event) -> EventCorrelateResult:
        """Decide what becomes of this event; it is not changed itself. In Go: EventCorrelate.

        Raises ValueError with Go's text for None.
        """
        if new_event is None:
            raise ValueError("event is nil")
        aggregate_event, key = self.aggregator.event_aggregate(new_event)
        event, patch = self.logger.event_observe(aggregate_event, key)
        if self.spam_filter.filter(event):
            return EventCorrelateResult(None, None, True)
        return EventCorrelateResult(event, patch)

    def update_state(self, event: Event) -> None:
        """Take over what the server answered: its name and resource version. In Go: UpdateState."""
        self.logger.update_state(event)
