"""The storyboard of CorrelatorTimeline: a burst of events, and what the correlator makes of each.

The state has done, a list of [microseconds, outcome, count, group size, tokens before, tokens after], one for each
event so far; the tokens in thousandths. total is how long the burst takes, burst and most are the limits in force.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kevent import runtime
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import CORRELATOR as SAY
from kevent.figures.still import MUTED, Still
from kevent.figures.storyboard import Storyboard
from kevent.simulation import EPOCH, looking, simulate

__all__ = ["CorrelatorTimeline", "tell_correlator_timeline"]

OPTIONS = frozenset(inspect.signature(CorrelatorOptions).parameters)
PREFIX = "(combined from similar events): "


def tell_correlator_timeline(events: Iterable[tuple[float, Event]], options: CorrelatorOptions) -> Storyboard:
    """What becomes of these events, each with the seconds to wait before it. Raises whatever the scenario raises."""
    lines: list[list[Any]] = []

    def burst() -> None:
        correlator = EventCorrelator(options)
        for pause, event in events:
            runtime.sleep(pause)
            lines.append(_correlate(correlator, event))

    run = simulate(burst)
    if run.error is not None:
        raise run.error
    board = Storyboard(
        done=[], total=run.time // 1000, burst=options.burst_size, most=options.max_events,
        events=[[text, warning] for text, warning, *_ in lines],
    )  # fmt: skip
    for number, (text, _, time, outcome, count, size, before, after) in enumerate(lines):
        extra = size if outcome == "combined" else count
        board.tell(time, SAY[outcome], number, text, f"{after if after > 1e-6 else 0:.3g}", extra, about=[number])
        board.push("done", [time // 1000, outcome, count, size, round(before * 1000), round(after * 1000)])
    return board


def _correlate(correlator: EventCorrelator, event: Event) -> list[Any]:
    """Let the correlator decide, as it does in front of a sink that accepts everything, and look at its books."""
    with looking():  # a look at the tokens reads the clock, and a reading would move it
        time, before = runtime.now(), correlator.spam_filter.tokens(event)
    result = correlator.event_correlate(event)
    combined = result.event is not None and result.event.message.startswith(PREFIX)
    if result.skip or result.event is None:
        outcome, count = "filtered", 0
    else:
        correlator.update_state(result.event)
        count = result.event.count
        outcome = "combined" if combined else "patched" if result.patch is not None else "created"
        outcome = "combined patched" if combined and result.patch is not None else outcome
    with looking():
        size, after = correlator.aggregator.group_size(event), correlator.spam_filter.tokens(event)
    size += int(combined)  # the one that was forgotten again to make room
    return [event.message, int(event.type == "Warning"), time - EPOCH, outcome, count, size, before, after]


class CorrelatorTimeline(Figure):
    """A burst of events on a time axis: created, patched, combined or filtered; the bucket's tokens; the group's size.

    The scenario gives pairs of seconds to wait and an `Event`. Parameters of the grid that are named as a field of
    `CorrelatorOptions` (`burst_size`, `qps`, `max_events`, `max_interval_in_seconds`, …) go to the correlator, all
    others to the scenario. See `Figure` for the other arguments.
    """

    kind = "correlator-timeline"
    opening = "No event yet. The bucket is full, the group is empty."

    def __init__(
        self,
        scenario: Callable[..., Iterable[tuple[float, Event]]],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "What becomes of a burst",
        alt: str = "A time axis with four empty rows, created, patched, combined and filtered, and two curves below.",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._burst = scenario

    def tell(self, values: Values) -> Storyboard:
        """Put the scenario's events through a correlator. Values that name one of its options go there."""
        options = CorrelatorOptions(**{name: value for name, value in values.items() if name in OPTIONS})
        rest = {name: value for name, value in values.items() if name not in OPTIONS}
        return tell_correlator_timeline(self._burst(**rest), options)

    def draw(self, storyboard: Storyboard) -> str:
        """A time axis with a row for each thing that can become of an event, and two for the bucket and the group."""
        still = Still(736, 210)
        for row, name in enumerate(("created", "patched", "combined", "filtered", "tokens", "group")):
            y = 22 + row * 30
            still.text(1, y + 4, name, size=12, fill=MUTED)
            still.line(f"M90 {y}H730")
        return still.svg()
