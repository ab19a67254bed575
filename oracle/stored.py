"""What is stored of the releases' answers, without asking anybody.

A release that has no file of its own says what the release before says.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from .asking import Scenario
from .record import ASKED_OF, VECTORS, last_said
from .toolchain import releases

__all__ = ["NotStored", "Refused", "answer", "line", "stored"]


class NotStored(LookupError):
    """No answer to this question is stored for this release."""


class Refused(NotStored):
    """The release lacks what is asked about."""


def stored(release: str, kind: str) -> Path:
    """The file that has a release's answers to `questions/KIND.json`. Raises NotStored."""
    if release not in ASKED_OF.get(kind, releases()):
        raise NotStored(f"release {release} was not asked about {kind}")
    own = VECTORS / release / f"{kind}.json"
    found = own if own.exists() else last_said(release, own.name)
    if found is None:
        raise NotStored(f"there is no question of the kind {kind}")
    return found


@cache
def _lines(path: Path) -> dict[str, tuple[int, Scenario]]:
    """Each scenario by its name, with the number of its line: the files have one a line."""
    found = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if text.startswith("{"):
            scenario = json.loads(text.removesuffix(","))
            found[scenario["name"]] = number, scenario
    return found


def _found(release: str, kind: str, name: str) -> tuple[int, Scenario]:
    try:
        return _lines(stored(release, kind))[name]
    except KeyError:
        raise NotStored(f"{kind} has no question {name!r}") from None


def answer(release: str, kind: str, name: str) -> Any:
    """What a release answered: the answer, or a dictionary from each answer (as JSON) to how often it came.

    Raises NotStored, and Refused where the release lacks what is asked about.
    """
    _, scenario = _found(release, kind, name)
    if "refused" in scenario:
        raise Refused(f"release {release} could not be asked {name!r}: {scenario['refused']}")
    if "outcomes" in scenario:
        return {json.dumps(each["answer"], sort_keys=True): each["times"] for each in scenario["outcomes"]}
    return scenario["expect"]


def line(release: str, kind: str, name: str) -> tuple[Path, int]:
    """The file and the line where that answer is stored. Raises NotStored."""
    number, _ = _found(release, kind, name)
    return stored(release, kind), number
