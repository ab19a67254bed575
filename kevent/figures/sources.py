"""The lines of code that a stage shows: what a recording only names, found again in the files of today.

A recording says which line of kevent took a step by function and text. Here are its number and the lines around it,
read from the package's own files, and the lines of Go that do the same, by symbol and number. The text of Go is not
here: a provider has it, where there is one. So no recording holds a line of Go, and an edit in kevent changes none.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kevent.figures.go_lines import RELEASES, go_lines, nearest
from kevent.figures.tracing import SCENARIO, Moment, Place

__all__ = ["Function", "Link", "Provider", "beside", "function", "lines_of", "nowhere", "symbols_of"]

PACKAGE = Path(__file__).parents[1]

Provider = Callable[[Iterable[str]], Mapping[str, Mapping[str, Any]]]
"""Gives the lines of Go symbols by name: `first`, the number of the first one, and `lines`; or in their place, as
`missing`, a word that says why not: "absent" if the module is not on this machine, "elsewhere" if it never is. If it is
known, `repo`, `tag`, `path` and `link` say where the symbol stands."""

Link = Callable[["Function"], str]
"""Gives the address of a function's lines, or ""."""


@dataclass(frozen=True)
class Function:
    """A function or method of kevent, without its docstring."""

    name: str
    """`broadcaster.Watcher._offer`"""
    path: str
    """`kevent/broadcaster.py`"""
    first: int
    last: int
    lines: tuple[tuple[int, str], ...]
    """Numbers in the file, and the text, less the indentation that all have."""

    def number(self, place: Place) -> int:
        """The number of a line that a recording names. Raises LookupError if it is there no longer."""
        return _number(self.lines, place)


def _number(lines: Iterable[tuple[int, str]], place: Place) -> int:
    found = [number for number, text in lines if text.strip() == place.text]
    if len(found) <= place.nth:
        raise LookupError(f"{place.function} has no line {place.text!r} any more: record the figure again")
    return found[place.nth]


@cache
def function(name: str) -> Function:
    """The function that a recording calls `broadcaster.Watcher._offer`. Raises LookupError if there is none."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        file = PACKAGE.joinpath(*parts[:cut])
        for path in (file.with_suffix(".py"), file / "__init__.py"):
            if path.is_file():
                return _function(name, path, parts[cut:])
    raise LookupError(f"kevent has no function {name!r}")


def _function(name: str, path: Path, inside: Sequence[str]) -> Function:
    text = path.read_text(encoding="utf-8")
    body = ast.parse(text).body
    node: ast.AST | None = None
    for part in inside:
        node = next((each for each in ast.walk(ast.Module(body, [])) if getattr(each, "name", "") == part), None)
        body = getattr(node, "body", [])
    if not isinstance(node, ast.FunctionDef):
        raise LookupError(f"kevent has no function {name!r}")
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    last = node.end_lineno or node.lineno
    told = node.body[0]
    docstring = (
        isinstance(told, ast.Expr) and isinstance(told.value, ast.Constant) and isinstance(told.value.value, str)
    )
    left_out = range(told.lineno, (told.end_lineno or 0) + 1) if docstring else range(0)
    lines = [(n, line) for n, line in enumerate(text.split("\n")[first - 1 : last], first) if n not in left_out]
    indent = len(lines[0][1]) - len(lines[0][1].lstrip())
    where = f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}"
    return Function(name, where, first, last, tuple((n, line[indent:]) for n, line in lines))


def moments_of(data: Mapping[str, Any]) -> list[Moment]:
    """The moments of a packed figure."""
    places = [Place(*place) for place in data.get("places", ())]
    return [
        Moment(tuple(places[number] for number in stack), operation, outcome)
        for operation, outcome, *stack in data.get("moments", ())
    ]


def releases_of(data: Mapping[str, Any]) -> dict[str, str]:
    """For each release that a packed figure's runs answer like, the one whose lines are shown."""
    return {release: nearest(release) for release in sorted({run.get("release", "") for run in data["runs"].values()})}


def symbols_of(data: Mapping[str, Any]) -> list[str]:
    """The names of the Go symbols that a packed figure's steps come through; with other releases to be run, in all."""
    known = set(RELEASES if "releases" in data else releases_of(data).values())
    lines = [line for moment in moments_of(data) for release in known for line in go_lines(moment, release)]
    return sorted({line.symbol for line in lines if line.symbol})


def lines_of(figures: Sequence[Mapping[str, Any]], link: Link = lambda _: "") -> dict[str, Any]:
    """What a page with these packed figures needs to show their lines, ready for JSON.

    `python` has the functions by name: `path`, `link`, `lines` as [number, text]. `figures` has for each figure, and
    for each of its moments in order, the line that runs and those that called it: `python` as [function, number], `go`
    by release as [symbol, number], or as the one sentence that says why the release has none. `at` says which of these
    releases has the lines for a run. The scenario's own functions are in the figure; their lines are numbered from 1.

    Raises LookupError if a line is there no longer.
    """
    used: dict[str, Function] = {}
    tables = []
    for data in figures:
        own = {name: list(enumerate(lines, 1)) for name, lines in data.get("sources", {}).items()}
        moments = moments_of(data)
        python = []
        for moment in moments:
            stack: list[list[str | int]] = []
            for place in moment.places:
                if place.function.startswith(SCENARIO):
                    number = _number(own[place.function], place)
                else:
                    used[place.function] = function(place.function)
                    number = used[place.function].number(place)
                stack.append([place.function, number])
            python.append(stack)
        at = releases_of(data)
        go = {release: [_go(moment, release) for moment in moments] for release in sorted(set(at.values()))}
        tables.append({"python": python, "go": go, "at": at})
    code = {
        name: {"path": each.path, "link": link(each), "lines": [list(line) for line in each.lines]}
        for name, each in sorted(used.items())
    }
    return {"python": code, "figures": tables}


def _go(moment: Moment, release: str) -> list[list[str | int]] | str:
    found = go_lines(moment, release)
    if found and found[0].reason:
        return found[0].reason
    return [[line.symbol, line.number] for line in found]


def nowhere(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """A provider that has no lines."""
    return {name: {"missing": "absent"} for name in names}


def beside() -> Provider:
    """The provider of the book, if the book is beside the package; else `nowhere`."""
    try:
        provider: Provider = importlib.import_module("book.extensions.go_source").excerpts
    except (ImportError, AttributeError):
        return nowhere
    return provider
