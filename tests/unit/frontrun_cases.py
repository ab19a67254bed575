"""What frontrun explores: `python -m tests.unit.frontrun_cases CASE` says whether it holds in every order of bytecodes.

A process of its own, because every lock has to be frontrun's before kevent is imported.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from frontrun._cooperative import patch_locks

patch_locks()

import frontrun  # noqa: E402

import kevent.channel as module  # noqa: E402
from kevent import runtime  # noqa: E402
from kevent.channel import Channel, CloseOfClosedChannel, SendOnClosedChannel  # noqa: E402
from kevent.waitgroup import AtomicUint64, WaitGroup  # noqa: E402


class CheckThenAct(Channel[int]):
    """The negative control: a channel that looks at its room and uses it without its mutex."""

    def try_send(self, value: int) -> bool:
        if len(self) < self.capacity:
            self._tail.append(value)
            return True
        return False


class Hasty(Channel[int]):
    """The negative control: a channel that takes back its places, and does not wait for who has taken one."""

    def _take_back(self) -> None:
        self._room = module._NO_ROOM


class Passing:
    """Two values are in a channel, and there is a place for a third, which can be taken without the mutex."""

    def __init__(self, channel: type[Channel[int]] = Channel) -> None:
        self.channel = channel(3)
        self.sent = [1, 2]
        self.received: list[int] = []
        for value in self.sent:
            self.channel.send(value)
        self.gone = threading.Event()


def send(shared: Passing) -> None:
    with suppress(SendOnClosedChannel):
        shared.channel.send(3)
        shared.sent.append(3)
    shared.gone.set()


def waits_for_the_sender(act: Callable[[Passing], None]) -> Callable[[Passing], None]:
    """A channel waits for a sender in turns of no length, and to explore them takes for ever: one wait instead."""

    def worker(shared: Passing) -> None:
        runtime.sleep = lambda seconds: shared.gone.wait()  # type: ignore[assignment]
        act(shared)

    return worker


@waits_for_the_sender
def offer(shared: Passing) -> None:
    shared.channel.try_send(3)
    shared.gone.set()


@waits_for_the_sender
def receive_both_and_look_again(shared: Passing) -> None:
    shared.received += shared.channel.receive_many(2)
    shared.received += [value for value, there in [shared.channel.try_receive()] if there]


@waits_for_the_sender
def close_and_drain(shared: Passing) -> None:
    shared.channel.close()
    shared.received += shared.channel


def three_are_there(shared: Passing) -> bool:
    return len(shared.channel) == 3


def nothing_is_lost(shared: Passing) -> bool:
    with suppress(CloseOfClosedChannel):
        shared.channel.close()
    return shared.received + list(shared.channel) == shared.sent


class TornWord(AtomicUint64):
    """The negative control: a word that is read and changed in two pieces."""

    def add(self, delta: int) -> int:
        value = self._value + delta
        self._value = value & ((1 << 64) - 1)
        return self._value


def group_of_two(word: type[AtomicUint64]) -> WaitGroup:
    group = WaitGroup()
    group._state = word()
    group.add(2)
    return group


def done(group: WaitGroup) -> None:
    group.done()


def zero(group: WaitGroup) -> bool:
    return group.state == 0


Case = tuple[Callable[[], Any], list[Callable[[Any], None]], Callable[[Any], bool]]

CASES: dict[str, Case] = {
    "two senders": (Passing, [offer, offer], three_are_there),
    "two senders without a mutex": (lambda: Passing(CheckThenAct), [offer, offer], three_are_there),
    "sender and receiver": (Passing, [send, receive_both_and_look_again], nothing_is_lost),
    "sender and hasty receiver": (lambda: Passing(Hasty), [send, receive_both_and_look_again], nothing_is_lost),
    "sender and close": (Passing, [send, close_and_drain], nothing_is_lost),
    "sender and hasty close": (lambda: Passing(Hasty), [send, close_and_drain], nothing_is_lost),
    "wait group": (lambda: group_of_two(AtomicUint64), [done, done], zero),
    "wait group with a torn word": (lambda: group_of_two(TornWord), [done, done], zero),
}

if __name__ == "__main__":
    setup, workers, invariant = CASES[sys.argv[1]]
    result = frontrun.explore(
        setup=setup, workers=workers, invariant=invariant, max_executions=2_000, reproduce_on_failure=1
    )
    why = result.inconclusive_reason
    print(json.dumps({"holds": result.property_holds, "orders": result.num_explored, "why": why}))
