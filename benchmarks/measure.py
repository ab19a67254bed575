"""What the benchmarks share: cases side by side, the best of several rounds, tables, and how fast this machine is."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["ROUNDS", "Row", "Table", "best", "calibrate", "circumstances"]

ROUNDS = 25
"""How often each case is run; a busy machine makes a run slower, and nothing makes one faster."""


def best(run: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The smallest number that `run` returns."""
    found = []
    for _ in range(rounds):
        gc.collect()
        found.append(run())
    return min(found)


@dataclass
class Row:
    """One thing, done by several: the function of each column does it once and returns a number, the less the better.

    Columns without a function stay empty. `target` says in words what kevent is to reach, and `reached` looks at all
    the numbers of the row.
    """

    what: str
    cases: dict[str, Callable[[], float]]
    target: str = ""
    reached: Callable[[dict[str, float]], bool] | None = None
    values: dict[str, float] = field(default_factory=dict)

    def measure(self) -> None:
        """Every case in turn, round after round: what slows the machine down for a while slows all of them."""
        found: dict[str, list[float]] = {column: [] for column in self.cases}
        for _ in range(ROUNDS):
            for column, run in self.cases.items():
                gc.collect()
                found[column].append(run())
        self.values = {column: min(numbers) for column, numbers in found.items()}

    def verdict(self) -> str:
        """The target, and whether it was reached. One that needs a column that is not there is not judged."""
        try:
            met = self.reached is not None and self.reached(self.values)
        except KeyError:
            return f"{self.target}: not judged"
        return f"{self.target}: {'met' if met else 'missed'}" if self.target else ""


@dataclass
class Table:
    """Rows under common columns. `form` writes a number of it."""

    title: str
    columns: list[str]
    rows: list[Row]
    form: str = ",.0f"

    def measure(self) -> None:
        """Measure row by row, printing each as it is there."""
        width = max(len(row.what) for row in self.rows)
        print(f"\n{self.title}\n{'':{width}}" + "".join(f"{column:>{len(column) + 2}}" for column in self.columns))
        for row in self.rows:
            row.measure()
            cells = (f"{cell:>{len(column) + 2}}" for column, cell in zip(self.columns, self.cells(row), strict=True))
            print(f"{row.what:{width}}{''.join(cells)}  {row.verdict()}".rstrip(), flush=True)

    def cells(self, row: Row) -> list[str]:
        """The numbers of a row as they are shown."""
        return [format(row.values[column], self.form) if column in row.values else "–" for column in self.columns]

    def stored(self) -> dict[str, Any]:
        """What is kept of it."""
        rows = [{"what": row.what, "cells": self.cells(row), "target": row.verdict()} for row in self.rows]
        return {"title": self.title, "columns": self.columns, "rows": rows}


def circumstances() -> dict[str, Any]:
    """When, with what, and how busy the machine is with other things."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "with": f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors",
        "load": [round(number, 1) for number in os.getloadavg()],
        "calibration": f"{calibrate():.0f} ns",
    }


def calibrate(count: int = 300_000) -> float:
    """Nanoseconds an event of the cheapest reader: a generator over deque.popleft, and a loop that does nothing."""

    def read() -> float:
        take = deque(range(count)).popleft

        def values() -> Iterator[int]:
            while True:
                try:
                    value = take()
                except IndexError:
                    return
                yield value

        start = time.perf_counter()
        for _ in values():
            pass
        return (time.perf_counter() - start) / count * 1e9

    return best(read, 5)
