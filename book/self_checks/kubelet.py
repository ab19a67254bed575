"""Self-checks of chapter 3."""

from __future__ import annotations

from kevent import EventBroadcaster, EventSource, FakeRecorder, MemorySink, ObjectReference
from kevent.models.kubelet import Dependencies, KubeletServer, new_kubelet_command
from kevent.runtime import sleep

from .running import finished, result


def between_two_lines() -> str:
    """An event is recorded after the recorder is made and before the log and the sink are there: who gets it."""

    def scenario():
        broadcaster, sink, logged = EventBroadcaster(release="1.21"), MemorySink(), []
        recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))
        recorder.event(ObjectReference(kind="Node", name="node-1", uid="node-1"), "Normal", "Early", "too early")
        broadcaster.start_logging(lambda *line: logged.append(line), name="log")
        broadcaster.start_recording_to_sink(sink, name="sink")
        sleep(60)
        soon = len(logged), len(sink)
        sleep(3600)
        return soon, (len(logged), len(sink))

    soon, later = result(scenario)
    if soon != later:
        return "Nobody yet: the recorder keeps it, and tries again"
    return {
        (1, 1): "The log and the sink, when they are there",
        (1, 0): "The log alone: it has asked in time",
        (0, 0): "Nobody",
    }[soon]


def standalone() -> int:
    """How many goroutines a kubelet without an API server has for its events."""

    def scenario():
        dependencies = Dependencies(event_client=MemorySink())
        new_kubelet_command(KubeletServer(kubeconfig=False), dependencies).execute()
        dependencies.broadcaster.shutdown()

    return sum(step.operation == "go" for step in finished(scenario).trace)


def given_a_recorder() -> int:
    """How many watchers are started for a kubelet that is given a recorder, as in a test."""

    def scenario():
        recorder = FakeRecorder(10, release="1.14")
        new_kubelet_command(dependencies=Dependencies(MemorySink(), recorder)).execute()

    return sum(step.operation == "go" for step in finished(scenario).trace)


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

    return result(scenario)
