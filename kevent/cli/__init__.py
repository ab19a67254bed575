"""The command line: `python -m kevent demo | record | events | explain`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Sequence

from kevent import runtime
from kevent.cli.explain import PREFIX, read_events, replay
from kevent.cli.tables import columns, print_table, row
from kevent.event import Event, EventSource
from kevent.recorder import EventBroadcaster
from kevent.reference import ObjectReference
from kevent.sinks import EventSink, MemorySink, SinkError
from kevent.sinks.sqlite import SqliteSink
from kevent.wire import format_time

__all__ = ["main"]


class _Bad(Exception):
    """What the user should put right; printed as one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it did its work, 1 if a sink refused, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on, and nobody minds
        return 0
    except KeyboardInterrupt:
        return 130
    except (_Bad, SinkError) as error:
        print(f"kevent: {' '.join(str(error).split())}", file=sys.stderr)
        return 2 if isinstance(error, _Bad) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kevent", description="Record Kubernetes events, list them, and see what the correlator did to them.",
        epilog="Try: kevent demo --to e.db; kevent events e.db; kubectl get events -o json | kevent explain -",
    )  # fmt: skip
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="play a pod's life and watch its events", description="Play a pod's life, "
                               "through a real recorder, correlator and sink, and print each write.")  # fmt: skip
    demo.add_argument("--to", metavar="FILE", help="keep the events in this SQLite file")
    demo.add_argument("--speed", type=_positive, default=60.0, help="how many times faster than life (default 60)")
    demo.set_defaults(run=_demo)

    record = commands.add_parser("record", help="record one event", description="Record one event. Exit 1 if the sink "
                                 "did not take it.")  # fmt: skip
    record.add_argument("object", metavar="KIND/NAME", type=_object, help="what it is about, such as Pod/web-0")
    record.add_argument("reason", help="one word in UpperCamelCase, such as BackOff")
    record.add_argument("message", help="a sentence for humans")
    record.add_argument("--to", required=True, metavar="SINK", help="a SQLite file, or the word kubernetes")
    record.add_argument("--type", choices=("Normal", "Warning"), default="Normal")
    record.add_argument("-n", "--namespace", default="default")
    record.add_argument("--api-version", default="v1")
    record.add_argument("--component", default="kevent", help="who says so (default: kevent)")
    record.set_defaults(run=_record)

    events = commands.add_parser("events", help="list the events of a SQLite file", description="List a SQLite file.")
    events.add_argument("file")
    events.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    events.add_argument("-n", "--namespace")
    events.add_argument("--for", dest="object", metavar="KIND/NAME", type=_object)
    events.add_argument("--type", choices=("Normal", "Warning"))
    events.add_argument("--reason")
    events.add_argument("--since", metavar="TIME", type=_duration, help="such as 90s, 10m, 2h")
    events.add_argument("-o", "--output", choices=("table", "wide", "json"), default="table")
    events.set_defaults(run=_events)

    explain = commands.add_parser("explain", help="what the correlator did to a list of events", description="Replay "
                                  "what a list stands for, evenly spread between its first and last time. What "
                                  "was never written is in no list, so the numbers are lower bounds.")  # fmt: skip
    explain.add_argument("file", help="what kubectl get events -o json prints; - for standard input")
    explain.add_argument("--burst", type=_whole, help="what another burst would have done (the default is 25)")
    explain.add_argument("--qps", type=_positive, help="what another rate would have done (the default is 1/300)")
    explain.set_defaults(run=_explain)
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if not 1 <= value < 1 << 31:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _object(text: str) -> tuple[str, str]:
    kind, slash, name = text.partition("/")
    if not (kind and slash and name) or "/" in name:
        raise argparse.ArgumentTypeError(f"expected KIND/NAME, such as Pod/web-0, not {text!r}")
    return kind[0].upper() + kind[1:], name


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected a number with s, m, h or d, not {text!r}")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


class _Faster(type(runtime.THREADS)):  # type: ignore[misc]
    """Threads on a clock that runs `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self._speed, self._start = speed, time.time_ns()

    def now(self) -> int:
        return self._start + round((time.time_ns() - self._start) * self._speed)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds, 0) / self._speed)

    def go(self, function, args, name):  # type: ignore[no-untyped-def]
        def run() -> None:
            runtime.enter(self)
            function(*args)

        return super().go(run, (), name)


class _Shown:
    """A sink that prints what another one has stored."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink

    def create(self, event: Event) -> Event:
        return self._show(self._sink.create(event))

    def update(self, event: Event) -> Event:
        return self._show(self._sink.update(event))

    def patch(self, event: Event, patch: dict[str, object]) -> Event:
        return self._show(self._sink.patch(event, patch))

    def _show(self, event: Event) -> Event:
        _print_line(event)
        return event


def _print_line(event: Event, wide: bool = False) -> None:
    cells = row(event, wide)
    print("   ".join(cell.ljust(width) for cell, width in zip(cells, (14, 8, 20, 18, 0), strict=False)), flush=True)


def _demo(options: argparse.Namespace) -> int:
    from kevent.kubelet import Dependencies, new_kubelet_command, pod_life

    before = runtime.enter(_Faster(options.speed))
    try:
        sink: EventSink = SqliteSink(options.to) if options.to else MemorySink()
        dependencies = Dependencies(event_client=_Shown(sink))
        kubelet = new_kubelet_command(dependencies=dependencies).execute()
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "default", "uid": "u-1"}}
        pod_life(kubelet, pod)
        assert dependencies.broadcaster is not None
        dependencies.broadcaster.shutdown()
    finally:
        runtime.enter(before)
    return 0


def _record(options: argparse.Namespace) -> int:
    kind, name = options.object
    sink: EventSink
    if options.to == "kubernetes":
        try:
            from kevent.sinks.kubernetes import KubernetesSink
        except ImportError:
            raise _Bad("the sink kubernetes needs the extra kube-kevent[kubernetes]") from None
        sink = KubernetesSink()
    else:
        sink = SqliteSink(options.to)
    with EventBroadcaster(sleep_duration=1) as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        about = ObjectReference(kind=kind, namespace=options.namespace, name=name, api_version=options.api_version)
        recorder = broadcaster.new_recorder(EventSource(options.component))
        recorder.event(about, options.type, options.reason, options.message)
        broadcaster.flush()
        (counts,) = broadcaster.statistics().sinks
    if not counts.created:
        raise SinkError("the sink did not take the event")
    print(f"{kind}/{name}: {options.reason} recorded")
    return 0


def _events(options: argparse.Namespace) -> int:
    if not os.path.exists(options.file):
        raise _Bad(f"{options.file}: no such file")
    kind, name = options.object or (None, None)
    wide, as_json = options.output == "wide", options.output == "json"
    with SqliteSink(options.file, read_only=True, ttl=None) as sink:
        since = None if options.since is None else runtime.now() - round(options.since * 1e9)
        wanted = {"object_kind": kind, "object_name": name, "reason": options.reason, "type": options.type}
        found = sink.events(options.namespace, **wanted, since=since)
        manifests = [{"apiVersion": "v1", "kind": "Event", **event.to_dict()} for event in found]
        if as_json and not options.follow:
            print(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}, indent=2))
        elif as_json:
            for manifest in manifests:
                print(json.dumps(manifest), flush=True)
        else:
            print_table(columns(wide), [row(event, wide) for event in found])
        seen = max((int(event.resource_version) for event in found), default=0)
        while options.follow:
            sys.stdout.flush()
            runtime.sleep(0.2)
            for event in sink.events(options.namespace, **wanted, after=str(seen)):
                seen = int(event.resource_version)
                if as_json:
                    print(json.dumps({"apiVersion": "v1", "kind": "Event", **event.to_dict()}), flush=True)
                else:
                    _print_line(event, wide)
    return 0


def _explain(options: argparse.Namespace) -> int:
    try:
        if options.file == "-":
            text = sys.stdin.read()
        else:
            with open(options.file, encoding="utf-8") as file:
                text = file.read()
        events = read_events(text)
        as_it_was = replay(events)
        otherwise = None
        if options.burst or options.qps:
            otherwise = replay(events, options.burst or 25, options.qps or 1 / 300)
    except OSError as error:
        raise _Bad(f"{options.file}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise _Bad(f"{options.file}: {error}") from None
    combined = [event for event in events if event.message.startswith(PREFIX)]
    repeated = [event for event in events if event.count > 1 and event not in combined]
    print(f"{len(events)} events stand for at least {sum(event.count for event in events)} occurrences.")
    print(f"{len(repeated)} are counts of equal events, {len(combined)} are combined from similar ones.\n")
    header = ["OBJECT", "SOURCE", "HAPPENED", "WRITES", "COMBINED", "SKIPPED", "BUDGET DRY SINCE"]
    rows = []
    for number, budget in enumerate(as_it_was):
        about = budget.event.involved_object
        cells = [
            f"{about.kind.lower()}/{about.name}", budget.event.source.component, str(budget.happened),
            str(budget.written), str(budget.combined), str(budget.skipped),
            format_time(budget.dry_since) or "-" if budget.dry_since is not None else "-",
        ]  # fmt: skip
        rows.append(cells + ([str(otherwise[number].written)] if otherwise else []))
    if otherwise:
        header.append(f"WRITES IF {options.burst or 25}, {options.qps or 1 / 300:.4g}/S")
    print_table(header, rows)
    print("\nA list shows no event that was never written, and no times between the first and the last: each event is")
    print("replayed evenly spread between the two, and the numbers are lower bounds.")
    return 0
