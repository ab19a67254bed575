"""CallChain in a browser with the network cut: the stack, the graph, thrown-away handles, the flame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator

from tests.browser.bare import Figures
from tests.browser.checks import WIDTHS, in_every_window
from tests.figures.scenarios import figures

KIND = "call-chain"


def step_of(figure: Locator) -> int:
    return int(figure.get_attribute("data-step") or -1)


def every_step(figure: Locator) -> None:
    figure.get_by_role("button", name="all steps", exact=True).click()


@in_every_window
def test_it_has_no_fault(show: Callable[..., Figures], theme: str, width: int) -> None:
    shown = show(KIND, theme=theme, width=width, clock=False)
    for key in ("ArrowRight", "ArrowRight", "Home", "ArrowRight"):
        assert shown.visit.inaccessible() == []
        shown[KIND].focus()
        shown.page.keyboard.press(key)
    shown[KIND].get_by_role("button", name="table", exact=True).click()
    assert shown.visit.outside == shown.visit.errors == []
    assert shown.visit.sideways() == []
    assert shown.visit.inaccessible() == []


def test_a_column_of_358_pixels_holds_it(show: Callable[..., Figures]) -> None:
    shown = show(KIND, width=374)
    assert shown.visit.sideways() == []
    assert shown[KIND].locator(".kh").get_attribute("data-wide") == "false"


def test_it_opens_where_a_handle_is_thrown_away(show: Callable[..., Figures]) -> None:
    figure = show(KIND)[KIND]
    assert figure.locator(".kg-sentence").inner_text().startswith("StartRecordingToSink returns Watcher sink")
    frames = figure.locator(".kh-frame")
    assert frames.locator("b").all_inner_texts() == [
        "main", "the command's Run", "Run", "run", "makeEventRecorder", "StartRecordingToSink returns",
    ]  # fmt: skip
    assert frames.locator("small").all_inner_texts() == [
        "make_event_recorder(dependencies, server.node_name, verbosity=server.verbosity)",
        'broadcaster.start_recording_to_sink(dependencies.event_client, name="sink")',
    ]
    assert figure.locator(".kh-fate").inner_text() == "✗ Watcher sink: assigned to nothing, thrown away"
    assert figure.locator(".kh-handle[data-state=there]").count() == 2


def test_a_returned_frame_stays_one_step(show: Callable[..., Figures]) -> None:
    shown = show(KIND)
    figure = shown[KIND]
    every_step(figure)
    figure.get_by_role("button", name="forward").click()
    assert figure.locator(".kh-frame[data-state=returned]").all_inner_texts()[0].startswith("makeEventRecorder returns")
    figure.get_by_role("button", name="forward").click()
    assert figure.locator(".kh-frame[data-state=returned]").count() == 0
    assert figure.locator(".kh-frame[data-state=now] b").inner_text() == "RunKubelet"


STATES = """() => {
    const all = selector => [...document.querySelectorAll(selector)];
    const there = selector => all(selector).filter(each => each.dataset.state !== 'none').length;
    return {
        open: all('.kh-frame:not([data-state=returned])').length - 1,
        objects: there('.kh-object'), holds: there('.kh-hold'), handles: there('.kh-handle'),
        said: document.querySelector('.kg-sentence').textContent.trim(),
        returned: all('.kh-frame[data-state=returned]').length,
    };
}"""


def test_drawing_and_sentence_are_what_python_told_at_every_step(show: Callable[..., Figures]) -> None:
    shown = show(KIND)
    figure = shown[KIND]
    board = figures()[KIND].storyboards["0"]
    every_step(figure)
    figure.focus()
    shown.page.keyboard.press("Home")
    for number, state in enumerate(board.states()):
        assert step_of(figure) == number
        assert shown.page.evaluate(STATES) == {
            "open": len(state["open"]), "objects": len(state["objects"]), "holds": len(state["holds"]),
            "handles": len(state["dropped"]), "returned": int(bool(state["returned"])),
            "said": board.scenes[number - 1].sentence if number else figures()[KIND].opening,
        }  # fmt: skip
        shown.page.keyboard.press("ArrowRight")


def test_what_is_let_go_is_held_no_more(show: Callable[..., Figures]) -> None:
    shown = show(KIND)
    figure = shown[KIND]
    figure.get_by_role("group", name="api server").get_by_role("button", name="no").click()
    every_step(figure)
    board = figures()[KIND].storyboards["1"]
    said = [scene.sentence for scene in board.scenes]
    gone = said.index("Dependencies has let ScriptedSink sink go.") + 1
    line = figure.locator(".kh-hold", has_text="Dependencies holds ScriptedSink sink as event_client")
    figure.focus()
    shown.page.keyboard.press("Home")
    for _ in range(gone - 1):
        shown.page.keyboard.press("ArrowRight")
    assert line.get_attribute("data-state") == "there"
    shown.page.keyboard.press("ArrowRight")
    assert line.get_attribute("data-state") == "none"
    shown.page.keyboard.press("End")
    assert line.get_attribute("data-state") == "none"


def test_no_name_covers_another_or_a_box(show: Callable[..., Figures]) -> None:
    """A name that finds no room is shown only while its line is new."""
    for width in (*WIDTHS, 374):
        shown = show(KIND, width=width)
        assert (
            shown.page.evaluate("""() => {
            const boxes = [...document.querySelectorAll('.kh-field, .kh-box')].filter(each =>
                each.closest('.kh-graph') && each.checkVisibility({visibilityProperty: true}));
            const areas = boxes.map(each => [each.textContent, each.getBBox()]);
            const meet = (a, b) => a.x + 2 < b.x + b.width && b.x + 2 < a.x + a.width &&
                a.y + 4 < b.y + b.height && b.y + 4 < a.y + a.height;
            return areas.flatMap(([name, a], i) =>
                areas.slice(i + 1).filter(([, b]) => meet(a, b)).map(([other]) => [name, other]));
        }""")
            == []
        )


def test_the_flame_is_the_scrubber(show: Callable[..., Figures]) -> None:
    shown = show(KIND)
    figure = shown[KIND]
    every_step(figure)
    slider = figure.get_by_role("slider")
    box = slider.bounding_box()
    assert box is not None
    shown.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    length = len(figures()[KIND].storyboards["0"].scenes)
    assert step_of(figure) == pytest.approx(length / 2, abs=1)
    state = figures()[KIND].storyboards["0"].states()[step_of(figure)]
    assert figure.locator(".kh-bar[data-state=open]").count() == len(state["open"])
    assert slider.get_attribute("aria-valuetext") == figure.locator(".kg-sentence").inner_text().strip()


def test_it_plays_in_key_steps_and_pauses(show: Callable[..., Figures]) -> None:
    shown = show(KIND, motion="reduce")
    figure = shown[KIND]
    figure.get_by_role("button", name="play", exact=True).click()
    shown.page.clock.run_for(20000)
    assert step_of(figure) == len(figures()[KIND].storyboards["0"].scenes)


def test_without_a_script_there_is_the_poster_with_its_sentence(show: Callable[..., Figures]) -> None:
    shown = show(KIND, script=False)
    static = shown.page.locator(".kf-static")
    assert static.locator("img").is_visible()
    assert "StartRecordingToSink returns Watcher sink" in (static.locator("img").get_attribute("alt") or "")
    assert "StartRecordingToSink returns Watcher sink" in static.locator("p").nth(1).inner_text()
