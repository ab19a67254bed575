"""Chapter 15: each block of code on the page that is no cell is run, as it stands.

The programs in a cluster and their role are run in `tests/sinks`, where server and client are at hand.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kevent.cli import main
from kevent.sinks.sqlite import SqliteSink
from tests.support import ROOT, python

PAGE = nbformat.read(ROOT / "book" / "15_your_own_controller.ipynb", as_version=4)
TEXT = "\n".join(cell.source for cell in PAGE.cells if cell.cell_type == "markdown")
FENCED = re.findall(r"^```(.*?)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
BLOCKS = [(kind, text) for kind, text in FENCED if not kind.startswith("{")]


def block(language: str, word: str = "") -> str:
    """The one block of this language that contains this word."""
    found: list[str] = [text for kind, text in BLOCKS if kind == language and word in text]
    [text] = found
    return text


def test_no_block_is_left_out() -> None:
    assert Counter(kind for kind, _ in BLOCKS) == {"python": 4, "yaml": 1, "": 1}


def test_the_test_of_the_page_is_one(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        """
pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}}

def sync(pod, recorder):
    recorder.eventf(pod, "Warning", "SyncFailed", "no such secret: %s", "tls")

"""
        + block("python", "fake_recorder")
    )
    ended = python(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:nbval",
        "-c",
        "/dev/null",
        "--rootdir",
        tmp_path,
        tmp_path,
    )
    assert "1 passed" in ended.stdout


STORY = """
import os
from kevent import EventSource, ObjectReference
from kevent.sinks.sqlite import SqliteSink

broadcaster.start_recording_to_sink(SqliteSink(os.environ["EVENTS"]))
recorder = broadcaster.new_recorder(EventSource("web-controller"))
recorder.event(ObjectReference("Pod", "default", "web-0"), "Warning", "Ending", "told to")
os.kill(os.getpid(), signal.SIGTERM)
while True:
    signal.pause()
"""


def test_a_process_that_is_told_to_end_writes_its_last_words(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    assert python("-c", block("python", "SIGTERM") + STORY, EVENTS=str(file)).stderr == ""
    with SqliteSink(file, read_only=True) as sink:
        assert [event.reason for event in sink.events()] == ["Ending"]


def test_the_command_shows_the_file_of_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    needed = ("import EventFlow", "pod = ", "SqliteSink")
    for cell in PAGE.cells:
        if cell.cell_type == "code" and any(word in cell.source for word in needed):
            exec(cell.source.split("class Counted")[0].split("\ncontroller()\n")[0], names)
    names["file"] = tmp_path / "events.db"
    names["controller"]()
    program, *arguments = shlex.split(block(""))
    assert (program, arguments.pop()) == ("kevent", "--follow")  # without its end it can be looked at
    assert main([argument.replace("events.db", str(names["file"])) for argument in arguments]) == 0
    assert "SyncFailed" in capsys.readouterr().out
