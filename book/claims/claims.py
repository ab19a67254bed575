"""The claims of the book, each with the model it is checked on. `python -m book.claims` writes the figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from book.claims import models
from kevent.simulation import Exploration, explore, search

FIGURES = Path(__file__).with_name("claims.json")
RUNS, SEED = 200, 1


@dataclass(frozen=True)
class Claim:
    """A sentence, a small model for every schedule, a larger one for schedules by lot."""

    name: str
    sentence: str
    model: str
    small: Callable[[], object]
    larger: str
    large: Callable[[], object]

    def explore(self, most: int = 100_000) -> Exploration:
        """The first so many schedules of the small model; of those that differ only in independent steps, one."""
        return explore(self.small, reduce=True, max_schedules=most, progress=False)

    def search(self) -> Exploration:
        """Schedules of the larger model by lot."""
        return search(self.large, runs=RUNS, seed=SEED, progress=False)

    def figures(self) -> dict[str, Any]:
        """What the book says about the check."""
        found = self.explore()
        return {
            "sentence": self.sentence,
            "model": self.model,
            "schedules": found.schedules,
            "bound": "every order of steps that can notice each other",
            "larger": self.larger,
            "runs": RUNS,
            "seed": SEED,
            "test": f"tests/claims/test_claims.py::test_the_claim_holds[{self.name}]",
        }


CLAIMS = (
    Claim(
        "shutdown-hands-over",
        "Shutdown returns only after every accepted event was handed to every watcher.",
        "two watchers that are registered; one producer with one event, racing the shutdown",
        partial(models.shutdown_hands_over_everything, 1, 2, 1, 1, models.Prepared),
        "three watchers; three producers with four events each",
        partial(models.shutdown_hands_over_everything, 4, 3, 3, 2),
    ),
    Claim(
        "watch-from-now-on",
        "A new watcher sees all events after its registration and none before.",
        "one event before, one after, and another watcher to compare with, which is registered",
        partial(models.a_new_watcher_sees_what_comes_after, 1, 1, 0, models.FirstPrepared),
        "three events before, three after, and five from another goroutine",
        partial(models.a_new_watcher_sees_what_comes_after, 3, 3, 5),
    ),
    Claim(
        "stop-blocks-nobody",
        "A watcher that stops never blocks the others.",
        "WaitIfChannelFull; one registered watcher that stops without reading, one that stays; one event",
        partial(models.a_watcher_that_stops_blocks_nobody, 1, 1, models.Prepared),
        "two watchers that stop, one that stays; three events",
        partial(models.a_watcher_that_stops_blocks_nobody, 3, 2),
    ),
    Claim(
        "drop-never-blocks",
        "With DropIfChannelFull the loop never blocks.",
        "one watcher with room for one event, which nobody reads; two events",
        partial(models.dropping_never_blocks, 2, 1, 1),
        "four such watchers, eight events",
        partial(models.dropping_never_blocks, 8, 4, 3),
    ),
    Claim(
        "latch-releases-once",
        "The WaitGroup latch releases exactly once.",
        "two goroutines that wait, one that is done",
        partial(models.the_latch_releases_once, 2),
        "five goroutines that wait",
        partial(models.the_latch_releases_once, 5),
    ),
    Claim(
        "in-order",
        "What arrives at a watcher is in order, without holes except counted drops.",
        "one registered watcher with room for one event, and its reader; two events",
        partial(models.in_order_without_holes, 2, 1, models.Prepared),
        "room for two events; eight events",
        partial(models.in_order_without_holes, 8, 2),
    ),
    Claim(
        "shutdown-again",
        "However many shut a broadcaster down, nobody panics, and nobody returns before its loop has ended.",
        "two goroutines that shut down, one registered watcher",
        partial(models.shutting_down_again_does_no_harm, 2, 0, models.Prepared),
        "four goroutines; three events that are on their way",
        partial(models.shutting_down_again_does_no_harm, 4, 3),
    ),
    Claim(
        "recording-never-waits",
        "A recorder that starts no goroutine for an event never waits for its broadcaster.",
        "WaitIfChannelFull, a watcher that reads nothing, an incoming queue of one; three events",
        partial(models.recording_never_waits, 3, 1, models.Prepared),
        "an incoming queue of two; twelve events",
        partial(models.recording_never_waits, 12, 2),
    ),
    Claim(
        "recorded-in-order",
        "What one goroutine records, without a goroutine for each event, arrives in the order of its calls.",
        "one registered watcher; two events",
        partial(models.recorded_in_order, 2, 1, models.Prepared),
        "three goroutines that record four events each",
        partial(models.recorded_in_order, 4, 3),
    ),
    Claim(
        "full-is-alone",
        "A full watcher costs no other watcher an event.",
        "two registered watchers with room for one event, which nobody reads, and one with room for all; two events",
        partial(models.a_full_watcher_is_alone, 2, 2, models.Prepared),
        "three such watchers, six events",
        partial(models.a_full_watcher_is_alone, 6, 3),
    ),
    Claim(
        "taken-or-refused",
        "An event recorded during a shutdown is handed over or refused: none is lost, and nobody panics.",
        "one registered watcher; two goroutines with one event each, racing the shutdown",
        partial(models.shutting_down_refuses_or_takes, 1, 2, models.Prepared),
        "three goroutines with four events each",
        partial(models.shutting_down_refuses_or_takes, 4, 3),
    ),
    Claim(
        "one-call-at-a-time",
        "A sink is called for one event at a time, in the order of its queue.",
        "a sink with two events on its queue, and a shutdown",
        partial(models.a_sink_is_called_for_one_event_at_a_time, 2, 0),
        "six events that arrive meanwhile",
        partial(models.a_sink_is_called_for_one_event_at_a_time, 0, 6),
    ),
    Claim(
        "shutdown-waits",
        "When kevent's shutdown returns, as of 1.28 and before, every event taken in has been handled or counted as "
        "dropped.",
        "one registered handler with room for one event; one goroutine with one event, racing the shutdown",
        partial(models.shutdown_waits_for_handlers, 1, 1, models.PreparedRecording),
        "three goroutines with four events each",
        partial(models.shutdown_waits_for_handlers, 4, 3),
    ),
    Claim(
        "shutdown-ends-tries",
        "Once kevent is shut down, as of 1.27 and 1.28, each event left for a sink out of reach gets one try.",
        "a sink that is never reached, with two events on its queue",
        partial(models.shutdown_ends_the_tries, 2, 0),
        "six events that arrive meanwhile",
        partial(models.shutdown_ends_the_tries, 0, 6),
    ),
)


def stored() -> dict[str, dict[str, Any]]:
    """The figures as the book has them."""
    figures: dict[str, dict[str, Any]] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return figures


def write() -> None:
    """Compute the figures again and store them."""
    figures = {claim.name: claim.figures() for claim in CLAIMS}
    FIGURES.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
