"""The time line: every change is on the page, with what it asks of the reader, and a script only hides some of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.extensions import built, extension, page

time_line = extension("time_line")
TEXT = "# Then and now\n\n```{time-line}\n```\n"


def test_every_change_is_in_the_page_without_a_script(tmp_path: Path) -> None:
    with built(tmp_path, ["time_line"], index=TEXT) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    assert html.count("<tr data-since=") == 42
    assert re.findall(r'<th scope="col">(\w+)', html) == ["Since", "Part", "What", "Evidence"]
    assert html.count('data-label="Since"') == html.count('data-label="Evidence"') == 42
    assert '<form hidden aria-label="Ask the time line">' in html
    assert 'href="https://github.com/kubernetes/kubernetes/pull/95664">#95664<' in html
    assert html.count("in no release yet") == 1
    assert "in 1.25.14, 1.26.9 and 1.27.6 too" in html
    assert html.count("asked: ") >= 20
    assert '<tr data-since="21" data-noticed="most" data-parts="recorder incoming">' in html
    assert [html.count(f'data-noticed="{who}"') for who in ("most", "some", "none")] == [6, 26, 10]
    assert "<code>PastEventf</code> is gone." in html


def test_a_change_without_a_pull_request_leads_to_its_commit(tmp_path: Path) -> None:
    with built(tmp_path, ["time_line"], index=TEXT) as app:
        html = page(app, "index")
    assert 'href="https://github.com/kubernetes/client-go/commit/75fea27a2">75fea27a2<' in html


def test_the_oldest_comes_first_and_what_is_unreleased_last() -> None:
    numbers = [time_line.minor(row["since"]) for row in time_line.changes()]
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[-1]) == (15, time_line.UNRELEASED)


def test_every_change_is_told_and_says_what_it_matters() -> None:
    for row in time_line.changes():
        assert row["told"].endswith("."), row["change"]
        assert row["matters"].endswith("."), row["change"]
        assert row["told"].count("`") % 2 == row["matters"].count("`") % 2 == 0


def test_a_part_that_is_not_on_the_map_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"since": "1.15.0", "change": "x", "parts": ["engine"], "told": "T.", "matters": "M."}]
    monkeypatch.setattr(time_line.known_changes, "rows", lambda: rows)
    with built(tmp_path, ["time_line"], index=TEXT) as app:
        assert "the parts ['engine'] are not on the map" in app.warning.getvalue()
