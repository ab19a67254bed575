"""A bare page around figures, with the book's colours and no fonts: nothing on it but them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Locator, Page, Request, Route

from book.extensions.figure_script import with_lines
from kevent.figures import build
from tests.browser.conftest import Visit
from tests.figures.go_source import excerpts
from tests.figures.scenarios import figures
from tests.support import ROOT

ADDRESS = "http://figures.test/"
BOOK = ROOT / "book" / "assets" / "book.css"


def page_of(html: str, theme: str, go: bool) -> str:
    """The page; with `go` it has lines of Go, made up, for every symbol that its figures name."""
    colours = re.sub(r"@font-face \{.*?\}", "", BOOK.read_text(encoding="utf-8"))
    body = with_lines(html)
    if go and (wanted := re.search(r'data-go-symbols="([^"]*)"', body)):
        lines = json.dumps(excerpts(wanted[1].split())).replace("<", "\\u003c")
        body += f'<script type="application/json" id="go-lines">{lines}</script>'
    scripts = "".join(f"<script>{build.page_script(bundle)}</script>" for bundle in build.BUNDLES)
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Figures</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{colours}</style>'
        f"<style>{build.style()}</style></head><body><main><h1>Figures</h1>{body}</main>{scripts}</body></html>"
    )


class Figures:
    """A page with figures, and what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.visit = Visit(page)
        self.page = page

    def __getitem__(self, kind: str) -> Locator:
        return self.page.locator(f".kevent-figure[data-kind={kind}] .ks")


ALIVE = """() => {
    const count = selector => document.querySelectorAll(selector).length;
    const stages = count('.ks:not(.kg) .ks-panel:first-child > .ks-view:not(:empty)');
    const plates = count('.kg-stage > :first-child:not(:empty)');
    return count('.kevent-figure') === stages + plates + count('.kc-plot > svg:not(:empty)');
}"""


def opening(browser: Browser) -> AbstractContextManager[Callable[..., Figures]]:
    """Gives show(kind, …, theme=, width=, …), which opens a page with these figures; all are closed at the end."""
    return _opening(browser)


@contextmanager
def _opening(browser: Browser) -> Iterator[Callable[..., Figures]]:
    contexts: list[Any] = []

    def open_page(
        *kinds: str, html: str = "", theme: Literal["light", "dark"] = "light", width: int = 1280, height: int = 900,
        motion: Literal["no-preference", "reduce"] = "no-preference", script: bool = True, clock: bool = True,
        go: bool = True, fragment: str = "",
    ) -> Figures:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        shown = Figures(page)
        body = page_of(html or "".join(figures()[kind].html() for kind in kinds), theme, go)

        def answer(route: Route, request: Request) -> None:
            if request.url == ADDRESS:
                route.fulfill(body=body, content_type="text/html")
            else:
                shown.visit.outside.append(request.url)
                route.abort()

        context.route("**/*", answer)
        page.on("pageerror", lambda error: shown.visit.errors.append(str(error)))
        page.on("console", lambda message: shown.visit.errors.append(message.text) if message.type == "error" else None)
        if clock:
            page.clock.install(time=0)
            page.clock.pause_at(1000)
        page.goto(ADDRESS + fragment)
        if script:
            page.wait_for_function(ALIVE)
        return shown

    yield open_page
    for context in contexts:
        context.close()


def at_each_step(figure: Locator, facts: str) -> list[Any]:
    """What a function of the page finds in a figure at its start, and after each step from there to its end."""
    return figure.evaluate(
        """(root, facts) => {
            const find = eval(facts), key = (name, shiftKey) => root.dispatchEvent(
                new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true }));
            key("Home", false);
            const found = [find(root)], last = Number(root.querySelector(".kp-time").getAttribute("aria-valuemax"));
            while (found.length <= last) {
                key("ArrowRight", true);
                found.push(find(root));
            }
            return found;
        }""",
        f"({facts})",
    )
