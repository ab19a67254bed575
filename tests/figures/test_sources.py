"""The lines of code that a stage shows: found again in the files of today, and nothing of Go in any recording."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

from book.extensions.figure_script import bundles, with_lines
from kevent.figures import EventFlow, sources
from kevent.figures.sources import Function, beside, function, lines_of, nowhere, symbols_of
from kevent.figures.tracing import SCENARIO, Place
from tests.figures.go_source import excerpts
from tests.figures.scenarios import figures, slow_watcher
from tests.figures.test_go_lines import stored_figures

BUDGET = 60 * 1000


def data() -> dict[str, Any]:
    return figures()["event-flow"].data


def test_a_function_is_read_without_its_docstring_and_keeps_its_numbers() -> None:
    offer = function("broadcaster.Watcher._offer")
    text = (sources.PACKAGE.parent / offer.path).read_text(encoding="utf-8").split("\n")
    assert offer.path == "kevent/broadcaster.py"
    assert offer.lines[0][1] == "def _offer(self, batch: list[WatchEvent]) -> None:"
    assert all(text[number - 1].strip() == line.strip() for number, line in offer.lines)
    assert not any('"""' in line for _, line in offer.lines)
    assert (offer.first, offer.last) == (offer.lines[0][0], offer.lines[-1][0])


@pytest.mark.parametrize("name", ["broadcaster.Watcher.nothing", "nothing.at_all", "broadcaster.Watcher"])
def test_what_is_no_function_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match=f"no function '{name}'"):
        function(name)


def test_equal_lines_of_a_function_are_told_apart_and_a_line_that_is_gone_is_named() -> None:
    twice = Function("a.b", "kevent/a.py", 1, 3, ((1, "def b():"), (2, "    c()"), (3, "    c()")))
    assert [twice.number(Place("a.b", "c()", nth)) for nth in (0, 1)] == [2, 3]
    with pytest.raises(LookupError, match="no line 'c\\(\\)' any more: record the figure again"):
        twice.number(Place("a.b", "c()", 2))


def test_each_moment_has_its_line_and_its_callers_in_both_languages() -> None:
    found = lines_of([data()])
    table, moments = found["figures"][0], data()["moments"]
    assert len(table["python"]) == len(table["go"]["1.14"]) == len(moments)
    for python, go, (operation, outcome, *_) in zip(table["python"], table["go"]["1.14"], moments, strict=True):
        where, number = python[0]
        lines = data()["sources"].get(where) or [line for _, line in found["python"][where]["lines"]]
        first = 1 if where.startswith(SCENARIO) else found["python"][where]["lines"][0][0]
        assert number >= first
        assert lines
        if (operation, outcome) == ("try_send_many", "refused"):
            assert go[0] == ["mux.go#Broadcaster.distribute", 227]
            assert where == "broadcaster.Watcher._offer"


def test_where_a_release_has_no_such_line_its_reason_stands_in_place() -> None:
    moment = [["try_send", "refused", 0]]
    places = [["broadcaster.Broadcaster.action_or_drop", "return self._incoming.try_send(WatchEvent(action, obj))"]]
    code = function(places[0][0])
    places[0][1] = next(line.strip() for _, line in code.lines if line.strip().startswith("return self._incoming"))
    figure = {"moments": moment, "places": places, "runs": {"0": {"release": "1.14"}}}
    go = lines_of([figure])["figures"][0]["go"]["1.14"][0]
    assert go == "at 1.14 an event waits here in a goroutine of its own; ActionOrDrop came with 1.21"


def test_a_figure_has_the_lines_of_the_releases_that_its_runs_answer_like() -> None:
    moment = [["send", "", 0]]
    places = [["broadcaster.Broadcaster.action", "self._incoming.send(event)"]]
    runs = {str(n): {"release": release} for n, release in enumerate(["1.20", "1.21", "1.37"])}
    figure = {"moments": moment, "places": places, "runs": runs}
    table = lines_of([figure])["figures"][0]
    assert table["at"] == {"1.20": "1.14", "1.21": "1.37", "1.37": "1.37"}
    assert table["go"] == {
        "1.14": [[["mux.go#Broadcaster.Action", 189]]],
        "1.37": [[["mux.go#Broadcaster.Action@newest", 224]]],
    }
    both = ["mux.go#Broadcaster.Action", "mux.go#Broadcaster.Action@newest"]
    assert symbols_of(figure) == both
    alone = figure | {"runs": {"0": {"release": "1.14"}}}
    assert symbols_of(alone) == both[:1]
    assert symbols_of(alone | {"releases": ["1.14", "1.37"]}) == both  # Python in the page may run the other


@pytest.mark.parametrize("figure", stored_figures("event-flow"))
def test_every_stage_of_the_book_finds_its_lines_and_stays_small(figure: Any) -> None:
    found = lines_of([figure])
    assert all(found["figures"][0]["python"])
    assert len(gzip.compress(json.dumps([figure, found]).encode())) < BUDGET
    assert symbols_of(figure)


def test_a_page_gets_one_island_and_names_the_symbols_it_wants() -> None:
    html = figures()["event-flow"].html()
    other = EventFlow(slow_watcher, title="Two").html()
    page = with_lines(f"<p>a</p>{html}<p>b</p>{figures()['waitgroup-word'].html()}{other}", "https://example.test/x")
    assert re.findall(r'data-lines="(\d+)"', page) == ["0", "1", "2"]
    islands = re.findall(
        r'<script type="application/json" id="code-lines" data-go-symbols="([^"]*)">(.*?)</script>', page
    )
    assert len(islands) == 1
    assert islands[0][0].split() == sorted({*symbols_of(data()), *symbols_of(figures()["waitgroup-word"].data)})
    lines = json.loads(islands[0][1])
    assert len(lines["figures"]) == 3
    assert lines["python"]["broadcaster.Watcher._offer"]["link"].startswith(
        "https://example.test/x/kevent/broadcaster.py#L"
    )
    assert with_lines("<p>no figure</p>") == "<p>no figure</p>"


def test_a_page_loads_what_its_figures_need() -> None:
    flow, word = figures()["event-flow"].html(), figures()["waitgroup-word"].html()
    assert bundles(flow) == ["figures", "stage"]
    assert bundles(word) == ["figures", "plate", "waitgroup-word"]
    assert bundles(word + flow) == ["figures", "plate", "waitgroup-word"]
    assert bundles(flow + word) == ["figures", "stage"]
    assert bundles("<p></p>") == []


def test_a_widget_answers_with_lines_and_stores_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kevent.figures.figure.beside", lambda: excerpts)
    figure = EventFlow(slow_watcher, {"queue_length": [2, 1]})
    sent: list[dict[str, Any]] = []
    figure.widget.send = sent.append
    figure.widget._answer(None, {"request": 1}, [])
    figure.widget._answer(None, {"request": 2, "values": [3]}, [])
    for answer in sent:
        assert "madeUp" in json.dumps(answer["lines"]["go"])
        assert len(answer["lines"]["figures"]) == 1
    assert "packed" not in sent[0]
    assert sent[1]["packed"]["runs"]
    state = json.dumps([figure.data, figure.widget.get_state()["figure"], figure.html()])
    assert "madeUp" not in state
    assert "self.delivered" not in state  # a line of kevent that no step takes


def test_without_the_book_beside_it_there_is_no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "book.extensions.go_source", None)
    assert beside() is nowhere
    assert nowhere(["a", "b"]) == {"a": {"missing": "absent"}, "b": {"missing": "absent"}}


def test_no_recording_of_the_book_holds_a_line_of_go() -> None:
    for parameter in stored_figures("event-flow"):
        text = json.dumps(parameter.values[0])
        assert not re.search(r"\bfunc \w|<-w\.|\bdefer |fullChannelBehavior|:= range", text)
