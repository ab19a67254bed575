"""Exercises of chapter 2: a way to listen, made of the one that there is; and the verb of a sink that may say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent import Event, EventBroadcaster, EventSource, ObjectReference, StatusError, Watcher, now, simulate, sleep
from kevent.sinks.memory import merge_patch

from .checking import NOT_YET, Verdict, failure

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

        broadcaster = EventBroadcaster()
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
    if isinstance(run.error, NotImplementedError):
        return NOT_YET
    if run.error is not None:
        return Verdict(False, f"Two events, and a log that takes its time: {failure(run)}.", run.trace)
    assert run.result is not None
    before, watcher, took, lines = run.result
    if took > 1e-3:
        return Verdict(False, f"Whoever recorded two events had to wait {took:g} s for the log.", run.trace)
    if before != LINES:
        return Verdict(False, f"The lines should be {LINES}, and are {before}.", run.trace)
    if not isinstance(watcher, Watcher):
        return Verdict(False, f"`log_to` should return the watcher, and returns {watcher!r}.", run.trace)
    if lines != before:
        return Verdict(False, f"It was stopped, and wrote {lines[-1]!r}.", run.trace)
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


class _Sink:
    """A sink whose `patch` is the reader's."""

    def __init__(self, attempt: Callable[..., Any]) -> None:
        self.store: dict[tuple[str, str], Event] = {}
        self.requests: list[str] = []
        self._attempt = attempt

    def create(self, event: Event) -> Event:
        self.requests.append("create")
        self.store[event.namespace, event.name] = event.copy()
        return event

    def update(self, event: Event) -> Event:
        raise AssertionError("nobody calls update")

    def patch(self, event: Event, change: dict[str, Any]) -> Event:
        self.requests.append("patch")
        changed: Event = self._attempt(self.store, event, change)
        if not isinstance(changed, Event):
            raise TypeError(f"`patch` should return the changed event, and returns {changed!r}")
        return changed


def check_patch(attempt: Callable[..., Any]) -> Verdict:
    """Record the same thing twice, forget all, record it again: a recorder writes to a sink with this `patch`."""

    def scenario() -> tuple[list[int], list[int], list[str]]:
        sink = _Sink(attempt)
        if _stands_empty(attempt):
            raise NotImplementedError
        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource(component="demo"))
        for _ in range(2):
            recorder.event(WEB, "Warning", "BackOff", "it crashed")
            sleep(1)
        before = [event.count for event in sink.store.values()]
        sleep(3_600)
        sink.store.clear()
        sink.requests.clear()
        recorder.event(WEB, "Warning", "BackOff", "it crashed")
        sleep(300)
        after = [event.count for event in sink.store.values()]
        broadcaster.shutdown()
        return before, after, sink.requests

    run = simulate(scenario, max_steps=5_000)
    if isinstance(run.error, NotImplementedError):
        return NOT_YET
    if run.error is not None:
        return Verdict(False, f"The same event three times: {failure(run)}.", run.trace)
    assert run.result is not None
    before, after, requests = run.result
    said = f"The recorder asked for {', '.join(requests)}"
    if before != [2]:
        return Verdict(False, f"After two equal events the counts stored should be [2], and are {before}.", run.trace)
    if requests != ["patch", "create"]:
        return Verdict(False, f"The event is gone, and comes again. {said}; it should be patch, create.", run.trace)
    if after != [3]:
        return Verdict(False, f"The event is gone, and comes again. Counts stored: {after}, not [3].", run.trace)
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
