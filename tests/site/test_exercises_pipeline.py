"""Exercises of chapters 8 to 11: solutions pass, skeletons are not yet, wrong attempts are refuted with a reason."""

from __future__ import annotations

from types import ModuleType

import pytest

import kevent
from book.exercises import checking, recorder
from kevent import ADDED, Channel, go
from tests.site.extensions import extension

SOLUTIONS = [(recorder, "in_order"), (recorder, "sender")]


@pytest.mark.parametrize(("module", "name"), SOLUTIONS, ids=[name for _, name in SOLUTIONS])
def test_the_solution_is_right_and_the_skeleton_not_yet(module: ModuleType, name: str) -> None:
    solution, check = getattr(module, name), getattr(module, f"check_{name}")
    assert check(solution).right
    names: dict[str, object] = {"kevent": kevent}
    exec(checking.skeleton(solution), names)
    assert check(names[name]) is checking.NOT_YET


def refuted(verdict: checking.Verdict, says: str) -> None:
    assert not verdict
    assert says in verdict.sentence
    assert "object at 0x" not in repr(verdict)


# --- chapter 8 --------------------------------------------------------------------------------------------------------


def as_arrived(events):
    return [event["message"] for event in events]


def by_timestamp(events):
    return as_arrived(sorted(events, key=lambda event: event["firstTimestamp"]))


def by_name(events):
    return as_arrived(sorted(events, key=lambda event: event["metadata"]["name"]))


def by_suffix_as_text(events):
    return as_arrived(sorted(events, key=lambda event: event["metadata"]["name"].rpartition(".")[2]))


def by_first_dot(events):
    return as_arrived(sorted(events, key=lambda event: int(event["metadata"]["name"].split(".")[1], 16)))


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (as_arrived, "arrived as event 1 and event 0"),
        (by_timestamp, "arrived as event 1 and event 0"),
        (by_name, "about web-1 and web-0"),
        (by_suffix_as_text, "you say ['event 1', 'event 0']"),
        (by_first_dot, "raises ValueError"),
        (lambda events: None, "you say None"),
    ],
)
def test_a_wrong_order_is_refuted(attempt, says: str) -> None:
    verdict = recorder.check_in_order(attempt)
    refuted(verdict, says)
    assert verdict.steps


def sends_itself(broadcaster):
    return lambda event: broadcaster.action(ADDED, event)


def a_goroutine_each(broadcaster):
    return lambda event: go(broadcaster.action, ADDED, event, name=f"send {event.message}")


def drops(broadcaster):
    return lambda event: broadcaster.action_or_drop(ADDED, event)


def two_goroutines(broadcaster):
    waiting = Channel(1000, name="waiting")

    def hand_over():
        for event in waiting:
            broadcaster.action(ADDED, event)

    for number in range(2):
        go(hand_over, name=f"sender {number}")
    return waiting.try_send


def waits_for_its_goroutine(broadcaster):
    waiting = Channel(0, name="waiting")

    def hand_over():
        for event in waiting:
            broadcaster.action(ADDED, event)

    go(hand_over, name="sender")
    return waiting.send


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (sends_itself, "takes nothing in: nobody can go on"),
        (waits_for_its_goroutine, "takes nothing in: nobody can go on"),
        (a_goroutine_each, "arrived"),
        (two_goroutines, "arrived"),
        (drops, "Three events: nobody can go on"),
        (lambda broadcaster: None, "raises TypeError"),
    ],
)
def test_a_wrong_sender_is_refuted(attempt, says: str) -> None:
    verdict = recorder.check_sender(attempt)
    refuted(verdict, says)
    assert verdict.steps


# --- the answers of the self-checks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("recorder.what_arrives", 3),
        ("recorder.the_same_nanosecond", 1),
        ("recorder.a_pause_between", 2),
    ],
)
def test_the_runs_answer_as_the_chapters_explain(name: str, answer: int | str) -> None:
    assert extension("self_check").answer_of(name) == answer
