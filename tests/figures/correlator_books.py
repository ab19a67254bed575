"""What CorrelatorTimeline tells of one event, by name."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """One list of the state's `done`."""

    time: int
    outcome: str
    times: int
    left: int
    before: int
    after: int
    keys: list[int]
    group: list[int]
    own: int
    gone: int
    reset: int
    object: int
    fate: str
