"""Where is my event, in Firefox: the page's own Python reads the sample, and a stage comes under a cause."""

from __future__ import annotations

import pytest

from tests.firefox import bidi
from tests.firefox.pages import PRESS, open_page, outside

pytestmark = pytest.mark.ci

CERTAIN = """() => [...document.querySelectorAll(".wme-objects button")].flatMap(each => {
    each.click();
    const found = document.querySelectorAll(".wme-object .wme-found[data-level=certain] b");
    return [...found].map(title => title.textContent);
})"""
"""What is certain of each object, one after the other."""


@pytest.mark.weekly
def test_the_sample_is_read_and_what_is_certain_is_said(tab: bidi.Tab, site: str) -> None:
    open_page(tab, f"{site}book/where_is_my_event.html")
    tab.wait(PRESS, "A made-up sample")
    tab.wait("() => document.querySelector('.wme-read, .wme-wrong') !== null")
    certain = tab.evaluate(CERTAIN)
    assert any("was stored" in title for title in certain), certain
    assert any("similar events" in title for title in certain), certain
    assert (outside(tab, site), tab.errors()) == ([], [])


def test_a_stage_comes_under_a_cause(tab: bidi.Tab, site: str) -> None:
    open_page(tab, f"{site}book/where_is_my_event.html#see-combined")
    tab.wait(PRESS, "See it happen", "#see-combined")
    said = tab.wait("() => document.querySelector('#see-combined .ks-sentence')?.textContent")
    assert "event 10" in said
    assert (outside(tab, site), tab.errors()) == ([], [])
