"""Lines that a fault repeats: the first, then how many, and none is forgotten."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TypeVar

import pytest

from kevent import EventBroadcaster, EventSource, MemorySink, ObjectReference, StatusError
from kevent.event import Event
from kevent.runtime import go, sleep
from kevent.simulation import simulate
from kevent.sparing import SECONDS_BETWEEN_LINES, SparingLog
from tests.conftest import Complaints
from tests.support import POD, SOURCE, simulated

T = TypeVar("T")
LOGGER = logging.getLogger("kevent.recorder")


def told(act: Callable[[SparingLog], object], complaints: Complaints) -> list[str]:
    simulated(lambda: act(SparingLog(LOGGER)))
    return complaints.take()


def test_the_first_line_is_written_and_the_next_ones_are_counted(complaints: Complaints) -> None:
    def act(log: SparingLog) -> None:
        for number in range(2_000):
            log.error("lost %d of %s", number, "them")
        log.say_rest()
        log.say_rest()

    assert told(act, complaints) == ["lost 0 of them", "1999 more in 0 s: lost … of …"]


def test_after_a_while_a_line_says_how_many_there_were_meanwhile(complaints: Complaints) -> None:
    def act(log: SparingLog) -> None:
        for number in range(60):
            log.error("lost %d", number)
            sleep(1)

    assert SECONDS_BETWEEN_LINES == 10
    lines = told(act, complaints)
    assert lines == ["lost 0"] + [f"lost {n} (and 9 more like it in 10 s)" for n in range(10, 60, 10)]


def test_faults_that_come_seldom_are_all_written(complaints: Complaints) -> None:
    def act(log: SparingLog) -> None:
        for number in range(3):
            log.error("lost %d", number)
            sleep(SECONDS_BETWEEN_LINES)
        log.say_rest()

    assert told(act, complaints) == ["lost 0", "lost 1", "lost 2"]


def test_kinds_do_not_hide_each_other(complaints: Complaints) -> None:
    def act(log: SparingLog) -> None:
        for code in (403, 422, 403, 422):
            log.error("refused: %d", code, kind=code)
        log.say_rest()

    assert told(act, complaints) == ["refused: 403", "refused: 422", *["1 more in 0 s: refused: …"] * 2]


def test_many_goroutines_lose_no_line(complaints: Complaints) -> None:
    log = SparingLog(LOGGER)
    goroutines = [go(lambda: [log.error("lost") for _ in range(500)]) for _ in range(4)]
    for goroutine in goroutines:
        assert goroutine.join()
    log.say_rest()
    first, rest = complaints.take()
    assert (first, rest) == ("lost", "1999 more in 0 s: lost")


def test_no_interval_means_every_line(complaints: Complaints) -> None:
    log = SparingLog(LOGGER, interval=0)
    for number in range(3):
        log.error("lost %d", number)
    log.say_rest()
    assert complaints.take() == ["lost 0", "lost 1", "lost 2"]


# --- who uses it ----------------------------------------------------------------------------------------------


def counted(lines: list[str], part: str) -> int:
    """For how many events these lines stand."""
    count = 0
    for line in lines:
        if part in line:
            rest, more = re.match(r"(\d+) more in ", line), re.search(r"and (\d+) more like it in \d+ s\)$", line)
            count += int(rest[1]) if rest else 1 + (int(more[1]) if more else 0)
    return count


def test_a_storm_of_drops_costs_few_lines_and_every_drop_is_counted(complaints: Complaints) -> None:
    def scenario() -> int:
        broadcaster = EventBroadcaster(incoming_length=1)
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(2_000):
            recorder.event(POD, "Normal", "R", "m" * 400)
        dropped = broadcaster.statistics().dropped
        broadcaster.shutdown()
        return dropped

    dropped = simulated(scenario)
    lines = complaints.take()
    assert dropped > 1_900
    assert len(lines) == 2
    assert sum(map(len, lines)) < 2_000
    assert counted(lines, "too many queued events") == dropped


@pytest.mark.parametrize("end", ["flush", "shutdown", "with"])
def test_the_last_sum_is_said_at_the_end(end: str, complaints: Complaints) -> None:
    def scenario() -> list[str]:
        broadcaster = EventBroadcaster()
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(10):
            recorder.event(None, "Normal", "R", "m")
        if end == "with":
            with broadcaster:
                pass
        else:
            getattr(broadcaster, end)()
        lines = complaints.take()
        broadcaster.shutdown()
        return lines

    assert counted(simulated(scenario), "Could not construct reference") == 10


class Refusing(MemorySink):
    def create(self, event: Event) -> Event:
        raise StatusError.forbidden("events", event.name, "no")


def test_a_sink_that_refuses_everything_costs_few_lines(complaints: Complaints) -> None:
    def scenario() -> int:
        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(Refusing())
        recorder = broadcaster.new_recorder(EventSource("test"))
        for number in range(300):
            recorder.event(ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", "m")
        broadcaster.shutdown()
        return broadcaster.statistics().sinks[0].rejected

    assert simulated(scenario) == 300
    lines = complaints.take()
    assert len(lines) == 2
    assert counted(lines, "Server rejected event") == 300


def test_a_handler_that_fails_every_time_costs_few_lines(complaints: Complaints) -> None:
    def fail(event: Event) -> None:
        raise ValueError("cannot read this")

    def scenario() -> None:
        broadcaster = EventBroadcaster()
        watcher = broadcaster.start_event_watcher(fail, name="reader")
        for _ in range(300):
            broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        broadcaster.flush()
        watcher.stop()
        sleep(1)
        broadcaster.shutdown()

    assert simulate(scenario).error is None
    lines = complaints.take()
    assert len(lines) == 2
    assert counted(lines, "handler of") == 300


@pytest.mark.parametrize("interval", [0.0, SECONDS_BETWEEN_LINES])
def test_a_log_that_has_seen_a_later_clock_writes_all_the_same(complaints: Complaints, interval: float) -> None:
    log = SparingLog(LOGGER, interval=interval)

    def late() -> None:
        sleep(1000)
        log.error("lost")

    simulated(late)
    simulated(lambda: log.error("lost"))  # its clock begins anew
    assert complaints.take() == ["lost", "lost"]
