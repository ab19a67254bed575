"""The bet beside the figure at a chapter's head: nothing that the figure shows tells how it ends, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit, load
from tests.site.built import SITE, pages, some_weekly

BET = '<div class="opening-bet">'
PLAYED = "book/12_every_interleaving.html"
"""Where the figure has no run of its own: the reader makes it."""

RUN = """() => {
    const data = JSON.parse(document.querySelector('.opening .kevent-figure script').textContent);
    const name = data.parameters.map(({values}, i) => data.at[i]).join() || '0';
    const {poster, steps} = data.runs[name];
    return {poster: (poster ?? steps.length - 1) + 1, length: steps.length};
}"""

SHOWN = """() => {
    const root = document.querySelector('.opening .ks');
    const all = selector => [...root.querySelectorAll(selector)];
    const box = element => element.getBoundingClientRect();
    const middle = element => {
        const {left, right} = box(element);
        return element.tagName === 'rect' ? left : (left + right) / 2; // a bar begins where its first event is
    };
    const [head] = all('.kp-time :is(.kp-head, .ke-head)');
    const now = middle(head) + 1;
    const at = Number(root.dataset.step);
    const press = key => root.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    const marks = all(`.kp-time :is([data-role=lost], [data-role=wait], [data-role=done])`);
    const curves = all('.kp-time :is(.ks-depth, .ks-plateau, .kw-line, .ke-curve, .ke-area)');
    const long = curves.filter(each => each.getBBox().width && !each.getAttribute('d').match(/^M\\d+ 8h16$/));
    press('3');
    const logged = all('.ks-log li[data-step]').filter(entry => !entry.closest('[hidden]'));
    press('1');
    const counted = all('.kp-pane[data-language=python] .kp-count').map(each => parseInt(each.textContent) || 0);
    return {
        at, logged: Math.max(0, ...logged.map(entry => Number(entry.dataset.step))),
        marks: marks.length, early: marks.filter(mark => middle(mark) > now).length,
        beyond: long.filter(curve => box(curve).right > now + 2).length,
        counted: counted.reduce((sum, each) => sum + each, 0),
    };
}"""


def with_bets() -> list[str]:
    return [page for page in pages() if BET in (SITE / page).read_text(encoding="utf-8")]


def bet(page: Page) -> None:
    page.locator(".opening .self-check input").first.check()
    page.locator(".opening .self-check form button").click()


def says_nothing(shown: dict[str, Any]) -> None:
    assert (shown["early"], shown["beyond"]) == (0, 0), shown
    assert shown["logged"] <= shown["at"], shown
    assert shown["counted"] <= shown["at"], shown  # each step is one run of a line, at most


def test_every_chapter_has_a_bet() -> None:
    assert len(with_bets()) == 18


@pytest.mark.parametrize("path", some_weekly(path for path in with_bets() if path != PLAYED))
def test_a_figure_tells_what_it_is_asked_when_the_bet_is_made(visit: Callable[..., Visit], path: str) -> None:
    seen = visit(path)
    page = seen.page
    run = page.evaluate(RUN)
    opened = page.evaluate(SHOWN)
    assert opened["at"] < run["poster"]
    says_nothing(opened)
    step = page.locator(".opening .ks")
    step.press("Shift+ArrowRight")  # who goes there himself sees this step, and no further
    one = page.evaluate(SHOWN)
    assert one["at"] == opened["at"] + 1
    says_nothing(one)
    step.press("Shift+ArrowLeft")
    back = page.evaluate(SHOWN)
    assert (back["at"], back["early"] <= 1, back["logged"] <= one["at"]) == (opened["at"], True, True)
    bet(page)
    told = page.evaluate(SHOWN)
    assert told["at"] == run["poster"]
    assert told["logged"] == run["length"]
    assert told["marks"] >= opened["marks"]
    assert told["counted"] >= opened["counted"]
    assert told["early"] or told["beyond"] or run["poster"] == run["length"], "all of the run is told now"
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    load(seen, address)
    assert page.evaluate(SHOWN)["at"] == run["poster"]  # who has bet sees the point at once
    assert seen.errors == []


def test_the_reader_of_chapter_12_takes_the_step_that_was_bet_on(visit: Callable[..., Visit]) -> None:
    page = visit(PLAYED).page
    chosen = page.locator(".opening .kl-path button")
    assert chosen.all_inner_texts() == ["main"]
    page.locator(".opening [data-option]").first.click()  # whatever was tried before
    bet(page)
    assert chosen.all_inner_texts() == ["main", "reader"]
    assert page.locator(".opening .kg-sentence").inner_text() == "reader begins. Who goes next?"


def test_who_goes_to_the_end_sees_it_without_a_bet(visit: Callable[..., Visit]) -> None:
    page = visit("book/05_full_channel.html").page
    page.locator(".opening .ks").press("End")
    page.locator(".opening .ks").press("Home")
    assert page.evaluate(SHOWN)["early"] > 5
    page.locator(".opening .ks").get_by_role("button", name="wait", exact=False).first.click()
    says_nothing(page.evaluate(SHOWN))  # another run is another bet


def test_the_code_counts_no_line_that_comes_later(visit: Callable[..., Visit]) -> None:
    page = visit("book/05_full_channel.html").page
    lines = page.locator(".opening .kp-pane[data-language=python] .kp-count")
    before = [text for text in lines.all_inner_texts() if text]
    bet(page)
    after = [text for text in lines.all_inner_texts() if text]
    assert 0 < len(before) < len(after)
