"""What each release of client-go does otherwise, as data.

A release is named as Kubernetes is: client-go v0.37.2 is "1.37.2", v11.0.0 is "1.14". "1.25" is the last patch release
of 1.25. A `Release` says for each behaviour which way it goes; the ways have names, and each lives in the room where
the behaviour does. `CHANGES` is the history that the releases are folded from. Of each change it tells the first tags
that have it, the pull request, and a question to which the oracle's answers before and after differ.

In Go: nothing. A program is built with one client-go, and does not know which. Where a field names no package, what it
names is of package record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from kevent.errors import KeventError

__all__ = ["CHANGES", "EVENTS_V1", "NEWEST", "RELEASES", "Change", "NotInRelease", "Release", "release", "sides"]

Reference = Literal["self link", "object or scheme"]
Reporter = Literal["nobody", "source"]
Name = Literal["object and time", "object and time, or a UUID"]
Sending = Literal["a goroutine for each event", "at once or not at all"]
Entrance = Literal["closed from outside", "closed in its turn", "closed to one at a time"]
LateWatch = Literal["panics", "ends the program", "has ended"]
GroupKey = Literal["source and object", "source, object and reporter"]
SpamKey = Literal["source and object", "source, object and type"]
Bucket = Literal[
    "x/time of 2016", "x/time of October 2019", "x/time of July 2021", "x/time 0.3", "x/time 0.7", "x/time 0.14"
]
Terminating = Literal["an error", "a detail"]
Retries = Literal["go on", "end at shutdown"]
Leftover = Literal["handled", "left by lot"]
StoppedHandler = Literal["ends", "spins"]
ContextEnd = Literal["unknown", "shuts down", "leaves the loop"]
StructuredLogging = Literal["unknown", "without the field path", "with the field path"]
FakeEvent = Literal["as it stands", "a format"]
FakeArguments = Literal["as one", "one by one"]
SeriesState = Literal["kept", "left out"]
CreationTime = Literal["null", "left out"]
SeriesKey = Literal["without type and instance", "with type and instance"]
SeriesCount = Literal["from one", "from two"]
SeriesMemory = Literal["as stored", "as recorded"]
SeriesTaken = Literal["final", "another try"]
SeriesRetries = Literal["go on", "end with recording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """How a release of client-go behaves, wherever releases differ. The defaults are 1.14's.

    The fields follow an event on its way, then come the ends, and the other recorder, of tools/events.
    """

    name: str = "1.14"
    """As Kubernetes counts: "1.37", "1.25.13"."""
    reference: Reference = "self link"
    """Where a reference's version comes from if the object does not say it. In Go: GetReference."""
    past_eventf: bool = True
    """Whether a recorder has the method. In Go: PastEventf."""
    reporter: Reporter = "nobody"
    """Whom an event names as its reporting controller and instance. In Go: generateEvent."""
    event_name: Name = "object and time"
    """What an event is called that a recorder makes. In Go: makeEvent, util.GenerateEventName."""
    sending: Sending = "a goroutine for each event"
    """How a recorder hands an event on, and with it how long the queue in front is: 25, or 1,000."""
    entrance: Entrance = "closed from outside"
    """How a watcher leaves and a broadcaster is shut down: past the queue in front, or through it. In Go: mux.go."""
    late_watch: LateWatch = "panics"
    """What a watcher started after shutdown does. In Go: StartEventWatcher."""
    group_key: GroupKey = "source and object"
    """What similar events have in common beside type and reason. In Go: EventAggregatorByReasonFunc."""
    spam_key: SpamKey = "source and object"
    """Whose budget pays for an event. In Go: getSpamKey."""
    bucket: Bucket = "x/time of 2016"
    """Whose arithmetic the token buckets have. In Go: golang.org/x/time/rate, which client-go asks for."""
    terminating: Terminating = "an error"
    """How it is logged that a sink's namespace is being deleted. In Go: recordEvent."""
    retries: Retries = "go on"
    """What a shutdown does to the tries of a sink that cannot be reached. In Go: recordToSink."""
    leftover: Leftover = "handled"
    """What becomes of the events on the handlers' queues at a shutdown. In Go: StartEventWatcher."""
    stopped_handler: StoppedHandler = "ends"
    """What a handler does when its watcher is stopped. In Go: StartEventWatcher."""
    context_end: ContextEnd = "unknown"
    """What the end of a context does to the broadcaster that was made with it. In Go: WithContext."""
    structured_logging: StructuredLogging = "unknown"
    """What a structured log tells of an event. In Go: StartStructuredLogging."""
    fake_event: FakeEvent = "as it stands"
    """How a fake recorder takes the type and the reason of `event`. In Go: FakeRecorder.Event."""
    fake_arguments: FakeArguments = "as one"
    """How a fake recorder passes the arguments of `annotated_eventf` on. In Go: FakeRecorder.AnnotatedEventf."""
    series_state: SeriesState = "kept"
    """Whether a series has a state, as JSON. In Go: core/v1 EventSeries."""
    creation_time: CreationTime = "null"
    """What an event that no server has seen says of when it was made, as JSON. In Go: core/v1 Event."""
    series_key: SeriesKey = "without type and instance"
    """What makes two events equal. In Go: package events, getKey."""
    series_count: SeriesCount = "from one"
    """What the second event of a series makes its count. In Go: package events, recordToSink."""
    series_memory: SeriesMemory = "as stored"
    """What is remembered of an event that was written: the server's answer, or what was sent. In Go: as before."""
    series_taken: SeriesTaken = "final"
    """What it means for a series that the name is taken. In Go: package events, recordEvent."""
    series_retries: SeriesRetries = "go on"
    """What the end of the recording does to tries. In Go: package events, attemptRecording."""
    annotated_note: bool = False
    """Whether a recorder with notes has the method. In Go: package events, AnnotatedEventf."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Change:
    """A behaviour that goes another way since some release."""

    behaviour: str
    """The field of `Release`."""
    value: str | bool
    """Which way it goes from then on."""
    since: tuple[str, ...]
    """The first tag that has it, then those of older releases that got it back-ported."""
    pull: int
    """The pull request of Kubernetes, or 0 where the change is that of a library."""
    shown: str
    """A question to which the answers before and after differ: the oracle's file and the question's name."""


CHANGES = (
    Change("reference", "object or scheme", ("1.16.0", "1.15.4"), 80978,
           "references: a reference comes from the object, or all of it from the scheme"),
    Change("past_eventf", False, ("1.18.0",), 86727, "recorder: what an event carries"),
    Change("fake_arguments", "one by one", ("1.18.0",), 87689, "fake: what a fake recorder hears"),
    Change("structured_logging", "without the field path", ("1.19.0",), 91712, "logs: StartStructuredLogging"),
    Change("group_key", "source, object and reporter", ("1.19.0",), 92874, "keys: what the keys are made of"),
    Change("series_state", "left out", ("1.19.0",), 0, "edges: the state of a series"),
    Change("bucket", "x/time of October 2019", ("1.19.0",), 0, "edges: a token due by the parts of a duration"),
    Change("entrance", "closed in its turn", ("1.20.0",), 91602, "mux: calls after shutdown"),
    Change("sending", "at once or not at all", ("1.21.0",), 95664, "recorder: fifty events of one goroutine"),
    Change("bucket", "x/time of July 2021", ("1.22.0",), 0, "edges: a token due by the whole duration"),
    Change("structured_logging", "with the field path", ("1.24.0",), 107812, "logs: StartStructuredLogging"),
    Change("entrance", "closed to one at a time", ("1.25.0",), 108080, "mux: calls after shutdown"),
    Change("late_watch", "ends the program", ("1.25.0",), 108080, "recording: a watcher after shutdown"),
    Change("series_count", "from two", ("1.27.0", "1.26.8", "1.25.13"), 112334, "series: the same again and again"),
    Change("series_memory", "as recorded", ("1.27.0", "1.26.8", "1.25.13"), 114236,
           "series: many are counted while a patch is tried again"),
    Change("series_taken", "another try", ("1.27.0", "1.26.8", "1.25.13"), 114237,
           "series: a series finds its name taken"),
    Change("series_key", "with type and instance", ("1.27.0",), 112365, "series: other type, reason, action"),
    Change("retries", "end at shutdown", ("1.27.0",), 115514,
           "recording: five events, an unreachable sink, and shutdown"),
    Change("fake_event", "a format", ("1.27.0",), 115860, "fake: what a fake recorder hears"),
    Change("reporter", "source", ("1.28.0", "1.27.6", "1.26.9", "1.25.14"), 116506, "recorder: what an event carries"),
    Change("terminating", "a detail", ("1.28.0",), 114849, "logs: what a sink refuses, at verbosity 5"),
    Change("bucket", "x/time 0.3", ("1.28.0", "1.27.8", "1.26.11"), 0,
           "correlator: a budget spent, an hour back, and forward again"),
    Change("leftover", "left by lot", ("1.29.0",), 120729, "shutdown: 4 queued behind a busy handler, then shutdown"),
    Change("stopped_handler", "spins", ("1.29.0",), 120729, "shutdown: busy after Stop on a started watcher"),
    Change("context_end", "shuts down", ("1.29.0",), 120729, "recording: a context that ends, then shutdown"),
    Change("series_retries", "end with recording", ("1.29.0",), 120729, "series: stopped while it tries again"),
    Change("context_end", "leaves the loop", ("1.30.0",), 122152, "recording: a context that ends during retries"),
    Change("context_end", "shuts down", ("1.31.0",), 124635, "recording: a context that ends during retries"),
    Change("late_watch", "has ended", ("1.31.0",), 125190, "recording: a watcher after shutdown"),
    Change("spam_key", "source, object and type", ("1.32.0",), 124747,
           "correlator: a budget spent on Normal, then a Warning"),
    Change("bucket", "x/time 0.7", ("1.32.0",), 0, "edges: a bucket that the centuries have not filled"),
    Change("event_name", "object and time, or a UUID", ("1.33.0",), 129790, "recorder: names of events"),
    Change("creation_time", "left out", ("1.34.0",), 0, "quoting: counts and other fields"),
    Change("bucket", "x/time 0.14", ("1.36.0",), 0, "edges: a token that takes longer than 64 bits hold"),
    Change("stopped_handler", "ends", ("1.36.0",), 137398, "shutdown: busy after Stop on a started watcher"),
    Change("annotated_note", True, ("1.37.0",), 138103, "annotated: annotations"),
)  # fmt: skip
"""Every difference, in the order in which they came."""

PATCHES = {
    14: 0, 15: 12, 16: 15, 17: 17, 18: 19, 19: 16, 20: 15, 21: 14, 22: 17, 23: 17, 24: 17, 25: 16, 26: 15, 27: 16,
    28: 15, 29: 15, 30: 14, 31: 14, 32: 13, 33: 13, 34: 13, 35: 10, 36: 6, 37: 2,
}  # fmt: skip
"""The last patch release of each minor release that the oracle has asked. The next release is one more entry here, and
what the oracle finds to be different in `CHANGES`.
"""


EVENTS_V1 = "1.19.0"
"""The first release whose other recorder, that of tools/events, writes to events.k8s.io/v1; before it was a beta's.

In Go: the imports of tools/events/event_broadcaster.go, at
`v0.18.19 <https://github.com/kubernetes/client-go/blob/v0.18.19/tools/events/event_broadcaster.go#L33>`__ and
`v0.19.16 <https://github.com/kubernetes/client-go/blob/v0.19.16/tools/events/event_broadcaster.go#L27>`__.
"""


class NotInRelease(KeventError):
    """This release of client-go has no such recorder, method or option. In Go: the program would not build."""


def numbers(version: str) -> tuple[int, int]:
    """The minor and the patch release of a name or a tag; without the latter it is the last one."""
    _, minor, *patch = version.split(".")
    return int(minor), int(patch[0]) if patch else 999


def has(since: tuple[str, ...], version: tuple[int, int]) -> bool:
    """Whether a release, by its `numbers`, is no older than the first tag of a change, or than a back-port's of its own
    minor release.
    """
    first, *backports = map(numbers, since)
    return version >= first or any(version[0] == tag[0] and version >= tag for tag in backports)


def _folded(name: str) -> Release:
    version = numbers(name)
    ways: dict[str, Any] = {change.behaviour: change.value for change in CHANGES if has(change.since, version)}
    return replace(Release(), name=name, **ways)


RELEASES = {f"1.{minor}": _folded(f"1.{minor}") for minor in PATCHES}
"""Each minor release by its name, as its last patch release is; the oldest first."""

NEWEST = list(RELEASES)[-1]
"""The name of the newest release: what is not told otherwise does as this one."""


def sides(behaviour: str, value: str | bool | None = None) -> tuple[str, str]:
    """The last release before a behaviour went another way, and the first that goes it: ("1.28", "1.29").

    Of several changes it is the first, or that to `value`. Raises LookupError if there is none.
    """
    if any(change.behaviour == behaviour for change in CHANGES):
        for before, since in pairwise(RELEASES.values()):
            after = getattr(since, behaviour)
            if after != getattr(before, behaviour) and value in (None, after):
                return before.name, since.name
    raise LookupError(f"no release has changed {behaviour}" + (f" to {value!r}" if value is not None else ""))


def release(name: str | Release) -> Release:
    """The release of this name: "1.37", or with a patch level "1.25.13". A `Release` is given back.

    Raises ValueError for what is no release from 1.14 to the newest, TypeError for what is no name.
    """
    if isinstance(name, Release):
        return name
    if not isinstance(name, str):
        raise TypeError(f"release must be a name such as {NEWEST!r}, not {type(name).__name__}")
    return _named(name)


@cache
def _named(name: str) -> Release:
    if name in RELEASES:
        return RELEASES[name]
    parts = re.fullmatch(r"1\.([1-9]\d?)\.(0|[1-9]\d?)", name, re.ASCII)
    if parts is None or int(parts[2]) > PATCHES.get(int(parts[1]), -1):
        raise ValueError(f"release must be one from 1.14 to {NEWEST}.{PATCHES[int(NEWEST[2:])]}, not {name!r}")
    return _folded(name)
