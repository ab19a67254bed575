"""Each claim of the book holds, over every schedule of its model and over many of a larger one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from book.claims.claims import CLAIMS, Claim, stored
from kevent import Broadcaster, EventBroadcaster
from kevent.broadcaster import Watcher, WatchEvent
from kevent.handling import Handling
from kevent.recorder import BroadcastRecorder
from kevent.runtime import go, sleep
from kevent.simulation import SearchFailed, explore
from kevent.waitgroup import WaitGroup
from tests.support import ROOT

BOOK = ROOT / "book"
MARK = re.compile(r"\{claim\}`([^`]+)`")

each_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)


@each_claim
def test_the_claim_holds(claim: Claim) -> None:
    found = claim.explore().check()
    assert found.exhaustive
    assert found.schedules == stored()[claim.name]["schedules"], "run `make claims`"


@each_claim
def test_the_claim_holds_in_a_larger_model(claim: Claim) -> None:
    claim.search().check()


@pytest.mark.parametrize("name", ["one-call-at-a-time", "shutdown-waits", "shutdown-ends-tries"])
def test_a_claim_about_handlers_holds_with_nothing_left_out(name: str) -> None:
    """Handlers are kept in a plain list, and `reduce` minds primitives only."""
    [claim] = [claim for claim in CLAIMS if claim.name == name]
    explore(claim.small, max_preemptions=1, progress=False).check()


def test_the_stored_figures_are_of_these_claims() -> None:
    told = [(c.name, c.sentence, c.model, c.larger) for c in CLAIMS]
    assert [(n, f["sentence"], f["model"], f["larger"]) for n, f in stored().items()] == told


def test_the_book_marks_every_claim_and_no_other() -> None:
    pages = [path for path in BOOK.glob("*") if path.suffix in (".md", ".ipynb")]
    marked = {name for path in pages for name in MARK.findall(path.read_text(encoding="utf-8"))}
    assert marked == {claim.name for claim in CLAIMS}


# --- negative controls: the same check finds a variant for which the claim is untrue ----------------------------------


def shutdown_without_waiting(self: Broadcaster, *, timeout: float | None = None) -> bool:
    self._incoming.close()
    return True


def register_past_the_queue(self: Broadcaster, what: str, function: Any) -> None:
    function()


def stop_without_letting_go(self: Watcher) -> None:
    self._broadcaster._stop_watching(self)


def offer_and_wait(self: Watcher, batch: list[Any]) -> None:
    for event in batch:
        self._result.send(event)
        self.delivered += 1


def wait_in_two_pieces(self: WaitGroup) -> None:
    word = self._state.load()
    if word >> 32:
        self._state.store(word + 1)  # not a compare-and-swap
        self._semaphore.acquire()


def drop_without_counting(self: Watcher, batch: list[Any]) -> None:
    self.delivered += self._result.try_send_many(batch)


def close_without_asking(self: Broadcaster, *, timeout: float | None = None) -> bool:
    self._incoming.close()
    self._distributing.wait()
    return True


def leave_at_the_first_full(self: Broadcaster, batch: list[Any]) -> None:
    for watcher in self._watchers.values():
        watcher._offer(batch)
        if watcher.dropped:
            return


def send_without_a_look(self: Broadcaster, action: str, obj: Any) -> None:
    self._incoming.send(WatchEvent(action, obj))


def handle_in_goroutines(self: Handling) -> None:
    handling = [go(self._handler, event.object, name=f"handle {event.object.name}") for event in self.watcher]
    for goroutine in handling:
        goroutine.join()


def shutdown_of_the_loop_alone(self: EventBroadcaster, timeout: float | None = None) -> bool:
    self._stopping.close()
    return self._broadcaster.shutdown()


def sleep_to_the_end(self: EventBroadcaster, seconds: float) -> bool:
    sleep(seconds)
    return True


BROKEN: dict[str, tuple[type, str, Any]] = {
    "shutdown-hands-over": (Broadcaster, "shutdown", shutdown_without_waiting),
    "watch-from-now-on": (Broadcaster, "_block_queue", register_past_the_queue),
    "stop-blocks-nobody": (Watcher, "stop", stop_without_letting_go),
    "drop-never-blocks": (Watcher, "_offer", offer_and_wait),
    "latch-releases-once": (WaitGroup, "wait", wait_in_two_pieces),
    "in-order": (Watcher, "_offer", drop_without_counting),
    "shutdown-again": (Broadcaster, "shutdown", close_without_asking),
    "recording-never-waits": (BroadcastRecorder, "_send_or_drop", BroadcastRecorder._action),
    "recorded-in-order": (BroadcastRecorder, "_send_or_drop", BroadcastRecorder._send_from_a_goroutine),
    "full-is-alone": (Broadcaster, "_offer", leave_at_the_first_full),
    "taken-or-refused": (Broadcaster, "action", send_without_a_look),
    "one-call-at-a-time": (Handling, "_handle_all", handle_in_goroutines),
    "shutdown-waits": (EventBroadcaster, "shutdown", shutdown_of_the_loop_alone),
    "shutdown-ends-tries": (EventBroadcaster, "_sleep_unless_stopping", sleep_to_the_end),
}
ENOUGH = 1_000
"""So many schedules show that the variant is untrue. Each of them is one of those that the claim is checked on."""


@each_claim
def test_a_variant_for_which_it_is_untrue_is_caught(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, broken = BROKEN[claim.name]
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(SearchFailed):
        claim.explore(ENOUGH).check()
