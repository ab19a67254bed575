"""Real threads: under pressure, and in every order of bytecodes; each check with a variant that it must catch."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster, Event
from kevent._buffer import DOORS
from kevent.broadcaster import ADDED, FullChannelBehavior, Watcher
from kevent.runtime import go
from kevent.series import SeriesCache
from kevent.waitgroup import AtomicUint64
from tests.support import python

pytestmark = pytest.mark.ci

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


class _Mirror:
    """A sink that stores nothing, so that most of the time goes into counting."""

    def create(self, event: Event) -> Event:
        return event

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return event


def test_each_event_of_many_that_are_written_at_once_is_in_one_count(hurried: None) -> None:
    series = SeriesCache(_Mirror())

    def write() -> None:
        for _ in range(8000):
            series._attempt_recording(Event())

    writers = [go(write) for _ in range(8)]
    for writer in writers:
        writer.join()
    assert series.counts.created == 64_000


@pytest.mark.parametrize("behavior", [DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL])
def test_many_producers_and_watchers_balance(behavior: FullChannelBehavior, hurried: None) -> None:
    assert balance(behavior) == []


def test_a_broadcaster_that_forgets_its_drops_is_caught(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(self: Watcher, batch: list[Any]) -> None:
        self.delivered += self._result.try_send_many(batch[:1])

    monkeypatch.setattr(Watcher, "_offer", forget)
    assert balance(DROP_IF_CHANNEL_FULL)


def added_by_four_threads(word: AtomicUint64) -> int:
    def add() -> None:
        for _ in range(2_000):
            word.add(1)

    threads = [go(add) for _ in range(4)]
    for thread in threads:
        thread.join()
    return word.load()


def test_no_addition_to_a_word_is_lost(hurried: None) -> None:
    assert added_by_four_threads(AtomicUint64()) == 8_000


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "holds"),
    [
        ("sender and receiver", True),
        ("sender and hasty receiver", False),
        ("sender and loop", True),
        ("sender and hasty loop", False),
        ("wait group", True),
        ("wait group with a torn word", False),
        pytest.param("two senders", True, marks=pytest.mark.weekly),
        pytest.param("two senders without a mutex", False, marks=pytest.mark.weekly),
        pytest.param("sender and close", True, marks=pytest.mark.weekly),
        pytest.param("sender and hasty close", False, marks=pytest.mark.weekly),
        pytest.param("sender and receiver ahead", True, marks=pytest.mark.weekly),
    ],
)
def test_every_order_of_bytecodes(case: str, holds: bool) -> None:
    found = json.loads(python("-m", "tests.unit.frontrun_cases", case).stdout.splitlines()[-1])
    if "hasty" in case and not DOORS:
        holds = True  # nobody can be
    assert (found["holds"], found["why"]) == (holds, None)
    assert found["orders"] > 1
