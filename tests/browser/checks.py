"""What every page must be: silent, self-contained, accessible, as wide as its window."""

from __future__ import annotations

from tests.browser.conftest import Visit

WIDTHS = (1280, 390)


def faults(visit: Visit) -> dict[str, list[str]]:
    """What is wrong with a page, by check; empty for a good page."""
    found = {
        "asks for something outside": visit.outside,
        "errors": visit.errors,
        "scrolls sideways": visit.sideways(),
        "pictures": visit.undescribed(),
        "accessibility": visit.inaccessible(),
    }
    return {name: lines for name, lines in found.items() if lines}


def assert_no_fault(visit: Visit, theme: str) -> None:
    assert visit.page.evaluate("document.documentElement.dataset.theme") == theme
    found = faults(visit)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)
