"""Each step of WaitGroupWord is arithmetic: the words that it shows are the words of the run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise

import pytest

from kevent.figures.recording import record
from kevent.figures.storyboard import State, Storyboard
from kevent.figures.waitgroup_word import tell_waitgroup_word
from kevent.models.museum.models import add_inside
from kevent.runtime import go
from kevent.simulation import explore
from kevent.waitgroup import WaitGroup
from tests.figures.scenarios import group

WORD = 1 << 64


def two_at_once() -> None:
    """Two who wait at the same time: one of them may find the word changed."""
    waiting = WaitGroup("group")
    waiting.add(1)
    waiters = [go(waiting.wait, name=f"waiter-{number}") for number in range(2)]
    go(waiting.done, name="worker")
    for waiter in waiters:
        waiter.join()


SCENARIOS: list[Callable[[], object]] = [
    group,
    partial(group, mistake="one done too many"),
    two_at_once,
    add_inside,
]


@cache
def boards(scenario: Callable[[], object]) -> list[Storyboard]:
    """A board for each way in which the scenario can end, and for some seeds."""
    found = explore(scenario, max_schedules=2000, progress=False)
    schedules = [finding.schedule for finding in found.findings]
    recordings = [record(scenario, schedule=schedule) for schedule in schedules]
    recordings += [record(scenario, seed=seed) for seed in range(20)]
    return [tell_waitgroup_word(recording) for recording in recordings]


def check(before: State, state: State) -> str:
    """That a step is the arithmetic it says it is; the verdict."""
    was, word = int(state["was"], 16), int(state["word"], 16)
    op = state["op"]
    if not state["panic"]:
        assert state["was"] == before["word"]
    match op:
        case ["add", operand, verdict]:
            total = (was + int(operand, 16)) % WORD
            assert total == word or state["panic"]
            counter = (total >> 32 ^ 1 << 31) - (1 << 31)
            assert (verdict == "below zero") is (counter < 0)
            assert (verdict == "ok") is (counter == 0 and total != 0)
        case ["swap", expected, verdict]:
            assert (verdict == "wait") is (int(expected, 16) == was)
            assert word == (was + 1 if verdict == "wait" else was)
        case ["again" | "back", expected, verdict]:
            assert (verdict == "ok") is (int(expected, 16) == word) or state["panic"]
        case ["look", verdict]:
            assert (verdict == "ok") is (word >> 32 == 0)
        case ["store", ""]:
            assert word == 0
        case _:
            assert op in (["wake"], ["sleep"], ["woken"], ["go"])
            assert word == was
    return str(op[-1])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_step_is_the_sum_or_the_comparison_that_it_says(scenario: Callable[[], object]) -> None:
    for board in boards(scenario):
        states = board.states()
        for before, state in pairwise(states):
            check(before, state)


def test_every_verdict_comes_up() -> None:
    found = set()
    for scenario in SCENARIOS:
        for board in boards(scenario):
            found |= {str(state["op"][-1]) for state in board.states()[1:] if len(state["op"]) > 1}
    assert found == {"", "ok", "wait", "again", "below zero", "from zero", "reused"}
    # Not "changed": whoever would change it panics first, and a run ends with its first panic.


def test_a_panic_keeps_what_it_saw_and_is_shown_first() -> None:
    board = tell_waitgroup_word(record(partial(group, mistake="one done too many")))
    assert board.poster == len(board.scenes) - 1
    state = board.state
    assert state["op"] == ["add", "ffffffff00000000", "below zero"]
    assert state["was"] == f"{0:016x}"
    assert board.scenes[-1].moment.places[0].text.startswith("word = self._state.add(")


def test_a_run_that_ends_well_opens_at_the_last_done() -> None:
    board = tell_waitgroup_word(record(group))
    assert board.scenes[board.poster].sentence.startswith("worker-b calls Done")


def test_a_run_in_which_somebody_comes_too_late_opens_there() -> None:
    found = [board for board in boards(two_at_once) if any(state["op"][-1:] == ["again"] for state in board.states())]
    assert found
    for board in found:
        state = board.states()[board.poster + 1]
        assert (state["op"][0], state["op"][-1]) == ("swap", "again")
        assert state["op"][1] != state["was"]  # what was expected, and what was there
        assert state["word"] == state["was"]
        assert board.scenes[board.poster].key
