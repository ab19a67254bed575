"""The word and the correlator in a browser with the network cut: drawn, played, stepped, dragged, printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator

from kevent.figures.storyboard import Storyboard
from kevent.figures.waitgroup_still import halves, sum_of
from tests.browser.bare import Figures, at_each_step
from tests.browser.checks import in_every_window
from tests.figures.correlator_books import Told
from tests.figures.scenarios import HOSTILE, figures

Show = Callable[..., Figures]
KINDS = ["waitgroup-word", "correlator-timeline"]


def board(kind: str, name: str = "") -> Storyboard:
    boards = figures()[kind].storyboards
    return boards[name] if name else next(iter(boards.values()))


def step_of(figure: Locator) -> int:
    return int(figure.get_attribute("data-step") or -1)


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


FACTS = """root => {
    const all = selector => [...root.querySelectorAll(selector)];
    const text = selector => root.querySelector(selector)?.textContent ?? '';
    const number = text => Number(text.replace('−', '-').replace('+', ''));
    const rows = all('.kw-half').map(row => [row.dataset.half,
        [...row.querySelectorAll('.kw-bit')].map(bit => bit.dataset.on).join(''),
        row.querySelector('.kw-small').textContent, number(row.nextElementSibling.textContent)]);
    const zones = all('.kw-zone').map(zone => [zone.dataset.zone,
        [...zone.querySelectorAll('.kw-chip')].map(chip => chip.dataset.goroutine)]);
    const slider = root.querySelector('.kp-time');
    return {
        step: Number(root.dataset.step), now: Number(slider.getAttribute('aria-valuenow')),
        most: Number(slider.getAttribute('aria-valuemax')), spoken: slider.getAttribute('aria-valuetext'),
        said: text('.kg-sentence'), meta: text('.kg-say .ks-meta'), line: text('.kg-line'), role: root.dataset.role,
        rows, zones, names: all('.kw-rows > text:not(.kw-small, .kw-number)').map(each => each.textContent),
        marks: all('.kw-mark').map(mark => mark.dataset.role), says: text('.kw-says'),
        tickets: all('.kw-zone .kw-ticket').length,
        changed: all('.kw-bit[data-changed=true]').length,
        slots: all('.ke-slot').map(slot => slot.dataset.state), count: text('.ke-count'), fate: text('.ke-fate'),
        how: all('.ke-bracket').map(bracket => bracket.dataset.how),
        differs: all('.ke-part').map(part => part.dataset.differs === 'true'),
        tokens: all('.ke-token').length, came: all('.ke-event:not([data-later])').map(mark => mark.dataset.outcome),
        objects: all('.ke-object').length,
        counts: all('.ke-stored .ke-bold').map(each => Number(each.textContent.slice(2))),
        table: all('.kg-other tbody tr').map(row => [...row.cells].map(cell => cell.textContent)),
        logged: all('.kg-other li[aria-current] > button > span').map(each => each.textContent),
    };
}"""


def facts(figure: Locator) -> Any:
    return figure.evaluate(FACTS)


def walk(figure: Locator) -> list[Any]:
    """The facts at every step, from the start."""
    return at_each_step(figure, FACTS)


@pytest.mark.parametrize("kind", KINDS)
@in_every_window
def test_a_figure_has_no_fault(show: Show, kind: str, theme: str, width: int) -> None:
    shown = show(kind, theme=theme, width=width, clock=False)
    for view in ("drawing", "table", "log", "drawing"):
        press(shown[kind], view)
        assert shown.visit.sideways() == []
        assert shown.visit.inaccessible() == []
    press(shown[kind], "forward")
    assert shown.visit.inaccessible() == []
    assert shown.visit.outside == shown.visit.errors == []


@pytest.mark.parametrize("width", [358, 736])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_drawn_beside_the_column(show: Show, kind: str, width: int) -> None:
    figure = show(kind, width=width + 16, clock=False)[kind]
    for key in ("Home", "End"):
        figure.press(key)
        out = figure.evaluate("""root => {
            const {left, right} = root.getBoundingClientRect();
            return [...root.querySelectorAll('svg :is(text, rect, path, circle)')].filter(each => {
                const box = each.getBoundingClientRect();
                return box.width && (box.left < left - 5 || box.right > right + 5);
            }).map(each => each.outerHTML.slice(0, 120));
        }""")
        assert out == []


def test_the_head_of_the_time_line_passes_behind_the_words(show: Show) -> None:
    figure = show("waitgroup-word", clock=False)["waitgroup-word"]
    assert figure.locator(".kp-time > .kp-head").count() == 1
    assert figure.locator(".kp-time > text:has(~ .kp-head)").count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_it_opens_at_the_poster_and_every_view_shows_every_step(show: Show, kind: str) -> None:
    figure, told = show(kind)[kind], board(kind)
    assert step_of(figure) == told.poster + 1
    for view in ("table", "log", "drawing"):
        press(figure, view)
        for number, seen in enumerate(walk(figure)):
            expected = told.scenes[number - 1].sentence if number else figures()[kind].opening
            assert seen["step"] == seen["now"] == number
            assert seen["said"] == seen["spoken"] == expected
            assert seen["meta"].startswith(f"step {number} of {len(told.scenes)} ")
            if view == "log" and number:
                assert seen["logged"] == [expected]
            if view == "table":
                assert seen["table"]


@pytest.mark.parametrize("name", ["0", "1"])
def test_the_rows_of_the_word_are_the_sums_that_python_told(show: Show, name: str) -> None:
    shown = show("waitgroup-word")
    figure, told = shown["waitgroup-word"], board("waitgroup-word", name)
    if name == "1":
        figure.get_by_role("button", name="one done too many").click()
    states = told.states()
    for state, seen in zip(states, walk(figure), strict=True):
        told_sum = sum_of(state)
        words = [word for _, word in told_sum.rows]
        found = {half: [row[1:] for row in seen["rows"] if row[0] == half] for half in ("counter", "waiters")}
        skipped = len(told_sum.agrees) == 1
        for half, place in (("counter", 0), ("waiters", 1)):
            wanted = words[1:] if skipped and place else words
            assert [number for _, _, number in found[half]] == [halves(word)[place] for word in wanted]
            for word, (low, rest, _) in zip(wanted, found[half], strict=True):
                bits = word >> 32 if not place else word & (1 << 32) - 1
                assert int(low, 2) == bits & 255
                assert rest == ("0 × 24" if not bits >> 8 else "1 × 24")
        assert seen["marks"].count("done") == sum(told_sum.agrees)
        assert seen["marks"].count("lost") + seen["marks"].count("wait") == (
            len(told_sum.agrees) - sum(told_sum.agrees) + bool(told_sum.bad)
        )
        if state["says"]:
            assert seen["says"].endswith(state["says"][1])


def test_everybody_is_on_the_board_and_the_semaphore_has_its_tickets(show: Show) -> None:
    figure, told = show("waitgroup-word")["waitgroup-word"], board("waitgroup-word")
    tickets = set()
    for state, seen in zip(told.states(), walk(figure), strict=True):
        where = {name: zone for zone, names in seen["zones"] for name in names}
        assert set(where) == set(state["goroutines"])
        for name in state["goroutines"]:
            code = state[f"g:{name}"][0]
            assert where[name] == ("end" if code == "idle" else code)
        assert seen["tickets"] == state["sema"]
        tickets.add(state["sema"])
    assert tickets == {0, 1}


def test_a_panic_keeps_the_rows_that_it_saw(show: Show) -> None:
    figure = show("waitgroup-word")["waitgroup-word"]
    figure.get_by_role("button", name="one done too many").click()
    seen = facts(figure)
    assert step_of(figure) == len(board("waitgroup-word", "1").scenes)
    assert seen["role"] == "lost"
    assert [row[3] for row in seen["rows"] if row[0] == "counter"] == [0, -1, -1]
    assert seen["marks"] == ["lost"]
    assert "what it saw" in seen["says"]


def test_the_line_that_runs_is_named_in_python_and_in_go(show: Show) -> None:
    figure = show("waitgroup-word")["waitgroup-word"]
    line = facts(figure)["line"]
    assert line.startswith("worker-bword = self._state.add(")
    assert re.search(r"waitgroup\.py:\d+", line)
    assert "waitgroup.go:64" in line
    figure.press("Home")
    assert facts(figure)["line"] == ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_names_its_lines_or_says_why_there_is_none(show: Show, kind: str) -> None:
    """With lines of Go on the page, and without."""
    for go, missing in ((True, 0), (False, 1)):
        figure = show(kind, go=go)[kind]
        for number, seen in enumerate(walk(figure)):
            if not number:
                continue
            assert re.search(r"\.py:\d+|the scenario:\d+|no line takes this step", seen["line"]), seen
            if "no line takes" not in seen["line"]:
                assert re.search(r"\.go:\d+|no line of Go: ", seen["line"]), seen
            assert seen["line"].count("no Go module was at hand") == (missing if ".go:" in seen["line"] else 0)


def test_the_memory_of_every_version_is_there_at_once(show: Show) -> None:
    shown = show("waitgroup-word")
    layouts = shown.page.locator(".kw-layout")
    assert layouts.count() == 5
    assert layouts.locator(".kw-struct").count() == 7
    assert "[3]uint32" in layouts.nth(1).inner_text()
    assert layouts.nth(4).locator(".kw-flag").count() == 1
    starts = shown.page.evaluate("""() => [...document.querySelectorAll('.kw-struct')].map(each => {
        const word = each.querySelector('.kw-word').getBBox().x + 0.5;
        return [...each.querySelectorAll('.kw-edge')].some(edge => Math.abs(edge.getBBox().x - word) < 1);
    })""")
    assert starts == [True] * 7  # the word begins at an address that eight divides, wherever the struct does


def test_each_event_gets_its_three_answers(show: Show) -> None:
    figure, told = show("correlator-timeline")["correlator-timeline"], board("correlator-timeline")
    done = [Told(*entry) for entry in told.state["done"]]
    events = told.start["events"]
    for number, seen in enumerate(walk(figure)):
        if not number:
            assert (seen["count"], seen["tokens"]) == ("–", 25)
            continue
        each = done[number - 1]
        assert seen["count"] == f"× {each.times}"
        assert seen["slots"].count("in") + seen["slots"].count("new") == len(each.group) - (each.gone >= 0)
        assert seen["slots"].count("gone") == (each.gone >= 0)
        assert len(seen["slots"]) == 10
        assert seen["tokens"] == int(each.after / 1000 + 0.0005)
        fate = {"written": "count ", "counted": "survives", "lost": "Nothing else"}[each.fate]
        assert fate in seen["fate"]
        before = done[number - 2] if number > 1 else None
        assert seen["how"] == [
            "first" if before is None else "same" if one == other else "other"
            for one, other in zip(each.keys, before.keys if before else each.keys, strict=True)
        ]
        parts, last = events[number - 1][2:], events[number - 2 if number > 1 else 0][2:]
        assert seen["differs"] == [one != other for one, other in zip(parts, last, strict=True)]


def test_the_chart_holds_what_came_and_what_is_stored(show: Show) -> None:
    figure, told = show("correlator-timeline")["correlator-timeline"], board("correlator-timeline")
    done = [Told(*entry) for entry in told.state["done"]]
    assert figure.locator(".ke-chart").get_attribute("data-way") == "marks"
    for number, seen in enumerate(walk(figure)):
        assert seen["came"] == [each.outcome.split()[0] for each in done[:number]]
        latest: dict[int, int] = {}
        for each in done[:number]:
            if each.outcome != "filtered":
                latest[each.object] = each.times
        assert seen["counts"] == list(latest.values())[-12:]
        assert seen["objects"] == min(len(latest), 12)


def test_where_marks_would_touch_runs_are_bars_with_their_number(show: Show) -> None:
    figure = show("correlator-timeline", width=390)["correlator-timeline"]
    assert figure.locator(".ke-chart").get_attribute("data-way") == "bars"
    many = figure.locator(".ke-event").evaluate_all("bars => bars.map(bar => Number(bar.dataset.many))")
    assert many == [25, 15]


@pytest.mark.parametrize("kind", KINDS)
def test_buttons_step_play_and_pause(show: Show, kind: str) -> None:
    shown = show(kind)
    figure, told = shown[kind], board(kind)
    stops = [number for number, scene in enumerate(told.scenes, 1) if scene.key]
    figure.press("Home")
    press(figure, "forward")
    press(figure, "forward")
    assert step_of(figure) == stops[1]
    press(figure, "back")
    assert step_of(figure) == stops[0]
    press(figure, "all steps")
    press(figure, "forward")
    assert step_of(figure) == stops[0] + 1
    press(figure, "key steps")
    press(figure, "play")
    shown.page.clock.run_for(12_000)
    assert step_of(figure) == len(told.scenes)
    assert figure.get_by_role("button", name="play", exact=True).count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_keys_do_all_that_buttons_do_and_the_focus_stays(show: Show, kind: str) -> None:
    shown = show(kind)
    figure = shown[kind]
    keys = shown.page.keyboard
    length = len(board(kind).scenes)
    figure.locator(".kp-time").focus()
    inside = ".kg :focus, .kg:focus"
    for key, at in {"End": length, "Shift+ArrowLeft": length - 1, "Home": 0, "Shift+ArrowRight": 1}.items():
        keys.press(key)
        assert step_of(figure) == at
        assert shown.page.locator(inside).count() == 1
    for key, view in {"2": "table", "3": "log", "1": "drawing"}.items():
        keys.press(key)
        assert figure.get_by_role("button", name=view, exact=True).get_attribute("aria-pressed") == "true"
        assert shown.page.locator(inside).count() == 1
    keys.press("a")
    assert figure.get_by_role("button", name="all steps").get_attribute("aria-pressed") == "true"
    for key in (" ", "k"):
        keys.press(key)
        assert figure.get_by_role("button", name="pause", exact=True).count() == 1
        keys.press(key)
        assert figure.get_by_role("button", name="play", exact=True).count() == 1
    keys.press("?")
    assert figure.locator(".kp-keys").is_visible()
    keys.press("3")
    figure.locator(".kg-other li button").nth(2).focus()
    keys.press("Enter")
    assert step_of(figure) == 3
    assert shown.page.locator(inside).count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_chart_can_be_dragged(show: Show, kind: str) -> None:
    shown = show(kind)
    figure = shown[kind]
    press(figure, "all steps")
    figure.locator(".kp-time").scroll_into_view_if_needed()
    box = figure.locator(".kp-time").bounding_box()
    assert box is not None
    mouse, y = shown.page.mouse, box["y"] + 30
    mouse.move(box["x"] + box["width"] / 3, y)
    mouse.down()
    first = step_of(figure)
    mouse.move(box["x"] + box["width"] - 2, y, steps=5)
    assert 0 < first < step_of(figure) == len(board(kind).scenes)
    mouse.move(box["x"], y, steps=5)
    mouse.up()
    assert step_of(figure) == 0
    mouse.move(box["x"] + box["width"] / 2, y)
    assert step_of(figure) == 0


def test_a_parameter_picks_a_stored_run_and_keeps_the_place(show: Show) -> None:
    figure = show("correlator-timeline")["correlator-timeline"]
    boards = figures()["correlator-timeline"].storyboards

    def choose(label: str, value: str) -> None:
        figure.get_by_role("group", name=label).get_by_role("button", name=value, exact=True).click()

    choose("burst size", "5")
    assert step_of(figure) == boards["1,0"].poster + 1  # from poster to poster
    figure.press("Shift+ArrowRight")
    at = step_of(figure)
    choose("max events", "4")
    assert step_of(figure) == at
    assert figure.locator(".ks-note").inner_text() == "same place"
    assert facts(figure)["said"] == boards["1,1"].scenes[at - 1].sentence
    assert len(facts(figure)["slots"]) == 4


def test_a_hostile_message_stays_text(show: Show) -> None:
    shown = show(*KINDS)
    figure = shown["correlator-timeline"]
    for view in ("table", "log", "drawing"):
        press(figure, view)
        figure.press("End")
    assert HOSTILE in facts(figure)["said"]
    assert HOSTILE in figure.locator(".ke-part").last.inner_text().replace("\n", "")
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.locator(".kg :is(img, script)").count() == 0
    assert shown.visit.errors == shown.visit.outside == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_stops_when_it_leaves_the_screen_or_the_page_is_hidden(show: Show, kind: str) -> None:
    shown = show(html=figures()[kind].html() + '<div style="height: 6000px"></div>', clock=False)
    figure = shown[kind]
    press(figure, "play")
    shown.page.evaluate("scrollTo(0, 5000)")
    figure.get_by_role("button", name="play", exact=True).wait_for(state="attached")
    shown.page.evaluate("scrollTo(0, 0)")
    press(figure, "play")
    shown.page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', {value: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    assert figure.get_by_role("button", name="play", exact=True).count() == 1


@pytest.mark.ci
@pytest.mark.parametrize("kind", KINDS)
def test_reduced_motion_means_steps_without_movement(show: Show, kind: str) -> None:
    for motion, most in (("reduce", 0), ("no-preference", 9)):
        figure = show(kind, motion=motion, clock=False)[kind]
        figure.press("Home")
        moving = []
        for _ in range(6):
            figure.press("Shift+ArrowRight")
            moving.append(figure.evaluate("root => root.getAnimations({subtree: true}).length"))
        assert (sum(moving) > 0) is (most > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_is_live_but_silent_while_it_plays(show: Show, kind: str) -> None:
    figure = show(kind)[kind]
    assert figure.locator(".kg-say").get_attribute("aria-live") == "polite"
    press(figure, "play")
    assert figure.locator(".kg-say").get_attribute("aria-live") == "off"
    press(figure, "pause")
    assert figure.locator(".kg-say").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_script_and_on_paper_there_are_the_poster_and_the_key_steps(show: Show, kind: str) -> None:
    told = board(kind)
    keys = [scene.sentence for scene in told.scenes if scene.key]
    bare, printed = show(kind, script=False), show(kind)
    printed.page.emulate_media(media="print")
    for shown in (bare, printed):
        static = shown.page.locator(".kf-static")
        assert static.locator("img").is_visible()
        assert static.locator("p").nth(1).inner_text().endswith(told.scenes[told.poster].sentence)
        assert static.locator("ol li").all_inner_texts() == keys
        assert static.locator("ul li").count() == (5 if kind == "waitgroup-word" else 0)
        assert not shown.page.locator(".kg-bar").is_visible()


def test_two_figures_do_not_disturb_each_other(show: Show) -> None:
    shown = show(*KINDS)
    word, correlator = (shown[kind] for kind in KINDS)
    before = step_of(correlator)
    word.press("End")
    assert step_of(correlator) == before
    ids = shown.page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
