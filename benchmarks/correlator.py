"""How long the correlator and the memory sink take for one event."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterable

from benchmarks.client_go import GoColumns
from benchmarks.measure import Row, Table
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import EVENT_TYPE_NORMAL, Event, EventSource, ObjectReference
from kevent.sinks import MemorySink

__all__ = ["held_by_an_object", "tables"]

SOURCE = EventSource("kubelet", "node-1")
SECOND = 1_000_000_000
LATEST = "client-go 1.37"


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


def timed(make: Callable[[], Callable[[], None]], count: int) -> Callable[[], float]:
    """Microseconds an event of one run, on fresh state."""

    def once() -> float:
        run = make()
        start = time.perf_counter()
        run()
        return (time.perf_counter() - start) / count * 1e6

    return once


def held_by_an_object() -> float:
    """Bytes that a full correlator holds for each of its 4,096 objects, the events themselves not counted."""
    events = [event(number) for number in range(4096)]
    tracemalloc.start()
    run = correlate(events)
    run()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(events)


def times_go(times: float) -> Callable[[dict[str, float]], bool]:
    return lambda values: values["kevent"] <= times * values[LATEST]


def tables(go: GoColumns, count: int) -> list[Table]:
    new = [event(number) for number in range(count)]
    same = [event(0)] * count
    messages = [event(0, f"attempt {number}") for number in range(count)]

    def row(what: str, about: str, make: Callable[[], Callable[[], None]], target: str = "", times: float = 0) -> Row:
        cases: dict[str, Callable[[], float]] = {}
        if about:
            asked = go.cases("correlator", count, about=about)
            cases = {name: lambda run=run: run() / 1000 for name, run in asked.items()}  # type: ignore[misc]
        return Row(what, cases | {"kevent": timed(make, count)}, target, times_go(times) if times else None)

    rows = [
        row("correlate: a new object", "new", lambda: correlate(new), "≤ 1.3 × Go", 1.3),
        row("correlate: repeated, with a patch", "repeated", lambda: correlate(same, 300 * SECOND), "≤ Go / 4", 0.25),
        row(
            "correlate: combined, with a patch",
            "combined",
            lambda: correlate(messages, 300 * SECOND),
            "≤ Go / 3",
            1 / 3,
        ),
        row("correlate: repeated, budget spent", "", lambda: correlate(same)),
        row("memory sink: create", "", lambda: create(new)),
        row("memory sink: patch", "", lambda: patch(count)),
    ]
    return [Table("Correlator and memory sink, microseconds an event", [*go.names, "kevent"], rows, ".2f")]
