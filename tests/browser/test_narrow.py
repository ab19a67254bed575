"""Every page as wide as a phone. A file for each width: the two run side by side."""

from __future__ import annotations

import pytest

from tests.browser.checks import assert_fits, assert_no_fault
from tests.browser.conftest import Tour
from tests.site.built import pages, some_weekly

WHOLE = ("index.html", "book/05_full_channel.html", "book/where_is_my_event.html")
"""Pages that are looked at as narrow with every rule of axe. Others have had most of them at their full width."""

OTHERS = [path for path in pages() if path not in WHOLE]


@pytest.mark.parametrize("path", WHOLE)
def test_page_has_no_fault(tour: Tour, path: str) -> None:
    assert_no_fault(tour.open(path, width=390))


@pytest.mark.parametrize("path", some_weekly(OTHERS))
def test_page_fits(tour: Tour, path: str) -> None:
    assert_fits(tour.open(path, width=390))


@pytest.mark.weekly
@pytest.mark.parametrize("path", OTHERS)
def test_every_other_page_has_no_fault(tour: Tour, path: str) -> None:
    assert_no_fault(tour.open(path, width=390))
