"""What the pages say about releases: the newest is named in one place, and what was asked is stored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from book import changes
from kevent import versions
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
    assert asked == versions.NEWEST
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
        ("shutdown: ", "not a release, a kind and a question"),
        ("shutdown", "kevent.versions knows no change 'shutdown'"),
        ("#95663", "kevent.versions knows no change '#95663'"),
        ("shutdown: what nobody asked", "shutdown has no question 'what nobody asked'"),
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
    (before, after), kind, name = releases.question(row["asked"])
    assert said(before, kind, name) != said(after, kind, name)
    assert said(after, kind, name) != "refused"
    since = time_line.minor(row["since"])
    assert minors(row["asked"])[1] == since or f"1.{minors(row['asked'])[1]}" in row["also"]
    assert minors(row["asked"])[0] < since


def test_most_of_what_matters_was_asked() -> None:
    assert len(ASKED) >= 20


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sending", ["1.20", "1.21"]),
        ("reporter", ["1.27.5", "1.27"]),  # the last release that lacks it, though older ones have it back-ported
        ("#124635", ["1.30", "1.31"]),
        (QUESTION, ["1.28", "1.29", "1.35", "1.36"]),
        ("mux: two shutdowns behind a watcher that is not read", ["1.19", "1.20", "1.24", "1.25.13"]),
        ("series: a resource version that changes", ["1.29", "1.37"]),  # the event lost a field
        ("correlator: one event", None),
    ],
)
def test_the_releases_around_a_change_are_found_in_the_answers(text: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(LookupError):
            releases.question(text)
    else:
        assert releases.question(text)[0] == found


def test_a_question_that_all_answered_alike_names_the_first_and_the_newest() -> None:
    names, kind, name = releases.question("correlator: the combined event's name when the object's is no DNS name")
    assert names == [toolchain.releases()[0], versions.NEWEST]
    assert said(names[0], kind, name) == said(names[1], kind, name)


# --- nobody types a version ------------------------------------------------------------------------------------------


def test_a_change_says_when_it_came(tmp_path: Path) -> None:
    text = "# A\n\nUp to {until}`sending`, since {since}`sending`. **{first}`reporter`**: so. In {first}`#75092`.\n"
    with built(tmp_path, ["releases"], index=text) as app:
        html = re.sub(r"<[^>]+>", "", page(app, "index"))
        assert app.warning.getvalue() == ""
    assert "Up to 1.20, since 1.21. 1.28.0-alpha.1, 1.25.14, 1.26.9 and 1.27.6: so. In 1.15.0-alpha.1." in html


@pytest.mark.parametrize("key", ["mood", "sending=by post", "#1"])
def test_a_change_that_is_none_fails_the_build(tmp_path: Path, key: str) -> None:
    with built(tmp_path, ["releases"], index=f"# A\n\nSince {{since}}`{key}`.\n") as app:
        assert f"knows a change {key!r}" in app.warning.getvalue()


TYPED = re.compile(r"(?<![\w./-])(?<!Go )(?<!v)[01]\.(?:1[5-9]|[23]\d)(?:\.\d+)?(?:-\w+\.\d+)?(?![\w])")
"""A release since 1.15, of Kubernetes or of client-go. 1.14 is what the book reads; with a v it is a source's tag."""

ELSEWHERE = {
    "book/12_every_interleaving.ipynb": {"0.36"},  # whose tests are looked at, with a link to one
    "book/18_cloud_controller_manager.ipynb": {"1.21.0-alpha.1", "1.31.0-alpha.1"},  # of a controller, not of client-go
}
"""What `kevent.versions` cannot know."""


def typed(text: str) -> set[str]:
    """The releases that a text names by itself, not in a link's address nor by one of the roles."""
    text = re.sub(r"\]\([^)]*\)|<https?:[^>]*>", "]", text)
    return set(TYPED.findall(re.sub(r"{(?:asked|since|until|first|go|claim|pr)}`[^`]*`", "", text)))


def markdown(name: str) -> str:
    cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


CHAPTERS = [name for name in tracked("book") if re.fullmatch(r"book/\d\d_\w+\.ipynb", name)]


@pytest.mark.parametrize("name", CHAPTERS)
def test_under_today_nobody_types_a_release(name: str) -> None:
    today = re.findall(r"^## Today\n(.*?)(?=^## |\Z)", markdown(name), re.M | re.S)
    assert len(today) == 1
    assert typed(today[0]) == ELSEWHERE.get(name, set())
    assert not re.search(r"{asked}`1\.", today[0])


def test_in_the_chapter_about_releases_nobody_types_one() -> None:
    name = "book/16_then_and_now.ipynb"
    cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    exercises = markdown(name).partition("## Exercises")[0]
    assert typed(exercises) == set()
    assert "{asked}`1." not in markdown(name)
    own = re.sub(r'def has\(version.*?""".*?"""', "", code, flags=re.S)  # an exercise about tags as such
    assert typed(own.replace('release="1.14"', "")) == set()


def test_in_the_time_line_nobody_types_one_but_the_first_tag() -> None:
    rows = json.loads((ROOT / "book/data/timeline.json").read_text(encoding="utf-8"))
    for row in rows:
        assert typed(row["told"] + " " + row["matters"] + " " + row.get("asked", "")) == set()
    pulls = {change.pull: change for change in versions.CHANGES if change.pull}
    joined = [row for row in rows if row.get("pr") in pulls]
    assert len(joined) > 20
    for row in joined:  # a first tag is one of the release that `kevent.versions` says
        since = {change.since[0] for change in versions.CHANGES if change.pull == row["pr"]}
        assert {tag.rpartition(".")[0] for tag in since} == {f"1.{changes.minor(row['since'])}"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Since 1.21 so.", {"1.21"}),
        ("first in 1.21.0-alpha.2.", {"1.21.0-alpha.2"}),
        ("**1.28.0**, 1.27.6", {"1.28.0", "1.27.6"}),
        ("client-go 0.36", {"0.36"}),
        ("At 1.14, v1.37.2, Go 1.25 and [a file](https://x/v0.37.2/a.go#L1.29) {asked}`1.28, 1.29 a: b`; 1.5 s", set()),
    ],
)
def test_a_release_that_is_typed_is_noticed(text: str, found: set[str]) -> None:
    assert typed(text) == found


def test_between_two_releases_without_a_change_answers_are_equal() -> None:
    """The control of the above: these questions alone do not make answers differ."""
    question = "recorder", "fifty events of one goroutine"
    assert said("1.21", *question) == said("1.22", *question)
    assert said("1.28", "shutdown", "4 queued behind a busy handler, then cancel") == "refused"
