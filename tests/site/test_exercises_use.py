"""Exercises of chapters 14 and 16 to 18: solutions pass, wrong attempts are refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from book.exercises import cloud_controller_manager, eviction_manager, port_it_yourself, then_and_now
from book.exercises.checking import Verdict
from kevent import Broadcaster
from kevent.correlator import EventCorrelator, get_spam_key
from tests.site.extensions import extension
from tests.site.solved import expect_solved_and_not_yet

NO_ANSWER = ("raises", "not None", "becomes None", "a list of the same pods", "the event itself", "not 7", "a pair of")
"""Complaints about an attempt that gives no answer of the right kind: there is nothing to compare."""


def expect_refuted(verdict: Verdict, says: str) -> None:
    """In a sentence, and with the line that differs."""
    assert not verdict
    assert says in verdict.sentence
    assert ("≠" in repr(verdict)) == ("≠" in verdict._repr_html_()) == all(none not in says for none in NO_ANSWER)


# --- chapter 17 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rank", "spam_key"])
def test_the_solutions_of_chapter_17_are_right_and_the_skeletons_not_yet(name: str) -> None:
    expect_solved_and_not_yet(eviction_manager, name)


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
    expect_refuted(eviction_manager.check_rank(attempt), says)


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
    expect_refuted(eviction_manager.check_spam_key(attempt), says)


# --- chapter 18 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["in_order", "ungroupable"])
def test_the_solutions_of_chapter_18_are_right_and_the_skeletons_not_yet(name: str) -> None:
    expect_solved_and_not_yet(cloud_controller_manager, name)


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
    expect_refuted(cloud_controller_manager.check_in_order(attempt), says)


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
    expect_refuted(cloud_controller_manager.check_ungroupable(attempt), says)


# --- chapter 14 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aggregate_key", "add"])
def test_the_solutions_of_chapter_14_are_right_and_the_skeletons_not_yet(name: str) -> None:
    expect_solved_and_not_yet(port_it_yourself, name)


def key_with(*names: str, between: str = ""):
    return lambda event: between.join({**event, **event["obj"]}[name] for name in names)


REAL = ("component", "host", "kind", "namespace", "name", "uid", "apiVersion", "type", "reason")


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (key_with(*REAL, between="/"), "Event 0, "),
        (key_with(*REAL, "message"), "the real key is 'kubeletPodnmuidv1Warning'"),
        (key_with(*REAL, "fieldPath"), "and yours is "),
        (key_with(*reversed(REAL)), "and yours is "),
        (lambda event: None, "yours is None"),
        (lambda event: event["nothing"], "raises KeyError"),
    ],
)
def test_a_wrong_key_is_refuted(attempt, says: str) -> None:
    expect_refuted(port_it_yourself.check_aggregate_key(attempt), says)


def without_an_end(word, delta):
    return word + (delta << 32), 0


def without_a_sign(word, delta):
    word = (word + (delta << 32)) % (1 << 64)
    return (0, word & 0xFFFFFFFF) if word >> 32 == 0 else (word, 0)


def keeps_its_waiters(word, delta):
    word = (word + (delta << 32)) % (1 << 64)
    if word >> 63:
        raise ValueError("sync: negative WaitGroup counter", word)
    return word, 0


def puts_the_word_back(word, delta):
    new, released = without_a_sign(word, delta)
    if new >> 63:
        raise ValueError("sync: negative WaitGroup counter", word)
    return new, released


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (without_an_end, "soonest by “done on a fresh group”, 1 of 1 steps"),
        (without_a_sign, "panic: expected"),
        (keeps_its_waiters, "released: expected 2, got 0"),
        (puts_the_word_back, "expected "),
        (lambda word, delta: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_add_is_refuted(attempt, says: str) -> None:
    expect_refuted(port_it_yourself.check_add(attempt), says)


def test_the_judge_takes_kevent_itself_and_refuses_the_first_full_watcher() -> None:
    class StopsAtTheFirstFull(Broadcaster):
        def _distribute(self, batch):
            for event in batch:
                for watcher in self._watchers.values():
                    if not watcher._result.try_send(event):
                        break

    assert port_it_yourself.judge_broadcaster(Broadcaster).right
    refuted = port_it_yourself.judge_broadcaster(StopsAtTheFirstFull)
    assert "got nothing" in refuted.sentence
    assert repr(refuted).splitlines()[-1].split() == ["w1,", "received[0]", "ADDED:e7", "nothing", "≠"]
    assert port_it_yourself.judge_correlator(EventCorrelator).right


# --- chapter 16 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["has", "decide"])
def test_the_solutions_of_chapter_16_are_right_and_the_skeletons_not_yet(name: str) -> None:
    expect_solved_and_not_yet(then_and_now, name)


def by_numbers_only(version, since):
    return [int(n) for n in version.split("-")[0].split(".")] >= [int(n) for n in since.split("-")[0].split(".")]


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda version, since: version >= since, "1.9.0"),
        (by_numbers_only, "1.14.0-alpha.2 does not contain"),
        (lambda version, since: by_numbers_only(version, since) and version != since, "1.9.0 contains"),
        (lambda version, since: 1, "Yours says 1"),
        (lambda version, since: [][0], "raises IndexError"),
    ],
)
def test_a_wrong_order_of_tags_is_refuted(attempt, says: str) -> None:
    expect_refuted(then_and_now.check_has(attempt), says)


def never_ends(cache, key, now):
    cache[key] = cache.get(key, 0) + 1
    return {1: "create", 2: "patch"}.get(cache[key], "count")


def ends_after_the_first(cache, key, now):
    first, count = cache.get(key, (now, 0))
    if now - first > 360:
        first, count = now, 0
    cache[key] = first, count + 1
    return {0: "create", 1: "patch"}.get(count, "count")


def one_for_all(cache, key, now):
    return never_ends(cache, "all", now)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (never_ends, "a at 0 s, a at 361 s: the last one is a create"),
        (ends_after_the_first, "a at 600 s: the last one is a count"),
        (one_for_all, "a at 0 s, b at 0 s: the last one is a create"),
        (lambda cache, key, now: "create", "a at 0 s, a at 0 s: the last one is a patch"),
        (lambda cache, key, now: cache["x"], "raises KeyError"),
    ],
)
def test_a_wrong_series_is_refuted(attempt, says: str) -> None:
    expect_refuted(then_and_now.check_decide(attempt), says)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("port_it_yourself.behind_a_sleeper", "Nothing more at all"),
        ("then_and_now.the_fifth_event", "The older one lets it wait, the newer one drops it."),
    ],
)
def test_the_runs_answer_as_chapters_14_and_16_explain(name: str, answer: str) -> None:
    assert extension("self_check").answer_of(name) == answer
