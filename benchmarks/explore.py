"""How many schedules a second `explore` runs, and what it costs to look on: `python -m benchmarks.explore`.

The seconds are the processor's, so that a busy machine tells nearly the same. To compare two versions, run each some
times in turn and take the best of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.measure import best
from kevent.models.museum.models import add_before, add_inside
from kevent.simulation import Observer, explore


def measure(scenario: Callable[[], object], *, reduce: bool = False, observer: Observer | None = None) -> str:
    """The best of a few rounds."""
    found = explore(scenario, reduce=reduce, progress=False)
    runs = found.schedules + found.abandoned

    def run() -> float:
        started = time.process_time()
        explore(scenario, reduce=reduce, observer=observer, progress=False)
        return (time.process_time() - started) / runs

    way = "observed" if observer is not None else "reduced" if reduce else "full"
    return f"{scenario.__name__:12} {way:8} {found.schedules:6} schedules  {1 / best(run):9,.0f} a second"


if __name__ == "__main__":
    for scenario in (add_before, add_inside):
        print(measure(scenario))
        print(measure(scenario, reduce=True))
        print(measure(scenario, observer=Observer()))
