"""What a check answers, and how a reader's skeleton is cut from a solution."""

from __future__ import annotations

import inspect
import logging
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import groupby
from typing import Any

from kevent.simulation import Deadlock, Run, Step, StepLimit, TraceTable, explore

from .watching import lines_of, simulate

SOLUTION = re.compile(r"^( *)# solution\n.*?^ *# end of solution\n", re.MULTILINE | re.DOTALL)
DOCSTRING = re.compile(r'^( *)""".*?"""$', re.MULTILINE | re.DOTALL)
WIDTH = 88  # of a line of code on a page: longer ones scroll
TURN = r"\1# your turn\n\1raise NotImplementedError\n"
LONG = 48  # steps of a trace that are shown; what goes round in a circle says nothing new after that


@contextmanager
def quietly() -> Iterator[None]:
    """What fails in here, or is dropped, does so on purpose: the recorder's log is not told."""
    logger = logging.getLogger("kevent.recorder")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def skeleton(solution: Callable[..., object]) -> str:
    """The function as the reader finds it: everything but what stands between the two marks, fit for the page."""
    source = inspect.getsource(solution)
    cut, count = SOLUTION.subn(TURN, source)
    if count != 1:
        raise ValueError(f"{solution.__name__} must have one solution between its marks, not {count}")
    return DOCSTRING.sub(_refilled, cut).rstrip("\n")


def _refilled(docstring: re.Match[str]) -> str:
    """The docstring with each paragraph that is wider than the page filled anew. What is indented further stays."""
    indent = docstring[1]
    paragraphs = re.split(rf'(\n\n|\n(?={indent}"""))', docstring[0])
    for place, paragraph in enumerate(paragraphs):
        lines = paragraph.split("\n")
        if max(map(len, lines)) > WIDTH and all(re.match(rf"{indent}\S", line) for line in lines):
            words = " ".join(line.strip() for line in lines)
            whole = re.sub("`[^`]+`", lambda code: code[0].replace(" ", "\0"), words)  # code is not broken
            filler = textwrap.TextWrapper(WIDTH, indent, indent, break_long_words=False, break_on_hyphens=False)
            paragraphs[place] = filler.fill(whole).replace("\0", " ")
    return "".join(paragraphs)


class Comparison:
    """What was given, what is expected and what an attempt says, a line each; a line that differs is marked.

    Equal lines in a row are one line that says how many. Of a long story the end is shown: there it goes wrong.
    """

    def __init__(self, given: str, rows: Sequence[tuple[object, object, object]]) -> None:
        said = [(*map(str, row), "" if row[1] == row[2] else "≠") for row in rows]
        runs = [(line, len(list(equal))) for line, equal in groupby(said)]
        lines = [((f"{line[0]} ({times} times)", *line[1:]) if times > 1 else line) for line, times in runs]
        self._left_out = max(len(lines) - LONG, 0)
        self._rows = [(given, "expected", "yours", ""), *lines[self._left_out :]]

    def _repr_html_(self) -> str:
        head, *body = self._rows
        lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in body)
        heads = "".join(f"<th>{escape(cell)}</th>" if cell else "<td></td>" for cell in head)
        note = f"<p>{self._note()}</p>" if self._left_out else ""
        return f'{note}<table class="trace"><thead><tr>{heads}</tr></thead><tbody>\n{lines}</tbody></table>'

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self._rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in self._rows]
        return "\n".join([self._note(), *lines] if self._left_out else lines)

    def _note(self) -> str:
        return f"{counted(self._left_out, 'line')} before these"


class Verdict:
    """The answer to an attempt: a sentence, and the steps or the comparison that show it. True if it is right."""

    def __init__(
        self, right: bool, sentence: str, steps: Sequence[Step] = (), *, comparison: Comparison | None = None
    ) -> None:
        self.right = right
        self.sentence = sentence
        self.steps = steps
        self.comparison = comparison
        self.lines = lines_of(steps)
        """At which line of the cell each of the steps was taken, or None; empty where nobody knows."""
        self._cut = f"and so on, {len(steps)} steps in all" if len(steps) > LONG else ""

    def __bool__(self) -> bool:
        return self.right

    def _table(self) -> TraceTable | Comparison | None:
        return TraceTable(self.steps[:LONG]) if self.steps else self.comparison

    def _repr_html_(self) -> str:
        table = self._table()
        shown = table._repr_html_() if table else ""
        sentence = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.sentence))
        return f"<p>{sentence}</p>{shown}" + (f"<p>{self._cut}</p>" if self._cut else "")

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.sentence, repr(self._table() or ""), self._cut))).removesuffix("\n''")


NOT_YET = Verdict(False, "Not written yet: put your lines where it says `your turn`, and run it again.")


def failure(run: Run[Any]) -> str:
    """How a run ended that did not return, for a sentence that begins with the circumstances."""
    if isinstance(run.error, Deadlock):
        return f"nobody can go on: {run.error}"
    if isinstance(run.error, StepLimit):
        return "your code goes round in a circle"
    return f"your code raises {type(run.error).__name__}: {run.error}"


def unfinished(where: str, run: Run[Any], steps: Sequence[Step] | None = None) -> Verdict | None:
    """The answer to a run that did not return, which begins with the circumstances; None to one that did."""
    if run.error is None:
        return None
    if isinstance(run.error, NotImplementedError):
        return NOT_YET
    return Verdict(False, f"{where}: {failure(run)}.", run.trace if steps is None else steps)


def first_wrong(scenario: Callable[[], str], *, reduce: bool = False) -> tuple[Run[str] | None, int]:
    """Try every order; `scenario` returns what it complains of, or "". The shortest wrong run, and how many were tried.

    A run is also wrong if it does not return. With `reduce` only one is tried of those that differ in nothing. A reader
    waits for the answer, so there are 20,000 at most: write scenarios that have fewer.
    """
    found = explore(scenario, reduce=reduce, max_schedules=20_000, max_steps=200, progress=False)
    runs = [simulate(scenario, schedule=finding.schedule, max_steps=200) for finding in found.findings]
    wrong = [run for run in runs if run.error is not None or run.result]
    shortest = min(wrong, key=lambda run: len(run.trace), default=None)
    if shortest is not None:  # once more: whoever watches the reader's lines has seen its end last
        shortest = simulate(scenario, schedule=shortest.schedule, max_steps=200)
    return shortest, found.schedules


def complaint(where: str, run: Run[str]) -> Verdict:
    """What `first_wrong` found, as an answer that begins with the circumstances."""
    early = unfinished(where, run)
    return Verdict(False, f"{where}: {run.result}.", run.trace) if early is None else early


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 event", "2 events"."""
    return f"{number} {noun}{'s' * (number != 1)}"
