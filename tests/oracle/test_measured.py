"""What the book calls measured is what the oracle has recorded of 1.14."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from oracle.record import TAUGHT, VECTORS
from tests.support import ROOT

BOOK = json.loads((ROOT / "book" / "data" / "measured.json").read_text(encoding="utf-8"))
RECORDED = {
    scenario["name"]: scenario
    for scenario in json.loads((VECTORS / TAUGHT / "measured.json").read_text(encoding="utf-8"))
}


def told(name: str) -> Any:
    return RECORDED[name]["expect"]


def combined(answer: dict[str, Any]) -> bool:
    return bool(answer["event"]["message"].startswith("(combined from similar events)"))


def count(answer: dict[str, Any]) -> int | None:
    return None if answer["skip"] else answer["event"]["count"]


FIGURES: dict[str, Callable[[], Any]] = {
    "silent-sink": lambda: told("silent-sink")["calls"],
    "nobody-watches-yet": lambda: len(told("nobody-watches-yet")["watchers"]["w0"]["received"]),
    "nobody-reads": lambda: told("nobody-reads")["operations"][1]["taken"],
    "forty-at-once": lambda: sum(not answer["skip"] for answer in told("forty-at-once")),
    "forty-at-once-later": lambda: [count(answer) for answer in told("forty-at-once-later")[-2:]],
    "ten-messages-apart": lambda: [combined(told(f"ten-messages-apart, {s} s")[-1]) for s in (540, 600, 601)],
    "other-objects": lambda: count(told("other-objects")[-1]),
    "no-connection": lambda: len(told("no-connection")["calls"]),
}


@pytest.mark.parametrize("row", [row for row in BOOK if "random" not in row], ids=lambda row: row["id"])
def test_the_book_says_what_is_recorded(row: dict[str, Any]) -> None:
    assert FIGURES[row["id"]]() == row["answer"]


def test_what_is_drawn_by_lot_comes_out_as_often() -> None:
    (row,) = [row for row in BOOK if "random" in row]
    shares = {
        "combined" if combined(outcome["answer"][-1]) else "as it was": outcome["times"]
        for outcome in RECORDED[row["id"]]["outcomes"]
    }
    assert shares.keys() == row["answer"].keys()
    recorded = shares["combined"] / sum(shares.values())
    book = row["answer"]["combined"] / sum(row["answer"].values())
    assert abs(recorded - book) < 0.15  # 200 runs of the one, 2,000 of the other, and two versions of Go's map
