"""The models of the cloud controller manager: what each controller says, in which order, and when it says it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kevent import Event, EventBroadcaster, EventRecorder, EventSource
from kevent.models.cloud import CloudNode, NodeLifecycleController, ServiceController
from kevent.simulation import EPOCH, simulate

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
    "spec": {"type": "LoadBalancer"},
}


class Cloud:
    """Does what it is told to, or refuses."""

    def __init__(self, *, there: bool = True, refuses: int = 0) -> None:
        self.there = there
        self.refuses = refuses
        self.asked: list[tuple[str, list[str]]] = []

    def exists(self, service: dict[str, Any]) -> bool:
        return self.there

    def ensure(self, service: dict[str, Any], hosts: Sequence[str]) -> None:
        self._do("ensure", hosts)

    def update(self, service: dict[str, Any], hosts: Sequence[str]) -> None:
        self._do("update", hosts)

    def delete(self, service: dict[str, Any]) -> None:
        self._do("delete", ())

    def _do(self, verb: str, hosts: Sequence[str]) -> None:
        self.asked.append((verb, list(hosts)))
        if self.refuses:
            self.refuses -= 1
            raise RuntimeError("no")


def recorded(tell: Callable[[EventRecorder], object]) -> list[Event]:
    events: list[Event] = []

    def scenario() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(events.append)
        tell(broadcaster.new_recorder(EventSource("test")))
        broadcaster.shutdown()

    run = simulate(scenario)
    assert run.error is None
    return events


def said(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.type, event.reason, event.message) for event in events]


def test_a_load_balancer_is_ensured() -> None:
    cloud = Cloud()
    events = recorded(
        lambda recorder: ServiceController(recorder, cloud, lambda: ["a"]).sync_until_done(SERVICE, tries=9)
    )
    assert said(events) == [
        ("Normal", "EnsuringLoadBalancer", "Ensuring load balancer"),
        ("Normal", "EnsuredLoadBalancer", "Ensured load balancer"),
    ]
    assert cloud.asked == [("ensure", ["a"])]


def test_a_refusal_is_told_and_tried_again_after_a_longer_and_longer_pause() -> None:
    cloud = Cloud(refuses=9)
    events = recorded(
        lambda recorder: ServiceController(recorder, cloud, lambda: ["a"]).sync_until_done(SERVICE, tries=9)
    )
    failed = [event for event in events if event.type == "Warning"]
    assert said(failed[:1]) == [
        ("Warning", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: no")
    ]
    times = [round(((event.first_timestamp or 0) - EPOCH) / 1e9) for event in failed]
    assert times == [0, 5, 15, 35, 75, 155, 315, 615, 915]


def test_no_node_is_worth_a_warning() -> None:
    events = recorded(
        lambda recorder: ServiceController(recorder, Cloud(), list).process_service_create_or_update(SERVICE)
    )
    assert [reason for _, reason, _ in said(events)] == [
        "EnsuringLoadBalancer", "UnAvailableLoadBalancer", "EnsuredLoadBalancer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "reasons"),
    [(True, ["DeletingLoadBalancer", "DeletedLoadBalancer"]), (False, ["DeletedLoadBalancer"])],
)
def test_a_service_that_wants_none_loses_the_one_it_has(there: bool, reasons: list[str]) -> None:
    plain = SERVICE | {"spec": {"type": "ClusterIP"}}
    cloud = Cloud(there=there)
    events = recorded(lambda recorder: ServiceController(recorder, cloud, list).process_service_create_or_update(plain))
    assert [reason for _, reason, _ in said(events)] == reasons


def test_new_nodes_are_told_once_and_again_after_a_failure() -> None:
    cloud = Cloud()
    hosts = ["b", "a"]

    def tell(recorder: EventRecorder) -> None:
        controller = ServiceController(recorder, cloud, lambda: hosts)
        controller.process_service_create_or_update(SERVICE)
        cloud.refuses = 1
        for _ in range(3):
            controller.node_sync_loop()

    assert said(recorded(tell))[2:] == [
        ("Warning", "UpdateLoadBalancerFailed", "Error updating load balancer with new hosts map[a:{} b:{}]: no"),
        ("Normal", "UpdatedLoadBalancer", "Updated load balancer with new hosts"),
    ]


def test_who_has_no_load_balancer_is_told_nothing_about_hosts() -> None:
    """A service that wants none, one whose balancer has gone meanwhile, and one that is left without a node."""
    cloud = Cloud()
    hosts = ["a"]

    def tell(recorder: EventRecorder) -> None:
        controller = ServiceController(recorder, cloud, lambda: hosts)
        for service in (SERVICE, SERVICE | {"spec": {"type": "ClusterIP"}}):
            controller.process_service_create_or_update(service)
        cloud.there, cloud.refuses = False, 1
        hosts.append("b")
        controller.node_sync_loop()
        cloud.there = True
        hosts.clear()
        controller.node_sync_loop()

    asked = [event.reason for event in recorded(tell)]
    assert asked == [
        "EnsuringLoadBalancer", "EnsuredLoadBalancer", "DeletingLoadBalancer", "DeletedLoadBalancer",
        "UnAvailableLoadBalancer",
    ]  # fmt: skip


def test_only_a_node_that_is_gone_is_deleted() -> None:
    nodes = [
        CloudNode("ready", "1"),
        CloudNode("off", "2", ready=False, shut_down=True),
        CloudNode("there", "3", ready=False),
        CloudNode("gone", "4", ready=False),
    ]
    deleted: list[str] = []

    def tell(recorder: EventRecorder) -> None:
        NodeLifecycleController(
            recorder,
            nodes=lambda: nodes,
            exists=lambda node: node.name == "there",
            delete=lambda node: deleted.append(node.name) is None,
        ).monitor_nodes()

    (event,) = recorded(tell)
    assert deleted == ["gone"]
    assert event.reason == "Deleting node gone because it does not exist in the cloud provider"
    assert event.message == "Node gone event: DeletingNode"
    assert (event.involved_object.uid, event.namespace, event.type) == ("4", "default", "Normal")
