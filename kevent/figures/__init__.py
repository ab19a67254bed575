"""Figures that move: recordings of simulated runs, drawn step by step on a page or in a live notebook.

In Go: nothing. Each figure is made from a scenario and a grid of parameters; Python runs the grid, a storyboard turns
each trace into sentences and changes, and one script draws them wherever the figure is shown. Needs `greenlet`, as
every simulation does; `anywidget` only for figures that run further values live.
"""

from __future__ import annotations

from kevent.figures.call_chain import CallChain
from kevent.figures.chart import Chart
from kevent.figures.correlator_timeline import CorrelatorTimeline
from kevent.figures.event_flow import EventFlow
from kevent.figures.figure import Figure
from kevent.figures.pick_the_schedule import PickTheSchedule, TooManySchedules
from kevent.figures.prune_the_tree import PruneTheTree
from kevent.figures.sinks import ScriptedSink
from kevent.figures.waitgroup_word import WaitGroupWord

__all__ = [
    "CallChain",
    "Chart",
    "CorrelatorTimeline",
    "EventFlow",
    "Figure",
    "PickTheSchedule",
    "PruneTheTree",
    "ScriptedSink",
    "TooManySchedules",
    "WaitGroupWord",
]
