"""Self-checks of chapter 6."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.runtime import Panic, go, sleep
from kevent.simulation import Step, explore, simulate
from kevent.waitgroup import WaitGroup


def _life(watchers: int, events: int) -> list[Step]:
    """The trace of a broadcaster from its making to its end."""

    def scenario():
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        for number in range(watchers):
            broadcaster.watch(name=f"watcher {number}")
        for number in range(events):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()

    return simulate(scenario).trace


def how_high() -> str:
    """Two watchers and three events: the highest number that the counter of `distributing` reaches."""
    words = [
        step.after for step in _life(watchers=2, events=3) if step.name == "distributing" and step.after is not None
    ]
    return {
        1: "To 1",
        2: "To 2, for the watchers",
        3: "To 3, for the events",
        6: "To 6, for each event on each queue",
    }[max(word >> 32 for word in words)]


def wait_groups() -> int:
    """A broadcaster with three watchers and ten events, from its making to its end: how many wait groups there were."""
    return len({step.name for step in _life(watchers=3, events=10) if step.operation == "add"})


def three_who_shut_down() -> int:
    """A loop that has much to do, and three goroutines that call `shutdown` meanwhile: the most waiters in the word."""

    def scenario():
        broadcaster = Broadcaster(10, DROP_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="watcher")
        for number in range(20):
            broadcaster.action(ADDED, number)
        for number in range(3):
            go(broadcaster.shutdown, name=f"caller {number}")
        sleep(1)

    found = explore(scenario, max_preemptions=1, max_schedules=500, progress=False)
    runs = [simulate(scenario, schedule=finding.schedule) for finding in found.findings] + [simulate(scenario)]
    words = [step.after for run in runs for step in run.trace if step.name == "distributing" and step.after is not None]
    return max(word & 0xFFFFFFFF for word in words)


def added_in_the_loop() -> str:
    """If the loop itself counted up, as its first step, and `shutdown` came at once: what it would do."""

    def scenario():
        latch, ended = WaitGroup("latch"), []

        def loop():
            latch.add(1)
            ended.append("loop")
            latch.done()

        go(loop, name="loop")
        latch.wait()
        return "in time" if ended else "too early"

    found = explore(scenario, progress=False)
    if any(isinstance(simulate(scenario, schedule=finding.schedule).error, Panic) for finding in found.findings):
        return "It panics, in some orders."
    results = {simulate(scenario, schedule=finding.schedule).result for finding in found.findings}
    if "too early" in results:
        return "It returns too early, in some orders."
    return "It waits for the loop, in every order."
