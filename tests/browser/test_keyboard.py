"""Pages without a mouse or without their looks: what test_wide.py checks of every page is seen where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.checks import by_keyboard, unstyled
from tests.browser.conftest import Visit, serving, visiting

BAD_PAGE = """<!doctype html><html lang="en"><head><title>A bad page</title><link rel="icon" href="data:,">
<style>#unmarked:focus { outline: none }</style></head><body><main><article><h2>Bad</h2><h4>Worse</h4></article>
<a href="#1">good</a><a href="#2" id="unmarked">unmarked</a><button></button>
<button style="position: absolute; width: 0; height: 0; padding: 0; border: 0">nowhere</button>
<button id="trap" onkeydown="event.preventDefault()">trap</button><a href="#3">behind</a></main></body></html>"""


def test_each_check_sees_its_fault(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(BAD_PAGE)
    with serving(tmp_path) as address, visiting(browser, address, "bad.html") as seen:
        found = by_keyboard(seen, most=50)
        outline = unstyled(seen)
    assert found == {
        "does not come round": ['<button id="trap" onkeydown="event.preventDefault()">trap</button>'],
        "cannot be reached": ['<a href="#3">behind</a>'],
        "does not show the focus": [
            '<a href="#2" id="unmarked">unmarked</a>',
            '<button style="position: absolute; width: 0; height: 0; padding: 0; border: 0">nowhere</button>',
        ],
        "has no name": ["<button></button>"],
    }
    assert set(outline) == {"not one title", "leaves out a level"}


def test_the_first_tab_offers_to_skip_the_navigation(visit: Callable[..., Visit]) -> None:
    page = visit("book/04_broadcaster.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the text"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
