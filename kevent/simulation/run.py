"""What came of a run: how it ended, and how it came about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from kevent.errors import KeventError
from kevent.simulation.schedule import Schedule
from kevent.simulation.trace import Step, tell

__all__ = ["Deadlock", "Outcome", "Run", "StepLimit"]

T = TypeVar("T")


class Deadlock(KeventError):
    """Nobody can go on, nobody sleeps, and the scenario has not returned. The text says who waits for what.

    In Go: "fatal error: all goroutines are asleep - deadlock!".
    """


class StepLimit(KeventError):
    """The run took more steps than it was allowed: probably somebody goes round in a circle."""


class Outcome(NamedTuple):
    """One way in which a scenario ends. `str()` is what a reader would call it.

    A named tuple, as a step is: an exploration makes one for every schedule, and looks it up.
    """

    kind: str
    """"returned", "deadlock", "step limit" or "raised"."""
    value: str = ""
    """`repr` of what the scenario returned, without addresses in memory, or nothing for None."""
    error: str = ""
    """The name of the exception's class, if there was one."""
    text: str = ""
    """The exception's text. For a deadlock: who waits for what."""
    left: tuple[str, ...] = ()
    """The goroutines left behind, still waiting after the scenario had returned."""

    @classmethod
    def of(cls, result: object, error: BaseException | None, left: Iterable[str]) -> Outcome:
        """The outcome of a run with this result or error, that left these goroutines behind."""
        if error is None:
            return cls("returned", "" if result is None else tell(repr, result), left=tuple(left))
        if isinstance(error, Deadlock):
            return cls("deadlock", error="Deadlock", text=str(error))
        if isinstance(error, StepLimit):
            return cls("step limit", error="StepLimit", text=str(error))
        return cls("raised", error=type(error).__name__, text=tell(str, error))

    def __str__(self) -> str:
        return self._words("")

    @property
    def in_full(self) -> str:
        """As `str()`, and with the value: "returned 3". A text has no quotation marks there, unless it is empty."""
        value = self.value
        if len(value) > 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        return self._words(value and f" {value}")

    def _words(self, value: str) -> str:
        if self.kind == "raised":
            return self.text or self.error
        left = f", left behind: {', '.join(self.left)}" if self.left else ""
        return self.kind + value + left

    @property
    def ok(self) -> bool:
        """Whether the scenario returned and left nobody behind."""
        return self.kind == "returned" and not self.left


@dataclass(slots=True)
class Run(Generic[T]):
    """What came of `simulate`: a result or an error, and how it came about."""

    result: T | None
    """What the scenario returned; None if it did not."""
    error: BaseException | None
    """What ended the run early: an exception that a goroutine let escape, a Deadlock, a StepLimit, a ScheduleMismatch.
    Else None.
    """
    time: int
    """Virtual nanoseconds that the run took."""
    trace: list[Step] = field(repr=False)
    """Every step in order."""
    alive: list[str]
    """Who still waited when the run ended, and for what: goroutines left behind."""
    left: tuple[str, ...] = field(repr=False)
    """The names of those, and nothing else."""
    schedule: Schedule = field(repr=False)
    """Every choice the scheduler had: `simulate(scenario, schedule=…)` repeats the run."""
    steps: int
    """How many steps were taken."""
    release: str = ""
    """The release of client-go that the run's broadcasters answer like; "" if it made none, or of several releases."""

    @property
    def outcome(self) -> Outcome:
        """How the run ended, in the words of `explore`."""
        return Outcome.of(self.result, self.error, self.left)
