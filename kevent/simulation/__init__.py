"""One goroutine at a time, every order of them, on a clock that jumps. Needs greenlet (`kube-kevent[simulation]`).

`simulate` runs a scenario once and records each step; `explore` runs it in every order, `search` in some drawn by lot.
An `Observer` looks on, a `Strategy` says who goes next.
"""

from __future__ import annotations

from kevent.simulation.by_lot import search
from kevent.simulation.clock import EPOCH
from kevent.simulation.every_order import ScenarioChanged, explore
from kevent.simulation.exploration import Exploration, Finding, SearchFailed
from kevent.simulation.observing import Observer, OnlyLooking, calling_frame, looking
from kevent.simulation.once import simulate
from kevent.simulation.run import Deadlock, Outcome, Run, StepLimit
from kevent.simulation.schedule import Schedule, ScheduleMismatch, Situation, Strategy
from kevent.simulation.trace import Step
from kevent.simulation.trace_table import TraceTable
from kevent.simulation.world import Simulation

__all__ = [
    "EPOCH",
    "Deadlock",
    "Exploration",
    "Finding",
    "Observer",
    "OnlyLooking",
    "Outcome",
    "Run",
    "ScenarioChanged",
    "Schedule",
    "ScheduleMismatch",
    "SearchFailed",
    "Simulation",
    "Situation",
    "Step",
    "StepLimit",
    "Strategy",
    "TraceTable",
    "calling_frame",
    "explore",
    "looking",
    "search",
    "simulate",
]
