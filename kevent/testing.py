"""Fixtures for the tests of a program that records events. pytest finds them where `kube-kevent` is installed.

In Go: nothing; a test makes a `record.FakeRecorder` and reads its channel.
"""

from __future__ import annotations

import pytest

from kevent.events import EventRecorder, EventRecorderAdapter
from kevent.fake import NotingRecorder

__all__ = ["fake_events_recorder", "fake_recorder"]


@pytest.fixture
def fake_recorder() -> NotingRecorder:
    """A recorder that keeps what it was told: `assert fake_recorder.told() == ["Warning SyncFailed no secret"]`."""
    return NotingRecorder()


@pytest.fixture
def fake_events_recorder(fake_recorder: NotingRecorder) -> EventRecorder:
    """A recorder of `kevent.events` in front of `fake_recorder`, which tells what came. The action is not kept."""
    return EventRecorderAdapter(fake_recorder)
