"""Self-checks of chapter 18."""

from __future__ import annotations

from kevent import EventBroadcaster, EventSource, MemorySink
from kevent.correlator import get_spam_key
from kevent.models.cloud import NODE_MONITOR_PERIOD, CloudNode, NodeLifecycleController, ServiceController
from kevent.runtime import sleep

from .running import result


def _told(component, tell, ttl=None):
    """What is stored, and what was recorded, when `tell` is given a recorder of this component."""

    def scenario():
        sink, recorded = MemorySink(ttl=ttl), []
        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_recording_to_sink(sink, name="sink")
        broadcaster.start_event_watcher(recorded.append, name="all")
        tell(broadcaster.new_recorder(EventSource(component)))
        broadcaster.shutdown()
        return sink.events(), recorded

    return result(scenario)


def the_next_morning() -> str:
    """A service without a load balancer, a hundred tries, a server that forgets after an hour: what is left."""

    def tell(recorder):
        services = ServiceController(recorder, _NoAddressLeft(), lambda: ["node-1"])
        services.sync_until_done(_service("web"), tries=100)

    left = {event.reason for event in _told("service-controller", tell, ttl=3600)[0]}
    if left == {"EnsuringLoadBalancer", "SyncLoadBalancerFailed"}:
        return "Both events, each with a count"
    if left == {"EnsuringLoadBalancer"}:
        return "Only that somebody is trying"
    return "Only the failures" if left else "Nothing: it forgets after an hour"


def undeletable() -> int:
    """A node that cannot be deleted, looked at 120 times: events stored."""

    def tell(recorder):
        controller = NodeLifecycleController(
            recorder,
            nodes=lambda: [CloudNode("node-7", "uid-7", ready=False)],
            exists=lambda node: False,
            delete=lambda node: False,
        )
        for _ in range(120):
            controller.monitor_nodes()
            sleep(NODE_MONITOR_PERIOD)

    return len(_told("cloud-node-lifecycle-controller", tell)[0])


class _NoAddressLeft:
    def exists(self, service):
        return True

    def ensure(self, service, hosts):
        raise RuntimeError("no address left")


def _service(name):
    metadata = {"name": name, "namespace": "shop", "uid": name}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer"}}


def two_services() -> str:
    """Two services that fail: whether their events pay from one bucket."""

    def tell(recorder):
        controller = ServiceController(recorder, _NoAddressLeft(), lambda: ["node-1"])
        for name in ("web", "shop"):
            controller.process_service_create_or_update(_service(name))

    budgets = {get_spam_key(event) for event in _told("service-controller", tell)[1]}
    return "Each has its own budget." if len(budgets) == 2 else "They share one budget."


class _OnlyTheEnd:
    """A recorder that keeps quiet about beginnings."""

    def __init__(self, recorder):
        self._recorder = recorder
        self.eventf = recorder.eventf

    def event(self, about, event_type, reason, message):
        if reason != "EnsuringLoadBalancer":
            self._recorder.event(about, event_type, reason, message)


def without_ensuring() -> int:
    """A hundred tries of which only the end is recorded: how many writes."""

    def scenario():
        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_recording_to_sink(MemorySink(ttl=None), name="sink")
        recorder = _OnlyTheEnd(broadcaster.new_recorder(EventSource("service-controller")))
        ServiceController(recorder, _NoAddressLeft(), lambda: ["node-1"]).sync_until_done(_service("web"), tries=100)
        broadcaster.shutdown()
        (sink,) = broadcaster.statistics().sinks
        return sink.created + sink.patched

    return result(scenario)
