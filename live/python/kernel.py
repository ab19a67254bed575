"""Run the cells of a page in the page: what IPython does for a notebook, as far as this book needs it.

What a cell puts out goes to `emit(kind, data)`, piece by piece, both of them text:

* "stdout", "stderr": what it prints;
* "plain", "html", "markdown": a value that it shows, in the best form that the value has;
* "figure", "verdict": a value that the page's script draws, as JSON;
* "error": a traceback, from the cell on.
"""

from __future__ import annotations

import ast
import builtins
import gc
import io
import json
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Any

from IPython.lib.pretty import pretty

MOST = 200_000  # characters that a run of a cell may print: a loop without end must not fill the page
FORMS = (("_repr_html_", "html"), ("_repr_markdown_", "markdown"))
SPACES = {"separators": (",", ":"), "ensure_ascii": False}


class Stream(io.TextIOBase):
    """What is printed, sent on in pieces: a message for each line would flood the page."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send, self._held, self._size, self.left = send, list[str](), 0, MOST

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.left -= len(text)
            self._held.append(text if self.left > 0 else f"{text}\n… more was printed than a page can hold\n")
            self._size += len(text)
            if self._size > 4000:
                self.flush()
        return len(text)

    def flush(self) -> None:
        if self._held:
            text, self._held, self._size = "".join(self._held), [], 0
            self._send(text)


class Watch:
    """Which line of a reader's functions ran last."""

    TOOL = 4

    def __init__(self) -> None:
        self.line: int | None = None
        self._codes: list[CodeType] = []
        sys.monitoring.use_tool_id(self.TOOL, "the reader's lines")
        sys.monitoring.register_callback(self.TOOL, sys.monitoring.events.LINE, self._ran)

    def _ran(self, _: CodeType, line: int) -> None:
        self.line = line

    def begin(self, codes: Iterable[CodeType]) -> None:
        self.line, self._codes = None, list(codes)
        for code in self._codes:
            sys.monitoring.set_local_events(self.TOOL, code, sys.monitoring.events.LINE)

    def end(self) -> None:
        for code in self._codes:
            sys.monitoring.set_local_events(self.TOOL, code, 0)
        self._codes = []


def within(code: CodeType) -> Iterable[CodeType]:
    """A function's code, and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from within(constant)


class Kernel:
    """The names of one page, and the cells that use them."""

    def __init__(self, emit: Callable[[str, str], None]) -> None:
        self.emit = emit
        self.main = ModuleType("__main__")
        self.main.__dict__["__builtins__"] = builtins
        sys.modules["__main__"] = self.main
        self.figures: list[Any] = []
        self.runs: dict[int, int] = {}
        self.watch = Watch()
        self.attempt: list[CodeType] = []  # the functions of the exercise that ran last
        self.line: int | None = None  # the line of the cell that a verdict or an error is about
        self.streams = [Stream(lambda text, name=name: emit(name, text)) for name in ("stdout", "stderr")]  # type: ignore[misc]
        sys.stdout, sys.stderr = self.streams
        sys.displayhook = self.show
        builtins.display = self.display  # type: ignore[attr-defined]

    def run(self, cell: int, source: str, how: str = "") -> str:
        """Run a cell, by its number on the page. Says how it went, as JSON: `ok`, and `line` if one is to blame.

        `how` is "attempt" for an exercise, and "names" for a cell of which only the names are wanted: what it imports,
        its functions and classes, as far as they can be had.
        """
        self.runs[cell] = again = self.runs.get(cell, 0) + 1
        name = f"<cell {cell}>" if again == 1 else f"<cell {cell}, run {again}>"  # what it says of lines is remembered
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        self.line = None
        for stream in self.streams:
            stream.left = MOST
        try:
            tree = ast.parse(source, name)
            if how == "names":
                self._name(tree, name)
            else:
                self._execute(tree, name, quiet=source.rstrip().endswith(";"))
            if how == "attempt":
                self.attempt = self._functions(tree)
        except BaseException as error:
            self.flush()
            self.emit("error", self._told(error, name))
            return json.dumps({"ok": False, "stopped": isinstance(error, KeyboardInterrupt), "line": self.line})
        finally:
            self.watch.end()
            self.flush()
            gc.collect()
        return json.dumps({"ok": True, "line": self.line})

    def _name(self, tree: ast.Module, name: str) -> None:
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
                with suppress(Exception):  # it leans on what has not run, or is not here
                    exec(compile(ast.Module([node], []), name, "exec", dont_inherit=True), self.main.__dict__)

    def _execute(self, tree: ast.Module, name: str, *, quiet: bool) -> None:
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) and not quiet else None
        self.watch.begin(self.attempt)
        exec(compile(tree, name, "exec", dont_inherit=True), self.main.__dict__)
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), name, "eval", dont_inherit=True)
            self.show(eval(code, self.main.__dict__))

    def _functions(self, tree: ast.Module) -> list[CodeType]:
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        made = [getattr(self.main.__dict__.get(name), "__code__", None) for name in names]
        return [each for code in made if code is not None for each in within(code)]

    def flush(self) -> None:
        for stream in self.streams:
            stream.flush()

    def _told(self, error: BaseException, name: str) -> str:
        """The traceback, from the cell on. Its innermost line in this cell is the one to blame."""
        frames = error.__traceback__
        while frames is not None and not frames.tb_frame.f_code.co_filename.startswith("<cell"):
            frames = frames.tb_next
        inner = frames
        while inner is not None:
            if inner.tb_frame.f_code.co_filename == name:
                self.line = inner.tb_lineno
            inner = inner.tb_next
        if isinstance(error, SyntaxError) and error.filename == name:
            self.line = error.lineno
        if isinstance(error, KeyboardInterrupt):
            return "Stopped.\n"
        return "".join(traceback.format_exception(type(error), error, frames))

    # --- what is shown ---

    def display(self, *values: Any) -> None:
        """IPython's `display`."""
        for value in values:
            self.show(value, remembered=False)

    def show(self, value: Any, *, remembered: bool = True) -> None:
        """Send a value to the page in the best form that it has."""
        if value is None:
            return
        if remembered:
            self.main.__dict__["_"] = value
        self.flush()
        kind, data = self._form(value)
        self.flush()  # what it printed on the way
        self.emit(kind, data)

    def _form(self, value: Any) -> tuple[str, str]:
        from book.exercises.checking import NOT_YET, Verdict
        from book.exercises.watching import stage_of
        from kevent.figures import Chart
        from kevent.figures.figure import Figure

        if isinstance(value, Figure | Chart):
            return "figure", self._figure(value)
        if isinstance(value, Verdict):
            if not value.right:
                self.line = self.watch.line
            told = {"right": value.right, "begun": value is not NOT_YET, "lines": value.lines}
            if not value.right and (stage := stage_of(value.steps)) is not None:
                told["stage"] = json.loads(self._figure(stage))
            return "verdict", json.dumps({**told, "html": value._repr_html_()}, **SPACES)
        for method, kind in FORMS:
            say = getattr(type(value), method, None)
            text = say(value) if say is not None else None
            if text is not None:
                return kind, text
        return "plain", pretty(value, max_width=79)

    def _figure(self, figure: Any) -> str:
        self.figures.append(figure)
        return json.dumps({"number": len(self.figures) - 1, **self._drawn(figure, figure.data)}, **SPACES)

    def _drawn(self, figure: Any, data: Any) -> dict[str, Any]:
        return {"data": data, "lines": figure.lines(data) if "moments" in data else None}

    def again(self, figure: int, values: str) -> str:
        """One more run of a figure, at values as a control shows them. JSON in, JSON out."""
        shown = self.figures[figure]
        return json.dumps(self._drawn(shown, shown.run(json.loads(values))), **SPACES)


def begin(emit: Callable[[str, str], None]) -> Kernel:
    """A kernel that stands where the notebooks do."""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "book"))
    return Kernel(emit)
