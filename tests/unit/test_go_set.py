"""A set that forgets as Go's: measured with real Go maps, and checked as a set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kevent.go_set import GoSet

MEASURED = json.loads((Path(__file__).parent / "data" / "go_set.json").read_text(encoding="utf-8"))
RUNS = 4000
TOLERANCE = 0.035  # four and a half standard deviations of a share near one half, of so many runs


def kept(row: dict[str, int], make: Callable[[Callable[[], float]], GoSet]) -> list[float]:
    """How often each message is still there after what Go was asked."""
    random = Random(1).random
    counts = [0] * row["inserted"]
    for _ in range(RUNS):
        known = make(random)
        for number in range(row["inserted"]):
            known.insert(f"m{number}")
            if len(known) >= row["max"]:
                known.pop_any()
        for number in range(row["inserted"]):
            counts[number] += f"m{number}" in known
    return [count / RUNS for count in counts]


def farthest(row: dict[str, list[float]], ours: list[float]) -> float:
    return max(abs(go - own) for go, own in zip(row["kept"], ours, strict=True))


@pytest.mark.parametrize("row", MEASURED["answers"], ids=lambda row: f"{row['max']} of {row['inserted']}")
def test_every_key_is_kept_as_often_as_in_go(row) -> None:
    assert farthest(row, kept(row, GoSet)) < TOLERANCE


class Uniform(GoSet):
    """A set in which every key is as likely to go."""

    __slots__ = ()

    def pop_any(self) -> str:
        key = self._first[int(self._random() * len(self._first))]
        self._first = tuple(other for other in self._first if other != key)
        return key

    def insert(self, key: str) -> int:
        if key not in self._first:
            self._first += (key,)
        return len(self._first)


def test_an_even_draw_is_told_apart() -> None:
    [row] = [row for row in MEASURED["answers"] if (row["max"], row["inserted"]) == (10, 10)]
    assert farthest(row, kept(row, Uniform)) > 3 * TOLERANCE


KEYS = st.sampled_from([f"k{number}" for number in range(40)] + ["", "\ud800", "é"])
DRAWS = st.integers(0, 2**32)


@given(st.lists(st.one_of(KEYS, st.none()), max_size=300), DRAWS)
def test_it_is_a_set(orders: list[str | None], seed: int) -> None:
    ours, plain = GoSet(Random(seed).random), set[str]()
    for key in orders:
        if key is not None:
            plain.add(key)
            assert ours.insert(key) == len(plain)
        elif plain:
            plain.remove(ours.pop_any())
        assert len(ours) == len(plain)
    assert all((key in ours) == (key in plain) for key in [f"k{number}" for number in range(40)] + ["", "\ud800", "é"])
    gone = {ours.pop_any() for _ in range(len(ours))}
    assert gone == plain


def test_nothing_can_be_taken_out_of_nothing() -> None:
    with pytest.raises(KeyError, match="empty"):
        GoSet(Random(1).random).pop_any()


def test_every_key_can_be_the_one() -> None:
    def first(seed: int) -> str:
        known = GoSet(Random(seed).random)
        for number in range(10):
            known.insert(f"m{number}")
        return known.pop_any()

    assert {first(seed) for seed in range(500)} == {f"m{number}" for number in range(10)}


@given(DRAWS, st.lists(KEYS, max_size=30))
def test_to_begin_with_a_key_is_to_insert_it(seed: int, more: list[str]) -> None:
    begun, inserted = GoSet(Random(seed).random, "k0"), GoSet(Random(seed).random)
    inserted.insert("k0")
    for known in (begun, inserted):
        for key in more:
            known.insert(key)
    assert [begun.pop_any() for _ in range(len(begun))] == [inserted.pop_any() for _ in range(len(inserted))]


def test_the_same_draws_forget_the_same() -> None:
    def walk() -> list[str]:
        known, gone = GoSet(Random(7).random), []
        for number in range(60):
            known.insert(f"m{number % 23}")
            if len(known) >= 10:
                gone.append(known.pop_any())
        return gone

    assert walk() == walk()
