"""Go's WaitGroup: two counters in one 64-bit word, so that one atomic operation sees both.

The high 32 bits count what is still to be done, the low 32 bits count who waits for it. `add` changes the first,
`wait` the second, and whoever brings the first to zero reads in the same instant how many are to be woken.
Go 1.11 to 1.24 do it so (`sync/waitgroup.go`); Go 1.25 took one bit of the low half for another purpose.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from kevent import runtime
from kevent.runtime import Goroutine, Mutex, Panic, Parker, primitive

__all__ = [
    "AtomicUint64",
    "NegativeCounter",
    "Semaphore",
    "WaitGroup",
    "WaitGroupMisuse",
    "WaitGroupReused",
]

_WORD = (1 << 64) - 1
_HALF = (1 << 32) - 1


class NegativeCounter(Panic):
    """More was done than had been added."""

    def __init__(self) -> None:
        super().__init__("sync: negative WaitGroup counter")


class WaitGroupMisuse(Panic):
    """The counter left zero while somebody was starting to wait for it."""

    def __init__(self) -> None:
        super().__init__("sync: WaitGroup misuse: Add called concurrently with Wait")


class WaitGroupReused(Panic):
    """A new round began before everybody of the last one had left."""

    def __init__(self) -> None:
        super().__init__("sync: WaitGroup is reused before previous Wait has returned")


@primitive("load", "add", "compare_and_swap", "store")
class AtomicUint64:
    """A 64-bit word that is read and changed in one piece. In Go: `sync/atomic.Uint64` (`Load`, `Add`, …).

    Values are taken modulo 2**64, as Go's are.
    """

    def __init__(self, value: int = 0, name: str = "") -> None:
        self.name = name
        self._value = value & _WORD
        self._mutex = Mutex()

    def load(self) -> int:
        """The word."""
        return self._value

    def add(self, delta: int) -> int:
        """Add `delta` and return the new word."""
        with self._mutex:
            self._value = (self._value + delta) & _WORD
            return self._value

    def compare_and_swap(self, old: int, new: int) -> bool:
        """Store `new` if the word is `old`; say whether it was."""
        with self._mutex:
            if self._value != old & _WORD:
                return False
            self._value = new & _WORD
            return True

    def store(self, value: int) -> None:
        """Replace the word."""
        with self._mutex:
            self._value = value & _WORD

    def __repr__(self) -> str:
        return f"<AtomicUint64 {self.name + ' ' if self.name else ''}0x{self._value:016x}>"

    def _level(self) -> int:
        return self._value


@primitive("acquire", "release")
class Semaphore:
    """A count, and a line of goroutines that wait for more than zero. In Go: `runtime_Semacquire`, `_Semrelease`.

    As in Go, whoever is woken has to take the count like anybody else: one who comes at that moment may be quicker.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._count = 0
        self._line: deque[Parker] = deque()
        self._mutex = Mutex()

    def acquire(self, *, timeout: float | None = None) -> None:
        """Take one from the count, waiting while it is zero.

        Unlike Go's it takes a `timeout` in seconds and raises TimeoutError when it has passed.
        """
        while True:
            with self._mutex:
                if self._count > 0:
                    self._count -= 1
                    return
                parker = runtime.parker()
                self._line.append(parker)
            if not parker.park(timeout):
                with self._mutex:
                    if parker in self._line:
                        self._line.remove(parker)
                        raise TimeoutError

    def release(self) -> None:
        """Add one to the count and wake the first in line."""
        with self._mutex:
            self._count += 1
            if self._line:
                self._line.popleft().unpark()

    def _level(self) -> int:
        return self._count


class WaitGroup:
    """Wait until everything that was added is done. In Go: `sync.WaitGroup` (here as of Go 1.11 to 1.24, plus `go`).

    `add` before the work starts, `done` when a piece is finished, `wait` to sleep until the counter is zero.
    The misuses that Go notices raise its panics: NegativeCounter, WaitGroupMisuse, WaitGroupReused. As in Go the
    word keeps its changed value then.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._state = AtomicUint64(name=name)
        self._semaphore = Semaphore(name=f"{name}.sema" if name else "sema")

    def add(self, delta: int) -> None:
        """Add `delta`, which may be negative, to the counter; at zero let every waiter go.

        Raises NegativeCounter if the counter falls below zero or rises above 2**31 - 1, WaitGroupMisuse if this call
        meets a `wait` that started while the counter was zero, TypeError if `delta` is not an integer.
        """
        if not isinstance(delta, int):
            raise TypeError(f"delta must be an integer, not {type(delta).__name__}")
        word = self._state.add((delta << 32) & _WORD)
        counter, waiters = _counter(word), word & _HALF
        if counter < 0:
            raise NegativeCounter
        if waiters and delta > 0 and counter == _signed(delta):
            raise WaitGroupMisuse  # the counter was zero, and yet somebody waits
        if counter > 0 or not waiters:
            return
        # The counter is zero and there are waiters: nobody may add or start to wait any more until they are released.
        # Go looks once, cheaply, whether somebody did.
        if self._state.load() != word:
            raise WaitGroupMisuse
        self._state.store(0)
        for _ in range(waiters):
            self._semaphore.release()

    def done(self) -> None:
        """Take one from the counter."""
        self.add(-1)

    def wait(self) -> None:
        """Wait until the counter is zero; return at once if it is.

        Raises WaitGroupReused if the group was used anew before this call had returned.
        """
        while True:
            word = self._state.load()
            if _counter(word) == 0:
                return
            if self._state.compare_and_swap(word, word + 1):
                self._semaphore.acquire()
                if self._state.load() != 0:
                    raise WaitGroupReused
                return

    def wait_at_most(self, timeout: float | None) -> bool:
        """As `wait`, for at most `timeout` seconds (None: as long as it takes); say whether the counter was zero.

        In Go: nothing; a `Wait` cannot be called off.
        """
        while True:
            word = self._state.load()
            if _counter(word) == 0:
                return True
            if self._state.compare_and_swap(word, word + 1):
                break
        try:
            self._semaphore.acquire(timeout=timeout)
        except TimeoutError:
            while _counter(word := self._state.load()) > 0:  # nobody is releasing yet: one waiter less
                if self._state.compare_and_swap(word, word - 1):
                    return False
            self._semaphore.acquire()  # its release is on the way, and nobody else's
        if self._state.load() != 0:
            raise WaitGroupReused
        return True

    def go(self, function: Callable[..., object], *args: Any, name: str = "") -> Goroutine:
        """Add one, start `function(*args)`, count it as done when it returns. In Go: `WaitGroup.Go`, since 1.25."""

        def run() -> None:
            try:
                function(*args)
            finally:
                self.done()

        self.add(1)
        return runtime.go(run, name=name or getattr(function, "__name__", "goroutine"))

    @property
    def state(self) -> int:
        """The word: counter in the high 32 bits, waiters in the low 32."""
        return self._state._level()

    @property
    def counter(self) -> int:
        """What is still to be done. In Go: `int32(state >> 32)`."""
        return _counter(self.state)

    @property
    def waiters(self) -> int:
        """How many goroutines wait. In Go: `uint32(state)`."""
        return self.state & _HALF

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<WaitGroup{name} counter {self.counter} waiters {self.waiters}>"


def _signed(number: int) -> int:
    """The low 32 bits as a signed number. In Go: `int32(number)`."""
    return ((number & _HALF) ^ (1 << 31)) - (1 << 31)


def _counter(word: int) -> int:
    return _signed(word >> 32)
