"""The cells of the book, run in the page: what they put out, what goes wrong, and what is asked of whom.

A page is opened once for a chapter, and its Python started once. Kernels run every cell every time; in a page those of
some chapters are run, and in the week those of all.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as TooLate

import tools.serve
from book.extensions.scratch import examples
from tests.browser.cells import RUN_ALL, assert_as_stored
from tests.browser.checks import assert_no_fault
from tests.browser.conftest import OneAnswer, listen, load
from tests.site.built import SITE, some_weekly
from tools.notebooks import notebooks

OFTEN = ("04_broadcaster",)
"""A chapter whose cells are run every time: its goroutines switch stacks."""

CHAPTER = "book/05_full_channel.html"
QUICK = "book/04_broadcaster.html"
"""A chapter whose cells take no time, for what any chapter shows."""

ASKED_FOR = re.compile(r"/live/")
MINUTE = 120_000  # a stop for a test that hangs, no measure


class Opened:
    """A page of the site, whose cells are run."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.visit = listen(page, base)
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.set_default_timeout(MINUTE)

    def go(self, address: str) -> Opened:
        load(self.visit, address)
        return self

    def press(self, name: str, number: int = 0) -> None:
        self.page.get_by_role("button", name=name).nth(number).click()

    def cell(self, number: int) -> Any:
        return self.page.locator(".cell", has=self.page.locator(".cell_input")).nth(number - 1)

    def status(self, number: int) -> Any:
        return self.cell(number).locator(".live-status")

    def says(self, number: int, words: str, within: int = MINUTE) -> None:
        """Wait until a cell's line says so. Raises AssertionError that tells what it says instead."""
        try:
            self.status(number).filter(has_text=re.compile(words)).wait_for(timeout=within)
        except TooLate as late:
            raise AssertionError(f"not {words!r}, but {self.status(number).all_inner_texts()}") from late

    def write(self, number: int, text: str) -> None:
        """Edit a cell: this text, instead of what stands in it."""
        self.page.evaluate(
            """async ([number, text]) => {
                const cell = (await keventBring()).cells[number - 1];
                await cell.edit();
                cell.editor.text = text;
            }""",
            [number, text],
        )


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all chapters: what a page has fetched the next one has, too."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def opened(context: BrowserContext, site: str) -> Iterator[Callable[[str], Opened]]:
    pages: list[Page] = []

    def open_page(address: str) -> Opened:
        pages.append(context.new_page())
        return Opened(pages[-1], site).go(site + address)

    yield open_page
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()


@contextmanager
def alone(
    browser: Browser, base: str, *, before: str = "", route: str = "", folder: str = "", **how: Any
) -> Iterator[Opened]:
    """A quick chapter in a context of its own; `before` runs first in the page, and what fits `route` does not come."""
    context = browser.new_context(reduced_motion="reduce", **how)
    try:
        page = context.new_page()
        if before:
            page.add_init_script(before)
        if route:
            page.route(route, lambda asked: asked.abort())
        yield Opened(page, base).go(f"{base}{folder}{QUICK}")
    finally:
        context.close()


# --- what the cells put out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notebook", some_weekly(notebooks(), OFTEN, name=lambda path: path.stem))
def test_every_cell_of_a_chapter_says_in_the_page_what_is_stored(
    notebook: Path, opened: Callable[[str], Opened]
) -> None:
    seen = opened(f"book/{notebook.stem}.html")
    assert not [url for url in seen.asked if ASKED_FOR.search(url)], "something was loaded before anybody asked"
    assert_as_stored(notebook, seen.page.evaluate(RUN_ALL))
    assert (seen.visit.outside, seen.visit.errors) == ([], [])


@pytest.mark.weekly
def test_an_output_that_is_not_the_stored_one_is_seen(opened: Callable[[str], Opened]) -> None:
    seen = opened("book/01_an_event.html")
    seen.cell(2).locator(".cell_output pre").evaluate("pre => pre.append('and more')")
    seen.press("Run cell 2")
    seen.says(2, "changed")
    seen.press("Run cell 3")
    seen.says(3, "as stored")


# --- an exercise -----------------------------------------------------------------------------------------------------

ATTEMPT = """def keep_the_newest(queue, event):
    while not queue.try_send(event):
        queue.{}
"""


def test_an_exercise_is_written_checked_kept_and_erased(opened: Callable[[str], Opened]) -> None:
    seen = opened(CHAPTER)
    page = seen.page
    exercise = page.locator(".exercise").first
    press = lambda name: exercise.get_by_role("button", name=name, exact=False).first.click()  # noqa: E731
    status, verdict = exercise.locator(".live-status").first, exercise.locator(".live-verdict")

    press("Run and check")
    status.filter(has_text="not written yet").wait_for()
    assert "Not written yet" in exercise.locator(".cell_output").last.inner_text()

    for attempt, says, right in (
        ("receive()", r"not right, .* line 3 ran last", "false"),
        ("try_receive()", r"^right", "true"),
        ("nothing()", r"not right", "false"),
    ):
        seen.write(10, ATTEMPT.format(attempt))
        press("Run and check")
        status.filter(has_text=re.compile(says)).wait_for()
        assert verdict.get_attribute("data-right") == right
    seen.write(10, ATTEMPT.format("receive()"))
    press("Run and check")
    status.filter(has_text="not right").wait_for()
    assert "nobody can go on" in verdict.inner_text()
    assert verdict.locator("table.trace tr").count() > 3
    assert exercise.locator(".live-guilty").inner_text().strip() == "queue.receive()"
    assert_no_fault(seen.visit)

    seen.write(10, "def keep_the_newest(queue, event:\n    pass\n")
    press("Run and check")
    status.filter(has_text="ended with an error").wait_for()
    assert "SyntaxError" in exercise.locator(".traceback").inner_text()

    seen.asked.clear()
    page.reload()
    assert seen.asked
    assert not [url for url in seen.asked if ASKED_FOR.search(url)]
    press("Edit")
    page.locator(".live-editor").wait_for()
    assert "event:" in exercise.locator(".cm-content").inner_text()
    press("Erase all")
    assert page.evaluate("localStorage.getItem('kevent-typed')") is None
    assert "NotImplementedError" in exercise.locator(".cell_input").first.inner_text()


SOLVE = """async ([number, text]) => {
    const { cell } = (await keventBring()).exercises[number];
    await cell.edit();
    cell.editor.text = text;
}"""
TOO_LATE = """def race(broadcaster):
    watcher = broadcaster.watch()
    broadcaster.action("ADDED", "one")
    broadcaster.shutdown()
    return list(watcher)
"""


@pytest.mark.weekly
def test_a_refuted_run_of_a_broadcaster_plays_on_a_stage_of_its_own(opened: Callable[[str], Opened]) -> None:
    seen = opened("book/04_broadcaster.html")
    exercise = seen.page.locator(".exercise").nth(1)
    exercise.evaluate("each => { each.closest('details').open = true; }")
    seen.page.evaluate(SOLVE, [1, TOO_LATE])
    exercise.get_by_role("button", name="Run and check").first.click()
    exercise.locator(".live-verdict").wait_for()
    exercise.get_by_role("button", name="Play these steps").click()
    exercise.locator(".live-stage .ks[data-step='3']").wait_for()  # of all steps, one after the other
    assert "Your run" in exercise.locator(".live-stage").inner_text()
    assert seen.visit.errors == []


# --- stop, restart, errors -------------------------------------------------------------------------------------------


def test_whatever_runs_can_be_stopped_and_python_goes_on_afterwards(opened: Callable[[str], Opened]) -> None:
    seen = opened(QUICK)
    seen.write(1, "while True:\n    pass\n")
    seen.press("Run cell 1")
    seen.says(1, "running")
    seen.press("Stop cell 1")
    seen.says(1, "stopped")
    seen.press("Reset cell 1")
    seen.press("Run cell 1")
    seen.says(1, "as stored")

    many = "def many():\n    for _ in range(9):\n        go(lambda: None)\n"
    imports = "from kevent.simulation import explore\nfrom kevent.runtime import go\n"
    seen.write(2, f"{imports}{many}explore(many, progress=False)")
    seen.press("Run cell 2")
    seen.says(2, "turns taken")  # so it explores, and imports no more
    seen.page.evaluate("async () => { (await keventBring()).python.toHear = 60_000; }")  # this machine may be busy
    seen.press("Stop cell 2")
    seen.says(2, "stopped after .*; what it found stays")
    assert "(interrupted after" in seen.cell(2).locator(".cell_output").inner_text()

    seen.press("Restart")
    seen.write(2, "print(len(globals()) < 9)")
    seen.page.evaluate("keventPage.cells[0].ran = keventPage.cells[0].text")  # not first the cell above
    seen.press("Run cell 2")
    seen.says(2, "your version")
    assert seen.cell(2).locator(".cell_output").inner_text().strip() == "True"


@pytest.mark.weekly
def test_a_traceback_begins_with_the_cell_and_text_is_never_markup(opened: Callable[[str], Opened]) -> None:
    seen = opened(QUICK)
    seen.write(
        1,
        "print('<b id=hurt>bold</b>')\n"
        "class Hostile:\n"
        "    def _repr_html_(self):\n"
        "        return '<img src=x onerror=\"document.title=1\"><script>document.title=2</script><b>kept</b>'\n"
        "display(Hostile())\n"
        "def inner():\n"
        "    return {}['<i>missing</i>']\n"
        "inner()\n",
    )
    seen.press("Run cell 1")
    seen.says(1, "ended with an error")
    output = seen.cell(1).locator(".cell_output")
    told = output.inner_text()
    assert "<b id=hurt>" in told
    assert "kept" in told
    assert "KeyError: '<i>missing</i>'" in told
    assert told.split("Traceback (most recent call last):")[1].strip().startswith('File "<cell 1>", line 8')
    assert output.locator("#hurt, script, [onerror], [src]").count() == 0
    assert "broadcaster" in seen.page.title()
    seen.press("Run cell 2")
    seen.says(2, "cell 1, above, ended with an error")
    assert seen.visit.errors == []


@pytest.mark.weekly
def test_threads_are_refused_in_words_and_a_figure_takes_any_value(opened: Callable[[str], Opened]) -> None:
    seen = opened("book/04_broadcaster.html")
    seen.press("Run cell 1")
    seen.says(1, "as stored")
    figure = seen.cell(1).locator(".kevent-figure")
    field = figure.locator("input[type=number]").first
    field.fill("7")
    field.press("Enter")
    figure.get_by_text("Python ran this just now").wait_for()
    figure.get_by_role("combobox", name="client-go").select_option(label="1.25")
    figure.locator(".kp-pane[data-language=go] .kp-tag", has_text="v0.37.2").first.wait_for(state="attached")
    figure.locator(".ks-badge").get_by_role("button", name="compare").click()
    figure.locator(".ks-panel").nth(1).wait_for()
    said = figure.locator(".ks-panel .ks-meta").all_inner_texts()
    assert [text.split(" · ")[0] for text in said] == ["1.25", "1.14"]
    assert "no Go module" not in figure.inner_text()
    seen.write(1, "from kevent.runtime import go\ngo(print)\n")
    seen.press("Run cell 1")
    seen.says(1, "ended with an error")
    assert "needs a thread" in seen.cell(1).locator(".cell_output").inner_text()


@pytest.mark.ci
def test_a_stored_figure_takes_any_value_before_anybody_ran_its_cell(opened: Callable[[str], Opened]) -> None:
    seen = opened(CHAPTER)
    assert not [address for address in seen.asked if ASKED_FOR.search(address)]
    figure = seen.page.locator(".opening .kevent-figure")
    figure.locator(".ks-sentence").first.wait_for()
    stored = figure.get_attribute("id")
    field = figure.get_by_role("spinbutton", name="places in each queue")
    field.fill("3")
    field.press("Enter")
    figure.get_by_text("Python ran this just now").wait_for()
    assert figure.get_attribute("id") == stored  # it is the same figure, and a link to it still leads here
    assert "3" in figure.locator(".ks-view").inner_text()
    assert figure.locator("text=queue 3 of 3").count() + figure.locator("text=/queue [0-3] of 3/").count() > 0
    seen.says(1, "run here")
    field.fill("-1")
    field.press("Enter")
    figure.get_by_text("Python could not run this").wait_for()


@pytest.mark.weekly
def test_a_head_that_is_run_before_the_bet_tells_nothing_either(opened: Callable[[str], Opened]) -> None:
    seen = opened(CHAPTER)
    stage = seen.page.locator(".opening .ks")
    stored = stage.get_attribute("data-step")
    seen.press("Run cell 1")
    seen.says(1, "run here")
    marks = stage.locator(".kp-mark:is([data-role=lost], [data-role=done])")
    assert (stage.get_attribute("data-step"), marks.count()) == (stored, 0)
    seen.page.locator(".opening .self-check input").first.check()
    seen.page.locator(".opening .self-check form button").click()
    assert stage.get_attribute("data-step") == str(int(stored or 0) + 1)
    assert marks.count() > 5


BETWEEN_TWO_JOBS = """from kevent.simulation import simulate, stacks

class Struck(stacks.suppress):
    def __exit__(self, *raised):
        super().__exit__(*raised)
        stacks.suppress = Struck.__base__
        raise KeyboardInterrupt

stacks.suppress = Struck
simulate(lambda: None)
"""


@pytest.mark.weekly
def test_an_interrupt_between_two_jobs_of_a_stack_stops_the_run_alone(opened: Callable[[str], Opened]) -> None:
    seen = opened(QUICK)
    seen.write(1, BETWEEN_TWO_JOBS)
    seen.press("Run cell 1")
    seen.says(1, "stopped")
    seen.press("Reset cell 1")
    seen.press("Run cell 1")
    seen.says(1, "as stored")
    assert seen.visit.errors == []


MANY = """from kevent.simulation import explore
from kevent.channel import Channel
from kevent.runtime import go

def scenario():
    channel = Channel(8)
    for number in range(4):
        go(lambda: [channel.send(number) for _ in range(2)])

found = explore(scenario, max_schedules=54_000, progress=False)
print(found.schedules)
"""


@pytest.mark.weekly
def test_after_tens_of_thousands_of_schedules_one_more_cell_runs(opened: Callable[[str], Opened]) -> None:
    """Each schedule switches between stacks of its own: none may stay behind, in number or in memory."""
    seen = opened(QUICK)
    seen.write(1, MANY)
    seen.press("Run cell 1")
    seen.says(1, "run here", within=5 * MINUTE)
    assert seen.cell(1).locator(".cell_output").inner_text().strip() == "54000"
    seen.press("Reset cell 1")
    seen.press("Run cell 2")
    seen.says(2, "as stored")
    assert seen.page.evaluate("keventPage.python.state") == "ready"
    assert seen.visit.errors == []


# --- where it cannot run, and where else it can ----------------------------------------------------------------------


@pytest.mark.weekly
def test_without_stack_switching_there_are_words_and_no_buttons(browser: Browser, site: str) -> None:
    with alone(browser, site, before="delete WebAssembly.Suspending") as seen:
        note = seen.page.locator(".live-note").inner_text()
        assert "Chrome and Edge from 137" in note
        assert seen.page.locator(".live-note a:visible").all_inner_texts() == [
            "Binder",
            "Colab",
            "download the notebook",
        ]
        words = set(
            seen.page.locator(".live-bar button:visible").evaluate_all("all => all.map(b => b.firstChild.data)")
        )
        assert words == {"Copy"}
        assert_no_fault(seen.visit)


@pytest.mark.weekly
def test_offline_the_page_says_so_and_tries_again(browser: Browser, site: str) -> None:
    with alone(browser, site, route="**/pyodide/*.zip") as seen:
        seen.press("Run cell 1")
        seen.says(1, "Python did not come")
        assert "jupyter lab book/04_broadcaster.ipynb" in seen.status(1).inner_text()
        seen.page.unroute("**/pyodide/*.zip")
        seen.press("Run cell 1")
        seen.says(1, "as stored")


def inline_scripts() -> list[str]:
    """The hashes of the scripts that pages have in them, and of what the theme's print button does."""
    found = set()
    for page in SITE.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        found.update(re.findall(r'<button onclick="([^"]*)"', html))
        for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.S):
            if text.strip() and "src=" not in attributes and "application/" not in attributes:
                found.add(text)
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found)
    return ["'unsafe-hashes'", *sorted(f"'sha256-{each}'" for each in hashes)]


@contextmanager
def under(policy: str, folder: Path = SITE) -> Iterator[str]:
    """A server that sends this policy."""

    class Strict(OneAnswer):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    with tools.serve.serving(folder, Strict) as address:
        yield address


@pytest.mark.weekly
def test_a_strict_policy_and_a_folder_of_its_own_are_enough(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "any" / "where").mkdir(parents=True)
    (tmp_path / "any" / "where" / "book").symlink_to(SITE)
    rest = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    policy = f"{rest}; script-src 'self' 'wasm-unsafe-eval' {' '.join(inline_scripts())}"
    with under(policy, tmp_path) as base, alone(browser, base, folder="any/where/book/") as seen:
        seen.press("Run and check the exercise")
        seen.page.locator(".exercise .live-status").first.filter(has_text="not written yet").wait_for()
        assert (seen.visit.errors, seen.visit.outside) == ([], [])


@pytest.mark.weekly
def test_a_policy_that_forbids_it_is_named(browser: Browser) -> None:
    with under(f"script-src 'self' {' '.join(inline_scripts())}") as base, alone(browser, base) as seen:
        seen.press("Run cell 1")
        seen.says(1, "policy")


# --- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.weekly
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_that_has_run_is_still_whole(width: int, opened: Callable[[str], Opened]) -> None:
    seen = opened(QUICK)
    seen.page.set_viewport_size({"width": width, "height": 900})
    seen.press("Run cell 1")
    seen.says(1, "as stored")
    seen.press("Edit cell 1")
    seen.page.locator(".live-editor").wait_for()
    assert seen.cell(1).locator(".kevent-figure svg").count() >= 1
    assert seen.page.locator(".live-dock").evaluate("dock => dock.offsetWidth") < 360  # as wide as its words
    assert_no_fault(seen.visit)


@pytest.mark.weekly
def test_the_buttons_have_names_and_the_keyboard_runs_a_cell(opened: Callable[[str], Opened]) -> None:
    seen = opened(QUICK)
    seen.press("Edit cell 1")
    seen.page.locator(".cm-content:focus").wait_for()  # the editor comes first
    seen.page.keyboard.press("Control+End")
    seen.page.keyboard.press("Control+Enter")
    seen.says(1, "as stored")
    seen.page.keyboard.press("Escape")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.closest('.cm-editor')") is None
    names = seen.page.locator(".live-bar button:visible").evaluate_all("all => all.map(b => b.textContent)")
    assert len(names) == len(set(names)) or {names.count(name) for name in names if "exercise" not in name} == {1}


# --- the scratch page ------------------------------------------------------------------------------------------------


@pytest.mark.ci
def test_a_scenario_travels_in_a_link_and_is_shown_before_it_runs(
    opened: Callable[[str], Opened], context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen = opened("book/scratch.html")
    assert not seen.page.locator(".scratch-sent").is_visible()
    seen.write(1, "print('from me to you', 6 * 7)  # <b>&")
    seen.press("Copy a link")
    seen.page.locator(".scratch-said", has_text="Copied").wait_for()
    address = seen.page.evaluate("navigator.clipboard.readText()")
    fragment = address.partition("#")[2]
    assert len(fragment) < 120

    other = opened(f"book/scratch.html#{fragment}")
    assert not [url for url in other.asked if ASKED_FOR.search(url)]
    assert "lost update" in other.cell(1).inner_text()
    other.press("Show it")
    other.page.locator(".cm-content", has_text="from me to you").wait_for()
    assert other.page.evaluate("keventPage.python.state") == "none"
    other.press("Run cell 1")
    other.says(1, r"run here, \d")
    assert other.cell(1).locator(".cell_output").inner_text().strip() == "from me to you 42"
    assert_no_fault(other.visit)


@pytest.mark.ci
@pytest.mark.parametrize("fragment", ["scenario=AAAA", "scenario=%3Cb%3E", f"scenario={'A' * 30_000}"])
def test_a_damaged_link_is_refused_in_words(fragment: str, opened: Callable[[str], Opened]) -> None:
    seen = opened(f"book/scratch.html#{fragment}")
    seen.press("Show it")
    seen.page.locator(".scratch-said", has_text="link").wait_for()
    assert seen.visit.errors == []


@pytest.mark.ci
def test_a_link_neither_carries_nor_unpacks_more_than_a_page_holds(opened: Callable[[str], Opened]) -> None:
    seen = opened("book/scratch.html")
    seen.write(1, "#" * 6001)
    seen.press("Copy a link")
    seen.page.locator(".scratch-said", has_text="6,000").wait_for()
    bomb = base64.urlsafe_b64encode(zlib.compress(b"#" * 2_000_000, wbits=-15)).decode().rstrip("=")
    assert len(bomb) < 5000
    seen = opened(f"book/scratch.html#scenario={bomb}")
    seen.press("Show it")
    seen.page.locator(".scratch-said", has_text="too long").wait_for()


@pytest.mark.weekly
def test_every_example_runs(opened: Callable[[str], Opened]) -> None:
    seen = opened("book/scratch.html")
    choice = seen.page.get_by_label("Begin with")
    assert len(examples()) > 2
    for name, text in examples():
        choice.select_option(label="an empty cell")
        choice.select_option(label=name)
        seen.page.locator(".cm-content", has_text=text.splitlines()[0]).wait_for()
        seen.page.evaluate("keventPage.cells[0].say('')")
        seen.press("Run cell 1")
        seen.says(1, r"run here, \d")
    assert seen.cell(1).locator(".kevent-figure").count() == 1
    assert_no_fault(seen.visit)
