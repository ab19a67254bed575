"""CorrelatorTimeline as a picture: what came, what could be paid, what is stored; for readers without a script."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from kevent.figures.still import BLUE, CARD, DONE, EDGE, INK, LOST, MUTED, WAIT, Still
from kevent.figures.storyboard import State, seconds

__all__ = ["draw_timeline", "say_timeline"]

LEFT, RIGHT = 96, 728
MARK = 14
"""Pixels that a mark needs."""
ROWS = 12
"""Objects of the API server that are drawn; more are counted."""


def draw_timeline(state: State, last: int) -> str:
    """All events on one axis of time, those after `last` pale; the tokens and what is stored, up to it."""
    done = state["done"]
    objects = _objects(state, last)
    height = 148 + 20 * max(1, min(len(objects), ROWS)) + 26
    still = Still(736, height)
    span: int = max(state["total"], 1)

    def x(time: int) -> float:
        return LEFT + round((RIGHT - LEFT - 8) * time / span)

    still.text(1, 24, "what came", bold=True)
    places = [x(entry[0]) for entry in done]
    mark = _stroke if any(to - at < MARK for at, to in pairwise(places)) else _mark
    for number, entry in enumerate(done):
        mark(still, places[number], 20, entry, bool(state["events"][number][1]), number <= last)
    top, depth = 50, 48
    still.text(1, top + 28, "tokens", bold=True)
    path = f"M{x(0)} {top}"
    for entry in done[: last + 1]:
        before, after = (top + depth * (1 - value / 1000 / state["burst"]) for value in entry[4:6])
        path += f"L{x(entry[0])} {before:.1f}V{after:.1f}"
    still.line(f"M{LEFT} {top}H{RIGHT}M{LEFT} {top + depth}H{RIGHT}")
    still.line(f"M{LEFT} {top + depth * (1 - 1 / state['burst']):.1f}H{RIGHT}", edge=WAIT, dashed=True)
    still.line(path, edge=BLUE, width=1.8)
    still.text(LEFT - 6, top + 5, str(state["burst"]), size=12, fill=MUTED, anchor="end")
    still.text(1, 136, "API server", bold=True)
    for row, (first, to, count, text) in enumerate(objects[:ROWS]):
        y = 124 + 20 * row
        wide = max(x(to) - x(first), 8)
        still.rect(x(first) - 4, y, wide + 8, 15, edge=DONE, radius=4)
        told = f"× {count} {text if len(text) < 50 else text[:49] + '…'}"
        beside = x(first) + wide + 9
        fits = beside + 6.4 * len(told) < RIGHT
        still.text(beside if fits else x(first) - 9, y + 12, told, size=12, anchor="start" if fits else "end")
    if len(objects) > ROWS:
        still.text(1, 154, f"and {len(objects) - ROWS} more", size=12, fill=MUTED)
    axis = height - 24
    still.line(f"M{LEFT} {axis}H{RIGHT}")
    if done:
        at = x(done[last][0])
        still.line(f"M{at} 6V{axis}", edge=INK)
    for quarter in range(5):
        time = span * quarter // 4
        anchor = "start" if quarter == 0 else "end" if quarter == 4 else "middle"
        still.text(x(time), axis + 16, seconds(time * 1000), size=12, fill=MUTED, anchor=anchor)
    return still.svg()


def _mark(still: Still, x: float, y: float, entry: list[Any], warning: bool, came: bool) -> None:
    lost = entry[1] == "filtered"
    path = f"M{x} {y - 7}l7 7l-7 7l-7 -7Z" if warning else f"M{x - 5} {y - 5}h10v10h-10Z"
    fill = DONE if entry[1] == "created" and came else CARD
    still.line(path, edge=(LOST if lost else DONE) if came else EDGE, width=1.6, fill=fill, dashed=lost)


def _stroke(still: Still, x: float, y: float, entry: list[Any], warning: bool, came: bool) -> None:
    """Where marks would touch: upwards what is written, downwards what is not."""
    lost = entry[1] == "filtered"
    still.line(f"M{x} {y + lost}v{10 if lost else -12}", edge=(LOST if lost else DONE) if came else EDGE, width=2)


def _objects(state: State, last: int) -> list[tuple[int, int, int, str]]:
    """What the API server has: first and last time, count, text."""
    found: dict[int, tuple[int, int, int, str]] = {}
    for number, entry in enumerate(state["done"][: last + 1]):
        if entry[1] != "filtered":
            first = found[entry[11]][0] if entry[11] in found else entry[0]
            combined = "(combined…) " if "combined" in entry[1] else ""
            found[entry[11]] = (first, entry[0], entry[2], combined + state["events"][number][0])
    return list(found.values())


def say_timeline(state: State, last: int) -> str:
    """The same in words."""
    came = state["done"][: last + 1]
    kinds = ", ".join(
        f"{sum(entry[1].split()[0] == kind for entry in came)} {kind}"
        for kind in ("created", "patched", "combined", "filtered")
    )
    objects = _objects(state, last)
    told = sum(count for _, _, count, _ in objects)
    return f"So far: {kinds}. The API server has {len(objects)} objects, and knows of {told} of {len(came)} events."
