"""Every page as wide as a phone. A file for each width: the two run side by side."""

from __future__ import annotations

import pytest

from tests.browser.checks import assert_fits, assert_no_fault
from tests.browser.conftest import Tour
from tests.site.built import OF_EACH_TYPE, pages

OTHERS = [path for path in pages() if path not in OF_EACH_TYPE]


@pytest.mark.parametrize("path", OF_EACH_TYPE)
def test_page_has_no_fault(tour: Tour, path: str) -> None:
    assert_no_fault(tour.open(path, width=390))


@pytest.mark.parametrize("path", OTHERS)
def test_page_fits(tour: Tour, path: str) -> None:
    assert_fits(tour.open(path, width=390))


@pytest.mark.weekly
@pytest.mark.parametrize("path", OTHERS)
def test_every_other_page_has_no_fault(tour: Tour, path: str) -> None:
    assert_no_fault(tour.open(path, width=390))
