"""Locks and channels in a simulation, the channels against the plainest of models."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from kevent.channel import Channel, ChannelClosed, CloseOfClosedChannel, SendOnClosedChannel
from kevent.runtime import Lock, go, sleep
from kevent.select import Receive, Send, select
from kevent.simulation import Deadlock, simulate

# --- channels against a model -------------------------------------------------------------------------------


class Model:
    """A channel that nobody waits on, in ten lines."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.values, self.closed = capacity, list[int](), False

    def try_send(self, value: int) -> Any:
        if self.closed:
            return SendOnClosedChannel
        if len(self.values) == self.capacity:
            return False
        self.values.append(value)
        return True

    def try_receive(self) -> Any:
        if self.values:
            return self.values.pop(0), True
        return ChannelClosed if self.closed else (None, False)

    def close(self) -> Any:
        if self.closed:
            return CloseOfClosedChannel
        self.closed = True
        return None

    def try_send_many(self, values: list[int]) -> Any:
        if self.closed:
            return SendOnClosedChannel
        return sum([self.try_send(value) for value in values])

    def receive_many(self, limit: int) -> Any:
        taken = [self.try_receive() for _ in range(min(limit, len(self.values)))]
        return [value for value, _ in taken]


class Leaky(Channel[int]):
    """A channel with a fault that the comparison has to find: it forgets one value in many."""

    def try_send(self, value: int) -> bool:
        return super().try_send(value) if value % 7 or len(self) == self.capacity else True


def disagreement(make: Callable[[int], Channel[int]], seed: int) -> str:
    """The first operation of a random script to which a channel and the model give different answers."""
    random = Random(seed)
    capacity = random.randrange(5)
    channel, model = make(capacity), Model(capacity)
    for number in range(60):
        operation, *arguments = random.choice(
            [("try_send", number)] * 4
            + [("try_receive",)] * 3
            + [("try_send_many", list(range(number, number + random.randrange(6))))] * 2
            + [("receive_many", random.randrange(1, 6))] * 2
            + [("close",)] * (number > 45)
        )
        if operation == "receive_many" and not model.values and not model.closed:
            continue  # it would wait
        expected = getattr(model, operation)(*arguments)
        try:
            got = getattr(channel, operation)(*arguments)
        except Exception as error:
            got = type(error)
        if got != expected or len(channel) != len(model.values):
            return f"{operation}{tuple(arguments)} with capacity {capacity}: {got}, not {expected}"
    return ""


@pytest.mark.parametrize("seed", range(100))
def test_a_channel_answers_like_the_model(seed: int) -> None:
    assert disagreement(Channel, seed) == ""
    assert simulate(lambda: disagreement(lambda n: Channel(n, name="c"), seed)).result == ""


def test_the_comparison_finds_a_channel_that_forgets() -> None:
    assert any(disagreement(Leaky, seed) for seed in range(20))


@pytest.mark.parametrize("seed", range(150))
def test_whoever_sends_and_receives_nothing_is_lost_doubled_or_overtaken(seed: int) -> None:
    """Random goroutines with every verb there is; timeouts included, which must not eat a value."""
    random = Random(seed)
    capacity = random.choice([0, 0, 1, 2, 5])
    plans = [[random.choice(["send", "try", "many", "select", "late"]) for _ in range(5)] for _ in range(3)]
    tastes = [random.choice(["receive", "iterate", "many", "select", "late", "try"]) for _ in range(3)]

    def scenario() -> tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]:
        channel: Channel[tuple[int, int]] = Channel(capacity, name="c")
        never: Channel[Any] = Channel(name="never")
        sent: list[tuple[int, int]] = []
        got: list[list[tuple[int, int]]] = [[] for _ in tastes]

        def send(who: int) -> None:
            for number, how in enumerate(plans[who]):
                value = (who, number)
                try:
                    if how == "send":
                        channel.send(value)
                    elif how == "select":
                        select(Receive(never), Send(channel, value))
                    elif how == "late":
                        channel.send(value, timeout=0.5)
                    elif not (channel.try_send(value) if how == "try" else channel.try_send_many([value])):
                        continue
                except TimeoutError:
                    continue
                sent.append(value)
                sleep(random_pause(who + number))

        def receive(who: int) -> None:
            mine = got[who]
            while True:
                sleep(random_pause(who))
                try:
                    match tastes[who]:
                        case "receive":
                            mine.append(channel.receive())
                        case "iterate":
                            mine.extend(channel)
                            return
                        case "many":
                            batch = channel.receive_many(3)
                            if not batch:
                                return
                            mine.extend(batch)
                        case "select":
                            _, chosen, ok = select(Receive(never), Receive(channel))
                            if not ok:
                                return
                            mine.append(chosen)
                        case "late":
                            mine.append(channel.receive(timeout=0.5))
                        case _:
                            value, _ = channel.try_receive()
                            if value is not None:
                                mine.append(value)
                            else:
                                sleep(0.3)
                except TimeoutError:
                    continue
                except ChannelClosed:
                    return

        senders = [go(send, who, name=f"sender {who}") for who in range(3)]
        receivers = [go(receive, who, name=f"receiver {who}") for who in range(3)]
        for sender in senders:
            sender.join()
        channel.close()
        for receiver in receivers:
            receiver.join()
        return sent, got

    run = simulate(scenario, seed=seed)
    assert run.error is None
    assert run.alive == []
    assert run.result is not None
    sent, got = run.result
    assert sorted(value for mine in got for value in mine) == sorted(sent)
    for mine in got:
        for who in range(3):  # what one goroutine sent arrives in its order
            numbers = [number for sender, number in mine if sender == who]
            assert numbers == sorted(numbers)


def random_pause(number: int) -> float:
    return (number * 7 % 5) / 10


# --- locks --------------------------------------------------------------------------------------------------


def exclusive(lock: Callable[[], Any], seed: int) -> bool:
    """Whether two goroutines were never inside at once."""

    def scenario() -> bool:
        door, inside, worst = lock(), 0, 0

        def visit() -> None:
            nonlocal inside, worst
            for _ in range(3):
                with door:
                    inside += 1
                    worst = max(worst, inside)
                    sleep(0)
                    inside -= 1

        for goroutine in [go(visit) for _ in range(3)]:
            goroutine.join()
        return worst == 1

    run = simulate(scenario, seed=seed)
    assert run.error is None
    return bool(run.result)


@pytest.mark.parametrize("seed", range(30))
def test_a_lock_lets_one_in_at_a_time(seed: int) -> None:
    assert exclusive(lambda: Lock(name="door"), seed)


def test_the_check_finds_an_open_door() -> None:
    from contextlib import nullcontext

    assert not all(exclusive(nullcontext, seed) for seed in range(5))


def test_a_lock_is_handed_over_in_the_order_of_the_line() -> None:
    def scenario() -> list[int]:
        lock, order = Lock(name="door"), list[int]()
        lock.acquire()

        def enter(number: int) -> None:
            with lock:
                order.append(number)

        for number in range(4):
            go(enter, number)
            sleep(1)
        lock.release()
        assert lock.acquire(blocking=False) is False  # it belongs to the next in line already
        sleep(1)
        return order

    assert simulate(scenario).result == [0, 1, 2, 3]


def test_a_lock_can_be_waited_for_with_a_timeout() -> None:
    def scenario() -> list[object]:
        lock = Lock(name="door")
        answers: list[object] = [lock.acquire(), lock.acquire(timeout=2), lock.acquire(blocking=False)]
        lock.release()
        return [*answers, lock.locked(), lock.acquire(timeout=0)]

    run = simulate(scenario)
    assert run.result == [True, False, False, False, True]
    assert run.time == 2_000_000_000


def test_releasing_an_open_lock_is_an_error_as_on_threads() -> None:
    with pytest.raises(RuntimeError, match="release unlocked lock"):
        Lock().release()
    error = simulate(lambda: Lock().release()).error
    assert isinstance(error, RuntimeError)
    assert str(error) == "release unlocked lock"


def test_two_locks_in_two_orders_deadlock_in_some_schedule() -> None:
    def scenario() -> None:
        left, right = Lock(name="left"), Lock(name="right")

        def take(first: Any, second: Any) -> None:
            with first, second:
                pass

        goroutines = [go(take, left, right), go(take, right, left)]
        for goroutine in goroutines:
            goroutine.join()

    errors = [simulate(scenario, seed=seed).error for seed in range(40)]
    assert {type(error) for error in errors} == {type(None), Deadlock}
    assert any("acquire on left" in str(error) and "acquire on right" in str(error) for error in errors)


# --- goroutines ---------------------------------------------------------------------------------------------


def test_join_waits_for_the_end_or_gives_up() -> None:
    def scenario() -> list[bool]:
        goroutine = go(sleep, 5)
        return [goroutine.alive, goroutine.join(timeout=2), goroutine.join(), goroutine.alive, goroutine.join()]

    run = simulate(scenario)
    assert run.result == [True, False, True, False, True]
    assert run.time == 5_000_000_000


def test_several_may_join_the_same_goroutine() -> None:
    def scenario() -> int:
        goroutine = go(sleep, 5)
        joined: list[bool] = []
        joiners = [go(lambda: joined.append(goroutine.join())) for _ in range(3)]
        assert all(joiner.join() for joiner in joiners)
        return sum(joined)

    assert simulate(scenario).result == 3


def test_a_goroutine_that_joins_itself_hears_at_once_that_it_has_not_ended() -> None:
    def scenario() -> bool:
        mine: Channel[Any] = Channel(1, name="mine")
        answers: Channel[bool] = Channel(1, name="answers")
        goroutine = go(lambda: answers.send(mine.receive().join()), name="ouroboros")
        mine.send(goroutine)
        goroutine.join()
        return answers.receive()

    run = simulate(scenario)
    assert run.error is None
    assert run.result is False
