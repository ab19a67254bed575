"""Switching between stacks: the one module that knows greenlet.

Everything else asks a `Fiber` to run, to be left, to end. Another way of switching stacks, such as the one
that WebAssembly has, would be another version of this file.
"""

from __future__ import annotations

from collections.abc import Callable

from greenlet import GreenletExit as FiberExit
from greenlet import getcurrent, greenlet

__all__ = ["Fiber", "FiberExit"]


class Fiber:
    """A stack of its own that runs until it gives way."""

    __slots__ = ("_greenlet",)

    def __init__(self, function: Callable[[], None], hub: Fiber) -> None:
        self._greenlet = greenlet(function, hub._greenlet)  # when it ends, the hub goes on

    @classmethod
    def here(cls) -> Fiber:
        """The stack that is running now."""
        fiber = cls.__new__(cls)
        fiber._greenlet = getcurrent()
        return fiber

    def switch(self) -> None:
        """Run this fiber until somebody switches away from it, or it ends."""
        self._greenlet.switch()

    def kill(self) -> None:
        """End the fiber where it stands, running its `finally` blocks."""
        self._greenlet.throw(FiberExit)
