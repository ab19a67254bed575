"""Bets of chapter 13: of several guesses at a repair, the one that no schedule refutes.

Each guess is a scenario of its own, with the words of its choice on the page. What a bet answers is found by running
them all in every order: a guess holds if every schedule returns.
"""

from __future__ import annotations

from collections.abc import Callable

from kevent import runtime
from kevent.channel import Channel
from kevent.models.museum import models
from kevent.models.museum.models import Fault
from kevent.runtime import Lock, go
from kevent.simulation import explore
from kevent.waitgroup import WaitGroup

Guesses = dict[str, Callable[[], object]]


def holds(scenario: Callable[[], object]) -> bool:
    """Whether every schedule returns."""
    found = explore(scenario, max_steps=400, progress=False)
    if not found.exhaustive:
        raise ValueError("too many schedules for a bet")
    return all(outcome.kind == "returned" for outcome in found)


def answer(guesses: Guesses) -> str:
    """The one guess that holds, as the page shows it: without marks around code.

    Raises ValueError if there is none, or more than one: there is nothing to bet on.
    """
    (held,) = [words for words, scenario in guesses.items() if holds(scenario)]
    return held.replace("`", "")


# --- a goroutine for each event ---------------------------------------------------------------------------------------


def _two_events(send: Callable[[Channel[int], int], object]) -> None:
    """The queue has one place, and nobody reads before the recorder is done."""
    incoming: Channel[int] = Channel(1, name="incoming")
    for event in (1, 2):
        send(incoming, event)
    if incoming.receive() != 1:
        raise Fault("order lost")


def _sends_with_a_lock() -> None:
    lock = Lock(name="lock")

    def send(incoming: Channel[int], event: int) -> None:
        with lock:
            incoming.send(event)

    _two_events(lambda incoming, event: go(send, incoming, event))


ORDER: Guesses = {
    "Each goroutine takes a lock around its send": _sends_with_a_lock,
    "No goroutine: the caller sends, and waits while there is no room": lambda: _two_events(Channel.send),
    "No goroutine: the caller sends, and drops what finds no room": lambda: _two_events(Channel.try_send),
}


def order() -> str:
    """Nothing may be out of order, and no recorder may wait."""
    return answer(ORDER)


# --- a send that comes too late ---------------------------------------------------------------------------------------


def _late(send: Callable[[Channel[str]], object]) -> None:
    incoming: Channel[str] = Channel(1, name="incoming")
    go(send, incoming, name="recorder")
    incoming.close()
    list(incoming)


def _asks_first(incoming: Channel[str]) -> None:
    if not incoming.closed:
        incoming.send("event")


LATE: Guesses = {
    "The recorder asks whether the queue is closed, and sends if it is not.": lambda: _late(_asks_first),
    "The recorder sends only if there is room at once.": lambda: _late(lambda incoming: incoming.try_send("event")),
    "The recorder asks and sends under a lock, and `Shutdown` closes under the same one.": models.action_under_a_lock,
}


def late() -> str:
    """Whoever sends while another one shuts down must not panic."""
    return answer(LATE)


# --- counted by those it waits for ------------------------------------------------------------------------------------


def _counted(*, before: bool = False, locked: bool = False, waits: int = 1) -> None:
    group = WaitGroup(name="group")
    lock = Lock(name="lock")
    worked: list[None] = []

    def work() -> None:
        if locked:
            with lock:
                group.add(1)
        elif not before:
            group.add(1)
        worked.append(None)
        group.done()

    if before:
        group.add(1)
    go(work, name="worker")
    for _ in range(waits):
        group.wait()
    if not worked:
        raise Fault("before the work was done")


COUNTED: Guesses = {
    "Each goroutine takes a lock to call `Add`.": lambda: _counted(locked=True),
    "Whoever waits calls `Wait` twice.": lambda: _counted(waits=2),
    "Whoever starts the goroutines calls `Add`, before `go`.": lambda: _counted(before=True),
}


def counted() -> str:
    """`Wait` must return after the work, and nothing may panic. One worker is enough to see it."""
    return answer(COUNTED)


# --- Stop meets distribute --------------------------------------------------------------------------------------------


def _stopping(*, takes_the_lock: bool, holds_the_lock: bool) -> None:
    lock = Lock(name="lock")
    result: Channel[str] = Channel(name="result")
    watchers = {0: result}

    def distribute() -> None:
        with lock:
            mine = list(watchers.values())
            for watcher in mine if holds_the_lock else ():
                watcher.send("event")
        for watcher in () if holds_the_lock else mine:
            watcher.send("event")

    loop = go(distribute, name="loop")
    if takes_the_lock:
        with lock:
            watchers.pop(0).close()
    else:
        result.close()
    loop.join()


STOP: Guesses = {
    "`Stop` closes the queue without the lock.": lambda: _stopping(takes_the_lock=False, holds_the_lock=True),
    "The loop gives the lock back before it sends.": lambda: _stopping(takes_the_lock=True, holds_the_lock=False),
    "`Stop` first closes a channel for which the loop waits as well.": models.stop_lets_go_first,
}


def stop() -> str:
    """A watcher that stops must neither wait for ever nor let the loop panic."""
    return answer(STOP)


# --- a loop that does not ask -----------------------------------------------------------------------------------------


def _spinning(*, places: int = 1, pause: float = 0) -> None:
    result: Channel[str] = Channel(places, name="result")

    def handle_events() -> None:
        while True:
            event, _ = result.receive_ok()
            if event is None and pause:
                runtime.sleep(pause)

    go(handle_events, name="event watcher")
    result.send("event")
    result.close()


SPIN: Guesses = {
    "The queue gets more room.": lambda: _spinning(places=10),
    "The handler sleeps a millisecond when nothing has come.": lambda: _spinning(pause=0.001),
    "The handler looks at `ok`, and returns.": models.stop_with_ok,
}


def spin() -> str:
    """The handler must end once its watcher is stopped."""
    return answer(SPIN)


# --- a handler of nil -------------------------------------------------------------------------------------------------


class _EmptyWatch:
    """A watch that has ended, and can be stopped."""

    def stop(self) -> None:
        pass


def _started_late(start: Callable[[], _EmptyWatch | None]) -> None:
    """Whoever started the watcher stops it in the end."""
    start().stop()  # type: ignore[union-attr]


def _waits_for_a_watcher() -> None:
    never: Channel[None] = Channel(name="watcher")
    go(never.receive_ok, name="event watcher").join()


NIL: Guesses = {
    "It starts no goroutine, and returns nil.": lambda: _started_late(lambda: None),
    "Its goroutine waits until there is a watcher.": _waits_for_a_watcher,
    "It starts no goroutine, and returns a watch that has ended.": lambda: _started_late(_EmptyWatch),
}


def nil() -> str:
    """The caller will call `Stop` on what comes back, and no goroutine may be left."""
    return answer(NIL)


# --- a retry that outlives shutdown -----------------------------------------------------------------------------------


def _retrying(tries: int, seconds: int) -> None:
    queue: Channel[str] = Channel(2, name="queue")

    def record_to_sink() -> None:
        for _ in queue:
            for _ in range(tries - 1):
                runtime.sleep(seconds)

    sink = go(record_to_sink, name="sink")
    queue.send("event")
    queue.close()
    shutdown = runtime.now()
    sink.join()
    if runtime.now() - shutdown >= 10 * 1_000_000_000:
        raise Fault("a retry outlived shutdown")


RETRY: Guesses = {
    "Six tries in place of twelve": lambda: _retrying(tries=6, seconds=10),
    "Pauses of two seconds in place of ten": lambda: _retrying(tries=12, seconds=2),
    "The pause ends as soon as somebody shuts down": models.retry_until_stopping,
}


def retry() -> str:
    """Nobody may be at work ten seconds after the shutdown."""
    return answer(RETRY)


# --- what Shutdown leaves on the queue --------------------------------------------------------------------------------


def _left(next_event: Callable[[Channel[None], Channel[int]], tuple[bool, int | None, bool]], *, swap: bool) -> None:
    queue: Channel[int] = Channel(3, name="queue")
    cancelled: Channel[None] = Channel(name="cancelled")
    busy: Channel[None] = Channel(name="busy")
    handled: list[int | None] = []

    def handle_events() -> None:
        busy.receive_ok()
        while True:
            ended, event, ok = next_event(cancelled, queue)
            if ended or not ok:
                return
            handled.append(event)

    handler = go(handle_events, name="event watcher")
    for event in range(3):
        queue.send(event)
    for channel in (cancelled, queue) if swap else (queue, cancelled):
        channel.close()
    busy.close()
    handler.join()
    if len(handled) < 3:
        raise Fault("left on the queue")


def _context_first(cancelled: Channel[None], queue: Channel[int]) -> tuple[bool, int | None, bool]:
    if cancelled.closed:
        return True, None, False
    return False, *queue.receive_ok()


def _queue_first(cancelled: Channel[None], queue: Channel[int]) -> tuple[bool, int | None, bool]:
    if queue.closed or len(queue):
        return False, *queue.receive_ok()
    return models._select(cancelled, queue)


LEFT: Guesses = {
    "`Shutdown` ends the context before it closes the queue.": lambda: _left(models._select, swap=True),
    "The handler asks for the context first, then for the queue.": lambda: _left(_context_first, swap=False),
    "The handler asks for the queue first, and for the context when nothing is there.":
        lambda: _left(_queue_first, swap=False),
}  # fmt: skip


def left() -> str:
    """What is queued at the shutdown must be handled."""
    return answer(LEFT)


# --- a version in the key ---------------------------------------------------------------------------------------------


def _series(key: Callable[[str, int], object], remembered: int = 4096) -> None:
    """Two pods, each written between its events: as many have to be created as there are pods."""
    known: list[object] = []
    created = 0
    for version in range(1, 13):
        for pod in ("web-0", "web-1"):
            if key(pod, version) not in known[-remembered:]:
                known.append(key(pod, version))
                created += 1
    if created != 2:
        raise Fault(f"{created} created for two pods")


KEY: Guesses = {
    "The broadcaster remembers twice as many keys.":
        lambda: _series(lambda pod, version: (pod, version), remembered=2 * 4096),
    "The key leaves the reference out.": lambda: _series(lambda pod, version: ()),
    "The caller leaves the resource version out of the reference.": lambda: _series(lambda pod, version: pod),
}  # fmt: skip


def key() -> str:
    """Equal events about a pod have to be one series, and two pods have to be two."""
    return answer(KEY)


BETS: dict[str, Guesses] = {
    "order": ORDER, "late": LATE, "counted": COUNTED, "stop": STOP, "spin": SPIN,
    "nil": NIL, "retry": RETRY, "left": LEFT, "key": KEY,
}  # fmt: skip
"""All bets by the name of their function."""
