"""The tour: short, through all seven places, and every number in it comes out of its run."""

from __future__ import annotations

import re

import pytest
from docutils import nodes
from docutils.utils import new_document

from book.extensions import moment
from book.extensions.chapter import minutes_of
from book.extensions.pipeline_map import PARTS
from book.figures import tour
from kevent.figures.storyboard import Storyboard
from tests.site.built import Page
from tests.site.test_releases import typed
from tests.support import ROOT

SOURCE = (ROOT / "book" / "tour.md").read_text(encoding="utf-8").split("---\n", 2)[2]
BEFORE, *SECTIONS = re.split(r"^## ", SOURCE, flags=re.MULTILINE)
STOPS, [END] = SECTIONS[:-1], SECTIONS[-1:]
ADDRESS = "book/tour.html"


def words(text: str) -> int:
    """How many words a reader reads: no directive, no markup."""
    text = re.sub(r"```.*?```|\{deeper\}`.*?`|\{\.\w+\}", "", text, flags=re.DOTALL)
    return len([word for word in text.split() if re.search(r"\w", word)])


def test_the_tour_is_short() -> None:
    assert len(STOPS) == 10
    assert {number: count for number, stop in enumerate(STOPS, 1) if (count := words(stop)) > 150} == {}
    assert words(SOURCE) <= 2000
    assert words(SOURCE.partition("`m.distributing`")[0]) <= 1200
    assert typed(SOURCE) == set()


def test_the_landing_page_says_how_many_minutes_it_takes() -> None:
    landing = Page("index.html").html
    said = re.findall(r"(\d+) minutes, (\d+) stops", landing)
    assert [int(stops) for _, stops in said] == [len(STOPS)]
    [minutes] = {*re.findall(r"(\d+) for the tour", landing), *(minutes for minutes, _ in said)}
    assert words(SOURCE) / 180 < int(minutes) <= 45


def test_a_stage_takes_longer_than_its_words() -> None:
    page = new_document("tour")
    page += nodes.paragraph("", "", nodes.Text("word " * 360))
    assert minutes_of(page) == 2
    page += nodes.raw("", '<div class="kevent-figure"></div>', format="html")
    assert minutes_of(page) == 4


def test_it_passes_all_seven_places_in_their_order() -> None:
    places = [stop for section in STOPS for stop in re.findall(r"```\{stop\} (\w+)", section)]
    assert len(places) == len(STOPS)
    assert list(dict.fromkeys(places)) == [part.name for part in PARTS]


def test_each_stop_has_a_stage_and_leads_deeper() -> None:
    parts = re.split(r"<section id=", Page(ADDRESS).html)[2:-1]
    assert len(parts) == 10
    for part in parts:
        assert part.count('class="kevent-figure"') == 1
        assert len(re.findall(r'class="deeper">Deeper: <a [^>]*href="\d\d_', part)) == 1


def test_it_asks_for_nothing() -> None:
    assert not {"exercise", "self-check"} & set(re.findall(r"\{([\w-]+)\}", SOURCE))


def test_one_recording_serves_all_moments() -> None:
    html = Page(ADDRESS).html
    assert html.count('<script type="application/json" id="recording-tour-way">') == 1
    opened = re.findall(r'data-recording="recording-tour-way" data-opens="(\d+)" [^>]*data-lines="(\d)"', html)
    assert len({step for step, _ in opened}) == 9
    assert len({lines for _, lines in opened}) == 1


def board() -> Storyboard:
    return next(iter(tour.way().storyboards.values()))


def kinds(kind: str) -> list[int]:
    """The events that met with this, in order."""
    return [scene.about[0] for scene in board().scenes if scene.line.kind == kind]


def test_the_numbers_of_the_text_come_out_of_the_run() -> None:
    recorded = len(board().start["events"])
    rows = dict(re.findall(r"^\| (.+?) \| (\d+) \|$", END, flags=re.MULTILINE))
    fates = {
        "created": "sink created",
        "patched into one of them": "sink patched",
        "dropped at the sink's queue": "drop",
        "given up after twelve tries": "sink given up",
        "counted, not written": "sink filtered",
    }
    counted = {row: str(len(kinds(kind))) for row, kind in fates.items()}
    assert rows == counted | {"in all": str(recorded)}
    assert sum(map(int, counted.values())) == recorded == tour.BACK_OFFS + len(tour.STARTS)
    patched = [scene for scene in board().scenes if scene.line.kind == "sink patched"]
    assert f"“x{patched[-1].args[2]}”".replace("“", '"').replace("”", '"') in END
    assert f"crashed {tour.BACK_OFFS} times" in END
    assert f"records {recorded} events" in BEFORE
    assert f"counts says {patched[-1].args[2]}" in BEFORE
    assert f"holds event {kinds('sink given up')[0]} and" in STOPS[6]
    assert f"has event {kinds('drop')[0]}." in STOPS[6]
    assert f"At event {kinds('sink filtered')[0]} it is empty" in STOPS[8]
    given_up = [scene.time for scene in board().scenes if scene.about == (kinds("sink given up")[0],)]
    assert 100 <= (given_up[-1] - given_up[0]) / 1e9 < 110


def test_a_moment_that_the_run_has_not_is_refused() -> None:
    assert moment.moment(tour.way(), "drop").opens == moment.moment(tour.way(), "drop", 10).opens
    with pytest.raises(LookupError, match="no step is 'insist'"):
        moment.moment(tour.way(), "insist")
    with pytest.raises(LookupError, match="'drop' and about event 0"):
        moment.moment(tour.way(), "drop", 0)
