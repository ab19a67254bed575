"""What frontrun explores: `python -m tests.unit.frontrun_cases CASE` says whether it holds in every order of bytecodes.

A process of its own, because every lock has to be frontrun's before kevent is imported.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from frontrun._cooperative import patch_locks

patch_locks()

import frontrun  # noqa: E402

from kevent.channel import Channel, CloseOfClosedChannel, SendOnClosedChannel  # noqa: E402
from kevent.waitgroup import AtomicUint64, Change, WaitGroup  # noqa: E402
from kevent.waiting import Turn, Waiter  # noqa: E402


class CheckThenAct(Channel[int]):
    """The negative control: a channel that looks at its room and uses it without its mutex."""

    def try_send(self, value: int) -> bool:
        if len(self) < self.capacity:
            head, tail = self._buffer._ends
            self._buffer._ends = head, [*tail, value]
            return True
        return False


class Hasty(Channel[int]):
    """The negative control: a sender who takes a place, and does not look whether the door was shut meanwhile."""

    def send(self, value: int, *, timeout: float | None = None) -> None:
        for tail in self._buffer.places:
            tail.append(value)
            return
        super().send(value, timeout=timeout)


class Passing:
    """Two values are in a channel, and there is a place for a third, which can be taken without the mutex."""

    def __init__(self, channel: type[Channel[int]] = Channel) -> None:
        self.channel = channel(3)
        self.sent = [1, 2]
        self.received: list[int] = []
        for value in self.sent:
            self.channel.send(value)


def send(shared: Passing) -> None:
    with suppress(SendOnClosedChannel):
        shared.channel.send(3)
        shared.sent.append(3)


def offer(shared: Passing) -> None:
    shared.channel.try_send(3)


def receive_both_and_look_again(shared: Passing) -> None:
    shared.received += shared.channel.receive_many(2)
    shared.received += [value for value, there in [shared.channel.try_receive()] if there and value is not None]


def close(shared: Passing) -> None:
    shared.channel.close()


def three_are_there(shared: Passing) -> bool:
    return len(shared.channel) == 3


def nothing_is_lost(shared: Passing) -> bool:
    with suppress(CloseOfClosedChannel):
        shared.channel.close()
    return shared.received + list(shared.channel) == shared.sent


class Ahead:
    """A receiver of a channel for one has been woken, and three may run ahead of it until it takes what is there."""

    def __init__(self) -> None:
        self.channel: Channel[int] = Channel(1)
        self.channel._locked(self.channel._take_or_line_up, Waiter(Turn()), 3)
        self.sent: list[int] = []
        self.received: list[int] = []
        for value in (0, 1, 2):  # the first into its hands, and for the last there is a place without the mutex
            self.channel.send(value)


def offer_two(shared: Ahead) -> None:
    shared.sent += [value for value in (3, 4) if shared.channel.try_send(value)]


def receive_two(shared: Ahead) -> None:
    shared.received += shared.channel.receive_many(2)


def nothing_is_lost_and_nobody_ahead(shared: Ahead) -> bool:
    left = shared.channel.receive_many(9) if len(shared.channel) else []
    one_fits = [shared.channel.try_send(value) for value in (5, 6)] == [True, False]
    return one_fits and len(left) <= 2 and [*shared.received, *left] == [1, 2, *shared.sent]


class HastyLoop(Channel[int]):
    """The negative control: a loop that looks at the line of senders before it is lent the head, not afterwards."""

    def _lend(self) -> Iterator[Iterator[int]]:
        while True:
            value, _ = self._wait_to_receive(None)
            assert value is not None
            yield iter((value,))
            if not self._senders:
                yield self._buffer.lend()


class SeenLine(deque[Waiter]):
    """A line that frontrun sees: it does not look into a `deque`."""

    appended = 0

    def append(self, waiter: Waiter, /) -> None:
        super().append(waiter)
        self.appended += 1

    def __bool__(self) -> bool:
        return self.appended > 0 and len(self) > 0


class Lending:
    """A loop over a full channel for two has read one value, and will ask for the rest."""

    def __init__(self, channel: type[Channel[int]] = Channel) -> None:
        self.channel = channel(2)
        self.channel._senders = SeenLine()
        self.channel.try_send_many([1, 2])
        self.reading = chain.from_iterable(self.channel._lend())
        self.received = [next(self.reading)]
        self.channel.send(3)
        self.sender = Waiter(Turn(), 4)


def line_up_to_send(shared: Lending) -> None:
    shared.channel._locked(shared.channel._put_or_line_up, shared.sender)


def read_one(shared: Lending) -> None:
    shared.received.append(next(shared.reading))


def nobody_waits_while_there_is_room(shared: Lending) -> bool:
    return shared.received == [1, 2] and shared.sender.turn.ok and len(shared.channel) == 2


class TornWord(AtomicUint64):
    """The negative control: a word that is read and changed in two pieces."""

    def add(self, delta: int, *, change: Change | None = None) -> int:
        value = self.load() + delta
        self.store(value)
        return value


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
    "sender and close": (Passing, [send, close], nothing_is_lost),
    "sender and hasty close": (lambda: Passing(Hasty), [send, close], nothing_is_lost),
    "sender and receiver ahead": (Ahead, [offer_two, receive_two], nothing_is_lost_and_nobody_ahead),
    "sender and loop": (Lending, [line_up_to_send, read_one], nobody_waits_while_there_is_room),
    "sender and hasty loop": (
        lambda: Lending(HastyLoop),
        [line_up_to_send, read_one],
        nobody_waits_while_there_is_room,
    ),
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
