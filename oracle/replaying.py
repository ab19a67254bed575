"""Where the vectors and kevent's replayer are. The one place that knows."""

from __future__ import annotations

from typing import Any

from oracle.replay.compare import Difference, differences
from oracle.replay.concurrency import in_simulation
from oracle.replay.harness import REPLAYS
from oracle.replay.pipeline import (
    BASE_TIME,
    REFUSALS,
    SCHEME,
    FakeClock,
    as_object,
    event_answer,
    fill_event,
    new_event,
)
from oracle.replay.vectors import ALL as GOLDEN
from oracle.replay.vectors import kind as kind_by_keys

__all__ = [
    "BASE_TIME", "GOLDEN", "REFUSALS", "REPLAYS", "SCHEME", "Difference", "FakeClock", "as_object", "differences",
    "event_answer", "fill_event", "in_simulation", "kind_of", "new_event",
]  # fmt: skip


def kind_of(scenario: dict[str, Any]) -> str:
    """The kind a scenario says it is, else what its keys tell."""
    return str(scenario.get("kind") or kind_by_keys(scenario))
