"""What a check answers, and how a reader's skeleton is cut from a solution."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from html import escape

from kevent import Step, StepLimit, TraceTable, explore, simulate
from kevent.simulation import Deadlock, Run

SOLUTION = re.compile(r"^( *)# solution\n.*?^ *# end of solution\n", re.MULTILINE | re.DOTALL)
TURN = r"\1# your turn\n\1raise NotImplementedError\n"
LONG = 48  # steps of a trace that are shown; what goes round in a circle says nothing new after that


def skeleton(solution: Callable[..., object]) -> str:
    """The function as the reader finds it: everything but what stands between the two marks."""
    source = inspect.getsource(solution)
    cut, count = SOLUTION.subn(TURN, source)
    if count != 1:
        raise ValueError(f"{solution.__name__} must have one solution between its marks, not {count}")
    return cut.rstrip("\n")


class Verdict:
    """The answer to an attempt: a sentence, and the steps that show it. True if the attempt is right."""

    def __init__(self, right: bool, sentence: str, steps: Sequence[Step] = ()) -> None:
        self.right = right
        self.sentence = sentence
        self.steps = steps
        self._cut = f"and so on, {len(steps)} steps in all" if len(steps) > LONG else ""

    def __bool__(self) -> bool:
        return self.right

    def _table(self) -> TraceTable | None:
        return TraceTable(self.steps[:LONG]) if self.steps else None

    def _repr_html_(self) -> str:
        table = self._table()
        shown = table._repr_html_() if table else ""
        sentence = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.sentence))
        return f"<p>{sentence}</p>{shown}" + (f"<p>{self._cut}</p>" if self._cut else "")

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.sentence, repr(self._table() or ""), self._cut))).removesuffix("\n''")


NOT_YET = Verdict(False, "Not written yet: put your lines where it says `your turn`, and run both cells again.")


def failure(run: Run[object]) -> str:
    """How a run ended that did not return, for a sentence that begins with the circumstances."""
    if isinstance(run.error, Deadlock):
        return f"nobody can go on: {run.error}"
    if isinstance(run.error, StepLimit):
        return "your code goes round in a circle"
    return f"your code raises {type(run.error).__name__}: {run.error}"


def first_wrong(scenario: Callable[[], str]) -> tuple[Run[str] | None, int]:
    """Try every order; `scenario` returns what it complains of, or "". The shortest wrong run, and how many orders.

    A run is also wrong if it does not return. There are 20,000 orders at most.
    """
    found = explore(scenario, max_schedules=20_000, max_steps=200, progress=False)
    runs = [simulate(scenario, schedule=finding.schedule, max_steps=200) for finding in found.findings]
    wrong = [run for run in runs if run.error is not None or run.result]
    return min(wrong, key=lambda run: len(run.trace), default=None), found.schedules


def complaint(where: str, run: Run[str]) -> Verdict:
    """What `first_wrong` found, as an answer that begins with the circumstances."""
    if isinstance(run.error, NotImplementedError):
        return NOT_YET
    return Verdict(False, f"{where}: {failure(run) if run.error is not None else run.result}.", run.trace)


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 event", "2 events"."""
    return f"{number} {noun}{'s' * (number != 1)}"
