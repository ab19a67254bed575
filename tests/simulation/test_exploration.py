"""Every order of a scenario: what is found, what bounds it, and that the short way finds what the long one does."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kevent import runtime
from kevent.channel import Channel
from kevent.models.museum import PIECES
from kevent.models.museum.models import add_before, add_inside
from kevent.runtime import go, sleep
from kevent.simulation import (
    Exploration,
    ScenarioChanged,
    Schedule,
    SearchFailed,
    Simulation,
    by_lot,
    explore,
    progress,
    scheduler,
    search,
    simulate,
    sleep_sets,
    touching,
)
from kevent.simulation.fiber import Fibers
from kevent.simulation.schedule import AtRandom
from kevent.simulation.touching import touches
from tests.simulation.scenarios import draw
from tests.support import ROOT
from tools.notebooks import WIDGET_VIEW
from tools.notebooks import run as run_notebook

MISUSE = "sync: WaitGroup misuse: Add called concurrently with Wait"
REUSED = "sync: WaitGroup is reused before previous Wait has returned"


def names(found: Exploration) -> set[str]:
    return {str(outcome) for outcome in found}


def replayed(scenario: Callable[[], Any], finding: Any) -> str:
    """What the schedule of a finding ends in, when it is run again."""
    run = simulate(scenario, schedule=finding.schedule, seed=finding.seed)
    assert run.schedule == finding.schedule
    return str(run.outcome)


# --- the two wait groups ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduce", [False, True])
def test_done_by_two_goroutines_always_ends_well(reduce: bool) -> None:
    found = explore(add_before, reduce=reduce).check()
    assert found.exhaustive
    assert names(found) == {"returned"}


@pytest.mark.parametrize("reduce", [False, True])
def test_add_inside_the_goroutine_ends_in_three_ways_and_each_can_be_seen_again(reduce: bool) -> None:
    found = explore(add_inside, reduce=reduce)
    assert found.exhaustive
    assert names(found) == {"returned", MISUSE, REUSED}
    for finding in found.findings:
        assert replayed(add_inside, finding) == str(finding.outcome)


def test_the_counts_add_up() -> None:
    found = explore(add_inside)
    assert sum(finding.count for finding in found.findings) == found.schedules > 1000


def test_no_schedule_is_run_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    add = Exploration.add

    def keep(self: Exploration, outcome: Any, schedule: Any, *rest: Any) -> Any:
        seen.append(tuple(schedule))
        return add(self, outcome, schedule, *rest)

    monkeypatch.setattr(Exploration, "add", keep)
    explore(add_before)
    assert len(seen) == len(set(seen)) > 100


def test_the_schedule_that_is_kept_has_the_fewest_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    fewest: dict[Any, int] = {}
    add = Exploration.add

    def keep(self: Exploration, outcome: Any, schedule: Any, switches: int, *rest: Any) -> Any:
        fewest[outcome] = min(switches, fewest.get(outcome, switches))
        return add(self, outcome, schedule, switches, *rest)

    monkeypatch.setattr(Exploration, "add", keep)
    found = explore(add_inside)
    assert {finding.outcome: finding.switches for finding in found.findings} == fewest


def test_a_schedule_survives_a_file(tmp_path: Path) -> None:
    finding = explore(add_inside)[MISUSE]
    finding.schedule.save(tmp_path / "schedule.json")
    loaded = Schedule.load(tmp_path / "schedule.json")
    assert loaded == finding.schedule
    assert str(simulate(add_inside, schedule=loaded).error) == MISUSE


@pytest.mark.parametrize("text", ["{}", "[1, -1]", "[true]", "[1.5]", "7", "["])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"array of whole numbers|Expecting"):
        Schedule.from_json(text)


def test_an_exploration_is_told_in_a_line_and_asked_by_name() -> None:
    found = explore(add_inside, max_schedules=50, progress=False)
    assert MISUSE in found
    assert "a word" not in found
    assert repr(found).startswith("<Exploration of 50 schedules (")
    assert f" {MISUSE}" in repr(found)


# --- outcomes -----------------------------------------------------------------------------------------------------


def test_a_deadlock_and_a_goroutine_left_behind_are_outcomes() -> None:
    def scenario() -> str:
        channel: Channel[int] = Channel(name="c")
        go(channel.receive_ok, name="a")
        go(channel.receive_ok, name="b")
        channel.send(1)
        return "sent"

    assert names(explore(scenario)) == {"returned, left behind: a", "returned, left behind: b"}
    assert names(explore(lambda: Channel[int]().receive())) == {"deadlock"}


def test_a_run_without_end_is_an_outcome() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(1)
        while True:
            channel.try_receive()

    assert names(explore(scenario, max_steps=50)) == {"step limit"}


def test_an_outcome_that_did_not_come_about_is_a_key_error_that_lists_those_that_did() -> None:
    with pytest.raises(KeyError, match=r"no schedule ended in 'deadlock'; there were: returned"):
        explore(add_before)["deadlock"]


def test_check_names_the_outcome_and_a_schedule_that_shows_it() -> None:
    with pytest.raises(SearchFailed, match=r"of 4117 schedules ended otherwise: sync.*schedule=\["):
        explore(add_inside).check()
    explore(add_inside).check("returned", MISUSE, REUSED)


@pytest.mark.thorough
def test_a_run_and_an_exploration_have_one_word_for_an_outcome() -> None:
    for piece in PIECES:
        for finding in piece.explore(piece.broken).findings:
            run = simulate(piece.broken, schedule=finding.schedule, max_steps=400)
            assert run.outcome == finding.outcome


@pytest.mark.parametrize(
    ("scenario", "words", "in_full"),
    [
        (lambda: None, "returned", "returned"),
        (lambda: 3, "returned", "returned 3"),
        (lambda: "all is well", "returned", "returned all is well"),
        (lambda: "", "returned", "returned ''"),
        (lambda: go(Channel[int](name="c").receive, name="idle").alive, "left", "returned True, left behind: idle"),
        (lambda: Channel[int](name="c").receive(), "deadlock", "deadlock"),
        (lambda: 1 / 0, "division by zero", "division by zero"),
        (lambda: (_ for _ in ()).throw(KeyError), "KeyError", "KeyError"),
    ],
)
def test_an_outcome_in_words_and_in_full(scenario: Callable[[], Any], words: str, in_full: str) -> None:
    outcome = simulate(scenario).outcome
    assert words in str(outcome)
    assert outcome.in_full == in_full


# --- bounds -------------------------------------------------------------------------------------------------------


def test_a_bound_ends_the_exploration_and_says_so() -> None:
    found = explore(add_inside, max_schedules=10)
    assert (found.schedules, found.exhaustive, found.bound) == (10, False, "the first 10 schedules")


def test_a_bound_that_is_just_enough_is_no_bound() -> None:
    all_of_them = explore(add_before).schedules
    assert explore(add_before, max_schedules=all_of_them).exhaustive
    assert not explore(add_before, max_schedules=all_of_them - 1).exhaustive


@pytest.mark.parametrize("how", [explore, search])
def test_an_interrupt_keeps_what_was_found(how: Callable[..., Exploration]) -> None:
    runs = 0

    def scenario() -> None:
        nonlocal runs
        runs += 1
        if runs == 20:
            raise KeyboardInterrupt
        add_before()

    found = how(scenario)
    assert found.schedules == 19
    assert found.bound.startswith("interrupted after 19")
    assert not found.exhaustive
    assert found["returned"].count == 19


def test_more_preemptions_find_more_until_everything_is_found() -> None:
    everything = set(explore(add_inside))
    found = [explore(add_inside, max_preemptions=bound) for bound in range(6)]
    for fewer, more in itertools.pairwise(found):
        assert set(fewer) <= set(more)
        assert fewer.schedules < more.schedules
    assert set(found[0]) < everything
    assert set(found[-1]) == everything
    assert not found[-1].exhaustive
    assert found[2].bound == "at most 2 preemptions"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: explore(add_before, max_schedules=0), "max_schedules must be at least one: 0"),
        (lambda: explore(add_before, max_preemptions=-1), "max_preemptions must not be negative: -1"),
        (lambda: explore(add_before, max_preemptions=1, reduce=True), "exclude each other"),
        (lambda: search(add_before, runs=0), "runs must be at least one: 0"),
        (lambda: search(add_before, depth=0), "depth must be at least one: 0"),
        (lambda: search(add_before, strategy="best"), 'must be "uniform" or "priorities", not \'best\''),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()


def test_an_exploration_says_whether_it_ran_all_that_its_bounds_allow() -> None:
    assert explore(add_before).finished
    assert explore(add_before, reduce=True).finished
    assert explore(add_before, max_preemptions=1).finished
    assert not explore(add_before, max_preemptions=1, max_schedules=5).finished
    assert not explore(add_before, max_schedules=5).finished
    assert not search(add_before, runs=5).finished


# --- the short way ------------------------------------------------------------------------------------------------

SEEDS = 800
LARGEST = 1_000
"""Scenarios with more schedules than this are left to others; how many must remain is part of the test."""


class Guess(AtRandom):
    """Takes one way down by lot, and multiplies the choices on it: on average that is how many schedules there are."""

    schedules = 1

    def pick(self, options: Sequence[int], running: int) -> int:
        self.schedules *= len(options)
        return super().pick(options, running)

    def choose(self, count: int) -> int:
        self.schedules *= count
        return super().choose(count)


def looks_too_large(scenario: Callable[[], Any]) -> bool:
    """Whether a few guesses say that running 1,000 schedules would leave many more."""
    guesses = [Guess(number) for number in range(4)]
    fibers = Fibers()
    for guess in guesses:
        Simulation(guess, fibers, seed="values", max_steps=10_000, max_batch=1).run(scenario)
    fibers.close()
    return sum(guess.schedules for guess in guesses) > 1.5 * LARGEST * len(guesses)


def differing(seeds: range) -> tuple[int, list[int]]:
    """How many scenarios were compared, and which of them end otherwise when reduced."""
    compared, different = 0, []
    for seed in seeds:
        scenario = draw(seed)
        if looks_too_large(scenario):
            continue
        full = explore(scenario, max_schedules=LARGEST, progress=False)
        if full.exhaustive:
            compared += 1
            if set(full) != set(explore(scenario, reduce=True, progress=False)):
                different.append(seed)
    return compared, different


@pytest.mark.thorough
@pytest.mark.parametrize(
    "start", [pytest.param(start, marks=pytest.mark.weekly if start else ()) for start in range(0, SEEDS, 200)]
)
def test_reducing_loses_no_outcome(start: int) -> None:
    compared, different = differing(range(start, start + 200))
    assert different == []
    assert compared >= 158  # as many as without the guess


@pytest.mark.parametrize("seed", [460, 1000, 1348])
def test_the_clock_and_the_random_numbers_are_shared(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differing(range(seed, seed + 1)) == (1, [])
    monkeypatch.setattr(sleep_sets.SleepSets, "_look_back", lambda self: None)
    assert differing(range(seed, seed + 1)) == (1, [seed])  # the negative control


def test_a_reduction_that_reduces_too_much_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "touches", lambda goroutine, ties: (touches(goroutine, ties)[0], True))
    assert differing(range(20))[1]


def test_a_select_that_waits_ties_its_channels_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touching, "numbers", lambda primitive, ties: [getattr(primitive, "_number", -99)])
    assert differing(range(60))[1]


def test_an_exploration_that_was_reduced_says_so() -> None:
    assert "(every schedule)" in repr(explore(add_before))
    assert "(every schedule that can differ)" in repr(explore(add_before, reduce=True))
    assert "(the first 3 schedules)" in repr(explore(add_before, reduce=True, max_schedules=3))


# --- by lot -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strategy", "depth"), [("uniform", 1), ("priorities", 5)])
def test_searching_finds_what_there_is_and_shows_it_again(strategy: str, depth: int) -> None:
    found = search(add_inside, runs=1_500, seed=1, strategy=strategy, depth=depth)
    assert names(found) == {"returned", MISUSE, REUSED}
    for finding in found.findings:
        assert replayed(add_inside, finding) == str(finding.outcome)
    assert found.bound == "1500 by lot, seed 1"
    assert not found.exhaustive


@pytest.mark.parametrize("strategy", ["uniform", "priorities"])
def test_a_seed_finds_the_same_again_and_another_one_something_else(strategy: str) -> None:
    def counts(seed: int) -> list[tuple[str, int, tuple[int, ...]]]:
        found = search(add_inside, runs=300, seed=seed, strategy=strategy, depth=5)
        return [(str(finding), finding.count, finding.schedule) for finding in found.findings]

    assert counts(3) == counts(3)
    assert counts(3) != counts(4)


def test_shrinking_keeps_the_outcome_and_adds_no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    shrinks = by_lot._shrink
    before_and_after = []

    def shrink(finding: Any, run: Any) -> None:
        before = finding.switches
        shrinks(finding, run)
        before_and_after.append((before, finding.switches))
        assert replayed(add_inside, finding) == str(finding.outcome)

    monkeypatch.setattr(by_lot, "_shrink", shrink)
    for seed in range(10):
        search(add_inside, runs=60, seed=seed)
    assert len(before_and_after) >= 10
    assert all(after <= before for before, after in before_and_after)
    assert any(after < before for before, after in before_and_after)


def test_what_a_search_finds_is_told_with_its_seed() -> None:
    with pytest.raises(SearchFailed, match=r"schedule=\[.*\], seed='5/\d+'\)"):
        search(add_inside, runs=200, seed=5).check()


# --- progress -----------------------------------------------------------------------------------------------------


class Bar:
    """What a progress bar was told."""

    shown: list[Bar] = []  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.count = options["initial"]
        self.closed = False
        self.shown.append(self)

    def update(self) -> None:
        self.count += 1

    def close(self) -> None:
        self.closed = True


def explore_in(seconds_per_look: float, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[Bar]:
    """The bars of an exploration in which every look at the clock is so much later than the last one."""
    now = [0.0]

    def monotonic() -> float:
        now[0] += seconds_per_look
        return now[0]

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    monkeypatch.setattr(Bar, "shown", [])
    explore(add_before, **options)
    return Bar.shown


def test_a_bar_appears_after_two_seconds_and_goes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    (bar,) = explore_in(0.9, monkeypatch)
    assert bar.options == {"total": None, "initial": 192, "unit": " schedules", "leave": False, "miniters": 1}
    assert bar.count == explore(add_before).schedules
    assert bar.closed


IN_A_NOTEBOOK = """
import threading
from itertools import count
from types import SimpleNamespace
from kevent.simulation import explore, progress
from kevent.models.museum.models import add_before
progress.time = SimpleNamespace(monotonic=count().__next__)
before = threading.enumerate()
explore(add_before).exhaustive, set(threading.enumerate()) - set(before)
"""


def test_in_a_notebook_a_bar_is_a_widget_and_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = tmp_path / "bar.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(IN_A_NOTEBOOK)]), path)
    bar, result = run_notebook(path).cells[0].outputs
    assert WIDGET_VIEW in bar.data
    assert bar.data["text/plain"].endswith("schedules/s]")
    assert result.data["text/plain"] == "(True, set())"


def test_no_bar_appears_for_what_is_quick_or_is_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert explore_in(0.01, monkeypatch) == []
    assert explore_in(9.0, monkeypatch, progress=False) == []


def test_without_tqdm_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=iter(range(0, 10_000, 3)).__next__))
    assert explore(add_before).exhaustive


# --- scenarios of every kind --------------------------------------------------------------------------------------


def raise_at_once() -> None:
    raise ValueError("at once")


class Mute(Exception):
    """An exception, or a result, that cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


def raise_mute() -> None:
    raise Mute


def raise_in_a_goroutine() -> None:
    go(raise_at_once)
    Channel[int]().receive()


def deadlock_beside_a_sleeper() -> None:
    go(sleep, 5)
    Channel[int]().receive()


def start_within_a_start() -> None:
    go(go, lambda: None)


@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize(
    ("scenario", "outcome", "value"),
    [
        (lambda: 42, "returned", "42"),
        (lambda: {"unhashable": [1]}, "returned", "{'unhashable': [1]}"),
        (Mute, "returned", "<Mute, whose repr raises RuntimeError>"),
        (raise_at_once, "at once", ""),
        (raise_mute, "<Mute, whose str raises RuntimeError>", ""),
        (raise_in_a_goroutine, "at once", ""),
        (deadlock_beside_a_sleeper, "deadlock", ""),
        (start_within_a_start, "returned", ""),
    ],
)
def test_scenarios_of_every_kind(scenario: Callable[[], Any], outcome: str, value: str, reduce: bool) -> None:
    found = explore(scenario, reduce=reduce)
    assert found.exhaustive
    assert [(str(known), known.value) for known in found] == [(outcome, value)]
    assert [(str(known), known.value) for known in search(scenario, runs=5)] == [(outcome, value)]
    assert simulate(scenario).steps


def test_results_that_differ_in_their_address_are_one_outcome() -> None:
    kept: list[object] = []  # lest one address be used again

    def scenario() -> object:
        add_before()
        kept.append(object())
        return kept[-1]

    assert [outcome.value for outcome in explore(scenario)] == ["<object object>"]


def test_exceptions_of_one_text_and_two_types_are_two_outcomes() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(1)
        go(channel.send, 1)
        raise (TypeError if channel.try_receive()[1] else ValueError)("the same")

    found = explore(scenario)
    assert {(outcome.error, str(outcome)) for outcome in found} == {
        ("TypeError", "the same"), ("ValueError", "the same")
    }  # fmt: skip
    assert {replayed(scenario, found[outcome]) for outcome in found} == {"the same"}
    assert found["the same"].switches == min(finding.switches for finding in found.findings)


def test_many_goroutines_are_explored_within_a_bound() -> None:
    def scenario() -> None:
        for _ in range(200):
            go(sleep, 0)

    for options in ({}, {"max_preemptions": 0}, {"reduce": True}):
        found = explore(scenario, max_schedules=3, progress=False, **options)
        assert (found.schedules + found.abandoned, found.exhaustive) == (3, False)
        assert names(found) == {"returned"}


@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize("how", ["fewer goroutines", "more goroutines", "fewer steps", "other ways"])
def test_a_scenario_that_changes_is_refused(how: str, reduce: bool) -> None:
    runs = 0

    def scenario() -> None:
        nonlocal runs
        runs += 1
        if how == "other ways":
            runtime.choose(2 if runs == 1 else 3)
            return
        later = runs > 1
        count = {"fewer goroutines": 3 - later, "more goroutines": 2 + later}.get(how, 2)
        channel: Channel[int] = Channel(9, name="channel")
        for _ in range(count):
            go(channel.send, 1)
        for _ in range(4):
            if how != "fewer steps" or not later:
                channel.try_receive()

    with pytest.raises(ScenarioChanged, match=r"run \d+ did something else after the same choices"):
        explore(scenario, reduce=reduce)


async def coroutine() -> None:
    """No plain function."""


def generator() -> Any:
    yield


@pytest.mark.parametrize("how", [simulate, explore, search])
@pytest.mark.parametrize("scenario", [5, coroutine, generator])
def test_what_is_no_plain_function_is_refused(how: Callable[..., object], scenario: Any) -> None:
    with pytest.raises(TypeError, match="scenario must be"):
        how(scenario)


@pytest.mark.parametrize("how", [simulate, explore, search])
def test_bounds_of_a_run_are_checked(how: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="max_steps must be at least one: 0"):
        how(add_before, max_steps=0)
    with pytest.raises(ValueError, match="max_batch must be at least one: 0"):
        how(add_before, max_batch=0)


def test_a_channel_of_another_simulation_is_named() -> None:
    channel: Channel[int] = simulate(lambda: Channel[int](1, name="kept")).result  # type: ignore[assignment]
    error = simulate(lambda: channel.try_send(1)).error
    assert isinstance(error, RuntimeError)
    assert str(error) == (
        "try_send on the Channel 'kept', which was made in another simulation: make it inside the scenario"
    )
    channel.send(1)  # afterwards, outside of any simulation, it can be used
    assert channel.receive() == 1
