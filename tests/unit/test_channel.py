"""Channels: what Go's language promises, on threads and, where somebody has to wait, in a simulation."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from operator import length_hint
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kevent._buffer import DOORS
from kevent.channel import Channel, ChannelClosed, CloseOfClosedChannel, SendOnClosedChannel
from kevent.runtime import Panic, go, now, sleep
from kevent.select import Receive, Send, select
from kevent.simulation import Deadlock, simulate
from kevent.waiting import Turn, Waiter
from tests.support import SECOND, simulated

in_every_way = pytest.mark.parametrize(
    "send",
    [
        lambda c: c.send(1),
        lambda c: c.try_send(1),
        lambda c: c.try_send_many([1]),
        lambda c: select(Send(c, 1)),
        lambda c: select(Send(c, 1), default=True),
    ],
)


# --- bad input ----------------------------------------------------------------------------------------------


def test_a_negative_capacity_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity must not be negative: -1"):
        Channel(-1)


@pytest.mark.parametrize("capacity", [1.0, "1", None, True])
def test_a_capacity_that_is_no_integer_is_refused(capacity: object) -> None:
    with pytest.raises(TypeError, match=f"capacity must be an integer, not {type(capacity).__name__}"):
        Channel(capacity)  # type: ignore[arg-type]


def test_receive_many_wants_a_limit_above_zero() -> None:
    with pytest.raises(ValueError, match="limit must be at least one: 0"):
        Channel(1).receive_many(0)


def test_select_without_a_case_would_wait_for_ever() -> None:
    with pytest.raises(ValueError, match="cases must not be empty"):
        select()


def test_select_without_a_case_but_with_a_default_does_nothing() -> None:
    assert select(default=True) == (-1, None, False)


def test_select_wants_cases() -> None:
    with pytest.raises(TypeError, match="cases must be Send or Receive, not Channel"):
        select(Channel(1))  # type: ignore[arg-type]


# --- a buffer -----------------------------------------------------------------------------------------------


def test_values_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel(3)
    for number in range(3):
        channel.send(number)
    assert [channel.receive() for _ in range(3)] == [0, 1, 2]


def test_none_and_false_are_values_like_any_other() -> None:
    channel: Channel[Any] = Channel(3)
    assert [channel.try_send(value) for value in (None, False, 0)] == [True, True, True]
    assert [channel.try_receive() for _ in range(3)] == [(None, True), (False, True), (0, True)]


def test_try_send_is_refused_when_the_buffer_is_full() -> None:
    channel: Channel[int] = Channel(1)
    assert channel.try_send(1) is True
    assert channel.try_send(2) is False
    assert channel.receive() == 1


def test_try_receive_of_nothing_is_not_ok() -> None:
    assert Channel(1).try_receive() == (None, False)


def test_try_send_many_takes_what_fits() -> None:
    channel: Channel[int] = Channel(3)
    assert channel.try_send_many([1, 2]) == 2
    assert channel.try_send_many([3, 4, 5]) == 1
    assert channel.try_send_many([6]) == 0
    assert channel.try_send_many([]) == 0
    assert channel.receive_many(10) == [1, 2, 3]


def test_receive_many_takes_no_more_than_its_limit() -> None:
    channel: Channel[int] = Channel(5)
    channel.try_send_many([1, 2, 3, 4, 5])
    assert [channel.receive_many(limit) for limit in (1, 3, 9)] == [[1], [2, 3, 4], [5]]


# --- running ahead of a receiver who has been woken ---


def a_receiver_who_is_woken(channel: Channel[int], ahead: int) -> Waiter:
    """It has the first value in its hands, and has not come to take the others."""
    receiver = Waiter(Turn())
    channel._locked(channel._take_or_line_up, receiver, ahead)
    assert not receiver.turn.decided
    return receiver


@pytest.mark.parametrize(("capacity", "ahead", "fitting"), [(2, 5, 5), (2, 1, 2), (2, 0, 2), (0, 5, 0)])
def test_senders_run_ahead_of_a_receiver_who_is_woken(capacity: int, ahead: int, fitting: int) -> None:
    channel: Channel[int] = Channel(capacity)
    receiver = a_receiver_who_is_woken(channel, ahead)
    sent = [number for number in range(10) if channel.try_send(number)]
    assert receiver.value == 0
    assert sent == list(range(1 + fitting))


def test_what_is_taken_ends_the_running_ahead() -> None:
    channel: Channel[int] = Channel(2)
    a_receiver_who_is_woken(channel, 8)
    assert all(channel.try_send(number) for number in range(6))
    assert channel.receive_many(4) == [1, 2, 3, 4]
    assert [channel.try_send(number) for number in (6, 7)] == [True, False]
    assert channel.receive_many(9) == [5, 6]
    assert [channel.try_send(number) for number in (8, 9, 10)] == [True, True, False]


def test_a_place_that_was_given_out_ahead_is_taken_back() -> None:
    channel: Channel[int] = Channel(1)
    a_receiver_who_is_woken(channel, 100)
    assert all(channel.try_send(number) for number in range(10))
    assert channel.receive() == 1  # the others of these are no longer where senders put theirs
    assert all(channel.try_send(number) for number in range(10, 20))
    assert channel.receive_many(1) == [2]
    assert not channel.try_send(20)


def test_a_wait_that_has_failed_lets_nobody_run_ahead() -> None:
    channel: Channel[int] = Channel(1)
    with pytest.raises(TimeoutError):
        channel.receive_many(3, timeout=0, ahead=9)
    assert [channel.try_send(number) for number in (1, 2)] == [True, False]


def test_len_counts_the_buffer_and_an_empty_channel_is_still_true() -> None:
    channel: Channel[int] = Channel(2, name="box")
    assert (len(channel), bool(channel), repr(channel)) == (0, True, "<Channel box 0/2>")
    channel.send(1)
    channel.close()
    assert (len(channel), repr(channel)) == (1, "<Channel box 1/2 closed>")


# --- the end ------------------------------------------------------------------------------------------------


@in_every_way
def test_sending_on_a_closed_channel_is_gos_panic(send: Callable[[Channel[int]], object]) -> None:
    channel: Channel[int] = Channel(1)
    channel.close()
    with pytest.raises(SendOnClosedChannel) as caught:
        send(channel)
    assert str(caught.value) == "send on closed channel"
    assert isinstance(caught.value, Panic)


def test_closing_twice_is_gos_panic() -> None:
    channel: Channel[int] = Channel()
    channel.close()
    with pytest.raises(CloseOfClosedChannel) as caught:
        channel.close()
    assert str(caught.value) == "close of closed channel"
    assert isinstance(caught.value, Panic)


def test_what_is_in_the_buffer_outlives_the_close() -> None:
    channel: Channel[int] = Channel(3)
    channel.try_send_many([1, 2, 3])
    channel.close()
    assert channel.closed
    assert channel.receive() == 1
    assert channel.receive_ok() == (2, True)
    assert channel.receive_many(5) == [3]


def test_a_closed_and_drained_channel_says_so_in_every_form() -> None:
    channel: Channel[int] = Channel(1)
    channel.close()
    assert channel.receive_ok() == (None, False)
    assert channel.receive_many(1) == []
    assert list(channel) == []
    assert select(Receive(channel)) == (0, None, False)
    for receive in (channel.receive, channel.try_receive):
        with pytest.raises(ChannelClosed):
            receive()


def test_iteration_ends_with_the_channel() -> None:
    channel: Channel[int] = Channel(3)
    channel.try_send_many([1, 2, 3])
    channel.close()
    assert list(channel) == [1, 2, 3]


def test_close_sends_waiting_receivers_home_empty_handed() -> None:
    def scenario() -> list[tuple[object, bool]]:
        channel: Channel[int] = Channel(name="c")
        answers: list[tuple[object, bool]] = []
        for _ in range(3):
            go(lambda: answers.append(channel.receive_ok()))
        sleep(1)
        channel.close()
        sleep(1)
        return answers

    assert simulated(scenario) == [(None, False)] * 3


def test_close_makes_waiting_senders_panic_and_nothing_of_theirs_arrives() -> None:
    def scenario() -> tuple[list[str], list[int]]:
        channel: Channel[int] = Channel(1, name="c")
        channel.send(0)
        texts: list[str] = []

        def send(number: int) -> None:
            try:
                channel.send(number)
            except SendOnClosedChannel as panic:
                texts.append(str(panic))

        for number in (1, 2):
            go(send, number)
        sleep(1)
        channel.close()
        sleep(1)
        return texts, list(channel)

    assert simulated(scenario) == (["send on closed channel"] * 2, [0])


def test_close_makes_a_select_that_waits_to_send_panic() -> None:
    def scenario() -> str:
        channel: Channel[int] = Channel(name="c")
        other: Channel[int] = Channel(name="other")
        go(lambda: (sleep(1), channel.close()))
        with pytest.raises(SendOnClosedChannel) as caught:
            select(Receive(other), Send(channel, 1))
        return str(caught.value)

    assert simulated(scenario) == "send on closed channel"


# --- waiting ------------------------------------------------------------------------------------------------


def test_capacity_zero_is_a_meeting() -> None:
    def scenario() -> list[str]:
        channel: Channel[str] = Channel(name="meeting")
        diary: list[str] = []

        def send() -> None:
            diary.append("send")
            channel.send("hello")
            diary.append("sent")

        go(send)
        sleep(5)
        diary.append("receive")
        assert len(channel) == 0
        diary.append(channel.receive())
        sleep(1)
        return diary

    assert simulated(scenario) == ["send", "receive", "hello", "sent"]


def test_try_send_on_capacity_zero_needs_a_waiting_receiver() -> None:
    def scenario() -> tuple[bool, bool, list[int]]:
        channel: Channel[int] = Channel(name="meeting")
        got: list[int] = []
        alone = channel.try_send(1)
        go(lambda: got.append(channel.receive()))
        sleep(1)
        together = channel.try_send(2)
        sleep(1)
        return alone, together, got

    assert simulated(scenario) == (False, True, [2])


def test_try_receive_on_capacity_zero_takes_from_a_waiting_sender() -> None:
    def scenario() -> list[tuple[object, bool]]:
        channel: Channel[int] = Channel(name="meeting")
        go(channel.send, 7)
        sleep(1)
        return [channel.try_receive(), channel.try_receive()]

    assert simulated(scenario) == [(7, True), (None, False)]


def test_try_send_many_serves_waiting_receivers_first_and_then_the_buffer() -> None:
    def scenario() -> tuple[int, list[int], int]:
        channel: Channel[int] = Channel(2, name="c")
        got: list[int] = []
        for _ in range(2):
            go(lambda: got.append(channel.receive()))
        sleep(1)
        taken = channel.try_send_many([1, 2, 3, 4, 5])
        sleep(1)
        return taken, got, len(channel)

    assert simulated(scenario) == (4, [1, 2], 2)


@pytest.mark.parametrize("seed", range(20))
def test_waiting_senders_are_served_in_the_order_they_came(seed: int) -> None:
    def scenario() -> list[int]:
        channel: Channel[int] = Channel(1, name="c")
        for number in range(6):
            go(channel.send, number)
            sleep(1)
        assert channel.try_send(99) is False  # no later comer overtakes them
        return [channel.receive() for _ in range(6)]

    assert simulated(scenario, seed=seed) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(20))
def test_waiting_receivers_are_served_in_the_order_they_came(seed: int) -> None:
    def scenario() -> list[tuple[int, int]]:
        channel: Channel[int] = Channel(name="c")
        got: list[tuple[int, int]] = []

        def receive(place: int) -> None:
            got.append((place, channel.receive()))

        for place in range(5):
            go(receive, place)
            sleep(1)
        for value in range(5):
            channel.send(value)
        sleep(1)
        return sorted(got)

    assert simulated(scenario, seed=seed) == [(place, place) for place in range(5)]


@in_every_way
@pytest.mark.parametrize("capacity", [1, 3])
def test_a_waiting_receiver_is_served_although_there_is_room(
    capacity: int, send: Callable[[Channel[int]], object]
) -> None:
    def scenario() -> list[int]:
        channel: Channel[int] = Channel(capacity)
        got: list[int] = []
        go(lambda: got.append(channel.receive()))
        sleep(1)
        send(channel)
        sleep(1)
        assert len(channel) == 0
        return got

    assert simulated(scenario) == [1]


def test_many_values_find_all_the_room_that_receivers_have_made() -> None:
    channel: Channel[int] = Channel(4)
    channel.try_send_many([1, 2])
    assert channel.receive() == 1
    channel.send(3)
    assert channel.receive() == 2
    assert channel.try_send_many([4, 5, 6, 7]) == 3
    channel.close()
    assert list(channel) == [3, 4, 5, 6]


def test_fewer_values_than_receivers_leave_receivers_waiting() -> None:
    def scenario() -> list[int]:
        channel: Channel[int] = Channel(4)
        got: list[int] = []
        for _ in range(3):
            go(lambda: got.append(channel.receive()))
        sleep(1)
        assert channel.try_send_many([1, 2]) == 2
        assert channel.try_send_many([3, 4, 5]) == 3
        sleep(1)
        return [*got, *channel.receive_many(5)]

    assert simulated(scenario) == [1, 2, 3, 4, 5]


def test_who_has_waited_for_many_values_gets_no_more_than_the_limit() -> None:
    def scenario() -> list[list[int]]:
        channel: Channel[int] = Channel(4)
        got: list[list[int]] = []
        go(lambda: got.append(channel.receive_many(2)))
        sleep(1)
        channel.try_send_many([1, 2, 3])
        sleep(1)
        return [*got, channel.receive_many(2)]

    assert simulated(scenario) == [[1, 2], [3]]


def three(channel: Channel[int]) -> None:
    channel.try_send_many([1, 2, 3])


def three_one_by_one(channel: Channel[int]) -> None:
    for value in (1, 2, 3):
        channel.send(value)


def three_in_two_pieces(channel: Channel[int]) -> None:
    channel.try_send_many([0, 1, 2])
    assert channel.receive() == 0
    channel.send(3)


@pytest.mark.parametrize("fill", [three, three_one_by_one, three_in_two_pieces])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_many_values_received_make_room_for_a_sender_who_waits(
    fill: Callable[[Channel[int]], None], limit: int
) -> None:
    def scenario() -> list[int]:
        channel: Channel[int] = Channel(3)
        fill(channel)
        ended: list[int] = []
        go(lambda: (channel.send(4), ended.append(now())))
        sleep(1)
        assert not ended
        got = channel.receive_many(limit)
        sleep(1)
        assert ended
        return [*got, *channel.receive_many(9)]

    assert simulated(scenario) == [1, 2, 3, 4]


# --- timeouts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wait",
    [
        lambda c: c.receive(timeout=3),
        lambda c: c.receive_ok(timeout=3),
        lambda c: c.receive_many(5, timeout=3),
        lambda c: c.send(1, timeout=3),
        lambda c: select(Receive(c), Send(c, 1), timeout=3),
    ],
)
def test_a_timeout_takes_its_time_and_leaves_nothing_behind(wait: Callable[[Channel[int]], object]) -> None:
    def scenario() -> tuple[int, bool]:
        channel: Channel[int] = Channel(name="c")
        start = now()
        with pytest.raises(TimeoutError, match="3 s have passed"):
            wait(channel)
        took = (now() - start) // SECOND
        # Nobody is served in the absence of one who has given up.
        return took, channel.try_send(2) or channel.try_receive()[1]

    assert simulated(scenario) == (3, False)


def test_a_timeout_of_zero_or_less_tries_once() -> None:
    channel: Channel[int] = Channel(1)
    for timeout in (0, -1):
        with pytest.raises(TimeoutError):
            channel.receive(timeout=timeout)
    channel.send(1, timeout=0)
    with pytest.raises(TimeoutError):
        channel.send(2, timeout=0)
    assert channel.receive(timeout=-1) == 1


def test_a_timeout_that_is_not_needed_moves_no_time() -> None:
    def scenario() -> int:
        channel: Channel[int] = Channel(name="c")
        go(channel.send, 5)
        return channel.receive(timeout=1000)

    run = simulate(scenario)
    assert (run.result, run.time) == (5, 0)


@pytest.mark.parametrize("seed", range(60))
def test_a_value_that_comes_as_the_time_runs_out_is_not_lost(seed: int) -> None:
    def scenario() -> tuple[list[int], list[int]]:
        channel: Channel[int] = Channel(name="c")
        sent: list[int] = []
        got: list[int] = []

        def send() -> None:
            try:
                channel.send(1, timeout=3)
                sent.append(1)
            except TimeoutError:
                pass

        def receive() -> None:
            sleep(2)
            with suppress(TimeoutError):
                got.append(channel.receive(timeout=1))

        go(send)
        go(receive)
        sleep(10)
        return sent, got

    sent, got = simulated(scenario, seed=seed)
    assert sent == got


def test_an_interrupted_receiver_is_not_served_in_its_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    from kevent import runtime

    def interrupted(self: object, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    channel: Channel[int] = Channel()
    with monkeypatch.context() as patch:
        patch.setattr(runtime._ThreadParker, "park", interrupted)
        for wait in (channel.receive, lambda: channel.send(1), lambda: select(Receive(channel))):
            with pytest.raises(KeyboardInterrupt):
                wait()
    assert channel.try_send(1) is False
    assert channel.try_receive() == (None, False)


# --- select -------------------------------------------------------------------------------------------------


def test_select_takes_the_default_when_no_case_is_ready() -> None:
    assert select(Receive(Channel()), Send(Channel(), 1), default=True) == (-1, None, False)


def test_select_gives_the_index_of_the_case_and_what_it_received() -> None:
    empty: Channel[int] = Channel(1)
    full: Channel[int] = Channel(1)
    full.send(7)
    assert select(Receive(empty), Receive(full)) == (1, 7, True)
    assert select(Send(empty, 8), Receive(full)) == (0, None, True)
    assert empty.receive() == 8


def test_every_ready_case_is_taken_by_some_seed() -> None:
    def scenario() -> int:
        channels = [Channel[int](1, name=f"c{i}") for i in range(3)]
        for channel in channels[:2]:
            channel.send(0)
        return select(*map(Receive, channels[:2]), Send(channels[2], 1))[0]

    counts = Counter(simulated(scenario, seed=seed) for seed in range(60))
    assert set(counts) == {0, 1, 2}
    assert min(counts.values()) >= 5


def test_every_ready_case_is_taken_on_threads_too() -> None:
    channels = [Channel[int](1) for _ in range(3)]
    taken = set()
    for _ in range(200):
        for channel in channels:
            channel.try_send(1)
        taken.add(select(*map(Receive, channels))[0])
    assert taken == {0, 1, 2}


def test_a_waiting_select_is_served_on_one_channel_only() -> None:
    def scenario() -> tuple[tuple[int, Any, bool], bool]:
        first, second = Channel[str](name="first"), Channel[str](name="second")
        answer: list[tuple[int, Any, bool]] = []
        go(lambda: answer.append(select(Receive(first), Receive(second))))
        sleep(1)
        second.send("two")
        sleep(1)
        return answer[0], first.try_send("one")

    assert simulated(scenario) == ((1, "two", True), False)


@pytest.mark.parametrize("seed", range(40))
def test_two_senders_never_both_reach_one_select(seed: int) -> None:
    def scenario() -> int:
        first, second = Channel[int](name="first"), Channel[int](name="second")
        go(lambda: select(Receive(first), Receive(second)))
        sent = []
        for channel in (first, second):
            go(lambda channel=channel: sent.append(select(Send(channel, 1), timeout=1)))
        sleep(5)
        return len(sent)

    run = simulate(scenario, seed=seed)
    assert isinstance(run.error, TimeoutError)  # one of the two gave up, and the other did not
    assert [step.result for step in run.trace if step.operation == "select" and step.result] in (
        [(0, 1, True), (0, None, True)], [(1, 1, True), (0, None, True)],
        [(0, None, True), (0, 1, True)], [(0, None, True), (1, 1, True)],
    )  # fmt: skip


def test_two_selects_meet() -> None:
    def scenario() -> list[tuple[int, Any, bool]]:
        channel: Channel[int] = Channel(name="c")
        answers: list[tuple[int, Any, bool]] = []
        go(lambda: answers.append(select(Send(channel, 5))))
        go(lambda: answers.append(select(Receive(channel))))
        sleep(1)
        return sorted(answers, key=str)

    assert simulated(scenario) == [(0, 5, True), (0, None, True)]


def test_a_select_does_not_meet_itself() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(name="c")
        select(Send(channel, 1), Receive(channel))

    assert isinstance(simulate(scenario).error, Deadlock)


def test_select_with_a_timeout_takes_what_comes_in_time() -> None:
    def scenario() -> tuple[int, Any, bool]:
        channel: Channel[str] = Channel(name="c")
        go(lambda: (sleep(2), channel.send("in time")))
        return select(Receive(channel), timeout=3)

    run = simulate(scenario)
    assert run.result == (0, "in time", True)
    assert run.time == 2 * SECOND


def test_the_same_channel_may_stand_in_several_cases() -> None:
    channel: Channel[int] = Channel(1)
    channel.send(1)
    assert select(Receive(channel), Receive(channel))[1:] == (1, True)
    assert select(Send(channel, 2), Send(channel, 3))[0] in (0, 1)
    assert len(channel) == 1


# --- the moments between two lines --------------------------------------------------------------------------
#
# On threads `receive` takes from the buffer without the mutex and looks at the line of senders afterwards. A
# simulation cannot stop it in between, so these tests play the receiver's first half by hand.


def a_full_channel_with_a_waiting_sender() -> tuple[Channel[str], Any]:
    channel: Channel[str] = Channel(1)
    channel.send("first")
    sender = go(channel.send, "second")
    while not channel._senders:
        sleep(0)
    return channel, sender


def sends_at_once(channel: Channel[str]) -> bool:
    try:
        channel.send("third", timeout=0)
    except TimeoutError:
        return False
    return True


def test_a_later_sender_does_not_take_the_room_that_a_receiver_has_just_made() -> None:
    for late in (
        lambda channel: channel.try_send("third"),
        sends_at_once,
        lambda channel: channel.try_send_many(["third"]) == 1,
        lambda channel: select(Send(channel, "third"), default=True)[0] == 0,
    ):
        channel, sender = a_full_channel_with_a_waiting_sender()
        assert next(channel._buffer.turn_over()) == "first"
        assert late(channel) is False
        assert channel.receive() == "second"
        assert sender.join()


def test_many_values_come_behind_a_waiting_sender_into_the_room_that_is_left() -> None:
    channel: Channel[int] = Channel(2)
    channel.try_send_many([1, 2])
    sender = go(channel.send, 3)
    while not channel._senders:
        sleep(0)
    assert list(channel._buffer.turn_over()) == [1, 2]
    assert channel.try_send_many([4, 5]) == 1
    assert sender.join()
    assert channel.receive_many(3) == [3, 4]


def test_another_receiver_finds_the_waiting_senders_value_in_an_emptied_buffer() -> None:
    channel, sender = a_full_channel_with_a_waiting_sender()
    next(channel._buffer.turn_over())
    assert channel.try_receive() == ("second", True)
    assert sender.join()


@pytest.mark.parametrize(
    "send", [lambda c: c.send("second", timeout=30), lambda c: select(Send(c, "second"), timeout=30)]
)
def test_room_made_while_a_sender_lines_up_is_not_overlooked(
    send: Callable[[Channel[str]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel: Channel[str] = Channel(1)
    channel.send("first")
    line_up = Channel._line_up_to_send

    def a_receiver_comes_just_now(channel: Channel[str], sender: Any) -> None:
        assert next(channel._buffer.turn_over()) == "first"
        line_up(channel, sender)

    monkeypatch.setattr(Channel, "_line_up_to_send", a_receiver_comes_just_now)
    send(channel)  # returns at once, or after 30 seconds raises
    monkeypatch.undo()
    assert channel.receive() == "second"


def test_who_gives_up_leaves_nothing_in_the_lines() -> None:
    full, empty = Channel[int](1), Channel[int](1)
    full.send(1)
    for wait in (
        lambda: full.send(2, timeout=0),
        lambda: empty.receive(timeout=0),
        lambda: select(Send(full, 2), Receive(empty), timeout=0),
    ):
        with pytest.raises(TimeoutError):
            wait()
    assert [len(line) for channel in (full, empty) for line in (channel._senders, channel._receivers)] == [0] * 4


# --- places, which need no mutex --------------------------------------------------------------------------------


def test_a_close_takes_the_places_back() -> None:
    for send in Channel.send, Channel.try_send:
        channel: Channel[int] = Channel(4)
        channel.send(1)
        channel.send(2)
        assert length_hint(channel._buffer.places) == DOORS
        channel.close()
        with pytest.raises(SendOnClosedChannel):
            send(channel, 3)
        assert list(channel) == [1, 2]


class Thing:
    pass


def test_an_emptied_channel_holds_on_to_nothing() -> None:
    channel: Channel[Thing] = Channel(8)
    things = [Thing() for _ in range(5)]
    alive = WeakSet(things)
    for thing in things:
        channel.send(thing)
    del thing
    things.clear()
    assert len(alive) == 5
    channel.receive_many(8)
    assert channel.try_receive() == (None, False)
    assert not alive


def test_one_batch_for_many_channels_is_neither_copied_nor_changed() -> None:
    batch = [object() for _ in range(5)]
    channels = [Channel[object](capacity) for capacity in (5, 8, 3)]
    before = sys.getrefcount(batch[0])
    sent = [channel.try_send_many(batch, keep=True) for channel in channels]
    after = sys.getrefcount(batch[0])
    assert (sent, after) == ([5, 5, 3], before + 1)  # in the channel that not all fit into
    assert channels[1].try_send("another")
    assert channels[0].receive_many(8) == batch
    assert [*channels[1].receive_many(5), *channels[1].receive_many(5)] == [*batch, "another"]
    assert len(batch) == 5


def test_a_batch_that_is_not_promised_to_last_is_copied() -> None:
    channel: Channel[int] = Channel(5)
    batch = [1, 2, 3]
    channel.try_send_many(batch)
    batch.clear()
    assert channel.receive_many(5) == [1, 2, 3]


operations = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 12)),
        st.tuples(st.just("send together"), st.integers(1, 12)),
        st.tuples(st.just("send for many"), st.integers(1, 12)),
        st.tuples(st.just("receive"), st.integers(1, 12)),
        st.tuples(st.just("receive together"), st.integers(1, 12)),
        st.tuples(st.just("loop"), st.integers(1, 12)),
    ),
    max_size=30,
)


@given(capacity=st.integers(0, 20), operations=operations)
def test_whatever_is_done_it_is_a_queue_with_a_capacity(capacity: int, operations: list[tuple[str, int]]) -> None:
    channel: Channel[int] = Channel(capacity)
    queue: deque[int] = deque()
    numbers = count()
    reading = iter(channel)
    given: list[list[int]] = []
    for operation, times in operations:
        if operation == "send":
            for _ in range(times):
                number = next(numbers)
                assert channel.try_send(number) is (len(queue) < capacity)
                queue.extend([number] * (len(queue) < capacity))
        elif operation in ("send together", "send for many"):
            values = [next(numbers) for _ in range(times)]
            given += [values, values[:]]
            fitting = min(times, capacity - len(queue))
            assert channel.try_send_many(values, keep=operation == "send for many") == fitting
            queue.extend(values[:fitting])
        elif operation == "receive":
            for _ in range(times):
                assert channel.try_receive() == ((queue.popleft(), True) if queue else (None, False))
        elif queue and operation == "receive together":
            received = channel.receive_many(times)
            assert received == [queue.popleft() for _ in range(min(times, len(queue)))]
            received.clear()  # it is the caller's
        elif operation == "loop":
            for _ in range(min(times, len(queue))):
                assert next(reading) == queue.popleft()
        assert len(channel) == len(queue)
    channel.close()
    assert channel.receive_many(1000) == list(queue)
    assert given[::2] == given[1::2]  # they may be other channels', too


# --- a `for` loop on threads ----------------------------------------------------------------------------------


def a_loop_that_has_read_two_of_three() -> tuple[Channel[int], Iterator[int]]:
    """It has been lent what is left, so from now on it asks nobody."""
    channel: Channel[int] = Channel(3)
    channel.try_send_many([1, 2, 3])
    reading = iter(channel)
    assert [next(reading), next(reading)] == [1, 2]
    return channel, reading


@pytest.mark.parametrize("send", [lambda c: c.send(6), lambda c: select(Send(c, 6), Receive(Channel(0)))])
def test_a_loop_lets_a_sender_go_on_who_came_after_it_was_lent_the_rest(send: Callable[[Channel[int]], object]) -> None:
    channel, reading = a_loop_that_has_read_two_of_three()
    assert channel.try_send_many([4, 5]) == 2
    sender = go(send, channel)
    while not channel._senders:
        sleep(0)
    assert next(reading) == 3
    assert sender.join(timeout=30)  # it came into the room of 3, while the loop reads nothing
    channel.close()
    assert list(reading) == [4, 5, 6]


def test_room_counts_what_a_loop_has_read() -> None:
    channel, reading = a_loop_that_has_read_two_of_three()
    assert len(channel) == 1
    assert channel.try_send_many([4, 5, 6]) == 2
    assert next(reading) == 3
    assert channel.try_send(6)
    assert not channel.try_send(7)
    channel.close()
    assert list(reading) == [4, 5, 6]


def test_loops_and_receivers_share_one_channel() -> None:
    channel, reading = a_loop_that_has_read_two_of_three()
    other = iter(channel)
    channel.send(4)
    assert [next(other), channel.receive()] == [3, 4]
    channel.send(5)
    channel.close()
    assert (next(reading), list(other), list(reading)) == (5, [], [])


def test_a_loop_that_is_left_leaves_the_rest() -> None:
    channel, reading = a_loop_that_has_read_two_of_three()
    del reading
    channel.close()
    assert list(channel) == [3]


def test_a_loop_lent_the_rest_sees_what_is_sent_into_the_emptied_channel() -> None:
    channel, reading = a_loop_that_has_read_two_of_three()
    assert next(reading) == 3
    channel.send(4)
    assert next(reading) == 4
    assert channel.try_send_many([5, 6, 7, 8]) == 3
    assert [next(reading), channel.receive(), next(reading)] == [5, 6, 7]


def test_what_was_turned_over_after_the_close_opens_no_door() -> None:
    channel: Channel[int] = Channel(3)
    channel.try_send_many([1, 2])
    channel.close()
    assert channel.receive() == 1
    with pytest.raises(SendOnClosedChannel):
        channel.send(3)
