"""Chapters by their numbers: whoever mentions one links to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.built import SITE, pages
from tests.site.extensions import built, extension, page

chapters = extension("chapters")
KNOWN = {4: "four", 5: "five", 11: "eleven"}


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("as chapter 5 says", [("chapter 5", 5)]),
        ("Chapters 4 and 11 run it", [("4", 4), ("11", 11)]),
        ("chapters 4, 5, and 11", [("4", 4), ("5", 5), ("11", 11)]),
        ("chapters 4 to 11", [("4", 4), ("11", 11)]),
        ("chapter 3 of another book, 5 events", []),
        ("chapter 5 of 4", [("chapter 5", 5)]),
    ],
)
def test_a_mention_is_found(text: str, linked: list[tuple[str, int]]) -> None:
    found = list(chapters.pieces(text, KNOWN))
    assert "".join(words for words, _ in found) == text
    assert [each for each in found if each[1]] == linked


def test_a_mention_becomes_a_link_but_not_inside_one(tmp_path: Path) -> None:
    text = "See chapter 2, not [chapter 2, here](https://example.com), nor `chapter 2`, nor chapter 9.\n\n{deeper}`2`\n"
    with built(tmp_path, ["chapters"], book__01_one=f"# One\n\n{text}", book__02_two="# Two\n") as app:
        html = page(app, "book__01_one")
        assert app.warning.getvalue() == ""
    assert re.findall(r'<a [^>]*href="02_two.html">(.*?)</a>', html) == [
        "chapter 2",
        '<span class="number">2</span> Two',
    ]


def test_no_mention_in_the_book_is_without_its_link() -> None:
    bare = {}
    for name in pages():
        article = re.search(r"<article.*?</article>", (SITE / name).read_text(encoding="utf-8"), re.DOTALL)
        text = re.sub(r"<(a|pre|code|script|h1|h2|title)\b.*?</\1>", "", article[0] if article else "", flags=re.DOTALL)
        if found := re.findall(r"<p>[^<]*\bchapter \d+\b", text):
            bare[name] = found
    assert bare == {}


def test_a_line_to_a_chapter_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    with built(tmp_path, ["chapters"], book__01_one="# One\n\n{deeper}`7`\n") as app:
        assert "there is no chapter '7'" in app.warning.getvalue()


def test_a_line_to_a_section_has_the_sections_title(tmp_path: Path) -> None:
    lines = "{deeper}`1#a-part` {deeper}`1#no-part`"
    with built(
        tmp_path, ["chapters"], other=f"# Other\n\n{lines}\n", book__01_one="# One\n\n## A part\n\nText.\n"
    ) as app:
        assert re.search(r'01_one\.html#a-part"[^>]*><span[^>]*>1</span> A part</a>', page(app, "other"))
        assert "book/01_one has no section 'no-part'" in app.warning.getvalue()
