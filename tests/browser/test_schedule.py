"""PickTheSchedule in a browser with the network cut: lines pressed, the tree grown, ends found, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Locator

from kevent.figures import PickTheSchedule
from kevent.models.museum import PIECES, Piece, models
from tests.browser.bare import Figures
from tests.browser.checks import in_every_window
from tests.figures.test_schedule_data import looks_once, two_events
from tests.site.built import some_weekly

KIND = "pick-the-schedule"


@cache
def lose() -> PickTheSchedule:
    return PickTheSchedule(two_events, {"room": [1, 2]}, title="Lose an event")


@cache
def stuck() -> PickTheSchedule:
    return PickTheSchedule(looks_once, max_preemptions=0, title="Deadlock the shutdown")


@cache
def crowd() -> PickTheSchedule:
    return PickTheSchedule(models.add_inside, title="Five ways to end")


def opened(show: Callable[..., Figures], figure: PickTheSchedule, **how: Any) -> tuple[Figures, Locator]:
    shown = show(html=figure.html(), **how)
    return shown, shown[KIND]


def said(figure: Locator) -> str:
    return figure.locator(".kg-sentence").inner_text()


def to_the_end(figure: Locator, which: str = "first") -> None:
    for _ in range(60):
        options = figure.locator("[data-option]")
        if not options.count():
            return
        getattr(options, which).click()
    pytest.fail("no end")


GROUND = """() => [...document.querySelectorAll('.kl-tree .kl-wedge')].map(w => Number(w.dataset.count))"""

MIDDLES = """() => [...document.querySelectorAll('.kl-tree .kl-leaf')].map(leaf => {
    const {x, width} = leaf.getBBox();
    return Math.round(x + width / 2);
})"""


@pytest.mark.parametrize("figure", [lose, stuck, pytest.param(crowd, marks=pytest.mark.weekly)])
@in_every_window
def test_it_has_no_fault_at_first_on_the_way_and_at_the_end(
    show: Callable[..., Figures], figure: Callable[[], PickTheSchedule], theme: str, width: int
) -> None:
    shown, it = opened(show, figure(), theme=theme, width=width, clock=False)
    assert shown.visit.inaccessible() == []
    it.locator("[data-option]").last.click()
    assert shown.visit.sideways() == []
    to_the_end(it)
    assert shown.visit.inaccessible() == []
    it.get_by_role("button", name="table", exact=True).click()
    assert shown.visit.outside == shown.visit.errors == []
    assert shown.visit.sideways() == []
    assert shown.visit.inaccessible() == []


@pytest.mark.parametrize("figure", [lose, stuck, pytest.param(crowd, marks=pytest.mark.weekly)])
def test_a_column_of_358_pixels_holds_it(show: Callable[..., Figures], figure: Callable[[], PickTheSchedule]) -> None:
    shown, it = opened(show, figure(), width=374)
    to_the_end(it, "last")
    assert shown.visit.sideways() == []


def test_it_opens_with_the_queue_full(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    assert said(it) == "main puts first on queue: 1 of 1 places taken. Who goes next?"
    assert it.locator(".kl-thing").first.inner_text().split() == ["queue,", "room", "for", "1", "first"]
    assert it.locator("[data-option] > span").all_inner_texts() == [
        "lost += not queue.try_send(event)", "def _receive_each(self) -> Iterator[T]:",
    ]  # fmt: skip


def test_pressing_a_line_moves_the_counter_and_what_lies_between(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    it.locator("[data-option='0']").click()
    assert it.locator(".kl-line[data-state=now] button > span").all_inner_texts()[0] == "queue.close()"
    assert it.locator(".kl-thing").last.inner_text().split() == ["lost", "second"]
    assert it.locator(".kl-path button").all_inner_texts() == ["main", "main"]


def test_wedges_split_and_leaves_keep_their_place(show: Callable[..., Figures]) -> None:
    shown, it = opened(show, lose())
    total = lose().storyboards["0"].start["graph"]["below"][-1][0]
    assert sum(shown.page.evaluate(GROUND)) == total == 78
    it.locator(".kl-wedge").last.click()
    assert it.locator(".kl-tree .kl-leaf").count() == 0
    assert sum(shown.page.evaluate(GROUND)) == total
    to_the_end(it)
    assert it.locator(".kl-tree .kl-leaf").count() == 1
    assert sum(shown.page.evaluate(GROUND)) + 1 == total
    (place,) = shown.page.evaluate(MIDDLES)
    it.get_by_role("button", name="start over").click()
    to_the_end(it, "last")
    assert it.locator(".kl-tree .kl-leaf").count() == 2
    assert place in shown.page.evaluate(MIDDLES)


def test_a_leaf_and_a_node_lead_back(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    to_the_end(it)
    verdict = said(it)
    it.locator(".kl-node").first.click(force=True)
    assert said(it) != verdict
    it.locator(".kl-tree .kl-leaf").click(force=True)
    assert said(it) == verdict


def test_the_verdict_has_its_reason_and_the_goal_is_marked(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    assert it.locator(".kl-goal[data-found='lost']").count() == 0
    to_the_end(it)
    assert said(it).startswith("returned 1 lost. main offers second to queue, which has no room, and try_send")
    assert said(it).endswith("25 of 78 schedules end so.")
    assert it.locator(".kl-goal[data-found='lost']").inner_text().startswith("returned 1 lost")
    assert it.get_attribute("data-role") == "lost"
    it.get_by_role("button", name="start over").click()
    to_the_end(it, "last")
    assert said(it).startswith("returned 0 lost. Nothing is lost.")
    assert it.locator(".kl-goal[data-found='done']").count() == 1


def test_a_deadlock_says_who_waits_for_what(show: Callable[..., Figures]) -> None:
    _, it = opened(show, stuck())
    it.locator(".kl-lane[aria-label=reader] [data-option]").click()
    assert it.locator(".kl-ways button > span").all_inner_texts() == [
        "send event to watcher",
        "receive from watcher.stopped",
    ]
    to_the_end(it)
    assert said(it).startswith("deadlock. main waits: acquire on distributing.sema; loop waits: select on watcher")


def test_with_room_for_two_no_leaf_turns_red(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    it.get_by_role("group", name="room").get_by_role("button", name="2").click()
    assert "none of all" in it.locator(".kl-goal").first.inner_text()
    for which in ("first", "last"):
        it.get_by_role("button", name="start over").click()
        to_the_end(it, which)
    assert it.locator(".kl-tree .kl-leaf[data-role=lost]").count() == 0
    assert it.locator(".kl-tree .kl-leaf[data-role=done]").count() == 2


def test_the_hint_comes_after_two_misses_and_tells_the_odds(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    hint = it.get_by_role("button", name="hint")
    for number in range(2):
        assert hint.count() == 0
        it.get_by_role("button", name="start over").click()
        to_the_end(it, "last")
        if number:
            it.get_by_role("button", name="undo").click()
    hint.click()
    told = re.findall(r"(\d+) schedules?, (\d+) of them with a bad end", said(it))
    odds = it.locator(".kl-odds").all_inner_texts()
    assert [f"{bad} of {schedules} end badly" for schedules, bad in told] == odds
    assert len(odds) >= 2


def test_undo_chips_and_steps_lead_through_the_schedule(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    to_the_end(it)
    chips = it.locator(".kl-path button")
    count = chips.count()
    it.get_by_role("button", name="undo").click()
    assert chips.count() == count - 1
    chips.first.click()
    assert chips.count() == count - 1
    assert chips.first.get_attribute("aria-current") == "step"
    it.get_by_role("button", name="by step").click()
    before = int(it.get_attribute("data-step") or 0)
    it.get_by_role("button", name="forward").click()
    assert int(it.get_attribute("data-step") or 0) == before + 1
    chips.first.click()
    it.locator("[data-option]").last.click()
    assert int(it.get_attribute("data-step") or 0) == before + 1  # one step, not to the next choice


def test_the_keyboard_does_it_all_and_the_focus_stays(show: Callable[..., Figures]) -> None:
    shown, it = opened(show, lose())
    it.locator("[data-option]").first.focus()
    inside = "document.activeElement !== document.body && !!document.activeElement.closest('.kl')"
    for key in (
        "2",
        "1",
        "u",
        "ArrowLeft",
        "ArrowRight",
        "Home",
        "End",
        "1",
        "1",
        "1",
        "1",
        "1",
        "1",
        "Backspace",
        "?",
    ):
        shown.page.keyboard.press(key)
        assert shown.page.evaluate(inside), key
    assert it.locator(".kp-keys").is_visible()
    it.get_by_role("button", name="start over").click()
    while (options := it.locator("[data-option]")).count():
        options.first.focus()
        shown.page.keyboard.press("Enter")
        assert shown.page.evaluate(inside)
    assert shown.page.evaluate("document.activeElement.matches('button')")


PART = "document.activeElement.getAttribute('aria-label')"


def test_the_tree_is_walked_by_keys_and_read_out(show: Callable[..., Figures]) -> None:
    shown, it = opened(show, lose())
    to_the_end(it)
    keys, tree = shown.page.keyboard, it.get_by_role("tree")
    assert tree.get_attribute("aria-label") == "Tree of all 78 schedules, 1 of them tried"
    assert tree.locator("[tabindex='0']").count() == 1
    tree.locator("[tabindex='0']").focus()
    verdict = said(it)
    assert shown.page.evaluate(PART).endswith(": returned 1 lost")
    while not shown.page.evaluate(PART).startswith("choice 1,"):
        before = shown.page.evaluate(PART)
        keys.press("ArrowUp")
        assert shown.page.evaluate(PART) != before
    assert said(it) == verdict  # looking around walks nowhere
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    wedge = shown.page.evaluate(PART)
    assert re.search(r": \d+ schedules not tried$", wedge)
    keys.press("Enter")
    assert re.search(r": choice 2, \d+ schedules$", shown.page.evaluate(PART))
    assert wedge.split(":")[0] == shown.page.evaluate(PART).split(":")[0]
    assert "Who goes next?" in said(it)
    assert tree.locator("[aria-current]").count() == tree.locator("[tabindex='0']").count() == 1
    for key in ("ArrowUp", "Home", "End", "ArrowLeft", " ", "u", "1"):
        keys.press(key)
        assert shown.page.evaluate("document.activeElement.getAttribute('role')") == "treeitem", key


def test_who_presses_beside_a_leaf_of_a_pixel_means_it(show: Callable[..., Figures]) -> None:
    shown, it = opened(show, crowd())
    to_the_end(it)
    verdict = said(it)
    it.get_by_role("button", name="start over").click()
    assert said(it) != verdict
    box = it.locator(".kl-tree .kl-leaf").bounding_box()
    assert box is not None
    assert box["width"] < 3
    shown.page.mouse.click(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2)
    assert said(it) == verdict


def test_another_run_keeps_the_choices_that_it_has(show: Callable[..., Figures]) -> None:
    _, it = opened(show, lose())
    it.locator("[data-option]").last.click()
    chips = it.locator(".kl-path button").all_inner_texts()
    it.get_by_role("group", name="room").get_by_role("button", name="2").click()
    assert it.locator(".kl-path button").all_inner_texts() == chips
    assert it.locator(".ks-note").inner_text() == "same choices"


def test_a_large_graph_is_shown_where_the_walk_is_and_keeps_its_counts(show: Callable[..., Figures]) -> None:
    shown, it = opened(show, crowd())
    total = crowd().storyboards["0"].start["graph"]["below"][-1][0]
    label = it.locator(".kl-tree .kl-total").first
    for number, which in enumerate(("first", "last", "first")):
        assert sum(shown.page.evaluate(GROUND)) + it.locator(".kl-tree .kl-leaf").count() == total == 4117
        assert label.text_content() == "shown above: all 4117 schedules"
        to_the_end(it, which)
        match = re.fullmatch(
            r"shown above: (\d+) of 4117 schedules, those behind \d+ choices?", label.text_content() or ""
        )
        assert match
        seen = int(match[1])
        leaves = it.locator(".kl-tree .kl-leaf").count()
        assert leaves >= 1
        assert sum(shown.page.evaluate(GROUND)) + leaves == seen < total
        wide = it.locator("[role=treeitem][aria-current] .kl-leaf").bounding_box()
        assert wide is not None
        assert wide["width"] >= 2
        assert it.locator(".kl-tick").count() == (1, 2, 2)[number]
        it.get_by_role("button", name="start over").click()
    assert shown.visit.errors == []


@pytest.mark.parametrize(
    "piece", some_weekly(PIECES, ("goroutine-per-event", "add-inside-the-goroutine"), lambda piece: piece.name)
)
def test_every_piece_of_the_museum_can_be_played(show: Callable[..., Figures], piece: Piece) -> None:
    """With at most one preemption: the counts are smaller, the figure is the same."""
    figure = PickTheSchedule(piece.broken, max_preemptions=1, title=piece.title)
    shown, it = opened(show, figure, width=390)
    graph = figure.storyboards["0"].start["graph"]
    total = graph["below"][graph["first"]][0]
    for which in ("first", "last"):
        to_the_end(it, which)
        end = said(it)
        assert any(end.startswith(f"{outcome}.") for outcome in graph["outcomes"]), end
        assert end.endswith(f"of {total} schedules end so.")
        assert it.get_attribute("data-role") in ("done", "lost")
        it.get_by_role("button", name="start over").click()
    tried = it.locator(".kl-goal:not([data-found=''])").count()
    assert 1 <= tried <= len(graph["outcomes"])
    assert it.get_by_role("tree").locator("[tabindex='0']").count() == 1
    assert shown.visit.sideways() == shown.visit.errors == []


def test_without_a_script_there_is_the_moment_it_opens_at(show: Callable[..., Figures]) -> None:
    shown, _ = opened(show, lose(), script=False)
    static = shown.page.locator(".kf-static")
    assert static.locator("img").is_visible()
    assert "main puts first on queue: 1 of 1 places taken." in static.inner_text()
