"""The model of the eviction manager: when it acts, on whom, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kevent import EventBroadcaster, EventSource
from kevent.models.eviction import EvictionManager, Observation, RunningPod
from kevent.runtime import sleep
from kevent.simulation import simulate
from tests.support import NODE

LOW = {"memory.available": Observation(99 << 20, 1 << 30)}
Said = list[tuple[float, str, str, str]]


def pod(name: str, priority: int = 0, above: int = 0) -> RunningPod:
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}}
    return RunningPod(manifest, priority, {"memory": 100}, {"memory": 100 + above})


def said(seconds: float, pods: list[RunningPod], observe: Callable[[], dict[str, Observation]], **options: Any) -> Said:
    """Run a manager; what it recorded: seconds, object, reason, message."""
    recorded: Said = []

    def kill(pod: RunningPod) -> bool:
        pods.remove(pod)
        return True

    def scenario() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(
            lambda event: recorded.append(
                (
                    round((event.first_timestamp or 0) / 1e9 - 1549324800, 3),
                    event.involved_object.name,
                    event.reason,
                    event.message,
                )
            )
        )
        recorder = broadcaster.new_recorder(EventSource("kubelet", "node-1"))
        settings = {"kill_pod": kill, **options}
        manager = EvictionManager(recorder, NODE, observe=observe, active_pods=lambda: pods, **settings)
        manager.start()
        sleep(seconds)
        manager.stop()
        broadcaster.shutdown()

    run = simulate(scenario)
    assert run.error is None
    return recorded


def test_nothing_is_said_while_nothing_is_low() -> None:
    enough = {
        "memory.available": Observation(100 << 20, 1 << 30),
        "nodefs.available": Observation(10, 100),
        "nodefs.inodesFree": Observation(5, 100),
        "imagefs.available": Observation(15, 100),
    }
    assert said(60, [pod("a")], lambda: enough) == []


@pytest.mark.parametrize(
    ("signal", "resource"),
    [("nodefs.available", "nodefs"), ("nodefs.inodesFree", "nodefsInodes"), ("imagefs.available", "imagefs")],
)
def test_a_share_of_the_capacity_is_a_threshold(signal: str, resource: str) -> None:
    (first, second) = said(1, [pod("a")], lambda: {signal: Observation(4, 100)})
    assert first == (0, "node-1", "EvictionThresholdMet", f"Attempting to reclaim {resource}")
    assert second == (0, "a", "Evicted", f"The node was low on resource: {resource}.")


def test_memory_is_reclaimed_first() -> None:
    low = {"nodefs.available": Observation(1, 100), **LOW}
    assert {message for *_, message in said(0.5, [], lambda: low)} == {"Attempting to reclaim memory"}


def test_one_pod_goes_at_a_time_and_the_next_when_its_resources_are_back() -> None:
    pods = [pod("dear", priority=9, above=50), pod("modest", above=-50), pod("over", above=10), pod("far", above=90)]
    evicted = [(time, name) for time, name, reason, _ in said(3.5, pods, lambda: LOW) if reason == "Evicted"]
    assert evicted == [(0, "far"), (1, "over"), (2, "dear"), (3, "modest")]


def test_it_waits_thirty_seconds_for_resources_that_do_not_come_back() -> None:
    times = [
        time
        for time, *_, reason, _ in said(35, [pod("a"), pod("b")], lambda: LOW, cleaned_up=lambda pod: False)
        if reason == "Evicted"
    ]
    assert times == [0, 30]


def test_what_is_reclaimed_on_the_node_saves_the_pods() -> None:
    told = said(25, [pod("a")], lambda: LOW, reclaim=lambda resource: resource == "memory")
    assert [(time, reason) for time, _, reason, _ in told] == [
        (0, "EvictionThresholdMet"), (10, "EvictionThresholdMet"), (20, "EvictionThresholdMet"),
    ]  # fmt: skip


def test_an_eviction_that_fails_has_been_recorded_all_the_same() -> None:
    told = said(0.5, [pod("a")], lambda: LOW, kill_pod=lambda pod: False)
    assert [reason for *_, reason, _ in told] == ["EvictionThresholdMet", "Evicted"]
