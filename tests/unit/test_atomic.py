"""A value that is replaced without a lock: by many threads, in the middle of itself, and under interrupts."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from kevent.atomic import AtomicReference, newest
from kevent.runtime import go
from tests.unit.strikes import each_instruction


@pytest.fixture
def restless() -> Iterator[None]:
    """Switch threads as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_an_update_says_what_was_and_what_is() -> None:
    reference = AtomicReference(3)
    assert reference.update(lambda value: value * 2) == (3, 6)
    assert reference.get() == 6


def counted_by_four_threads(kind: type[AtomicReference[int]]) -> int:
    reference = kind(0)

    def count() -> None:
        for _ in range(3_000):
            reference.update(lambda value: value + 1)

    for thread in [go(count) for _ in range(4)]:
        assert thread.join()
    return reference.get()


def test_no_update_of_many_threads_is_lost(restless: None) -> None:
    assert counted_by_four_threads(AtomicReference) == 12_000


class Hasty(AtomicReference[int]):
    """Puts its successor over that of another thread."""

    def update(self, change):
        before = self.get()
        self._cell = [change(before)]
        return before, self.get()


@pytest.mark.parametrize(("kind", "then"), [(AtomicReference, (10, 11)), (Hasty, (0, 1))])
def test_an_update_in_the_middle_of_an_update_is_not_lost(
    kind: type[AtomicReference[int]], then: tuple[int, int]
) -> None:
    """As by an object's `__del__`, which the collector may call between any two instructions. A hasty one loses it."""
    reference = kind(0)
    inner = iter([1])

    def change(value: int) -> int:
        for _ in inner:
            reference.update(lambda value: value + 10)
        return value + 1

    assert reference.update(change) == then


def test_an_interrupt_leaves_the_old_value_or_the_new_one() -> None:
    made: list[AtomicReference[int]] = []

    def count() -> None:
        made.append(AtomicReference(0))
        made[-1].update(lambda value: value + 1)

    runs = 0
    for interrupted in each_instruction(count, {AtomicReference.update.__code__, newest.__code__}):
        runs += 1
        reference = made[-1]
        assert reference.get() in (0, 1)
        assert interrupted or reference.get() == 1
        before = reference.get()
        reference.update(lambda value: value + 1)
        assert reference.get() == before + 1
    assert runs > 30


def test_a_long_life_keeps_no_old_cells() -> None:
    reference = AtomicReference(0)
    for _ in range(100_000):
        reference.update(lambda value: value + 1)
    assert len(reference._cell) == 1
    assert reference.get() == 100_000
