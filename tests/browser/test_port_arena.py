"""The arena in a browser: the port is judged there, and whatever else a reader writes is told or stopped."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.checks import faults
from tests.browser.conftest import Visit, visiting
from tests.site.built import SITE
from tools.offline import FOLDER, pack

CHAPTER = "book/14_port_it_yourself.html"
DONE = "!/^(|Asking.*)$/.test(document.querySelector('.port-arena-verdict').innerText)"


def judged(seen: Visit, code: str | None = None) -> str:
    """Press the button, with this code if any is given, and wait for the verdict."""
    page = seen.page
    if code is not None:
        page.locator("#port-arena-code").fill(code)
    page.get_by_role("button", name="Judge it").click()
    page.wait_for_function(DONE)
    return page.locator(".port-arena-verdict").inner_text()


def ended(seen: Visit) -> None:
    """Wait until no worker is left: a browser takes its time to end one that is busy."""
    for worker in seen.page.workers:
        with worker.expect_event("close"):
            pass
    assert not seen.page.workers


def changed(seen: Visit, right: str, wrong: str) -> str:
    code = seen.page.locator("#port-arena-code").input_value()
    assert code.count(right) == 1
    return code.replace(right, wrong)


def test_the_port_is_judged_in_the_page(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER, width=390)
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    assert judged(seen) == "Not refuted by any of 29 scenarios."
    assert [url.rpartition("/")[2] for url in asked if not url.startswith("blob:")] == ["port-vectors.js"]
    told = judged(seen, changed(seen, "group.messages.add(event.message)", "group.messages.add({})"))
    assert told.startswith("Refuted by 10 of 29, soonest by “the same event thirty times”, 10 of 30 steps.")
    assert "step 9, event.count: expected 10, got 1." in told
    assert seen.page.locator(".port-arena-verdict tbody tr").count() == 10
    seen.page.get_by_role("button", name="As it was").click()
    assert judged(seen) == "Not refuted by any of 29 scenarios."
    assert faults(seen) == {}


def test_the_page_does_not_take_two_neighbours_for_one(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    told = judged(seen, changed(seen, "`${value}`", "`${Number(value)}`"))
    assert "expected 1549326009000000001, got 1549326009000000000" in told


@pytest.mark.ci
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("this is no JavaScript", "it throws SyntaxError"),
        ("export const answer = 7", "It exports no function named answer."),
        ("export const answer = () => 7", "At “the same event thirty times” it returned no text."),
        ("export const answer = () => 'x'", "it throws SyntaxError"),
        (
            "export const answer = () => { throw new Error('<img src=x onerror=alert(1)>') }",
            "<img src=x onerror=alert(1)>",
        ),
        (
            'export const answer = () => \'{"refused": "<b>no</b>"}\'',
            "It refuses “the same event thirty times”: <b>no</b>",
        ),
        ('export const answer = () => \'{"expect": "<b>"}\'', 'got "<b>"'),
        ("export const answer = () => '{}'", "got nothing"),
    ],
)
def test_what_is_no_port_is_told_as_text(code: str, words: str, visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    assert words in judged(seen, code)
    assert seen.page.locator(".port-arena-verdict :is(img, b)").count() == 0


@pytest.mark.ci
@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("export function answer() { for (;;); }", "“the same event thirty times”"),
        ("for (;;);", "its first line"),
        ("await new Promise(() => {})", "its first line"),
    ],
)
def test_a_port_that_does_not_end_is_stopped(code: str, place: str, browser: Browser, site: str) -> None:
    with visiting(browser, site, CHAPTER) as seen:
        seen.page.clock.install()
        seen.page.locator("#port-arena-code").fill(code)
        seen.page.get_by_role("button", name="Judge it").click()
        seen.page.get_by_role("button", name="Stop").wait_for()
        seen.page.wait_for_function("() => performance.now() >= 0")
        while not (told := seen.page.locator(".port-arena-verdict").inner_text()).startswith("No answer"):
            seen.page.clock.run_for(1000)
        assert told in (f"No answer within 5 seconds, at {each}: stopped." for each in (place, "its first line"))
        ended(seen)
        assert judged(seen, "export const answer = 7") == "It exports no function named answer."


@pytest.mark.ci
def test_the_reader_stops_it(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.locator("#port-arena-code").fill("for (;;);")
    seen.page.get_by_role("button", name="Judge it").click()
    seen.page.get_by_role("button", name="Stop").click()
    assert seen.page.locator(".port-arena-verdict").inner_text() == "Stopped."
    ended(seen)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("offline")
    pack(SITE, folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder)
    return (folder / FOLDER).as_uri() + "/"


@pytest.mark.ci
def test_it_is_judged_from_a_disk_too(browser: Browser, unpacked: str) -> None:
    with visiting(browser, unpacked, CHAPTER) as seen:
        assert judged(seen) == "Not refuted by any of 29 scenarios."
        assert seen.errors == []
