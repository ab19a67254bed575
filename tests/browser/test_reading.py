"""Source twins and self-checks in a browser: what a click, a key, a bad network and a bad text do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser.checks import faults
from tests.browser.conftest import Visit

CHAPTER = "book/04_broadcaster.html"
TWIN = "#twin-mux-go-broadcaster-distribute"
FIRST, LAST = 219, 238
CORS = {"Access-Control-Allow-Origin": "*"}

# Not the real thing: as many lines, with something in them that must not become an element.
STAND_IN = "\n".join(f'line {n} <img src=x onerror="document.title=`hit`"> // said' for n in range(1, 400)) + "\n"
LINES = STAND_IN.split("\n")[FIRST - 1 : LAST]


def expect(page: Page, text: str) -> None:
    """Make the twin expect a text of our own."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    page.evaluate(
        "([twin, digest]) => { document.querySelector(twin + ' .twin-symbol[data-first]').dataset.sha256 = digest; }",
        [TWIN, digest],
    )


def serve(page: Page, answers: dict[str, str]) -> list[str]:
    """Answer requests to a host with a text, others not at all; gives the list of hosts asked, as it grows."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        host = route.request.url.split("/")[2]
        asked.append(host)
        if host in answers:
            route.fulfill(body=answers[host], headers=CORS, content_type="text/plain")
        else:
            route.abort()

    page.route("https://**/*", answer)
    return asked


GITHUB, MIRROR = "raw.githubusercontent.com", "cdn.jsdelivr.net"


def load(page: Page, until: str) -> str:
    page.locator(f"{TWIN} .twin-load").click()
    status = page.locator(f"{TWIN} .twin-status", has_text=until)
    status.wait_for()
    return status.inner_text()


def go_lines(page: Page) -> list[str]:
    return page.locator(f"{TWIN} .twin-go .line").all_inner_texts()


def test_nothing_is_asked_for_before_the_click(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.locator(f"{TWIN} .twin-steps button").first.click()
    assert seen.outside == []
    assert go_lines(seen.page) == []


def test_the_lines_that_match_are_shown_as_text(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    asked = serve(page, {GITHUB: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    assert load(page, "SHA-256") == "From GitHub. SHA-256 as expected."
    assert asked == [GITHUB]
    assert [line.rstrip("\n") for line in go_lines(page)] == LINES
    assert page.locator(f"{TWIN} .twin-go img").count() == 0
    assert page.title() != "hit"
    numbers = page.locator(f"{TWIN} .twin-go .line").evaluate_all("lines => lines.map(line => line.dataset.line)")
    assert numbers == [str(number) for number in range(FIRST, LAST + 1)]
    assert page.evaluate("document.activeElement.tagName") == "PRE"


def test_our_own_hash_agrees_with_the_browser_s(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    page.evaluate("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    assert page.evaluate("crypto.subtle === undefined")
    serve(page, {GITHUB: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    load(page, "SHA-256 as expected")
    assert len(go_lines(page)) == LAST - FIRST + 1


def test_our_own_hash_at_the_edges_of_its_blocks(visit: Callable[..., Visit]) -> None:
    """Texts of 55, 56, 63 and 64 bytes, each in place of a symbol's lines."""
    page = visit(CHAPTER).page
    page.evaluate("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    sizes = {"watch": 55, "action": 56, "loop": 63, "distribute": 64}
    for name, size in sizes.items():
        twin = page.locator(f"#twin-mux-go-broadcaster-{name}")
        symbol = twin.locator(".twin-symbol[data-first]")
        first, last = (int(symbol.get_attribute(f"data-{end}") or 0) for end in ("first", "last"))
        newlines = "\n" * (last - first + 1)
        text = "x" * (size - len(newlines)) + newlines
        serve(page, {GITHUB: "\n" * (first - 1) + text})
        digest = hashlib.sha256(text.encode()).hexdigest()
        symbol.evaluate("(symbol, digest) => { symbol.dataset.sha256 = digest; }", digest)
        twin.locator(".twin-load").click()
        twin.locator(".twin-status", has_text="SHA-256 as expected").wait_for()


def test_another_text_is_not_shown(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    asked = serve(page, {GITHUB: STAND_IN, MIRROR: STAND_IN.replace("line 230 ", "line 23O ")})
    assert "not the text this book was written about" in load(page, "SHA-256 differs")
    assert asked == [GITHUB, MIRROR]
    assert go_lines(page) == []
    assert page.locator(f"{TWIN} .twin-load").inner_text() == "Try again"


def test_the_mirror_helps_when_the_first_address_does_not(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    asked = serve(page, {MIRROR: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    load(page, "SHA-256 as expected")
    assert asked == [GITHUB, MIRROR]


def test_offline_is_said_and_a_second_try_can_work(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    page = seen.page
    assert "you are offline" in load(page, "Nothing came")
    assert [address.split("/")[2] for address in seen.outside] == [GITHUB, MIRROR]
    assert go_lines(page) == []
    serve(page, {GITHUB: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    load(page, "SHA-256 as expected")
    assert len(go_lines(page)) == LAST - FIRST + 1


def marked(page: Page, side: str) -> list[int]:
    lines = page.locator(f"{TWIN} .twin-{side} .line.marked")
    return [int(number) for number in lines.evaluate_all("lines => lines.map(line => line.dataset.line)")]


def test_a_step_marks_both_sides_and_keys_go_through_them(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    serve(page, {GITHUB: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    steps = page.locator(f"{TWIN} .twin-steps button")
    steps.nth(1).focus()
    page.keyboard.press("Enter")
    assert marked(page, "go") == []  # not loaded yet
    first = marked(page, "python")
    assert first
    load(page, "SHA-256 as expected")
    assert marked(page, "go") == [222]
    steps.nth(1).focus()
    page.keyboard.press("ArrowDown")
    assert marked(page, "go") == [225, 226, 227]
    assert marked(page, "python") not in ([], first)
    assert page.locator(f"{TWIN} .twin-steps [aria-pressed=true]").count() == 1
    page.keyboard.press("Space")
    assert marked(page, "go") == marked(page, "python") == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_loaded_twin_is_as_good_a_page_as_before(visit: Callable[..., Visit], width: int, theme: str) -> None:
    seen = visit(CHAPTER, width=width, theme=theme)
    serve(seen.page, {GITHUB: STAND_IN})
    expect(seen.page, "\n".join(LINES) + "\n")
    load(seen.page, "SHA-256 as expected")
    seen.page.locator(f"{TWIN} .twin-steps button").first.click()
    boxes = [seen.page.locator(f"{TWIN} .twin-{side}").bounding_box() for side in ("go", "python")]
    assert all(boxes)
    beside = boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]  # type: ignore[index]
    assert beside is (width == 1280)
    assert seen.sideways() == []
    code = seen.page.locator(".twin-code")
    assert code.evaluate_all("all => all.filter(pre => pre.scrollWidth > pre.clientWidth).length") == 0
    assert "\n    " in code.last.text_content()  # type: ignore[operator]
    assert [address.split("/")[2] for address in seen.outside] == [GITHUB]  # what the click asked for
    seen.outside.clear()
    if width == 390:  # once is enough: the colours are those of every page, which the tour of all pages looks at
        assert predict(seen.page, "8")
        assert faults(seen) == {}


NUMBER, CHOICE = "#check-broadcaster-a-late-watcher", "#check-broadcaster-a-reader-that-never-reads"


def predict(page: Page, number: str) -> str:
    page.locator(f"{NUMBER} input").fill(number)
    page.keyboard.press("Enter")
    return page.locator(f"{NUMBER} .self-check-verdict").inner_text()


def test_a_prediction_is_answered_and_remembered(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    assert "behind the five" not in page.content()
    assert predict(page, "8") == "You said 8. The run says 3."
    assert "behind the five" in page.locator(f"{NUMBER} .self-check-answer").inner_text()
    assert "1 of 3 self-checks" in page.locator(".self-check-progress").inner_text()
    page.reload()
    assert page.locator(f"{NUMBER} .self-check-verdict").inner_text() == "You said 8. The run says 3."
    page.get_by_role("button", name="Predict again").click()
    assert page.evaluate("document.activeElement.type") == "number"
    assert predict(page, "3") == "As you said: 3."
    page.get_by_role("button", name="Predict again").click()
    page.reload()
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
    seen.page.reload()
    assert predict(seen.page, "3") == "As you said: 3."


@pytest.mark.parametrize("stored", ['{"04_broadcaster.html#check-broadcaster-a-late-watcher": 7}', "nonsense", "7"])
def test_what_somebody_else_stored_does_no_harm(visit: Callable[..., Visit], stored: str) -> None:
    seen = visit(CHAPTER)
    seen.page.evaluate("stored => localStorage.setItem('kevent self-checks', stored)", stored)
    seen.page.reload()
    assert seen.errors == []
    assert predict(seen.page, "3") == "As you said: 3."


def test_without_scripts_the_page_says_where_things_are(visit: Callable[..., Visit], browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(site + CHAPTER)
        assert "book/self_checks/broadcaster.py" in page.locator(f"{NUMBER}").inner_text()
        assert not page.locator(f"{NUMBER} form").is_visible()
        assert not page.locator(f"{TWIN} .twin-load").is_visible()
        assert page.locator(f"{TWIN} .twin-name a").first.is_visible()
    finally:
        context.close()
