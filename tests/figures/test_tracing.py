"""Each step of a recording knows the line that took it: read from the stack, and named so that edits move nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from book.extensions import package_source
from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster, EventBroadcaster, EventSource
from kevent.broadcaster import ADDED
from kevent.figures import ScriptedSink
from kevent.figures.event_flow import tell_event_flow
from kevent.figures.recording import record
from kevent.figures.storyboard import Scene, Storyboard
from kevent.figures.tracing import SCENARIO, Place
from kevent.runtime import sleep
from tests.figures.scenarios import POD, kubelet, slow_watcher, unreachable_sink

SCENARIOS = [
    slow_watcher,
    partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL, slow=0.5, events=12),
    unreachable_sink,
    kubelet,
]


def first(board: Storyboard, kind: str) -> Scene:
    return next(scene for scene in board.scenes if scene.line.kind == kind)


def told(scenario: Callable[[], object]) -> Storyboard:
    return tell_event_flow(record(scenario), every_step=True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_step_but_a_start_and_an_end_has_a_line(scenario: Callable[[], object]) -> None:
    recording = record(scenario)
    assert len(recording.moments) == len(recording.trace)
    for step, moment in zip(recording.trace, recording.moments, strict=True):
        assert bool(moment.places) is (step.operation not in ("start", "end")), step


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_place_is_found_again_in_the_source(scenario: Callable[[], object]) -> None:
    recording = record(scenario)
    places = {place for moment in recording.moments for place in moment.places}
    assert any(place.function.startswith(SCENARIO) for place in places)
    for place in places:
        if place.function.startswith(SCENARIO):
            lines = recording.sources[place.function]
        else:
            lines = tuple(text for _, text in package_source.find(place.function).lines)
        assert [line.strip() for line in lines].count(place.text) > place.nth, place


def test_the_lines_of_some_steps_by_hand() -> None:
    board = told(slow_watcher)
    drop = first(board, "drop")
    assert drop.moment.outcome == "refused"
    assert [place.function for place in drop.moment.places] == [
        "broadcaster.Watcher._offer",
        "broadcaster.Broadcaster._offer",
        "broadcaster.Broadcaster._distribute",
        "broadcaster.Broadcaster._loop",
    ]
    assert drop.moment.places[0] == Place(
        "broadcaster.Watcher._offer", "taken = self._result.try_send_many(batch, keep=True)"
    )
    read = first(board, "read handed")
    assert read.moment.places == (Place("scenario:slow_watcher", "for _ in watcher:"),)
    assert first(board, "shut down").moment.places[0].text == "self._incoming.close()"
    assert first(board, "loop ends").moment.outcome == "closed"


def test_what_shows_late_stands_where_it_happened() -> None:
    filtered = first(told(unreachable_sink), "sink filtered")
    assert filtered.moment.outcome == "filtered"
    assert [place.function for place in filtered.moment.places[:2]] == [
        "correlator.EventSourceObjectSpamFilter.filter",
        "correlator.EventCorrelator.event_correlate",
    ]


def test_a_played_server_has_no_lines_of_its_own() -> None:
    board = told(unreachable_sink)
    places = {place for scene in board.scenes for place in scene.moment.places}
    assert not [place for place in places if "figures" in place.function or "simulation" in place.function]
    assert first(board, "sink created").moment.places[0] == Place("writing.record_event", "stored = sink.create(event)")


def test_equal_lines_of_one_function_are_told_apart() -> None:
    def twice() -> None:
        broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14")
        broadcaster.action(ADDED, 1)
        sleep(1)
        broadcaster.action(ADDED, 1)
        broadcaster.shutdown()

    recording = record(twice)
    sends = [
        moment.places[1]
        for step, moment in zip(recording.trace, recording.moments, strict=True)
        if step.operation == "send" and step.name == "incoming"
    ]
    assert [(place.text, place.nth) for place in sends] == [
        ("broadcaster.action(ADDED, 1)", 0),
        ("broadcaster.action(ADDED, 1)", 1),
    ]


def test_a_statement_over_several_lines_is_named_by_its_first() -> None:
    def spread() -> None:
        broadcaster = Broadcaster(
            1,
            DROP_IF_CHANNEL_FULL,
            release="1.14",
        )
        broadcaster.action(
            ADDED,
            [number for number in range(3) if number],
        )
        broadcaster.shutdown()

    recording = record(spread)
    texts = {place.text for moment in recording.moments for place in moment.places if SCENARIO in place.function}
    assert "broadcaster.action(" in texts
    assert "ADDED," not in texts


def test_a_chain_of_causes_leads_from_a_loss_to_who_was_slow() -> None:
    board = told(slow_watcher)
    chain, number = [], board.scenes.index(first(board, "drop"))
    while number >= 0:
        chain.append(board.scenes[number])
        assert board.scenes[number].cause < number
        number = board.scenes[number].cause
    assert [scene.line.kind for scene in chain[:4]] == ["drop", "offer", "works", "read handed"]
    assert [scene.about for scene in chain[:4]] == [(3,), (2,), (0,), (0,)]
    assert chain[-1].line.kind == "hand over"


def test_a_sender_that_waits_is_blamed_on_whom_the_loop_waits_for() -> None:
    board = told(partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL, slow=0.5, events=12))
    scenes = board.scenes
    full = first(board, "full")
    filled = scenes[full.cause]
    assert filled.line.kind == "queued"
    assert scenes[filled.cause].line.kind == "insist"
    assert scenes[scenes[filled.cause].cause].line.kind == "offer"


@pytest.mark.parametrize("scenario", SCENARIOS[:3])
def test_key_steps_have_every_loss_and_open_on_the_first(scenario: Callable[[], object]) -> None:
    board = tell_event_flow(record(scenario))
    lost = [number for number, scene in enumerate(board.scenes) if scene.line.role == "lost"]
    assert all(board.scenes[number].key for number in lost)
    assert 0 < sum(scene.key for scene in board.scenes) < len(board.scenes)
    waits = [number for number, scene in enumerate(board.scenes) if scene.line.role == "wait" and scene.key]
    assert board.poster == (lost or waits)[0]


def test_who_holds_the_lock_and_where_an_event_is_in_its_reader() -> None:
    def slow_server() -> None:
        broadcaster = EventBroadcaster(queue_length=3, release="1.14")
        broadcaster.start_recording_to_sink(ScriptedSink(takes=2), name="sink")
        broadcaster.new_recorder(EventSource("test")).event(POD, "Normal", "Tested", "once")
        sleep(1)
        broadcaster.shutdown(timeout=None)

    board = told(slow_server)
    states = board.states()[1:]
    assert board.start["shape"]["recorder"] == 1
    held = {(scene.line.kind, state["lock"]) for scene, state in zip(board.scenes, states, strict=True)}
    assert ("lock", "loop") in held
    assert ("unlock", "") in held
    stations = [state["at:sink"] for state in states]
    assert [name for name in dict.fromkeys(stations) if name] == ["correlator", "request"]
    waiting = states[board.scenes.index(first(board, "sink waits"))]
    begun, until = waiting["b:sink"]
    assert until - begun == 2_000_000


def test_while_the_loop_drops_an_event_it_has_it_in_its_hands_and_holds_the_lock() -> None:
    board = tell_event_flow(record(slow_watcher))
    states = board.states()[1:]
    drops = [(scene, state) for scene, state in zip(board.scenes, states, strict=True) if scene.line.kind == "drop"]
    assert drops
    for scene, state in drops:
        assert (state["h:"], state["lock"]) == ([scene.args[0]], "loop")
        assert state["x:slow"][-1] == scene.args[0]
    assert states[-1]["lock"] == ""
    assert states[-1]["h:"] == []
