"""Notes in the margin: beside the block behind which they are written, and few."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.built import Page, pages
from tests.site.extensions import built, page

BESIDE = re.compile(
    r'<div class="noted"><(?:p|ul)\b(?:(?!<div).)*?</(?:p|ul)>\s*<aside class="margin sidebar">\s*<p>', re.S
)
THEME = "extensions.append('sphinx_book_theme')"


def test_each_note_stands_behind_a_block_of_its_chapter_and_has_no_empty_title() -> None:
    found = {name: html.count("<aside") for name in pages() if '<aside class="margin' in (html := Page(name).html)}
    assert len(found) >= 5
    for name, count in found.items():
        assert len(BESIDE.findall(Page(name).html)) == count <= 2, name


@pytest.mark.parametrize(
    ("before", "said"), [("A paragraph.\n\n", ""), ("", "stands beside the block behind which it is written")]
)
def test_a_note_needs_something_to_stand_beside(tmp_path: Path, before: str, said: str) -> None:
    text = f"# A page\n\n{before}```{{margin}}\nAn aside.\n```\n\nMore.\n"
    with built(tmp_path, ["html_element", "notes"], conf=THEME, other=text) as app:
        assert said in app.warning.getvalue()
        assert bool(BESIDE.search(page(app, "other"))) == (not said)
