"""The way from a recorder to a stored event, bytes of a queued event, and growth over a million."""

from __future__ import annotations

import gc
import time
import tracemalloc

from benchmarks.client_go import GoColumns
from benchmarks.measure import Row, Table
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

__all__ = ["growth", "queued_bytes", "tables"]

LATEST = "client-go 1.37"
LOT = 500  # recorded at a time, and waited for: half of what the queues of today hold


def pods_of(count: int) -> list[ObjectReference]:
    return [ObjectReference("Pod", "default", f"web-{n}", f"u-{n}", "v1") for n in range(count)]


def in_lots(count: int) -> float:
    """Seconds for so many events, with the queues of today, which hold 1,000."""
    pods = pods_of(count)
    sink = MemorySink()
    broadcaster = EventBroadcaster()
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("bench"))
    start = time.perf_counter()
    for first in range(0, count, LOT):
        for pod in pods[first : first + LOT]:
            recorder.event(pod, "Normal", "Started", "Started container")
        broadcaster.flush()
    seconds = time.perf_counter() - start
    broadcaster.shutdown(timeout=None)
    stored(sink, count)
    return seconds


def at_once(count: int) -> float:
    """Seconds for so many events, with queues that hold all of them."""
    pods = pods_of(count)
    sink = MemorySink()
    broadcaster = EventBroadcaster(queue_length=count, incoming_length=count)
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("bench"))
    start = time.perf_counter()
    for pod in pods:
        recorder.event(pod, "Normal", "Started", "Started container")
    broadcaster.flush()
    broadcaster.shutdown(timeout=None)
    seconds = time.perf_counter() - start
    stored(sink, count)
    return seconds


def stored(sink: MemorySink, count: int) -> None:
    if len(sink) != count:
        raise SystemExit(f"only {len(sink)} of {count} were stored")


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


def tables(go: GoColumns, count: int) -> list[Table]:
    asked = go.cases("pipeline", count, lot=LOT)
    lots = {name: lambda run=run: run() / 1000 for name, run in asked.items()}
    rows = [
        Row(
            f"{LOT} at a time, queues of 1,000",
            lots | {"kevent": lambda: in_lots(count) / count * 1e6},
            "≤ Go 1.37",
            lambda values: values["kevent"] <= values[LATEST],
        ),
        Row("all at once, queues for all", {"kevent": lambda: at_once(count) / count * 1e6}),
    ]
    return [Table("From recorder to memory sink, microseconds an event", [*go.names, "kevent"], rows, ".2f")]
