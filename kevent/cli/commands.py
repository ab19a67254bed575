"""What `demo` and `events` do."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from kevent import runtime
from kevent.cli.kinds import kind_called
from kevent.cli.tables import Lines, LiveTable, colourful, columns, print_table, row, seen_last
from kevent.errors import KeventError
from kevent.event import Event
from kevent.models.kubelet import Dependencies, new_kubelet_command, pod_life
from kevent.sinks import EventSink, MemorySink, SinkError, StatusError
from kevent.sinks.sqlite import SqliteSink

__all__ = ["BadInput", "Observed", "demo", "events", "manifest", "open_file", "reason_of"]

POLL = 0.2
"""Seconds between two looks at a file that is followed."""


_POD = {"name": "web-0", "namespace": "default", "uid": "u-1"}


class BadInput(KeventError):
    """What the user should put right; printed as one line."""


def open_file(path: str, **options: Any) -> SqliteSink:
    """The SQLite file. Raises BadInput, in words that say what to do."""
    if os.path.isdir(path):
        raise BadInput(f"{path}: is a directory")
    alone = not os.path.exists(f"{path}-wal")  # before SQLite makes one
    try:
        return SqliteSink(path, **options)
    except SinkError as error:
        raise BadInput(_helpful(path, reason_of(error), alone)) from None


def _helpful(path: str, said: str, alone: bool) -> str:
    """What SQLite says, and what it means here."""
    if "not one of kevent's" in said and alone and _in_wal_mode(path):
        return (
            f"{path}: no kevent's, or copied without the file {os.path.basename(path)}-wal beside it, where the events "
            "are until they are moved; copy both, or copy after its writer has closed it"
        )
    if "readonly" in said or ("unable to open" in said and os.path.exists(path)):
        return f"{path}: it, or the directory that it is in, may not be written to, which SQLite needs for its log"
    return said


def _in_wal_mode(path: str) -> bool:
    """Whether the file's header says that what is written goes to a file beside it."""
    with open(path, "rb") as opened:
        return opened.read(20)[18:20] == b"\x02\x02"


def reason_of(error: BaseException) -> str:
    """The words of a refusal, without what a server puts before them."""
    return str(error).removeprefix("Internal error occurred: ")


class _Faster(type(runtime.THREADS)):  # type: ignore[misc]
    """Threads on a clock that runs `speed` times as fast, until `enough` is set."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed, self._start, self._began = speed, time.time_ns(), time.monotonic_ns()
        self.enough = threading.Event()

    def now(self) -> int:
        return self._start + self.monotonic()

    def monotonic(self) -> int:
        return round((time.monotonic_ns() - self._began) * self._speed)

    def sleep(self, seconds: float) -> None:
        if self.enough.wait(max(seconds, 0) / self._speed):
            raise BrokenPipeError

    def go(self, function, args, name):  # type: ignore[no-untyped-def]
        def run() -> None:
            runtime.enter(self)
            function(*args)

        return super().go(run, (), name)


class Observed:
    """A sink that shows what another one has stored, and keeps its last refusal."""

    def __init__(self, sink: EventSink, show: Callable[[Event], object]) -> None:
        self._sink = sink
        self._show = show
        self.refusal: Exception | None = None

    def create(self, event: Event) -> Event:
        """As the sink's."""
        return self._ask(self._sink.create, event)

    def patch(self, event: Event, patch: dict[str, object]) -> Event:
        """As the sink's."""
        return self._ask(self._sink.patch, event, patch)

    def _ask(self, call: Callable[..., Event], *arguments: object) -> Event:
        try:
            stored = call(*arguments)
        except Exception as error:
            self.refusal = error
            raise
        self._show(stored)
        return stored


def demo(options: argparse.Namespace) -> int:
    """Play a pod's life and show what is written."""
    world = _Faster(options.speed)
    before = runtime.enter(world)
    try:
        with ExitStack() as stack:
            sink: EventSink = stack.enter_context(open_file(options.to)) if options.to else MemorySink()
            if colourful():
                show = stack.enter_context(LiveTable(world.now)).show
            else:
                lines = Lines(columns(False))

                def show(event: Event) -> None:
                    if world.enough.is_set():
                        return
                    try:
                        lines.show(row(event, False, world.now()))
                    except BrokenPipeError:  # here is not where the command can end
                        world.enough.set()

            observed = Observed(sink, show)
            dependencies = Dependencies(event_client=observed)
            kubelet = new_kubelet_command(dependencies=dependencies).execute()
            assert dependencies.broadcaster is not None
            # However it ends: a thread that still prints would hold on to what the interpreter wants to close.
            with dependencies.broadcaster:
                pod_life(kubelet, {"apiVersion": "v1", "kind": "Pod", "metadata": _POD})
    finally:
        runtime.enter(before)
    if observed.refusal:
        raise SinkError(reason_of(observed.refusal))
    return 0


def events(options: argparse.Namespace) -> int:
    """List the events of a file, and go on with what is written from now on."""
    if not os.path.exists(options.file):
        raise BadInput(f"{options.file}: no such file")
    wide, as_json = options.output == "wide", options.output == "json"
    since = None if options.since is None else max(runtime.now() - round(options.since * 1e9), 0)
    with open_file(options.file, read_only=True, ttl=None) as sink:

        def find(after: str | None = None) -> list[Event]:
            try:
                found = sink.events(options.namespace, reason=options.reason, type=options.type, after=after)
            except (StatusError, ValueError) as error:  # of a damaged file; one that is busy may be better later
                raise BadInput(reason_of(error)) from None
            return [
                event for event in found
                if (options.object is None or _is_about(event, *options.object))
                and (since is None or seen_last(event) >= since)
            ]  # fmt: skip

        found = find()
        rows = [row(event, wide) for event in found]
        lines: Lines | None = None
        if as_json and not options.follow:
            print(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(map(manifest, found))}, indent=2))
        elif as_json:
            for event in found:
                print(json.dumps(manifest(event)), flush=True)
        elif options.follow:
            lines = Lines(columns(wide), rows)
        elif rows:
            print_table(columns(wide), rows)
        else:
            print("No events.", file=sys.stderr)
        seen = max((int(event.resource_version) for event in found), default=0)
        while options.follow:
            runtime.sleep(POLL)
            for event in find(str(seen)):
                seen = int(event.resource_version)
                if lines:
                    lines.show(row(event, wide))
                else:
                    print(json.dumps(manifest(event)), flush=True)
    return 0


def _is_about(event: Event, kind: str, name: str) -> bool:
    about = event.involved_object
    return about.name == name and about.kind.lower() == kind_called(kind).lower()


def manifest(event: Event) -> dict[str, Any]:
    """The event as kubectl prints it."""
    return {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
