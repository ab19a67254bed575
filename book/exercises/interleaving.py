"""Exercises of chapter 12: a count that loses nothing; two locks without a deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kevent.runtime import Lock, go
from kevent.simulation import Exploration, explore
from kevent.waitgroup import AtomicUint64

from .checking import NOT_YET, Verdict, failure
from .watching import simulate

SCHEDULES, STEPS = 60_000, 120


def _failing(found: Exploration) -> Iterator[Any]:
    """The findings that are not as they should be, the one with the fewest switches first."""
    bad = [finding for finding in found.findings if not finding.outcome.ok or finding.outcome.value != "True"]
    return iter(sorted(bad, key=lambda finding: (finding.switches, len(finding.schedule))))


def every_order(scenario: Callable[[], object], wrong: str, *, reduce: bool = True) -> Verdict:
    """Every order of a scenario that returns True; the first that does not is shown."""
    first = simulate(scenario, max_steps=STEPS)
    if isinstance(first.error, NotImplementedError):
        return NOT_YET
    found = explore(scenario, reduce=reduce, max_schedules=SCHEDULES, max_steps=STEPS, progress=False)
    for finding in _failing(found):
        run = simulate(scenario, schedule=finding.schedule, max_steps=STEPS)
        sentence = wrong if run.error is None else failure(run)
        return Verdict(False, f"In {finding.count} of {found.schedules} orders {sentence}.", run.trace)
    if not found.exhaustive:
        return Verdict(False, f"No fault in {found.bound}, but there are more: take fewer steps.", first.trace)
    return Verdict(True, f"Right, in each of {found.schedules} orders.")


# --- increment --------------------------------------------------------------------------------------------------------


def increment(number):
    """Add one to `number`, and lose nothing, whoever else does the same meanwhile.

    There is `number.load()`, which gives the value, and `number.compare_and_swap(old, new)`, which stores `new` if the
    value is still `old`, and says whether it was.
    """
    # solution
    while True:
        old = number.load()
        if number.compare_and_swap(old, old + 1):
            return
    # end of solution


class _Word:
    """An atomic word with the two verbs of the exercise."""

    def __init__(self) -> None:
        self._word = AtomicUint64(name="number")
        self.load = self._word.load
        self.compare_and_swap = self._word.compare_and_swap


def check_increment(attempt: Callable[[Any], object]) -> Verdict:
    """Two goroutines count to two together, in every order."""

    def scenario() -> bool:
        number = _Word()
        both = [go(attempt, number, name=name) for name in ("left", "right")]
        for one in both:
            one.join()
        return number.load() == 2

    return every_order(scenario, "a count is lost")


# --- two locks --------------------------------------------------------------------------------------------------------


def take_both(mine, yours, work):
    """Call `work()` while both locks are held, and give both back.

    Another goroutine calls this at the same time with the same two locks, and names them the other way round. A lock
    has `acquire()`, `release()` and `name`, and can be used in a `with` statement.
    """
    # solution
    first, second = sorted((mine, yours), key=lambda lock: lock.name)
    with first, second:
        work()
    # end of solution


def check_take_both(attempt: Callable[[Any, Any, Callable[[], None]], object]) -> Verdict:
    """Two goroutines take the same two locks, each beginning with another one, in every order."""

    def scenario() -> bool:
        a, b = Lock(name="a"), Lock(name="b")
        held: list[bool] = []

        def work() -> None:
            held.append(a.locked() and b.locked())

        both = [go(attempt, a, b, work, name="left"), go(attempt, b, a, work, name="right")]
        for one in both:
            one.join()
        return held == [True, True] and not a.locked() and not b.locked()

    # `held` and `locked` are looked at without a step, so every order is run.
    wrong = "`work` was not called twice under both locks, or a lock was not given back"
    return every_order(scenario, wrong, reduce=False)
