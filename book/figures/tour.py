"""One run for the whole tour: a pod that starts, crashes and crashes again, and a kubelet that says so each time.

Every stop shows the same recording, opened at the moment that it is about; the word of `distributing` is drawn by
itself, out of the same run.
"""

from __future__ import annotations

from functools import cache

from kevent import EventBroadcaster, EventSource, ObjectReference
from kevent.figures import EventFlow, ScriptedSink, WaitGroupWord
from kevent.runtime import go, now, sleep

BACK_OFFS = 34
"""How often the kubelet reports that it waits before it starts the container again."""

EVERY = 15
"""Seconds between two reports."""

AWAY = (60, 200)
"""When the API server does not answer, in seconds after the start."""

PLACES = 3
"""Places in the queue of each watcher. client-go has 1,000; what happens at a full one is the same."""

STARTS = (
    ("Pulled", 'Container image "web:1" already present on machine'),
    ("Created", "Created container: app"),
    ("Started", "Started container app"),
)
"""What the kubelet records in one breath when the container starts."""


def one_pod() -> None:
    """A kubelet, a log and a sink, from the first event to the shutdown."""
    start = now()

    def fail(call: int) -> Exception | None:
        since = (now() - start) / 1e9
        return ConnectionRefusedError("connection refused") if AWAY[0] <= since < AWAY[1] else None

    def kubelet() -> None:
        broadcaster = EventBroadcaster(queue_length=PLACES)
        broadcaster.start_event_watcher(lambda event: None, name="log")
        broadcaster.start_recording_to_sink(ScriptedSink(fail), name="sink")
        recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))
        pod = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="4f1c")
        sleep(1)
        for reason, message in STARTS:
            recorder.event(pod, "Normal", reason, message)
        for _ in range(BACK_OFFS):
            sleep(EVERY)
            recorder.event(pod, "Warning", "BackOff", "Back-off restarting failed container")
        sleep(EVERY)
        broadcaster.shutdown(timeout=None)

    go(kubelet, name="kubelet").join()


@cache
def way() -> EventFlow:
    """The way of its events."""
    return EventFlow(one_pod, title="One pod's BackOff")


@cache
def word() -> WaitGroupWord:
    """The wait group by which a shutdown knows that the loop has finished."""
    return WaitGroupWord(
        one_pod,
        name="distributing",
        title="The word of distributing",
        alt="Each step on the word as a sum: counter on the left, waiters on the right.",
    )
