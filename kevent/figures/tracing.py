"""Which line of Python took a step, and who called it: read from the stack at the moment of the step.

A line is named by its function and its text, never by a number. So an edit elsewhere in a file changes no recording,
and every version of Python tells the same. Whoever shows the lines finds their numbers.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import NamedTuple

from kevent.simulation import Observer, Step, calling_frame

__all__ = ["NOWHERE", "SCENARIO", "Moment", "Place", "Source", "Tracer", "line_of"]

SCENARIO = "scenario:"
"""What the names of functions begin with that are not kevent's own: those of the scenario that is shown."""

_PRIMITIVE = ("channel", "select", "runtime", "exclusive", "waiting", "forking", "atomic")
"""Modules whose lines are the inside of a step; what took it is the line that called them."""


class Place(NamedTuple):
    """A line of code."""

    function: str
    """`broadcaster.Watcher._offer` in kevent, else SCENARIO and the function's name. A function inside another one is
    part of that one."""
    text: str
    """The first line of the statement, without its indentation."""
    nth: int = 0
    """Which of several lines of this function that have the same text, from 0."""


class Moment(NamedTuple):
    """Where the goroutine stood when it took a step."""

    places: tuple[Place, ...]
    """The line that took the step, then the one that called its function, and so on. Empty for a goroutine's start and
    end, which no line takes."""
    operation: str
    """The verb, as in `Step`."""
    outcome: str
    """How the step ended, as far as it matters to what runs next: "blocked" (it has to wait), "raised", "refused" (a
    `try_` that could not), "closed" (a receive that found the end), "case 1" (the second way of a select), or
    nothing."""


NOWHERE = Moment((), "", "")
"""What no line has done."""


Source = tuple[str, ...]
"""The lines of a function that is not kevent's, less the indentation that all have. The first one is number 1."""


class Tracer(Observer):
    """Keeps, for each step of a run, the moment in which it was taken."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        """One for each line of the trace."""
        self.sources: dict[str, Source] = {}
        """The functions of the scenario that were met, by name."""

    def stepped(self, step: Step) -> None:
        """Keep where the code stands now."""
        self.moments.append(Moment(self.here(), step.operation, _outcome(step)))

    def here(self) -> tuple[Place, ...]:
        """Where the goroutine stands that comes to a step, or has just taken one: as `Moment.places`."""
        return tuple(self._places(calling_frame()))

    def _places(self, frame: FrameType | None) -> Iterator[Place]:
        frames = [each for each in _outwards(frame) if _shown(_module(each))]
        outside = list(itertools.dropwhile(_of_a_primitive, frames))
        before = None
        for each in outside or frames[:1]:  # the second where `list(watcher)` runs, and no line of Python calls
            prefix = f"{_module(each).removeprefix('kevent.')}." if _is_ours(each) else SCENARIO
            place = _place(each.f_code.co_filename, each.f_lineno, prefix)
            if place is None or place == before:  # a comprehension is a frame of its own until Python 3.11
                continue
            before = place
            if prefix == SCENARIO and place.function not in self.sources:
                self.sources[place.function] = _source(each.f_code)
            yield place


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_ours(frame: FrameType) -> bool:
    return _module(frame).startswith("kevent.")


def _of_a_primitive(frame: FrameType) -> bool:
    return _module(frame).removeprefix("kevent.") in _PRIMITIVE


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _shown(module: str) -> bool:
    """Whether the lines of a module are part of the story: not those of the simulation, nor of what plays a server."""
    return not module.startswith(("kevent.simulation", "kevent.figures")) and module not in (
        "kevent.runtime", "greenlet", "contextlib", "functools",
    )  # fmt: skip


def _outcome(step: Step) -> str:
    if step.blocked:
        return "blocked"
    if step.error:
        return "raised"
    if step.operation.startswith("try_") and not step.result:
        return "refused"
    if step.operation == "select" and isinstance(step.result, tuple) and step.result[0]:
        return f"case {step.result[0]}"
    if step.operation.startswith("receive") and _nothing(step.result):
        return "closed"
    return ""


def _nothing(result: object) -> bool:
    return not result[1] if isinstance(result, tuple) and len(result) == 2 else result in (None, [])


# --- from a line's number to its name -------------------------------------------------------------------------------


def line_of(frame: FrameType) -> str:
    """The first line of the statement that a frame stands at, or "" where its text is not to be had."""
    place = _place(frame.f_code.co_filename, frame.f_lineno, "")
    return place.text if place else ""


@lru_cache(maxsize=4096)
def _place(file: str, line: int, prefix: str) -> Place | None:
    """The statement at a line; None where the text is not to be had."""
    outline = _outline(file)
    if outline is None:
        return None
    name, begin, end = outline.function(line)
    text, nth = outline.statement(line, begin, end)
    return Place(f"{prefix}{name}", text, nth)


def _source(code: CodeType) -> Source:
    outline = _outline(code.co_filename)
    assert outline is not None  # a place of it was named
    _, begin, end = outline.function(code.co_firstlineno)
    lines = outline.lines[begin - 1 : end]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return tuple(line[indent:] for line in lines)


class _Outline:
    """The functions and statements of one file, by line."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        tree = ast.parse(text)
        self._functions = list(_functions(tree.body))
        self._starts = sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)})

    def function(self, line: int) -> tuple[str, int, int]:
        """The outermost function around a line, with its first and last; outside of all, the whole file."""
        for name, first, last in self._functions:
            if first <= line <= last:
                return name, first, last
        return "", 1, len(self.lines)

    def statement(self, line: int, begin: int, end: int) -> tuple[str, int]:
        """The first line of the statement that goes on at `line`, and how many before it have the same text."""
        first = self._starts[max(bisect_right(self._starts, line) - 1, 0)]
        text = self._text(first)
        return text, sum(self._text(each) == text for each in self._starts if begin <= each < first and each <= end)

    def _text(self, line: int) -> str:
        return self.lines[line - 1].strip()


def _functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Functions and methods, not those inside of others."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorated = [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
            yield f"{prefix}{node.name}", min(decorated), node.end_lineno or node.lineno
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):  # where a module defines one of two
            inner = itertools.chain.from_iterable(getattr(node, part, []) for part in ("body", "orelse", "finalbody"))
            yield from _functions(list(inner), prefix)


@lru_cache(maxsize=256)
def _outline(file: str) -> _Outline | None:
    text = "".join(linecache.getlines(file))
    try:
        return _Outline(text) if text else None
    except SyntaxError:  # a cell with a magic command
        return None
