"""How long a delivery takes: client-go's broadcaster, kevent's, one `queue.Queue` a watcher, and blinker.

Every event is received by every watcher, in a thread or goroutine of its own (blinker has none: it calls its receivers
in turn). Nothing is dropped; the counts are checked.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from blinker import Signal

from benchmarks.client_go import GoColumns
from benchmarks.measure import Row, Table
from kevent import WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED

__all__ = ["tables"]

GO, LATEST = "client-go 1.14", "client-go 1.37"
EACH, BARE, QUEUES, BLINKER = "event by event", "two threads", "queue.Queue", "blinker"
LOT = 25  # as many as Go's queue in front of the loop holds


def received(counts: list[int], expected: int) -> None:
    if counts != [expected] * len(counts):
        raise SystemExit(f"not everything was received: {counts}")


def kevent(events: int, watchers: int, incoming: int, length: int, max_batch: int | None = None) -> float:
    broadcaster = Broadcaster(length, WAIT_IF_CHANNEL_FULL, incoming_length=incoming, max_batch=max_batch)
    counts = [0] * watchers

    def read(number: int, watcher: Any) -> None:
        count = 0
        for _ in watcher:
            count += 1
        counts[number] = count

    threads = [threading.Thread(target=read, args=(n, broadcaster.watch())) for n in range(watchers)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    for number in range(events):
        broadcaster.action(ADDED, number)
    broadcaster.shutdown()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    received(counts, events)
    return seconds


def queues(events: int, watchers: int, incoming_length: int, length: int) -> float:
    incoming: queue.Queue[Any] = queue.Queue(incoming_length)
    outgoing: list[queue.Queue[Any]] = [queue.Queue(length) for _ in range(watchers)]
    counts = [0] * watchers

    def loop() -> None:
        for item in iter(incoming.get, None):
            for one in outgoing:
                one.put(item)
        for one in outgoing:
            one.put(None)

    def read(number: int) -> None:
        count = 0
        for _ in iter(outgoing[number].get, None):
            count += 1
        counts[number] = count

    threads = [threading.Thread(target=read, args=(number,)) for number in range(watchers)]
    threads.append(threading.Thread(target=loop))
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    for number in range(events):
        incoming.put((ADDED, number))
    incoming.put(None)
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    received(counts, events)
    return seconds


def blinker(events: int, watchers: int) -> float:
    signal = Signal()
    counts = [0] * watchers
    receivers = []
    for number in range(watchers):

        def receive(sender: object, number: int = number, **values: Any) -> None:
            counts[number] += 1

        receivers.append(receive)
        signal.connect(receive)
    start = time.perf_counter()
    for number in range(events):
        signal.send(None, event=number)
    seconds = time.perf_counter() - start
    received(counts, events)
    return seconds


def hand_over(events: int, lot: int = LOT) -> float:
    """Two threads: one fills a list, and waits until the other has taken it. No less can be done with a queue of 25."""
    full, empty = threading.Lock(), threading.Lock()
    full.acquire()
    empty.acquire()
    box: list[int] = []
    count = 0

    def read() -> None:
        nonlocal box, count
        while True:
            full.acquire()
            taken, box = box, []
            empty.release()
            if not taken:
                return
            for _ in taken:
                count += 1

    thread = threading.Thread(target=read)
    thread.start()
    start = time.perf_counter()
    for first in range(0, events, lot):
        for number in range(first, min(first + lot, events)):
            box.append(number)  # noqa: PERF402 - as a sender does, one by one
        full.release()
        empty.acquire()
    seconds = time.perf_counter() - start
    full.release()
    thread.join()
    received([count], events)
    return seconds


def python(run: Callable[..., float], events: int, watchers: int, *arguments: int) -> Callable[[], float]:
    """Nanoseconds a delivery."""
    return lambda: run(events, watchers, *arguments) / events / watchers * 1e9


def cases(go: GoColumns, events: int, watchers: int, incoming: int, length: int) -> dict[str, Callable[[], float]]:
    many = max(events // watchers, 200)
    long = incoming != LOT
    found = go.cases("fanout", many * 2, watchers, watchers=watchers, queue=length, long=long)
    if long:
        found.pop(GO, None)  # its queue in front of the loop is always of 25
    found["kevent"] = python(kevent, many, watchers, incoming, length)
    few = max(many // 10, 100)
    if not long:
        found[EACH] = python(kevent, few, watchers, incoming, length, 1)
        found[BARE] = lambda: hand_over(events // 2) / (events // 2) * 1e9
    found[QUEUES] = python(queues, few, watchers, incoming, length)
    if length == 4000:
        found[BLINKER] = python(blinker, few, watchers)
    return found


def go_s(values: dict[str, float]) -> float:
    return min(values[GO], values[LATEST])


def near(times: float) -> Callable[[dict[str, float]], bool]:
    """With Go's own lengths: at most so many times Go, or half as much again as two threads need that do nothing."""
    return lambda values: values["kevent"] <= max(times * go_s(values), 1.5 * values[BARE])


def long_queues(watchers: int) -> tuple[str, Callable[[dict[str, float]], bool]]:
    if watchers == 1:
        return "≤ 2.5 × Go", lambda values: values["kevent"] <= 2.5 * values[LATEST]
    return "≤ Go", lambda values: values["kevent"] <= values[LATEST]


def watching(watchers: int) -> str:
    return f"{watchers} watcher{'s' if watchers > 1 else ''}"


def tables(go: GoColumns, events: int) -> list[Table]:
    short = [
        Row(watching(n), cases(go, events, n, LOT, 1000), f"≤ {times} × Go, or ≤ 1.5 × two threads", near(times))
        for n, times in ((1, 4), (8, 4), (64, 3))
    ]
    long = [Row(watching(n), cases(go, events, n, 1000, 1000), *long_queues(n)) for n in (1, 8, 64)]
    longest = [
        Row(watching(n), cases(go, events, n, 2000, 4000), f"≥ {times} × queue.Queue", times_queue(times))
        for n, times in ((1, 5), (8, 15), (64, 25))
    ]
    title = "Fan-out, nanoseconds a delivery: {} places in front of the loop, {} for each watcher"
    return [
        Table(title.format("25", "1,000"), [*go.names, "kevent", EACH, BARE, QUEUES], short),
        Table(title.format("1,000", "1,000"), [*go.names[1:], "kevent", QUEUES], long),
        Table(title.format("2,000", "4,000"), [*go.names[1:], "kevent", QUEUES, BLINKER], longest),
    ]


def times_queue(times: float) -> Callable[[dict[str, float]], bool]:
    return lambda values: values["kevent"] * times <= values[QUEUES]
