"""From a call to an event: what is recorded, what is refused, and what is said about it."""

from __future__ import annotations

import logging
import re
from collections import UserDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    Broadcaster,
    Event,
    EventBroadcaster,
    EventRecorder,
    MemorySink,
    ObjectReference,
    events,
    runtime,
)
from kevent.atomic import AtomicReference
from kevent.counters import Loss, Losses
from kevent.recorder import BroadcastRecorder
from kevent.runtime import go, sleep
from kevent.sparing import SparingLog
from kevent.versions import NotInRelease
from tests.conftest import Complaints
from tests.support import POD, ROOT, SOURCE, no_more_threads, python, simulated
from tests.unit.recording import recorded


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
        reporting_controller=SOURCE.component,
        reporting_instance=SOURCE.host,
    )


class Word(str, Enum):  # noqa: UP042  a StrEnum prints itself
    """What programs have for words that others switch on. Since Python 3.11 such a member prints as Word.TYPE."""

    TYPE = "Warning"
    REASON = "Failed"
    MESSAGE = "it broke"


def test_a_member_of_an_enum_is_the_string_that_it_is() -> None:
    (event,) = recorded(lambda recorder: recorder.event(POD, Word.TYPE, Word.REASON, Word.MESSAGE))  # type: ignore[arg-type]
    assert f"{event.type} {event.reason} {event.message}" == "Warning Failed it broke"


class Sealed(UserDict[str, str]):
    """Annotations that cannot be read."""

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("sealed")


def test_annotations_that_cannot_be_read_are_refused_and_counted() -> None:
    with EventBroadcaster() as broadcaster:
        with pytest.raises(TypeError, match="annotations must be a mapping that can be read"):
            broadcaster.new_recorder(SOURCE).annotated_eventf(POD, Sealed(), "Normal", "R", "m")
        assert broadcaster.statistics().invalid == 1


def test_a_type_that_compares_with_nothing_is_refused_and_counted(complaints: Complaints) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("odd")

    with EventBroadcaster() as broadcaster:
        broadcaster.new_recorder(SOURCE).event(POD, Odd(), "R", "m")  # type: ignore[arg-type]
        assert broadcaster.statistics().invalid == 1
    assert "Unsupported event type" in complaints.take()[0]


@pytest.mark.parametrize(("release", "reporter"), [("1.27.5", ""), ("1.27.6", SOURCE.component)])
def test_an_event_names_its_source_as_the_reporter(release: str, reporter: str) -> None:
    (event,) = recorded(lambda recorder: recorder.event(POD, "Normal", "R", "m"), release=release)
    assert event.reporting_controller == reporter


def test_a_past_event_is_refused_since_go_has_none() -> None:
    with pytest.raises(NotInRelease, match=r"^client-go 1\.18 has no PastEventf"):
        recorded(lambda recorder: recorder.past_eventf(POD, 5, "Normal", "R", "m"), release="1.18")


@pytest.mark.parametrize("name", ["A_b", "", "x" * 237, "-a", "a..b", "ünï", "a/b", "a.\n"])
def test_an_event_whose_name_would_be_refused_has_a_random_one(name: str) -> None:
    about = ObjectReference("Pod", "shop", name)
    events = recorded(lambda recorder: [recorder.event(about, "Normal", "R", "m") for _ in range(2)])
    one, other = (event.name for event in events)
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid, one)
    assert one != other
    (old,) = recorded(lambda recorder: recorder.event(about, "Normal", "R", "m"), release="1.32")
    assert old.name.startswith(f"{name}.")


@pytest.mark.parametrize("name", ["web-0", "a.b", "1", "x" * 236])
def test_an_event_is_called_after_its_object_and_the_time(name: str) -> None:
    (event,) = recorded(lambda recorder: recorder.event(ObjectReference("Pod", "s", name), "Normal", "R", "m"))
    assert re.fullmatch(re.escape(name) + r"\.[0-9a-f]{16}", event.name)


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

        def record(recorder: EventRecorder) -> None:
            recorder.past_eventf(POD, 5, "Normal", "R", "%s", "m")
            sleep(1)  # until its goroutine has sent it

        (event,) = recorded(record, release="1.17")
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
    for release in ("1.37", "1.20"):

        def scenario(release: str = release) -> None:
            broadcaster = EventBroadcaster(release=release)
            recorder = broadcaster.new_recorder(SOURCE)
            broadcaster.shutdown()
            recorder.event(POD, "Normal", "R", "m")

        simulated(scenario)
        (text,) = complaints.take()
        assert text.startswith("Unable to record event: 'broadcaster already stopped' (will not retry!)")


def test_a_goroutine_per_event_never_drops_but_may_change_the_order() -> None:
    def scenario() -> list[str]:
        seen: list[str] = []
        broadcaster = EventBroadcaster(incoming_length=1, release="1.20")
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


# --- what is counted ----------------------------------------------------------------------------------------


class Hostile:
    """An object that raises whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name} for you")

    def __repr__(self) -> str:
        raise RuntimeError("no words")


PLAIN: dict[str, Any] = {"obj": POD, "event_type": "Normal", "reason": "R", "message": "m"}


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"obj": None}, "unreferenced"),
        ({"obj": {"metadata": {"name": "x"}}}, "unreferenced"),
        ({"obj": object()}, "unreferenced"),
        ({"obj": Hostile()}, "unreferenced"),
        ({"event_type": "Error"}, "invalid"),
        ({"event_type": None}, "invalid"),
        ({"reason": 3}, "invalid"),
        ({"message": b"m"}, "invalid"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else ", ".join(value),
)
def test_a_call_that_makes_no_event_is_in_a_number(
    changed: dict[str, Any], number: str, complaints: Complaints
) -> None:
    with EventBroadcaster() as broadcaster:
        recorder = broadcaster.new_recorder(SOURCE)
        for arguments in (PLAIN, PLAIN | changed, PLAIN):
            with suppress(TypeError):
                recorder.event(**arguments)
        broadcaster.flush()
        counts = broadcaster.statistics()
    assert {number: getattr(counts, number), "accepted": counts.accepted} == {number: 1, "accepted": 2}
    assert counts.accepted + counts.queued + counts.dropped + counts.unreferenced + counts.invalid == 3
    complaints.take()


@pytest.mark.parametrize("method", ["eventf", "past_eventf", "annotated_eventf"])
@pytest.mark.parametrize("message_format", [None, 3, b"m"])
def test_a_format_that_is_none_is_refused_and_counted(method: str, message_format: Any) -> None:
    between = {"eventf": (), "past_eventf": (5,), "annotated_eventf": (None,)}[method]
    with EventBroadcaster(release="1.14") as broadcaster:
        record = getattr(broadcaster.new_recorder(SOURCE), method)
        with pytest.raises(TypeError, match=r"^message_format must be a string"):
            record(POD, *between, "Normal", "R", message_format, 1)
        assert broadcaster.statistics().invalid == 1


def test_annotations_that_are_none_are_refused_and_counted() -> None:
    with EventBroadcaster() as broadcaster:
        recorder = broadcaster.new_recorder(SOURCE)
        with pytest.raises(TypeError, match=r"^annotations must be a mapping, not list"):
            recorder.annotated_eventf(POD, ["a"], "Normal", "R", "m")  # type: ignore[arg-type]
        assert broadcaster.statistics().invalid == 1


def test_a_recorder_of_a_plain_broadcaster_counts_for_itself(complaints: Complaints) -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    losses = Losses(SparingLog(logging.getLogger("kevent.recorder")))
    BroadcastRecorder(broadcaster, SOURCE).event(None, "Normal", "R", "m")
    BroadcastRecorder(broadcaster, SOURCE, losses=losses).event(None, "Normal", "R", "m")
    broadcaster.shutdown()
    assert [losses.so_far(loss) for loss in (Loss.UNREFERENCED, Loss.INVALID, Loss.DROPPED)] == [1, 0, 0]
    assert len(complaints.take()) == 2


def test_arguments_that_cannot_be_shown_are_no_reason_to_raise(complaints: Complaints) -> None:
    (event,) = recorded(lambda recorder: recorder.eventf(POD, "Normal", "R", "%d", Hostile()))
    assert event.message == "%d <tuple, whose __repr__ raises RuntimeError>"
    complaints.take()


# --- names --------------------------------------------------------------------------------------------------


class Clock:
    """A wall clock that reads what a test says, the last reading for ever."""

    def __init__(self, *readings: int) -> None:
        self._readings = list(readings)

    def __call__(self) -> int:
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]


NOW = 1_700_000_000_000_000_000


@pytest.fixture
def no_names_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this process has given out, and remember it after the test."""
    monkeypatch.setattr(runtime.THREADS, "_given_out", AtomicReference(0))


@pytest.mark.parametrize(
    "readings",
    [[0], [0, 15_600_000], [0, -3_600_000_000_000], [0, 5, 1, 3, 3, 2]],
    ids=["standing still", "coarse", "set back", "jumping"],
)
def test_five_events_about_one_object_have_five_names_whatever_the_clock_does(
    readings: list[int], no_names_yet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(*[NOW + reading for reading in readings])
    monkeypatch.setattr("time.time_ns", clock)
    sink = MemorySink(ttl=None)
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorders = [broadcaster.new_recorder(SOURCE) for _ in range(2)]
        for number in range(5):
            recorders[number % 2].event(POD, "Normal", f"Reason{number}", "m")
    assert [event.reason for event in sink.events()] == [f"Reason{number}" for number in range(5)]
    stamps = [event.first_timestamp for event in sink.events()]
    assert set(stamps) <= {NOW + reading for reading in readings}, "a timestamp is the clock's"


def test_where_the_clock_moves_a_name_is_gos(no_names_yet: None) -> None:
    clock = Clock(*range(NOW, NOW + 500, 100))
    broadcaster = Broadcaster(9, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch()
    recorder = BroadcastRecorder(broadcaster, SOURCE, clock=clock)
    for _ in range(5):
        recorder.event(POD, "Normal", "R", "m")
    broadcaster.shutdown()
    events = [event.object for event in watcher]
    assert [event.name for event in events] == [f"web.{NOW + 100 * number:x}" for number in range(5)]


@pytest.mark.parametrize(
    ("time", "name"),
    [(2**63 - 1, "web.7fffffffffffffff"), (2**63, "web.-8000000000000000"), (-(10**20), "web.-6bc75e2d63100000")],
)
def test_the_time_in_a_name_has_64_bits_as_in_go(time: int, name: str) -> None:
    def scenario() -> tuple[str, int]:
        broadcaster = Broadcaster(9, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        BroadcastRecorder(broadcaster, SOURCE, clock=lambda: time, release="1.32").event(POD, "Normal", "R", "m")
        broadcaster.shutdown()
        [event] = [event.object for event in watcher]
        return event.name, event.first_timestamp

    assert simulated(scenario) == (name, time)


def old(broadcaster: EventBroadcaster) -> None:
    broadcaster.new_recorder(SOURCE).event(POD, "Normal", "R", "m")


def newer(broadcaster: events.EventBroadcaster) -> None:
    broadcaster.new_recorder("c").eventf(POD, None, "Normal", "R", "A", "n")


@pytest.mark.parametrize(
    ("make", "record"),
    [(lambda: EventBroadcaster(release="1.20"), old), (lambda: events.EventBroadcaster(MemorySink()), newer)],
    ids=["of old", "of tools/events"],
)
def test_an_event_that_no_thread_can_take_along_is_counted_and_logged(
    make: Callable[[], Any], record: Callable[[Any], None], complaints: Complaints
) -> None:
    with make() as broadcaster:
        with no_more_threads():
            record(broadcaster)
        assert broadcaster.statistics().dropped == 1
    (text,) = complaints.take()
    assert text.startswith("Unable to record event: 'can't start new thread' (will not retry!)")


def test_many_threads_give_no_name_twice(no_names_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: NOW)
    names: list[int] = []
    threads = [go(lambda: names.extend(runtime.distinct(runtime.now()) for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        assert thread.join()
    assert len(set(names)) == 8_000


def test_an_event_that_is_recorded_while_another_is_being_made_has_a_name_of_its_own(no_names_yet: None) -> None:
    """As by the `__del__` of an object that the collector finds in the middle of a recorder's lines."""
    broadcaster = Broadcaster(9, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch()

    def clock() -> int:
        if inner:
            inner.pop().event(POD, "Normal", "Inner", "m")
        return NOW

    recorder = BroadcastRecorder(broadcaster, SOURCE, clock=clock)
    inner = [recorder]
    recorder.event(POD, "Normal", "Outer", "m")
    broadcaster.shutdown()
    events = [event.object for event in watcher]
    assert [event.reason for event in events] == ["Inner", "Outer"]
    assert len({event.name for event in events}) == 2


# --- the interface ------------------------------------------------------------------------------------------


PROGRAM = """
from kevent import EventBroadcaster, EventRecorder, EventSource, FakeRecorder, MemorySink
from kevent.recorder import BroadcastRecorder

def work(recorder: EventRecorder) -> None:
    recorder.event(None, "Normal", "R", "m")
    recorder.eventf(None, "Warning", "R", "%s", "m")
    recorder.annotated_eventf(None, {"a": "b"}, "Normal", "R", "m")
    recorder.past_eventf(None, 1, "Normal", "R", "m")

class Sink:
    create = MemorySink.create
    patch = MemorySink.patch

with EventBroadcaster() as broadcaster:
    work(broadcaster.new_recorder(EventSource("a")))
work(FakeRecorder(9))
"""


@pytest.mark.thorough
def test_a_fake_recorder_is_a_recorder_under_strict_types_and_a_type_with_a_typo_is_none(tmp_path: Path) -> None:
    good, typo, poor = (tmp_path / f"{name}.py" for name in ("good", "typo", "poor"))
    good.write_text(PROGRAM)
    typo.write_text(PROGRAM.replace('"Warning"', '"Error"'))
    poor.write_text(PROGRAM.replace("FakeRecorder(9)", "Sink()"))
    said = python(
        "-m", "mypy", "--strict", "--no-error-summary", good, typo, poor,
        cwd=tmp_path, status=1, MYPYPATH=str(ROOT), MYPY_CACHE_DIR=str(tmp_path),
    ).stdout  # fmt: skip
    of_poor, of_typo = sorted(line for line in said.splitlines() if ": error:" in line)
    assert of_typo.startswith("typo.py")
    assert "Literal['Error']" in of_typo
    assert of_poor.startswith("poor.py")
    assert 'incompatible type "Sink"; expected "EventRecorder"' in of_poor
