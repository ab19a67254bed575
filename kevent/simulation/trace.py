"""What a run leaves on paper: a step, and the words for what was in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Step", "tell"]


class Step(NamedTuple):
    """One line of a trace: what one goroutine did in one indivisible step.

    A step that had to wait is there twice: `blocked` when the goroutine went to sleep on it, and again, not blocked,
    when it could be completed. A value is shown as the primitive was given it.

    A named tuple: a run makes one at every step, and a frozen dataclass takes five times as long to make.
    """

    number: int
    """Its place in the trace, from 0."""
    time: int
    """Virtual nanoseconds since the start of the run."""
    goroutine: str
    """Who took the step."""
    operation: str
    """The verb: "send", "receive", "add", "sleep", "go", "start", "end", …"""
    name: str
    """The name of the primitive: of the channel, the lock, the word, or of the goroutine started."""
    value: object = None
    """What the verb was given: the value sent, the delta added, the seconds to sleep."""
    result: object = None
    """What it gave back: the value received, the new word, whether a `try_send` succeeded."""
    after: int | None = None
    """The queue's depth or the state word after the step; None where there is nothing to count."""
    blocked: bool = False
    """Whether the goroutine had to wait here."""
    error: str = ""
    """The text of the exception that the verb raised, or nothing."""


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def tell(say: Callable[[Any], str], value: object) -> str:
    """What `repr` or `str` says, if it says anything, less the addresses in memory, which differ from run to run."""
    try:
        text = say(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose {say.__name__} raises {type(error).__name__}>"
    return _ADDRESS.sub("", text) if " at 0x" in text else text
