"""The recorder for tests."""

from __future__ import annotations

from enum import Enum

import pytest

from kevent import (
    FakeRecorder,
)
from kevent.channel import Channel
from kevent.reference import NilObjectError
from kevent.runtime import go, sleep
from kevent.versions import NotInRelease
from tests.conftest import Complaints
from tests.support import POD, simulated


def test_a_fake_recorder_keeps_texts() -> None:
    fake = FakeRecorder(9)
    fake.event(POD, "Normal", "Started", "100%")
    fake.eventf(POD, "Warning", "Failed", "%s is %v", "it", 3)
    fake.eventf(POD, "Normal", "Raw", "50%")
    fake.annotated_eventf(POD, {"b": "2", "a": "1"}, "Normal", "Noted", "%s", "x")
    fake.annotated_eventf(POD, {}, "Normal", "Noted", "%s", "x")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == [
        "Normal Started 100%", "Warning Failed it is 3", "Normal Raw 50%",
        "Normal Noted x map[a:1 b:2]", "Normal Noted x",
    ]  # fmt: skip


class Reason(str, Enum):  # noqa: UP042  a StrEnum prints itself
    """As programs have them; since Python 3.11 such a member prints as Reason.FAILED."""

    FAILED = "Failed"


@pytest.mark.parametrize("release", ["1.26", "1.37"])
def test_a_fake_recorder_tells_the_string_that_a_member_of_an_enum_is(release: str) -> None:
    recorder = FakeRecorder(4, release=release)
    recorder.event(POD, "Warning", Reason.FAILED, "it broke")
    recorder.eventf(POD, "Warning", Reason.FAILED, "%s broke", "it")
    recorder.annotated_eventf(POD, None, "Warning", Reason.FAILED, "%s broke", "it")
    assert recorder.events is not None
    assert {recorder.events.receive() for _ in range(3)} == {"Warning Failed it broke"}


def test_a_fake_recorder_of_old() -> None:
    fake = FakeRecorder(9, release="1.14")
    fake.annotated_eventf(POD, {"a": "b"}, "Normal", "Noted", "%s", "x", 3)
    fake.past_eventf(POD, 1, "Normal", "Past", "forgotten")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == ["Normal Noted [x 3]"]
    with pytest.raises(NotInRelease, match=r"^client-go 1\.37 has no PastEventf"):
        FakeRecorder(1).past_eventf(POD, 1, "Normal", "Past", "forgotten")


def test_a_fake_recorder_may_tell_the_object() -> None:
    fake = FakeRecorder(9, include_object=True)
    fake.event(POD, "Normal", "Started", "m")
    fake.annotated_eventf({"kind": "Node", "metadata": {}}, {"a": "1"}, "Normal", "Noted", "m")
    with pytest.raises(NilObjectError):
        fake.event(None, "Normal", "Started", "m")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == [
        "Normal Started m involvedObject{kind=Pod,apiVersion=v1}",
        "Normal Noted m involvedObject{kind=Node,apiVersion=} map[a:1]",
    ]


@pytest.mark.parametrize(("release", "text"), [("1.26", "Normal 100%d m"), ("1.27", "Normal 100%d %s ('m',)")])
def test_the_type_and_the_reason_are_part_of_a_fake_recorders_format(
    release: str, text: str, complaints: Complaints
) -> None:
    fake = FakeRecorder(9, release=release)
    fake.event(POD, "Normal", "100%d", "m")
    fake.eventf(POD, "Normal", "Used%d", "%s", 7, "x")
    fake.eventf(POD, "Normal", "Used100%%", "%s", "x")
    fake.eventf(POD, "Normal", "Used100%%", "as it stands")
    assert fake.events is not None
    fake.events.close()
    assert list(fake.events) == [
        text, "Normal Used7 x", "Normal Used100% x", "Normal Used100%% as it stands",
    ]  # fmt: skip
    assert [said.startswith("message_format 'Normal 100%d %s'") for said in complaints.take()] == [True] * (
        "%s" in text
    )


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
