"""Self-checks of chapter 9."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kevent import CorrelatorOptions, Event, EventSource, ObjectReference
from kevent.correlator import EventCorrelateResult, EventCorrelator
from kevent.simulation import EPOCH

POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1", api_version="v1")


def _correlated(events: Iterable[tuple[float, Event]]) -> list[EventCorrelateResult]:
    """What a correlator makes of events at these seconds, in front of a sink that takes everything."""
    seconds = 0.0
    correlator = EventCorrelator(CorrelatorOptions(clock=lambda: EPOCH + round(seconds * 1e9)), release="1.14")
    found = []
    for at, event in events:
        seconds = at
        now = EPOCH + round(at * 1e9)
        event = replace(event, name=f"web-0.{now:x}", first_timestamp=now, last_timestamp=now, count=1)
        found.append(correlator.event_correlate(event))
        if found[-1].event is not None:
            correlator.update_state(found[-1].event)
    return found


def _event(message: str, reason: str = "BackOff", type: str = "Warning", field_path: str = "") -> Event:
    about = replace(POD, field_path=field_path)
    source = EventSource(component="kubelet")
    return Event(involved_object=about, source=source, reason=reason, type=type, message=message)


def _outcomes(events: Iterable[tuple[float, str, str]]) -> list[EventCorrelateResult]:
    """What a correlator makes of (seconds, message, field path)."""
    return _correlated((at, _event(message, field_path=field_path)) for at, message, field_path in events)


def the_first_good_news() -> str:
    """25 complaints about a pod, one every ten seconds, then `Created`: what a correlator of 1.14 makes of that."""
    complaint = _event("image is not present", "ErrImageNeverPull")
    said = [complaint] * 25 + [_event("created", "Created", "Normal")]
    last = _correlated((10.0 * at, event) for at, event in enumerate(said))[-1]
    if last.skip or last.event is None:
        return "Nothing that is ever written"
    if "combined from" in last.event.message:
        return "One more of many combined"
    return "A patch of the complaint" if last.patch else "A new event"


def an_hour_of_silence() -> int:
    """25 events, an hour, 40 events: how many of the forty pass."""
    events = [(0.0, "failed", "")] * 25 + [(3600.0, "failed", "")] * 40
    return sum(not outcome.skip for outcome in _outcomes(events)[25:])


def the_first_again() -> int:
    """Nine messages, the first again, a tenth: how many are combined."""
    messages = [f"attempt {number}" for number in range(1, 10)] + ["attempt 1", "attempt 10"]
    outcomes = _outcomes((float(at), message, "") for at, message in enumerate(messages))
    return sum(outcome.event is not None and "combined from" in outcome.event.message for outcome in outcomes)


def another_container() -> str:
    """25 events about one container of a pod, one about another: what becomes of it."""
    events = [(0.0, "failed", "spec.containers{app}")] * 25 + [(0.0, "failed", "spec.containers{sidecar}")]
    last = _outcomes(events)[-1]
    return "It is filtered." if last.skip else "It is patched." if last.patch else "It is created."
