"""The line of Go at a step: where it stands, that it stands there, and that a chapter's twin says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from book.extensions import package_source, source_map
from kevent import WAIT_IF_CHANNEL_FULL, EventBroadcaster, EventSource, ObjectReference
from kevent.figures import ScriptedSink
from kevent.figures.event_flow import tell_event_flow
from kevent.figures.go_lines import PLAYED, RELEASES, GoLine, go_lines, nearest, rows
from kevent.figures.recording import record, unlogged
from kevent.figures.storyboard import Scene
from kevent.figures.tracing import SCENARIO, Moment, Place
from kevent.runtime import sleep
from kevent.versions import NEWEST, sides
from tests.figures.scenarios import slow_watcher, unreachable_sink
from tests.support import ROOT

WITHOUT = {"over", "left behind", "error"}
"""The kinds of steps that may have no line: what ends a run is nobody's."""

DISTRIBUTE = "mux.go#Broadcaster.distribute"
WATCHING = "event.go#eventBroadcasterImpl.StartEventWatcher"


@cache
def scenes(release: str = "1.14") -> dict[str, Scene]:
    """The first step of each kind in three runs."""
    found: dict[str, Scene] = {}
    waiting = partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL, slow=0.5, events=12)
    for scenario in (partial(each, release=release) for each in (slow_watcher, waiting, unreachable_sink)):
        for scene in tell_event_flow(record(scenario)).scenes:
            found.setdefault(scene.line.kind, scene)
    return found


@pytest.mark.parametrize(
    ("kind", "lines"),
    [  # looked up by hand in the files at the tag
        ("drop", [(DISTRIBUTE, 227), (DISTRIBUTE, 223), (DISTRIBUTE, 222), ("mux.go#Broadcaster.loop", 212)]),
        ("insist", [(DISTRIBUTE, 232), (DISTRIBUTE, 231), ("mux.go#Broadcaster.loop", 212)]),
        ("insisted", [(DISTRIBUTE, 233), (DISTRIBUTE, 231), ("mux.go#Broadcaster.loop", 212)]),
        ("offer", [(DISTRIBUTE, 225), (DISTRIBUTE, 223), (DISTRIBUTE, 222), ("mux.go#Broadcaster.loop", 212)]),
        ("take handed", [("mux.go#Broadcaster.loop", 207)]),
        ("full", [("mux.go#Broadcaster.Action", 189)]),
        ("request", [("mux.go#Broadcaster.blockQueue", 102), ("mux.go#Broadcaster.Watch", 117)]),
        ("shut down", [("mux.go#Broadcaster.Shutdown", 199)]),
        ("shutdown waits", [("waitgroup.go#WaitGroup.Wait", 130), ("mux.go#Broadcaster.Shutdown", 200)]),
        ("close queue", [("mux.go#Broadcaster.closeAll", 180), ("mux.go#Broadcaster.loop", 214)]),
        ("read", [(WATCHING, 219)]),
        ("works", [(WATCHING, 226)]),
        ("correlates", [
            ("events_cache.go#EventAggregator.EventAggregate", 241),
            ("events_cache.go#EventCorrelator.EventCorrelate", 451),
            ("event.go#recordToSink", 131),
            ("event.go#eventBroadcasterImpl.StartRecordingToSink", 122),
            (WATCHING, 226),
        ]),
        ("sink filtered", [
            ("events_cache.go#EventSourceObjectSpamFilter.Filter", 142),
            ("events_cache.go#EventCorrelator.EventCorrelate", 453),
            ("event.go#recordToSink", 131),
            ("event.go#eventBroadcasterImpl.StartRecordingToSink", 122),
            (WATCHING, 226),
        ]),
        ("sink pause", [
            ("event.go#recordToSink", 150),
            ("event.go#eventBroadcasterImpl.StartRecordingToSink", 122),
            (WATCHING, 226),
        ]),
    ],
)  # fmt: skip
def test_the_lines_of_steps_that_were_looked_up_by_hand(kind: str, lines: list[tuple[str, int]]) -> None:
    assert [(line.symbol, line.number) for line in go_lines(scenes()[kind].moment, "1.14")] == lines


NEW = "@newest"


@pytest.mark.parametrize(
    ("kind", "lines"),
    [  # looked up by hand in the files of client-go 0.37.2
        ("drop", [(DISTRIBUTE, 286), (DISTRIBUTE, 282), (DISTRIBUTE, 281), ("mux.go#Broadcaster.loop", 273)]),
        ("insist", [(DISTRIBUTE, 291), (DISTRIBUTE, 290), ("mux.go#Broadcaster.loop", 273)]),
        ("full", [("mux.go#Broadcaster.Action", 224)]),
        ("shut down", [("mux.go#Broadcaster.Shutdown", 259), ("mux.go#Broadcaster.Shutdown", 257)]),
        ("close queue", [("mux.go#Broadcaster.closeAll", 207), ("mux.go#Broadcaster.loop", 275)]),
        ("read", [(WATCHING, 417)]),
        ("works", [(WATCHING, 427)]),
        ("drop at once", [
            ("mux.go#Broadcaster.ActionOrDrop", 245),
            ("event.go#recorderImpl.generateEvent", 471),
            ("event.go#recorderImpl.Event", 482),
        ]),
        ("sink pause", [
            ("event.go#eventBroadcasterImpl.recordToSink", 327),
            ("event.go#eventBroadcasterImpl.StartRecordingToSink", 285),
            (WATCHING, 427),
        ]),
        ("sink given up", [
            ("event.go#eventBroadcasterImpl.recordToSink", 324),
            ("event.go#eventBroadcasterImpl.recordToSink", 327),
            ("event.go#eventBroadcasterImpl.StartRecordingToSink", 285),
            (WATCHING, 427),
        ]),
    ],
)  # fmt: skip
def test_the_lines_of_steps_at_the_newest_release(kind: str, lines: list[tuple[str, int]]) -> None:
    found = go_lines(today()[kind].moment, NEWEST)
    assert [(line.symbol, line.number) for line in found] == [(symbol + NEW, number) for symbol, number in lines]


@cache
def today() -> dict[str, Scene]:
    """The steps of today's release, and of one that shuts down in the middle of a burst and of tries."""

    def burst() -> None:
        broadcaster = EventBroadcaster(queue_length=2, incoming_length=2)
        broadcaster.start_recording_to_sink(ScriptedSink(lambda call: ConnectionError("away")), name="sink")
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(4):
            recorder.event(ObjectReference("Pod", "default", "web"), "Normal", "R", "m")
        sleep(1)
        broadcaster.shutdown(timeout=None)

    with unlogged():
        told = {scene.line.kind: scene for scene in tell_event_flow(record(burst)).scenes}
    return told | scenes(NEWEST)


def test_the_newest_release_is_one_whose_lines_are_known() -> None:
    """Else its lines have to be looked up: what `@newest` names stands elsewhere now."""
    assert list(RELEASES) == ["1.14", NEWEST]
    assert source_map.newest() == "v0.37.2"


def test_a_run_is_told_by_the_lines_of_a_release_that_hands_events_on_in_the_same_way() -> None:
    before, since = sides("sending")
    assert [nearest(name) for name in ("1.14", before, since, NEWEST, "")] == ["1.14", "1.14", NEWEST, NEWEST, "1.14"]


def test_where_a_release_has_no_such_line_it_is_said_why() -> None:
    refused = Moment(
        (
            Place("broadcaster.Broadcaster.action_or_drop", "return self._incoming.try_send(WatchEvent(action, obj))"),
            Place("recorder.BroadcastRecorder._send_or_drop", "if not self._broadcaster.action_or_drop(ADDED, event):"),
        ),
        "try_send",
        "refused",
    )
    (line,) = go_lines(refused, "1.14")
    assert (line.symbol, line.number) == ("", 0)
    assert "1.21" in line.reason
    assert go_lines(refused._replace(outcome=""), "1.14")[0] == GoLine("mux.go#Broadcaster.Action", 189)
    assert go_lines(refused, NEWEST)[0] == GoLine("mux.go#Broadcaster.ActionOrDrop@newest", 245)


@pytest.mark.parametrize("release", RELEASES)
def test_every_row_names_a_line_of_kevent_and_a_line_of_go(release: str) -> None:
    for row in rows(release):
        if row.function != PLAYED:
            lines = [text.strip() for _, text in package_source.find(row.function).lines]
            assert any(line.startswith(row.text) for line in lines), row
        if not row.go.reason:
            symbol = source_map.find(row.go.symbol)
            assert symbol.first <= row.go.number <= symbol.last, row
    keys = [row[:3] for row in rows(release)]
    assert len(keys) == len(set(keys))


# --- the book's own figures ---


def stored_figures(kind: str) -> Iterator[Any]:
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                shown = "".join(output.get("data", {}).get("text/html", []))
                if f'data-kind="{kind}"' in shown:
                    data = re.search(r'<script type="application/json">(.*?)</script>', shown, re.DOTALL)
                    assert data
                    yield pytest.param(json.loads(data[1]), id=f"{path.stem}: {json.loads(data[1])['title']}")


def moment_of(figure: Any, step: list[Any]) -> Moment | None:
    number = step[5] if len(step) > 5 else 0
    if not number:
        return None
    operation, outcome, *stack = figure["moments"][number - 1]
    return Moment(tuple(Place(*figure["places"][place]) for place in stack), operation, outcome)


@pytest.mark.parametrize("figure", stored_figures("event-flow"))
def test_at_least_95_of_100_steps_of_a_stage_have_a_line_of_go(figure: Any) -> None:
    steps = [
        (figure["pool"][n], nearest(run.get("release", ""))) for run in figure["runs"].values() for n in run["steps"]
    ]
    found = [(moment_of(figure, step), release) for step, release in steps]
    lines = [go_lines(moment, release) if moment else [] for moment, release in found]
    lit = [bool(each and each[0].number) for each in lines]
    steps, moments = [step for step, _ in steps], [moment for moment, _ in found]
    assert {figure["texts"][step[0]][2] for step, has in zip(steps, lit, strict=True) if not has} <= WITHOUT
    assert sum(lit) >= 0.95 * len(lit)
    assert all(moment or figure["texts"][step[0]][2] in WITHOUT for step, moment in zip(steps, moments, strict=True))


@pytest.mark.parametrize("figure", stored_figures("event-flow"))
def test_every_place_of_a_stage_is_found_in_the_source_of_today(figure: Any) -> None:
    for function, text, *nth in figure["places"]:
        if function.startswith(SCENARIO):
            lines = figure["sources"][function]
        else:
            lines = [line for _, line in package_source.find(function).lines]
        assert [line.strip() for line in lines].count(text) > (nth or [0])[0], (function, text)


# --- the chapters' twins ---


def twin_steps() -> Iterator[tuple[source_map.Symbol, package_source.Code, range, str]]:
    """Each step of a twin with lines on both sides: the symbols, the code, the lines of Go, the text of Python."""
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            for argument, body in re.findall(r"```\{twin\} ([^\n]+)\n(.*?)```", text, re.DOTALL):
                yield from _steps(path, argument, body)


def _steps(path: Path, argument: str, body: str) -> Iterator[tuple[source_map.Symbol, package_source.Code, range, str]]:
    first, *others = (name.strip() for name in argument.split(","))
    symbols = [source_map.find(first)]
    symbols += [source_map.find(f"{symbols[0].file}#{name}") for name in others]
    option = re.search(r"^:kevent: (.+)$", body, re.MULTILINE)
    names = option[1].split(",") if option else [source_map.twins().get(s.key, {}).get("kevent", "") for s in symbols]
    for line in body.splitlines():
        parts = [part.strip() for part in line.split("|", 2)]
        if len(parts) != 3 or not parts[0] or not parts[1]:
            continue
        begin, _, end = parts[0].partition("-")
        for name in filter(None, names):
            code = package_source.find(name.strip())
            if any(parts[1].split(" .. ")[0] in text for _, text in code.lines):
                for symbol in symbols:
                    yield symbol, code, range(int(begin), int(end or begin) + 1), parts[1]


def test_the_twins_of_the_chapters_tie_the_same_lines_together() -> None:
    compared = 0
    for symbol, code, numbers, text in twin_steps():
        if not symbol.first <= min(numbers) <= symbol.last:
            continue  # this step is about another symbol of the twin
        start, _, end = (piece.strip() for piece in text.partition(" .. "))
        begin, last = code.span(start, end)
        spanned = [line.strip() for number, line in code.lines if begin <= number <= last]
        if len(spanned) != 1:
            continue
        ours = {
            row.go.number
            for row in rows("1.14")
            if row.go.symbol == symbol.key and code.name == row.function and spanned[0].startswith(row.text)
        }
        if ours:
            compared += 1
            assert ours & set(range(min(numbers) - 1, max(numbers) + 2)), (code.name, spanned, ours, numbers)
    assert compared >= 10
