"""The command line: `python -m kevent demo | record | events | explain`."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Sequence

from kevent import __version__
from kevent.cli.commands import BadInput, demo, events
from kevent.cli.explain import explain
from kevent.cli.record import record
from kevent.cli.tables import visible
from kevent.diagnosis.seen import time_of
from kevent.sinks import SinkError
from kevent.versions import NEWEST, RELEASES, release

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 if it did its work, 1 if a server or a sink refused, or a file was read in part; 2 for bad
    input, 3 if `explain --exit-code` found a loss, 130 after an interrupt.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character that the terminal cannot show is no reason to end
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help(sys.stderr)
        return 2
    silence = logging.NullHandler()  # the one line below says it
    logging.getLogger("kevent").addHandler(silence)
    try:
        status: int = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except BrokenPipeError:  # nobody reads on, and nobody minds
        _leave_stdout()
        return 0
    except KeyboardInterrupt:
        return 130
    except (BadInput, SinkError, OSError) as error:
        if isinstance(error, OSError):
            _leave_stdout()
        print(f"kevent: {visible(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 1
    finally:
        logging.getLogger("kevent").removeHandler(silence)


def _leave_stdout() -> None:
    """Let what is still buffered go nowhere, or the interpreter would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_EXAMPLES = """
examples:
  kevent demo --to events.db             watch a pod's life, and keep its events
  kevent events events.db                list them, as kubectl get events would
  kevent record --to events.db pod/web-0 Deployed "version 7 is out"
  kubectl get events -A -o json | kevent explain -
                                         what a cluster's events prove, and what may be missing

kevent COMMAND --help says more."""

_DEMO = """
Plays a pod's life: its image is pulled, it starts, fails its probes, crashes, and is evicted. A kubelet records all of
it through a real recorder, broadcaster and correlator. There is a line for every write; on a terminal, if rich is
installed (the extra kube-kevent[cli]), a table of each event's newest state instead, so you see counts go up.

examples:
  kevent demo                            two minutes of life in two seconds
  kevent demo --speed 1                  as it would be
  kevent demo --to events.db             keep the events, for kevent events and kevent explain"""

_RECORD = """
Records one event. It goes through a recorder and a broadcaster to the sink; if the sink does not take it, a line says
why, and the exit status is 1.

examples:
  kevent record --to events.db pod/web-0 Deployed "version 7 is out"
  kevent record --to kubernetes -n prod --type Warning Deployment/web RolledBack "version 7 fails its checks"
                                         to the cluster of KUBECONFIG, or of the pod this runs in

KIND is what kubectl takes: Deployment, deploy, deployments, deployment.apps. In a cluster the object is looked up, for
its uid, by which kubectl describe finds its events; --uid says it instead. One of somebody else's kinds is named with
its group, database.example.com/main, or with --api-version as in a manifest. The namespace is that of the context."""

_EVENTS = """
Lists the events of a SQLite file, oldest first, in the columns of kubectl get events. (x3) is how often it happened.

examples:
  kevent events events.db -o wide        with counts, sources and names
  kevent events events.db --for pod/web-0 --type Warning --since 10m
  kevent events events.db -f             go on with what is written from now on; Ctrl-C ends it
  kevent events events.db -o json | kevent explain -"""

_EXPLAIN = """
Says what a list of events proves, what it suggests, and which command decides. Each finding is

  certain          it follows from the list, whatever options the component has
  given defaults   it follows if the component has client-go's limits, did not restart, and its server answered
  possible         the list allows it; a command beside it tells

FILE is what kubectl get events -o json prints, one event or a stream of them, also as PowerShell or an exporter has
left it; or a SQLite file of kevent's. With --missing it says what may have become of an event that is not in it.

exit status: 0; 1 if a server refused, or the file stops in the middle and what is there was told; 2 if it is no
list of events; with --exit-code 3 if something happened that is not in the list as itself.

examples:
  kubectl get events -A -o json | kevent explain -
  kevent explain events.json --object pod/web-0 --release 1.31
  kevent explain events.json --object pod/web-0 --missing Killing --at 2026-03-01T10:05:00Z
  kevent explain events.json --burst 100   the component's own limit
  kevent explain events.json -o json       in the form that kevent.diagnosis documents"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kevent", description="Record Kubernetes events, list them, and see what the correlator did to them.",
        epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(run=None)
    parser.add_argument("--version", action="version", version=f"kube-kevent {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(name: str, text: str, explained: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=explained.strip(), formatter_class=argparse.RawDescriptionHelpFormatter
        )

    playing = command("demo", "play a pod's life and watch its events", _DEMO)
    playing.add_argument("--to", metavar="FILE", help="keep the events in this SQLite file")
    playing.add_argument("--speed", type=_positive, default=60.0, help="how many times faster than life (default 60)")
    playing.set_defaults(run=demo)

    recording = command("record", "record one event", _RECORD)
    recording.add_argument("object", metavar="KIND/NAME", type=_object, help="what it is about, such as Pod/web-0")
    recording.add_argument("reason", metavar="REASON", type=_reason, help="one word in UpperCamelCase, such as BackOff")
    recording.add_argument("message", metavar="MESSAGE", help="a sentence for humans")
    recording.add_argument("--to", required=True, metavar="SINK", help="a SQLite file, or the word kubernetes")
    recording.add_argument("--type", choices=("Normal", "Warning"), default="Normal")
    recording.add_argument("-n", "--namespace", help="of the object (default: the context's; in a file, default)")
    recording.add_argument("--api-version", metavar="VERSION", help="of the object (default: its kind's)")
    recording.add_argument("--uid", help="of the object (default: as the cluster says; in a file, none)")
    recording.add_argument("--component", default="kevent", help="who says so (default: kevent)")
    recording.add_argument(
        "--timeout", metavar="TIME", type=_duration, default=30.0, help="how long to wait for the sink (default 30s)"
    )
    recording.set_defaults(run=record)

    listing = command("events", "list the events of a SQLite file", _EVENTS)
    listing.add_argument("file", metavar="FILE", help="a SQLite file that kevent writes to")
    listing.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    listing.add_argument("-n", "--namespace", help="only of this namespace (default: of all)")
    listing.add_argument("--for", dest="object", metavar="KIND/NAME", type=_object, help="only about this object")
    listing.add_argument("--type", choices=("Normal", "Warning"))
    listing.add_argument("--reason", help="only with this reason")
    listing.add_argument("--since", metavar="TIME", type=_duration, help="only what happened in the last 90s, 10m, 2h")
    listing.add_argument("-o", "--output", choices=("table", "wide", "json"), default="table")
    listing.set_defaults(run=events)

    explaining = command("explain", "say what a list of events proves, and what may be missing", _EXPLAIN)
    explaining.add_argument("file", metavar="FILE", help="what kubectl get events -o json prints; - for standard input")
    explaining.add_argument(
        "--release", type=_release, default=NEWEST,
        help=f"of client-go in the component, from {next(iter(RELEASES))} to {NEWEST} (default), as Kubernetes counts",
    )  # fmt: skip
    explaining.add_argument(
        "--object", metavar="KIND/NAME", type=_object, help="tell of this object only, and all of it"
    )
    explaining.add_argument("-n", "--namespace", help="only of this namespace (default: of all)")
    explaining.add_argument("--missing", metavar="REASON", help="what may have become of an event of this reason")
    explaining.add_argument("--at", metavar="TIME", type=_time, help="when it happened, as 2026-03-01T10:05:00Z")
    explaining.add_argument(
        "--burst", type=_whole, help="how much a source may say at once about an object (default 25)"
    )
    explaining.add_argument("--qps", type=_positive, help="and how many more a second (default 1/300)")
    explaining.add_argument("--max-events", type=_whole, help="the event that is combined (default: the 10th similar)")
    explaining.add_argument("--ttl", type=_duration, help="how long the server keeps events: --event-ttl (default 1h)")
    explaining.add_argument("-o", "--output", choices=("text", "json"), default="text")
    explaining.add_argument(
        "--exit-code", action="store_true", help="end with 3 if something is not in the list as itself"
    )
    explaining.set_defaults(run=explain)
    return parser


def _release(text: str) -> str:
    try:
        return release(text.removeprefix("v")).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _time(text: str) -> int:
    try:
        found = time_of(text)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a time such as 2026-03-01T10:05:00Z, not {text!r}")
    return found


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 1e-9 <= value <= 1e9:
        raise argparse.ArgumentTypeError(f"expected a number above 0, not {text!r}")
    return value


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, not {text!r}")
    return int(text)


def _object(text: str) -> tuple[str, str]:
    kind, slash, name = text.partition("/")
    if not (kind and slash and name) or "/" in name:
        raise argparse.ArgumentTypeError(f"expected KIND/NAME, such as Pod/web-0, not {text!r}")
    return kind, name


def _reason(text: str) -> str:
    if text.split() != [text]:
        raise argparse.ArgumentTypeError(f"expected one word, such as BackOff, not {text!r}")
    return text


def _duration(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected a number with s, m, h or d, not {text!r}")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
