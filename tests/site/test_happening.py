"""The runs that stand under the causes of “Where is my event?”: each shows what it is there for, at its releases."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from functools import cache

import pytest

from book.extensions import happening
from book.figures import diagnosis
from book.figures.diagnosis import CHARTS, RUNS, SHOWN, Run, Shown, what_the_server_knows
from kevent.diagnosis import CAUSES, applies
from kevent.event import Event
from kevent.figures import ScriptedSink
from kevent.figures.recording import record, unlogged
from kevent.figures.storyboard import Storyboard
from kevent.versions import RELEASES
from tests.site.built import SITE
from tools.weight import FIGURE_BUDGET

STAGED = {key: shown for key, shown in SHOWN.items() if isinstance(shown, Shown) and shown.run in RUNS}
RAISED = {"log-closed", "nil"}
"""Where kevent raises at every release what client-go does at some: the run is there for others, too."""


@cache
def boards(name: str) -> dict[str, Storyboard]:
    run = RUNS[name]
    return dict(zip(run.releases(), run.figure().storyboards.values(), strict=True))


def test_every_cause_has_a_run_or_a_sentence() -> None:
    assert set(SHOWN) == set(CAUSES)
    assert {shown.run for shown in SHOWN.values() if isinstance(shown, Shown)} == {*RUNS, *CHARTS}
    assert sum(isinstance(shown, Shown) for shown in SHOWN.values()) >= 35


@pytest.mark.parametrize("key", STAGED)
def test_a_run_opens_at_what_it_shows_wherever_a_release_has_the_cause(key: str) -> None:
    shown, cause = STAGED[key], CAUSES[key]
    for name, board in boards(shown.run).items():
        step = shown.step(board)
        if applies(cause, RELEASES[name]):
            assert step is not None, name
        elif key not in RAISED and key != "overtaken":
            assert step is None, f"{name} has not got the cause, and shows it"


def come(board: Storyboard) -> list[int]:
    """The events in the order in which they are handed in."""
    return [scene.about[0] for scene in board.scenes if scene.line.kind in ("hand over", "queued", "admitted")]


def test_events_overtake_each_other_until_a_release_and_not_after() -> None:
    for name, board in boards("in-a-row").items():
        assert (come(board) != sorted(come(board))) is applies(CAUSES["overtaken"], RELEASES[name]), name


def stored(name: str, release: str = "1.37") -> list[Event]:
    """What the server has at the end of a run."""
    with unlogged():
        run = record(lambda: RUNS[name].scenario(release), seed=RUNS[name].seed).run
    sink = run.result
    assert isinstance(sink, ScriptedSink)
    return sink.events()


EFFECTS: dict[str, Callable[[list[Event]], bool]] = {
    "full-queue": lambda held: {e.involved_object.name for e in held} == {"web-0", "web-1", "web-2", "web-3"},
    "full-in-front": lambda held: len(held) == 8,
    "outage": lambda held: {e.involved_object.name for e in held} == {"web-0", "web-1", "web-2"},
    "refused": lambda held: {e.involved_object.name for e in held} == {"web-0", "web-2"},
    "forgotten-by-the-server": lambda held: [e.count for e in held] == [3],
    "budget": lambda held: sorted((e.reason, e.count) for e in held) == [("BackOff", 28), ("Unhealthy", 2)],
    "both-types": lambda held: sorted(e.type for e in held) == ["Normal", "Warning"],
    "messages-that-differ": lambda held: [e.count for e in held if e.message.startswith("(combined")] == [3],
    "others-between": lambda held: [e.count for e in held if e.involved_object.name == "web-0"] == [1, 1],
    "two-containers": lambda held: sorted(e.count for e in held) == [1, 2],
    "another-memory": lambda held: [e.count for e in held] == [2, 2],
    "never-made": lambda held: [e.reason for e in held] == ["Pulled", "Started"],
    "names": lambda held: len(held) == 1 and "/" not in held[0].name,
}


@pytest.mark.parametrize("name", EFFECTS)
def test_what_a_server_holds_at_the_end_is_what_the_cause_leaves(name: str) -> None:
    assert EFFECTS[name](stored(name))


def test_until_a_release_a_normal_events_budget_is_a_warnings_too() -> None:
    assert not EFFECTS["both-types"](stored("both-types", "1.31"))


def test_what_a_series_has_counted_is_told_later() -> None:
    chart = what_the_server_knows()
    recorded, first, second, third = (dict(zip(row.x, row.y, strict=True)) for row in chart.rows)
    assert (recorded[20], first[20], first[40]) == (20, 2, 20)
    assert (46 in second, 45 in second, 51 in third, 50 in third) == (True, False, True, False)


def test_a_run_in_which_it_does_not_happen_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "PLACES", 100)
    for key, name in (("dropped", "full-queue"), ("door", "full-in-front"), ("stands", "somebody-waits")):
        [board] = RUNS[name].figure(["1.37"]).storyboards.values()
        assert STAGED[key].step(board) is None
    monkeypatch.setattr(diagnosis, "AWAY", ())
    [board] = RUNS["outage"].figure(["1.37"]).storyboards.values()
    assert STAGED["given-up"].step(board) is None


def told(board: Storyboard) -> list[object]:
    return [(scene.time, scene.line.kind, scene.args, scene.about) for scene in board.scenes]


def goes_alike(run: Run, releases: list[str]) -> bool:
    """Whether each of these goes as the first of its way does."""
    firsts, names = run.releases(), list(RELEASES)
    for name in releases:
        way = [first for first in firsts if names.index(first) <= names.index(name)]
        if way:
            one, other = (run.figure([each]).storyboards for each in (name, way[-1]))
            if told(*one.values()) != told(*other.values()):
                return False
    return True


@pytest.mark.parametrize("name", ["full-queue", "both-types", "shuts-down"])
def test_releases_between_two_changes_go_the_same(name: str) -> None:
    assert goes_alike(RUNS[name], ["1.16", "1.31", "1.37"])


@pytest.mark.weekly
@pytest.mark.parametrize("name", RUNS)
def test_all_releases_between_two_changes_go_the_same(name: str) -> None:
    assert goes_alike(RUNS[name], list(RELEASES))


def test_a_way_that_is_forgotten_is_noticed() -> None:
    assert not goes_alike(Run(diagnosis.both_types, ""), ["1.37"])


# --- the scripts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*RUNS, *CHARTS])
def test_a_script_is_small_and_says_where_each_cause_opens(name: str) -> None:
    script = (SITE / "_static" / f"happens-{name}.js").read_text(encoding="utf-8")
    assert len(gzip.compress(script.encode())) < FIGURE_BUDGET
    found = re.fullmatch(r"\(globalThis\.keventRuns \?\?= \{\}\)\[\"([\w-]+)\"\] = (.*);\n", script, re.S)
    assert found is not None
    assert found[1] == name
    data = json.loads(found[2])
    if name in RUNS:
        assert set(data["opens"]) == {key for key, shown in STAGED.items() if shown.run == name}
        assert all(len(steps) == len(data["releases"]) for steps in data["opens"].values())


def test_the_page_has_a_button_for_each_and_none_of_the_recordings() -> None:
    html = (SITE / "book" / "where_is_my_event.html").read_text(encoding="utf-8")
    assert "kevent-figure" not in html
    for key, shown in SHOWN.items():
        if isinstance(shown, str):
            assert shown.replace("’", "’") in html
            continue
        button = re.search(
            rf'<li data-cause="{key}".*?<button[^>]*data-run="([\w-]+)"[^>]*data-brings="([^"]*)"', html, re.S
        )
        assert button is not None, key
        assert button[1] == shown.run
        for address in button[2].split():
            assert (SITE / "book" / address.partition("?")[0]).is_file()
        assert len(button[2].split()) == len(happening.scripts(shown).split())
