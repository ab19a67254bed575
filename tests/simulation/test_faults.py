"""kevent under random faults: whatever goes wrong, every event can be accounted for.

A run draws everything from its seed: lengths and modes, what the sink answers, how slow the handlers are, who stops
when, when shutdown comes. At the end the books must balance. A run that does not balance is shrunk, and printed with
its seed and schedule.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    BroadcasterStopped,
    Event,
    EventBroadcaster,
    EventSource,
    MemorySink,
    RequestConstructionError,
    SinkError,
    StatusError,
    runtime,
    writing,
)
from kevent.broadcaster import Broadcaster, Watcher
from kevent.handling import Handlers, Handling
from kevent.runtime import go, sleep
from kevent.simulation import Exploration, SearchFailed, explore, search
from kevent.sinks import UnexpectedObjectError
from kevent.writing import Fate
from tests.conftest import Complaints
from tests.support import NODE, POD

RUNS = 2_000
BLOCK = 250


ANSWERS: tuple[Callable[[], Exception], ...] = (
    lambda: SinkError("connection refused"),
    lambda: OSError("no route to host"),
    lambda: ZeroDivisionError("a fault of the sink itself"),
    lambda: UnexpectedObjectError("teapot"),
    lambda: RequestConstructionError("bad name"),
    lambda: StatusError.bad_request("what"),
    lambda: StatusError.forbidden("events", "e", "namespace is being terminated"),
    lambda: StatusError.not_found("events", "e"),
    lambda: StatusError.already_exists("events", "e"),
    lambda: StatusError.conflict("events", "e", "changed"),
    lambda: StatusError.invalid("Event", "e", "name"),
    lambda: StatusError.too_many_requests("later"),
    lambda: StatusError.internal_error("oops"),
    lambda: StatusError.server_timeout("events", "create"),
    lambda: StatusError.service_unavailable("starting"),
    lambda: StatusError.timeout("slow"),
)


def below(count: int) -> int:
    return int(runtime.random() * count)


class FaultySink:
    """Stores events, or answers with any of the errors; sometimes after a while."""

    def __init__(self) -> None:
        self.stored = MemorySink()
        self.faults = below(4)  # of four answers
        self.pause = below(3) * 0.01
        self.written = 0

    def _answer(self, write: Callable[[], Event]) -> Event:
        if self.pause:
            sleep(self.pause * runtime.random())
        if below(4) < self.faults:
            raise ANSWERS[below(len(ANSWERS))]()
        stored = write()
        self.written += 1
        return stored

    def create(self, event: Event) -> Event:
        return self._answer(lambda: self.stored.create(event))

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self._answer(lambda: self.stored.patch(event, patch))


class Handler:
    """Keeps what it is given; may be slow, may raise."""

    def __init__(self) -> None:
        self.handled: list[Event] = []
        self.pause = below(3) * 0.01
        self.raises = below(4) == 0
        self.stopped = False
        self.early = True
        self.watcher: Watcher = None  # type: ignore[assignment]  # comes with its registration

    def __call__(self, event: Event) -> None:
        self.handled.append(event)
        if self.pause:
            sleep(self.pause * runtime.random())
        if self.raises and below(2):
            raise ValueError("the handler failed")

    def stop_after(self, seconds: float) -> None:
        sleep(seconds)
        self.stopped = True
        self.watcher.stop()


class Counting(Broadcaster):
    """Knows which events it took in, in their order."""

    accepted: list[Event]

    def action_or_drop(self, action: str, obj: Any) -> bool:
        taken = super().action_or_drop(action, obj)
        if taken:
            self.accepted.append(obj)
        return taken

    def action(self, action: str, obj: Any) -> None:
        super().action(action, obj)
        self.accepted.append(obj)


class Lines(logging.Handler):
    """What kevent logs, and how many lines each line stands for."""

    MORE = re.compile(r"\(and (\d+) more like it in \d+ s\)$")
    REST = re.compile(r"^(\d+) more in \d+ s: ")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        rest = self.REST.search(text)
        more = self.MORE.search(text)
        self.texts.append((text, int(rest[1]) if rest else 1 + int(more[1]) if more else 1))

    def count(self, part: str) -> int:
        return sum(count for text, count in self.texts if part in text)


def is_subsequence(part: list[Event], whole: list[Event]) -> bool:
    rest = iter(whole)
    return all(any(one is other for other in rest) for one in part)


fates: list[Fate] = []


def run_with_faults() -> None:
    """One life of a broadcaster, and its accounts."""
    fates.clear()
    lines = Lines()
    logger = logging.getLogger("kevent.recorder")
    logger.addHandler(lines)
    try:
        _live(lines)
    finally:
        logger.removeHandler(lines)


def _live(lines: Lines) -> None:
    release = ("1.14", "1.21", "1.24", "1.28", "1.29", "1.37")[below(6)]
    in_goroutines = release == "1.14"
    broadcaster = EventBroadcaster(
        queue_length=1 + below(4),
        full_channel_behavior=(DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL)[below(2)],
        incoming_length=1 + below(5),
        max_batch=1 + below(4),
        sleep_duration=0.02,
        release=release,
    )
    broadcaster._broadcaster.__class__ = Counting
    counting = cast(Counting, broadcaster._broadcaster)
    counting.accepted = []
    sink = FaultySink()
    to_sink = broadcaster.start_recording_to_sink(sink, name="to sink")
    handlers = [Handler() for _ in range(1 + below(3))]
    for handler in handlers:
        handler.watcher = broadcaster.start_event_watcher(handler)
        if below(4) == 0:
            go(handler.stop_after, runtime.random() * 0.05, name="stopper")

    def produce(number: int) -> None:
        events = broadcaster.new_recorder(EventSource(component=f"producer {number}"))
        for _ in range(below(8)):
            events.event((POD, NODE)[below(2)], "Normal", "Testing", f"message {below(2)}")
            if below(2):
                sleep(runtime.random() * 0.02)

    producers = [go(produce, number, name="producer") for number in range(1 + below(3))]
    sleep(runtime.random() * 0.06)
    if below(4) == 0:
        late = Handler()
        late.early = False
        late.watcher = broadcaster.start_event_watcher(late)
        handlers.append(late)
    if below(4) == 0:
        broadcaster.flush(timeout=runtime.random() * 0.05)
    assert broadcaster.shutdown(timeout=None), "a handler was left behind"
    for producer in producers:
        producer.join()
    sleep(1)  # for goroutines that were still on their way with an event
    with suppress(BroadcasterStopped):  # until 1.30
        assert list(broadcaster.start_event_watcher(print)) == [], "a watcher was taken after shutdown"

    accepted = counting.accepted
    lost = {watcher.name: watcher.lost for watcher in broadcaster.statistics().watchers}
    for handler in handlers:
        watcher = handler.watcher
        handled = len(handler.handled) + lost.get(watcher.name, 0)
        assert watcher.delivered == handled, f"{watcher}: delivered, but not handled"
        assert in_goroutines or is_subsequence(handler.handled, accepted), f"{watcher}: order lost"
        counted = watcher.delivered + watcher.dropped
        if handler.early and not handler.stopped:
            assert counted == len(accepted), f"{watcher}: {counted} of {len(accepted)} accounted for"
        else:
            assert counted <= len(accepted), f"{watcher}: more than there were"
    assert to_sink.delivered + to_sink.dropped == len(accepted), "lost on the way to the sink"
    assert len(fates) + lost.get(to_sink.name, 0) == to_sink.delivered, "an event handed to the sink has no fate"
    assert not any(lost.values()) or release in ("1.29", "1.37"), "left behind by a release that leaves nothing"
    assert sink.written == fates.count(Fate.CREATED) + fates.count(Fate.PATCHED), "written, but not said so"
    given_up = lines.count("retry limit exceeded!") + lines.count("broadcaster is shut down")
    assert given_up == fates.count(Fate.GIVEN_UP), "given up without a line in the log"
    rejected = lines.count("Server rejected event") + lines.count("Unable to construct event")
    assert rejected == fates.count(Fate.REJECTED), "rejected without a line in the log"


@pytest.fixture(autouse=True)
def keep_fates(monkeypatch: pytest.MonkeyPatch) -> None:
    record_to_sink = writing.record_to_sink

    def keeping(*args: Any, **options: Any) -> Fate:
        fate = record_to_sink(*args, **options)
        fates.append(fate)
        return fate

    monkeypatch.setattr(writing, "record_to_sink", keeping)


def searched(complaints: Complaints, seed: object, runs: int, strategy: str = "uniform") -> Exploration:
    logging.getLogger("kevent").propagate = False
    logging.getLogger("kevent.recorder").setLevel(logging.DEBUG)  # AlreadyExists is only worth that
    try:
        return search(run_with_faults, runs=runs, seed=str(seed), strategy=strategy, progress=False)
    finally:
        logging.getLogger("kevent").propagate = True
        logging.getLogger("kevent.recorder").setLevel(logging.NOTSET)
        complaints.records.clear()  # the faults are ours


@pytest.mark.parametrize("block", range(RUNS // BLOCK))
def test_every_event_is_accounted_for(block: int, complaints: Complaints) -> None:
    strategy = "priorities" if block % 4 == 3 else "uniform"
    found = searched(complaints, f"faults {block}", BLOCK, strategy).check()
    assert found.schedules == BLOCK


def test_the_runs_see_every_fate(complaints: Complaints, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[Fate] = set()
    record_to_sink = writing.record_to_sink

    def keeping(*args: Any, **options: Any) -> Fate:
        seen.add(fate := record_to_sink(*args, **options))
        return fate

    monkeypatch.setattr(writing, "record_to_sink", keeping)
    searched(complaints, "fates", 150)
    assert seen >= {Fate.CREATED, Fate.PATCHED, Fate.REJECTED, Fate.GIVEN_UP}


# --- negative controls: the same accounts do not balance for broken variants ----------------------------------------


def forget_drops(self: Watcher, batch: list[Any]) -> None:
    self.delivered += self._result.try_send_many(batch)


def forget_the_event_of_a_stopped_watcher(self: Watcher, event: Any) -> None:
    if self._result.try_send(event):
        self.delivered += 1


def give_up_silently(sink: Any, event: Event, correlator: Any, **options: Any) -> Fate:
    fate = Fate.GIVEN_UP
    fates.append(fate)
    return fate


def lose_an_event_in_a_batch(self: Any, batch: list[Any]) -> None:
    distribute(self, batch if len(batch) < 3 else batch[:-1])


distribute = Counting._distribute


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("owner", "name", "broken", "text"),
    [
        (Watcher, "_offer", forget_drops, "accounted for|lost on the way"),
        (Watcher, "_insist", forget_the_event_of_a_stopped_watcher, "accounted for|lost on the way"),
        (writing, "record_to_sink", give_up_silently, "without a line"),
        (Counting, "_distribute", lose_an_event_in_a_batch, "accounted for|lost on the way"),
    ],
)
def test_a_broken_variant_is_caught(
    owner: Any, name: str, broken: Any, text: str, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, broken)
    found = searched(complaints, "broken", 20)  # each failing run is shrunk: no more of them than it takes
    with pytest.raises(AssertionError, match=text):
        found.check()


# --- a handler that is being started while another goroutine shuts down ----------------------------------------------


def starting_meets_shutdown(broadcaster: EventBroadcaster) -> None:
    handled = 0

    def handler(event: Event) -> None:
        nonlocal handled
        handled += 1

    def start() -> None:
        with suppress(BroadcasterStopped):
            broadcaster.start_event_watcher(handler, name="late")

    starter = go(start, name="starter")
    broadcaster.new_recorder(EventSource(component="test")).event(POD, "Normal", "Started", "message")
    finished = broadcaster.shutdown(timeout=None)
    before = handled
    starter.join()
    sleep(1)
    assert finished
    assert handled == before, "an event was handled after shutdown had returned"


class ForgetfulHandlers(Handlers):
    """Does not wait for handlers that are being started."""

    def finish(self, handling: Handling, end: int | None) -> bool:
        return not handling.running or super().finish(handling, end)


class Forgetful(EventBroadcaster):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._handlings = ForgetfulHandlers(self._broadcaster)


@pytest.mark.thorough
@pytest.mark.usefixtures("complaints")
def test_shutdown_waits_for_a_handler_that_is_being_started() -> None:
    def every_order(kind: type[EventBroadcaster], **options: Any) -> Exploration:
        return explore(
            lambda: starting_meets_shutdown(kind(queue_length=2, incoming_length=2, release="1.28")),
            progress=False,
            **options,
        )

    assert every_order(EventBroadcaster, max_preemptions=2).check().schedules > 1_000
    with pytest.raises(SearchFailed, match="an event was handled after shutdown had returned"):
        every_order(Forgetful, max_preemptions=1).check()
