"""What every page must be, in both themes: silent, self-contained, accessible, as wide as its window."""

from __future__ import annotations

from tests.browser.conftest import Visit

WIDTHS = (1280, 390)
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules of axe that depend on colours. All others see the same page in both themes."""


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
