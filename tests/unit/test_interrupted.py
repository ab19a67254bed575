"""An interrupt at every instruction of what a program calls: nothing is left held, and all is accounted for."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any

import pytest

from kevent import WAIT_IF_CHANNEL_FULL, Broadcaster, BroadcasterStopped, Event, EventBroadcaster, EventSource
from kevent import broadcaster as broadcaster_module
from kevent import event_broadcaster as event_broadcaster_module
from kevent import handling as handling_module
from kevent import recorder as recorder_module
from kevent import writing as writing_module
from kevent.broadcaster import ADDED, Watcher
from kevent.channel import CloseOfClosedChannel
from kevent.handling import Handlers, Handling
from tests.conftest import Complaints
from tests.support import POD
from tests.unit.strikes import each_instruction

MODULES = (broadcaster_module, event_broadcaster_module, handling_module, recorder_module, writing_module)
ENOUGH = 10.0
"""Seconds in which what is not stuck ends. Nobody waits for so long unless something is."""

pytestmark = pytest.mark.skipif(sys.gettrace() is not None, reason="somebody else is tracing")


def codes(function: FunctionType) -> Iterator[CodeType]:
    """The code of a function and of those inside it."""
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        yield code
        waiting.extend(each for each in code.co_consts if isinstance(each, CodeType))


def of_this_house() -> set[CodeType]:
    """All functions of the modules that are looked at here. What the tracer does not see are other threads."""
    found: set[CodeType] = set()
    for module in MODULES:
        for thing in vars(module).values():
            if getattr(thing, "__module__", None) != module.__name__:
                continue
            inside = [thing] if isinstance(thing, FunctionType) else list(vars(thing).values())
            for each in inside:
                function = each.fget if isinstance(each, property) else each
                if isinstance(function, FunctionType):
                    found.update(codes(function))
    return found


RELEASE = "1.37"


class Life:
    """A broadcaster with one handler and two events recorded, in which something is about to be interrupted."""

    def __init__(self) -> None:
        self.handled: list[Event] = []
        self.broadcaster = EventBroadcaster(queue_length=1, full_channel_behavior=WAIT_IF_CHANNEL_FULL, release=RELEASE)
        self.watcher = self.broadcaster.start_event_watcher(self.handled.append, name="first")
        self.recorder = self.broadcaster.new_recorder(EventSource("test"))
        self.recorded = 0
        self.unsure = 0
        self.watched: list[Watcher] = []
        for _ in range(2):
            self.record()

    def record(self) -> None:
        self.recorded += 1
        self.recorder.event(POD, "Normal", "R", "m")

    def record_one_or_none(self) -> None:
        self.unsure = 1  # an interrupted call may have recorded it or not
        self.recorder.event(POD, "Normal", "R", "m")

    def start(self) -> None:
        self.broadcaster.start_event_watcher(lambda event: None, name="second")

    def watch_raw(self) -> None:
        self.watched.append(self.broadcaster._broadcaster.watch(name="third"))


def held(broadcaster: Broadcaster) -> list[str]:
    """What is taken and will not be given back."""
    with suppress(TimeoutError):
        broadcaster.when_distributed(lambda: None, timeout=ENOUGH, name="are you there")
    return [name for name in ("_lock",) if not _comes_free(getattr(broadcaster, name))]


def _comes_free(lock: Any) -> bool:
    taken: bool = lock.acquire(timeout=ENOUGH)
    if taken:
        lock.release()
    return taken


def wrong_with(life: Life) -> list[str]:
    """What does not work any more, or is in no number."""
    broadcaster = life.broadcaster
    wrong = []
    for watcher in life.watched:
        watcher.stop()
    with suppress(BroadcasterStopped):
        wrong += held(broadcaster._broadcaster)
        for _ in range(4):
            life.record()
    if not broadcaster.flush(timeout=ENOUGH):
        wrong.append("a further flush does not end")
    if not broadcaster.shutdown(timeout=ENOUGH):
        wrong.append("a further shutdown does not end")
    counts = broadcaster.statistics()
    if counts.accepted + counts.queued + counts.dropped - life.recorded not in (0, life.unsure):
        wrong.append(f"{life.recorded} recorded, and {counts}")
    for each in counts.watchers:
        if each.delivered != each.handled + each.lost:
            wrong.append(f"not all handled: {each}")
    if broadcaster._handlings:
        wrong.append("a handling is left")
    return wrong


ACTS: dict[str, Callable[[Life], object]] = {
    "flush": lambda life: life.broadcaster.flush(timeout=ENOUGH),
    "shutdown": lambda life: life.broadcaster.shutdown(timeout=ENOUGH),
    "shutdown without end": lambda life: life.broadcaster.shutdown(timeout=None),
    "statistics": lambda life: life.broadcaster.statistics(),
    "start_event_watcher": Life.start,
    "watch": Life.watch_raw,
    "stop": lambda life: life.watcher.stop(),
    "record": Life.record_one_or_none,
}


def lives(act: Callable[[Life], object]) -> Iterator[tuple[list[str], bool]]:
    """For each instruction: what is wrong after an interrupt there, and whether one came."""
    current: list[Life] = []

    def live() -> None:
        act(current[0])

    runs = each_instruction(live, of_this_house())
    while True:
        current[:] = [Life()]
        try:
            interrupted = next(runs)
        except StopIteration:
            current[0].broadcaster.shutdown()
            return
        yield wrong_with(current[0]), interrupted


@pytest.mark.ci
@pytest.mark.parametrize("name", ACTS)
def test_an_interrupt_leaves_nothing_held_and_nobody_stranded(name: str, complaints: Complaints) -> None:
    runs = 0
    for wrong, _ in lives(ACTS[name]):
        runs += 1
        assert wrong == [], f"interrupted at instruction {runs}"
    assert runs > 10
    complaints.take()  # what is recorded after an interrupted shutdown is refused, and said to be


@pytest.mark.parametrize("action", ["action", "action_or_drop"])
def test_an_interrupted_action_takes_the_event_in_or_not(action: str) -> None:
    made: list[tuple[Broadcaster, Watcher]] = []

    def act() -> None:
        getattr(made[-1][0], action)(ADDED, "the event")

    runs = each_instruction(act, of_this_house())
    for interrupted in _with_a_new_one(runs, made):
        broadcaster, watcher = made[-1]
        broadcaster.action(ADDED, "another")
        assert broadcaster.shutdown(timeout=ENOUGH)
        seen = [event.object for event in watcher]
        assert seen in (["another"], ["the event", "another"])
        assert interrupted or len(seen) == 2
    assert len(made) > 5


def _with_a_new_one(runs: Iterator[bool], made: list[tuple[Broadcaster, Watcher]]) -> Iterator[bool]:
    while True:
        broadcaster = Broadcaster(5, WAIT_IF_CHANNEL_FULL)
        made.append((broadcaster, broadcaster.watch()))
        try:
            yield next(runs)
        except StopIteration:
            broadcaster.shutdown()
            return


# --- negative controls ---------------------------------------------------------------------------------------


def start_and_forget(self: Handling) -> None:
    """What `give_up` would be if it trusted that the goroutine is known, or that there is none."""


def watch_and_hope(self: Broadcaster, *, name: str = "") -> Watcher:
    watcher = self.new_watcher(name=name)
    self.register(watcher)
    return watcher


def wait_for_the_half_stopped(self: Handlers, handling: Handling, end: int | None) -> bool:
    return handling.join(end)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("owner", "name", "broken", "act"),
    [
        (Handling, "give_up", start_and_forget, "start_event_watcher"),
        (Broadcaster, "watch", watch_and_hope, "watch"),
        (Handlers, "finish", wait_for_the_half_stopped, "stop"),
    ],
)
def test_a_variant_that_strands_somebody_is_caught(
    owner: type, name: str, broken: Any, act: str, monkeypatch: pytest.MonkeyPatch, complaints: Complaints
) -> None:
    monkeypatch.setattr(owner, name, broken)
    monkeypatch.setattr(f"{__name__}.ENOUGH", 0.05)
    if act == "stop":  # since 1.20 the loop stops a watcher, which nothing interrupts
        monkeypatch.setattr(f"{__name__}.RELEASE", "1.19")
    threads = set(threading.enumerate())
    assert any(wrong for wrong, _ in lives(ACTS[act]))
    monkeypatch.undo()
    _let_go(threads)
    complaints.take()


def _let_go(before: set[threading.Thread]) -> None:
    """Stop what the variant has left behind."""
    watchers = [thing for thing in gc.get_objects() if isinstance(thing, Watcher)]
    for watcher in watchers:
        with suppress(CloseOfClosedChannel):
            watcher._stopped.close()  # of all first: the loop may wait for any of them, holding the lock
    for watcher in watchers:
        watcher.stop()
    for thread in set(threading.enumerate()) - before:
        thread.join(ENOUGH)
