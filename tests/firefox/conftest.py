"""A running Firefox for each module, a tab for each test, and the built site."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.conftest import serving
from tests.firefox import bidi
from tests.site.built import SITE


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(SITE) as address:
        yield address


@pytest.fixture(scope="module")
def firefox() -> Iterator[bidi.Firefox]:
    path = bidi.found()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(bidi.MISSING)
        pytest.skip(bidi.MISSING)
    with bidi.running(path) as running:
        yield running


@pytest.fixture
def tab(firefox: bidi.Firefox) -> Iterator[bidi.Tab]:
    opened = firefox.tab()
    yield opened
    opened.close()
