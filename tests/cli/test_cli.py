"""The commands, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kevent.sinks.sqlite import SqliteSink


def kevent(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kevent", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)


def test_demo_then_events_then_explain(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    demo = kevent("demo", "--speed", "1000", "--to", file)
    assert (demo.returncode, demo.stderr) == (0, "")
    assert "BackOff" in demo.stdout
    assert "\x1b" not in demo.stdout, "no colour where there is no terminal"
    table = kevent("events", file, "--for", "pod/web-0", "--reason", "BackOff").stdout.splitlines()
    assert table[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert len(table) == 2
    assert "(x5)" in table[1]
    listed = kevent("events", file, "-o", "json").stdout
    assert len(json.loads(listed)["items"]) == len(SqliteSink(file).events()) > 8
    explained = kevent("explain", "-", "--burst", "3", stdin=listed)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "WRITES IF 3" in explained.stdout
    line = next(line for line in explained.stdout.splitlines() if line.startswith("pod/web-0"))
    assert line.split()[-1] == "3", "a burst of 3 lets 3 through"


def test_explain_says_where_the_budget_ran_dry(tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    times = {"firstTimestamp": "2019-02-05T00:00:00Z", "lastTimestamp": "2019-02-05T00:01:00Z", "count": 61}
    event = {"kind": "Event", "involvedObject": {"kind": "Pod", "name": "p"}, "metadata": {"name": "p.1"}, **times}
    file.write_text(json.dumps({"kind": "List", "items": [event]}))
    line = kevent("explain", file).stdout.splitlines()[4]
    assert line.split() == ["pod/p", "61", "25", "0", "36", "2019-02-05T00:00:25Z"]


def test_record(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    run = kevent("record", "--to", file, "--type", "Warning", "pod/web-0", "BackOff", "again")
    assert (run.returncode, run.stdout, run.stderr) == (0, "Pod/web-0: BackOff recorded\n", "")
    with SqliteSink(file) as sink:
        (event,) = sink.events()
    assert (event.type, event.reason, event.involved_object.kind) == ("Warning", "BackOff", "Pod")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["events", "none.db"], "kevent: none.db: no such file"),
        (["explain", "none.json"], "kevent: none.json: no such file or directory"),
        (["explain", "-"], "kevent: -: not JSON: "),
        (["record", "--to", "x", "pod", "R", "m"], "expected KIND/NAME"),
        (["events", "x", "--since", "soon"], "expected a number with s, m, h or d"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    run = kevent(*arguments)
    assert run.returncode == 2
    assert message in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    with SqliteSink(tmp_path / "e.db"):
        pass
    command = f"{sys.executable} -m kevent events {tmp_path / 'e.db'} | true; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("0\n", "")
