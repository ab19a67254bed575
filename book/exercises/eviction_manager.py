"""Exercises of chapter 17: who is evicted first; a budget that an eviction does not have to share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, permutations, product

from kevent import CorrelatorOptions, Event, EventSource, ObjectReference
from kevent.correlator import EventCorrelator
from kevent.models.eviction import RunningPod
from kevent.simulation import EPOCH

from .checking import NOT_YET, Comparison, Verdict

# --- rank -------------------------------------------------------------------------------------------------------------


def rank(pods):
    """Return `pods` in the order in which they are evicted when memory is low, the first to go first.

    A pod has `pod.priority`, and `pod.above_request("memory")`, which is negative for one that uses less than it asked
    for. One that uses just what it asked for is not above its request. No two pods are alike.
    """
    # solution
    return sorted(
        pods,
        key=lambda pod: (
            pod.above_request("memory") <= 0,
            pod.priority,
            -pod.above_request("memory"),
        ),
    )
    # end of solution


def check_rank(attempt: Callable[[list[RunningPod]], object]) -> Verdict:
    """Try an attempt on all orders of up to three different pods out of eight, fewest first."""
    shapes = list(product((0, 1), (-5, 0, 5, 9)))
    cases = 0
    for size in (1, 2, 3):
        for chosen in combinations(shapes, size):
            wanted = sorted(chosen, key=lambda shape: (shape[1] <= 0, shape[0], -shape[1]))
            for order in permutations(chosen):
                cases += 1
                given = [_pod(*shape) for shape in order]
                try:
                    answer = attempt(list(given))
                except NotImplementedError:
                    return NOT_YET
                except Exception as error:
                    return Verdict(False, f"{_list(given)}: your code raises {type(error).__name__}: {error}.")
                if not isinstance(answer, list) or sorted(map(id, answer)) != sorted(map(id, given)):
                    return Verdict(False, f"{_list(given)}: `rank` returns a list of the same pods, not {answer!r}.")
                right = [_pod(*shape) for shape in wanted]
                if [pod.manifest for pod in answer] != [pod.manifest for pod in right]:
                    sentence = f"Given {_list(given)}. The order is {_list(right)}, and yours is {_list(answer)}."
                    names = [[pod.manifest["metadata"]["name"] for pod in pods] for pods in (right, answer)]
                    rows = list(zip(range(1, size + 1), *names, strict=True))
                    return Verdict(False, sentence, comparison=Comparison("place", rows))
    return Verdict(True, f"Right, in all {cases} cases.")


def _pod(priority: int, above: int) -> RunningPod:
    name = f"priority {priority}, {above:+d} to its request"
    return RunningPod({"metadata": {"name": name}}, priority, {"memory": 10}, {"memory": 10 + above})


def _list(pods: Sequence[RunningPod]) -> str:
    return " | ".join(f"({pod.manifest['metadata']['name']})" for pod in pods)


# --- spam_key ---------------------------------------------------------------------------------------------------------


def spam_key(event):
    """Return whose budget pays for `event`, as a string: events with the same key share 25 tokens.

    An event has `source.component`, `source.host`, `involved_object` (`kind`, `namespace`, `name`, `uid`), `type`,
    `reason` and `message`.
    """
    # solution
    about = event.involved_object
    parts = (
        event.source.component,
        event.source.host,
        about.kind,
        about.namespace,
        about.name,
        about.uid,
        event.reason,
    )
    return "/".join(parts)
    # end of solution


WEB = ObjectReference(kind="Pod", namespace="shop", name="web", uid="1")
OTHER = ObjectReference(kind="Pod", namespace="shop", name="other", uid="2")
Telling = tuple[ObjectReference, str]
"""An object, and a reason."""


def check_spam_key(attempt: Callable[[Event], str]) -> Verdict:
    """Run three short stories under an attempt: what must be heard, and what must not."""
    heard: list[tuple[Telling, str, Telling]] = [
        ((WEB, "Unhealthy"), "web is unhealthy {} times, then it is evicted", (WEB, "Evicted")),
        ((OTHER, "Evicted"), "other is evicted {} times, then web once", (WEB, "Evicted")),
    ]
    try:
        for noise, what, last in heard:
            for times in range(1, 31):
                story = [noise] * times + [last]
                fates = _written(attempt, story)
                if not fates[-1]:
                    shown = _fates(attempt, story, fates, [*fates[:-1], True])
                    return Verdict(False, f"{what.format(times)}: the last event is lost.", comparison=shown)
        for times in range(26, 41):
            story = [(WEB, "Evicted")] * times
            fates = _written(attempt, story)
            if sum(fates) > 25:
                sentence = f"web is evicted {times} times at once: {sum(fates)} are written, not 25."
                shown = _fates(attempt, story, fates, [number < 25 for number in range(times)])
                return Verdict(False, sentence, comparison=shown)
    except NotImplementedError:
        return NOT_YET
    except Exception as error:
        return Verdict(False, f"Your code raises {type(error).__name__}: {error}.")
    return Verdict(True, "Right: the eviction is heard, and 40 equal ones are still only 25 writes.")


def _fates(
    key: Callable[[Event], str], tellings: Sequence[Telling], fates: Sequence[bool], right: Sequence[bool]
) -> Comparison:
    """What should become of each event and what does, and whose budget paid: equal numbers, one budget."""
    budgets: dict[str, int] = {}
    rows: list[tuple[object, object, object]] = []
    for number, ((about, reason), fate, wanted) in enumerate(zip(tellings, fates, right, strict=True)):
        budget = budgets.setdefault(key(_told(number, about, reason)), len(budgets) + 1)
        what = f"{about.name} {reason}, pays from budget {budget}"
        rows.append((what, "written" if wanted else "lost", "written" if fate else "lost"))
    return Comparison("event", rows)


def _written(key: Callable[[Event], str], tellings: Sequence[Telling]) -> list[bool]:
    """Whether each event gets through a correlator that uses this key, if all come at once."""

    def checked(event: Event) -> str:
        answer = key(event)
        if not isinstance(answer, str):
            raise TypeError(f"a key is a string, not {answer!r}")
        return answer

    correlator = EventCorrelator(CorrelatorOptions(spam_key_func=checked, clock=lambda: EPOCH), release="1.14")
    return [
        not correlator.event_correlate(_told(number, about, reason)).skip
        for number, (about, reason) in enumerate(tellings)
    ]


def _told(number: int, about: ObjectReference, reason: str) -> Event:
    return Event(
        name=f"{about.name}.{number}",
        namespace=about.namespace,
        involved_object=about,
        reason=reason,
        type="Warning",
        message=f"message {number}",
        source=EventSource("kubelet", "node-1"),
        count=1,
    )
