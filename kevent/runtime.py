"""The ground floor: goroutines, locks and the clock, on threads or in a simulation.

Everything above this module is written in plain blocking style and asks here for whatever waits, wakes or
reads a clock. By default the answers come from threads and the machine's clocks. Inside
`kevent.simulation.simulate()` the same calls are answered by the running simulation: one goroutine moves at a
time, and time is a number that jumps.

Two things make that possible, and both live here:

* `current()`: the `World` that answers this thread, either `THREADS` or a simulation.
* `primitive`: a class decorator. It names the verbs of a class (`send`, `receive`, …) that are one indivisible step.
  On threads the class is used as it is. In a simulation each verb becomes a scheduling point and a line of the trace,
  so that no module above needs to know that it is being watched.
"""

from __future__ import annotations

import logging
import math
import random as _random
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from kevent.atomic import AtomicReference
from kevent.errors import KeventError
from kevent.exclusive import refuse_to_wait

__all__ = [
    "FOREVER",
    "THREADS",
    "Goroutine",
    "Lock",
    "Mutex",
    "OwnedLock",
    "Panic",
    "Parker",
    "World",
    "answers_like",
    "choose",
    "current",
    "deadline",
    "distinct",
    "enter",
    "go",
    "max_batch",
    "monotonic",
    "now",
    "parker",
    "primitive",
    "random",
    "remaining",
    "sleep",
    "unix_nano",
]

logger = logging.getLogger("kevent.runtime")

FOREVER = 9e9
"""Seconds that 64 bits of nanoseconds hold, 285 years: who waits for longer waits without an end."""

Mutex = threading.Lock
"""A lock that the simulation does not see, for the few lines inside a primitive that must not be torn by a
thread.

In a simulation only one goroutine moves at a time and none gives way while it holds a mutex, so it is always
free.
"""


class Panic(KeventError):
    """What Go would panic with. `str()` is Go's exact text.

    In Go: `panic`, which ends the program unless recovered. Here: an ordinary exception for the caller to
    see.
    """


class Goroutine(Protocol):
    """A started goroutine. In Go: nothing, a `go` statement gives no handle.

    Unlike client-go the caller may ask whether it still runs, and wait for its end: that is how shutdown can
    promise that no thread is left behind.
    """

    @property
    def name(self) -> str:
        """The name given to `go`, or the function's own."""

    @property
    def alive(self) -> bool:
        """Whether the function has not returned yet."""

    def join(self, *, timeout: float | None = None) -> bool:
        """Wait until the function has returned, at most `timeout` seconds; say whether it has."""


class Locker(Protocol):
    """What `Lock` returns, best used in a `with` block. In Go: `sync.Mutex`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, waiting at most `timeout` seconds (negative: for ever); say whether it is taken now. In Go:
        `Lock`, and `TryLock` where `blocking` is false.
        """

    def release(self) -> None:
        """Give the lock back. Raises RuntimeError if nobody holds it. In Go: `Unlock`."""

    def locked(self) -> bool:
        """Whether somebody holds the lock. In Go: nothing; there a mutex cannot be asked."""

    def __enter__(self) -> bool: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


class OwnedLocker(Protocol):
    """What `OwnedLock` returns. In Go: `sync.Mutex`, which does not know who holds it."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, waiting at most `timeout` seconds (negative: for ever); say whether it is taken now."""

    def release(self) -> None:
        """Give the lock back. Raises RuntimeError if nobody holds it."""

    def _is_owned(self) -> bool: ...


class Parker(Protocol):
    """A place for one goroutine to wait once, until another one lets it go. In Go: `gopark` and `goready`."""

    def park(self, timeout: float | None = None) -> bool:
        """Wait for `unpark`, at most `timeout` seconds; False if that time ran out. Returns at once if it
        came first.
        """

    def unpark(self) -> None:
        """Let the waiting goroutine go on. The second time it does nothing."""


class World(Protocol):
    """Who answers the calls of this module: `THREADS`, or a running simulation."""

    over: bool
    """Whether the run has ended, and what goroutines are left are only being unwound."""

    def go(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> Goroutine:
        """Start `function(*args)` on its own, under this name. See `kevent.runtime.go`."""

    def sleep(self, seconds: float) -> None:
        """Make the calling goroutine wait this many seconds; not at all for zero or less."""

    def now(self) -> int:
        """Nanoseconds since 1970."""

    def monotonic(self) -> int:
        """Nanoseconds since some moment; nobody sets this clock."""

    def distinct(self, time: int) -> int:
        """`time`, or the next nanosecond that has not been given out. See `kevent.runtime.distinct`."""

    def random(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""

    def choose(self, count: int) -> int:
        """One of `count` ways to go on, 0 to `count - 1`."""

    def max_batch(self) -> int:
        """How many queued items a loop may take at once when nobody said."""

    def answers_like(self, release: str) -> None:
        """A broadcaster of this release of client-go was made."""

    def lock(self, name: str) -> Locker:
        """A new lock, not taken."""

    def owned_lock(self, name: str) -> OwnedLocker:
        """A new lock, not taken, that knows its owner."""

    def parker(self) -> Parker:
        """A new place for one goroutine to wait once."""

    def new(self, cls: type[Any]) -> Any:
        """An empty instance of a primitive class, ready for its `__init__`."""


# --- Threads ---------------------------------------------------------------------------------------------------------


class _ThreadGoroutine:
    """A daemon thread: like a goroutine it does not keep the program alive."""

    def __init__(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> None:
        self._thread = threading.Thread(target=self._run, args=(function, args), name=name, daemon=True)
        self._thread.start()

    def _run(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            function(*args)
        except BaseException:  # also SystemExit, of which Python says nothing where it ends a thread
            logger.exception("goroutine %s ended with an exception", self.name)

    @property
    def name(self) -> str:
        return self._thread.name

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, *, timeout: float | None = None) -> bool:
        if self._thread is not threading.current_thread():  # else it would wait for itself
            if self._thread.is_alive():
                refuse_to_wait()
            self._thread.join(None if timeout is None else min(timeout, FOREVER))
        return not self._thread.is_alive()

    def __repr__(self) -> str:
        return f"<goroutine {self.name}>"


class _ThreadParker:
    """A lock that is born taken: `park` takes it again, `unpark` gives it back."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = lock = threading.Lock()
        lock.acquire()

    def park(self, timeout: float | None = None) -> bool:
        return self._lock.acquire(timeout=-1 if timeout is None else min(max(timeout, 0), FOREVER))

    def unpark(self) -> None:
        try:  # noqa: SIM105  half a microsecond faster
            self._lock.release()
        except RuntimeError:  # it was done before
            pass


class _Threads:
    """The default world: real threads, the wall clock, real randomness."""

    over = False

    def __init__(self) -> None:
        self._given_out = AtomicReference(0)

    def go(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> Goroutine:
        if sys.platform == "emscripten":
            raise RuntimeError(
                f"go({name}) outside of a simulation needs a thread, and Python in a web page has none: "
                "call it inside kevent.simulation.simulate(), or run this on your machine"
            )
        return _ThreadGoroutine(function, args, name)

    def sleep(self, seconds: float) -> None:
        time.sleep(min(max(seconds, 0), FOREVER))

    def now(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()

    def distinct(self, time: int) -> int:
        return self._given_out.update(lambda last: time if time > last else last + 1)[1]

    def random(self) -> float:
        return _random.random()

    def choose(self, count: int) -> int:
        return _random.randrange(count)

    def max_batch(self) -> int:
        # A hand-over between threads costs microseconds and a list append nanoseconds: take all there is.
        return 1 << 30

    def answers_like(self, release: str) -> None:
        pass

    def lock(self, name: str) -> Locker:
        return threading.Lock()

    def owned_lock(self, name: str) -> OwnedLocker:
        return threading.RLock()  # type: ignore[return-value]  # nobody takes it twice

    parker = _ThreadParker  # itself: one is made for every wait

    def new(self, cls: type[Any]) -> Any:
        return object.__new__(cls)


THREADS: World = _Threads()
"""The world of real threads, which answers wherever no simulation runs."""


# In a web page each stack is a thread to the interpreter, which all the same has one only: there `local` would forget.
class _Current(object if sys.platform == "emscripten" else threading.local):  # type: ignore[misc]
    world: World = THREADS


_current = _Current()


def current() -> World:
    """The world that answers this thread: `THREADS`, or the simulation that is running on it."""
    return _current.world


def enter(world: World) -> World:
    """Let `world` answer this thread from now on; returns the one that did so far."""
    before = _current.world
    _current.world = world
    return before


# --- What the core calls -------------------------------------------------------------------------------------------


def go(function: Callable[..., object], *args: Any, name: str = "") -> Goroutine:
    """Start `function(*args)` on its own: a daemon thread, or a fiber of the running simulation. In Go: `go
    f(x)`.

    `name` (default: the function's) names it in logs and traces. On threads an exception that the function
    lets escape, of whatever class, is logged with its traceback on `kevent.runtime`; in a simulation it ends the run,
    as a panic ends a program.

    Raises TypeError if `function` is not callable, and outside of a simulation RuntimeError where no thread can be
    started: in a web page there are none, and elsewhere a system has a limit.
    """
    if not callable(function):
        raise TypeError(f"function must be callable, not {type(function).__name__}")
    return _current.world.go(function, args, name or getattr(function, "__name__", "goroutine"))


def sleep(seconds: float) -> None:
    """Wait `seconds`; not at all if that is zero or less. In Go: `time.Sleep`."""
    _current.world.sleep(seconds)


def now() -> int:
    """The time in nanoseconds since 1970, for timestamps: somebody may set that clock, forwards and back.

    In Go: `time.Now().UnixNano()`. In a simulation no two readings are equal.
    """
    return _current.world.now()


def monotonic() -> int:
    """Nanoseconds since some moment, on a clock that nobody sets: for everything that lasts, such as a deadline.

    In Go: the second reading that a `time.Time` carries, by which `Sub` and `Since` go.
    """
    return _current.world.monotonic()


def distinct(time: int) -> int:
    """`time` if it is later than all that were given out so far, else the nanosecond after the latest: for names.

    On threads no two answers in a process are equal, however coarse the clock is and whoever sets it. A simulation
    gives `time` back: its clock does not read the same twice.

    In Go: nothing. There the clock of most systems is fine enough.
    """
    return _current.world.distinct(time)


def unix_nano(time: int) -> int:
    """`time` in 64 bits, as the names of events have it: before 1677 and after 2262 it wraps.

    In Go: `time.Time.UnixNano`.
    """
    return (time + (1 << 63)) % (1 << 64) - (1 << 63)


def deadline(timeout: float | None) -> int | None:
    """The reading of `monotonic` when `timeout` seconds will have passed; None for None, and for `FOREVER` and more.

    Raises ValueError for what is no number.
    """
    if timeout is None or timeout >= FOREVER:
        return None
    if math.isnan(timeout):
        raise ValueError("timeout must be a number of seconds, not nan")
    return monotonic() + round(max(timeout, 0) * 1e9)


def remaining(end: int | None) -> float | None:
    """Seconds until a `deadline`, zero if it has passed; None for None."""
    return None if end is None else max((end - monotonic()) / 1e9, 0)


def random() -> float:
    """A number from 0 (included) to 1 (excluded).

    In Go: `rand.Float64`. In a simulation it follows from the seed.
    """
    return _current.world.random()


def choose(count: int) -> int:
    """One of `count` ways to go on, 0 to `count - 1`, where Go picks one at random.

    In a simulation this is a choice of the scheduler, so that exploring every schedule takes each way once. In Go: the
    order in which `select` looks at its cases, runtime/select.go.
    """
    return _current.world.choose(count) if count > 1 else 0


def max_batch() -> int:
    """How many queued items a loop may take at once when nobody said: all there are, in a simulation one."""
    return _current.world.max_batch()


def answers_like(release: str) -> None:
    """Tell the world that a broadcaster of this release of client-go was made: a simulation's run says it."""
    _current.world.answers_like(release)


def Lock(name: str = "") -> Locker:  # a factory that reads as a type, as threading.Lock did
    """A new lock: `threading.Lock`, or one that the running simulation sees. In Go: `sync.Mutex`."""
    return _current.world.lock(name)


def OwnedLock(name: str = "") -> OwnedLocker:
    """A new lock that can be asked whether the caller holds it, so that who holds it is not made to wait for it.

    In Go: `sync.Mutex`, which cannot be asked.
    """
    return _current.world.owned_lock(name)


def parker() -> Parker:
    """A new place for the calling goroutine to wait once. In Go: `gopark` and `goready`."""
    return _current.world.parker()


C = TypeVar("C", bound=type[Any])


def primitive(*verbs: str) -> Callable[[C], C]:
    """Class decorator: each of these verbs is one step that nothing can interrupt.

    Making an instance asks the current world for it, as `pathlib.Path()` picks the class that suits the
    platform: on threads the class itself, in a simulation a subclass whose verbs are scheduling points. The
    class has a `name` for the trace and a `_level()` that tells the trace what there is to see after a step:
    a queue's depth, a state word. A verb's positional arguments are what the trace shows as its value, so
    everything else is keyword-only.
    """

    def mark(cls: C) -> C:
        def __new__(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
            return _current.world.new(cls)

        cls._verbs = verbs
        setattr(cls, "__new__", staticmethod(__new__))  # noqa: B010  a type checker must not see it
        return cls

    return mark
