"""Where is my event, in a page: a file is read here, piece by piece, and what was found is asked for from the page.

JSON in, JSON out. What is read stays here until the next file or the end of the page, so that another release or
another object is looked at without reading again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from kevent.diagnosis import CAUSES, DEFAULTS, Missing, Refused, Report, Unreadable, absence, diagnose
from kevent.diagnosis.groups import Group
from kevent.diagnosis.report import command
from kevent.diagnosis.seen import time_of

PIECE = 1 << 20
MOST = 60
"""How many objects are sent to the page at once; it asks for others by their names."""

DRAWN = 40
"""How many events of an object are drawn."""

_report: Report | None = None


def read(piece: Callable[[int, int], Any], size: int, settings: str, tell: Callable[[float], Any]) -> str:
    """Read a file of so many bytes: `piece` gives those from one place to another, `tell` hears what part is done."""
    global _report
    _report = None

    def pieces() -> Iterator[bytes]:
        for at in range(0, size, PIECE):
            tell(at / size)
            yield piece(at, min(at + PIECE, size)).to_bytes()

    given = json.loads(settings)
    limits = replace(DEFAULTS, **given.get("limits", {}))
    try:
        _report = diagnose(pieces(), release=given["release"], limits=limits)
    except (Unreadable, Refused) as error:
        return json.dumps({"refused": str(error), "server": isinstance(error, Refused)})
    return _told(_report, _report.ranked()[:MOST])


def again(settings: str) -> str:
    """What was read last, as of another release or with other limits."""
    global _report
    assert _report is not None
    given = json.loads(settings)
    _report = _report.read_as(given["release"], replace(_report.limits, **given.get("limits", {})))
    return _told(_report, _report.ranked()[:MOST])


def find(words: str) -> str:
    """The objects whose names have these words in them."""
    assert _report is not None
    wanted = words.lower().split()
    found = [
        group for group in _report.ranked()
        if all(word in f"{group.kind}/{group.name} {group.namespace} {group.source}".lower() for word in wanted)
    ]  # fmt: skip
    return _told(_report, found[:MOST])


def missing(asked: str) -> str:
    """What may have become of an event that is not there: the causes, the likeliest first."""
    assert _report is not None
    given = json.loads(asked)
    try:
        at = time_of(given["at"]) if given["at"] else None
    except ValueError:
        return json.dumps({"refused": f"{given['at']!r} is no time such as 2026-03-01T10:05:00Z"})
    wanted = Missing(
        kind=given["kind"], name=given["name"], namespace=given["namespace"], component=given["component"],
        host=given["host"], type=given["type"], reason=given["reason"], at=at,
    )  # fmt: skip
    group = next(iter(_report.about(given["kind"], given["name"], given["namespace"])), None)
    causes = [CAUSES[cause.key] for cause in absence(_report, wanted)]
    return json.dumps({
        "causes": [
            {"key": each.key, "stop": each.stop, "title": each.title, "why": each.why, "chapter": each.chapter,
             "test": command(each.test, group)}
            for each in causes
        ]
    })  # fmt: skip


def _milliseconds(nanoseconds: int | None) -> int | None:
    """As the page counts: a number of its own has no room for nanoseconds."""
    return None if nanoseconds is None else nanoseconds // 1_000_000


def _told(report: Report, groups: list[Group]) -> str:
    told = report.to_dict(groups)
    for group, data in zip(groups, told["groups"], strict=True):
        data["drawn"] = [
            {
                "first": _milliseconds(event.first), "last": _milliseconds(event.last), "count": event.count,
                "type": event.type, "reason": event.reason, "combined": event.combined,
            }
            for event in group.events[:DRAWN]
        ]  # fmt: skip
    return json.dumps({**told, "all": len(report.groups)})
