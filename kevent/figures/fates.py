"""What becomes of the value that a call returns, read from the source of the call itself.

The caller's bytecode knows where in the source the call stands that is running: from which line and column to which.
The syntax tree knows what is around it: an assignment, a `return`, another call, or nothing. Both are the same on every
version of Python, unlike the instructions.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from functools import lru_cache
from types import FrameType
from typing import Literal, NamedTuple

__all__ = ["Fate", "fate_of"]


class Fate(NamedTuple):
    """What becomes of a returned value."""

    kind: Literal["kept", "handed on", "passed on", "used", "thrown away", "unknown"]
    where: str = ""
    """The targets that keep it, or the call that it goes to, as the source has them."""


def fate_of(caller: FrameType) -> Fate:
    """The fate of what the call returns that this frame waits for; "unknown" where there is no source."""
    code = caller.f_code
    where = next(itertools.islice(code.co_positions(), caller.f_lasti // 2, None), (None,) * 4)
    parents = _parents(code.co_filename)
    end = (where[1], where[3])
    call = next((node for node in parents if isinstance(node, ast.Call) and _end(node) == end), None)
    return Fate("unknown") if call is None else _fate(call, parents)


def _end(node: ast.expr) -> tuple[int | None, int | None]:
    return node.end_lineno, node.end_col_offset


def _fate(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> Fate:
    around = parents[node]
    if isinstance(around, ast.Expr):
        return Fate("thrown away")
    if isinstance(around, ast.Assign):
        return Fate("kept", " = ".join(ast.unparse(target) for target in around.targets))
    if isinstance(around, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        return Fate("kept", ast.unparse(around.target))
    if isinstance(around, ast.withitem) and around.optional_vars is not None:
        return Fate("kept", ast.unparse(around.optional_vars))
    if isinstance(around, ast.Return):
        return Fate("handed on")
    if isinstance(around, ast.keyword):
        around = parents[around]
    if isinstance(around, ast.Call):
        return Fate("passed on", f"{ast.unparse(around.func)}(…)")
    if isinstance(around, ast.BoolOp | ast.IfExp | ast.Await | ast.Starred):
        return _fate(around, parents)  # the same value, one step out
    if isinstance(around, ast.Attribute):
        return Fate("used", f".{around.attr}")
    return Fate("used", ast.unparse(around).partition("\n")[0][:60])


@lru_cache(maxsize=64)
def _parents(file: str) -> dict[ast.AST, ast.AST]:
    text = "".join(linecache.getlines(file))
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a cell with a magic command
        return {}
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
