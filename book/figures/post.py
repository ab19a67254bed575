"""Figures for the page about the post, where the tour's run does not show the point."""

from __future__ import annotations

from kevent import EventBroadcaster, EventSource, ObjectReference
from kevent.figures import CallChain, EventFlow, ScriptedSink
from kevent.models.kubelet import Dependencies, KubeletServer, new_kubelet_command
from kevent.runtime import go


def call() -> CallChain:
    """The kubelet's start, opened where makeEventRecorder is called."""
    figure = CallChain(_kubelet_starts, title="Where makeEventRecorder is called")
    board = next(iter(figure.storyboards.values()))
    board.opens = next(n for n, scene in enumerate(board.scenes) if "calls makeEventRecorder" in scene.sentence)
    return figure


def _kubelet_starts() -> None:
    dependencies = Dependencies(event_client=ScriptedSink())
    new_kubelet_command(KubeletServer(), dependencies).execute()
    if dependencies.broadcaster is not None:
        dependencies.broadcaster.shutdown()


def restart() -> EventFlow:
    """A kubelet that records why it restarts, and exits: what if it had trusted the queue?"""
    return EventFlow(_trusts_the_queue, title="A kubelet that trusts the queue, and exits")


def _trusts_the_queue() -> None:
    def kubelet() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(ScriptedSink(takes=0.02), name="sink")
        recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))
        node = ObjectReference(kind="Node", name="node-1", uid="node-1")
        recorder.event(node, "Normal", "KubeletConfigChanged", "Kubelet will restart to use its new configuration")
        raise SystemExit("the kubelet has exited")

    go(kubelet, name="kubelet").join()
