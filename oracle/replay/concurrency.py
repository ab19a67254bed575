"""Replaying what several goroutines do: the broadcaster's watchers, and the wait group.

Both run in a simulation. There, time only moves when nobody can run, so a sleep of one nanosecond lasts until
everything that was set in motion has come to rest. The vectors say "fully distributed before the next
operation".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kevent import runtime
from kevent.broadcaster import (
    ADDED,
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    FullChannelBehavior,
    Watcher,
    WatchEvent,
)
from kevent.channel import ChannelClosed
from kevent.simulation import simulate
from kevent.waitgroup import WaitGroup

from .vectors import TAUGHT, NotUnderstood, Scenario, items, need

BATCHES = (1, 1000)


def settle() -> None:
    """Wait until everybody else has ended or waits."""
    runtime.sleep(1e-9)


def in_simulation(run: Callable[[], Any], max_batch: int = 1) -> Any:
    finished = simulate(run, max_batch=max_batch, max_steps=10_000_000)
    if finished.error is not None:
        raise finished.error
    return finished.result


# --- broadcaster ----------------------------------------------------------------------------------


def as_taught(queue_length: int, behavior: FullChannelBehavior) -> Broadcaster:
    """A broadcaster of the release that the vectors are of."""
    return Broadcaster(queue_length, behavior, release=TAUGHT)


MakeBroadcaster = Callable[[int, FullChannelBehavior], Broadcaster]


def replay_mux(scenario: Scenario, kind: MakeBroadcaster = as_taught) -> Iterator[tuple[str, Any]]:
    """Once event by event as Go does, once with everything that has piled up at a time: nobody may see a
    difference. `kind` is the class to judge.
    """
    for max_batch in BATCHES:
        label = f"batches of up to {max_batch}"
        yield label, in_simulation(lambda: _Mux(scenario, kind).run(), max_batch)


class _Mux:
    """One broadcaster, its watchers by their id, and what each has received."""

    def __init__(self, scenario: Scenario, kind: MakeBroadcaster) -> None:
        behavior = WAIT_IF_CHANNEL_FULL if need(scenario, "wait", bool) else DROP_IF_CHANNEL_FULL
        self.steps = items(scenario, "steps")
        self.broadcaster = kind(need(scenario, "queueLength", int), behavior)
        self.watchers: dict[str, Watcher] = {}
        self.received: dict[str, list[str]] = {}
        self.closed: set[str] = set()

    def run(self) -> dict[str, Any]:
        for step in self.steps:
            self.take(step)
            settle()
        self.broadcaster.shutdown()
        answer = {}
        for name in self.watchers:
            while self.receive(name):
                pass
            answer[name] = {"received": self.received[name], "closed": name in self.closed}
        return answer

    def take(self, step: dict[str, Any]) -> None:
        match step.get("op"):
            case "watch":
                self.add(step, self.broadcaster.watch())
            case "watch_with_prefix":
                prefix = [WatchEvent(ADDED, name) for name in step.get("objs") or []]
                self.add(step, self.broadcaster.watch_with_prefix(prefix))
            case "action":
                for name in need(step, "objs", list):
                    self.broadcaster.action(need(step, "id", str), name)
            case "receive":
                name = self.known(step)
                for _ in range(need(step, "n", int)):
                    if not self.receive(name):
                        break
            case "stop":
                self.watchers[self.known(step)].stop()
            case "shutdown":
                self.broadcaster.shutdown()
            case unknown:
                raise NotUnderstood(f"unknown operation on a broadcaster: {unknown!r}")

    def add(self, step: dict[str, Any], watcher: Watcher) -> None:
        name = need(step, "id", str)
        if name in self.watchers:
            raise NotUnderstood(f"watcher {name!r} is started twice")
        self.watchers[name] = watcher
        self.received[name] = []

    def known(self, step: dict[str, Any]) -> str:
        name = need(step, "id", str)
        if name not in self.watchers:
            raise NotUnderstood(f"no watcher {name!r} has been started")
        return str(name)

    def receive(self, name: str) -> bool:
        """Take one event if there is one."""
        try:
            event, ok = self.watchers[name].result_chan.try_receive()
        except ChannelClosed:
            self.closed.add(name)
            return False
        if not ok or event is None:
            return False
        self.received[name].append(f"{event.type}:{event.object}")
        return True


# --- wait group -----------------------------------------------------------------------------------


def replay_waitgroup(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    yield "", in_simulation(lambda: _Group().run(items(scenario, "steps")))


class _Group:
    """A wait group, its parked waiters, and the panic of the operation at hand."""

    def __init__(self) -> None:
        self.group = WaitGroup(name="group")
        self.waiting = 0
        self.panic: str | None = None

    def run(self, steps: list[dict[str, Any]]) -> list[Any]:
        answers: list[Any] = []
        for step in steps:
            parked = self.waiting
            self.take(step)
            settle()
            word = self.group.state
            answer: dict[str, Any] = {
                "state": f"0x{word:016x}",
                "counter": self.group.counter,
                "waiters": self.group.waiters,
                "released": max(parked - self.waiting, 0),
            }
            answers.append(answer)
            if self.panic is not None:
                answer["panic"] = self.panic
                break
        return answers

    def take(self, step: dict[str, Any]) -> None:
        match step.get("op"):
            case "add":
                self.attempt(lambda: self.group.add(need(step, "delta", int)))
            case "done":
                self.attempt(self.group.done)
            case "wait":
                for _ in range(need(step, "n", int)):
                    runtime.go(self.wait, name="waiter")
                    settle()
            case unknown:
                raise NotUnderstood(f"unknown operation on a wait group: {unknown!r}")

    def attempt(self, operation: Callable[[], object]) -> None:
        try:
            operation()
        except runtime.Panic as panic:
            self.panic = str(panic)

    def wait(self) -> None:
        self.waiting += 1
        self.attempt(self.group.wait)
        self.waiting -= 1
