"""What a recorder owes to the program around it: counts, bounded memory, an orderly end, a harmless fork."""

from __future__ import annotations

import gc
import re
import threading
import time
import weakref
from typing import Any

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    EventBroadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
    SinkError,
    StatusError,
)
from kevent.broadcaster import ADDED
from kevent.event import Event
from kevent.exclusive import locked_all
from kevent.runtime import go, sleep
from kevent.simulation import simulate
from kevent.sinks.pacer import Pacer
from tests.conftest import Complaints
from tests.support import POD, forked, python


class Moody(MemorySink):
    """Refuses, fails or stores, as told."""

    mood: Exception | None = None

    def create(self, event: Event) -> Event:
        if self.mood is not None:
            raise self.mood
        return super().create(event)


def test_statistics_count_every_fate(complaints: Complaints) -> None:
    sink = Moody(ttl=None)
    broadcaster = EventBroadcaster(sleep_duration=0)
    broadcaster.start_recording_to_sink(sink, name="sink")
    recorder = broadcaster.new_recorder(EventSource("test"))
    for _ in range(30):
        recorder.event(POD, "Normal", "R", "m")
    assert broadcaster.flush(timeout=10)
    for number, mood in enumerate([StatusError.forbidden("events", "", "no"), SinkError("gone")]):
        sink.mood = mood
        recorder.event(ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", "m")
        assert broadcaster.flush(timeout=10)
    complaints.take()
    for _ in range(2):  # the numbers stay after the end
        counts = broadcaster.statistics()
        assert (counts.accepted, counts.queued, counts.dropped) == (32, 0, 0)
        (watcher,), (written,) = counts.watchers, counts.sinks
        assert (watcher.name, watcher.delivered, watcher.dropped, watcher.handled) == ("sink", 32, 0, 32)
        assert (written.created, written.patched, written.filtered) == (1, 24, 5)
        assert (written.rejected, written.given_up, written.retried) == (1, 1, 11)
        assert broadcaster.shutdown()
    recorder.event(POD, "Normal", "R", "too late")
    assert broadcaster.statistics().dropped == 1
    complaints.take()


def test_a_dead_sink_costs_two_queues_and_never_the_caller(complaints: Complaints) -> None:
    let_go = threading.Event()

    class Dead(MemorySink):
        def create(self, event: Event) -> Event:
            let_go.wait()
            return event

    broadcaster = EventBroadcaster(queue_length=100, incoming_length=50)
    broadcaster.start_recording_to_sink(Dead())
    recorder = broadcaster.new_recorder(EventSource("test"))
    for number in range(5000):
        recorder.event(ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", "m")
    counts = broadcaster.statistics()
    assert len(broadcaster._broadcaster._incoming) <= 50
    assert not broadcaster.shutdown(timeout=0.05), "it says that a handler has not finished"
    counts = broadcaster.statistics()
    (watcher,) = counts.watchers
    assert counts.accepted + counts.dropped == 5000
    assert watcher.delivered + watcher.dropped == counts.accepted
    assert watcher.delivered <= 101, "what is queued, and the one in the sink's hands"
    let_go.set()
    assert broadcaster.shutdown()
    complaints.take()


def test_a_stopped_watcher_is_let_go_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        with EventBroadcaster() as broadcaster:
            watcher = broadcaster.start_event_watcher(print)
            gone = weakref.ref(watcher)
            (handling,) = broadcaster._handlings
            watcher.stop()
            assert handling.join(None)
            del watcher, handling
            assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "use", ["start_event_watcher", "start_recording_to_sink", "start_logging", "start_structured_logging"]
)
@pytest.mark.parametrize("options", [{}, {"shutdown_at_exit": 5}], ids=str)
def test_what_was_shut_down_is_let_go_without_the_collector(use: str, options: dict[str, Any]) -> None:
    arguments: dict[str, list[Any]] = {
        "start_event_watcher": [lambda _: None],
        "start_recording_to_sink": [MemorySink()],
        "start_logging": [lambda *_: None],
    }

    def life() -> list[weakref.ref[Any]]:
        with EventBroadcaster(**options) as broadcaster:
            recorder = broadcaster.new_recorder(EventSource("test"))
            watcher = getattr(broadcaster, use)(*arguments.get(use, []))
            recorder.event(POD, "Normal", "R", "m")
            assert broadcaster.flush(timeout=10)
        return [weakref.ref(thing) for thing in (broadcaster, recorder, watcher)]

    gc.collect()
    gc.disable()
    try:
        assert [thing() for thing in life()] == [None] * 3
    finally:
        gc.enable()


def test_in_a_forked_child_nothing_waits_and_nothing_is_written(complaints: Complaints) -> None:
    sink = MemorySink()
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("test"))
        recorder.event(POD, "Normal", "R", "m")
        # What a thread may be doing at just that moment.
        held, over = threading.Event(), threading.Event()

        def hold() -> None:
            held.set()
            over.wait()

        def in_the_child() -> None:
            recorder.event(POD, "Normal", "R", "in the child")
            assert broadcaster.statistics().dropped == 1
            assert broadcaster.flush(timeout=1)
            assert broadcaster.shutdown()
            with EventBroadcaster() as mine:
                mine.start_recording_to_sink(sink)
                mine.new_recorder(EventSource("child")).event(POD, "Normal", "R", "m")
            stored = [event.source.component for event in sink.events()]
            assert stored.count("child") == 1
            assert len(stored) <= 2

        other = go(lambda: broadcaster._broadcaster._incoming._locked(hold))
        assert held.wait(60)
        sink._lock.acquire()
        child_ended_well = forked(in_the_child)
        over.set()
        assert other.join(timeout=60)
        sink._lock.release()
        assert child_ended_well()
    assert [event.count for event in sink.events()] == [1]
    assert complaints.take() == []


def test_in_a_forked_child_a_plain_broadcaster_is_shut_down_and_its_watchers_are_empty() -> None:
    broadcaster = Broadcaster(5, DROP_IF_CHANNEL_FULL)
    running, stopped = broadcaster.watch(), broadcaster.watch()
    broadcaster.action(ADDED, 1)
    stopped.stop()
    # What a thread may be doing at just that moment.
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with broadcaster._lock:
            held.set()
            over.wait()

    def in_the_child() -> None:
        with pytest.raises(BroadcasterStopped):
            broadcaster.action_or_drop(ADDED, 2)
        with pytest.raises(BroadcasterStopped):
            broadcaster.watch()
        running.stop()
        assert [list(watcher) for watcher in (running, stopped)] == [[], []]
        assert broadcaster.shutdown()
        assert broadcaster.queued == 0

    other = go(lambda: locked_all([broadcaster._incoming, running._result, stopped._result], hold))
    assert held.wait(60)
    child_ended_well = forked(in_the_child)
    over.set()
    assert other.join(timeout=60)
    assert child_ended_well()
    assert broadcaster.shutdown()
    assert [event.object for event in running] == [1]


def test_in_a_forked_child_a_pacer_does_not_wait_for_a_thread_that_is_not_there() -> None:
    pacer = Pacer(1000, 100)
    with pacer._lock:
        assert forked(pacer.wait)()


def test_in_a_forked_child_what_the_parent_has_not_said_is_left_to_the_parent(complaints: Complaints) -> None:
    with EventBroadcaster() as broadcaster:
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(3):
            recorder.event(None, "Normal", "R", "m")

        def in_the_child() -> None:
            complaints.take()
            recorder.event(None, "Normal", "R", "m")
            broadcaster.shutdown()
            (own,) = complaints.take()
            assert own.startswith("Could not construct reference")

        assert forked(in_the_child)()
    first, rest = complaints.take()
    assert first.startswith("Could not construct reference to: None")
    assert rest.startswith("2 more in ")


def test_a_block_that_ends_before_all_is_handled_says_so(
    monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    def scenario() -> None:
        with EventBroadcaster() as broadcaster:
            broadcaster.start_event_watcher(lambda event: sleep(1000))
            recorder = broadcaster.new_recorder(EventSource("test"))
            for _ in range(4):
                recorder.event(POD, "Normal", "R", "m")

    run = simulate(scenario)
    assert run.error is None
    assert complaints.take() == ["Shut down after 30.0 s of waiting, with 4 events not handled"]


def test_what_the_loop_holds_in_its_hands_is_not_handled_either(complaints: Complaints) -> None:
    def scenario() -> None:
        with EventBroadcaster(queue_length=1, full_channel_behavior=WAIT_IF_CHANNEL_FULL) as broadcaster:
            broadcaster.start_event_watcher(lambda event: sleep(1000))
            recorder = broadcaster.new_recorder(EventSource("test"))
            for _ in range(9):
                recorder.event(POD, "Normal", "R", "m")

    for max_batch in (1, 100):
        assert simulate(scenario, max_batch=max_batch).error is None
        assert complaints.take() == ["Shut down after 30.0 s of waiting, with 9 events not handled"]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_somebody_sets_moves_no_deadline(hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten milliseconds are ten milliseconds: neither an hour later nor at once."""
    set_to = [0]
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_000_000_000 + set_to[0])
    let_go = threading.Event()

    def handle(event: Event) -> None:
        set_to[0] += hours * 3_600_000_000_000  # in the middle of a flush
        let_go.wait()

    pacer = Pacer(1000, 1)
    pacer.wait()
    broadcaster = EventBroadcaster()
    broadcaster.start_event_watcher(handle)
    broadcaster.new_recorder(EventSource("test")).event(POD, "Normal", "R", "m")
    started = time.monotonic()
    assert not broadcaster.flush(timeout=0.05)
    assert not broadcaster.shutdown(timeout=0.05)
    pacer.wait()
    took = time.monotonic() - started
    let_go.set()
    assert 0.1 <= took < 30
    assert broadcaster.shutdown(timeout=10)
    assert set_to[0]


PROGRAM = """
import signal, sys, threading, time
import kevent

class Slow(kevent.MemorySink):
    def create(self, event):
        time.sleep(0.05)
        print(event.message, flush=True)
        return super().create(event)

class Dead(kevent.MemorySink):
    def create(self, event):
        threading.Event().wait()

broadcaster = kevent.EventBroadcaster(shutdown_at_exit={at_exit})
broadcaster.start_recording_to_sink({sink})
recorder = broadcaster.new_recorder(kevent.EventSource("test"))
for number in range(3):
    recorder.event(kevent.ObjectReference("Pod", "default", f"p{{number}}"), "Normal", "R", f"m{{number}}")
"""


ON_SIGTERM = """
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
import os; os.kill(os.getpid(), signal.SIGTERM)
time.sleep(30)
"""


def test_at_exit_what_was_recorded_is_written() -> None:
    assert python("-c", PROGRAM.format(at_exit=10, sink="Slow()")).stdout.split() == ["m0", "m1", "m2"]
    ended = python("-c", PROGRAM.format(at_exit=None, sink="Slow()"))
    assert ended.stdout.split() != ["m0", "m1", "m2"], "without it the end is the end"


def test_on_sigterm_what_was_recorded_is_written() -> None:
    ended = python("-c", PROGRAM.format(at_exit=10, sink="Slow()") + ON_SIGTERM)
    assert (ended.stdout.split(), ended.stderr) == (["m0", "m1", "m2"], "")


def test_on_sigterm_a_dead_sink_holds_nobody_up_and_the_log_counts_what_is_lost() -> None:
    ended = python("-c", PROGRAM.format(at_exit=0.1, sink="Dead()") + ON_SIGTERM)
    assert re.fullmatch(r"Shut down after \d+\.\d s of waiting, with 3 events not handled\n", ended.stderr)
