"""Figures in a browser with the network cut: seen, played, stepped, dragged, asked, printed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator

from kevent.models.museum.models import add_inside
from kevent.simulation import explore
from tests.browser.bare import Figures
from tests.browser.checks import WIDTHS
from tests.figures.scenarios import figures

KINDS = ["call-chain", "pick-the-schedule"]
"""The figures in the common frame; the others have tests of their own."""


def step_of(figure: Locator) -> int:
    return int(figure.get_attribute("data-step") or -1)


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_figure_has_no_fault(show: Callable[..., Figures], kind: str, theme: str, width: int) -> None:
    shown = show(kind, theme=theme, width=width, clock=False)
    for _ in range(5):
        press(shown[kind], "Step forward")
    shown[kind].locator("summary").last.click()
    assert shown.visit.outside == shown.visit.errors == []
    assert shown.visit.sideways() == []
    assert shown.visit.inaccessible() == []


@pytest.mark.parametrize("kind", KINDS)
def test_at_twice_the_size_nothing_sticks_out(show: Callable[..., Figures], kind: str) -> None:
    shown = show(kind, width=640)
    assert shown.visit.sideways() == []


RECORDED = [kind for kind in KINDS if kind != "pick-the-schedule"]


@pytest.mark.parametrize("kind", RECORDED)
def test_buttons_step_play_and_pause(show: Callable[..., Figures], kind: str) -> None:
    shown = show(kind)
    figure = shown[kind]
    length = len(next(iter(figures()[kind].storyboards.values())).scenes)
    press(figure, "Step forward")
    press(figure, "Step forward")
    press(figure, "Step back")
    assert step_of(figure) == 1
    press(figure, "Play")
    shown.page.clock.run_for(1900)
    assert step_of(figure) == 4
    press(figure, "Pause")
    shown.page.clock.run_for(5000)
    assert step_of(figure) == 4
    press(figure, "To the end")
    assert step_of(figure) == length
    press(figure, "Step forward")
    assert step_of(figure) == length
    press(figure, "To the start")
    assert step_of(figure) == 0


@pytest.mark.parametrize("kind", RECORDED)
def test_the_keyboard_does_all_that_the_buttons_do(show: Callable[..., Figures], kind: str) -> None:
    shown = show(kind)
    figure = shown[kind]
    figure.locator(".kf-view").focus()
    assert figure.locator(".kf-view").evaluate("e => e.matches(':focus-visible')")
    keys = shown.page.keyboard
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        keys.press(key)
    assert step_of(figure) == 1
    keys.press(" ")
    shown.page.clock.run_for(700)
    assert step_of(figure) == 2
    keys.press(" ")
    shown.page.clock.run_for(5000)
    assert step_of(figure) == 2
    keys.press("End")
    assert step_of(figure) == len(next(iter(figures()[kind].storyboards.values())).scenes)
    keys.press("Home")
    assert step_of(figure) == 0
    figure.get_by_label("Step", exact=True).focus()
    keys.press("ArrowRight")
    assert step_of(figure) == 1


def test_the_time_line_can_be_dragged(show: Callable[..., Figures]) -> None:
    shown = show("call-chain")
    box = shown["call-chain"].locator(".kf-range").bounding_box()
    assert box is not None
    mouse = shown.page.mouse
    mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + 10, steps=4)
    middle = step_of(shown["call-chain"])
    mouse.move(box["x"] + box["width"] / 4, box["y"] + 10, steps=4)
    mouse.up()
    length = len(next(iter(figures()["call-chain"].storyboards.values())).scenes)
    assert middle == pytest.approx(length / 2, abs=3)
    assert step_of(shown["call-chain"]) == pytest.approx(length / 4, abs=3)


VIEWS = """() => [...document.querySelectorAll('.kf')].map(figure => {
    const all = selector => [...figure.querySelectorAll(selector)];
    const shown = selector => all(selector).filter(each => each.dataset.state !== 'none');
    all('details').forEach(each => each.open = true);
    const last = figure.querySelector('.kf-log li:last-child');
    return {
        step: Number(figure.dataset.step),
        said: figure.querySelector('.kf-sentence').textContent,
        logged: last.textContent,
        number: last.value,
        label: figure.querySelector('.kf-stage svg').getAttribute('aria-label'),
        rows: all('.kf-table tbody tr').map(row => [...row.cells].map(cell => cell.textContent)),
        tokens: all('.kf-event').map(event => [event.dataset.place, event.dataset.event]),
        calls: shown('.kf-call').length,
        objects: shown('.kf-object').length,
    };
})"""


def drawn_as_tabled(kind: str, view: dict) -> None:
    """The drawing and the table of one moment say the same."""
    if kind == "call-chain":
        what = [row[0] for row in view["rows"]]
        assert (view["calls"], view["objects"]) == (what.count("call"), what.count("object"))


@pytest.mark.parametrize("kind", RECORDED)
def test_the_three_views_agree_at_every_step(show: Callable[..., Figures], kind: str) -> None:
    shown = show(kind)
    scenes = next(iter(figures()[kind].storyboards.values())).scenes
    shown.page.evaluate(VIEWS)  # opens the table
    for number in range(len(scenes) + 1):
        view = shown.page.evaluate(VIEWS)[0]
        assert view["step"] == view["number"] == number
        expected = scenes[number - 1].sentence if number else figures()[kind].opening
        assert view["said"] == view["logged"] == view["label"] == expected
        drawn_as_tabled(kind, view)
        press(shown[kind], "Step forward")


def test_a_hostile_message_stays_text(show: Callable[..., Figures]) -> None:
    shown = show(*KINDS)
    for kind in RECORDED:
        press(shown[kind], "To the end")
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.locator(".kf img, .kf script").count() == 0
    assert shown.visit.errors == shown.visit.outside == []


def test_two_figures_do_not_disturb_each_other_but_share_their_speed(show: Callable[..., Figures]) -> None:
    shown = show("call-chain", "pick-the-schedule")
    word, flow = shown["call-chain"], shown["pick-the-schedule"]
    press(word, "Play")
    shown.page.clock.run_for(1300)
    assert (step_of(flow), step_of(word)) == (0, 2)
    flow.get_by_label("speed").select_option("4")
    assert word.get_by_label("speed").input_value() == "4"
    ids = shown.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    shown.page.reload()
    assert flow.get_by_label("speed").input_value() == "4"


def test_a_figure_stops_when_it_leaves_the_screen(show: Callable[..., Figures]) -> None:
    shown = show(html=figures()["call-chain"].html() + '<div style="height: 4000px"></div>', clock=False)
    figure = shown["call-chain"]
    figure.get_by_label("speed").select_option("0.25")
    press(figure, "Play")
    shown.page.evaluate("scrollTo(0, 3000)")
    figure.get_by_role("button", name="Play", exact=True).wait_for(state="attached")


def test_a_figure_stops_when_the_page_is_hidden(show: Callable[..., Figures]) -> None:
    shown = show("call-chain")
    press(shown["call-chain"], "Play")
    shown.page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', {value: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    shown.page.clock.run_for(3000)
    assert step_of(shown["call-chain"]) == 0


def test_reduced_motion_means_steps_without_movement(show: Callable[..., Figures]) -> None:
    still, moving = show("call-chain", motion="reduce"), show("call-chain")
    for shown in (still, moving):
        for _ in range(12):
            press(shown["call-chain"], "Step forward")
    assert still["call-chain"].get_attribute("data-mode") == "step"
    assert moving["call-chain"].get_attribute("data-mode") == "play"


def test_the_log_is_live_but_silent_while_it_plays(show: Callable[..., Figures]) -> None:
    shown = show("call-chain")
    log = shown["call-chain"].locator(".kf-lines")
    assert log.get_attribute("aria-live") == "polite"
    press(shown["call-chain"], "Play")
    assert log.get_attribute("aria-live") == "off"
    press(shown["call-chain"], "Pause")
    assert log.get_attribute("aria-live") == "polite"


def test_without_a_script_there_is_the_first_frame_and_the_log(show: Callable[..., Figures]) -> None:
    shown = show("call-chain", script=False)
    static = shown.page.locator(".kf-static")
    assert static.locator("img").is_visible()
    assert static.locator("li").count() == len(next(iter(figures()["call-chain"].storyboards.values())).scenes)
    assert shown.page.locator(".kf").count() == 0


def test_on_paper_there_is_the_first_frame_and_the_whole_log(show: Callable[..., Figures]) -> None:
    shown = show("call-chain")
    figure = shown["call-chain"]
    press(figure, "To the end")
    shown.page.emulate_media(media="print")
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    scenes = next(iter(figures()["call-chain"].storyboards.values())).scenes
    assert figure.locator(".kf-log li").all_inner_texts()[1:] == [scene.sentence for scene in scenes]
    assert step_of(figure) == 0
    assert figure.locator(".kf-bar").is_hidden()


def test_the_reader_finds_every_outcome_by_picking_who_goes_next(show: Callable[..., Figures]) -> None:
    figure = show("pick-the-schedule")["pick-the-schedule"]
    found = figure.locator(".kf-found")
    all_of_them = len(explore(add_inside, progress=False))
    assert found.locator("p").inner_text() == f"0 of {all_of_them} outcomes found, {all_of_them} still hidden."
    figure.get_by_role("button", name="let it run").click()
    assert found.locator("p").inner_text() == f"1 of {all_of_them} outcomes found, {all_of_them - 1} still hidden."
    figure.get_by_role("button", name="start over").click()
    # Always the last who can: the workers race past each other.
    for _ in range(60):
        options = figure.locator("[data-option]")
        if not options.count():
            break
        before = step_of(figure)
        options.last.click()
        assert step_of(figure) > before
    assert figure.locator(".kf-sentence").inner_text().startswith("The end: ")
    # Back in time, another choice: what came after is forgotten.
    figure.get_by_label("Step", exact=True).fill("1")
    length = figure.locator(".kf-range").get_attribute("max")
    figure.locator("[data-option]").first.click()
    assert int(figure.locator(".kf-range").get_attribute("max") or 0) < int(length or 0)
    figure.get_by_role("button", name="play it again").first.click()
    assert step_of(figure) == 0
