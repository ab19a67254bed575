"""What frontrun explores: `python -m tests.unit.frontrun_cases CASE` says whether it holds in every order of bytecodes.

A process of its own, because every lock has to be frontrun's before kevent is imported.
"""

from __future__ import annotations

import json
import sys

from frontrun._cooperative import patch_locks

patch_locks()

import frontrun  # noqa: E402

from kevent.channel import Channel  # noqa: E402
from kevent.waitgroup import AtomicUint64, WaitGroup  # noqa: E402


class CheckThenAct(Channel[int]):
    """The negative control: a channel that looks at its room and uses it without its mutex."""

    def try_send(self, value: int) -> bool:
        if len(self) < self.capacity:
            self._tail.append(value)
            return True
        return False


class TornWord(AtomicUint64):
    """The negative control: a word that is read and changed in two pieces."""

    def add(self, delta: int) -> int:
        value = self._value + delta
        self._value = value & ((1 << 64) - 1)
        return self._value


class State:
    """What the threads of one case share."""

    def __init__(self, channel: Channel[int], group: WaitGroup) -> None:
        self.channel, self.group = channel, group


def state(channel: type[Channel[int]] = Channel, word: type[AtomicUint64] = AtomicUint64) -> State:
    group = WaitGroup()
    group._state = word()
    group.add(2)
    return State(channel(1), group)


def send(shared: State) -> None:
    shared.channel.try_send(1)


def done(shared: State) -> None:
    shared.group.done()


def never_too_full(shared: State) -> bool:
    return len(shared.channel) == 1


def zero(shared: State) -> bool:
    return shared.group.state == 0


CASES = {
    "channel": (state, send, never_too_full),
    "channel without its mutex": (lambda: state(channel=CheckThenAct), send, never_too_full),
    "wait group": (state, done, zero),
    "wait group with a torn word": (lambda: state(word=TornWord), done, zero),
}

if __name__ == "__main__":
    setup, worker, invariant = CASES[sys.argv[1]]
    result = frontrun.explore(
        setup=setup, workers=[worker, worker], invariant=invariant, max_executions=2_000, reproduce_on_failure=1
    )
    why = result.inconclusive_reason
    print(json.dumps({"holds": result.property_holds, "orders": result.num_explored, "why": why}))
