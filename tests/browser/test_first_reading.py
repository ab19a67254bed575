"""A chapter's first screen and its first reading: what a reader sees who opens it and unfolds nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit
from tests.site.built import pages

CHAPTERS = [name for name in pages() if re.match(r"book/\d\d_", name)]
MINUTES, PIXELS = 25, 6000

TOPS = """() => Object.fromEntries([".opening .kevent-figure", ".opening .self-check"].map(selector =>
  [selector, Math.round(document.querySelector(selector)?.getBoundingClientRect().top ?? Infinity)]))"""


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_shows_before_it_tells(visit: Callable[..., Visit], chapter: str) -> None:
    page = visit(chapter, folded=True).page
    tops = page.evaluate(TOPS)
    assert max(tops.values()) < 860 - 240, tops  # at 1280 both are in the first screen
    height = page.evaluate("document.querySelector('article').getBoundingClientRect().height")
    assert height <= PIXELS
    said = page.locator(".meta").first.inner_text()
    minutes = re.search(r"(\d+) minutes", said)
    assert minutes is not None, said
    assert int(minutes[1]) <= MINUTES, said
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(TOPS)[".opening .kevent-figure"] < 844 - 200


SET = """selector => {
    const written = [...document.querySelectorAll(selector)].filter(p => !p.className && p.textContent.trim());
    const sets = written.map(p => getComputedStyle(p));
    return [...new Set(sets.map(set => `${set.fontFamily} ${set.fontSize} ${set.color}`))];
}"""
"""How the paragraphs are set that a selector finds."""


def test_what_is_folded_is_set_as_what_is_not(visit: Callable[..., Visit]) -> None:
    page = visit("book/09_correlator.html").page
    [open_text] = page.evaluate(SET, "article section:not(.deep) > p")
    assert page.evaluate(SET, ".deep > details > p") == [open_text]
    assert page.evaluate(SET, ".deep > details > summary > p") != [open_text], "its gist is"
