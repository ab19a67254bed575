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
from kevent.versions import NEWEST, RELEASES
from oracle import stored
from oracle.record import WITH_EVENTS
from tests.support import ROOT

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
#
# Which releases had a fault follows from `kevent.versions`. Each release that was asked has to end as the scenario does
# that stands for it: the broken one where it had the fault, the repaired one elsewhere.

NAMES = {piece.name: piece for piece in PIECES}


@cache
def outcomes(scenario: Callable[[], object]) -> frozenset[str]:
    """How the scenario can end, over all schedules. Two scenarios stand for two dozen releases."""
    return frozenset(str(outcome) for outcome in explore(scenario, max_steps=400, progress=False))


def of_each_release(name: str, since: str = "1.14") -> pytest.MarkDecorator:
    """Each release from `since` on, with the scenario that stands for it."""
    piece, names = NAMES[name], list(RELEASES)
    return pytest.mark.parametrize(
        ("release", "scenario"),
        [
            (release, piece.broken if release in piece.releases else piece.fixed)
            for release in names[names.index(since) :]
        ],
    )


@pytest.mark.parametrize("piece", [piece for piece in PIECES if piece.behaviour], ids=lambda piece: piece.name)
def test_a_fault_of_releases_names_its_changes(piece: Piece) -> None:
    """It came with a pull request, or the oldest release has it; it went with one, or the newest has it."""
    assert set(piece.faulty) <= {getattr(release, piece.behaviour) for release in RELEASES.values()}
    names = list(RELEASES)
    assert (piece.came is None) == (names[0] in piece.releases)
    assert (piece.went is None) == (names[-1] in piece.releases)
    for change in (piece.came, piece.went):
        assert change is None or change.pull > 90_000


def test_the_releases_of_the_faults() -> None:
    """Typed once, here, beside what is folded out of the changes."""
    spans = {piece.name: (piece.releases[0], piece.releases[-1]) for piece in PIECES if piece.releases}
    assert spans == {
        "goroutine-per-event": ("1.14", "1.20"),
        "send-on-closed-channel": ("1.14", "1.24"),
        "stopped-and-spinning": ("1.29", "1.35"),
        "handler-of-nil": ("1.25", "1.30"),
        "retry-after-shutdown": ("1.14", "1.26"),
        "left-on-the-queue": ("1.29", NEWEST),
    }


@of_each_release("goroutine-per-event")
def test_order_is_lost_where_it_is_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    found = {json.loads(text) for text in stored.answer(release, "recorder", "fifty events of one goroutine")}
    ours = {"overtaken" if "order lost" in words else "in order" for words in outcomes(scenario)}
    assert ours == found


@of_each_release("send-on-closed-channel")
def test_a_late_send_panics_where_it_does_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    """Go was asked after the shutdown; in the model that is one of the orders."""
    answer = stored.answer(release, "recording", "recording after shutdown")
    panics = any("send on closed channel" in words for words in outcomes(scenario))
    assert panics == (answer.get("dies") == "panic: send on closed channel")


@pytest.mark.parametrize("machine", ["386", "amd64"])
def test_a_wait_group_panics_with_the_words_of_go(machine: str) -> None:
    """Go itself was asked, without client-go."""
    text = (ROOT / f"oracle/vectors/go/{machine}.json").read_text(encoding="utf-8")
    misuse = {words for words in outcomes(models.add_inside) if words.startswith("sync:")}
    assert len(misuse) == 2
    assert all(words in text for words in misuse)
    assert {str(outcome.value) for outcome in explore(models.add_before, progress=False)} == {"'after 2 of 2'"}


@pytest.mark.parametrize("release", RELEASES)
def test_a_stop_frees_the_loop_as_in_the_release(release: str) -> None:
    """Up to 1.19 through the lock, since then through the queue: what waits for the loop goes on once Stop has come."""
    for text in stored.answer(release, "mux", "stop frees the loop that waits"):
        assert all(step["returned"] is not None for step in json.loads(text)["operations"])
    locked = RELEASES[release].entrance == "closed from outside"
    with_the_line = models.stop_lets_go_first if locked else models.stop_through_the_queue
    without = models.stop_under_the_lock if locked else models.stop_through_the_queue_alone
    assert outcomes(with_the_line) == {"returned"}
    assert "deadlock" in {words.split(":")[0] for words in outcomes(without)}


def turns(scenario: Callable[[], object], seed: int) -> int | None:
    """How often a handler went round until its run ended; None for a run that did not end."""
    run = simulate(scenario, seed=seed, max_steps=400)
    if run.error is not None:
        return None
    return sum(step.goroutine == "event watcher" and step.operation in ("select", "receive_ok") for step in run.trace)


@of_each_release("stopped-and-spinning")
def test_a_handler_spins_where_that_of_the_release_does(release: str, scenario: Callable[[], object]) -> None:
    spins = stored.answer(release, "shutdown", "busy after Stop on a started watcher")["spins"]
    assert outcomes(scenario) == ({"step limit"} if spins else {"returned"})


@pytest.mark.parametrize("release", NAMES["stopped-and-spinning"].releases)
def test_a_shutdown_ends_the_spinning_as_in_the_release(release: str) -> None:
    """By lot, as Go draws between its queue and its context."""
    assert not stored.answer(release, "shutdown", "busy after Shutdown")["spins"]
    found = [turns(models.shutdown_without_ok, seed) for seed in range(200)]
    assert None not in found
    assert max(filter(None, found)) < 25


@of_each_release("handler-of-nil", since="1.25")
def test_a_late_watcher_ends_the_program_where_it_does_in_the_release(
    release: str, scenario: Callable[[], object]
) -> None:
    """Before 1.25 Watch itself panics."""
    answer = stored.answer(release, "recording", "a watcher after shutdown")
    panics = any("NoneType" in words for words in outcomes(scenario))
    assert panics == ("nil pointer" in answer.get("dies", ""))


@of_each_release("retry-after-shutdown")
def test_tries_go_on_after_shutdown_where_those_of_the_release_do(release: str, scenario: Callable[[], object]) -> None:
    answers = stored.answer(release, "recording", "five events, an unreachable sink, and shutdown")
    after = max(call["tries"] for text in answers for call in json.loads(text)["calls"])
    late = any("outlived" in words for words in outcomes(scenario))
    assert late == (after == 12)


@of_each_release("left-on-the-queue")
def test_as_many_are_left_at_shutdown_as_in_the_release(release: str, scenario: Callable[[], object]) -> None:
    """Each number that came out of the release comes out of the model, and no other; by lot, about as often."""
    counted = stored.answer(release, "shutdown", "4 queued behind a busy handler, then shutdown")
    if not isinstance(counted, dict):
        counted = {str(counted): 2000}
    real = {int(handled): times / sum(counted.values()) for handled, times in counted.items()}
    every = {4 - int(words.split(": ")[1][0]) if "left" in words else 4 for words in outcomes(scenario)}
    assert every == set(real)
    handled = Counter(number_handled(scenario, seed) for seed in range(1000))
    assert all(abs(handled[number] / 1000 - share) < 0.07 for number, share in real.items())


@cache
def number_handled(scenario: Callable[[], object], seed: int) -> int:
    words = str(simulate(scenario, seed=seed).outcome)
    return 4 - int(words.split(": ")[1][0]) if "left" in words else 4


@pytest.mark.parametrize("release", WITH_EVENTS)
def test_a_version_that_changes_makes_no_series_in_any_release_that_was_asked(release: str) -> None:
    calls = stored.answer(release, "series", "a resource version that changes")
    assert [call["verb"] for call in calls] == ["create"] * 3
    calls = stored.answer(release, "series", "the same again and again")
    assert [call["verb"] for call in calls].count("create") == 1
    assert outcomes(models.version_in_the_key) == {"no series: 12 of 12 equal events created"}
    assert outcomes(models.version_left_out) == {"returned"}


def test_stopping_through_the_queue_needs_the_same_line() -> None:
    """Since 1.20 there is no lock; without `stopped` every order ends in a deadlock all the same."""
    found = explore(models.stop_through_the_queue_alone, progress=False)
    assert found.exhaustive
    assert {outcome.kind for outcome in found} == {"deadlock"}
    assert explore(models.stop_through_the_queue, progress=False).check().exhaustive
