"""Every page of the built site in the dark theme. A file for each theme: the two run side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.checks import WIDTHS, assert_no_fault
from tests.browser.conftest import Visit
from tests.site.built import pages


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", pages())
def test_page_has_no_fault(visit: Callable[..., Visit], path: str, width: int) -> None:
    assert_no_fault(visit(path, theme="dark", width=width), "dark")
