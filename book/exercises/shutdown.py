"""Exercises of chapter 11: the last event of a program; a shutdown without a panic."""

from __future__ import annotations

from collections.abc import Callable

import kevent
from kevent import EventBroadcaster, EventRecorder, EventSource, ObjectReference
from kevent.channel import Channel
from kevent.figures.sinks import ScriptedSink
from kevent.runtime import go, now, sleep
from kevent.simulation import explore
from kevent.waitgroup import WaitGroup

from .checking import NOT_YET, Verdict, failure, quietly, unfinished
from .watching import simulate

# --- goodbye ----------------------------------------------------------------------------------------------------------


def goodbye(broadcaster, recorder, pod):
    """Record `Stopping` about `pod`, end the broadcaster, and return whether it arrived.

    Arrived means: the sink has stored it within five seconds. The function must not
    take longer than six. `broadcaster` is a `kevent.EventBroadcaster`.
    """
    # solution
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    arrived = broadcaster.flush(timeout=5)
    broadcaster.shutdown(timeout=1)
    return arrived
    # end of solution


POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")

# Each case: what the sink is like, the seconds it takes for a call, the seconds it is away.
SINKS: tuple[tuple[str, float, float], ...] = (
    ("A sink that is fast", 0.0, 0.0),
    ("A sink that takes 2 s", 2.0, 0.0),
    ("A sink that is away for 3 s", 0.0, 3.0),
    ("A sink that is away for good", 0.0, 1e6),
)


class _Sink:
    """Takes its time, and is away in the beginning."""

    def __init__(self, takes: float, away: float) -> None:
        back = now() + round(away * 1e9)
        self._takes = takes
        self._sink = ScriptedSink(lambda call: ConnectionRefusedError("connection refused") if now() < back else None)
        self.patch, self.update, self.events = self._sink.patch, self._sink.update, self._sink.events

    def create(self, event: kevent.Event) -> kevent.Event:
        if self._takes:
            sleep(self._takes)
        return self._sink.create(event)


@quietly()
def check_goodbye(attempt: Callable[[EventBroadcaster, EventRecorder, ObjectReference], object]) -> Verdict:
    """Let a program end with each kind of sink, and look at what arrived, what was said, and how long it took."""
    for name, takes, away in SINKS:

        def scenario(takes: float = takes, away: float = away) -> tuple[object, float, list[str], bool]:
            sink = _Sink(takes, away)
            broadcaster = EventBroadcaster(sleep_duration=1, release="1.28")
            broadcaster.start_recording_to_sink(sink, name="sink")
            recorder = broadcaster.new_recorder(EventSource(component="demo"))
            recorder.event(POD, "Normal", "Started", "hello")
            began = now()
            said = attempt(broadcaster, recorder, POD)
            seconds = (now() - began) / 1e9
            stored = [event.reason for event in sink.events()]
            return said, seconds, stored, _ended(broadcaster)

        run = simulate(scenario, max_steps=2_000)
        if (early := unfinished(name, run)) is not None:
            return early
        assert run.result is not None
        said, seconds, stored, ended = run.result
        there = "Stopping" in stored
        if seconds > 6:
            return Verdict(False, f"{name}: your program takes {seconds:.1f} s to end.", run.trace)
        if not there and away < 5:
            return Verdict(False, f"{name}: `Stopping` could have arrived, and has not.", run.trace)
        if said is not there:
            arrived = "has arrived" if there else "has not arrived"
            return Verdict(False, f"{name}: `Stopping` {arrived}, and you say {said!r}.", run.trace)
        if not ended:
            return Verdict(False, f"{name}: the broadcaster is still running.", run.trace)
    return Verdict(True, f"Right, with {len(SINKS)} kinds of sink.")


def _ended(broadcaster: EventBroadcaster) -> bool:
    try:
        broadcaster.start_event_watcher(lambda event: None, name="is anybody there")
    except kevent.BroadcasterStopped:
        return True
    return False


# --- record_and_close -------------------------------------------------------------------------------------------------


def record_and_close(incoming, event):
    """Send `event` to `incoming` from a goroutine, and close `incoming`.

    `go(function, name="send")` starts the goroutine, `incoming.send(event)` and
    `incoming.close()` do the rest, in the right order.
    """
    # solution
    sent = WaitGroup("sent")
    sent.add(1)

    def send():
        incoming.send(event)
        sent.done()

    go(send, name="send")
    sent.wait()
    incoming.close()
    # end of solution


ORDERS = 20_000


def check_record_and_close(attempt: Callable[[Channel[str], str], object]) -> Verdict:
    """Run an attempt in every order, with a queue that has room and with one that has not."""
    orders = 0
    for room in 1, 0:

        def scenario(room: int = room) -> tuple[list[str], bool]:
            incoming = Channel[str](room, name="incoming")
            received: list[str] = []

            def read() -> None:
                received.extend(incoming)

            reader = go(read, name="loop")
            attempt(incoming, "an event")
            closed = incoming.closed
            if not closed:
                return received, closed
            reader.join()
            return received, closed

        first = simulate(scenario, max_steps=500)
        if isinstance(first.error, NotImplementedError):
            return NOT_YET
        found = explore(scenario, max_preemptions=2, max_schedules=ORDERS, max_steps=500, progress=False)
        orders += found.schedules
        runs = [simulate(scenario, schedule=finding.schedule, max_steps=500) for finding in found.findings]
        for run in sorted(runs, key=lambda run: len(run.trace)):
            where = f"A queue with room for {room}"
            if run.result is None:
                return Verdict(False, f"{where}: {failure(run)}.", run.trace)
            received, closed = run.result
            if not closed:
                return Verdict(False, f"{where}: when your function returns, the queue is open.", run.trace)
            if received != ["an event"]:
                return Verdict(False, f"{where}: received is {received}, and sent was one event.", run.trace)
            if not any(step.operation == "send" and step.goroutine != "main" for step in run.trace):
                return Verdict(False, f"{where}: no goroutine of its own sends the event.", run.trace)
    return Verdict(True, f"Right, in all {orders} orders tried.")
