"""Exercises of chapter 2: a way to listen, made of the one that there is; and the verb of a sink that may say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent import Event, EventBroadcaster, EventSource, ObjectReference, StatusError
from kevent.broadcaster import Watcher
from kevent.runtime import now, primitive, sleep
from kevent.simulation import Run, Step
from kevent.sinks.memory import merge_patch

from .checking import NOT_YET, Verdict, unfinished
from .watching import simulate

WEB = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")

# --- log_to -----------------------------------------------------------------------------------------------------------


def log_to(broadcaster, write):
    """Call `write` with a line for every event from now on, such as "Warning BackOff web-0: it crashed".

    Return the watcher, so that one can stop it. The caller goes on at once, and so does whoever records.
    """

    # solution
    def handle(event):
        write(f"{event.type} {event.reason} {event.involved_object.name}: {event.message}")

    return broadcaster.start_event_watcher(handle)
    # end of solution


LINES = ["Normal Pulled web-0: image pulled", "Warning BackOff web-0: it crashed"]


def check_log_to(attempt: Callable[[EventBroadcaster, Callable[[str], None]], object]) -> Verdict:
    """Record two events while a log listens that takes a second for a line; then stop it and record one more."""

    def scenario() -> tuple[list[str], object, float, list[str]]:
        lines: list[str] = []

        def write(line: str) -> None:
            sleep(1)
            lines.append(line)

        broadcaster = EventBroadcaster(release="1.21")
        recorder = broadcaster.new_recorder(EventSource(component="demo"))
        recorder.event(WEB, "Normal", "Early", "before anybody listens")
        watcher = attempt(broadcaster, write)
        started = now()
        recorder.event(WEB, "Normal", "Pulled", "image pulled")
        recorder.event(WEB, "Warning", "BackOff", "it crashed")
        took = (now() - started) / 1e9
        sleep(5)
        before = list(lines)
        if isinstance(watcher, Watcher):
            watcher.stop()
        recorder.event(WEB, "Normal", "Late", "after it was stopped")
        broadcaster.shutdown()
        return before, watcher, took, lines

    run = simulate(scenario, max_steps=2_000)
    if (early := unfinished("Two events, and a log that takes its time", run)) is not None:
        return early
    assert run.result is not None
    before, watcher, took, lines = run.result
    steps = _told(run, "receive_ok", "sleep", "close")
    if took > 1e-3:
        return Verdict(False, f"Whoever recorded two events had to wait {took:g} s for the log.", steps)
    if before != LINES:
        return Verdict(False, f"The lines should be {LINES}, and are {before}.", steps)
    if not isinstance(watcher, Watcher):
        return Verdict(False, f"`log_to` should return the watcher, and returns {watcher!r}.", steps)
    if lines != before:
        return Verdict(False, f"It was stopped, and wrote {lines[-1]!r}.", steps)
    return Verdict(True, "Right: every line, in order, nobody waits, and it can be stopped.")


# --- patch ------------------------------------------------------------------------------------------------------------


def patch(store, event, change):
    """The sink's verb for an event that was seen before: merge `change` into the stored event, and return it.

    `store` is a dictionary from (namespace, name) to events; the changed event takes the old one's place.
    `exercise.merge_patch(event, change)` gives it. If there is none of this name, say so as an API server does: raise
    `exercise.StatusError.not_found("events", event.name)`.
    """
    # solution
    key = event.namespace, event.name
    if key not in store:
        raise StatusError.not_found("events", event.name)
    store[key] = merge_patch(store[key], change)
    return store[key]
    # end of solution


@primitive("create", "patch")
class _Sink:
    """A sink whose `patch` is the reader's. Each answer is a step of the trace."""

    def __init__(self, attempt: Callable[..., Any], name: str = "sink") -> None:
        self.name = name
        self.store: dict[tuple[str, str], Event] = {}
        self._attempt = attempt

    def create(self, event: Event) -> Event:
        self.store[event.namespace, event.name] = event.copy()
        return event

    def update(self, event: Event) -> Event:
        raise AssertionError("nobody calls update")

    def patch(self, event: Event, change: dict[str, Any]) -> Event:
        changed: Event = self._attempt(self.store, event, change)
        if not isinstance(changed, Event):
            raise TypeError(f"`patch` should return the changed event, and returns {changed!r}")
        return changed

    def _level(self) -> int:
        return len(self.store)


def check_patch(attempt: Callable[..., Any]) -> Verdict:
    """Record the same thing twice; then forget all and record it again. The sink has this `patch`."""
    if _stands_empty(attempt):
        return NOT_YET
    for comes_again in (False, True):

        def scenario(comes_again: bool = comes_again) -> list[int]:
            sink = _Sink(attempt)
            with EventBroadcaster(release="1.21") as broadcaster:
                broadcaster.start_recording_to_sink(sink, name="sink")
                recorder = broadcaster.new_recorder(EventSource(component="demo"))
                for _ in range(2):
                    recorder.event(WEB, "Warning", "BackOff", "it crashed")
                    sleep(1)
                if comes_again:
                    sleep(3_600)
                    sink.store.clear()
                    recorder.event(WEB, "Warning", "BackOff", "it crashed")
                sleep(300)
            return [event.count for event in sink.store.values()]

        run = simulate(scenario, max_steps=5_000)
        if (early := unfinished("The same event three times", run)) is not None:
            return early
        steps = _told(run, "create", "patch")
        counts = run.result
        if not comes_again and counts != [2]:
            return Verdict(False, f"After two equal events the counts stored should be [2], and are {counts}.", steps)
        asked = [step.operation for step in steps if step.goroutine == "handle sink"][2:]
        if comes_again and asked != ["patch", "create"]:
            said = f"The recorder asked for {', '.join(asked)}; it should be patch, create"
            return Verdict(False, f"The event is gone, and comes again. {said}.", steps)
        if comes_again and counts != [3]:
            return Verdict(False, f"The event is gone, and comes again. Counts stored: {counts}, not [3].", steps)
    return Verdict(True, "Right: patched while it was there, and told that it was gone, so that it was created anew.")


def _stands_empty(attempt: Callable[..., Any]) -> bool:
    """Whether this is still the skeleton. The recorder would take its NotImplementedError for a lost connection."""
    try:
        attempt({}, Event(name="web-0.1", namespace="default"), {})
    except NotImplementedError:
        return True
    except Exception:
        return False
    return False


def _told(run: Run[Any], *operations: str) -> list[Step]:
    """Of a run, what is handed in, and these."""
    return [step for step in run.trace if step.operation in ("try_send", *operations) and not step.blocked]
