"""Virtual time: a number that moves only when nobody can go on, and then jumps to the next alarm."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["EPOCH", "SECOND", "Alarm", "Clock"]

EPOCH = 1_549_324_800_000_000_000
"""Where the simulated clock starts, in Unix nanoseconds: 2019-02-05T00:00:00Z."""

SECOND = 1_000_000_000


@dataclass(order=True, slots=True)
class Alarm:
    """Something to happen at a time; of two at the same time, the one set first comes first."""

    time: int
    sequence: int
    ring: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Clock:
    """The clock of one run. To sleep is a step on it."""

    name = "clock"

    def __init__(self) -> None:
        self.time = 0
        """Virtual nanoseconds since the start of the run."""
        self._last_reading = EPOCH - 1
        self._alarms: list[Alarm] = []
        self._set = 0  # how many alarms were set so far

    def look(self) -> int:
        """What the next reading will be, in nanoseconds since 1970."""
        return max(EPOCH + self.time, self._last_reading + 1)

    def read(self) -> int:
        """The time in nanoseconds since 1970, later than at the last reading, by one at least."""
        self._last_reading = reading = self.look()
        return reading

    def set(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        """Have `ring` called when the clock has come `seconds` further (below zero: now), unless it is cancelled."""
        alarm = Alarm(self.time + max(round(seconds * SECOND), 0), self._set, ring)
        self._set += 1
        heapq.heappush(self._alarms, alarm)
        return alarm

    def jump(self) -> bool:
        """Go to the next alarm, and ring all that are set to the same instant; False if there is none."""
        first = self._next()
        if first is None:
            return False
        self.time = first.time
        while (alarm := self._next()) is not None and alarm.time == self.time:
            heapq.heappop(self._alarms).ring()
        return True

    def _next(self) -> Alarm | None:
        alarms = self._alarms
        while alarms and alarms[0].cancelled:
            heapq.heappop(alarms)
        return alarms[0] if alarms else None

    def _level(self) -> None:
        return None
