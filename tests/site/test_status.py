"""The status page says what is there."""

from __future__ import annotations

import json
import re
from html import escape

from benchmarks import stored
from book.extensions import status
from tests.site.built import SITE, Page, pages
from tests.support import ROOT
from tools.weight import PAGE_BUDGET


def shown() -> dict[str, str]:
    html = Page("book/appendix_status.html").html
    return dict(re.findall(r"<tr><th scope='row'>(.*?)</th><td>(.*?)</td>", html))


def test_the_page_shows_what_the_repository_and_the_site_say() -> None:
    names = [page.removesuffix(".html") for page in pages() if page != "search.html"]
    rows = {row.what: escape(row.value) for row in status.counted(ROOT, SITE, names)}
    page = shown()
    for moving in ("Built", "From commit"):  # tests may run after midnight, and after a commit
        assert page[moving]
        del rows[moving]
    assert rows.items() <= page.items()


def test_a_count_follows_what_is_counted(tmp_path) -> None:
    for folder in ("book/data", "book/claims", "oracle/vectors", "kevent/models/museum/schedules"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "book/data/files.json").write_text('[{"tag": "kubernetes-1.14.0"}]')
    (tmp_path / status.CLAIMS).write_text('{"a": {"schedules": 1000}, "b": {"schedules": 234}}')
    (tmp_path / status.VECTORS / "x.json").write_text('[{"steps": [1, 2]}, {"calls": [1]}]')
    cell = '{"cell_type": "code", "source": [], "metadata": {"tags": ["exercise:a.b"]}, "outputs": [1]}'
    (tmp_path / "book/1.ipynb").write_text(f'{{"cells": [{cell}]}}')
    rows = {row.what: row.value for row in status.of_sources(tmp_path)}
    assert rows["Claims"] == "2, over 1,234 schedules"
    assert rows["Answers of the real client-go"] == "2 scenarios, 3 steps or calls"
    assert rows["Run and compared"] == "1 notebook, 1 code cell, 1 with an output"
    assert rows["For the reader to do"] == "1 exercise, 0 self-checks"


def test_the_date_can_be_given(monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert status.build_date().year == 1970


def test_without_an_audit_nothing_is_claimed(tmp_path) -> None:
    assert [row.what for row in status.measured(tmp_path)] == ["Nothing yet"]


def test_each_audited_page_is_one_row(tmp_path) -> None:
    rows = [
        ("make html", "9 s", "20 s"), ("Lighthouse, mobile, index.html", "94/100", "95/100"),
        ("Asked of other hosts, mobile, index.html", "1", "0"), ("Lighthouse, mobile, tour.html", "95/100", "95/100"),
        ("Asked of other hosts, mobile, tour.html", "0", "0"),
    ]  # fmt: skip
    (tmp_path / "book/data").mkdir(parents=True)
    told = {"date": "", "with": "", "rows": [dict(zip(("what", "value", "target"), row, strict=True)) for row in rows]}
    (tmp_path / status.AUDIT).write_text(json.dumps(told))
    assert [row.what for row in status.measured(tmp_path)] == ["Measured", "With", "make html"]
    shown = re.findall(r"<tr>(.*?)</tr>", status.of_pages(tmp_path))
    assert [re.sub(r"(<[^>]*>)+", " ", row).split() for row in shown][1:] == [
        ["index", "94/100", "1"], ["tour", "95/100", "0"], ["target", "95/100", "0"],
    ]  # fmt: skip


def test_the_page_shows_the_benchmark_that_was_stored() -> None:
    run = status.load(ROOT / status.BENCH)
    html = Page("book/appendix_status.html").html
    for measured in run["tables"]:
        assert status.compared(measured) in html


def test_a_benchmark_is_shown_as_it_was_stored() -> None:
    rows = [{"what": "1 watcher", "cells": ["139", "–"], "target": "<= 4 x Go: met"}]
    shown = status.compared({"title": "Fan-out", "columns": ["client-go", "kevent"], "rows": rows})
    assert re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", shown) == [
        "What", "client-go", "kevent", "Target", "1 watcher", "139", "–", "&lt;= 4 x Go: met",
    ]  # fmt: skip


def test_without_a_benchmark_nothing_is_claimed(tmp_path) -> None:
    assert "Nothing yet" in status.beside(tmp_path)


def test_the_readme_of_the_benchmarks_has_the_same_numbers() -> None:
    assert stored.markdown(status.load(ROOT / status.BENCH)) in stored.README.read_text(encoding="utf-8")


def test_the_heaviest_page_is_within_its_budget() -> None:
    size = int(shown()["Heaviest page, gzip"].split()[0])
    assert 0 < size * 1024 <= PAGE_BUDGET
