"""Every page in a wide window: as it is, by keyboard alone, and without its styles.

A file for each width: the two run side by side.
"""

from __future__ import annotations

import pytest

from tests.browser.checks import assert_no_fault, by_keyboard, unstyled
from tests.browser.conftest import Tour, Visit
from tests.site.built import pages, some_weekly


@pytest.fixture(scope="module", params=some_weekly(pages()))
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    """One page after the other; its tests look at it in the order in which they stand here."""
    return tour.open(request.param, width=1280)


def test_page_has_no_fault(opened: Visit) -> None:
    assert_no_fault(opened)


def test_page_is_used_by_keyboard_alone(opened: Visit) -> None:
    assert by_keyboard(opened) == {}


def test_page_reads_from_title_to_end_without_its_styles(opened: Visit) -> None:
    assert unstyled(opened) == {}
