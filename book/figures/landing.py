"""The figure of the landing page: its first sentence, small enough to watch."""

from __future__ import annotations

from kevent import EventBroadcaster, EventSource, ObjectReference
from kevent.figures import EventFlow, ScriptedSink
from kevent.runtime import go, sleep

EVENTS = 10


def unanswered() -> EventFlow:
    """A kubelet, a log, and a sink that gets no answer from the API server until all is over."""
    return EventFlow(
        _unanswered,
        {"places": [3, 6, 9]},
        title="Ten events, and an API server that does not answer",
        labels={"places": "places in each queue"},
    )


def _unanswered(places: int) -> None:
    broadcaster = EventBroadcaster(queue_length=places)
    broadcaster.start_event_watcher(lambda event: None, name="log")
    sink = ScriptedSink(takes=lambda call: 30 if call == 0 else 0)
    broadcaster.start_recording_to_sink(sink, name="sink")
    recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))

    def kubelet() -> None:
        for number in range(EVENTS):
            pod = ObjectReference(kind="Pod", namespace="default", name=f"web-{number}", uid=str(number))
            recorder.event(pod, "Normal", "Pulled", 'Container image "web:1" already present on machine')
            sleep(0.001)

    go(kubelet, name="kubelet").join()
    sleep(60)
    broadcaster.shutdown(timeout=None)
