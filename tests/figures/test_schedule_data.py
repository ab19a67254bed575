"""What PickTheSchedule is given: lines of code, queues as they are, odds; nothing of it written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from kevent import WAIT_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.figures import PickTheSchedule
from kevent.figures.queues import Queues
from kevent.figures.storyboard import apply
from kevent.models.museum import models
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.simulation import Observer, Step, explore


def two_events(*, room: int = 1) -> str:
    """A sender that does not wait, and a reader."""
    queue: Channel[str] = Channel(room, name="queue")
    reader = go(list, queue, name="reader")
    lost = 0
    for event in "first", "second":
        lost += not queue.try_send(event)
    queue.close()
    reader.join()
    return f"{lost} lost"


def looks_once() -> None:
    """A reader that looks once, while the loop waits for it."""
    broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
    watcher = broadcaster.watch(name="watcher")
    go(watcher.result_chan.try_receive, name="reader")
    broadcaster.action(ADDED, "event")
    broadcaster.shutdown()


def crowded() -> list[str]:
    """Two who wait for room, one that takes all, and a select beside them."""
    queue: Channel[str] = Channel(1, name="queue")
    other: Channel[str] = Channel(name="other")
    go(queue.send, "a", name="a")
    go(queue.send, "b", name="b")
    go(lambda: select(Send(other, "c"), Receive(queue)), name="c")
    taken = [queue.receive()]
    taken += [value for _, value, ok in [select(Receive(queue), Receive(other))] if ok]
    return sorted(taken)


@cache
def start_of(scenario: Callable[..., object], **options: Any) -> dict[str, Any]:
    """What a figure begins with; no test changes it."""
    return PickTheSchedule(scenario, **options).storyboards["0"].start


def lose() -> dict[str, Any]:
    return start_of(two_events)


def walked(start: dict[str, Any], picks: list[int]) -> list[dict[str, Any]]:
    """The states along a walk, the start first."""
    graph = start["graph"]
    steps, fork = list(graph["opening"]), graph["forks"][graph["first"]]
    for pick in picks:
        _, taken, following = fork["options"][pick]
        steps += taken
        fork = graph["forks"][following]
    states = [start]
    for number in steps:
        state = dict(states[-1])
        changes = graph["pool"][number][2]
        for key, value in zip(changes[::2], changes[1::2], strict=True):
            apply(state, key, value)
        states.append(state)
    return states


class Depths(Observer):
    """Holds what the queues are told to hold against what the trace has counted, at every step of every run."""

    def __init__(self) -> None:
        self.checked = 0

    def started(self) -> None:
        self.queues = Queues()
        self.last: Any = None
        self.cases: dict[str, Any] = {}

    def made(self, primitive: Any) -> None:
        self.last = primitive

    def arrived(self, goroutine: str, operation: str, name: str) -> None:
        if operation == "select":
            self.cases[goroutine] = self.last.cases

    def stepped(self, step: Step) -> None:
        self.queues.step(step, self.cases.get(step.goroutine, ()) if step.operation == "select" else ())
        if step.after is not None and re.search("send|receive|close", step.operation):
            assert len(self.queues.contents(step.name)) == step.after, step
            self.checked += 1


@pytest.mark.parametrize("scenario", [two_events, looks_once, crowded, models.goroutine_per_event])
def test_a_queue_holds_as_many_values_as_the_trace_counts(scenario: Callable[[], object]) -> None:
    depths = Depths()
    explore(scenario, observer=depths, progress=False, max_preemptions=1, max_schedules=2000)
    assert depths.checked > 4


def test_the_lane_of_a_scenario_is_its_own_source() -> None:
    lanes = lose()["lanes"]
    assert [text for _, text in lanes["main"]] == [
        "def two_events(*, room: int = 1) -> str:",
        'queue: Channel[str] = Channel(room, name="queue")',
        'reader = go(list, queue, name="reader")',
        "lost = 0",
        'for event in "first", "second":',
        "lost += not queue.try_send(event)",
        "queue.close()",
        "reader.join()",
        'return f"{lost} lost"',
    ]
    assert [indent for indent, _ in lanes["main"]] == [0, 1, 1, 1, 1, 2, 1, 1, 1]


def test_a_goroutine_of_kevent_alone_shows_the_lines_that_its_steps_come_through() -> None:
    (_, first), (_, second) = lose()["lanes"]["reader"]
    assert first.startswith("def _receive_each(")
    assert "self.receive_ok()" in second
    start = start_of(looks_once, max_preemptions=0)
    loop = [text for _, text in start["lanes"]["loop"]]
    assert "return self._incoming.receive_many(1)" in loop
    assert "Watcher._insist" in loop
    assert start["lanes"]["reader"] == [[0, "watcher.try_receive()"]]  # no line of Python calls it


def test_a_function_inside_another_has_a_lane_of_its_own() -> None:
    lanes = start_of(models.add_inside)["lanes"]
    assert [text for _, text in lanes["worker"]] == [
        "def work() -> None:", "group.add(1)", "worked.append(None)", "group.done()",
    ]  # fmt: skip
    assert "def work() -> None: …" in [text for _, text in lanes["main"]]


def test_a_counter_stands_at_the_line_that_runs_next() -> None:
    start = lose()
    lines = [text for _, text in start["lanes"]["main"]]
    states = walked(start, [0, 0])
    assert [lines[state["p:main"][0]] for state in states[1:]] == [
        'reader = go(list, queue, name="reader")',
        "lost += not queue.try_send(event)",
        "lost += not queue.try_send(event)",
        "queue.close()",
    ]
    assert states[-1]["p:reader"] == [-1, ""]


def test_from_a_line_of_the_scenario_the_line_of_kevent_is_told() -> None:
    start = start_of(looks_once, max_preemptions=0)
    line, inside = walked(start, [])[-1]["p:main"]
    assert start["lanes"]["main"][line][1] == "broadcaster.shutdown()"
    assert inside.startswith("WaitGroup.wait: if not self._semaphore.acquire(")


def test_the_queue_the_reader_and_the_floor_hold_every_event_by_name() -> None:
    states = walked(lose(), [0, 0])
    assert [state["q:queue"] for state in states] == [[], [], [], ["first"], ["first"]]
    assert states[-1]["lost"] == ["second"]
    read = walked(lose(), [1, 1, 0, 0])[-1]
    assert read["has:reader"] + read["h:queue"] + read["q:queue"] == ["first", "second"]
    assert read["lost"] == []


def test_what_is_offered_again_is_not_lost() -> None:
    """The loop tries to send, and selects if that does not go at once."""
    graph = start_of(looks_once, max_preemptions=0)["graph"]
    assert graph["loses"] == []
    assert dict(zip(graph["outcomes"], graph["bad"], strict=True)) == {"returned": False, "deadlock": True}


def test_a_run_that_loses_something_ends_badly_though_it_returns() -> None:
    graph = lose()["graph"]
    told = zip(graph["outcomes"], graph["bad"], graph["ends"], strict=True)
    assert sorted(told) == [("returned 0 lost", False, 53), ("returned 1 lost", True, 25)]
    wide = PickTheSchedule(two_events, {"room": [2]}).storyboards["0"].start["graph"]
    assert wide["bad"] == [False]


@pytest.mark.parametrize("scenario", [two_events, models.add_inside])
def test_the_odds_are_those_of_counting(scenario: Callable[[], object]) -> None:
    graph = start_of(scenario)["graph"]

    def count(number: int) -> tuple[int, int]:
        fork = graph["forks"][number]
        if "end" in fork:
            return 1, int(graph["bad"][fork["end"]])
        below = [count(following) for *_, following in fork["options"]]
        return sum(each[0] for each in below), sum(each[1] for each in below)

    assert [tuple(each) for each in graph["below"]] == [count(number) for number in range(len(graph["forks"]))]
    found = explore(scenario, progress=False)
    assert graph["below"][graph["first"]][0] == found.schedules == sum(graph["ends"])
    bad = sum(end for end, bad in zip(graph["ends"], graph["bad"], strict=True) if bad)
    assert graph["below"][graph["first"]][1] == bad


def test_it_opens_where_a_queue_is_full_and_somebody_is_about_to_send() -> None:
    assert walked(lose(), lose()["graph"]["opens"])[-1]["q:queue"] == ["first"]
    assert start_of(models.add_inside)["graph"]["opens"] == []


def test_a_select_tells_its_ways_by_what_they_do() -> None:
    graph = start_of(looks_once, max_preemptions=0)["graph"]
    ways = [way for _, owner, way in graph["labels"] if owner == "loop" and way]
    assert ways == ["send event to watcher", "receive from watcher.stopped"]


def test_a_lock_says_who_holds_it() -> None:
    figure = PickTheSchedule(models._stopping, {"lets_go_first": [False]})
    graph = figure.storyboards["0"].start["graph"]
    held = {change[2][change[2].index("l:lock") + 1] for change in graph["pool"] if "l:lock" in change[2]}
    assert held == {"free", "held by main", "held by loop"}


def test_without_a_script_the_moment_is_told_and_every_end() -> None:
    text = PickTheSchedule(two_events).html()
    assert "<p>main puts first on queue: 1 of 1 places taken. Who goes next?</p>" in text
    assert "<p>78 schedules: returned 1 lost (25); returned 0 lost (53).</p>" in text
