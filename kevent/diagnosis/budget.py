"""How much a token bucket can have let through: arithmetic, whatever the counts.

In Go: EventSourceObjectSpamFilter and its limits. A bucket of `burst` tokens that gains `qps` a second lets at most
`burst` + floor(`qps` x seconds) through in any stretch of time. What was counted beyond that was not written.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from kevent.correlator import CorrelatorOptions
from kevent.token_bucket import float32

__all__ = ["DEFAULTS", "Limits", "held_back", "let_through"]

SECOND = 1_000_000_000
FEW = 48
"""Up to so many events every stretch between two of them is looked at; beyond it, those that matter most."""

_GO = CorrelatorOptions()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a component's correlator and its server were told; by default what client-go and Kubernetes have."""

    burst: int = _GO.burst_size
    """In Go: CorrelatorOptions.BurstSize."""
    qps: float = _GO.qps
    """In Go: CorrelatorOptions.QPS."""
    max_events: int = _GO.max_events
    """In Go: CorrelatorOptions.MaxEvents."""
    max_interval: int = _GO.max_interval_in_seconds
    """In seconds. In Go: CorrelatorOptions.MaxIntervalInSeconds."""
    lru_cache_size: int = _GO.lru_cache_size
    """In Go: CorrelatorOptions.LRUCacheSize."""
    ttl: float = 3600.0
    """In seconds: kube-apiserver's --event-ttl."""


DEFAULTS = Limits()
"""What is so where nobody has said otherwise."""


def let_through(nanoseconds: int, limits: Limits = DEFAULTS) -> int:
    """The most that passes in so long a time, by a bucket that is full when it begins."""
    return limits.burst + math.floor(max(nanoseconds, 0) / 1e9 * float32(limits.qps) + 1e-9)


Stretch = tuple[int, int, int]
"""When something first happened, when last, and how often: Unix nanoseconds, cut down to seconds."""


def _excess(first: int, last: int, count: int, limits: Limits) -> int:
    # A time in an event is cut down to its second, so that up to a second more has passed than the two say.
    return count - let_through(last - first + SECOND, limits)


def held_back(stretches: Sequence[Stretch], limits: Limits = DEFAULTS) -> int:
    """At least how many of these were not written, if one bucket paid for all of them as they came."""
    if sum(count for _, _, count in stretches) <= limits.burst:
        return 0
    ordered = sorted(stretches)
    if len(ordered) > FEW:
        return max(_whole(ordered, limits), sum(max(_excess(*each, limits), 0) for each in ordered))
    windows = []
    for number, (first, _, _) in enumerate(ordered):
        count = 0
        for last, more in sorted((last, count) for _, last, count in ordered[number:]):
            count += more
            excess = _excess(first, last, count, limits)
            if excess > 0:
                windows.append((last, first, excess))
    windows.sort()
    ends: list[int] = []
    best = [0]
    for last, first, excess in windows:  # the best choice of stretches that do not touch
        before = best[bisect_left(ends, first)]
        ends.append(last)
        best.append(max(best[-1], before + excess))
    return best[-1]


def _whole(ordered: Sequence[Stretch], limits: Limits) -> int:
    """The excess of each run of stretches that are less than a full bucket's time apart, added up."""
    full = round(limits.burst / limits.qps * 1e9)
    total, (first, last, count) = 0, ordered[0]
    for start, end, more in ordered[1:]:
        if start - last > full:
            total += max(_excess(first, last, count, limits), 0)
            first, last, count = start, end, more
        else:
            last, count = max(last, end), count + more
    return total + max(_excess(first, last, count, limits), 0)
