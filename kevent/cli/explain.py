"""What a list of events proves and suggests, as a calm report: `kevent.diagnosis` on the command line."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import BinaryIO

from kevent import runtime
from kevent.cli.commands import BadInput, manifest, open_file
from kevent.cli.kinds import kind_called
from kevent.cli.tables import Lines, visible
from kevent.diagnosis import DEFAULTS, Finding, Group, Limits, Missing, Refused, Report, Unreadable, absence, diagnose
from kevent.diagnosis.causes import CAUSES, Cause
from kevent.diagnosis.report import command
from kevent.diagnosis.words import clock, long
from kevent.sinks import SinkError

__all__ = ["LOSS", "PARTLY", "explain"]

PARTLY = 1
"""The exit status where a file stops in the middle, or some of it could not be read: what is there was told."""

LOSS = 3
"""The exit status, if it was asked for, where something happened that is not in the list as itself."""

PIECE = 1 << 20
MOST, DETAILED = 20, 5
"""How many objects are listed, and how many are told of, where nobody asks for one."""

PATIENCE = 2_000_000_000
"""Nanoseconds until it is said how far it has come."""

LEVELS = {"certain": "certain", "given": "given defaults", "possible": "possible"}
DULL = {"unsigned", "dropped", "counted", "told-again", "default"}
"""What is no reason to tell of an object."""


def explain(options: argparse.Namespace) -> int:
    """The command: print what can be told of a list of events; the exit status is 0, `PARTLY` or `LOSS`."""
    limits = Limits(
        burst=options.burst or DEFAULTS.burst, qps=options.qps or DEFAULTS.qps,
        max_events=options.max_events or DEFAULTS.max_events, ttl=options.ttl or DEFAULTS.ttl,
    )  # fmt: skip
    if options.missing and not options.object:
        raise BadInput("--missing needs --object KIND/NAME: what the event would be about")
    progress = _Progress(options.file)
    try:
        report = diagnose(_pieces(options.file), release=options.release, limits=limits, progress=progress)
    except OSError as error:
        raise BadInput(f"{options.file}: {(error.strerror or str(error)).lower()}") from None
    except Unreadable as error:
        raise BadInput(f"{options.file}: {error}") from None
    except Refused as error:  # in the server's own words
        raise SinkError(str(error)) from None
    finally:
        progress.end()
    groups = _chosen(report, options)
    if options.output == "json":
        _print_json(report, groups)
    else:
        _print(report, groups, options)
    if options.exit_code and report.lost:
        return LOSS
    return 0 if report.notes.complete else PARTLY


def _pieces(file: str) -> Iterator[bytes]:
    """The bytes of a file, or of standard input; of a kevent's database its events, one a line."""
    if file == "-":
        if sys.stdin is not None:  # None where it is closed
            yield from _read(sys.stdin.buffer)
        return
    with open(file, "rb") as opened:
        head = opened.read(16)
        if head != b"SQLite format 3\0":
            yield head
            yield from _read(opened)
            return
    with open_file(file, read_only=True, ttl=None) as sink:
        found = sink.events()
    if not found:
        yield b'{"kind": "List", "items": []}'
    for event in found:
        yield json.dumps(manifest(event)).encode() + b"\n"


def _read(opened: BinaryIO) -> Iterator[bytes]:
    while piece := opened.read(PIECE):
        yield piece


class _Progress:
    """Says on a terminal how much has been read, from two seconds on."""

    def __init__(self, file: str) -> None:
        self._file = "standard input" if file == "-" else file
        self._next = runtime.monotonic() + PATIENCE
        self._said = False

    def __call__(self, characters: int) -> None:
        now = runtime.monotonic()
        if now < self._next or sys.stderr is None:
            return
        self._next = now + PATIENCE // 4
        if sys.stderr.isatty():
            print(f"\r{visible(self._file)}: {characters / 1e6:.0f} MB read", end="", file=sys.stderr, flush=True)
        elif not self._said:
            print(f"{visible(self._file)}: reading, {characters / 1e6:.0f} MB so far", file=sys.stderr, flush=True)
        self._said = True

    def end(self) -> None:
        """Leave the line."""
        if self._said and sys.stderr.isatty():
            print(file=sys.stderr)


def _chosen(report: Report, options: argparse.Namespace) -> list[Group]:
    groups = report.ranked()
    if options.namespace:
        groups = [group for group in groups if options.namespace in (group.namespace, group.events[0].namespace)]
    if options.object:
        kind, name = kind_called(options.object[0]), options.object[1]
        groups = [group for group in groups if group.name == name and group.kind.lower() == kind.lower()]
    return groups


def _print_json(report: Report, groups: list[Group]) -> None:
    """`Report.to_dict` as JSON, an object a line: all of them at once would take more room than the list."""
    head = json.dumps(report.to_dict([]), indent=2)
    before, empty, after = head.rpartition("[]")
    assert empty  # the groups stand last
    print(before, end="[")
    for number, group in enumerate(report.groups_as_dicts(groups)):
        print(",\n    " if number else "\n    ", json.dumps(group), sep="", end="")
    print(f"\n  ]{after}" if groups else f"]{after}")


# --- on paper -------------------------------------------------------------------------------------------------------


def _print(report: Report, groups: list[Group], options: argparse.Namespace) -> None:
    out = _Paper()
    if not report.groups:
        print("No events.")
        return
    events, observed = report.objects, report.observed
    span = f", from {clock(report.first)} to {clock(report.last)} UTC" if report.first is not None else ""
    out.text(
        f"{events:,} {'event stands' if events == 1 else 'events stand'} for {observed:,} "
        f"{'occurrence' if observed == 1 else 'occurrences'} or more{span}. Read as client-go {report.release}."
    )
    for note in report.notes.words():
        out.text(note)
    for finding in report.findings:
        out.finding(finding, None)
    if options.missing:
        _print_missing(report, options, out)
        return
    if not groups:
        out.text(
            "Nothing about it is in the list. Where it may be: kevent explain FILE --object KIND/NAME --missing REASON"
        )
        return
    print()
    _print_table(report, groups[:MOST], options)
    if len(groups) > MOST:
        out.text(f"These {MOST} have most to say, of {len(groups):,}. --object KIND/NAME tells of one, -o json of all.")
    told = groups if options.object else [group for group in groups[:DETAILED] if _odd(report, group)]
    for group in told:
        about = f"{group.kind.lower()}/{group.name}"
        where = f" in {visible(group.namespace)}" if group.namespace else ""
        print(f"\n{visible(about)}{where}, said by {visible(group.source)}")
        found = [each for each in report.of(group) if options.object or each.rule.key != "unsigned"]
        for finding in found:
            out.finding(finding, group)
        if not found:
            out.text("Nothing odd: written as it was recorded.", "  ")
    if any(finding.level == "given" for group in told for finding in report.of(group)):
        print()
        pause = long(round(1e9 / report.limits.qps))
        out.text(
            f"given defaults: {report.limits.burst} at once and one more in {pause}; one process that did not restart, "
            "clocks that agree, no outage. --release, --burst and --qps say otherwise."
        )
    print()
    out.text("What was dropped on the way to the server is in no list: each number is a lower bound.")


def _odd(report: Report, group: Group) -> bool:
    return any(finding.rule.key not in DULL for finding in report.of(group))


def _print_table(report: Report, groups: list[Group], options: argparse.Namespace) -> None:
    several = len({group.namespace for group in report.groups}) > 1
    header = ["NAMESPACE"] if several else []
    header += ["OBJECT", "SOURCE", "EVENTS", "HAPPENED", "COMBINED", "NOT WRITTEN", "LAST SEEN"]
    rows = []
    for group in groups:
        held = sum(finding.at_least or 0 for finding in report.of(group))
        combined = sum(event.count for event in group.events if event.combined)
        cells = [visible(group.namespace or "-")] if several else []
        cells += [visible(f"{group.kind.lower()}/{group.name}"), visible(group.source)]
        cells += [
            str(len(group.events)),
            str(group.observed),
            str(combined),
            f">={held}" if held else "-",
            clock(group.last),
        ]
        rows.append(cells)
    Lines(header, rows)


def _print_missing(report: Report, options: argparse.Namespace, out: _Paper) -> None:
    kind, name = kind_called(options.object[0]), options.object[1]
    wanted = Missing(kind=kind, name=name, namespace=options.namespace or "", reason=options.missing, at=options.at)
    causes = absence(report, wanted)
    group = next(iter(report.about(kind, name, options.namespace)), None)
    print()
    about = f"{options.missing} of {kind.lower()}/{name}"
    out.text(f"{about}: what may have become of it, the likeliest first.")
    for cause in causes:
        out.cause(cause, group, None)


class _Paper:
    """Sentences, folded to the width of the terminal; names are never cut."""

    def __init__(self) -> None:
        self._width = max(min(shutil.get_terminal_size((100, 24)).columns, 120), 40)

    def text(self, words: str, indent: str = "") -> None:
        """A paragraph."""
        folded = textwrap.wrap(
            visible(words), self._width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        print("\n".join(folded))

    def finding(self, finding: Finding, group: Group | None) -> None:
        """What was found, the evidence, and what may be behind it."""
        self.text(f"{LEVELS[finding.level]}: {finding.title}", "  ")
        self.text(f"{finding.why} (chapter {finding.rule.chapter}, {finding.rule.go.partition(',')[0]})", "      ")
        if len(finding.causes) > 1 or finding.level == "possible":
            for key in finding.causes:
                self.cause(CAUSES[key], group, finding)

    def cause(self, cause: Cause, group: Group | None, finding: Finding | None) -> None:
        """A cause, and the command that tells it from others; a command is never folded."""
        self.text(f"- {cause.title}. {cause.why} (chapter {cause.chapter})", "      ")
        if cause.test:
            print(f"          {visible(command(cause.test, group, finding))}")
