"""Exercises of chapter 9: a token bucket; two objects that share one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kevent
from kevent import CorrelatorOptions, Event, EventSource, ObjectReference
from kevent.correlator import EventCorrelator
from kevent.simulation import EPOCH
from kevent.token_bucket import TokenBucket

from .checking import NOT_YET, Verdict

# --- take -------------------------------------------------------------------------------------------------------------


def take(bucket, now):
    """Whether an event at `now`, in seconds, finds a token in `bucket`; if so, take it.

    `bucket` is a dictionary: "tokens", how many it had at "last", a time in seconds. It
    holds 25 at most and gains one in 300 seconds, bit by bit. You may change it.
    Both keys are there from the first call on.
    """
    # solution
    gained = (now - bucket["last"]) / 300
    bucket["tokens"] = min(bucket["tokens"] + gained, 25)
    bucket["last"] = now
    if bucket["tokens"] < 1:
        return False
    bucket["tokens"] -= 1
    return True
    # end of solution


# Each case: how many events, so many seconds after those before. None of them stands at the edge of a token.
CASES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((1, 0),),
    ((25, 0), (1, 0)),
    ((25, 0), (1, 301)),
    ((25, 0), (1, 299)),
    ((25, 0), (1, 151), (1, 151)),
    ((25, 0), (1, 451), (1, 151)),
    ((1, 0), (27, 10_000)),
    ((40, 0), (1, 299), (1, 2), (1, 2), (3, 650)),
)


def check_take(attempt: Callable[[dict[str, float], float], object]) -> Verdict:
    """Compare an attempt with the real bucket, event by event, the smallest case first."""
    asked = 0
    for case in CASES:
        real, own = TokenBucket(1 / 300, 25), {"tokens": 25.0, "last": 0.0}
        now = 0
        told: list[str] = []
        for count, later in case:
            now += later
            for number in range(1, count + 1):
                wanted = real.try_accept(EPOCH + now * 10**9)
                try:
                    answer = attempt(own, float(now))
                except NotImplementedError:
                    return NOT_YET
                except Exception as error:
                    return Verdict(False, f"At {now} s your code raises {type(error).__name__}: {error}.")
                asked += 1
                if answer is not wanted:
                    before = f"After {', then '.join(told)}: event" if told else "Event"
                    sentence = f"{before} {number} at {now} s is let through: {wanted}. You say {answer!r}."
                    return Verdict(False, sentence)
            told.append(f"{count} at {now} s")
    return Verdict(True, f"Right, for {asked} events in {len(CASES)} cases.")


# --- collision --------------------------------------------------------------------------------------------------------


def collision():
    """Two pods in different namespaces, with different UIDs, that share one bucket.

    Return two `kevent.ObjectReference(kind="Pod", namespace=…, name=…, uid=…)`.
    """
    # solution
    one = kevent.ObjectReference(kind="Pod", namespace="shop", name="webx1", uid="2a")
    two = kevent.ObjectReference(kind="Pod", namespace="shopweb", name="x12", uid="a")
    return one, two
    # end of solution


def check_collision(attempt: Callable[[], Any]) -> Verdict:
    """Let the first talk until it is muted, then hear what becomes of an event about the second."""
    try:
        found = attempt()
    except NotImplementedError:
        return NOT_YET
    except Exception as error:
        return Verdict(False, f"Your code raises {type(error).__name__}: {error}.")
    if not (isinstance(found, tuple) and len(found) == 2 and all(isinstance(ref, ObjectReference) for ref in found)):
        return Verdict(False, f"Wanted are two references, and you return {found!r}.")
    one, two = found
    for field in "namespace", "uid":
        if getattr(one, field) == getattr(two, field) or not (getattr(one, field) and getattr(two, field)):
            return Verdict(False, f"Each should have a {field} of its own: {one.to_dict()}, {two.to_dict()}.")
    correlator = EventCorrelator(CorrelatorOptions(clock=lambda: EPOCH), release="1.14")

    def filtered(about: ObjectReference) -> bool:
        event = Event(involved_object=about, source=EventSource(component="kubelet"), message="hello", count=1)
        return correlator.event_correlate(event).skip

    heard = 0
    while not filtered(one):
        heard += 1
    if not filtered(two):
        return Verdict(False, f"{heard} events about the first, and it is muted. The second is heard all the same.")
    sentence = f"{heard} events about the first, and the second is muted before it has said a word."
    return Verdict(True, f"{sentence} Real UIDs all have 36 characters, which keeps real pods apart.")
