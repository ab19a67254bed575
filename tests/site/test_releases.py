"""What the pages say about releases: the newest is named in one place, and what was asked is stored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oracle import stored, toolchain
from tests.site.extensions import built, extension, page
from tests.support import ROOT, tracked

releases = extension("releases")
time_line = extension("time_line")
QUESTION = "shutdown: busy after Stop on a started watcher"


def test_the_newest_release_is_filled_in_and_dated_under_today(tmp_path: Path) -> None:
    with built(tmp_path, ["releases"], index="# A\n\n## Today\n\nAt {newest}`release`.\n\n## Then\n\nNo.\n") as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    newest = releases.newest()
    assert f"At {newest['release']}." in html
    line = f"Read at {newest['release']}, client-go {newest['client-go']}, of {newest['date']}."
    assert html.count(line) == 1
    assert html.index("Today") < html.index(line) < html.index("Then")


def test_the_newest_release_is_the_one_that_was_read_and_asked() -> None:
    watched = json.loads((ROOT / "book/data/watched.json").read_text(encoding="utf-8"))
    newest = releases.newest()
    assert {state["tag"] for state in watched.values()} == {f"v{newest['client-go']}"}
    asked = toolchain.releases()[-1]
    assert newest["release"].startswith(f"{asked}.")
    assert int(asked.split(".")[1]) == time_line.LAST
    module = (ROOT / f"oracle/go/releases/{asked}.mod").read_text(encoding="utf-8")
    assert f"k8s.io/client-go v{newest['client-go']}" in module


def test_nobody_types_the_newest_release() -> None:
    """In the chapters and appendices: a number that is typed is still there when the next release is read.

    A link to a file may have it: that is where the file was read.
    """
    number = releases.newest()["release"]
    pages = [name for name in tracked("book") if name.endswith((".ipynb", ".md")) and name.count("/") == 1]
    assert len(pages) > 25
    typed = re.compile(rf"(?<!/v){re.escape(number)}")
    assert [name for name in pages if typed.search((ROOT / name).read_text(encoding="utf-8"))] == []
    assert typed.search(f"still so at {number}")


def test_a_question_leads_to_the_lines_of_its_answers(tmp_path: Path) -> None:
    with built(tmp_path, ["releases"], index=f"# A\n\nSo. {{asked}}`1.28, 1.35 {QUESTION}`\n") as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    for release in "1.28", "1.35":
        path, line = stored.line(release, *QUESTION.split(": "))
        assert f'blob/main/{path.relative_to(ROOT)}#L{line}">{release}</a>' in html
        assert json.loads(path.read_text(encoding="utf-8").split("\n")[line - 1].removesuffix(","))["name"] in QUESTION


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.29 shutdown: what nobody asked", "shutdown has no question 'what nobody asked'"),
        ("1.29 mood: any", "there is no question of the kind mood"),
        ("1.30 series: one event", "release 1.30 was not asked about series"),
        ("shutdown", "not a release, a kind and a question"),
    ],
)
def test_what_is_not_stored_fails_the_build(tmp_path: Path, text: str, said: str) -> None:
    with built(tmp_path, ["releases"], index=f"# A\n\nSo. {{asked}}`{text}`\n") as app:
        assert said in app.warning.getvalue()


ASKED = [row for row in time_line.changes() if "asked" in row]


def said(release: str, kind: str, name: str) -> object:
    """The answer, and also that there is none: a release that lacks what is asked about refuses."""
    try:
        return stored.answer(release, kind, name)
    except stored.Refused:
        return "refused"


def minors(text: str) -> list[int]:
    return [int(release.split(".")[1]) for release, _, _ in releases.asked(text)]


@pytest.mark.parametrize("row", ASKED, ids=lambda row: str(row["pr"]))
def test_two_releases_around_a_change_answer_differently(row: dict[str, str]) -> None:
    """The later one has the change, the earlier one has not."""
    kind, name = releases.ASKED.fullmatch(row["asked"]).group("kind", "name")
    before, after = (release for release, _, _ in releases.asked(row["asked"]))
    assert said(before, kind, name) != said(after, kind, name)
    assert said(after, kind, name) != "refused"
    since = time_line.minor(row["since"])
    assert minors(row["asked"])[1] == since or f"1.{minors(row['asked'])[1]}" in row["also"]
    assert minors(row["asked"])[0] < since


def test_most_of_what_matters_was_asked() -> None:
    assert len(ASKED) >= 20


def test_between_two_releases_without_a_change_answers_are_equal() -> None:
    """The control of the above: these questions alone do not make answers differ."""
    question = "recorder", "fifty events of one goroutine"
    assert said("1.21", *question) == said("1.22", *question)
    assert said("1.28", "shutdown", "4 queued behind a busy handler, then cancel") == "refused"
