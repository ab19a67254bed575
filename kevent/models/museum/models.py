"""The scenarios of the museum. Each pair differs in the lines of the repair and in nothing else."""

from __future__ import annotations

from collections.abc import Callable

from kevent import runtime
from kevent.channel import Channel
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.waitgroup import WaitGroup


class Fault(Exception):
    """The model did what the real code should not have done."""


# --- order lost ---------------------------------------------------------------------------------------------------


def _arriving(send: Callable[[Channel[int], int], object]) -> None:
    incoming: Channel[int] = Channel(25, name="incoming")
    for event in (1, 2, 3):
        send(incoming, event)
    arrived = [incoming.receive() for _ in range(3)]
    if arrived != sorted(arrived):
        raise Fault(f"order lost: {arrived}")


def goroutine_per_event() -> None:
    """Until 1.20: so that the recorder never waits, a goroutine sends."""
    _arriving(lambda incoming, event: go(incoming.send, event, name=f"event {event}"))


def send_or_drop() -> None:
    """Since 1.21: the caller sends, or drops."""
    _arriving(lambda incoming, event: incoming.try_send(event))


# --- send on closed channel ---------------------------------------------------------------------------------------


def action_without_a_look() -> None:
    """Until 1.24: `Action` sends, whatever `Shutdown` does meanwhile."""
    incoming: Channel[str] = Channel(1, name="incoming")
    go(incoming.send, "event", name="recorder")
    incoming.close()
    list(incoming)


def action_under_a_lock() -> str:
    """Since 1.25: who shuts down and who sends exclude each other, and a late sender gets an error."""
    incoming: Channel[str] = Channel(1, name="incoming")
    incoming_block = runtime.Lock(name="incomingBlock")
    stopped: Channel[None] = Channel(name="stopped")

    def action() -> str:
        with incoming_block:
            if select(Receive(stopped), default=True)[0] == 0:
                return "broadcaster already stopped"
            incoming.send("event")
            return ""

    go(action, name="recorder")
    with incoming_block:
        stopped.close()
        incoming.close()
    return ", ".join(incoming)


# --- wait group misuse --------------------------------------------------------------------------------------------


def add_inside() -> str:
    """Each goroutine counts itself, when it comes to it."""
    group = WaitGroup(name="group")
    worked: list[None] = []

    def work() -> None:
        group.add(1)
        worked.append(None)
        group.done()

    for _ in range(2):
        go(work, name="worker")
    group.wait()
    return f"after {len(worked)} of 2"


def add_before() -> str:
    """Who starts the goroutines counts them."""
    group = WaitGroup(name="group")
    worked: list[None] = []

    def work() -> None:
        worked.append(None)
        group.done()

    group.add(2)
    for _ in range(2):
        go(work, name="worker")
    group.wait()
    return f"after {len(worked)} of 2"


# --- stop meets distribute ----------------------------------------------------------------------------------------


def _stopping(lets_go_first: bool) -> None:
    lock = runtime.Lock(name="lock")
    result: Channel[str] = Channel(name="result")
    stopped: Channel[None] = Channel(name="stopped")
    watchers = {0: result}

    def distribute() -> None:
        with lock:
            for watcher in watchers.values():
                if lets_go_first:
                    select(Send(watcher, "event"), Receive(stopped))
                else:
                    watcher.send("event")

    def stop() -> None:
        if lets_go_first:
            stopped.close()
        with lock:
            watchers.pop(0).close()

    loop = go(distribute, name="loop")
    stop()
    loop.join()


def stop_under_the_lock() -> None:
    """`Stop` takes the lock at once. If the loop waits for this watcher to read, it holds it for ever."""
    _stopping(lets_go_first=False)


def stop_lets_go_first() -> None:
    """mux.go: `Stop` first closes `stopped`, which ends the loop's wait."""
    _stopping(lets_go_first=True)


# --- hot loop -----------------------------------------------------------------------------------------------------


def _watching(looks_at_ok: bool) -> None:
    result: Channel[str] = Channel(1, name="result")

    def handle_events() -> None:
        while True:
            event, ok = result.receive_ok()
            if looks_at_ok and not ok:
                return
            if event is None:
                continue  # not an event: go round again

    go(handle_events, name="event watcher")
    result.send("event")
    result.close()


def receive_without_ok() -> None:
    """1.29 to 1.35: a closed channel gives nothing, at once, for ever."""
    _watching(looks_at_ok=False)


def receive_with_ok() -> None:
    """Since 1.36: closed and drained ends the loop."""
    _watching(looks_at_ok=True)


# --- retry after shutdown -----------------------------------------------------------------------------------------

_TRIES, _SECONDS = 12, 10


def _retrying(pause: Callable[[Channel[None]], bool]) -> None:
    queue: Channel[str] = Channel(2, name="queue")
    stopping: Channel[None] = Channel(name="stopping")

    def record_to_sink() -> None:
        for _ in queue:
            for _ in range(_TRIES - 1):  # a pause between two tries, none of which reaches the sink
                if not pause(stopping):
                    break

    sink = go(record_to_sink, name="sink")
    queue.send("event")
    queue.close()
    stopping.close()
    shutdown = runtime.now()
    sink.join()
    late = (runtime.now() - shutdown) // 1_000_000_000
    if late >= _SECONDS:
        raise Fault(f"a retry outlived shutdown by {late} s")


def _sleep(stopping: Channel[None]) -> bool:
    runtime.sleep(_SECONDS)
    return True


def _sleep_unless_stopping(stopping: Channel[None]) -> bool:
    try:
        stopping.receive_ok(timeout=_SECONDS)
    except TimeoutError:
        return True
    return False


def retry_with_sleep() -> None:
    """Until 1.26: nothing ends the sleep between two tries."""
    _retrying(_sleep)


def retry_until_stopping() -> None:
    """Since 1.27: shutdown does."""
    _retrying(_sleep_unless_stopping)


# --- starvation ---------------------------------------------------------------------------------------------------


def _distributing(gives_up: bool) -> None:
    full: Channel[int] = Channel(1, name="full")
    roomy: Channel[int] = Channel(1, name="roomy")
    got: list[int] = []
    reader = go(lambda: got.extend(roomy), name="reader")
    events = (1, 2)
    for event in events:
        for watcher in (full, roomy):
            if watcher is roomy:
                watcher.send(event)  # its reader keeps up
            elif not watcher.try_send(event) and gives_up:
                break
    roomy.close()
    reader.join()
    if got != list(events):
        raise Fault(f"starved: the watcher behind the full one got {got}")


def stop_at_the_first_full() -> None:
    """The port leaves the whole loop where it should leave out one watcher."""
    _distributing(gives_up=True)


def leave_out_the_full() -> None:
    """mux.go: `default` belongs to one watcher's `select`."""
    _distributing(gives_up=False)


# --- a list for a set ---------------------------------------------------------------------------------------------

_MAX_EVENTS = 10


def _aggregating(remember: Callable[[list[str], str], list[str]]) -> None:
    local_keys: list[str] = []
    for _ in range(12):
        local_keys = remember(local_keys, "the same message")
        if len(local_keys) >= _MAX_EVENTS:
            raise Fault(f"aggregated: {len(local_keys)} identical messages")


def messages_in_a_list() -> None:
    """The port appends every message."""
    _aggregating(lambda keys, message: [*keys, message])


def messages_in_a_set() -> None:
    """events_cache.go: `localKeys` is a set."""
    _aggregating(lambda keys, message: sorted({*keys, message}))
