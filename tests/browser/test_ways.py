"""From the landing page to the explanation of each cause: at most four presses, and 600 words to be read on the way.

A press is a click on a link, a button, an answer or a fold. The words are those that stand between the reader and the
next press, counted from the document as it is drawn at 1280 pixels, from top to bottom: on the landing page from its
heading to the end of the first door; on the page behind it from its heading to the end of the symptom; below the
symptom from its heading to the end of the cause's explanation, so that all its questions count, and every cause that
stands before. Not counted are what lies beside the way (the other way in, “Or let the data speak”), commands, which
are copied and not read, and what is drawn. A cause that the newest release has not got takes one press more, which
chooses a release that has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from kevent.diagnosis import CAUSES, SYMPTOMS, Symptom, applies
from kevent.versions import RELEASES
from tests.browser.conftest import visiting

PRESSES, WORDS = 4, 600

BETWEEN = """([first, last]) => {
    const range = document.createRange();
    range.setStartBefore(document.querySelector(first));
    range.setEndAfter(document.querySelector(last));
    const all = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
    const beside = ".wme-command, .wme-data-side, .kevent-figure, svg, script";
    let words = 0;
    for (let node = all.currentNode; node; node = all.nextNode()) {
        if (node.nodeType !== Node.TEXT_NODE || !range.intersectsNode(node)) continue;
        const { parentElement } = node;
        if (parentElement.closest(beside) || !parentElement.checkVisibility({ contentVisibilityAuto: true })) continue;
        words += node.textContent.split(/\\s+/).filter(word => /[\\p{L}\\p{N}]/u.test(word)).length;
    }
    return words;
}"""
"""How many words are drawn from the beginning of one element to the end of another."""


@dataclass
class Way:
    """What it has taken so far."""

    page: Page
    presses: int = 0
    words: int = 0

    def read(self, first: str, last: str) -> None:
        """Read from one element to the end of another."""
        self.words += self.page.evaluate(BETWEEN, [first, last])

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.presses += 1


@pytest.fixture
def landing(browser: Browser, site: str) -> Iterator[Page]:
    with visiting(browser, site, "index.html", folded=True) as visit:
        yield visit.page


def to_symptom(page: Page, symptom: Symptom) -> Way:
    """From the landing page through the first door to a symptom."""
    way = Way(page)
    way.read("h1", ".doors .door")
    way.press(".doors .door")
    page.locator(".wme[data-on]").wait_for(state="attached")
    way.read("h1", f".wme-see a[data-see={symptom.key}]")
    way.press(f".wme-see a[data-see={symptom.key}]")
    return way


def explained(way: Way, symptom: Symptom, key: str) -> tuple[int, int]:
    """From there to the explanation of a cause: the presses and the words from the landing page on."""
    presses, words = way.presses, way.words
    page, here = way.page, f"#see-{symptom.key}"
    having = [name for name, release in RELEASES.items() if applies(CAUSES[key], release)]
    cause = f"{here} [data-cause={key}]"
    shown = page.locator(".wme-release").input_value() in having
    if not shown:
        page.locator(".wme-release").select_option(having[-1])
        presses += 1
    if fold := page.locator(f"{cause} details:not([open]) > summary").all():
        fold[0].click()
        presses += 1
    words += page.evaluate(BETWEEN, [f"{here} h2", f"{cause} p"])
    assert page.locator(f"{cause} p").first.is_visible()
    if fold:
        page.locator(f"{cause} summary").click()
    if not shown:
        page.locator(".wme-release").select_option(list(RELEASES)[-1])
    return presses, words


@pytest.mark.ci
@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.key)
def test_the_explanation_of_each_cause_is_near(landing: Page, symptom: Symptom) -> None:
    way = to_symptom(landing, symptom)
    found = {key: explained(way, symptom, key) for key in symptom.causes}
    far = {key: each for key, each in found.items() if each[0] > PRESSES or each[1] > WORDS}
    assert far == {}, found


def test_a_cause_behind_all_that_can_be_said_of_the_others_is_too_far(landing: Page) -> None:
    [none] = [symptom for symptom in SYMPTOMS if symptom.key == "none"]
    way = to_symptom(landing, none)
    landing.evaluate("for (const fold of document.querySelectorAll('.wme-cause details')) fold.open = true")
    assert explained(way, none, none.causes[-1])[1] > WORDS
