"""Pages without a mouse, and pages without their looks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.browser.conftest import Visit

PAGES = ("index.html", "book/04_broadcaster.html", "book/appendix_symbols.html")

FOCUSED = """() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (!window.seen) window.seen = new Map();
    const again = window.seen.has(element);
    window.seen.set(element, true);
    return {
        name: element.outerHTML.slice(0, 90), again, body: element === document.body,
        marked: style.outlineStyle !== "none" || style.boxShadow !== "none" || element.matches("input, select"),
        there: box.width > 0 && box.height > 0,
    };
}"""

REACHABLE = """() => [...document.querySelectorAll("article a[href], article button, article input, article select, " +
        ".prev-next-area a")]
    .filter(element => !element.closest("[hidden], details:not([open])") &&
        element.checkVisibility({ visibilityProperty: true }) &&
        element.tabIndex >= 0 && !element.disabled && element.type !== "radio")
    .filter(element => !window.seen.has(element)).map(element => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("path", PAGES)
def test_every_control_can_be_reached_by_tab_and_shows_the_focus(visit: Callable[..., Visit], path: str) -> None:
    page = visit(path).page
    unmarked = []
    for _ in range(1500):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["body"] or focused["again"]:
            break
        if focused["there"] and not focused["marked"]:
            unmarked.append(focused["name"])
    else:
        pytest.fail("Tab does not come round")
    assert unmarked == []
    assert page.evaluate(REACHABLE) == []


def test_the_first_tab_offers_to_skip_the_navigation(visit: Callable[..., Visit]) -> None:
    page = visit("book/04_broadcaster.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


@pytest.mark.parametrize("path", PAGES)
def test_without_styles_a_page_reads_from_title_to_end(visit: Callable[..., Visit], path: str) -> None:
    page = visit(path).page
    levels = """() => {
        document.querySelectorAll("link[rel=stylesheet], style").forEach(element => element.remove());
        return [...document.querySelectorAll("article :is(h1, h2, h3, h4)")].map(element => Number(element.tagName[1]));
    }"""
    found = page.evaluate(levels)
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(found))
    text = page.evaluate("document.querySelector('main').innerText")
    assert len(text) > 40
