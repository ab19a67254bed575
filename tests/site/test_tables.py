"""A table on a phone: each cell says which column it is of."""

from __future__ import annotations

import re
from pathlib import Path

from tests.site.built import SITE
from tests.site.extensions import built, page

THREE = "# A page\n\n| what | holds | with `drop` |\n|---|---|---|\n| incoming | 25 | waits |\n"
TWO = "# A page\n\n| what | holds |\n|---|---|\n| incoming | 25 |\n"


def test_each_cell_has_the_name_of_its_column(tmp_path: Path) -> None:
    with built(tmp_path, ["tables"], index=THREE) as app:
        html = page(app, "index")
    assert re.findall(r'<td data-label="([^"]*)"', html) == ["what", "holds", "with drop"]
    assert re.search(r'<table class="docutils[^"]* labelled">', html)


def test_a_narrow_table_stays_as_it_is(tmp_path: Path) -> None:
    with built(tmp_path, ["tables"], index=TWO) as app:
        assert "data-label" not in page(app, "index")


def test_the_book_has_some() -> None:
    assert sum(bool(re.search(r'<table class="[^"]* labelled"', path.read_text())) for path in SITE.rglob("*.html")) > 5
