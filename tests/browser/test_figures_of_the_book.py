"""Every figure on every page of the built book, found by looking: three views that agree, and little to load.

The stages have tests of their own; here they count for what is loaded.
"""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import Tour, Visit
from tests.site.built import SITE, pages

BUDGET = 60 * 1000

WALK = """() => [...document.querySelectorAll('.kevent-figure:has(.kf)')].map(wrapper => {
    const figure = wrapper.querySelector('.kf');
    const all = selector => [...figure.querySelectorAll(selector)];
    const visible = selector => all(selector).filter(each => each.dataset.state !== 'none');
    const table = figure.querySelector('.kf-table');
    table.closest('details').open = true;
    figure.querySelector('.kf-finish')?.click();
    const range = figure.querySelector('.kf-range');
    const views = [];
    figure.querySelector('.kf-last').click();
    figure.querySelector('.kf-first').click();
    for (let step = 0; step <= Number(range.max); step++) {
        if (step) figure.querySelector('.kf-next').click();
        const last = figure.querySelector('.kf-log li:last-child');
        views.push({
            step: Number(figure.dataset.step), number: last.value, place: Number(range.value),
            said: figure.querySelector('.kf-sentence').textContent, logged: last.textContent,
            label: figure.querySelector('.kf-stage svg').getAttribute('aria-label'),
            rows: [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent)),
            queues: all('.kf-stage .kf-mono').map(label => label.textContent),
            tokens: all('.kf-event').map(event => [event.dataset.place, event.dataset.event]),
            boxes: all('.kf-box').map(box => [box.nextElementSibling, box.nextElementSibling?.nextElementSibling])
                .filter(([name, doing]) => doing?.matches('.kf-small'))
                .map(([name, doing]) => [name.textContent, doing.textContent]),
            levels: all('.kf-level').map(level => level.textContent.split(': ', 2)),
            bits: all('.kf-cell').map(cell => cell.dataset.on).reverse().join(''),
            marks: visible('.kf-outcome').map(mark => mark.dataset.outcome),
            cut: all('.kf-box ~ text').map(text => text.textContent).filter(text => text.endsWith('…')),
            calls: visible('.kf-call').length, objects: visible('.kf-object').length,
        });
    }
    return {kind: wrapper.dataset.kind, length: Number(range.max), views};
})"""


def with_figures() -> list[str]:
    """The pages that show a figure."""
    return [page for page in pages() if 'class="kevent-figure"' in (SITE / page).read_text(encoding="utf-8")]


def agree(kind: str, view: dict[str, Any]) -> None:
    """The drawing and the table of one moment say the same."""
    rows = {row[0]: row[1:] for row in view["rows"]}
    if kind == "waitgroup-word":
        assert f"0x{int(view['bits'], 2):016x}" == rows["word"][0]
        assert view["boxes"]
        assert all(rows[name][0] == doing for name, doing in view["boxes"])
    elif kind == "pick-the-schedule":
        levels = [[name, value] for name, value in view["levels"] if value != "untouched"]
        assert view["boxes"] + levels == view["rows"] != []
    elif kind == "correlator-timeline":
        for outcome in ("created", "patched", "combined", "filtered"):
            assert view["marks"].count(outcome) == int(rows[outcome][0])
    elif kind == "call-chain":
        what = [row[0] for row in view["rows"]]
        assert (view["calls"], view["objects"]) == (what.count("call"), what.count("object"))


@pytest.fixture(scope="module", params=with_figures())
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    """One page after the other; its tests look at it in the order in which they stand here."""
    return tour.open(request.param, width=1280)


def test_there_are_figures() -> None:
    assert {"index.html", "book/04_broadcaster.html"} <= set(with_figures())


def test_every_figure_is_driven_by_keys_alone(opened: Visit) -> None:
    address, keys = opened.page.url, opened.page.keyboard
    for number, figure in enumerate(opened.page.locator(".kf").all()):

        def step(figure: Locator = figure) -> int:
            return int(figure.get_attribute("data-step") or -1)

        finish = figure.locator(".kf-finish")
        if finish.count():
            finish.press("Enter")
        figure.locator(".kf-view").focus()
        end = int(figure.locator(".kf-range").get_attribute("max") or 0)
        for key, at in {"Home": 0, "ArrowRight": 1, "End": end, "ArrowLeft": end - 1}.items():
            keys.press(key)
            assert step() == at, f"figure {number}: {key}"
        for doing in ("Pause", "Play"):
            keys.press(" ")
            assert figure.locator(".kf-play").get_attribute("aria-label") == doing, f"figure {number}"
        follow = figure.get_by_label("follow an event")
        if follow.is_visible():
            follow.focus()
            keys.press("ArrowDown")
            first = figure.locator(".kf-life li button").first
            first.press("Enter")
            assert f"step {step()}" == first.inner_text(), f"figure {number}"
    assert opened.page.url == address


def test_the_three_views_of_every_figure_agree_at_every_step(opened: Visit) -> None:
    for figure in opened.page.evaluate(WALK):
        assert figure["length"] > 0
        for step, view in enumerate(figure["views"]):
            where = f"{figure['kind']}, step {step}"
            assert view["step"] == view["number"] == view["place"] == step, where
            assert view["said"] == view["logged"] == view["label"] != "", where
            assert view["cut"] == [], where
            agree(figure["kind"], view)
    assert opened.errors == opened.outside == []


def test_every_figures_data_is_small() -> None:
    for page in with_figures():
        html = (SITE / page).read_text(encoding="utf-8")
        for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL):
            assert len(gzip.compress(data.encode())) < BUDGET, page
