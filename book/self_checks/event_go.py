"""Self-checks of chapter 2."""

from __future__ import annotations

from kevent import EventBroadcaster, EventSource, ObjectReference
from kevent.figures import ScriptedSink
from kevent.runtime import now, sleep

from .running import finished, result

WEB = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")


def after_stop() -> str:
    """A sink's watcher is stopped, and one more event recorded: whether anybody has it, and where it is."""

    def scenario():
        broadcaster = EventBroadcaster(release="1.21")
        sink = ScriptedSink()
        watcher = broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource(component="service"))
        watcher.stop()
        said = recorder.event(WEB, "Normal", "Started", "container started")
        sleep(1)
        return said, len(sink.events())

    run = finished(scenario)
    assert run.result is not None
    said, written = run.result
    taken = [step for step in run.trace if step.goroutine == "loop" and "Started" in repr(step.result)]
    if said is not None:
        return "The recorder gives an error back."
    if written:
        return "The sink writes it all the same."
    return "The loop takes it, for nobody." if taken else "It stays in the queue: the loop has ended."


def two_sinks() -> int:
    """Two sinks behind one broadcaster, the same event three times: how many requests both receive."""

    def scenario():
        with EventBroadcaster(release="1.14") as broadcaster:
            for name in "one", "two":
                broadcaster.start_recording_to_sink(ScriptedSink(name=name))
            recorder = broadcaster.new_recorder(EventSource(component="demo"))
            for _ in range(3):
                recorder.event(WEB, "Warning", "BackOff", "it crashed")
                sleep(1)

    return sum(step.operation in ("create", "patch") and not step.blocked for step in finished(scenario).trace)


def goroutines_left() -> int:
    """A log and a sink, both stopped by the watcher that `Start` returned: how many goroutines are left."""

    def scenario():
        broadcaster = EventBroadcaster(release="1.14")
        watchers = [
            broadcaster.start_logging(lambda *line: None),
            broadcaster.start_recording_to_sink(ScriptedSink()),
        ]
        for watcher in watchers:
            watcher.stop()
        sleep(60)

    trace = finished(scenario).trace
    started = {step.name for step in trace if step.operation == "go"}
    ended = {step.goroutine for step in trace if step.operation == "end"}
    return len(started - ended)


def a_dead_sink() -> str:
    """How long `event` takes while the API server cannot be reached."""

    def scenario():
        with EventBroadcaster(release="1.14") as broadcaster:
            broadcaster.start_recording_to_sink(ScriptedSink(lambda call: ConnectionError("refused")))
            recorder = broadcaster.new_recorder(EventSource(component="demo"))
            recorder.event(WEB, "Warning", "BackOff", "the first")
            sleep(1)
            started = now()
            recorder.event(WEB, "Warning", "BackOff", "the second")
            return now() - started

    waited = result(scenario) / 1e9
    return "It returns at once" if waited < 1e-3 else "Until the first one is written or given up"
