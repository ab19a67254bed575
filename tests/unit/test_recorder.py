"""From a call to an event: what is recorded, what is refused, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from kevent import (
    Event,
    EventBroadcaster,
    EventRecorder,
    ObjectReference,
)
from kevent.runtime import sleep
from tests.conftest import Complaints
from tests.unit.recording import POD, SOURCE, recorded, simulated


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
