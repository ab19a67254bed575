"""The report: everything that was found, and its form as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kevent import versions
from kevent.diagnosis.budget import Limits
from kevent.diagnosis.causes import CAUSES, LOG
from kevent.diagnosis.groups import Group
from kevent.diagnosis.judging import Finding, judge, judge_all
from kevent.diagnosis.reading import Notes
from kevent.diagnosis.seen import Seen
from kevent.versions import Release
from kevent.wire import format_time

__all__ = ["SCHEMA", "Report", "command", "report_on"]

SCHEMA = "kevent.diagnosis/v1"
"""The name of the form that `Report.to_dict` has. Fields may be added to it; none changes its meaning."""

_WEIGHT = {"certain": 2, "given": 3, "possible": 0}
_DULL = {"unsigned", "dry", "counted", "told-again", "patched", "default", "series"}


@dataclass(slots=True)
class Report:
    """What was found in a list."""

    release: Release
    limits: Limits
    notes: Notes
    groups: list[Group]
    """By source and object, in the order of the list; `ranked` has those with most to say first."""
    findings: list[Finding]
    """What only the whole list says."""
    recreated: list[Seen] = field(default_factory=list)
    """Events whose name had another uid before."""
    _judged: dict[int, list[Finding]] = field(default_factory=dict)

    def read_as(self, release: str | Release, limits: Limits) -> Report:
        """What the same events say of a component of another release, or with other limits.

        Raises ValueError for what is no release.
        """
        return report_on(self.groups, versions.release(release), limits, self.notes, self.recreated)

    def of(self, group: Group) -> list[Finding]:
        """What was found of this group, the surest first."""
        found = self._judged.get(id(group))
        if found is None:
            found = judge(group, self.release, self.limits)
            if len(self._judged) < 1000:
                self._judged[id(group)] = found
        return found

    def ranked(self) -> list[Group]:
        """The groups, those with most to say first."""
        weights = [self._weight(group) for group in self.groups]
        order = sorted(range(len(weights)), key=lambda number: (-weights[number], number))
        return [self.groups[number] for number in order]

    def _weight(self, group: Group) -> int:
        found = judge(group, self.release, self.limits) if len(self.groups) > 1000 else self.of(group)
        odd = sum(_WEIGHT[each.level] + 3 * each.rule.loss for each in found if each.rule.key not in _DULL)
        return odd * 1000 + min(group.observed, 999)

    def about(self, kind: str, name: str, namespace: str | None = None) -> list[Group]:
        """The groups about this object; kinds are compared without regard to case."""
        return [
            group for group in self.groups
            if group.name == name and group.kind.lower() == kind.lower() and namespace in (None, group.namespace)
        ]  # fmt: skip

    @property
    def objects(self) -> int:
        """How many events there are, each counted once."""
        return sum(len(group.events) for group in self.groups)

    @property
    def observed(self) -> int:
        """How often they happened, at least."""
        return sum(group.observed for group in self.groups)

    @property
    def first(self) -> int | None:
        """When the first of them happened, Unix nanoseconds."""
        return min((group.first for group in self.groups if group.first is not None), default=None)

    @property
    def last(self) -> int | None:
        """When the last of them happened."""
        return max((group.last for group in self.groups if group.last is not None), default=None)

    @property
    def lost(self) -> bool:
        """Whether something that happened is, for certain or given the defaults, not in the list as itself."""
        return any(
            finding.rule.loss and finding.level != "possible"
            for group in self.groups for finding in self.of(group)
        ) or any(finding.rule.loss for finding in self.findings)  # fmt: skip

    def to_dict(self, groups: Sequence[Group] | None = None) -> dict[str, Any]:
        """As JSON has it, in the form that `SCHEMA` names, of these groups (by default all).

        `release` and `limits` (`burst`, `qps`, `maxEvents`, `ttlSeconds`) are what was assumed. `events` and `observed`
        count the list, from `first` to `last`; `snapshot` says whether it is one of a server's, `complete` whether all
        of it could be read and no server refused to say more, and `notes` are sentences about that. `findings` are
        those of the whole list, `groups` what one source says about one object. A finding has `rule`, `level` (certain,
        given, possible), `title`, `why`, `chapter`, `go`, `loss`, `atLeast` (of events not written, or null), `events`
        (names) and `causes`, each with `key`, `stop`, `title` and `test`, a command. A group has an `object`
        (`apiVersion`, `kind`, `namespace`, `name`, `uid`), a `source` (`component`, `host`), the `package` that
        recorded it, `events`, `observed`, `combined`, `filteredAtLeast`, `first`, `last` and its `findings`.
        """
        limits = self.limits
        return {
            "schema": SCHEMA,
            "release": self.release.name,
            "limits": {
                "burst": limits.burst,
                "qps": limits.qps,
                "maxEvents": limits.max_events,
                "ttlSeconds": limits.ttl,
            },
            "events": self.objects,
            "observed": self.observed,
            "first": format_time(self.first),
            "last": format_time(self.last),
            "snapshot": self.notes.snapshot,
            "complete": self.notes.complete,
            "notes": self.notes.words(),
            "findings": [_finding(each, None) for each in self.findings],
            "groups": list(self.groups_as_dicts(self.ranked() if groups is None else groups)),
        }

    def groups_as_dicts(self, groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
        """The groups as JSON has them, one at a time."""
        for group in groups:
            found = self.of(group)
            kind, namespace, name, uid, version = group.about
            component, host = group.reporter
            yield {
                "object": {"apiVersion": version, "kind": kind, "namespace": namespace, "name": name, "uid": uid},
                "source": {"component": component, "host": host},
                "package": "tools/events" if group.series else "tools/record",
                "events": len(group.events),
                "observed": group.observed,
                "combined": sum(event.count for event in group.events if event.combined),
                "filteredAtLeast": sum(each.at_least or 0 for each in found),
                "first": format_time(group.first),
                "last": format_time(group.last),
                "findings": [_finding(each, group) for each in found],
            }


def report_on(groups: list[Group], release: Release, limits: Limits, notes: Notes, recreated: list[Seen]) -> Report:
    """The report on what has been read."""
    whole = judge_all(groups, release, limits, snapshot=notes.snapshot, recreated=recreated)
    return Report(release, limits, notes, groups, whole, recreated)


def _finding(finding: Finding, group: Group | None) -> dict[str, Any]:
    rule = finding.rule
    causes = [CAUSES[key] for key in finding.causes]
    return {
        "rule": rule.key, "level": rule.level, "title": finding.title, "why": finding.why, "chapter": rule.chapter,
        "go": rule.go, "loss": rule.loss, "atLeast": finding.at_least, "events": list(finding.events),
        "causes": [
            {"key": each.key, "stop": each.stop, "title": each.title, "test": command(each.test, group, finding)}
            for each in causes
        ],
    }  # fmt: skip


def command(template: str, group: Group | None, finding: Finding | None = None) -> str:
    """A command with the names of this group in it; what is not known stays a word in capitals."""
    kind, namespace, name, uid, _ = group.about if group is not None else ("", "", "", "", "")
    if group is not None:
        namespace = namespace or "default"  # where events about what has no namespace are
    component, host = group.reporter if group is not None else ("", "")
    event = finding.events[0] if finding is not None and finding.events else ""
    log = (
        LOG
        if component in ("", "kubelet")
        else f"kubectl logs -n kube-system -l component={quoted(component)} --tail=-1"
    )
    reason = str(finding.values.get("reason", "")) if finding is not None else ""
    known = {
        "{kind}": kind, "{namespace}": namespace, "{name}": name, "{uid}": uid, "{host}": host,
        "{component}": component, "{event}": event, "{reason}": reason,
    }  # fmt: skip
    for word, value in known.items():
        template = template.replace(word, quoted(value) if value else word[1:-1].upper())
    return template.replace("{log}", log)


_TO_A_SHELL = re.compile(r"[^\w.:/@+-]")


def quoted(text: str) -> str:
    """As a shell takes it for one word, also between quotes: whatever else is in it becomes a question mark."""
    return _TO_A_SHELL.sub("?", text)
