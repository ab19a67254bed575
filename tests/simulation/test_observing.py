"""Looking on: an observer sees all there is, and whatever it does, the run is the one that it would have been."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import pytest

from kevent import runtime
from kevent.channel import Channel
from kevent.models.museum import PIECES
from kevent.models.museum.models import add_inside
from kevent.runtime import Lock, go, now, sleep
from kevent.select import Receive, Send, select
from kevent.simulation import (
    EPOCH,
    Exploration,
    Observer,
    OnlyLooking,
    Outcome,
    Run,
    Step,
    calling_frame,
    explore,
    looking,
    simulate,
)
from kevent.waitgroup import AtomicUint64, WaitGroup
from tests.simulation.scenarios import draw
from tests.simulation.test_simulation import busy
from tests.support import SECOND


class Everywhere(Observer):
    """Does the same wherever it is called."""

    def act(self, *seen: Any) -> None:
        raise NotImplementedError

    def started(self) -> None:
        self.act("started")

    def made(self, primitive: Any) -> None:
        self.act("made", primitive)

    def arrived(self, goroutine: str, operation: str, name: str) -> None:
        self.act("arrived", goroutine, operation, name)

    def chose(self, options: Mapping[int, str], number: int) -> None:
        self.act("chose", options, number)

    def stepped(self, step: Step) -> None:
        self.act("stepped", step)

    def ended(self, outcome: Outcome) -> None:
        self.act("ended", outcome)


class Keeper(Everywhere):
    """Keeps all it sees."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def act(self, *seen: Any) -> None:
        self.seen.append(seen)


class ClockReader(Everywhere):
    """Asks for the time."""

    def act(self, *seen: Any) -> None:
        world = runtime.current()
        assert now() == now() >= EPOCH + world.monotonic()


class Builder(Everywhere):
    """Makes primitives of its own, and uses them."""

    def act(self, *seen: Any) -> None:
        channel: Channel[int] = Channel(1, name="mine")
        group, word = WaitGroup(name="mine"), AtomicUint64(name="mine")
        with Lock(name="mine"):
            channel.send(1)
            group.add(word.add(1))
        assert select(Receive(channel), default=True) == (0, 1, True)
        group.done()
        group.wait()


class Toucher(Keeper):
    """Tries everything on whatever it gets hold of, and lets nobody know of the refusals."""

    refused = 0

    def act(self, *seen: Any) -> None:
        if seen[0] == "made":
            self.seen.append(seen[1])
        attempts: list[Callable[[], object]] = [
            lambda: go(sleep, 1), lambda: sleep(1), runtime.random, lambda: runtime.choose(2),
            lambda: select(Receive(Channel()), timeout=1),
        ]  # fmt: skip
        for thing in self.seen if seen[0] != "made" else ():  # what was made just now is empty as yet
            if isinstance(thing, Channel):
                attempts += [thing.receive, thing.close, partial(thing.send, 1), thing.__len__]
                attempts.append(partial(select, Send(thing, 1), Receive(thing), default=True))
            elif isinstance(thing, AtomicUint64):
                attempts += [thing.load, partial(thing.add, 1)]
            elif hasattr(thing, "locked"):
                attempts += [thing.acquire, thing.release]
        for attempt in attempts:
            try:
                attempt()
            except OnlyLooking:
                self.refused += 1


class Simulator(Everywhere):
    """Runs a scenario of its own."""

    def act(self, *seen: Any) -> None:
        if seen[0] in ("started", "chose", "ended"):
            assert simulate(add_inside, seed=3).result == "after 0 of 2"


class FrameWalker(Everywhere):
    """Walks up the stack, as somebody who wants to know the lines does."""

    def act(self, *seen: Any) -> None:
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            assert isinstance(frame.f_locals, dict)
            frame = frame.f_back


KINDS: list[type[Observer]] = [Observer, Keeper, ClockReader, Builder, Toucher, Simulator, FrameWalker]


def all_of(run: Run[Any]) -> list[object]:
    """All that anybody can tell of a run."""
    return [
        repr(run.result), repr(run.error), run.time, repr(run.trace), run.alive, run.left, run.schedule, run.steps,
        run.outcome,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_observed_run_is_the_unobserved_one_step_for_step(kind: type[Observer]) -> None:
    scenarios = [busy, *(draw(seed) for seed in range(40))]
    scenarios += [scenario for piece in PIECES for scenario in (piece.broken, piece.fixed)]
    for scenario in scenarios:
        for seed in (None, 1):
            plain = simulate(scenario, seed=seed, max_steps=400)
            observed = simulate(scenario, seed=seed, max_steps=400, observer=kind())
            assert all_of(observed) == all_of(plain)


@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize("kind", [Observer, Keeper, ClockReader, Builder, FrameWalker])
def test_an_observed_exploration_finds_what_an_unobserved_one_does(kind: type[Observer], reduce: bool) -> None:
    def findings(found: Exploration) -> list[Any]:
        return [found.schedules, found.abandoned, found.exhaustive, found.findings]

    for scenario in (PIECES[1].fixed, PIECES[3].broken, PIECES[5].broken):
        plain = explore(scenario, reduce=reduce, max_steps=400, max_schedules=300, progress=False)
        observed = explore(scenario, reduce=reduce, max_steps=400, max_schedules=300, progress=False, observer=kind())
        assert findings(observed) == findings(plain)


def test_somebody_who_takes_part_does_change_the_run() -> None:
    """The negative control: the same questions, asked without `looking`."""

    def asking(scenario: Callable[[], object], ask: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            ask()
            return scenario()

        return run

    def tells_the_time() -> int:
        return now() - EPOCH

    assert simulate(asking(tells_the_time, lambda: None)).result == 0
    assert simulate(asking(tells_the_time, now)).result == 1
    assert (
        simulate(asking(runtime.random, lambda: None)).result != simulate(asking(runtime.random, runtime.random)).result
    )


def test_what_is_refused_is_refused_by_name() -> None:
    toucher = Toucher()
    simulate(busy, observer=toucher)
    assert toucher.refused > 100

    class Taker(Observer):
        def stepped(self, step: Step) -> None:
            if step.operation == "send":
                step.value.receive()  # type: ignore[attr-defined]

    def scenario() -> None:
        channel: Channel[Any] = Channel(1, name="letters")
        channel.send(channel)

    with pytest.raises(OnlyLooking, match="receive on letters would change the run: an observer only looks"):
        simulate(scenario, observer=Taker())


# --- what an observer sees ----------------------------------------------------------------------------------------


def two_who_meet() -> int:
    channel: Channel[int] = Channel(name="c")
    go(channel.send, 7, name="sender")
    return channel.receive()


def test_it_sees_every_step_as_it_happens_and_everything_that_is_made() -> None:
    keeper = Keeper()
    run = simulate(two_who_meet, observer=keeper)
    assert keeper.seen[0] == ("started",)
    assert keeper.seen[-1] == ("ended", run.outcome)
    assert [step for kind, *step in keeper.seen if kind == "stepped"] == [[step] for step in run.trace]
    assert [thing[0].name for kind, *thing in keeper.seen if kind == "made"] == ["c"]
    assert [tuple(rest) for kind, *rest in keeper.seen if kind == "arrived"] == [
        ("main", "go", "sender"), ("main", "receive", "c"), ("sender", "send", "c"),
    ]  # fmt: skip
    assert [tuple(rest) for kind, *rest in keeper.seen if kind == "chose"] == [
        ({0: "main: receive on c", 1: "sender: start on sender"}, 0),
        ({0: "main: receive on c", 1: "sender: send on c"}, 1),
    ][: len(run.schedule)]
    assert tuple(number for kind, *rest in keeper.seen if kind == "chose" for number in rest[1:]) == run.schedule


def test_it_sees_which_way_a_select_goes() -> None:
    def scenario() -> int:
        channels: list[Channel[int]] = [Channel(1, name=name) for name in "ab"]
        for channel in channels:
            channel.send(1)
        return select(*map(Receive, channels))[0]

    keeper = Keeper()
    simulate(scenario, schedule=[1], observer=keeper)
    assert [rest for kind, *rest in keeper.seen if kind == "chose"] == [
        [{0: "select: way 1", 1: "select: way 2"}, 1]
    ]  # fmt: skip


def test_it_sees_each_run_of_an_exploration_from_its_start_to_its_end() -> None:
    keeper = Keeper()
    found = explore(two_who_meet, observer=keeper, progress=False)
    kinds = [kind for kind, *_ in keeper.seen if kind in ("started", "ended")]
    assert kinds == ["started", "ended"] * found.schedules
    assert {rest[0] for kind, *rest in keeper.seen if kind == "ended"} == set(found)


def test_a_run_that_is_abandoned_has_no_end() -> None:
    keeper = Keeper()
    found = explore(add_inside, reduce=True, observer=keeper, progress=False)
    kinds = [kind for kind, *_ in keeper.seen]
    assert kinds.count("started") == found.schedules + found.abandoned > found.schedules == kinds.count("ended")


def test_the_stack_above_leads_to_the_line_that_takes_the_step() -> None:
    lines: list[tuple[str, str, list[str]]] = []

    class Tracer(Observer):
        def note(self, when: str, operation: str) -> None:
            frame = calling_frame()
            callers = []
            while frame is not None and not frame.f_globals["__name__"].startswith("kevent.simulation"):
                callers.append(frame.f_code.co_name)
                frame = frame.f_back
            lines.append((when, operation, callers))

        def arrived(self, goroutine: str, operation: str, name: str) -> None:
            self.note("arrived", operation)

        def stepped(self, step: Step) -> None:
            self.note("waits" if step.blocked else "stepped", step.operation)

    def hand_over(channel: Channel[int]) -> None:
        channel.send(1)

    def work(channel: Channel[int]) -> None:
        sleep(1)
        hand_over(channel)

    def scenario() -> int:
        channel: Channel[int] = Channel(name="c")
        go(work, channel, name="worker")
        return channel.receive()

    simulate(scenario, observer=Tracer())
    by_step = {(when, operation): callers for when, operation, callers in lines}
    assert by_step["arrived", "send"] == by_step["stepped", "send"] == ["hand_over", "work"]
    assert by_step["arrived", "sleep"] == by_step["waits", "sleep"] == by_step["stepped", "sleep"] == ["sleep", "work"]
    assert by_step["arrived", "receive"] == by_step["waits", "receive"] == by_step["stepped", "receive"] == ["scenario"]
    assert by_step["arrived", "go"] == by_step["stepped", "go"] == ["go", "scenario"]
    assert by_step["stepped", "start"] == by_step["stepped", "end"] == []


# --- an observer that goes wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["started", "made", "arrived", "chose", "stepped", "ended"])
@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_what_an_observer_raises_comes_out_of_simulate_and_no_handler_of_the_scenario_stops_it(
    where: str, error: BaseException
) -> None:
    class Broken(Everywhere):
        def act(self, *seen: Any) -> None:
            if seen[0] == where and (where != "stepped" or seen[1].operation == "end"):
                raise error

    def scenario() -> None:
        for _ in range(3):
            with suppress(Exception):
                two_who_meet()
                return

    with pytest.raises(type(error)) as raised:
        simulate(scenario, observer=Broken())
    assert raised.value is error
    assert runtime.current() is runtime.THREADS
    if isinstance(error, ValueError):
        with pytest.raises(ValueError, match="mine"):
            explore(scenario, observer=Broken(), progress=False)


# --- looking from inside ------------------------------------------------------------------------------------------


def test_a_look_from_inside_changes_nothing_either() -> None:
    def scenario(look: bool) -> Callable[[], list[int]]:
        def run() -> list[int]:
            lock, word = Lock(name="door"), AtomicUint64(name="word")
            readings = [now()]
            for _ in range(3):
                with lock:
                    if look:
                        with looking():
                            assert now() == readings[-1] + 1 == now()  # what the next reading will be
                            assert word.load() == 0
                            with lock:  # which is taken: who only looks need not wait for it
                                pass
                            assert lock.locked()
                    readings.append(now())
            return readings

        return run

    assert all_of(simulate(scenario(look=True))) == all_of(simulate(scenario(look=False)))


def test_a_step_while_looking_is_refused_and_the_run_goes_on() -> None:
    def scenario() -> int:
        channel: Channel[int] = Channel(1, name="c")
        goroutine = go(sleep, 1)
        with looking(), looking():
            for attempt in (
                lambda: channel.send(1), goroutine.join, lambda: go(sleep, 1), lambda: sleep(1), runtime.random,
                lambda: select(Send(channel, 1), default=True),
            ):  # fmt: skip
                with pytest.raises(OnlyLooking):
                    attempt()
        channel.send(2)
        return channel.receive()

    run = simulate(scenario)
    assert (run.result, run.time) == (2, SECOND)


def test_outside_of_a_simulation_looking_makes_no_difference() -> None:
    with looking():
        channel: Channel[int] = Channel(1)
        channel.send(1)
        assert runtime.current() is runtime.THREADS
    assert channel.receive() == 1


def test_monotonic_time_is_virtual_and_reading_it_moves_nothing() -> None:
    def scenario() -> list[int]:
        monotonic = runtime.current().monotonic
        readings = [monotonic(), monotonic()]
        sleep(2)
        return [*readings, monotonic(), now() - EPOCH, monotonic()]

    assert simulate(scenario).result == [0, 0, 2 * SECOND, 2 * SECOND, 2 * SECOND]
