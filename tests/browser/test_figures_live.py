"""A figure in JupyterLab: a value that was not recorded goes to the kernel, is run there, and comes back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

ROOT = Path(__file__).parents[2]
CELL = """
from kevent.figures import EventFlow
from tests.figures.scenarios import slow_watcher
EventFlow(slow_watcher, {"queue_length": [2, 1]}, title="Live")
"""
STORED = "A stored recording is shown, one of 2. Python runs any other number."
PATIENCE = 120_000  # milliseconds: a lab and a kernel start slowly on a busy machine


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A server on a free port of this machine alone, in a folder and with settings of its own; gone afterwards."""
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": CELL, "outputs": [], "execution_count": None}
    notebook = {
        "cells": [cell],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (tmp_path / "live.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    places = {
        name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    }
    for place in places.values():
        Path(place).mkdir()
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root",
            "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url=None",
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


def enter(number: Locator, text: str) -> None:
    """Type a number as a reader does; what is set by script alone is no change to the browser."""
    number.select_text()
    number.press_sequentially(text)
    number.press("Enter")


def test_any_other_value_is_run_in_the_kernel(browser: Browser, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{lab}/tree/live.ipynb?reset")
        page.locator(".jp-Notebook .cm-content").first.click()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(state="attached")
        page.keyboard.press("Control+Enter")
        figure = page.locator(".jp-OutputArea-output .kf")
        figure.wait_for()
        number = figure.get_by_label("queue length")
        source = figure.locator(".kf-source")
        assert (number.input_value(), source.inner_text()) == ("2", STORED)

        enter(number, "3")
        page.locator(".kf-source", has_text="Python ran this just now.").wait_for(timeout=30_000)
        figure.locator(".kf-view").press("End")
        assert "slow 0/3" in (figure.locator("svg").first.text_content() or "") + (
            figure.locator(".kf-stage").text_content() or ""
        )

        enter(number, "1")
        assert source.inner_text() == STORED

        enter(number, "-1")
        page.locator(".kf-source", has_text="could not run").wait_for(timeout=30_000)
        assert source.inner_text() == "Python could not run this: ValueError: queue_length must not be negative: -1"
    finally:
        page.close()
