"""What the correlator did to a list of events, as far as the list can show it.

A stored event says how often it happened, when first and when last. That is replayed, evenly spread between the two,
through a correlator. What was never written is not in the list, so every number is a lower bound.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kevent.correlator import CorrelatorOptions, EventCorrelator, get_spam_key
from kevent.event import Event

__all__ = ["PREFIX", "Budget", "read_events", "replay"]

PREFIX = "(combined from similar events): "
MAX_OCCURRENCES = 1_000_000


def read_events(text: str) -> list[Event]:
    """Events out of `kubectl get events -o json`, or a single one. Raises ValueError that says what is wrong."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError("expected a List of events, as kubectl get events -o json prints it")
    items = data.get("items") if isinstance(data.get("items"), list) else [data]
    events = []
    for number, item in enumerate(items or []):
        try:
            events.append(_event(item))
        except ValueError as error:
            raise ValueError(f"item {number}: {error}") from None
    return events


def _event(item: Any) -> Event:
    event = Event.from_dict(item)
    if isinstance(item, dict) and "involvedObject" not in item:
        raise ValueError("not an event: it has no involvedObject")
    series = event.series
    event.count = max(event.count or (series.count if series else 0), 1)
    known = event.first_timestamp, event.event_time, event.creation_timestamp, event.last_timestamp
    event.first_timestamp = next((time for time in known if time is not None), 0)
    last = event.last_timestamp or (series.last_observed_time if series else None) or event.first_timestamp
    event.last_timestamp = max(last, event.first_timestamp)
    return event


@dataclass
class Budget:
    """What happened to one source and object."""

    event: Event
    happened: int = 0
    written: int = 0
    combined: int = 0
    skipped: int = 0
    dry_since: int | None = None
    """When the first event was skipped."""


def replay(events: list[Event], burst: int = 25, qps: float = 1 / 300) -> list[Budget]:
    """Run what the list stands for through a correlator. Raises ValueError for more than a million occurrences."""
    total = sum(event.count for event in events)
    if total > MAX_OCCURRENCES:
        raise ValueError(f"the list stands for {total} occurrences, and at most {MAX_OCCURRENCES} can be replayed")
    now = 0
    options = CorrelatorOptions(burst_size=burst, qps=qps, clock=lambda: now, random=lambda: 0.0)
    correlator = EventCorrelator(options)
    budgets: dict[str, Budget] = {}
    for time, _, occurrence in heapq.merge(*(_occurrences(n, event) for n, event in enumerate(events))):
        now = time
        budget = budgets.setdefault(get_spam_key(occurrence), Budget(occurrence))
        budget.happened += 1
        result = correlator.event_correlate(occurrence)
        if result.skip or result.event is None:
            budget.skipped += 1
            budget.dry_since = time if budget.dry_since is None else budget.dry_since
            continue
        budget.written += 1
        budget.combined += result.event.message.startswith(PREFIX)
    return list(budgets.values())


def _occurrences(number: int, event: Event) -> Iterator[tuple[int, tuple[int, int], Event]]:
    first, last = event.first_timestamp or 0, event.last_timestamp or 0
    step = (last - first) / (event.count - 1) if event.count > 1 else 0.0
    combined = event.message.startswith(PREFIX)
    for turn in range(event.count):
        one = event.copy()
        one.count = 1
        if combined:  # each of these had a message of its own, of which only the last is known
            one.message = f"{event.message.removeprefix(PREFIX)} #{turn}"
        yield first + int(turn * step), (number, turn), one
