"""The furniture of a page, as built: numbers, contents, progress, the map, terms. What a script adds is not here."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from book.extensions.contents import DOORS, UNNUMBERED
from book.extensions.landing import BESIDE, PLACES, trusted
from book.extensions.pipeline_map import PARTS
from tests.site.built import Page, contents, pages
from tests.support import ROOT

CHAPTERS = [name for name in contents() if re.match(r"book/\d\d_", name)]


@cache
def html(address: str) -> str:
    return Page(address).html


def text(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", markup)).strip()


def furniture(address: str, name: str) -> str:
    found = re.search(rf'<(nav|footer|header|div) class="{name}".*?</\1>', html(address), re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_its_number_everywhere(name: str) -> None:
    number = str(int(name[5:7]))
    address = f"{name}.html"
    assert f'<h1><span class="chapter-number">{number} </span>' in html(address)
    side = furniture(address, "side")
    listed = re.findall(r'data-chapter="(\d+)"><a href="([^"]*)"', side)
    assert [int(each) for each, _ in listed] == list(range(1, len(CHAPTERS) + 1))
    [here] = re.findall(r'<li class="now" data-chapter="(\d+)"', furniture(address, "side")) or ["none"]
    assert here == number
    line = furniture(address, "line")
    assert re.findall(r'class="now [^"]*" data-chapter="(\d+)"', line) == [number]
    assert f"{number} of {len(CHAPTERS)}</small>" in line


@pytest.mark.parametrize("name", CHAPTERS)
def test_its_sections_are_numbered_in_their_order_but_for_the_bars(name: str) -> None:
    heads = [text(head).rstrip("#") for head in re.findall(r"<h2>(.*?)</h2>", html(f"{name}.html"), re.DOTALL)]
    heads = [head for head in heads if head not in ("Read", "Prove", "Use", "Look up", "Begin")]
    bars = [head for head in heads if head in UNNUMBERED]
    assert bars, "no chapter is without"
    number = int(name[5:7])
    expected = [f"{number}.{place}" for place in range(1, len(heads) - len(bars) + 1)]
    assert [head.split()[0] for head in heads if head not in UNNUMBERED] == expected


def test_what_is_no_chapter_has_no_number() -> None:
    for address in ("index.html", "book/tour.html", "book/appendix_glossary.html", "book/api/index.html"):
        assert "chapter-number" not in html(address)
        assert furniture(address, "line") == ""


def test_the_map_lights_the_stops_of_the_chapter() -> None:
    drawn = furniture("book/04_broadcaster.html", "map")
    assert re.findall(r'data-stop="(\w+)"', drawn) == [part.name for part in PARTS]
    lit = re.findall(r'data-stop="(\w+)" class="here" aria-current="true"', drawn)
    assert lit == ["incoming", "loop", "watchers"]
    assert drawn.count("<a href=") == len(PARTS)
    assert furniture("book/16_then_and_now.html", "map") == ""
    assert "here" not in furniture("book/tour.html", "map")


def test_every_page_leads_to_the_doors_in_words() -> None:
    for address in pages():
        top = furniture(address, "top")
        assert re.findall(r"<a [^>]*>(Diagnose|Tour|Bug museum|Symbols)</a>", top) == [
            "Diagnose",
            "Tour",
            "Bug museum",
            "Symbols",
        ], address


def test_the_tool_stands_above_the_contents_and_nowhere_else_in_them() -> None:
    for address in pages():
        side = furniture(address, "side")
        assert side.count("where_is_my_event.html") + side.count('class="tool" href="#"') == 1, address
        assert side.index('class="tool"') < side.index("<h2>")
        assert ('class="tool" href="#" aria-current="page"' in side) is (address == "book/where_is_my_event.html")


def test_before_and_after_say_the_number() -> None:
    end = furniture("book/05_full_channel.html", "end")
    numbers = re.findall(r'<span class="n">(\d+)</span>', end)
    assert numbers == ["4", "6"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_has_the_cards_of_its_terms(name: str) -> None:
    page = html(f"{name}.html")
    used = set(re.findall(r'class="reference internal" href="appendix_glossary\.html#(term-[\w-]+)"', page))
    island = re.search(r'<script type="application/json" id="terms">(.*?)</script>', page)
    cards = json.loads(island[1]) if island else {}
    assert set(cards) == used
    assert all(all(card) for card in cards.values())


# --- the landing page ---


def test_each_of_the_first_eleven_chapters_stands_at_one_place() -> None:
    assert list(PLACES) == [part.name for part in PARTS]
    assert sorted(number for _, numbers in PLACES.values() for number in numbers) == list(range(1, 12))
    rail = html("index.html").partition('<div class="rail">')[2]
    linked = set(re.findall(r'href="(book/\d\d_\w+)\.html"', rail))
    assert linked == set(CHAPTERS)
    for caption in BESIDE:
        assert f"<h3>{caption}</h3>" in rail


def test_the_doors_are_three() -> None:
    doors = re.findall(r'<a class="door" href="([^"]*)"', html("index.html"))
    assert doors == [f"{DOORS[name]}.html" for name in ("diagnosis", "tour", "begin")]


def test_what_it_says_of_trust_is_counted() -> None:
    told = [number for number, _, _ in trusted(ROOT)]
    page = html("index.html")
    assert all(f"<b>{number}</b>" in page for number in told)
    assert int(told[0].replace(",", "")) > 500


def test_its_run_is_shown_with_the_loss() -> None:
    figure = html("index.html").partition('class="kevent-figure"')[2].partition("</div>")[0]
    assert "Dropped here" in figure


def test_sections_inside_sections_have_no_number() -> None:
    for name in CHAPTERS:
        assert not [head for head in re.findall(r"<h3>(.*?)</h3>", html(f"{name}.html")) if "section-number" in head]
