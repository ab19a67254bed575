"""Which line of Go does what a line of kevent does: the two meet at the same step.

Only names and numbers are here, no text of Go. A number is a line of the file at the release's tag; whoever shows the
line takes it from the Go module, and has its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from kevent import versions
from kevent.figures import go_tables
from kevent.figures.tracing import SCENARIO, Moment, Place

__all__ = ["RELEASES", "GoLine", "go_lines", "nearest", "rows"]


class GoLine(NamedTuple):
    """A line of Go, or why there is none."""

    symbol: str
    """The file and the declaration that the line stands in: `mux.go#Broadcaster.distribute`. Empty if there is none."""
    number: int
    reason: str = ""
    """Why this release has no such line."""


class Row(NamedTuple):
    """A line of kevent, and the Go that does the same."""

    function: str
    text: str
    """How the line begins; of what is `PLAYED`, the operation."""
    outcome: str
    """The outcome of the step that this is about; empty for every other one."""
    go: GoLine


RELEASES = {"1.14": go_tables.AT_1_14, "1.37": go_tables.AT_1_37}
"""The releases whose lines are known: the one that the book reads, and the newest."""

_AT = {"1.37": "@newest"}
"""What a symbol's name ends with where it is not as the book reads it."""

PLAYED = "the scenario"
"""In place of a function: what a reader of the scenario does instead of a handler of client-go."""


@cache
def rows(release: str) -> tuple[Row, ...]:
    """The table of a release. Raises KeyError for one that is not known."""
    return (*_rows(RELEASES[release], _AT.get(release, "")), *_rows(go_tables.OF_GO))


def _rows(table: str, at: str = "") -> Iterator[Row]:
    for line in table.strip().splitlines():
        function, text, outcome, go = (part.strip() for part in line.split("|", 3))
        symbol, _, rest = go.partition(" ")
        yield Row(function, text, outcome, GoLine("", 0, rest) if symbol == "-" else GoLine(symbol + at, int(rest)))


@cache
def nearest(release: str) -> str:
    """The release with known lines that tell of a run as of this one: it hands an event on in the same way.

    The first for a run that is as of none.
    """
    sending = versions.release(release or next(iter(RELEASES))).sending
    return next(known for known in RELEASES if versions.release(known).sending == sending)


@cache
def _by_function(release: str) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, tuple[Row, ...]] = {}
    for row in rows(release):
        found[row.function] = (*found.get(row.function, ()), row)
    return found


def go_lines(moment: Moment, release: str) -> list[GoLine]:
    """The lines of Go at a moment: the one that runs, then its callers; each once.

    The first has a reason instead if the release has none; then it stands alone. Empty where nothing is known, as at
    a goroutine's start.
    """
    found: list[GoLine] = []
    for depth, place in enumerate(moment.places):
        line = _line(place, moment if depth == 0 else CALLER, release)
        if line is not None and line not in found:
            found.append(line)
        if found and found[0].reason:
            break
    return found


CALLER = Moment((), "", "")
"""At a line that has called the one that takes the step, neither operation nor outcome is its own."""


def _line(place: Place, moment: Moment, release: str) -> GoLine | None:
    played = place.function.startswith(SCENARIO)
    text, function = (moment.operation, PLAYED) if played else (place.text, place.function)
    matching = [row for row in _by_function(release).get(function, ()) if text.startswith(row.text)]
    for wanted in (moment.outcome, ""):
        for row in matching:
            if row.outcome == wanted:
                return row.go
    return None
