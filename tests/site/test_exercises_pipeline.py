"""Exercises of chapters 8 to 11: solutions pass, skeletons are not yet, wrong attempts are refuted with a reason."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import kevent
from book.exercises import correlator, record_to_sink, recorder, shutdown
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.runtime import go
from kevent.waitgroup import WaitGroup
from tests.site.extensions import extension
from tests.site.solved import expect_solved_and_not_yet, refuted

SOLUTIONS = [(recorder, "in_order"), (recorder, "sender"), (correlator, "take"), (correlator, "collision")]
SOLUTIONS += [(record_to_sink, "final"), (record_to_sink, "insist")]
SOLUTIONS += [(shutdown, "goodbye"), (shutdown, "record_and_close")]


@pytest.mark.parametrize(("module", "name"), SOLUTIONS, ids=[name for _, name in SOLUTIONS])
def test_the_solution_is_right_and_the_skeleton_not_yet(module: ModuleType, name: str) -> None:
    expect_solved_and_not_yet(module, name, kevent=kevent)


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


def sends_itself(broadcaster):
    return lambda event: broadcaster.action(ADDED, event)


def a_goroutine_each(broadcaster):
    return lambda event: go(broadcaster.action, ADDED, event, name=f"send {event.message}")


def drops(broadcaster):
    return lambda event: broadcaster.action_or_drop(ADDED, event)


def two_goroutines(broadcaster):
    waiting: Channel[Any] = Channel(1000, name="waiting")

    def hand_over():
        for event in waiting:
            broadcaster.action(ADDED, event)

    for number in range(2):
        go(hand_over, name=f"sender {number}")
    return waiting.try_send


def waits_for_its_goroutine(broadcaster):
    waiting: Channel[Any] = Channel(0, name="waiting")

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


# --- chapter 9 --------------------------------------------------------------------------------------------------------


def never_refills(bucket, now):
    bucket["tokens"] -= 1
    return bucket["tokens"] >= 0


def forgets_when_refused(bucket, now):
    tokens = min(bucket["tokens"] + (now - bucket["last"]) // 300, 25)
    bucket["last"] = now
    bucket["tokens"] = tokens - (tokens >= 1)
    return tokens >= 1


def has_no_bottom(bucket, now):
    tokens = min(bucket["tokens"] + (now - bucket["last"]) / 300, 25) - 1
    bucket.update(tokens=tokens, last=now)
    return tokens >= 0


def has_no_brim(bucket, now):
    tokens = bucket["tokens"] + (now - bucket["last"]) / 300
    bucket.update(tokens=tokens - (tokens >= 1), last=now)
    return tokens >= 1


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda bucket, now: True, "After 25 at 0 s: event 1 at 0 s is let through: False"),
        (lambda bucket, now: None, "You say None"),
        (never_refills, "event 1 at 301 s is let through: True"),
        (forgets_when_refused, "is let through: True"),
        (has_no_bottom, "is let through: True"),
        (has_no_brim, "event 26 at 10000 s is let through: False"),
        (lambda bucket, now: bucket["seconds"], "raises KeyError"),
    ],
)
def test_a_wrong_bucket_is_refuted(attempt, says: str) -> None:
    refuted(correlator.check_take(attempt), says, traced=False)


def pods(*fields):
    return tuple(kevent.ObjectReference(kind="Pod", namespace=ns, name=name, uid=uid) for ns, name, uid in fields)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda: pods(("a", "web", "1"), ("b", "web", "2")), "25 events about the first, and it is muted. The second"),
        (lambda: pods(("a", "b", "1"), ("a", "b", "1")), "a namespace of its own"),
        (lambda: pods(("ab", "c", "1"), ("a", "bc", "1")), "a uid of its own"),
        (lambda: pods(("ab", "c", ""), ("a", "bc", "")), "a uid of its own"),
        (lambda: pods(("a", "b", "1")), "Wanted are two references"),
        (lambda: None, "Wanted are two references"),
        (lambda: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_no_collision_is_refuted(attempt, says: str) -> None:
    refuted(correlator.check_collision(attempt), says, traced=False)


# --- chapter 10 -------------------------------------------------------------------------------------------------------


def looks_inside(error):
    kinds = (kevent.StatusError, kevent.RequestConstructionError)
    return isinstance(error, kinds) or isinstance(error.__cause__, kinds)


def knows_codes(error):
    return isinstance(error, kevent.StatusError) and error.code < 429


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda error: True, "After a refused connection the event is tried again"),
        (lambda error: False, "After 403 Forbidden the event is given up at once"),
        (knows_codes, "After 429 TooManyRequests the event is given up at once"),
        (lambda error: isinstance(error, kevent.StatusError), "After a request that cannot be built"),
        (lambda error: isinstance(error, kevent.SinkError), "After an answer of an unknown shape"),
        (looks_inside, "After a status, wrapped in another error"),
        (lambda error: error.code == 403, "raises AttributeError"),
    ],
)
def test_a_wrong_word_on_errors_is_refuted(attempt, says: str) -> None:
    refuted(record_to_sink.check_final(attempt), says, traced=False)


def wraps_everything(call):
    try:
        return call()
    except kevent.StatusError as error:
        raise ConnectionError from error


def tries_itself(call):
    while True:
        try:
            return call()
        except kevent.StatusError as error:
            if error.code not in (429, 503):
                raise


def forgets_503(call):
    try:
        return call()
    except kevent.StatusError as error:
        if error.code == 429:
            raise ConnectionError from error
        raise


def swallows(call):
    try:
        return call()
    except Exception as error:
        raise ConnectionError from error


def wraps_404(call):
    try:
        return call()
    except kevent.StatusError as error:
        if error.code in (404, 429, 503):
            raise ConnectionError from error
        raise


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda call: call(), "429 once: wanted is 2 calls and the event created; with yours it is 1 call"),
        (lambda call: None, "a sink that takes everything"),
        (wraps_everything, "answers with 403: wanted is 1 call"),
        (forgets_503, "503 twice: wanted is 3 calls"),
        (tries_itself, "429 for ever"),
        (swallows, "answers with 403"),
        (wraps_404, "should end in a creation, and does not"),
    ],
)
def test_a_wrong_insisting_is_refuted(attempt, says: str) -> None:
    verdict = record_to_sink.check_insist(attempt)
    refuted(verdict, says)


# --- chapter 11 -------------------------------------------------------------------------------------------------------


def as_in_go(broadcaster, recorder, pod):
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    broadcaster.shutdown(timeout=0)
    return True


def hurries(broadcaster, recorder, pod):
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    return broadcaster.shutdown(timeout=5)


def is_patient(broadcaster, recorder, pod):
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    arrived = broadcaster.flush()
    broadcaster.shutdown()
    return arrived


def is_an_optimist(broadcaster, recorder, pod):
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    broadcaster.flush(timeout=5)
    broadcaster.shutdown(timeout=1)
    return True


def leaves_the_door_open(broadcaster, recorder, pod):
    recorder.event(pod, "Normal", "Stopping", "goodbye")
    return broadcaster.flush(timeout=5)


def says_nothing(broadcaster, recorder, pod):
    arrived = broadcaster.flush(timeout=5)
    broadcaster.shutdown(timeout=1)
    return arrived


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (as_in_go, "`Stopping` could have arrived, and has not"),
        (hurries, "A sink that is away for 3 s: `Stopping` could have arrived"),
        (is_patient, "takes"),
        (is_an_optimist, "has not arrived, and you say True"),
        (leaves_the_door_open, "still running"),
        (says_nothing, "A sink that is fast: `Stopping` could have arrived"),
        (lambda broadcaster, recorder, pod: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_goodbye_is_refuted(attempt, says: str) -> None:
    verdict = shutdown.check_goodbye(attempt)
    refuted(verdict, says)


def closes_at_once(incoming, event):
    go(incoming.send, event, name="send")
    incoming.close()


def adds_inside(incoming, event):
    sent = WaitGroup("sent")

    def send():
        sent.add(1)
        incoming.send(event)
        sent.done()

    go(send, name="send")
    sent.wait()
    incoming.close()


def closes_in_the_goroutine(incoming, event):
    def send():
        incoming.send(event)
        incoming.close()

    go(send, name="send")


def sends_itself_and_closes(incoming, event):
    incoming.send(event)
    incoming.close()


def never_sends(incoming, event):
    incoming.close()


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (closes_at_once, "room for 1: your code raises SendOnClosedChannel"),
        (adds_inside, "room for 1: your code raises SendOnClosedChannel"),
        (closes_in_the_goroutine, "the queue is open"),
        (sends_itself_and_closes, "no goroutine of its own"),
        (never_sends, "received is []"),
    ],
)
def test_a_wrong_closing_is_refuted(attempt, says: str) -> None:
    verdict = shutdown.check_record_and_close(attempt)
    refuted(verdict, says)


# --- the answers of the self-checks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("recorder.what_arrives", 3),
        ("recorder.the_same_nanosecond", 1),
        ("recorder.a_pause_between", 2),
        ("correlator.an_hour_of_silence", 12),
        ("correlator.the_first_again", 1),
        ("correlator.another_container", "It is filtered."),
        ("record_to_sink.away_for_25_seconds", 5),
        ("record_to_sink.no_such_namespace", 3),
        ("record_to_sink.given_up_and_back", 2),
        ("shutdown.five_events_and_an_exit", "One: the rest goes with the process"),
        ("shutdown.ten_events_and_an_exit", 3),
        ("shutdown.calls_after_shutdown", 4),
        ("shutdown.who_may_call", "Nothing at all"),
    ],
)
def test_the_runs_answer_as_the_chapters_explain(name: str, answer: int | str) -> None:
    assert extension("self_check").answer_of(name) == answer
