"""Exercises of chapter 4: distribute without waiting; find the race that `blockQueue` shuts out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.simulation import explore

from .checking import NOT_YET, Verdict, counted, failure, unfinished
from .watching import simulate

# --- distribute -------------------------------------------------------------------------------------------------------


def distribute(queues, event):
    """Put `event` on every queue that has room for it. Wait for nobody.

    `queues` is a list of channels. `queue.try_send(event)` says whether there was room, `queue.send(event)` waits.
    """
    # solution
    for queue in queues:
        queue.try_send(event)
    # end of solution


def check_distribute(attempt: Callable[[list[Channel[str]], str], object]) -> Verdict:
    """Try an attempt on all small cases, the smallest first: up to three queues and three events, nobody reading."""
    cases = product(range(1, 4), range(1, 4), product(range(3), repeat=3))
    small = {(events, room[:queues]) for events, queues, room in cases}
    for events, room in sorted(small, key=lambda case: (case[0] * len(case[1]), sum(case[1]), case)):
        names = [f"event {number}" for number in range(events)]

        def scenario(names: list[str] = names, room: tuple[int, ...] = room) -> list[list[str]]:
            queues = [Channel[str](length, name=f"queue {n}") for n, length in enumerate(room)]
            for name in names:
                attempt(queues, name)
            for queue in queues:
                queue.close()
            return [list(queue) for queue in queues]

        run = simulate(scenario, max_steps=200)
        lengths = " and ".join(map(str, room))
        where = f"{counted(events, 'event')}, {counted(len(room), 'queue')} with room for {lengths}, nobody reads"
        if (early := unfinished(where, run)) is not None:
            return early
        for number, (found, length) in enumerate(zip(run.result or [], room, strict=True)):
            if found != names[:length]:
                got, wanted = (", ".join(words) or "nothing" for words in (found, names[:length]))
                sentence = f"{where}: queue {number} should hold {wanted}, and holds {got}."
                return Verdict(False, sentence, run.trace)
    return Verdict(True, f"Right, in all {len(small)} cases.")


# --- race -------------------------------------------------------------------------------------------------------------


class Impatient(Broadcaster):
    """A broadcaster without `blockQueue`: a new watcher is put on the list at once, under the lock."""

    def _block_queue(self, what, function):
        function()


def race(broadcaster):
    """Return what a new watcher of `broadcaster` received although it was sent before `watch` was called: a list.

    Each watcher is an iterable that ends when the broadcaster has been shut down, which is up to you. The broadcaster
    drops, and there are four places in each queue.
    """
    # solution
    broadcaster.action(ADDED, "an event of the past")
    watcher = broadcaster.watch(name="new")
    broadcaster.shutdown()
    return list(watcher)
    # end of solution


SCHEDULES = 2_000


def check_race(attempt: Callable[[Broadcaster], object]) -> Verdict:
    """Run an attempt in many orders on both broadcasters: only the impatient one may hand out the past."""
    shown = None
    for kind in (Broadcaster, Impatient):

        def scenario(kind: type[Broadcaster] = kind) -> object:
            return attempt(kind(4, DROP_IF_CHANNEL_FULL))

        first = simulate(scenario, max_steps=500)
        if isinstance(first.error, NotImplementedError):
            return NOT_YET
        if first.error is None and not isinstance(first.result, list):
            return Verdict(False, f"`race` returns a list, not {first.result!r}.")
        found = explore(scenario, max_preemptions=1, max_schedules=SCHEDULES, max_steps=500, progress=False)
        runs = [simulate(scenario, schedule=finding.schedule, max_steps=500) for finding in found.findings]
        failed = [run for run in runs if run.error is not None]
        if failed:
            run = min(failed, key=lambda run: len(run.trace))
            return Verdict(False, f"With a {kind.__name__}: {failure(run)}.", run.trace)
        past = min((run for run in runs if run.result), key=lambda run: len(run.trace), default=None)
        if kind is Broadcaster and past is not None:
            sentence = f"The real broadcaster hands out {_list(past.result)} too: that was not sent before `watch`."
            return Verdict(False, sentence, past.trace)
        if kind is Impatient and past is None:
            sentence = f"The new watcher received nothing from the past, in any of {found.schedules} orders."
            return Verdict(False, sentence, first.trace)
        shown = past
    assert shown is not None
    sentence = f"Found: the new watcher receives {_list(shown.result)}, sent before it was there."
    return Verdict(True, sentence, shown.trace)


def _list(received: object) -> str:
    return ", ".join(map(str, received)) if isinstance(received, list) else str(received)
