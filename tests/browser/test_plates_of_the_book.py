"""Every figure of one run on every page of the built book: by keys alone, one step everywhere, and little to load."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.browser.conftest import Tour, Visit
from tests.site.built import OF_EACH_KIND, SITE, pages, some_weekly

BUDGET = 60 * 1000

WALK = """() => [...document.querySelectorAll('.kg:not(.kl)')].map(figure => {
    const key = (key, shiftKey = false) =>
        figure.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true, cancelable: true}));
    const slider = figure.querySelector('.kp-time');
    const text = selector => figure.querySelector(selector)?.textContent ?? '';
    key('3');
    key('Home');
    const seen = [];
    for (let step = 0; step <= Number(slider.getAttribute('aria-valuemax')); step++) {
        if (step) key('ArrowRight', true);
        seen.push([Number(figure.dataset.step), Number(slider.getAttribute('aria-valuenow')), text('.kg-sentence'),
            slider.getAttribute('aria-valuetext'), text('li[aria-current] > button > span:last-child'),
            text('.kg-say .ks-meta')]);
    }
    key('1');
    return [figure.closest('.kevent-figure').dataset.kind, seen];
})"""


def with_plates() -> list[str]:
    """The pages that show the word, the correlator or a tree that is pruned."""
    kind = re.compile('data-kind="(waitgroup-word|correlator-timeline|prune-the-tree)"')
    return [page for page in pages() if kind.search((SITE / page).read_text(encoding="utf-8"))]


@pytest.fixture(scope="module", params=some_weekly(with_plates(), OF_EACH_KIND))
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    """One page after the other; its tests look at it in the order in which they stand here."""
    return tour.open(request.param, width=1280)


def test_there_are_figures() -> None:
    assert {"book/07_two_counters.html", "book/09_correlator.html"} <= set(with_plates())


def test_every_figure_is_driven_by_keys_alone(opened: Visit) -> None:
    address, keys = opened.page.url, opened.page.keyboard
    for number, figure in enumerate(opened.page.locator(".kg:not(.kl)").all()):
        slider = figure.locator(".kp-time")
        slider.focus()
        end = int(slider.get_attribute("aria-valuemax") or 0)
        for key, at in {"Home": 0, "Shift+ArrowRight": 1, "End": end, "Shift+ArrowLeft": end - 1}.items():
            keys.press(key)
            assert figure.get_attribute("data-step") == str(at), f"figure {number}: {key}"
        keys.press("Home")  # from where it plays long enough to be stopped
        for doing in ("pause", "play"):
            keys.press(" ")
            assert figure.locator(".kp-play").get_attribute("aria-label") == doing, f"figure {number}"
    assert opened.page.url == address


def test_every_figure_tells_the_same_step_everywhere(opened: Visit) -> None:
    found = opened.page.evaluate(WALK)
    assert found
    for kind, seen in found:
        assert len(seen) > 1
        for step, (at, now, said, spoken, logged, meta) in enumerate(seen):
            where = f"{kind}, step {step}"
            assert at == now == step, where
            assert said == spoken != "", where
            assert logged == (said if step else ""), where
            assert meta.startswith(f"step {step} of {len(seen) - 1} · "), where
    assert opened.errors == opened.outside == []


def test_every_figures_data_is_small() -> None:
    for page in with_plates():
        html = (SITE / page).read_text(encoding="utf-8")
        for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL):
            assert len(gzip.compress(data.encode())) < BUDGET, page
