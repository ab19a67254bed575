"""Go's WaitGroup: two counters in one 64-bit word, so that one atomic operation sees both.

The high 32 bits count what is still to be done, the low 32 bits count who waits for it. `add` changes the first,
`wait` the second, and whoever brings the first to zero reads in the same instant how many are to be woken.
Go 1.11 to 1.24 do it so (`sync/waitgroup.go`); Go 1.25 took one bit of the low half for another purpose.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from operator import length_hint
from typing import Any

from kevent import runtime
from kevent.atomic import Cell, newest
from kevent.runtime import Goroutine, Panic, primitive
from kevent.waiting import Line, Turn, Waiter, first, leave, wait

__all__ = [
    "AtomicUint64",
    "Change",
    "NegativeCounter",
    "Semaphore",
    "WaitGroup",
    "WaitGroupMisuse",
    "WaitGroupReused",
]

_WORD = (1 << 64) - 1
_HALF = (1 << 32) - 1


class NegativeCounter(Panic):
    """More was done than had been added. In Go: a panic with this text, sync/waitgroup.go, as the two below."""

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


class Change:
    """A change to a word, for a caller who may be interrupted before he is told whether it was made."""

    __slots__ = ("_attempt", "_word")

    def __init__(self) -> None:
        self._attempt: tuple[Cell, Cell] | None = None
        self._word: int | None = None

    @property
    def word(self) -> int | None:
        """The word that it has made; None if it was not made."""
        if self._attempt is None:
            return self._word
        before, after = self._attempt
        return after[0] if len(before) > 1 and before[1] is after else None

    def make(self, before: Cell, after: Cell) -> bool:
        """Let `after` come after `before`, unless something else does; say whether it does."""
        self._attempt = before, after
        before.append(after)  # atomic: of two at the same time one is the first
        if made := before[1] is after:
            self._word = after[0]
        self._attempt = None  # which would keep all that come after
        return made


@primitive("load", "add", "compare_and_swap", "store")
class AtomicUint64:
    """A 64-bit word that is read and changed in one piece. In Go: `sync/atomic.Uint64` (`Load`, `Add`, …).

    Values are taken modulo 2**64, as Go's are. There is no mutex: a finaliser or signal handler may change the
    word, too. Whoever changes it is given, in `change`, what became of that.
    """

    def __init__(self, value: int = 0, name: str = "") -> None:
        self.name = name
        # Of the word, or of one that it has been: a slower thread may set it back, and the way from there leads here.
        self._cell: Cell = [value & _WORD]

    def load(self) -> int:
        """The word."""
        return newest(self._cell)[0]  # type: ignore[no-any-return]

    def add(self, delta: int, *, change: Change | None = None) -> int:
        """Add `delta` and return the new word."""
        change = change or Change()
        while True:
            last = newest(self._cell)
            new: int = (last[0] + delta) & _WORD
            if change.make(last, after := [new]):
                self._cell = after
                return new

    def compare_and_swap(self, old: int, new: int, *, change: Change | None = None) -> bool:
        """Store `new` if the word is `old`; say whether it was."""
        change = change or Change()
        after = [new & _WORD]
        while (last := newest(self._cell))[0] == old & _WORD:
            if change.make(last, after):
                self._cell = after
                return True
        return False

    def store(self, value: int) -> None:
        """Replace the word."""
        after = [value & _WORD]
        while not Change().make(newest(self._cell), after):
            pass
        self._cell = after

    def __repr__(self) -> str:
        return f"<AtomicUint64 {self.name + ' ' if self.name else ''}0x{self._level():016x}>"

    def _level(self) -> int:
        return newest(self._cell)[0]  # type: ignore[no-any-return]


@primitive("acquire", "release")
class Semaphore:
    """A count, and a line of goroutines that wait for more than zero. In Go: `runtime_Semacquire`, `_Semrelease`.

    As in Go, whoever is woken has to take the count like anybody else: one who comes at that moment may be quicker.
    There is no mutex. Who waits looks at the count once more when he stands in line, and who has added to it looks at
    the line afterwards; what was given to one who was interrupted is passed on.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._units: deque[None] = deque()  # the count
        self._line: Line = Line()

    def acquire(self, *, timeout: float | None = None, into: list[None] | None = None) -> bool:
        """Take one from the count, waiting while it is zero, at most `timeout` seconds; say whether it was taken.

        It is put into the list `into`. In Go: nothing; a `Semacquire` cannot be called off. Raises Reentered if it
        would have to wait in a finaliser or signal handler for what that has interrupted.
        """
        taken: list[None] = [] if into is None else into
        end = runtime.deadline(timeout)  # of all waiting: who is woken may find that another was quicker
        try:
            while not self._take(taken):
                if not wait(_Acquirer(self), runtime.remaining(end)):
                    return False
            return True
        except BaseException:
            self._units.extend(taken)
            taken.clear()
            self._wake()
            raise

    def release(self, *, one_of: Iterator[None] | None = None) -> None:
        """Add one to the count and wake the first in line.

        With `one_of` the one is taken from there, so that an interrupted caller can see what is left to be released.
        """
        try:
            self._units.extend(islice(one_of, 1) if one_of is not None else (None,))
            self._wake()
        except BaseException:
            self._wake()
            raise

    def _take(self, into: list[None]) -> bool:
        if not self._units:
            return False
        try:
            into.extend(map(deque.pop, (self._units,)))  # in one step: an interrupt finds it here or there
        except IndexError:  # another thread was quicker
            return False
        return True

    def _wake(self) -> None:
        """If there is something to be taken, wake the first who waits."""
        while (place := first(self._line)) and self._units:
            if place.turn.sign(object(), ok=True):  # two may look at the same time: one of them goes on
                first(self._line)  # wakes it
                return

    def _level(self) -> int:
        return len(self._units)


class _Acquirer(Waiter):
    """One who waits in a semaphore's line."""

    __slots__ = ("_semaphore",)

    def __init__(self, semaphore: Semaphore) -> None:
        super().__init__(Turn())
        self._semaphore = semaphore

    def line_up(self) -> None:
        """Stand in line, and look at the count once more."""
        self._semaphore._line.append(self)
        self._semaphore._wake()

    def leave(self) -> None:
        """Stand in line no more."""
        if self.turn.winner is None:  # else he was taken out by who woke him
            leave(self._semaphore._line, self)

    def give_back(self) -> None:
        """Nothing was given: who is woken takes from the count himself."""


class WaitGroup:
    """Wait until everything that was added is done. In Go: `sync.WaitGroup` (here as of Go 1.11 to 1.24, plus `go`).

    `add` before the work starts, `done` when a piece is finished, `wait` to sleep until the counter is zero.
    The misuses that Go notices raise its panics: NegativeCounter, WaitGroupMisuse, WaitGroupReused. As in Go the
    word keeps its changed value then.

    Unlike Go's it can be interrupted, at any moment: a `wait` that ends so has not been, and an `add` that has changed
    the counter does the rest first.
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
        change, wakes = Change(), None
        try:
            word = self._state.add((delta << 32) & _WORD, change=change)
            counter, waiters = _counter(word), word & _HALF
            if counter < 0:
                raise NegativeCounter
            if waiters and delta > 0 and counter == _signed(delta):
                raise WaitGroupMisuse  # the counter was zero, and yet somebody waits
            if counter > 0 or not waiters:
                return
            # The counter is zero and there are waiters: nobody may add or start to wait any more until they are
            # released. Go looks once, cheaply, whether somebody did.
            if self._state.load() != word:
                raise WaitGroupMisuse
            wakes = repeat(None, waiters)
            self._state.store(0)
            for _ in range(waiters):
                self._semaphore.release(one_of=wakes)
        except Panic:
            raise
        except BaseException:
            self._do_the_rest(change, wakes)
            raise

    def done(self) -> None:
        """Take one from the counter."""
        self.add(-1)

    def wait(self, *, timeout: float | None = None) -> bool:
        """Wait until the counter is zero, at most `timeout` seconds; say whether it is. Return at once if it is.

        Raises WaitGroupReused if the group was used anew before this call had returned.

        Unlike Go's it takes a `timeout`; who gives up is no waiter any more.
        """
        while True:
            word = self._state.load()
            if _counter(word) == 0:
                return True
            joined, left, woken = Change(), Change(), list[None]()
            try:
                if self._state.compare_and_swap(word, word + 1, change=joined):
                    if not self._semaphore.acquire(timeout=timeout, into=woken) and self._call_off(left, woken):
                        return False
                    if self._state.load() != 0:
                        raise WaitGroupReused
                    return True
            except BaseException:
                if joined.word is not None and left.word is None and not woken:
                    self._call_off(left, woken)
                raise

    def _call_off(self, left: Change, woken: list[None]) -> bool:
        """Be a waiter no more; False if it is too late for that, and the wake-up has been taken."""
        while _counter(word := self._state.load()) > 0:  # nobody is releasing yet: one waiter less
            if self._state.compare_and_swap(word, word - 1, change=left):
                return True
        self._semaphore.acquire(into=woken)  # its release is on the way, and nobody else's
        return False

    def _do_the_rest(self, change: Change, wakes: Iterator[None] | None) -> None:
        """What is left of an `add` that was interrupted."""
        word = change.word
        if word is None or _counter(word) != 0:
            return
        self._state.compare_and_swap(word, 0)
        wakes = repeat(None, word & _HALF) if wakes is None else wakes
        for _ in range(length_hint(wakes)):
            self._semaphore.release(one_of=wakes)

    def go(self, function: Callable[..., object], *args: Any, name: str = "") -> Goroutine:
        """Add one, start `function(*args)`, count it as done when it returns. In Go: `WaitGroup.Go`, since 1.25.

        Raises RuntimeError where no thread can be started; then nothing is added.
        """

        def run() -> None:
            try:
                function(*args)
            finally:
                self.done()

        self.add(1)
        try:
            return runtime.go(run, name=name or getattr(function, "__name__", "goroutine"))
        except RuntimeError:
            self.done()
            raise

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
