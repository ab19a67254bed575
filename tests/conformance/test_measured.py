"""What the real packages answered in single experiments, and what kevent answers.

`book/data/measured.json` has the experiments in words, with the answers of client-go and apimachinery at
v1.14.0-alpha.2. Here each is done again, by kevent. `book/data/go.json` has those with Go itself; kevent answers where
it has a wait group or a drawing of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from kevent import (
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    CorrelatorOptions,
    Event,
    EventBroadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
)
from kevent.broadcaster import ADDED
from kevent.correlator import EventCorrelator
from kevent.figures.waitgroup_layouts import LAYOUTS
from kevent.runtime import go, sleep
from kevent.simulation import EPOCH, Deadlock, simulate
from kevent.waitgroup import NegativeCounter, WaitGroup
from tests.support import ROOT, simulated

MEASURED = json.loads((ROOT / "book" / "data" / "measured.json").read_text(encoding="utf-8"))
GO = json.loads((ROOT / "book" / "data" / "go.json").read_text(encoding="utf-8"))
POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
KUBELET = EventSource(component="kubelet", host="node-1")


def pod(number: int) -> ObjectReference:
    return ObjectReference(kind="Pod", namespace="default", name=f"pod-{number}", uid=f"u-{number}")


class Correlating:
    """A correlator with a clock of its own: `say` tells the count with which an event passes, None if it does not."""

    def __init__(self, draw: Callable[[], float] | None = None) -> None:
        self.now = EPOCH
        options: dict[str, Any] = {"clock": lambda: self.now}
        if draw is not None:
            options["random"] = draw
        self.correlator = EventCorrelator(CorrelatorOptions(**options), release="1.14")
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
        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(KUBELET)
        for number in range(5000):
            recorder.event(pod(number), "Normal", "Pulled", "image pulled")
            sleep(0.001)
        broadcaster.shutdown(timeout=None)
        return len(sink)

    return int(simulated(scenario, max_steps=10_000_000))


def nobody_watches_yet() -> int:
    def scenario() -> int:
        seen: list[Event] = []
        broadcaster = EventBroadcaster(release="1.14")
        recorder = broadcaster.new_recorder(KUBELET)
        for number in range(100):
            recorder.event(pod(number), "Normal", "Pulled", "image pulled")
        sleep(1)
        broadcaster.start_event_watcher(seen.append)
        broadcaster.shutdown(timeout=None)
        return len(seen)

    return int(simulated(scenario, max_steps=10_000_000))


def nobody_reads() -> int:
    returned: list[int] = []

    def scenario() -> None:
        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL, release="1.14")
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

        broadcaster = EventBroadcaster(release="1.14")
        broadcaster.start_recording_to_sink(Unreachable())
        broadcaster.new_recorder(KUBELET).event(POD, "Normal", "Pulled", "image pulled")
        sleep(600)
        broadcaster.shutdown(timeout=None)
        return len(tries)

    return int(simulated(scenario, max_steps=10_000_000))


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row["id"])
def test_kevent_answers_as_client_go_was_measured(row: dict[str, Any]) -> None:
    answer = globals()[row["id"].replace("-", "_")]()
    if "random" in row:
        assert answer.keys() == row["answer"].keys()
        assert all(answer.values())
    else:
        assert answer == row["answer"]


# --- Go itself --------------------------------------------------------------------------------------------------------


def answered(experiment: str) -> list[tuple[str, str, Any]]:
    """Version, machine and answer, one for each program that was run."""
    [row] = [row for row in GO if row["id"] == experiment]
    return [
        (version, machine, each["answer"])
        for each in row["answers"]
        for version in each["go"]
        for machine in each["machine"]
    ]


def layout(version: str) -> list[dict[str, Any]]:
    """How `kevent.figures` draws the struct of a Go version: from each start, what lies in each four bytes."""
    minor = int(version.split(".")[1])
    for each in LAYOUTS:
        numbers = [int(number) for number in re.findall(r"1\.(\d+)", each["versions"])]
        if numbers[0] <= minor and (each["versions"].startswith("since") or minor <= numbers[-1]):
            memory: list[dict[str, Any]] = each["memory"]
            return memory
    raise LookupError(version)


def test_five_calls_leave_the_words_that_go_leaves() -> None:
    def scenario() -> list[str]:
        group = WaitGroup("group")
        words = []

        def note() -> None:
            sleep(1)
            words.append(f"0x{group.state:016x}")

        for call in (
            partial(group.add, 3),
            partial(go, group.wait, name="first"),
            partial(go, group.wait, name="second"),
            group.done,
            partial(group.add, -2),
        ):
            call()
            note()
        return words

    words = simulated(scenario, max_steps=10_000_000)
    assert all(answer == words for _, _, answer in answered("five-calls"))


def test_a_delta_that_does_not_fit_is_lost_as_in_go() -> None:
    def add(delta: int) -> int | str:
        group = WaitGroup()
        try:
            group.add(delta)
        except NegativeCounter as panic:
            return str(panic)
        return group.counter

    counters = [add(delta) for delta in (2**31 - 1, 2**31, 2**32, 2**32 + 5)]
    assert all(answer == counters for _, _, answer in answered("large-deltas"))


@pytest.mark.parametrize(("version", "machine", "answer"), answered("size"))
def test_the_struct_is_drawn_as_large_as_it_is(version: str, machine: str, answer: dict[str, int]) -> None:
    assert {len(start["places"]) * 4 for start in layout(version)} == {answer["bytes"]}


@pytest.mark.parametrize(("version", "machine", "answer"), answered("where-the-counter-is"))
def test_the_counter_is_drawn_where_it_is(version: str, machine: str, answer: list[Any]) -> None:
    drawn = [start["places"].index("counter") * 4 for start in layout(version)]
    assert drawn == answer[: len(drawn)]  # where the compiler aligns the struct, one start is drawn


def test_kevent_has_no_answer_to_the_others() -> None:
    asked = {"five-calls", "large-deltas", "size", "where-the-counter-is"}
    assert {row["id"] for row in GO} - asked == {
        "unaligned-addition",
        "a-percent-sign",
        "arguments-as-one",
        "two-misuses",
    }
