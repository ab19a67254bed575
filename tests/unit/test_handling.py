"""A handler behind a watcher: how it ends, whatever it raises, and what is known of it."""

from __future__ import annotations

import pytest

from kevent import WAIT_IF_CHANNEL_FULL, Event, EventBroadcaster
from kevent.handling import Handling
from kevent.runtime import sleep
from kevent.simulation import simulate
from tests.conftest import Complaints
from tests.support import POD, SOURCE


class Halt(BaseException):
    pass


def record(broadcaster: EventBroadcaster, count: int) -> None:
    recorder = broadcaster.new_recorder(SOURCE)
    for number in range(count):
        recorder.event(POD, "Normal", "R", str(number))


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit, Halt])
def test_a_handler_that_ends_for_good_starves_nobody_and_its_loss_is_counted(
    raised: type[BaseException], complaints: Complaints
) -> None:
    seen: list[str] = []

    def end(event: Event) -> None:
        if event.message == "3":
            raise raised

    broadcaster = EventBroadcaster(queue_length=2, full_channel_behavior=WAIT_IF_CHANNEL_FULL)
    broadcaster.start_event_watcher(end, name="ends")
    broadcaster.start_event_watcher(lambda event: seen.append(event.message), name="goes on")
    record(broadcaster, 50)
    assert broadcaster.flush(timeout=10)
    assert seen == [str(number) for number in range(50)]
    counts = {watcher.name: watcher for watcher in broadcaster.statistics().watchers}
    assert counts["ends"].handled == 3
    assert counts["ends"].lost == counts["ends"].delivered - 3 >= 1
    assert counts["goes on"].lost == 0
    assert broadcaster.statistics().unhandled == 0
    assert broadcaster.shutdown(timeout=10)
    told, raised_text = complaints.take()
    assert told == f"handler of ends has ended for good, with {counts['ends'].lost} events not handled"
    assert raised_text == "goroutine handle ends ended with an exception"


def test_in_a_simulation_it_ends_the_run_as_a_panic_ends_a_program(complaints: Complaints) -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster()

        def end(event: Event) -> None:
            raise Halt

        broadcaster.start_event_watcher(end)
        record(broadcaster, 3)
        sleep(1)

    assert isinstance(simulate(scenario).error, Halt)
    assert complaints.take() == ["handler of watcher-0 has ended for good, with 3 events not handled"]


def test_a_simulation_that_ends_with_a_busy_handler_says_nothing() -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda event: sleep(1e9))
        record(broadcaster, 3)
        sleep(1)
        raise ZeroDivisionError

    assert isinstance(simulate(scenario).error, ZeroDivisionError)


def test_a_flush_that_gives_up_leaves_nothing_in_line() -> None:
    def scenario() -> tuple[bool, int]:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda event: sleep(100))
        record(broadcaster, 1)
        answer = broadcaster.flush(timeout=1)
        (handling,) = broadcaster._handlings
        return answer, len(handling._waiting)

    assert simulate(scenario).result == (False, 0)


def test_what_is_given_up_before_it_begins_never_runs() -> None:
    ended: list[Handling] = []
    broadcaster = EventBroadcaster()
    watcher = broadcaster._broadcaster.watch()
    handling = Handling(watcher, print, ended.append)
    handling.give_up()
    handling.start()
    assert handling.join(None)
    assert (ended, handling.running) == ([handling], False)
    broadcaster.shutdown()
