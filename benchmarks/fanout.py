"""How long a delivery takes: kevent's broadcaster, one `queue.Queue` a watcher, and blinker, side by side.

Every event is received by every watcher, in a thread of its own (blinker has none: it calls its receivers in turn).
Nothing is dropped; the counts are checked. Prints; asserts nothing about time.

python benchmarks/fanout.py [EVENTS]
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from blinker import Signal
from measure import best, calibrate

from kevent import WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED

WATCHERS = (1, 8, 64)
TARGETS = {1: "<= 450 ns", 8: ">= 15x", 64: "<= 60 ns, >= 25x"}
INCOMING = 2000  # the queue in front of the loop, in both
QUEUE = 4000  # each watcher's queue, in both: what the loop took in at once always fits
QUEUE_SHARE = 10  # the queue.Queue port gets a tenth of the events at 64 watchers, or it would take a minute


def received(counts: list[int], expected: int) -> None:
    if counts != [expected] * len(counts):
        raise SystemExit(f"not everything was received: {counts}")


def kevent(events: int, watchers: int) -> float:
    broadcaster = Broadcaster(QUEUE, WAIT_IF_CHANNEL_FULL, incoming_length=INCOMING)
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


def queues(events: int, watchers: int) -> float:
    incoming: queue.Queue[Any] = queue.Queue(INCOMING)
    outgoing: list[queue.Queue[Any]] = [queue.Queue(QUEUE) for _ in range(watchers)]
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


def main(events: int) -> None:
    calibrate()
    print(f"{events:,} events; {INCOMING:,} places in front of the loop, {QUEUE:,} for each watcher, in both")
    heading = f"{'fan-out, ns a delivery':24}{'kevent':>8}{'queue.Queue':>13}{'blinker':>9}{'queue/kevent':>14}"
    print(f"{heading}   target for kevent")
    for watchers in WATCHERS:
        share = QUEUE_SHARE if watchers == 64 else 1
        cases: list[tuple[Callable[[int, int], float], int]] = [
            (kevent, events), (queues, events // share), (blinker, events // share),
        ]  # fmt: skip
        mine, port, signal = (best(partial(run, count, watchers)) / count / watchers * 1e9 for run, count in cases)
        line = f"{watchers:4} watchers{'':11}{mine:8.0f}{port:13.0f}{signal:9.0f}{port / mine:13.1f}x"
        print(f"{line}   {TARGETS[watchers]}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
