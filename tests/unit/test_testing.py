"""The fixtures that pytest finds where the package is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kevent import events
from kevent.fake import NotingRecorder
from tests.support import POD, python


def test_it_tells_what_it_was_told(fake_recorder: NotingRecorder) -> None:
    assert fake_recorder.told() == []
    fake_recorder.eventf(POD, "Warning", "SyncFailed", "no such secret: %s", "tls")
    fake_recorder.event(POD, "Normal", "Synced", "done")
    assert fake_recorder.told() == ["Warning SyncFailed no such secret: tls", "Normal Synced done"]
    assert fake_recorder.told() == []


def test_so_does_the_other_one(fake_recorder: NotingRecorder, fake_events_recorder: events.EventRecorder) -> None:
    fake_events_recorder.eventf(POD, None, "Normal", "Scheduled", "Binding", "to %s", "node-1")
    assert fake_recorder.told() == ["Normal Scheduled to node-1"]


def test_a_full_one_fails_and_does_not_hang() -> None:
    recorder = NotingRecorder(2, include_object=True)
    for _ in range(2):
        recorder.event(POD, "Normal", "R", "m")
    with pytest.raises(OverflowError, match="more than 2 events"):
        recorder.event(POD, "Normal", "R", "m")
    assert recorder.told() == ["Normal R m involvedObject{kind=Pod,apiVersion=v1}"] * 2


def test_pytest_finds_them(tmp_path: Path) -> None:
    (tmp_path / "test_controller.py").write_text("""
def test_recording(fake_recorder):
    fake_recorder.event({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}, "Normal", "R", "m")
    assert fake_recorder.told() == ["Normal R m"]
""")
    ended = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:nbval", "-c", "/dev/null",
                   "--rootdir", tmp_path, tmp_path, cwd=tmp_path)  # fmt: skip
    assert "1 passed" in ended.stdout
