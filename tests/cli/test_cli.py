"""The commands, each in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import pytest

from kevent.cli import _parser
from kevent.sinks import StatusError
from kevent.sinks.sqlite import SqliteSink
from tests.sinks.api_server import ApiServer, answering, status
from tests.sinks.events import event

HOSTILE = "\x1b]0;mine\x07\x1b[31mred\x9b2J [bold]m[/bold] \u202e right to left\r\nnext line"
"""A message that sets a terminal's title, colours it, clears it, turns the text around, and is markup for rich."""

SHOWN = r"\x1b]0;mine\x07\x1b[31mred\x9b2J [bold]m[/bold] \u202e right to left next line"


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "KUBECONFIG", "COLUMNS")}
    return {**kept, "TERM": "xterm-256color", **changes}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "kevent", *map(str, arguments)]


def kevent(*arguments: str | Path, stdin: str | bytes = "", **changes: str) -> subprocess.CompletedProcess[str]:
    given = stdin.encode() if isinstance(stdin, str) else stdin
    run = subprocess.run(command(*arguments), input=given, capture_output=True, timeout=60, env=environment(**changes))
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())


def on_a_terminal(*arguments: str | Path, **changes: str) -> str:
    """What a terminal of 200 columns gets to see."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(COLUMNS="200", **changes)
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # how the end is told
        while piece := os.read(ours, 1 << 16):
            seen += piece
    os.close(ours)
    assert process.wait(60) == 0, seen
    return seen.decode()


@contextmanager
def running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # in the background a shell has it ignored, and so would this
    try:
        process = subprocess.Popen(
            command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def listed(*items: dict[str, object]) -> str:
    """Events as kubectl prints them."""
    plain = {"kind": "Event", "involvedObject": {"kind": "Pod", "name": "p"}, "metadata": {"name": "p.1"}}
    return json.dumps({"kind": "List", "items": [{**plain, **item} for item in items]})


def spread(count: int, minutes: int) -> dict[str, object]:
    last = f"2019-02-05T00:{minutes:02}:00Z"
    return {"firstTimestamp": "2019-02-05T00:00:00Z", "lastTimestamp": last, "count": count}


# --- demo --------------------------------------------------------------------------------------------------


def test_demo_then_events_then_explain(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    demo = kevent("demo", "--speed", "1000", "--to", file)
    assert (demo.returncode, demo.stderr) == (0, "")
    header, *lines = demo.stdout.splitlines()
    assert header.split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert len(lines) == 20, "a line for every write"
    assert "\x1b" not in demo.stdout, "no colour where there is no terminal"
    table = kevent("events", file, "--for", "pod/web-0", "--reason", "BackOff").stdout.splitlines()
    assert table[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert len(table) == 2
    assert "(x5)" in table[1]
    stored = kevent("events", file, "-o", "json").stdout
    assert len(json.loads(stored)["items"]) == len(SqliteSink(file).events()) == 12
    # The demo's times are the machine's, a thousand times as long: no token may come back meanwhile.
    explained = kevent("explain", "-", "--burst", "3", "--qps", "1e-6", stdin=stored)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "WRITES IF BURST 3, QPS 1e-06" in explained.stdout
    line = next(line for line in explained.stdout.splitlines() if line.startswith("pod/web-0"))
    assert line.split()[-1] == "3", "a burst of 3 lets 3 through"
    assert "With burst 3, qps 1e-06: 8 writes in place of 20." in explained.stdout


def test_demo_on_a_terminal_is_a_table_that_is_redrawn() -> None:
    seen = on_a_terminal("demo", "--speed", "200")
    assert seen.count("LAST SEEN") > 1, "drawn more than once"
    assert "\x1b[33m" in seen, "warnings are yellow"
    last = re.sub(r"\x1b\[[0-9;]*m", "", seen[seen.rindex("LAST SEEN") :])
    assert len(re.findall(r"BackOff +pod/web-0 ", last)) == 1, "one line for an event, whatever its count"
    assert re.search(r"\(x5\) +Warning +BackOff", last)
    assert seen.index("\x1b[?25l") < seen.rindex("\x1b[?25h"), "the cursor is back"


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(changes: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    assert "\x1b" not in on_a_terminal("demo", "--speed", "1000", "--to", file, **changes)
    assert "\x1b" not in on_a_terminal("events", file, **changes)
    assert "\x1b[33m" in on_a_terminal("events", file), "and who does not say so gets it"


def test_demo_says_why_it_could_not_keep_the_events(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database " * 500)
    demo = kevent("demo", "--to", tmp_path / "text")
    assert (demo.returncode, demo.stdout) == (2, "")
    assert demo.stderr == f"kevent: {tmp_path}/text: file is not a database\n"


def test_demo_ends_with_the_refusal_of_its_sink(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    SqliteSink(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'not here'); END")
    demo = kevent("demo", "--speed", "1000", "--to", file)
    assert (demo.returncode, len(demo.stdout.splitlines())) == (1, 1)
    assert demo.stderr == f"kevent: {file}: not here\n"


# --- record ------------------------------------------------------------------------------------------------


def test_record(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    run = kevent("record", "--to", file, "--type", "Warning", "pod/web-0", "BackOff", "again")
    assert (run.returncode, run.stdout, run.stderr) == (0, "Pod/web-0: BackOff recorded\n", "")
    with SqliteSink(file) as sink:
        (one,) = sink.events()
    assert (one.type, one.reason, one.involved_object.kind) == ("Warning", "BackOff", "Pod")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


def kubeconfig(url: str, folder: Path) -> str:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
    }  # fmt: skip
    path.write_text(json.dumps(config))
    return str(path)


RECORD = ("record", "--to", "kubernetes", "-n", "prod", "Deployment/web", "RolledBack", "it fails")


def test_record_to_a_cluster(server: ApiServer, tmp_path: Path) -> None:
    run = kevent(*RECORD, "--api-version", "apps/v1", KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr) == (0, "Deployment/web: RolledBack recorded\n", "")
    (stored,) = server.sink.events()
    assert (stored.namespace, stored.message, stored.source.component) == ("prod", "it fails", "kevent")
    assert stored.involved_object.api_version == "apps/v1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (status(StatusError.forbidden("events", "", "no\nway")), "kevent: events is forbidden: no way\n"),
        ((500, {}, b"\x1b[31moops"), r'kevent: an error on the server ("\x1b[31moops") has prevented the request'),
    ],
)
def test_record_says_why_a_cluster_refused(
    server: ApiServer, tmp_path: Path, answer: tuple[int, dict[str, str], bytes], said: str
) -> None:
    server.misbehaviours = [answering(answer[0], answer[2])]
    run = kevent(*RECORD, KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert run.stderr.startswith(said)
    assert len(server.sink) == 0


def test_record_says_that_nobody_answers(tmp_path: Path) -> None:
    server = ApiServer()
    server.stop()
    run = kevent(*RECORD, KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert "Connection refused" in run.stderr


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "clusters: 5", "\x00"])
def test_record_says_that_there_is_no_configuration(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)
    run = kevent(*RECORD, KUBECONFIG=str(path), KUBERNETES_SERVICE_HOST="")
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert "no API server is configured: " in run.stderr


# --- events ------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with SqliteSink(tmp_path / "events.db", ttl=None) as sink:
        sink.create(event("a", reason="Started", type="Normal", message="first"))
        sink.create(event("b", "prod", reason="Failed", type="Warning", message="second"))
        sink.create(event("c", reason="Started", type="Warning", message=HOSTILE))
    return tmp_path / "events.db"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([], ["a", "b", "c"]),
        (["-n", "prod"], ["b"]),
        (["--type", "Warning"], ["b", "c"]),
        (["--reason", "Started"], ["a", "c"]),
        (["--type", "Warning", "--reason", "Started"], ["c"]),
        (["--for", "Pod/web-0"], ["a", "b", "c"]),
        (["--for", "pod/web-1"], []),
        (["--for", "node/web-0"], []),
        (["--since", "1s"], []),
        (["--since", "999999999d"], ["a", "b", "c"]),
    ],
)
def test_filters(file: Path, filters: list[str], names: list[str]) -> None:
    run = kevent("events", file, "-o", "json", *filters)
    assert [item["metadata"]["name"] for item in json.loads(run.stdout)["items"]] == names
    table = kevent("events", file, *filters)
    lines = 1 + len(names) if names else 0
    assert (len(table.stdout.splitlines()), table.stderr) == (lines, "" if names else "No events.\n")


def test_wide(file: Path) -> None:
    header, line, *_ = kevent("events", file, "-o", "wide").stdout.splitlines()
    assert re.split("  +", header) == [
        "LAST SEEN", "COUNT", "FIRST SEEN", "TYPE", "REASON", "OBJECT", "SOURCE", "NAMESPACE", "NAME", "MESSAGE",
    ]  # fmt: skip
    assert re.split("  +", line)[-3:] == ["default", "a", "first"]


def test_what_an_event_says_is_not_obeyed(file: Path) -> None:
    for output in ("table", "wide"):
        assert kevent("events", file, "-o", output).stdout.splitlines()[-1].endswith(SHOWN)
        seen = on_a_terminal("events", file, "-o", output)
        assert re.sub(r"\x1b\[[0-9;]*m", "", seen).count("\x1b") == 0
        assert "\\x1b]0;mine" in seen
    assert json.loads(kevent("events", file, "-o", "json").stdout)["items"][2]["message"] == HOSTILE
    explained = kevent("explain", "-", stdin=listed({"message": HOSTILE, "reason": HOSTILE, "count": 2}))
    assert explained.stdout.count(SHOWN) == 2
    assert "\x1b" not in explained.stdout


def test_a_terminal_that_cannot_show_it_gets_it_written_out(file: Path) -> None:
    with SqliteSink(file, ttl=None) as sink:
        sink.create(event("d", message="Größe"))
    assert kevent("events", file, PYTHONIOENCODING="ascii").stdout.splitlines()[-1].endswith(r"Gr\xf6\xdfe")


def test_follow_goes_on_with_what_is_written_and_ends_at_an_interrupt(file: Path) -> None:
    arguments = ("events", file, "--follow", "--type", "Warning")
    with running(*arguments, "-o", "json") as plain, running(*arguments, "-o", "wide") as wide:
        assert plain.stdout is not None
        assert wide.stdout is not None
        assert [json.loads(plain.stdout.readline())["metadata"]["name"] for _ in range(2)] == ["b", "c"]
        header, *old = (wide.stdout.readline() for _ in range(3))
        assert header.startswith("LAST SEEN   COUNT")
        with SqliteSink(file, ttl=None) as sink:
            sink.create(event("not this one", type="Normal"))
            sink.create(event("d", type="Warning", message=HOSTILE))
            sink.patch(event("b", "prod"), {"count": 2})
        new = [json.loads(plain.stdout.readline()) for _ in range(2)]
        assert [(item["metadata"]["name"], item["count"]) for item in new] == [("d", 1), ("b", 2)]
        line = wide.stdout.readline()
        assert line.rstrip().endswith(SHOWN)
        assert line.index("Warning") == old[0].index("Warning"), "below the others"
        for process in (plain, wide):
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
            assert process.stderr is not None
            assert process.stderr.read() == ""


def test_follow_begins_where_since_says(file: Path) -> None:
    with running("events", file, "-f", "--since", "1h") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("LAST SEEN"), "it has looked once, and found nothing"
        with SqliteSink(file, ttl=None) as sink:
            sink.create(event("d", message="now", last_timestamp=4_000_000_000 * 1_000_000_000))
        assert process.stdout.readline().endswith("now\n"), "not what was there before"


# --- explain -----------------------------------------------------------------------------------------------


def test_explain_says_where_the_budget_ran_dry() -> None:
    lines = kevent("explain", "-", stdin=listed(spread(61, 1))).stdout.splitlines()
    assert lines[0] == "1 events stand for at least 61 occurrences."
    line = next(line for line in lines if line.startswith("pod/p"))
    assert line.split() == ["pod/p", "-", "61", "25", "0", "36", "2019-02-05T00:00:25Z", "#" * 9 + "x" * 15]


def test_explain_tells_counts_from_combined_ones() -> None:
    combined = {"message": "(combined from similar events): m", **spread(20, 9)}
    items = listed(combined, {"message": "a", **spread(3, 9)}, {"message": "b", **spread(1, 0)})
    explained = kevent("explain", "-", "--qps", "1", stdin=items).stdout
    assert "3 events stand for at least 24 occurrences." in explained
    assert "1 are counts of equal events, 1 are combined from similar ones." in explained
    rows = [line.split()[:3] for line in explained.splitlines() if line.startswith(("combined", "count"))]
    assert rows == [["combined", "20", "pod/p"], ["count", "3", "pod/p"]]
    line = next(line for line in explained.splitlines() if line.startswith("pod/p")).split()
    assert int(line[4]) > 10, "most are combined"
    assert "=" in line[7]
    assert "WRITES IF QPS 1" in explained


def test_explain_reads_a_file_in_which_nothing_was_counted(tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text(listed(spread(1, 0)))
    lines = kevent("explain", tmp_path / "events.json").stdout.splitlines()
    assert lines[:2] == ["1 events stand for at least 1 occurrences.",
                         "0 are counts of equal events, 0 are combined from similar ones."]  # fmt: skip
    assert not any(line.startswith(("count", "combined")) for line in lines)


def test_explain_with_no_events() -> None:
    run = kevent("explain", "-", stdin='\ufeff{"kind": "List", "items": []}')
    assert (run.returncode, run.stdout, run.stderr) == (0, "No events.\n", "")


# --- what every command owes its user ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["nothing"], "", "kevent: error: argument COMMAND: invalid choice: 'nothing'"),
        (["events", "none.db"], "", "kevent: none.db: no such file"),
        (["events", "."], "", "kevent: .: is a directory"),
        (["events", "x", "--since", "soon"], "", "expected a number with s, m, h or d, not 'soon'"),
        (["record", "--to", "x", "pod", "R", "m"], "", "expected KIND/NAME, such as Pod/web-0, not 'pod'"),
        (["record", "--to", "x", "pod/p", "", "m"], "", "expected one word, such as BackOff, not ''"),
        (["record", "--to", "x", "pod/p", "two words", "m"], "", "expected one word, such as BackOff, not 'two words'"),
        (["record", "--to", ".", "pod/p", "R", "m"], "", "kevent: .: is a directory"),
        (["record", "--to", "none/x", "pod/p", "R", "m"], "", "kevent: none/x: unable to open database file"),
        (["demo", "--speed", "-1"], "", "expected a number above 0, not '-1'"),
        (["demo", "--speed", "fast"], "", "expected a number above 0, not 'fast'"),
        (["demo", "--speed", "nan"], "", "expected a number above 0, not 'nan'"),
        (["explain", "none.json"], "", "kevent: none.json: no such file or directory"),
        (["explain", "."], "", "kevent: .: is a directory"),
        (["explain", "-", "--burst", "-1"], "", "expected a whole number of at least 1, not '-1'"),
        (["explain", "-", "--burst", "1.5"], "", "expected a whole number of at least 1, not '1.5'"),
        (["explain", "-", "--qps", "0"], "", "expected a number above 0, not '0'"),
        (["explain", "-"], "\n", "kevent: -: nothing there; expected a List of events, as kubectl get events -o json"),
        (["explain", "-"], "SQLite format 3\0", "a SQLite file; its events come from: kevent events FILE -o json"),
        (["explain", "-"], "x", "kevent: -: not JSON: "),
        (["explain", "-"], b"\xff\xfe\x00", "kevent: -: not JSON: not UTF-8 text"),
        (["explain", "-"], "[" * 200_000, "kevent: -: not JSON that anybody meant: nested too deeply"),
        (["explain", "-"], "[1]", "kevent: -: expected a List of events, as kubectl get events -o json prints it"),
        (["explain", "-"], '{"kind": "PodList", "items": []}', "prints it, not 'PodList'"),
        (["explain", "-"], '{"kind": "Pod", "metadata": {}}', "kevent: -: item 0: kind: expected Event, got 'Pod'"),
        (["explain", "-"], '{"items": [{"a": 1}]}', "kevent: -: item 0: not an event: it has no involvedObject"),
        (["explain", "-"], listed({"count": "\x1b[31m"}), r"item 0: count: expected a 32-bit integer, got '\x1b[31m'"),
        (["explain", "-"], listed({"count": 1 << 31}), "kevent: -: item 0: count: expected a 32-bit integer"),
        (["explain", "-"], listed({"count": 10**6}, {}), "the list stands for 1000001 occurrences, and at most"),
        (["explain", "-"], listed({"lastTimestamp": "now"}), "lastTimestamp: expected an RFC 3339 time, got 'now'"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    arguments: list[str], stdin: str | bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kevent(*arguments, stdin=stdin)
    assert (run.returncode, run.stdout) == (2, "")
    *usage, last = run.stderr.splitlines()
    assert message in last
    assert not usage or usage[0].startswith("usage: ")
    assert "\x1b" not in run.stderr


def test_a_damaged_file_is_bad_input(file: Path) -> None:
    with SqliteSink(file, ttl=None) as sink:
        for number in range(50):
            sink.create(event(f"e-{number}"))
    body = bytearray(file.read_bytes())
    body[4096:] = b"\xaa" * (len(body) - 4096)
    file.write_bytes(body)
    run = kevent("events", file)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert "malformed" in run.stderr


@pytest.mark.parametrize("line", ["demo --speed 1.5", "events {file}", "events {file} -o json", "events {file} -f"])
def test_a_reader_that_leaves_is_no_error(file: Path, line: str) -> None:
    arguments = line.format(file=file).split()
    with running(*arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        with SqliteSink(file, ttl=None) as sink:
            sink.create(event("for who follows"))
        assert process.wait(30) == 0, "at once, and not when the pod has lived"
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stdout = None  # so that nobody reads it at the end


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_is_full_is_one_line(file: Path) -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run(command("events", file), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (1, "kevent: [Errno 28] No space left on device\n")


def test_a_command_without_an_output_does_its_work(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    arguments = shlex.join(command("record", "--to", file, "pod/web-0", "R", "m"))
    run = subprocess.run(["sh", "-c", f"{arguments} >&-"], stderr=subprocess.PIPE, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    with SqliteSink(file) as sink:
        assert len(sink) == 1


def test_without_a_command_there_is_the_help() -> None:
    run = kevent()
    assert (run.returncode, run.stdout, run.stderr) == (2, "", kevent("--help").stdout)


def test_the_version_is_the_distributions() -> None:
    assert kevent("--version").stdout == f"kube-kevent {version('kube-kevent')}\n"


@pytest.mark.parametrize("words", [[], ["demo"], ["record"], ["events"], ["explain"]])
def test_help_teaches_with_examples_that_can_be_typed(words: list[str]) -> None:
    run = kevent(*words, "--help", COLUMNS="100")
    assert (run.returncode, run.stderr) == (0, "")
    examples = re.findall(r"^  .*?\bkevent ((?:demo|record|events|explain)\b.*?)(?:   .*)?$", run.stdout, re.MULTILINE)
    assert examples
    for example in examples:
        _parser().parse_args(shlex.split(example.partition(" | ")[0]))
    assert max(map(len, run.stdout.splitlines())) <= 120
