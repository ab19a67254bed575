"""The still of a chart, by matplotlib: for readers without a script, for paper, and for notebooks without the widget.

Its bytes are the same on every machine: text stays text, nothing is random or dated, and lengths are rounded to what an
eye can see, which is more than processors differ by.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from io import StringIO
from itertools import pairwise
from math import ceil
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kevent.figures.still import BLUE, CARD, DONE, EDGE, INK, LOST, MUTED, PAPER, WAIT

__all__ = ["draw"]

WIDE, HIGH = 736, 300
"""Pixels. matplotlib counts in points; its drawing has one for each pixel."""
LEFT, TOP, BASE = 44, 34, 46
APART = 16
"""Of names that stand at the ends of lines."""
PITCH = 24
"""From bar to bar."""
FONTS = "'Source Sans 3', 'IBM Plex Sans', system-ui, sans-serif"
MEASURED = "DejaVu Sans"
"""Comes with matplotlib, and is wider than what readers have: what has room in it has room."""
SIZE = 12.5
HAIR, TINT = "#d3cfc5", "#d8e7f1"
LOOKS = ((BLUE, "solid"), (INK, (0, (7, 3))), (MUTED, (0, (2, 3))), (EDGE, (0, (7, 3, 2, 3))))
BARS = (
    (BLUE, BLUE, "solid", CARD),
    (TINT, BLUE, "solid", INK),
    (CARD, EDGE, "dashed", INK),
    (CARD, EDGE, "dotted", INK),
)
ROLES = {"lost": LOST, "wait": WAIT, "done": DONE}
MARKS = {
    "lost": Path([(-4, 4), (4, -4), (4, 4), (-4, -4)], [1, 2, 1, 2]),
    "wait": Path([(-2.5, 4), (-2.5, -4), (2.5, 4), (2.5, -4)], [1, 2, 1, 2]),
    "done": Path([(-4.5, 0), (-1.5, -3.5), (4.5, 4)]),
    "": Path([(-3, 4.5), (4, 0), (-3, -4.5), (-3, 4.5)], closed=True),
}
"""The shapes of the roles, as the page's script has them."""
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "kevent", "path.simplify": False, "path.snap": False,
    "font.family": MEASURED, "font.size": SIZE, "text.parse_math": False, "text.color": INK,
    "figure.facecolor": PAPER, "figure.dpi": 72, "savefig.facecolor": PAPER, "axes.facecolor": "none",
    "axes.edgecolor": EDGE, "axes.linewidth": 1, "axes.axisbelow": True, "axes.spines.left": False,
    "axes.spines.top": False, "axes.spines.right": False, "grid.color": HAIR, "grid.linewidth": 1,
    "xtick.color": EDGE, "xtick.labelcolor": MUTED, "xtick.labelsize": 12, "xtick.major.size": 4,
    "ytick.color": EDGE, "ytick.labelcolor": MUTED, "ytick.labelsize": 12, "ytick.major.size": 0,
    "lines.linewidth": 1.8, "lines.scale_dashes": False, "legend.frameon": False,
}  # fmt: skip


def draw(data: dict[str, Any]) -> str:
    """A chart's `data` as an SVG on its own paper."""
    with style.context(["default", STYLE]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the reader's fonts may have what the measured one has not
        figure = _bars(data) if data["names"] else _lines(data)
        written = StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _tidy(written.getvalue())


def _lines(data: dict[str, Any]) -> Figure:
    """Lines, steps and marks, each with its name at its end."""
    rows = data["rows"]
    figure = Figure((WIDE / 72, HIGH / 72))
    right = WIDE - 16 - max(_long(row["name"], bold=True) for row in rows)
    axes = _axes(figure, LEFT, right, BASE, HIGH - TOP)
    values = [value for row in rows for value in row["y"]]
    low, high = _span([0, *values])
    axes.set_xlim(*_span([value for row in rows for value in row["x"]] or [0, 1]))
    axes.set_ylim(low, low + (high - low) * 1.04)
    whole = all(isinstance(value, int) for value in values)
    for axis, most, integer in ((axes.xaxis, 8, False), (axes.yaxis, 6, whole)):
        axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], integer=integer))
        axis.set_major_formatter(FuncFormatter(lambda value, _: _figures(value)))
    axes.grid(axis="y", clip_on=False)
    for number, row in enumerate(rows):
        _row(axes, row, *_look(row, number))
    ends = [axes.transData.transform((0, row["y"][-1]))[1] for row in rows]
    for number, (row, height) in enumerate(zip(rows, _apart(ends), strict=True)):
        colour, _ = _look(row, number)
        _write(figure, right + 9, height - 4, row["name"], colour, weight="bold")
    _write(figure, 1, HIGH - 14, data["y"])
    _write(figure, right, 10, data["x"], ha="right")
    return figure


def _look(row: dict[str, Any], number: int) -> tuple[str, Any]:
    """A row's own colour and dashes, by its place; or the colour of its role."""
    colour, dashes = LOOKS[number % len(LOOKS)]
    return ROLES.get(row["role"], colour), dashes


def _row(axes: Axes, row: dict[str, Any], colour: str, dashes: Any) -> None:
    x, y, shape = row["x"], row["y"], row["shape"]
    if shape == "level":
        x, y = axes.get_xlim(), [*y, *y]
    if shape == "marks":
        how: dict[str, Any] = {
            "linestyle": "none", "marker": MARKS[row["role"]], "markersize": 9, "markerfacecolor": "none",
            "markeredgewidth": 2.2,
        }  # fmt: skip
    else:
        how = {"linestyle": dashes, "drawstyle": "steps-post" if shape == "steps" else "default"}
        if row["dots"]:
            how |= {"marker": "o", "markersize": 7, "markerfacecolor": CARD, "markeredgewidth": 1.8}
    axes.plot(x, y, color=colour, clip_on=False, **how)


def _bars(data: dict[str, Any]) -> Figure:
    """A bar for each name, and in it what each row has of it."""
    names, rows = data["names"], data["rows"]
    high = 56 + PITCH * len(names)
    figure = Figure((WIDE / 72, high / 72))
    left = 16 + max(map(_long, names))
    axes = _axes(figure, left, WIDE - 40, 26, high - 30)
    axes.set_xlim(0, max(map(sum, zip(*(row["x"] for row in rows), strict=True))) or 1)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params("y", labelsize=SIZE, labelcolor=INK, pad=8)
    axes.tick_params("x", bottom=False, labelbottom=False)
    axes.spines.bottom.set_visible(False)
    ends = [0] * len(names)
    keys = []
    for number, row in enumerate(rows):
        face, edge, dashes, ink = BARS[number % len(BARS)]
        look: dict[str, Any] = {"facecolor": face, "edgecolor": edge, "linestyle": dashes, "linewidth": 1}
        keys.append(Patch(label=f"{row['name']}: {_figures(sum(row['x']))}", **look))
        for line, value in enumerate(row["x"]):
            if value:
                axes.barh(line, value, left=ends[line], height=0.8, clip_on=False, **look)
            if value and _pixels(axes, value) > 4 + _long(_figures(value)):
                _tell(axes, line, ends[line] + value / 2, value, ink, ha="center")
            ends[line] += value
    for line, end in enumerate(ends if len(rows) > 1 else ()):
        _tell(axes, line, end, end, MUTED, xytext=(6, 0))
    figure.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(left / WIDE, 1), ncols=len(keys), borderaxespad=0.4,
        borderpad=0, handlelength=1, handletextpad=0.5, columnspacing=1.6,
    )  # fmt: skip
    _write(figure, WIDE - 40, 10, data["x"], ha="right")
    return figure


def _tell(axes: Axes, line: int, place: float, value: float, colour: str, **how: Any) -> None:
    how = {"xytext": (0, 0), "textcoords": "offset points", "va": "center_baseline", "color": colour} | how
    axes.annotate(_figures(value), (place, line), **how)


# --- places ---


def _axes(figure: Figure, left: float, right: float, base: float, top: float) -> Axes:
    """The field between four edges, in pixels from the lower left corner."""
    wide, high = (72 * inches for inches in figure.get_size_inches())
    return figure.add_axes((left / wide, base / high, (right - left) / wide, (top - base) / high))


def _write(figure: Figure, x: float, y: float, words: str, colour: str = MUTED, **how: Any) -> None:
    wide, high = (72 * inches for inches in figure.get_size_inches())
    figure.text(x / wide, y / high, words, color=colour, **how)


def _pixels(axes: Axes, value: float) -> float:
    (start, _), (end, _) = axes.transData.transform([(0, 0), (value, 0)])
    return float(end - start)


def _long(words: str, *, bold: bool = False) -> int:
    """The pixels that a text takes."""
    font = FontProperties(family=MEASURED, weight="bold" if bold else "normal")
    return ceil(TextPath((0, 0), words, size=SIZE, prop=font).get_extents().x1) if words.strip() else 0


def _figures(value: float) -> str:
    return f"{value:,.10g}"


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Where an axis begins and ends: at 0, unless all values are far from it."""
    low, high = min(values), max(values)
    low = min(low, 0) if low < high / 2 else low
    return low, high if high > low else low + 1


def _apart(heights: Sequence[float]) -> list[float]:
    """Where names stand that belong at these heights: none over another one, none below the axis."""
    order = sorted(range(len(heights)), key=lambda number: (-heights[number], number))
    found = list(heights)
    for upper, lower in pairwise(order):
        found[lower] = min(found[lower], found[upper] - APART)
    found[order[-1]] = max(found[order[-1]], BASE)
    for lower, upper in pairwise(reversed(order)):
        found[upper] = max(found[upper], found[lower] + APART)
    return found


def _tidy(svg: str) -> str:
    """The drawing alone, in pixels and in the reader's fonts. Only tags are touched, never words."""
    svg = re.sub(r">\s+<", "><", svg[svg.index("<svg") :].strip())
    svg = re.sub(r"<[^>]*>", lambda tag: _tidy_tag(tag[0]), svg)
    return svg.replace('pt"', '"', 2).replace("<svg ", f'<svg font-family="{FONTS}" ', 1)


def _tidy_tag(tag: str) -> str:
    tag = tag.replace(f"font-family: '{MEASURED}'; ", "")
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", tag)
