"""Goroutines that somebody may want to wait for, all together.

In Go: nothing; there a `go` statement is forgotten at once, and what it has in hand when the program ends is lost.
"""

from __future__ import annotations

from collections.abc import Callable

from kevent import runtime
from kevent.channel import Channel

__all__ = ["Goroutines"]


class Goroutines:
    """Starts goroutines, and knows which of them have not ended."""

    def __init__(self) -> None:
        self._ends: set[Channel[None]] = set()

    def __len__(self) -> int:
        return len(self._ends)

    def go(self, function: Callable[..., object], *args: object, name: str) -> None:
        """Start `function(*args)`. In Go: `go f(x)`. Raises RuntimeError where no thread can be started."""
        end: Channel[None] = Channel(name=f"end of {name}")

        def run() -> None:
            try:
                function(*args)
            finally:
                self._ends.discard(end)
                end.close()

        self._ends.add(end)
        try:
            runtime.go(run, name=name)
        except BaseException:
            self._ends.discard(end)
            raise

    def wait(self, end: int | None) -> bool:
        """Wait until those have ended that run now, at most until a `runtime.deadline`; whether they have."""
        for each in list(self._ends):
            try:
                each.receive_ok(timeout=runtime.remaining(end))
            except TimeoutError:
                return False
        return True

    def forget(self) -> None:
        """In a forked child none of them is there."""
        self._ends = set()
