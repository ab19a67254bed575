"""Self-checks of chapter 3."""

from __future__ import annotations

from kevent import FakeRecorder, MemorySink
from kevent.models.kubelet import Dependencies, KubeletServer, new_kubelet_command
from kevent.simulation import simulate


def _run(scenario):
    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return run


def standalone() -> int:
    """How many goroutines a kubelet without an API server has for its events."""

    def scenario():
        dependencies = Dependencies(event_client=MemorySink())
        new_kubelet_command(KubeletServer(kubeconfig=False), dependencies).execute()
        dependencies.broadcaster.shutdown()

    return sum(step.operation == "go" for step in _run(scenario).trace)


def given_a_recorder() -> int:
    """How many watchers are started for a kubelet that is given a recorder, as in a test."""

    def scenario():
        recorder = FakeRecorder(10, release="1.14")
        new_kubelet_command(dependencies=Dependencies(MemorySink(), recorder)).execute()

    return sum(step.operation == "go" for step in _run(scenario).trace)


def five_evictions() -> int:
    """Five pods are evicted because the memory is short: how many objects that makes."""

    def scenario():
        dependencies = Dependencies(event_client=MemorySink())
        kubelet = new_kubelet_command(dependencies=dependencies).execute()
        for number in range(5):
            metadata = {"name": f"web-{number}", "namespace": "default", "uid": f"u-{number}"}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
            kubelet.evict(pod, "app", "memory", "700Mi", "256Mi")
        dependencies.broadcaster.shutdown()
        return len([event for event in dependencies.event_client.events() if event.reason != "Starting"])

    return _run(scenario).result
