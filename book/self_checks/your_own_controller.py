"""Self-checks of chapter 15."""

from __future__ import annotations

import logging

from book.changes import since
from kevent import EventBroadcaster, EventSource, MemorySink, ObjectReference
from kevent.figures.sinks import ScriptedSink
from kevent.runtime import now, sleep
from kevent.sinks import SinkError, StatusError

from .running import quietly, result

POD = ObjectReference("Pod", "default", "web-0", "u-1", "v1")


def the_sink_is_away() -> str:
    """Two refusals, three places, a failure every three seconds: what the fifth failure does to who records it."""

    def scenario():
        sink = ScriptedSink([ConnectionError("connection refused")] * 2)
        broadcaster = EventBroadcaster(release="1.28", queue_length=3, incoming_length=4)
        broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource("web-controller"))
        waited = 0
        for number in range(5):
            pod = ObjectReference("Pod", "default", f"web-{number}", f"uid-{number}", "v1")
            began = now()
            try:
                recorder.event(pod, "Warning", "SyncFailed", f"failure {number}")
            except Exception:
                return "The operator gets an exception."
            waited += now() - began
            sleep(3)
        broadcaster.shutdown(drain=True)
        if waited >= 1_000_000_000:
            return "The operator waits until there is room."
        stored = {event.message for event in sink.events()}
        lost = "event 0 is given up" if "failure 4" in stored else "event 4 is lost"
        return f"The operator goes on, and {lost}."

    with quietly("kevent.recorder", logging.CRITICAL):
        return result(scenario)


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

    return result(scenario)


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

    return result(scenario)


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

    return result(scenario)
