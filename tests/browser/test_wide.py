"""Every page in a wide window. A file for each width: the two run side by side."""

from __future__ import annotations

import pytest

from tests.browser.checks import assert_no_fault
from tests.browser.conftest import Tour
from tests.site.built import pages


@pytest.mark.parametrize("path", pages())
def test_page_has_no_fault(tour: Tour, path: str) -> None:
    assert_no_fault(tour.open(path, width=1280))
