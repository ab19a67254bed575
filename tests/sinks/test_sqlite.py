"""The SQLite sink: a file that survives. What it answers is tested in test_store.py, beside the memory sink."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kevent.correlator import EventCorrelator
from kevent.event import EventSeries, ObjectReference
from kevent.sinks import RequestConstructionError, SinkError, StatusError, is_already_exists
from kevent.sinks.sqlite import SCHEMA_VERSION, SqliteSink
from kevent.writing import Fate, record_to_sink
from tests.sinks.events import event, written_by_four_threads
from tests.support import ROOT, SECOND, START, Clock, forked, python


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(tmp_path: Path, clock: Clock) -> Iterator[SqliteSink]:
    with SqliteSink(tmp_path / "events.db", clock=clock) as sink:
        yield sink


# --- listing -----------------------------------------------------------------------------------------------


def test_filters(sink: SqliteSink, clock: Clock) -> None:
    sink.create(event("b"))
    sink.create(event("a", namespace="prod", reason="Killing", type="Normal", last_timestamp=START + 60 * SECOND))
    sink.create(event("c", involved_object=ObjectReference("Node", "", "web-1")))

    def names(*args: Any, **selection: Any) -> list[str]:
        return [found.name for found in sink.events(*args, **selection)]

    assert names() == ["b", "a", "c"]
    assert names("default") == ["b", "c"]
    assert names(reason="Killing") == names(type="Normal") == ["a"]
    assert names(object_name="web-0") == names(object_kind="Pod") == ["b", "a"]
    assert names(since=START + 60 * SECOND) == ["a"]
    assert len(sink) == 3


def test_a_series_happened_last_when_it_says_so(sink: SqliteSink) -> None:
    seen = EventSeries(count=3, last_observed_time=START + 60 * SECOND)
    newer: dict[str, Any] = {"event_time": START, "reporting_controller": "c", "reporting_instance": "i", "action": "A"}
    sink.create(event("series", first_timestamp=None, last_timestamp=None, series=seen, **newer))
    sink.create(event("begun", first_timestamp=START, last_timestamp=None))
    assert [found.name for found in sink.events(since=START + 60 * SECOND)] == ["series"]
    assert [found.name for found in sink.events(since=START)] == ["series", "begun"]


def test_a_reader_follows_the_order_of_writing(sink: SqliteSink) -> None:
    sink.create(event("a"))
    seen = sink.create(event("b")).resource_version
    assert sink.events(after=seen) == []
    sink.create(event("c"))
    sink.patch(event("a"), {"count": 2})
    assert [(one.name, one.count) for one in sink.events(after=seen)] == [("c", 1), ("a", 2)]


# --- the file ----------------------------------------------------------------------------------------------


def test_it_is_there_when_opened_again(tmp_path: Path) -> None:
    with SqliteSink(tmp_path / "e.db") as sink:
        stored = sink.create(event())
    with SqliteSink(tmp_path / "e.db") as sink:
        assert sink.events() == [stored]
        assert sink.create(event("next")).resource_version == "2"
    with sqlite3.connect(tmp_path / "e.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    connection.close()


def test_versions_go_on_after_everything_is_forgotten(sink: SqliteSink, clock: Clock) -> None:
    sink.create(event())
    clock.time += 3600 * SECOND
    assert sink.events() == []
    assert sink.create(event()).resource_version == "2"
    (rows,) = sink._connection.execute("SELECT count(*) FROM events").fetchone()  # type: ignore[union-attr]
    assert rows == 1, "the sweep has deleted the old one from the file"


def test_what_no_file_can_hold_is_final(sink: SqliteSink) -> None:
    with pytest.raises(RequestConstructionError):
        sink.events(since=1 << 80)
    assert record_to_sink(sink, event("\ud800"), EventCorrelator(), pause=never) is Fate.REJECTED


def never(seconds: float) -> bool:
    raise AssertionError("another try would end the same")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("UPDATE events SET body = '{'", "an event in it cannot be read: "),
        ("UPDATE events SET body = '[]'", "an event in it cannot be read: event: expected an object"),
        ("DELETE FROM latest", "the latest resource version is missing"),
        ("DROP TABLE events", "no such table: events"),
    ],
)
def test_a_file_that_somebody_else_has_written_to_is_final(
    sink: SqliteSink, tmp_path: Path, damage: str, message: str
) -> None:
    sink.create(event())
    connection = sqlite3.connect(tmp_path / "events.db")
    connection.execute(damage)
    connection.commit()
    connection.close()
    with pytest.raises(StatusError) as caught:
        sink.patch(event(), {"count": 2})
    assert f"events.db: {message}" in str(caught.value)
    assert caught.value.code == 500


@pytest.mark.parametrize("left", [[], ["-wal", "-shm"]])
def test_a_file_that_was_deleted_is_made_anew(tmp_path: Path, left: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An event written to a file that has no name any more would be acknowledged, and lost."""
    path = tmp_path / "e.db"
    with SqliteSink(path) as one, SqliteSink(path) as other:
        monkeypatch.chdir("/")
        one.create(event("before"))
        for suffix in {"", "-wal", "-shm"} - set(left):
            Path(f"{path}{suffix}").unlink()
        one.create(event("after"))
        other.create(event("after, too"))
        with SqliteSink(path, read_only=True) as reader:
            names = [stored.name for stored in reader.events()]
            assert names == ["after", "after, too"]
            path.unlink()
            with pytest.raises(SinkError, match="unable to open database file"):
                reader.events()


@pytest.mark.parametrize("busy_timeout", [-1, 1e12, float("nan"), "x"])
def test_busy_timeout_is_checked_by_name(tmp_path: Path, busy_timeout: Any) -> None:
    with pytest.raises(ValueError, match=r"^busy_timeout must be from 0 to"):
        SqliteSink(tmp_path / "e.db", busy_timeout=busy_timeout)


def test_a_closed_sink_says_so(sink: SqliteSink) -> None:
    sink.close()
    sink.close()
    with pytest.raises(SinkError, match=r"events\.db is closed$"):
        sink.create(event())


def test_threads_and_two_sinks_on_one_file(tmp_path: Path) -> None:
    sinks = [SqliteSink(tmp_path / "e.db", busy_timeout=60) for _ in range(2)]
    versions, taken = written_by_four_threads(sinks, 50)
    assert sorted(map(int, versions)) == list(range(1, 251))
    assert len(taken) == 150
    assert all(map(is_already_exists, taken))
    assert len(sinks[0]) == len(sinks[1]) == 250
    for sink in sinks:
        sink.close()


def test_a_busy_file_is_worth_another_try(sink: SqliteSink, tmp_path: Path) -> None:
    with SqliteSink(tmp_path / "events.db", busy_timeout=0) as other:
        sink._connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
        with pytest.raises(SinkError, match="database is locked") as caught:
            other.create(event())
        assert not isinstance(caught.value, StatusError)
        sink._connection.execute("ROLLBACK")  # type: ignore[union-attr]
        other.create(event())


def test_a_full_file_is_worth_another_try(sink: SqliteSink) -> None:
    connection = sink._connection
    assert connection is not None
    connection.execute("PRAGMA max_page_count = 20").fetchall()
    acknowledged: list[str] = []

    def fill() -> None:
        while True:
            acknowledged.append(sink.create(event(f"e-{len(acknowledged)}")).name)

    with pytest.raises(SinkError, match="database or disk is full") as caught:
        fill()
    assert not isinstance(caught.value, StatusError)
    assert [one.name for one in sink.events()] == acknowledged
    connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    sink.create(event("room again"))


def test_a_disk_that_refuses_to_grow(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from kevent.sinks import SinkError, StatusError\n"
        "from kevent.sinks.sqlite import SqliteSink\n"
        "from tests.sinks.events import event\n"
        "sink = SqliteSink(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n"
        "try:\n"
        "    for number in range(10_000):\n"
        "        print(sink.create(event(f'e-{number}')).name, flush=True)\n"
        "except SinkError as error:\n"
        "    print('!', isinstance(error, StatusError), error)\n"
    )
    *acknowledged, error = python("-c", program, tmp_path / "e.db").stdout.splitlines()
    assert error.startswith("! False ")
    assert "e.db: " in error
    assert len(acknowledged) > 10
    with SqliteSink(tmp_path / "e.db") as sink:
        assert [one.name for one in sink.events()] == acknowledged


def test_a_damaged_file_is_final(tmp_path: Path) -> None:
    path = tmp_path / "e.db"
    path.write_bytes(b"this is no database, whatever its name says\n" * 100)
    with pytest.raises(StatusError, match=r"e\.db: file is not a database$"):
        SqliteSink(path)
    path.unlink()
    with SqliteSink(path) as sink:
        for number in range(100):
            sink.create(event(f"e-{number}"))
    body = bytearray(path.read_bytes())
    body[4096:] = os.urandom(len(body) - 4096)
    path.write_bytes(body)
    with SqliteSink(path) as sink, pytest.raises(StatusError, match="malformed") as caught:
        sink.create(event("new"))
    assert caught.value.code == 500


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "e.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(StatusError, match="is a SQLite file, but not one of kevent's"):
        SqliteSink(path)
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)]
    connection.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.db"
    SqliteSink(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(StatusError, match="has schema version 9, and this kevent knows 1 at most"):
        SqliteSink(path)


def test_a_read_only_sink_reads(sink: SqliteSink, tmp_path: Path, clock: Clock) -> None:
    sink.create(event())
    with SqliteSink(tmp_path / "events.db", read_only=True, clock=clock) as reader:
        assert len(reader) == 1
        with pytest.raises(StatusError, match="attempt to write a readonly database"):
            reader.create(event("other"))
    with pytest.raises(SinkError, match="unable to open database file"):
        SqliteSink(tmp_path / "none.db", read_only=True)
    assert not (tmp_path / "none.db").exists()


class Caught(SqliteSink):
    """As if it had been in the middle of a call, of the very thread that forks."""

    def _before_fork(self) -> None:
        pass


@pytest.mark.parametrize("kind", [SqliteSink, Caught])
def test_a_child_after_a_fork_has_a_connection_of_its_own(kind: type[SqliteSink], tmp_path: Path, clock: Clock) -> None:
    sink = kind(tmp_path / "events.db", clock=clock)
    sink.create(event("parent"))
    assert forked(lambda: sink.create(event("child")))()
    sink.create(event("parent again"))
    assert [one.name for one in sink.events()] == ["parent", "child", "parent again"]


def test_a_fork_waits_for_a_write_and_the_child_is_not_locked_out(tmp_path: Path) -> None:
    writing, forking = threading.Event(), threading.Event()

    def clock() -> int:
        writing.set()
        forking.wait(5)
        return 1

    class Forked(SqliteSink):
        def _before_fork(self) -> None:
            forking.set()
            super()._before_fork()

    sink = Forked(tmp_path / "events.db", busy_timeout=0.1, clock=clock)
    writer = threading.Thread(target=sink.create, args=[event("parent")])
    writer.start()
    assert writing.wait(5)
    child_ended_well = forked(lambda: sink.create(event("child")))
    writer.join()
    assert child_ended_well()
    assert [one.name for one in sink.events()] == ["parent", "child"]


def test_a_parent_that_closes_the_file_takes_nothing_from_its_child(tmp_path: Path) -> None:
    sink = SqliteSink(tmp_path / "events.db", ttl=None)
    sink.create(event("parent"))
    (child_wrote, tell_parent), (parent_closed, tell_child) = os.pipe(), os.pipe()

    def write_around_the_close() -> None:
        sink.create(event("child"))
        os.write(tell_parent, b".")
        os.read(parent_closed, 1)
        sink.create(event("child again"))

    child_ended_well = forked(write_around_the_close)
    os.read(child_wrote, 1)
    sink.close()
    os.write(tell_child, b".")
    assert child_ended_well()
    for end in (child_wrote, tell_parent, parent_closed, tell_child):
        os.close(end)
    with pytest.raises(SinkError, match="is closed"):
        sink.events()
    with SqliteSink(tmp_path / "events.db", ttl=None) as again:
        assert [one.name for one in again.events()] == ["parent", "child", "child again"]


# --- killed ------------------------------------------------------------------------------------------------

KILLS = 210
FILES = 6


class Writers:
    """The process that forks writers."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sinks.writer"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def kill_one(self, path: Path, round_: int, words: int, turns: int) -> list[tuple[str, int]]:
        """Let one write until it has said so many words, and kill it some turns of an idle loop later.

        What it had said was stored. By then it is somewhere in the middle of the next.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{path} {round_}\n")
        self.process.stdin.flush()
        said: list[str] = []
        pid = 0
        while not pid or len(said) < words:
            line = self.process.stdout.readline()
            if line.startswith("pid"):
                pid = int(line.split()[1])
            else:
                assert len(line.split()) == 2, "the writer ended by itself"
                said.append(line)
        for _ in range(turns):
            pass
        os.kill(pid, signal.SIGKILL)
        while (line := self.process.stdout.readline()) != "dead\n":
            said.append(line)
        return [(name, int(count)) for name, count in map(str.split, said)]

    def close(self) -> None:
        self.process.communicate()


@pytest.mark.ci
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    rng = random.Random(5)
    writers = Writers()
    acknowledged = 0
    try:
        for number in range(FILES):
            path = tmp_path / f"{number}.db"
            counts: dict[str, int] = {}
            for round_ in range(KILLS // FILES):
                # The first few die while they make the file, open it or take up the log of the one before.
                words, turns = (0, 200_000) if round_ < 10 else (rng.randrange(30), 50_000)
                counts.update(writers.kill_one(path, round_, words, rng.randrange(turns)))
                with SqliteSink(path, ttl=None) as sink:
                    assert sink._connection is not None
                    assert sink._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                    stored = {one.name: one.count for one in sink.events(object_kind="Pod")}
                lost = {name for name, count in counts.items() if stored.get(name, 0) < count}
                assert not lost, f"file {number}, kill {round_}"
            acknowledged += len(counts)
    finally:
        writers.close()
    assert acknowledged > KILLS, "the writers got to write something"
