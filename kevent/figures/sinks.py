"""A sink for scenarios: it answers as an API server does, or fails on purpose. Each answer is a step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kevent import runtime
from kevent.event import Event
from kevent.runtime import primitive
from kevent.sinks.errors import RequestConstructionError, StatusError, is_key_not_found_error
from kevent.sinks.memory import MemorySink

__all__ = ["Answer", "Answering", "ScriptedSink"]


@contextmanager
def _answering_at_once() -> Iterator[None]:
    """What is made or called here is not seen by the simulation: it takes no step."""
    before = runtime.enter(runtime.THREADS)
    try:
        yield
    finally:
        runtime.enter(before)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sink said to one call."""

    outcome: str
    """"created", "patched", "rejected"; "retried" for a failure worth another try; "gone" for a patch of nothing."""
    detail: str
    """The resource version, the count, or the error's text."""
    count: int = 0


class ScriptedSink:
    """An `EventSink` over a `MemorySink` that can be told to fail or to be slow, for scenarios that a figure shows.

    `failures` is asked with the number of each call, from 0; what it returns is raised instead of an answer, unless it
    is None. `takes` says how many seconds the answer to a call takes: one number for all, or a function of the call's
    number. In a simulation each answer is one step.

    In Go: nothing; it stands where the API server stands.
    """

    def __init__(
        self,
        failures: Callable[[int], Exception | None] | Iterable[Exception | None] = (),
        name: str = "sink",
        *,
        takes: float | Callable[[int], float] = 0.0,
    ) -> None:
        self.name = name
        self._calls = 0
        self._takes = takes if callable(takes) else lambda _: takes
        self._answering = Answering(name, failures if callable(failures) else dict(enumerate(failures)).get)

    def create(self, event: Event) -> Event:
        """Store a new event, or fail as told."""
        self._wait()
        return self._answering.create(event)

    def update(self, event: Event) -> Event:
        """Replace a stored event, or fail as told."""
        self._wait()
        return self._answering.update(event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Change a stored event, or fail as told."""
        self._wait()
        return self._answering.patch(event, patch)

    def events(self) -> list[Event]:
        """What is stored."""
        return self._answering.events()

    @property
    def answers(self) -> list[Answer]:
        """What it has said so far, call by call."""
        return self._answering.answers

    def _wait(self) -> None:
        seconds = self._takes(self._calls)
        self._calls += 1
        if seconds:
            runtime.sleep(seconds)


@primitive("create", "update", "patch")
class Answering:
    """What a scripted sink answers, at once. Each answer is a step of the trace, and is kept."""

    def __init__(self, name: str, failures: Callable[[int], Exception | None]) -> None:
        self.name = name
        self.answers: list[Answer] = []
        self._failures = failures
        self._calls = 0
        # What is inside answers at once and takes no step of its own; only its clock is the simulation's.
        clock = runtime.current().now
        with _answering_at_once():
            self._store = MemorySink(clock=clock)

    def create(self, event: Event) -> Event:
        """Answer to a new event: the stored one, or what `failures` says is raised."""
        return self._answer("created", self._store.create, event)

    def update(self, event: Event) -> Event:
        """Answer to an event in place of the stored one. Raises what `failures` says, or StatusError where none is."""
        return self._answer("patched", self._store.update, event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """Answer to a change of a stored event. Raises what `failures` says, or StatusError where none is."""
        return self._answer("patched", self._store.patch, event, patch)

    def events(self) -> list[Event]:
        """What is stored. No step of the trace."""
        with _answering_at_once():
            return self._store.events()

    def _answer(self, outcome: str, write: Callable[..., Event], *args: Any) -> Event:
        failure = self._failures(self._calls)
        self._calls += 1
        try:
            if failure is not None:
                raise failure
            with _answering_at_once():
                stored = write(*args)
        except Exception as error:
            final = isinstance(error, StatusError | RequestConstructionError)
            gone = outcome == "patched" and is_key_not_found_error(error)
            self.answers.append(Answer("gone" if gone else "rejected" if final else "retried", str(error)))
            raise
        detail = stored.resource_version if outcome == "created" else str(stored.count)
        self.answers.append(Answer(outcome, detail, stored.count))
        return stored

    def _level(self) -> int:
        return self._calls
