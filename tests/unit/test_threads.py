"""Many real threads at once: nothing is lost, nothing is doubled, nobody sleeps on."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    EventBroadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
)
from kevent.broadcaster import ADDED
from kevent.channel import Channel, ChannelClosed
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.waitgroup import WaitGroup

SENDERS, RECEIVERS, EACH = 4, 4, 400


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Switch threads as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def traffic(
    channel: Channel[tuple[int, int]], send: Callable[[Any, Any], object], receive: Callable[[Any], list[Any]]
) -> list[list[tuple[int, int]]]:
    """What each receiver got of what all senders sent."""
    got: list[list[tuple[int, int]]] = [[] for _ in range(RECEIVERS)]

    def produce(who: int) -> None:
        for number in range(EACH):
            send(channel, (who, number))

    def consume(mine: list[tuple[int, int]]) -> None:
        with suppress(ChannelClosed):
            while True:
                mine.extend(receive(channel))

    senders = [go(produce, who) for who in range(SENDERS)]
    receivers = [go(consume, mine) for mine in got]
    assert all(sender.join(timeout=60) for sender in senders)
    channel.close()
    assert all(receiver.join(timeout=60) for receiver in receivers)
    return got


def check(got: list[list[tuple[int, int]]]) -> None:
    everything = Counter(value for mine in got for value in mine)
    assert everything == Counter((who, number) for who in range(SENDERS) for number in range(EACH))
    for mine in got:
        for who in range(SENDERS):
            numbers = [number for sender, number in mine if sender == who]
            assert numbers == sorted(numbers)


def send_impatiently(channel: Channel[Any], value: Any) -> None:
    while True:
        with suppress(TimeoutError):
            return channel.send(value, timeout=1e-5)


def receive_impatiently(channel: Channel[Any]) -> list[Any]:
    with suppress(TimeoutError):
        return [channel.receive(timeout=1e-5)]
    return []


def receive_many(channel: Channel[Any]) -> list[Any]:
    values = channel.receive_many(5)
    if not values:
        raise ChannelClosed
    return values


def receive_by_select(channel: Channel[Any]) -> list[Any]:
    _, value, ok = select(Receive(channel), Receive(Channel()))
    if not ok:
        raise ChannelClosed
    return [value]


SENDS: dict[str, Callable[[Any, Any], object]] = {
    "send": lambda channel, value: channel.send(value),
    "select": lambda channel, value: select(Send(channel, value), Receive(Channel())),
    "impatient": send_impatiently,
}
RECEIVES: dict[str, Callable[[Any], list[Any]]] = {
    "receive": lambda channel: [channel.receive()],
    "many": receive_many,
    "select": receive_by_select,
    "impatient": receive_impatiently,
}


@pytest.mark.thorough
@pytest.mark.parametrize("capacity", [0, 1, 16])
@pytest.mark.parametrize("receive", RECEIVES)
@pytest.mark.parametrize("send", SENDS)
def test_every_value_arrives_once_and_in_its_senders_order(send: str, receive: str, capacity: int) -> None:
    check(traffic(Channel(capacity), SENDS[send], RECEIVES[receive]))


def test_the_check_sees_a_lost_a_doubled_and_an_overtaken_value() -> None:
    good = [[(who, number) for who in range(SENDERS) for number in range(EACH)]]
    check(good)
    for bad in ([good[0][1:]], [good[0] + good[0][:1]], [good[0][::-1]]):
        with pytest.raises(AssertionError):
            check(bad)


def test_two_channels_selected_in_opposite_orders_do_not_lock_up() -> None:
    left, right = Channel[int](1), Channel[int](1)

    def shuffle(first: Channel[int], second: Channel[int]) -> None:
        for _ in range(EACH):
            select(Send(first, 1), Receive(second), Receive(first), Send(second, 1))

    goroutines = [go(shuffle, *pair) for pair in ((left, right), (right, left)) * 2]
    assert all(goroutine.join(timeout=60) for goroutine in goroutines)


def test_a_wait_group_lets_everybody_go_in_every_round() -> None:
    group = WaitGroup()
    for _ in range(100):
        group.add(3)
        waiters = [go(group.wait) for _ in range(3)]
        workers = [go(group.done) for _ in range(3)]
        assert all(goroutine.join(timeout=60) for goroutine in (*waiters, *workers))
        assert group.state == 0


@pytest.mark.parametrize("max_batch", [1, 3, None])
def test_a_broadcaster_delivers_everything_to_everybody_in_one_order(max_batch: int | None) -> None:
    broadcaster = Broadcaster(4, WAIT_IF_CHANNEL_FULL, max_batch=max_batch)
    watchers = [broadcaster.watch() for _ in range(3)]
    got: list[list[tuple[int, int]]] = [[] for _ in watchers]
    readers = [
        go(lambda watcher=watcher, mine=mine: mine.extend(event.object for event in watcher))
        for watcher, mine in zip(watchers, got, strict=True)
    ]

    def produce(who: int) -> None:
        for number in range(EACH):
            broadcaster.action(ADDED, (who, number))

    producers = [go(produce, who) for who in range(SENDERS)]
    assert all(producer.join(timeout=60) for producer in producers)
    broadcaster.shutdown()
    assert all(reader.join(timeout=60) for reader in readers)
    assert got[0] == got[1] == got[2]
    check(got[:1])
    assert [watcher.delivered for watcher in watchers] == [SENDERS * EACH] * 3


def test_what_is_delivered_and_what_is_dropped_is_all_there_was() -> None:
    broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch()
    got: list[Any] = []
    reader = go(lambda: got.extend(watcher))
    for number in range(2000):
        broadcaster.action(ADDED, number)
    broadcaster.shutdown()
    assert reader.join(timeout=60)
    assert len(got) == watcher.delivered
    assert watcher.delivered + watcher.dropped == 2000


def test_watchers_come_and_go_while_events_flow() -> None:
    broadcaster = Broadcaster(2, WAIT_IF_CHANNEL_FULL)
    enough = threading.Event()

    def produce() -> None:
        number = 0
        while not enough.is_set():
            broadcaster.action(ADDED, number)
            number += 1

    def visit() -> None:
        for _ in range(20):
            watcher = broadcaster.watch()
            first, second = (watcher.result_chan.receive().object for _ in range(2))
            assert second == first + 1
            watcher.stop()

    producer = go(produce)
    visitors = [go(visit) for _ in range(3)]
    assert all(visitor.join(timeout=60) for visitor in visitors)
    enough.set()
    assert producer.join(timeout=60)
    broadcaster.shutdown()


def test_a_shutdown_in_the_middle_loses_nothing_that_was_taken_in() -> None:
    for _ in range(20):
        broadcaster = Broadcaster(100_000, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        taken_in: list[int] = []

        def produce(broadcaster: Broadcaster = broadcaster, taken_in: list[int] = taken_in) -> None:
            with suppress(BroadcasterStopped):
                for number in range(10_000):
                    broadcaster.action(ADDED, number)
                    taken_in.append(number)

        producer = go(produce)
        broadcaster.shutdown()
        assert producer.join(timeout=60)
        assert [event.object for event in watcher] == taken_in


def test_a_whole_pipeline_leaves_no_thread_and_counts_right() -> None:
    before = threading.active_count()
    sink = MemorySink()
    pods = [ObjectReference(kind="Pod", namespace="n", name=f"p{i}", uid=f"u{i}") for i in range(4)]
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("test"))

        def record(pod: ObjectReference) -> None:
            for _ in range(20):
                recorder.event(pod, "Normal", "Tick", "m")

        goroutines = [go(record, pod) for pod in pods]
        assert all(goroutine.join(timeout=60) for goroutine in goroutines)
        assert broadcaster.flush(timeout=60)
        assert sorted((event.name.split(".")[0], event.count) for event in sink.events()) == [
            (f"p{i}", 20) for i in range(4)
        ]
    assert threading.active_count() == before
