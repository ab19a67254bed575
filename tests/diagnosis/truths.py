"""Whether a report is true of a pipeline: each finding against what is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kevent.diagnosis import DEFAULTS, Finding, Group, Missing, Report, absence
from kevent.versions import RELEASES
from tests.diagnosis.pipelines import SECOND, Occurrence, Truth, missing

NEWER = {"reporter": "source", "event_name": "object and time, or a UUID"}


def untrue(truth: Truth, report: Report) -> Iterator[str]:
    """Each finding that is not true, in words. What is given the defaults has to hold where they hold."""
    for finding in report.findings:
        yield from _whole(truth, finding)
    for group in report.groups:
        happened = [each for each in truth.occurrences if each.about.name == group.name and each.about.uid == group.uid]
        recorded = [each for each in happened if each.fate not in ("unmade", "dropped", "ended")]
        total = (
            sum(count for (name, _), count in truth.series.items() if name == group.name)
            if group.series
            else len(recorded)
        )
        if group.observed > total:
            yield f"{group.name}: observed {group.observed}, and it happened {total} times"
        for finding in report.of(group):
            if finding.level == "possible" or (finding.level == "given" and not truth.calm):
                continue
            for wrong in _of_group(truth, group, finding, happened):
                yield f"{finding.rule.key} of {group.name}: {wrong}; {finding.title}: {finding.why}"


def _whole(truth: Truth, finding: Finding) -> Iterator[str]:
    key = finding.rule.key
    if key == "kept" and truth.ttl < 3600 + 60:
        yield f"kept: the server forgets after {truth.ttl}"
    if key == "restart" and not truth.restarts and truth.kind not in ("lru", "two"):  # which are no defaults
        yield "restart: there was none"
    if key == "newer":
        names = list(RELEASES)
        if names.index(truth.release) < names.index(str(finding.values["since"])):
            yield f"newer: it is {truth.release}"


def _of_group(truth: Truth, group: Group, finding: Finding, happened: list[Occurrence]) -> Iterator[str]:
    key, values = finding.rule.key, finding.values
    names = set(finding.events)
    of_names = [each for each in happened if each.name in names]
    fates = Counter(each.fate for each in happened)
    if key == "counted":
        most = Counter(each.name for each in happened)
        if any(event.count > most[event.name] for event in group.events):
            yield "a count is higher than the truth"
    elif key == "combined":
        if values["times"] > sum(each.combined for each in of_names):
            yield "not so many were combined"
    elif key in ("patched", "told-again"):
        if not any(each.fate == "patched" for each in of_names):
            yield "there was no patch"
    elif key in ("twice", "overlap", "combined-twice"):
        memories = {each.memory for each in happened if each.name in names}
        if truth.kind != "lru" and not truth.two and len(memories) < 2:
            yield "one memory has counted both"
        if key == "overlap" and not truth.two:
            yield "there is one process only"
    elif key == "ahead":
        if truth.skew <= 0:
            yield "its clock is not ahead"
    elif key == "late":
        if not (truth.skew or any(each.retried or each.handled > each.time + 2 * SECOND for each in happened)):
            yield "nothing delayed it"
    elif key == "anew":
        first = of_names[:1]
        delayed = truth.skew or any(each.retried or each.handled > each.time + 2 * SECOND for each in of_names)
        lost = first and first[0].fate not in ("created",)
        again = sum(each.fate == "created" for each in of_names) > 1
        recreated = len(of_names) > 1 and again
        if not (delayed or lost or recreated):
            yield "it was stored at once, and is still there"
    elif key == "beyond":
        if truth.calm or (truth.default and not truth.restarts and not truth.two):
            yield "its limits are the defaults"
    elif key == "budget":
        if values["held"] > fates["filtered"]:
            yield f"{fates['filtered']} were filtered"
    elif key == "default":
        if group.namespace:
            yield "it has a namespace"
    elif key == "uuid":
        if RELEASES[truth.release].event_name == "object and time":
            yield "no such names at this release"
    elif key in ("series", "series-twice"):
        if truth.kind != "series":
            yield "not of tools/events"
    elif key == "format":
        if not any("%!" in each.message for each in happened):
            yield "no such message"
    elif key not in ("wrapped", "gone"):
        yield "nobody has said how to check this rule"


def proven(truth: Truth, report: Report) -> set[tuple[str, str, bool]]:
    """What the data proves of each object, and whether the report says it: rule, object, said.

    Read off the events one by one, and not as the rules do.
    """
    return set(_proven(truth, report))


def _proven(truth: Truth, report: Report) -> Iterator[tuple[str, str, bool]]:
    said = {group.name: {finding.rule.key for finding in report.of(group)} for group in report.groups}
    watched = truth.form == "watch"
    by_name: dict[tuple[str, str, str, str], set[str]] = {}
    for event in truth.held:
        found = said.get(event.involved_object.name, set())
        if event.series is not None or event.event_time is not None:
            yield "series", event.involved_object.name, "series" in found
            continue
        hexadecimal = event.name.rpartition(".")[2]
        made = int(hexadecimal, 16) if event.name.startswith(event.involved_object.name + ".") else None
        if event.message.startswith("(combined"):
            yield "combined", event.involved_object.name, "combined" in found
        elif event.count > 1:
            yield "counted", event.involved_object.name, "counted" in found
        elif made is not None and event.creation_timestamp is not None and event.creation_timestamp - made > 6 * SECOND:
            yield "late", event.involved_object.name, "late" in found
        if made is not None and event.creation_timestamp is not None and made - event.creation_timestamp > 3 * SECOND:
            yield "ahead", event.involved_object.name, "ahead" in found
        if event.count > 1 and made is not None and (event.creation_timestamp or 0) - made > 10 * SECOND:
            yield "anew", event.involved_object.name, "anew" in found
        seconds = ((event.last_timestamp or 0) - (event.first_timestamp or 0)) // SECOND
        if truth.told == DEFAULTS and event.count > 26 + (seconds + 1) / 299 and not found & {"beyond", "twice"}:
            yield "budget", event.involved_object.name, "budget" in found
        if not event.involved_object.namespace:
            yield "default", event.involved_object.name, "default" in found
        if made is None:
            yield "uuid", event.involved_object.name, "uuid" in found
        if "%!(" in event.message:
            yield "format", event.involved_object.name, "format" in found
        if made is not None and not event.message.startswith("(combined"):
            equal = by_name.setdefault((event.involved_object.name, event.type, event.reason, event.message), set())
            equal.add(event.name)
    for (name, *_), names in by_name.items():
        if len(names) > 1:
            yield "twice", name, "twice" in said.get(name, set())
    if watched and any(state["type"] == "MODIFIED" for state in truth.states):
        yield "patched", "", any("patched" in keys for keys in said.values())


def answers(truth: Truth, report: Report, most: int = 3) -> Iterator[tuple[set[str], list[str]]]:
    """For a few that are missing, of each cause one: the right answers, and those that are given."""
    asked: set[str] = set()
    for happened, right in missing(truth):
        kind = min(right)
        if kind in asked or len(asked) >= most:
            continue
        asked.add(kind)
        about = happened.about
        wanted = Missing(
            kind=about.kind, name=about.name, namespace=about.namespace, component=truth.source.component,
            host=truth.source.host, type=happened.type, reason=happened.reason, message=happened.message,
            at=(happened.time + truth.skew) // SECOND * SECOND,
        )  # fmt: skip
        yield right, [cause.key for cause in absence(report, wanted)]
