"""What the benchmarks share: the best of several runs, and how fast this machine is today."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator

__all__ = ["ROUNDS", "best", "calibrate"]

ROUNDS = 5
"""How often each case is run; a busy machine makes a run slower, and nothing makes one faster."""


def best(run: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The smallest number that `run` returns."""
    found = []
    for _ in range(rounds):
        gc.collect()
        found.append(run())
    return min(found)


def calibrate(count: int = 300_000) -> None:
    """Print what the cheapest reader costs here: a generator over deque.popleft, and a loop that does nothing."""

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

    print(f"calibration: the bare loop of a reader costs {best(read, 5):.0f} ns an event on this machine, now\n")
