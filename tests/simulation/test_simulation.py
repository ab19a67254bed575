"""The simulation itself: the same choices give the same run, time is a number, and every end has a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster, BroadcasterStopped, runtime
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.runtime import Lock, go, now, sleep
from kevent.select import Receive, select
from kevent.simulation import EPOCH, Deadlock, Run, ScheduleMismatch, StepLimit, simulate
from kevent.waitgroup import WaitGroup
from tests.support import SECOND, python


def busy() -> list[str]:
    """A scenario with something of everything."""
    broadcaster = Broadcaster(2, DROP_IF_CHANNEL_FULL, release="1.14")
    watchers = [broadcaster.watch(name=name) for name in ("one", "two")]
    lock = Lock(name="book")
    seen: list[str] = []
    group = WaitGroup(name="readers")

    def read(watcher: Any) -> None:
        for event in watcher:
            with lock:
                seen.append(f"{watcher.name} {event.object}")
            sleep(runtime.random())

    for watcher in watchers:
        group.go(read, watcher, name=f"read {watcher.name}")
    for number in range(5):
        broadcaster.action(ADDED, number)
    broadcaster.shutdown()
    group.wait()
    return seen


# --- determinism --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 0, 1, "a word"])
def test_the_same_seed_gives_the_same_run(seed: int | str | None) -> None:
    first, second = simulate(busy, seed=seed), simulate(busy, seed=seed)
    assert first.error is None
    assert repr(first.trace) == repr(second.trace)
    assert (first.result, first.time, first.schedule) == (second.result, second.time, second.schedule)


def test_equal_runs_have_equal_traces() -> None:
    assert simulate(busy, seed=1).trace == simulate(busy, seed=1).trace
    assert simulate(busy, seed=1).trace != simulate(busy, seed=2).trace


def test_different_seeds_give_different_runs() -> None:
    assert len({repr(simulate(busy, seed=seed).result) for seed in range(20)}) > 5


def test_the_same_seed_gives_the_same_run_in_another_process() -> None:
    program = (
        "from tests.simulation.test_simulation import busy\n"
        "from kevent.simulation import simulate\n"
        "for seed in (None, 3):\n"
        "    run = simulate(busy, seed=seed)\n"
        "    print(run.result, run.time, run.schedule, run.trace)\n"
    )
    outputs = [python("-c", program, PYTHONHASHSEED=hash_seed).stdout for hash_seed in ("1", "2")]
    assert outputs[0].count("Step(") > 100
    assert outputs[0] == outputs[1]


def test_a_scenario_that_is_not_deterministic_is_caught_by_this_check() -> None:
    """The negative control: an order that comes from the hash of strings differs between the processes."""
    program = "print([name for name in {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}])"
    outputs = {python("-c", program, PYTHONHASHSEED=hash_seed).stdout for hash_seed in ("1", "2", "3")}
    assert len(outputs) > 1


@pytest.mark.parametrize("seed", range(10))
def test_a_schedule_repeats_the_run_it_was_taken_from(seed: int) -> None:
    def scenario() -> list[int]:
        order: list[int] = []
        channel: Channel[int] = Channel(1, name="c")
        for number in range(4):
            go(lambda number=number: (channel.send(number), order.append(number)))
        order.extend(10 + select(Receive(channel), Receive(channel))[1] for _ in range(4))
        return order

    drawn = simulate(scenario, seed=seed)
    replayed = simulate(scenario, schedule=drawn.schedule)
    assert replayed.result == drawn.result
    assert repr(replayed.trace) == repr(drawn.trace)
    assert replayed.schedule == drawn.schedule


def test_after_the_end_of_a_schedule_the_run_goes_on_in_order() -> None:
    whole = simulate(busy)
    assert simulate(busy, schedule=whole.schedule[:7]).result == whole.result
    assert simulate(busy, schedule=[]).result == whole.result


def test_a_schedule_for_another_scenario_is_refused() -> None:
    run = simulate(busy, schedule=[17])
    assert isinstance(run.error, ScheduleMismatch)
    assert str(run.error).startswith("choice 0 of the schedule is goroutine 17, but only [")


def test_no_handler_of_the_scenario_can_swallow_a_mismatch() -> None:
    def scenario() -> str:
        go(sleep, 1)
        go(sleep, 1)
        try:
            sleep(0)
        except Exception:
            return "swallowed"
        return "went on"

    run = simulate(scenario, schedule=[0, 99])
    assert isinstance(run.error, ScheduleMismatch)
    assert run.result is None


def test_a_way_that_does_not_exist_is_refused() -> None:
    def scenario() -> int:
        return runtime.choose(3)

    assert simulate(scenario, schedule=[2]).result == 2
    error = simulate(scenario, schedule=[3]).error
    assert isinstance(error, ScheduleMismatch)
    assert str(error) == "choice 0 of the schedule is 3, but there are 3 ways"


# --- time ---------------------------------------------------------------------------------------------------


def test_time_starts_at_the_epoch_and_jumps_to_the_next_sleeper() -> None:
    def scenario() -> list[int]:
        times = [now() - EPOCH]
        for seconds in (1, 0.5, 3600):
            sleep(seconds)
            times.append(now() - EPOCH)
        return times

    run = simulate(scenario)
    assert run.result == [0, SECOND, 1_500_000_000, 3601_500_000_000]
    assert run.time == 3601_500_000_000
    assert EPOCH == 1549324800 * SECOND


def test_no_two_readings_of_the_clock_are_equal() -> None:
    readings = simulate(lambda: [now() for _ in range(1000)]).result
    assert readings is not None
    assert len(set(readings)) == 1000
    assert readings == sorted(readings)


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    def scenario() -> list[float]:
        order: list[float] = []
        for seconds in (3, 1, 2, 0.5):
            go(lambda seconds=seconds: (sleep(seconds), order.append(seconds)))
        sleep(10)
        return order

    for seed in range(10):
        assert simulate(scenario, seed=seed).result == [0.5, 1, 2, 3]


def test_who_sleeps_until_the_same_instant_wakes_in_any_order() -> None:
    def scenario() -> tuple[int, ...]:
        order: list[int] = []
        for number in range(3):
            go(lambda number=number: (sleep(1), order.append(number)))
        sleep(2)
        return tuple(order)

    assert len({simulate(scenario, seed=seed).result for seed in range(80)}) == 6


@pytest.mark.parametrize("seconds", [0, -1, -0.5])
def test_sleeping_for_nothing_is_a_step_that_takes_no_time(seconds: float) -> None:
    run = simulate(lambda: sleep(seconds))
    assert run.time == 0
    assert [step.operation for step in run.trace] == ["start", "sleep", "end"]


def test_a_timeout_that_was_not_needed_moves_no_time() -> None:
    def scenario() -> None:
        channel: Channel[None] = Channel(name="c")
        lock = Lock(name="l")
        goroutine = go(channel.send, None)
        channel.receive(timeout=5000)
        lock.acquire(timeout=5000)
        goroutine.join(timeout=5000)
        sleep(3)

    assert simulate(scenario).time == 3 * SECOND


def test_goroutines_may_outlive_the_scenario() -> None:
    seen: list[str] = []

    def late() -> None:
        sleep(5)
        seen.append("done")

    run = simulate(lambda: go(late) and None)
    assert (seen, run.time, run.alive) == (["done"], 5 * SECOND, [])


def test_randomness_follows_from_the_seed() -> None:
    def scenario() -> list[float]:
        return [runtime.random() for _ in range(5)]

    assert simulate(scenario, seed=1).result == simulate(scenario, seed=1).result
    assert simulate(scenario, seed=1).result != simulate(scenario, seed=2).result
    assert simulate(scenario).result == simulate(scenario).result


# --- how a run ends -----------------------------------------------------------------------------------------


def test_a_deadlock_says_who_waits_for_what() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(name="letters")
        lock = Lock(name="door")
        group = WaitGroup(name="team")
        group.add(1)
        lock.acquire()
        go(channel.send, 1, name="writer")
        go(lock.acquire, name="guest")
        go(group.wait, name="boss")
        go(lambda: select(Receive(Channel(name="a")), Receive(Channel(name="b"))), name="chooser")
        Channel[int](name="nothing").receive()

    run = simulate(scenario)
    assert isinstance(run.error, Deadlock)
    assert str(run.error) == (
        "all goroutines are asleep: main waits: receive on nothing; writer waits: send on letters; "
        "guest waits: acquire on door; boss waits: acquire on team.sema; chooser waits: select on a, b"
    )
    assert run.result is None


def test_goroutines_left_behind_are_listed_with_what_they_wait_for() -> None:
    def scenario() -> str:
        channel: Channel[int] = Channel(name="letters")
        go(channel.receive, name="reader")
        go(channel.receive, name="reader")
        return "done"

    run = simulate(scenario)
    assert (run.result, run.error) == ("done", None)
    assert run.alive == ["reader: receive on letters", "reader-2: receive on letters"]


def test_a_run_without_end_is_stopped() -> None:
    def scenario() -> None:
        while True:
            sleep(0)

    run = simulate(scenario, max_steps=50)
    assert isinstance(run.error, StepLimit)
    assert str(run.error) == "no end after 50 steps; main was at sleep on clock"
    assert run.alive == ["main: sleep on clock"]


def test_the_step_limit_is_exact() -> None:
    steps = simulate(busy).steps
    assert simulate(busy, max_steps=steps).error is None
    assert isinstance(simulate(busy, max_steps=steps - 1).error, StepLimit)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_run_can_be_stopped_at_every_step_without_harm(seed: int | None) -> None:
    whole = simulate(busy, seed=seed)
    for limit in range(1, whole.steps):
        run = simulate(busy, seed=seed, max_steps=limit)
        assert isinstance(run.error, StepLimit), f"stopped at {limit}"
        cut = len(run.trace)
        assert repr(run.trace) == repr(whole.trace[:cut])


def test_an_exception_ends_the_run_and_says_where() -> None:
    def fail() -> None:
        raise ValueError("broken")

    def scenario() -> str:
        go(fail, name="unlucky")
        sleep(1)
        return "unreached"

    run = simulate(scenario)
    assert isinstance(run.error, ValueError)
    assert run.error.__notes__ == ["in goroutine unlucky, step 4 of the simulation"]
    assert run.result is None
    assert run.trace[-1].error == "broken"


def test_an_exception_that_is_caught_is_none_of_the_runs_business() -> None:
    def scenario() -> str:
        channel: Channel[int] = Channel(name="c")
        channel.close()
        with pytest.raises(Exception, match="send on closed channel"):
            channel.send(1)
        return "fine"

    run = simulate(scenario)
    assert (run.result, run.error) == ("fine", None)
    assert [step.error for step in run.trace if step.operation == "send"] == ["send on closed channel"]


def test_an_interrupt_is_not_kept_but_raised() -> None:
    def scenario() -> None:
        go(Channel[None](name="c").receive)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scenario)
    assert runtime.current() is runtime.THREADS


# --- goroutines that are killed at the end ------------------------------------------------------------------


def test_a_goroutine_left_behind_runs_its_finally_blocks() -> None:
    seen: list[str] = []

    def wait() -> None:
        try:
            Channel[None](name="never").receive()
        finally:
            seen.append("finally")

    run = simulate(lambda: go(wait) and None)
    assert seen == ["finally"]
    assert run.error is None


@pytest.mark.parametrize(
    "last_wish",
    [
        lambda: sleep(1),
        lambda: go(sleep, 1),
        lambda: Channel(name="other").receive(),
        lambda: select(Receive(Channel()), Receive(Channel())),
        lambda: WaitGroup().done(),
        lambda: Lock().release(),
        lambda: 1 / 0,
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_no_finally_block_of_a_killed_goroutine_changes_the_run(last_wish: Callable[[], object], fails: bool) -> None:
    def scenario_without(wish: Callable[[], object]) -> Callable[[], str]:
        def wait() -> None:
            try:
                Channel[None](name="never").receive()
            finally:
                wish()

        def scenario() -> str:
            for _ in range(3):
                go(wait)
                go(sleep, 100)
            sleep(1)
            if fails:
                raise ValueError("broken")
            return "done"

        return scenario

    plain: Run[str] = simulate(scenario_without(lambda: None), seed=4)
    wished: Run[str] = simulate(scenario_without(last_wish), seed=4)
    assert wished.result == plain.result
    assert repr(wished.error) == repr(plain.error)
    assert (wished.trace, wished.alive, wished.schedule) == (plain.trace, plain.alive, plain.schedule)


def test_a_goroutine_that_never_began_is_not_begun_at_the_end() -> None:
    seen: list[int] = []

    def scenario() -> None:
        go(seen.append, 1, name="late")
        raise ValueError

    run = simulate(scenario)
    assert seen == []
    assert run.alive == ["late: start on late"]


# --- worlds -------------------------------------------------------------------------------------------------


def test_a_simulated_channel_can_be_read_after_the_run_but_not_waited_on() -> None:
    def scenario() -> Channel[int]:
        channel: Channel[int] = Channel(3, name="letters")
        channel.send(1)
        return channel

    channel = simulate(scenario).result
    assert channel is not None
    assert channel.receive() == 1
    assert channel.try_receive() == (None, False)
    for wait in (channel.receive, lambda: channel.receive(timeout=5), lambda: list(channel)):
        with pytest.raises(Deadlock, match="on letters would wait for ever: the simulation is over"):
            wait()
    assert channel.try_send(2) is True
    assert channel.receive() == 2  # nobody stands in line for it any more


def test_a_simulated_broadcaster_has_stopped_after_the_run() -> None:
    broadcaster = simulate(lambda: Broadcaster(2, DROP_IF_CHANNEL_FULL, release="1.14")).result
    assert broadcaster is not None
    for use in (broadcaster.watch, lambda: broadcaster.action(ADDED, 1)):
        with pytest.raises(BroadcasterStopped):
            use()
    broadcaster.shutdown()


def test_a_channel_made_on_threads_works_inside() -> None:
    channel: Channel[int] = Channel(name="outside")

    def scenario() -> list[int]:
        go(lambda: (sleep(3), channel.send(1), channel.close()))
        return list(channel)

    run = simulate(scenario)
    assert (run.result, run.time) == ([1], 3 * SECOND)


def test_a_channel_made_on_threads_can_deadlock_inside_and_does_not_hang() -> None:
    channel: Channel[int] = Channel(name="outside")
    assert isinstance(simulate(channel.receive).error, Deadlock)
    assert channel.try_send(1) is False  # nobody is left in line


def test_a_simulation_inside_a_simulation() -> None:
    def scenario() -> tuple[object, int]:
        channel: Channel[int] = Channel(name="outer")
        go(channel.send, 4)
        sleep(1)
        inner = simulate(busy, seed=3)
        return inner.trace, now() - EPOCH + channel.receive()

    run = simulate(scenario)
    assert run.error is None
    assert run.result is not None
    assert repr(run.result[0]) == repr(simulate(busy, seed=3).trace)
    assert run.result[1] == SECOND + 4


def test_after_a_run_the_threads_answer_again() -> None:
    simulate(lambda: 1 / 0)
    assert runtime.current() is runtime.THREADS
    assert go(lambda: None).join()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"scenario": 3}, TypeError, "scenario must be callable, not int"),
        ({"max_steps": 0}, ValueError, "max_steps must be at least one: 0"),
        ({"max_batch": 0}, ValueError, "max_batch must be at least one: 0"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        simulate(**({"scenario": busy} | arguments))


# --- the trace ----------------------------------------------------------------------------------------------


def test_a_step_that_waits_is_in_the_trace_twice() -> None:
    def scenario() -> None:
        channel: Channel[int] = Channel(name="c")
        go(channel.receive, name="reader")
        sleep(1)
        channel.send(5)

    steps = [s for s in simulate(scenario).trace if s.operation == "receive"]
    assert [(s.goroutine, s.blocked, s.result, s.time) for s in steps] == [
        ("reader", True, None, 0),
        ("reader", False, 5, SECOND),
    ]


def test_steps_are_numbered_and_show_value_result_and_depth() -> None:
    def scenario() -> None:
        channel: Channel[str] = Channel(2, name="box")
        channel.send("a")
        channel.try_send("b")
        channel.receive()

    trace = simulate(scenario).trace
    assert [step.number for step in trace] == list(range(len(trace)))
    assert [(s.operation, s.name, s.value, s.result, s.after) for s in trace[1:-1]] == [
        ("send", "box", "a", None, 1),
        ("try_send", "box", "b", True, 2),
        ("receive", "box", None, "a", 1),
    ]


def test_goroutines_of_the_same_name_are_told_apart() -> None:
    def scenario() -> None:
        for _ in range(3):
            go(sleep, 1, name="worker")

    names = [s.name for s in simulate(scenario).trace if s.operation == "go"]
    assert names == ["worker", "worker-2", "worker-3"]


def test_without_greenlet_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['greenlet'] = None\nimport kevent\nimport kevent.simulation\n"
    assert python("-c", program, status=1).stderr.splitlines()[-1] == (
        "ImportError: kevent.simulation switches between stacks with greenlet, which is not installed: "
        "pip install 'kube-kevent[simulation]'"
    )


@pytest.mark.parametrize(
    ("releases", "said"), [([], ""), (["1.14"], "1.14"), (["1.21", "1.21.3", "1.21"], ""), (["1.37", "1.37"], "1.37")]
)
def test_a_run_says_which_release_its_broadcasters_answer_like(releases: list[str], said: str) -> None:
    def scenario() -> None:
        for number, release in enumerate(releases):
            Broadcaster(1, DROP_IF_CHANNEL_FULL, name=f"{number}.", release=release).shutdown()

    assert simulate(scenario).release == said
