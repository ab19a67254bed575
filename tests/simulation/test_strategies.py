"""A strategy of one's own: it is asked for every choice, and held to what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from kevent import runtime
from kevent.runtime import go, sleep
from kevent.simulation import OnlyLooking, ScheduleMismatch, Situation, Strategy, simulate


class Latest(Strategy):
    """Who has become ready last goes next."""

    def pick(self, options: Sequence[int], running: int) -> int:
        return options[-1]


def three() -> list[int]:
    order: list[int] = []
    for number in range(3):
        go(lambda number=number: (sleep(1), order.append(number)), name=f"g{number}")
    sleep(2)
    return order


def test_it_decides_and_its_schedule_can_be_replayed() -> None:
    run = simulate(three, strategy=Latest())
    assert simulate(three).result == [0, 1, 2]
    assert run.result == [2, 1, 0]
    assert repr(simulate(three, schedule=run.schedule).trace) == repr(run.trace)


def test_it_is_told_who_is_about_to_do_what_and_who_ran_last() -> None:
    seen: list[tuple[list[str], int]] = []

    class Asking(Latest):
        def start(self, situation: Situation) -> None:
            self.situation = situation

        def pick(self, options: Sequence[int], running: int) -> int:
            seen.append(([self.situation.about_to(number) for number in options], running))
            return super().pick(options, running)

    def scenario() -> None:
        go(sleep, 1, name="napper")
        sleep(1)

    simulate(scenario, strategy=Asking())
    assert seen == [
        (["main: sleep on clock", "napper: start on napper"], 0),
        (["main: sleep on clock", "napper: sleep on clock"], 1),
        (["napper: sleep on clock", "main: sleep on clock"], -1),
    ]


def test_it_can_be_asked_always() -> None:
    class Always(Latest):
        ask_always = True
        asked = 0

        def pick(self, options: Sequence[int], running: int) -> int:
            self.asked += 1
            return super().pick(options, running)

    always = Always()
    run = simulate(lambda: [sleep(0) for _ in range(5)], strategy=always)
    assert (always.asked, run.schedule) == (6, ())


def test_it_chooses_ways() -> None:
    class Last(Latest):
        def choose(self, count: int) -> int:
            return count - 1

    assert simulate(lambda: runtime.choose(3), strategy=Last()).result == 2
    assert simulate(lambda: runtime.choose(3), strategy=Latest()).result == 0


@pytest.mark.parametrize("number", [-1, 99, None, "a"])
def test_what_is_no_option_is_refused_by_name(number: int) -> None:
    class Wrong(Strategy):
        def pick(self, options: Sequence[int], running: int) -> int:
            return number

        def choose(self, count: int) -> int:
            return number

    error = simulate(three, strategy=Wrong()).error
    assert isinstance(error, ScheduleMismatch)
    assert str(error) == f"the strategy picked {number!r}, but only [0, 1] can go on"
    assert str(simulate(lambda: runtime.choose(3), strategy=Wrong()).error) == (
        f"the strategy chose {number!r}, but there are 3 ways"
    )


def test_it_cannot_change_the_run_nor_its_options() -> None:
    class Meddling(Latest):
        def pick(self, options: Sequence[int], running: int) -> int:
            assert isinstance(options, tuple)
            for meddle in (runtime.now, lambda: go(sleep, 1), runtime.random):
                with suppress(OnlyLooking):
                    meddle()
            return super().pick(options, running)

    assert repr(simulate(three, strategy=Meddling()).trace) == repr(simulate(three, strategy=Latest()).trace)


@pytest.mark.parametrize("where", ["start", "pick", "choose"])
def test_what_it_raises_comes_out_and_no_handler_of_the_scenario_stops_it(where: str) -> None:
    class Broken(Latest):
        def start(self, situation: Situation) -> None:
            self.fail("start")

        def pick(self, options: Sequence[int], running: int) -> int:
            self.fail("pick")
            return super().pick(options, running)

        def choose(self, count: int) -> int:
            self.fail("choose")
            return 0

        def fail(self, here: str) -> None:
            if here == where:
                raise ZeroDivisionError(here)

    def scenario() -> None:
        for _ in range(3):
            with suppress(Exception):
                three()
                runtime.choose(2)
                return

    with pytest.raises(ZeroDivisionError, match=where):
        simulate(scenario, strategy=Broken())
    assert runtime.current() is runtime.THREADS


def test_a_schedule_and_a_strategy_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="schedule and strategy exclude each other"):
        simulate(three, schedule=[], strategy=Latest())


@pytest.mark.parametrize("call", [lambda: Strategy(), lambda: simulate(three, strategy=3)])  # type: ignore[abstract,arg-type]
def test_what_is_no_strategy_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        call()
