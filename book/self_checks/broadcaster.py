"""Self-checks of chapter 4."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.runtime import go, sleep
from kevent.simulation import Deadlock, simulate


def _result(scenario):
    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return run.result


def a_smaller_queue() -> int:
    """The chapter's first run with a queue of one: how many of six events the slow reader gets."""

    def scenario():
        broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch(name="slow")
        seen = []

        def read():
            for event in watcher:
                seen.append(event)
                sleep(0.09)

        reader = go(read, name="slow reader")
        for number in range(6):
            broadcaster.action(ADDED, f"event {number}")
            sleep(0.02)
        broadcaster.shutdown()
        reader.join()
        return len(seen)

    return _result(scenario)


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

    return _result(scenario)


def a_reader_that_never_reads() -> str:
    """Shutdown with WaitIfChannelFull, and a watcher that does not read while more is sent than its queue holds."""

    def scenario():
        broadcaster = Broadcaster(2, WAIT_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="asleep")
        for number in range(4):
            broadcaster.action(ADDED, f"event {number}")
        broadcaster.shutdown()

    error = simulate(scenario).error
    return "It never returns" if isinstance(error, Deadlock) else "It returns"
