"""A browser without a network, and a server for the built site on a port of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

import tools.browser
import tools.serve
from tests.site.built import SITE

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what the route misses still goes nowhere
]


OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules of axe that depend on colours. All others see the same page in both themes."""

LOOKS = """() => {
    const opaque = element => !element || getComputedStyle(element).backgroundColor !== "rgba(0, 0, 0, 0)"
        ? element : opaque(element.parentElement);
    const place = element => `${element.tagName} ${element.getAttribute("class")}`;
    const seen = new Set();
    window.alike = [...document.body.querySelectorAll("*")].filter(element => {
        if (element.childElementCount || !element.textContent.trim() || element.ownerSVGElement) return false;
        const {color, fontSize, fontWeight, opacity} = getComputedStyle(element), behind = opaque(element);
        const ground = behind && getComputedStyle(behind).backgroundColor;
        const box = element.closest("pre"), parent = element.parentElement;
        const places = box ? [box, box.parentElement] : [element, parent, parent.parentElement];
        const look = [color, fontSize, fontWeight, opacity, ground, ...places.map(place)].join();
        const first = !seen.has(look);
        seen.add(look);
        return !first;
    });
    for (const element of window.alike) element.style.visibility = "hidden";
}"""
"""Hide what looks like something before it, in the same kind of place: axe measures the colours of every word.

Alike means of one colour, size, weight and ground. Hidden are the innermost elements alone, so that no ground goes.
"""
AXE_RULES = {"label-content-name-mismatch": {"enabled": True}, **{rule: {"enabled": False} for rule in OF_COLOUR}}
SHOWN_AGAIN = "for (const element of window.alike) element.style.visibility = ''"


@dataclass
class Visit:
    """One page in one window: what it asked of the outside, and what went wrong on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def sideways(self) -> list[str]:
        """How far the page scrolls sideways, and the elements that stick out of the window."""
        return self.page.evaluate("""() => {
            const width = document.documentElement.clientWidth;
            const extent = document.documentElement.scrollWidth;
            if (extent <= width) return [];
            const contained = element => element && element !== document.body &&
                (getComputedStyle(element).overflowX !== "visible" || contained(element.parentElement));
            const wide = [...document.body.querySelectorAll("*")].filter(element =>
                element.getBoundingClientRect().right > width + 1 && !contained(element.parentElement));
            const named = wide.slice(0, 5).map(element => element.outerHTML.slice(0, 120));
            return [`${extent} px in a window of ${width}`, ...named];
        }""")

    def undescribed(self) -> list[str]:
        """Pictures that a screen reader cannot name, and pictures that did not load."""
        return self.page.evaluate("""() => [...document.querySelectorAll("img")].flatMap(image => [
            image.hasAttribute("alt") ? [] : [`no alt: ${image.src.slice(0, 100)}`],
            image.complete && image.naturalWidth > 0 ? [] : [`not loaded: ${image.src.slice(0, 100)}`],
        ].flat())""")

    def turn(self, theme: str) -> None:
        """Show the page in a theme, as the reader's button does."""
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)

    def inaccessible(self, only: tuple[str, ...] = ()) -> list[str]:
        """What axe finds, its best practices and the label rule included; or the given rules only.

        Without its preload: that asks again for every style sheet, some under addresses that do not exist.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        rest = {"runOnly": [rule for rule in only if rule not in OF_COLOUR]} if only else {"rules": AXE_RULES}
        violations = self.violations(rest) if rest.get("runOnly", True) else []
        if coloured := [rule for rule in OF_COLOUR if not only or rule in only]:
            self.page.evaluate(LOOKS)
            violations += self.violations({"runOnly": coloured})
            self.page.evaluate(SHOWN_AGAIN)
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in violations
            for node in violation["nodes"]
        ]

    def violations(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(
            "options => axe.run(options).then(found => found.violations)",
            {"preload": False, "resultTypes": ["violations"], **options},
        )
        return found


def browser_path() -> str:
    path = tools.browser.found()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(tools.browser.MISSING)
        pytest.skip(tools.browser.MISSING)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class OneAnswer(tools.serve.BookHandler):
    protocol_version = "HTTP/1.0"


def serving(folder: Path) -> AbstractContextManager[str]:
    """The address of a server for `folder`. One answer a connection: a browser that stays keeps no thread alive."""
    return tools.serve.serving(folder, OneAnswer)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    if not (SITE / "index.html").is_file():
        pytest.fail("the site is not built: make html")
    with serving(SITE) as address:
        yield address


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[..., Any]]:
    """show(kind, …, theme=, width=, motion=, script=) opens a bare page with these figures (tests.browser.bare)."""
    from tests.browser.bare import opening

    with opening(browser) as open_page:
        yield open_page


def listen(page: Page, base: str) -> Visit:
    """Write down what a page asks of the outside and what goes wrong on it. Nothing outside can be reached."""
    visit = Visit(page)

    def ask(request: Request) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            visit.outside.append(request.url)

    def say(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    def check(answer: Response) -> None:
        if answer.status >= 400:
            visit.errors.append(f"{answer.status} {answer.url}")

    page.on("request", ask)
    page.on("console", say)
    page.on("response", check)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    return visit


COME_NEAR = """async () => {
    const before = scrollY;
    const late = [
        ['.kevent-figure[data-scripts]', '[data-alive]'],
        ['.twin[data-scripts]', ':has(.twin-load:not([hidden]))'],
        ['.port-arena[data-scripts]', ':has(.port-arena-buttons:not([hidden]))'],
    ];
    for (const [waits, has] of late) {
        for (const each of document.querySelectorAll(waits)) {
            if (!each.checkVisibility()) continue;  // nobody comes near what is folded
            each.scrollIntoView();
            for (let frames = 0; !each.matches(has) && frames < 600; frames++)
                await new Promise(requestAnimationFrame);
        }
    }
    if (scrollY !== before) scrollTo(0, before);
}"""
"""Come near all whose script waits for that."""


UNFOLD = """() => {
    for (const fold of document.querySelectorAll(".deep > details")) fold.open = true;
    document.querySelector(".opening:not(.whole) .whole-stage")?.click();
    scrollTo(0, 0);
}"""
"""Open the sections for a second reading, and the stage at the chapter's head."""


def load(visit: Visit, address: str, *, folded: bool = False) -> None:
    """Open a page; returns when it has loaded, all its scripts have run, and its fonts are there.

    What a chapter folds is unfolded, as most questions are about all of it.
    """
    visit.page.goto(address, wait_until="load")
    visit.page.evaluate("document.fonts.ready")
    if not folded:
        visit.page.evaluate(UNFOLD)
    visit.page.evaluate(COME_NEAR)


@contextmanager
def visiting(
    browser: Browser, base: str, path: str, *, theme: str = "light", width: int = 1280, folded: bool = False
) -> Iterator[Visit]:
    """A page in a window of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    try:
        visit = listen(context.new_page(), base)
        load(visit, base + path, folded=folded)
        yield visit
    finally:
        context.close()


@dataclass
class Tour:
    """One page after the other in one browser context, which keeps fonts, scripts and style sheets in its cache."""

    context: BrowserContext
    base: str

    def open(self, path: str, *, width: int) -> Visit:
        for page in self.context.pages:
            page.close()
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        visit = listen(page, self.base)
        load(visit, self.base + path)
        return visit


@pytest.fixture(scope="module")
def tour(browser: Browser, site: str) -> Iterator[Tour]:
    context = browser.new_context(reduced_motion="reduce")
    yield Tour(context, site)
    context.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """visit(path, theme=…, width=…, folded=…) opens a page of the built site."""
    opened = []

    def open_page(path: str, **how: object) -> Visit:
        manager = visiting(browser, site, path, **how)  # type: ignore[arg-type]
        opened.append(manager)
        return manager.__enter__()

    yield open_page
    for manager in opened:
        manager.__exit__(None, None, None)
