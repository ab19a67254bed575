"""What the book claims about a broadcaster, as scenarios that raise as soon as it is not so.

Each takes its size, so that the same check runs over every schedule of a small model and by lot on a larger one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from book.exercises.checking import quietly
from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    Event,
    EventBroadcaster,
    EventSource,
    ObjectReference,
)
from kevent.broadcaster import ADDED, Watcher, WatchEvent
from kevent.recorder import BroadcastRecorder
from kevent.runtime import go
from kevent.waitgroup import AtomicUint64, WaitGroup


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


class FirstPrepared(Broadcaster):
    """A broadcaster whose first watcher is registered at once, and every other one as ever."""

    def _block_queue(self, what: str, function: Callable[[], None]) -> None:
        if not self._watchers:
            function()
        else:
            super()._block_queue(what, function)


def about(number: int) -> Event:
    """An event about an object of its own."""
    return Event(name=f"pod-{number}.1", involved_object=ObjectReference(kind="Pod", name=f"pod-{number}"), count=1)


class Filled(Prepared):
    """A `Prepared` one whose watchers find so many events on their queues to begin with."""

    queued = 0

    def register(self, watcher: Watcher, prefix: Sequence[WatchEvent] = ()) -> None:
        super().register(watcher, [WatchEvent(ADDED, about(number)) for number in range(self.queued)])


class PreparedRecording(EventBroadcaster):
    """As `Prepared`, and a handler finds so many events on its queue to begin with."""

    def __init__(self, queued: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self._broadcaster.__class__ = Filled
        cast(Filled, self._broadcaster).queued = queued


def read(watcher: Watcher, seen: list[Any]) -> None:
    seen.extend(event.object for event in watcher)


def shutdown_hands_over_everything(
    events: int, watchers: int, producers: int, incoming: int, kind: type[Broadcaster] = Broadcaster
) -> None:
    broadcaster = kind(1, DROP_IF_CHANNEL_FULL, incoming_length=incoming, release="1.14")
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


def a_new_watcher_sees_what_comes_after(
    before: int, after: int, others: int, kind: type[Broadcaster] = Broadcaster
) -> None:
    broadcaster = kind(before + after + others, DROP_IF_CHANNEL_FULL, release="1.14")
    everything = broadcaster.watch(name="early")

    def send_others() -> None:
        for number in range(others):
            broadcaster.action(ADDED, f"other {number}")

    other = go(send_others, name="other")
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
    broadcaster = kind(0, WAIT_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
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
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, incoming_length=incoming, release="1.14")
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
    broadcaster = kind(queue, DROP_IF_CHANNEL_FULL, release="1.14")
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
    broadcaster = kind(events, DROP_IF_CHANNEL_FULL, incoming_length=events, release="1.14")
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


def recording_never_waits(events: int, incoming: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(0, WAIT_IF_CHANNEL_FULL, incoming_length=incoming, release="1.21")
    watcher = broadcaster.watch(name="reads nothing")
    recorder = BroadcastRecorder(broadcaster, KUBELET, release="1.21")
    with quietly():
        for event in range(events):
            recorder.event(POD, "Normal", "Pulled", f"event {event}")  # a deadlock if it waits
    watcher.stop()
    broadcaster.shutdown()


def recorded_in_order(events: int, callers: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(events * callers, DROP_IF_CHANNEL_FULL, incoming_length=events * callers, release="1.21")
    watcher = broadcaster.watch(name="watcher")
    recorder = BroadcastRecorder(broadcaster, KUBELET, release="1.21")

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


def shutting_down_refuses_or_takes(events: int, recorders: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(events * recorders, DROP_IF_CHANNEL_FULL, release="1.14")
    watcher = broadcaster.watch(name="watcher")
    taken: list[list[Any]] = [[] for _ in range(recorders)]
    refused: list[list[Any]] = [[] for _ in range(recorders)]

    def record(number: int) -> None:
        for event in range(events):
            try:
                broadcaster.action(ADDED, (number, event))
            except BroadcasterStopped:
                refused[number].append((number, event))
            else:
                taken[number].append((number, event))

    recording = [go(record, number, name=f"recorder {number}") for number in range(recorders)]
    broadcaster.shutdown()
    for goroutine in recording:
        goroutine.join()
    seen = [event.object for event in watcher]
    claim(sorted(seen) == [one for group in taken for one in group], f"taken in {taken}, handed over {seen}")
    claim(len(seen) + sum(map(len, refused)) == events * recorders, f"lost: {seen} seen, {refused} refused")


def a_full_watcher_is_alone(events: int, full: int, kind: type[Broadcaster] = Broadcaster) -> None:
    broadcaster = kind(1, DROP_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
    unread = [broadcaster.watch(name=f"full {number}") for number in range(full)]
    # Behind those that nobody reads, with room for all there is.
    roomy = broadcaster.watch_with_prefix([WatchEvent(ADDED, "prefix")] * (events - 1), name="roomy")
    for _ in range(events - 1):
        roomy.result_chan.receive()
    for event in range(events):
        broadcaster.action(ADDED, event)
    broadcaster.shutdown()
    seen = [event.object for event in roomy]
    claim(seen == list(range(events)), f"the watcher with room saw {seen} of {events}")
    claim(all(watcher.dropped == events - 1 for watcher in unread), "the full one was not full")


class Sink:
    """Keeps the names of what it is given, and sees whether it is called while it is being called."""

    def __init__(self) -> None:
        self.calls = AtomicUint64(name="calls")
        self.written: list[str] = []

    def create(self, event: Event) -> Event:
        claim(self.calls.add(1) == len(self.written) + 1, "called while it was being called")
        self.calls.load()  # a moment in which somebody else could call
        self.written.append(event.name)
        return event

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self.create(event)


class OutOfReach(Sink):
    """A sink that is never reached."""

    def create(self, event: Event) -> Event:
        self.calls.add(1)
        raise ConnectionRefusedError("connection refused")


def recording(queued: int, events: int, sink: Sink) -> None:
    """Record to `sink`, with some events on its queue to begin with and others that come after, and shut down."""
    broadcaster = PreparedRecording(queued, release="1.28") if queued else EventBroadcaster(release="1.28")
    broadcaster.start_recording_to_sink(sink, name="sink")
    for number in range(queued, queued + events):
        broadcaster._broadcaster.action(ADDED, about(number))
    broadcaster.shutdown(timeout=None)


def a_sink_is_called_for_one_event_at_a_time(queued: int, events: int) -> None:
    sink = Sink()
    recording(queued, events, sink)
    claim(sink.written == [about(number).name for number in range(queued + events)], f"written: {sink.written}")


def shutdown_ends_the_tries(queued: int, events: int) -> None:
    sink = OutOfReach()
    with quietly():
        recording(queued, events, sink)
    claim(sink.calls.load() == queued + events, f"{sink.calls.load()} calls for {queued + events} events")


def shutdown_waits_for_handlers(events: int, recorders: int, kind: type[EventBroadcaster] = EventBroadcaster) -> None:
    broadcaster = kind(queue_length=1, release="1.14")
    handled = AtomicUint64(name="handled")
    watcher = broadcaster.start_event_watcher(lambda event: handled.add(1), name="watcher")
    taken = [0] * recorders

    def record(number: int) -> None:
        with suppress(BroadcasterStopped):
            for event in range(events):
                broadcaster._broadcaster.action(ADDED, about(event))
                taken[number] += 1

    recording = [go(record, number, name=f"recorder {number}") for number in range(recorders)]
    claim(broadcaster.shutdown(timeout=None), "shutdown says that something is unfinished")
    done = handled.load()
    for goroutine in recording:
        goroutine.join()
    claim(done + watcher.dropped == sum(taken), f"{sum(taken)} taken in, {done} handled, {watcher.dropped} dropped")
