"""Every stage on every page of the built book: each step lights its lines, and the views of a step agree."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from kevent.figures import build
from tests.browser.conftest import Tour, Visit
from tests.site.built import SITE, pages, some_weekly

WITHOUT = {"over", "left behind", "error"}
"""The kinds of steps that no line need take: the run has ended."""

WALK = """() => [...document.querySelectorAll('.kevent-figure[data-kind=event-flow] .ks')].map(root => {
    const data = JSON.parse(root.parentNode.querySelector('script').textContent);
    const all = selector => [...root.querySelectorAll(selector)];
    const press = (key, shiftKey = false) =>
        root.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true}));
    const numbers = cell => [...cell.querySelectorAll('.kp-event')].map(each => Number(each.dataset.event));
    const walk = (key, look) => {
        press(key);
        press('Home');
        const found = [];
        for (let step = 1; step <= length; step++) {
            press('ArrowRight', true);
            const said = root.querySelector('.ks-sentence').textContent;
            found.push({step, at: Number(root.dataset.step), said, ...look()});
        }
        return found;
    };
    const [name] = Object.keys(data.runs);
    const {length} = data.runs[name].steps;
    const opened = Number(root.dataset.step);
    const bet = Boolean(root.closest('.opening')?.querySelector('.self-check:not(.answered)'));
    press('b');
    return {
        opened, bet, length, poster: data.runs[name].poster + 1,
        kinds: data.runs[name].steps.map(number => data.texts[data.pool[number][0]][2]),
        drawing: walk('1', () => ({
            label: root.querySelector('.ks-draw').getAttribute('aria-label'),
            tokens: all('.ks-token').map(each => [each.dataset.place, Number(each.dataset.event)]),
            labels: all('.ks-draw .ks-label').map(each => each.textContent),
            python: all('.kp-pane[data-language=python] [data-runs=now]').length,
            go: all('.kp-pane[data-language=go] [data-runs=now]').length,
            why: all('.kp-why:not([hidden])').length,
        })),
        table: walk('2', () => ({rows: all('tbody tr').map(row => [row.cells[0].firstChild.textContent,
            numbers(row.cells[1]), numbers(row.cells[3]), numbers(row.cells[4])])})),
        log: walk('3', () => ({line: root.querySelector('.ks-log [aria-current]')?.dataset ?? null})),
    };
})"""


def with_stages() -> list[str]:
    """The pages with whole stages, each of a run of its own: the landing's shows no code, the tour's share one run."""
    html = {page: (SITE / page).read_text(encoding="utf-8") for page in pages() if page != "index.html"}
    return [page for page, text in html.items() if 'data-kind="event-flow"' in text and "data-recording=" not in text]


@pytest.fixture(
    scope="module",
    params=some_weekly(with_stages(), ("book/05_full_channel.html", "book/10_record_to_sink.html")),
)
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    return tour.open(request.param, width=1280)


def test_there_are_stages() -> None:
    assert {"book/05_full_channel.html", "book/10_record_to_sink.html"} <= set(with_stages())


def test_at_every_step_the_views_agree_and_the_lines_are_lit(opened: Visit) -> None:
    stages = opened.page.evaluate(WALK)
    assert stages
    for number, stage in enumerate(stages):
        lit = 0
        assert stage["opened"] == stage["poster"] - stage["bet"]  # before a bet is made, one step before its answer
        for drawn, tabled, logged in zip(stage["drawing"], stage["table"], stage["log"], strict=True):
            where = f"stage {number}, step {drawn['step']}"
            assert drawn["at"] == tabled["at"] == logged["at"] == drawn["step"], where
            assert drawn["said"] == tabled["said"] == logged["said"] == drawn["label"] != "", where
            line = logged["line"]
            first, last = (int(line.get(key, line.get("step", 0))) for key in ("from", "to"))
            assert first <= drawn["step"] <= last, where
            agree(drawn["tokens"], {row[0]: row[1:] for row in tabled["rows"]}, drawn["labels"], where)
            assert drawn["python"] or (drawn["why"] and stage["kinds"][drawn["step"] - 1] in WITHOUT), where
            assert drawn["go"] or drawn["why"], where
            lit += drawn["go"]
        assert lit >= 0.95 * stage["length"]
    assert opened.errors == opened.outside == []


def agree(tokens: list[Any], rows: dict[str, Any], labels: list[str], where: str) -> None:
    """What is drawn is what the table lists; of what has no place in the drawing, its label says how many."""
    held = {place: [event for at, event in tokens if at == place] for place, _ in tokens}
    hidden = [int(found[1]) for label in labels if (found := re.search(r"\(\+(\d+)\)$", label))]
    missing = []
    for name, (inside, lost, done) in rows.items():
        queue = name.removeprefix("queue of ")
        key = {"incoming queue": "q:", "loop": "h:"}.get(name)
        if name.startswith("queue of "):
            key = f"q:{queue}"
            assert set(held.get(f"x:{queue}", [])) <= set(lost), where
        elif key is None and f"queue of {name}" in rows:
            key = f"h:{name}"
            assert set(held.get(f"f:{name}", [])) <= set(done), where
            assert len(held.get(f"f:{name}", [])) == len(done) or len(done) > 9, where
        if key is None:
            continue
        drawn = held.get(key, [])
        assert drawn == inside[: len(drawn)], (where, name)
        missing += [len(inside) - len(drawn)] if key.startswith("q") and len(inside) > len(drawn) else []
    assert sorted(missing) == sorted(hidden), where


def test_the_chain_of_the_landings_first_loss_ends_at_the_full_queue_and_the_default_branch(
    visit: Callable[..., Visit],
) -> None:
    page = visit("index.html").page
    links = page.locator(".ks-chain li[data-role]").all_text_contents()
    assert links[-3].startswith("event 3 → sink 3 of 3")
    assert links[-2] == "default branchmux.go:286"
    assert links[-1].startswith("sink 3 of 3: event 4 lost")
    assert not page.locator(".kp-pane").first.is_visible()  # its code stands in chapter 5


def test_a_moment_of_the_tour_wakes_when_the_reader_is_near_and_opens_where_it_says(
    visit: Callable[..., Visit],
) -> None:
    page = visit("book/tour.html").page
    figure = page.locator("#figure-no-token-left")
    assert figure.get_attribute("data-alive") is None
    assert "used up its budget" in figure.locator(".kf-static").inner_text()
    figure.scroll_into_view_if_needed()
    stage = figure.locator(".ks")
    stage.wait_for()
    assert stage.get_attribute("data-step") == figure.get_attribute("data-opens")
    assert "no token" in (stage.locator(".ks-chain").text_content() or "")


def test_a_page_loads_the_script_of_its_first_figure_and_the_others_as_the_reader_comes_near() -> None:
    for path in pages():
        html = (SITE / path).read_text(encoding="utf-8")
        kinds = re.findall(r'class="kevent-figure" data-kind="([\w-]+)"', html)
        loaded = re.findall(r'<script [^>]*src="[^"]*/?_static/([\w-]+)\.js', html)
        assert [name for name in loaded if name in build.BUNDLES] == list(
            build.bundles_of(kinds[0]) if kinds else ()
        ), path
        for kind, late in re.findall(r'class="kevent-figure" data-kind="([\w-]+)"[^>]* data-scripts="([^"]*)"', html):
            brought = re.findall(r"([\w-]+)\.js", late)
            assert set(build.bundles_of(kind)) == {*brought, *(set(loaded) & set(build.bundles_of(kind)))}, path
            for address in late.split():
                assert (SITE / path).parent.joinpath(address.partition("?")[0]).resolve().is_file(), address


# --- every step of every run: its lines, or why there is none ---

EXCERPTS = "() => JSON.parse(document.getElementById('go-lines')?.textContent ?? '{}')"

# By figure and release: a step's lines depend on its moment and on the release alone, so each moment of each kind is
# looked at in the first run that has it, and counted in all.
LINES = """async () => {
    const found = [];
    for (const root of document.querySelectorAll('.kevent-figure[data-kind=event-flow]')) {
        const data = JSON.parse(root.querySelector('script').textContent), stage = root.querySelector('.ks');
        const known = new Map();
        for (const [name, run] of Object.entries(data.runs)) {
            const fresh = [];
            run.steps.forEach((number, i) => {
                const kind = data.texts[data.pool[number][0]][2];
                const key = `${run.release} ${kind} ${data.pool[number][5] ?? 0}`;
                if (!known.has(key)) {
                    known.set(key, {run: `${root.id} ${name}`, step: i + 1, kind, count: 0});
                    fresh.push(known.get(key));
                }
                known.get(key).count++;
            });
            if (!fresh.length) continue;
            const places = name.split(',');
            const values = data.parameters.map(({name, values}, i) => [name, values[places[i]]]);
            const told = new URLSearchParams([['step', 1], ['view', 'log'], ['code', 'both'], ...values]);
            await new Promise(done => {
                addEventListener('hashchange', done, {once: true});
                location.hash = `${root.id}?${told}`;
            });
            for (const each of fresh) {
                stage.querySelector(`.ks-log li[data-step="${each.step}"] > button`).click();
                const pane = language => stage.querySelector(`.kp-pane[data-language=${language}]`);
                const lit = language => [...pane(language).querySelectorAll('[data-runs=now]')];
                const text = language => lit(language).map(row => row.querySelector('code').textContent.trim());
                const why = language => pane(language).querySelector('.kp-why:not([hidden])')?.textContent ?? '';
                Object.assign(each, {
                    at: Number(stage.dataset.step), python: text('python'), go: text('go'),
                    inFold: lit('go').concat(lit('python')).filter(row => !row.checkVisibility()).length,
                    why: {go: why('go'), python: why('python')},
                });
            }
        }
        found.push(...known.values());
    }
    return found;
}"""

NO_GO = {
    **dict.fromkeys(WITHOUT, "No line runs here"),
    "sink given up": "at 1.14 a shutdown does not reach who waits for a next try; it does since 1.27",
}
"""The kinds of steps without a line of Go in this book, and what the pane says there.

The run is over; or kevent does what later releases do. What client-go waits for in Go's own sync package, which is no
module of its, has there its number alone, and lights the line of client-go that calls it.
"""
CALLED = {"shutdown waits": "waitgroup.go:130 is of golang/go at go1.11.5, not of client-go"}


def test_every_step_of_every_run_has_its_lines_or_says_why_not(opened: Visit) -> None:
    if "'missing': 'absent'" in str(opened.page.evaluate(EXCERPTS)):
        assert os.environ.get("CI") != "true"
        pytest.skip("the site was built without the Go lines: `make html` brings them")
    steps = opened.page.evaluate(LINES)
    stages: dict[str, list[Any]] = {}
    for step in steps:
        stages.setdefault(step["run"].split()[0], []).append(step)
        where = f"{step['run']}, step {step['step']}, {step['kind']}"
        assert step["at"] == step["step"], where
        assert step["inFold"] == 0, where
        if step["kind"] in WITHOUT:
            assert step["python"] or step["why"]["python"], where
        else:
            assert len(step["python"]) == 1, where
            assert step["python"][0], where
            assert step["why"]["python"] == "", where
        with_text = [text for text in step["go"] if text]
        step["lit"] = len(with_text) == 1
        said = CALLED if step["lit"] else NO_GO
        assert said.get(step["kind"], "") in step["why"]["go"], where
        assert (step["kind"] in said) == (step["why"]["go"] != ""), where
        assert len(step["go"]) - len(with_text) == (step["kind"] in CALLED), where
    assert stages
    for stage, found in stages.items():
        lit = sum(step["count"] for step in found if step["lit"])
        assert lit >= 0.95 * sum(step["count"] for step in found), stage
    assert opened.errors == []


# --- the whole window ---

PLACES = """() => [...document.querySelectorAll('.kevent-figure[data-kind=event-flow]')].map(root => {
    const box = selector => root.querySelector(selector).getBoundingClientRect().toJSON();
    const panes = [...root.querySelectorAll('.kp-pane')];
    return {band: root.getBoundingClientRect().toJSON(), stage: box('.ks'), left: box('.ks-left'),
        code: box('.ks-code'), panes: panes.map(pane => pane.getBoundingClientRect().toJSON()),
        languages: panes.map(pane => pane.dataset.language)};
})"""
GUTTERS = {1680: 44, 1280: 32, 1100: 32, 820: 20, 390: 16}


def test_a_stage_leaves_the_column_for_the_window(opened: Visit) -> None:
    page = opened.page
    for width in GUTTERS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("document.documentElement.clientWidth === innerWidth")
        page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
        assert opened.sideways() == [], width
        stages = page.evaluate(PLACES)
        assert stages
        for number, stage in enumerate(stages):
            where = f"stage {number}, {width} wide"
            assert (stage["band"]["left"], stage["band"]["right"]) == (0, width), where
            assert stage["stage"]["width"] == min(width, 1640) - 2 * GUTTERS[width], where
            assert stage["stage"]["left"] == (width - stage["stage"]["width"]) / 2, where
            if width < 1100:
                assert len(stage["panes"]) == 1, where
                assert stage["panes"][0]["width"] == stage["left"]["width"], where
                continue
            assert stage["left"]["right"] < stage["code"]["left"], where
            assert stage["left"]["width"] / stage["code"]["width"] == pytest.approx(1.28, abs=0.01), where
            go, python = stage["panes"]
            assert stage["languages"] == ["go", "python"], where
            assert go["bottom"] < python["top"], where
            if width == 1280:
                assert stage["stage"]["height"] <= 800, where


IN_SIGHT = """async root => {
    const box = element => element.getBoundingClientRect(), stage = root.querySelector('.ks');
    const press = (key, shiftKey = false) =>
        stage.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true}));
    root.scrollIntoView();
    await new Promise(requestAnimationFrame);
    const hidden = [], from = scrollY, end = Number(root.querySelector('.kp-time').getAttribute('aria-valuemax'));
    for (const language of ['g', 'p']) {
        press(language);
        press('Home');
        for (let step = 1; step <= end; step++) {
            press('ArrowRight', true);
            const pane = root.querySelector('.kp-pane');
            const row = pane.querySelector('[data-runs=now]:has(.kp-values > span)');
            const foot = Math.min(box(pane).bottom, box(root.querySelector('.kp-player')).top, innerHeight);
            const above = [...pane.querySelectorAll('.kp-file')].filter(file => box(file).top <= box(pane).top + 2);
            const head = Math.max(box(pane).top, ...above.map(file => box(file).bottom)); // names of files stay on top
            if (row && (box(row).top < head - 1 || box(row).bottom > foot))
                hidden.push([language, step, box(row).top, head, foot]);
        }
    }
    return {hidden, panes: root.querySelectorAll('.kp-pane').length, scrolled: scrollY - from,
        both: root.querySelector('.ks-code [data-value=both]').checkVisibility()};
}"""


@pytest.mark.ci
def test_in_one_column_the_running_line_is_in_sight_above_the_player_at_every_step(opened: Visit) -> None:
    page = opened.page
    page.set_viewport_size({"width": 820, "height": 800})
    page.wait_for_function("document.documentElement.clientWidth === innerWidth")
    page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
    for number, figure in enumerate(page.locator(".kevent-figure[data-kind=event-flow]").all()):
        seen = figure.evaluate(IN_SIGHT)
        assert seen == {"hidden": [], "panes": 1, "scrolled": 0, "both": False}, f"stage {number}"
    page.set_viewport_size({"width": 1280, "height": 900})


SIDE_BY_SIDE = 895
"""Pixels that a comparison may be high in a window 1280 wide, with its two drawings one above the other."""


def test_a_comparison_is_no_higher_than_it_was_designed(opened: Visit) -> None:
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    for number, stage in enumerate(opened.page.locator(".kevent-figure[data-kind=event-flow] .ks").all()):
        stage.press("1")
        if stage.locator(".ks-panel").count() == 1:  # some open so
            stage.press("c")
        assert stage.locator(".ks-panel").count() == 2
        height = stage.evaluate("stage => stage.getBoundingClientRect().height")
        assert height <= SIDE_BY_SIDE, f"stage {number}"


def test_the_last_recorded_value_is_compared_with_another_recorded_one_and_needs_no_python(
    visit: Callable[..., Visit],
) -> None:
    page = visit("book/08_recorder.html#figure-four-events-in-a-row-a-goroutine-for-each?release=1.21").page
    stage = page.locator(".kevent-figure[data-kind=event-flow] .ks").first
    assert stage.locator(".ks-panel").count() == 1
    stage.press("c")
    assert stage.locator(".ks-panel").count() == 2


def test_the_lists_of_contents_give_way_to_a_stage_and_come_back_to_the_focus(visit: Callable[..., Visit]) -> None:
    page = visit("book/05_full_channel.html").page
    faded = "getComputedStyle(document.querySelector('.side')).opacity"
    assert page.evaluate(faded) == "1"
    stage = page.locator(".kevent-figure[data-kind=event-flow] .ks")
    stage.evaluate("stage => stage.scrollIntoView()")
    page.wait_for_function(f"{faded} === '0'")
    on_top = """([x, y]) => document.elementFromPoint(x, y).closest('.ks, .kevent-figure') !== null"""
    assert page.evaluate(on_top, [20, 400])
    page.locator(".side a").nth(3).focus()
    page.wait_for_function(f"{faded} === '1'")
    assert not page.evaluate(on_top, [20, 400])
    stage.locator(".kp-play").focus()
    page.wait_for_function(f"{faded} === '0'")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function(f"{faded} === '1'")


def test_a_list_that_a_stage_covers_in_part_comes_on_top_with_the_focus(visit: Callable[..., Visit]) -> None:
    page = visit("book/tour.html").page
    page.evaluate("scrollTo(0, 300)")
    assert page.evaluate("getComputedStyle(document.querySelector('.side')).opacity") == "1"
    covered = page.evaluate_handle("""() => {
        const {top} = document.querySelector('.kevent-figure').getBoundingClientRect();
        return [...document.querySelectorAll('.side a')].find(link =>
            link.getBoundingClientRect().top > top && link.checkVisibility());
    }""")
    link = covered.as_element()
    assert link
    reached = "link => link.contains(document.elementFromPoint(60, link.getBoundingClientRect().top + 8))"
    page.mouse.move(900, 20)
    assert not link.evaluate(reached)
    link.focus()
    assert link.evaluate(reached)


COVERED = """() => [...document.querySelectorAll('.ks-draw')].flatMap((drawing, stage) => {
    const box = element => element.getBoundingClientRect();
    const beside = (one, other) => one.left >= other.right || other.left >= one.right;
    const over = (one, other) => !beside(one, other) && one.top < other.bottom && other.top < one.bottom;
    const drawn = [...drawing.querySelectorAll('.ks-pile, .ks-tray, .ks-token > :is(rect, path)')]
        .filter(each => each.checkVisibility());
    return drawn.filter(each => each.matches('.ks-pile')).flatMap(label => drawn
        .filter(other => other !== label && over(box(label), box(other)))
        .map(other => `stage ${stage}: ${label.textContent}, ${other.outerHTML.slice(0, 60)}`));
})"""


@pytest.mark.parametrize("path", ["book/tour.html", "index.html"])
def test_how_many_are_lost_and_done_is_never_covered(visit: Callable[..., Visit], path: str) -> None:
    page = visit(path).page
    for width in (1680, 1280, 1000, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("document.documentElement.clientWidth === innerWidth")
        page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
        assert page.locator(".ks-pile").count() > 0
        assert page.evaluate(COVERED) == [], width
