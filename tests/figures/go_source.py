"""A provider of Go lines for tests, in the shape of the book's own: it makes them up, but for those of Go itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kevent.figures.go_lines import RELEASES, rows

LENGTH = 12


def excerpts(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Lines around all those that the table names: each says whose it is, and one of them wants to be markup."""
    return {name: ELSEWHERE if name.startswith("waitgroup.go") else _excerpt(name) for name in names}


ELSEWHERE = {
    "symbol": "WaitGroup", "repo": "golang/go", "tag": "go0", "path": "src/sync/waitgroup.go", "missing": "elsewhere",
    "link": "https://example.test/waitgroup.go#L1-L9",
}  # fmt: skip
"""In place of the lines of what is in no module."""


def _excerpt(name: str) -> dict[str, Any]:
    file, _, symbol = name.partition("#")
    numbers = [row.go.number for each in RELEASES for row in rows(each) if row.go.symbol == name]
    first, last = min(numbers), max(numbers)
    lines = [f"\tmadeUp({symbol}, {number}) // <b>{number}</b>" for number in range(first, last + LENGTH)]
    path = {"mux.go": "watch/mux.go"}.get(file, f"record/{file}")
    return {"symbol": symbol, "repo": "made/up", "tag": "v0", "path": path, "link": "#", "first": first, "lines": lines}
