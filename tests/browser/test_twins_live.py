"""Source twins in a browser: steps, folds, widths, paper; and Go lines that a click, or always, fetches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.checks import faults
from tests.browser.conftest import UNFOLD, Tour, Visit
from tests.site import built

BUILT_IN = "book/04_broadcaster.html"
DISTRIBUTE = "#twin-mux-go-broadcaster-distribute"

CHAPTER = "book/07_two_counters.html"
TWIN = "#twin-waitgroup-go-waitgroup-wait"
FIRST, LAST = 103, 141
CORS = {"Access-Control-Allow-Origin": "*"}

# Not the real thing: as many lines, with something in them that must not become an element.
STAND_IN = "\n".join(f'line {n} <img src=x onerror="document.title=`hit`"> // said' for n in range(1, 400)) + "\n"
LINES = STAND_IN.split("\n")[FIRST - 1 : LAST]


@pytest.fixture
def with_lines() -> None:
    """The site was built with the Go lines; it has to be in CI, or there would be none."""
    if "twin-absent" in built.Page(BUILT_IN).html:
        pytest.skip("the site was built without the Go lines: `make html` brings them")


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
    return page.locator(f"{TWIN} .twin-go .line").all_text_contents()


# --- steps ---


def marked(page: Page, twin: str, side: str) -> list[int]:
    lines = page.locator(f"{twin} .twin-{side} .line.marked")
    return [int(number) for number in lines.evaluate_all("lines => lines.map(line => line.dataset.line)")]


def test_a_step_marks_both_sides_and_keys_go_through_them(visit: Callable[..., Visit], with_lines: None) -> None:
    page = visit(BUILT_IN).page
    steps = page.locator(f"{DISTRIBUTE} .twin-steps button")
    steps.nth(1).focus()
    page.keyboard.press("Enter")
    assert marked(page, DISTRIBUTE, "go") == [222]
    [first] = marked(page, DISTRIBUTE, "python")
    page.keyboard.press("ArrowDown")
    assert marked(page, DISTRIBUTE, "go") == [225, 226, 227]
    assert marked(page, DISTRIBUTE, "python") not in ([], [first])
    assert page.locator(f"{DISTRIBUTE} .twin-steps [aria-pressed=true]").count() == 1
    page.keyboard.press("Home")
    assert marked(page, DISTRIBUTE, "go") == [220, 221]
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert marked(page, DISTRIBUTE, "go") == [231, 232, 233, 234]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")
    assert marked(page, DISTRIBUTE, "go") == marked(page, DISTRIBUTE, "python") == []


def test_a_line_leads_to_the_steps_that_speak_of_it(visit: Callable[..., Visit], with_lines: None) -> None:
    page = visit(BUILT_IN).page
    page.locator(f"{DISTRIBUTE} .twin-go .line[data-line='226']").click()
    assert page.locator(f"{DISTRIBUTE} .twin-steps [aria-pressed=true]").inner_text().startswith("3")
    assert marked(page, DISTRIBUTE, "python")
    page.locator(f"{DISTRIBUTE} .twin-go .line[data-line='219']").click()  # no step speaks of it
    assert marked(page, DISTRIBUTE, "go") == [225, 226, 227]


IN_SIGHT = """twin => [...document.querySelectorAll(twin + " .twin-side")].map(side => {
    const box = side.getBoundingClientRect(), head = side.querySelector(".twin-file").getBoundingClientRect();
    return [...side.querySelectorAll(".line.marked")].slice(0, 1).map(line => line.getBoundingClientRect())
        .every(line => line.top >= head.bottom && line.bottom <= box.bottom && line.bottom <= innerHeight);
})"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_marked_lines_come_into_sight_and_the_page_stays(
    visit: Callable[..., Visit], with_lines: None, width: int
) -> None:
    page = visit("book/09_correlator.html", width=width).page
    twin = "#twin-events-cache-go-aggregaterecord"
    steps = page.locator(f"{twin} .twin-steps button")
    steps.last.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    for number in reversed(range(steps.count())):
        steps.nth(number).evaluate("button => button.click()")
        assert page.evaluate(IN_SIGHT, twin) == [True, True], number + 1
    assert page.evaluate("scrollY") == before


def test_a_fold_opens_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit(BUILT_IN).page
    fold = page.locator(f"{DISTRIBUTE} .twin-python details").first
    assert not fold.locator(".line").first.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.locator(".line").first.is_visible()


TWINS = [path for path in built.pages() if 'class="twin ' in built.Page(path).html]

PRESSED = """() => [...document.querySelectorAll(
    '.twin :is(.twin-steps button, summary, .twin-side)')].flatMap(stop => {
    const lost = [];
    stop.focus();
    for (const key of ['Enter', 'ArrowDown', 'ArrowUp', 'End', 'Home']) {
        const event = new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});
        if (document.activeElement.dispatchEvent(event) && key === 'Enter') document.activeElement.click();
        if (!document.activeElement.closest('.twin')) lost.push(`${key} at ${stop.outerHTML.slice(0, 80)}`);
    }
    return lost;
})"""


@pytest.mark.ci
@pytest.mark.parametrize("path", built.some_weekly(TWINS))
def test_each_step_of_each_twin_marks_its_lines_by_keyboard_and_keeps_the_focus(tour: Tour, path: str) -> None:
    page = tour.open(path, width=1280).page
    page.evaluate("for (const fold of document.querySelectorAll('.after-the-bet')) fold.open = true")
    for twin in page.locator(".twin:has(.twin-steps)").all():
        steps = twin.locator(".twin-steps li")
        first = steps.first.locator("button")
        first.focus()
        page.keyboard.press("Enter")
        for number, step in enumerate(steps.all()):
            if number:
                page.keyboard.press("ArrowDown")
            assert step.locator("button").get_attribute("aria-pressed") == "true"
            for side in ("go", "python"):
                span = step.get_attribute(f"data-{side}")
                wanted = list(range(int(span.split("-")[0]), int(span.split("-")[1]) + 1)) if span else []
                lit = twin.locator(f".twin-{side} .line.marked")
                numbers = "all => all.map(line => Number(line.dataset.line))"
                there = twin.locator(f".twin-{side} .line").evaluate_all(
                    numbers
                )  # no docstrings; none, if to be fetched
                assert lit.evaluate_all(numbers) == [line for line in there if line in wanted], (number, side)
                assert not there or not span or lit.count(), (number, side)
                assert lit.evaluate_all("all => all.every(line => line.checkVisibility())")
    assert page.evaluate(PRESSED) == []


# --- widths ---

BROKEN = """() => {
    for (const fold of document.querySelectorAll(".twin details")) fold.open = true;
    const range = document.createRange(), found = [];
    for (const side of document.querySelectorAll(".twin-side"))
        if (side.scrollWidth > side.clientWidth) found.push(`${side.closest(".twin").id} scrolls sideways`);
    for (const line of document.querySelectorAll(".twin .line")) {
        const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) for (const word of texts.currentNode.textContent.matchAll(/\\w+/g)) {
            range.setStart(texts.currentNode, word.index);
            range.setEnd(texts.currentNode, word.index + word[0].length);
            const rows = new Set([...range.getClientRects()].filter(box => box.width).map(box => Math.round(box.top)));
            if (rows.size > 1) found.push(`${word[0]} is broken`);
        }
    }
    return found;
}"""


@pytest.mark.parametrize("path", built.some_weekly(TWINS))
def test_no_word_is_broken_and_nothing_sticks_out(tour: Tour, path: str) -> None:
    seen = tour.open(path, width=1680)
    for width in (1680, 1280, 1100, 820, 390):
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.evaluate("() => new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))")
        assert seen.sideways() == []
        assert seen.page.evaluate(BROKEN) == [], width
        sides = seen.page.locator(".twin").first.locator(".twin-side")
        go, python = sides.first.bounding_box(), sides.last.bounding_box()
        assert go
        assert python
        assert (go["x"] + go["width"] <= python["x"]) is (width >= 1100)
        if width >= 1280:  # beyond the column of text, which is 736 wide
            assert python["x"] + python["width"] - go["x"] > 900
            assert python["x"] + python["width"] < width - 20


def test_a_word_that_is_broken_would_be_seen(visit: Callable[..., Visit]) -> None:
    page = visit(BUILT_IN, width=390).page
    page.add_style_tag(content=".twin .line { word-break: break-all }")
    assert len(page.evaluate(BROKEN)) > 10


def test_what_is_cut_off_casts_a_shadow_and_is_reached_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit("book/09_correlator.html", width=390).page
    side = page.locator("#twin-events-cache-go-aggregaterecord .twin-python")
    assert side.evaluate("side => side.scrollHeight > side.clientHeight + 100")
    assert "gradient" in side.evaluate("side => getComputedStyle(side).backgroundImage")
    side.focus()
    page.keyboard.press("End")
    page.wait_for_function("side => side.scrollTop > 50", arg=side.element_handle())


def test_no_hue_but_that_of_a_state(visit: Callable[..., Visit], with_lines: None) -> None:
    page = visit(BUILT_IN).page
    colours = """twin => [...new Set([...document.querySelectorAll(twin + " :is(.line, .line *)")]
        .map(element => getComputedStyle(element).color))]"""
    assert len(page.evaluate(colours, DISTRIBUTE)) == 2  # ink and muted


# --- paper, and no script ---


@pytest.mark.ci
def test_paper_has_the_lines_that_the_steps_speak_of(visit: Callable[..., Visit], with_lines: None) -> None:
    page = visit("book/09_correlator.html").page
    page.emulate_media(media="print")
    cut = """() => [...document.querySelectorAll(".twin-side")].filter(side =>
        side.scrollHeight > side.clientHeight + 1).length"""
    assert page.evaluate(cut) == 0
    cited = page.locator(".twin .line.cited")
    assert cited.count() > 50
    assert cited.evaluate_all("lines => lines.every(line => line.checkVisibility())")
    assert not page.locator(".twin-steps button").first.is_visible()


def unfold_by_hand(page: Page, inside: str) -> None:
    """Open the section for a second reading that this stands in, if it does."""
    for fold in page.locator("section.deep", has=page.locator(inside)).all():
        fold.locator("> details > summary").click()


def test_without_scripts_everything_is_there(browser: Browser, site: str, with_lines: None) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(site + BUILT_IN)
        unfold_by_hand(page, DISTRIBUTE)
        cited = page.locator(f"{DISTRIBUTE} .line.cited")
        assert all(cited.nth(number).is_visible() for number in range(cited.count()))
        assert cited.count() > 8
        page.locator(f"{DISTRIBUTE} summary").first.click()  # a fold needs none
        assert page.locator(f"{DISTRIBUTE} details .line").first.is_visible()
        page.goto(site + CHAPTER)
        unfold_by_hand(page, TWIN)
        assert not page.locator(f"{TWIN} :is(.twin-load, .twin-always)").first.is_visible()
        assert page.locator(f"{TWIN} .twin-name a").first.is_visible()
    finally:
        context.close()


# --- lines that are fetched ---


def test_nothing_is_asked_for_before_the_click(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.locator(f"{TWIN} .twin-steps button").first.click()
    assert marked(seen.page, TWIN, "python")
    assert seen.outside == []
    assert go_lines(seen.page) == []


def test_the_lines_that_match_are_shown_as_text(visit: Callable[..., Visit]) -> None:
    page = visit(CHAPTER).page
    asked = serve(page, {GITHUB: STAND_IN})
    expect(page, "\n".join(LINES) + "\n")
    page.locator(f"{TWIN} .twin-steps button").first.click()
    assert load(page, "SHA-256") == "From GitHub. SHA-256 as expected."
    assert asked == [GITHUB]
    assert [line.rstrip("\n") for line in go_lines(page)] == LINES
    assert page.locator(f"{TWIN} .twin-go img").count() == 0
    assert page.title() != "hit"
    numbers = page.locator(f"{TWIN} .twin-go .line").evaluate_all("lines => lines.map(line => line.dataset.line)")
    assert numbers == [str(number) for number in range(FIRST, LAST + 1)]
    assert marked(page, TWIN, "go") == [110]  # the step that was on
    assert page.evaluate("document.activeElement.className") == "twin-side twin-go"


def test_fetched_lines_are_listed_as_built_ones_are(visit: Callable[..., Visit], with_lines: None) -> None:
    """The page's script lists a fetched text as `book/extensions/listing.py` listed it: line by line, fold by fold."""
    page = visit(BUILT_IN).page
    side = "#twin-mux-go-broadcaster-watch .twin-go .twin-code"
    shape = """side => [...document.querySelectorAll(side + " :is(pre, summary, .line, i, wbr)")].map(element =>
        [element.localName, element.className, element.dataset.line, element.dataset.step,
         element.style.getPropertyValue("--indent") || "0", element.localName === "pre" ? "" : element.textContent])"""
    was = page.evaluate(shape, side)
    assert len(was) > 15
    page.evaluate(
        """side => {
            const code = document.querySelector(side), symbol = code.closest(".twin-symbol"), lines = [];
            for (const line of code.querySelectorAll(".line")) lines.push(line.textContent.replace(/\\n$/, ""));
            const numbers = [...code.querySelectorAll(".line")].map(line => Number(line.dataset.line));
            const folded = [...code.querySelectorAll("details")].map(fold => [...fold.querySelectorAll(".line")])
                .map(lines => `${lines[0].dataset.line}-${lines.at(-1).dataset.line}`).join(" ");
            window.text = "\\n".repeat(numbers[0] - 1) + lines.join("\\n") + "\\n";
            window.own = lines.join("\\n") + "\\n";
            Object.assign(symbol.dataset, {first: numbers[0], last: numbers.at(-1), name: "x", folded});
            code.remove();
        }""",
        side,
    )
    own, text = page.evaluate("[window.own, window.text]")
    serve(page, {GITHUB: text})
    page.evaluate(
        """([side, sha256]) => {
            const go = document.querySelector(side).closest(".twin-go");
            go.querySelector(".twin-symbol").dataset.sha256 = sha256;
            go.dataset.raw = "https://raw.githubusercontent.com/x";
            go.insertAdjacentHTML("beforeend", '<button class="twin-load"></button><label class="twin-always">' +
                '<input type="checkbox"></label><p class="twin-status"></p>');
        }""",
        [side.removesuffix(" .twin-code"), hashlib.sha256(own.encode()).hexdigest()],
    )
    page.add_script_tag(url="/_static/twin-load.js")
    page.locator("#twin-mux-go-broadcaster-watch .twin-load").click()
    page.locator("#twin-mux-go-broadcaster-watch .twin-status", has_text="as expected").wait_for()
    assert page.evaluate(shape, side) == was


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
    sizes = {"waitgroup-wait": 55, "waitgroup-add": 56, "waitgroup-state": 63, "waitgroup": 64}
    for name, size in sizes.items():
        twin = page.locator(f"#twin-waitgroup-go-{name}")
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
    asked = serve(page, {GITHUB: STAND_IN, MIRROR: STAND_IN.replace("line 120 ", "line 12O ")})
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


@pytest.mark.ci
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_loaded_twin_is_as_good_a_page_as_before(visit: Callable[..., Visit], width: int, theme: str) -> None:
    seen = visit(CHAPTER, width=width, theme=theme)
    serve(seen.page, {GITHUB: STAND_IN})
    expect(seen.page, "\n".join(LINES) + "\n")
    load(seen.page, "SHA-256 as expected")
    seen.page.locator(f"{TWIN} .twin-steps button").first.click()
    assert [address.split("/")[2] for address in seen.outside] == [GITHUB]  # what the click asked for
    seen.outside.clear()
    assert faults(seen) == {}


# --- always ---


def loaded(page: Page) -> list[str]:
    """The twins that have their Go lines, or were told why not."""
    return page.locator(".twin:has(.twin-status:not(:empty))").evaluate_all("twins => twins.map(twin => twin.id)")


@pytest.mark.ci
def test_always_is_remembered_and_loads_what_comes_into_sight(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    page = seen.page
    serve(page, {})
    page.locator(f"{TWIN} .twin-always input").check()
    page.locator(f"{TWIN} .twin-status", has_text="Nothing came").wait_for()
    last = "twin-waitgroup-go-waitgroup"
    assert last not in loaded(page)
    assert page.locator(f"#{last} .twin-always input").is_checked()
    seen.outside.clear()
    page.reload()
    page.evaluate(UNFOLD)
    page.locator(f"#{last}").scroll_into_view_if_needed()
    page.locator(f"#{last} .twin-status", has_text="Nothing came").wait_for()
    assert seen.outside
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # nobody's place was taken away
    page.locator(f"#{last} .twin-always input").uncheck()
    seen.outside.clear()
    page.reload()
    page.locator(f"#{last}").scroll_into_view_if_needed()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert not page.locator(f"#{last} .twin-always input").is_checked()
    assert (loaded(page), seen.outside) == ([], [])


def test_always_without_storage_is_for_this_page(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    seen.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }})")
    seen.page.reload()
    serve(seen.page, {})
    seen.page.locator(TWIN).scroll_into_view_if_needed()
    seen.page.locator(f"{TWIN} .twin-always input").check()
    seen.page.locator(f"{TWIN} .twin-status", has_text="Nothing came").wait_for()
