"""Something happens in the middle of kevent's own code: at every bytecode in turn, on the same thread."""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import kevent

HOME = str(Path(kevent.__file__).parent)
OF_THREADING = {threading.Thread.join.__code__}


class Interrupt(BaseException):
    """What a signal handler or a debugger raises."""


def interrupt() -> None:
    raise Interrupt


def of_kevent(code: CodeType) -> bool:
    return code.co_filename.startswith(HOME) or code in OF_THREADING


def nowhere(code: CodeType) -> Container[int]:
    return ()


class Strike:
    """Calls `strike` once, on this thread, before the bytecode with this number.

    Only bytecodes of functions that are `watched` count, but for those at offsets that are `spared`.
    """

    def __init__(
        self,
        number: int,
        strike: Callable[[], object],
        watched: Callable[[CodeType], bool] = of_kevent,
        spared: Callable[[CodeType], Container[int]] = nowhere,
    ) -> None:
        self._left = number
        self._strike = strike
        self._watched = watched
        self._spared = spared
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
        if self.struck or not self._watched(frame.f_code):
            return None
        frame.f_trace = self._trace  # first: CPython 3.13 looks at it when the next line is set
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode" and frame.f_lasti not in self._spared(frame.f_code):
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


def each_instruction(act: Callable[[], object], where: set[CodeType]) -> Iterator[bool]:
    """Call `act` again and again, with an interrupt one instruction later each time, until none comes any more.

    Only instructions of the functions `where` count, and only where Python looks for a signal. Between two runs the
    caller looks at what is left; it is told whether this run was interrupted.
    """
    number = 0
    while True:
        one = Strike(number, interrupt, where.__contains__, never)
        with suppress(Interrupt), one:
            act()
        yield one.struck
        if not one.struck:
            return
        number += 1


@cache
def never(code: CodeType) -> frozenset[int]:
    """Where a `with` block has ended and its `__exit__` is about to be called, and where a function returns.

    Python never looks for a signal there: only after a call, at the end of a loop's round and at the start of a
    function. An interrupt in the first of these places would leave every lock of every program taken; in the second,
    it would lose every value.
    """
    found: set[int] = set()
    instructions = list(dis.get_instructions(code))
    for number, one in enumerate(instructions):
        if one.opname.startswith("RETURN_"):
            found.add(one.offset)
        three = instructions[number : number + 3]
        if len(three) == 3 and all(each.opname == "LOAD_CONST" and each.argval is None for each in three):
            after = number + 3
            while instructions[after].opname in ("PRECALL", "CACHE"):
                after += 1
            if instructions[after].opname.startswith("CALL"):
                found.update(each.offset for each in instructions[number : after + 1])
    return frozenset(found)
