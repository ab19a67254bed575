"""kube-scheduler as a model: what it records, with which recorder, and what a server knows of it in the end."""

from __future__ import annotations

from typing import Any

import pytest

from kevent import Event, MemorySink
from kevent.models.scheduler import Scheduler, fit_error, pod_waits, setup, truncate_message
from kevent.runtime import sleep
from kevent.sinks.events_v1 import EventsV1
from tests.support import simulated


def pod(name: str = "web-0", **metadata: str) -> dict[str, Any]:
    told = {"name": name, "namespace": "shop", "uid": f"u-{name}", "resourceVersion": "7", **metadata}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": told}


def stored(play: Any, *, events_v1: bool = True) -> list[Event]:
    def scenario() -> list[Event]:
        store = MemorySink(ttl=None)
        broadcaster = setup(store, EventsV1(store) if events_v1 else None)
        play(Scheduler.of(broadcaster))
        sleep(1)
        assert broadcaster.shutdown()
        return store.events()

    return simulated(scenario)


def test_what_a_scheduler_records() -> None:
    def play(scheduler: Scheduler) -> None:
        scheduler.became_leader("node-1_5f2a")
        assert not scheduler.skip_pod_schedule(pod())
        assert scheduler.skip_pod_schedule(pod("leaving", deletionTimestamp="2026-11-30T00:00:00Z"))
        scheduler.handle_scheduling_failure(pod(), fit_error(2, {"Insufficient cpu": 2}))
        scheduler.preempt_pod(pod("small"), pod("large"), "node-1")
        scheduler.preempt_pod(pod("early"), pod("large"), "node-1", in_memory=True)
        scheduler.wait_for_devices(pod(), "node-1")
        scheduler.finish_binding(pod(), "node-1")

    found = {
        (event.reason, event.action, event.type, event.involved_object.name, event.message): event
        for event in stored(play)
    }
    assert set(found) == {
        ("LeaderElection", "", "Normal", "kube-scheduler", "node-1_5f2a became leader"),
        ("FailedScheduling", "Scheduling", "Warning", "leaving", "skip schedule deleting pod: shop/leaving"),
        ("FailedScheduling", "Scheduling", "Warning", "web-0", "0/2 nodes are available: 2 Insufficient cpu."),
        ("Preempted", "Preempting", "Normal", "small", "Preempted by pod u-large on node node-1"),
        ("Preempted", "Preempting", "Normal", "early",
         "Preempted by pod u-large on node node-1 (in kube-scheduler memory)."),
        ("BindingConditionsPending", "Scheduling", "Normal", "web-0",
         "waiting for binding conditions for device on node node-1"),
        ("Scheduled", "Binding", "Normal", "web-0", "Successfully assigned shop/web-0 to node-1"),
    }  # fmt: skip
    for (reason, *_), event in found.items():
        newer = reason != "LeaderElection"
        assert event.reporting_controller == "default-scheduler"
        assert event.source.component == ("" if newer else "default-scheduler")
        assert (event.related.name if event.related else "") == ("large" if reason == "Preempted" else "")


def test_a_pod_that_waits_has_two_events_and_a_series() -> None:
    """The first failure changes the pod, and with it the key: the series begins with the second."""
    failed, series, bound = stored(lambda scheduler: pod_waits(scheduler, pod(), tries=6))
    assert [event.reason for event in (failed, series, bound)] == ["FailedScheduling", "FailedScheduling", "Scheduled"]
    assert failed.series is None
    assert series.series is not None
    assert series.series.count == 5
    assert (failed.involved_object.resource_version, series.involved_object.resource_version) == ("7", "8")
    assert failed.message == (
        "0/3 nodes are available: 3 Insufficient cpu. "
        "preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )


def test_without_events_v1_the_older_recorder_counts_it_as_one() -> None:
    failed, bound = stored(lambda scheduler: pod_waits(scheduler, pod(), tries=6), events_v1=False)
    assert (failed.count, failed.series, bound.reason) == (6, None, "Scheduled")


def test_the_reasons_are_sorted_as_texts() -> None:
    assert fit_error(12, {"Insufficient cpu": 9, "node(s) had untolerated taint(s)": 10}) == (
        "0/12 nodes are available: 10 node(s) had untolerated taint(s), 9 Insufficient cpu."
    )
    assert fit_error(0, {}) == "0/0 nodes are available:"


@pytest.mark.parametrize(
    ("message", "note"),
    [("x" * 1024, "x" * 1024), ("x" * 1025, "x" * 1020 + " ..."), ("ü" * 600, "ü" * 510 + " ...")],
)
def test_a_note_is_no_longer_than_a_server_takes(message: str, note: str) -> None:
    assert truncate_message(message) == note
    assert len(note.encode()) <= 1024
