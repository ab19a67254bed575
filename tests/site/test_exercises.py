"""Exercises: solutions pass, wrong attempts are refuted with a trace, skeletons are cut from the solutions."""

from __future__ import annotations

import nbformat
import pytest

from book.exercises import broadcaster, checking
from book.notebooks import fill_in_skeletons, notebooks
from kevent import ADDED


def exercises() -> list[tuple[str, nbformat.NotebookNode]]:
    """Each tagged cell of each notebook."""
    return [
        (path.name, cell)
        for path in notebooks()
        for cell in nbformat.read(path, as_version=4).cells
        if any(tag.startswith("exercise:") for tag in cell.metadata.get("tags", ()))
    ]


def test_the_skeletons_in_the_notebooks_are_the_solutions_less_their_bodies() -> None:
    found = exercises()
    assert len([name for name, _ in found if name.startswith("04_")]) == 2
    for _, cell in found:
        fresh = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", metadata=cell.metadata)])
        fill_in_skeletons(fresh)
        assert cell.source == fresh.cells[0].source
        assert "# your turn\n    raise NotImplementedError" in cell.source


def test_a_solution_without_marks_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="one solution"):
        checking.skeleton(test_a_solution_without_marks_cannot_be_cut)


@pytest.mark.parametrize("name", ["distribute", "race"])
def test_the_solution_is_right_and_the_skeleton_not_yet(name: str) -> None:
    solution, check = getattr(broadcaster, name), getattr(broadcaster, f"check_{name}")
    assert check(solution).right
    names: dict[str, object] = {}
    exec(checking.skeleton(solution), names)
    assert check(names[name]) is checking.NOT_YET


def waits(queues, event):
    for queue in queues:
        queue.send(event)


def stops_at_the_first_full_queue(queues, event):
    for queue in queues:
        if not queue.try_send(event):
            return


def drops_the_oldest(queues, event):
    for queue in queues:
        if not queue.try_send(event) and queue.capacity:
            queue.try_receive()
            queue.try_send(event)


def serves_the_first_only(queues, event):
    queues[0].try_send(event)


def sends_twice(queues, event):
    for queue in queues:
        queue.try_send(event)
        queue.try_send(event)


def goes_round(queues, event):
    while not queues[0].try_send(event):
        pass


def breaks(queues, event):
    raise KeyError("no such queue")


@pytest.mark.parametrize(
    ("attempt", "says", "steps"),
    [
        (waits, "1 event, 1 queue with room for 0, nobody reads: nobody can go on", 2),
        (stops_at_the_first_full_queue, "queue 1 should hold event 0, and holds nothing", 7),
        (drops_the_oldest, "queue 0 should hold event 0, and holds event 1", 9),
        (serves_the_first_only, "1 event, 2 queues with room for 0 and 1", 7),
        (sends_twice, "queue 0 should hold event 0, and holds event 0, event 0", None),
        (goes_round, "goes round in a circle", 200),
        (breaks, "raises KeyError", None),
    ],
)
def test_a_wrong_distribute_is_refuted(attempt, says: str, steps: int | None) -> None:
    verdict = broadcaster.check_distribute(attempt)
    assert not verdict
    assert says in verdict.sentence
    assert verdict.steps
    assert steps is None or len(verdict.steps) == steps
    assert '<table class="trace">' in verdict._repr_html_()
    assert "object at 0x" not in repr(verdict)


def too_late(broadcaster):
    watcher = broadcaster.watch()
    broadcaster.action(ADDED, "an event of its own time")
    broadcaster.shutdown()
    return list(watcher)


def never_ends(broadcaster):
    broadcaster.action(ADDED, "an event")
    return list(broadcaster.watch())


def sends_nothing(broadcaster):
    watcher = broadcaster.watch()
    broadcaster.shutdown()
    return list(watcher)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (too_late, "that was not sent before `watch`"),
        (never_ends, "With a Broadcaster: nobody can go on"),
        (sends_nothing, "received nothing from the past"),
        (lambda broadcaster: None, "returns a list, not None"),
        (lambda broadcaster: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_race_is_refuted(attempt, says: str) -> None:
    verdict = broadcaster.check_race(attempt)
    assert not verdict
    assert says in verdict.sentence


def test_the_race_is_shown_step_by_step() -> None:
    verdict = broadcaster.check_race(broadcaster.race)
    verbs = [f"{step.goroutine} {step.operation} {step.name}" for step in verdict.steps]
    assert verbs.index("main send incoming") < verbs.index("loop try_send_many new")
    assert "an event of the past" in verdict.sentence


def test_hostile_text_stays_text() -> None:
    shown = checking.Verdict(False, "<script>alert(1)</script> `a<b`")._repr_html_()
    assert "<script>" not in shown
    assert "<code>a&lt;b</code>" in shown
