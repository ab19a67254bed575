"""A chart: rows of numbers, and what they show in words; drawn by the page's script, and as a still for who has none.

The numbers travel: so the script draws them for the width and the theme that there are, and reads them out. matplotlib
draws the still from the same numbers. Nothing but Python is needed to make a chart; without matplotlib it has no still.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from kevent.figures.page import as_html, bundle_of
from kevent.figures.storyboard import Role

__all__ = ["Chart"]

Number = int | float
Shape = Literal["line", "steps", "marks", "level"]


class Row(NamedTuple):
    """Numbers of one kind."""

    name: str
    shape: Shape | Literal["bars"]
    x: list[Number]
    y: list[Number]
    dots: bool = False
    role: Role = ""


class Chart:
    """Lines over one axis, or stacked bars; a figure whose data does not move. In Go: nothing.

    `x` and `y` say what is counted along the axes, with the unit; `alt` says in words what the chart shows. Rows are
    added one by one, and are drawn in the order in which they come: the first is blue, the others are ink, dashed and
    dotted, unless a role says what they are in an event's life. Displayed in a notebook it is a widget where anywidget
    is installed, and HTML with everything in it where not.

    Raises ValueError without an `alt`; for a row whose lists are not equally long, are empty, or hold what is no
    number; and for lines and bars in one chart.
    """

    kind = "chart"

    def __init__(self, title: str, *, alt: str, x: str, y: str = "") -> None:
        if not alt:
            raise ValueError("a chart says in words what it shows: alt is empty")
        self.title, self.alt, self.x, self.y = title, alt, x, y
        self.names: list[str] = []
        """What each bar is about."""
        self.rows: list[Row] = []

    # --- rows ---

    def line(self, name: str, x: Sequence[Number], y: Sequence[Number], *, dots: bool = False, role: Role = "") -> None:
        """A line from value to value; with `dots` each is marked."""
        self._add(Row(name, "line", _short(x), _short(y), dots, role))

    def steps(self, name: str, x: Sequence[Number], y: Sequence[Number], *, role: Role = "") -> None:
        """A line that keeps each value until the next one."""
        self._add(Row(name, "steps", _short(x), _short(y), role=role))

    def marks(self, name: str, x: Sequence[Number], y: Sequence[Number], *, role: Role = "") -> None:
        """A mark for each value, in the shape of its role."""
        self._add(Row(name, "marks", _short(x), _short(y), role=role))

    def level(self, name: str, y: Number) -> None:
        """One value over the whole axis."""
        self._add(Row(name, "level", [], _short([y])))

    def bars(self, name: str, counts: Mapping[str, Number]) -> None:
        """How many of each thing, lying on what the bars before have of it. The first row says which things there are.

        Raises KeyError for a thing that it did not have.
        """
        names = self.names if self.rows else list(counts)
        row = Row(name, "bars", _short([counts.get(thing, 0) for thing in names]), [])
        if self.names and (unknown := counts.keys() - names):
            raise KeyError(*sorted(unknown))
        self._add(row)
        self.names = names

    def _add(self, row: Row) -> None:
        if self.rows and (row.shape == "bars") is not (self.rows[0].shape == "bars"):
            raise ValueError("a chart has either lines or bars")
        if row.shape != "level" and not row.x:
            raise ValueError(f"{row.name} has no values")
        if row.shape not in ("level", "bars") and len(row.x) != len(row.y):
            raise ValueError(f"{row.name} has {len(row.x)} places and {len(row.y)} values")
        self.rows.append(row)

    # --- showing it ---

    @property
    def data(self) -> dict[str, Any]:
        """Everything the script needs, ready for JSON."""
        axes = {"x": self.x, "y": self.y, "names": self.names}
        return {
            "kind": self.kind, "title": self.title, "alt": self.alt, **axes,
            "rows": [
                {"name": row.name, "shape": row.shape, "x": row.x, "y": row.y, "dots": row.dots, "role": row.role}
                for row in self.rows
            ],
        }  # fmt: skip

    def draw(self) -> str:
        """The still: the chart as an SVG, by matplotlib; empty where matplotlib is not installed."""
        # On its first run matplotlib lists the fonts of the machine, and would say so in the output of the cell.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        try:
            from kevent.figures.chart_still import draw
        except ImportError:
            return ""
        return draw(self.data)

    def html(self) -> str:
        """The chart as HTML: the still, what it shows in words, and the numbers for the page's script."""
        return as_html(self.kind, self.title, self.draw(), self.alt, "", self.data)

    @cached_property
    def widget(self) -> Any:
        """The live widget, or None where anywidget is not installed."""
        try:
            from kevent.figures.widget import FigureWidget
        except ImportError:
            return None
        return FigureWidget(self.data)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle_of(self, self.widget)

    def __repr__(self) -> str:
        return f"<Chart {self.title!r}, {len(self.rows)} rows>"


def _short(values: Sequence[Number]) -> list[Number]:
    """As many digits as a drawing can show: so every machine writes the same."""
    for value in values:
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"no number: {value!r}")
    return [value if isinstance(value, int) else float(f"{value:.6g}") for value in values]
