"""What lies in which queue after each step of a run, and what was lost, told from the trace.

A trace has what went into a step and what came out, and how many values a channel holds after it. From these follows
what they are: who waits at a channel is known by name, and values keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kevent.broadcaster import WatchEvent
from kevent.select import Case, Receive, Send
from kevent.simulation import Step
from kevent.simulation.trace import tell

__all__ = ["Queues", "named", "offers", "refused"]


def named(value: object) -> str:
    """What a value is called where there is little room."""
    if isinstance(value, WatchEvent):
        value = value.object
    text = value if isinstance(value, str) else tell(repr, value)
    text = text.strip("<>")
    return text if len(text) <= 24 else f"{text[:23]}…"


@dataclass(slots=True)
class _Queue:
    holds: list[str] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    """The goroutines that wait to receive, the first in line first."""
    senders: list[tuple[str, str]] = field(default_factory=list)
    """The goroutines that wait to send, with what."""
    served: set[str] = field(default_factory=set)
    """Who waited and has been served, and has not gone on yet."""
    hand: list[str] = field(default_factory=list)
    """What was given to those who waited to receive, and have not gone on yet."""


class Queues:
    """The channels of one run by name, moved on step by step."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def contents(self, name: str) -> list[str]:
        """What lies in a queue now, the oldest first."""
        return self._queue(name).holds

    def step(self, step: Step, cases: Sequence[Case] = ()) -> tuple[list[str], list[Any]]:
        """Take a step: what it moved, by name, and what that changes, as a storyboard has it. `cases` of a select."""
        before = {name: (list(queue.holds), list(queue.hand)) for name, queue in self._queues.items()}
        moved = self._select(step, cases) if step.operation == "select" else self._plain(step)
        changes: list[Any] = []
        for name, queue in self._queues.items():
            holds, hand = before.get(name, ([], []))
            if queue.holds != holds:
                changes += [f"q:{name}", list(queue.holds)]
            if queue.hand != hand:
                changes += [f"h:{name}", list(queue.hand)]
        return moved, changes

    def _queue(self, name: str) -> _Queue:
        return self._queues.setdefault(name, _Queue())

    def _plain(self, step: Step) -> list[str]:
        if step.operation in ("send", "try_send"):
            items = [named(step.value)]
            went = not step.error and step.result is not False
            self._sent(step.name, step.goroutine, items[0], blocked=step.blocked, went=went)
            return items
        if step.operation == "try_send_many" and isinstance(step.value, list):
            items = [named(value) for value in step.value]
            for item in items[: step.result if isinstance(step.result, int) else 0]:
                self._sent(step.name, step.goroutine, item, blocked=False, went=True)
            return items
        if "receive" in step.operation:
            items = _received(step)
            self._taken(step.name, step.goroutine, items, blocked=step.blocked)
            return items
        if step.operation == "close":  # wakes all who wait
            queue = self._queue(step.name)
            queue.receivers.clear()
            queue.senders.clear()
        return []

    def _select(self, step: Step, cases: Sequence[Case]) -> list[str]:
        if step.blocked:
            for case in cases:
                if isinstance(case, Send):
                    self._sent(case.channel.name, step.goroutine, named(case.value), blocked=True, went=False)
                else:
                    self._taken(case.channel.name, step.goroutine, [], blocked=True)
            return []
        won = step.result[0] if isinstance(step.result, tuple) else -1
        moved: list[str] = []
        for number, case in enumerate(cases):
            name = case.channel.name
            if number == won and isinstance(case, Send):
                moved = [named(case.value)]
                self._sent(name, step.goroutine, moved[0], blocked=False, went=True)
            elif number == won and isinstance(case, Receive):
                moved = [named(step.result[1])] if step.result[2] else []  # type: ignore[index]
                self._taken(name, step.goroutine, moved, blocked=False)
        self._leave(step.goroutine)
        return moved

    def _serve(self, queue: _Queue, who: str) -> None:
        """Somebody who waits here has got what it waited for, and waits nowhere else."""
        queue.served.add(who)
        self._leave(who)

    def _leave(self, who: str) -> None:
        for queue in self._queues.values():
            queue.senders = [each for each in queue.senders if each[0] != who]
            queue.receivers = [each for each in queue.receivers if each != who]

    def _sent(self, name: str, who: str, item: str, *, blocked: bool, went: bool) -> None:
        queue = self._queue(name)
        if blocked:
            queue.senders.append((who, item))
        elif who in queue.served:
            queue.served.discard(who)
        elif went:
            if queue.receivers:
                self._serve(queue, queue.receivers[0])
                queue.hand.append(item)
            else:
                queue.holds.append(item)

    def _taken(self, name: str, who: str, items: list[str], *, blocked: bool) -> None:
        queue = self._queue(name)
        if blocked:
            queue.receivers.append(who)
            return
        if who in queue.served:
            queue.served.discard(who)
            del queue.hand[:1]
            items = items[1:]
        for _ in items:
            held = queue.holds[:1]
            del queue.holds[:1]
            if queue.senders:  # the first in line may go on
                sender, item = queue.senders[0]
                self._serve(queue, sender)
                if held:  # else it was this very one: a channel without room
                    queue.holds.append(item)


def _received(step: Step) -> list[str]:
    if step.blocked or step.error:
        return []
    if step.operation == "receive":
        return [named(step.result)]
    if step.operation in ("receive_ok", "try_receive") and isinstance(step.result, tuple):
        return [named(step.result[0])] if step.result[1] else []
    if step.operation == "receive_many" and isinstance(step.result, list):
        return [named(value) for value in step.result]
    return []


def refused(step: Step, cases: Sequence[Case] = ()) -> list[object]:
    """What a step offered that was not taken, and did not wait."""
    if step.blocked or step.error:
        return []
    if step.operation == "try_send" and step.result is False:
        return [step.value]
    if step.operation == "try_send_many" and isinstance(step.value, list) and isinstance(step.result, int):
        return list(step.value[step.result :])
    if step.operation == "select" and isinstance(step.result, tuple) and step.result[0] == -1:
        return [case.value for case in cases if isinstance(case, Send)]
    return []


def offers(step: Step | None, cases: Sequence[Case], value: object) -> bool:
    """Whether a step offers a value to anybody."""
    if step is None:
        return False
    return step.value is value or any(isinstance(case, Send) and case.value is value for case in cases)
