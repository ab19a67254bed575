"""What the real packages answered in single experiments, and what kevent answers.

`book/data/measured.json` has the experiments in words, with the answers of client-go and apimachinery at
v1.14.0-alpha.2. Here each is done again, by kevent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kevent import (
    ADDED,
    EPOCH,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    CorrelatorOptions,
    Deadlock,
    Event,
    EventBroadcaster,
    EventCorrelator,
    EventSource,
    MemorySink,
    ObjectReference,
    simulate,
    sleep,
)

MEASURED = json.loads((Path(__file__).parents[2] / "book" / "data" / "measured.json").read_text(encoding="utf-8"))
POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
KUBELET = EventSource(component="kubelet", host="node-1")


def pod(number: int) -> ObjectReference:
    return ObjectReference(kind="Pod", namespace="default", name=f"pod-{number}", uid=f"u-{number}")


def in_simulation(scenario: Callable[[], Any]) -> Any:
    run = simulate(scenario, max_steps=10_000_000)
    if run.error is not None:
        raise run.error
    return run.result


class Correlating:
    """A correlator with a clock of its own: `say` tells the count with which an event passes, None if it does not."""

    def __init__(self, draw: Callable[[], float] | None = None) -> None:
        self.now = EPOCH
        options: dict[str, Any] = {"clock": lambda: self.now}
        if draw is not None:
            options["random"] = draw
        self.correlator = EventCorrelator(CorrelatorOptions(**options))
        self.message = ""

    def say(self, message: str, *, about: ObjectReference = POD, after: float = 0) -> int | None:
        self.now += round(after * 10**9)
        event = Event(
            name=f"{about.name}.{self.now:x}", namespace=about.namespace, involved_object=about, source=KUBELET,
            reason="BackOff", message=message, type="Warning", count=1,
            first_timestamp=self.now, last_timestamp=self.now,
        )  # fmt: skip
        result = self.correlator.event_correlate(event)
        if result.skip or result.event is None:
            return None
        self.correlator.update_state(result.event)
        self.message = result.event.message
        return result.event.count

    @property
    def combined(self) -> bool:
        return self.message.startswith("(combined from similar events)")


def silent_sink() -> int:
    class Silent(MemorySink):
        def create(self, event: Event) -> Event:
            if not len(self):
                sleep(3600)
            return super().create(event)

    def scenario() -> int:
        sink = Silent(ttl=None)
        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(KUBELET)
        for number in range(5000):
            recorder.event(pod(number), "Normal", "Pulled", "image pulled")
            sleep(0.001)
        broadcaster.shutdown(timeout=None)
        return len(sink)

    return int(in_simulation(scenario))


def nobody_watches_yet() -> int:
    def scenario() -> int:
        seen: list[Event] = []
        broadcaster = EventBroadcaster()
        recorder = broadcaster.new_recorder(KUBELET)
        for number in range(100):
            recorder.event(pod(number), "Normal", "Pulled", "image pulled")
        sleep(1)
        broadcaster.start_event_watcher(seen.append)
        broadcaster.shutdown(timeout=None)
        return len(seen)

    return int(in_simulation(scenario))


def nobody_reads() -> int:
    returned: list[int] = []

    def scenario() -> None:
        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL)
        broadcaster.watch()
        for number in range(100):
            broadcaster.action(ADDED, number)
            returned.append(number)

    assert isinstance(simulate(scenario).error, Deadlock)
    return len(returned)


def forty_at_once() -> int:
    correlating = Correlating()
    return sum(correlating.say("failed") is not None for _ in range(40))


def forty_at_once_later() -> list[int | None]:
    correlating = Correlating()
    for _ in range(40):
        correlating.say("failed")
    return [correlating.say("failed", after=299), correlating.say("failed", after=2)]


def ten_messages_apart() -> list[bool]:
    answers = []
    for seconds in (540, 600, 601):
        correlating = Correlating()
        for number in range(10):
            correlating.say(f"attempt {number}", after=seconds)
        answers.append(correlating.combined)
    return answers


def an_old_message_again() -> dict[str, int]:
    answers = {"combined": 0, "as it was": 0}
    for number in range(200):
        correlating = Correlating(lambda number=number: number / 200)  # type: ignore[misc]
        for attempt in range(10):
            correlating.say(f"attempt {attempt}")
        correlating.say("attempt 0")
        answers["combined" if correlating.combined else "as it was"] += 1
    return answers


def other_objects() -> int | None:
    correlating = Correlating()
    for _ in range(26):
        last = correlating.say("failed")
    assert last is None
    for number in range(4096):
        correlating.say("failed", about=pod(number))
    return correlating.say("failed")


def no_connection() -> int:
    def scenario() -> int:
        tries: list[Event] = []

        class Unreachable(MemorySink):
            def create(self, event: Event) -> Event:
                tries.append(event)
                raise ConnectionError("nobody there")

        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(Unreachable())
        broadcaster.new_recorder(KUBELET).event(POD, "Normal", "Pulled", "image pulled")
        sleep(600)
        broadcaster.shutdown(timeout=None)
        return len(tries)

    return int(in_simulation(scenario))


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row["id"])
def test_kevent_answers_as_client_go_was_measured(row: dict[str, Any]) -> None:
    answer = globals()[row["id"].replace("-", "_")]()
    if "random" in row:
        assert answer.keys() == row["answer"].keys()
        assert all(answer.values())
    else:
        assert answer == row["answer"]
