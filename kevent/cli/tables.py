"""Tables for a terminal: with rich if it is there and somebody looks, in plain columns otherwise."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kevent import runtime
from kevent.event import Event

__all__ = ["age", "columns", "print_table", "row"]

HEADER = ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")
WIDE = ("LAST SEEN", "COUNT", "FIRST SEEN", "TYPE", "REASON", "OBJECT", "SOURCE", "NAMESPACE", "NAME", "MESSAGE")


def columns(wide: bool) -> tuple[str, ...]:
    """The header, as `kubectl get events` has it."""
    return WIDE if wide else HEADER


def age(since: int | None, now: int) -> str:
    """How long ago, in one or two units: 42s, 3m10s, 2h5m, 4d."""
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


def row(event: Event, wide: bool, now: int | None = None) -> tuple[str, ...]:
    """An event's line."""
    now = runtime.now() if now is None else now
    about, source = event.involved_object, event.source
    thing = f"{about.kind.lower()}/{about.name}"
    message = " ".join(event.message.split())
    last = age(event.last_timestamp or event.event_time, now)
    if not wide:
        times = f" (x{event.count})" if event.count > 1 else ""
        return last + times, event.type, event.reason, thing, message
    where = ", ".join(part for part in (source.component, source.host) if part)
    first = age(event.first_timestamp or event.event_time, now)
    return (
        last, str(event.count), first, event.type, event.reason, thing, where, event.namespace, event.name, message,
    )  # fmt: skip


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print it, in colour on a terminal."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.table import Table
            from rich.text import Text
        except ImportError:
            pass
        else:
            table = Table(*header, box=None, header_style="bold", pad_edge=False)
            for cells in rows:
                table.add_row(*map(Text, cells), style="yellow" if "Warning" in cells else "")
            Console().print(table)
            return
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for cells in [header, *rows]:
        print("   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
