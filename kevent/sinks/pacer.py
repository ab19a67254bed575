"""A limit on how often a client asks. In Go: client-go util/flowcontrol, whose Accept waits for a token."""

from __future__ import annotations

import math

from kevent import forking, runtime

__all__ = ["Pacer"]


class Pacer:
    """Lets `burst` calls through at once, and `qps` a second from then on; who comes early waits.

    It goes by the monotonic clock. A forked child goes on with the parent's schedule. Raises ValueError that names the
    argument.
    """

    def __init__(self, qps: float, burst: int) -> None:
        if not isinstance(qps, int | float) or isinstance(qps, bool) or not 0 < qps < math.inf:
            raise ValueError(f"qps must be a number above 0, or None for no limit, not {qps!r}")
        if not isinstance(burst, int) or isinstance(burst, bool) or burst < 1:
            raise ValueError(f"burst must be a whole number of at least 1, not {burst!r}")
        self._interval = round(1e9 / qps)
        self._ahead = self._interval * (burst - 1)  # how far the schedule may run behind the clock
        self._next = -(1 << 63)  # long ago: when the next call would come if they came evenly
        self._lock = runtime.Mutex()
        forking.in_child(self)

    def wait(self) -> None:
        """Wait for this call's turn. Calls get their turns in the order in which they ask."""
        with self._lock:
            now = runtime.monotonic()
            mine = max(self._next, now - self._ahead)
            self._next = mine + self._interval
        if mine > now:
            runtime.sleep((mine - now) / 1e9)

    def _after_fork_in_child(self) -> None:
        self._lock = runtime.Mutex()  # a thread that is not here may have held the other one
