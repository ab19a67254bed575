"""Self-checks of chapter 13."""

from __future__ import annotations

import logging

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster, EventBroadcaster, EventSource, ObjectReference
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.figures.sinks import ScriptedSink
from kevent.runtime import Lock, go, sleep
from kevent.simulation import explore, simulate

from .running import quietly, result


def a_stopped_handler() -> str:
    """A loop that does not look at `ok`, and its watcher is stopped: what its goroutine does from then on."""
    received: list[object] = []

    def scenario() -> None:
        broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch(name="handler")

        def handle_events() -> None:
            while True:
                event, _ok = watcher.result_chan.receive_ok()
                received.append(event)

        go(handle_events, name="handler")
        broadcaster.action(ADDED, "an event")
        sleep(0.01)
        watcher.stop()

    run = simulate(scenario, max_steps=400)
    if received.count(None) > 1:
        return "It receives nothing, again and again."
    if run.error is not None:
        return "It panics: the queue is closed."
    return "It sleeps until an event comes." if any("handler" in name for name in run.alive) else "It ends."


def ways_to_arrive() -> int:
    """Three events, each sent by a goroutine of its own: in how many orders they can arrive."""

    def scenario():
        incoming = Channel(25, name="incoming")
        for event in (1, 2, 3):
            go(incoming.send, event, name=f"event {event}")
        return [incoming.receive() for _ in range(3)]

    return len(set(explore(scenario, progress=False)))


def calls_after_shutdown() -> int:
    """Two events, a sink out of reach, a shutdown as of 1.14 after the first try: how many calls come after it."""

    def scenario() -> int:
        sink = ScriptedSink(lambda call: ConnectionRefusedError("connection refused"))
        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource(component="demo"))
        for name in ("web-0", "web-1"):
            recorder.event(ObjectReference(kind="Pod", name=name), "Normal", "Pulled", "image pulled")
        sleep(0.001)  # let the first try fail
        before = len(sink.answers)
        assert before == 1
        broadcaster.shutdown(timeout=None)
        return len(sink.answers) - before

    with quietly("kevent.recorder", logging.CRITICAL):
        return result(scenario)


def deadlocks_with_room() -> int:
    """A loop sends an event to a queue with one place, under the lock that `Stop` wants: how many deadlocks."""

    def scenario() -> None:
        lock, queue = Lock(name="lock"), Channel[str](1, name="result")

        def distribute() -> None:
            with lock:
                if not queue.closed:
                    queue.send("event")

        loop = go(distribute, name="loop")
        with lock:
            queue.close()
        loop.join()

    found = explore(scenario, progress=False)
    return sum(finding.count for finding in found.findings if finding.outcome.kind == "deadlock")
