"""Questions are drawn, both sides are asked, and a difference is noticed and made small."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from oracle.asking import HANGS, Oracle
from oracle.drawing import DRAWN, draw
from oracle.fuzz import Both, compare, main, minimised, smaller, stuck
from oracle.kevent_side import Kevent
from oracle.record import WITH_EVENTS
from oracle.toolchain import NoGo, go
from tests.oracle.conftest import why_not


@pytest.mark.weekly
@pytest.mark.parametrize("what", [what for what in sorted(DRAWN) if DRAWN[what][2]])
def test_both_sides_agree_on_fresh_questions(what: str, oracle: Oracle, capsys: pytest.CaptureFixture[str]) -> None:
    failed = compare(Both(oracle, Kevent("1.14")), seed=20260101, count=20, only=what)
    told = capsys.readouterr().out
    assert failed == 0, told
    (compared,) = re.findall(rf"^ *(\d+) {what}$", told, re.M)
    assert int(compared) >= 15, told  # of the others Go has no one answer


@pytest.mark.parametrize("release", WITH_EVENTS)
def test_both_sides_agree_on_fresh_questions_about_series(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    if (reason := why_not(release, "series")) is not None:
        pytest.skip(reason)
    with Oracle(release, "series") as oracle:
        failed = compare(Both(oracle, Kevent(release)), seed=20260101, count=30, only="series")
    told = capsys.readouterr().out
    assert failed == 0, told
    (compared,) = re.findall(r"^ *(\d+) series$", told, re.M)
    assert int(compared) >= 20, told


def test_a_mutex_that_somebody_waits_for_stops_virtual_time() -> None:
    assert stuck(HANGS)
    assert stuck({"dies": "fatal error: all goroutines are asleep - deadlock!"})
    assert not stuck({"dies": "panic: send on closed channel"})
    assert not stuck([])


class Mistaken(Kevent):
    """A kevent that says of every seventh event that its count is one more."""

    def ask(self, kind: str, scenario: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for label, answer in super().ask(kind, scenario):
            for number, step in enumerate(answer):
                if number % 7 == 6 and step is not None and not step["skip"]:
                    step["event"]["count"] += 1
            yield label, answer


def test_a_difference_is_noticed_and_made_small(oracle: Oracle, capsys: pytest.CaptureFixture[str]) -> None:
    both = Both(oracle, Mistaken("1.14"))
    assert compare(both, seed=3, count=3, only="correlator") > 0
    shown = capsys.readouterr().out
    assert "DIFFERENT correlator 3/" in shown
    small = json.loads(shown.splitlines()[1])
    assert len(small["steps"]) == 7
    assert ", event.count: expected " in shown
    assert " DIFFER: correlator" in shown


@pytest.mark.parametrize("what", sorted(DRAWN))
def test_a_seed_and_a_number_name_a_question(what: str) -> None:
    one = draw(1, 2, what)
    assert one == draw(1, 2, what)
    assert one[0] == what
    assert json.loads(json.dumps(one[2])) == one[2]
    assert len({json.dumps(draw(1, number, what)[2]) for number in range(20)}) > 10
    assert len({json.dumps(draw(seed, 2, what)[2]) for seed in range(20)}) > 10


def test_every_kind_is_drawn() -> None:
    assert {draw(5, number)[0] for number in range(400)} == {what for what in DRAWN if DRAWN[what][2]}


def test_a_question_is_made_as_small_as_it_can_be() -> None:
    def fails(scenario: dict[str, Any]) -> bool:
        return any("x" in step.get("text", "") and step.get("n", 0) >= 10 for step in scenario.get("steps", []))

    wild = {"name": "n", "steps": [{"text": "abc", "n": 3}, {"text": "aaxbb" * 40, "n": 12345, "op": "o"}] * 8}
    assert minimised(wild, fails) == {"name": "n", "steps": [{"text": "x", "n": 10, "op": "o"}]}
    assert minimised(wild, lambda _: False) == wild


def test_smaller_is_never_the_same() -> None:
    value = {"a": [1, -2, {"b": "xyz", "c": True}], "d": "", "e": 0, "f": []}
    assert all(less != value for less in smaller(value))


class Undecided:
    """A Go that answers a question in two ways, the second one seldom."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[int] = []

    def close(self) -> None:
        self.asked.append(0)

    def ask(self, kind: str, scenario: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(scenario["runs"])
        seen = self.answers[: scenario["runs"]]
        return {"outcomes": [{"answer": answer, "times": len([*same])} for answer, same in groupby(seen)]}


class Steady:
    def ask(self, kind: str, scenario: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        yield "", 2


@pytest.mark.parametrize(
    ("answers", "blocking", "asked", "found"),
    [
        ([2] * 2000, False, [1], []),
        ([1] * 2000, False, [1, 0, 100], None),
        ([1] * 2000, True, [1, 0, 100, 1000], None),
        ([1] * 50 + [2] * 50, False, [1, 0, 100], None),
        ([1] * 950 + [2] * 50, True, [1, 0, 100, 1000], None),
        ([HANGS], False, [1], None),
    ],
)
def test_what_go_is_not_certain_of_is_no_difference(
    answers: list[Any], asked: list[int], found: Any, *, blocking: bool
) -> None:
    go = Undecided(answers)
    differ = Both(go, Steady()).differ("keys", {"blocking": blocking})  # type: ignore[arg-type]
    assert go.asked == asked
    if answers == [1] * 2000:
        assert [str(difference) for difference in differ or []] == ["the answer: expected 1, got 2"]
    else:
        assert differ == found


def test_after_its_time_nothing_more_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    both = Both(Undecided([2] * 200), Steady())  # type: ignore[arg-type]
    assert compare(both, seed=1, count=10, only="keys", seconds=0) == 0
    assert capsys.readouterr().out == "0 questions without a difference, 0 with one\n"


def test_kevent_raising_is_an_answer() -> None:
    ((label, answer),) = Kevent("1.14").ask("correlator", {"options": {"burst": -1}, "steps": []})
    assert label == ""
    assert answer["raises"].startswith("ValueError: burst_size must be")


def test_command_needs_a_release_that_both_know(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        go()
    except NoGo as error:
        pytest.skip(str(error))
    assert main(["--release", "1.13"]) == 2
    assert "unknown release '1.13'" in capsys.readouterr().err
