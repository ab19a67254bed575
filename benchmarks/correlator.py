"""How long the correlator and the memory sink take for one event. Prints; asserts nothing.

python benchmarks/correlator.py [EVENTS]
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from functools import partial

from measure import best

from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import EVENT_TYPE_NORMAL, Event, EventSource, ObjectReference
from kevent.sinks import MemorySink

SOURCE = EventSource("kubelet", "node-1")
SECOND = 1_000_000_000
ROUNDS = 5


class Clock:
    """Advances by a step at each reading, so that budgets refill or do not, as the case wants."""

    def __init__(self, step: int) -> None:
        self.now = 1_549_324_800 * SECOND
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


def event(number: int, message: str = "Back-off restarting failed container") -> Event:
    name = f"web-{number}"
    return Event(
        name=f"{name}.1580",
        namespace="default",
        involved_object=ObjectReference("Pod", "default", name, f"uid-{number}", "v1", "", "spec.containers{app}"),
        reason="BackOff",
        message=message,
        source=SOURCE,
        first_timestamp=1_549_324_800 * SECOND,
        last_timestamp=1_549_324_800 * SECOND,
        count=1,
        type=EVENT_TYPE_NORMAL,
    )


def correlate(events: Iterable[Event], step: int = 1000) -> Callable[[], None]:
    correlator = EventCorrelator(CorrelatorOptions(clock=Clock(step)))

    def run() -> None:
        for one in events:
            correlator.event_correlate(one)

    return run


def create(events: Iterable[Event]) -> Callable[[], None]:
    sink = MemorySink(clock=Clock(1000))

    def run() -> None:
        for one in events:
            sink.create(one)

    return run


def patch(count: int) -> Callable[[], None]:
    sink = MemorySink(clock=Clock(1000))
    stored = sink.create(event(0))
    change = {"count": 2, "lastTimestamp": "2019-02-05T00:00:02Z", "message": "again"}

    def run() -> None:
        for _ in range(count):
            sink.patch(stored, change)

    return run


def timed(make: Callable[[], Callable[[], None]]) -> float:
    """The seconds of one run, on fresh state."""
    run = make()
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def memory() -> float:
    """Bytes that a full correlator holds for each of its 4,096 objects, the events themselves not counted."""
    events = [event(number) for number in range(4096)]
    tracemalloc.start()
    run = correlate(events)
    run()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(events)


def main(count: int) -> None:
    new = [event(number) for number in range(count)]
    same = [event(0)] * count
    messages = [event(0, f"attempt {number}") for number in range(count)]
    cases: list[tuple[str, str, Callable[[], Callable[[], None]]]] = [
        ("correlate: an event about a new object", "<= 8 µs", lambda: correlate(new)),
        ("correlate: a repeated event, budget spent", "", lambda: correlate(same)),
        ("correlate: a repeated event, with a patch", "<= 11 µs", lambda: correlate(same, 300 * SECOND)),
        ("correlate: a new message each time, combined", "", lambda: correlate(messages, 300 * SECOND)),
        ("memory sink: create", "", lambda: create(new)),
        ("memory sink: patch", "", lambda: patch(count)),
    ]
    first = 0.0
    for name, target, make in cases:
        seconds = best(partial(timed, make), ROUNDS) / count
        first = first or seconds
        print(f"{name:48} {seconds * 1e6:6.2f} µs   {seconds / first:5.2f} times the first   {target}".rstrip())
    print(f"{'a full correlator, for each object':48} {memory():6.0f} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
