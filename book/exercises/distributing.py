"""Exercises of chapter 6: wait for all that was started; shut down from more than one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kevent.channel import Channel
from kevent.runtime import go
from kevent.waitgroup import AtomicUint64, WaitGroup

from .checking import NOT_YET, Verdict, complaint, counted, first_wrong
from .watching import simulate

# --- run_all ----------------------------------------------------------------------------------------------------------


def run_all(functions):
    """Run each function in a goroutine of its own, at the same time. Return when all of them have ended.

    `go(function, name="worker")` starts one. Use a `WaitGroup` to wait for them.
    """
    # solution
    group = WaitGroup("group")
    group.add(len(functions))

    def run(function):
        function()
        group.done()

    for function in functions:
        go(run, function, name="worker")
    group.wait()
    # end of solution


def check_run_all(attempt: Callable[[Sequence[Callable[[], None]]], object]) -> Verdict:
    """With none, one and two functions, in every order. Two functions wait for each other: they run at one time."""
    tried = 0
    for count in range(3):

        def scenario(count: int = count) -> str:
            ended = []
            met = [Channel[None](1, name=f"sign of {number}") for number in range(count)]

            def function(number: int) -> Callable[[], None]:
                def work() -> None:
                    met[number].send(None)
                    if count == 2:
                        met[1 - number].receive()
                    ended.append(number)

                return work

            attempt([function(number) for number in range(count)])
            if len(ended) == count:
                return ""
            return f"`run_all` returned when {len(ended)} of {counted(count, 'function')} had ended"

        if isinstance(simulate(scenario, max_steps=200).error, NotImplementedError):
            return NOT_YET
        wrong, orders = first_wrong(scenario, reduce=count > 1)
        if wrong is not None:
            return complaint(counted(count, "function"), wrong)
        tried += orders
    return Verdict(True, f"Right, in every order, with none, one and two functions: {tried:,} runs.")


# --- shut_down --------------------------------------------------------------------------------------------------------


def shut_down(incoming, latch, closing):
    """Close the channel `incoming`, which ends the loop, and return when the loop has ended.

    More than one goroutine calls this, perhaps at the same moment, and a channel may be closed only once. `latch` is a
    wait group that the loop counts down when it has ended. `closing` is an atomic word, at first 0, that is yours:
    `closing.load()`, `closing.store(1)`, `closing.compare_and_swap(0, 1)`, which says whether it did.
    """
    # solution
    if closing.compare_and_swap(0, 1):
        incoming.close()
    latch.wait()
    # end of solution


def check_shut_down(attempt: Callable[[Channel[str], WaitGroup, AtomicUint64], object]) -> Verdict:
    """One who shuts down, and then two, in every order, with an event still in the queue."""
    tried = 0
    for callers in (1, 2):

        def scenario(callers: int = callers) -> str:
            incoming, latch, closing = (
                Channel[str](1, name="incoming"),
                WaitGroup("latch"),
                AtomicUint64(name="closing"),
            )
            distributed: list[str] = []
            early = []

            def loop() -> None:
                while (received := incoming.receive_ok())[1]:
                    distributed.append(received[0] or "")
                latch.done()

            def call() -> None:
                attempt(incoming, latch, closing)
                if latch.counter:
                    early.append("early")

            latch.add(1)
            looping = go(loop, name="loop")
            incoming.send("event")
            others = [go(call, name="other") for _ in range(callers - 1)]
            call()
            for other in others:
                other.join()
            if early:
                return "`shut_down` returned before the loop had ended"
            looping.join()
            return "" if distributed == ["event"] else "an event got lost"

        if isinstance(simulate(scenario, max_steps=200).error, NotImplementedError):
            return NOT_YET
        wrong, orders = first_wrong(scenario, reduce=callers > 1)
        if wrong is not None:
            return complaint(f"{callers} who shut{'s' * (callers == 1)} down", wrong)
        tried += orders
    return Verdict(True, f"Right, in every order, with one and with two who shut down: {tried:,} runs.")
