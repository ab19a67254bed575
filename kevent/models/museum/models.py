"""The scenarios of the museum. Each pair differs in the lines of the repair and in nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def _stopping_through_the_queue(lets_go_first: bool) -> None:
    incoming: Channel[str] = Channel(1, name="incoming")
    result: Channel[str] = Channel(name="result")
    stopped: Channel[None] = Channel(name="stopped")
    removed: Channel[None] = Channel(name="removed")

    def distribute() -> None:
        for sent in incoming:
            if sent == "stop":  # in Go a function, which the loop calls
                removed.close()
            elif lets_go_first:
                select(Send(result, sent), Receive(stopped))
            else:
                result.send(sent)

    loop = go(distribute, name="loop")
    incoming.send("event")
    if lets_go_first:
        stopped.close()
    incoming.send("stop")
    removed.receive_ok()
    incoming.close()
    loop.join()


def stop_through_the_queue_alone() -> None:
    """The broadcaster of 1.20 and later without that line: `Stop` waits for the loop, which waits for room."""
    _stopping_through_the_queue(lets_go_first=False)


def stop_through_the_queue() -> None:
    """Since 1.20: no lock, and `Stop` still closes `stopped` first."""
    _stopping_through_the_queue(lets_go_first=True)


# --- a handler whose watcher is stopped ---------------------------------------------------------------------------


def _select(cancelled: Channel[None], queue: Channel[Any]) -> tuple[bool, Any, bool]:
    """Go's `select` of the end of a context and a queue: whether it was the end, and what came from the queue.

    Lots are drawn where both can go on. Where one can they would change nothing, and double the orders at each turn.
    """
    ready = queue.closed or len(queue) > 0
    if ready and not cancelled.closed:
        return False, *queue.receive_ok()
    case, value, ok = select(Receive(cancelled), Receive(queue))
    return case == 0, value, ok


def _watching(looks_at_ok: bool, ends: Callable[[Channel[str], Channel[None]], None]) -> None:
    result: Channel[str] = Channel(1, name="result")
    cancelled: Channel[None] = Channel(name="cancelled")  # what the context's `Done` returns

    def handle_events() -> None:
        while True:
            ended, event, ok = _select(cancelled, result)
            if ended:
                return
            if looks_at_ok and not ok:
                return
            if event is None:
                continue  # not an event: go round again

    go(handle_events, name="event watcher")
    result.send("event")
    ends(result, cancelled)


def _stop(result: Channel[str], cancelled: Channel[None]) -> None:
    result.close()


def _shut_down(result: Channel[str], cancelled: Channel[None]) -> None:
    result.close()
    cancelled.close()


def stop_without_ok() -> None:
    """1.29 to 1.35: of a stopped watcher nothing comes, at once, for ever; the context has not ended."""
    _watching(looks_at_ok=False, ends=_stop)


def stop_with_ok() -> None:
    """Since 1.36: closed and drained ends the loop."""
    _watching(looks_at_ok=True, ends=_stop)


def shutdown_without_ok() -> None:
    """1.29 to 1.35 at `Shutdown`: the queue is closed, and then the context ends. Each turn may find the second."""
    _watching(looks_at_ok=False, ends=_shut_down)


# --- a watcher after shutdown -------------------------------------------------------------------------------------


def _started_late(gives_an_empty_watch: bool) -> None:
    stopped: Channel[None] = Channel(name="stopped")
    result: Channel[str] = Channel(1, name="result")

    def watch() -> Channel[str] | None:
        if select(Receive(stopped), default=True)[0] == 0:
            return None  # in Go with an error: "broadcaster already stopped"
        return result

    def start_event_watcher() -> None:
        queue = watch()
        if queue is None and gives_an_empty_watch:
            return  # and the caller gets a watch that has ended
        go(handle_events, queue, name="event watcher")

    def handle_events(queue: Any) -> None:
        queue.receive_ok()

    starting = go(start_event_watcher, name="starter")
    stopped.close()
    result.close()
    starting.join()


def handler_of_nil() -> None:
    """1.25 to 1.30: `Watch` has failed, the error is logged, and the handler's goroutine starts all the same."""
    _started_late(gives_an_empty_watch=False)


def empty_watch() -> None:
    """Since 1.31: no goroutine is started, and what comes back is a watch that has ended."""
    _started_late(gives_an_empty_watch=True)


# --- left on the queue --------------------------------------------------------------------------------------------

_QUEUED = 4


def _left(looks_at_context: bool) -> int:
    queue: Channel[int] = Channel(_QUEUED, name="queue")
    cancelled: Channel[None] = Channel(name="cancelled")
    busy: Channel[None] = Channel(name="busy")
    handled: list[int] = []

    def handle_events() -> None:
        busy.receive_ok()  # at work on the event before
        while True:
            if looks_at_context:
                ended, event, ok = _select(cancelled, queue)
                if ended:
                    return
            else:
                event, ok = queue.receive_ok()
            if not ok:
                return
            handled.append(event)

    handler = go(handle_events, name="event watcher")
    for event in range(_QUEUED):
        queue.send(event)
    queue.close()
    cancelled.close()
    busy.close()
    handler.join()
    if len(handled) < _QUEUED:
        raise Fault(f"left on the queue: {_QUEUED - len(handled)} of {_QUEUED}")
    return len(handled)


def queue_or_context() -> int:
    """Since 1.29: what is queued and the end of the context are ready both, and Go draws lots."""
    return _left(looks_at_context=True)


def queue_to_its_end() -> int:
    """Until 1.28: the loop knows the queue alone, and reads it to its end."""
    return _left(looks_at_context=False)


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
    """Since 1.27: shutdown ends it."""
    _retrying(_sleep_unless_stopping)


# --- a version in the key -----------------------------------------------------------------------------------------


def _counting(key: Callable[[str, int], object]) -> None:
    known: set[object] = set()
    created = 0
    for version in range(1, 13):  # the object is written between two of its events
        if key("Pod web-0", version) not in known:
            known.add(key("Pod web-0", version))
            created += 1
    if created > 1:
        raise Fault(f"no series: {created} of 12 equal events created")


def version_in_the_key() -> None:
    """Until now: the key holds the whole reference, resource version included."""
    _counting(lambda name, version: (name, version))


def version_left_out() -> None:
    """The recorder is given a reference without a version."""
    _counting(lambda name, version: name)
