"""Tables: with rich if it is there and somebody looks, in plain columns otherwise.

What an event says comes from anywhere. On its way to a terminal it is made visible, so that none of it is obeyed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from kevent import runtime
from kevent.event import Event, last_seen

__all__ = ["Lines", "LiveTable", "age", "colourful", "columns", "print_table", "row", "seen_last", "times", "visible"]

HEADER = ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")
WIDE = ("LAST SEEN", "COUNT", "FIRST SEEN", "TYPE", "REASON", "OBJECT", "SOURCE", "NAMESPACE", "NAME", "MESSAGE")
GAP = "   "
USUAL_WIDTHS = {"LAST SEEN": 9, "TYPE": 7, "REASON": 20, "OBJECT": 18, "SOURCE": 16, "NAMESPACE": 9, "NAME": 24}


def columns(wide: bool) -> tuple[str, ...]:
    """The header: that of `kubectl get events`, or a wide one, which is ours."""
    return WIDE if wide else HEADER


def visible(text: str) -> str:
    """On one line, with everything that a terminal would obey written out: an escape character is `\\x1b`."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


def age(since: int | None, now: int) -> str:
    """How long ago, in one unit or, below ten minutes, two: 42s, 3m10s, 125m, 4d."""
    if since is None:
        return "<unknown>"
    seconds = max(0, (now - since) // 1_000_000_000)
    if seconds < 120:
        return f"{seconds}s"
    if seconds < 600:
        return f"{seconds // 60}m{seconds % 60}s" if seconds % 60 else f"{seconds // 60}m"
    if seconds < 3 * 3600:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h" if seconds < 48 * 3600 else f"{seconds // 86400}d"


def seen_last(event: Event) -> int:
    """When it was last seen, Unix nanoseconds; 0 if nothing says so. In Go: printEvent, for kubectl."""
    return last_seen(event) or 0


def times(event: Event) -> int:
    """How often it happened, as kubectl says it: the series' count, and once if nothing is said."""
    return event.series.count if event.series is not None else event.count or 1


def row(event: Event, wide: bool, now: int | None = None) -> tuple[str, ...]:
    """An event's line."""
    now = runtime.now() if now is None else now
    about, source = event.involved_object, event.source
    thing = f"{about.kind.lower()}/{about.name}"
    last, count = age(seen_last(event) or None, now), times(event)
    if not wide:
        again = f" (x{count})" if count > 1 else ""
        return tuple(map(visible, (last + again, event.type, event.reason, thing, event.message)))
    component = source.component or event.reporting_controller
    where = ", ".join(part for part in (component, source.host or event.reporting_instance) if part)
    first = age(event.first_timestamp if event.first_timestamp is not None else event.event_time, now)
    cells = (
        last, str(count), first, event.type, event.reason, thing, where, event.namespace, event.name, event.message,
    )  # fmt: skip
    return tuple(map(visible, cells))


def colourful() -> bool:
    """Whether somebody looks who wants colours: a terminal, no NO_COLOR, and rich is installed."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        import rich  # noqa: F401
    except ImportError:
        return False
    return True


def _style(cells: Sequence[str]) -> str:
    return "yellow" if "Warning" in cells else ""


class Lines:
    """Prints rows as they come, below a header; as wide as the first ones need, and at least as the usual ones do."""

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> None:
        self._colourful = colourful()
        usual = [USUAL_WIDTHS.get(name, 0) if not rows else 0 for name in header]
        lengths = ([len(cell) for cell in cells] for cells in (header, *rows))
        self._widths = [max(column) for column in zip(usual, *lengths, strict=True)]
        for cells in (header, *rows):
            self.show(cells)

    def show(self, cells: Sequence[str]) -> None:
        """One more row, at once."""
        line = GAP.join(cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True)).rstrip()
        if self._colourful:
            from rich.console import Console
            from rich.text import Text

            Console().print(Text(line, _style(cells)), soft_wrap=True)
        else:
            print(line, flush=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print it, in colour on a terminal."""
    if colourful():
        from rich.console import Console

        Console().print(_table(header, rows))
    else:
        Lines(header, rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")  # a name that is cut short is another name
    for cells in rows:
        table.add_row(*map(Text, cells), style=_style(cells))  # as Text, so that [markup] is none
    return table


class LiveTable:
    """Each event's newest state in a table that is redrawn in place. Needs `colourful()`."""

    def __init__(self, clock: Callable[[], int]) -> None:
        from rich.live import Live

        self._clock = clock
        self._events: dict[tuple[str, str], Event] = {}
        self._live = Live(get_renderable=self._draw, refresh_per_second=8)

    def show(self, event: Event) -> None:
        """Show what was stored."""
        self._events[event.namespace, event.name] = event

    def _draw(self) -> Any:
        now = self._clock()
        return _table(HEADER, [row(event, False, now) for event in list(self._events.values())])

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()
