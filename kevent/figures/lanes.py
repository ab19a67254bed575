"""The lane of code that each goroutine goes along: the lines of its function, and at which of them it stands.

The lines come from where a tracer saw the goroutine come to its steps. Of a scenario's function all are shown; where a
goroutine runs nothing but kevent's own, only those that its steps came through. A step that no line of Python takes, as
with `go(queue.send, event)`, is a line made of its own words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from kevent.figures.sources import function
from kevent.figures.tracing import SCENARIO, Place, Source

__all__ = ["Lanes", "Spot"]

_LONGEST = 22
"""Lines of a function that are all shown; of a longer one only those that matter."""

_REMARK = re.compile(r"\s+# (?:type: ignore|noqa).*$")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a goroutine stands: a line of a block in its lane."""

    block: tuple[str, int]
    """The function, and the number of its line that begins the one inside of it that runs; or the words of a step."""
    line: int
    inside: str = ""
    """The line of kevent that the goroutine has come to from there, with its function."""


@dataclass(slots=True)
class _Block:
    """One function of a lane."""

    lines: list[tuple[int, str]]
    """All that may be shown: the number in the source, and the text."""
    whole: bool
    met: set[int] = field(default_factory=set)

    def shown(self) -> list[tuple[int, str]]:
        first = self.lines[0][0]
        return [line for line in self.lines if self.whole or line[0] in self.met or line[0] == first]


class Lanes:
    """The lanes of all goroutines, grown spot by spot."""

    def __init__(self) -> None:
        self._lanes: dict[str, dict[tuple[str, int], _Block]] = {}
        self._orders: dict[str, dict[tuple[str, int], None]] = {}

    def spot(
        self, goroutine: str, places: Sequence[Place], sources: dict[str, Source], operation: str, name: str
    ) -> Spot:
        """Where a goroutine stands that has come to a step."""
        lane = self._lanes.setdefault(goroutine, {})
        if not places:
            dots = "…" if "send" in operation else ""
            spot = Spot((f"{name}.{operation}({dots})", -1), 0)
            lane.setdefault(spot.block, _Block([(0, spot.block[0])], whole=True))
            return spot
        own = [place for place in places if _is_scenario(place)]
        if not lane:  # the function that it began with
            self._meet(lane, (own or places)[-1], sources, whole=bool(own))
        outside = (place for place in places if not place.function.startswith("waitgroup."))
        home = own[0] if own else next(outside, places[0])
        order = self._orders.setdefault(goroutine, {})
        for place in reversed(own or places):  # who calls stands above who is called
            order.setdefault(self._key(place, sources), None)
        block, line = self._meet(lane, home, sources, whole=bool(own))
        inner = places[0]
        inside = "" if inner == home else f"{inner.function.split('.', 1)[-1]}: {_REMARK.sub('', inner.text)}"
        return Spot(block, line, inside)

    def _meet(
        self, lane: dict[tuple[str, int], _Block], place: Place, sources: dict[str, Source], *, whole: bool
    ) -> tuple[tuple[str, int], int]:
        lines = sources[place.function] if place.function in sources else _kevents(place.function)
        line, first, last = _around(lines, place)
        key = (place.function, first)
        if key not in lane:
            shown = _readable(lines, first, last)
            lane[key] = _Block(shown, whole=whole and len(shown) <= _LONGEST)
        lane[key].met.add(line)
        return key, line

    def _key(self, place: Place, sources: dict[str, Source]) -> tuple[str, int]:
        lines = sources[place.function] if place.function in sources else _kevents(place.function)
        return place.function, _around(lines, place)[1]

    def lines(self, goroutine: str) -> list[list[str | int]]:
        """What a lane shows: for each line its indentation and its text; a heading has the indentation -1."""
        return [[indent, text] for _, indent, text in self._flat(goroutine)]

    def number(self, goroutine: str, spot: Spot) -> int:
        """The place of a spot among the `lines` of a lane."""
        return next(n for n, (at, *_) in enumerate(self._flat(goroutine)) if at == (spot.block, spot.line))

    def first(self, goroutine: str) -> int:
        """The place of the line that a goroutine starts at; -1 in a lane without any."""
        return next((n for n, (_, indent, _) in enumerate(self._flat(goroutine)) if indent >= 0), -1)

    def _flat(self, goroutine: str) -> list[tuple[tuple[tuple[str, int], int] | None, int, str]]:
        flat: list[tuple[tuple[tuple[str, int], int] | None, int, str]] = []
        lane = self._lanes.get(goroutine, {})
        for key in [*dict.fromkeys([*self._orders.get(goroutine, ()), *lane])]:
            if key not in lane:
                continue
            block = lane[key]
            shown = block.shown()
            if flat and not block.whole:  # its first line gives way to a heading
                flat.append((None, -1, key[0].split(".", 1)[-1]))
                shown = shown[1:]
            left = min((_indent(text) for _, text in shown), default=0)
            flat += [((key, number), (_indent(text) - left) // 4, text.strip()) for number, text in shown]
        return flat


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_scenario(place: Place) -> bool:
    return place.function.startswith((SCENARIO, "models."))


@cache
def _kevents(name: str) -> Source:
    return tuple(text for _, text in function(name).lines)


@cache
def _around(lines: Source, place: Place) -> tuple[int, int, int]:
    """The number of a place's line, from 0, and of the first and the last line of the innermost function around it."""
    found = [number for number, text in enumerate(lines) if text.strip() == place.text]
    line = found[min(place.nth, len(found) - 1)]
    inner = [span for span in _functions(lines) if span[0] <= line <= span[1]]
    first, last = min(inner, key=lambda span: span[1] - span[0], default=(0, len(lines) - 1))
    return line, first, last


@cache
def _functions(lines: Source) -> list[tuple[int, int]]:
    tree = ast.parse("\n".join(lines))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.lineno - 1, (node.end_lineno or node.lineno) - 1) for node in found]


def _readable(lines: Source, first: int, last: int) -> list[tuple[int, str]]:
    """The lines of a function without docstring, blank ones, remarks to tools, and the inside of other functions."""
    hidden: set[int] = set()
    for begin, end in _functions(lines):
        if first < begin and end <= last:
            hidden.update(range(begin + 1, end + 1))
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            hidden.update(range(node.lineno - 1, node.end_lineno or node.lineno))
    kept = [(number, _REMARK.sub("", lines[number])) for number in range(first, last + 1) if number not in hidden]
    kept = [(number, text) for number, text in kept if text.strip() and not text.strip().startswith("#")]
    inner = {begin for begin, end in _functions(lines) if first < begin and end <= last}
    return [(number, f"{text} …" if number in inner else text) for number, text in kept]
