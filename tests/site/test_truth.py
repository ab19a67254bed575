"""What the book once said and was not so: what it says now, what shows that, and the old words, found nowhere.

A row has four parts. The sentences stand on their pages. `holds` looks at a run, at an answer of the real client-go or
at the book's data. `never` finds the old claim wherever it might come back: in chapters, appendices, docstrings,
exercises and self-checks. It has to find `was`, which has words like the old ones, or the pattern could not fail.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from kevent import CorrelatorOptions, Event, EventBroadcaster, EventSource, ObjectReference
from kevent.events import EventBroadcaster as SeriesBroadcaster
from kevent.figures.call_chain import tell_call_chain
from kevent.figures.correlator_timeline import tell_correlator_timeline
from kevent.models.museum import models
from kevent.runtime import sleep
from kevent.simulation import EPOCH, explore, simulate
from kevent.sinks.memory import MemorySink
from kevent.versions import CHANGES, RELEASES
from oracle import stored
from tests.figures.scenarios import kubelet
from tests.oracle import test_said as asked
from tests.support import ROOT, tracked

TIME_LINE = {row.get("pr"): row for row in json.loads((ROOT / "book/data/timeline.json").read_text(encoding="utf-8"))}
SINCE = {change.behaviour: change.since for change in CHANGES}
CAUSES, MUSEUM = "kevent/diagnosis/causes.py", "book/13_bug_museum.ipynb"


@cache
def texts() -> dict[str, str]:
    """Everything that explains: pages, notebooks' sources, and modules; single spaces between the words."""
    kinds = ".md", ".ipynb", ".py"
    names = {name for place in ("index.md", "README.md", "book", "kevent") for name in tracked(place)}
    return {name: asked.prose(name) for name in sorted(names) if name.endswith(kinds)}


# --- what shows it ----------------------------------------------------------------------------------------------------


def outcomes(scenario: Callable[[], object]) -> set[str]:
    return {str(outcome) for outcome in explore(scenario, max_steps=400, progress=False)}


def spins(release: str, ends: str) -> bool:
    return bool(stored.answer(release, "shutdown", f"busy after {ends}")["spins"])


def creates(release: str, question: str) -> int:
    return [call["verb"] for call in stored.answer(release, "series", question)].count("create")


def first_series_count(release: str) -> int:
    calls = stored.answer(release, "series", "the same again and again")
    return next(int(call["patch"]["series"]["count"]) for call in calls if call["verb"] == "patch")


def in_front() -> list[int]:
    """How many events the queue in front of the loop takes: of tools/events, and of tools/record."""

    def scenario() -> list[int]:
        found = []
        for broadcaster in (SeriesBroadcaster(MemorySink()), EventBroadcaster()):
            found.append(broadcaster._broadcaster._incoming.capacity)
            broadcaster.shutdown()
        return found

    return simulate(scenario).result or []


def asks_at_each_event() -> bool:
    """A level that is raised after StartStructuredLogging lets an event be logged."""
    log = logging.Logger("structured", logging.WARNING)
    lines: list[logging.LogRecord] = []

    def scenario() -> None:
        broadcaster = EventBroadcaster(release="1.21")
        broadcaster.start_structured_logging(log)
        log.setLevel(logging.INFO)
        pod = ObjectReference(kind="Pod", namespace="default", name="web-0")
        broadcaster.new_recorder(EventSource(component="demo")).event(pod, "Normal", "Pulled", "image pulled")
        broadcaster.shutdown()

    log.addFilter(lambda record: lines.append(record) is None)
    return simulate(scenario).error is None and len(lines) == 1


def no_group_is_thrown_out(pause: int) -> bool:
    """Whether the group of messages so far apart grows by one each time, as the figure of chapter 9 tells it."""

    def attempts() -> Any:
        for number in range(1, 9):
            yield pause, asked.event(number * pause, f"attempt {number} failed")

    told = tell_correlator_timeline(attempts(), CorrelatorOptions(), release="1.14").state["done"]
    return [len(entry[7]) for entry in told] == list(range(1, 9)) and not any(entry[10] for entry in told)


def lets_go_of_the_sink() -> bool:
    board = tell_call_chain(lambda: kubelet(api_server=False))
    names = [name for name, _ in board.state["objects"]]
    *_, end = board.states()
    return ("Dependencies", "ScriptedSink sink") not in {(names[a], names[b]) for a, b, _ in end["holds"]}


def handled_at_a_shutdown(release: str) -> set[int]:
    """How many of five events a busy sink handles, over some hundred shutdowns of kevent."""

    def scenario() -> int:
        class Slow(MemorySink):
            def create(self, event: Event) -> Event:
                sleep(1)
                return super().create(event)

        sink = Slow(ttl=None)
        broadcaster = EventBroadcaster(release=release)
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource(component="demo"))
        for number in range(5):
            pod = ObjectReference(kind="Pod", namespace="default", name=f"web-{number}")
            recorder.event(pod, "Normal", "Pulled", "image pulled")
        sleep(0.1)
        broadcaster.shutdown(timeout=None)
        return len(sink.events())

    return {simulate(scenario, seed=seed).result or 0 for seed in range(100)}


def outputs(name: str) -> str:
    cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
    return "".join("".join(out.get("text", [])) for cell in cells for out in cell.get("outputs", []))


# --- the rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One statement that was not so."""

    what: str
    said: tuple[tuple[str, str], ...]
    holds: Callable[[], bool]
    never: str
    was: str


ROWS = (
    Row("a shutdown leaves nobody spinning; Stop does",
        ((MUSEUM, "`Stop` closes the queue and leaves the context alone."),
         (CAUSES, "its handler spins until Shutdown")),
        lambda: all(spins(r, "Stop on a started watcher") and not spins(r, "Shutdown") for r in ("1.29", "1.35"))
        and outcomes(models.stop_without_ok) == {"step limit"},
        r"(hot|spin\w*|busy|round and round)[^.|\"]{0,60}(after|at) (a |the )?`?[Ss]hutdown",
        "With it comes a loop that runs hot at shutdown."),
    Row("after a shutdown the rest has one try each in 1.27 and 1.28 only",
        (("book/11_shutdown.ipynb", "Up to 1.28 each event behind it gets one try"),),
        lambda: asked.after_shutdown("1.28") == 1 and asked.none_handled("1.37") > 0.45,
        r"([Ss]ince|from) 1\.27[^.|]{0,80}(one|each) (try|one)|1\.27 and later",
        "Since 1.27 the shutdown ends it, and each event left has one try"),
    Row("stopping through the queue needs the same line",
        ((MUSEUM, "Closing `stopped` first is what keeps them apart, then and now."),),
        lambda: outcomes(models.stop_through_the_queue_alone) == {"deadlock"}
        and outcomes(models.stop_through_the_queue) == {"returned"},
        r"[Ss]topping goes through the queue[^.|]{0,60}(cannot meet|needs no)",
        "Stopping goes through the queue, so it needs no lock and cannot meet `distribute`."),
    Row("a series is broken by a resource version that moves",
        (("book/16_then_and_now.ipynb", "Two hundred and forty events, and no series at all."),
         ("book/16_then_and_now.ipynb", "a version that stands still and with one that moves")),
        lambda: all(creates(r, "a resource version that changes") == 3 and creates(r, "the same again and again") == 1
                    for r in ("1.24", "1.37")),
        r"cheaper by far|[Tt]he key of a series is the object\b",
        "The series is cheaper by far."),
    Row("in 1.30 the end of a context stops handlers, and leaks the loop",
        (("book/02_event_go.ipynb", "In all of 1.30 the end of that context stopped the handlers and not the loop"),),
        lambda: [asked.left_by_a_context(r) for r in ("1.29", "1.30", "1.31")] == [False, True, False],
        r"context that ends? shut nothing down|shut(s)? nothing down",
        "At 1.30 a context that ends shut nothing down."),
    Row("a late StartEventWatcher ends the program, from 1.25 to 1.30",
        ((CAUSES, "A watcher was started after Shutdown, and the program ends."),),
        lambda: "panics, and the program ends" in TIME_LINE[125190]["matters"]
        and ["nil pointer" in asked.late(r) for r in ("1.24", "1.25", "1.30", "1.31")] == [False, True, True, False],
        r"what comes back can be nil",
        "In between what comes back can be nil."),
    Row("tools/events still has a queue of 25 in front of its loop",
        (("book/04_broadcaster.ipynb", "those of `tools/events` [still have the 25]"),),
        lambda: in_front() == [25, 1000],
        r"long queue in front of the loop of an event broadcaster",
        "There is a long queue in front of the loop of an event broadcaster."),
    Row("the count of a series starts at two, in back-ports too",
        (("book/data/timeline.json", "The count of a series starts at 2."),),
        lambda: [first_series_count(r) for r in ("1.24", "1.25", "1.26", "1.27", "1.37")] == [1, 2, 2, 2, 2]
        and SINCE["series_count"] == ("1.27.0", "1.26.8", "1.25.13"),
        r"[Ss]ince 1\.27[^.|]{0,40}series[^.|]{0,20}(begins|starts|counts) (at|from) (2|two)",
        "Since 1.27 a series starts at 2."),
    Row("the twenty-sixth event is told later",
        (("book/09_correlator.ipynb", "25 events about an object, and then one in five minutes"),),
        lambda: asked.twenty_seven([0])[24:] == [25, None, 27],
        r"twenty-sixth[^.]{0,40}never sent",
        "The twenty-sixth event in a row is never sent."),
    Row("source, type and reason have to be the same too",
        (("book/09_correlator.ipynb",
          "source, object, type, reason | combines, from the tenth different message on"),),
        lambda: asked.combined(lambda _: "BackOff") and not asked.combined(str),
        r"tenth different message about",
        "the tenth different message about a pod"),
    Row("a run says which release it is",
        (("README.md", "as any release of client-go from 1.14 to 1.37, by default as the newest"),),
        asked.kevent_is_every_release,
        r"gives the answers the real one gives",
        "It gives the answers the real one gives."),
    Row("a structured log asks at each event",
        (("book/03_kubelet.ipynb", "## At 1.14 the log level is decided once"),
         ("book/03_kubelet.ipynb", "It takes the number 3 and not an answer, and its handler asks at each event.")),
        asks_at_each_event,
        r"(?<!a kubelet of 1\.14 that was started with `-v=2` )will never print|## The log level is decided once",
        "A logging watcher will never print, whatever is done later."),
    Row("today's kubelet can stop its broadcaster",
        (("book/03_kubelet.ipynb", "Its broadcaster can be stopped now: it is made [with a context]"),
         ("book/03_kubelet.ipynb", "That does no harm at 1.14")),
        lambda: RELEASES["1.14"].context_end == "unknown" and RELEASES["1.37"].context_end == "shuts down",
        r"[Ss]till nobody can stop|[Nn]obody can stop the kubelet's",
        "Nobody can stop the kubelet's broadcaster."),
    Row("eight of the 95 places pass on what others say",
        (("book/03_kubelet.ipynb", "That leaves 87 places that have something to say"),
         ("book/08_recorder.ipynb", "A second call, in the filter of chapter 3, passes on what others say")),
        lambda: asked.helpers() == 8 and len(asked.SITES) == 95,
        r"95 places (that|which) record",
        "The kubelet has 95 places that record."),
    Row("a healthy sink that is held back loses too",
        (("book/05_full_channel.ipynb", "Such a reader need not be ill."),
         (CAUSES, "or the component's own client held back (kubelet: --event-qps)")),
        lambda: "10 a second, 5 written: the first is lost after 202 s"
        in " ".join(outputs("book/05_full_channel.ipynb").split()),
        r"[Oo]nly a (dead|hanging) sink (loses|can)|[Ll]oss (takes|needs) a dead sink",
        "Only a dead sink loses events."),
    Row("twelve tries are eleven pauses, and the first is random",
        (("book/04_broadcaster.ipynb", "twelve tries with pauses of ten seconds between them"),
         ("book/15_your_own_controller.ipynb", "and a random part of ten before the second")),
        asked.twelve_tries,
        r"ten seconds apart",
        "twelve tries ten seconds apart"),
    Row("the logger has a limit of 4,096, and counts what is combined under its group",
        (("book/09_correlator.ipynb", "Each of the three memories has 4,096 entries"),
         ("book/09_correlator.ipynb", "a combined event is counted under the key of its group")),
        asked.counted_under_the_group,
        r"logger\W+has no limit|has no limit and (forgets|counts)",
        "The logger has no limit."),
    Row("an overloaded server is asked again, below the sink, if it says when",
        (("book/10_record_to_sink.ipynb", "said \"too many requests\", and not when to come again"),
         ("book/10_record_to_sink.ipynb", "waits and asks again, up to ten times")),
        lambda: "429 TooManyRequests calls: 1 in" in " ".join(outputs("book/10_record_to_sink.ipynb").split()),
        r"said \"too many requests\"(?!, and not when)",
        "Had the server said \"too many requests\", it would have been gone at once."),
    Row("the probe of chapter 17 is a readiness probe",
        (("book/17_eviction_manager.ipynb", "its readiness probe fails every ten seconds"),),
        lambda: "Readiness probe failed" in outputs("book/17_eviction_manager.ipynb")
        and "Liveness probe failed" not in outputs("book/17_eviction_manager.ipynb"),
        r"[Ll]iveness probe[^.]{0,30} fails every",
        "A pod's liveness probe fails every ten seconds."),
    Row("a sink does try again after a 429 that says when",
        (("book/appendix_sinks.md", "If the sink does not ask again, nobody does, and the event is lost."),),
        lambda: "Retry-After" in (ROOT / "kevent/sinks/rest.py").read_text(encoding="utf-8"),
        r"Do not try again inside|[Nn]ever (re)?try[^.]{0,20} inside a sink",
        "Do not try again inside a sink."),
    Row("#129125 is in a release, #140448 in none",
        (("book/16_then_and_now.ipynb",
          "What stands at the end of the time line is on the main branch and in no release"),),
        lambda: TIME_LINE[129125]["since"] == "1.37.0-rc.0" and TIME_LINE[140448]["since"].startswith("none"),
        r"[Ii]n no release yet[^.|]{0,20}129125",
        "In no release yet · #129125"),
    Row("combined events keep names that a server refuses",
        (("book/08_recorder.ipynb", "A combined event does not: its name is made elsewhere"),
         ("book/data/timeline.json", "A combined event about it still is.")),
        lambda: asked.answer("1.37", "correlator", "the combined event's name when the object's is no DNS name")[-1]
        ["event"]["name"].startswith("A_b."),
        r"([Ee]very|[Aa]ny|[Aa]ll) names? (that|which) (the|a) server would refuse",
        "Every name that the server would refuse becomes a UUID."),
    Row("the reporting controller is filled in by back-ports too",
        (("book/08_recorder.ipynb", "1.28.0-alpha.1, 1.25.14, 1.26.9 and 1.27.6"),),
        lambda: [asked.filled_in(r) for r in ("1.25.13", "1.25", "1.27.5", "1.27")] == [False, True, False, True],
        r"empty (until|up to|before) 1\.28",
        "It is empty until 1.28."),
    Row("a reference comes all from the object or all from the scheme; a fake recorder reads formats",
        (("book/08_recorder.ipynb", "An object that says its version only gets a reference without a kind"),
         ("book/data/timeline.json", "A reference comes all from the object or all from the scheme"),
         ("book/data/timeline.json", "`100%!d(string=m) %!s(MISSING)`")),
        lambda: [asked.only_a_version(r) for r in ("1.14", "1.15", "1.37")] == ["Pod", "", ""]
        and asked.answer("1.27", "fake", "what a fake recorder hears")[1] == "Normal 100%!d(string=m) %!s(MISSING)",
        r"[Ss]ince 1\.16[^.|]{0,60}(fills in|completes) what (is missing|the object lacks)",
        "Since 1.16 the scheme fills in what is missing."),
    Row("kevent's own shutdown draws lots since 1.29, unless it drains",
        (("kevent/event_broadcaster.py", "half of them handle nothing more"),
         (MUSEUM, "`kevent`'s `shutdown` does as the release"),
         ("book/11_shutdown.ipynb", "a broadcaster of 1.27 is shut down")),
        lambda: handled_at_a_shutdown("1.28") == {5} and handled_at_a_shutdown("1.37") == {1, 2, 3, 4, 5},
        r"1\.28, or one of `kevent`|Once `?kevent`? is shut down, each|`kevent` does not follow client-go there",
        "Once kevent is shut down, each event left for a sink out of reach gets one try."),
    Row("a gap of 600 seconds throws no group out",
        (("book/09_correlator.ipynb", "the gap has to be *more* than 600 seconds"),),
        lambda: no_group_is_thrown_out(600) and not no_group_is_thrown_out(601),
        r"gap of 600 seconds (or more )?(is|throws|forgets|resets)",
        "A gap of 600 seconds resets the group."),
    Row("a kubelet without an API server lets its sink go",
        (("book/03_kubelet.ipynb", "Choose a kubelet without an API server, and see what is missing."),),
        lets_go_of_the_sink,
        r"(still|keeps?) hold(s|ing)? the sink without",
        "Dependencies still hold the sink without an API server."),
)  # fmt: skip

ALL = pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])


@ALL
def test_the_pages_say_it(row: Row) -> None:
    for page, sentence in row.said:
        assert sentence in asked.words(page), page


@ALL
def test_it_is_so(row: Row) -> None:
    assert row.holds()


@ALL
def test_nothing_says_the_old_thing(row: Row) -> None:
    assert re.search(row.never, row.was)
    assert len(texts()) > 150
    assert [f"{name}: {found[0]}" for name, text in texts().items() for found in re.finditer(row.never, text)] == []


GERMANISMS = (
    r"\b[Tt]he \w+ of above\b", r"\bbelongs? into\b", r"\b(has|have|had) it still\b", r"\bfrom of\b",
    r"\bin the (above|below)\b",
)  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "was"),
    zip(
        GERMANISMS,
        ("The race of above", "must not be lost belongs into a status", "1.35.7 has it still", "from of old",
         "as in the above"),
        strict=True,
    ),
)  # fmt: skip
def test_no_page_is_written_in_another_grammar(pattern: str, was: str) -> None:
    assert re.search(pattern, was)
    assert [f"{name}: {found[0]}" for name, text in texts().items() for found in re.finditer(pattern, text)] == []


def test_there_is_a_row_for_each() -> None:
    assert len(ROWS) == 27
    assert len({row.what for row in ROWS}) == 27
    assert EPOCH  # the runs begin where the oracle's do
