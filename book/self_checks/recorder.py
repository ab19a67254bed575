"""Self-checks of chapter 8."""

from __future__ import annotations

import logging
from itertools import permutations

from kevent import (
    DROP_IF_CHANNEL_FULL,
    Broadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
)
from kevent.correlator import EventCorrelator
from kevent.recorder import BroadcastRecorder
from kevent.runtime import sleep
from kevent.simulation import explore
from kevent.writing import record_to_sink

from .running import quietly, result

KUBELET = EventSource(component="kubelet")
POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1", api_version="v1")


def how_they_arrive() -> str:
    """Three events in a row, a goroutine for each: the orders in which a watcher can receive them."""
    reasons = "Pulling", "Pulled", "Created"

    def scenario() -> str:
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch()
        recorder = BroadcastRecorder(broadcaster, KUBELET, release="1.14")
        for reason in reasons:
            recorder.event(POD, "Normal", reason, "nginx:1.15")
        return " ".join(watcher.result_chan.receive().object.reason for _ in reasons)

    found = {outcome.value for outcome in explore(scenario, max_preemptions=0, progress=False)}
    in_order, reverse = repr(" ".join(reasons)), repr(" ".join(reversed(reasons)))
    if found == {repr(" ".join(order)) for order in permutations(reasons)}:
        return "In any order"
    if found == {in_order}:
        return "In that of the calls"
    return (
        "In that of the calls, or the reverse" if found == {in_order, reverse} else "Pulling first, then in any order"
    )


def what_arrives() -> int:
    """Five calls, some of which make no event: how many reach a watcher."""

    def scenario() -> int:
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch()
        recorder = BroadcastRecorder(broadcaster, KUBELET, release="1.14")
        recorder.event(POD, "Normal", "Pulled", "one")
        recorder.event(POD, "Info", "Pulled", "two")  # type: ignore[arg-type]  # what a checker would find
        recorder.event({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}, "Warning", "Rebooted", "three")
        recorder.event({"kind": "Pod", "metadata": {"name": "web-0"}}, "Normal", "Pulled", "four")
        recorder.event(ObjectReference(kind="Pod"), "Normal", "Pulled", "five")
        sleep(1)  # each event comes in by a goroutine of its own
        broadcaster.shutdown()
        return len(list(watcher))

    with quietly("kevent.recorder", logging.CRITICAL):
        return result(scenario)


def the_same_nanosecond() -> int:
    """Two events about one object at one reading of the clock: how many a sink stores."""

    def scenario() -> int:
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch()
        recorder = BroadcastRecorder(broadcaster, KUBELET, clock=lambda: 1, release="1.14")
        for reason in "Created", "Started":
            recorder.event(POD, "Normal", reason, "app")
        sleep(1)
        broadcaster.shutdown()
        sink, correlator = MemorySink(ttl=None), EventCorrelator(release="1.14")
        for event in watcher:
            record_to_sink(sink, event.object, correlator)
        return len(sink)

    return result(scenario)


def a_pause_between() -> int:
    """In how many orders three events arrive, with a second between the first and the others."""

    def scenario() -> str:
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch()
        recorder = BroadcastRecorder(broadcaster, KUBELET, release="1.14")
        recorder.event(POD, "Normal", "Pulled", "one")
        sleep(1)
        for message in "two", "three":
            recorder.event(POD, "Normal", "Pulled", message)
        return " ".join(watcher.result_chan.receive().object.message for _ in range(3))

    found = explore(scenario, max_preemptions=0, progress=False)
    return len({outcome.value for outcome in found})
