"""From a call to a stored event: what is recorded, retried, given up, logged and waited for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    BroadcasterStopped,
    CorrelatorOptions,
    Event,
    EventBroadcaster,
    EventRecorder,
    EventSource,
    FakeRecorder,
    MemorySink,
    ObjectReference,
    RequestConstructionError,
    StatusError,
    runtime,
)
from kevent.channel import Channel
from kevent.correlator import EventCorrelator
from kevent.runtime import go, now, sleep
from kevent.simulation import simulate
from kevent.sinks import UnexpectedObjectError
from kevent.writing import MAX_TRIES_PER_EVENT, Fate, record_event, record_to_sink
from tests.conftest import Complaints

T = TypeVar("T")
SECOND = 1_000_000_000
POD = ObjectReference(kind="Pod", namespace="shop", name="web", uid="u-1", api_version="v1")
SOURCE = EventSource(component="test", host="node-1")
CONNECTION_REFUSED = ConnectionError("connection refused")


def simulated(scenario: Callable[[], T], **options: Any) -> T:
    run = simulate(scenario, **options)
    if run.error is not None:
        raise run.error
    return run.result  # type: ignore[return-value]


def recorded(record: Callable[[EventRecorder], object], **options: Any) -> list[Event]:
    """The events that come out behind a recorder."""
    events: list[Event] = []
    with EventBroadcaster(**options) as broadcaster:
        broadcaster.start_event_watcher(events.append)
        record(broadcaster.new_recorder(SOURCE))
    return events


class ScriptedSink:
    """A sink that answers what it is told to, and then with "ok"; it notes each call and when it came."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []
        self.times: list[float] = []
        self.versions: list[str] = []
        self.patches: list[dict[str, Any]] = []

    def _answer(self, verb: str, event: Event) -> Event:
        self.calls.append(verb)
        self.times.append(runtime.now() / SECOND)
        self.versions.append(event.resource_version)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        stored = event.copy()
        stored.resource_version = str(len(self.calls))
        return stored

    def create(self, event: Event) -> Event:
        return self._answer("create", event)

    def update(self, event: Event) -> Event:
        return self._answer("update", event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        self.patches.append(patch)
        return self._answer("patch", event)


def an_event(message: str = "m") -> Event:
    return Event(
        name="web.1", namespace="shop", involved_object=POD, reason="R", message=message, type="Normal", count=1
    )


# --- what is recorded ---------------------------------------------------------------------------------------


def test_an_event_carries_everything_that_go_puts_there() -> None:
    def scenario() -> Event:
        (event,) = recorded(lambda recorder: recorder.event(POD, "Warning", "Failed", "it broke"))
        return event

    event = simulated(scenario)
    stamp = event.first_timestamp
    assert stamp is not None
    assert event == Event(
        name=f"web.{stamp:x}",
        namespace="shop",
        involved_object=POD,
        reason="Failed",
        message="it broke",
        source=SOURCE,
        first_timestamp=stamp,
        last_timestamp=stamp,
        count=1,
        type="Warning",
    )


def test_an_object_without_a_namespace_is_recorded_in_the_default_one() -> None:
    node = ObjectReference(kind="Node", name="node-1")
    (event,) = recorded(lambda recorder: recorder.event(node, "Normal", "Ready", "yes"))
    assert event.namespace == "default"
    assert event.involved_object.namespace == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("100% done",), "100% done"),
        (("%d%%",), "%d%%"),
        (("%d%%", 7), "7%"),
        (("%s is %v", "a", 5), "a is 5"),
        (("%v %+v %#v", 1, 2, 3), "1 2 3"),
        (("%%v %s", "x"), "%v x"),
        (("%s", ("a", "tuple")), "('a', 'tuple')"),
        (("%s", {"a": 1}), "{'a': 1}"),
    ],
)
def test_a_format_and_its_arguments(arguments: tuple[Any, ...], message: str) -> None:
    (event,) = recorded(lambda recorder: recorder.eventf(POD, "Normal", "R", *arguments))
    assert event.message == message


class Unspeakable:
    def __str__(self) -> str:
        raise LookupError("no words")

    def __repr__(self) -> str:
        return "<unspeakable>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("%s", 1, 2), "%s (1, 2)"),
        (("%s %s", 1), "%s %s (1,)"),
        (("%d", "x"), "%d ('x',)"),
        (("%q", "x"), "%q ('x',)"),
        (("100%", 1), "100% (1,)"),
        (("%(a)s", 1), "%(a)s (1,)"),
        (("%d", float("inf")), "%d (inf,)"),
        (("%s", Unspeakable()), "%s (<unspeakable>,)"),
    ],
)
def test_arguments_that_do_not_fit_are_logged_and_kept(
    arguments: tuple[Any, ...], message: str, complaints: Complaints
) -> None:
    (event,) = recorded(lambda recorder: recorder.eventf(POD, "Normal", "R", *arguments))
    assert event.message == message
    (complaint,) = complaints.take()
    assert complaint.startswith(f"message_format {arguments[0]!r} does not fit its arguments")


def test_annotations_are_copied_and_only_where_there_are_any() -> None:
    annotations = {"a": "1"}

    def record(recorder: EventRecorder) -> None:
        recorder.annotated_eventf(POD, annotations, "Normal", "R", "%s", "m")
        recorder.annotated_eventf(POD, None, "Normal", "R", "m")
        recorder.annotated_eventf(POD, {}, "Normal", "R", "m")
        annotations["a"] = "2"

    assert [event.annotations for event in recorded(record)] == [{"a": "1"}, None, {}]


def test_a_past_event_says_that_it_happened_now() -> None:
    def scenario() -> int | None:
        (event,) = recorded(lambda recorder: recorder.past_eventf(POD, 5, "Normal", "R", "%s", "m"))
        return event.first_timestamp

    stamp = simulated(scenario)
    assert stamp is not None
    assert stamp > 5


@pytest.mark.parametrize("event_type", ["normal", "", "Error", None])
def test_an_unknown_type_is_logged_and_dropped(event_type: Any, complaints: Complaints) -> None:
    assert recorded(lambda recorder: recorder.event(POD, event_type, "R", "m")) == []
    assert complaints.take() == [f"Unsupported event type: '{event_type}'"]


def test_no_object_is_logged_and_dropped(complaints: Complaints) -> None:
    assert recorded(lambda recorder: recorder.event(None, "Normal", "R", "m")) == []
    (text,) = complaints.take()
    assert text == (
        "Could not construct reference to: None due to: 'can't reference a nil object'. "
        "Will not report event: 'Normal' 'R' 'm'"
    )


@pytest.mark.parametrize("obj", [3, "pod", {"metadata": {}}, object()])
def test_an_object_that_cannot_be_referred_to_is_logged_and_dropped(obj: Any, complaints: Complaints) -> None:
    assert recorded(lambda recorder: recorder.event(obj, "Normal", "R", "m")) == []
    assert complaints.take()[0].startswith("Could not construct reference to: ")


def test_a_reason_or_message_that_is_no_string_is_named() -> None:
    def record(recorder: EventRecorder) -> None:
        for arguments, name in (((3, "m"), "reason"), (("R", 3), "message")):
            with pytest.raises(TypeError, match=f"^{name} must be a string, not int"):
                recorder.event(POD, "Normal", *arguments)
        with pytest.raises(TypeError, match=r"^message_format must be a string, not bytes"):
            recorder.eventf(POD, "Normal", "R", b"m", 1)  # type: ignore[arg-type]

    assert recorded(record) == []


def test_a_recorder_wants_a_source() -> None:
    with EventBroadcaster() as broadcaster, pytest.raises(TypeError, match="source must be an EventSource, not str"):
        broadcaster.new_recorder("me")  # type: ignore[arg-type]


def test_a_full_incoming_queue_drops_and_says_so(complaints: Complaints) -> None:
    def scenario() -> list[str]:
        seen: list[str] = []
        broadcaster = EventBroadcaster(incoming_length=2)
        broadcaster.start_event_watcher(lambda event: seen.append(event.message))
        recorder = broadcaster.new_recorder(SOURCE)
        for number in range(5):
            recorder.event(POD, "Normal", "R", str(number))  # nobody else gets a turn: the loop does not run
        broadcaster.shutdown()
        return seen

    seen = simulated(scenario)
    dropped = complaints.take()
    assert seen == ["0", "1", "2"]  # one in the hands of the waiting loop, two in the queue
    assert len(dropped) == 2
    assert all("too many queued events, dropped event" in text for text in dropped)


def test_recording_after_shutdown_is_logged_and_harmless(complaints: Complaints) -> None:
    for options in ({}, {"goroutine_per_event": True}):

        def scenario(options: Any = options) -> None:
            broadcaster = EventBroadcaster(**options)
            recorder = broadcaster.new_recorder(SOURCE)
            broadcaster.shutdown()
            recorder.event(POD, "Normal", "R", "m")

        simulated(scenario)
        (text,) = complaints.take()
        assert text.startswith("Unable to record event: 'broadcaster already stopped' (will not retry!)")


def test_a_goroutine_per_event_never_drops_but_may_change_the_order() -> None:
    def scenario() -> list[str]:
        seen: list[str] = []
        broadcaster = EventBroadcaster(incoming_length=1, goroutine_per_event=True)
        broadcaster.start_event_watcher(lambda event: seen.append(event.message))
        recorder = broadcaster.new_recorder(SOURCE)
        for number in range(4):
            recorder.event(POD, "Normal", "R", str(number))
        sleep(1)
        broadcaster.shutdown()
        return seen

    orders = {tuple(simulated(scenario, seed=seed)) for seed in range(60)}
    assert all(sorted(order) == ["0", "1", "2", "3"] for order in orders)
    assert len(orders) > 3


# --- record_to_sink: tries and answers ----------------------------------------------------------------------


def test_a_sink_that_never_answers_is_tried_twelve_times(complaints: Complaints) -> None:
    def scenario() -> tuple[ScriptedSink, Fate]:
        sink = ScriptedSink(*[CONNECTION_REFUSED] * 50)
        return sink, record_to_sink(sink, an_event(), EventCorrelator())

    run = simulate(scenario, seed=5)
    assert run.result is not None
    sink, fate = run.result
    pauses = [later - earlier for earlier, later in zip(sink.times, sink.times[1:], strict=False)]
    assert fate is Fate.GIVEN_UP
    assert sink.calls == ["create"] * 12
    assert MAX_TRIES_PER_EVENT == 12
    assert pauses[1:] == pytest.approx([10.0] * 10, abs=1e-6)
    assert 0 <= pauses[0] < 10
    assert 100 * SECOND <= run.time < 110 * SECOND
    texts = complaints.take()
    assert texts[:12] == ["Unable to write event: 'connection refused' (may retry after sleeping)"] * 12
    assert texts[12].endswith("(retry limit exceeded!)")


def test_the_first_pause_is_random(complaints: Complaints) -> None:
    times = {
        simulate(
            lambda: record_to_sink(ScriptedSink(CONNECTION_REFUSED), an_event(), EventCorrelator()), seed=seed
        ).time
        for seed in range(10)
    }
    assert len(times) == 10
    assert all(0 <= time < 10 * SECOND for time in times)
    complaints.take()


@pytest.mark.parametrize(
    ("answer", "fate", "calls", "complains"),
    [
        (None, Fate.CREATED, 1, False),
        (StatusError.already_exists("events", "e"), Fate.REJECTED, 1, False),
        (StatusError.forbidden("events", "e", "no"), Fate.REJECTED, 1, True),
        (StatusError.not_found("namespaces", "shop"), Fate.REJECTED, 1, True),
        (StatusError.too_many_requests("slow down"), Fate.REJECTED, 1, True),
        (StatusError.internal_error("oops"), Fate.REJECTED, 1, True),
        (StatusError.service_unavailable("away"), Fate.REJECTED, 1, True),
        (RequestConstructionError("bad"), Fate.REJECTED, 1, True),
        (UnexpectedObjectError("a page"), Fate.CREATED, 2, True),
        (CONNECTION_REFUSED, Fate.CREATED, 2, True),
        (ValueError("a bug in the sink"), Fate.CREATED, 2, True),
    ],
)
def test_which_answers_are_final(
    answer: Exception | None, fate: Fate, calls: int, complains: bool, complaints: Complaints
) -> None:
    sink = ScriptedSink(answer)
    assert record_to_sink(sink, an_event(), EventCorrelator(), pause=lambda _: True) is fate
    assert sink.calls == ["create"] * calls
    assert bool(complaints.take()) is complains


def test_a_repeated_event_is_patched() -> None:
    sink, correlator = ScriptedSink(), EventCorrelator()
    fates = [record_to_sink(sink, an_event(), correlator) for _ in range(3)]
    assert fates == [Fate.CREATED, Fate.PATCHED, Fate.PATCHED]
    assert [patch["count"] for patch in sink.patches] == [2, 3]


def test_a_patch_of_what_has_expired_becomes_a_create_without_a_version() -> None:
    sink = ScriptedSink(None, StatusError.not_found("events", "web.1"))
    correlator = EventCorrelator()
    fates = [record_to_sink(sink, an_event(), correlator) for _ in range(2)]
    assert fates == [Fate.CREATED, Fate.CREATED]
    assert sink.calls == ["create", "patch", "create"]
    assert sink.versions == ["", "1", ""]


def test_only_the_code_404_makes_a_patch_a_create(complaints: Complaints) -> None:
    for answer, calls in (
        (StatusError("Gone", 404, "gone"), ["create", "patch", "create"]),
        (StatusError("NotFound", 410, "gone"), ["create", "patch"]),
    ):
        sink, correlator = ScriptedSink(None, answer), EventCorrelator()
        for _ in range(2):
            record_to_sink(sink, an_event(), correlator)
        assert sink.calls == calls
    assert len(complaints.take()) == 1


def test_the_events_own_fields_are_left_alone() -> None:
    event = an_event()
    event.resource_version = "77"
    before = event.copy()
    sink = ScriptedSink()
    record_to_sink(sink, event, EventCorrelator())
    assert event == before
    assert sink.versions == [""]


def test_a_filtered_event_reaches_no_sink() -> None:
    sink = ScriptedSink()
    correlator = EventCorrelator(CorrelatorOptions(burst_size=1))
    assert [record_to_sink(sink, an_event(), correlator) for _ in range(2)] == [Fate.CREATED, Fate.FILTERED]
    assert sink.calls == ["create"]


def test_an_event_is_given_up_where_there_may_be_no_pause(complaints: Complaints) -> None:
    sink = ScriptedSink(CONNECTION_REFUSED)
    assert record_to_sink(sink, an_event(), EventCorrelator(), pause=lambda _: False) is Fate.GIVEN_UP
    assert sink.calls == ["create"]
    assert complaints.take()[-1].endswith("(broadcaster is shut down)")


def test_one_try_says_whether_another_is_worth_it(complaints: Complaints) -> None:
    assert record_event(ScriptedSink(CONNECTION_REFUSED), an_event(), None, False, EventCorrelator()) is None
    complaints.take()


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
    sink, finished, took = simulated(unreachable, seed=1)
    assert finished is True
    assert took < 0.001
    before = sum(time - sink.times[0] < 15 for time in sink.times)
    assert len(sink.calls) == 2 + 2  # the first event twice before, the other two once each
    assert before >= 2
    assert sum("(broadcaster is shut down)" in text for text in complaints.take()) == 3


def test_retry_after_shutdown_keeps_trying_as_of_old(complaints: Complaints) -> None:
    sink, finished, took = simulated(lambda: unreachable(retry_after_shutdown=True), seed=1)
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


def test_shutdown_waits_thirty_seconds_unless_told_otherwise() -> None:
    def scenario() -> int:
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda _: sleep(100))
        broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")
        start = now()
        broadcaster.shutdown()
        return round((now() - start) / SECOND)

    assert simulated(scenario) == 30


@pytest.mark.parametrize("seed", range(60))
def test_a_handler_started_beside_a_shutdown_does_no_harm(seed: int) -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster()
        closing = go(broadcaster.shutdown)
        with suppress(BroadcasterStopped):
            broadcaster.start_event_watcher(lambda _: None)
        closing.join()

    run = simulate(scenario, seed=seed)
    assert (run.error, run.alive) == (None, [])


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
    with pytest.raises(BroadcasterStopped):
        broadcaster.watch()


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
        stuck = broadcaster.watch()
        for _ in range(2):
            broadcaster.action_or_drop("ADDED", an_event())
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
def test_several_flushes_beside_a_shutdown_see_everything_handled(seed: int) -> None:
    def scenario() -> list[tuple[bool, int]]:
        seen: list[Event] = []
        answers: list[tuple[bool, int]] = []
        broadcaster = EventBroadcaster()
        broadcaster.start_event_watcher(lambda event: (sleep(1), seen.append(event)))
        recorder = broadcaster.new_recorder(SOURCE)
        for _ in range(5):
            recorder.event(POD, "Normal", "R", "m")
        flushers = [go(lambda: answers.append((broadcaster.flush(), len(seen)))) for _ in range(3)]
        broadcaster.shutdown()
        for flusher in flushers:
            flusher.join()
        return answers

    assert simulated(scenario, seed=seed) == [(True, 5)] * 3


def test_flush_does_not_overlook_an_event_that_is_handled_just_as_it_lines_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kevent import event_broadcaster as module

    class Slow(module._Signal):
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

    monkeypatch.setattr(module, "_Signal", Slow)
    assert simulated(scenario) is True


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
        broadcaster.action("ADDED", "a string")
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
        assert broadcaster.queue_length == 1000
        assert broadcaster._incoming.capacity == 1000
        assert broadcaster.full_channel_behavior is DROP_IF_CHANNEL_FULL


# --- FakeRecorder -------------------------------------------------------------------------------------------


def test_a_fake_recorder_keeps_texts() -> None:
    fake = FakeRecorder(9)
    fake.event(POD, "Normal", "Started", "100%")
    fake.eventf(POD, "Warning", "Failed", "%s is %v", "it", 3)
    fake.eventf(POD, "Normal", "Raw", "50%")
    fake.annotated_eventf(POD, {"a": "b"}, "Normal", "Noted", "%s", "x")
    fake.past_eventf(POD, 1, "Normal", "Past", "forgotten")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == ["Normal Started 100%", "Warning Failed it is 3", "Normal Raw 50%", "Normal Noted x"]


def test_a_fake_recorder_without_a_buffer_keeps_nothing() -> None:
    fake = FakeRecorder()
    fake.event(POD, "Normal", "Started", "m")
    assert fake.events is None


def test_a_full_fake_recorder_waits() -> None:
    def scenario() -> tuple[bool, list[str]]:
        fake = FakeRecorder(1)
        assert fake.events is not None
        fake.event(POD, "Normal", "A", "m")
        waiting = go(fake.event, POD, "Normal", "B", "m")
        sleep(1)
        alive = waiting.alive
        first = fake.events.receive()
        return alive, [first, fake.events.receive()]

    assert simulated(scenario) == (True, ["Normal A m", "Normal B m"])


def test_a_fake_recorders_channel_is_an_ordinary_one() -> None:
    assert isinstance(FakeRecorder(0).events, Channel)
