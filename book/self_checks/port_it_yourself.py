"""Self-checks of chapter 14."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster, CorrelatorOptions, Event, MemorySink, ObjectReference
from kevent.broadcaster import ADDED
from kevent.correlator import EventAggregator, EventCorrelator
from kevent.runtime import go, sleep
from kevent.simulation import simulate
from kevent.waitgroup import NegativeCounter, WaitGroup
from kevent.writing import record_to_sink
from oracle.judge.faults import InAList

from .running import result

POD = ObjectReference(kind="Pod", namespace="shop", name="web", uid="1")


class _ListAggregator(EventAggregator):
    """Groups whose set of messages is a list."""

    def event_aggregate(self, event):
        key, _ = self.key_func(event)
        if self._groups.get(key) is None:
            group = InAList(self._options.random)
            group.last_timestamp = self._options.clock()
            self._groups.add(key, group)
        return super().event_aggregate(event)


def _stored(messages: list[str], aggregator: type[EventAggregator], options: CorrelatorOptions) -> int:
    def scenario() -> int:
        sink = MemorySink()
        correlator = EventCorrelator(options, release="1.14")
        correlator.aggregator = aggregator(options)
        for number, message in enumerate(messages):
            event = Event(
                name=f"web.{number}",
                namespace="shop",
                involved_object=POD,
                type="Normal",
                reason="R",
                message=message,
                count=1,
            )
            record_to_sink(sink, event, correlator)
        return len(sink.events())

    return result(scenario)


class _StopsAtTheFirstFull(Broadcaster):
    """`distribute` with a `break` where Go's `select` takes its `default`."""

    def _distribute(self, batch):
        for event in batch:
            with self._lock:
                for watcher in self._watchers.values():
                    if not watcher._result.try_send(event):
                        break


def behind_a_sleeper() -> str:
    """A watcher that never reads, with a queue of two, and one behind it that has room: what the second gets of six."""

    def scenario() -> list[int]:
        broadcaster = _StopsAtTheFirstFull(2, DROP_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="asleep")
        awake = broadcaster.watch(name="awake")
        got: list[int] = []
        reader = go(lambda: got.extend(event.object for event in awake), name="reader")
        for number in range(6):
            broadcaster.action(ADDED, number)
            sleep(0.01)
        broadcaster.shutdown()
        reader.join()
        return got

    got = result(scenario)
    if 2 in got:
        return "Event 2: only asleep goes without"
    return "Not event 2, but those after it" if max(got) > 2 else "Nothing more at all"


def twelve_times() -> int:
    """Twelve equal events through an aggregator with a list."""
    return _stored(["the same"] * 12, _ListAggregator, CorrelatorOptions())


def more_than_ten() -> int:
    """Thirty different messages, combined from the eleventh on."""
    return _stored([f"message {number}" for number in range(30)], EventAggregator, CorrelatorOptions(max_events=11))


def the_sign() -> str:
    """One more than the largest signed number of 32 bits."""

    def scenario() -> None:
        group = WaitGroup()
        group.add((1 << 31) - 1)
        group.add(1)

    return "It panics." if isinstance(simulate(scenario).error, NegativeCounter) else "It counts on."
