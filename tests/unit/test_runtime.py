"""Goroutines, clocks and locks on real threads."""

from __future__ import annotations

import threading
import time

import pytest

from kevent import runtime
from kevent.atomic import AtomicReference
from kevent.runtime import Lock, Panic, go, now, sleep
from kevent.simulation import simulate
from tests.conftest import Complaints


def test_go_runs_the_function_with_its_arguments_on_a_daemon_thread() -> None:
    seen: list[object] = []

    def work(*args: int) -> None:
        here = threading.current_thread()
        seen.extend((args, here.daemon, here is threading.main_thread()))

    assert go(work, 1, 2).join()
    assert seen == [(1, 2), True, False]


def test_a_goroutine_is_named_after_its_function_unless_told_otherwise() -> None:
    def work() -> None: ...

    first, second = go(work), go(work, name="worker")
    assert (first.name, second.name) == ("work", "worker")
    assert repr(second) == "<goroutine worker>"
    assert first.join()
    assert second.join()


def test_a_goroutine_is_alive_until_its_function_returns() -> None:
    gate = threading.Event()
    goroutine = go(gate.wait)
    assert goroutine.alive
    assert goroutine.join(timeout=0) is False
    gate.set()
    assert goroutine.join() is True
    assert not goroutine.alive


def test_an_exception_is_logged_with_its_traceback(complaints: Complaints) -> None:
    def fail() -> None:
        raise Panic("oh no")

    go(fail, name="unlucky").join()
    (record,) = complaints.records
    assert record.name == "kevent.runtime"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "oh no"
    assert complaints.take() == ["goroutine unlucky ended with an exception"]


def test_where_there_are_no_threads_go_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "emscripten")
    with pytest.raises(RuntimeError, match=r"go\(work\) outside of a simulation needs a thread.*simulate\(\)"):
        go(print, name="work")
    assert simulate(lambda: go(lambda: None).join()).error is None


@pytest.mark.parametrize("function", [None, 3, "print"])
def test_go_wants_something_callable(function: object) -> None:
    with pytest.raises(TypeError, match=f"function must be callable, not {type(function).__name__}"):
        go(function)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0, -1, -0.5])
def test_sleep_takes_no_time_for_zero_and_less(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    sleep(seconds)
    assert slept == [0]


def test_now_is_the_wall_clock_in_nanoseconds() -> None:
    before = time.time_ns()
    assert before <= now() <= time.time_ns()


def test_random_is_from_zero_to_one() -> None:
    assert all(0 <= runtime.random() < 1 for _ in range(100))


def test_choose_takes_each_way() -> None:
    assert {runtime.choose(3) for _ in range(200)} == {0, 1, 2}
    assert runtime.choose(1) == 0


def test_threads_take_all_that_is_queued() -> None:
    assert runtime.max_batch() > 1_000_000


def test_a_lock_keeps_others_out() -> None:
    lock = Lock(name="door")
    entered: list[bool] = []

    def enter() -> None:
        with lock:
            entered.append(True)

    with lock:
        assert lock.locked()
        goroutine = go(enter)
        assert goroutine.join(timeout=0) is False
        assert not entered
    assert goroutine.join()
    assert entered
    assert not lock.locked()


def test_a_parker_remembers_an_unpark_that_came_first() -> None:
    parker = runtime.parker()
    parker.unpark()
    assert parker.park() is True


def test_a_parker_gives_up_after_its_time() -> None:
    assert runtime.parker().park(timeout=0) is False
    assert runtime.parker().park(timeout=-1) is False


def test_threads_answer_where_no_simulation_runs() -> None:
    assert runtime.current() is runtime.THREADS
    inside: list[runtime.World] = []
    goroutine = go(lambda: inside.append(runtime.current()))
    assert goroutine.join()
    assert inside == [runtime.THREADS]


def test_a_world_answers_one_thread_only() -> None:
    world = runtime._Threads()
    before = runtime.enter(world)
    seen: list[runtime.World] = []
    thread = threading.Thread(target=lambda: seen.append(runtime.current()))
    thread.start()
    thread.join()
    assert runtime.current() is world
    assert runtime.enter(before) is world
    assert seen == [runtime.THREADS]


def test_the_monotonic_clock_is_not_the_one_that_somebody_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    before = runtime.monotonic()
    assert before <= runtime.monotonic()
    assert now() == 0
    assert before > 0


def test_a_deadline_is_so_many_seconds_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 5_000_000_000)
    end = runtime.deadline(2.5)
    assert end == 7_500_000_000
    assert runtime.remaining(end) == 2.5
    monkeypatch.setattr(time, "monotonic_ns", lambda: 8_000_000_000)
    assert runtime.remaining(end) == 0
    assert (runtime.deadline(None), runtime.remaining(None)) == (None, None)


@pytest.mark.parametrize(
    ("time", "wrapped"),
    [
        (0, 0), (-1, -1), (2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)),
        (2**63, -(2**63)), (-(2**63) - 1, 2**63 - 1), (2**64 + 5, 5), (-(2**64), 0),
    ],
)  # fmt: skip
def test_a_time_in_a_name_has_64_bits(time: int, wrapped: int) -> None:
    assert runtime.unix_nano(time) == wrapped


def test_a_distinct_time_is_the_time_or_the_next_one_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.THREADS, "_given_out", AtomicReference(0))
    assert [runtime.distinct(time) for time in (5, 5, 5, 6, 20, 3)] == [5, 6, 7, 8, 20, 21]


def test_in_a_simulation_only_sleep_moves_the_monotonic_clock() -> None:
    def scenario() -> list[int]:
        readings = [runtime.monotonic(), runtime.monotonic(), runtime.distinct(1), runtime.distinct(1)]
        sleep(2)
        return [*readings, runtime.monotonic()]

    assert simulate(scenario).result == [0, 0, 1, 1, 2_000_000_000]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_goroutine_that_ends_by_what_is_no_exception_is_logged_too(
    error: type[BaseException], complaints: Complaints
) -> None:
    def fail() -> None:
        raise error

    assert go(fail, name="unlucky").join()
    assert complaints.take() == ["goroutine unlucky ended with an exception"]
