"""Self-checks of chapter 15."""

from __future__ import annotations

from book.changes import since
from kevent import EventBroadcaster, EventSource, MemorySink, ObjectReference
from kevent.simulation import simulate
from kevent.sinks import SinkError, StatusError

POD = ObjectReference("Pod", "default", "web-0", "u-1", "v1")


def _result(scenario):
    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return run.result


def create_without_patch() -> int:
    """A role that allows create and not patch: what count a failure has that happened ten times."""

    class NoPatch(MemorySink):
        def patch(self, event, patch):
            raise StatusError.forbidden("events", event.name, "no right to patch")

    def scenario():
        sink = NoPatch()
        with EventBroadcaster(release="1.14") as broadcaster:
            broadcaster.start_recording_to_sink(sink)
            recorder = broadcaster.new_recorder(EventSource("app"))
            for _ in range(10):
                recorder.event(POD, "Warning", "Failed", "it broke")
        (stored,) = sink.events()
        return stored.count

    return _result(scenario)


def many_objects() -> int:
    """A hundred pods fail once each: how many are written."""

    def scenario():
        sink = MemorySink()
        with EventBroadcaster(release="1.14") as broadcaster:
            broadcaster.start_recording_to_sink(sink)
            recorder = broadcaster.new_recorder(EventSource("app"))
            for number in range(100):
                pod = ObjectReference("Pod", "default", f"web-{number}", f"u-{number}", "v1")
                recorder.event(pod, "Warning", "Failed", "it broke")
        return len(sink.events())

    return _result(scenario)


def calls_after_shutdown() -> int:
    """Five events, a sink that cannot be reached, and shutdown at once: how often the sink is called."""

    def scenario():
        calls = []

        class Gone(MemorySink):
            def create(self, event):
                calls.append(event)
                raise SinkError("connection refused")

        broadcaster = EventBroadcaster(release=since("retries"))
        broadcaster.start_recording_to_sink(Gone())
        recorder = broadcaster.new_recorder(EventSource("app"))
        for number in range(5):
            pod = ObjectReference("Pod", "default", f"web-{number}", f"u-{number}", "v1")
            recorder.event(pod, "Warning", "Failed", "it broke")
        broadcaster.shutdown(timeout=None)
        return len(calls)

    return _result(scenario)
