"""Events a second through the whole pipeline, bytes of a queued event, and growth over a million. Prints.

python benchmarks/pipeline.py [EVENTS]
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc

from measure import best

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    EventBroadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
)
from kevent.broadcaster import ADDED
from kevent.recorder import BroadcastRecorder


def throughput(count: int) -> float:
    pods = [ObjectReference("Pod", "default", f"web-{n}", f"u-{n}", "v1") for n in range(count)]
    sink = MemorySink()
    broadcaster = EventBroadcaster(queue_length=count, incoming_length=count)
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("bench"))
    gc.collect()
    start = time.perf_counter()
    for pod in pods:
        recorder.event(pod, "Normal", "Started", "Started container")
    broadcaster.shutdown(timeout=None)
    seconds = time.perf_counter() - start
    if len(sink) != count:
        raise SystemExit(f"only {len(sink)} of {count} were stored")
    return count / seconds


def queued_bytes(count: int = 10_000) -> float:
    broadcaster = Broadcaster(count, DROP_IF_CHANNEL_FULL, incoming_length=count)
    watcher = broadcaster.watch()
    recorder = BroadcastRecorder(broadcaster, EventSource("bench"))
    pod = ObjectReference("Pod", "default", "web-0", "u-0", "v1")
    gc.collect()
    tracemalloc.start()
    for _ in range(count):
        recorder.event(pod, "Normal", "Started", "Started container")
    broadcaster.shutdown()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    if watcher.delivered != count:
        raise SystemExit(f"only {watcher.delivered} of {count} were queued")
    return held / count


def growth(count: int) -> int:
    broadcaster = Broadcaster(1000, WAIT_IF_CHANNEL_FULL, incoming_length=1000)
    watcher = broadcaster.watch()

    def pass_through(number: int) -> None:
        for start in range(0, number, 500):
            for one in range(start, start + 500):
                broadcaster.action(ADDED, one)
            for _ in range(500):
                watcher.result_chan.receive()

    pass_through(1000)
    gc.collect()
    tracemalloc.start()
    pass_through(count)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    broadcaster.shutdown()
    return grown


def main(count: int) -> None:
    rate = -best(lambda: -throughput(count))
    print(f"{'recorder to memory sink, distinct':48} {rate:8.0f} events a second   >= 60000")
    print(f"{'a queued event, its name included':48} {queued_bytes():8.0f} bytes             < 600")
    print(f"{'after a million events':48} {growth(1_000_000):8} bytes more        no growth")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
