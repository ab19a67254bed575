"""What the book claims about a broadcaster, as scenarios that raise as soon as it is not so.

Each takes its size, so that the same check runs over every schedule of a small model and by lot on a larger one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kevent import (
    ADDED,
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    AtomicUint64,
    Broadcaster,
    BroadcasterStopped,
    EventRecorder,
    EventSource,
    ObjectReference,
    WaitGroup,
    Watcher,
    WatchEvent,
    go,
)


class Untrue(AssertionError):
    """A claim does not hold."""


def claim(holds: bool, text: str) -> None:
    if not holds:
        raise Untrue(text)


class Prepared(Broadcaster):
    """A broadcaster whose watchers are registered at once, where a model is not about registering them.

    Else most of its orders would differ in how the registration went, which has a claim of its own.
    """

    def _block_queue(self, what: str, function: Callable[[], None]) -> None:
        function()


def read(watcher: Watcher, seen: list[Any]) -> None:
    seen.extend(event.object for event in watcher)


def shutdown_hands_over_everything(
    events: int, watchers: int, producers: int, incoming: int, kind: type[Broadcaster] = Broadcaster
) -> None:
    broadcaster = kind(1, DROP_IF_CHANNEL_FULL, incoming_length=incoming)
    watching = [broadcaster.watch(name=f"w{number}") for number in range(watchers)]
    accepted: list[list[int]] = [[] for _ in range(producers)]

    def produce(number: int) -> None:
        try:
            for event in range(events):
                broadcaster.action(ADDED, event)
                accepted[number].append(event)
        except BroadcasterStopped:
            pass

    goroutines = [go(produce, number, name=f"p{number}") for number in range(producers)]
    broadcaster.shutdown()
    handed = [watcher.delivered + watcher.dropped for watcher in watching]
    for goroutine in goroutines:
        goroutine.join()
    total = sum(map(len, accepted))
    claim(all(count == total for count in handed), f"shutdown returned with {handed} handed over of {total}")


def a_new_watcher_sees_what_comes_after(before: int, after: int, others: int) -> None:
    broadcaster = Broadcaster(before + after + others, DROP_IF_CHANNEL_FULL)
    everything = broadcaster.watch(name="early")
    other = go(lambda: [broadcaster.action(ADDED, f"other {n}") for n in range(others)], name="other")
    for number in range(before):
        broadcaster.action(ADDED, f"before {number}")
    watcher = broadcaster.watch(name="new")
    for number in range(after):
        broadcaster.action(ADDED, f"after {number}")
    other.join()
    broadcaster.shutdown()
    seen_by_all, seen = [event.object for event in everything], [event.object for event in watcher]
    claim(not any(event.startswith("before") for event in seen), f"seen from before: {seen}")
    claim(sum(event.startswith("after") for event in seen) == after, f"missed from after: {seen}")
    claim(seen == seen_by_all[len(seen_by_all) - len(seen) :], f"a hole: {seen} of {seen_by_all}")


def a_watcher_that_stops_blocks_nobody(events: int, stopping: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(0, WAIT_IF_CHANNEL_FULL, incoming_length=1)
    going = [broadcaster.watch(name=f"stopping {number}") for number in range(stopping)]
    # Behind those that stop, with room enough that nobody need read it meanwhile.
    staying = broadcaster.watch_with_prefix([WatchEvent(ADDED, "prefix")] * (events - 1), name="staying")
    for watcher in going:
        go(watcher.stop, name=f"stop {watcher.name}")
    for event in range(events):
        broadcaster.action(ADDED, event)
        if event:
            staying.result_chan.receive()  # make room again
    broadcaster.shutdown()
    seen = [event.object for event in staying]
    claim(staying.delivered == 2 * events - 1, f"the watcher that stays was handed {staying.delivered}: {seen}")


def dropping_never_blocks(events: int, watchers: int, incoming: int) -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, incoming_length=incoming)
    watching = [broadcaster.watch(name=f"w{number}") for number in range(watchers)]
    for event in range(events):
        broadcaster.action(ADDED, event)
    broadcaster.shutdown()  # nobody has read anything
    for watcher in watching:
        claim((watcher.delivered, watcher.dropped) == (1, events - 1), f"{watcher.delivered} delivered")


def the_latch_releases_once(waiters: int) -> None:
    latch, ended = WaitGroup(name="latch"), AtomicUint64(name="ended")
    released = AtomicUint64(name="released")
    latch.add(1)

    def wait() -> None:
        latch.wait()
        claim(ended.load() == 1, "released before the end")
        released.add(1)

    waiting = [go(wait, name=f"waiter {number}") for number in range(waiters)]
    ended.store(1)
    latch.done()
    for goroutine in waiting:
        goroutine.join()
    claim(released.load() == waiters, "somebody was released twice, or never")
    claim(latch.state == 0 and latch._semaphore._level() == 0, "the latch is left in another state")


def in_order_without_holes(events: int, queue: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(queue, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch(name="slow")
    seen: list[Any] = []
    reader = go(read, watcher, seen, name="reader")
    for event in range(events):
        broadcaster.action(ADDED, event)
    broadcaster.shutdown()
    reader.join()
    claim(seen == sorted(seen), f"out of order: {seen}")
    claim(len(seen) + watcher.dropped == events, f"{events} sent, {len(seen)} seen, {watcher.dropped} counted")


def shutting_down_again_does_no_harm(callers: int, events: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(events, DROP_IF_CHANNEL_FULL, incoming_length=events)
    watcher = broadcaster.watch(name="watcher")
    for event in range(events):
        broadcaster.action(ADDED, event)
    for number in range(callers - 1):
        go(broadcaster.shutdown, name=f"caller {number}")
    broadcaster.shutdown()
    claim(watcher.result_chan.closed, "shutdown returned before the loop had ended")
    claim(watcher.delivered == events, f"shutdown returned with {watcher.delivered} handed over of {events}")


KUBELET = EventSource(component="kubelet")
POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1", api_version="v1")


@contextmanager
def quietly() -> Iterator[None]:
    """Not a word about the events that are dropped on purpose."""
    logger = logging.getLogger("kevent.recorder")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def recording_never_waits(events: int, incoming: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(0, WAIT_IF_CHANNEL_FULL, incoming_length=incoming)
    watcher = broadcaster.watch(name="reads nothing")
    recorder = EventRecorder(broadcaster, KUBELET)
    with quietly():
        for event in range(events):
            recorder.event(POD, "Normal", "Pulled", f"event {event}")  # a deadlock if it waits
    watcher.stop()
    broadcaster.shutdown()


def recorded_in_order(events: int, callers: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(events * callers, DROP_IF_CHANNEL_FULL, incoming_length=events * callers)
    watcher = broadcaster.watch(name="watcher")
    recorder = EventRecorder(broadcaster, KUBELET)

    def record(caller: int) -> None:
        for event in range(events):
            recorder.event(POD, "Normal", f"Caller{caller}", f"event {event}")

    others = [go(record, caller, name=f"caller {caller}") for caller in range(1, callers)]
    record(0)
    for other in others:
        other.join()
    arrived = [watcher.result_chan.receive().object for _ in range(events * callers)]
    broadcaster.shutdown()
    for caller in range(callers):
        told = [event.message for event in arrived if event.reason == f"Caller{caller}"]
        claim(told == [f"event {event}" for event in range(events)], f"caller {caller} said it in order: {told}")
