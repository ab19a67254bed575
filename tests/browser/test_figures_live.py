"""A figure in JupyterLab: a value that was not recorded goes to the kernel, is run there, and comes back."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.site.built import some_weekly
from tests.support import ROOT

CELL = """
from kevent.figures import EventFlow
from tests.figures.scenarios import slow_watcher
EventFlow(slow_watcher, {"queue_length": [2, 1], "release": ["1.14"]}, title="Live")
"""
FIGURE = re.compile('class="kevent-figure".*?<script type="application/json">(.*?)</script>', re.DOTALL)
PATIENCE = 120_000  # milliseconds: a lab and a kernel start slowly on a busy machine


@dataclass
class Notebook:
    """A notebook of the book that shows figures."""

    name: str
    needed: list[int]
    """The cells that make the figures, with those they lean on."""
    figures: list[dict[str, Any]]
    """What the script of each figure gets."""


def with_figures() -> list[Notebook]:
    found = []
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        shown = [[output.get("data", {}).get("text/html", "") for output in cell.get("outputs", ())] for cell in cells]
        stored = [FIGURE.findall("".join(pages)) for pages in shown]
        wanted: set[str] = set()
        needed: list[int] = []
        for number in reversed(range(1, len(cells))):  # the first sets up Colab
            if cells[number].cell_type == "code":
                names = list(ast.walk(ast.parse(cells[number].source)))
                if stored[number] or not wanted.isdisjoint(bound(names)):
                    needed.insert(0, number)
                    wanted |= {each.id for each in names if isinstance(each, ast.Name)}
        if any(stored):
            found.append(Notebook(path.name, needed, [json.loads(data) for each in stored for data in each]))
    return found


def bound(nodes: list[ast.AST]) -> set[str]:
    """The names that these nodes of a cell give a value."""
    names = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    names |= {each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    return names | {(each.asname or each.name).partition(".")[0] for each in nodes if isinstance(each, ast.alias)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a free port of this machine alone, in a folder and with settings of its own; gone afterwards.

    In the folder are a notebook with one figure and those of the book.
    """
    tmp_path = tmp_path_factory.mktemp("lab")
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "one",
        "metadata": {},
        "source": CELL,
        "outputs": [],
        "execution_count": None,
    }
    notebook = {
        "cells": [cell],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (tmp_path / "live.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for chapter in NOTEBOOKS:
        shutil.copy(ROOT / "book" / chapter.name, tmp_path)
    places = {
        name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    }
    for place in places.values():
        Path(place).mkdir()
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root",
            "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url=None",
            "--LabApp.expose_app_in_browser=True",
            f"--LabApp.workspaces_dir={tmp_path / 'workspaces'}", f"--LabApp.user_settings_dir={tmp_path / 'settings'}",
        ],
        cwd=tmp_path, env={**os.environ, **places, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said: list[str] = []
    found = threading.Event()
    address: list[str] = []

    def listen() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            said.append(line)
            if not address and (match := re.search(r"http://127\.0\.0\.1:(\d+)/lab", line)):
                address.append(match[0])
                found.set()
        found.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert found.wait(PATIENCE / 1000), "".join(said)
        assert address, "".join(said)
        yield address[0]
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        listener.join()
        assert server.stderr is not None
        server.stderr.close()
        shutil.rmtree(tmp_path, ignore_errors=True)


NOTEBOOKS = with_figures()


def enter(number: Locator, text: str) -> None:
    """Type a number as a reader does; what is set by script alone is no change to the browser."""
    number.select_text()
    number.press_sequentially(text)
    number.press("Enter")


@pytest.mark.ci
def test_any_other_value_is_run_in_the_kernel(browser: Browser, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{lab}/tree/live.ipynb?reset")
        page.locator(".jp-Notebook .cm-content").first.click()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(state="attached")
        page.keyboard.press("Control+Enter")
        figure = page.locator(".jp-OutputArea-output .ks")
        figure.wait_for()
        number, note, meta = (
            figure.get_by_label("queue length: any number"),
            figure.locator(".ks-note"),
            figure.locator(".ks-meta"),
        )
        assert (number.input_value(), note.inner_text()) == ("2", "")
        line = figure.locator(".kp-pane[data-language=python] [data-runs=now]")
        line.wait_for()  # the kernel has sent the lines of code
        assert "try_send_many" in line.inner_text()

        enter(number, "3")
        note.filter(has_text="Python ran this just now").wait_for(timeout=30_000)
        figure.press("End")
        assert "queue 0 of 3" in (figure.locator(".ks-draw").text_content() or "")
        figure.press("Shift+ArrowLeft")
        line.wait_for()

        enter(number, "1")
        assert note.inner_text().startswith(("same place", "nearest step"))

        enter(number, "-1")
        note.filter(has_text="could not run").wait_for(timeout=30_000)
        assert note.inner_text() == "Python could not run this: ValueError: queue_length must not be negative: -1"
        assert meta.first.inner_text().startswith("step ")

        enter(number, "2")
        figure.get_by_role("combobox", name="client-go").select_option(label="1.25")
        note.filter(has_text="Python ran this just now").wait_for(timeout=30_000)
        figure.get_by_role("group", name="client-go").get_by_role("button", name="compare").click()
        figure.locator(".ks-panel").nth(1).wait_for()
        names = [text.split(" · ")[0] for text in figure.locator(".ks-panel .ks-meta").all_inner_texts()]
        assert names == ["1.25", "1.14"]
        figure.get_by_role("combobox", name="client-go").select_option(label="1.20")
        figure.locator(".ks-panel .ks-meta", has_text="1.20").wait_for()
        names = [text.split(" · ")[0] for text in figure.locator(".ks-panel .ks-meta").all_inner_texts()]
        assert names == ["1.25", "1.20"]  # neither was recorded
    finally:
        page.close()


OPEN = """async name => {
    const app = window.jupyterapp;
    const panel = await app.commands.execute("docmanager:open", {path: name, kernel: {name: "python3"}});
    await panel.context.ready;
    await panel.sessionContext.ready;
    return panel.id;
}"""

RUN = """async cells => {
    const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
    const failed = [];
    for (const number of cells) {
        notebook.deselectAll();
        notebook.activeCellIndex = number;
        await app.commands.execute("notebook:run-cell");
        const outputs = notebook.widgets[number].outputArea.model.toJSON();
        failed.push(...outputs.filter(output => output.output_type === "error").map(output => output.evalue));
    }
    return failed;
}"""

END = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.sessionContext.shutdown();
    await panel.context.save();
    panel.dispose();
}"""


@pytest.fixture(scope="module")
def window(browser: Browser, lab: str) -> Iterator[Page]:
    """The lab in a browser, for one notebook after the other."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab}?reset")
    page.wait_for_function("window.jupyterapp")
    page.evaluate("window.jupyterapp.restored.then(() => {})")
    yield page
    page.close()


def test_there_are_notebooks_with_figures() -> None:
    kinds = {figure["kind"] for notebook in NOTEBOOKS for figure in notebook.figures}
    assert kinds == {
        "call-chain", "chart", "correlator-timeline", "event-flow", "pick-the-schedule", "prune-the-tree",
        "waitgroup-word",
    }  # fmt: skip


LIT = {
    "event-flow": ".kp-pane[data-language=python] [data-runs=now]",
    "waitgroup-word": ".kg-line [data-language=python] small",
    "correlator-timeline": ".kg-line [data-language=python] small",
}
"""Where a figure shows its running line."""


@pytest.mark.parametrize("notebook", some_weekly(NOTEBOOKS, (), name=lambda notebook: notebook.name))
def test_every_figure_of_a_notebook_comes_to_life(window: Page, notebook: Notebook) -> None:
    """A stored figure is a picture. One that was run can be stepped through, and asks the kernel for what is new."""
    panel = window.locator(f"#{window.evaluate(OPEN, notebook.name)}")
    panel.locator(".kf-static img").nth(len(notebook.figures) - 1).wait_for(state="attached")
    assert panel.locator(".ks").count() == 0
    assert window.evaluate(RUN, notebook.needed) == []
    figures = panel.locator(".ks")
    figures.nth(len(notebook.figures) - 1).wait_for(state="attached")
    for figure, stored in zip(figures.all(), notebook.figures, strict=True):
        if stored["kind"] == "chart":
            figure.get_by_role("slider").press("End")
            assert re.search(r": .+ \d", figure.locator(".kc-said").inner_text())
            continue
        lit = LIT.get(stored["kind"])
        if lit:  # the kernel sent the lines; a cell out of sight may not be drawn
            figure.scroll_into_view_if_needed()
            figure.press("Home")
            figure.press("Shift+ArrowRight")  # it may open where the run has ended, which no line does
            figure.locator(lit).or_(figure.locator(".ks-note:not(:empty)")).wait_for()
            assert figure.locator(".ks-note").inner_text() == ""
        if stored["kind"] == "pick-the-schedule":
            while figure.locator("[data-option]").count():
                figure.press("1")
            end = figure.get_attribute("data-step")
        else:
            end = figure.locator(".kp-time").get_attribute("aria-valuemax")
        for key, place in {"Home": "0", "Shift+ArrowRight": "1", "End": end}.items():
            figure.press(key)
            assert figure.get_attribute("data-step") == place, key
        free = [each for each in stored["parameters"] if not {type(value) for value in each["values"]} - {int, float}]
        numbers = figure.locator("input[type=number]").all()
        assert len(numbers) == len(free)
        figure.evaluate("figure => { for (const each of figure.querySelectorAll('.ks-tune')) each.open = true; }")
        for number in numbers:
            enter(number, "7")
            note = figure.locator(".ks-note", has_text="Python ran this just now")
            note.wait_for()
            assert re.search("same place|nearest step|same choices|choices kept", note.inner_text())
    window.evaluate(END)
