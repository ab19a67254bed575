"""A small drawing for each symptom of the page “Where is my event?”: squares are events, a dashed one is lost."""

from __future__ import annotations


def _event(x: float, y: float, width: float = 15, height: float = 15, kind: str = "event") -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="3"/>'


def _line(path: str) -> str:
    return f'<path class="line" d="{path}"/>'


def _count(x: float, number: int) -> str:
    return f'<text class="count" x="{x}" y="17">{number}</text>'


DRAWN = {
    "none": _event(1, 5, kind="lost"),
    "stop": "".join(_event(1 + 9 * n, 7, 7, 12) for n in range(3)) + _event(28.5, 7.5, 6, 11, "lost")
    + _event(37, 7.5, 6, 11, "lost"),
    "count": _event(1, 5) + _count(8.5, 3) + _line("M18 13h6") + _event(26, 5, 17) + _count(34.5, 42),
    "combined": _event(7, 1, kind="empty") + _event(4, 5, kind="empty") + _event(1, 9),
    "late": _line("M1 13h42M6 7v12") + _event(28, 6),
    "twice": _event(1, 5) + _event(20, 5),
    "name": _event(1, 5, kind="empty") + _line("M18 13h6") + _event(26, 5),
    "log": _line("M1 6h34M1 13h42M1 20h24"),
    "process": '<circle class="empty" cx="10" cy="13" r="8"/>' + _line("M10 8v5l4 3M24 13h18"),
}  # fmt: skip
"""What stands inside of each drawing, 44 by 26, by the symptom's key."""


def drawing(key: str) -> str:
    """The drawing of a symptom. Raises KeyError."""
    return f'<svg viewBox="0 0 44 26" aria-hidden="true">{DRAWN[key]}</svg>'
