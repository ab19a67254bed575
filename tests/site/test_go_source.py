"""The Go lines of the pages: found by their hash, joined when the site is built, and nowhere in the repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

from book import newest
from book.extensions import go_source, source_map
from book.extensions.source_map import Symbol
from oracle import toolchain
from oracle.copied import telling
from tests.site.built import SITE, Page, pages
from tests.site.extensions import built, page
from tests.support import ROOT, tracked

OURS = ["func (ours Thing) loop() {", '\tsay("<img src=x>") // <b>bold</b>', "}"]
"""Not the real thing: a text of our own in its place."""

LOOP = "# A chapter\n\n```{twin} Broadcaster.loop\n205 | while batch | It says.\n```\n"
ASKING = '# A chapter\n\n```{raw} html\n<p data-go-symbols="Broadcaster.loop WaitGroup.Add@go1.20">figure</p>\n```\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of modules with nothing in it, and no CI."""
    monkeypatch.setattr(toolchain, "STORE", tmp_path / "store")
    monkeypatch.delenv("CI", raising=False)
    return tmp_path / "store"


@pytest.fixture
def loop(store: Path, monkeypatch: pytest.MonkeyPatch) -> Symbol:
    """`Broadcaster.loop` with our text: its module is here, with two lines more before it than at the tag."""
    symbol = replace(source_map.find("Broadcaster.loop"), last=206, sha256=go_source.digest(OURS))
    others = tuple(other for other in source_map.symbols() if other.key != symbol.key)
    monkeypatch.setattr(source_map, "symbols", lambda: (symbol, *others))
    write(symbol, [*["//"] * (symbol.first + 1), *OURS, "//"])
    return symbol


def write(symbol: Symbol, lines: list[str]) -> None:
    folder = go_source.folder(symbol)
    assert folder
    file = folder / symbol.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")


def test_lines_are_found_by_their_hash_and_keep_the_numbers_of_the_tag(loop: Symbol) -> None:
    found = go_source.excerpt(loop)
    assert found
    assert list(found.lines) == OURS
    assert found.data() | {"first": 204, "lines": OURS} == found.data()
    assert found.data()["link"].endswith("/kubernetes-1.14.0-alpha.2/pkg/watch/mux.go#L204-L206")


def test_lines_that_differ_by_a_character_are_refused(loop: Symbol) -> None:
    write(loop, [*["//"] * (loop.first + 1), OURS[0], OURS[1].replace("x", "y"), OURS[2]])
    with pytest.raises(go_source.Changed, match=r"no lines of Broadcaster.loop with the SHA-256"):
        go_source.excerpt(loop)


def test_a_file_that_is_gone_from_its_module_is_refused(loop: Symbol) -> None:
    folder = go_source.folder(loop)
    assert folder
    (folder / loop.path).unlink()
    with pytest.raises(go_source.Changed):
        go_source.excerpt(loop)


def test_what_is_not_here_and_what_is_elsewhere_are_told_apart(store: Path) -> None:
    assert go_source.excerpt(source_map.find("Broadcaster.loop")) is None
    names = ["Broadcaster.loop", "mux.go#Broadcaster.loop@newest", "WaitGroup.Add", "RunKubelet@v1.14.0-alpha.2"]
    found = go_source.excerpts(names)
    assert [each["missing"] for each in found.values()] == ["absent", "absent", "elsewhere", "elsewhere"]
    assert found["WaitGroup.Add"]["link"] == source_map.find("WaitGroup.Add").link()
    assert not any("lines" in each for each in found.values())
    with pytest.raises(LookupError, match="no Go symbol"):
        go_source.excerpts(["Broadcaster.lop"])


def test_reading_lines_starts_no_go(loop: Symbol, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **how: object) -> None:
        raise AssertionError("Go was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert "lines" in go_source.excerpts(["Broadcaster.loop"])["Broadcaster.loop"]
    assert go_source.missing()
    toolchain.go.cache_clear()
    with pytest.raises(AssertionError, match="Go was started"):
        go_source.bring()
    toolchain.go.cache_clear()


def test_a_twin_has_the_lines_as_text(loop: Symbol, tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], index=LOOP) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
        assert (app.outdir / "_static" / go_source.LICENCE).read_text() == (ROOT / "LICENSE").read_text()
    go = html.split('class="twin-side twin-python"')[0]
    assert re.findall(r'data-line="(\d+)"', go) == ["204", "205", "206"]
    assert "twin-load" not in go
    assert "<img" not in go
    assert "<b>" not in go
    text = unescape(re.sub(r"<[^>]+>", "", "".join(re.findall(r'<span class="line.*?\n</span>', go, re.S))))
    assert text.split("\n")[:-1] == OURS


def test_lines_that_differ_fail_the_build(loop: Symbol, tmp_path: Path) -> None:
    write(loop, ["//"] * 300)
    with built(tmp_path, ["twins"], index=LOOP) as app:
        assert "no lines of Broadcaster.loop with the SHA-256" in app.warning.getvalue()
    with pytest.raises(ExtensionError, match="no lines of Broadcaster"), built(tmp_path, ["go_source"], index=ASKING):
        pass


def test_without_the_lines_the_page_says_so_and_has_its_button(store: Path, tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], index=LOOP) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
        assert not (app.outdir / "_static" / go_source.LICENCE).exists()
    assert "The Go lines were not at hand when this page was built." in html
    assert "Load the Go lines from GitHub" in html
    assert f'data-sha256="{source_map.find("Broadcaster.loop").sha256}"' in html


def test_in_ci_a_site_without_the_lines_is_no_site(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with (
        pytest.raises(ExtensionError, match=r"no Go lines for the pages: k8s.io/api of 1.14, .*client-go of 1.37"),
        built(tmp_path, ["twins"], index=LOOP),
    ):
        pass


def island(html: str) -> dict[str, dict[str, object]]:
    [data] = re.findall(r'<script type="application/json" id="go-lines">(.*?)</script>', html, re.S)
    found: dict[str, dict[str, object]] = json.loads(data)
    assert "<" not in data
    return found


def test_a_page_gets_the_lines_that_its_figures_name(loop: Symbol, tmp_path: Path) -> None:
    with built(tmp_path, ["go_source"], index=ASKING, other="# No figure\n") as app:
        found = island(page(app, "index"))
        assert "go-lines" not in page(app, "other")
    assert found["WaitGroup.Add@go1.20"]["missing"] == "elsewhere"
    lines = found["Broadcaster.loop"]
    assert (lines["first"], lines["lines"]) == (204, OURS)


def test_a_figure_that_names_no_symbol_fails_the_build(store: Path, tmp_path: Path) -> None:
    text = ASKING.replace("Broadcaster.loop", "Broadcaster.lop")
    with pytest.raises(ExtensionError, match="no Go symbol"), built(tmp_path, ["go_source"], index=text):
        pass


# --- with the real modules -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def here() -> None:
    """The modules are here; they have to be in CI."""
    if go_source.missing():
        assert os.environ.get("CI") != "true", go_source.missing()
        pytest.skip("the Go lines are not here: `make html` brings them")


def test_every_symbol_has_its_lines(here: None) -> None:
    excerpts = [go_source.excerpt(symbol) for symbol in source_map.symbols()]
    elsewhere = [symbol for symbol in source_map.symbols() if go_source.folder(symbol) is None]
    assert len([found for found in excerpts if found]) == len(excerpts) - len(elsewhere) > 300
    assert {symbol.repo for symbol in elsewhere} == {"kubernetes/kubernetes", "golang/go"}


def test_what_is_read_of_a_go_file_is_what_the_source_map_says(here: None) -> None:
    """The reader of declarations against the facts of the tag, which others found in other ways."""
    facts = [row for row in source_map.load("symbols") if row["tag"] == "kubernetes-1.14.0-alpha.2"]
    compared = 0
    for repo, path in sorted({(row["repo"], row["path"]) for row in facts}):
        folder = toolchain.module("1.14", go_source.MODULES[repo])
        read = {row["symbol"]: row for row in newest.declarations((folder / path).read_text(encoding="utf-8"))}
        for row in facts:
            if (row["repo"], row["path"]) == (repo, path) and row["symbol"] != "_":
                found = read[row["symbol"]]
                assert (found["kind"], found["sha256"]) == (row["kind"], row["sha256"]), row["symbol"]
                assert found["signature"].startswith(row["signature"])
                compared += 1
    assert compared == 147


def test_the_facts_about_the_newest_release_are_what_its_modules_say(here: None) -> None:
    assert list(newest.rows(toolchain.releases()[-1])) == source_map.load("newest")
    assert source_map.find("Broadcaster.loop@newest").link().endswith("pkg/watch/mux.go#L265-L277")


def shown(html: str) -> list[tuple[int, str]]:
    """The Go lines of a page, by number."""
    sides = re.findall(r'<div class="twin-side twin-go".*?(?=<div class="twin-side twin-python")', html, re.S)
    lines = re.findall(r'<span class="line[^"]*" data-line="(\d+)"[^>]*>(.*?)\n</span>', "".join(sides), re.S)
    return [(int(number), unescape(re.sub(r"<[^>]+>", "", text))) for number, text in lines]


def test_a_chapter_shows_its_lines_and_says_whose_they_are(here: None) -> None:
    html = Page("book/04_broadcaster.html").html
    found = go_source.excerpt(source_map.find("Broadcaster.distribute"))
    assert found
    assert set(enumerate(found.lines, start=219)) <= set(shown(html))
    assert "twin-load" not in html
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.split('class="go-notice">')[1].split("</p>")[0])).strip()
    newest = source_map.newest()  # whose lines a figure has, for releases that Python may run in the page
    assert said == (
        "The Go lines on this page are excerpts, unchanged, of kubernetes/apimachinery at kubernetes-1.14.0-alpha.2, "
        f"kubernetes/apimachinery at {newest}, kubernetes/client-go at kubernetes-1.14.0-alpha.2 "
        f"and kubernetes/client-go at {newest}. "
        "Copyright The Kubernetes Authors, licensed under the Apache License 2.0."
    )
    assert (SITE / "_static" / go_source.LICENCE).is_file()


@pytest.mark.parametrize("address", pages())
def test_a_page_has_the_notice_if_and_only_if_it_shows_lines(here: None, address: str) -> None:
    html = Page(address).html
    island = re.search(r'id="go-lines">.*"lines":', html)
    assert bool(shown(html) or island) == ('class="go-notice"' in html)


@pytest.mark.parametrize("address", [page for page in pages() if 'class="twin ' in Page(page).html])
def test_what_a_step_speaks_of_is_never_folded_away(address: str) -> None:
    html = Page(address).html
    folded = "".join(re.findall(r"<details><summary>… \d+ lines</summary>(.*?)</details>", html, re.S))
    assert 'class="line"' in html
    assert 'class="line cited"' not in folded


# --- the repository --------------------------------------------------------------------------------------------------

TELLING = 40
"""So many characters make a line that nobody writes by chance."""


def plain(text: str) -> Iterator[str]:
    """The lines of a text, out of JSON, out of JSON in HTML in JSON, and out of markup."""
    for escaped, meant in ((r"\\+n", "\n"), (r"\\+t", "\t"), (r'\\+"', '"')):
        text = re.sub(escaped, meant, text)
    text = re.sub(r"\\+u00([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), text)
    for line in unescape(re.sub(r"</?(?:span|i|b|wbr)\b[^>]*>", "", text)).splitlines():
        yield line.strip(" \t\",'")


def go_lines() -> set[str]:
    excerpts = (go_source.excerpt(symbol) for symbol in source_map.symbols())
    text = "\n".join("\n".join(found.lines) for found in excerpts if found)
    return {line for line in telling("\n".join(plain(text))) if len(line) >= TELLING}


def in_go(lines: Iterable[str], theirs: set[str]) -> list[str]:
    return [line for line in lines if line in theirs]


def test_no_line_of_the_excerpts_is_in_the_repository(here: None) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    theirs = go_lines()
    assert len(theirs) > 500
    found = {}
    for name in tracked():
        text = (ROOT / name).read_bytes().decode(errors="replace")
        if lines := in_go(plain(text), theirs):
            found[name] = lines
    assert found == {}


def test_a_line_in_a_stored_output_would_be_seen(here: None) -> None:
    theirs = go_lines()
    excerpt = go_source.excerpt(source_map.find("recordToSink"))
    assert excerpt
    stored = json.dumps({"trait": "\n".join(excerpt.lines)}).replace("<", "\\u003c")
    output = json.dumps({"text/html": [f'<script type="application/json">{stored}</script>']}, indent=1)
    assert len(in_go(plain(output), theirs)) > 5
    source = json.dumps({"source": [f"{line}\n" for line in excerpt.lines]}, indent=1)
    assert len(in_go(plain(source), theirs)) > 5
