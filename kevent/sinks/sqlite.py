"""A sink that keeps events in a SQLite file and answers as an API server does.

The rules are those of `kevent.sinks.registry`; this module is where the events are kept, as Kubernetes JSON.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from kevent import forking, runtime
from kevent.event import Event, last_seen
from kevent.sinks.errors import RequestConstructionError, SinkError, StatusError
from kevent.sinks.registry import (
    DEFAULT_TTL,
    Key,
    check_clock,
    check_ttl,
    key_of,
    new_event,
    not_found,
    patched,
    path_of,
    place,
    updated,
)
from kevent.sinks.validation import Api

__all__ = ["SCHEMA_VERSION", "SqliteSink"]

SECOND = 1_000_000_000
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
MAX_BUSY_TIMEOUT = 2_000_000  # SQLite counts milliseconds in 32 bits

APPLICATION_ID = 0x6B657674  # "kevt", in the file's header
SCHEMA_VERSION = 1
"""The layout of the file, in its header as `user_version`."""

_SCHEMA = f"""
CREATE TABLE events (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of creation
    namespace        TEXT NOT NULL,
    name             TEXT NOT NULL,
    resource_version INTEGER NOT NULL UNIQUE,            -- the order of writing
    written          INTEGER NOT NULL,                   -- Unix nanoseconds
    kind             TEXT NOT NULL,                      -- of the involved object
    object_name      TEXT NOT NULL,
    type             TEXT NOT NULL,
    reason           TEXT NOT NULL,
    last_timestamp   INTEGER NOT NULL,                   -- when it last happened, Unix nanoseconds
    body             TEXT NOT NULL,                      -- the event as Kubernetes JSON
    UNIQUE (namespace, name)
) STRICT;
CREATE INDEX events_by_age ON events (written);
CREATE TABLE latest (resource_version INTEGER NOT NULL) STRICT;
INSERT INTO latest VALUES (0);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""

_FINAL = {
    "SQLITE_READONLY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_AUTH",
    "SQLITE_ERROR", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_TOOBIG",
}  # fmt: skip
"""What another try would not change; everything else (locked, full, an I/O error) may pass."""


class _Damaged(Exception):
    """The file holds what no kevent has written."""


class SqliteSink:
    """Keeps events in the SQLite file `path`, with an API server's rules. An `EventSink`.

    Safe for several threads, and for several processes that have the same file open: there is one writer at a time,
    the others wait up to `busy_timeout` seconds. Who reads waits for no other process (the file is in WAL mode), but
    for the call that another thread has under way on this sink. An event is forgotten `ttl` seconds after its last
    write, or never if `ttl` is None.

    When `create`, `update` or `patch` returns, the event is in the file, and a kill of the process cannot take it out
    again. After a power loss the last few may be missing, and the file is still whole: SQLite's `synchronous=NORMAL`.
    With `durable` each write waits for the disk (`synchronous=FULL`), which costs milliseconds on many of them.

    The methods that end in `_through` are those of a MemorySink: the server's two APIs.

    With `read_only` the file must be there and is not written to.

    Raises SinkError if the file cannot be opened or is busy, StatusError (500, final) if it is no event file, damaged,
    read-only, or written by a newer kevent; TypeError and ValueError that name the argument. Methods raise the same;
    a full disk is a SinkError, so a recorder tries again. What raised was not stored, except that a commit whose
    answer was lost to an I/O error may be: another try is then AlreadyExists.

    A fork waits for the write that is under way, and nothing of SQLite's crosses it: parent and child each open the
    file anew at their next call. So does whoever finds it deleted or replaced: what is written to a file without a
    name is lost.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        ttl: float | None = DEFAULT_TTL,
        busy_timeout: float = 5.0,
        durable: bool = False,
        read_only: bool = False,
        clock: Callable[[], int] = runtime.now,
    ) -> None:
        check_ttl(ttl)
        check_clock(clock)
        if not isinstance(busy_timeout, int | float) or not 0 <= busy_timeout <= MAX_BUSY_TIMEOUT:
            raise ValueError(f"busy_timeout must be from 0 to {MAX_BUSY_TIMEOUT} seconds, not {busy_timeout!r}")
        self.path = Path(path)
        self._address = self.path.absolute()  # also after a change of the working directory
        self._ttl = None if ttl is None else round(ttl * SECOND)
        self._busy_timeout = busy_timeout
        self._durable = durable
        self._read_only = read_only
        self._clock = clock
        self._lock = runtime.Mutex()
        self._held = False
        self._closed = False
        self._left_to_the_parent: list[sqlite3.Connection] = []
        with self._naming_errors():
            self._connection: sqlite3.Connection | None = self._opened()
        forking.around(self)

    # --- an EventSink ---

    def create(self, event: Event) -> Event:
        """Store a new event. In Go: EventSink.Create. Raises as `MemorySink.create` does."""
        return self.create_through("v1", event)

    def create_through(self, api: Api, event: Event) -> Event:
        """As `create`, through this API."""
        new = new_event(event, api)
        with self._writing() as (connection, now):
            place(new, lambda key: _find(connection, key) is not None)
            new.uid = str(uuid.uuid4())
            new.creation_timestamp = now
            return _write(connection, new, now)

    def update(self, event: Event) -> Event:
        """Put this event in the place of the stored one. In Go: EventSink.Update. Raises as `MemorySink.update`."""
        return self.update_through("v1", event)

    def update_through(self, api: Api, event: Event) -> Event:
        """As `update`, through this API."""
        return self._replace(key_of(event), lambda old: updated(old, event, api))

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Merge `patch` into the stored event. In Go: EventSink.Patch. Raises as `MemorySink.patch` does."""
        return self.patch_through("v1", event, patch)

    def patch_through(self, api: Api, event: Event, patch: dict[str, Any]) -> Event:
        """As `patch`, through this API."""
        return self._replace(key_of(event), lambda old: patched(old, patch, api))

    def _replace(self, key: Key, change: Callable[[Event], Event]) -> Event:
        with self._writing() as (connection, now):
            old = _find(connection, key)
            if old is None:
                raise not_found(key)
            new = change(old)
            return old if new is old else _write(connection, new, now)

    # --- reading ---

    def get(self, namespace: str, name: str) -> Event:
        """The event of this name. Raises StatusError NotFound (404)."""
        key = path_of(namespace, name)
        found = self._select("namespace = ? AND name = ?", list(key), "id")
        if not found:
            raise not_found(key)
        return found[0]

    def events(
        self,
        namespace: str | None = None,
        *,
        object_kind: str | None = None,
        object_name: str | None = None,
        reason: str | None = None,
        type: str | None = None,
        since: int | None = None,
        after: str | None = None,
    ) -> list[Event]:
        """Events in the order of their creation; those of one namespace, object, reason or type where given.

        `since` (Unix nanoseconds) leaves out what last happened before. `after` is a resource version: what was
        written later, in the order of writing, which is how a reader follows the file. Raises ValueError for an `after`
        that is no number. In Go: a list with field selectors, and a watch from a resource version.
        """
        wanted = {
            "namespace": namespace, "kind": object_kind, "object_name": object_name, "reason": reason, "type": type,
        }  # fmt: skip
        conditions = [f"{column} = ?" for column, value in wanted.items() if value is not None]
        values: list[Any] = [value for value in wanted.values() if value is not None]
        if since is not None:
            conditions.append("last_timestamp >= ?")
            values.append(since)
        if after is not None:
            conditions.append("resource_version > ?")
            values.append(int(after or 0))
        return self._select(" AND ".join(conditions) or "1", values, "id" if after is None else "resource_version")

    def _select(self, condition: str, values: list[Any], order: str) -> list[Event]:
        oldest = -1 if self._ttl is None else self._clock() - self._ttl
        query = f"SELECT body FROM events WHERE written > ? AND {condition} ORDER BY {order}"
        with self._using() as connection:
            return [_read_stored(body) for (body,) in connection.execute(query, [oldest, *values])]

    def __len__(self) -> int:
        return len(self.events())

    # --- the file ---

    def close(self) -> None:
        """Close the file. Later calls raise SinkError. A second call does nothing."""
        with self._lock:
            self._closed = True
            self._let_go()

    def __enter__(self) -> SqliteSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SqliteSink {self.path}>"

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _before_fork(self) -> None:
        # SQLite keeps a list of the locks this process has on a file. A child would inherit the list without the
        # locks: locked out by a write that is under way here, and with no lock of its own against a parent that
        # clears the file away. So nothing is open while the process forks. The wait has an end, for who forks in the
        # middle of a call.
        if self._lock.acquire(timeout=self._busy_timeout + 1):
            self._held = True
            with suppress(sqlite3.Error):
                self._let_go()

    def _after_fork_in_parent(self) -> None:
        if self._held:
            self._held = False
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self._held = False
        self._lock = runtime.Mutex()
        if self._connection is not None:  # still open; to close it here would drop the parent's locks
            self._left_to_the_parent.append(self._connection)
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        connection = self._connect("ro" if self._read_only else "rwc")
        try:
            self._prepare(connection)
            self._identity = self._look()
        except BaseException:
            connection.close()
            raise
        return connection

    def _look(self) -> tuple[int, int] | None:
        """Which file has the name now."""
        try:
            found = os.stat(self._address)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"file:{quote(os.fspath(self._address))}?mode={mode}"
        return sqlite3.connect(
            address, uri=True, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if not self._read_only:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        version, application = _header(connection)
        if not version and not self._read_only:
            with _transaction(connection):  # whoever comes second finds the tables made
                version, application = _header(connection)
                if not version and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                    for statement in _SCHEMA.strip().split(";\n"):
                        connection.execute(statement)
                    version, application = SCHEMA_VERSION, APPLICATION_ID
        if application != APPLICATION_ID:
            raise StatusError.internal_error(f"{self.path} is a SQLite file, but not one of kevent's")
        if version > SCHEMA_VERSION:
            raise StatusError.internal_error(
                f"{self.path} has schema version {version}, and this kevent knows {SCHEMA_VERSION} at most"
            )

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._naming_errors():
            if self._closed:
                raise SinkError(f"{self.path} is closed")
            if self._look() != self._identity:
                self._let_go()
            if self._connection is None:
                self._connection = self._opened()
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """The connection inside a transaction, and the time; what is too old is forgotten first."""
        with self._using() as connection, _transaction(connection):
            now = self._clock()
            if self._ttl is not None:
                connection.execute("DELETE FROM events WHERE written <= ?", [now - self._ttl])
            yield connection, now

    @contextmanager
    def _naming_errors(self) -> Iterator[None]:
        try:
            yield
        except (UnicodeEncodeError, OverflowError) as error:  # what SQLite has no value for
            raise RequestConstructionError(error) from error
        except _Damaged as error:
            raise StatusError.internal_error(f"{self.path}: {error}") from error
        except sqlite3.Error as error:
            code = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
            if code in _FINAL:
                raise StatusError.internal_error(f"{self.path}: {error}") from error
            raise SinkError(f"{self.path}: {error}") from error


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return version, application


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors, a full disk for one, have rolled back already
            connection.execute("ROLLBACK")
        raise


def _find(connection: sqlite3.Connection, key: Key) -> Event | None:
    row = connection.execute("SELECT body FROM events WHERE namespace = ? AND name = ?", key).fetchone()
    return None if row is None else _read_stored(row[0])


def _write(connection: sqlite3.Connection, event: Event, now: int) -> Event:
    """Store the event under the next resource version; what is returned is what can be read back."""
    counted = connection.execute(
        "UPDATE latest SET resource_version = resource_version + 1 RETURNING resource_version"
    ).fetchone()
    if counted is None:
        raise _Damaged("the latest resource version is missing")
    (version,) = counted
    event.resource_version = str(version)
    try:
        body = json.dumps(event.to_dict(), separators=(",", ":"))
        stored = _read(body)
    except (TypeError, ValueError) as error:
        raise RequestConstructionError(error) from error
    about = stored.involved_object
    values = (
        stored.namespace, stored.name, version, now, about.kind, about.name, stored.type, stored.reason,
        _in_column(now if (last := last_seen(stored)) is None else last), body,
    )  # fmt: skip
    connection.execute(
        "INSERT INTO events (namespace, name, resource_version, written, kind, object_name, type, reason,"
        " last_timestamp, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (namespace, name) DO UPDATE SET resource_version = excluded.resource_version,"
        " written = excluded.written, kind = excluded.kind, object_name = excluded.object_name, type = excluded.type,"
        " reason = excluded.reason, last_timestamp = excluded.last_timestamp, body = excluded.body",
        values,
    )
    return stored


def _in_column(time: int) -> int:
    """As near to a time as the 64 bits of a column come."""
    return max(INT64_MIN, min(time, INT64_MAX))


def _read(body: str) -> Event:
    return Event.from_dict(json.loads(body))


def _read_stored(body: str) -> Event:
    try:
        return _read(body)
    except ValueError as error:
        raise _Damaged(f"an event in it cannot be read: {error}") from error
