"""How many schedules a second `explore` runs: `python benchmarks/explore.py`."""

from __future__ import annotations

import time
from collections.abc import Callable

from kevent.models.museum.models import add_before, add_inside
from kevent.simulation import explore

ROUNDS = 5


def measure(scenario: Callable[[], None], *, reduce: bool) -> str:
    """The median of a few rounds."""
    rates = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = explore(scenario, reduce=reduce, progress=False)
        rates.append((found.schedules + found.abandoned) / (time.perf_counter() - started))
    way = "reduced" if reduce else "full"
    return f"{scenario.__name__:12} {way:8} {found.schedules:6} schedules  {sorted(rates)[ROUNDS // 2]:9,.0f} a second"


if __name__ == "__main__":
    for scenario in (add_before, add_inside):
        for reduce in (False, True):
            print(measure(scenario, reduce=reduce))
