"""What a chapter needs stands at its head, with links, and comes before it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.extensions import built, extension, page

needs = extension("needs")


def test_needs_are_links_to_earlier_chapters(tmp_path: Path) -> None:
    pages = {
        "book__03_third": "# Third\n\n{needs}`1, 2`\n",
        "book__01_first": "# First\n\n{needs}`nothing`\n",
        "book__02_second": "# Second\n",
    }
    with built(tmp_path, ["needs"], **pages) as app:
        assert app.warning.getvalue() == ""
        third, first = page(app, "book__03_third"), page(app, "book__01_first")
    assert re.search(r'needs chapters <a [^>]*href="01_first\.html"[^>]*>', third)
    assert 'href="02_second.html"' in third
    assert "needs nothing before it" in first


@pytest.mark.parametrize("number", [3, 4])
def test_a_need_that_comes_later_or_never_fails_the_build(tmp_path: Path, number: int) -> None:
    pages = {"book__02_second": f"# Second\n\n{{needs}}`{number}`\n", "book__03_third": "# Third\n"}
    with built(tmp_path, ["needs"], **pages) as app:
        assert f"no earlier chapter: [{number}]" in app.warning.getvalue()
