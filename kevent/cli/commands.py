"""What `demo`, `record` and `events` do."""

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
from kevent.cli.tables import Lines, LiveTable, colourful, columns, print_table, row
from kevent.errors import KeventError
from kevent.event import Event, EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.models.kubelet import Dependencies, new_kubelet_command, pod_life
from kevent.reference import ObjectReference
from kevent.sinks import EventSink, MemorySink, SinkError, StatusError
from kevent.sinks.sqlite import SqliteSink

__all__ = ["BadInput", "demo", "events", "record"]

POLL = 0.2
"""Seconds between two looks at a file that is followed."""

RETRY = 0.1
"""Seconds between two tries to write the one event of `record`."""


_POD = {"name": "web-0", "namespace": "default", "uid": "u-1"}


class BadInput(KeventError):
    """What the user should put right; printed as one line."""


def _open(path: str, **options: Any) -> SqliteSink:
    """The SQLite file. Raises BadInput."""
    if os.path.isdir(path):
        raise BadInput(f"{path}: is a directory")
    try:
        return SqliteSink(path, **options)
    except SinkError as error:
        raise BadInput(_reason(error)) from None


def _reason(error: BaseException) -> str:
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


class _Observed:
    """A sink that shows what another one has stored, and keeps its last refusal."""

    def __init__(self, sink: EventSink, show: Callable[[Event], object]) -> None:
        self._sink = sink
        self._show = show
        self.refusal: Exception | None = None

    def create(self, event: Event) -> Event:
        return self._ask(self._sink.create, event)

    def patch(self, event: Event, patch: dict[str, object]) -> Event:
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
            sink: EventSink = stack.enter_context(_open(options.to)) if options.to else MemorySink()
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

            observed = _Observed(sink, show)
            dependencies = Dependencies(event_client=observed)
            kubelet = new_kubelet_command(dependencies=dependencies).execute()
            assert dependencies.broadcaster is not None
            # However it ends: a thread that still prints would hold on to what the interpreter wants to close.
            with dependencies.broadcaster:
                pod_life(kubelet, {"apiVersion": "v1", "kind": "Pod", "metadata": _POD})
    finally:
        runtime.enter(before)
    if observed.refusal:
        raise SinkError(_reason(observed.refusal))
    return 0


def record(options: argparse.Namespace) -> int:
    """Record one event."""
    kind, name = options.object
    sink = _Observed(_kubernetes() if options.to == "kubernetes" else _open(options.to), lambda event: None)
    with EventBroadcaster(sleep_duration=RETRY) as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        about = ObjectReference(kind=kind, namespace=options.namespace, name=name, api_version=options.api_version)
        recorder = broadcaster.new_recorder(EventSource(options.component))
        recorder.event(about, options.type, options.reason, options.message)
        broadcaster.flush()
        (counts,) = broadcaster.statistics().sinks
    if not counts.created:
        raise SinkError(_reason(sink.refusal) if sink.refusal else "the sink did not take the event")
    print(f"{kind}/{name}: {options.reason} recorded")
    return 0


def _kubernetes() -> EventSink:
    try:
        from kevent.sinks.kubernetes import KubernetesSink
    except ImportError:
        raise BadInput("the sink kubernetes needs the extra kube-kevent[kubernetes]") from None
    return KubernetesSink(timeout=10)


def events(options: argparse.Namespace) -> int:
    """List the events of a file, and go on with what is written from now on."""
    if not os.path.exists(options.file):
        raise BadInput(f"{options.file}: no such file")
    wide, as_json = options.output == "wide", options.output == "json"
    since = None if options.since is None else max(runtime.now() - round(options.since * 1e9), 0)
    with _open(options.file, read_only=True, ttl=None) as sink:

        def find(after: str | None = None) -> list[Event]:
            try:
                found = sink.events(
                    options.namespace, reason=options.reason, type=options.type, since=since, after=after
                )
            except (StatusError, ValueError) as error:  # of a damaged file; one that is busy may be better later
                raise BadInput(_reason(error)) from None
            return [event for event in found if options.object is None or _is_about(event, *options.object)]

        found = find()
        rows = [row(event, wide) for event in found]
        lines: Lines | None = None
        if as_json and not options.follow:
            print(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(map(_manifest, found))}, indent=2))
        elif as_json:
            for event in found:
                print(json.dumps(_manifest(event)), flush=True)
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
                    print(json.dumps(_manifest(event)), flush=True)
    return 0


def _is_about(event: Event, kind: str, name: str) -> bool:
    about = event.involved_object
    return about.name == name and about.kind.lower() == kind.lower()


def _manifest(event: Event) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Event", **event.to_dict()}
