"""PruneTheTree: its tree is every order that there is, and its steps are those of an exploration that is pruned."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from kevent.channel import Channel
from kevent.figures import PruneTheTree, TooManySchedules
from kevent.runtime import go
from kevent.simulation import explore
from tests.figures.scenarios import figures, four_additions

FIRST, MANY = 1, 2


def states(name: str) -> list[dict[str, Any]]:
    return figures()["prune-the-tree"].storyboards[name].states()


@pytest.mark.parametrize(("name", "words"), [("0,0", 2), ("0,1", 1)])
def test_the_steps_are_the_runs_of_an_exploration(name: str, words: int) -> None:
    scenario = partial(four_additions, words=words)
    every = explore(lambda: scenario(), progress=False)
    pruned = explore(lambda: scenario(), reduce=True, progress=False)
    assert pruned.abandoned > 0
    start, *steps = states(name)
    assert len(start["leaves"]) == every.schedules
    assert len(steps) == pruned.schedules + pruned.abandoned
    assert len(steps[-1]["run"]) == pruned.schedules
    assert len(steps[-1]["given"]) == pruned.abandoned


def test_with_a_word_each_one_order_is_run_and_with_one_word_all_six() -> None:
    for name, orders in (("0,0", 1), ("0,1", 6)):
        end = states(name)[-1]
        run = [end["leaves"][leaf] for leaf in end["run"]]
        assert len(run) == len(set(run)) == orders
    assert len(set(states("0,1")[0]["leaves"])) == 6


def test_every_order_is_run_or_struck_and_none_is_both() -> None:
    for name in figures()["prune-the-tree"].storyboards:
        run: set[int] = set()
        struck: set[int] = set()
        for state in states(name)[1:]:
            assert run <= set(state["run"])
            assert struck <= set(state["struck"])
            run, struck = set(state["run"]), set(state["struck"])
            assert not run & struck
            assert len(state["run"]) + len(state["struck"]) == len(run) + len(struck)
        assert run | struck == set(range(35)), name


def test_without_pruning_every_order_is_run_and_none_struck() -> None:
    for name in ("1,0", "1,1"):
        end = states(name)[-1]
        assert sorted(end["run"]) == list(range(35))
        assert end["given"] == end["struck"] == []


def test_a_run_is_given_up_where_only_a_sleeper_could_go_on() -> None:
    board = figures()["prune-the-tree"].storyboards["0,0"]
    assert [scene.sentence.partition(".")[0] for scene in board.scenes][:2] == [
        "Run 1 goes to its end: a1 → a2 → b1 → b2",
        "Run 2 is given up after a1 → b1 → b2: only a could go on, and sleeps",
    ]
    assert board.poster == 1
    nodes = board.start["nodes"]
    for above, first, many, who in nodes[1:]:
        assert nodes[above][FIRST] <= first
        assert first + many <= nodes[above][FIRST] + nodes[above][MANY]
        assert who.rstrip("12") in ("main", "a", "b")


def test_a_tree_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooManySchedules, match="more than 30"):
        _ = PruneTheTree(four_additions, max_schedules=30).data


def test_what_the_reduction_would_miss_is_refused() -> None:
    """A list that two goroutines share is no primitive: who appends first is an end that only the full tree has."""

    def shares_a_list() -> list[str]:
        names: list[str] = []
        gone: Channel[str] = Channel(2, name="gone")

        def append(name: str, own: Channel[str]) -> None:
            own.send(name)
            names.append(name)
            gone.send(name)

        for name in ("a", "b"):
            go(append, name, Channel(1, name=name), name=name)
        return [gone.receive(), *names]

    with pytest.raises(ValueError, match="no primitive"):
        _ = PruneTheTree(shares_a_list, max_schedules=20_000).data
