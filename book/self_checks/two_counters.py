"""Self-checks of chapter 7."""

from __future__ import annotations

from contextlib import suppress

from kevent.figures.waitgroup_layouts import LAYOUTS
from kevent.runtime import go, sleep
from kevent.simulation import explore, simulate
from kevent.waitgroup import NegativeCounter, WaitGroup, WaitGroupMisuse


def the_second_worker_adds() -> str:
    """The first of two workers that count themselves is done, `main` waits, and the second adds: what `add` does."""

    def scenario():
        group = WaitGroup("group")
        group.add(1)
        go(group.wait, name="main")
        sleep(1)
        group._state.add(-1 << 32)  # what `done` does first; nobody has been woken yet
        group.add(1)
        return group.counter, group.waiters

    run = simulate(scenario)
    if isinstance(run.error, WaitGroupMisuse):
        return "It panics."
    if run.error is not None:
        return "It waits until `main` has left."
    return f"It counts, and `main` {'waits for both' if run.result == (1, 1) else 'goes on without it'}."


def releases() -> int:
    """The word is 0x0000000200000005, and both pieces of work get done: how often the semaphore is released."""

    def scenario():
        group = WaitGroup("group")
        group.add(2)
        for _ in range(5):
            go(group.wait, name="waiter")
        sleep(1)
        assert group.state == 0x0000000200000005
        group.done()
        group.done()

    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return sum(step.operation == "release" for step in run.trace)


def where_the_counter_is() -> int:
    """Go 1.11.5, a struct four bytes behind an eight-byte boundary: which of the three words holds the counter."""
    behind_a_boundary = next(layout for layout in LAYOUTS if "1.11" in layout["versions"])["memory"][1]
    return behind_a_boundary["places"].index("counter")


def after_a_panic() -> str:
    """A done too many, recovered; then one is added, and somebody waits."""

    def scenario():
        group = WaitGroup("group")
        with suppress(NegativeCounter):
            group.done()
        group.add(1)
        group.wait()

    error = simulate(scenario).error
    if error is None:
        return "It returns at once."
    return "It never returns." if type(error).__name__ == "Deadlock" else "It panics."


def one_worker() -> str:
    """`add` inside the only goroutine that works: which panics there are, over every order."""

    def scenario():
        group = WaitGroup("group")

        def work():
            group.add(1)
            group.done()

        go(work, name="worker")
        group.wait()

    texts = [str(finding.outcome) for finding in explore(scenario, progress=False).findings]
    misuse, reused = (any(word in text for text in texts) for word in ("misuse", "reused"))
    if misuse and reused:
        return "Both"
    return '"Add called concurrently with Wait"' if misuse else '"reused"' if reused else "Neither"
