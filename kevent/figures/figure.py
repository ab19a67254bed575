"""What every figure is: recordings of a scenario at each point of a grid, shown on a page or in a live notebook."""

from __future__ import annotations

import html
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar

from kevent import versions
from kevent.figures.page import as_html, bundle_of
from kevent.figures.recording import unlogged
from kevent.figures.sources import beside, lines_of, symbols_of
from kevent.figures.storyboard import Storyboard, pack

__all__ = ["Figure"]

Values = dict[str, Any]

RELEASE = "release"
"""The parameter that is the release of client-go."""


class Figure(ABC):
    """A scenario, run at every point of a grid of parameters when the figure is made, and drawn step by step.

    `scenario` is a function with keyword parameters; `grid` gives for each the values to record, the first of which is
    shown first. The runs are simulated, so a figure has the same bytes every time. Displayed in a notebook it is a
    widget where anywidget is installed, and HTML with everything in it where not.

    A parameter that is called `release` is the release of client-go that the run answers like: with a kernel behind it
    any release can be run, and its control says "client-go".

    `title` stands above the drawing, `labels` says what a parameter is called there, `alt` describes the first frame.
    `opens` is a piece of the sentence of the step that it opens at, where that is not the first loss or wait.

    Raises ValueError for a grid without values, TypeError if `scenario` is not callable.
    """

    kind: ClassVar[str]
    opening: ClassVar[str] = "Before the first step."

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str,
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        opens: str = "",
    ) -> None:
        if not callable(scenario):
            raise TypeError(f"scenario must be callable, not {type(scenario).__name__}")
        self.scenario = scenario
        self.grid = {name: list(values) for name, values in (grid or {}).items()}
        for name, values in self.grid.items():
            if not values:
                raise ValueError(f"the grid has no values for {name}")
        self.title = title
        self.alt = alt
        self.opens = opens
        spoken = {name: name.replace("_", " ") for name in self.grid}
        self.labels = spoken | {RELEASE: "client-go"} | dict(labels or {})

    @abstractmethod
    def tell(self, values: Values) -> Storyboard:
        """The storyboard of one run, with these values of the parameters."""

    @abstractmethod
    def draw(self, storyboard: Storyboard) -> str:
        """One moment as an SVG, for readers without a script, and for paper: the first, or the one that tells most."""

    def describe(self, storyboard: Storyboard) -> str:
        """What the picture shows, in words."""
        return self.alt or self.title

    def told(self, storyboard: Storyboard) -> str:
        """What stands below the picture, as HTML: the log of the run."""
        lines = "\n".join(f"<li>{html.escape(scene.sentence)}</li>" for scene in storyboard.scenes)
        label = f"Log: {html.escape(self.title)}"
        return f'<div tabindex="0" role="region" aria-label="{label}">\n<ol>\n{lines}\n</ol>\n</div>\n'

    def extras(self) -> Values:
        """What the drawing needs beside the recordings."""
        return {}

    # --- the recordings ---

    @cached_property
    def storyboards(self) -> dict[str, Storyboard]:
        """One storyboard for each point of the grid; its name is the places of its values, joined by commas.

        Raises LookupError if no step of the first says what `opens` does.
        """
        places = itertools.product(*(range(len(values)) for values in self.grid.values()))
        boards = {
            ",".join(map(str, point)) or "0": self._told(
                {name: values[place] for (name, values), place in zip(self.grid.items(), point, strict=True)}
            )
            for point in places
        }
        if self.opens and next(iter(boards.values())).opens < 0:
            raise LookupError(f"{self.title}: no step says {self.opens!r}")
        return boards

    def _told(self, values: Values) -> Storyboard:
        with unlogged():
            board = self.tell(values)
        if self.opens:
            told = (number for number, scene in enumerate(board.scenes) if self.opens in scene.sentence)
            board.opens = next(told, -1)
        return board

    @cached_property
    def data(self) -> dict[str, Any]:
        """Everything the script needs, ready for JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "opening": self.opening,
            "parameters": [
                {"name": name, "label": self.labels[name], "values": [_shown(value) for value in values]}
                for name, values in self.grid.items()
            ],
            "at": [0] * len(self.grid),
            **({"releases": [*versions.RELEASES]} if RELEASE in self.grid else {}),
            **self.extras(),
            **pack(self.storyboards),
        }

    def run(self, shown: Sequence[Any]) -> dict[str, Any]:
        """One more run, at values as a control shows them; packed under the name "0".

        Raises ValueError if there are not as many values as parameters, and whatever the scenario's making raises.
        """
        values = {
            name: versions.release(value).name if name == RELEASE else _meant(value, stored)
            for (name, stored), value in zip(self.grid.items(), shown, strict=True)
        }
        return {"opening": self.opening, **pack({"0": self._told(values)})}

    # --- showing it ---

    def html(self) -> str:
        """The figure as HTML: a picture, what it shows in words, and the recordings for the page's script."""
        first = next(iter(self.storyboards.values()))
        return as_html(self.kind, self.title, self.draw(first), self.describe(first), self.told(first), self.data)

    @cached_property
    def widget(self) -> Any:
        """The live widget, or None where anywidget is not installed."""
        try:
            from kevent.figures.widget import FigureWidget
        except ImportError:
            return None
        return FigureWidget(self.data, self.run, self.lines)

    def lines(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The lines of code that packed runs of this figure come through, in Python and, where they are here, in Go."""
        return lines_of([data]) | {"go": dict(beside()(symbols_of(data)))}

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle_of(self, self.widget)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r}, {len(self.storyboards)} recorded>"


def _shown(value: Any) -> str | int | float | bool:
    """A parameter's value as a control shows it."""
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str | int | float | bool) else str(value)


def _meant(shown: Any, stored: Sequence[Any]) -> Any:
    """The value that a control means: one of the stored, or a number of their kind."""
    for value in stored:
        if _shown(value) == shown:
            return value
    if not isinstance(shown, int | float) or not all(isinstance(value, int | float) for value in stored):
        raise ValueError(f"no such value: {shown!r}")
    return int(shown) if all(isinstance(value, int) for value in stored) and shown == int(shown) else shown
