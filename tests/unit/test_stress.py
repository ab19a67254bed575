"""Real threads: under pressure, and in every order of bytecodes; each check with a variant that it must catch."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import length_hint
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED, FullChannelBehavior, Watcher
from kevent.channel import Channel
from kevent.runtime import go
from kevent.waitgroup import AtomicUint64

ROOT = Path(__file__).parents[2]
PRODUCERS, EVENTS, WATCHERS = 6, 200, 4


@pytest.fixture
def hurried() -> Iterator[None]:
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def balance(behavior: FullChannelBehavior) -> list[str]:
    """What is wrong after many producers and watchers have had their way."""
    broadcaster = Broadcaster(5, behavior)
    watchers = [broadcaster.watch() for _ in range(WATCHERS)]
    seen: list[list[Any]] = [[] for _ in watchers]

    def read(watcher: Watcher, into: list[Any]) -> None:
        into.extend(event.object for event in watcher)

    def produce(number: int) -> None:
        for event in range(EVENTS):
            broadcaster.action(ADDED, (number, event))

    readers = [go(read, watcher, into) for watcher, into in zip(watchers, seen, strict=True)]
    producers = [go(produce, number) for number in range(PRODUCERS)]
    for producer in producers:
        producer.join()
    broadcaster.shutdown()
    for reader in readers:
        reader.join()
    wrong = []
    for watcher, got in zip(watchers, seen, strict=True):
        if len(got) + watcher.dropped != PRODUCERS * EVENTS or len(got) != watcher.delivered:
            wrong.append(f"{len(got)} seen, {watcher.delivered} delivered, {watcher.dropped} dropped")
        for number in range(PRODUCERS):
            of_one = [event for producer, event in got if producer == number]
            if of_one != sorted(of_one):
                wrong.append(f"producer {number} out of order")
    return wrong


@pytest.mark.parametrize("behavior", [DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL])
def test_many_producers_and_watchers_balance(behavior: FullChannelBehavior, hurried: None) -> None:
    assert balance(behavior) == []


def test_a_broadcaster_that_forgets_its_drops_is_caught(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(self: Watcher, batch: list[Any]) -> None:
        self.delivered += self._result.try_send_many(batch[:1])

    monkeypatch.setattr(Watcher, "_offer", forget)
    assert balance(DROP_IF_CHANNEL_FULL)


class Interrupted(Exception):
    pass


def left_behind(channel: Channel[int], act: Callable[[], object], where: set[CodeType]) -> int:
    """How often, of a thousand signals that raise in one of these functions: a mutex taken, a place lost."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code in where:
            raise Interrupted

    if sys.gettrace() is not None:
        pytest.skip("whoever traces, coverage for one, would be interrupted too")
    signal.signal(signal.SIGALRM, interrupt)
    left = 0
    gc.disable()  # others may have asked it to call them, and an exception raised in there goes nowhere
    try:
        signal.setitimer(signal.ITIMER_REAL, 20e-6, 20e-6)
        for _ in range(1_000):
            with suppress(Interrupted):
                while True:
                    act()
            if channel._mutex.locked():
                left += 1
                channel._mutex.release()
            used = len(channel._tail) + len(channel._unused) + length_hint(channel._room)
            if used < channel._filled:  # somebody would wait for ever
                left += 1
                channel._filled = used
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        # Another thread may still be taking a signal, and Python complains of one that has no handler.
        signal.signal(signal.SIGALRM, lambda number, frame: None)
        gc.enable()
    return left


IN_THE_CHANNEL = {function.__code__ for function in vars(Channel).values() if hasattr(function, "__code__")}


@pytest.mark.parametrize("send", [Channel.send, Channel.try_send])
@pytest.mark.parametrize("places", [0, 1, 100])
def test_an_interrupted_sender_leaves_nothing_behind(
    send: Callable[[Channel[int], int], object], places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_out = Channel._give_out
    monkeypatch.setattr(Channel, "_give_out", lambda channel, free: give_out(channel, min(free, places)))
    channel: Channel[int] = Channel(1 << 40)
    sent: list[int] = []

    def act() -> None:
        number = len(sent)
        sent.append(-1)
        send(channel, number)
        sent[number] = number

    assert left_behind(channel, act, IN_THE_CHANNEL) == 0
    received = channel.receive_many(1 << 40)
    assert received == sorted(set(received))
    assert set(sent) - {-1} <= set(received)


def test_interrupted_senders_and_receivers_leave_nothing_behind() -> None:
    channel: Channel[int] = Channel(20)

    def act() -> None:
        for value in range(7):
            channel.try_send(value)
        channel.try_send_many([7, 8, 9])
        channel.try_receive()
        while len(channel) > 10:
            channel.receive_many(5)

    assert left_behind(channel, act, IN_THE_CHANNEL) == 0


def test_a_mutex_that_is_taken_by_a_call_is_caught() -> None:
    channel: Channel[int] = Channel(1 << 40)

    def send() -> None:
        channel._mutex.acquire()
        try:
            channel._tail.append(1)
        finally:
            channel._mutex.release()

    assert left_behind(channel, send, {send.__code__}) > 0


def test_a_call_between_taking_a_place_and_using_it_is_caught() -> None:
    channel: Channel[int] = Channel(1 << 40)

    def send() -> None:
        for tail in channel._room:
            repr(channel)
            tail.append(1)
            return
        channel.send(1)

    assert left_behind(channel, send, {send.__code__}) > 0


def test_places_that_are_counted_in_two_steps_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_back(channel: Channel[int]) -> None:
        unused = len(list(channel._room))
        channel._filled -= unused
        channel._room = iter(())

    monkeypatch.setattr(Channel, "_take_back", take_back)
    channel: Channel[int] = Channel(20)

    def act() -> None:
        for value in range(4):
            channel.try_send(value)
        channel.receive_many(10)

    assert left_behind(channel, act, {take_back.__code__}) > 0


def added_by_four_threads(word: AtomicUint64) -> int:
    def add() -> None:
        for _ in range(2_000):
            word.add(1)

    threads = [go(add) for _ in range(4)]
    for thread in threads:
        thread.join()
    return word.load()


class TornWord(AtomicUint64):
    """Reads and changes in two pieces."""

    def add(self, delta: int) -> int:
        value = self.load() + delta
        os.sched_yield()  # let another thread in, which a busy machine may not do by itself
        self.store(value)
        return value


def test_no_addition_to_a_word_is_lost(hurried: None) -> None:
    assert added_by_four_threads(AtomicUint64()) == 8_000


def test_a_word_in_two_pieces_is_caught(hurried: None) -> None:
    assert added_by_four_threads(TornWord()) < 8_000


@pytest.mark.parametrize(
    ("case", "holds"),
    [
        ("two senders", True),
        ("two senders without a mutex", False),
        ("sender and receiver", True),
        ("sender and hasty receiver", False),
        ("sender and close", True),
        ("sender and hasty close", False),
        ("wait group", True),
        ("wait group with a torn word", False),
    ],
)
def test_every_order_of_bytecodes(case: str, holds: bool) -> None:
    command = [sys.executable, "-m", "tests.unit.frontrun_cases", case]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert (found["holds"], found["why"]) == (holds, None)
    assert found["orders"] > 1
