"""Exercises of chapter 8: restore the order of events; send without waiting and without losing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    Event,
    EventSource,
    ObjectReference,
)
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.recorder import BroadcastRecorder
from kevent.runtime import go, sleep
from kevent.simulation import explore

from .checking import Verdict, failure, unfinished
from .watching import simulate

KUBELET = EventSource(component="kubelet", host="node-1")

# --- in_order ---------------------------------------------------------------------------------------------------------


def in_order(events):
    """The messages of `events` in the order in which these were recorded.

    `events` is a list of dictionaries, as the API server gives them: `event["metadata"]["name"]`,
    `event["firstTimestamp"]` with whole seconds, `event["message"]`.
    """

    # solution
    def recorded(event):
        return int(event["metadata"]["name"].rpartition(".")[2], 16)

    return [event["message"] for event in sorted(events, key=recorded)]
    # end of solution


# Each case: the objects' names, one event each, and the nanoseconds at which they are recorded.
ORDERS: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("web-0",), (1,)),
    (("web-0", "web-0"), (1, 2)),
    (("web-0", "web-0", "web-0"), (1, 2, 3)),
    (("web-1", "web-0"), (1, 2)),
    (("node.example.org", "a"), (1, 2)),
    (("web-0", "web-0"), (0xFFFFFFFFF, 0x1000000000)),
)


def check_in_order(attempt: Callable[[list[dict[str, Any]]], object]) -> Verdict:
    """Record few events first, then more, with goroutines that start in every order; the attempt sees what arrives."""
    orders = 0
    for objects, times in ORDERS:
        messages = [f"event {number}" for number in range(len(objects))]

        def scenario(
            objects: tuple[str, ...] = objects, times: tuple[int, ...] = times, messages: list[str] = messages
        ) -> tuple[list[str], object]:
            broadcaster = Broadcaster(len(objects), DROP_IF_CHANNEL_FULL, release="1.14")
            watcher = broadcaster.watch(name="reader")
            clock = iter(times)
            recorder = BroadcastRecorder(broadcaster, KUBELET, clock=clock.__next__, release="1.14")
            for name, message in zip(objects, messages, strict=True):
                about = ObjectReference(kind="Pod", namespace="default", name=name)
                recorder.event(about, "Normal", "Pulled", message)
            arrived = [watcher.result_chan.receive().object for _ in objects]
            return [event.message for event in arrived], attempt([event.to_dict() for event in arrived])

        found = explore(scenario, max_preemptions=0, max_steps=500, progress=False)
        orders += found.schedules
        runs = [simulate(scenario, schedule=finding.schedule, max_steps=500) for finding in found.findings]
        for run in sorted(runs, key=lambda run: len(run.trace)):
            if (early := unfinished(f"About {_and(objects)}", run)) is not None:
                return early
            assert run.result is not None
            arrived, answer = run.result
            if answer != messages:
                sentence = (
                    f"Recorded about {_and(objects)}, in this order, and arrived as {_and(arrived)}: "
                    f"wanted {messages}, and you say {answer!r}."
                )
                return Verdict(False, sentence, run.trace)
    return Verdict(True, f"Right, in all {orders} orders of arrival.")


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


# --- sender -----------------------------------------------------------------------------------------------------------


def sender(broadcaster):
    """A function `send(event)` that hands `event` to `broadcaster` in order and never waits itself.

    `broadcaster.action(ADDED, event)` may wait. `go(function, name=…)`
    starts a goroutine. A `Channel(capacity)` has `try_send`, and can be iterated
    over. If more than 1,000 events wait, `send` may drop one. The goroutine need not end.
    """
    # solution
    waiting = Channel(1000, name="waiting")

    def hand_over():
        for event in waiting:
            broadcaster.action(ADDED, event)

    go(hand_over, name="sender")
    return waiting.try_send
    # end of solution


SENT = 3
SCHEDULES = 20_000


def check_sender(attempt: Callable[[Broadcaster], Callable[[Event], object]]) -> Verdict:
    """Listen to what is sent, in many orders; then let nobody listen, and see whether the caller gets through."""
    messages = [f"event {number}" for number in range(SENT)]

    def stuck() -> None:
        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
        broadcaster.watch(name="reads nothing")
        send = attempt(broadcaster)
        for message in [*messages, "one more"]:
            send(Event(message=message))
            sleep(1)

    def listening() -> list[str]:
        broadcaster = Broadcaster(SENT, DROP_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
        watcher = broadcaster.watch(name="reader")
        send = attempt(broadcaster)
        for message in messages:
            send(Event(message=message))
        return [watcher.result_chan.receive().object.message for _ in messages]

    run = simulate(stuck, max_steps=1_000)
    if (early := unfinished("A broadcaster that takes nothing in", run)) is not None:
        return early
    # First who starts when, then also interruptions.
    for preemptions in 0, 1:
        found = explore(
            listening, max_preemptions=preemptions, max_schedules=SCHEDULES, max_steps=1_000, progress=False
        )
        runs = [simulate(listening, schedule=finding.schedule, max_steps=1_000) for finding in found.findings]
        for each in sorted(runs, key=lambda run: len(run.trace)):
            if each.error is not None:
                return Verdict(False, f"Three events: {failure(each)}.", each.trace)
            if each.result != messages:
                arrived = _and(each.result or ["nothing"])
                return Verdict(False, f"Sent {_and(messages)}; arrived {arrived}.", each.trace)
    return Verdict(True, f"Right: nobody waits, and the order is kept in all {found.schedules} orders tried.")
