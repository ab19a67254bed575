"""Self-checks in a browser: what a click, a key and a storage that somebody else wrote into do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import UNFOLD, Visit

CHAPTER = "book/04_broadcaster.html"
NUMBER, CHOICE = "#check-broadcaster-a-late-watcher", "#check-broadcaster-a-reader-that-never-reads"


def again(page: Page) -> None:
    """Load the page again, and open what it folds."""
    page.reload()
    page.evaluate(UNFOLD)


def predict(page: Page, number: str) -> str:
    page.locator(f"{NUMBER} input").fill(number)
    page.keyboard.press("Enter")
    return page.locator(f"{NUMBER} .self-check-verdict").inner_text()


def test_a_prediction_is_answered_and_remembered(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    assert "behind the five" not in page.content()
    assert predict(page, "8") == "You said: 8. The run says: 3."
    assert "behind the five" in page.locator(f"{NUMBER} .self-check-answer").inner_text()
    assert "1 of 3 self-checks" in page.locator(".self-check-progress").inner_text()
    again(page)
    assert page.locator(f"{NUMBER} .self-check-verdict").inner_text() == "You said: 8. The run says: 3."
    page.get_by_role("button", name="Predict again").click()
    assert page.evaluate("document.activeElement.type") == "number"
    assert predict(page, "3") == "As you said: 3."
    page.get_by_role("button", name="Predict again").click()
    again(page)
    assert page.locator(".self-check-verdict").count() == 0


def test_a_choice_is_made_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.locator(f"{CHOICE} input").first.focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(f"{CHOICE} .self-check-verdict").inner_text() == "As you said: It never returns."


def test_without_storage_a_check_still_answers(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }})")
    again(seen.page)
    assert predict(seen.page, "3") == "As you said: 3."


@pytest.mark.ci
@pytest.mark.parametrize("stored", ['{"04_broadcaster.html#check-broadcaster-a-late-watcher": 7}', "nonsense", "7"])
def test_what_somebody_else_stored_does_no_harm(visit: Callable[..., Visit], stored: str) -> None:
    seen = visit(CHAPTER)
    seen.page.evaluate("stored => localStorage.setItem('kevent self-checks', stored)", stored)
    again(seen.page)
    assert seen.errors == []
    assert predict(seen.page, "3") == "As you said: 3."


def test_without_scripts_the_page_says_where_things_are(visit: Callable[..., Visit], browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(site + CHAPTER)
        assert "book/self_checks/broadcaster.py" in (page.locator(NUMBER).text_content() or "")
        assert not page.locator(f"{NUMBER} form").is_visible()
    finally:
        context.close()


def test_a_bet_opens_what_was_done_by_keyboard_and_folds_it_for_the_next(visit: Callable[..., Visit]) -> None:
    page = visit("book/13_bug_museum.html").page
    check, fold = page.locator("#check-bets-spin"), page.locator("details[data-bet=check-bets-spin]")
    assert fold.get_attribute("open") is None
    check.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    check.locator(".self-check-verdict").wait_for()
    assert fold.get_attribute("open") is not None
    assert fold.locator(".twin").is_visible()
    check.get_by_role("button", name="Predict again").click()
    assert fold.get_attribute("open") is None


def test_a_bet_can_be_read_and_opened_without_a_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{site}book/13_bug_museum.html")
        page.locator("#a-loop-that-does-not-ask > details > summary").click()
        assert page.locator("#check-bets-spin .self-check-elsewhere li").count() == 3
        page.locator("details[data-bet=check-bets-spin] > summary").click()
        assert page.locator("details[data-bet=check-bets-spin] .twin").is_visible()
    finally:
        context.close()
