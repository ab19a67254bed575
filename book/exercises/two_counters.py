"""Exercises of chapter 7: the two halves of a wait group, each beside the real other half, in every order."""

from __future__ import annotations

from collections.abc import Callable

from kevent.runtime import go
from kevent.waitgroup import AtomicUint64, Semaphore, WaitGroup

from .checking import NOT_YET, Verdict, complaint, counted, failure, first_wrong
from .watching import simulate

# --- wait -------------------------------------------------------------------------------------------------------------


def wait(word, semaphore):
    """Return when the counter, the high 32 bits of the word, is zero. Sleep until then.

    `word.load()` is the word. `word.compare_and_swap(old, new)` replaces it if it still is `old`, and says whether it
    did. `semaphore.acquire()` sleeps until the semaphore is released: that happens once for each waiter whom the low 32
    bits count. Do not look for misuse: nobody misuses the group here.
    """
    # solution
    while (seen := word.load()) >> 32:
        if word.compare_and_swap(seen, seen + 1):
            semaphore.acquire()
            return
    # end of solution


def check_wait(attempt: Callable[[AtomicUint64, Semaphore], object]) -> Verdict:
    """Beside the real `add`: nothing to wait for, then one and two workers, then one worker and two who wait."""

    class Attempted(WaitGroup):
        def wait(self, *, timeout: float | None = None) -> bool:
            attempt(self._state, self._semaphore)
            return True

    return _in_every_order(Attempted, ((0, 1), (1, 1), (2, 1), (1, 2)))


# --- add --------------------------------------------------------------------------------------------------------------


def add(word, semaphore, delta):
    """Add `delta` to the counter. If that makes it zero, wake everybody who waits, and leave the word zero.

    `word.add(number)` adds to the whole word and returns the new one; `word.store(number)` replaces it.
    `semaphore.release()` wakes one. Do not look for misuse: nobody misuses the group here.
    """
    # solution
    after = word.add(delta << 32)
    waiters = after & 0xFFFFFFFF
    if after >> 32 == 0 and waiters:
        word.store(0)
        for _ in range(waiters):
            semaphore.release()
    # end of solution


def check_add(attempt: Callable[[AtomicUint64, Semaphore, int], object]) -> Verdict:
    """Beside the real `wait`: one and two workers, then one worker and two who wait."""

    class Attempted(WaitGroup):
        def add(self, delta: int) -> None:
            attempt(self._state, self._semaphore, delta)

    return _in_every_order(Attempted, ((1, 1), (2, 1), (1, 2)))


# --- both -------------------------------------------------------------------------------------------------------------


def _in_every_order(kind: type[WaitGroup], cases: tuple[tuple[int, int], ...]) -> Verdict:
    tried = 0
    for workers, waiters in cases:

        def scenario(workers: int = workers, waiters: int = waiters) -> str:
            group = kind("group")
            finished, early = [], []

            def work() -> None:
                finished.append("work")
                group.done()

            def wait_for_it() -> None:
                group.wait()
                if len(finished) < workers:
                    early.append(len(finished))

            if workers:
                group.add(workers)
            started = [go(wait_for_it, name="waiter") for _ in range(waiters)]
            started += [go(work, name="worker") for _ in range(workers - 1)]
            if workers:
                work()
            for goroutine in started:
                goroutine.join()
            if early:
                return f"`wait` returned when the work of {early[0]} of {counted(workers, 'worker')} was done"
            if group.state:
                return f"in the end the word is 0x{group.state:016x}, and should be zero"
            left = group._semaphore._level()
            return f"the semaphore was released {counted(left, 'time')} too often" if left else ""

        where = f"{counted(workers, 'worker')}, and {waiters} who wait{'s' * (waiters == 1)}"
        first = simulate(scenario, max_steps=200)
        if isinstance(first.error, NotImplementedError):
            return NOT_YET
        if first.error is not None:
            return Verdict(False, f"{where}: {failure(first)}.", first.trace)
        wrong, orders = first_wrong(scenario, reduce=waiters > 1)
        if wrong is not None:
            return complaint(where, wrong)
        tried += orders
    return Verdict(True, f"Right, in every order of {len(cases)} cases: {tried:,} runs.")
