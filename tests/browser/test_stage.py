"""The stage in a browser with the network cut: one step everywhere, played, stepped, asked why, compared, printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator

from kevent.figures import EventFlow
from kevent.figures.sources import lines_of
from kevent.figures.storyboard import Storyboard
from kevent.versions import sides
from tests.browser.bare import Figures, at_each_step
from tests.browser.checks import by_keyboard, in_every_window
from tests.figures.scenarios import HOSTILE, crowd, figures, slow_watcher, unreachable_sink

Show = Callable[..., Figures]

FACTS = """root => {
    const all = selector => [...root.querySelectorAll(selector)];
    const text = selector => root.querySelector(selector)?.textContent ?? '';
    const tokens = all('.ks-token').map(each => [each.dataset.place, Number(each.dataset.event), each.dataset.look]);
    const rows = all('table tbody tr').map(row => [...row.cells].map((cell, i) =>
        i === 1 || i > 2 && i < 5 ? [...cell.querySelectorAll('.kp-event')].map(each => Number(each.dataset.event))
        : cell.firstChild?.textContent ?? ''));
    const lit = language => all(`.kp-pane[data-language=${language}] [data-runs=now]`).map(row => row.dataset.line);
    return {
        at: Number(root.dataset.step), now: Number(root.querySelector('.kp-time').getAttribute('aria-valuenow')),
        meta: text('.ks-meta'), said: text('.ks-sentence'),
        spoken: root.querySelector('.kp-time').getAttribute('aria-valuetext'),
        label: root.querySelector('.ks-draw')?.getAttribute('aria-label') ?? '', tokens, rows,
        logged: all('.ks-log li[data-step][aria-current] > button > span').map(each => each.textContent),
        fold: all('.ks-log li[data-from][aria-current]')
            .map(each => [Number(each.dataset.from), Number(each.dataset.to)]),
        go: lit('go'), python: lit('python'), values: all('[data-runs=now] .kp-values').map(each => each.textContent),
        why: all('.kp-why:not([hidden])').map(each => each.textContent),
        role: root.dataset.role, causes: all('.ks-chain li[data-role]').map(each => each.textContent),
        current: text('.ks-chain li[aria-current]'), note: text('.ks-note'),
    };
}"""


def facts(stage: Locator) -> Any:
    return stage.evaluate(FACTS)


def board(name: str = "0,0,0") -> Storyboard:
    return figures()["event-flow"].storyboards[name]


def choose(stage: Locator, label: str, value: str) -> None:
    stage.get_by_role("group", name=label, exact=True).get_by_role("button", name=value, exact=True).click()


def opened(shown: Figures) -> Locator:
    return shown["event-flow"]


# --- one step everywhere ---


def test_it_opens_paused_on_the_first_loss(show: Show) -> None:
    seen = facts(opened(show("event-flow")))
    poster = board().poster
    assert seen["at"] == seen["now"] == poster + 1
    assert seen["said"] == seen["spoken"] == seen["label"] == board().scenes[poster].sentence
    assert seen["role"] == "lost"
    assert seen["values"] == ["slow 2 of 2: event 3 lost"] * 2


def test_all_views_show_the_same_step_at_every_step(show: Show) -> None:
    """The sentence, the time line, drawing, table, log and the lines that run, against what Python told."""
    stage = opened(show("event-flow", motion="reduce"))
    told, data = board(), figures()["event-flow"].data
    states = told.states()
    table = lines_of([data])["figures"][0]
    steps = [data["pool"][number] for number in data["runs"]["0,0,0"]["steps"]]
    for view in ("2", "3", "1"):
        stage.press(view)
        walked = at_each_step(stage, FACTS)
        assert len(walked) == len(told.scenes) + 1
        for step, seen in enumerate(walked[1:], 1):
            scene, state = told.scenes[step - 1], states[step]
            assert seen["at"] == seen["now"] == step
            assert seen["said"] == seen["spoken"] == scene.sentence
            assert seen["meta"].startswith(f"step {step} of {len(told.scenes)}")
            if view == "1":
                assert seen["label"] == scene.sentence
                agree_with_the_drawing(seen["tokens"], state)
                agree_with_the_lines(seen, steps[step - 1], table)
            elif view == "2":
                agree_with_the_table(seen["rows"], state)
            else:
                assert seen["logged"] == [scene.sentence] or seen["fold"][0][0] <= step <= seen["fold"][0][1]


def agree_with_the_drawing(tokens: list[Any], state: dict[str, Any]) -> None:
    keys = ["q:", "door", "h:", "x:"] + [f"{key}:{name}" for name in ("fast", "slow") for key in "qhxlf"]
    for key in keys:
        assert sorted(event for place, event, _ in tokens if place == key) == sorted(state[key]), key
    looks = {"l": "lost", "x": "lost", "f": "done", "q": ""}
    assert all(look == looks.get(place[0], look) for place, _, look in tokens)


def agree_with_the_table(rows: list[Any], state: dict[str, Any]) -> None:
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["incoming queue"][0] == state["q:"]
    assert by_name["loop"][0] == state["h:"]
    for name in ("fast", "slow"):
        assert by_name[f"queue of {name}"][0] == state[f"q:{name}"]
        assert by_name[f"queue of {name}"][2] == state[f"x:{name}"]
        assert (by_name[name][0], by_name[name][2], by_name[name][3]) == (
            state[f"h:{name}"], state[f"l:{name}"], state[f"f:{name}"],
        )  # fmt: skip


def agree_with_the_lines(seen: Any, step: list[Any], table: Any) -> None:
    moment = step[5] - 1 if len(step) > 5 else -1
    for language, found in (("python", table["python"]), ("go", table["go"]["1.14"])):
        lines = found[moment] if moment >= 0 else []
        if not lines:
            assert seen[language] == []
            assert seen["why"]
            continue
        where, number = lines[0]
        runs = f"{where.partition('#')[0] if language == 'go' else where}:{number}"
        # A line that is in no module of client-go's, as those of sync are, lights the line that calls it, too.
        assert seen[language] == [runs] or (runs.startswith("waitgroup.go:") and seen[language][-1] == runs)


def test_where_there_is_no_go_the_pane_names_the_lines_and_says_why(show: Show) -> None:
    stage = opened(show("event-flow", go=False))
    pane = stage.locator(".kp-pane[data-language=go]")
    assert "no Go module was at hand" in pane.inner_text()
    assert facts(stage)["go"] == ["mux.go:227"]
    assert "mux.go:227" in stage.locator(".ks-chain").inner_text()


def go_to(stage: Locator, kind: str) -> None:
    """To the first step of a kind."""
    number = next(n for n, scene in enumerate(board().scenes, 1) if scene.line.kind == kind)
    stage.press("Home")
    for _ in range(number):
        stage.press("Shift+ArrowRight")


@pytest.mark.ci
def test_where_a_line_of_go_is_in_no_module_the_line_that_calls_it_runs_and_the_pane_leads_there(show: Show) -> None:
    stage = opened(show("event-flow", motion="reduce"))
    go_to(stage, "shutdown waits")
    seen = facts(stage)
    assert sorted(seen["go"]) == ["mux.go:200", "waitgroup.go:130"]
    assert seen["why"] == ["waitgroup.go:130 is of golang/go at go0, not of client-go: read it there."]
    link = stage.locator(".kp-why a")
    assert link.get_attribute("href") == "https://example.test/waitgroup.go#L130"
    texts = stage.locator(".kp-pane[data-language=go] [data-runs=now]").evaluate_all(
        "rows => rows.map(row => [row.dataset.line, ...[2, 3].map(i => row.children[i].textContent.trim() !== '')])"
    )
    assert sorted(texts) == [["mux.go:200", True, True], ["waitgroup.go:130", False, False]]
    link.focus()
    stage.page.keyboard.press("Shift+ArrowLeft")  # the link goes
    assert facts(stage)["why"] == []
    assert stage.evaluate("() => document.activeElement.matches('.kp-pane')")


# --- causes, lines, counts ---


def test_the_chain_of_a_loss_stays_while_one_visits_it(show: Show) -> None:
    stage = opened(show("event-flow"))
    before = facts(stage)
    assert before["causes"][-3].startswith("event 2 → slow 2 of 2")
    assert before["causes"][-2] == "default branchmux.go:227"
    assert before["current"].startswith("slow 2 of 2: event 3 lost")
    links = stage.locator(".ks-chain li[data-role] button")
    first = links.first
    first.focus()
    first.press("Enter")
    visited = facts(stage)
    assert visited["at"] == int(first.get_attribute("data-step") or 0) < before["at"]
    assert (visited["causes"], visited["current"]) == (before["causes"], before["causes"][0])
    assert first.evaluate("element => element === document.activeElement")
    links.nth(links.count() - 1).click()
    assert facts(stage)["at"] == before["at"]
    stage.press("Shift+ArrowRight")
    assert facts(stage)["causes"] != before["causes"]


def test_a_line_leads_to_its_next_step_and_back(show: Show) -> None:
    stage = opened(show("event-flow"))
    line = stage.locator('.kp-pane[data-language=go] .kp-line[data-line="mux.go:227"]')
    losses = [n for n, scene in enumerate(board().scenes, 1) if scene.line.role == "lost"]
    assert line.locator(".kp-count").inner_text() == f"{len(losses)}×"
    line.click()
    assert facts(stage)["at"] == losses[1]
    line.click(modifiers=["Shift"])
    line.click(modifiers=["Shift"])
    assert facts(stage)["at"] == losses[-1]  # around the end
    line.focus()
    line.press("Enter")
    assert facts(stage)["at"] == losses[0]
    line.press("ArrowDown")
    assert stage.evaluate("root => document.activeElement.closest('.kp-pane').dataset.language") == "go"


def test_what_no_step_comes_near_is_folded_and_opens(show: Show) -> None:
    stage = opened(show("event-flow"))
    fold = stage.locator(".kp-fold").first
    hidden = int(fold.inner_text().split()[1])
    before = stage.locator(".kp-line").count()
    fold.click()
    assert stage.locator(".kp-line").count() == before + hidden
    assert stage.evaluate("() => document.activeElement.matches('.kp-line')")


def test_a_fold_has_a_head_and_a_foot_and_never_a_line_that_a_step_takes(show: Show) -> None:
    stage = opened(show("event-flow"))
    for language in ("go", "python"):
        pane = stage.locator(f".kp-pane[data-language={language}]")
        shown = pane.evaluate("""pane => [...pane.querySelectorAll(':is(.kp-line, .kp-fold)')]
            .map(each => each.matches('.kp-fold') ? Number(each.textContent.match(/[0-9]+/)[0]) : each.dataset.line)""")
        assert [type(each) for each in shown].count(int) > 1
        assert all(each > 3 for each in shown if isinstance(each, int))
        data = figures()["event-flow"].data
        found = lines_of([data])["figures"][0][language]
        table = found["1.14"] if language == "go" else found
        steps = [data["pool"][number] for number in data["runs"]["0,0,0"]["steps"]]
        stacks = [table[step[5] - 1] for step in steps if len(step) > 5 and step[5]]
        lines = {f"{where.partition('#')[0]}:{number}" for stack in stacks for where, number in stack}
        assert len(lines) > 10
        assert lines <= set(shown)


# --- the address ---

NAME = "figure-one-slow-watcher"


def address(shown: Figures) -> str:
    shown.page.clock.run_for(1000)
    return str(shown.page.evaluate("location.hash"))


def test_the_address_follows_the_reader_and_opens_the_same_step_of_the_same_run(show: Show) -> None:
    shown = show("event-flow", motion="reduce")
    stage = opened(shown)
    assert address(shown) == ""  # nobody has done anything
    stage.press("Shift+ArrowRight")
    assert address(shown) == f"#{NAME}?step={board().poster + 2}"
    choose(stage, "when full", "wait")
    choose(stage, "slow", "0.02")
    for key in ("3", "g", "a", "End"):
        stage.press(key)
    told = address(shown)
    assert told == f"#{NAME}?step={len(board('0,1,1').scenes)}&when_full=wait&slow=0.02&view=log&code=go&steps=all"
    again = opened(show("event-flow", motion="reduce", fragment=told))
    assert {**facts(again), "note": ""} == {**facts(stage), "note": ""}
    assert again.get_by_role("button", name="all steps").get_attribute("aria-pressed") == "true"
    assert again.locator(".kp-pane").count() == 1


def test_the_address_keeps_a_comparison(show: Show) -> None:
    shown = show("event-flow", motion="reduce")
    stage = opened(shown)
    stage.get_by_role("button", name="compare two values of when full").click()
    stage.press("n")
    told = address(shown)
    assert told.endswith("&compare=when_full&with=wait")
    again = opened(show("event-flow", motion="reduce", fragment=told))
    both = [{**facts(each), "tokens": sorted(facts(each)["tokens"])} for each in (again, stage)]
    assert both[0] == both[1]
    assert again.locator(".ks-panel").count() == 2


@pytest.mark.parametrize(
    "wrong",
    ["step=9999", "step=-1", "step=one", "step=3&when_full=maybe", "step=3&compare=nothing&with=1",
     "step=3&compare=slow", "step=3&compare=when_full&with=drop", "step=3&view=cube", "step=3&code=rust",
     "step=3&steps=some"],
)  # fmt: skip
def test_an_address_that_means_nothing_leads_to_the_poster(show: Show, wrong: str) -> None:
    seen = facts(opened(show("event-flow", motion="reduce", fragment=f"#{NAME}?{wrong}")))
    assert seen["at"] == board().poster + 1
    assert seen["said"] == board().scenes[board().poster].sentence


def test_a_link_on_the_page_moves_the_figure_and_that_of_another_figure_does_not(show: Show) -> None:
    shown = show("event-flow", motion="reduce")
    stage = opened(shown)
    go = """hash => new Promise(done => {
        addEventListener('hashchange', () => done(), {once: true});
        location.hash = hash;
    })"""
    shown.page.evaluate(go, f"#{NAME}?step=5")
    assert facts(stage)["at"] == 5
    shown.page.evaluate(go, "#figure-of-somebody-else?step=7")
    assert facts(stage)["at"] == 5
    shown.page.evaluate(go, f"#{NAME}?step=9999")
    assert facts(stage)["at"] == board().poster + 1
    assert shown.visit.errors == []


def test_while_it_plays_the_address_rests(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    stage.press(" ")
    shown.page.clock.run_for(2000)
    assert facts(stage)["at"] > 0
    assert shown.page.evaluate("location.hash") == ""
    stage.press(" ")
    assert address(shown) == f"#{NAME}?step={facts(stage)['at']}"


# --- the release ---


def test_the_badge_says_which_release_the_run_answers_like(show: Show) -> None:
    figure = EventFlow(
        slow_watcher,
        {"queue_length": [2, 1, 4]},
        title="Three",
        answers_like=lambda queue_length: {2: "1.14", 1: "1.27", 4: ""}[queue_length],
    )
    stage = opened(show(html=figure.html()))
    badge = stage.locator(".ks-badge")
    assert badge.inner_text() == "answers like client-go 1.14"
    choose(stage, "queue length", "1")
    assert badge.inner_text() == "answers like client-go 1.27"
    assert facts(stage)["go"]  # the lines of the release that the book reads, where it knows no others
    stage.press("c")
    assert badge.inner_text() == "answers like client-go 1.27 | no release"


def test_the_badge_switches_the_release_and_compares_two(show: Show) -> None:
    before, since = sides("sending")
    grid: dict[str, list[Any]] = {"failures": [2, 0], "release": [before, since]}
    shown = show(html=EventFlow(unreachable_sink, grid, title="Two").html(), motion="reduce")
    stage = opened(shown)
    badge = stage.locator(".ks-badge")
    assert badge.inner_text().split() == ["answers", "like", "client-go", before, since, "compare"]
    assert stage.locator(".ks-badge select").count() == 0  # nobody here runs others
    stage.press("Home")
    stage.press("ArrowRight")
    assert facts(stage)["go"][0].startswith(("mux.go:", "event.go:"))
    choose(stage, "client-go", since)
    assert facts(stage)["go"][0].startswith(("mux.go@newest:", "event.go@newest:", "events_cache.go@newest:"))
    assert f"release={since}" in address(shown)
    stage.press("v")
    assert [meta.split(" · ")[0] for meta in stage.locator(".ks-panel .ks-meta").all_inner_texts()] == [since, before]
    assert set(stage.locator(".kp-pane[data-language=go] .kp-file b").all_inner_texts()) <= FILES
    assert f"compare=release&with={before}" in address(shown)
    stage.press("c")  # another comparison takes its place
    assert [meta.split(" · ")[0] for meta in stage.locator(".ks-panel .ks-meta").all_inner_texts()] == ["2", "0"]
    choose(stage, "client-go", before)
    assert stage.locator(".ks-panel").count() == 2
    stage.press("c")
    assert stage.locator(".ks-panel").count() == 1
    assert shown.visit.errors == []


FILES = {"mux.go", "event.go", "events_cache.go", "waitgroup.go"}


def test_a_release_alone_is_no_switch(show: Show) -> None:
    figure = EventFlow(slow_watcher, {"queue_length": [2, 1], "release": ["1.14"]}, title="One release")
    stage = opened(show(html=figure.html()))
    badge = stage.locator(".ks-badge")
    assert badge.inner_text() == "answers like client-go 1.14"
    assert badge.locator("button").count() == 0
    stage.press("v")
    assert stage.locator(".ks-panel").count() == 1


# --- parameters, comparison ---


def test_a_parameter_keeps_the_place_and_says_so(show: Show) -> None:
    stage = opened(show("event-flow"))
    choose(stage, "when full", "wait")
    seen = facts(stage)
    assert seen["note"] == "same place: event 3 at slow"
    assert seen["said"].startswith("The loop wants to put event 3 on the queue of slow: full (2 of 2).")
    choose(stage, "queue length", "4")
    assert "event 3" in facts(stage)["note"] or "nearest step" in facts(stage)["note"]


@pytest.mark.ci
def test_two_runs_are_compared_on_one_playhead(show: Show) -> None:
    stage = opened(show("event-flow", motion="reduce"))
    stage.get_by_role("button", name="compare two values of when full").click()
    panels = stage.locator(".ks-panel")
    assert panels.count() == 2
    metas = panels.locator(".ks-meta").all_inner_texts()
    assert [meta.split(" · ")[0] for meta in metas] == ["drop", "wait"]
    said = panels.locator(".ks-sentence").all_text_contents()
    assert said[0].startswith("The loop offers event 3 to slow")
    assert said[1].startswith("The loop wants to put event 3")
    assert sorted(facts(stage)["go"]) == ["mux.go:227", "mux.go:232"]
    count = stage.locator('.kp-line[data-line="mux.go:227"] .kp-count').inner_text()
    assert count.endswith("|0×")
    ends = [len(board(name).scenes) for name in ("0,0,0", "0,1,0")]
    stage.press("End")
    for panel, end in zip(panels.all(), ends, strict=True):
        assert f"step {end} of {end}" in panel.locator(".ks-meta").inner_text()
    steps: list[set[str]] = [set(), set()]
    stage.press("Home")
    for _ in range(int(stage.locator(".kp-time").get_attribute("aria-valuemax") or 0)):
        stage.press("Shift+ArrowRight")
        for r, panel in enumerate(panels.all()):
            steps[r].add(panel.locator(".ks-meta").inner_text().split(" · ")[1])
    assert [len(each - {f"step 0 of {end}"}) for each, end in zip(steps, ends, strict=True)] == ends
    choose(stage, "when full", "wait")
    assert panels.count() == 1
    assert facts(stage)["meta"].startswith(f"step {ends[1]} of")


def test_comparing_three_values_takes_two_of_them(show: Show) -> None:
    stage = opened(show("event-flow"))
    stage.press("c")
    names = lambda: [each.split(" · ")[0] for each in stage.locator(".ks-meta").all_inner_texts()[:2]]  # noqa: E731
    assert names() == ["2", "1"]
    choose(stage, "queue length", "4")
    assert names() == ["2", "4"]
    stage.press("c")
    assert stage.locator(".ks-panel").count() == 1


# --- play, keys, focus ---


@pytest.mark.ci
def test_play_goes_through_the_key_steps_and_ends(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    stage.press(" ")
    assert facts(stage)["at"] == 0
    seen = set()
    for _ in range(100):
        shown.page.clock.run_for(100)
        seen.add(facts(stage)["at"])
    assert {n for n, scene in enumerate(board().scenes, 1) if scene.key} <= seen
    assert facts(stage)["at"] == len(board().scenes)
    assert stage.get_by_role("button", name="play", exact=True).count() == 1


def test_every_key_does_what_it_says(show: Show) -> None:
    stage = opened(show("event-flow"))
    keys = [n for n, scene in enumerate(board().scenes, 1) if scene.key]
    stage.press("Home")
    assert facts(stage)["at"] == 0
    stage.press("ArrowRight")
    assert facts(stage)["at"] == keys[0]
    stage.press("Shift+ArrowRight")
    stage.press("Shift+ArrowLeft")
    stage.press("ArrowRight")
    stage.press("ArrowLeft")
    assert facts(stage)["at"] == keys[0]
    stage.press("a")
    stage.press("ArrowRight")
    assert facts(stage)["at"] == keys[0] + 1
    stage.press("n")
    assert facts(stage)["role"] in ("lost", "wait")
    stage.press("End")
    assert facts(stage)["at"] == len(board().scenes)
    for key, language in {"g": ["go"], "p": ["python"], "b": ["go", "python"]}.items():
        stage.press(key)
        panes = stage.locator(".kp-pane").evaluate_all("all => all.map(each => each.dataset.language)")
        assert panes == language
    stage.press("w")
    assert stage.locator(".ks-chain").is_hidden()
    stage.press("?")
    assert stage.locator(".kp-keys").is_visible()
    stage.press("Escape")
    assert stage.locator(".kp-keys").is_hidden()


ONE_OF_EACH_KIND = """root => {
    const kinds = new Set();
    for (const each of root.querySelectorAll("button, summary, [tabindex='0']")) {
        const many = each.closest("li, tr") || each.matches("[data-line]");
        const kind = [each.tagName, each.className, each.parentElement.className, many ? "" : each.textContent].join();
        if (each.checkVisibility() && !kinds.has(kind)) each.dataset.first = kinds.add(kind).size;
    }
}"""
"""Mark one of each kind of what can have the focus: a line of code is one, and so is an entry of the log."""


@pytest.mark.ci
def test_the_focus_never_falls_to_the_body(show: Show) -> None:
    stage = opened(show("event-flow"))
    stage.get_by_role("button", name="log").click()
    stage.evaluate(ONE_OF_EACH_KIND)
    focusable = stage.locator("[data-first]:visible")
    assert focusable.count() > 20
    for number in range(focusable.count()):
        each = focusable.nth(number)
        if not each.count():
            break
        each.focus()
        each.press("Enter")
        for key in ("ArrowRight", "ArrowLeft"):
            stage.page.keyboard.press(key)
            assert stage.evaluate("root => root.contains(document.activeElement)"), each


def test_all_is_reached_with_the_tab_key(show: Show) -> None:
    shown = show("event-flow", clock=False)
    assert by_keyboard(shown.visit) == {}


def test_the_time_line_is_dragged_and_snaps_to_key_steps(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    box = stage.locator(".kp-time").bounding_box()
    assert box is not None
    keys = [n for n, scene in enumerate(board().scenes, 1) if scene.key]
    at = box["x"] + 12 + keys[2] / len(board().scenes) * (box["width"] - 24)
    shown.page.mouse.move(at + 5, box["y"] + 30)
    shown.page.mouse.down()
    assert facts(stage)["at"] == keys[2]
    shown.page.mouse.move(box["x"], box["y"] + 30, steps=3)
    shown.page.mouse.up()
    assert facts(stage)["at"] == 0
    shown.page.mouse.move(box["x"] + 400, box["y"] + 30)
    assert facts(stage)["at"] == 0


def test_a_token_leads_to_the_step_that_put_it_there(show: Show) -> None:
    stage = opened(show("event-flow", motion="reduce"))
    stage.press("End")
    stage.locator(".ks-token[data-look=lost]").first.click()
    assert facts(stage)["role"] == "lost"
    assert facts(stage)["at"] == board().poster + 1


def test_it_stops_when_the_page_is_hidden(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    stage.press(" ")
    shown.page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', {value: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    shown.page.clock.run_for(3000)
    assert facts(stage)["at"] == 0


def test_a_voice_hears_the_sentence_but_not_while_it_plays(show: Show) -> None:
    stage = opened(show("event-flow"))
    talk = stage.locator(".ks-talk")
    assert talk.get_attribute("aria-live") == "polite"
    stage.press(" ")
    assert talk.get_attribute("aria-live") == "off"
    stage.press(" ")
    assert talk.get_attribute("aria-live") == "polite"


MOVEMENTS = """root => {
    window.movements = 0;
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (...how) { window.movements += 1; return animate.apply(this, how); };
    root.addEventListener("transitionrun", () => { window.movements += 1; });
}"""
"""Count what begins to move from now on: on a busy machine it has ended before anybody looks."""


@pytest.mark.ci
def test_reduced_motion_means_steps_without_movement(show: Show) -> None:
    for motion, moves in (("reduce", False), ("no-preference", True)):
        stage = opened(show("event-flow", motion=motion))
        stage.evaluate(MOVEMENTS)
        stage.press("Home")
        for _ in range(8):
            stage.press("Shift+ArrowRight")
        assert stage.locator(".ks-token").count()
        assert bool(stage.evaluate("window.movements")) is moves


# --- looks: no fault, phone, paper, no script ---


@in_every_window
def test_it_has_no_fault(show: Show, width: int, theme: str) -> None:
    shown = show("event-flow", theme=theme, width=width, clock=False, motion="reduce")
    stage = opened(shown)
    for keys in ("", "2", "3", "1c"):
        for key in keys:
            stage.press(key)
        assert shown.visit.sideways() == []
        assert shown.visit.inaccessible() == []
    assert shown.visit.outside == shown.visit.errors == []


def test_what_is_open_follows_the_room_until_the_reader_chooses(show: Show) -> None:
    """A notebook may measure a figure before it has its place: what was narrow once has both panes when it is wide."""
    shown = show("event-flow", width=390, motion="reduce")
    stage = opened(shown)
    languages = "all => all.map(each => each.dataset.language)"
    widths = {390: ["go"], 1280: ["go", "python"], 500: ["go"], 1100: ["go", "python"], 900: ["go"]}
    for width, panes in widths.items():
        shown.page.set_viewport_size({"width": width, "height": 900})
        shown.page.wait_for_function("n => document.querySelectorAll('.kp-pane').length === n", arg=len(panes))
        assert stage.locator(".kp-pane").evaluate_all(languages) == panes
        assert stage.locator("[data-runs=now]").count() == len(panes)
    stage.press("p")
    shown.page.set_viewport_size({"width": 390, "height": 900})
    shown.page.set_viewport_size({"width": 1280, "height": 900})
    assert stage.locator(".kp-pane").evaluate_all(languages) == ["python"]


def test_on_a_phone_sentence_line_and_time_line_stay_in_sight(show: Show) -> None:
    shown = show("event-flow", width=390, height=844, html=figures()["event-flow"].html() + "<p>after</p>" * 40)
    stage = opened(shown)
    for share in (0.1, 0.5):
        stage.evaluate("(root, share) => scrollTo(0, root.offsetTop + root.offsetHeight * share - 200)", share)
        for part in (".ks-mini .ks-sentence", ".kp-time", ".kp-play", ".ks-mini button"):
            box = stage.locator(part).bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= box["y"] + box["height"] <= 844, part
    assert stage.locator(".ks-mini button").inner_text() == "mux.go:227"
    assert stage.locator(".ks-mini .ks-sentence").text_content() == board().scenes[board().poster].sentence


def test_on_paper_there_are_the_poster_its_causes_and_the_lit_lines(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    shown.page.emulate_media(media="print")
    for part in (".ks-talk .ks-sentence", ".ks-chain", ".ks-draw"):
        assert stage.locator(part).is_visible(), part
    lines = stage.locator(".kp-line:visible").evaluate_all("all => all.map(each => each.dataset.runs)")
    assert set(lines) == {"now", "caller"}
    assert lines.count("now") == 2
    for part in (".kp-buttons", ".kp-time", ".ks-why", ".kp-choices"):
        assert stage.locator(part).first.is_hidden(), part


def test_without_a_script_there_are_the_poster_its_causes_and_the_lines(show: Show) -> None:
    shown = show("event-flow", script=False)
    static = shown.page.locator(".kf-static")
    assert static.locator("img").is_visible()
    sentence = board().scenes[board().poster].sentence
    assert sentence in (static.locator("img").get_attribute("alt") or "")
    text = static.inner_text()
    assert text.count(sentence) == 2  # as the poster's, and among the key steps
    assert "mux.go:227" in text
    assert "try_send_many" in text
    assert shown.page.locator(".ks").count() == 0


def test_a_hostile_message_stays_text(show: Show) -> None:
    shown = show("event-flow")
    stage = opened(shown)
    for key in ("2", "3", "1", "c", "End"):
        stage.press(key)
    assert HOSTILE in (stage.locator(".ks-token title").first.text_content() or "")
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.locator(".ks :is(img, script, b b, code b)").count() == 0
    assert "<b>227</b>" in (stage.locator('.kp-line[data-line="mux.go:227"] code').text_content() or "")
    assert shown.visit.errors == shown.visit.outside == []


@pytest.mark.ci
def test_a_crowd_is_drawn_whole_and_plays_on(show: Show) -> None:
    shown = show(html=EventFlow(crowd).html(), clock=False)
    stage = opened(shown)
    assert stage.locator(".ks-box").count() == 10  # one sender, the loop, eight readers
    stage.press("a")
    stage.press("Home")
    stage.press(" ")
    stage.locator(".ks-meta", has_text=re.compile(r"step [6-9] of")).first.wait_for()
    stage.press(" ")
    assert shown.visit.errors == []
