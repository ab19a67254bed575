"""The facts about the Go source: well formed, complete, and without a line of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.site.extensions import extension
from tests.support import ROOT

source_map = extension("source_map")
package_source = extension("package_source")
twins = extension("twins")

DATA = ROOT / "book" / "data"
SYMBOLS = source_map.load("symbols")
ALL = [*SYMBOLS, *source_map.load("newest")]
FILES = {(row["repo"], row["tag"], row["path"]): row for row in source_map.load("files")}


def test_every_symbol_lies_in_a_known_file() -> None:
    assert len(SYMBOLS) == 251
    for row in SYMBOLS:
        file = FILES[row["repo"], row["tag"], row["path"]]
        first, last = row["lines"]
        assert 1 <= row.get("doc", 1) <= first <= last <= file["lines"], row
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"])
        assert re.fullmatch(r"[0-9a-f]{64}", file["sha256"])
        assert re.fullmatch(r"[0-9a-f]{40}", file["blob"])


def test_no_two_symbols_of_a_file_overlap() -> None:
    last: dict[tuple[str, ...], int] = {}
    for row in sorted(ALL, key=lambda row: (row["repo"], row["tag"], row["path"], row["lines"])):
        file = row["repo"], row["tag"], row["path"]
        assert row["lines"][0] > last.get(file, 0), row["symbol"]
        last[file] = row["lines"][1]


def test_a_signature_is_a_name_and_names() -> None:
    for row in ALL:
        kinds = "method|func|const|constants|var|variables|struct|interface|type|function type"
        assert re.fullmatch(rf"({kinds}) [^{{}}=*]+", row["signature"]), row["signature"]
        parameters = re.search(r"\((.*)\)", row["signature"])
        if parameters and row["kind"] in ("func", "method"):
            assert all(" " not in name for name in parameters[1].split(", ")), row["signature"]


GO = re.compile(r"\bfunc\s*\([a-z]\w* \*?\w+\)|:=|<- *\w|\bmake\(chan|\bdefer ")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_no_go_stands_in_the_data(path: Path) -> None:
    assert not GO.search(path.read_text(encoding="utf-8"))
    assert GO.search("func (m *Thing) do() {")


def test_the_other_facts_are_all_there() -> None:
    timeline = source_map.load("timeline")
    assert len(timeline) == 42
    assert all(row["since"] and row["change"] and row["commit"] for row in timeline)
    kubelet = json.loads((DATA / "kubelet.json").read_text())
    assert len(kubelet["call_sites"]) == 95
    assert sum(site["call"].endswith(".Eventf") for site in kubelet["call_sites"]) == 49  # chapter 2 says so
    assert (kubelet["lines"]["call makeEventRecorder in run"], kubelet["line_629"]["lines"]["run"]) == (626, 472)
    cloud = source_map.load("cloud")
    assert len(cloud["call_sites"]) == 22
    assert len({row["reason"] for row in cloud["call_sites"] if row["controller"] == "service"}) == 16
    assert len({row["source"] for row in cloud["recorders"]}) == 4
    assert [row["go"] for row in source_map.load("waitgroup")] == [
        "1 - 1.4",
        "1.5 - 1.6",
        "1.7 - 1.10",
        "1.11 - 1.17",
        "1.18 - 1.19",
        "1.20 - 1.24",
        "1.25+",
    ]


@pytest.mark.parametrize(
    ("name", "key", "lines"),
    [
        ("Broadcaster.loop", "mux.go#Broadcaster.loop", (204, 216)),
        ("mux.go#NewBroadcaster", "mux.go#NewBroadcaster", (67, 77)),
        ("DropIfChannelFull", "mux.go#WaitIfChannelFull", (30, 33)),
        ("WaitGroup.Add", "waitgroup.go#WaitGroup.Add", (53, 95)),
        ("WaitGroup.Add@go1.20", "waitgroup.go#WaitGroup.Add", (43, 83)),
        ("Broadcaster.loop@newest", "mux.go#Broadcaster.loop", (265, 277)),
    ],
)
def test_a_symbol_is_found_by_the_name_a_chapter_uses(name: str, key: str, lines: tuple[int, int]) -> None:
    symbol = source_map.find(name)
    assert (symbol.key, (symbol.first, symbol.last)) == (key, lines)


@pytest.mark.parametrize(
    "name", ["Broadcaster.lop", "event.go#Broadcaster.loop", "WaitGroup.Add@go9", "NewBroadcaster"]
)
def test_a_name_that_says_nothing_or_too_much_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match=r"no Go symbol|ambiguous"):
        source_map.find(name)


def test_a_link_leads_to_the_lines_at_the_tag() -> None:
    symbol = source_map.find("Broadcaster.loop")
    assert symbol.link().endswith("/kubernetes-1.14.0-alpha.2/pkg/watch/mux.go#L204-L216")
    assert symbol.link(207, 207).endswith("#L207")
    moved = source_map.find("run@master@1f7e9fd9a2b3")
    assert "/1f7e9fd9a2b31ee21babef2cbdd18caeb8c14cdc/cmd/" in moved.link()  # a tag alone would lead nowhere
    assert {urlsplit(address).scheme for address in symbol.raw} == {"https"}


def test_every_symbol_of_the_files_read_has_a_home() -> None:
    """A twin in a chapter, or the reason why not: one of the two, and for a twin the code on our side."""
    due = {
        symbol.key
        for symbol in source_map.symbols()
        if symbol.tag in source_map.READ and symbol.file in twins.MAPPED and "/events/" not in symbol.path
    }
    homes = source_map.twins()
    assert due == set(homes)
    assert len(due) == 81
    for key, row in homes.items():
        source_map.find(key)
        assert ("chapter" in row) != ("reason" in row), key
        if "chapter" in row:
            assert "kevent" in row, key
            assert 1 <= row["chapter"] <= 18
        else:
            assert len(row["reason"]) > 15
        if "kevent" in row:
            package_source.find(row["kevent"])
