"""The recorder for tests."""

from __future__ import annotations

from kevent import (
    FakeRecorder,
)
from kevent.channel import Channel
from kevent.runtime import go, sleep
from tests.support import POD, simulated


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


def test_the_type_and_the_reason_are_part_of_a_fake_recorders_format() -> None:
    fake = FakeRecorder(9)
    fake.event(POD, "Normal", "100%d", "m")
    fake.eventf(POD, "Normal", "Used%d", "%s", 7, "x")
    fake.eventf(POD, "Normal", "Used100%%", "%s", "x")
    fake.eventf(POD, "Normal", "Used100%%", "as it stands")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == [
        "Normal 100%d m", "Normal Used7 x", "Normal Used100% x", "Normal Used100%% as it stands",
    ]  # fmt: skip


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
