"""Exercises of chapter 1: print an event's age as kubectl does; say what is stored after some calls."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from kevent import Event, EventBroadcaster, EventSource
from kevent.figures import ScriptedSink
from kevent.reference import ObjectReference
from kevent.runtime import sleep
from kevent.simulation import EPOCH, Run, Step

from .checking import Verdict, unfinished
from .watching import simulate

POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")


def short(nanoseconds: int) -> str:
    """A duration as kubectl prints it, for less than three hours: "23s", "5m22s", "14m"."""
    seconds = nanoseconds // 10**9
    if seconds < 120:
        return f"{seconds}s"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if rest and minutes < 10 else f"{minutes}m"


# --- age_column -------------------------------------------------------------------------------------------------------


def age_column(event, now, short):
    """What `kubectl describe` prints under Age at the time `now`: "5s" for a count of one, else "23s (x14 over 5m22s)".

    `now`, `event.first_timestamp` and `event.last_timestamp` are Unix nanoseconds. `short(nanoseconds)` writes a
    duration as kubectl does, and leaves out parts of a second.
    """
    # solution
    first = short(now - event.first_timestamp)
    if event.count == 1:
        return first
    return f"{short(now - event.last_timestamp)} (x{event.count} over {first})"
    # end of solution


CALLS = ((1, 0, 5), (2, 10, 0), (2, 10, 7), (3, 60, 1), (14, 23, 23))
"""How many calls, how many seconds apart, and how many seconds later somebody looks."""


def check_age_column(attempt: Callable[[Event, int, Callable[[int], str]], object]) -> Verdict:
    """Record an event once or several times, look at it some time later, and compare."""
    for calls, apart, later in CALLS:

        def scenario(calls: int = calls, apart: int = apart, later: int = later) -> tuple[Event, int, object]:
            (event,) = _recorded([("BackOff", "Back-off restarting failed container")] * calls, apart)
            sleep(later)
            now = EPOCH + _seconds(apart * (calls - 1) + later)
            return event, now, attempt(event, now, short)

        run = simulate(scenario, max_steps=5_000)
        steps = _told(run)
        where = f"{_times(calls)}{f', {apart} s apart' if calls > 1 else ''}, and {later} s later somebody looks"
        if (early := unfinished(where, run, steps)) is not None:
            return early
        assert run.result is not None
        event, now, found = run.result
        wanted = age_column(event, now, short)
        if found != wanted:
            return Verdict(False, f"{where}: the column should say {wanted!r}, and says {found!r}.", steps)
    return Verdict(True, f"Right, in all {len(CALLS)} cases.")


# --- stored -----------------------------------------------------------------------------------------------------------


def stored(calls):
    """Say which events are stored after some calls: a list of (reason, message, count), the first created first.

    `calls` is a list of pairs (reason, message). All are Warnings about one pod, in one minute, and there are four at
    most.
    """
    # solution
    counts: dict[tuple[str, str], int] = {}
    for call in calls:
        counts[call] = counts.get(call, 0) + 1
    return [(reason, message, count) for (reason, message), count in counts.items()]
    # end of solution


WORDS = (("BackOff", "it crashed"), ("BackOff", "it crashed again"), ("Failed", "it crashed"))


def check_stored(attempt: Callable[[list[tuple[str, str]]], object]) -> Verdict:
    """Try all sequences of up to four calls, the shortest first, against what a kubelet really stores."""
    cases = [list(calls) for length in range(1, 5) for calls in product(WORDS, repeat=length)]
    for calls in cases:

        def scenario(calls: list[tuple[str, str]] = calls) -> tuple[object, object]:
            events = _recorded(calls, 10)
            return [(event.reason, event.message, event.count) for event in events], attempt(list(calls))

        run = simulate(scenario, max_steps=5_000)
        steps = _told(run)
        where = f"After {', '.join(f'{reason}: {message}' for reason, message in calls)}"
        if (early := unfinished(where, run, steps)) is not None:
            return early
        assert run.result is not None
        wanted, found = run.result
        if found != wanted:
            return Verdict(False, f"{where}: stored is {wanted}, and you say {found}.", steps)
    return Verdict(True, f"Right, in all {len(cases)} cases.")


# --- what both need ---------------------------------------------------------------------------------------------------


def _recorded(calls: list[tuple[str, str]], apart: int) -> list[Event]:
    """What a kubelet has stored about the pod after these calls, so many seconds apart."""
    sink = ScriptedSink()
    with EventBroadcaster(release="1.21") as broadcaster:
        broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource(component="kubelet", host="node-1"))
        for number, (reason, message) in enumerate(calls):
            if number:
                sleep(apart)
            recorder.event(POD, "Warning", reason, message)
    return sink.events()


def _told(run: Run[Any]) -> list[Step]:
    """Of a run, what is handed in, and what the sink is asked to do."""
    return [step for step in run.trace if step.operation in ("try_send", "create", "patch") and not step.blocked]


def _seconds(number: int) -> int:
    return number * 10**9


def _times(calls: int) -> str:
    return f"{calls} call{'s' * (calls != 1)}"
