"""Every schedule and every chain of calls on the built book's pages: by keys alone, to an end, and little to load."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.browser.conftest import Tour, Visit
from tests.site.built import SITE, pages, some_weekly

BUDGET = 60 * 1000
KINDS = re.compile('data-kind="(call-chain|pick-the-schedule)"')


def with_figures() -> list[str]:
    """The pages that show a schedule or a chain of calls."""
    return [page for page in pages() if KINDS.search((SITE / page).read_text(encoding="utf-8"))]


@pytest.fixture(
    scope="module", params=some_weekly(with_figures(), ("book/03_kubelet.html", "book/12_every_interleaving.html"))
)
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    """One page after the other; its tests look at it in the order in which they stand here."""
    return tour.open(request.param, width=1280)


def test_there_are_figures() -> None:
    assert {"book/03_kubelet.html", "book/12_every_interleaving.html", "book/13_bug_museum.html"} <= set(with_figures())


def test_every_schedule_comes_to_an_end_by_keys_alone(opened: Visit) -> None:
    keys = opened.page.keyboard
    for figure in opened.page.locator(".kevent-figure[data-kind=pick-the-schedule] .kl").all():
        figure.focus()
        for _ in range(80):
            if not figure.locator("[data-option]").count():
                break
            keys.press("1")
        assert figure.locator("[data-option]").count() == 0
        assert figure.get_attribute("data-role") in ("done", "lost")
        assert figure.locator(".kl-tree .kl-leaf").count() == 1
        for _ in range(40):
            keys.press("u")
        assert figure.locator(".kl-path i").inner_text() == "nothing chosen yet"
    assert opened.errors == opened.outside == []


def test_every_chain_tells_the_same_step_everywhere(opened: Visit) -> None:
    keys = opened.page.keyboard
    for figure in opened.page.locator(".kevent-figure[data-kind=call-chain] .ks").all():
        slider = figure.get_by_role("slider")
        end = int(slider.get_attribute("aria-valuemax") or 0)
        figure.focus()
        keys.press("Home")
        for step in range(end + 1):
            assert figure.get_attribute("data-step") == slider.get_attribute("aria-valuenow") == str(step)
            said = figure.locator(".kg-sentence").inner_text().strip()
            assert said == (slider.get_attribute("aria-valuetext") or "").strip() != ""
            keys.press("Shift+ArrowRight")
    assert opened.errors == opened.outside == []


def test_the_data_of_every_figure_is_small() -> None:
    for page in pages():
        html = (SITE / page).read_text(encoding="utf-8")
        for data in re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL):
            assert len(gzip.compress(data.encode())) < BUDGET, page
