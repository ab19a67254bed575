"""A chart as a picture, for readers without a script, and for paper: lines over one axis, or stacked bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from kevent.figures.still import BLUE, CARD, DONE, EDGE, INK, LOST, MUTED, SLOT, WAIT, Still

__all__ = ["draw_bars", "draw_lines", "ticks"]

WIDE, HIGH = 736, 300
LEFT, TOP, BASE = 40, 34, 256
LETTER = 6.9
"""Pixels that a letter takes, a little more than it does."""
APART = 16
LOOKS = ((BLUE, ""), (INK, "7 3"), (MUTED, "2 3"), (EDGE, "7 3 2 3"))
ROLES = {"lost": LOST, "wait": WAIT, "done": DONE}


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, at most so many and one."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    ten: float = 10 ** math.floor(math.log10(rough))
    step = next(each * ten for each in (1, 2, 5, 10) if each * ten >= rough * (1 - 1e-9))
    return [
        round(number * step, 10) for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def span(values: Sequence[float]) -> tuple[float, float]:
    """Where an axis begins and ends: at 0, unless all values are far from it."""
    low, high = min(values), max(values)
    return (min(low, 0) if low < high / 2 else low), high


def draw_lines(rows: Sequence[Mapping[str, Any]], x_label: str, y_label: str) -> str:
    """Lines, steps and marks, each with its name at its end."""
    still = Still(WIDE, HIGH)
    right = WIDE - 14 - LETTER * max(len(row["name"]) for row in rows)
    from_x, to_x = span([value for row in rows for value in row["x"]] or [0, 1])
    from_y, to_y = span([0, *(value for row in rows for value in row["y"])])

    def x(value: float) -> float:
        return LEFT + (right - LEFT) * (value - from_x) / ((to_x - from_x) or 1)

    def y(value: float) -> float:
        return BASE - (BASE - TOP) * (value - from_y) / ((to_y - from_y) * 1.04 or 1)

    still.text(1, 14, y_label, size=12.5, fill=MUTED)
    whole = all(isinstance(value, int) for row in rows for value in row["y"])
    for value in ticks(from_y, to_y, 5):
        if whole and value % 1:
            continue
        still.line(f"M{LEFT} {y(value):.1f}H{right:g}", edge=SLOT)
        still.text(LEFT - 6, y(value) + 4, f"{value:g}", size=12, fill=MUTED, anchor="end")
    still.line(f"M{LEFT} {BASE}H{right:g}")
    for value in ticks(from_x, to_x, 7):
        still.text(x(value), BASE + 17, f"{value:g}", size=12, fill=MUTED, anchor="middle")
    still.text(right, BASE + 35, x_label, size=12.5, fill=MUTED, anchor="end")
    ends = []
    for number, row in enumerate(rows):
        colour, dash = LOOKS[number % len(LOOKS)]
        colour = ROLES.get(row["role"], colour)
        _row(still, row, x, y, right, colour, dash)
        ends.append((y(row["y"][-1]), row["name"], colour))
    for at, name, colour in _apart(ends):
        still.text(right + 8, at + 4, name, size=12.5, fill=colour, bold=True)
    return still.svg()


def _row(
    still: Still, row: Mapping[str, Any], x: Callable[[float], float], y: Callable[[float], float], right: float,
    colour: str, dash: str,
) -> None:  # fmt: skip
    places = [(round(x(one), 1), round(y(other), 1)) for one, other in zip(row["x"], row["y"], strict=False)]
    if row["shape"] == "level":
        still.line(f"M{LEFT} {y(row['y'][0]):.1f}H{right:g}", edge=colour, width=1.8, dash=dash)
    elif row["shape"] == "marks":
        for px, py in places:
            still.line(f"M{px - 4:g} {py - 4:g}l8 8m0 -8l-8 8", edge=colour, width=2.2)
    else:
        steps = row["shape"] == "steps"
        path = f"M{places[0][0]:g} {places[0][1]:g}"
        path += "".join(f"H{px:g}V{py:g}" if steps else f"L{px:g} {py:g}" for px, py in places[1:])
        still.line(path, edge=colour, width=1.8, dash=dash)
    for px, py in places if row["dots"] else ():
        still.circle(px, py, 3.5, edge=colour)


def _apart(ends: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """The names from top to bottom, none over another one."""
    order = sorted(range(len(ends)), key=lambda number: (ends[number][0], number))
    heights = [ends[number][0] for number in order]
    for one, other in pairwise(range(len(heights))):
        heights[other] = max(heights[other], heights[one] + APART)
    heights[-1] = min(heights[-1], BASE)
    for other, one in pairwise(reversed(range(len(heights)))):
        heights[one] = min(heights[one], heights[other] - APART)
    return [(height, *ends[number][1:]) for height, number in zip(heights, order, strict=True)]


def draw_bars(names: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], x_label: str) -> str:
    """A bar for each name, and in it what each row has of it."""
    looks = ((BLUE, BLUE, CARD), (SLOT, BLUE, INK), (CARD, EDGE, INK), (CARD, EDGE, INK))
    left = 14 + LETTER * max(map(len, names))
    still = Still(WIDE, 66 + 24 * len(names))
    most = max(sum(values) for values in zip(*(counts for _, counts in rows), strict=True))
    place = left
    for (name, counts), (fill, edge, _) in zip(rows, looks, strict=False):
        words = f"{name}: {sum(counts):g}"
        still.rect(place, 6, 12, 12, fill=fill, edge=edge, radius=2)
        still.text(place + 18, 16, words, size=12.5)
        place += 44 + LETTER * len(words)
    for line, thing in enumerate(names):
        at, top = left, 28 + 24 * line
        still.text(left - 8, top + 14, thing, size=12.5, anchor="end")
        for (_, counts), (fill, edge, ink) in zip(rows, looks, strict=False):
            wide = (WIDE - 8 - left) * counts[line] / most
            if wide:
                still.rect(at, top, wide - 1, 19, fill=fill, edge=edge, radius=2)
                still.text(at + wide / 2, top + 14, f"{counts[line]:g}", size=12, fill=ink, anchor="middle")
            at += wide
    still.text(WIDE - 8, 50 + 24 * len(names), x_label, size=12.5, fill=MUTED, anchor="end")
    return still.svg()
