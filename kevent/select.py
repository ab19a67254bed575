"""Go's `select`: wait on several channels at once, and go on with the first that lets you.

All channels are looked at in one section of them all, always entered in the same order. If none can go on, the
goroutine stands in the line of each with one turn. In Go: `runtime/select.go`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kevent import runtime
from kevent.channel import Channel, SendOnClosedChannel, passed
from kevent.exclusive import locked_all
from kevent.runtime import primitive
from kevent.waiting import Line, Turn, Waiter, leave, wait

__all__ = ["Receive", "Send", "select"]


@dataclass(frozen=True, slots=True)
class Send:
    """A case of `select`: send `value` on `channel`. In Go: `case channel <- value:`."""

    channel: Channel[Any]
    value: Any

    def _attempt(self) -> tuple[Any, bool] | None:
        """What this case gives if it can go on now, else None. Mutex held."""
        if self.channel._put(self.value):
            return None, True
        return (None, False) if self.channel._closed else None

    def _place(self, turn: Turn) -> Waiter:
        return Waiter(turn, self.value)

    def _line_up(self, place: Waiter) -> None:
        self.channel._line_up_to_send(place)

    def _line(self) -> Line:
        return self.channel._senders


@dataclass(frozen=True, slots=True)
class Receive:
    """A case of `select`: receive from `channel`. In Go: `case value, ok := <-channel:`."""

    channel: Channel[Any]

    def _attempt(self) -> tuple[Any, bool] | None:
        return self.channel._take()

    def _place(self, turn: Turn) -> Waiter:
        return Waiter(turn)

    def _line_up(self, place: Waiter) -> None:
        self.channel._receivers.append(place)

    def _line(self) -> Line:
        return self.channel._receivers


Case = Send | Receive


@primitive("select")
class _Select:
    """One `select` statement about to be taken, so that a simulation can see it as one step."""

    def __init__(self, cases: tuple[Case, ...], *, default: bool) -> None:
        self.cases = cases
        self.name = ", ".join(case.channel.name for case in cases)
        # Always in the same order: two selects on the same channels must not each hold one and wait for the
        # other.
        channels = {id(case.channel): case.channel for case in cases}
        self._channels = [channels[key] for key in sorted(channels)]
        self.turn = Turn(waits=not default)
        self._places = [case._place(self.turn) for case in cases]
        self._lined_up = False

    def select(self, *, default: bool, timeout: float | None) -> tuple[int, Any, bool]:
        if default:
            if self._channels:
                locked_all(self._channels, self._attempt)
        elif not wait(self, timeout):
            raise passed(timeout)
        winner = self.turn.winner
        if winner is None:
            return -1, None, False
        index = [place.mark for place in self._places].index(winner)
        if isinstance(self.cases[index], Receive):
            return index, self._places[index].value, self.turn.ok
        if not self.turn.ok:
            raise SendOnClosedChannel
        return index, None, True

    def _attempt(self) -> None:
        untried = list(range(len(self.cases)))
        while untried:
            index = untried.pop(runtime.choose(len(untried)))
            if attempt := self.cases[index]._attempt():
                place = self._places[index]
                if isinstance(self.cases[index], Receive):
                    place.value = attempt[0]
                place.decide(ok=attempt[1])
                return

    def line_up(self) -> None:
        """Look at all channels, and stand in the line of each if none can go on."""
        locked_all(self._channels, self._attempt_or_line_up)

    def _attempt_or_line_up(self) -> None:
        self._attempt()
        if not self.turn.decided:
            self._lined_up = True
            for case, place in zip(self.cases, self._places, strict=True):
                case._line_up(place)

    def leave(self) -> None:
        """Stand in no line any more."""
        if self._lined_up:
            for case, place in zip(self.cases, self._places, strict=True):
                case.channel._locked(leave, case._line(), place)

    def give_back(self) -> None:
        """Put back what was received and given to nobody."""
        winner = self.turn.winner
        for case, place in zip(self.cases, self._places, strict=True):
            if place.mark is winner and isinstance(case, Receive):
                case.channel._locked(case.channel._put_back_of, place)

    def _level(self) -> None:
        return None

    def _parts(self) -> list[Channel[Any]]:
        """What a select touches: in a simulation its channels are tied together."""
        return [case.channel for case in self.cases]


def select(*cases: Case, default: bool = False, timeout: float | None = None) -> tuple[int, Any, bool]:
    """Wait until one of the `cases` can go on, and do it. In Go: `select`, with the results of
    `reflect.Select`.

    Returns the index of the case, the value it received, and whether that value was sent (False: the channel
    is closed and drained). If several cases can go on, one is picked at random, in a simulation by the
    scheduler. With `default` nothing waits: the index is -1 if no case can go on at once. Raises
    SendOnClosedChannel as `send` does, TimeoutError after `timeout` seconds, TypeError for what is no case, and
    ValueError if there is neither a case nor a default: Go would wait for ever.
    """
    if not cases and not default:
        raise ValueError("cases must not be empty where there is no default")
    for case in cases:
        if not isinstance(case, (Send, Receive)):
            raise TypeError(f"cases must be Send or Receive, not {type(case).__name__}")
    return _Select(cases, default=default).select(default=default, timeout=timeout)
