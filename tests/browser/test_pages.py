"""What the pages do in a browser, and that each check of test_wide.py and test_narrow.py sees its fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser

from tests.browser.checks import assert_no_fault, faults
from tests.browser.conftest import Tour, Visit, serving, visiting
from tests.site.built import SITE, pages, some_weekly
from tests.support import ROOT


def test_there_are_pages() -> None:
    assert {"index.html", "search.html"} <= set(pages())


BAD_PAGE = """<!doctype html><html lang="en"><head><title>A bad page</title>
<style>.token { color: #ccc }</style></head><body><main><h1>Bad</h1>
<img src="picture.svg"><img src="https://outside.invalid/pixel.png" alt="A pixel">
<pre><span>dark</span> <span class="token">light</span> <span class="token">as light</span></pre>
<div style="width: 2000px">wide</div><p style="color: #aaa; background: #fff">pale</p>
<script>console.error("said so"); throw new Error("thrown");</script></main></body></html>"""


def test_each_check_sees_its_fault(browser: Browser, tmp_path: Path) -> None:
    """A page with one fault of every kind: a check that finds nothing here would find nothing anywhere."""
    (tmp_path / "bad.html").write_text(BAD_PAGE)
    (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    with serving(tmp_path) as address, visiting(browser, address, "bad.html", width=390) as seen:
        found = faults(seen)
    assert found["asks for something outside"] == ["https://outside.invalid/pixel.png"]
    assert {"said so", "thrown"} <= set(found["errors"])
    assert found["scrolls sideways"][0].endswith("in a window of 390")
    assert any("no alt" in line for line in found["pictures"])
    pale = [line for line in found["accessibility"] if line.startswith("color-contrast") and "token" in line]
    assert len(pale) == 1, "of two that look the same one is looked at"
    assert {"image-alt", "color-contrast"} <= {line.split(":")[0] for line in found["accessibility"]}


PALE_IN_THE_DARK = """<!doctype html><html lang="en" data-theme="light"><head>
<title>A page</title><link rel="icon" href="data:,">
<style>body { background: #fff; color: #000 } [data-theme="dark"] p { color: #eee }</style></head>
<body><main><h1>A page</h1><p>This paragraph cannot be read in the dark theme.</p></main></body></html>"""


def test_a_fault_of_the_dark_theme_is_seen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "pale.html").write_text(PALE_IN_THE_DARK)
    with (
        serving(tmp_path) as address,
        visiting(browser, address, "pale.html") as seen,
        pytest.raises(AssertionError, match="dark: accessibility: color-contrast"),
    ):
        assert_no_fault(seen)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_opens_in_the_theme_of_the_system(visit: Callable[..., Visit], theme: str) -> None:
    seen = visit("index.html", theme=theme)
    assert seen.page.evaluate("document.documentElement.dataset.theme") == theme
    assert seen.errors == []


@pytest.mark.parametrize("symbol", ["recordToSink", "record_to_sink", "DropIfChannelFull", "try_send_many"])
def test_search_finds_a_symbol(visit: Callable[..., Visit], symbol: str) -> None:
    page = visit(f"search.html?q={symbol}").page
    page.locator(".hit").first.wait_for()
    found = page.locator(".hit").evaluate_all("links => links.map(link => new URL(link.href).pathname)")
    assert any(symbol in (SITE / path.lstrip("/")).read_text(encoding="utf-8") for path in found)
    if symbol == "recordToSink":
        assert "/book/10_record_to_sink.html" in found
    if symbol == "try_send_many":
        assert "/book/api/broadcaster.html" in found


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("chapter", some_weekly(name for name in pages() if re.match(r"book/\d", name)))
def test_a_chapter_shows_what_its_cells_gave(tour: Tour, chapter: str) -> None:
    notebook = (ROOT / chapter).with_suffix(".ipynb")
    shown = tour.open(chapter, width=1280).page
    text = words(shown.evaluate("document.querySelector('article').innerText"))
    pictures = 0
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if output.output_type == "stream":
                assert words(output.text) in text
            elif "text/html" not in data and any(kind.startswith("image/") for kind in data):
                pictures += 1
            elif "text/markdown" in data:
                assert words(re.sub(r"[*`]|^- ", "", data["text/markdown"], flags=re.MULTILINE)) in text
            elif "text/plain" in data and "text/html" not in data:
                assert words(data["text/plain"]) in text
    assert shown.locator("article .cell_output img").count() >= pictures


def test_the_theme_button_changes_the_theme_and_it_stays(visit: Callable[..., Visit]) -> None:
    page = visit("index.html").page
    seen = set()
    for _ in range(3):
        page.get_by_role("button", name=" theme").click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    chosen = page.evaluate("document.documentElement.dataset.mode")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.mode") == chosen


def test_search_finds_a_chapter(visit: Callable[..., Visit]) -> None:
    seen = visit("search.html?q=broadcaster")
    seen.page.locator(".hit[href*='04_broadcaster']").first.wait_for()
    assert seen.outside == []
    assert seen.errors == []


def test_the_landing_page_leads_to_the_first_chapter(visit: Callable[..., Visit]) -> None:
    page = visit("index.html", width=390).page
    page.get_by_role("link", name="Begin with chapter 1").click()
    page.wait_for_url("**/01_an_event.html")
    assert page.locator("article h1").count() == 1


def test_a_press_opens_the_search_and_the_keyboard_goes_through_it(visit: Callable[..., Visit]) -> None:
    seen = visit("book/05_full_channel.html")
    page = seen.page
    page.keyboard.press("/")
    page.keyboard.type("max")
    chosen = page.locator(".hit[aria-selected=true]")
    chosen.get_by_text("maxQueuedEvents", exact=False).first.wait_for()
    assert "MAX_QUEUED_EVENTS" in chosen.inner_text()
    page.keyboard.press("ArrowDown")
    assert "maxTriesPerEvent" in chosen.inner_text()
    page.keyboard.press("Tab")
    assert chosen.locator(".kind").inner_text().startswith("chapter")
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search").is_visible()
    page.keyboard.press("Control+k")
    page.locator("dialog.search input").fill("广播")
    assert page.locator(".hit").first.inner_text().startswith("term")
    assert "事件广播器" in page.locator(".hit").first.inner_text()
    assert faults(seen) == {}
    page.keyboard.press("Enter")
    page.wait_for_url("**/appendix_glossary.html#term-broadcaster")


def test_a_term_shows_its_card_to_the_pointer_and_to_the_focus(visit: Callable[..., Visit]) -> None:
    seen = visit("book/05_full_channel.html")
    term = seen.page.locator("article a.term").first
    card = seen.page.locator(".term-card")
    term.hover()
    card.wait_for()
    assert "事件接收器" in card.inner_text()
    seen.page.keyboard.press("Escape")
    assert card.count() == 0
    assert faults(seen) == {}


def test_a_chapter_that_was_read_is_marked_and_can_be_forgotten(visit: Callable[..., Visit]) -> None:
    page = visit("book/05_full_channel.html").page
    read = page.locator(".side [data-chapter='5'].read")
    assert read.count() == 0
    page.locator("main > .end").scroll_into_view_if_needed()
    read.wait_for()
    page.goto(page.url.replace("05_full_channel", "06_distributing"))
    read.wait_for()
    page.get_by_role("button", name="Erase what this browser keeps").click()
    assert read.count() == 0
    page.reload()
    assert read.count() == 0
    assert page.evaluate("localStorage.getItem('kevent-book')") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_printed_in_light(visit: Callable[..., Visit], theme: str) -> None:
    page = visit("book/05_full_channel.html", theme=theme).page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('article .opening-words p')).color") == "rgb(31, 35, 40)"
    )


def test_the_contents_open_without_a_script_on_a_phone(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{site}book/05_full_channel.html")
        assert not page.locator(".side").is_visible()
        page.get_by_role("button", name="Contents").click()
        page.locator(".side a", has_text="Two counters").click()
        page.wait_for_url("**/07_two_counters.html")


@pytest.mark.parametrize("page", some_weekly(name for name in pages() if re.match(r"book/\d", name)))
def test_the_code_of_a_chapter_fits_into_its_box(tour: Tour, page: str) -> None:
    seen = tour.open(page, width=1280)
    seen.page.evaluate("for (const fold of document.querySelectorAll('article details')) fold.open = true")
    wide = seen.page.evaluate("""() => [...document.querySelectorAll(".cell_input pre")]
        .filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent.trim().slice(0, 60))""")
    assert seen.page.locator(".cell_input pre").count() > 0
    assert wide == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_of_code_stand_as_far_apart_as_the_book_says(visit: Callable[..., Visit], theme: str) -> None:
    apart = visit("book/05_full_channel.html", theme=theme).page.evaluate("""() => [...new Set(
        [...document.querySelectorAll(".cell :is(.cell_input, .cell_output) pre")].map(getComputedStyle)
            .map(code => Math.round(100 * parseFloat(code.lineHeight) / parseFloat(code.fontSize))))]""")
    assert apart == [140]  # the theme says 125 of each of its two themes


def test_a_title_goes_on_below_its_words(visit: Callable[..., Visit]) -> None:
    places = visit("book/02_event_go.html", width=390).page.evaluate("""() =>
        [...document.querySelectorAll("h2:has(> .section-number)")].map(title => [...title.children]
            .map(part => part.getBoundingClientRect()).map(({left, right, height}) => ({left, right, height})))""")
    assert any(title["height"] > 1.5 * number["height"] for number, title, *_ in places), "none has two lines"
    assert all(title["left"] > number["right"] for number, title, *_ in places)


def test_on_a_phone_a_figure_says_what_its_values_are(visit: Callable[..., Visit]) -> None:
    page = visit("index.html", width=390).page
    assert page.locator(".ks-parameter .ks-label").first.is_visible()
    assert page.locator(".ks-parameter").first.inner_text().startswith("places in each queue")
