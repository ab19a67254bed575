"""Switching between stacks: greenlet does it, or, where Python is a program in a web page, the browser.

Everything else in the simulation asks a `Fiber` to run, to be left, to end, and does not know which of the two it is.
"""

from __future__ import annotations

import sys

if sys.platform == "emscripten":
    from kevent.simulation.stacks import Fiber, FiberExit, Fibers
else:
    from kevent.simulation.greenlets import Fiber, FiberExit, Fibers

__all__ = ["Fiber", "FiberExit", "Fibers"]
