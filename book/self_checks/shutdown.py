"""Self-checks of chapter 11."""

from __future__ import annotations

import logging

from kevent import (
    DROP_IF_CHANNEL_FULL,
    Broadcaster,
    Event,
    EventBroadcaster,
    EventSource,
    ObjectReference,
)
from kevent.figures.sinks import ScriptedSink
from kevent.recorder import BroadcastRecorder
from kevent.runtime import sleep
from kevent.simulation import explore, simulate

from .running import quietly, result

POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
DEMO = EventSource(component="demo")


def _written_at_an_exit(count: int) -> int:
    """Events 20 ms apart, a sink of 60 ms: how many are written when Shutdown returns as in Go."""

    def scenario() -> int:
        written: list[Event] = []

        def write(event: Event) -> None:
            sleep(0.06)
            written.append(event)

        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_event_watcher(write)
        recorder = broadcaster.new_recorder(DEMO)
        for number in range(count):
            recorder.event(POD, "Normal", "Started", f"number {number}")
            sleep(0.02)
        broadcaster.shutdown(timeout=0)
        return len(written)

    return result(scenario)


def five_events_and_an_exit() -> str:
    """Five events 20 ms apart, a sink of 60 ms, a shutdown as in Go and the end of the process: what is written."""
    return {
        5: "Five: the sink reads its queue to the end",
        2: "Two: the sink finishes the event in its hands",
        1: "One: the rest goes with the process",
    }[_written_at_an_exit(5)]


def ten_events_and_an_exit() -> int:
    """Ten events 20 ms apart, a sink of 60 ms: how many are written when Shutdown returns as in Go."""
    return _written_at_an_exit(10)


def calls_after_shutdown() -> int:
    """A sink out of reach, five events, a shutdown as of 1.27 and 1.28: how many calls come after it."""

    def scenario() -> int:
        sink = ScriptedSink(lambda call: ConnectionRefusedError("connection refused"))
        broadcaster = EventBroadcaster(release="1.28")
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(DEMO)
        for number in range(5):
            recorder.event(POD, "Normal", "Started", f"number {number}")
        sleep(1)
        before = len(sink.answers)
        broadcaster.shutdown()
        return len(sink.answers) - before

    with quietly("kevent.recorder", logging.CRITICAL):
        return result(scenario)


def who_may_call() -> str:
    """Whether an event recorded through a goroutine is on a watcher's queue in every order when Shutdown returns."""

    def scenario() -> int:
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        log = broadcaster.watch(name="log")
        BroadcastRecorder(broadcaster, DEMO, release="1.14").event(POD, "Normal", "Started", "the last")
        broadcaster.shutdown()
        return log.delivered

    with quietly("kevent.recorder", logging.CRITICAL):
        found = explore(scenario, max_preemptions=1, progress=False)
        delivered = {simulate(scenario, schedule=finding.schedule).result for finding in found.findings}
    return "It is in the log's queue or in the log" if delivered == {1} else "Nothing at all"
