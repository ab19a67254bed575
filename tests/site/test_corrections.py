"""The page for readers of the post: all corrections of the appendix, in its words, each with a run."""

from __future__ import annotations

import re

from book.extensions.corrections import APPENDIX, corrections
from tests.site.built import Page
from tests.site.extensions import built
from tests.site.test_tour import words
from tests.support import ROOT

ADDRESS = "book/eight_corrections.html"
SOURCE = (ROOT / "book" / "eight_corrections.md").read_text(encoding="utf-8").split("---\n", 2)[2]
EIGHT = {"eight": 8, "nine": 9, "ten": 10, "seven": 7}


def test_every_correction_of_the_appendix_is_found() -> None:
    told = APPENDIX.read_text(encoding="utf-8")
    assert len(corrections()) == told.count("**The post:**") == told.count("**The source:**")


def test_the_page_has_each_once_and_says_how_many() -> None:
    for name in ("post-says", "source-says"):
        assert sorted(re.findall(rf"```\{{{name}\}} (.+)", SOURCE)) == sorted(corrections())
    assert EIGHT[SOURCE.split()[1].lower()] == len(corrections())
    assert "八处更正" in SOURCE
    landing = re.sub(r"<[^>]+>", "", Page("index.html").html)
    assert re.search(r"Came from the post\? Eight corrections in five minutes, in \d\d with all their runs", landing)


def test_both_pages_mark_alike_who_says_it() -> None:
    html = Page("book/appendix_post.html").html
    for who in ("post", "source"):
        assert html.count(f'<p class="{who}-says"><strong>The {who}:') == len(corrections())


def test_its_words_take_five_minutes() -> None:
    told = sum(words(correction.post + correction.source) for correction in corrections().values())
    assert words(SOURCE) + told <= 5 * 180


def test_each_has_a_claim_a_run_and_a_link_in_this_order() -> None:
    parts = re.split(r"<section id=", Page(ADDRESS).html)[2:]
    assert len(parts) == len(corrections())
    for part in parts:
        marks = re.findall(r'class="(post-says|kevent-figure|source-says|deeper)"', part)
        assert marks == ["post-says", "kevent-figure", "source-says", "deeper"]


def test_a_claim_begins_with_a_capital_and_a_name_in_code_with_its_own_letter() -> None:
    said = re.findall(r'<p class="who">The (?:post|source) says</p>\s*<p>(.)', Page(ADDRESS).html)
    assert len(said) == 2 * len(corrections())
    assert not [first for first in said if first.islower()]
    assert "<" in said  # a name in code, whose letters no style changes
    styles = (ROOT / "book/assets/page.css").read_text(encoding="utf-8")
    assert not re.search(r"-says[^{]*::first-letter", styles)


def test_what_the_appendix_does_not_correct_is_refused(tmp_path) -> None:
    with built(tmp_path, ["corrections", "html_element"], index="# A page\n\n```{post-says} names\n```\n") as app:
        assert "corrects nothing under 'names'" in app.warning.getvalue()


def test_each_link_leads_to_its_section() -> None:
    links = re.findall(r'class="deeper">Deeper: <a [^>]*href="(\w+\.html)#([\w-]+)"', Page(ADDRESS).html)
    assert len(links) == len(corrections())
    assert {anchor for page, anchor in links if anchor not in Page(f"book/{page}").ids} == set()
