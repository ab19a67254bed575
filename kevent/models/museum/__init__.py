"""Faults that client-go really had, or is a line away from, each as a model small enough to run in every order.

A piece has a scenario with the fault and one with its repair, or without what brought the fault in. Which releases had
it, and which pull requests brought and mended it, follows from `kevent.versions`; the tests compare the two scenarios
with what the real client-go answers, release by release. A scenario returns if all is well; otherwise it raises, waits
for ever, or never ends, and that outcome bears the name in `Piece.shows`. In the first scenario some schedule ends so
(one is kept beside the piece), in the second none does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from kevent.models.museum import models
from kevent.simulation import Exploration, Schedule, explore
from kevent.versions import CHANGES, NEWEST, RELEASES, Change

__all__ = ["PIECES", "Piece"]

_MAX_STEPS = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """One fault: what it was, where, and a model of it before and after its repair."""

    name: str
    """Short, and the name of the file with its schedule."""
    title: str
    """What went wrong, in a sentence."""
    where: str
    """The code that had it, or that keeps it out."""
    repair: str
    """What was changed; or what keeps it out, or a caller can do."""
    shows: str
    """How the outcome begins in which the fault shows."""
    broken: Callable[[], object]
    """The scenario with the fault."""
    fixed: Callable[[], object]
    """The same with the repair."""
    behaviour: str = ""
    """The field of `kevent.versions.Release` that says which way a release goes; empty if no change was about it."""
    faulty: tuple[str, ...] = ()
    """The ways that have the fault."""

    @property
    def releases(self) -> list[str]:
        """The releases that have the fault, by name, the oldest first; empty if no change was about it."""
        if not self.behaviour:
            return []
        return [name for name, release in RELEASES.items() if getattr(release, self.behaviour) in self.faulty]

    @property
    def came(self) -> Change | None:
        """The change that brought the fault in; None if the oldest release has it, or none has."""
        if next(iter(RELEASES)) in self.releases:
            return None
        return next((change for change in self._changes() if change.value in self.faulty), None)

    @property
    def went(self) -> Change | None:
        """The change that mended it; None if nothing has."""
        mended = [change for change in self._changes() if change.value not in self.faulty]
        return mended[-1] if mended and self.releases[-1] != NEWEST else None

    def _changes(self) -> list[Change]:
        return [change for change in CHANGES if change.behaviour == self.behaviour]

    @property
    def schedule(self) -> Schedule:
        """An order in which the broken scenario fails: `simulate(piece.broken, schedule=piece.schedule)`."""
        text = files(__name__).joinpath("schedules", f"{self.name}.json").read_text(encoding="utf-8")
        return Schedule.from_json(text)

    def faults(self, found: Exploration) -> list[str]:
        """The outcomes of an exploration in which the fault shows."""
        return [str(outcome) for outcome in found if str(outcome).startswith(self.shows)]

    def explore(self, scenario: Callable[[], object]) -> Exploration:
        """Every order of one of the two scenarios."""
        return explore(scenario, max_steps=_MAX_STEPS, progress=False)


PIECES = (
    Piece(
        "goroutine-per-event",
        "Each event was sent by a goroutine of its own, and the goroutines overtook each other.",
        "client-go tools/record/event.go, recorderImpl.generateEvent (issue #94906)",
        "ActionOrDrop sends from the caller",
        "order lost",
        models.goroutine_per_event,
        models.send_or_drop,
        "sending",
        ("a goroutine for each event",),
    ),
    Piece(
        "send-on-closed-channel",
        "A recorder's goroutine that was still on its way when another one shut down sent on a closed channel.",
        "apimachinery pkg/watch/mux.go, Action and Shutdown (issue #108518)",
        "Action looks under a lock and returns an error",
        "send on closed channel",
        models.action_without_a_look,
        models.action_under_a_lock,
        "entrance",
        ("closed from outside", "closed in its turn"),
    ),
    Piece(
        "add-inside-the-goroutine",
        "A wait group was counted up by the goroutines it should wait for.",
        "no place in client-go: mux.go adds one before it starts its loop, and this is why",
        "Add before the go statement",
        "sync: WaitGroup",
        models.add_inside,
        models.add_before,
    ),
    Piece(
        "stop-meets-distribute",
        "Stop wanted the lock that the loop held while it waited for room in the queue of the watcher to be stopped.",
        "no release of client-go: apimachinery pkg/watch/mux.go, broadcasterWatcher.Stop, avoids it",
        "Stop closes the channel `stopped` first, and the loop waits for that as well",
        "deadlock",
        models.stop_under_the_lock,
        models.stop_lets_go_first,
    ),
    Piece(
        "stopped-and-spinning",
        "After Stop on the watcher that StartEventWatcher returned its handler received nothing, again and again.",
        "client-go tools/record/event.go, StartEventWatcher; a Shutdown ended it",
        "It looks at `ok`",
        "step limit",
        models.stop_without_ok,
        models.stop_with_ok,
        "stopped_handler",
        ("spins",),
    ),
    Piece(
        "handler-of-nil",
        "StartEventWatcher after Shutdown started a handler for the watcher that it had not got.",
        "client-go tools/record/event.go, StartEventWatcher",
        "It returns an empty watch and starts nothing",
        "'NoneType'",
        models.handler_of_nil,
        models.empty_watch,
        "late_watch",
        ("ends the program",),
    ),
    Piece(
        "retry-after-shutdown",
        "A sink that could not be reached was tried up to twelve times, for up to 110 seconds, long after shutdown.",
        "client-go tools/record/event.go, recordToSink",
        "Shutdown ends the pause",
        "a retry outlived shutdown",
        models.retry_with_sleep,
        models.retry_until_stopping,
        "retries",
        ("go on",),
    ),
    Piece(
        "left-on-the-queue",
        "Shutdown ended a handler at once or after some events, by lot, whatever was on its queue.",
        "client-go tools/record/event.go, StartEventWatcher",
        "None. Before the change the handler read its queue to the end",
        "left on the queue",
        models.queue_or_context,
        models.queue_to_its_end,
        "leftover",
        ("left by lot",),
    ),
    Piece(
        "version-in-the-key",
        "Equal events about an object that is written between them were no series: each was created.",
        "client-go tools/events/event_broadcaster.go, getKey, in every release that was asked",
        "None. A caller can leave the resource version out of the reference it records about",
        "no series",
        models.version_in_the_key,
        models.version_left_out,
    ),
)
"""All pieces, in the order of the pipeline."""
