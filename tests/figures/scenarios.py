"""What the figures' tests show: small scenarios with parameters, and one figure of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    CorrelatorOptions,
    Event,
    EventBroadcaster,
    EventSource,
    ObjectReference,
)
from kevent.broadcaster import ADDED, FullChannelBehavior, Watcher
from kevent.figures import (
    CallChain,
    CorrelatorTimeline,
    EventFlow,
    Figure,
    PickTheSchedule,
    PruneTheTree,
    ScriptedSink,
    WaitGroupWord,
)
from kevent.models.kubelet import Dependencies, KubeletServer, new_kubelet_command
from kevent.models.museum.models import add_inside
from kevent.runtime import go, sleep
from kevent.simulation import EPOCH
from kevent.waitgroup import AtomicUint64, WaitGroup

HOSTILE = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>{0}'
"""A message that would do something if it were taken for markup, or for a format."""

POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="1", api_version="v1")


def slow_watcher(
    *,
    queue_length: int = 2,
    when_full: FullChannelBehavior = DROP_IF_CHANNEL_FULL,
    slow: float = 0.1,
    events: int = 8,
    incoming: int = 4,
    release: str = "1.14",
) -> list[Watcher]:
    """One watcher that reads at once, one that takes its time. Returns them, with their own counts."""
    broadcaster = Broadcaster(queue_length, when_full, incoming_length=incoming, release=release)

    def read(watcher: Watcher, pause: float) -> None:
        for _ in watcher:
            if pause:
                sleep(pause)

    watchers = [broadcaster.watch(name=name) for name in ("fast", "slow")]
    for watcher, pause in zip(watchers, (0, slow), strict=True):
        go(read, watcher, pause, name=watcher.name)
    for number in range(events):
        broadcaster.action(ADDED, f"warning {HOSTILE}" if number % 3 == 0 else f"event-{number}")
        sleep(0.02)
    broadcaster.shutdown()
    return watchers


def crowd(*, watchers: int = 8, events: int = 200) -> None:
    """Many events for many watchers."""
    broadcaster = Broadcaster(4, DROP_IF_CHANNEL_FULL, release="1.14")

    def read(watcher: Watcher, pause: float) -> None:
        for _ in watcher:
            sleep(pause)

    for number in range(watchers):
        go(read, broadcaster.watch(name=f"watcher-{number}"), 0.01 * number, name=f"watcher-{number}")
    for number in range(events):
        broadcaster.action(ADDED, f"event-{number}")
        if number % 4 == 3:
            sleep(0.01)
    broadcaster.shutdown()


def unreachable_sink(*, burst_size: int = 4, failures: int = 2, release: str = "1.14") -> None:
    """A log, and a sink that cannot be reached for a while."""

    def fail(call: int) -> Exception | None:
        return ConnectionError("connection refused") if 1 <= call <= failures else None

    options = CorrelatorOptions(burst_size=burst_size)
    broadcaster = EventBroadcaster(queue_length=3, incoming_length=4, correlator_options=options, release=release)
    recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))
    broadcaster.start_event_watcher(lambda event: None, name="log")
    broadcaster.start_recording_to_sink(ScriptedSink(fail), name="sink")
    for number in range(8):
        recorder.event(POD, "Warning", "Unhealthy", f"probe {number // 2} failed")
        sleep(3)
    broadcaster.shutdown(timeout=None)


def group(*, mistake: str = "none") -> None:
    """Two workers and somebody who waits for them, or a way to do it wrong."""
    waiting = WaitGroup("group")

    def work() -> None:
        sleep(0.1)
        waiting.done()

    waiting.add(2 if mistake == "none" else 1)
    go(work, name="worker-a")
    go(work, name="worker-b")
    waiting.wait()


def probes(*, rate: float = 2.0, count: int = 40) -> Iterator[tuple[float, Event]]:
    """A probe that fails again and again, now and then with another message."""
    for number in range(count):
        time = EPOCH + round((number + 1) / rate * 1e9)
        yield 1 / rate, Event(
            name=f"web-0.{number}", namespace="default", involved_object=POD, reason="Unhealthy", type="Warning",
            message=f"{HOSTILE} {number}" if number % 2 else "HTTP probe failed", count=1,
            first_timestamp=time, last_timestamp=time, source=EventSource(component="kubelet"),
        )  # fmt: skip


def kubelet(*, api_server: bool = True) -> None:
    """The kubelet's own way to its recorder."""
    dependencies = Dependencies(event_client=ScriptedSink())
    new_kubelet_command(KubeletServer(kubeconfig=api_server), dependencies).execute()
    assert dependencies.broadcaster is not None
    dependencies.broadcaster.shutdown()


def four_additions(*, words: int = 2) -> None:
    """Two goroutines that add twice each, to a word of its own or to the same."""
    shared = [AtomicUint64(name=f"word {number}") for number in range(words)]

    def add_twice(word: AtomicUint64) -> None:
        word.add(1)
        word.add(1)

    go(add_twice, shared[0], name="a")
    go(add_twice, shared[-1], name="b")


@cache
def figures() -> dict[str, Figure]:
    """One figure of each kind, by its kind."""
    full = [DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL]
    grid: dict[str, list[Any]] = {"queue_length": [2, 1, 4], "when_full": full, "slow": [0.1, 0.02]}
    made = [
        EventFlow(slow_watcher, grid, title="One slow watcher"),
        WaitGroupWord(group, {"mistake": ["none", "one done too many"]}, memory=True),
        CallChain(kubelet, {"api_server": [True, False]}),
        CorrelatorTimeline(probes, {"burst_size": [25, 5], "max_events": [10, 4]}),
        PickTheSchedule(add_inside),
        PruneTheTree(four_additions, {"words": [2, 1]}),
    ]
    return {figure.kind: figure for figure in made}
