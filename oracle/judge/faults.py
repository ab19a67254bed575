"""kevent with one thing wrong: the named faults that a set of questions is scored by.

Each is a mistake that a port has made or is invited to make. It is a few names of kevent, replaced while questions are
asked. What is beyond questions is not here: who waits for whom, what Go draws by lot, what is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from kevent import correlator, recorder, reference, token_bucket, waitgroup, writing
from kevent.broadcaster import Broadcaster, Watcher, WatchEvent
from kevent.correlator import CorrelatorOptions, EventAggregator, EventCorrelateResult, EventCorrelator, EventLogger
from kevent.event import Event
from kevent.lru import LRU
from kevent.recorder import BroadcastRecorder
from kevent.runtime import Panic
from kevent.sinks import RequestConstructionError, UnexpectedObjectError
from kevent.token_bucket import TokenBucket
from kevent.waitgroup import WaitGroup
from oracle.replay import pipeline

Replaced = tuple[object, str, Any]
"""Whose name, which name, and what stands there instead."""

SECOND = 10**9
CORRELATED = ("correlator", "sink")
KEYED = ("keys", "correlator", "sink")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    name: str
    kinds: tuple[str, ...]
    """The kinds of questions that could notice it."""
    replaced: tuple[Replaced, ...]

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let kevent have this fault."""
        with ExitStack() as stack:
            for target, name, instead in self.replaced:
                stack.enter_context(patch.object(target, name, instead))
            yield


# --- how a fault is made ------------------------------------------------------------------------------------------


def told(**options: Any) -> Replaced:
    """Every correlator has these options, whatever it is told."""
    made = EventCorrelator.__init__

    def make(self: EventCorrelator, given: CorrelatorOptions | None = None, **release: Any) -> None:
        made(self, replace(given or CorrelatorOptions(), **options), **release)

    return EventCorrelator, "__init__", make


def event_key(key: Callable[[Event], str]) -> tuple[Replaced, ...]:
    """Equal events have this key instead."""
    return (correlator, "get_event_key", key), (pipeline, "get_event_key", key)


def group_key(key: Callable[[Event], str]) -> tuple[Replaced, ...]:
    """Similar events have this key instead."""

    def keys(event: Event) -> tuple[str, str]:
        return key(event), event.message

    return told(key_func=keys), (pipeline, "group_key_of", lambda release: keys)


def spam_key(key: Callable[[Event], str]) -> tuple[Replaced, ...]:
    """Who shares a budget has this key instead."""
    return told(spam_key_func=key), (pipeline, "spam_key_of", lambda release: key)


def joined(names: str, separator: str = "") -> Callable[[Event], str]:
    """A key of these parts."""

    def key(event: Event) -> str:
        source, ref = event.source, event.involved_object
        parts = {
            "component": source.component, "host": source.host, "kind": ref.kind, "namespace": ref.namespace,
            "name": ref.name, "field_path": ref.field_path, "uid": ref.uid, "version": ref.api_version,
            "type": event.type, "reason": event.reason, "message": event.message,
        }  # fmt: skip
        return separator.join(parts[name] for name in names.split())

    return key


SPAM = "component host kind namespace name uid version"
GROUP = f"{SPAM} type reason"
EQUAL = "component host kind namespace name field_path uid version type reason message"


def without(names: str, *left_out: str) -> Callable[[Event], str]:
    """A key that lacks a part."""
    return joined(" ".join(name for name in names.split() if name not in left_out))


def combined(change: Callable[[Event, Event], object]) -> Replaced:
    """Whenever a combined event is made, this is done to it; the other argument is the event that it is made of."""
    aggregate = EventAggregator.event_aggregate

    def aggregated(self: EventAggregator, event: Event) -> tuple[Event, str]:
        result, key = aggregate(self, event)
        if result is not event:
            change(result, event)
        return result, key

    return EventAggregator, "event_aggregate", aggregated


def interval(change: int) -> Replaced:
    """A group is forgotten after so many nanoseconds more."""
    made = EventAggregator.__init__

    def make(self: EventAggregator, options: CorrelatorOptions, **release: Any) -> None:
        made(self, options, **release)
        self._max_interval += change

    return EventAggregator, "__init__", make


def observed(change: Callable[[Event, Event, dict[str, Any] | None], object]) -> Replaced:
    """What the logger gives is changed: the event, the one that it is a copy of, and the patch if there is one."""
    observe = EventLogger.event_observe

    def observing(self: EventLogger, event: Event, key: str) -> tuple[Event, dict[str, Any] | None]:
        result, patch = observe(self, event, key)
        change(result, event, patch)
        return result, patch

    return EventLogger, "event_observe", observing


def repeated(change: Callable[[Event, Event, dict[str, Any]], object]) -> Replaced:
    """The same, of an event that came before."""
    return observed(lambda event, new, patch: patch is not None and change(event, new, patch))


# --- the faults ---------------------------------------------------------------------------------------------------


class InAList(correlator._Group):
    """Messages in a list: equal ones count."""

    def __init__(self, random: Callable[[], float], first: str | None = None) -> None:
        super().__init__(random, first)
        self._list: list[str] = list(self)

    def insert(self, key: str) -> int:
        self._list.append(key)
        return len(self._list)

    def pop_any(self) -> str:
        return self._list.pop()


class _Emptied(correlator._Group):
    """A full group begins again."""

    def pop_any(self) -> str:
        while len(self) > 1:
            super().pop_any()
        return super().pop_any()


class _SinceTheFirst(correlator._Group):
    """The interval begins with the first event of a group."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "last_timestamp" or not getattr(self, name, 0):
            super().__setattr__(name, value)


def _oldest_added(self: LRU[str, Any], key: str, value: Any) -> None:
    self._entries[key] = value
    if len(self._entries) > self.size:
        self._entries.popitem(last=False)


def _left_where_it_is(self: LRU[str, Any], key: str) -> Any:
    return self.peek(key)


def _filter_first(self: EventCorrelator, event: Event) -> EventCorrelateResult:
    if self.spam_filter.filter(event):
        return EventCorrelateResult(None, None, True)
    aggregate, key = self.aggregator.event_aggregate(event)
    return EventCorrelateResult(*self.logger.event_observe(aggregate, key))


def _whole_budget_back(self: TokenBucket, now: int) -> bool:
    if self.last is None or now - self.last >= 300 * SECOND:
        self.last, self.tokens = now, float(self.burst)
    self.tokens -= 1
    return self.tokens >= 0


def _saved_up(self: TokenBucket, now: int) -> bool:
    self.tokens = float(self.burst) if self.last is None else self.tokens + (now - self.last) / SECOND * self.limit
    self.last = now
    accepted = self.tokens >= 1
    self.tokens -= accepted
    return accepted


_accept = TokenBucket.try_accept


def _closed_by_a_clock_gone_back(self: TokenBucket, now: int) -> bool:
    return (self.last is None or now >= self.last) and _accept(self, now)


def _update_by_group(self: EventLogger, event: Event) -> None:
    is_combined = event.message.startswith("(combined from similar events): ")
    self._remember(joined(GROUP)(event) if is_combined else joined(EQUAL)(event), event)


def _first_full_ends(self: Broadcaster, batch: list[WatchEvent]) -> None:
    for event in batch:
        for watcher in self._watchers.values():
            dropped = watcher.dropped
            watcher._offer([event])
            if watcher.dropped > dropped:
                break


def _oldest_dropped(self: Watcher, batch: list[WatchEvent]) -> None:
    for event in batch:
        while self._result.capacity and not self._result.try_send(event):
            self._result.try_receive()


_new_watcher = Broadcaster.new_watcher
_stop = Watcher.stop


def _as_long_as_all(self: Broadcaster, *, queue_length: int | None = None, name: str = "") -> Watcher:
    return _new_watcher(self, name=name)


def _one_longer(self: Broadcaster, *, queue_length: int | None = None, name: str = "") -> Watcher:
    return _new_watcher(self, queue_length=(self.queue_length if queue_length is None else queue_length) + 1, name=name)


def _stop_and_empty(self: Watcher) -> None:
    while not self._result.closed and self._result.try_receive()[1]:
        pass
    _stop(self)


def _past(self: BroadcastRecorder, obj: Any, timestamp: int, event_type: Any, reason: str, text: str, *a: Any) -> None:
    with patch.object(self, "_clock", lambda: timestamp):
        self.eventf(obj, event_type, reason, text, *a)


_annotated = BroadcastRecorder.annotated_eventf


def _no_empty_annotations(self: BroadcastRecorder, obj: Any, annotations: Any, *rest: Any) -> None:
    _annotated(self, obj, annotations or None, *rest)


_make_event = BroadcastRecorder._make_event


def _named_in_decimals(self: BroadcastRecorder, *arguments: Any) -> Event:
    event = _make_event(self, *arguments)
    about, _, time = event.name.rpartition(".")
    event.name = f"{about}.{int(time, 16)}"
    return event


def _no_version_in(link: str) -> str:
    raise reference.NoSelfLinkError


def _version_alone(link: str) -> str:
    return _version_in(link).rpartition("/")[2]


_version_in = reference._version_in
_add = WaitGroup.add


def _as_much_as_fits(self: WaitGroup, delta: int) -> None:
    _add(self, min(max(delta, -(2**31)), 2**31 - 1 - self.counter))


def _undone_by_a_panic(self: WaitGroup, delta: int) -> None:
    before = self.state
    try:
        _add(self, delta)
    except Panic:
        self._state.store(before)
        raise


class _Never(Exception):
    """What nobody raises."""


def _no_text(event: Event, new: Event, patch: dict[str, Any]) -> None:
    patch.pop("message", None)


def _offset(event: Event, new: Event, patch: dict[str, Any]) -> None:
    patch["lastTimestamp"] = patch.get("lastTimestamp", "").replace("Z", "+00:00")


def _fraction(event: Event, new: Event, patch: dict[str, Any]) -> None:
    fraction = f"{(event.last_timestamp or 0) % SECOND:09}".rstrip("0")
    patch["lastTimestamp"] = patch.get("lastTimestamp", "").replace("Z", f".{fraction}Z" if fraction else "Z")


def set_to(name: str, value: Callable[[Event], Any]) -> Callable[..., None]:
    """A change that gives the event this value, which is made of the event before."""
    return lambda event, new, *_: setattr(event, name, value(new))


FAULTS = (
    Fault("the key of equal events lacks the field path", KEYED, event_key(without(EQUAL, "field_path"))),
    Fault("the key of equal events lacks the message", KEYED, event_key(without(EQUAL, "message"))),
    Fault("the key of equal events has separators", KEYED, event_key(joined(EQUAL, "/"))),
    Fault("the key of a group has the field path", KEYED, group_key(without(EQUAL, "message"))),
    Fault("the key of a group lacks the type", KEYED, group_key(without(GROUP, "type"))),
    Fault("the key of a group lacks the uid", KEYED, group_key(without(GROUP, "uid"))),
    Fault("the key of a group has separators", KEYED, group_key(joined(GROUP, "/"))),
    Fault("the key of a budget has the type", KEYED, spam_key(joined(f"{SPAM} type"))),
    Fault("the key of a budget lacks the source", KEYED, spam_key(without(SPAM, "component", "host"))),
    Fault("the key of a budget lacks the object", KEYED, spam_key(joined("component host"))),
    #
    Fault("a group keeps its messages in a list", CORRELATED, ((correlator, "_Group", InAList),)),
    Fault("the eleventh event is combined, not the tenth", CORRELATED, (told(max_events=11),)),
    Fault("a full group begins again", CORRELATED, ((correlator, "_Group", _Emptied),)),
    Fault("a group is forgotten at 600 seconds, not after them", CORRELATED, (interval(-1),)),
    Fault("the interval of a group is in whole seconds", CORRELATED, (interval(SECOND - 1),)),
    Fault("the interval of a group begins with its first event", CORRELATED, ((correlator, "_Group", _SinceTheFirst),)),
    Fault("a group is never forgotten", CORRELATED, (interval(2**62),)),
    Fault("a combined event has its message as it is", CORRELATED, (told(message_func=lambda event: event.message),)),
    Fault("a combined event has the name of the event", CORRELATED, (combined(set_to("name", lambda e: e.name)),)),
    Fault(
        "a combined event has the annotations of the event",
        CORRELATED,
        (combined(set_to("annotations", lambda e: e.annotations)),),
    ),
    Fault(
        "a combined event was first seen when the event was, not now",
        CORRELATED,
        (combined(set_to("first_timestamp", lambda e: e.first_timestamp)),),
    ),
    Fault("a combined event has the count of the event", CORRELATED, (combined(set_to("count", lambda e: e.count)),)),
    #
    Fault("a count does not end at 32 bits", CORRELATED, ((correlator, "INT32_MAX", 2**63),)),
    Fault("a repeated event has its own name", CORRELATED, (repeated(set_to("name", lambda e: e.name)),)),
    Fault(
        "a repeated event has its own first time",
        CORRELATED,
        (repeated(set_to("first_timestamp", lambda e: e.first_timestamp)),),
    ),
    Fault(
        "a repeated event has its own resource version",
        CORRELATED,
        (repeated(set_to("resource_version", lambda e: e.resource_version)),),
    ),
    Fault("a patch lacks the message", CORRELATED, (repeated(_no_text),)),
    Fault("a patch has times with an offset, not with Z", CORRELATED, (repeated(_offset),)),
    Fault("a patch has times with a fraction", CORRELATED, (repeated(_fraction),)),
    Fault(
        "what the server answers is forgotten", CORRELATED, ((EventLogger, "update_state", lambda self, event: None),)
    ),
    Fault(
        "what the server answers to a combined event is found again",
        CORRELATED,
        ((EventLogger, "update_state", _update_by_group),),
    ),
    Fault("the caches never forget", CORRELATED, (told(lru_cache_size=10**6),)),
    Fault("the caches hold one less", CORRELATED, (told(lru_cache_size=4095),)),
    Fault("the caches forget what was added first, however lately it was used", CORRELATED,
          ((LRU, "add", _oldest_added), (LRU, "get", _left_where_it_is))),
    #
    Fault("a budget of 24", CORRELATED, (told(burst_size=24),)),
    Fault("a budget of 26", CORRELATED, (told(burst_size=26),)),
    Fault("nothing is filtered", CORRELATED, ((correlator.EventSourceObjectSpamFilter, "filter", lambda *_: False),)),
    Fault("the filter comes first, and what it stops is not counted", CORRELATED,
          ((EventCorrelator, "event_correlate", _filter_first),)),
    Fault("a token every ten minutes", CORRELATED, (told(qps=1 / 600),)),
    Fault("the whole budget comes back after five minutes", CORRELATED,
          ((TokenBucket, "try_accept", _whole_budget_back),)),
    Fault("an idle budget grows", CORRELATED, ((TokenBucket, "try_accept", _saved_up),)),
    Fault("the rate has 64 bits, not 32", CORRELATED, ((token_bucket, "float32", float),)),
    Fault("a clock that goes back closes the budget", CORRELATED,
          ((TokenBucket, "try_accept", _closed_by_a_clock_gone_back),)),
    #
    Fault("eleven tries", ("sink",), ((writing, "MAX_TRIES_PER_EVENT", 11),)),
    Fault("thirteen tries", ("sink",), ((writing, "MAX_TRIES_PER_EVENT", 13),)),
    Fault("a status of the server is tried again", ("sink",), ((writing, "StatusError", _Never),)),
    Fault("a request that cannot be built is tried again", ("sink",), ((writing, "RequestConstructionError", _Never),)),
    Fault("a response that is no status is final", ("sink",),
          ((writing, "RequestConstructionError", (RequestConstructionError, UnexpectedObjectError)),)),
    Fault("a lost connection is final", ("sink",),
          ((writing, "RequestConstructionError", (RequestConstructionError, ConnectionRefusedError)),)),
    Fault("what the server no longer has is not created anew", ("sink",),
          ((writing, "is_key_not_found_error", lambda error: False),)),
    Fault("whatever a patch is answered, the event is created", ("sink",),
          ((writing, "is_key_not_found_error", lambda error: True),)),
    #
    Fault("the first full watcher ends the round", ("mux",), ((Broadcaster, "_offer", _first_full_ends),)),
    Fault("a full watcher loses the oldest event", ("mux",), ((Watcher, "_offer", _oldest_dropped),)),
    Fault("a prefix has only the places that all have", ("mux",), ((Broadcaster, "new_watcher", _as_long_as_all),)),
    Fault("a queue has one place more", ("mux",), ((Broadcaster, "new_watcher", _one_longer),)),
    Fault("stop throws away what is queued", ("mux",), ((Watcher, "stop", _stop_and_empty),)),
    Fault("shutdown stops no watcher", ("mux",), ((Broadcaster, "_close_all", lambda self: None),)),
    #
    Fault("any type of event is taken", ("recorder",), ((recorder, "validate_event_type", lambda _: True),)),
    Fault("an object without a namespace has events without one", ("recorder",),
          ((recorder, "NAMESPACE_DEFAULT", ""),)),
    Fault("a past event has its time", ("recorder",), ((BroadcastRecorder, "past_eventf", _past),)),
    Fault("no annotations and empty ones are the same", ("recorder",),
          ((BroadcastRecorder, "annotated_eventf", _no_empty_annotations),)),
    Fault("the time in a name is decimal", ("recorder",), ((BroadcastRecorder, "_make_event", _named_in_decimals),)),
    #
    Fault("a selfLink tells no version", ("references",), ((reference, "_version_in", _no_version_in),)),
    Fault("the version in a selfLink lacks the group", ("references",), ((reference, "_version_in", _version_alone),)),
    #
    Fault("a counter is never negative", ("waitgroup",), ((waitgroup, "_counter", lambda word: word >> 32),)),
    Fault("a counter stops at the largest number", ("waitgroup",), ((WaitGroup, "add", _as_much_as_fits),)),
    Fault("a panic leaves the word as it was", ("waitgroup",), ((WaitGroup, "add", _undone_by_a_panic),)),
)  # fmt: skip
"""By the part that is wrong: keys, groups, counting, caches, budgets; sink, broadcaster, recorder, references, wait
group.
"""
