"""PruneTheTree in a browser with the network cut: what is drawn, counted and struck is what Python has recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.bare import Figures
from tests.browser.checks import WIDTHS, in_every_window
from tests.figures.scenarios import figures

KIND = "prune-the-tree"
FIRST, MANY = 1, 2

DRAWN = """root => {
    const all = selector => [...root.querySelectorAll(selector)];
    const counts = all('.kr-counts b').map(each => parseInt(each.textContent));
    const ends = all('.kr-end').map(end => end.dataset.look);
    return {
        counts, run: ends.flatMap((look, leaf) => look === 'run' ? [leaf] : []),
        struck: ends.flatMap((look, leaf) => look === 'struck' || look === 'given' ? [leaf] : []),
        given: all('.kr-given[data-here=true]').length,
        begun: all('.kr-edge:is([data-look=begun], [data-look=now])').length,
        cut: all('.kr-edge[data-cut=true]').length, shown: all('.kr-tree .kr-strike').filter(strike =>
            strike.checkVisibility({visibilityProperty: true})).length,
        table: all('.kg-other tbody tr').map(row => Number(row.cells[1].textContent)),
    };
}"""


def press(figure: Locator, group: str, name: str) -> None:
    figure.get_by_role("group", name=group).get_by_role("button", name=name, exact=True).click()


def told(state: dict[str, Any]) -> dict[str, Any]:
    run, struck = sorted(state["run"]), sorted(state["struck"])
    left = len(state["leaves"]) - len(run) - len(struck)
    return {
        "counts": [len(state["leaves"]), len(run), len(state["given"]), len(struck), left],
        "run": run, "given": len(state["given"]), "begun": max(0, len(state["begun"]) - 1),
    }  # fmt: skip


@in_every_window
def test_it_has_no_fault(show: Callable[..., Figures], theme: str, width: int) -> None:
    shown = show(KIND, theme=theme, width=width, clock=False)
    for key in ("Home", "ArrowRight", "End", "2"):
        shown[KIND].press(key)
        assert shown.visit.inaccessible() == []
        assert shown.visit.sideways() == []
    assert shown.visit.outside == shown.visit.errors == []


@pytest.mark.parametrize(("prune", "words"), [("yes", "2"), ("yes", "1"), ("no", "2")])
def test_at_every_step_the_tree_is_what_the_exploration_has_left(
    show: Callable[..., Figures], prune: str, words: str
) -> None:
    figure = show(KIND)[KIND]
    press(figure, "prune", prune)
    press(figure, "words", words)
    states = figures()[KIND].storyboards[f"{int(prune == 'no')},{int(words == '1')}"].states()
    figure.press("Home")
    for step, state in enumerate(states):
        drawn = figure.evaluate(DRAWN)
        expected = told(state)
        assert {name: drawn[name] for name in expected} == expected, step
        assert set(drawn["struck"]) <= set(state["struck"]), step
        assert drawn["cut"] == drawn["shown"], step
        assert (drawn["cut"] > 0) == (len(state["struck"]) > len(state["given"])), step
        figure.press("Shift+ArrowRight")


def test_every_branch_that_is_struck_hangs_on_one_stroke(show: Callable[..., Figures]) -> None:
    """No stroke lies below another, and together they hold all that was left out and never begun."""
    figure = show(KIND)[KIND]
    figure.press("End")
    end = figures()[KIND].storyboards["0,0"].states()[-1]
    cut = figure.evaluate(
        "root => [...root.querySelectorAll('.kr-edge')].map((edge, n) => [n + 1, edge.dataset.cut === 'true'])"
    )
    held: list[int] = []
    for number, is_cut in cut:
        if is_cut:
            held += range(end["nodes"][number][FIRST], sum(end["nodes"][number][FIRST : MANY + 1]))
    given = {end["nodes"][number][FIRST] for number in end["given"]}
    assert sorted(held) == sorted(set(end["struck"]) - given)


def test_it_opens_at_the_first_run_that_is_given_up_and_a_switch_shows_how_many_there_would_be(
    show: Callable[..., Figures],
) -> None:
    figure = show(KIND)[KIND]
    assert figure.get_attribute("data-step") == "2"
    assert "only a could go on, and sleeps" in figure.locator(".kg-sentence").inner_text()
    figure.press("End")
    assert figure.evaluate(DRAWN)["counts"] == [35, 1, 4, 34, 0]
    press(figure, "prune", "no")
    figure.press("End")
    assert figure.evaluate(DRAWN)["counts"] == [35, 35, 0, 0, 0]


def test_table_and_counts_agree(show: Callable[..., Figures]) -> None:
    figure = show(KIND)[KIND]
    figure.press("End")
    figure.press("2")
    drawn = figure.evaluate(DRAWN)
    assert drawn["table"] == drawn["counts"]


def test_without_a_script_there_is_the_tree_and_its_runs(show: Callable[..., Figures]) -> None:
    static = show(KIND, script=False).page.locator(".kf-static")
    assert static.locator("img").is_visible()
    assert "Run 2 is given up after a1 → b1 → b2" in (static.locator("img").get_attribute("alt") or "")
    assert "Run 5 is given up" in static.inner_text()


@pytest.mark.parametrize("width", [*WIDTHS, 374])
def test_no_name_meets_another(show: Callable[..., Figures], width: int) -> None:
    shown = show(KIND, width=width)
    for key in ("Home", "End"):
        shown[KIND].press(key)
        assert (
            shown.page.evaluate("""() => {
            const names = [...document.querySelectorAll('.kr-edge:not([data-look=now]) .kr-who')]
                .filter(name => name.checkVisibility({visibilityProperty: true}))
                .map(name => [name.textContent, name.getBoundingClientRect()]);
            const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
            return names.flatMap(([name, a], i) =>
                names.slice(i + 1).filter(([, b]) => meet(a, b)).map(([other]) => [name, other]));
        }""")
            == []
        )
