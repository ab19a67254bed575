"""A system that chooses the colours, as Windows' contrast themes do: what only a ground told is still told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Visit

CHAPTER = "book/05_full_channel.html"


@pytest.fixture
def page(visit: Callable[..., Visit]) -> Page:
    page = visit(CHAPTER).page
    page.emulate_media(forced_colors="active")
    return page


def look(element: Locator) -> tuple[str, str]:
    """Ground and colour."""
    found = element.evaluate("each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]")
    return found[0], found[1]


def test_what_is_pressed_and_what_runs_is_seen(page: Page) -> None:
    figure = page.locator(".ks:has(.kp-line)").first
    pressed = figure.locator("button[aria-pressed='true']").first
    assert look(pressed) != look(figure.locator("button[aria-pressed='false']").first)
    figure.focus()
    page.keyboard.press("ArrowRight")
    running = figure.locator(".kp-line[data-runs='now']").first
    running.wait_for()
    other = figure.locator(".kp-line:not([data-runs])").first
    assert look(running)[0] != look(other)[0]
    assert look(running.locator("code")) == ("rgba(0, 0, 0, 0)", look(running)[1])


def test_the_marked_line_of_a_twin_is_seen_and_its_indent_covers_nothing(page: Page) -> None:
    twin = page.locator(".twin").first
    twin.locator(".twin-steps button").first.click()
    marked = twin.locator(".line.marked").first
    marked.wait_for()
    assert look(marked)[0] != look(twin.locator(".line:not(.marked)").first)[0]
    assert twin.locator(".indent").first.evaluate("each => getComputedStyle(each).forcedColorAdjust") == "none"
