"""Each fault shows itself before its repair, in the schedule kept beside it, and never after it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import kevent.models.museum
from kevent.models.museum import PIECES, Piece
from kevent.simulation import Exploration, simulate

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


def test_four_faults_show_in_every_schedule_and_four_in_some() -> None:
    """As chapter 13 ends."""
    always = {
        piece.name
        for piece in PIECES
        if sum(explored(piece)[name].count for name in piece.faults(explored(piece))) == explored(piece).schedules
    }
    assert always == {"hot-loop", "retry-after-shutdown", "first-full-watcher", "list-for-a-set"}
    assert len(PIECES) == 8
