"""The package's own code by name: what a chapter shows is what runs.

Read from the files with `ast`, without importing them. Docstrings are left out of what is shown, and of a class
its methods but the constructor: the reader sees fields and the way they are made.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "kevent"


@dataclass(frozen=True)
class Code:
    """A named piece of the package."""

    name: str  # broadcaster.Broadcaster._loop
    path: str  # kevent/broadcaster.py
    first: int
    last: int
    lines: tuple[tuple[int, str], ...]  # those shown: number in the file, text
    head: int | None = None  # of a function, the last line before its body

    @property
    def short(self) -> str:
        """The name without the module: Broadcaster._loop."""
        module = self.path.removeprefix("kevent/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return self.name.removeprefix(f"{module}.")

    def heading(self) -> Code:
        """The same with nothing shown but the head: name and parameters, as an interface has them.

        Raises LookupError for what is no function.
        """
        if self.head is None:
            raise LookupError(f"{self.name} is no function, so it has no head to show alone")
        return replace(self, lines=tuple(line for line in self.lines if line[0] <= self.head))

    def dedented(self) -> list[str]:
        """The text of the lines, as if the definition stood at the margin."""
        return textwrap.dedent("\n".join(text for _, text in self.lines)).split("\n")

    def span(self, start: str, end: str = "") -> tuple[int, int]:
        """From the first shown line that contains `start` to the next that contains `end`.

        Raises LookupError naming the text that is not there.
        """
        first = next((number for number, text in self.lines if start in text), None)
        if first is None:
            raise LookupError(f"no line of {self.name} contains {start!r}")
        after = (number for number, text in self.lines if number >= first and end in text)
        last = next(after, None) if end else first
        if last is None:
            raise LookupError(f"no line of {self.name} after line {first} contains {end!r}")
        return first, last


def docstring_lines(body: list[ast.stmt]) -> set[int]:
    """The lines of strings that stand alone: the docstring, and those below fields."""
    alone = (
        statement
        for statement in body
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
    return {n for statement in alone for n in range(statement.lineno, (statement.end_lineno or 0) + 1)}


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def shown(node: ast.stmt) -> list[int]:
    """The numbers of the lines to show for a definition."""
    if isinstance(node, ast.FunctionDef):
        return [n for n in range(first_line(node), (node.end_lineno or 0) + 1) if n not in docstring_lines(node.body)]
    if not isinstance(node, ast.ClassDef):
        return list(range(node.lineno, (node.end_lineno or 0) + 1))
    is_protocol = any("Protocol" in ast.unparse(base) for base in node.bases)
    numbers = list(range(first_line(node), first_line(node.body[0])))
    for statement in node.body:
        is_field = isinstance(statement, ast.Assign | ast.AnnAssign)
        is_verb = isinstance(statement, ast.FunctionDef) and (is_protocol or statement.name == "__init__")
        if is_field or is_verb:
            numbers += shown(statement)
    return numbers


def head(node: ast.stmt) -> int | None:
    """The last line of a function's head."""
    return max(node.lineno, first_line(node.body[0]) - 1) if isinstance(node, ast.FunctionDef) else None


def definitions(body: list[ast.stmt], prefix: str = "") -> list[tuple[str, ast.stmt]]:
    found: list[tuple[str, ast.stmt]] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append((prefix + node.name, node))
            if isinstance(node, ast.ClassDef):
                found += definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            found += [(prefix + name.id, node) for name in names]
    return found


@cache
def everything() -> dict[str, Code]:
    """All definitions of the package by their full names."""
    found: dict[str, Code] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        for name, node in definitions(ast.parse(text).body):
            full = f"{module}.{name}".lstrip(".")
            pieces = tuple((number, lines[number - 1]) for number in shown(node))
            where = f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}"
            found[full] = Code(full, where, first_line(node), node.end_lineno or node.lineno, pieces, head(node))
    return found


def find(name: str) -> Code:
    """The code that a chapter calls `broadcaster.Broadcaster.watch`, or `Broadcaster.watch` if that is enough.

    Raises LookupError with what is wrong: there is none, or there are several.
    """
    known = everything()
    if name in known:
        return known[name]
    found = [code for full, code in known.items() if full.endswith(f".{name}")]
    if not found:
        raise LookupError(f"kevent has no {name!r}")
    if len(found) > 1:
        raise LookupError(f"{name!r} is ambiguous: {', '.join(code.name for code in found)}")
    return found[0]
