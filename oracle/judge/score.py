"""Which of the named faults a set of questions would miss."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from oracle.kevent_side import Kevent
from oracle.record import TAUGHT
from oracle.replaying import differences

from .faults import FAULTS, Fault
from .questions import NoAnswer, Scenario, Truth, asked


@dataclass
class Score:
    """The faults that could be noticed by questions of these kinds, and what the questions made of them."""

    caught: dict[str, str] = field(default_factory=dict)
    """By the name of the fault, the smallest question that notices it."""
    missed: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Questions that count for nothing, and why."""
    other_kinds: list[str] = field(default_factory=list)
    """Faults that no question of these kinds could notice."""


def score(questions: list[Scenario], truth: Truth) -> Score:
    """Put the questions to kevent with each fault. One that answers like kevent without it is missed.

    A question with an answer is held to that; for others `truth` is asked.
    """
    found = Score()
    answered: list[tuple[Scenario, Any]] = []
    for question in sorted(questions, key=lambda question: len(json.dumps(question))):
        try:
            answered.append((question, question["expect"] if "expect" in question else truth(question)))
        except NoAnswer as error:
            found.left_out.append((question["name"], str(error)))
    kinds = {question["kind"] for question, _ in answered}
    for fault in FAULTS:
        if not kinds & set(fault.kinds):
            found.other_kinds.append(fault.name)
        elif (by := noticed(fault, answered)) is not None:
            found.caught[fault.name] = by
        else:
            found.missed.append(fault.name)
    return found


def noticed(fault: Fault, answered: list[tuple[Scenario, Any]]) -> str | None:
    """The name of the first question at which kevent with this fault answers otherwise."""
    with fault.in_force():
        for question, expected in answered:
            if question["kind"] not in fault.kinds:
                continue
            for _, answer in Kevent(TAUGHT).ask(question["kind"], asked(question)):
                if next(differences(expected, answer), None) is not None:
                    return str(question["name"])
    return None


def told(found: Score) -> Iterator[str]:
    """The score in words."""
    total = len(found.caught) + len(found.missed)
    for name, why in found.left_out:
        yield f"not counted: “{name}”: {why}"
    yield f"{len(found.caught)} of {total} faults caught."
    if found.missed:
        yield "Your tests would miss:"
        yield from (f"  - {name}" for name in found.missed)
    if found.other_kinds:
        yield f"{len(found.other_kinds)} more faults are of kinds that were not asked."
