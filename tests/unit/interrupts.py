"""An interrupt at every instruction of some functions, one run for each."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType, FrameType
from typing import Any


class Interrupted(BaseException):
    """What Ctrl-C is to a program."""


def each_instruction(act: Callable[[], object], where: set[CodeType]) -> Iterator[bool]:
    """Call `act` again and again, with an interrupt one instruction later each time, until none comes any more.

    Only instructions of the functions `where` count. Between two runs the caller looks at what is left; it is told
    whether this run was interrupted.
    """
    skip = 0
    while True:
        interrupter = Interrupter(where, skip)
        with suppress(Interrupted):
            interrupter.run(act)
        yield interrupter.struck
        if not interrupter.struck:
            return
        skip += 1


class Interrupter:
    """Raises before an instruction, after so many others."""

    def __init__(self, where: set[CodeType], skip: int) -> None:
        self._where = where
        self._left = skip
        self.struck = False

    def run(self, act: Callable[[], object]) -> None:
        """Call `act` under this tracer, in this thread alone."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            act()
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code not in self._where or self.struck:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._trace_instruction

    def _trace_instruction(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode" and not self.struck and frame.f_lasti not in never(frame.f_code):
            if self._left == 0:
                self.struck = True
                raise Interrupted
            self._left -= 1
        return self._trace_instruction


_NEVER: dict[CodeType, frozenset[int]] = {}


def never(code: CodeType) -> frozenset[int]:
    """Where a `with` block has ended and its `__exit__` is about to be called, and where a function returns.

    Python never looks for a signal there: only after a call, at the end of a loop's round and at the start of a
    function. An interrupt in the first of these places would leave every lock of every program taken; in the second,
    it would lose every value.
    """
    if code not in _NEVER:
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
        _NEVER[code] = frozenset(found)
    return _NEVER[code]
