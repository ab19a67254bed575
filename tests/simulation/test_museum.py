"""Each fault shows itself before its repair, in the schedule kept beside it, and never after it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import kevent.models.museum
from kevent.models.museum import PIECES, Piece, models
from kevent.simulation import Exploration, explore, simulate
from oracle import stored

each_piece = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)


@cache
def explored(piece: Piece) -> Exploration:
    """Every schedule of the piece before its repair, once for all tests."""
    return piece.explore(piece.broken)


def ending(piece: Piece, scenario: object) -> str:
    """How the kept schedule ends, in the words of an outcome."""
    return str(simulate(scenario, schedule=piece.schedule, max_steps=400).outcome)  # type: ignore[arg-type]


@each_piece
def test_the_fault_shows_in_some_schedule(piece: Piece) -> None:
    found = explored(piece)
    assert found.exhaustive
    assert piece.faults(found)


@each_piece
def test_the_kept_schedule_shows_it_again(piece: Piece) -> None:
    assert ending(piece, piece.broken).startswith(piece.shows)


@each_piece
def test_no_schedule_shows_it_after_the_repair(piece: Piece) -> None:
    found = piece.explore(piece.fixed).check()
    assert found.exhaustive
    assert piece.faults(found) == []


@each_piece
def test_the_kept_schedule_is_as_short_as_any(piece: Piece) -> None:
    found = explored(piece)
    finding = min((found[name] for name in piece.faults(found)), key=lambda finding: finding.switches)
    assert piece.schedule == finding.schedule


def test_every_kept_schedule_belongs_to_a_piece() -> None:
    folder = Path(kevent.models.museum.__file__).parent / "schedules"
    assert {path.stem for path in folder.iterdir()} == {piece.name for piece in PIECES}


@each_piece
def test_a_piece_says_what_it_is(piece: Piece) -> None:
    assert all((piece.title, piece.where, piece.repair, piece.shows))
    assert piece.broken.__doc__
    assert piece.fixed.__doc__


def test_three_faults_show_in_every_schedule_and_six_in_some() -> None:
    """As chapter 13 ends."""
    always = {
        piece.name
        for piece in PIECES
        if sum(explored(piece)[name].count for name in piece.faults(explored(piece))) == explored(piece).schedules
    }
    assert always == {"stopped-and-spinning", "retry-after-shutdown", "version-in-the-key"}
    assert len(PIECES) == 9


# --- the models beside the real client-go -----------------------------------------------------------------------------


def turns(scenario: Callable[[], object], seed: int) -> int | None:
    """How often a handler went round until its run ended; None for a run that did not end."""
    run = simulate(scenario, seed=seed, max_steps=400)
    if run.error is not None:
        return None
    return sum(step.goroutine == "event watcher" and step.operation in ("select", "receive_ok") for step in run.trace)


@pytest.mark.parametrize(
    ("release", "ends", "scenario"),
    [
        ("1.29", "Stop on a started watcher", models.stop_without_ok),
        ("1.35", "Stop on a started watcher", models.stop_without_ok),
        ("1.36", "Stop on a started watcher", models.stop_with_ok),
        ("1.29", "Shutdown", models.shutdown_without_ok),
        ("1.35", "Shutdown", models.shutdown_without_ok),
    ],
)
def test_a_handler_spins_where_that_of_the_release_does(
    release: str, ends: str, scenario: Callable[[], object]
) -> None:
    """By lot, as Go draws between its queue and its context: a handler of the model that does not spin ends soon."""
    found = [turns(scenario, seed) for seed in range(200)]
    spins = stored.answer(release, "shutdown", f"busy after {ends}")["spins"]
    assert (None in found) == spins
    assert spins or max(filter(None, found)) < 25


@pytest.mark.parametrize(
    ("release", "scenario"),
    [
        ("1.28", models.queue_to_its_end),
        ("1.29", models.queue_or_context),
        ("1.37", models.queue_or_context),
    ],
)
def test_as_many_are_left_at_shutdown_as_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    """Each number that came out of the release comes out of the model, and no other; by lot, about as often."""
    counted = stored.answer(release, "shutdown", "4 queued behind a busy handler, then shutdown")
    real = {int(handled): times / 2000 for handled, times in counted.items()}
    outcomes = [str(simulate(scenario, seed=seed).outcome) for seed in range(1000)]
    handled = Counter(4 - int(words.split(": ")[1][0]) if "left" in words else 4 for words in outcomes)
    assert set(handled) == set(real)
    assert all(abs(handled[number] / 1000 - share) < 0.07 for number, share in real.items())
    left = [words for words in map(str, explore(scenario, progress=False)) if "left" in words]
    assert len(left) == len(real) - 1


@pytest.mark.parametrize(
    ("release", "scenario"),
    [("1.25", models.handler_of_nil), ("1.30", models.handler_of_nil), ("1.31", models.empty_watch)],
)
def test_a_late_watcher_ends_the_program_where_it_does_in_the_release(
    release: str, scenario: Callable[[], object]
) -> None:
    answer = stored.answer(release, "recording", "a watcher after shutdown")
    panics = [words for words in map(str, explore(scenario, progress=False)) if "NoneType" in words]
    assert bool(panics) == ("nil pointer" in answer.get("dies", ""))


def test_a_version_that_changes_makes_no_series_in_any_release_that_was_asked() -> None:
    for release in ("1.24", "1.25", "1.29", "1.37"):
        calls = stored.answer(release, "series", "a resource version that changes")
        assert [call["verb"] for call in calls] == ["create"] * 3
        calls = stored.answer(release, "series", "the same again and again")
        assert [call["verb"] for call in calls].count("create") == 1
    assert str(simulate(models.version_in_the_key).outcome) == "no series: 12 of 12 equal events created"


@pytest.mark.parametrize(
    ("release", "scenario"),
    [("1.26", models.retry_with_sleep), ("1.27", models.retry_until_stopping), ("1.37", models.retry_until_stopping)],
)
def test_tries_go_on_after_shutdown_where_those_of_the_release_do(release: str, scenario: Callable[[], object]) -> None:
    answers = stored.answer(release, "recording", "five events, an unreachable sink, and shutdown")
    after = max(call["tries"] for text in answers for call in json.loads(text)["calls"])
    late = [words for words in map(str, explore(scenario, progress=False)) if "outlived" in words]
    assert bool(late) == (after == 12)


@pytest.mark.parametrize(
    ("release", "scenario"),
    [("1.20", models.goroutine_per_event), ("1.21", models.send_or_drop)],
)
def test_order_is_lost_where_it_is_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    answers = stored.answer(release, "recorder", "fifty events of one goroutine")
    lost = [words for words in map(str, explore(scenario, progress=False)) if "order lost" in words]
    assert bool(lost) == ('"overtaken"' in answers)


@pytest.mark.parametrize(
    ("release", "scenario"),
    [("1.24", models.action_without_a_look), ("1.25", models.action_under_a_lock)],
)
def test_a_late_send_panics_where_it_does_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    answer = stored.answer(release, "recording", "recording after shutdown")
    panics = [words for words in map(str, explore(scenario, progress=False)) if "closed channel" in words]
    assert bool(panics) == (answer.get("dies") == "panic: send on closed channel")


def test_stopping_through_the_queue_needs_the_same_line() -> None:
    """Since 1.20 there is no lock; without `stopped` every order ends in a deadlock all the same."""
    found = explore(models.stop_through_the_queue_alone, progress=False)
    assert found.exhaustive
    assert {outcome.kind for outcome in found} == {"deadlock"}
    assert explore(models.stop_through_the_queue, progress=False).check().exhaustive
