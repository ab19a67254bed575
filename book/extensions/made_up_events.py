"""A list of events in which there is something to find: made up, and written by kevent itself in virtual time.

A pod whose container crashes until its budget is used up, another whose probe fails with ever another port, a kubelet
that restarts, an event that came late, one about a node, a series, and a pod of which there is nothing to say.
"""

from __future__ import annotations

from typing import Any

from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event, EventSeries, EventSource
from kevent.reference import ObjectReference
from kevent.sinks import MemorySink
from kevent.writing import record_to_sink

SECOND = 1_000_000_000
NOON = 1_738_670_400 * SECOND  # 2025-02-04T12:00:00Z


def made_up_events() -> dict[str, Any]:
    """A cluster's events in which there is something to find, as kubectl would print them."""
    now = NOON
    sink = MemorySink(ttl=None, clock=lambda: now)
    correlators: dict[EventSource, EventCorrelator] = {}

    def record(
        at: float, source: EventSource, about: ObjectReference, kind: str, reason: str, message: str, late: float = 0
    ) -> None:
        nonlocal now
        made = NOON + round(at * SECOND)
        now = made + round(late * SECOND)
        if source not in correlators:
            correlators[source] = EventCorrelator(CorrelatorOptions(clock=lambda: now, random=lambda: 0.0))
        correlator = correlators[source]
        event = Event(
            name=f"{about.name}.{made:x}", namespace=about.namespace or "default", involved_object=about, reason=reason,
            message=message, source=source, first_timestamp=made, last_timestamp=made, count=1, type=kind,
            reporting_controller=source.component, reporting_instance=source.host,
        )  # fmt: skip
        record_to_sink(sink, event, correlator)

    kubelet, nodes_of = EventSource("kubelet", "node-1"), EventSource("node-controller")

    def pod(name: str, namespace: str = "shop") -> ObjectReference:
        return ObjectReference("Pod", namespace, name, f"u-{name}", "v1", field_path="spec.containers{app}")

    for number in range(46):
        record(number * 7.3, kubelet, pod("web-0"), "Warning", "BackOff", "Back-off restarting failed container app")
    record(340, kubelet, pod("web-0"), "Normal", "Pulled", 'Container image "web:1" already present on machine')
    for number in range(23):
        at, port = 345 + number * 11, 40_000 + number * 13
        record(
            at,
            kubelet,
            pod("api-5c9"),
            "Warning",
            "Unhealthy",
            f"Readiness probe failed: dial tcp 10.0.0.7:{port}: refused",
        )
    record(600, nodes_of, ObjectReference("Node", "", "node-2", "u-node-2", "v1"), "Normal", "NodeNotReady",
           "Node node-2 status is now: NodeNotReady")  # fmt: skip
    job = ObjectReference("Job", "batch", "job-77", "u-job-77", "batch/v1")
    record(620, EventSource("job-controller"), job, "Normal", "SuccessfulCreate", "Created pod: job-77-x2x", late=41)
    for at in (640, 650, 655):
        record(at, kubelet, pod("old-1"), "Normal", "Killing", "Stopping container app")
        record(at + 2, kubelet, pod("old-2"), "Normal", "Killing", "Stopping container app")
    correlators.clear()  # the kubelet restarts
    for at in (700, 712):
        record(at, kubelet, pod("old-1"), "Normal", "Killing", "Stopping container app")
        record(at + 2, kubelet, pod("old-2"), "Normal", "Killing", "Stopping container app")
    record(760, kubelet, pod("ok-3"), "Normal", "Started", "Started container app")
    now = NOON + 800 * SECOND
    sink.create_through("events.k8s.io/v1", Event(
        name=f"job-78.{NOON + 90 * SECOND:x}", namespace="batch",
        involved_object=ObjectReference("Pod", "batch", "job-78", "u-job-78", "v1"),
        reason="FailedScheduling", message="0/3 nodes are available: 3 Insufficient cpu.", type="Warning",
        action="Scheduling", event_time=NOON + 90 * SECOND, series=EventSeries(37, NOON + 790 * SECOND),
        reporting_controller="default-scheduler",
        reporting_instance="default-scheduler-cp-1",
    ))  # fmt: skip
    items = [{"apiVersion": "v1", "kind": "Event", **event.to_dict()} for event in sink.events()]
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
