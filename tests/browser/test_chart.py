"""Charts in a browser with the network cut: drawn for the width and the theme there are, read by keys, printed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator

from kevent.figures import Chart
from tests.browser.bare import Figures
from tests.browser.checks import WIDTHS, in_every_window
from tests.browser.conftest import Tour
from tests.figures.charts import depth, shares
from tests.figures.scenarios import HOSTILE
from tests.site.built import SITE, pages, some_weekly

Show = Callable[..., Figures]

STICKS_OUT = """root => {
    const {left, right} = root.getBoundingClientRect();
    return [...root.querySelectorAll('svg :is(text, rect, path, circle)')].filter(each => {
        const box = each.getBoundingClientRect();
        return box.width && (box.left < left - 5 || box.right > right + 5);
    }).map(each => each.outerHTML.slice(0, 120));
}"""

COVERED = """root => {
    const texts = [...root.querySelectorAll('.kc-plot text')];
    const boxes = texts.map(each => [each.textContent, each.getBoundingClientRect()]);
    const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom;
    return boxes.flatMap(([name, a], i) =>
        boxes.slice(i + 1).filter(([, b]) => meet(a, b)).map(([other]) => [name, other]));
}"""


def opened(show: Show, chart: Chart, **how: Any) -> tuple[Figures, Locator]:
    shown = show(html=chart.html(), **how)
    return shown, shown["chart"]


@pytest.mark.parametrize("chart", [depth, shares])
@in_every_window
def test_it_has_no_fault(show: Show, chart: Callable[[], Chart], theme: str, width: int) -> None:
    shown, it = opened(show, chart(), theme=theme, width=width, clock=False)
    assert it.evaluate(STICKS_OUT) == it.evaluate(COVERED) == []
    assert shown.visit.inaccessible() == []
    it.get_by_role("slider").press("End")
    assert shown.visit.inaccessible() == []
    it.get_by_role("button", name="table").click()
    assert shown.visit.inaccessible() == shown.visit.sideways() == []
    assert shown.visit.outside == shown.visit.errors == []


def test_keys_and_the_mouse_read_what_the_table_says(show: Show) -> None:
    shown, it = opened(show, depth())
    said, reader = it.locator(".kc-said"), it.get_by_role("slider")
    found = []
    reader.press("Home")
    for _ in range(4):
        assert reader.get_attribute("aria-valuetext") == said.inner_text()
        found.append(said.inner_text())
        reader.press("ArrowRight")
    assert found == [
        "0 milliseconds: queue of slow 0, mean 0, room 2",
        "20 milliseconds: queue of slow 1, mean 0.6173, room 2",
        "30 milliseconds: queue of slow 1, mean 0.9259, lost 2, room 2",
        "40 milliseconds: queue of slow 2, mean 1.235, room 2",
    ]
    assert reader.get_attribute("aria-valuenow") == "3"  # the last one; there is no further
    box = reader.bounding_box()
    assert box is not None
    shown.page.mouse.move(box["x"] + 46, box["y"] + 80)
    assert said.inner_text() == found[0]
    it.get_by_role("button", name="table").click()
    rows = it.locator("tbody tr").all()
    assert [row.locator("th, td").all_inner_texts() for row in rows] == [
        ["0", "0", "0", "", "2"], ["20", "1", "0.6173", "", "2"], ["30", "1", "0.9259", "2", "2"],
        ["40", "2", "1.235", "", "2"],
    ]  # fmt: skip


def test_bars_are_read_one_by_one(show: Show) -> None:
    shown, it = opened(show, shares())
    reader = it.get_by_role("slider")
    reader.press("Home")
    assert it.locator(".kc-said").inner_text() == "kubelet: Warning 3, Normal 0"
    reader.press("ArrowDown")
    assert it.locator(".kc-said").inner_text() == "volumes: Warning 0, Normal 2"
    box = reader.bounding_box()
    assert box is not None
    shown.page.mouse.move(box["x"] + 200, box["y"] + 8)
    assert it.locator(".kc-said").inner_text() == "kubelet: Warning 3, Normal 0"


def test_rows_differ_in_shape_too_and_red_is_what_is_lost(show: Show) -> None:
    _, it = opened(show, depth())
    strokes = it.locator(".kc-line").evaluate_all("lines => lines.map(line => line.getAttribute('stroke-dasharray'))")
    assert len(strokes) == len(set(strokes)) == 3
    red = it.locator(".kp-mark").evaluate("mark => getComputedStyle(mark).stroke")
    ours = it.locator(".kc-line").evaluate_all("lines => lines.map(line => getComputedStyle(line).stroke)")
    assert red == "rgb(191, 31, 44)"
    assert red not in ours


def test_it_is_drawn_again_for_another_width_and_theme(show: Show) -> None:
    shown, it = opened(show, depth(), width=1280)
    wide = it.locator(".ks-draw").get_attribute("viewBox")
    ink = "svg => getComputedStyle(svg.querySelector('.kc-line')).stroke"
    light = it.locator(".ks-draw").evaluate(ink)
    assert it.locator(".kc-name").count() == 4
    assert it.locator(".kp-legend > span").count() == 0
    shown.page.set_viewport_size({"width": 390, "height": 800})
    it.locator(".kp-legend > span").first.wait_for()
    assert it.locator(".ks-draw").get_attribute("viewBox") != wide
    assert it.locator(".kc-name").count() == 0
    assert it.locator(".kp-legend > span").all_inner_texts() == ["queue of slow", "mean", "lost", "room"]
    shown.visit.turn("dark")
    assert it.locator(".ks-draw").evaluate(ink) != light


def test_a_hostile_name_stays_text(show: Show) -> None:
    shown, it = opened(show, depth(HOSTILE))
    it.get_by_role("slider").press("Home")
    it.get_by_role("button", name="table").click()
    assert HOSTILE in it.locator(".kc-said").inner_text()
    assert HOSTILE in it.locator("th").nth(1).inner_text()
    assert shown.page.evaluate("window.hacked") is None
    assert it.locator(":is(img, script)").count() == 0


def test_without_a_script_and_on_paper_there_is_the_picture(show: Show) -> None:
    bare, printed = opened(show, depth(), script=False)[0], opened(show, depth())[0]
    printed.page.emulate_media(media="print")
    for shown in (bare, printed):
        assert shown.page.locator(".kf-static img").is_visible()
        assert shown.page.locator(".kf-static strong").inner_text() == "The queue fills up"
        assert not shown.page.locator(".kc-plot").is_visible()


LONG = "a name as long as a name can be, and longer"


@pytest.mark.parametrize("chart", [depth(LONG), depth(HOSTILE[:60]), shares()], ids=["long", "hostile", "bars"])
def test_the_still_holds_what_it_says_and_no_word_stands_on_another(show: Show, chart: Chart) -> None:
    page = show(html=chart.html(), script=False).page
    page.set_content(f'<div class="kc-plot" style="width: fit-content">{chart.draw()}</div>')
    root = page.locator("div")
    assert root.evaluate(STICKS_OUT) == root.evaluate(COVERED) == []


# --- those of the book ---


def with_charts() -> list[str]:
    return [page for page in pages() if 'data-kind="chart"' in (SITE / page).read_text(encoding="utf-8")]


def test_the_book_has_charts() -> None:
    assert len(with_charts()) >= 5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", some_weekly(with_charts()))
def test_every_chart_of_the_book_holds_what_it_draws_and_reads_it_out(tour: Tour, page: str, width: int) -> None:
    visit = tour.open(page, width=width)
    for still in visit.page.locator("[data-kind=chart] .kf-static img").all():
        assert still.evaluate("still => still.decode().then(() => still.naturalWidth)") == 736
    for it in visit.page.locator(".kc-chart").all():
        it.scroll_into_view_if_needed()
        assert it.evaluate(STICKS_OUT) == it.evaluate(COVERED) == []
        reader = it.get_by_role("slider")
        reader.focus()
        visit.page.keyboard.press("End")
        assert re.match(r".+: .+ \d", it.locator(".kc-said").inner_text())
    assert visit.sideways() == []
    assert visit.errors == visit.outside == []


def test_a_page_with_a_chart_loads_little_for_it() -> None:
    script = (SITE / "_static" / "chart.js").read_text(encoding="utf-8")
    assert len(gzip.compress(script.encode())) < 5 * 1000
