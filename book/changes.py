"""What has changed since the release that the book reads, and when: nobody types it.

`kevent.versions` knows what a release does otherwise, with its first tag and those of back-ports. `timeline.json` in
`book/data` has every change of the files, for readers: what it is, what it matters, and the first tag whose files show
it. Where both have a change, the pull request joins them.

A change is named by its behaviour (`sending`; of several ways the first, or `entrance=closed to one at a time`), or by
its pull request (`#75092`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from kevent import versions
from kevent.versions import CHANGES, Change

__all__ = ["TIME_LINE", "WORDS", "change", "filled", "first_tags", "in_words", "minor", "rows", "since", "until"]

TIME_LINE = Path(__file__).parent / "data" / "timeline.json"
UNRELEASED = 99
"""In place of a minor release, for what no tag has yet."""


@cache
def _written() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(TIME_LINE.read_text(encoding="utf-8"))
    return found


def change(key: str) -> Change:
    """The change that has this name. Raises LookupError."""
    behaviour, _, value = key.partition("=")
    for found in CHANGES:
        if key == f"#{found.pull}" or (found.behaviour == behaviour and value in ("", str(found.value))):
            return found
    raise LookupError(f"kevent.versions knows no change {key!r}")


def first_tags(key: str) -> list[str]:
    """The first tag that has a change, then those of older releases that got it back-ported. Raises LookupError."""
    with suppress(LookupError):
        found = change(key)
        return [_told(found.pull) or found.since[0], *sorted(found.since[1:], key=versions.numbers)]
    tag = _told(int(key[1:])) if re.fullmatch(r"#\d+", key) else None
    if tag is None:
        raise LookupError(f"neither kevent.versions nor the time line knows a change {key!r}")
    return [tag]


def _told(pull: int) -> str | None:
    return next((row["since"] for row in _written() if pull and row.get("pr") == pull), None)


def since(key: str) -> str:
    """The first release that has a change: "1.21". Raises LookupError."""
    return f"1.{minor(first_tags(key)[0])}"


def until(key: str) -> str:
    """The last release that does not have a change: "1.20". Raises LookupError."""
    return f"1.{minor(first_tags(key)[0]) - 1}"


def minor(tag: str) -> int:
    """The 29 of 1.29.0-alpha.2, and of 1.29; a number beyond all for what no tag has yet."""
    found = re.match(r"1\.(\d+)", tag)
    return int(found[1]) if found else UNRELEASED


def in_words(tags: list[str]) -> str:
    """Tags as a list in running text."""
    return tags[0] if len(tags) == 1 else f"{', '.join(tags[:-1])} and {tags[-1]}"


WORDS: dict[str, Callable[[str], str]] = {
    "since": since,
    "until": until,
    "first": lambda key: in_words(first_tags(key)),
}
"""What a text can say of a change: the first release that has it, the last that has not, the first tags."""


def filled(text: str) -> str:
    """A text with {since:sending} and the like as words. Raises LookupError."""
    return re.sub(r"\{(\w+):([^}]+)\}", lambda found: WORDS[found[1]](found[2]), text)


def rows() -> list[dict[str, Any]]:
    """The time line, oldest first: its rows with words for what is not typed, with back-ports and what was asked.

    Raises LookupError for a text that names no change.
    """
    return sorted(map(_row, _written()), key=lambda row: (minor(row["since"]), row["since"]))  # the alphabet knows tags


def _row(written: dict[str, Any]) -> dict[str, Any]:
    row = written | {"told": filled(written["told"]), "matters": filled(written["matters"])}
    with suppress(LookupError):
        found = change(f"#{written.get('pr') or 'none'}")
        row.setdefault("asked", f"#{found.pull}")
        if len(found.since) > 1:
            row["also"] = f"in {in_words(sorted(found.since[1:], key=versions.numbers))} too"
    return row
