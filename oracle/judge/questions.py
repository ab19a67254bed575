"""Which scenarios are asked, and what is true of one that nobody has recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kevent import correlator
from oracle.asking import Oracle, Refused
from oracle.kevent_side import Kevent, each
from oracle.record import TAUGHT, files
from oracle.replaying import GOLDEN, kind_of

Scenario = dict[str, Any]
Truth = Callable[[Scenario], Any]
"""The answer to a question without one; raises NoAnswer."""


class Unreadable(Exception):
    """A file holds no questions. `str()` is one line."""


class NoAnswer(Exception):
    """A question has no answer that a port could be held to. `str()` says why."""


def recorded(release: str | None) -> list[Scenario]:
    """What client-go at a release was asked, with its answers and kinds: the vectors that teach if none is named."""
    if release is None:
        return [scenario for path in GOLDEN for scenario in _kinded(path.read_text(encoding="utf-8"))]
    return [scenario for file in files(release) for scenario in _kinded(file.said() or "[]")]


def _kinded(text: str) -> Iterator[Scenario]:
    """The scenarios of a file that have one answer, or several any of which is right."""
    for scenario in json.loads(text):
        expect = scenario.get("expect")
        if isinstance(expect, dict) and ("dies" in expect or "hangs" in expect):
            continue  # how Go ends is Go's affair
        if "outcomes" in scenario or "expect" in scenario:
            yield {"kind": kind_of(scenario), **scenario}


def read(path: Path) -> list[Scenario]:
    """The questions of a file of JSON lines. Raises Unreadable."""
    questions = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Unreadable(f"{path}: {reason}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"{path}, line {number}: not JSON: {error}") from None
        if not isinstance(question, dict) or not isinstance(question.get("kind"), str):
            raise Unreadable(f'{path}, line {number}: a question is an object with a "kind"')
        questions.append({"name": f"line {number}", **question})
    if not questions:
        raise Unreadable(f"{path}: no questions")
    return questions


def asked(scenario: Scenario) -> Scenario:
    """The scenario as it is put to a port: without its answer, and without what tells the oracle how to ask."""
    apart = ("expect", "outcomes", "runs", "patience", "unsteady", "last", "id")
    question = {key: value for key, value in scenario.items() if key not in apart}
    steps = question.get("steps")
    if isinstance(steps, list) and any(isinstance(step, dict) and "times" in step for step in steps):
        # A port need not know how to take a step so often.
        repeated = each(steps)
        question["steps"] = [{k: v for k, v in step.items() if k not in ("times", "numbered")} for step in repeated]
    return question


# --- the truth ------------------------------------------------------------------------------------------------------


class DrawnByLot(Exception):
    """Here it matters which message a full group has forgotten."""


class _Telling(correlator._Group):
    """Raises where an answer depends on which key it has forgotten: a key comes again that it might have been."""

    def __init__(self, random: Callable[[], float], first: str | None = None) -> None:
        super().__init__(random, first)
        self._in_doubt: set[str] = set()

    def insert(self, key: str) -> int:
        if key in self._in_doubt:
            raise DrawnByLot
        return super().insert(key)

    def pop_any(self) -> str:
        self._in_doubt.update(self)
        return super().pop_any()


def by_kevent(scenario: Scenario) -> Any:
    """What kevent answers, which is what client-go 1.14 does, as far as the vectors and the fuzzer know."""
    with patch.object(correlator, "_Group", _Telling):
        answers = [answer for _, answer in Kevent(TAUGHT).ask(scenario["kind"], asked(scenario))]
    return one_of(answers)


def one_of(answers: list[Any]) -> Any:
    """The one answer. Raises NoAnswer."""
    if not answers:
        raise NoAnswer("kevent has no answer to this")
    for answer in answers:
        if isinstance(answer, dict) and isinstance(answer.get("raises"), str):
            if answer["raises"].startswith(DrawnByLot.__name__):
                raise NoAnswer("Go draws by lot which message a full group forgets, and here it matters")
            raise NoAnswer(f"no question: {answer['raises']}")
        if answer != answers[0]:
            raise NoAnswer("kevent has more than one answer to this")
    return answers[0]


def by_go(oracle: Oracle) -> Truth:
    """What client-go answers, four times the same."""

    def truth(scenario: Scenario) -> Any:
        try:
            answer = oracle.ask(scenario["kind"], asked(scenario) | {"runs": 4})
        except Refused as error:
            raise NoAnswer(f"no question: {error}") from None
        outcomes = answer.get("outcomes")
        if outcomes is None or len(outcomes) != 1:
            raise NoAnswer("Go panics, hangs, or has more than one answer to this")
        return outcomes[0]["answer"]

    return truth
