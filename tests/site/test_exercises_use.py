"""Exercises of chapters 14 and 16 to 18: solutions pass, wrong attempts are refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from book.exercises import checking, cloud_controller_manager, eviction_manager
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


# --- chapter 18 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["in_order", "ungroupable"])
def test_the_solutions_of_chapter_18_are_right_and_the_skeletons_not_yet(name: str) -> None:
    solution, check = getattr(cloud_controller_manager, name), getattr(cloud_controller_manager, f"check_{name}")
    assert check(solution).right
    names: dict[str, object] = {}
    exec(checking.skeleton(solution), names)
    assert check(names[name]) is checking.NOT_YET


def changes_the_event(event):
    event.reason, event.message = "DeletingNode", event.reason
    return event


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda event: event, "and becomes “Deleting node node-7"),
        (lambda event: replace(event, reason="DeletingNode", message=event.reason), "“Starting” with"),
        (
            lambda event: (
                replace(event, reason="DeletingNode", message=event.reason)
                if event.reason.startswith("Deleting node ")
                else event
            ),
            "“Deleting node groups”",
        ),
        (changes_the_event, "the event itself was changed"),
        (lambda event: None, "and becomes None"),
        (lambda event: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_exchange_is_refuted(attempt, says: str) -> None:
    verdict = cloud_controller_manager.check_in_order(attempt)
    assert not verdict
    assert says in verdict.sentence


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda number: ("DeletingNode", "gone"), "become 1: 40 of them were counted"),
        (lambda number: ("DeletingNode", f"try {number}"), "become 10: 31 of them were combined"),
        (lambda number: (f"Deleting{number % 20}", "gone"), "become 20: 2 of them were counted"),
        (lambda number: "Deleting", "a pair of texts is asked for"),
    ],
)
def test_a_reason_that_can_be_grouped_is_refuted(attempt, says: str) -> None:
    verdict = cloud_controller_manager.check_ungroupable(attempt)
    assert not verdict
    assert says in verdict.sentence
