"""Numbers, times and lengths of time, as a person reads them."""

from __future__ import annotations

from string import Formatter
from typing import Any

from kevent.wire import format_time

__all__ = ["clock", "filled", "long", "plain"]

SECOND = 1_000_000_000


def clock(nanoseconds: int | None) -> str:
    """2026-03-01 10:00:07, in UTC."""
    text = format_time(nanoseconds)
    return "an unknown time" if text is None else text.rstrip("Z").replace("T", " ")


def long(nanoseconds: int) -> str:
    """A length of time, with the precision that matters: 41 s, 16 min, 3.5 h, 12 days."""
    seconds = max(nanoseconds, 0) // SECOND
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def plain(number: int) -> str:
    """1,400,000."""
    return f"{number:,}"


_VERBS = {"counts": ("counts", "count"), "was": ("was", "were"), "have": ("has", "have"), "share": ("shares", "share")}
_NOUNS = {
    "objects": ("object", "objects"), "occurrences": ("occurrence", "occurrences"), "tokens": ("token", "tokens"),
    "similar events": ("similar event", "similar events"), "of these": ("of these", "of these"),
    "counts of events": ("count", "counts"),
}  # fmt: skip


class _Words(Formatter):
    """`{number:objects}` is a number with its noun, `{number:was}` the verb that goes with it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec in _VERBS:
            return _VERBS[format_spec][value != 1]
        if format_spec in _NOUNS:
            return f"{value:,} {_NOUNS[format_spec][value != 1]}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs[key]


_WORDS = _Words()


def filled(template: str, values: dict[str, Any]) -> str:
    """The format with its values."""
    return _WORDS.vformat(template, (), values)
