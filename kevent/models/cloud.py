"""Two controllers of the cloud controller manager: one whose reasons are words, and one whose reasons are sentences.

In Go: `pkg/controller/service` and `pkg/controller/cloud`, read at v1.15.0; around v1.16.0-alpha.2 the events are the
same. Here: how they go round, and every event of the two loops. Not here: finalizers, the cache of services, taints,
what a change of a service's fields records (`Type`, `LoadbalancerIP` and others), leader election, and the route
controller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kevent import runtime
from kevent.event import EVENT_TYPE_NORMAL, EVENT_TYPE_WARNING
from kevent.recorder import EventRecorder
from kevent.reference import ObjectReference

__all__ = [
    "MAX_RETRY_DELAY",
    "MIN_RETRY_DELAY",
    "NODE_MONITOR_PERIOD",
    "NODE_SYNC_PERIOD",
    "CloudNode",
    "LoadBalancer",
    "NodeLifecycleController",
    "ServiceController",
]

MIN_RETRY_DELAY = 5.0
"""Seconds before a service that could not be synced is tried again; doubled each time.

In Go: `minRetryDelay`, pkg/controller/service/service_controller.go, line 60 at v1.15.0.
"""

MAX_RETRY_DELAY = 300.0
"""What doubling the delay ends at, in seconds. In Go: `maxRetryDelay`, the line after that."""

NODE_SYNC_PERIOD = 100.0
"""Seconds between two looks at the set of nodes. In Go: `nodeSyncPeriod`, line 55 of the same file."""

NODE_MONITOR_PERIOD = 5.0
"""Seconds between two looks at each node, by default.

In Go: the option `node-monitor-period`, pkg/controller/apis/config/v1alpha1/defaults.go, lines 130 to 132 at v1.15.0.
"""

Manifest = dict[str, Any]


class LoadBalancer(Protocol):
    """What a cloud can do for a service; each may raise. In Go: `cloudprovider.LoadBalancer`."""

    def exists(self, service: Manifest) -> bool:
        """In Go: `GetLoadBalancer`."""

    def ensure(self, service: Manifest, hosts: Sequence[str]) -> None:
        """In Go: `EnsureLoadBalancer`."""

    def update(self, service: Manifest, hosts: Sequence[str]) -> None:
        """In Go: `UpdateLoadBalancer`."""

    def delete(self, service: Manifest) -> None:
        """In Go: `EnsureLoadBalancerDeleted`."""


class ServiceController:
    """Keeps a load balancer for each service that wants one, as "service-controller". In Go: `ServiceController`."""

    def __init__(self, recorder: EventRecorder, balancer: LoadBalancer, hosts: Callable[[], Sequence[str]]) -> None:
        self.recorder = recorder
        self._balancer = balancer
        self._hosts = hosts
        self._known_hosts: Sequence[str] = ()
        self._to_update: list[Manifest] = []
        self._services: list[Manifest] = []

    def sync_until_done(self, service: Manifest, *, tries: int) -> bool:
        """Sync a service, and again after a longer and longer pause while that fails; say whether it was done.

        In Go: a worker and its rate-limited queue, which never give up.
        """
        delay = MIN_RETRY_DELAY
        for _ in range(tries):
            if self.process_service_create_or_update(service):
                return True
            runtime.sleep(delay)
            delay = min(2 * delay, MAX_RETRY_DELAY)
        return False

    def process_service_create_or_update(self, service: Manifest) -> bool:
        """Sync a service once; say whether it worked. In Go: `processServiceCreateOrUpdate`."""
        if service not in self._services:
            self._services.append(service)
        try:
            self._sync_load_balancer_if_needed(service)
        except Exception as error:
            self.recorder.eventf(
                service, EVENT_TYPE_WARNING, "SyncLoadBalancerFailed", "Error syncing load balancer: %v", error
            )
            return False
        return True

    def _sync_load_balancer_if_needed(self, service: Manifest) -> None:
        """In Go: `syncLoadBalancerIfNeeded`."""
        record = self.recorder.event
        if not _wants_load_balancer(service):
            if self._balancer.exists(service):
                record(service, EVENT_TYPE_NORMAL, "DeletingLoadBalancer", "Deleting load balancer")
                _explained("failed to delete load balancer", self._balancer.delete, service)
            record(service, EVENT_TYPE_NORMAL, "DeletedLoadBalancer", "Deleted load balancer")
            return
        record(service, EVENT_TYPE_NORMAL, "EnsuringLoadBalancer", "Ensuring load balancer")
        hosts = self._hosts()
        self._warn_if_none(service, hosts)
        _explained("failed to ensure load balancer", self._balancer.ensure, service, hosts)
        record(service, EVENT_TYPE_NORMAL, "EnsuredLoadBalancer", "Ensured load balancer")

    def node_sync_loop(self) -> None:
        """Tell every load balancer which nodes there are, if that has changed. In Go: `nodeSyncLoop`."""
        hosts = self._hosts()
        if set(hosts) != set(self._known_hosts):
            self._to_update = list(self._services)
            self._known_hosts = list(hosts)
        self._to_update = [service for service in self._to_update if not self._update_hosts(service, hosts)]

    def _update_hosts(self, service: Manifest, hosts: Sequence[str]) -> bool:
        """In Go: `lockedUpdateLoadBalancerHosts`."""
        if not _wants_load_balancer(service):
            return True
        try:
            self._balancer.update(service, hosts)
        except Exception as error:
            if not self._balancer.exists(service):
                return True
            self.recorder.eventf(
                service, EVENT_TYPE_WARNING, "UpdateLoadBalancerFailed",
                "Error updating load balancer with new hosts %v: %v", _go_set(hosts), error,
            )  # fmt: skip
            return False
        if not self._warn_if_none(service, hosts):
            message = "Updated load balancer with new hosts"
            self.recorder.event(service, EVENT_TYPE_NORMAL, "UpdatedLoadBalancer", message)
        return True

    def _warn_if_none(self, service: Manifest, hosts: Sequence[str]) -> bool:
        if not hosts:
            message = "There are no available nodes for LoadBalancer"
            self.recorder.event(service, EVENT_TYPE_WARNING, "UnAvailableLoadBalancer", message)
        return not hosts


def _wants_load_balancer(service: Manifest) -> bool:
    return bool(service.get("spec", {}).get("type") == "LoadBalancer")


def _explained(what: str, function: Callable[..., None], *arguments: object) -> None:
    try:
        function(*arguments)
    except Exception as error:
        raise RuntimeError(f"{what}: {error}") from error


def _go_set(names: Iterable[str]) -> str:
    """How `%v` shows a `sets.String`."""
    return f"map[{' '.join(f'{name}:{{}}' for name in sorted(names))}]"


@dataclass
class CloudNode:
    """A node as the lifecycle controller sees it."""

    name: str
    uid: str
    ready: bool = True
    shut_down: bool = False


class NodeLifecycleController:
    """Deletes nodes whose machine is gone. In Go: `CloudNodeLifecycleController`.

    Its source is "cloud-node-lifecycle-controller". `nodes` lists the nodes, `exists` asks the cloud for a node's
    machine, `delete` deletes a node and says whether it could.
    """

    def __init__(
        self,
        recorder: EventRecorder,
        *,
        nodes: Callable[[], Sequence[CloudNode]],
        exists: Callable[[CloudNode], bool],
        delete: Callable[[CloudNode], bool],
    ) -> None:
        self.recorder = recorder
        self._nodes = nodes
        self._exists = exists
        self._delete = delete

    def monitor_nodes(self) -> None:
        """Look at each node once. In Go: `MonitorNodes`.

        The reason is a sentence with the node's name in it, and the message contains the word that would be a reason.
        """
        for node in list(self._nodes()):
            if node.ready or node.shut_down or self._exists(node):
                continue
            about = ObjectReference(kind="Node", name=node.name, uid=node.uid)
            reason = f"Deleting node {node.name} because it does not exist in the cloud provider"
            self.recorder.eventf(about, EVENT_TYPE_NORMAL, reason, "Node %s event: %s", node.name, "DeletingNode")
            self._delete(node)
