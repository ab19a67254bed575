"""An event that is not in the list: which causes its neighbours leave.

In Go: nothing. Who misses an event knows what it would have been about, and perhaps when, by whom, of which reason. The
list has what the same source said about the same object, and about others at that time. Each of them that came in time
speaks against an outage, each that came late for one; counts tell whether a budget was used up. None of it is a proof,
so every answer is `possible`, and those that nothing speaks for are left out where something speaks for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kevent.diagnosis.budget import let_through
from kevent.diagnosis.causes import CAUSES, Cause, applies
from kevent.diagnosis.groups import Group
from kevent.diagnosis.judging import LATE, TRIES
from kevent.diagnosis.report import Report
from kevent.diagnosis.seen import Seen

__all__ = ["Missing", "absence"]

SECOND = 1_000_000_000
NEAR = 150 * SECOND
"""What happened less than this before or after happened at that time: longer than all tries of an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is known of an event that is not there; "" and None for what is not known."""

    kind: str
    name: str
    namespace: str = ""
    component: str = ""
    host: str = ""
    type: str = ""
    reason: str = ""
    message: str = ""
    at: int | None = None
    """When it happened, Unix nanoseconds."""


def absence(report: Report, missing: Missing) -> list[Cause]:
    """What may have become of it, the likeliest first; what the list rules out is not there."""
    found = _Looking(report, missing).causes()
    return [CAUSES[key] for key in dict.fromkeys(found) if applies(CAUSES[key], report.release)]


class _Looking:
    def __init__(self, report: Report, missing: Missing) -> None:
        self.report = report
        self.missing = missing
        same = report.about(missing.kind, missing.name, missing.namespace or None)
        self.groups = [group for group in same if self.is_by(group)]
        self.around = [group for group in report.groups if self.is_by(group)]

    def is_by(self, group: Group) -> bool:
        component, host = group.reporter
        return self.missing.component in ("", component) and self.missing.host in ("", host)

    def causes(self) -> Iterable[str]:
        missing = self.missing
        now = max((time for time in (self.report.last, self._stored()) if time is not None), default=None)
        old = missing.at is not None and now is not None and missing.at < now - round(self.report.limits.ttl * SECOND)
        covered = list(self.covered())
        if covered:
            return [*covered, *self.of_an_outage(), *self.beside_a_count(covered)]
        if old:
            return ["expired", *self.of_the_budget(), "filtered", "dropped", "given-up"]
        found = list(self.almost_combined())
        found += self.of_the_budget()
        found += self.of_the_time()
        if missing.at is None or self.nothing_so_old():
            found.append("expired")
        if not self.groups and not missing.namespace:
            found.append("elsewhere")
        return found

    def _stored(self) -> int | None:
        return max(
            (event.created for group in self.report.groups for event in group.events if event.created is not None),
            default=None,
        )

    def nothing_so_old(self) -> bool:
        """Whether all there is was written after it."""
        at = self.missing.at
        if at is None:
            return False
        events = (event for group in self.report.groups for event in group.events)
        return not any(min(event.last or 0, event.created or event.last or 0) <= at for event in events)

    def covered(self) -> Iterable[str]:
        """Whether it is there, as one of those that another event stands for."""
        missing = self.missing
        for group in self.groups:
            for event in group.events:
                if missing.reason not in ("", event.reason) or missing.type not in ("", event.type):
                    continue
                first, last = event.first or 0, event.last or event.first or 0
                inside = missing.at is None or first - SECOND < missing.at <= last  # as cut down to seconds
                if not inside or (event.count < 2 and not event.combined):
                    continue
                if group.series:
                    yield "counted" if missing.at is None or missing.at <= (event.last or 0) + SECOND else "held"
                elif event.combined:
                    yield "combined"
                elif not missing.message or hash(missing.message) == event.digest:
                    yield "counted"
        if missing.reason:
            yield from self.told_later()

    def beside_a_count(self, covered: Sequence[str]) -> Iterable[str]:
        """What else it may be where a count encloses it: the count goes on over what was given up, and over an end."""
        at = self.missing.at
        if at is None or any(group.series for group in self.groups):
            return
        if "filtered" in self.of_the_budget():
            yield "filtered"
        if self.silent(at):
            yield "given-up"
        if self.at_an_end(at) or (covered != ["counted"] and self.begun_anew(at)):
            yield "ended"

    def at_an_end(self, at: int) -> bool:
        """Whether no count has gone on over that second: one memory would have been there before and after."""
        counts = [event for group in self.groups for event in group.events if event.count > 1]
        return not any((event.first or 0) < at and (event.last or 0) > at + SECOND for event in counts)

    def silent(self, at: int) -> bool:
        """Whether twelve tries had room: it writes in order, and stored nothing recorded later while they went on."""
        return not any(
            event.made is not None and event.created is not None and event.made > at
            and event.created < at + TRIES - LATE
            for group in self.around for event in group.events
        )  # fmt: skip

    def lived_on(self, at: int) -> bool:
        """Whether one memory of the source was there before and well after."""
        return any(
            event.count > 1 and event.signed and (event.first or 0) < at and (event.last or 0) > at + NEAR
            for group in self.around for event in group.events
        )  # fmt: skip

    def almost_combined(self) -> Iterable[str]:
        """Whether similar ones were combined about then: a combined event has the time of its writing."""
        missing, at = self.missing, self.missing.at
        if at is None:
            return
        for group in self.groups:
            for event in group.events:
                similar = event.combined and event.reason == missing.reason and missing.type in ("", event.type)
                if similar and (event.first or 0) - 3 * NEAR <= at <= (event.last or 0) + NEAR:  # it may have waited
                    yield "combined"

    def told_later(self) -> Iterable[str]:
        """Whether tools/events may have it counted, and not told yet."""
        missing = self.missing
        for group in self.groups:
            for event in group.events:
                if group.series and event.reason == missing.reason and missing.type in ("", event.type):
                    after = missing.at is None or missing.at > (event.last or 0)
                    if after and (event.last or 0) + 1800 * SECOND > (missing.at or 0):
                        yield "held"

    def of_the_budget(self) -> Iterable[str]:
        """Whether a token may have been missing: what passed has left its mark in the counts."""
        missing, limits = self.missing, self.report.limits
        by_type = self.report.release.spam_key == "source, object and type"
        for group in self.groups:
            if group.series:
                continue
            paid = [event for event in group.events if not by_type or missing.type in ("", event.type)]
            before = [event for event in paid if missing.at is None or (event.first or 0) <= missing.at + SECOND]
            used = sum(event.count for event in before)
            if used < limits.burst:
                continue
            first = min(event.first or 0 for event in before)
            until = max(event.last or 0 for event in before) if missing.at is None else missing.at
            full = limits.burst + round((until - first) / 1e9 * limits.qps)
            if (
                used >= min(let_through(until - first, limits), full) - 1
                or self.lately(before, until) >= limits.burst - 1
            ):
                yield "filtered"
                if not by_type and any(event.type != missing.type for event in before):
                    yield "muted"

    def lately(self, events: Sequence[Seen], until: int) -> int:
        """How many of these can have come in the time that a bucket takes to fill, before then."""
        full = round(self.report.limits.burst / self.report.limits.qps * SECOND)
        return sum(event.count for event in events if (event.last or 0) >= until - full)

    def of_the_time(self) -> Iterable[str]:
        """What the same source wrote about other things at that time."""
        missing, at = self.missing, self.missing.at
        if at is None:
            yield from ("dropped", "given-up", "refused", "unmade", "ended")
            return
        events = [event for group in self.around for event in group.events]
        near = [
            event for event in events if abs((event.first or 0) - at) <= NEAR or abs((event.last or 0) - at) <= NEAR
        ]
        late = list(self.of_an_outage())
        quiet = not any(
            0 < abs((event.first or 0) - at) <= NEAR or 0 < abs((event.last or 0) - at) <= NEAR for event in near
        )
        anew = self.begun_anew(at)
        after = any((event.last or 0) > at for event in events)
        in_namespace = any(
            event.namespace == (missing.namespace or "default") and (event.last or 0) > at for event in events
        )
        if anew:
            yield from ("ended", "left")
        yield from late
        if not late and (not near or quiet):
            yield from ("given-up", "dropped")
        elif self.silent(at):
            yield "given-up"
        if not in_namespace:
            yield "refused"
        if not after:
            yield from ("ended", "left")
        yield "unmade"
        if not self.lived_on(at):
            yield "ended"
        if not late and not anew and after and near and not quiet:
            yield from ("refused", "invalid")

    def of_an_outage(self) -> Iterable[str]:
        """Whether what the same source recorded at that time came late."""
        at = self.missing.at
        if at is None:
            return
        for group in self.around:
            for event in group.events:
                if event.made is None or event.created is None or event.count > 1 or not event.signed:
                    continue
                if abs(event.made - at) <= NEAR and event.created - event.made >= LATE:
                    yield from ("given-up", "dropped", "door")
                    return

    def begun_anew(self, at: int) -> bool:
        """Whether the source lost its memory about then."""
        for finding in self.report.findings:
            if finding.rule.key == "restart":
                return True
        for group in self.around:
            for event in group.events:
                if event.signed and event.first is not None and at - SECOND <= event.first <= at + NEAR:
                    for other in group.events:
                        same = other is not event and other.digest == event.digest and other.reason == event.reason
                        if same and (other.last or 0) <= event.first:
                            return True
        return False
