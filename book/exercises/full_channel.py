"""Exercises of chapter 5: a queue that keeps the newest; a sender that waits and can still be let go."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from kevent.channel import Channel
from kevent.runtime import go
from kevent.select import Receive, Send, select

from .checking import Verdict, complaint, counted, first_wrong, unfinished
from .watching import simulate

# --- keep_the_newest --------------------------------------------------------------------------------------------------


def keep_the_newest(queue, event):
    """Put `event` on a queue. If the queue is full, the oldest event in it has to go. Wait for nobody.

    `queue.try_send(event)` says whether there was room. `queue.try_receive()` takes the oldest out, if there is one,
    and returns it with whether there was. A reader may do the same at any moment, between two of your lines. You are
    the only one who sends. The queue has room for one at least.
    """
    # solution
    while not queue.try_send(event):
        queue.try_receive()
    # end of solution


def check_keep_the_newest(attempt: Callable[[Channel[str], str], object]) -> Verdict:
    """First with nobody reading, up to three places and four events; then beside a reader, in every order."""
    cases = sorted(product(range(1, 5), range(1, 4)), key=sum)
    for events, room in cases:
        names = [f"event {number}" for number in range(events)]

        def alone(names: list[str] = names, room: int = room) -> list[str]:
            queue = Channel[str](room, name="queue")
            for name in names:
                attempt(queue, name)
            queue.close()
            return list(queue)

        where = f"{counted(events, 'event')}, room for {room}, nobody reads"
        run = simulate(alone, max_steps=200)
        if (early := unfinished(where, run)) is not None:
            return early
        if run.result != names[-room:]:
            wanted = ", ".join(names[-room:])
            sentence = f"{where}: the queue should hold {wanted}, and holds {', '.join(run.result or []) or 'nothing'}."
            return Verdict(False, sentence, run.trace)

    def beside_a_reader() -> str:
        queue = Channel[str](1, name="queue")
        read = []

        def reader() -> None:
            event, there = queue.try_receive()
            if there:
                read.append(event)

        reading = go(reader, name="reader")
        for name in ("event 0", "event 1"):
            attempt(queue, name)
        reading.join()
        queue.close()
        received = [*read, *queue]
        right = received in (["event 1"], ["event 0", "event 1"])
        return "" if right else f"what arrives in the end is {', '.join(received) or 'nothing'}"

    wrong, orders = first_wrong(beside_a_reader)
    if wrong is not None:
        return complaint("2 events, room for 1, and a reader who comes in between", wrong)
    return Verdict(True, f"Right, in all {len(cases)} cases without a reader, and in all {orders} orders beside one.")


# --- insist -----------------------------------------------------------------------------------------------------------


def insist(queue, stopped, event):
    """Put `event` on a queue, and wait for room if there is none: never lose it. But give up if the reader has left.

    A reader that leaves closes the channel `stopped`, and reads no more. `exercise.select(exercise.Send(queue, event),
    exercise.Receive(stopped))` waits for whichever comes first; the first thing it returns is which, 0 or 1. Return
    whether the event is on the queue.
    """
    # solution
    return select(Send(queue, event), Receive(stopped))[0] == 0
    # end of solution


def check_insist(attempt: Callable[[Channel[str], Channel[None], str], object]) -> Verdict:
    """Beside a reader that reads, and beside one that leaves, each in every order."""
    orders = 0
    for leaves in (False, True):

        def scenario(leaves: bool = leaves) -> str:
            queue, stopped = Channel[str](1, name="queue"), Channel[None](name="stopped")
            read: list[str] = []

            def reader() -> None:
                if leaves:
                    stopped.close()
                else:
                    read.extend(queue.receive() for _ in range(2))

            reading = go(reader, name="reader")
            said = [attempt(queue, stopped, name) for name in ("event 0", "event 1")]
            if leaves:
                reading.join()
                queue.close()
                on_queue = len(list(queue))
                if sum(map(bool, said)) != on_queue:
                    return f"{on_queue} of the events is on the queue, and `insist` returned {said[0]} and {said[1]}"
                return ""
            if said != [True, True]:
                return f"`insist` returned {said[0]} and {said[1]}, and nobody has left"
            reading.join()
            return "" if read == ["event 0", "event 1"] else f"the reader has {', '.join(read)}"

        where = f"2 events, room for 1, and a reader that {'leaves without reading' if leaves else 'reads both'}"
        wrong, tried = first_wrong(scenario)
        if wrong is not None:
            return complaint(where, wrong)
        orders += tried
    return Verdict(True, f"Right, in all {orders} orders.")
