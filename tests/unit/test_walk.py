"""The way of one event through the house: it comes to each room once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import kevent
from kevent import Event, EventBroadcaster, EventSource, MemorySink, ObjectReference, recorder
from kevent.broadcaster import Broadcaster, WatchEvent
from kevent.simulation import simulate

PACKAGE = Path(kevent.__file__).parent
ROOMS = ("recorder", "event_broadcaster", "broadcaster", "handling", "writing")
"""Those on the way. What they stand on (a queue, the event itself) and whom they ask (correlator, sink) are not."""


def carries_an_event(value: object) -> bool:
    if isinstance(value, list):
        return any(map(carries_an_event, value))
    return isinstance(value, Event | WatchEvent)


def rooms_of(program: Callable[[], object]) -> list[str]:
    """The rooms whose functions are handed the event, in the order of the calls."""
    seen: list[str] = []

    def look(frame: FrameType, what: str, _: object) -> None:
        room = Path(frame.f_code.co_filename)
        if what != "call" or room.parent != PACKAGE or room.stem not in ROOMS:
            return
        arguments = frame.f_code.co_varnames[: frame.f_code.co_argcount]
        if any(carries_an_event(frame.f_locals.get(name)) for name in arguments):
            seen.append(room.stem)

    sys.setprofile(look)
    try:
        program()
    finally:
        sys.setprofile(None)
    return [room for room, _ in groupby(seen)]


def record_one() -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.start_recording_to_sink(MemorySink())
        about = ObjectReference("Pod", "default", "web-0", "u-1", "v1")
        broadcaster.new_recorder(EventSource("test")).event(about, "Normal", "Pulled", "there it is")
        broadcaster.shutdown()

    assert simulate(scenario).error is None


def test_an_event_comes_to_each_room_once() -> None:
    assert rooms_of(record_one) == ["recorder", "broadcaster", "writing"]  # handling takes it off a queue


def test_a_way_back_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    exec(compile("def look_again(batch): pass", recorder.__file__, "exec"), made)
    distribute = Broadcaster._distribute

    def by_a_detour(self: Broadcaster, batch: list[WatchEvent]) -> None:
        made["look_again"](batch)
        distribute(self, batch)

    monkeypatch.setattr(Broadcaster, "_distribute", by_a_detour)
    assert rooms_of(record_one) == ["recorder", "broadcaster", "recorder", "broadcaster", "writing"]
