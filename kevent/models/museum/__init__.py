"""Faults that client-go really had, or is a line away from, each as a model small enough to run in every order.

A piece has a scenario with the fault and one with its repair, or without what brought the fault in. Where a fault was
in a release, the tests compare both with what the real client-go of the releases around it answers. A scenario
returns if all is well; otherwise it raises, waits for ever, or never ends, and that outcome bears the name in
`Piece.shows`. In the first scenario some schedule ends so (one is kept beside the piece), in the second none does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from kevent.models.museum import models
from kevent.simulation import Exploration, Schedule, explore

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
    """The code that had it, and the versions."""
    repair: str
    """What was changed, by which pull request, first in which version; or what keeps it out."""
    shows: str
    """How the outcome begins in which the fault shows."""
    broken: Callable[[], object]
    """The scenario with the fault."""
    fixed: Callable[[], object]
    """The same with the repair."""

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
        "client-go tools/record/event.go, recorderImpl.generateEvent, until 1.20",
        "ActionOrDrop sends from the caller: #95664 (issue #94906), first in 1.21.0-alpha.2",
        "order lost",
        models.goroutine_per_event,
        models.send_or_drop,
    ),
    Piece(
        "send-on-closed-channel",
        "A recorder's goroutine that was still on its way when another one shut down sent on a closed channel.",
        "apimachinery pkg/watch/mux.go, Action and Shutdown, until 1.24",
        "Action looks under a lock and returns an error: #108080 (issue #108518) and #110040, first in 1.25.0-alpha.1",
        "send on closed channel",
        models.action_without_a_look,
        models.action_under_a_lock,
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
        "no version of client-go: apimachinery pkg/watch/mux.go, broadcasterWatcher.Stop, avoids it",
        "Stop closes the channel `stopped` first, and the loop waits for that as well",
        "deadlock",
        models.stop_under_the_lock,
        models.stop_lets_go_first,
    ),
    Piece(
        "stopped-and-spinning",
        "After Stop on the watcher that StartEventWatcher returned its handler received nothing, again and again.",
        "client-go tools/record/event.go, StartEventWatcher, 1.29.0-alpha.2 (#120729) to 1.35; Shutdown ends it",
        "It looks at `ok`: #137398, first in 1.36.0-beta.0",
        "step limit",
        models.stop_without_ok,
        models.stop_with_ok,
    ),
    Piece(
        "handler-of-nil",
        "StartEventWatcher after Shutdown started a handler for the watcher that it had not got.",
        "client-go tools/record/event.go, StartEventWatcher, 1.25 to 1.30",
        "It returns an empty watch and starts nothing: #125190, first in 1.31.0-alpha.1",
        "'NoneType'",
        models.handler_of_nil,
        models.empty_watch,
    ),
    Piece(
        "retry-after-shutdown",
        "A sink that could not be reached was tried up to twelve times, for up to 110 seconds, long after shutdown.",
        "client-go tools/record/event.go, recordToSink, until 1.26",
        "Shutdown ends the pause: #115514, first in 1.27.0-alpha.2",
        "a retry outlived shutdown",
        models.retry_with_sleep,
        models.retry_until_stopping,
    ),
    Piece(
        "left-on-the-queue",
        "Shutdown ended a handler at once or after some events, by lot, whatever was on its queue.",
        "client-go tools/record/event.go, StartEventWatcher, since 1.29.0-alpha.2 (#120729)",
        "None up to 1.37.2. Until 1.28 the handler read its queue to the end",
        "left on the queue",
        models.queue_or_context,
        models.queue_to_its_end,
    ),
    Piece(
        "version-in-the-key",
        "Equal events about an object that is written between them were no series: each was created.",
        "client-go tools/events/event_broadcaster.go, getKey, in every release that was asked, 1.24 to 1.37",
        "None up to 1.37.2. A caller can leave the resource version out of the reference it records about",
        "no series",
        models.version_in_the_key,
        models.version_left_out,
    ),
)
"""All pieces, in the order of the pipeline."""
