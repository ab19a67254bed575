"""Every stage on every page of the built book: each step lights its lines, and the views of a step agree."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import Tour, Visit
from tests.site.built import SITE, pages

WIDTHS = (1680, 1280, 820, 390)
WITHOUT = {"over", "left behind", "error"}
"""The kinds of steps that no line need take: the run has ended."""

WALK = """() => [...document.querySelectorAll('.ks')].map(root => {
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
    press('b');
    return {
        opened, length, poster: data.runs[name].poster + 1,
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
    return [page for page in pages() if 'data-kind="event-flow"' in (SITE / page).read_text(encoding="utf-8")]


@pytest.fixture(scope="module", params=with_stages())
def opened(tour: Tour, request: pytest.FixtureRequest) -> Visit:
    return tour.open(request.param, width=1280)


def test_there_are_stages() -> None:
    assert {"index.html", "book/05_full_channel.html", "book/10_record_to_sink.html"} <= set(with_stages())


def test_at_every_step_the_views_agree_and_the_lines_are_lit(opened: Visit) -> None:
    stages = opened.page.evaluate(WALK)
    assert stages
    for number, stage in enumerate(stages):
        lit = 0
        assert stage["opened"] == stage["poster"]
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


def test_the_chain_of_the_landings_first_loss_ends_at_the_full_queue_and_the_default_branch(tour: Tour) -> None:
    page = tour.open("index.html", width=1280).page
    links = page.locator(".ks-chain li[data-role]").all_text_contents()
    assert links[-3].startswith("event 3 → sink 3 of 3")
    assert links[-2] == "default branchmux.go:227"
    assert links[-1].startswith("sink 3 of 3: event 4 lost")
    page.locator(".ks-chain li[data-role] button").nth(-2).click()
    line = page.locator(".kp-pane[data-language=go] [data-runs=now]")
    assert line.get_attribute("data-line") == "mux.go:227"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_with_a_stage_scrolls_sideways(tour: Tour, width: int) -> None:
    for path in with_stages():
        assert tour.open(path, width=width).sideways() == [], path


def test_a_page_loads_the_scripts_of_its_figures_alone() -> None:
    for path in pages():
        html = (SITE / path).read_text(encoding="utf-8")
        kinds = set(re.findall(r'class="kevent-figure" data-kind="([\w-]+)"', html))
        loaded = set(re.findall(r'src="[^"]*/?_static/(figures|stage|plate)\.js', html))
        wanted = {"stage" if kind == "event-flow" else "plate" for kind in kinds}
        assert loaded == (wanted | {"figures"} if wanted else set()), path
