"""The index of the search, as built: each thing once, in a form that can be found, without the words of buttons."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from tests.site.built import SITE, Page, contents
from tests.site.test_contents import furniture

STATIC = SITE / "_static"


@cache
def index() -> dict[str, Any]:
    told = (STATIC / "search-index.js").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(told.removeprefix("globalThis.keventIndex = ").rstrip(";\n"))
    return found


def symbols(name: str) -> list[list[str]]:
    return [row for row in index()["symbols"] if name in row[:2]]


def test_go_and_python_are_one_hit_with_kind_and_place() -> None:
    [row] = symbols("recordToSink")
    assert row[:3] == ["recordToSink", "record_to_sink", "func"]
    assert row[3] == "event.go 126"
    assert row[4].split(", ")[0] == "10"
    assert row[5] == "book/10_record_to_sink.html#twin-event-go-recordtosink"
    assert len(symbols("record_to_sink")) == 1


def test_each_name_of_a_block_is_a_hit_of_its_own() -> None:
    [row] = symbols("DropIfChannelFull")
    assert row[1] == "DROP_IF_CHANNEL_FULL"
    assert not [name for name, *_ in index()["symbols"] if "," in name]


def test_what_only_python_has_is_found_too() -> None:
    assert [row[2] for row in symbols("EventBroadcaster.flush")] == ["method", "method"]  # of both recorders


def test_a_chinese_term_is_found_by_a_part_of_it() -> None:
    found = [english for english, chinese, *_ in index()["terms"] if "广播" in chinese]
    assert found == ["broadcaster"]
    assert all(chinese and meaning for _, chinese, meaning, _ in index()["terms"])


def test_every_address_is_there() -> None:
    addresses = [row[-1] for row in [*index()["symbols"], *index()["terms"], *index()["pages"]]]
    addresses += [f"{index()['pages'][page][2]}#{anchor}" for page, _, anchor, _ in index()["sections"] if anchor]
    ids = {page: Page(page).ids for page in {address.partition("#")[0] for address in addresses}}
    for address in addresses:
        page, _, anchor = address.partition("#")
        assert not anchor or anchor in ids[page], address


def test_every_page_is_in_it() -> None:
    assert sorted(page[2] for page in index()["pages"]) == sorted(f"{name}.html" for name in contents())


def test_a_section_has_its_prose_and_no_words_of_the_page() -> None:
    texts = [text for *_, text in index()["sections"]]
    assert max(map(len, texts)) <= 1500
    said = " ".join(texts)
    for chrome in ("Run and check", "stored output", "Download the notebook", "Edit cell", "Copy cell", "#your turn"):
        assert chrome not in said
    [first] = [text for page, title, _, text in index()["sections"] if title == "A new watcher never sees the past"]
    assert first.startswith("With no more than a lock")


def test_titles_have_no_numbers_before_them() -> None:
    assert not [title for _, title, _, _ in index()["sections"] if re.match(r"\d+\.\d+ ", title)]


def test_a_page_loads_neither_search_nor_index_before_it_is_opened() -> None:
    page = Page("book/05_full_channel.html")
    assert not [link for link in page.loaded if "search" in link]
    assert re.search(r'data-search="_static/search\.js\?v=\w{8}"', furniture("book/05_full_channel.html", "top"))


def test_the_page_of_the_search_asks_for_what_its_address_says() -> None:
    assert "data-search-here" in Page("search.html").html
