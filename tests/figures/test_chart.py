"""Charts: what is refused, what travels, and the picture for who has no script."""

from __future__ import annotations

import base64
import gzip
import json
import re
from xml.etree import ElementTree

import nbformat
import pytest

from kevent.figures import Chart
from kevent.figures.chart_still import LETTER, ticks
from tests.figures.scenarios import HOSTILE
from tests.support import ROOT, python

BUDGET = 60 * 1000
FIGURE = re.compile(r'data-kind="chart">.*?<script type="application/json">(.*?)</script>', re.DOTALL)


def depth(name: str = "queue of slow") -> Chart:
    chart = Chart("The queue fills up", alt="It fills up, and one event is lost.", x="milliseconds", y="events")
    chart.steps(name, [0, 20, 40], [0, 1, 2])
    chart.line("mean", [0, 40], [0, 1.23456789], dots=True)
    chart.marks("lost", [30], [2], role="lost")
    chart.level("room", 2)
    return chart


def shares() -> Chart:
    chart = Chart("Who speaks", alt="The kubelet itself has most.", x="calls")
    chart.bars("Warning", {"kubelet": 3, "volumes": 0})
    chart.bars("Normal", {"volumes": 2})
    return chart


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


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
    assert json.loads(FIGURE.findall(html)[0]) == depth().data
    picture = base64.b64decode(re.findall(r"base64,([^\"]+)", html)[0]).decode()
    assert picture == depth().draw()


def test_the_picture_names_every_row_and_both_axes() -> None:
    assert {"queue of slow", "mean", "lost", "room", "milliseconds", "events"} <= set(texts(depth().draw()))
    told = texts(shares().draw())
    assert {"Warning: 3", "Normal: 2", "kubelet", "volumes", "calls", "3", "2"} <= set(told)
    assert "0" not in told  # a bar of nothing is none


def test_no_name_in_the_picture_stands_on_another_one() -> None:
    chart = Chart("Ends", alt="All end at the same height.", x="x", y="y")
    for name in ("one", "two", "three"):
        chart.line(name, [0, 1], [0, 5])
    heights = {each.text: float(each.get("y", "")) for each in ElementTree.fromstring(chart.draw()).iter() if each.text}
    ends = sorted(heights[name] for name in ("one", "two", "three"))
    assert ends[1] - ends[0] >= 15
    assert ends[2] - ends[1] >= 15


def test_the_picture_holds_what_it_draws() -> None:
    for chart in (depth("a name as long as a name can be, and longer"), shares()):
        root = ElementTree.fromstring(chart.draw())
        for each in root.iter("{http://www.w3.org/2000/svg}text"):
            long = LETTER * len(each.text or "")
            left = float(each.get("x", "")) - {"end": long, "middle": long / 2}.get(each.get("text-anchor", ""), 0)
            assert left >= -1, each.text
            assert left + long <= float(root.get("width", "")) + 12, each.text


def test_a_name_is_never_markup() -> None:
    html = depth(HOSTILE).html()
    assert HOSTILE in json.loads(FIGURE.findall(html)[0])["rows"][0]["name"]
    assert html.count("<img") == html.count("<script") == 1
    assert HOSTILE in texts(depth(HOSTILE).draw())


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


@pytest.mark.parametrize(
    ("low", "high", "most", "found"),
    [
        (0, 44, 5, [0, 10, 20, 30, 40]),
        (0, 2.12, 5, [0, 0.5, 1, 1.5, 2]),
        (-3, 3, 3, [-2, 0, 2]),
        (7, 7, 5, [7]),
    ],
)
def test_ticks_are_round_few_and_inside(low: float, high: float, most: int, found: list[float]) -> None:
    assert ticks(low, high, most) == found


def test_a_notebook_gets_html_text_and_a_widget() -> None:
    bundle = depth()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == "<Chart 'The queue fills up', 4 rows>"
    assert depth().widget.figure == depth().data


def test_a_chart_needs_nothing_but_python_and_is_the_same_in_every_process() -> None:
    code = (
        "import sys; sys.modules |= dict.fromkeys(('matplotlib', 'numpy', 'anywidget'));"
        "from tests.figures.test_chart import depth; print(depth().html(), end='')"
    )
    assert python("-c", code, PYTHONHASHSEED="1").stdout == depth().html()


def stored() -> list[tuple[str, str]]:
    """The charts of the book, as their notebooks hold them."""
    return [
        (path.name, data)
        for path in sorted((ROOT / "book").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        for data in FIGURE.findall(output.get("data", {}).get("text/html", ""))
    ]


def test_the_charts_of_the_book_are_data_small_and_alone() -> None:
    assert len(stored()) >= 6
    for name, data in stored():
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
