"""One goroutine at a time, every order of them, on a clock that jumps. Needs greenlet (`kube-kevent[simulation]`).

`simulate` runs a scenario once and records each step; `explore` runs it in every order, `search` in some drawn by lot.
"""

from __future__ import annotations

from kevent.simulation.exploration import (
    Exploration,
    Finding,
    Outcome,
    ScenarioChanged,
    SearchFailed,
    explore,
    search,
)
from kevent.simulation.run import EPOCH, Deadlock, Run, Simulation, Step, StepLimit, simulate
from kevent.simulation.schedule import Schedule, ScheduleMismatch
from kevent.simulation.trace_table import TraceTable

__all__ = [
    "EPOCH",
    "Deadlock",
    "Exploration",
    "Finding",
    "Outcome",
    "Run",
    "ScenarioChanged",
    "Schedule",
    "ScheduleMismatch",
    "SearchFailed",
    "Simulation",
    "Step",
    "StepLimit",
    "TraceTable",
    "explore",
    "search",
    "simulate",
]
