"""What the correlator did to a list of events, as far as the list can show it.

A stored event says how often it happened, when first and when last. That is replayed, evenly spread between the two,
through a correlator. What was never written is not in the list, so every number is a lower bound.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kevent.cli.commands import BadInput
from kevent.cli.tables import print_table, visible
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event
from kevent.wire import format_time

__all__ = ["PREFIX", "Budget", "explain", "read_events", "replay"]

WANTED = "expected a List of events, as kubectl get events -o json prints it"
PREFIX = "(combined from similar events): "
MAX_OCCURRENCES = 1_000_000
BURST, QPS = 25, 1 / 300  # what client-go allows

SLOTS = 24
"""Into how many pieces the time from the first to the last occurrence is cut, to draw it."""

NOTHING, WRITTEN, COMBINED, SKIPPED = ".#=x"  # in a piece of time the rightmost of these that happened


def explain(options: argparse.Namespace) -> int:
    """The command: print what can be told of a list of events."""
    try:
        events = read_events(_read(options.file))
        as_it_was = replay(events)
        otherwise = None
        if options.burst or options.qps:
            otherwise = replay(events, options.burst or BURST, options.qps or QPS)
    except OSError as error:
        raise BadInput(f"{options.file}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise BadInput(f"{options.file}: {error}") from None
    if not events:
        print("No events.")
        return 0
    _print_events(events)
    _print_budgets(as_it_was, otherwise, _changed(options))
    return 0


def _read(file: str) -> str:
    if file == "-":
        data = sys.stdin.buffer.read()
    else:
        with open(file, "rb") as opened:
            data = opened.read()
    if not data.strip():
        raise ValueError(f"nothing there; {WANTED}")
    if data.startswith(b"SQLite format 3"):
        raise ValueError("a SQLite file; its events come from: kevent events FILE -o json")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not JSON: not UTF-8 text") from None


def _changed(options: argparse.Namespace) -> str:
    """The options in the words of a heading."""
    said = [f"BURST {options.burst}"] if options.burst else []
    return ", ".join(said + ([f"QPS {options.qps:g}"] if options.qps else []))


def _print_events(events: Sequence[Event]) -> None:
    """What is a count, and what is combined."""
    combined = [event for event in events if event.message.startswith(PREFIX)]
    counts = [event for event in events if event.count > 1 and event not in combined]
    occurrences = sum(event.count for event in events)
    print(f"{len(events)} events stand for at least {occurrences} occurrences.")
    print(f"{len(counts)} are counts of equal events, {len(combined)} are combined from similar ones.\n")
    if not counts and not combined:
        return
    rows = []
    for event in sorted(counts + combined, key=lambda event: -event.count):
        what = "combined" if event.message.startswith(PREFIX) else "count"
        about = f"{event.involved_object.kind.lower()}/{event.involved_object.name}"
        rows.append([what, str(event.count), *map(visible, (about, event.reason, event.message))])
    print_table(["WHAT", "TIMES", "OBJECT", "REASON", "MESSAGE"], rows)
    print()


def _print_budgets(budgets: Sequence[Budget], otherwise: Sequence[Budget] | None, changed: str) -> None:
    """What each source could write about each object; `otherwise` with the options `changed`."""
    header = ["OBJECT", "SOURCE", "HAPPENED", "WRITES", "COMBINED", "SKIPPED", "BUDGET DRY SINCE", "TIME"]
    if otherwise:
        header.append(f"WRITES IF {changed}")
    rows = []
    for number, budget in enumerate(budgets):
        about, source = budget.event.involved_object, budget.event.source
        cells = [
            visible(f"{about.kind.lower()}/{about.name}"), visible(source.component or "-"), str(budget.happened),
            str(budget.written), str(budget.combined), str(budget.skipped),
            "-" if budget.dry_since is None else format_time(budget.dry_since) or "-", "".join(budget.drawn),
        ]  # fmt: skip
        rows.append(cells + ([str(otherwise[number].written)] if otherwise else []))
    print_table(header, rows)
    if otherwise:
        was, would_be = (sum(budget.written for budget in each) for each in (budgets, otherwise))
        print(f"\nWith {changed.lower()}: {would_be} writes in place of {was}.")
    print("\nTIME, from the first occurrence in the list to the last:  # written  = combined  x skipped  . nothing")
    print("Each event is replayed evenly spread between its first and last time. What was never written is in no")
    print("list, so the numbers are lower bounds.")


def read_events(text: str) -> list[Event]:
    """Events out of `kubectl get events -o json`, or a single one. Raises ValueError that says what is wrong."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    except RecursionError:
        raise ValueError("not JSON that anybody meant: nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError(WANTED)
    kind = data.get("kind")
    if isinstance(data.get("items"), list):
        if kind not in (None, "List", "EventList"):
            raise ValueError(f"{WANTED}, not {kind!r}")
        items = data["items"]
    else:
        items = [data]
    events = []
    for number, item in enumerate(items):
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
    drawn: list[str] = field(default_factory=lambda: [NOTHING] * SLOTS)
    """What happened in each piece of time."""

    def draw(self, slot: int, what: str) -> None:
        """Let this be seen in a piece of time, unless there is more important to see."""
        self.drawn[slot] = max(self.drawn[slot], what, key=(NOTHING + WRITTEN + COMBINED + SKIPPED).index)


def replay(events: list[Event], burst: int = BURST, qps: float = QPS) -> list[Budget]:
    """Run what the list stands for through a correlator. Raises ValueError for more than a million occurrences."""
    total = sum(event.count for event in events)
    if total > MAX_OCCURRENCES:
        raise ValueError(f"the list stands for {total} occurrences, and at most {MAX_OCCURRENCES} can be replayed")
    now = 0
    options = CorrelatorOptions(burst_size=burst, qps=qps, clock=lambda: now, random=lambda: 0.0)
    correlator = EventCorrelator(options)
    budgets: dict[str, Budget] = {}
    first = min((event.first_timestamp or 0 for event in events), default=0)
    length = max((event.last_timestamp or 0 for event in events), default=0) - first + 1
    for time, _, occurrence in heapq.merge(*(_occurrences(n, event) for n, event in enumerate(events))):
        now = time
        slot = (time - first) * SLOTS // length
        budget = budgets.setdefault(correlator.spam_filter.spam_key_func(occurrence), Budget(occurrence))
        budget.happened += 1
        result = correlator.event_correlate(occurrence)
        if result.skip or result.event is None:
            budget.skipped += 1
            budget.dry_since = time if budget.dry_since is None else budget.dry_since
            budget.draw(slot, SKIPPED)
            continue
        combined = result.event.message.startswith(PREFIX)
        budget.written += 1
        budget.combined += combined
        budget.draw(slot, COMBINED if combined else WRITTEN)
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
