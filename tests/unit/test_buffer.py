"""A channel's buffer: a queue with a capacity, and two doors that need no mutex."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from operator import length_hint

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kevent import _buffer
from kevent._buffer import DOORS, NOTHING, Buffer

with_doors = pytest.mark.skipif(not DOORS, reason="the doors stay shut")


def holding(capacity: int, *values: int) -> Buffer[int]:
    buffer: Buffer[int] = Buffer(capacity)
    buffer.put_many(values)
    return buffer


def everything(buffer: Buffer[int]) -> list[int]:
    return buffer.take_many(1000, [])


def test_what_is_put_in_comes_out_in_order_up_to_the_capacity() -> None:
    buffer: Buffer[int] = Buffer(2)
    answers = []
    for number in range(3):
        buffer.shut()
        answers.append(buffer.put(number))
    assert (answers, len(buffer), buffer.free()) == ([True, True, False], 2, 0)
    assert [buffer.take(), buffer.take(), buffer.take()] == [0, 1, NOTHING]


def test_what_was_promised_a_place_comes_in_regardless() -> None:
    buffer = holding(2, 1, 2, 3)
    assert (len(buffer), buffer.free(), buffer.put(4)) == (3, -1, False)
    assert everything(buffer) == [1, 2, 3]


def test_what_is_put_back_comes_first() -> None:
    buffer = holding(9, 1, 2, 3)
    assert buffer.take() == 1
    buffer.put_many([4])
    buffer.put_back([1])
    assert everything(buffer) == [1, 2, 3, 4]


def test_a_list_is_adopted_if_the_buffer_is_empty_and_it_fits() -> None:
    values = [1, 2, 3]
    assert not holding(9, 0).adopt(iter(values))
    assert not holding(2).adopt(iter(values))
    buffer = holding(3)
    assert buffer.adopt(iter(values))
    assert (len(buffer), everything(buffer), values) == (3, [1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
@pytest.mark.parametrize("taken", [0, 1])
def test_many_are_taken_up_to_a_limit_and_noted_before(limit: int, taken: int) -> None:
    buffer = holding(9, 1, 2, 3)
    for _ in range(taken):
        buffer.take()
    buffer.put_many([4])
    expected = [1, 2, 3, 4][taken:]
    notes: list[Iterable[int]] = []
    assert buffer.take_many(limit, notes) == expected[:limit]
    assert notes == [expected[:limit]]
    assert not buffer.holds(notes[0])
    assert everything(buffer) == expected[limit:]


@with_doors
def test_places_are_room_that_is_there_for_certain() -> None:
    buffer: Buffer[int] = Buffer(9)
    given = []
    for number in range(9):
        buffer.shut()
        buffer.put(number)
        given.append(length_hint(buffer.places))
    assert given == [0, 1, 2, 3, 4, 3, 2, 1, 0]
    assert all(count < 9 - number for number, count in enumerate(given))


@with_doors
def test_who_is_late_finds_the_value_outside() -> None:
    buffer = holding(9, 1)
    buffer.put(2)
    tail = next(buffer.places)
    buffer.shut()
    tail.append(3)
    assert everything(buffer) == [1, 2]
    assert buffer.late(tail) == [3]
    assert buffer.late(tail) == []


@with_doors
def test_who_is_in_time_finds_nothing_outside() -> None:
    buffer = holding(9, 1)
    buffer.put(2)
    tail = next(buffer.places)
    tail.append(3)
    buffer.shut()
    assert buffer.late(tail) == []
    assert everything(buffer) == [1, 2, 3]


@with_doors
def test_a_place_that_was_taken_for_ever_keeps_nobody_waiting() -> None:
    buffer = holding(4, 1)
    buffer.put(2)
    next(buffer.places)
    buffer.shut()
    assert (buffer.put(3), buffer.free()) == (True, 1)


@with_doors
def test_what_was_lent_and_recalled_is_read_by_nobody_else() -> None:
    buffer = holding(9, 1, 2, 3)
    assert buffer.take() == 1
    lent = buffer.lend()
    assert next(lent) == 2
    buffer.put_many([4])
    buffer.recall()
    assert list(lent) == []
    assert everything(buffer) == [3, 4]


def test_without_doors_nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_buffer, "DOORS", False)
    buffer = holding(9, 1, 2)
    buffer.put(3)
    assert [list(door) for door in (buffer.places, buffer.ready, buffer.lend())] == [[], [], []]
    buffer.turn_over()
    assert list(buffer.ready) == []
    assert everything(buffer) == [1, 2, 3]


@given(
    st.integers(0, 6),
    st.lists(st.tuples(st.sampled_from(["put", "take", "many", "back", "door", "out"]), st.integers(1, 5))),
)
def test_it_is_a_queue(capacity: int, steps: list[tuple[str, int]]) -> None:
    buffer: Buffer[int] = Buffer(capacity)
    queue: deque[int] = deque()
    for number, (step, count) in enumerate(steps):
        if step == "put":
            buffer.shut()
            assert buffer.put(number) is (len(queue) < capacity)
            queue.extend([number] * (len(queue) < capacity))
        elif step == "door":
            for tail in buffer.places:
                assert len(queue) < capacity
                tail.append(number)
                queue.append(number)
                break
        elif step == "out":
            value = next(buffer.ready, NOTHING)
            assert value is NOTHING or value == queue.popleft()
        elif step == "take":
            assert buffer.take() == (queue.popleft() if queue else NOTHING)
        elif step == "many":
            assert buffer.take_many(count, []) == [queue.popleft() for _ in range(min(count, len(queue)))]
        elif queue:
            buffer.put_back([buffer.take()])
        assert len(buffer) == len(queue)
