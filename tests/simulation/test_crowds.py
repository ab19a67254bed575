"""Thousands of goroutines in one simulation, whatever they wait for, and however their run ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from kevent.channel import Channel
from kevent.runtime import Lock, go, sleep
from kevent.select import Receive, Send, select
from kevent.simulation import explore, simulate
from kevent.waitgroup import WaitGroup
from tests.conftest import Watched
from tests.support import python

MANY = 5_000
assert sys.getrecursionlimit() < MANY  # so many stacks on top of each other would be too deep


def on_one_channel() -> int:
    channel: Channel[int] = Channel(name="c")
    got: list[int] = []
    for _ in range(MANY):
        go(lambda: got.append(channel.receive()))
    for number in range(MANY):
        channel.send(number)
    sleep(1)
    return len(set(got))


def in_a_chain_of_channels() -> int:
    chain: list[Channel[int]] = [Channel(name=f"c{number}") for number in range(MANY + 1)]
    for number in range(MANY):
        go(lambda number=number: chain[number + 1].send(chain[number].receive() + 1))
    chain[0].send(0)
    return chain[-1].receive()


def in_one_select() -> int:
    channels: list[Channel[int]] = [Channel(name=f"c{number}") for number in range(MANY)]
    for channel in channels:
        go(channel.send, 1)
    sleep(1)
    first = select(*map(Receive, channels))[0]
    return 1 + sum(channel.receive() for number, channel in enumerate(channels) if number != first)


def in_as_many_selects() -> int:
    left: Channel[int] = Channel(name="left")
    right: Channel[int] = Channel(name="right")
    got: list[Any] = []
    for _ in range(MANY):
        go(lambda: got.append(select(Receive(left), Receive(right))[1]))
    for number in range(MANY):
        select(Send(left, number), Send(right, number))
    sleep(1)
    return len(set(got))


def joining_each_other() -> int:
    goroutine = go(sleep, 1)
    for _ in range(MANY):
        goroutine = go(goroutine.join)
    return MANY if goroutine.join() else 0


def at_a_lock() -> int:
    lock, visits = Lock(name="door"), []

    def visit() -> None:
        with lock:
            visits.append(1)

    with lock:
        for _ in range(MANY):
            go(visit)
        sleep(1)
    sleep(1)
    return len(visits)


def in_a_wait_group() -> int:
    group, released = WaitGroup(name="group"), []
    group.add(1)
    for _ in range(MANY):
        go(lambda: (group.wait(), released.append(1)))
    sleep(1)
    group.done()
    sleep(1)
    return len(released)


@pytest.mark.ci
@pytest.mark.parametrize(
    "crowd",
    [
        on_one_channel, in_a_chain_of_channels, in_one_select, in_as_many_selects, joining_each_other, at_a_lock,
        in_a_wait_group,
    ],
)  # fmt: skip
def test_a_crowd_gets_through(crowd: Callable[[], int]) -> None:
    run = simulate(crowd, max_steps=1_000_000)
    assert run.error is None
    assert (run.result, run.alive) == (MANY, [])


@pytest.mark.ci
@pytest.mark.parametrize("fails", [False, True])
def test_a_crowd_that_is_left_behind_is_ended(fails: bool) -> None:
    ended: list[int] = []

    def wait(channel: Channel[int]) -> None:
        try:
            channel.receive()
        finally:
            ended.append(1)

    def scenario() -> None:
        channel: Channel[int] = Channel(name="never")
        for _ in range(MANY):
            go(wait, channel)
        sleep(1)
        if fails:
            raise ValueError("broken")

    run = simulate(scenario)
    assert str(run.error) == ("broken" if fails else "None")
    assert len(run.alive) == MANY
    assert len(ended) == MANY


def test_a_crowd_that_never_began_is_forgotten() -> None:
    def scenario() -> None:
        for _ in range(MANY):
            go(sleep, 1)
        raise ValueError

    assert len(simulate(scenario).alive) == MANY


def test_each_goroutine_has_the_whole_depth_that_python_gives() -> None:
    # In a process of its own, since the tests stand rather deep themselves.
    code = (
        "import sys; from kevent.runtime import go; from kevent.simulation import simulate\n"
        "def deep(depth): return deep(depth - 1) + 1 if depth else 0\n"
        "answers = []\n"
        "def nest(n): go(lambda: (nest(n - 1) if n else None, answers.append(deep(sys.getrecursionlimit() - 50))))\n"
        "assert simulate(lambda: nest(300)).error is None\n"
        "assert len(answers) == 301\n"
    )
    python("-c", code)


def test_exploring_uses_the_same_stacks_again() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(300, name="c")
        for number in range(300):
            go(channel.send, number)

    found = explore(scenario, max_preemptions=0, max_schedules=3, progress=False)
    assert found.schedules == 3
    assert len(Watched.alive) == 300 + len(("main", "ground"))
