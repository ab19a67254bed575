"""Exercises of chapter 13: a loop that notices the end; a send that comes too late and does no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kevent.channel import Channel
from kevent.runtime import Lock, go
from kevent.waitgroup import AtomicUint64

from .checking import Verdict
from .interleaving import every_order

# --- the watcher's loop -----------------------------------------------------------------------------------------------


def handle_all(result, handler):
    """Call `handler(event)` for each event on the channel `result`, and return when it is closed and empty.

    `result.receive_ok()` gives the event and True, or None and False from a channel that is closed and empty. Not
    everything on the channel is an event: leave out what is None.
    """
    # solution
    while True:
        event, ok = result.receive_ok()
        if not ok:
            return
        if event is not None:
            handler(event)
    # end of solution


def check_handle_all(attempt: Callable[[Any, Callable[[str], None]], object]) -> Verdict:
    """Three things on a channel, one of them None, and the end, in every order."""

    def scenario() -> bool:
        result: Channel[str | None] = Channel(1, name="result")
        seen: list[str] = []
        watcher = go(attempt, result, seen.append, name="watcher")
        for event in ("event 1", None, "event 2"):
            result.send(event)
        result.close()
        watcher.join()
        return seen == ["event 1", "event 2"]

    return every_order(scenario, "the handler did not get event 1 and event 2", reduce=False)


# --- a send that comes too late ---------------------------------------------------------------------------------------


def action(incoming, lock, stopped, event):
    """Send `event` on the channel `incoming`. If that is closed already, send nothing. Say whether you sent it.

    Another goroutine shuts down: it takes `lock`, calls `stopped.store(1)`, closes `incoming`, and gives the lock back.
    Before that `stopped.load()` is 0. There is room on `incoming`, so sending does not wait.
    """
    # solution
    with lock:
        if stopped.load():
            return False
        incoming.send(event)
        return True
    # end of solution


def check_action(attempt: Callable[[Any, Any, Any, str], object]) -> Verdict:
    """One goroutine sends, the other one shuts down, in every order."""

    def scenario() -> bool:
        incoming: Channel[str] = Channel(2, name="incoming")
        lock, stopped = Lock(name="lock"), AtomicUint64(name="stopped")
        answers: list[object] = []
        recorder = go(lambda: answers.append(attempt(incoming, lock, stopped, "event")), name="recorder")
        with lock:
            stopped.store(1)
            incoming.close()
        recorder.join()
        sent = list(incoming)
        late = not sent
        return answers == [bool(sent)] and (late or sent == ["event"]) and _can_send(attempt)

    return every_order(scenario, "what `action` said is not what it did", reduce=False)


def _can_send(attempt: Callable[[Any, Any, Any, str], object]) -> bool:
    """Whether an event arrives when nobody shuts down."""
    incoming: Channel[str] = Channel(1, name="quiet incoming")
    attempt(incoming, Lock(name="quiet lock"), AtomicUint64(name="quiet stopped"), "event")
    return len(incoming) == 1
