"""Exercises of chapters 14 and 16 to 18: solutions pass, wrong attempts are refuted."""

from __future__ import annotations

import pytest

from book.exercises import checking, eviction_manager
from kevent import get_spam_key

# --- chapter 17 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rank", "spam_key"])
def test_the_solutions_of_chapter_17_are_right_and_the_skeletons_not_yet(name: str) -> None:
    solution, check = getattr(eviction_manager, name), getattr(eviction_manager, f"check_{name}")
    assert check(solution).right
    names: dict[str, object] = {}
    exec(checking.skeleton(solution), names)
    assert check(names[name]) is checking.NOT_YET


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda pods: pods, "The order is"),
        (lambda pods: sorted(pods, key=lambda pod: pod.priority), "The order is"),
        (lambda pods: sorted(pods, key=lambda pod: -pod.above_request("memory")), "The order is"),
        (lambda pods: sorted(pods, key=lambda pod: (pod.priority, -pod.above_request("memory"))), "The order is"),
        (lambda pods: pods[:1], "a list of the same pods"),
        (lambda pods: None, "a list of the same pods, not None"),
        (lambda pods: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_order_of_pods_is_refuted(attempt, says: str) -> None:
    verdict = eviction_manager.check_rank(attempt)
    assert not verdict
    assert says in verdict.sentence


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (get_spam_key, "web is unhealthy 25 times, then it is evicted: the last event is lost"),
        (lambda event: get_spam_key(event) + event.type, "web is unhealthy 25 times"),
        (lambda event: event.reason, "other is evicted 25 times, then web once"),
        (lambda event: get_spam_key(event) + event.reason + event.message, "26 times at once: 26 are written"),
        (lambda event: 7, "a key is a string, not 7"),
    ],
)
def test_a_wrong_spam_key_is_refuted(attempt, says: str) -> None:
    verdict = eviction_manager.check_spam_key(attempt)
    assert not verdict
    assert says in verdict.sentence
