"""What is left of goroutines in a forked process: none. Here things learn that they are in a child now.

In Go: nothing, a Go program cannot fork without exec.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

from kevent import runtime

__all__ = ["around", "in_child"]


class _Forkable(Protocol):
    def _after_fork_in_child(self) -> None: ...


class _Prepared(_Forkable, Protocol):
    def _before_fork(self) -> None: ...

    def _after_fork_in_parent(self) -> None: ...


_forkables: WeakSet[_Forkable] = WeakSet()
_prepared: WeakSet[_Prepared] = WeakSet()


def in_child(thing: _Forkable) -> None:
    """Call `thing._after_fork_in_child()` in every child process, as long as `thing` lives.

    It must take no lock of before the fork: a thread that is not there may hold it.
    """
    if runtime.current() is runtime.THREADS:  # a simulation has no threads to lose
        _forkables.add(thing)


def around(thing: _Prepared) -> None:
    """As `in_child`, for what must not be in use while the process forks, also in a simulation.

    `thing._before_fork()` is called first, and in the parent `thing._after_fork_in_parent()` afterwards.
    """
    _prepared.add(thing)
    _forkables.add(thing)


def _before_fork() -> None:
    for thing in list(_prepared):
        thing._before_fork()


def _after_fork_in_parent() -> None:
    for thing in list(_prepared):
        thing._after_fork_in_parent()


def _after_fork_in_child() -> None:
    world = runtime.enter(runtime.THREADS)
    try:
        for thing in list(_forkables):
            thing._after_fork_in_child()
    finally:
        runtime.enter(world)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
