"""Addresses that stay, and what search engines and link previews read."""

from __future__ import annotations

import re
import struct
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree

import pytest
import yaml
from sphinx.application import Sphinx

from book.extensions import findable
from tests.site.built import SITE, Page, pages, published
from tests.support import ROOT

LISTED = [page for page in pages() if page != "search.html"]
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
ADDRESS = findable.pages_address(REPOSITORY["url"])


def properties(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="([^"]*)" content="([^"]*)"', Page(page).html))


def test_the_address_derives_from_the_repository() -> None:
    assert findable.pages_address("https://github.com/Ada/book") == "https://ada.github.io/book/"


def test_every_page_is_listed_for_ever() -> None:
    new = {page: None for page in LISTED if page not in published()}
    assert not new, f"add to book/data/addresses.json, whose addresses must stay: {new}"


def test_a_page_that_vanishes_fails_the_build() -> None:
    assert findable.vanished({"a.html": None, "b.html": "a.html#x"}, {"a.html"}) == []
    published = {"a.html": None, "b.html": "c.html", "d.html": "e.html"}
    gone, both, nowhere = findable.vanished(published, {"b.html", "c.html"})
    assert "a.html was published and is gone" in gone
    assert "a page and a redirect at once" in both
    assert "leads to e.html, which is no page" in nowhere


def test_a_redirect_is_written_and_leads_there(tmp_path, monkeypatch) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(findable.logger, "warning", complaints.append)
    (tmp_path / "book/data").mkdir(parents=True)
    (tmp_path / findable.ADDRESSES).write_text('{"book/old.html": "book/new.html#part", "lost.html": null}')
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html", name="html"),
        outdir=tmp_path,
        srcdir=tmp_path,
        env=SimpleNamespace(found_docs={"book/new"}),
        config=SimpleNamespace(html_baseurl="https://x.example/"),
    )
    findable.finish(cast(Sphinx, app), None)
    assert 'content="0; url=../book/new.html#part"' in (tmp_path / "book/old.html").read_text()
    assert len(complaints) == 1
    assert "lost.html" in complaints[0]
    assert "<loc>https://x.example/book/new.html</loc>" in (tmp_path / "sitemap.xml").read_text()


def test_the_sitemap_has_every_page() -> None:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [place.text or "" for place in ElementTree.parse(SITE / "sitemap.xml").iter(f"{space}loc")]
    assert sorted(found) == sorted(ADDRESS + page for page in LISTED)
    assert f"{ADDRESS}sitemap.xml" in (SITE / "robots.txt").read_text()


@pytest.mark.parametrize("page", LISTED)
def test_a_page_says_where_it_lives_and_what_it_is(page: str) -> None:
    html = Page(page).html
    assert re.findall(r'<link rel="canonical" href="([^"]*)"', html) == [ADDRESS + page]
    said = properties(page)
    assert said["og:url"] == ADDRESS + page
    assert said["og:title"]
    assert len(said["og:description"]) > 40
    assert said["og:image"] == ADDRESS + findable.CARD


def test_no_two_pages_describe_themselves_alike() -> None:
    descriptions = [properties(page)["og:description"] for page in LISTED]
    assert len(set(descriptions)) == len(descriptions)


@pytest.mark.parametrize("page", LISTED)
def test_a_page_leads_to_its_source_and_to_an_issue_about_it(page: str) -> None:
    links = Page(page).links
    [edit] = [link for link in links if link.startswith(f"{REPOSITORY['url']}/edit/{REPOSITORY['branch']}/")]
    source = ROOT / edit.split(f"/edit/{REPOSITORY['branch']}/")[1]
    assert source.is_file()
    assert source.stem == page.split("/")[-1].removesuffix(".html")
    assert any(link.startswith(f"{REPOSITORY['url']}/issues/new?") for link in links)


def test_the_search_page_is_not_to_be_found() -> None:
    html = Page("search.html").html
    assert '<meta name="robots" content="noindex"/>' in html
    assert 'rel="canonical"' not in html


def test_the_card_is_a_picture_of_the_size_that_the_pages_say() -> None:
    head = (SITE / findable.CARD).read_bytes()[:24]
    assert struct.unpack(">II", head[16:24]) == findable.CARD_SIZE
