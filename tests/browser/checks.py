"""What every page must be, in both themes: silent, self-contained, accessible, as wide as its window."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from tests.browser.conftest import OF_COLOUR, Visit

WIDTHS = (1280, 390)
OF_LAYOUT = ("scrollable-region-focusable",)
"""The rules of axe that may find in a narrow window what they do not find in a wide one: only there something scrolls.

Names, roles, order and outline are the same in both, and so are the colours.
"""

ALWAYS = (("light", 1280),)
in_every_window = pytest.mark.parametrize(
    ("theme", "width"),
    [
        pytest.param(*window, marks=() if window in ALWAYS else pytest.mark.weekly)
        for window in product(("light", "dark"), (1680, 1280, 820, 390))
    ],
)
"""Once wide and light; the week has the other windows."""


def faults(visit: Visit, only: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """What is wrong with a page as it is now, by check; empty for a good page. `only`: these rules of axe."""
    found = {
        "asks for something outside": visit.outside,
        "errors": visit.errors,
        "scrolls sideways": visit.sideways(),
        "pictures": visit.undescribed(),
        "accessibility": visit.inaccessible(only),
    }
    return {name: lines for name, lines in found.items() if lines}


def assert_no_fault(visit: Visit) -> None:
    """Look at a page in the light theme with all rules, then in the dark one with those of colour."""
    for theme, only in (("light", ()), ("dark", OF_COLOUR)):
        visit.turn(theme)
        found = faults(visit, only)
        assert not found, "\n".join(f"{theme}: {name}: {line}" for name, lines in found.items() for line in lines)


def assert_fits(visit: Visit) -> None:
    """Look at a page of which a wide window has shown the rest: what depends on the width."""
    found = faults(visit, OF_LAYOUT)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


STOPS = """() => {
    window.stops = [];
    window.round = false;
    document.addEventListener("focusin", ({target: element}) => {
        if (window.round) return;
        if (window.stops.some(stop => stop.element === element)) {
            window.round = element === window.stops[0].element;
            return;
        }
        const style = getComputedStyle(element), box = element.getBoundingClientRect();
        const labels = [element, ...element.querySelectorAll("[aria-label], [alt], title"), ...(element.labels ?? [])];
        const by = element.getAttribute("aria-labelledby")?.split(" ").map(id => document.getElementById(id)) ?? [];
        window.stops.push({
            element,
            marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
            there: box.width > 0 && box.height > 0,
            named: [...labels, ...by].some(each => each?.getAttribute("aria-label") || each?.getAttribute("alt") ||
                each?.getAttribute("title") || each?.textContent.trim()),
        });
    });
}"""

FOUND = """() => {
    const shown = element => element.outerHTML.slice(0, 120);
    const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
    const reached = new Set(window.stops.map(stop => stop.element));
    const missed = [...document.querySelectorAll(controls)].filter(element =>
        element.tabIndex >= 0 && !element.disabled && element.type !== "radio" && !reached.has(element) &&
        element.checkVisibility({visibilityProperty: true}));
    const faulty = test => window.stops.filter(stop => !test(stop)).map(stop => shown(stop.element));
    return {
        "does not come round": window.round ? [] : [shown(document.activeElement)],
        "cannot be reached": missed.map(shown),
        "does not show the focus": faulty(stop => stop.there && stop.marked),
        "has no name": faulty(stop => stop.named),
    };
}"""


def by_keyboard(visit: Visit, most: int = 1500) -> dict[str, list[str]]:
    """Go through a page with the Tab key until it comes round; what is wrong with the stops, empty for a good page."""
    page = visit.page
    page.evaluate(STOPS)
    for number in range(most):
        page.keyboard.down("Tab")
        if number % 25 == 24 and page.evaluate("window.round"):
            break
    page.keyboard.up("Tab")
    return {name: lines for name, lines in page.evaluate(FOUND).items() if lines}


HEADINGS = """() => {
    document.querySelectorAll("link[rel=stylesheet], style").forEach(element => element.remove());
    return [...document.querySelectorAll("article :is(h1, h2, h3, h4)")].map(element => Number(element.tagName[1]));
}"""


def unstyled(visit: Visit) -> dict[str, object]:
    """Take a page's styles away; what is then no outline from one title to the end. Empty for a good page."""
    levels = visit.page.evaluate(HEADINGS)
    found = {
        "not one title": [] if levels[:1] == [1] and levels.count(1) == 1 else levels,
        "leaves out a level": [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1],
        "says nothing": [] if len(visit.page.evaluate("document.querySelector('main').innerText")) > 40 else ["main"],
    }
    return {name: wrong for name, wrong in found.items() if wrong}
