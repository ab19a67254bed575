"""Where a WaitGroup keeps its word, by Go version: what the struct looks like in memory on amd64.

Four bytes a place, the low half of the word first, as a little-endian machine has it. Up to 1.17 the word had to find
an eight-byte boundary inside its array, so what lies where depends on the address at which the struct starts. The
versions and the commits are those of golang/go, `src/sync/waitgroup.go`. Sizes are computed from the fields; those of
Go 1.11.5, 1.20 and 1.26.6, and where the counter lies in them, were also measured (`book/data/go.json`).
"""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["LAYOUTS", "say_layouts"]

_SPARE, _LOW, _HIGH, _SEMA, _PADDING = "unused", "waiters", "counter", "sema", "padding"


def _layout(
    versions: str, fields: str, source: str, note: str, *memory: tuple[str, list[str]], flag: bool = False
) -> dict[str, Any]:
    return {
        "versions": versions,
        "fields": fields,
        "source": source,
        "note": note,
        "memory": [{"start": start, "places": places} for start, places in memory],
        "flag": flag,
    }


LAYOUTS = [
    _layout(
        "1.5 to 1.10", "state1 [12]byte; sema uint32", "commit 03a48ebe1c79",
        "Counter and waiters share a word for the first time. Twelve bytes, so that eight of them are aligned.",
        ("on an 8-byte boundary", [_LOW, _HIGH, _SPARE, _SEMA]),
        ("4 bytes behind one", [_SPARE, _LOW, _HIGH, _SEMA]),
    ),
    _layout(
        "1.11 to 1.17", "state1 [3]uint32", "commit 9ff7df003d77, CL 100515",
        "The four bytes that the alignment leaves over hold the semaphore: 12 bytes in all.",
        ("on an 8-byte boundary", [_LOW, _HIGH, _SEMA]),
        ("4 bytes behind one", [_SEMA, _LOW, _HIGH]),
    ),
    _layout(
        "1.18 and 1.19", "state1 uint64; state2 uint32", "commit ad7db1f90fb6, CL 189837",
        "A plain uint64: aligned by the compiler on 64-bit machines, at the price of padding.",
        ("on an 8-byte boundary", [_LOW, _HIGH, _SEMA, _PADDING]),
    ),
    _layout(
        "1.20 to 1.24", "state atomic.Uint64; sema uint32", "commit ee833ed72e8c, CL 424835",
        "atomic.Uint64 is aligned everywhere, so nobody has to look for the word.",
        ("on an 8-byte boundary", [_LOW, _HIGH, _SEMA, _PADDING]),
    ),
    _layout(
        "since 1.25", "state atomic.Uint64; sema uint32", "waitGroupBubbleFlag, Go 1.25",
        "Bit 31 says that the group belongs to a synctest bubble. That leaves 31 bits for the waiters.",
        ("on an 8-byte boundary", [_LOW, _HIGH, _SEMA, _PADDING]),
        flag=True,
    ),
]  # fmt: skip


def say_layouts() -> str:
    """The layouts in words, as HTML."""
    rows = [
        f"<li>Go {layout['versions']}, <code>{escape(layout['fields'])}</code>: "
        + "; ".join(f"starting {memory['start']}: {', '.join(memory['places'])}" for memory in layout["memory"])
        + f". {escape(layout['note'])}</li>"
        for layout in LAYOUTS
    ]
    lines = "\n".join(rows)
    return f"<p>Where the word lies in memory, four bytes a place:</p>\n<ul>\n{lines}\n</ul>\n"
