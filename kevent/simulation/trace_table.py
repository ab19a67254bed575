"""A trace as a table: for notebooks in HTML, for terminals in text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from kevent.broadcaster import WatchEvent
from kevent.event import Event
from kevent.simulation.trace import Step

__all__ = ["TraceTable"]

_COLUMNS = ("no.", "ms", "goroutine", "step taken", "with", "gives", "leaves")


class TraceTable:
    """Steps of a trace, one line each: `TraceTable(run.trace[:10])` at the end of a cell shows them.

    "ms" are milliseconds of virtual time. "leaves" is what the primitive holds after the step: the depth of a queue, or
    a state word, in hexadecimal if it is more than 32 bits long. An event is shown by its type, reason, object
    and count. All text is escaped.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._rows = [_row(step) for step in steps]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{column}</th>" for column in _COLUMNS)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in self._rows)
        return f'<table class="trace"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>'

    def __repr__(self) -> str:
        rows = [_COLUMNS, *self._rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)


def _row(step: Step) -> tuple[str, ...]:
    return (
        str(step.number),
        _milliseconds(step.time),
        step.goroutine,
        f"{step.operation} {step.name}" if step.name != step.goroutine else step.operation,
        _shown(step.value),
        "waits" if step.blocked else f"raises: {step.error}" if step.error else _shown(step.result),
        _shown(step.after),
    )


def _milliseconds(time: int) -> str:
    milliseconds = time / 1e6
    return f"{milliseconds:g}" if milliseconds < 1e6 else f"{milliseconds:.0f}"  # never 3.6e+06


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and value >> 32 > 0:
        return f"0x{value:x}"
    if isinstance(value, WatchEvent):
        return f"{value.type} {_shown(value.object)}"
    if isinstance(value, Event):
        return f"{value.type} {value.reason} {value.involved_object.name} (x{value.count})"
    if isinstance(value, list | tuple):
        return ", ".join("None" if one is None else _shown(one) for one in value)
    return str(value)
