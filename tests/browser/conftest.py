"""A browser without a network, and a server for the built site on a port of its own."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    sync_playwright,
)

from book.serve import make_server
from tests.site.built import SITE

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what the route misses still goes nowhere
]


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

    def inaccessible(self) -> list[str]:
        """What axe finds, its best practices and the label rule included.

        Without its preload: that asks again for every style sheet, some under addresses that do not exist.
        """
        found = Axe().run(
            self.page, options={"preload": False, "rules": {"label-content-name-mismatch": {"enabled": True}}}
        )
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]


def browser_path() -> str:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = "no Chromium found: the browser tests need it (Debian, Ubuntu: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server for `folder`."""
    with make_server(folder) as server:
        server.daemon_threads = True  # a connection the browser keeps open must not hold up the end
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    if not (SITE / "index.html").is_file():
        pytest.fail("the site is not built: make html")
    with serving(SITE) as address:
        yield address


@contextmanager
def visiting(
    browser: Browser, base: str, path: str, *, theme: str = "light", width: int = 1280
) -> Iterator[Visit]:
    """Open a page, everything outside `base` cut off; yields when it has loaded and its scripts have run."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    visit = Visit(page)

    def guard(route: Route, request: Request) -> None:
        if request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            visit.outside.append(request.url)
            route.abort()

    context.route("**/*", guard)

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    def check(answer: Response) -> None:
        if answer.status >= 400:
            visit.errors.append(f"{answer.status} {answer.url}")

    page.on("console", listen)
    page.on("response", check)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    try:
        page.goto(base + path, wait_until="load")
        page.evaluate("document.fonts.ready")
        yield visit
    finally:
        context.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """visit(path, theme=…, width=…) opens a page of the built site."""
    opened = []

    def open_page(path: str, **how: object) -> Visit:
        manager = visiting(browser, site, path, **how)  # type: ignore[arg-type]
        opened.append(manager)
        return manager.__enter__()

    yield open_page
    for manager in opened:
        manager.__exit__(None, None, None)
