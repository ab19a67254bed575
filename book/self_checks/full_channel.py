"""Self-checks of chapter 5."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.runtime import go, sleep
from kevent.simulation import simulate

from .running import result


def no_place_for_event_3() -> str:
    """Two places, a slow sink and a quick log: what becomes of the event that finds the sink's queue full."""

    def scenario():
        broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL, incoming_length=3)
        seen = {"sink": [], "log": []}

        def read(watcher, seconds):
            for event in watcher:
                seen[watcher.name].append(event.object)
                sleep(seconds)

        readers = [
            go(read, broadcaster.watch(name=name), seconds, name=name)
            for name, seconds in (("sink", 0.1), ("log", 0.001))
        ]
        for number in range(4):
            broadcaster.action(ADDED, number)
            sleep(0.02)
        broadcaster.shutdown()
        for reader in readers:
            reader.join()
        return seen

    seen = result(scenario)
    if 1 not in seen["sink"]:
        return "It throws event 1 out, to keep the newest."
    if 3 in seen["sink"]:
        return "It waits until the sink has room."
    return f"It lets event 3 go, for the sink {'only' if 3 in seen['log'] else 'and the log'}."


def a_reader_that_falls_asleep() -> int:
    """A queue of 10, a reader that hangs with its sixth event: how many of 100 it has when it is woken at the end."""
    return _arriving(10, 100, 1, lambda count: 3600 if count == 6 else 0)


def how_far_back() -> int:
    """WaitIfChannelFull, a queue of 3 that is never read: how many calls of `action` return."""
    returned = []

    def scenario():
        broadcaster = Broadcaster(3, WAIT_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="never read")
        for number in range(100):
            broadcaster.action(ADDED, number)
            returned.append(number)

    simulate(scenario)
    return len(returned)


def a_longer_queue() -> int:
    """A reader five times too slow: how many events more arrive with a queue of 20 than with one of 10."""
    more, fewer = (_arriving(queue_length, 1000, 0.02, lambda count: 0.1) for queue_length in (20, 10))
    return more - fewer


def _arriving(queue_length, events, pause, work) -> int:
    """How many events reach a reader; `work(count)` says how many seconds it spends on the one of that number."""

    def scenario():
        broadcaster = Broadcaster(queue_length, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch(name="reader")
        seen = []

        def read():
            for event in watcher:
                seen.append(event)
                if seconds := work(len(seen)):
                    sleep(seconds)

        reader = go(read, name="reader")
        for number in range(events):
            broadcaster.action(ADDED, number)
            sleep(pause)
        broadcaster.shutdown()
        reader.join()
        return len(seen)

    return result(scenario)
