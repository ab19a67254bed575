"""Self-checks of chapter 5."""

from __future__ import annotations

from kevent import ADDED, DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster, go, simulate, sleep


def _result(scenario):
    run = simulate(scenario)
    if run.error is not None:
        raise run.error
    return run.result


def a_reader_that_falls_asleep() -> int:
    """A queue of 10, a reader that hangs with its sixth event: how many of 100 it has when it is woken at the end."""

    def scenario():
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch(name="reader")
        seen = []

        def read():
            for event in watcher:
                seen.append(event)
                if len(seen) == 6:
                    sleep(3600)

        reader = go(read, name="reader")
        for number in range(100):
            broadcaster.action(ADDED, number)
            sleep(1)
        broadcaster.shutdown()
        reader.join()
        return len(seen)

    return _result(scenario)


def how_far_back() -> int:
    """WaitIfChannelFull, a queue of 3 that is never read: how many calls of `action` return."""
    returned = []

    def scenario():
        broadcaster = Broadcaster(3, WAIT_IF_CHANNEL_FULL)
        broadcaster.watch(name="never read")
        for number in range(100):
            broadcaster.action(ADDED, number)
            returned.append(number)

    simulate(scenario)
    return len(returned)


def a_longer_queue() -> int:
    """A reader five times too slow: how many events more arrive with a queue of 20 than with one of 10."""

    def arriving(queue_length):
        def scenario():
            broadcaster = Broadcaster(queue_length, DROP_IF_CHANNEL_FULL)
            watcher = broadcaster.watch(name="reader")
            seen = []

            def read():
                for event in watcher:
                    seen.append(event)
                    sleep(0.1)

            reader = go(read, name="reader")
            for number in range(1000):
                broadcaster.action(ADDED, number)
                sleep(0.02)
            broadcaster.shutdown()
            reader.join()
            return len(seen)

        return _result(scenario)

    return arriving(20) - arriving(10)
