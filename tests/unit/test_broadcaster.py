"""One loop, many watchers: what each watcher sees, when somebody waits, and how it ends."""

from __future__ import annotations

import threading
from random import Random
from typing import Any

import pytest

from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, Broadcaster, BroadcasterStopped
from kevent.broadcaster import (
    ADDED,
    BOOKMARK,
    DELETED,
    ERROR,
    INCOMING_QUEUE_LENGTH,
    MODIFIED,
    FullChannelBehavior,
    Watcher,
    WatchEvent,
)
from kevent.channel import Channel
from kevent.runtime import go, sleep
from kevent.simulation import Deadlock, simulate
from tests.support import MINUTE, simulated

BATCHES = [1, 2, 3, 1000]
BEHAVIORS = [DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL]


def objects(watcher: Watcher) -> list[Any]:
    """All that is still to come to a watcher, until its channel is closed."""
    return [event.object for event in watcher]


# --- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["queue_length", "incoming_length"])
@pytest.mark.parametrize(("value", "error"), [(-1, ValueError), (1.5, TypeError), ("3", TypeError), (True, TypeError)])
def test_a_length_that_is_none_is_named(argument: str, value: object, error: type[Exception]) -> None:
    lengths: dict[str, Any] = {"queue_length": 1} | {argument: value}
    with pytest.raises(error, match=rf"^{argument} must"):
        Broadcaster(full_channel_behavior=DROP_IF_CHANNEL_FULL, **lengths)


def test_a_behaviour_that_is_none_is_named() -> None:
    with pytest.raises(TypeError, match="full_channel_behavior must be a FullChannelBehavior, not 'drop'"):
        Broadcaster(1, "drop")  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "error"), [(0, ValueError), (2.5, TypeError)])
def test_a_batch_that_is_none_is_named(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^max_batch must"):
        Broadcaster(1, DROP_IF_CHANNEL_FULL, max_batch=value)


@pytest.mark.parametrize("method", ["action", "action_or_drop"])
def test_an_unknown_action_is_refused_and_sent_nowhere(method: str) -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    watcher = broadcaster.watch()
    known = "ADDED, BOOKMARK, DELETED, ERROR, MODIFIED"
    with pytest.raises(ValueError, match=f"action must be one of {known}, not 'added'"):
        getattr(broadcaster, method)("added", 1)
    broadcaster.shutdown()
    assert objects(watcher) == []


def test_a_prefix_holds_watch_events() -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    with pytest.raises(TypeError, match="queued_events must hold WatchEvents, not int"):
        broadcaster.watch_with_prefix([3])  # type: ignore[list-item]
    broadcaster.shutdown()


def test_the_incoming_queue_is_as_long_as_gos() -> None:
    assert INCOMING_QUEUE_LENGTH == 25
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    assert broadcaster._incoming.capacity == 25
    broadcaster.shutdown()


# --- what a watcher sees ------------------------------------------------------------------------------------


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_every_watcher_sees_every_event_in_order_with_its_type(behavior: FullChannelBehavior) -> None:
    broadcaster = Broadcaster(10, behavior)
    watchers = [broadcaster.watch() for _ in range(3)]
    for number, kind in enumerate((ADDED, MODIFIED, DELETED, ERROR, BOOKMARK)):
        broadcaster.action(kind, number)
    broadcaster.shutdown()
    expected = [(ADDED, 0), (MODIFIED, 1), (DELETED, 2), (ERROR, 3), (BOOKMARK, 4)]
    for watcher in watchers:
        assert [(event.type, event.object) for event in watcher] == expected


@pytest.mark.parametrize("max_batch", BATCHES)
@pytest.mark.parametrize("seed", range(15))
def test_a_watcher_sees_exactly_what_comes_after_its_registration(max_batch: int, seed: int) -> None:
    """One goroutine calls `action` and `watch`: a place in the order is exact, however far the loop lags."""

    def scenario() -> list[list[int]]:
        broadcaster = Broadcaster(50, DROP_IF_CHANNEL_FULL)
        watchers = []
        for number in range(12):
            if number % 4 == 0:
                watchers.append(broadcaster.watch())
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()
        return [objects(watcher) for watcher in watchers]

    expected = [list(range(start, 12)) for start in (0, 4, 8)]
    assert simulated(scenario, seed=seed, max_batch=max_batch) == expected


def test_registrations_inside_one_batch_split_it() -> None:
    def scenario() -> tuple[list[int], list[int]]:
        broadcaster = Broadcaster(50, DROP_IF_CHANNEL_FULL, max_batch=1000, release="1.24")  # nobody takes turns
        first, late = broadcaster.watch(), list[Watcher]()
        gate = Channel[None](name="gate")
        # The loop sits here while the queue fills.
        broadcaster.when_distributed(lambda: gate.receive_ok() and None)
        broadcaster.action(ADDED, 1)
        go(lambda: late.append(broadcaster.watch()))
        sleep(1)
        broadcaster.action(ADDED, 2)
        gate.close()
        broadcaster.shutdown()
        return objects(first), objects(late[0])

    assert simulated(scenario) == ([1, 2], [2])


@pytest.mark.parametrize(
    ("queue_length", "prefix", "capacity"), [(0, 0, 1), (0, 3, 4), (2, 1, 2), (2, 2, 3), (9, 3, 9)]
)
def test_the_queue_behind_a_prefix_holds_it_and_one_more(queue_length: int, prefix: int, capacity: int) -> None:
    broadcaster = Broadcaster(queue_length, DROP_IF_CHANNEL_FULL)
    queued = [WatchEvent(ADDED, number) for number in range(prefix)]
    watcher = broadcaster.watch_with_prefix(queued)
    assert watcher.result_chan.capacity == capacity
    assert broadcaster.watch().result_chan.capacity == queue_length
    broadcaster.shutdown()
    assert objects(watcher) == list(range(prefix))


def test_a_prefix_comes_before_everything_else_and_to_nobody_else() -> None:
    broadcaster = Broadcaster(5, DROP_IF_CHANNEL_FULL)
    other = broadcaster.watch()
    watcher = broadcaster.watch_with_prefix([WatchEvent(MODIFIED, "old")])
    broadcaster.action(ADDED, "new")
    broadcaster.shutdown()
    assert objects(watcher) == ["old", "new"]
    assert objects(other) == ["new"]


@pytest.mark.parametrize("max_batch", BATCHES)
def test_what_does_not_fit_is_dropped_and_counted(max_batch: int) -> None:
    def scenario() -> list[tuple[list[int], int, int]]:
        broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL)
        lazy, long = broadcaster.watch(), broadcaster.watch_with_prefix([WatchEvent(ADDED, -1)] * 9)
        for number in range(5):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()
        return [(objects(w), w.delivered, w.dropped) for w in (lazy, long)]

    lazy, long = simulated(scenario, max_batch=max_batch)
    assert lazy == ([0, 1], 2, 3)
    assert long == ([-1] * 9 + [0], 10, 4)


@pytest.mark.parametrize("max_batch", BATCHES)
def test_with_wait_nothing_is_dropped(max_batch: int) -> None:
    def scenario() -> tuple[list[int], int, int]:
        broadcaster = Broadcaster(1, WAIT_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        got: list[int] = []

        def read() -> None:
            for event in watcher:
                sleep(10)
                got.append(event.object)

        reader = go(read)
        for number in range(40):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()
        reader.join()
        return got, watcher.delivered, watcher.dropped

    assert simulated(scenario, max_batch=max_batch) == (list(range(40)), 40, 0)


@pytest.mark.parametrize("max_batch", BATCHES)
@pytest.mark.parametrize("queue_length", [0, 1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_one_reader_may_take_turns_between_two_watchers(max_batch: int, queue_length: int, seed: int) -> None:
    """Each event goes to every watcher before the next one waits for room anywhere, in batches too."""

    def scenario() -> list[tuple[int, int]]:
        broadcaster = Broadcaster(queue_length, WAIT_IF_CHANNEL_FULL)
        left, right = broadcaster.watch(name="left"), broadcaster.watch(name="right")
        got: list[tuple[int, int]] = []

        def read() -> None:
            got.extend((event.object, right.result_chan.receive().object) for event in left)

        reader = go(read)
        for number in range(8):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()
        reader.join()
        return got

    assert simulated(scenario, max_batch=max_batch, seed=seed) == [(n, n) for n in range(8)]


def _taken_in(queue_length: int, incoming_length: int, watchers: int) -> int:
    """How many events a broadcaster takes in whose watchers nobody reads."""
    broadcaster = Broadcaster(queue_length, WAIT_IF_CHANNEL_FULL, incoming_length=incoming_length)
    watching = [broadcaster.watch() for _ in range(watchers)]
    taken_in: list[int] = []

    def act() -> None:
        for number in range(100):
            broadcaster.action(ADDED, number)
            taken_in.append(number)

    sender = go(act)
    sleep(1)
    found = len(taken_in)
    readers = [go(objects, watcher) for watcher in watching]
    sender.join()
    broadcaster.shutdown()
    for reader in readers:
        reader.join()
    return found


@pytest.mark.parametrize("max_batch", BATCHES)
@pytest.mark.parametrize(("queue_length", "incoming_length"), [(0, 0), (0, 3), (3, 0), (1, 4), (5, 1), (9, 3)])
@pytest.mark.parametrize("watchers", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_batches_let_nobody_in_whom_go_would_keep_out(
    max_batch: int, queue_length: int, incoming_length: int, watchers: int, seed: int
) -> None:
    """What fits into a watcher's queue, one in the hands of the loop, and what fits in front of it."""
    taken_in = simulated(lambda: _taken_in(queue_length, incoming_length, watchers), max_batch=max_batch, seed=seed)
    assert taken_in == queue_length + 1 + incoming_length


@pytest.mark.parametrize("max_batch", [1, None])
def test_nor_do_they_on_threads(max_batch: int | None) -> None:
    broadcaster = Broadcaster(9, WAIT_IF_CHANNEL_FULL, incoming_length=3, max_batch=max_batch)
    watcher = broadcaster.watch()
    taken_in: list[int] = []

    def act() -> None:
        for number in range(100):
            broadcaster.action(ADDED, number)
            taken_in.append(number)

    sender = go(act)
    while not (broadcaster._incoming._senders and watcher.result_chan._senders):  # both wait, and nobody reads
        sleep(0)
    assert len(taken_in) == 9 + 1 + 3
    reader = go(objects, watcher)
    assert sender.join(timeout=MINUTE)
    broadcaster.shutdown()
    assert reader.join(timeout=MINUTE)


def test_senders_run_ahead_of_a_loop_that_has_not_come_to_run() -> None:
    """In batches only: as many as every watcher has room for, one that the loop holds, and a full queue behind it."""

    def scenario() -> tuple[int, list[int]]:
        broadcaster = Broadcaster(8, WAIT_IF_CHANNEL_FULL, incoming_length=2)
        watcher = broadcaster.watch()
        sleep(1)
        taken_in = sum(broadcaster.action_or_drop(ADDED, number) for number in range(20))
        go(broadcaster.shutdown)
        return taken_in, objects(watcher)

    never_the_loop = "the goroutine that runs goes on as long as it can"
    assert simulated(scenario, max_batch=1) == (3, [0, 1, 2]), never_the_loop
    assert simulated(scenario, max_batch=1000) == (8 + 1 + 2, list(range(11))), never_the_loop


class _WholeBatchFirst(Broadcaster):
    """The mistake that the test above is for: a batch goes to one watcher whole before the next gets its first."""

    def _receive(self) -> Any:
        return self._incoming.receive_many(self._max_batch)

    def _distribute(self, batch: list[WatchEvent]) -> None:
        with self._lock:
            for watcher in self._watchers.values():
                for event in batch:
                    watcher._insist(event)


def test_handing_out_whole_batches_would_deadlock_such_a_reader() -> None:
    def scenario() -> None:
        broadcaster = _WholeBatchFirst(1, WAIT_IF_CHANNEL_FULL, max_batch=1000)
        left, right = broadcaster.watch(name="left"), broadcaster.watch(name="right")
        go(lambda: list(zip(left, right, strict=False)))
        for number in range(8):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()

    assert isinstance(simulate(scenario).error, Deadlock)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_batches_change_nothing_that_a_watcher_can_see(seed: int, behavior: FullChannelBehavior) -> None:
    """A random script of actions, watches and stops, where nothing is ever full, against the plainest of models."""
    script = _script(Random(seed))
    model = _model(script)
    for max_batch in BATCHES:
        for schedule_seed in (None, seed):
            run = simulate(lambda: _play(script, behavior), max_batch=max_batch, seed=schedule_seed)
            assert run.error is None
            assert run.result == model, f"max_batch {max_batch}"


def _script(random: Random) -> list[tuple[str, int]]:
    script: list[tuple[str, int]] = []
    watching: list[int] = []
    count = 0
    for number in range(40):
        match random.choice(["action"] * 6 + ["watch", "stop", "prefix"]):
            case "action":
                script.append(("action", number))
            case "stop" if watching:
                script.append(("stop", watching.pop(random.randrange(len(watching)))))
            case "watch" | "prefix" as operation:
                script.append((operation, number))
                watching.append(count)
                count += 1
    return script


def _model(script: list[tuple[str, int]]) -> list[list[int]]:
    received: list[list[int]] = []
    watching: set[int] = set()
    for operation, number in script:
        if operation == "action":
            for watcher in watching:
                received[watcher].append(number)
        elif operation == "stop":
            watching.discard(number)
        else:
            watching.add(len(received))
            received.append([number, -number] if operation == "prefix" else [])
    return received


def _play(script: list[tuple[str, int]], behavior: FullChannelBehavior) -> list[list[int]]:
    broadcaster = Broadcaster(100, behavior)
    watchers: list[Watcher] = []
    for operation, number in script:
        if operation == "action":
            broadcaster.action(ADDED, number)
        elif operation == "stop":
            sleep(1)  # until everything has been distributed
            watchers[number].stop()
        elif operation == "prefix":
            watchers.append(broadcaster.watch_with_prefix([WatchEvent(ADDED, n) for n in (number, -number)]))
        else:
            watchers.append(broadcaster.watch())
    broadcaster.shutdown()
    return [objects(watcher) for watcher in watchers]


# --- stopping a watcher -------------------------------------------------------------------------------------


def test_a_stopped_watcher_keeps_what_it_has_and_gets_no_more() -> None:
    def scenario() -> tuple[list[int], list[int]]:
        broadcaster = Broadcaster(5, DROP_IF_CHANNEL_FULL)
        stopped, other = broadcaster.watch(), broadcaster.watch()
        broadcaster.action(ADDED, 1)
        sleep(1)
        stopped.stop()
        stopped.stop()
        broadcaster.action(ADDED, 2)
        broadcaster.shutdown()
        stopped.stop()
        return objects(stopped), objects(other)

    assert simulated(scenario) == ([1], [1, 2])


@pytest.mark.parametrize("max_batch", BATCHES)
@pytest.mark.parametrize("seed", range(15))
def test_stopping_the_watcher_the_loop_waits_for_frees_the_loop(max_batch: int, seed: int) -> None:
    def scenario() -> tuple[list[int], int, bool]:
        broadcaster = Broadcaster(1, WAIT_IF_CHANNEL_FULL)
        full, other = broadcaster.watch(name="full"), broadcaster.watch(name="other")
        got: list[int] = []
        reader = go(lambda: got.extend(objects(other)))
        for number in range(4):
            broadcaster.action(ADDED, number)
        sleep(1)  # by now the loop waits for room in `full`, holding the lock
        full.stop()
        broadcaster.shutdown()
        reader.join()
        return got, full.delivered, objects(full) == [0]

    assert simulated(scenario, max_batch=max_batch, seed=seed) == ([0, 1, 2, 3], 1, True)


def test_stopping_again_does_not_wait_for_a_loop_that_waits_for_another_watcher() -> None:
    def scenario() -> bool:
        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL)
        other, stopped = broadcaster.watch(), broadcaster.watch()
        stopped.stop()
        broadcaster.action(ADDED, 1)
        sleep(1)  # the loop waits for a reader of the other one, and has the lock
        again = go(stopped.stop)
        sleep(1)
        returned = not again.alive
        other.stop()
        broadcaster.shutdown()
        return returned

    assert simulated(scenario)


def test_who_waits_to_watch_learns_of_a_shutdown_at_once() -> None:
    def scenario() -> list[str]:
        told: list[str] = []

        def watch() -> None:
            try:
                broadcaster.watch()
            except BroadcasterStopped as error:
                told.append(str(error))

        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL, incoming_length=1, release="1.19")  # closed from outside
        unread = broadcaster.watch()
        for number in range(2):
            broadcaster.action(ADDED, number)
            sleep(1)  # the loop waits with the first, and has the lock; the second fills the queue
        waiting = go(watch)
        sleep(1)
        assert waiting.alive
        go(broadcaster.shutdown)
        sleep(1)
        learnt = list(told)
        unread.stop()
        return learnt

    assert simulated(scenario) == ["broadcaster already stopped"]


@pytest.mark.parametrize("seed", range(40))
def test_stopping_twice_at_once_is_harmless(seed: int) -> None:
    def scenario() -> None:
        broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        stoppers = [go(watcher.stop) for _ in range(3)]
        broadcaster.action(ADDED, 1)
        broadcaster.shutdown()
        for stopper in stoppers:
            stopper.join()

    run = simulate(scenario, seed=seed)
    assert (run.error, run.alive) == (None, [])


# --- shutdown -----------------------------------------------------------------------------------------------


def test_shutdown_distributes_what_was_taken_in_and_closes_every_watcher() -> None:
    def scenario() -> tuple[list[int], bool]:
        broadcaster = Broadcaster(30, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        for number in range(20):
            broadcaster.action(ADDED, number)
        broadcaster.shutdown()
        return objects(watcher), watcher.result_chan.closed

    run = simulate(scenario)
    assert run.result == (list(range(20)), True)
    assert run.alive == []


def test_shutdown_waits_for_a_reader_where_nothing_may_be_dropped() -> None:
    def scenario() -> None:
        broadcaster = Broadcaster(0, WAIT_IF_CHANNEL_FULL)
        broadcaster.watch(name="nobody")
        broadcaster.action(ADDED, 1)
        broadcaster.shutdown()

    error = simulate(scenario).error
    assert isinstance(error, Deadlock)
    assert "loop waits: select on nobody, nobody.stopped" in str(error)


@pytest.mark.parametrize("use", ["watch", "watch_with_prefix", "action", "action_or_drop"])
def test_after_shutdown_everything_says_stopped(use: str) -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    broadcaster.shutdown()
    arguments: dict[str, tuple[Any, ...]] = {"watch": (), "watch_with_prefix": ([],)}
    with pytest.raises(BroadcasterStopped) as caught:
        getattr(broadcaster, use)(*arguments.get(use, (ADDED, 1)))
    assert str(caught.value) == "broadcaster already stopped"


@pytest.mark.parametrize("seed", range(30))
def test_several_shutdowns_at_once_all_return(seed: int) -> None:
    def scenario() -> int:
        broadcaster = Broadcaster(5, DROP_IF_CHANNEL_FULL)
        watcher = broadcaster.watch()
        broadcaster.action(ADDED, 1)
        others = [go(broadcaster.shutdown) for _ in range(3)]
        broadcaster.shutdown()
        for other in others:
            other.join()
        broadcaster.shutdown()
        return len(objects(watcher))

    run = simulate(scenario, seed=seed)
    assert (run.result, run.error, run.alive) == (1, None, [])


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("max_batch", [1, 1000])
def test_an_event_is_either_taken_in_and_delivered_or_refused(seed: int, max_batch: int) -> None:
    def scenario() -> tuple[set[int], set[int], set[int]]:
        broadcaster = Broadcaster(100, DROP_IF_CHANNEL_FULL, incoming_length=2)
        watcher = broadcaster.watch()
        taken_in, refused = set[int](), set[int]()

        def produce(start: int) -> None:
            for number in range(start, start + 5):
                try:
                    broadcaster.action(ADDED, number)
                    taken_in.add(number)
                except BroadcasterStopped:
                    refused.add(number)

        producers = [go(produce, start) for start in (0, 10, 20)]
        broadcaster.shutdown()
        for producer in producers:
            producer.join()
        return taken_in, refused, set(objects(watcher))

    taken_in, refused, got = simulated(scenario, seed=seed, max_batch=max_batch)
    assert got == taken_in
    assert len(taken_in) + len(refused) == 15


def test_action_waits_while_the_incoming_queue_is_full_and_action_or_drop_does_not() -> None:
    def scenario() -> list[object]:
        broadcaster = Broadcaster(9, DROP_IF_CHANNEL_FULL, incoming_length=2)
        watcher = broadcaster.watch()
        gate: Channel[None] = Channel(name="gate")
        broadcaster.when_distributed(lambda: gate.receive_ok() and None)
        sleep(1)
        answers: list[object] = [broadcaster.action_or_drop(ADDED, number) for number in range(3)]
        waiting = go(broadcaster.action, ADDED, 9)
        sleep(1)
        answers.append(waiting.alive)
        gate.close()
        waiting.join()
        broadcaster.shutdown()
        return [*answers, objects(watcher)]

    assert simulated(scenario) == [True, True, False, True, [0, 1, 9]]


# --- threads ------------------------------------------------------------------------------------------------


def test_no_thread_is_left_after_shutdown() -> None:
    before = threading.active_count()
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL)
    assert threading.active_count() == before + 1
    broadcaster.shutdown()
    assert threading.active_count() == before


def test_an_action_waits_for_who_has_the_turn_although_there_is_room() -> None:
    broadcaster: Any = Broadcaster(9, DROP_IF_CHANNEL_FULL)
    turn, came = broadcaster._turn, list[str]()
    has_it, may_go, asked = (threading.Event() for _ in range(3))

    class Told:
        """The turn, and who asks for it is heard of."""

        def acquire(self, timeout: float) -> bool:
            asked.set()
            return bool(turn.acquire(timeout=timeout))

        def __getattr__(self, name: str) -> Any:
            return getattr(turn, name)

    def hold() -> None:
        has_it.set()
        may_go.wait(MINUTE)

    def come() -> None:
        broadcaster.action(ADDED, "later")
        came.append("later")
        asked.set()

    holder = go(broadcaster._door._in_turn, broadcaster, hold)
    assert has_it.wait(MINUTE)
    broadcaster._turn = Told()
    comer = go(come)
    assert asked.wait(MINUTE)
    assert not came
    may_go.set()
    holder.join()
    comer.join()
    assert came == ["later"]
    broadcaster.shutdown()


def test_names_and_reprs() -> None:
    assert str(WatchEvent(ADDED, "web-0")) == "ADDED web-0"
    broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL, name="b.")
    watchers = [broadcaster.watch(), broadcaster.watch(name="mine")]
    assert [watcher.name for watcher in watchers] == ["b.watcher-0", "mine"]
    assert repr(watchers[1]) == "<Watcher mine 0/2, 0 dropped>"
    broadcaster.shutdown()
