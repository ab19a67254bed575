# A full queue: change how many places it has, who reads, and what is sent.
from kevent import DROP_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.figures import EventFlow
from kevent.runtime import go, sleep


def outage(*, places=2, events=5):
    broadcaster = Broadcaster(places, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch(name="slow")

    def read():
        for _ in watcher:
            sleep(0.09)

    go(read, name="reader")
    for number in range(events):
        broadcaster.action(ADDED, f"event {number}")
        sleep(0.02)
    broadcaster.shutdown()


EventFlow(outage, {"places": [2], "events": [5]}, title="A reader slower than the events")
