"""The cells of the book in Firefox: what they put out there, and a newcomer's way to a link that was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.cells import RUN_ALL, assert_as_stored
from tests.firefox import bidi
from tests.firefox.pages import PRESS, open_page, outside
from tests.site.built import some_weekly
from tools.notebooks import notebooks

pytestmark = pytest.mark.ci


@pytest.mark.parametrize("notebook", some_weekly(notebooks(), (), name=lambda path: path.stem))
def test_every_cell_of_a_chapter_says_what_is_stored(notebook: Path, tab: bidi.Tab, site: str) -> None:
    open_page(tab, f"{site}book/{notebook.stem}.html")
    assert_as_stored(notebook, tab.evaluate(RUN_ALL))
    assert (outside(tab, site), tab.errors()) == ([], [])


SAYS = "(words, within) => [...document.querySelectorAll(within)].some(each => each.textContent.includes(words))"
WRITE = """async (text) => {
    const live = await keventBring();
    const { cell } = live.exercises[0] ?? { cell: live.cells[0] };
    await cell.edit();
    cell.editor.text = text;
}"""
RIGHT = """def distribute(queues, event):
    for queue in queues:
        queue.try_send(event)
"""


@pytest.mark.weekly
def test_a_newcomer_runs_solves_tries_and_sends(tab: bidi.Tab, firefox: bidi.Firefox, site: str) -> None:
    open_page(tab, f"{site}book/04_broadcaster.html")
    tab.wait(PRESS, "Run cell 1")
    tab.wait("() => [...document.querySelectorAll('.live-status')].find(e => /as stored/.test(e.textContent))")

    tab.evaluate("""() => {
        const field = document.querySelector(".kevent-figure input[type=number]");
        field.value = "7";
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {bubbles: true}));
    }""")
    tab.wait(SAYS, "Python ran this just now", ".kevent-figure")

    for written, verdict in (RIGHT.replace("try_send", "send"), "false"), (RIGHT, "true"):
        tab.evaluate(WRITE, written)
        tab.wait(PRESS, "Run and check", ".exercise")
        tab.wait("right => document.querySelector('.live-verdict')?.dataset.right === right", verdict)

    tab.go(f"{site}book/scratch.html")
    tab.wait("() => typeof keventBring === 'function'")
    tab.evaluate(WRITE, "print('over', 6 * 7)")
    link = tab.evaluate("""async () => {
        let copied;
        navigator.clipboard.writeText = async text => { copied = text; };
        [...document.querySelectorAll("button")].find(button => button.textContent.includes("Copy a link")).click();
        for (let turn = 0; !copied && turn < 500; turn++) await new Promise(then => setTimeout(then, 10));
        return copied;
    }""")
    other = firefox.tab()
    open_page(other, f"{site}book/scratch.html#{link.partition('#')[2]}")
    other.wait(PRESS, "Show it")
    other.wait(SAYS, "over", ".cm-content")
    other.wait(PRESS, "Run cell 1")
    other.wait(SAYS, "over 42", ".cell_output")
    assert [outside(each, site) + each.errors() for each in (tab, other)] == [[], []]
    other.close()
