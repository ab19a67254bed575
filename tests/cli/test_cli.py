"""The commands, each in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import pytest

from kevent import EventSeries, EventSource
from kevent.cli import _parser
from kevent.cli.commands import _helpful
from kevent.diagnosis import Report
from kevent.sinks import StatusError
from kevent.sinks.sqlite import SqliteSink
from tests.sinks.api_server import ApiServer, answering, kubeconfig, status
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
    said = run.stderr.decode()
    if "--timeout" not in arguments:
        said = "".join(line for line in said.splitlines(True) if "no answer yet" not in line)  # of a busy machine
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), said)


def on_a_terminal(*arguments: str | Path, **changes: str) -> str:
    """What a terminal of 200 columns gets to see."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(**{"COLUMNS": "200", **changes}),
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
    explained, from_file = kevent("explain", "-", stdin=stored), kevent("explain", file)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.startswith("12 events stand for 20 occurrences or more, from ")
    assert from_file.stdout == explained.stdout, "the file is read without a detour"


def test_a_standard_input_that_is_closed_has_nothing_in_it() -> None:
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *command("explain", "-")]
    run = subprocess.run(shell, capture_output=True, text=True, timeout=60, env=environment())
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("kevent: -: nothing there;")


def test_what_a_server_has_told_before_it_refuses_is_told() -> None:
    denied = {"kind": "Status", "status": "Failure", "message": "too old resource version"}
    run = kevent("explain", "-", stdin=listed(spread(3, 1)) + json.dumps(denied))
    assert run.returncode == 1
    assert "A server refused to say more: too old resource version" in run.stdout
    assert "No events." not in run.stdout


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


RECORD = ("record", "--to", "kubernetes", "-n", "prod", "deploy/web", "RolledBack", "it fails")
WEB = "/apis/apps/v1/namespaces/prod/deployments/web"


def known(uid: str) -> dict[str, object]:
    return {"metadata": {"name": "x", "uid": uid, "resourceVersion": "77"}}


@pytest.mark.parametrize("called", ["deploy", "Deployment", "deployments", "deployment.apps", "deployments.v1.apps"])
def test_record_looks_up_what_the_event_is_about(server: ApiServer, tmp_path: Path, called: str) -> None:
    server.objects[WEB] = known("u-web")
    arguments = (*RECORD[:5], f"{called}/web", *RECORD[6:])
    run = kevent(*arguments, KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr) == (0, "Deployment/web: RolledBack recorded\n", "")
    (stored,) = server.sink.events()
    assert (stored.namespace, stored.message, stored.source.component) == ("prod", "it fails", "kevent")
    about = stored.involved_object
    assert (about.kind, about.api_version, about.uid) == ("Deployment", "apps/v1", "u-web")


def test_record_about_a_node_has_no_namespace_in_it(server: ApiServer, tmp_path: Path) -> None:
    server.objects["/api/v1/nodes/worker-3"] = known("u-node")
    config = kubeconfig(server.url, tmp_path)
    assert kevent("record", "--to", "kubernetes", "no/worker-3", "Rebooted", "m", KUBECONFIG=config).returncode == 0
    (stored,) = server.sink.events()
    assert (stored.namespace, stored.involved_object.namespace, stored.involved_object.kind) == ("default", "", "Node")


def test_record_takes_the_namespace_of_the_context(server: ApiServer, tmp_path: Path) -> None:
    server.objects["/api/v1/namespaces/ledger/pods/db-1"] = known("u-db")
    path = Path(kubeconfig(server.url, tmp_path))
    config = json.loads(path.read_text())
    config["contexts"][0]["context"]["namespace"] = "ledger"
    path.write_text(json.dumps(config))
    assert kevent("record", "--to", "kubernetes", "po/db-1", "R", "m", KUBECONFIG=str(path)).returncode == 0
    assert [event.namespace for event in server.sink.events()] == ["ledger"]


@pytest.mark.ci
def test_record_asks_the_server_for_a_kind_of_somebody_elses(server: ApiServer, tmp_path: Path) -> None:
    server.objects |= {
        "/apis/example.com": {"preferredVersion": {"groupVersion": "example.com/v2"}},
        "/apis/example.com/v2": {"resources": [
            {"kind": "Database", "name": "databases/status", "namespaced": True},
            {"kind": "Database", "name": "databases", "singularName": "database", "namespaced": True,
             "shortNames": ["db"]},
        ]},
        "/apis/example.com/v2/namespaces/prod/databases/main": known("u-main"),
    }  # fmt: skip
    config = kubeconfig(server.url, tmp_path)
    arguments = ("record", "--to", "kubernetes", "-n", "prod", "db.example.com/main", "R", "m")
    assert kevent(*arguments, KUBECONFIG=config).stdout == "Database/main: R recorded\n"
    (stored,) = server.sink.events()
    assert (stored.involved_object.kind, stored.involved_object.api_version) == ("Database", "example.com/v2")
    run = kevent(*arguments[:5], "thing.example.com/x", "R", "m", KUBECONFIG=config)
    assert (run.returncode, run.stderr) == (
        2,
        "kevent: thing.example.com: the server has no such kind in example.com/v2\n",
    )
    run = kevent(*arguments[:5], "thing/x", "R", "m", KUBECONFIG=config)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)


def test_record_with_a_uid_looks_nothing_up(server: ApiServer, tmp_path: Path) -> None:
    run = kevent(*RECORD, "--uid", "u-9", KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stderr) == (0, "")
    assert [verb for verb, *_ in server.seen] == ["POST"]
    assert server.sink.events()[0].involved_object.uid == "u-9"


NOT_THERE = status(StatusError.not_found("deployments.apps", "web"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            status(StatusError.forbidden("pods", "", "no\nway")),
            "pods is forbidden: no way (--uid UID records without look",
        ),
        ((500, {}, b"\x1b[31moops"), r"kevent: \x1b[31moops"),
        (None, "the server has no deployments in apps/v1"),
    ],
)
def test_record_says_why_it_could_not_look_it_up(
    server: ApiServer, tmp_path: Path, answer: tuple[int, dict[str, str], bytes] | None, said: str
) -> None:
    server.misbehaviours = [answering(answer[0], answer[2])] if answer else []
    run = kevent(*RECORD, KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert said in run.stderr
    assert len(server.sink) == 0


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
    run = kevent(*RECORD, "--uid", "u", KUBECONFIG=kubeconfig(server.url, tmp_path))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert run.stderr.startswith(said)
    assert len(server.sink) == 0


@pytest.mark.ci
@pytest.mark.parametrize("more", [[], pytest.param(["--uid", "u"], marks=pytest.mark.ci)])
def test_record_ends_when_a_server_says_nothing(tmp_path: Path, more: list[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        config = kubeconfig(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path)
        run = kevent(*RECORD, *more, "--timeout", "3s", KUBECONFIG=config)
    assert (run.returncode, run.stdout) == (1, "")
    first, last = run.stderr.splitlines()
    assert first == "kevent: no answer yet; it is waited for, 3 s in all (--timeout)"
    assert "timed out" in last or "no answer" in last


def test_a_plugin_that_is_not_there_is_one_line(server: ApiServer, tmp_path: Path) -> None:
    path = Path(kubeconfig(server.url, tmp_path))
    config = json.loads(path.read_text())
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "interactiveMode": "Never"}
    config["users"][0]["user"] = {"exec": plugin}
    path.write_text(json.dumps(config))
    run = kevent(*RECORD, KUBECONFIG=str(path))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1), run.stderr


@pytest.mark.parametrize("called", ["deploy", "po", "replicaset", "deployments", "deployment.apps", "cj"])
def test_record_never_invents_a_kind(tmp_path: Path, called: str) -> None:
    file = tmp_path / "events.db"
    assert kevent("record", "--to", file, f"{called}/x", "R", "m").returncode == 0
    with SqliteSink(file) as sink:
        (one,) = sink.events()
    kinds = {"deploy": "Deployment", "po": "Pod", "replicaset": "ReplicaSet", "cj": "CronJob"}
    assert one.involved_object.kind == kinds.get(called, "Deployment")
    assert one.involved_object.api_version == {"Pod": "v1", "CronJob": "batch/v1"}.get(
        one.involved_object.kind, "apps/v1"
    )


def test_record_takes_a_kind_that_is_written_out(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    run = kevent("record", "--to", file, "--api-version", "example.com/v1", "Database/main", "R", "m")
    assert run.stdout == "Database/main: R recorded\n"


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


def test_a_series_has_its_own_count_and_time(tmp_path: Path) -> None:
    now = time.time_ns()
    file = tmp_path / "series.db"
    with SqliteSink(file, ttl=None) as sink:
        series = EventSeries(200, now - 60 * 1_000_000_000)
        sink.create(event(
            "a", event_time=now - 7200 * 1_000_000_000, series=series, source=EventSource(), count=0,
            first_timestamp=None, last_timestamp=None, reporting_controller="default-scheduler",
            reporting_instance="cp-1", action="Scheduling",
        ))  # fmt: skip
    assert kevent("events", file, "--since", "30s").stderr == "No events.\n"
    header, line = kevent("events", file, "--since", "10m", "-o", "wide").stdout.splitlines()
    seen, count, first, *_ = re.split("  +", line)
    assert (count, first) == ("200", "120m")
    assert 60 <= int(seen.rstrip("s")) < 100
    assert re.split("  +", line)[header.split().index("SOURCE") - 2] == "default-scheduler, cp-1"
    assert kevent("events", file).stdout.splitlines()[1].split()[1] == "(x200)"


def test_a_file_copied_without_what_stands_beside_it_is_told_in_words(tmp_path: Path) -> None:
    with SqliteSink(tmp_path / "events.db", ttl=None) as sink:
        sink.create(event("a"))
        assert (tmp_path / "events.db-wal").exists()
        (tmp_path / "copy.db").write_bytes((tmp_path / "events.db").read_bytes())
    for words in (("events",), ("explain",)):
        run = kevent(*words, tmp_path / "copy.db")
        assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
        assert "copied without the file copy.db-wal beside it" in run.stderr
        (tmp_path / "copy.db-wal").unlink(missing_ok=True)


def test_other_files_of_sqlites_are_told_in_words(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    run = kevent("events", tmp_path / "other.db")
    assert (run.returncode, run.stderr) == (
        2,
        f"kevent: {tmp_path}/other.db is a SQLite file, but not one of kevent's\n",
    )
    with SqliteSink(tmp_path / "newer.db", ttl=None) as sink:
        sink.create(event("a"))
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    run = kevent("events", tmp_path / "newer.db")
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "has schema version 99, and this kevent knows 1 at most" in run.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written_to_is_told_in_words(file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        run = kevent("record", "--to", file, "pod/p", "R", "m")
    finally:
        file.parent.chmod(0o700)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "may not be written to" in run.stderr


def test_what_sqlite_says_of_a_place_that_is_read_only() -> None:
    said = _helpful("/no/where.db", "/no/where.db: attempt to write a readonly database", False)
    assert (
        said
        == "/no/where.db: it, or the directory that it is in, may not be written to, which SQLite needs for its log"
    )


def test_what_an_event_says_is_not_obeyed(file: Path) -> None:
    for output in ("table", "wide"):
        assert kevent("events", file, "-o", output).stdout.splitlines()[-1].endswith(SHOWN)
        seen = on_a_terminal("events", file, "-o", output)
        assert re.sub(r"\x1b\[[0-9;]*m", "", seen).count("\x1b") == 0
        assert "\\x1b]0;mine" in seen
    assert json.loads(kevent("events", file, "-o", "json").stdout)["items"][2]["message"] == HOSTILE
    hostile = {"message": f"(combined from similar events): {HOSTILE}", "reason": HOSTILE, "count": 2}
    explained = kevent("explain", "-", "--object", "pod/p", stdin=listed(hostile))
    assert " ".join(explained.stdout.split()).count(SHOWN) == 2
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


def test_explain_says_what_a_budget_cannot_have_let_through() -> None:
    run = kevent("explain", "-", stdin=listed(spread(61, 1)))
    lines = run.stdout.splitlines()
    assert lines[0].startswith("1 event stands for 61 occurrences or more, from 2019-02-05 00:00:00 to")
    row = next(line for line in lines if line.startswith("pod/p"))
    assert row.split() == ["pod/p", "-", "1", "61", "0", ">=36", "2019-02-05", "00:01:00"]
    assert "  given defaults: At least 36 of these were counted and not written" in lines
    assert "At least" not in kevent("explain", "-", "--burst", "100", stdin=listed(spread(61, 1))).stdout
    assert "At least 11 of" in kevent("explain", "-", "--burst", "50", stdin=listed(spread(61, 1))).stdout


def test_explain_knows_whose_budget_pays_at_which_release() -> None:
    items = listed(
        {**spread(20, 1), "type": "Normal", "message": "a"}, {**spread(20, 1), "type": "Warning", "message": "b"}
    )
    assert "not written" not in kevent("explain", "-", stdin=items).stdout.replace("NOT WRITTEN", "")
    assert "At least 15 of these" in kevent("explain", "-", "--release", "1.31", stdin=items).stdout
    assert "At least 15 of these" in kevent("explain", "-", "--release", "v1.20.3", stdin=items).stdout


def test_explain_says_of_no_event_in_the_list_that_it_was_not_written() -> None:
    times = [f"2019-02-05T00:00:{n:02}Z" for n in range(60)]
    items = [{"message": time, "count": 1, "firstTimestamp": time, "lastTimestamp": time} for time in times]
    assert "At least" not in kevent("explain", "-", stdin=listed(*items)).stdout


def test_explain_tells_counts_from_combined_ones() -> None:
    combined = {"message": "(combined from similar events): m", "reason": "Unhealthy", **spread(20, 9)}
    items = listed(combined, {"message": "a", **spread(3, 9)}, {"message": "b", **spread(1, 0)})
    explained = kevent("explain", "-", "--object", "pod/p", stdin=items).stdout
    assert "certain: 20 similar events share one object" in explained
    assert "certain: 1 object counts 3 occurrences" in explained


def test_explain_has_a_column_for_namespaces_and_cuts_no_name() -> None:
    name = "a-name-that-is-longer-than-a-terminal-is-wide-" * 2 + "end"
    about = [{"kind": "Pod", "name": name, "namespace": where} for where in ("team-a", "team-b")]
    items = [{"involvedObject": each, "metadata": {"name": "e", **each}, **spread(61, 1)} for each in about]
    for seen in (
        kevent("explain", "-", stdin=listed(*items), COLUMNS="80").stdout,
        on_a_terminal_of_80(listed(*items)),
    ):
        assert seen.count("NAMESPACE") == 1
        assert [line.split()[:2] for line in seen.splitlines() if line.startswith("team-")] == [
            ["team-a", f"pod/{name}"], ["team-b", f"pod/{name}"],
        ]  # fmt: skip


def on_a_terminal_of_80(text: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.json"
        path.write_text(text)
        seen = on_a_terminal("explain", path, COLUMNS="80")
    return re.sub(r"\x1b\[[0-9;]*m", "", seen).replace("\r", "")


def test_explain_in_a_form_for_programs() -> None:
    run = kevent("explain", "-", "-o", "json", stdin=listed(spread(61, 1)))
    report = json.loads(run.stdout)
    assert report["schema"] == "kevent.diagnosis/v1"
    assert (report["events"], report["observed"], report["complete"], report["release"]) == (1, 61, True, "1.37")
    (group,) = report["groups"]
    assert (group["object"]["name"], group["filteredAtLeast"], group["package"]) == ("p", 36, "tools/record")
    assert {finding["level"] for finding in group["findings"]} == {"certain", "given", "possible"}
    documented = set(re.findall(r"`(\w+)`", Report.to_dict.__doc__ or ""))
    for each in (report, *report["groups"], *group["findings"], *(c for f in group["findings"] for c in f["causes"])):
        assert set(each) - {"schema"} <= documented


def test_explain_says_what_may_have_become_of_an_event(tmp_path: Path) -> None:
    items = listed(spread(61, 1), {"reason": "Other", **spread(1, 1)})
    arguments = ("explain", "-", "--object", "po/p", "--missing", "Killing", "--at", "2019-02-05T00:00:50Z")
    lines = kevent(*arguments, stdin=items).stdout.splitlines()
    assert "Killing of pod/p: what may have become of it, the likeliest first." in lines
    assert next(line for line in lines if line.startswith("      - ")).startswith(
        "      - Filtered: no token was left."
    )
    run = kevent("explain", "-", "--missing", "Killing", stdin=items)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "said"),
    [
        ([], listed(spread(61, 1)), 0, ""),
        (["--exit-code"], listed(spread(61, 1)), 3, ""),
        (["--exit-code"], listed(spread(3, 1)), 0, ""),
        ([], listed(spread(3, 1), spread(2, 1))[:-80], 1, ""),
        ([], '{"kind": "Status", "status": "Failure", "message": "events is forbidden", "code": 403}', 1,
         "kevent: events is forbidden\n"),
        ([], "nothing of the kind", 2, "kevent: -: not JSON: it begins with 'nothing of the kind'; expected"),
    ],
)  # fmt: skip
def test_explain_ends_with_a_status_that_scripts_can_use(
    arguments: list[str], stdin: str, status: int, said: str
) -> None:
    run = kevent("explain", "-", *arguments, stdin=stdin)
    assert run.returncode == status
    assert run.stderr.startswith(said)
    assert bool(run.stderr) == bool(said)


def test_explain_with_no_events() -> None:
    run = kevent("explain", "-", stdin='\ufeff{"kind": "List", "items": []}')
    assert (run.returncode, run.stdout, run.stderr) == (0, "No events.\n", "")
    run = kevent("explain", "-", stdin='{"kind": "EventList", "items": null}')
    assert (run.returncode, run.stdout, run.stderr) == (0, "No events.\n", "")


@pytest.mark.ci
def test_a_hundred_megabytes_need_little_room(tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    one = json.loads(listed(spread(3, 1)))["items"][0]
    with open(file, "w") as opened:
        opened.write('{"apiVersion": "v1", "items": [\n')
        for number in range(100_000):
            name = f"web-{number}"
            one["metadata"] = {"name": f"{name}.{number:x}", "namespace": "shop", "uid": f"e-{number}"}
            one["involvedObject"] = {"kind": "Pod", "name": name, "namespace": "shop", "uid": f"u-{number}"}
            opened.write((",\n" if number else "") + json.dumps({**one, "message": f"{number} " + "fails " * 110}))
        opened.write('\n], "kind": "List"}\n')
    assert file.stat().st_size > 95_000_000
    program = (
        "import re, sys; from kevent.cli import main; status = main(sys.argv[1:])\n"
        "print(re.search('VmHWM: *\\t*([0-9 ]+) kB', open('/proc/self/status').read())[1], file=sys.stderr)\n"
        "sys.exit(status)"
    )
    run = subprocess.run([sys.executable, "-c", program, "explain", file], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout[:60]) == (0, "100,000 events stand for 300,000 occurrences or more, from 2")
    assert int(run.stderr.split()[-1]) < 300 * 1024  # its own: what getrusage tells begins with the size of its parent


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
        (["explain", "-", "--release", "1.13"], "", "release must be one from 1.14 to 1.37.2, not '1.13'"),
        (["explain", "-", "--at", "noon"], "", "expected a time such as 2026-03-01T10:05:00Z, not 'noon'"),
        (["explain", "-"], "\n", "kevent: -: nothing there; expected a List of events, as this gives it: kubectl get"),
        (["explain", "-"], "SQLite format 3\0", "a SQLite file: only a kevent's can be read, and from a disk"),
        (["explain", "-"], "x", "kevent: -: not JSON: it begins with 'x'"),
        (["explain", "-"], b"\xff\xfe\x00", "kevent: -: not JSON"),
        (["explain", "-"], "[" * 200_000, "kevent: -: JSON, but nested deeper than anybody meant"),
        (["explain", "-"], "[1]", "kevent: -: JSON, but no events in it: a value that is no object"),
        (["explain", "-"], '{"kind": "PodList", "items": []}', "kevent: -: JSON, but no events in it: PodList"),
        (["explain", "-"], '{"kind": "Pod", "metadata": {}}', "kevent: -: JSON, but no events in it: Pod"),
        (["explain", "-"], '{"items": [{"a": 1}]}', "kevent: -: JSON, but no events in it: object without a kind"),
        (["explain", "-"], listed({"count": "\x1b[31m"}), r"event 1: count: expected a 32-bit integer, got '\x1b[31m'"),
        (["explain", "-"], listed({"count": 1 << 31}), "kevent: -: event 1: count: expected a 32-bit integer"),
        (["explain", "-"], listed({"lastTimestamp": "now"}), "lastTimestamp: expected an RFC 3339 time, got 'now'"),
        (["record", "--to", "x.db", "thing/x", "R", "m"], "", "kevent: thing: no kind of Kubernetes' own"),
        (["record", "--to", "x.db", "Thing/x", "R", "m"], "", "kevent: Thing: no kind of Kubernetes' own"),
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
