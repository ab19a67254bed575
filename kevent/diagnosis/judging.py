"""From events to findings: where each rule looks, and what it needs to be sure.

In Go: nothing. What is in a list was written, and no finding says otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from kevent import versions
from kevent.diagnosis.budget import Limits, held_back, let_through
from kevent.diagnosis.causes import CAUSES, applies
from kevent.diagnosis.groups import Group
from kevent.diagnosis.rules import RULES, Level, Rule
from kevent.diagnosis.seen import PREFIX, Seen
from kevent.diagnosis.words import clock, filled, long
from kevent.versions import Release

__all__ = ["Finding", "judge", "judge_all"]

SECOND = 1_000_000_000
LATE = 5 * SECOND
"""From when on it is worth a word that an event was stored late: a server that answers takes less than a second."""

TRIES = 115 * SECOND
"""How long twelve tries take, of one event, while nobody answers: eleven pauses, the first a part of ten seconds."""

CLOCKS = 3600 * SECOND
"""By how much clocks may differ, for what is said to be certain."""

QUIET = 360 * SECOND
"""In Go: finishTime."""

_COMBINED = "combined"  # in place of a message: a group has one combined event

_FORMAT = re.compile(r"%!(?:[a-zA-Z]?\(|\(EXTRA|\(NOVERB)")


@dataclass(slots=True)
class Finding:
    """Something that was found, by a rule."""

    rule: Rule
    values: dict[str, Any] = field(default_factory=dict)
    causes: tuple[str, ...] = ()
    """What may be behind it: of the rule's causes those that the data and the release leave, the likeliest first."""
    events: tuple[str, ...] = ()
    """The names of the events that show it, a few at most."""

    @property
    def level(self) -> Level:
        """How sure it is."""
        return self.rule.level

    @property
    def title(self) -> str:
        """What was found."""
        return filled(self.rule.title, self.values)

    @property
    def why(self) -> str:
        """The evidence."""
        return filled(self.rule.why, self.values)

    @property
    def at_least(self) -> int | None:
        """A lower bound, where the finding has one: how many events were not written."""
        held: int | None = self.values.get("held")
        return held


class _Judge:
    def __init__(self, group: Group, release: Release, limits: Limits) -> None:
        self.group = group
        self.release = release
        self.limits = limits
        self.found: list[Finding] = []

    def add(self, key: str, events: Sequence[Seen] = (), causes: Iterable[str] | None = None, **values: Any) -> None:
        rule = RULES[key]
        left = rule.causes if causes is None else tuple(causes)
        left = tuple(cause for cause in left if applies(CAUSES[cause], self.release))
        self.found.append(Finding(rule, values, left, tuple(event.name for event in events[:3])))

    def one(self, event: Seen) -> None:
        """What a single event says of itself."""
        if _FORMAT.search(event.message):
            self.add("format", [event], message=event.message[:80])
        if event.count > (1 << 31) - 1:
            self.add("wrapped", [event], reason=event.reason, count=event.count)
        if event.signed and event.made is not None and event.created is not None:
            self.timed(event, event.created - event.made)
        if event.deleted:
            self.add("gone", [event], objects=1, worst=f"{event.reason}, last seen at {clock(event.last)}")
        elif event.states > 1:
            self.add("patched", [event], objects=1, worst=f"{event.reason}, {event.count} times by now")

    def timed(self, event: Seen, late: int) -> None:
        """What the time in its name and the time of its creation say."""
        made, created = clock(event.made), clock(event.created)
        if late < -2 * SECOND:  # the server's is cut down to the second
            self.add("ahead", [event], late=long(-late - SECOND), reason=event.reason, made=made, created=created)
        elif late >= LATE and event.count == 1:
            causes = ["retried", "queued", "clocks"] if late <= TRIES else ["queued", "retried", "clocks"]
            self.add("late", [event], causes, late=long(late), reason=event.reason, made=made, created=created)
        elif late >= LATE and not event.series:
            older = late >= self.limits.ttl * SECOND
            causes = ["recreated", "late-first", "queued"] if older else ["late-first", "retried", "queued"]
            self.add(
                "anew", [event], causes, late=long(late), reason=event.reason, made=made, count=event.count
            )  # fmt: skip

    def together(self) -> None:
        """What the events of the group say together."""
        group, events = self.group, self.group.events
        kind, namespace, name, *_ = group.about
        if not namespace and events[0].namespace == "default":
            self.add("default", events, namespace="default", kind=kind, name=name)
        random = [event for event in events if event.uuid]
        if random:
            self.add("uuid", random, objects=len(random), worst=f"{random[0].reason}: {random[0].name}")
        unsigned = [event for event in events if not event.signed and not event.uuid]
        if len(unsigned) == len(events):
            self.add("unsigned", unsigned, worst=unsigned[0].name or "no name")
        if group.series:
            self.in_series(events)
            return
        for event in events:
            if event.combined:
                self.add(
                    "combined", [event], times=event.count, reason=event.reason, before=self.limits.max_events - 1,
                    message=event.message.removeprefix(PREFIX)[:80],
                )  # fmt: skip
        counts = [event for event in events if event.count > 1 and not event.combined]
        if counts:
            counts.sort(key=lambda event: -event.count)
            said = "; ".join(
                f"{event.reason} {event.count:,} times in {long((event.last or 0) - (event.first or 0))}"
                for event in counts[:3]
            )
            self.add("counted", counts, objects=len(counts), times=sum(event.count for event in counts), worst=said)
        again = [
            event for event in events
            if event.count > 1 and event.created is not None and (event.last or 0) > event.created + SECOND
        ]  # fmt: skip
        if again and not any(event.states > 1 for event in again):
            said = f"{again[0].reason} at {clock(again[0].last)}, stored at {clock(again[0].created)}"
            self.add("told-again", again, objects=len(again), worst=said)
        if len(events) > 1:
            self.equal(events)
        self.budgets(events)

    def equal(self, events: Sequence[Seen]) -> None:
        """Equal events under two names: whoever counted the second did not know the first."""
        memories: dict[object, list[Seen]] = defaultdict(list)
        for event in events:
            if event.signed:
                key = (
                    event.type,
                    event.reason,
                    _COMBINED if event.combined else (event.digest, event.path.partition("\0")[0]),
                )
                memories[key].append(event)
        for same in memories.values():
            if len(same) < 2:
                continue
            first = same[0]
            overlap = None
            for one, other in pairwise(same):
                if (one.last or 0) > (other.first or 0) + SECOND:
                    overlap = one, other
            causes = ("two",) if overlap else RULES["twice"].causes
            rule = "combined-twice" if first.combined else "twice"
            self.add(rule, same, causes, reason=first.reason, objects=len(same))
            if overlap:
                one, other = overlap
                self.add("overlap", overlap, reason=first.reason, first=clock(other.first), last=clock(one.last))

    def budgets(self, events: Sequence[Seen]) -> None:
        """What one bucket has let through, and what it cannot have let through."""
        limits = self.limits
        if sum(event.count for event in events) < limits.burst:
            return
        by_type = self.release.spam_key == "source, object and type"
        budgets: dict[str, list[Seen]] = defaultdict(list)
        for event in events:
            budgets[event.type if by_type else ""].append(event)
        for kind, paid in budgets.items():
            self.budget(kind, paid)

    def budget(self, kind: str, paid: Sequence[Seen]) -> None:
        limits = self.limits
        times = sum(event.count for event in paid)
        if times < limits.burst:
            return
        timed = [event for event in paid if event.first is not None and event.last is not None]
        if not timed:
            return  # nothing tells in how long a time they came
        of_type = f" of type {kind}" if kind else ""
        stored = [event for event in timed if event.signed and event.created is not None]
        if len(stored) > limits.burst:
            span = max(event.created or 0 for event in stored) - min(event.made or 0 for event in stored)
            room = let_through(span + CLOCKS, limits)
            if len(stored) > room:
                self.add("beyond", stored, objects=len(stored), span=long(span), room=room, burst=limits.burst)
                return
        held = held_back(
            [(event.first or 0, max(event.last or 0, event.first or 0), event.count) for event in timed], limits
        )
        held = min(held, times - len(paid))  # what is in the list was written
        first, last = min(e.first or 0 for e in timed), max(e.last or 0 for e in timed)
        if len(paid) > let_through(last - first + SECOND, limits):
            held = 0  # it writes more than these limits allow: they are not its own
        if held > 0:
            self.add(
                "budget", paid, times=times, span=long(last - first), of_type=of_type, burst=limits.burst,
                pause=long(round(SECOND / limits.qps)), room=times - held, held=held,
            )  # fmt: skip
        if held > 0 or times >= let_through(last - first + SECOND, limits):
            other = "" if kind else ", Normal or Warning,"
            self.add(
                "dry", paid, ("filtered",) if kind else ("filtered", "muted"), times=times, of_type=of_type,
                room=limits.burst, other_type=other,
            )  # fmt: skip

    def in_series(self, events: Sequence[Seen]) -> None:
        self.add("series", events, objects=len(events), times=sum(event.count for event in events))
        same: dict[object, list[Seen]] = defaultdict(list)
        for event in events:
            same[event.type, event.reason, event.path.partition("\0")[0]].append(event)
        for equal in same.values():
            if len(equal) < 2 or len({event.digest for event in equal}) > 1:
                continue
            versions_seen = {event.path for event in equal}
            gaps = [(later.first or 0) - (one.last or 0) for one, later in pairwise(equal)]
            if len(versions_seen) == len(equal):
                causes: tuple[str, ...] = ("rewritten", "quiet")
                said = "The object’s resource version differs each time, and it is part of the key."
            else:
                causes = ("quiet", "restarted") if min(gaps) > QUIET else ("restarted", "two", "quiet")
                apart = long(min(gaps))
                said = f"Between two of them lie {apart} at least; what does not come for six minutes is forgotten."
            self.add("series-twice", equal, causes, reason=equal[0].reason, objects=len(equal), worst=said)


def judge(group: Group, release: Release, limits: Limits) -> list[Finding]:
    """What can be said of a group, the surest first; empty if there is nothing odd."""
    judging = _Judge(group, release, limits)
    for event in group.events:
        judging.one(event)
    judging.together()
    order: tuple[Level, ...] = ("given", "certain", "possible")
    judging.found.sort(key=lambda finding: (order.index(finding.level), not finding.rule.loss))
    return judging.found


# --- the whole list -------------------------------------------------------------------------------------------------


def judge_all(
    groups: Sequence[Group], release: Release, limits: Limits, *, snapshot: bool, recreated: Sequence[Seen] = ()
) -> list[Finding]:
    """What only the list as a whole can say."""
    anew = RULES["recreated"]
    found = [Finding(anew, {"reason": event.reason}, anew.causes, (event.name,)) for event in recreated]
    if snapshot:
        found += _kept(groups)
    found += _restarts(groups)
    found += _newer(groups, release)
    return found


def _kept(groups: Sequence[Group]) -> Iterator[Finding]:
    """How long the server keeps what is not written again: what happened once was written once."""
    once = [event for group in groups for event in group.events if event.count == 1 and event.created is not None]
    if not once:
        return
    oldest = min(once, key=lambda event: event.created or 0)
    newest = max(event.created or 0 for group in groups for event in group.events if event.created is not None)
    span = newest - (oldest.created or 0)
    if span > CLOCKS + 60 * SECOND:  # the sweep takes its time
        values = {"span": long(span), "reason": oldest.reason, "created": clock(oldest.created), "last": clock(newest)}
        yield Finding(RULES["kept"], values, (), (oldest.name,))


def _restarts(groups: Sequence[Group]) -> Iterator[Finding]:
    """When a reporter lost its memory, if more than one of its counts says so and none goes on over it."""
    anew: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    by_reporter: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        if len(group.events) < 2 or group.series:
            continue
        by_key: dict[object, Seen] = {}
        for event in group.events:
            if not event.signed:
                continue
            key = event.type, event.reason, _COMBINED if event.combined else (event.digest, event.path)
            before = by_key.get(key)
            by_key[key] = event
            if (
                before is not None
                and before.last is not None
                and event.first is not None
                and before.last <= event.first
            ):
                anew[group.reporter].append((before.last, event.first))
    if not anew:
        return
    for group in groups:
        if group.reporter in anew:
            by_reporter[group.reporter].append(group)
    for reporter, gaps in anew.items():
        for first, last, count in _shared(gaps):
            across = any(
                event.count > 1 and (event.first or 0) < first and (event.last or 0) > last + SECOND
                for group in by_reporter[reporter] for event in group.events
            )  # fmt: skip
            if count > 1 and not across:
                named = by_reporter[reporter][0].source
                values = {"reporter": named, "first": clock(first), "last": clock(last), "objects": count}
                yield Finding(RULES["restart"], values, RULES["restart"].causes)


def _shared(gaps: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The gaps that share a moment, put together: what is common to them, and how many they are."""
    gaps.sort()
    first, last, count = 0, -1, 0
    for start, end in gaps:
        if count and start <= last:
            first, last, count = max(first, start), min(last, end), count + 1
            continue
        if count:
            yield first, last, count
        first, last, count = start, end, 1
    if count:
        yield first, last, count


def _newer(groups: Sequence[Group], release: Release) -> Iterator[Finding]:
    """Whether an event shows what the chosen release does not do."""
    told: set[str] = set()
    for group in groups:
        if group.series:
            continue
        for event in group.events:
            if (
                release.reporter == "nobody"
                and event.signed
                and event.other_reporter[0]
                and event.other_reporter[0] == event.reporter[0]
            ):
                behaviour, worst = (
                    "reporter",
                    f"{event.name} names its reporter, {event.other_reporter[0]}, as its source",
                )
            elif release.event_name == "object and time" and event.uuid:
                behaviour, worst = "event_name", f"{event.name} is a random name"
            else:
                continue
            if group.reporter[0] in told:
                break
            told.add(group.reporter[0])
            way = {"reporter": "source", "event_name": "object and time, or a UUID"}[behaviour]
            since = next(name for name, each in versions.RELEASES.items() if getattr(each, behaviour) == way)
            values = {"reporter": group.reporter[0] or "-", "release": str(release), "worst": worst, "since": since}
            yield Finding(RULES["newer"], values, (), (event.name,))
            break
