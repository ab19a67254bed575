"""Charts: what is refused, what travels, and the still for who has no script."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import numpy
import pytest

from kevent.figures import Chart
from kevent.figures.chart_still import draw
from tests.figures.charts import depth, shares
from tests.figures.scenarios import HOSTILE
from tests.support import ROOT, python

BUDGET = 60 * 1000
FIGURE = re.compile(r'data-kind="chart">.*?base64,([^"]*)".*?<script type="application/json">(.*?)</script>', re.DOTALL)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def parts(html: str) -> tuple[str, dict[str, Any]]:
    """The still and the data of a chart."""
    [(still, data)] = FIGURE.findall(html)
    return base64.b64decode(still).decode(), json.loads(data)


def test_the_numbers_travel_as_far_as_a_drawing_can_show_them() -> None:
    rows = depth().data["rows"]
    assert [(row["name"], row["shape"], row["role"]) for row in rows] == [
        ("queue of slow", "steps", ""), ("mean", "line", ""), ("lost", "marks", "lost"), ("room", "level", ""),
    ]  # fmt: skip
    assert rows[1]["y"] == [0, 1.23457]
    assert shares().data["names"] == ["kubelet", "volumes"]
    assert [row["x"] for row in shares().data["rows"]] == [[3, 0], [0, 2]]


def test_the_html_is_whole_without_a_script() -> None:
    html = depth().html()
    assert 'alt="It fills up, and one event is lost."' in html
    assert parts(html) == (depth().draw(), depth().data)


def test_the_still_names_every_row_and_both_axes() -> None:
    assert {"queue of slow", "mean", "lost", "room", "milliseconds", "events"} <= set(texts(depth().draw()))
    told = texts(shares().draw())
    assert {"Warning: 3", "Normal: 2", "kubelet", "volumes", "calls", "3", "2"} <= set(told)
    assert "0" not in told  # a bar of nothing is none


def test_no_name_in_the_still_stands_on_another_one() -> None:
    chart = Chart("Ends", alt="All end at the same height.", x="x", y="y")
    for name in ("one", "two", "three"):
        chart.line(name, [0, 1], [0, 5])
    texts = ElementTree.fromstring(chart.draw()).iter(f"{SVG}text")
    heights = {each.text: float(each.get("y", "")) for each in texts}
    ends = sorted(heights[name] for name in ("one", "two", "three"))
    assert ends[1] - ends[0] >= 15
    assert ends[2] - ends[1] >= 15


def numbers(text: str | None) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text or "")]


def group(svg: str, name: str) -> ElementTree.Element:
    [found] = [each for each in ElementTree.fromstring(svg).iter(f"{SVG}g") if each.get("id") == name]
    return found


def below(parent: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [each for each in parent.iter(f"{SVG}g") if (each.get("id") or "").startswith(kind)]


def line(ticks: list[tuple[float, float]]) -> Callable[[float], float]:
    """From pixels to values, by the ticks of an axis: pairs of both."""
    (start, low), *_, (end, high) = ticks
    return lambda place: low + (place - start) * (high - low) / (end - start)


def read_back(svg: str) -> list[list[tuple[float, float]]]:
    """The values that the lines and marks of a still stand for, by the ticks of its own axes."""
    ticks: dict[str, list[tuple[float, float]]] = {"xtick": [], "ytick": []}
    for axis, pairs in ticks.items():
        for tick in below(group(svg, "axes_1"), axis):
            [words] = tick.iter(f"{SVG}text")
            at_x, at_y = float(words.get("x", "")), [numbers(path.get("d"))[1] for path in tick.iter(f"{SVG}path")]
            pairs.append((at_x if axis == "xtick" else at_y[0], float((words.text or "").replace(",", ""))))
    x, y = map(line, ticks.values())
    found = []
    for drawn in group(svg, "axes_1"):
        if (drawn.get("id") or "").startswith("line2d"):
            path, uses = drawn.find(f"./{SVG}path"), drawn.iter(f"{SVG}use")
            places = (
                [float(use.get(axis, "")) for use in uses for axis in "xy"] if path is None else numbers(path.get("d"))
            )
            found.append([(x(px), y(py)) for px, py in zip(places[::2], places[1::2], strict=True)])
    return found


def wanted(row: dict[str, Any], ends: list[float]) -> list[tuple[float, float]]:
    """The places that a row's line goes through."""
    if row["shape"] == "level":
        return [(x, row["y"][0]) for x in ends]
    places = list(zip(row["x"], row["y"], strict=True))
    corners = [(x, y) for (_, y), (x, _) in pairwise(places)] if row["shape"] == "steps" else []
    return places + corners


def apart(one: list[tuple[float, float]], other: list[tuple[float, float]], size: tuple[float, float]) -> float:
    """How far the places of one go from those of the other, as a share of the axes."""
    gaps = ([max(abs(a - b) / whole for a, b, whole in zip(p, q, size, strict=True)) for q in other] for p in one)
    return max(map(min, gaps))


def of_the_book(*, bars: bool) -> list[dict[str, Any]]:
    return [data for data in (json.loads(data) for _, _, data in stored()) if bool(data["names"]) is bars]


def test_the_lines_of_a_still_go_through_the_values() -> None:
    charts = [depth().data, *of_the_book(bars=False)]
    assert len(charts) > 4
    for data in charts:
        xs = [x for row in data["rows"] for x in row["x"]]
        size = (max(xs), max(y for row in data["rows"] for y in row["y"]))
        for row, drawn in zip(data["rows"], read_back(draw(data)), strict=True):
            places = wanted(row, [min(0, *xs), max(xs)])
            assert apart(drawn, places, size) < 1e-4, row["name"]
            assert apart(places, drawn, size) < 1e-4, row["name"]


def test_the_bars_of_a_still_are_as_long_as_the_numbers() -> None:
    for data in (shares().data, *of_the_book(bars=True)):
        _ground, *drawn = [each for each in group(draw(data), "axes_1") if (each.get("id") or "").startswith("patch")]
        edges = [numbers(path.get("d"))[::2] for bar in drawn for path in bar.iter(f"{SVG}path")]
        long = [max(xs) - min(xs) for xs in edges]
        counts = [value for row in data["rows"] for value in row["x"] if value]
        assert [each * counts[0] / long[0] for each in long] == pytest.approx(counts, rel=1e-3)


def test_a_name_is_never_markup() -> None:
    html = depth(HOSTILE).html()
    assert HOSTILE in parts(html)[1]["rows"][0]["name"]
    assert html.count("<img") == html.count("<script") == 1
    assert HOSTILE in texts(depth(HOSTILE).draw())


@pytest.mark.parametrize(
    "name", ["$a_1$ costs $2$", "0.123456789 font-family: 'DejaVu Sans'; ", "事件 \N{BUG}", "<x>  <y>"]
)
def test_words_in_the_still_are_what_they_were(name: str) -> None:
    assert name in texts(depth(name).draw())


def test_what_is_no_chart_is_refused() -> None:
    with pytest.raises(ValueError, match="alt is empty"):
        Chart("Nothing said", alt="", x="x")
    chart = depth()
    with pytest.raises(ValueError, match="has 2 places and 1 values"):
        chart.line("short", [1, 2], [1])
    with pytest.raises(ValueError, match="has no values"):
        chart.steps("empty", [], [])
    with pytest.raises(ValueError, match="no number: nan"):
        chart.level("nowhere", float("nan"))
    with pytest.raises(ValueError, match="no number: '1'"):
        chart.line("text", ["1"], [1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="either lines or bars"):
        chart.bars("bars", {"a": 1})
    with pytest.raises(KeyError, match="elsewhere"):
        shares().bars("more", {"elsewhere": 1})
    assert len(chart.rows) == 4


def test_a_notebook_gets_html_text_and_a_widget() -> None:
    bundle = depth()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == "<Chart 'The queue fills up', 4 rows>"
    assert depth().widget.figure == depth().data


CODE = "from tests.figures.charts import {0}; print({0}().html(), end='')"


def test_without_matplotlib_a_chart_has_its_data_and_says_what_it_shows() -> None:
    code = "import sys; sys.modules |= dict.fromkeys(('matplotlib', 'numpy', 'anywidget'));" + CODE.format("depth")
    html, whole = python("-c", code).stdout, depth().html()
    assert "<img" not in html
    assert "<p>It fills up, and one event is lost.</p>" in html
    assert html[html.index("<script") :] == whole[whole.index("<script") :]


def test_making_a_chart_does_not_import_matplotlib() -> None:
    code = "import sys; from kevent.figures import Chart; Chart('a', alt='b', x='c').level('d', 1); print(*sys.modules)"
    loaded = python("-c", code).stdout.split()
    assert "kevent.figures.chart" in loaded
    assert {"matplotlib", "numpy"} & set(loaded) == set()


@pytest.mark.parametrize("chart", [depth, shares])
def test_a_still_is_the_same_on_a_lesser_processor_and_whatever_the_reader_prefers(
    chart: Callable[[], Chart], tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nlines.linewidth: 9\nsvg.fonttype: path\naxes.grid: True\n")
    built: Any = numpy.show_config(mode="dicts")
    faster = " ".join(built["SIMD Extensions"].get("found", []))
    fresh = python(
        "-c", CODE.format(chart.__name__), PYTHONHASHSEED="1", MATPLOTLIBRC=str(tmp_path), TZ="Asia/Tokyo",
        NPY_DISABLE_CPU_FEATURES=faster, GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
    )  # fmt: skip
    assert fresh.stdout == chart().html()


def stored() -> list[tuple[str, str, str]]:
    """The charts of the book, as their notebooks hold them: notebook, still, data."""
    return [
        (path.name, base64.b64decode(still).decode(), data)
        for path in sorted((ROOT / "book").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        for still, data in FIGURE.findall(output.get("data", {}).get("text/html", ""))
    ]


def test_the_stored_stills_are_those_of_the_stored_data() -> None:
    for name, still, data in stored():
        assert still == draw(json.loads(data)), name


def test_the_charts_of_the_book_are_data_small_and_alone() -> None:
    assert len(stored()) >= 5
    for name, _, data in stored():
        assert len(gzip.compress(data.encode())) < BUDGET, name
        assert len(json.loads(data)["alt"]) > 60, name
    cells = [
        (path.name, cell)
        for path in sorted((ROOT / "book").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    ]
    assert [name for name, cell in cells if "matplotlib" in cell.source] == []
    assert [
        name for name, cell in cells for each in cell.get("outputs", ()) if "image/png" in each.get("data", {})
    ] == []
