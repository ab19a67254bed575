"""The exercises of chapters 12 and 13: solutions are right in every order, wrong attempts are refuted with a trace."""

from __future__ import annotations

import pytest

from book.exercises import interleaving, museum
from tests.site.extensions import extension
from tests.site.solved import expect_solved_and_not_yet, refuted

answer_of = extension("self_check").answer_of
EXERCISES = [(interleaving, "increment"), (interleaving, "take_both"), (museum, "handle_all"), (museum, "action")]


@pytest.mark.parametrize(("chapter", "name"), EXERCISES)
def test_the_solution_is_right_and_the_skeleton_not_yet(chapter, name: str) -> None:
    expect_solved_and_not_yet(chapter, name)


def swaps_without_looking(number):
    old = number.load()
    number.compare_and_swap(old, old + 1)


def takes_mine_first(mine, yours, work):
    with mine, yours:
        work()


def never_gives_back(mine, yours, work):
    for lock in sorted((mine, yours), key=lambda lock: lock.name):
        lock.acquire()
    work()


def works_without_locks(mine, yours, work):
    work()


def does_not_ask(result, handler):
    while True:
        event, _ = result.receive_ok()
        if event is not None:
            handler(event)


def ends_at_what_is_no_event(result, handler):
    while (event := result.receive_ok()[0]) is not None:
        handler(event)


def does_not_look(incoming, lock, stopped, event):
    incoming.send(event)
    return True


def looks_without_the_lock(incoming, lock, stopped, event):
    if stopped.load():
        return False
    incoming.send(event)
    return True


def never_sends(incoming, lock, stopped, event):
    return False


@pytest.mark.parametrize(
    ("check", "attempt", "says"),
    [
        (interleaving.check_increment, swaps_without_looking, "a count is lost"),
        (interleaving.check_increment, lambda number: None, "a count is lost"),
        (interleaving.check_take_both, takes_mine_first, "nobody can go on"),
        (interleaving.check_take_both, never_gives_back, "nobody can go on"),
        (interleaving.check_take_both, works_without_locks, "`work` was not called twice under both locks"),
        pytest.param(museum.check_handle_all, does_not_ask, "goes round in a circle", marks=pytest.mark.weekly),
        (museum.check_handle_all, ends_at_what_is_no_event, "the handler did not get event 1 and event 2"),
        (museum.check_action, does_not_look, "raises SendOnClosedChannel"),
        (museum.check_action, looks_without_the_lock, "raises SendOnClosedChannel"),
        (museum.check_action, never_sends, "what `action` said is not what it did"),
    ],
)
def test_a_wrong_attempt_is_refuted(check, attempt, says: str) -> None:
    verdict = check(attempt)
    refuted(verdict, says)


def test_the_run_answers_as_chapter_12_explains() -> None:
    assert answer_of("interleaving.a_step_of_the_reader") == "Neither yet: it depends on who goes then"
