"""Exercises of chapter 15: solutions pass, wrong attempts are refuted."""

from __future__ import annotations

import pytest

from book.exercises import your_own_controller
from kevent.correlator import get_spam_key
from kevent.sinks import SinkError, StatusError
from tests.site.solved import expect_solved_and_not_yet


@pytest.mark.parametrize("name", ["refuse", "budget"])
def test_the_solutions_of_chapter_15_are_right(name: str) -> None:
    expect_solved_and_not_yet(your_own_controller, name)


def retries_a_500(status, reason, message):
    if status is None or status >= 500:
        raise SinkError(message)
    if status >= 300:
        raise StatusError(reason, status, message)


def asks_for_the_first_digit(status, reason, message):
    if status is None or status == 429:
        raise SinkError(message)
    if status >= 400:
        raise StatusError(reason, status, message)


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (retries_a_500, "500 InternalError: the recorder asked 12 times, and should ask once."),
        (asks_for_the_first_digit, "302: the event was not stored, and is counted."),
        (lambda status, reason, message: None, "409 AlreadyExists: the event was not stored, and is counted."),
    ],
)
def test_a_wrong_refusal_is_refuted(attempt, sentence: str) -> None:
    assert your_own_controller.check_refuse(attempt).sentence == sentence


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (get_spam_key, "a Warning after 30 Normal events about the same pod: filtered, and should not be."),
        (lambda event: event.type, "the same words about another pod: filtered, and should not be."),
        (lambda event: event.message + event.involved_object.uid + event.source.component,
         "new words about the same pod: written, and should not be."),
    ],
)  # fmt: skip
def test_a_wrong_budget_is_refuted(attempt, sentence: str) -> None:
    assert your_own_controller.check_budget(attempt).sentence == sentence
