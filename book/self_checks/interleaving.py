"""Self-checks of chapter 12."""

from __future__ import annotations

from itertools import product

from kevent.channel import Channel
from kevent.runtime import Lock, go
from kevent.simulation import explore, simulate
from kevent.waitgroup import AtomicUint64


def a_step_of_the_reader() -> str:
    """A full queue, a sender that does not wait, and one step of the reader: whether the second event is lost then."""

    def scenario():
        queue = Channel(1, name="queue")
        reader = go(list, queue, name="reader")
        lost = sum(not queue.try_send(event) for event in ("first", "second"))
        queue.close()
        reader.join()
        return lost

    main, reader = 0, 1
    ways = product((main, reader), repeat=4)
    lost = {simulate(scenario, schedule=[main, reader, *way]).result for way in ways}
    if lost == {0, 1}:
        return "Neither yet: it depends on who goes then"
    return "It is lost: the reader comes too late" if lost == {1} else "It arrives: the reader makes room"


def the_smallest_count() -> int:
    """Two goroutines each add one twice, by load and store: the smallest number that is left in any order."""

    def scenario():
        number = AtomicUint64(name="number")

        def count():
            for _ in range(2):
                number.store(number.load() + 1)

        both = [go(count, name=name) for name in ("left", "right")]
        for one in both:
            one.join()
        return number.load()

    found = explore(scenario, reduce=True, progress=False)
    return min(int(outcome.value) for outcome in found)


def interruptions_until_the_deadlock() -> int:
    """Two locks taken in opposite orders: how many preemptions it takes to see the deadlock."""

    def scenario():
        a, b = Lock(name="a"), Lock(name="b")

        def take(first, second):
            with first, second:
                pass

        both = [go(take, a, b, name="left"), go(take, b, a, name="right")]
        for one in both:
            one.join()

    return next(bound for bound in range(9) if "deadlock" in explore(scenario, max_preemptions=bound, progress=False))


def a_step_between() -> str:
    """Two goroutines read the length of a plain list, send, and append what they have read: which lists there are."""

    def scenario():
        numbers, sent = [], Channel(2, name="sent")

        def append():
            length = len(numbers)
            sent.send(length)
            numbers.append(length)

        both = [go(append, name=name) for name in ("left", "right")]
        for one in both:
            one.join()
        return numbers

    found = {outcome.value for outcome in explore(scenario, progress=False)}
    return {
        frozenset({"[0, 1]"}): "[0, 1] in every order",
        frozenset({"[0, 1]", "[0, 0]"}): "[0, 1] and [0, 0]",
        frozenset({"[0, 1]", "[0, 0]", "[1, 0]"}): "[0, 1], [0, 0] and [1, 0]",
    }[frozenset(found)]
