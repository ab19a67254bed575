"""From a recorder to handlers: logs and sinks, flush, shutdown."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    BroadcasterStopped,
    CorrelatorOptions,
    Event,
    EventBroadcaster,
    MemorySink,
    ObjectReference,
)
from kevent.channel import Channel
from kevent.runtime import go, now, sleep
from kevent.simulation import simulate
from kevent.versions import NotInRelease
from tests.conftest import Complaints
from tests.support import POD, SECOND, SOURCE, simulated
from tests.unit.recording import CONNECTION_REFUSED, ScriptedSink, an_event, recorded

# --- handlers -----------------------------------------------------------------------------------------------


def test_a_handler_that_raises_is_logged_and_gets_the_next_event(complaints: Complaints) -> None:
    seen: list[str] = []

    def handle(event: Event) -> None:
        seen.append(event.message)
        if event.message == "bad":
            raise ValueError("cannot read this")

    with EventBroadcaster() as broadcaster:
        broadcaster.start_event_watcher(handle, name="reader")
        recorder = broadcaster.new_recorder(SOURCE)
        for message in ("good", "bad", "good again"):
            recorder.event(POD, "Normal", "R", message)
    assert seen == ["good", "bad", "good again"]
    (record,) = complaints.records
    assert record.exc_info is not None
    assert complaints.take()[0].startswith("handler of reader failed with event ")


def test_what_is_no_event_is_not_handed_to_a_handler() -> None:
    seen: list[object] = []
    with EventBroadcaster() as broadcaster:
        broadcaster.start_event_watcher(seen.append)
        broadcaster._broadcaster.action("ADDED", "a string")
    assert seen == []


@pytest.mark.parametrize(
    ("method", "argument", "text"),
    [
        ("start_event_watcher", 3, "handler must be callable, not int"),
        ("start_logging", None, "logf must be callable, not NoneType"),
        ("start_recording_to_sink", object(), "sink must have a method create, and object has none"),
    ],
)
def test_what_cannot_handle_events_is_named(method: str, argument: object, text: str) -> None:
    with EventBroadcaster() as broadcaster, pytest.raises(TypeError, match=text):
        getattr(broadcaster, method)(argument)


def test_a_negative_pause_is_named() -> None:
    with pytest.raises(ValueError, match="sleep_duration must not be negative: -1"):
        EventBroadcaster(sleep_duration=-1)


@pytest.mark.parametrize("argument", ["sleep_duration", "shutdown_at_exit"])
def test_a_pause_that_is_no_number_is_named(argument: str) -> None:
    options: dict[str, Any] = {argument: math.nan}
    with pytest.raises(ValueError, match=f"{argument} must not be negative: nan"):
        EventBroadcaster(**options)


def test_what_is_no_channel_ends_nothing() -> None:
    with pytest.raises(TypeError, match="done must be a Channel, not Event"):
        EventBroadcaster(done=threading.Event())  # type: ignore[arg-type]


@pytest.mark.parametrize("timeout", [math.inf, 1e12])
def test_who_waits_for_ever_may_say_so(timeout: float) -> None:
    sink = MemorySink()
    broadcaster = EventBroadcaster(sleep_duration=timeout, shutdown_at_exit=timeout)
    broadcaster.start_recording_to_sink(sink)
    broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
    assert broadcaster.flush(timeout)
    assert broadcaster.shutdown(timeout)
    assert len(sink) == 1


@pytest.mark.parametrize("timeout", [math.inf, 1e12])
def test_a_pause_for_ever_ends_with_the_broadcaster(timeout: float, complaints: Complaints) -> None:
    class Away(MemorySink):
        def create(self, event: Event) -> Event:
            raise ConnectionError("away")

    broadcaster = EventBroadcaster(sleep_duration=timeout)
    broadcaster.start_recording_to_sink(Away())
    broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
    assert not broadcaster.flush(0.1)
    assert broadcaster.shutdown(drain=True)
    assert broadcaster.statistics().sinks[0].given_up == 1
    assert [text.split(" ")[0] for text in complaints.take()] == ["Unable", "Unable"]


def test_no_number_is_no_timeout() -> None:
    with EventBroadcaster() as broadcaster, pytest.raises(ValueError, match="timeout must be a number of seconds"):
        broadcaster.flush(math.nan)


class Later:
    """A sink whose methods would have to be awaited."""

    async def create(self, event: Event) -> Event:
        return event

    async def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return event


async def later(*_: object) -> None:
    """A handler that would have to be awaited."""


def one_by_one(event: Event) -> Iterator[str]:
    """A handler that would have to be iterated."""
    yield event.message


class CalledLater:
    async def __call__(self, event: Event) -> None:
        pass


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        ("start_recording_to_sink", Later()),
        ("start_event_watcher", later),
        ("start_event_watcher", partial(later, 1)),
        ("start_event_watcher", CalledLater()),
        ("start_logging", later),
        ("start_event_watcher", one_by_one),
    ],
)
def test_what_is_no_plain_function_is_refused(method: str, argument: object) -> None:
    with EventBroadcaster() as broadcaster, pytest.raises(TypeError, match="runs none of it"):
        getattr(broadcaster, method)(argument)


def test_what_turns_out_to_be_a_coroutine_is_told_and_was_not_taken(complaints: Complaints) -> None:
    class Disguised:
        def create(self, event: Event) -> Any:
            return later()

        def patch(self, event: Event, patch: dict[str, Any]) -> Any:
            return later()

    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(Disguised())
        broadcaster.start_event_watcher(lambda event: later())
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        assert broadcaster.flush(60)
        assert broadcaster.statistics().sinks[0].rejected == 1
    assert sorted(complaints.take())[0] == (
        "Disguised has not taken an event: it answered with coroutine, which nobody awaits"
    )


class Mute:
    """A sink whose methods lack their `return`."""

    def create(self, event: Event) -> None:
        pass

    def patch(self, event: Event, patch: dict[str, Any]) -> None:
        pass


def test_what_a_sink_takes_without_an_answer_is_counted_and_told(complaints: Complaints) -> None:
    mute: Any = Mute()
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(mute)
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(3):
            recorder.event(POD, "Normal", "R", "m")
        assert broadcaster.flush(60)
        (counts,) = broadcaster.statistics().sinks
    assert (counts.created, counts.patched) == (1, 2)
    assert complaints.take()[0] == "Mute has taken an event and answered with NoneType in place of an Event"


def test_an_event_that_the_options_cannot_handle_is_counted_and_told(complaints: Complaints) -> None:
    def broken(event: Event) -> tuple[str, str]:
        raise LookupError("no such key")

    with EventBroadcaster(correlator_options=CorrelatorOptions(key_func=broken)) as broadcaster:
        broadcaster.start_recording_to_sink(MemorySink())
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        assert broadcaster.flush(60)
        (counts,) = broadcaster.statistics().sinks
    assert counts.given_up == 1
    assert "failed with event" in complaints.take()[0]


def test_start_logging_writes_what_go_writes() -> None:
    lines: list[str] = []
    with EventBroadcaster() as broadcaster:
        broadcaster.start_logging(lambda text, *args: lines.append(text % args))
        broadcaster.new_recorder(SOURCE).event(POD, "Warning", "Failed", '100% "broken"')
    (line,) = lines
    assert line == (
        'Event(v1.ObjectReference{Kind:"Pod", Namespace:"shop", Name:"web", UID:"u-1", APIVersion:"v1", '
        'ResourceVersion:"", FieldPath:""}): type: \'Warning\' reason: \'Failed\' 100% "broken"'
    )


def test_structured_logging_has_the_parts_and_the_event(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("test.structured")
    caplog.set_level(logging.INFO, logger="test.structured")
    with EventBroadcaster() as broadcaster:
        broadcaster.start_structured_logging(log)
        recorder = broadcaster.new_recorder(SOURCE)
        recorder.event(POD, "Normal", "Started", "up")
        recorder.event(ObjectReference(kind="Node", name="n"), "Normal", "Ready", "yes")
    texts = [record.getMessage() for record in caplog.records]
    assert texts[0] == (
        'Event occurred object="shop/web" fieldPath="" kind="Pod" apiVersion="v1" type="Normal" '
        "reason=\"Started\" message='up'"
    )
    assert 'object="n"' in texts[1]
    assert caplog.records[0].event.reason == "Started"  # type: ignore[attr-defined]


def test_structured_logging_of_old(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("test.structured")
    caplog.set_level(logging.INFO, logger="test.structured")
    with EventBroadcaster(release="1.19") as broadcaster:
        broadcaster.start_structured_logging(log)
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "Started", "up")
    assert "fieldPath" not in caplog.records[0].getMessage()
    with EventBroadcaster(release="1.18") as broadcaster, pytest.raises(NotInRelease, match="StartStructuredLogging"):
        broadcaster.start_structured_logging(log)


def test_each_sink_has_a_correlator_of_its_own() -> None:
    first, second = MemorySink(), MemorySink()
    with EventBroadcaster(correlator_options=CorrelatorOptions(burst_size=2)) as broadcaster:
        broadcaster.start_recording_to_sink(first)
        broadcaster.start_recording_to_sink(second)
        recorder = broadcaster.new_recorder(SOURCE)
        for number in range(4):
            recorder.event(POD, "Normal", f"R{number}", "m")
    assert [event.reason for event in first.events()] == ["R0", "R1"]
    assert [event.reason for event in second.events()] == ["R0", "R1"]


def test_the_defaults_are_those_of_today() -> None:
    with EventBroadcaster() as broadcaster:
        assert broadcaster._broadcaster.queue_length == 1000
        assert broadcaster._broadcaster._incoming.capacity == 1000
    with EventBroadcaster(release="1.20") as broadcaster:
        assert broadcaster._broadcaster._incoming.capacity == 25
        assert broadcaster._broadcaster.full_channel_behavior is DROP_IF_CHANNEL_FULL


# --- shutdown and retries -----------------------------------------------------------------------------------


def unreachable(**options: Any) -> tuple[ScriptedSink, bool, float]:
    """Three events for a sink that never answers, and a shutdown five seconds after the first try."""
    sink = ScriptedSink(*[CONNECTION_REFUSED] * 100)
    broadcaster = EventBroadcaster(**options)
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(SOURCE)
    for message in ("a", "b", "c"):
        recorder.event(POD, "Normal", "R", message)
    sleep(15)
    start = now()
    return sink, broadcaster.shutdown(timeout=None), (now() - start) / SECOND


def test_shutdown_gives_up_at_once_with_one_try_for_each_event_left(complaints: Complaints) -> None:
    sink, finished, took = simulated(lambda: unreachable(release="1.28"), seed=1)
    assert finished is True
    assert took < 0.001
    before = sum(time - sink.times[0] < 15 for time in sink.times)
    assert len(sink.calls) == 2 + 2  # the first event twice before, the other two once each
    assert before >= 2
    first, rest = (text for text in complaints.take() if "(broadcaster is shut down)" in text)
    assert first.startswith("Unable to write event 'Event(name=")
    assert rest == "2 more in 0 s: Unable to write event '…' (broadcaster is shut down)"


def test_retry_after_shutdown_keeps_trying_as_of_old(complaints: Complaints) -> None:
    sink, finished, took = simulated(lambda: unreachable(release="1.26"), seed=1)
    assert finished is True
    assert len(sink.calls) == 36
    assert 300 - 15 <= took < 330
    assert sum("(retry limit exceeded!)" in text for text in complaints.take()) == 3


def test_shutdown_says_when_a_handler_does_not_finish_in_time() -> None:
    def scenario() -> tuple[bool, int, bool]:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda _: sleep(100))
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        start = now()
        answer = broadcaster.shutdown(timeout=7)
        took = round((now() - start) / SECOND)
        return answer, took, broadcaster.shutdown(timeout=None)

    assert simulated(scenario) == (False, 7, True)


def test_shutdown_ends_in_time_also_where_the_loop_waits_for_a_handler() -> None:
    def scenario() -> tuple[bool, int, bool]:
        broadcaster = EventBroadcaster(queue_length=1, full_channel_behavior=WAIT_IF_CHANNEL_FULL)
        broadcaster.start_event_watcher(lambda _: sleep(100))
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(5):
            recorder.event(POD, "Normal", "R", "m")
        start = now()
        answer = broadcaster.shutdown(timeout=7)
        took = round((now() - start) / SECOND)
        return answer, took, broadcaster.shutdown(timeout=None)

    assert simulated(scenario) == (False, 7, True)


def test_a_draining_shutdown_has_one_time_for_all_that_it_waits_for() -> None:
    def scenario() -> tuple[bool, int, bool]:
        broadcaster = EventBroadcaster(
            release="1.20", queue_length=1, incoming_length=1, full_channel_behavior=WAIT_IF_CHANNEL_FULL
        )
        broadcaster.start_event_watcher(lambda _: sleep(100))
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(9):  # some of their goroutines find no place
            recorder.event(POD, "Normal", "R", "m")
        start = now()
        answer = broadcaster.shutdown(timeout=7, drain=True)
        took = round((now() - start) / SECOND)
        return answer, took, broadcaster.shutdown(timeout=None)

    assert simulated(scenario) == (False, 7, True)


def test_shutdown_waits_thirty_seconds_unless_told_otherwise() -> None:
    def scenario() -> int:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda _: sleep(100))
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        start = now()
        broadcaster.shutdown()
        return round((now() - start) / SECOND)

    assert simulated(scenario) == 30


@pytest.mark.parametrize("release", ["1.14", "1.24", "1.30", "1.37"])
@pytest.mark.parametrize("seed", range(30))
def test_a_handler_started_beside_a_shutdown_does_no_harm(seed: int, release: str, complaints: Complaints) -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster(release=release)
        closing = go(broadcaster.shutdown)
        with suppress(BroadcasterStopped):
            broadcaster.start_event_watcher(lambda _: None)
        closing.join()

    run = simulate(scenario, seed=seed)
    assert (run.error, run.alive) == (None, [])
    late = complaints.take()
    assert not late or (release == "1.37" and late[0].startswith("Unable to start event watcher: 'broadcaster already"))


def test_a_watcher_after_shutdown_has_ended(complaints: Complaints) -> None:
    broadcaster = EventBroadcaster()
    broadcaster.shutdown()
    assert list(broadcaster.start_event_watcher(print)) == []
    assert complaints.take() == ["Unable to start event watcher: 'broadcaster already stopped' (will not retry!)"]
    old = EventBroadcaster(release="1.30")
    old.shutdown()
    with pytest.raises(BroadcasterStopped):
        old.start_event_watcher(print)


def left(release: str, **how: Any) -> tuple[int, int, bool]:
    """Of five events, the first in the handler's hands when all ends: how many are handled, and how many lost."""
    handled: list[Event] = []
    broadcaster = EventBroadcaster(release=release)
    broadcaster.start_event_watcher(lambda event: (sleep(1), handled.append(event)))
    recorder = broadcaster.new_recorder(SOURCE)
    for _ in range(5):
        recorder.event(POD, "Normal", "R", "m")
    sleep(0.1)
    finished = broadcaster.shutdown(**how)
    return len(handled), sum(watcher.lost for watcher in broadcaster.statistics().watchers), finished


def test_a_shutdown_of_today_leaves_by_lot_what_is_queued_and_says_so(complaints: Complaints) -> None:
    outcomes = {simulated(lambda: left("1.37"), seed=seed) for seed in range(60)}
    assert outcomes == {(handled, 5 - handled, True) for handled in (1, 2, 3, 4, 5)}
    texts = set(complaints.take())
    assert "handler of watcher-0 was shut down with 4 events not handled" in texts
    assert all("was shut down with" in text for text in texts)


@pytest.mark.parametrize(("release", "how"), [("1.28", {}), ("1.14", {}), ("1.37", {"drain": True})])
def test_whatever_is_queued_is_handled(release: str, how: dict[str, Any]) -> None:
    assert {simulated(lambda: left(release, **how), seed=seed) for seed in range(20)} == {(5, 0, True)}


def test_a_with_block_of_today_handles_what_is_queued() -> None:
    def scenario() -> int:
        return len(recorded(lambda recorder: [recorder.event(POD, "Normal", "R", "m") for _ in range(5)]))

    assert {simulated(scenario, seed=seed) for seed in range(30)} == {5}


# --- contexts -----------------------------------------------------------------------------------------------


def a_context_ends(release: str) -> tuple[bool, bool, int]:
    """Whether the loop and a handler that has nothing to do are still there when it is over."""
    done: Channel[None] = Channel(name="done")
    handled: list[Event] = []
    broadcaster = EventBroadcaster(release=release, done=done)
    broadcaster.start_event_watcher(handled.append)
    broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
    sleep(1)
    done.close()
    sleep(1)
    result = broadcaster._broadcaster.loop_ended, bool(broadcaster._handlings), len(handled)
    broadcaster.shutdown()
    return result


@pytest.mark.parametrize(("release", "ended"), [("1.29", True), ("1.30", False), ("1.31", True), ("1.37", True)])
def test_the_end_of_a_context_ends_the_handlers_and_but_for_one_release_the_loop(release: str, ended: bool) -> None:
    assert simulated(lambda: a_context_ends(release)) == (ended, False, 1)


def test_a_shutdown_ends_who_waits_for_the_context() -> None:
    def scenario() -> None:
        with EventBroadcaster(done=Channel(name="done")):
            pass

    run = simulate(scenario)
    assert (run.error, run.alive) == (None, [])


def test_a_context_is_of_no_use_before_1_29() -> None:
    with pytest.raises(NotInRelease, match=r"^client-go 1\.28 has no WithContext"):
        EventBroadcaster(release="1.28", done=Channel())


def test_the_context_manager_shuts_down_also_after_an_exception() -> None:
    seen: list[Event] = []
    broadcaster = EventBroadcaster()

    def fail() -> None:
        with broadcaster:
            broadcaster.start_event_watcher(seen.append)
            broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(seen) == 1


def test_no_thread_is_left_after_shutdown() -> None:
    before = threading.active_count()
    sink = MemorySink()
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        broadcaster.start_logging(lambda *_: None)
        recorder = broadcaster.new_recorder(SOURCE)
        for number in range(5):
            recorder.event(POD, "Normal", f"R{number}", "m")
        assert threading.active_count() == before + 3
    assert threading.active_count() == before
    assert len(sink) == 5


# --- flush --------------------------------------------------------------------------------------------------


def test_flush_waits_until_all_so_far_has_been_handled() -> None:
    def scenario() -> tuple[bool, int, int]:
        seen: list[Event] = []
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda event: (sleep(2), seen.append(event)))
        broadcaster.start_event_watcher(lambda event: None)
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(4):
            recorder.event(POD, "Normal", "R", "m")
        start = now()
        answer = broadcaster.flush()
        result = answer, len(seen), round((now() - start) / SECOND)
        broadcaster.shutdown()
        return result

    for seed in (None, 1, 2, 3):
        assert simulated(scenario, seed=seed) == (True, 4, 8)


def test_flush_gives_up_after_its_time() -> None:
    def scenario() -> tuple[bool, int, bool]:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda _: sleep(100))
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        start = now()
        answer = broadcaster.flush(timeout=3)
        took = round((now() - start) / SECOND)
        return answer, took, broadcaster.flush() and broadcaster.shutdown()

    assert simulated(scenario) == (False, 3, True)


def test_flush_gives_up_when_the_queue_itself_does_not_move() -> None:
    def scenario() -> bool:
        broadcaster = EventBroadcaster(queue_length=0, full_channel_behavior=WAIT_IF_CHANNEL_FULL, incoming_length=1)
        stuck = broadcaster._broadcaster.watch()
        for _ in range(2):
            broadcaster._broadcaster.action_or_drop("ADDED", an_event())
            sleep(1)
        answer = broadcaster.flush(timeout=3)
        stuck.stop()
        broadcaster.shutdown()
        return answer

    assert simulated(scenario) is False


def test_flush_of_nothing_is_true_at_once() -> None:
    with EventBroadcaster() as broadcaster:
        assert broadcaster.flush(timeout=5) is True
        broadcaster.start_event_watcher(lambda _: None)
        assert broadcaster.flush(timeout=5) is True
    assert broadcaster.flush(timeout=5) is True


def test_flush_is_true_with_a_watcher_that_was_stopped() -> None:
    def scenario() -> tuple[bool, int]:
        seen: list[Event] = []
        broadcaster = EventBroadcaster()
        watcher = broadcaster.start_event_watcher(seen.append)
        recorder = broadcaster.new_recorder(SOURCE)
        recorder.event(POD, "Normal", "R", "m")
        broadcaster.flush()
        watcher.stop()
        recorder.event(POD, "Normal", "R", "m")
        answer = broadcaster.flush(timeout=10)
        broadcaster.shutdown()
        return answer, len(seen)

    assert simulated(scenario) == (True, 1)


@pytest.mark.parametrize("seed", range(40))
def test_several_flushes_beside_a_draining_shutdown_see_everything_handled(seed: int) -> None:
    def scenario() -> list[tuple[bool, int]]:
        seen: list[Event] = []
        answers: list[tuple[bool, int]] = []
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda event: (sleep(1), seen.append(event)))
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(5):
            recorder.event(POD, "Normal", "R", "m")
        flushers = [go(lambda: answers.append((broadcaster.flush(), len(seen)))) for _ in range(3)]
        broadcaster.shutdown(drain=True)
        for flusher in flushers:
            flusher.join()
        return answers

    assert simulated(scenario, seed=seed) == [(True, 5)] * 3


def test_flush_does_not_overlook_an_event_that_is_handled_just_as_it_lines_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kevent import handling as module

    class Slow(module.Signal):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            sleep(5)  # long enough for the handler to finish

    def scenario() -> bool:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda _: sleep(7))
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        answer = broadcaster.flush(timeout=60)
        broadcaster.shutdown()
        return answer

    monkeypatch.setattr(module, "Signal", Slow)
    assert simulated(scenario) is True
