"""The other recorder: what an event carries, what its broadcaster waits for, and the way back to core/v1."""

from __future__ import annotations

import logging
import re
import socket
from enum import Enum
from typing import Any

import pytest

from kevent import BroadcasterStopped, Event, MemorySink, ObjectReference, versions
from kevent.events import (
    EventBroadcaster,
    EventBroadcasterAdapter,
    EventRecorder,
    EventRecorderAdapter,
)
from kevent.runtime import go, now, sleep
from kevent.series import record_event
from kevent.simulation import EPOCH
from kevent.sinks.events_v1 import EventsV1
from kevent.versions import NotInRelease
from kevent.writing import Fate
from tests.conftest import Complaints
from tests.support import NODE, POD, forked, simulated

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


class Away:
    """A sink that cannot be reached."""

    def __init__(self) -> None:
        self.asked = 0

    def create(self, event: Event) -> Event:
        self.asked += 1
        raise ConnectionError("away")

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self.create(event)


def recorded(*calls: tuple[Any, ...], controller: str = "scheduler", **options: Any) -> list[Event]:
    """The events that these calls of eventf make, in a simulation."""

    def scenario() -> list[Event]:
        found: list[Event] = []
        with EventBroadcaster(MemorySink(), **options) as broadcaster:
            broadcaster.start_event_watcher(found.append)
            recorder = broadcaster.new_recorder(controller, host="here")
            for call in calls:
                recorder.eventf(*call)
                sleep(1)
        return found

    return simulated(scenario)


def test_what_an_event_carries() -> None:
    (event,) = recorded((POD, NODE, "Warning", "FailedScheduling", "Scheduling", "0/%d nodes", 3))
    assert event.event_time == EPOCH
    assert (event.involved_object, event.related) == (POD, NODE)
    assert (event.type, event.reason, event.action) == ("Warning", "FailedScheduling", "Scheduling")
    assert event.message == "0/3 nodes"
    assert (event.reporting_controller, event.reporting_instance) == ("scheduler", "scheduler-here")
    assert (event.namespace, event.annotations, event.series) == ("shop", None, None)
    assert (event.first_timestamp, event.last_timestamp, event.count, event.source.component) == (None, None, 0, "")
    assert re.fullmatch(r"web\.[0-9a-f]{16}", event.name)


def test_an_object_without_a_namespace_goes_to_default() -> None:
    (event,) = recorded((NODE, None, "Normal", "R", "A", "n"))
    assert (event.namespace, event.related) == ("default", None)


@pytest.mark.parametrize("name", ["A_b", "x" * 250, "-", ""])
def test_a_name_that_no_server_takes_becomes_a_uuid_since_1_33(name: str) -> None:
    call = (ObjectReference("Pod", "shop", name), None, "Normal", "R", "A", "n")
    (event,) = recorded(call)
    assert re.fullmatch(UUID, event.name)
    (event,) = recorded(call, release="1.32")
    assert event.name.startswith(f"{name}.")


def test_the_instance_names_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "node-7")
    assert simulated(lambda: EventBroadcaster(MemorySink()).new_recorder("c").reporting_instance) == "c-node-7"

    def nameless() -> str:
        raise OSError

    monkeypatch.setattr(socket, "gethostname", nameless)
    assert simulated(lambda: EventBroadcaster(MemorySink()).new_recorder("c").reporting_instance) == "c-"


def test_annotations() -> None:
    def scenario() -> Event:
        found: list[Event] = []
        annotations = {"a": "b"}
        with EventBroadcaster(MemorySink()) as broadcaster:
            broadcaster.start_event_watcher(found.append)
            recorder: EventRecorder = broadcaster.new_recorder("c")
            recorder.annotated_eventf(POD, None, annotations, "Normal", "R", "A", "n")
            annotations["a"] = "changed"
        return found[0]

    assert simulated(scenario).annotations == {"a": "b"}


def test_what_is_no_event_is_counted_and_told(complaints: Complaints, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="kevent.recorder")

    def scenario() -> tuple[int, int, int]:
        with EventBroadcaster(MemorySink()) as broadcaster:
            recorder = broadcaster.new_recorder("c")
            wrong: Any = "normal"
            not_text: Any = 5
            recorder.eventf(None, None, "Normal", "R", "A", "n")
            recorder.eventf(POD, None, wrong, "R", "A", "n")
            recorder.eventf(POD, 5, "Normal", "R", "A", "n")  # which is recorded, without a second object
            sleep(1)
            for reason, action in ((not_text, "A"), ("R", not_text)):
                with pytest.raises(TypeError, match="must be a string, not int"):
                    recorder.eventf(POD, None, "Normal", reason, action, "n")
            with pytest.raises(TypeError, match="annotations must be a mapping, not str"):
                recorder.annotated_eventf(POD, None, "a", "Normal", "R", "A", "n")  # type: ignore[arg-type]
            found = broadcaster.statistics()
            return found.unreferenced, found.invalid, found.accepted

    assert simulated(scenario) == (1, 4, 1)
    assert [text.split(":")[0] for text in complaints.take()] == [
        "Could not construct reference due to", "Unsupported event type",
    ]  # fmt: skip
    assert "Could not construct reference to the related object" in caplog.text


class Word(str, Enum):  # noqa: UP042  a StrEnum prints itself
    """As programs have them; since Python 3.11 such a member prints as Word.ACTION."""

    ACTION = "Sync"
    REASON = "Failed"


def test_a_member_of_an_enum_is_the_string_that_it_is() -> None:
    def scenario() -> Event:
        sink = MemorySink()
        with EventBroadcaster(sink) as broadcaster:
            broadcaster.start_recording_to_sink()
            broadcaster.new_recorder("c").eventf(POD, None, "Normal", Word.REASON, Word.ACTION, "n")
        return sink.events()[0]

    event = simulated(scenario)
    assert f"{event.reason} {event.action}" == "Failed Sync"


class Later:
    """A sink whose methods would have to be awaited."""

    async def create(self, event: Event) -> Event:
        return event

    async def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return event


def test_what_is_no_plain_function_is_refused(complaints: Complaints) -> None:
    async def handler(event: Event) -> None:
        pass

    with pytest.raises(TypeError, match=r"sink\.create must be a plain function"):
        EventBroadcaster(Later())  # type: ignore[arg-type]
    with EventBroadcaster(MemorySink()) as broadcaster, pytest.raises(TypeError, match="handler must be a plain"):
        broadcaster.start_event_watcher(handler)
    disguised: Any = type("Disguised", (), {"create": lambda self, event: handler(event), "patch": None})()
    assert record_event(disguised, Event()) == (Fate.REJECTED, None)
    assert "Disguised has not taken an event" in complaints.take()[0]


@pytest.mark.parametrize("answer", [None, {"metadata": {}}])
def test_what_a_sink_takes_without_an_answer_is_counted_and_told(answer: object, complaints: Complaints) -> None:
    class Mute:
        def create(self, event: Event) -> Any:
            return answer

        def patch(self, event: Event, patch: dict[str, Any]) -> Any:
            return answer

    def scenario() -> tuple[int, int]:
        with EventBroadcaster(Mute()) as broadcaster:
            broadcaster.start_recording_to_sink()
            recorder = broadcaster.new_recorder("c")
            for _ in range(2):
                recorder.eventf(POD, None, "Normal", "R", "A", "n")
                sleep(1)
            (counts,) = broadcaster.statistics().sinks
        return counts.created, counts.patched

    assert simulated(scenario) == (1, 1)
    assert "Mute has taken an event and answered with" in complaints.take()[0]


def test_the_controller_is_a_string() -> None:
    with pytest.raises(TypeError, match="reporting_controller must be a string, not NoneType"):
        simulated(lambda: EventBroadcaster(MemorySink()).new_recorder(None))  # type: ignore[arg-type]


def test_before_1_37_there_are_no_annotations() -> None:
    def scenario() -> None:
        for events_v1 in (EventsV1(MemorySink()), None):  # the recorder itself, and the older one in its place
            recorder = EventBroadcasterAdapter(MemorySink(), events_v1, release="1.36").new_recorder("c")
            with pytest.raises(NotInRelease, match=r"client-go 1\.36 has no AnnotatedEventf"):
                recorder.annotated_eventf(POD, None, {}, "Normal", "R", "A", "n")

    simulated(scenario)


def test_before_1_19_there_is_no_such_recorder() -> None:
    with pytest.raises(NotInRelease, match=r"client-go 1\.18\.19 has no recorder for events\.k8s\.io/v1"):
        EventBroadcaster(MemorySink(), release="1.18.19")
    simulated(lambda: EventBroadcaster(MemorySink(), release="1.19.0").shutdown())
    simulated(lambda: EventBroadcasterAdapter(MemorySink(), None, release="1.18").shutdown())


def test_what_a_broadcaster_refuses() -> None:
    with pytest.raises(TypeError, match="sink must have a method create, and object has none"):
        EventBroadcaster(object())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sleep_duration must not be negative: -1"):
        EventBroadcaster(MemorySink(), sleep_duration=-1)
    with pytest.raises(TypeError, match="handler must be callable, not int"):
        simulated(lambda: EventBroadcaster(MemorySink()).start_event_watcher(5))  # type: ignore[arg-type]


# --- from recorder to server -------------------------------------------------------------------------------


def stored(times: int, seed: int | None = None) -> tuple[list[Event], Any]:
    def scenario() -> tuple[list[Event], Any]:
        store = MemorySink()
        with EventBroadcaster(EventsV1(store)) as broadcaster:
            broadcaster.start_recording_to_sink()
            recorder = broadcaster.new_recorder("example.com/c", host="here")
            for number in range(times):
                recorder.eventf(POD, None, "Normal", "R", "A", "number %d", number)
                sleep(1)
        return store.events(), broadcaster.statistics()

    return simulated(scenario, seed=seed)


def test_the_end_of_the_block_tells_every_count() -> None:
    """Go's program would end with the server knowing of two."""
    (event,), statistics = stored(7)
    assert event.series is not None
    assert (event.series.count, event.message) == (7, "number 0")
    (sink,) = statistics.sinks
    assert (sink.created, sink.patched, sink.counted, sink.rejected) == (1, 2, 5, 0)


@pytest.mark.parametrize("seed", range(5))
def test_no_order_loses_a_count(seed: int) -> None:
    def scenario() -> int:
        store = MemorySink()
        with EventBroadcaster(EventsV1(store)) as broadcaster:
            broadcaster.start_recording_to_sink()
            recorder = broadcaster.new_recorder("c")
            recording = [go(recorder.eventf, POD, None, "Normal", "R", "A", "n") for _ in range(6)]
            for each in recording:
                each.join()
        (event,) = store.events()
        assert event.series is not None
        return event.series.count

    assert simulated(scenario, seed=seed) == 6


def test_on_threads() -> None:
    store = MemorySink()
    with EventBroadcaster(EventsV1(store), name="t-") as broadcaster:
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder("c", host="here")
        for reason in ("A", "B") * 20:
            recorder.eventf(POD, None, "Normal", reason, "Acting", "n")
        assert broadcaster.flush(timeout=60)
        told = [event.series.count for event in store.events() if event.series]
    assert told == [20, 20]
    assert broadcaster.statistics().unhandled == 0


def test_flush_waits_for_what_is_being_written(complaints: Complaints) -> None:
    def scenario() -> tuple[bool, bool, int]:
        sink = Away()
        broadcaster = EventBroadcaster(sink)
        broadcaster.start_recording_to_sink()
        broadcaster.new_recorder("c").eventf(POD, None, "Normal", "R", "A", "n")
        answers = broadcaster.flush(timeout=5), broadcaster.flush(timeout=200), sink.asked
        broadcaster.shutdown()
        return answers

    assert simulated(scenario) == (False, True, 12)
    complaints.take()


def test_a_shutdown_waits_no_longer_than_it_is_told(complaints: Complaints) -> None:
    def scenario() -> tuple[bool, int, int]:
        sink = Away()
        broadcaster = EventBroadcaster(sink)
        broadcaster.start_recording_to_sink()
        broadcaster.new_recorder("c").eventf(POD, None, "Normal", "R", "A", "n")
        before = now()
        finished = broadcaster.shutdown(timeout=15)
        seconds = round((now() - before) / 1e9)
        asked = sink.asked
        sleep(300)
        assert sink.asked == asked  # nothing goes on
        assert broadcaster.statistics().sinks[0].given_up == 1
        return finished, seconds, asked

    assert simulated(scenario) == (False, 15, 2)
    complaints.take()


def test_a_block_that_leaves_something_says_so(complaints: Complaints) -> None:
    def scenario() -> None:
        with EventBroadcaster(Away()) as broadcaster:
            broadcaster.start_recording_to_sink()
            broadcaster.new_recorder("c").eventf(POD, None, "Normal", "R", "A", "n")

    simulated(scenario)
    assert "Shut down with 0 events not handled and 1 being written" in complaints.take()


def test_after_shutdown_nothing_is_taken_in(complaints: Complaints) -> None:
    def scenario() -> int:
        broadcaster = EventBroadcaster(MemorySink())
        recorder = broadcaster.new_recorder("c")
        assert broadcaster.shutdown()
        assert broadcaster.shutdown()
        assert broadcaster.flush()
        recorder.eventf(POD, None, "Normal", "R", "A", "n")
        sleep(1)
        with pytest.raises(BroadcasterStopped):
            broadcaster.start_recording_to_sink()
        return broadcaster.statistics().dropped

    assert simulated(scenario) == 1
    assert len(complaints.take()) == 1


def test_recording_that_is_stopped_writes_nothing_more() -> None:
    def scenario() -> tuple[int, int]:
        store = MemorySink()
        seen: list[Event] = []
        with EventBroadcaster(EventsV1(store)) as broadcaster:
            broadcaster.start_recording_to_sink()
            broadcaster.start_event_watcher(seen.append)
            recorder = broadcaster.new_recorder("c")
            recorder.eventf(POD, None, "Normal", "R", "A", "n")
            sleep(1)
            broadcaster.stop_recording()
            broadcaster.stop_recording()
            recorder.eventf(POD, None, "Normal", "other", "A", "n")
            sleep(1)
        return len(store.events()), len(seen)

    assert simulated(scenario) == (1, 2)


def test_a_log_with_the_parts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="kevent.recorder")

    def scenario() -> None:
        with EventBroadcaster(MemorySink()) as broadcaster:
            broadcaster.start_structured_logging()
            recorder = broadcaster.new_recorder("c")
            recorder.eventf(POD, None, "Normal", "Scheduled", "Binding", 'to "%s"', "node-1")
            sleep(1)
            recorder.eventf(NODE, None, "Warning", "R", "A", "n")

    simulated(scenario)
    assert caplog.messages == [
        (
            'Event occurred object="shop/web" kind="Pod" apiVersion="v1" type="Normal" reason="Scheduled" '
            'action="Binding" note=\'to "node-1"\''
        ),
        'Event occurred object="node-1" kind="Node" apiVersion="" type="Warning" reason="R" action="A" note=\'n\'',
    ]
    assert caplog.records[0].event.action == "Binding"  # type: ignore[attr-defined]


def test_a_child_process_writes_nothing() -> None:
    store = MemorySink()
    with EventBroadcaster(EventsV1(store)) as broadcaster:
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder("c", host="here")
        recorder.eventf(POD, None, "Normal", "R", "A", "n")
        assert broadcaster.flush(timeout=60)

        def child() -> None:
            assert broadcaster.flush(timeout=60)
            assert broadcaster.shutdown(timeout=60)
            assert broadcaster._series._cache == {}

        assert forked(child)()
        recorder.eventf(POD, None, "Normal", "R", "A", "n")
    (event,) = store.events()
    assert event.series is not None
    assert event.series.count == 2


# --- the way back ------------------------------------------------------------------------------------------


def adapted(events_v1: bool) -> tuple[list[Event], list[Event], str]:
    def scenario() -> tuple[list[Event], list[Event], str]:
        core, newer = MemorySink(), MemorySink()
        broadcaster = EventBroadcasterAdapter(core, EventsV1(newer) if events_v1 else None)
        broadcaster.start_recording_to_sink()
        recorder = broadcaster.new_recorder("c")
        recorder.eventf(POD, NODE, "Normal", "R", "A", "%s", "n")
        recorder.annotated_eventf(POD, NODE, {"a": "b"}, "Normal", "other", "A", "n")
        broadcaster.deprecated_new_legacy_recorder("c").event(POD, "Normal", "legacy", "m")
        sleep(1)
        assert broadcaster.shutdown()
        return core.events(), newer.events(), type(recorder).__name__

    return simulated(scenario)


def test_the_newer_recorder_where_the_server_has_it() -> None:
    core, newer, kind = adapted(events_v1=True)
    assert ([event.reason for event in core], kind) == (["legacy"], "BroadcastRecorder")
    assert sorted((event.reason, event.action, event.related) for event in newer) == [
        ("R", "A", NODE), ("other", "A", NODE),
    ]  # fmt: skip


def test_the_older_one_where_it_has_not() -> None:
    core, newer, kind = adapted(events_v1=False)
    assert (newer, kind) == ([], EventRecorderAdapter.__name__)
    assert [(event.reason, event.message, event.action, event.related, event.annotations) for event in core] == [
        ("R", "n", "", None, None), ("other", "n", "", None, {"a": "b"}), ("legacy", "m", "", None, None),
    ]  # fmt: skip
    assert core[0].source.component == "c"
    assert core[0].event_time is None


@pytest.mark.parametrize("events_v1", [True, False])
@pytest.mark.parametrize("release", ["1.27.5", "1.37"])
def test_an_adapter_is_of_one_release(release: str, events_v1: bool) -> None:
    """Both halves, and the run that they are in."""

    def scenario() -> tuple[str, str]:
        sink = EventsV1(MemorySink()) if events_v1 else None
        broadcaster = EventBroadcasterAdapter(MemorySink(), sink, release=release)
        found: list[Event] = []
        broadcaster.core.start_event_watcher(found.append)
        recorder = broadcaster.deprecated_new_legacy_recorder("c")
        broadcaster.new_recorder("c").eventf(ObjectReference("Pod", "shop", "A_b"), None, "Normal", "R", "A", "n")
        recorder.event(ObjectReference("Pod", "shop", "A_b"), "Normal", "R", "m")
        sleep(1)
        if broadcaster.events_v1 is not None:
            assert broadcaster.events_v1._series._release is versions.release(release)
        broadcaster.shutdown()
        return found[-1].name, found[-1].reporting_controller

    name, controller = simulated(scenario)
    assert name.startswith("A_b.") == (release == "1.27.5")
    assert controller == ("" if release == "1.27.5" else "c")
