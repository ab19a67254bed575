"""What a figure tells is what the run did: queue by queue, event by event, and the same every time."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from itertools import product
from typing import Any

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    CorrelatorOptions,
    Event,
    EventBroadcaster,
    EventSource,
    StatusError,
)
from kevent.broadcaster import ADDED
from kevent.figures import PickTheSchedule, ScriptedSink, TooManySchedules, WaitGroupWord, call_chain
from kevent.figures.call_chain import _held, _parts, tell_call_chain
from kevent.figures.correlator_timeline import tell_correlator_timeline
from kevent.figures.event_flow import tell_event_flow
from kevent.figures.recording import record
from kevent.figures.storyboard import Line, Storyboard, pack, seconds, unpack
from kevent.figures.waitgroup_layouts import LAYOUTS
from kevent.figures.waitgroup_word import tell_waitgroup_word
from kevent.models.museum.models import add_inside
from kevent.runtime import choose, go, sleep
from kevent.simulation import Exploration, Run, explore, simulate
from kevent.waitgroup import AtomicUint64, WaitGroup
from tests.figures.correlator_books import Told
from tests.figures.scenarios import POD, crowd, figures, group, kubelet, slow_watcher, unreachable_sink


@pytest.fixture(autouse=True)
def a_recorder_that_complains_quietly(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="kevent.recorder")  # and back, after each test


def said(board: Storyboard) -> list[str]:
    return [scene.sentence for scene in board.scenes]


@cache
def every_race() -> Exploration:
    return explore(add_inside, progress=False)


@cache
def every_race_drawn() -> dict[str, Any]:
    return PickTheSchedule(add_inside).storyboards["0"].start["graph"]


FLOWS = [
    partial(slow_watcher, queue_length=length, when_full=behavior, slow=slow, incoming=incoming)
    for length, behavior, slow, incoming in product(
        (0, 1, 2, 5), (DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL), (0.0, 0.05, 0.1), (1, 4)
    )
]


@pytest.mark.parametrize("scenario", FLOWS)
@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("max_batch", [1, 3])
def test_every_queue_is_as_long_as_the_trace_says(scenario: partial, seed: int | None, max_batch: int) -> None:
    recording = record(scenario, seed=seed, max_batch=max_batch)
    assert recording.run.error is None
    board = tell_event_flow(recording, every_step=True)
    names = {"incoming": "q:"} | {name: f"q:{name}" for name, _, _ in board.start["shape"]["watchers"]}
    states = board.states()
    last_of = {}
    for scene, state in zip(board.scenes, states[1:], strict=True):
        last_of[scene.first] = state  # a step that tells of several events tells the last one last
    requests = 0
    for step in recording.trace:
        if step.name not in names or step.after is None or step.number not in last_of:
            continue
        state = last_of[step.number]
        if step.name == "incoming":  # requests for watchers travel among the events, and are not drawn
            requests = step.after - len(state["q:"])
            assert 0 <= requests <= 1, step
        else:
            assert len(state[names[step.name]]) == step.after, step


@pytest.mark.parametrize("scenario", FLOWS)
@pytest.mark.parametrize("seed", [None, 3])
def test_every_accepted_event_ends_delivered_or_dropped_at_each_watcher(scenario: partial, seed: int | None) -> None:
    recording = record(scenario, seed=seed)
    end = tell_event_flow(recording).state
    assert recording.run.result
    for watcher in recording.run.result:
        handled, dropped = len(end[f"f:{watcher.name}"]), end[f"x:{watcher.name}"]
        assert end[f"q:{watcher.name}"] == end[f"h:{watcher.name}"] == []
        assert (handled, len(dropped)) == (watcher.delivered, watcher.dropped)
        assert handled + len(dropped) == len(end["events"]) == 8
        assert len(set(dropped)) == len(dropped)


def test_a_watcher_who_joins_late_is_told_nothing_of_the_past() -> None:
    def late() -> None:
        broadcaster = Broadcaster(4, DROP_IF_CHANNEL_FULL, release="1.14")
        broadcaster.action(ADDED, "before")
        watcher = broadcaster.watch(name="late")
        broadcaster.action(ADDED, "after")
        broadcaster.shutdown()
        assert [event.object for event in watcher] == ["after"]

    board = tell_event_flow(record(late))
    assert len(board.state["f:late"]) == 1
    assert [scene.sentence for scene in board.scenes if "late" in scene.sentence and scene.about == (0,)] == []


def test_a_drop_says_where_why_and_who_got_it_all_the_same() -> None:
    board = tell_event_flow(record(slow_watcher))
    drop = next(scene for scene in board.scenes if scene.line.role == "lost")
    assert (
        drop.sentence
        == "The loop offers event 3 to slow, whose queue is full (2 of 2). Dropped here; fast gets it all the same."
    )
    assert board.scenes[drop.cause].sentence == "The loop puts event 2 on the queue of slow: 2 of 2 places taken."


@pytest.mark.parametrize(("reason", "called"), [("Unhealthy", "0 (Unhealthy)"), ("R" * 50, f"0 ({'R' * 40}…)")])
def test_an_event_has_its_reason_where_it_comes_in_and_where_it_is_decided(reason: str, called: str) -> None:
    def speak() -> None:
        with EventBroadcaster(release="1.21") as broadcaster:
            broadcaster.start_recording_to_sink(ScriptedSink(), name="sink")
            recorder = broadcaster.new_recorder(EventSource(component="kubelet"))
            for _ in range(2):
                recorder.event(POD, "Warning", reason, "probe failed")
                sleep(1)

    said = [scene.sentence for scene in tell_event_flow(record(speak)).scenes]
    assert f"main hands in event {called}. The loop was waiting for one and gets it at once." in said
    assert f"sink creates event {called}: the sink stores it as version 1." in said
    again = called.replace("0", "1", 1)
    assert f"sink patches what the sink already has: event {again} is another of the same, count 2." in said


def test_waiting_is_told_to_the_one_who_waits_and_blamed_on_the_full_queue() -> None:
    board = tell_event_flow(record(partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL, slow=0.5, events=12)))
    said = [scene.sentence for scene in board.scenes]
    assert any(line.startswith("The loop wants to put event 3 on the queue of slow: full (2 of 2).") for line in said)
    assert any("but the incoming queue is full (4 of 4). main waits." in line for line in said)
    assert board.state["x:slow"] == []


def stopped_in_the_middle() -> None:
    """The loop insists on a watcher that is stopped; who does not wait and who comes too late lose their events."""
    broadcaster = Broadcaster(1, WAIT_IF_CHANNEL_FULL, incoming_length=1, release="1.14")
    watcher = broadcaster.watch(name="stuck")
    for number in range(4):
        broadcaster.action_or_drop(ADDED, number)
        sleep(0.1)
    watcher.stop()
    broadcaster.shutdown()
    with suppress(BroadcasterStopped):
        broadcaster.action(ADDED, "too late")


def test_whoever_loses_an_event_around_a_stop_is_told_where() -> None:
    board = tell_event_flow(record(stopped_in_the_middle))
    wanted = ("insist", "drop at once", "stopped meanwhile", "too late")
    assert [scene.sentence for scene in board.scenes if scene.line.kind in wanted] == [
        "The loop wants to put event 1 on the queue of stuck: full (1 of 1). It waits, and everybody with it.",
        "main offers event 3, but the incoming queue is full (1 of 1). The event is dropped here: nobody gets it.",
        "stuck was stopped while the loop waited for room, so event 1 is forgotten there.",
        "main hands in event 4 after the shutdown: it is refused, and nobody gets it.",
    ]
    assert "main stops stuck: its queue is closed and gets nothing more. Events in it: 1." in said(board)
    assert (board.state["x:"], board.state["x:stuck"]) == ([3, 4], [1])


def test_the_shutdown_is_told_once_whatever_else_is_closed() -> None:
    lines = said(tell_event_flow(record(stopped_in_the_middle), every_step=True))
    assert len([line for line in lines if line.startswith("main shuts down: ")]) == 1
    assert "main: close on “stuck.stopped”." in lines


def test_a_run_that_fails_says_so_at_its_end() -> None:
    def fails() -> None:
        Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14").shutdown()
        raise ValueError("no more")

    assert said(tell_event_flow(record(fails)))[-1] == "The run ends here: no more."


def test_a_repetition_is_patched_and_a_patch_of_nothing_is_created_anew() -> None:
    def repeats() -> list[Event]:
        sink = ScriptedSink([None, None, StatusError.not_found("events", "web-0")])
        with EventBroadcaster(release="1.14") as broadcaster:
            broadcaster.start_recording_to_sink(sink, name="sink")
            recorder = broadcaster.new_recorder(EventSource("test"))
            for _ in range(3):
                recorder.event(POD, "Normal", "Tested", "again")
                sleep(5)
        return sink.events()

    recording = record(repeats)
    lines = said(tell_event_flow(recording))
    assert [answer.outcome for answer in recording.answers["sink"]] == ["created", "patched", "gone", "rejected"]
    assert "sink patches what the sink already has: event 1 (Tested) is another of the same, count 2." in lines
    assert any(line.startswith("sink wants to patch event 2 (Tested), but the sink no longer has it") for line in lines)
    assert recording.run.result
    assert [event.count for event in recording.run.result] == [2]


def test_a_recorder_that_finds_the_incoming_queue_full_loses_the_event_there() -> None:
    def rush() -> None:
        broadcaster = EventBroadcaster(incoming_length=2, queue_length=9, release="1.14")
        recorder = broadcaster.new_recorder(EventSource(component="test"))
        broadcaster.start_event_watcher(lambda event: None, name="log")
        for number in range(6):
            recorder.event(POD, "Normal", "Tested", f"{number}")
        broadcaster.shutdown(timeout=None)

    end = tell_event_flow(record(rush)).state
    assert len(end["x:"]) + len(end["f:log"]) == 6
    assert len(end["x:"]) >= 3


def test_the_sinks_answers_are_told_as_they_were_given() -> None:
    recording = record(unreachable_sink)
    board = tell_event_flow(recording)
    end, told = board.state, Counter(scene.line.kind for scene in board.scenes)
    answers = [answer.outcome for answer in recording.answers["sink"]]
    for outcome in ("created", "patched", "retried"):
        assert told[f"sink {outcome}"] == answers.count(outcome)
    assert told["sink retried"] == 2
    assert told["sink filtered"] == len(end["l:sink"]) > 0
    assert told["sink created"] + told["sink patched"] == len(end["f:sink"])
    assert len(end["f:sink"]) + len(end["l:sink"]) + len(end["x:sink"]) == 8


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(StatusError("Forbidden", 403, "no"), "rejected"), (ConnectionError("gone"), "given up")],
)
def test_what_is_never_written_is_told_as_such(failure: Exception, outcome: str) -> None:
    def refused() -> None:
        broadcaster = EventBroadcaster(release="1.14")
        recorder = broadcaster.new_recorder(EventSource(component="test"))
        broadcaster.start_recording_to_sink(ScriptedSink(lambda call: failure), name="sink")
        recorder.event(POD, "Warning", "Tested", "once")
        sleep(1000)
        broadcaster.shutdown(timeout=None)

    board = tell_event_flow(record(refused))
    assert board.state["l:sink"] == [0]
    assert board.scenes[-1].line.kind == "over"
    assert f"sink {outcome}" in {scene.line.kind for scene in board.scenes}
    tries = sum(scene.sentence.startswith("Try ") for scene in board.scenes)
    assert tries == (12 if outcome == "given up" else 0)


def test_a_deadlock_is_the_last_thing_told() -> None:
    def stuck() -> None:
        broadcaster = Broadcaster(1, WAIT_IF_CHANNEL_FULL, release="1.14")
        broadcaster.watch(name="nobody")
        broadcaster.action(ADDED, "one")
        broadcaster.action(ADDED, "two")
        broadcaster.shutdown()

    last = tell_event_flow(record(stuck)).scenes[-1]
    assert last.line.role == "lost"
    assert "all goroutines are asleep" in last.sentence


def test_a_scenario_without_a_broadcaster_is_refused() -> None:
    with pytest.raises(ValueError, match="no broadcaster"):
        tell_event_flow(record(lambda: None))


@pytest.mark.parametrize("scenario", [slow_watcher, unreachable_sink, group, add_inside, kubelet, crowd])
def test_recording_a_run_does_not_change_it(scenario: Callable[[], object]) -> None:
    plain, recorded = simulate(scenario), record(scenario).run
    assert (repr(recorded.trace), recorded.schedule, recorded.time, recorded.alive) == (
        repr(plain.trace), plain.schedule, plain.time, plain.alive,
    )  # fmt: skip


def test_watching_the_calls_of_a_run_does_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Run[Any]] = []

    def keep(scenario: Callable[[], object]) -> Run[Any]:
        runs.append(simulate(scenario))
        return runs[-1]

    monkeypatch.setattr(call_chain, "simulate", keep)
    tell_call_chain(kubelet)
    plain = simulate(kubelet)
    assert (repr(runs[0].trace), runs[0].schedule, runs[0].time) == (repr(plain.trace), plain.schedule, plain.time)


# --- the word ---


@pytest.mark.parametrize("seed", [None, *range(20)])
def test_the_word_is_the_one_in_the_trace(seed: int | None) -> None:
    recording = record(group, seed=seed)
    board = tell_waitgroup_word(recording)
    states = board.states()
    by_line = {scene.first: state for scene, state in zip(board.scenes, states[1:], strict=True)}
    words = [
        step
        for step in recording.trace
        if step.name == "group" and step.operation in ("add", "load", "store", "compare_and_swap")
    ]
    assert len(words) > 5
    for step in words:
        assert int(by_line[step.number]["word"], 16) == step.after
    assert board.state["word"] == "0" * 16


def test_a_panic_says_what_was_seen() -> None:
    board = tell_waitgroup_word(record(partial(group, mistake="one done too many")))
    assert board.state["panic"] == "sync: negative WaitGroup counter"
    assert board.state["word"] == "ffffffff00000000"
    assert board.scenes[-1].sentence.endswith("The word stays at counter -1, waiters 0.")
    found = every_race()
    for text in (
        "sync: WaitGroup misuse: Add called concurrently with Wait",
        "sync: WaitGroup is reused before previous Wait has returned",
    ):
        board = tell_waitgroup_word(record(add_inside, schedule=found[text].schedule))
        assert board.state["panic"] == text
        assert board.scenes[-1].line.role == "lost"


def test_a_group_that_nobody_touched_is_refused() -> None:
    with pytest.raises(ValueError, match="named 'other'"):
        tell_waitgroup_word(record(group), "other")


def test_the_layouts_hold_the_word_in_two_neighbouring_places() -> None:
    assert [len(layout["memory"][0]["places"]) * 4 for layout in LAYOUTS] == [16, 12, 16, 16, 16]
    for layout in LAYOUTS:
        for memory in layout["memory"]:
            places = memory["places"]
            assert places.index("counter") == places.index("waiters") + 1
            assert places.count("sema") == 1
    assert [layout["flag"] for layout in LAYOUTS] == [False] * 4 + [True]


# --- the correlator ---


def test_the_timeline_counts_every_event_once_and_keeps_within_its_limits() -> None:
    figure = figures()["correlator-timeline"]
    for values, board in zip(product((25, 5), (10, 4)), figure.storyboards.values(), strict=True):
        burst, most = values
        done = [Told(*entry) for entry in board.state["done"]]
        assert len(done) == len(board.scenes) == 40
        written = [each for each in done if each.outcome != "filtered"]
        assert len(written) == burst if burst < 40 else True
        assert all(0 < len(each.group) <= most for each in done)
        assert all(each.after <= each.before <= burst * 1000 for each in done)
        for each in done:
            assert each.before - each.after == pytest.approx(0 if each.outcome == "filtered" else 1000, abs=1)
        # "combined" starts once that many messages are together: half of the events carry a new one
        if burst == 25:
            assert [each.outcome for each in done].index("combined") == 2 * (most - 2) + 1


def test_a_bucket_that_is_empty_but_for_rounding_has_no_tokens() -> None:
    crash = Event(name="web-0", involved_object=POD, reason="BackOff", message="again", count=1)
    board = tell_correlator_timeline([(20, crash)] * 60, CorrelatorOptions())
    told = [scene.sentence for scene in board.scenes if scene.sentence.endswith("tokens left.")]
    assert any(sentence.endswith(" 0 tokens left.") for sentence in told)
    assert not any("e-" in sentence.rpartition(". ")[2] for sentence in told)


def test_to_look_at_the_books_resets_no_group() -> None:
    """A group is forgotten after more than 600 seconds, not after 600."""
    attempts = [(600, Event(name="web-0", involved_object=POD, reason="BackOff", message=str(n))) for n in range(12)]
    board = tell_correlator_timeline(attempts, CorrelatorOptions(max_events=100))
    assert [len(Told(*entry).group) for entry in board.state["done"]] == list(range(1, 13))
    late = [(pause + 1, event) for pause, event in attempts]
    board = tell_correlator_timeline(late, CorrelatorOptions(max_events=100))
    assert [len(Told(*entry).group) for entry in board.state["done"]] == [1] * 12
    assert [Told(*entry).reset for entry in board.state["done"]] == [0] + [1] * 11


# --- the calls ---


def test_the_chain_is_the_kubelets_and_the_recorder_holds_the_broadcaster() -> None:
    end = tell_call_chain(kubelet).state
    calls = [go for _, _, go, *_ in end["calls"]]
    assert calls[:5] == ["NewKubeletCommand", "the command's Run", "Run", "run", "makeEventRecorder"]
    assert calls.count("makeEventRecorder") == 2
    assert end["open"] == []
    assert [depth for depth, *_ in end["calls"]][:6] == [0, 0, 1, 2, 3, 4]
    names = [name for name, _ in end["objects"]]
    holds = {(names[holder], names[held]) for holder, held, _ in end["holds"]}
    assert {
        ("EventBroadcaster", "Broadcaster"),
        ("BroadcastRecorder", "Broadcaster"),
        ("Dependencies", "BroadcastRecorder"),
        ("Kubelet", "BroadcastRecorder"),
    } <= holds
    assert ("EventBroadcaster", "Watcher sink") in holds
    assert ("EventBroadcaster", "BroadcastRecorder") not in holds
    assert ("BroadcastRecorder", "EventBroadcaster") not in holds


def test_what_is_held_is_found_in_containers_closures_and_methods() -> None:
    thing = object()

    def closure() -> object:
        return thing

    assert list(_parts({"a": thing}, "field")) == list(_parts([thing], "field")) == [("field[0]", thing)]
    assert _held(closure, {id(thing): 7}) == {7: "thing"}
    assert _held({"handlers": [closure]}, {id(thing): 7}) == {7: "thing"}
    assert _held(object(), {id(thing): 7}) == {}


def test_a_hold_has_the_name_of_its_field() -> None:
    end = tell_call_chain(kubelet).state
    names = [name for name, _ in end["objects"]]
    fields = {(names[holder], names[held]): field for holder, held, field in end["holds"]}
    assert fields["Dependencies", "BroadcastRecorder"] == "recorder"
    assert fields["Dependencies", "ScriptedSink sink"] == "event_client"
    assert [fields["Broadcaster", f"Watcher {name}"] for name in ("log", "sink")] == ["watchers[0]", "watchers[1]"]


def test_the_two_watchers_are_thrown_away_and_nothing_else_of_the_wiring_is() -> None:
    board = tell_call_chain(kubelet)
    names = [name for name, _ in board.state["objects"]]
    assert [names[number] for number in board.state["dropped"]] == ["Watcher log", "Watcher sink"]
    told = {
        (board.state["calls"][state["returned"][0]][2], *state["returned"][1:])
        for state in board.states() if state["returned"]
    }  # fmt: skip
    assert ("StartLogging", "Watcher log", "thrown away", "") in told
    assert ("StartEventWatcher", "Watcher log", "handed on", "") in told
    assert ("NewRecorder", "BroadcastRecorder", "kept", "dependencies.recorder") in told
    assert ("NewBroadcaster", "EventBroadcaster", "kept", "broadcaster = dependencies.broadcaster") in told
    assert ("makeEventRecorder", "", "unknown", "") in told


def test_it_opens_where_the_last_handle_is_thrown_away() -> None:
    board = tell_call_chain(kubelet)
    poster = board.scenes[board.poster]
    assert poster.sentence.startswith("StartRecordingToSink returns Watcher sink, and makeEventRecorder assigns it to")
    assert poster.key
    lonely = tell_call_chain(partial(kubelet, api_server=False))
    assert lonely.scenes[lonely.poster].sentence.startswith("StartLogging returns Watcher log")


def test_a_call_has_the_line_that_its_caller_stands_at() -> None:
    lines = {go: line for _, _, go, _, line in tell_call_chain(kubelet).state["calls"]}
    made = "broadcaster = dependencies.broadcaster = EventBroadcaster(release=dependencies.release)"
    assert lines["NewBroadcaster"] == made
    assert lines["StartLogging"].startswith("broadcaster.start_logging(")


def test_what_returned_is_gone_in_the_next_step() -> None:
    states = tell_call_chain(kubelet).states()
    returned = [number for number, state in enumerate(states) if state["returned"]]
    assert returned
    for number in returned:
        assert len(states[number]["open"]) == len(states[number - 1]["open"]) - 1
    assert all(states[a]["returned"] != states[a + 1]["returned"] for a in returned if a + 1 < len(states))


def test_without_an_api_server_there_is_no_sink_to_start() -> None:
    calls = [go for _, _, go, *_ in tell_call_chain(partial(kubelet, api_server=False)).state["calls"]]
    assert "StartRecordingToSink" not in calls
    assert "StartLogging" in calls


def test_who_lets_go_holds_no_more() -> None:
    """Without an API server the dependencies are given a sink, and let it go before anything is wired up."""

    def with_a_sink(**options: bool) -> list[dict[str, Any]]:
        board = tell_call_chain(partial(kubelet, **options))
        names = [name for name, _ in board.state["objects"]]
        return [
            {"said": said, "holds": {(names[holder], names[held]) for holder, held, _ in state["holds"]}}
            for said, state in zip(["", *(scene.sentence for scene in board.scenes)], board.states(), strict=True)
        ]

    pair = ("Dependencies", "ScriptedSink sink")
    without = with_a_sink(api_server=False)
    said = "Dependencies has let ScriptedSink sink go."
    (gone,) = [number for number, step in enumerate(without) if step["said"] == said]
    assert [pair in step["holds"] for step in without[gone - 1 : gone + 1]] == [True, False]
    assert not any(pair in step["holds"] for step in without[gone:])
    assert not any("has let" in step["said"] for step in with_a_sink(api_server=True))
    assert pair in with_a_sink(api_server=True)[-1]["holds"]


# --- the schedules ---


def walk(graph: dict, number: int, wanted: int) -> bool:
    fork = graph["forks"][number]
    return fork["end"] == wanted if "end" in fork else any(walk(graph, way[2], wanted) for way in fork["options"])


def test_the_graph_holds_every_outcome_that_exploring_finds() -> None:
    graph = every_race_drawn()
    assert sorted(graph["outcomes"]) == sorted(outcome.in_full for outcome in every_race())
    assert len(graph["outcomes"]) == 5
    assert all(walk(graph, graph["first"], number) for number in range(5))
    assert len(graph["forks"]) < 200  # of 562 schedules with some twenty forks each


def test_as_many_ways_lead_through_the_graph_as_there_are_schedules() -> None:
    graph = every_race_drawn()

    def ways(number: int) -> int:
        fork = graph["forks"][number]
        return 1 if "end" in fork else sum(ways(option[2]) for option in fork["options"])

    assert ways(graph["first"]) == every_race().schedules


def test_too_many_schedules_are_refused() -> None:
    with pytest.raises(TooManySchedules, match="more than 20 schedules"):
        _ = PickTheSchedule(add_inside, max_schedules=20).data


def test_a_long_run_makes_a_deep_graph() -> None:
    """Deeper than Python recurses."""
    length = sys.getrecursionlimit() + 100

    def scenario() -> int:
        return next((number for number in range(length) if choose(2)), length)

    graph = PickTheSchedule(scenario).storyboards["0"].start["graph"]
    assert len(graph["outcomes"]) == length + 1
    assert len(graph["forks"]) == 2 * length + 1


def test_where_nobody_may_be_preempted_there_is_nothing_to_pick() -> None:
    graphs = [
        PickTheSchedule(add_inside, max_preemptions=bound).storyboards["0"].start["graph"] for bound in (0, 1, None)
    ]
    assert len(graphs[0]["forks"]) < len(graphs[1]["forks"]) < len(graphs[2]["forks"])
    for graph in graphs:
        assert all("end" in fork or len(fork["options"]) > 1 for fork in graph["forks"])


def test_half_a_graph_is_none() -> None:
    runs = 0

    def scenario() -> None:
        nonlocal runs
        runs += 1
        if runs == 5:
            raise KeyboardInterrupt
        add_inside()

    with pytest.raises(KeyboardInterrupt):
        _ = PickTheSchedule(scenario).data


def test_a_word_that_is_no_wait_group_is_told_as_a_plain_number() -> None:
    def scenario() -> None:
        AtomicUint64(name="plain").add(3)
        group = WaitGroup("group")
        group.add(2)

    opening = PickTheSchedule(scenario).storyboards["0"].start["graph"]
    told = json.dumps([opening["texts"], opening["pool"]])
    assert "counter 2, waiters 0" in told
    assert "waiters 3" not in told
    assert '"l:plain", "3"' in told


def test_an_outcome_names_who_is_left_behind() -> None:
    def forget() -> None:
        broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14")
        go(broadcaster.watch, name="watcher")

    assert simulate(forget).outcome.in_full == "returned, left behind: loop"


# --- packing ---


@pytest.mark.parametrize("kind", ["event-flow", "waitgroup-word", "call-chain", "correlator-timeline"])
def test_what_is_packed_comes_out_again(kind: str) -> None:
    figure = figures()[kind]
    for name, board in figure.storyboards.items():
        told = unpack(figure.data, name)
        assert [sentence for _, sentence, _ in told] == [scene.sentence for scene in board.scenes]
        assert [state for _, _, state in told] == board.states()[1:]
        assert told[-1][2] == board.state
        assert [time for time, _, _ in told] == [scene.time // 1000 for scene in board.scenes]


def test_a_later_change_does_not_reach_back_into_an_earlier_state() -> None:
    board = Storyboard(queue=[])
    board.tell(0, Line("set"))
    board.set("queue", [1])
    board.tell(0, Line("push"))
    board.push("queue", 2)
    board.tell(0, Line("shift"))
    board.shift("queue")
    assert [state["queue"] for state in board.states()] == [[], [1], [1, 2], [2]]
    assert [state["queue"] for _, _, state in unpack(pack({"0": board}), "0")] == [[1], [1, 2], [2]]


def test_texts_with_braces_are_not_formats() -> None:
    assert Line("{0} and {1}").say("{1}", "b") == "{1} and b"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "0 s"),
        (412_000_000, "0.412 s"),
        (10_000_000_000, "10 s"),
        (125_000_000_000, "2 min 5 s"),
        (600 * 10**9, "10 min"),
    ],
)
def test_times_are_written_as_a_reader_wants_them(time: int, text: str) -> None:
    assert seconds(time) == text


def test_a_crowd_is_told_without_loss_of_count() -> None:
    end = tell_event_flow(record(crowd)).state
    for name, _, _ in end["shape"]["watchers"]:
        assert len(end[f"f:{name}"]) + len(end[f"x:{name}"]) == 200


def test_a_schedule_can_be_given_by_the_values_of_the_grid() -> None:
    found = every_race()
    reused = found["sync: WaitGroup is reused before previous Wait has returned"].schedule
    board = WaitGroupWord(add_inside, schedule=lambda: reused).storyboards["0"]
    assert "reused" in board.state["panic"]


def test_a_sink_that_takes_its_time_makes_its_queue_wait() -> None:
    def scenario() -> None:
        broadcaster = EventBroadcaster(queue_length=1, incoming_length=4, release="1.14")
        recorder = broadcaster.new_recorder(EventSource(component="kubelet"))
        broadcaster.start_recording_to_sink(ScriptedSink(takes=lambda call: 5 if call == 0 else 0), name="sink")
        for number in range(3):
            recorder.event(POD, "Normal", "Pulled", f"image {number}")
            sleep(1)
        sleep(10)
        broadcaster.shutdown(timeout=None)

    board = tell_event_flow(record(scenario))
    told = [(scene.time // 10**9, scene.sentence) for scene in board.scenes]
    assert (0, "sink has sent event 0 and waits for the answer: 5 s. Its queue waits, too.") in told
    assert (5, "The answer to event 0 arrives.") in told
    assert (board.state["x:sink"], board.state["f:sink"]) == ([2], [0, 1])


# --- readers and sinks that go on ------------------------------------------------------------------------------------


def test_a_reader_that_does_not_ask_is_told_to_get_nothing_again_and_again() -> None:
    def hot() -> None:
        broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14")
        watcher = broadcaster.watch(name="handler")

        def handle() -> None:
            while True:
                watcher.result_chan.receive_ok()

        go(handle, name="handler")  # as its watcher: the end of a goroutine has its name, too
        broadcaster.shutdown()

    board = tell_event_flow(record(hot, max_steps=60))
    told = said(board)
    nothing = [number for number, sentence in enumerate(told) if "gets nothing, at once, and asks again" in sentence]
    assert len(nothing) > 5
    assert board.poster == nothing[0]  # not where the run is ended, which looks like a loss
    assert [number for number in nothing if board.scenes[number].key] == nothing[:1]
    assert not any("its reader is done" in sentence for sentence in told)


@pytest.mark.parametrize("release", ["1.26", "1.28"])
def test_a_pause_between_two_tries_is_no_waiting_for_an_answer(release: str) -> None:
    """As until 1.26 the pause is a sleep; since 1.27 it is a wait for the shutdown."""

    def away() -> None:
        sink = ScriptedSink(lambda call: ConnectionRefusedError("connection refused"), takes=0.5)
        broadcaster = EventBroadcaster(release=release)
        broadcaster.start_recording_to_sink(sink, name="sink")
        broadcaster.new_recorder(EventSource("demo")).event(POD, "Normal", "Pulled", "image pulled")
        sleep(1000)
        broadcaster.shutdown(timeout=None)

    told = said(tell_event_flow(record(away)))
    assert sum("before the next try" in sentence for sentence in told) == 11
    assert sum("waits for the answer: 0.5 s" in sentence for sentence in told) == 12


@pytest.mark.parametrize("release", ["1.14", "1.21", "1.37"])
def test_the_queue_in_front_is_no_watcher_whoever_closes_it(release: str) -> None:
    def scenario() -> None:
        broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL, release=release)
        broadcaster.watch(name="only")
        broadcaster.shutdown()

    shape = tell_event_flow(record(scenario)).start["shape"]
    assert [name for name, _, _ in shape["watchers"]] == ["only"]
