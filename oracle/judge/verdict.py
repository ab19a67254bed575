"""Ask a port every question, compare, and make the first difference small."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from oracle.replaying import differences

from .port import Broken, Port
from .questions import NoAnswer, Scenario, Truth, asked
from .shrink import Shrinking
from .story import steps_of, story

ATTEMPTS = 1500
"""How many smaller questions are tried to make one small."""

SECONDS = 30.0
"""How long that may take."""


@dataclass
class Kind:
    """What became of the questions of one kind."""

    green: int = 0
    red: list[Scenario] = field(default_factory=list)
    """Those that have another answer, in the order in which they were asked."""
    refused: list[tuple[Scenario, str]] = field(default_factory=list)

    def settle(self, wanted: bool) -> None:
        """A port may leave a kind out, but not a question of a kind that it answers, or that was asked for."""
        if self.refused and (self.green or self.red or wanted):
            self.red += [scenario for scenario, _ in self.refused]


@dataclass
class Verdict:
    """What became of all questions, by kind. `broken` says why the last of them had no answer."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    broken: tuple[Scenario, Broken] | None = None
    soonest: tuple[int, Scenario] | None = None
    """The difference that comes after the fewest steps: how many, and where."""

    @property
    def green(self) -> int:
        return sum(kind.green for kind in self.kinds.values())

    @property
    def red(self) -> list[Scenario]:
        return [scenario for kind in self.kinds.values() for scenario in kind.red]


def wrong_after(scenario: Scenario, answer: Any) -> int | None:
    """After how many steps this is not the recorded answer, nor one of those that Go draws its own from; None if it is.

    An answer that is not by steps is wrong after all of them.
    """
    answers = [scenario["expect"]] if "expect" in scenario else [each["answer"] for each in scenario["outcomes"]]
    found = [next(differences(each, answer), None) for each in answers]
    if None in found:
        return None
    firsts = [each.path[0] if each is not None and each.path else None for each in found]
    return max(first + 1 if isinstance(first, int) else len(steps_of(scenario)) for first in firsts)


def judge(port: Port, scenarios: list[Scenario], wanted: frozenset[str]) -> Verdict:
    """Ask all; stop where the port breaks. `wanted` are the kinds that it may not refuse."""
    verdict = Verdict()
    for scenario in scenarios:
        kind = verdict.kinds.setdefault(scenario["kind"], Kind())
        try:
            answer = port.ask(asked(scenario))
        except Broken as error:
            verdict.broken = scenario, error
            return verdict
        if "refused" in answer:
            kind.refused.append((scenario, answer["refused"]))
        elif (after := wrong_after(scenario, answer["expect"])) is None:
            kind.green += 1
        else:
            kind.red.append(scenario)
            if verdict.soonest is None or after < verdict.soonest[0]:
                verdict.soonest = after, scenario
    try:
        port.finish()
    except Broken as error:
        verdict.broken = scenarios[-1], error
    for name, kind in verdict.kinds.items():
        kind.settle(name in wanted)
    return verdict


# --- one difference, made small -----------------------------------------------------------------------------------


def reduced(port: Port, scenario: Scenario, truth: Truth) -> tuple[Scenario, Any, Any]:
    """A small question that the port answers wrongly, with the truth and its answer.

    The scenario itself, with its recorded answer, if by `truth` the port is right.
    """
    found: dict[str, Any] = {}

    def fails(less: Scenario) -> bool:
        try:
            expected = truth(less)
            answer = port.ask(less)
        except (NoAnswer, Broken):
            return False
        if "expect" not in answer or next(differences(expected, answer["expect"]), None) is None:
            return False
        found.update(question=less, expected=expected, answer=answer["expect"])
        return True

    if fails(asked(scenario)):
        shrunk(asked(scenario), fails)
        return found["question"], found["expected"], found["answer"]
    return scenario, _recorded(scenario), port.ask(asked(scenario)).get("expect")


def reduced_death(port: Port, scenario: Scenario) -> Scenario:
    """A small question at which the port ends, too."""

    def fails(less: Scenario) -> bool:
        try:
            port.ask(less)
        except Broken as error:
            return error.died
        return False

    question = asked(scenario)
    return shrunk(question, fails) if fails(question) else question


def shrunk(question: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """The smallest question found that fails."""
    return Shrinking(question, fails, ATTEMPTS, SECONDS).run()


def _recorded(scenario: Scenario) -> Any:
    return scenario["expect"] if "expect" in scenario else scenario["outcomes"][0]["answer"]


# --- in words -----------------------------------------------------------------------------------------------------


def told(verdict: Verdict, release: str) -> Iterator[str]:
    """What became of each kind."""
    for name, kind in verdict.kinds.items():
        total = kind.green + len(kind.red) + len([each for each in kind.refused if each[0] not in kind.red])
        if kind.green or kind.red:
            yield f"{name:11} {kind.green:4} of {total} as client-go {release}"
            for scenario in islice(kind.red, 5):
                yield f"                 not: {scenario['name']}"
            if len(kind.red) > 5:
                yield f"                 not: … and {len(kind.red) - 5} more"
        elif kind.refused:
            yield f"{name:11}    - of {total}: refused, “{kind.refused[0][1][:100]}”"


def told_difference(port: Port, scenario: Scenario, truth: Truth, by: str | None) -> Iterator[str]:
    """The first difference, on a small question."""
    small, expected, got = reduced(port, scenario, truth)
    before, after = len(steps_of(scenario)), len(steps_of(small))
    yield f"DIFFERENT: “{scenario['name']}”"
    if by is None:
        yield "Not made smaller: only client-go itself could say what it does then (--truth go)."
    elif small is scenario:
        yield f"Not made smaller: {by} has no single answer to this. What is expected is the recorded answer."
    else:
        yield f"{after} of its {before} steps are enough, made as small as they go. There {by} says what is expected."
    if got is None:
        yield "The port refuses this question, and answers others of its kind."
    else:
        yield from (f"  {line}" for line in story(small, expected, got))
    yield "The question:"
    yield f"  {json.dumps(asked(small), ensure_ascii=False)}"


def told_broken(port: Port, scenario: Scenario, error: Broken) -> Iterator[str]:
    """Where the port broke."""
    yield f"BROKEN at “{scenario['name']}” ({scenario['kind']}): {error}"
    if error.died:
        yield "A small question at which it ends, too:"
        yield f"  {json.dumps(asked(reduced_death(port, scenario)), ensure_ascii=False)}"
