"""Ask client-go and kevent fresh questions and show where they differ: `make fuzz SEED=… N=…`.

A question that shows a difference is put to Go many times. Where Go's own answers differ, as they may when a full group
forgets one of its messages, or where none comes in time, nothing can be compared; how often that was is told. A
difference is shown on the smallest question that still shows one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from math import inf
from typing import Any

from .asking import HANGS, Oracle, Refused, Scenario
from .drawing import DRAWN, draw
from .kevent_side import Kevent
from .record import VARIANTS
from .replaying import Difference, differences
from .toolchain import NoGo

CERTAIN = 100
"""How often Go is asked again what kevent has answered otherwise."""

SELDOM = 1000
"""And how often then, where somebody may wait for one of Go's mutexes: after a millisecond it is his, before that
whoever comes has it. So what one run of twenty ends with depends on the clock of the machine.
"""

AT_ONCE = 500
"""After so many questions Go's program is started anew: some leave goroutines behind."""

LIKELY = 5
"""And how often while the question is made smaller."""

SHOWN = 3
"""How many differences of what is drawn in one way are made small and shown."""

ATTEMPTS = 600
"""How many smaller questions are tried to make one difference small."""


class Both:
    """client-go at a release, and kevent as that release."""

    def __init__(self, go: Oracle, kevent: Kevent) -> None:
        self.go = go
        self.kevent = kevent

    def differ(self, kind: str, scenario: Scenario, again: int = CERTAIN) -> list[Difference] | None:
        """The first differences between Go's answer and kevent's; None if Go has no one answer."""
        expected = self._one_answer(kind, scenario, 1)
        if expected is None:
            return None
        found: list[Difference] = []
        for _, answer in self.kevent.ask(kind, scenario):
            found += islice(differences(expected, comparable(kind, answer)), 3 - len(found))
        if found:
            self.go.close()  # the next one starts anew: what many questions leave behind makes it slow, and sure
        runs = (again, SELDOM) if again == CERTAIN and scenario.get("blocking") else (again,)
        same = not found or all(self._one_answer(kind, scenario, number) == expected for number in runs)
        return found if same else None

    def _one_answer(self, kind: str, scenario: Scenario, runs: int) -> Any:
        """What Go answers every time; None if it answers now this, now that, or nothing in time, or cannot be asked."""
        try:
            asked = self.go.ask(kind, scenario | {"runs": runs})
        except Refused:
            return None
        answers = [outcome["answer"] for outcome in asked.get("outcomes", ())] or [asked["expect"]]
        return comparable(kind, answers[0]) if len(answers) == 1 and not stuck(answers[0]) else None


def stuck(answer: Any) -> bool:
    """Whether none came in time, or none can come: virtual time stands still while somebody waits for a mutex."""
    return answer == HANGS or (isinstance(answer, dict) and "all goroutines are asleep" in str(answer.get("dies")))


def comparable(kind: str, answer: Any) -> Any:
    """The answer, without what is not compared: how a document that cannot be read is complained about, how Go
    writes a text otherwise than kevent ever does, how long a shutdown took, and what was logged.
    """
    if kind == "recording":
        return {key: part for key, part in answer.items() if key not in ("steps", "logs")}
    if kind != "quoting":
        return answer
    answer = dict(answer)
    if "documents" in answer:
        answer["documents"] = ["an error" if "error" in each else each for each in answer["documents"]]
    if "texts" in answer:
        answer["texts"] = [{key: each[key] for key in ("quoted", "go_syntax")} for each in answer["texts"]]
    return answer


FIXED = frozenset({"op", "__go", "method", "name", "blocking", "patience", "last"})
"""Keys without which a question is another one."""


def smaller(value: Any, fixed: frozenset[str] = FIXED) -> Iterator[Any]:
    """What a part of a question could shrink to, the boldest first; `fixed` are the keys that stay as they are."""
    match value:
        case bool():
            return
        case list():
            size = len(value) // 2
            while size:
                for start in range(0, len(value), size):
                    yield value[:start] + value[start + size :]
                size //= 2
            if len(value) == 1:
                yield []
            for number, item in enumerate(value):
                for less in smaller(item, fixed):
                    yield [*value[:number], less, *value[number + 1 :]]
        case dict():
            for key in value:
                if key not in fixed:
                    yield {other: item for other, item in value.items() if other != key}
            for key, item in value.items():
                if key not in fixed:
                    for less in smaller(item, fixed):
                        yield value | {key: less}
        case str() if value:
            yield ""
            if len(value) > 1:
                yield value[: len(value) // 2]
                yield value[len(value) // 2 :]
                yield value[1:]
                yield value[:-1]
        case int() if value:
            yield 0
            if abs(value) > 1:
                yield value // 2 if value > 0 else -(-value // 2)
                yield value - 1 if value > 0 else value + 1


def minimised(scenario: Scenario, fails: Callable[[Scenario], bool], attempts: int = ATTEMPTS) -> Scenario:
    """The smallest question found that still fails."""
    progress = True
    while progress:
        progress = False
        for less in smaller(scenario):
            if not attempts:
                return scenario
            attempts -= 1
            if fails(less):
                scenario, progress = less, True
                break
    return scenario


def compare(both: Both, seed: int, count: int, only: str | None, seconds: float = inf) -> int:
    """Ask, print, and tell how many questions showed a difference. After so many seconds no more is asked."""
    tally: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    end = time.monotonic() + seconds
    asked = 0
    while asked < count and time.monotonic() < end:
        number, asked = asked, asked + 1
        if asked % AT_ONCE == 0:
            both.go.close()
        what, kind, scenario = draw(seed, number, only)
        found = both.differ(kind, scenario)
        if found is None:
            tally[f"{what}: Go has no one answer"] += 1
            continue
        tally[what] += 1
        if not found:
            continue
        failed[what] += 1
        if failed[what] <= SHOWN:
            show(both, kind, scenario)
    for name, times in sorted(tally.items()):
        print(f"{times:7} {name}")
    for what, times in failed.items():
        print(f"{times:7} DIFFER: {what}")
    total = failed.total()
    print(f"{asked - total} questions without a difference, {total} with one")
    return total


def show(both: Both, kind: str, scenario: Scenario) -> None:
    """Print a difference, on the smallest question that has one."""
    # What a cut has left may be no question any more: kevent says so by raising something.
    raises = any(map(raised, both.differ(kind, scenario) or []))

    def fails(less: Scenario) -> bool:
        found = both.differ(kind, less, LIKELY) or []
        return bool(found) and (raises or not any(map(raised, found)))

    small = minimised(scenario | {"patience": 2}, fails)  # a cut may make it one that hangs
    if not both.differ(kind, small):
        small = scenario  # what was left is answered now this way, now that
    print(f"DIFFERENT {small['name']} ({kind})")
    print(f"    {json.dumps({key: value for key, value in small.items() if key != 'name'}, ensure_ascii=False)}")
    for difference in both.differ(kind, small) or []:
        print(f"    {difference}")
    sys.stdout.flush()


def raised(difference: Difference) -> bool:
    """Whether kevent raised an exception instead of answering."""
    return "raises" in difference.path or (isinstance(difference.got, dict) and "raises" in difference.got)


def main(arguments: list[str]) -> int:
    """The command line: 0 if both agree, 1 if not, 2 if a side cannot be asked."""
    parser = argparse.ArgumentParser(prog="python -m oracle.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="which questions are drawn")
    parser.add_argument("--count", type=int, default=500, help="how many")
    parser.add_argument("--seconds", type=float, default=inf, help="ask no more when so many are over")
    parser.add_argument("--release", default="1.14", help="which client-go answers, and as which kevent does")
    parser.add_argument("--only", choices=sorted(DRAWN), help="draw one kind only")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        variant = VARIANTS.get(DRAWN[given.only][0], "") if given.only else ""
        with Oracle(given.release, variant, patience=60) as go:
            failed = compare(Both(go, Kevent(given.release)), given.seed, given.count, given.only, given.seconds)
    except (NoGo, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"seed {given.seed}, release {given.release}, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
