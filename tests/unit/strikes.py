"""Something happens in the middle of kevent's own code: at every bytecode in turn, on the same thread."""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import kevent

HOME = str(Path(kevent.__file__).parent)
OF_THREADING = {threading.Thread.join.__code__}


class Interrupt(BaseException):
    """What a signal handler or a debugger raises."""


def interrupt() -> None:
    raise Interrupt


class Strike:
    """Calls `strike` once, before the bytecode with this number that kevent executes on this thread."""

    def __init__(self, number: int, strike: Callable[[], object]) -> None:
        self._left = number
        self._strike = strike
        self.struck = False
        self.where = ""
        self.returning = False  # whether it struck when all was done but to return

    def __enter__(self) -> Strike:
        self._before = sys.gettrace()
        sys._getframe().f_trace_opcodes = True  # CPython 3.12 looks at this frame's when tracing begins
        sys.settrace(self._trace)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if self.struck or not (frame.f_code.co_filename.startswith(HOME) or frame.f_code in OF_THREADING):
            return None
        frame.f_trace = self._trace  # first: CPython 3.13 looks at it when the next line is set
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            self._left -= 1
            if self._left < 0:
                self.struck = True
                self.where = f"{frame.f_code.co_qualname}:{frame.f_lineno}, bytecode {frame.f_lasti}"
                self.returning = _nothing_left_but_to_return(frame)
                sys.settrace(None)
                self._strike()
        return self._trace


def _nothing_left_but_to_return(frame: FrameType) -> bool:
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset >= frame.f_lasti:
            if instruction.opname.startswith("RETURN"):
                return True
            if not instruction.opname.startswith("LOAD"):
                return False
    return False


@contextmanager
def unstruck() -> Iterator[None]:
    """What others do meanwhile, on the same thread."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


def at_every_bytecode(strike: Callable[[], object]) -> Iterator[Strike]:
    """One `Strike` after the other, until one has found nothing left to strike."""
    number = 0
    while True:
        one = Strike(number, strike)
        yield one
        if not one.struck:
            assert number, "nothing was traced"
            return
        number += 1
