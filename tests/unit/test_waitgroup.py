"""The WaitGroup's word after each step, and Go's panics."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kevent import runtime
from kevent.runtime import Panic, go, sleep
from kevent.simulation import Deadlock, explore, simulate
from kevent.waitgroup import AtomicUint64, NegativeCounter, Semaphore, WaitGroup, WaitGroupMisuse, WaitGroupReused
from tests.support import SECOND, no_more_threads, simulated


def test_the_counter_is_the_high_half_of_the_word() -> None:
    group = WaitGroup()
    words = []
    for delta in (1, 2, -1, 5):
        group.add(delta)
        words.append(group.state)
    assert words == [1 << 32, 3 << 32, 2 << 32, 7 << 32]
    assert (group.counter, group.waiters) == (7, 0)


def test_the_waiters_are_the_low_half_and_the_last_done_clears_the_word() -> None:
    def scenario() -> list[int]:
        group = WaitGroup(name="g")
        words = []
        group.add(2)
        for _ in range(3):
            go(group.wait)
            sleep(1)
            words.append(group.state)
        group.done()
        words.append(group.state)
        group.done()
        words.append(group.state)
        sleep(1)
        return words

    run = simulate(scenario)
    assert run.result == [2 << 32 | 1, 2 << 32 | 2, 2 << 32 | 3, 1 << 32 | 3, 0]
    assert run.alive == []


def test_wait_at_zero_returns_at_once() -> None:
    group = WaitGroup()
    group.wait()
    assert group.state == 0


def test_the_trace_shows_the_word_after_each_step() -> None:
    def scenario() -> None:
        group = WaitGroup(name="g")
        group.add(1)
        go(group.done)
        group.wait()

    words = [(s.operation, s.after) for s in simulate(scenario).trace if s.name == "g" and not s.blocked]
    assert words == [
        ("add", 1 << 32), ("load", 1 << 32), ("compare_and_swap", 1 << 32 | 1),
        ("add", 1), ("load", 1), ("store", 0), ("load", 0),
    ]  # fmt: skip


def test_two_to_the_32_is_silently_lost() -> None:
    group = WaitGroup()
    group.add(1 << 32)
    assert group.state == 0
    group.add((1 << 32) + 3)
    assert group.counter == 3


def test_two_to_the_31_is_a_negative_counter() -> None:
    group = WaitGroup()
    with pytest.raises(NegativeCounter):
        group.add(1 << 31)
    assert group.state == 1 << 63


def test_the_largest_counter() -> None:
    group = WaitGroup()
    group.add((1 << 31) - 1)
    assert group.counter == 2147483647
    with pytest.raises(NegativeCounter):
        group.add(1)


def test_a_panic_leaves_the_changed_word_behind() -> None:
    group = WaitGroup()
    with pytest.raises(NegativeCounter) as caught:
        group.done()
    assert str(caught.value) == "sync: negative WaitGroup counter"
    assert isinstance(caught.value, Panic)
    assert (group.state, group.counter) == (0xFFFFFFFF_00000000, -1)


@pytest.mark.parametrize("delta", [1.0, "1", None])
def test_add_wants_an_integer(delta: object) -> None:
    with pytest.raises(TypeError, match=f"delta must be an integer, not {type(delta).__name__}"):
        WaitGroup().add(delta)  # type: ignore[arg-type]


def test_adding_from_zero_while_somebody_waits_is_misuse() -> None:
    group = WaitGroup()
    group._state.store(1)  # a waiter who came between a look and a swap
    with pytest.raises(WaitGroupMisuse) as caught:
        group.add(2)
    assert str(caught.value) == "sync: WaitGroup misuse: Add called concurrently with Wait"
    assert group.state == 2 << 32 | 1


def test_adding_inside_the_goroutines_is_misuse_in_some_orders() -> None:
    """Go's own textbook mistake, and each of its ends."""

    def scenario() -> None:
        group = WaitGroup(name="g")

        def work() -> None:
            group.add(1)
            group.done()

        go(work)
        go(work)
        group.wait()

    errors = {str(simulate(scenario, seed=seed).error) for seed in range(400)}
    assert errors == {
        "None",
        "sync: WaitGroup misuse: Add called concurrently with Wait",
        "sync: WaitGroup is reused before previous Wait has returned",
    }


def test_adding_before_the_goroutines_is_right_in_every_order() -> None:
    def scenario() -> int:
        group = WaitGroup(name="g")
        group.add(2)
        for _ in range(2):
            go(group.done)
        group.wait()
        return group.state

    for seed in range(300):
        run = simulate(scenario, seed=seed)
        assert (run.result, run.error, run.alive) == (0, None, []), f"seed {seed}"


def test_a_second_round_before_the_first_has_left_is_reuse() -> None:
    def scenario() -> None:
        group = WaitGroup(name="g")
        group.add(1)
        go(group.wait)
        sleep(1)
        group.done()
        group.add(1)

    errors = {type(simulate(scenario, seed=seed).error) for seed in range(50)}
    assert errors == {WaitGroupReused, type(None)}


def test_nobody_done_is_a_deadlock_that_names_the_group() -> None:
    def scenario() -> None:
        group = WaitGroup(name="g")
        group.add(1)
        group.wait()

    error = simulate(scenario).error
    assert isinstance(error, Deadlock)
    assert "main waits: acquire on g.sema" in str(error)


def test_a_wait_with_an_end_leaves_the_group_as_if_it_had_not_been() -> None:
    def scenario() -> bool:
        group = WaitGroup(name="g")
        group.add(1)
        go(lambda: (sleep(5), group.done()))  # just when the wait ends
        answer = group.wait(timeout=5)
        group.wait()
        assert (group.state, group._semaphore._level()) == (0, 0)
        return answer

    found = explore(scenario, reduce=True, progress=False)
    found.check()
    assert found.exhaustive
    assert {outcome.value for outcome in found} == {"False", "True"}


def test_a_wait_with_an_end_says_whether_the_counter_was_zero() -> None:
    group = WaitGroup()
    assert group.wait(timeout=0)
    group.add(1)
    assert not group.wait(timeout=0)
    assert group.state == 1 << 32
    group.done()
    assert group.wait()


def test_go_counts_and_counts_down_even_if_the_function_fails() -> None:
    def scenario() -> list[int]:
        group = WaitGroup(name="g")
        seen: list[int] = []

        def work(number: int) -> None:
            seen.append(number)
            try:
                raise ValueError
            except ValueError:
                return

        for number in range(3):
            group.go(work, number)
        group.wait()
        return seen

    assert simulate(scenario).result == [0, 1, 2]

    group = WaitGroup()
    goroutine = group.go(lambda: None, name="named")
    group.wait()
    assert goroutine.name == "named"
    assert goroutine.join()


def test_go_counts_down_when_the_function_raises() -> None:
    groups: list[WaitGroup] = []

    def fail() -> None:
        raise ValueError("broken")

    def scenario() -> None:
        groups.append(WaitGroup(name="g"))
        groups[0].go(fail)
        groups[0].wait()

    assert str(simulate(scenario).error) == "broken"
    assert groups[0].counter == 0


def test_a_group_can_be_used_again() -> None:
    group = WaitGroup()
    for _ in range(50):
        goroutines = [group.go(lambda: None) for _ in range(4)]
        group.wait()
        assert group.state == 0
        assert all(goroutine.join() for goroutine in goroutines)


def test_an_atomic_word_wraps_around() -> None:
    word = AtomicUint64((1 << 64) + 5)
    assert word.load() == 5
    assert word.add(-6) == (1 << 64) - 1
    assert word.add(2) == 1
    word.store(-1)
    assert word.load() == (1 << 64) - 1


def test_compare_and_swap_changes_only_what_it_expected() -> None:
    word = AtomicUint64(3)
    assert word.compare_and_swap(4, 9) is False
    assert word.load() == 3
    assert word.compare_and_swap(3, 9) is True
    assert word.load() == 9


@pytest.mark.parametrize(
    "change", [lambda w, n: w.add(1), lambda w, n: w.store(n), lambda w, n: w.compare_and_swap(n - 1, n)]
)
def test_a_word_that_is_changed_for_long_keeps_none_that_it_has_been(
    change: Callable[[AtomicUint64, int], object],
) -> None:
    word = AtomicUint64()
    for number in range(1, 10_001):
        change(word, number)
    assert word.load() == 10_000
    assert len(word._cell) == 1


def test_a_semaphore_counts_releases_before_anybody_waits() -> None:
    semaphore = Semaphore()
    semaphore.release()
    semaphore.release()
    semaphore.acquire()
    semaphore.acquire()
    assert semaphore._level() == 0


def test_reprs_show_the_state() -> None:
    group = WaitGroup(name="g")
    group.add(2)
    assert repr(group) == "<WaitGroup g counter 2 waiters 0>"
    assert repr(AtomicUint64(255, name="w")) == "<AtomicUint64 w 0x00000000000000ff>"


def test_a_semaphore_that_is_taken_from_who_was_woken_lets_him_wait_no_longer() -> None:
    def scenario() -> tuple[list[bool], int]:
        semaphore = Semaphore()
        answers: list[bool] = []
        waiting = go(lambda: answers.append(semaphore.acquire(timeout=10)))
        sleep(6)
        semaphore.release()
        semaphore.acquire()  # before the one who was woken
        waiting.join()
        return answers, runtime.monotonic() // SECOND

    assert simulated(scenario) == ([False], 10)


def test_what_no_thread_can_be_started_for_is_not_waited_for() -> None:
    group = WaitGroup()
    with no_more_threads(), pytest.raises(RuntimeError, match="can't start new thread"):
        group.go(lambda: None)
    assert group.counter == 0
