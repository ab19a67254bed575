"""Self-checks of chapter 4."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.simulation import Deadlock, simulate

from .running import finished, result


def where_watch_puts_it() -> str:
    """A new watcher while three events are under way: on the list at once, or in the queue, before or behind them."""

    def scenario():
        broadcaster = Broadcaster(4, DROP_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="log")
        for number in range(3):
            broadcaster.action(ADDED, number)
        late = broadcaster.watch(name="late")
        broadcaster.action(ADDED, 3)
        broadcaster.shutdown()
        return [event.object for event in late]

    run = finished(scenario)
    taken = [step.result for step in run.trace if step.goroutine == "loop" and step.name == "incoming"]
    if "register late" not in repr(taken):
        return "On the list of watchers, at once"
    return f"Into the queue, {'behind' if run.result == [3] else 'in front of'} the events"


def a_late_watcher() -> int:
    """Five events, a new watcher, three events: how many it receives."""

    def scenario():
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        for number in range(5):
            broadcaster.action(ADDED, f"event {number}")
        watcher = broadcaster.watch()
        for number in range(5, 8):
            broadcaster.action(ADDED, f"event {number}")
        broadcaster.shutdown()
        return len(list(watcher))

    return result(scenario)


def a_reader_that_never_reads() -> str:
    """Shutdown with WaitIfChannelFull, and a watcher that does not read while more is sent than its queue holds."""

    def scenario():
        broadcaster = Broadcaster(2, WAIT_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="asleep")
        for number in range(4):
            broadcaster.action(ADDED, f"event {number}")
        broadcaster.shutdown()

    error = simulate(scenario).error
    return "It never returns." if isinstance(error, Deadlock) else "It returns."
