"""Chapters do not type when client-go changed: it comes out of `kevent.versions` and the time line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kevent.versions import CHANGES, RELEASES, Change
from tests.site.extensions import built, extension, page
from tests.support import ROOT

changes = extension("changes")


def test_a_change_is_named_with_its_first_tag_and_its_pull_request(tmp_path: Path) -> None:
    source = "# A\n\nUp to {until}`stopped_handler: ends`; since {since}`stopped_handler: ends` no more.\n"
    with built(tmp_path, ["changes"], index=source) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    assert "Up to 1.35; since 1.36.0-beta.0 (" in html
    assert "kubernetes/pull/137398" in html


@pytest.mark.parametrize("role", ["since", "until"])
def test_a_way_that_no_release_went_fails_the_build(tmp_path: Path, role: str) -> None:
    with built(tmp_path, ["changes"], index=f"# A\n\nSince {{{role}}}`stopped_handler: never`.\n") as app:
        assert "no release has changed 'stopped_handler: never'" in app.warning.getvalue()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.behaviour}: {change.value}")
def test_the_time_line_has_the_pull_request_in_the_same_release(change: Change) -> None:
    tag = changes.first_tag(change)
    assert tag.split("-")[0] == change.since[0]
    assert changes.before(change) in RELEASES
    rows = json.loads((ROOT / "book/data/timeline.json").read_text(encoding="utf-8"))
    assert not change.pull or change.pull in [row.get("pr") for row in rows]


def test_the_museum_types_no_pull_request_that_the_changes_know() -> None:
    cells = json.loads((ROOT / "book/13_bug_museum.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) for cell in cells)
    typed = {int(number) for number in re.findall(r"{pr}`(\d+)`", text)}
    assert typed == {110040}  # the second half of another one
    assert not typed & {change.pull for change in CHANGES}
    assert not re.search(r"1\.\d\d\.0-(alpha|beta)", text.replace("v1.14.0-alpha.2", ""))
