"""Exercises of chapter 10: which errors are final; how to make recordToSink try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kevent
from kevent import Event, ObjectReference, RequestConstructionError, StatusError
from kevent.correlator import EventCorrelator
from kevent.figures.sinks import ScriptedSink
from kevent.sinks import UnexpectedObjectError
from kevent.writing import Fate, record_to_sink

from .checking import NOT_YET, Verdict, failure, quietly
from .watching import simulate

# --- final ------------------------------------------------------------------------------------------------------------


def final(error):
    """Whether recordEvent, having got this error from a sink, gives the event up at once.

    The error is not that of a patch. Its class is all you need: `kevent.StatusError`,
    `kevent.RequestConstructionError`, `UnexpectedObjectError`, or another.
    """
    # solution
    return isinstance(error, kevent.StatusError | kevent.RequestConstructionError)
    # end of solution


def _wrapped() -> Exception:
    error = RuntimeError("writing event: not allowed")
    error.__cause__ = StatusError.forbidden("events", "web-0.1", "not allowed")
    return error


ERRORS: tuple[tuple[str, Callable[[], Exception]], ...] = (
    ("a refused connection", lambda: ConnectionRefusedError("connection refused")),
    ("403 Forbidden", lambda: StatusError.forbidden("events", "web-0.1", "not allowed")),
    ("429 TooManyRequests", lambda: StatusError.too_many_requests("try again later")),
    ("500 InternalError", lambda: StatusError.internal_error("etcd is down")),
    ("409 AlreadyExists", lambda: StatusError.already_exists("events", "web-0.1")),
    ("404 NotFound", lambda: StatusError.not_found("events", "web-0.1")),
    ("a request that cannot be built", lambda: RequestConstructionError("bad URL")),
    ("an answer of an unknown shape", lambda: UnexpectedObjectError("???")),
    ("a timeout of the connection", lambda: TimeoutError("no answer in 10 s")),
    ("a status, wrapped in another error", _wrapped),
)


def check_final(attempt: Callable[[Exception], object]) -> Verdict:
    """Ask the attempt about every kind of error, and the real recordEvent as well."""
    for name, make in ERRORS:

        def scenario(make: Callable[[], Exception] = make) -> Fate:
            return _record(ScriptedSink([make()] * 12))

        try:
            answer = attempt(make())
        except NotImplementedError:
            return NOT_YET
        except Exception as error:
            return Verdict(False, f"Asked about {name}, your code raises {type(error).__name__}: {error}.")
        with quietly():
            run = simulate(scenario)
        if answer is not (run.result is Fate.REJECTED):
            came = "is given up at once" if run.result is Fate.REJECTED else "is tried again"
            return Verdict(False, f"After {name} the event {came}. You say {answer!r}.", run.trace)
    return Verdict(True, f"Right, for {len(ERRORS)} errors.")


# --- insist -----------------------------------------------------------------------------------------------------------


def insist(call):
    """Call the sink, `call()`, and return what it returns.

    After a `kevent.StatusError` whose `code` is 429 or 503, recordToSink is to try
    again. All other errors mean to it what they meant before.
    """
    # solution
    try:
        return call()
    except kevent.StatusError as error:
        if error.code in (429, 503):
            raise ConnectionError(str(error)) from error
        raise
    # end of solution


class Between:
    """A sink that leaves the calling to an attempt."""

    def __init__(self, attempt: Callable[[Callable[[], Event]], Any], sink: ScriptedSink) -> None:
        self._attempt, self._sink = attempt, sink

    def create(self, event: Event) -> Any:
        return self._attempt(lambda: self._sink.create(event))

    def update(self, event: Event) -> Any:
        return self._attempt(lambda: self._sink.update(event))

    def patch(self, event: Event, patch: dict[str, Any]) -> Any:
        return self._attempt(lambda: self._sink.patch(event, patch))


def _unavailable() -> StatusError:
    return StatusError("ServiceUnavailable", 503, "not now")


# Each case: what it is, the errors that the sink gives one after the other, then how many calls and what comes of it.
Case = tuple[str, list[Exception], int, Fate]


def _cases() -> list[Case]:
    busy = StatusError.too_many_requests("try again later")
    forbidden = StatusError.forbidden("events", "web-0.1", "not allowed")
    return [
        ("a sink that takes everything", [], 1, Fate.CREATED),
        ("403", [forbidden], 1, Fate.REJECTED),
        ("429 once", [busy], 2, Fate.CREATED),
        ("503 twice", [_unavailable(), _unavailable()], 3, Fate.CREATED),
        ("429, then 403", [busy, forbidden], 2, Fate.REJECTED),
        ("a refused connection", [ConnectionRefusedError("connection refused")], 2, Fate.CREATED),
        ("a request that cannot be built", [RequestConstructionError("bad URL")], 1, Fate.REJECTED),
        ("429 for ever", [busy] * 20, 12, Fate.GIVEN_UP),
    ]


def check_insist(attempt: Callable[[Callable[[], Event]], Any]) -> Verdict:
    """Record an event through the attempt for each kind of answer, then one that the server has forgotten."""
    cases = _cases()
    for name, errors, calls, fate in cases:

        def scenario(errors: list[Exception] = errors) -> tuple[int, Fate]:
            sink = ScriptedSink(errors)
            came = _record(Between(attempt, sink))
            return len(sink.answers), came

        with quietly():
            run = simulate(scenario, max_steps=500)
        # What the attempt raises counts as an answer of the sink: only nothing is no attempt.
        if name == cases[0][0] and _not_written(attempt):
            return NOT_YET
        if run.error is not None:
            return Verdict(False, f"The sink answers with {name}: {failure(run)}.", run.trace)
        if run.result != (calls, fate):
            assert run.result is not None
            got_calls, got = run.result
            sentence = (
                f"The sink answers with {name}: wanted is {_calls(calls)} and the event {fate.value}; "
                f"with yours it is {_calls(got_calls)} and {got.value}."
            )
            return Verdict(False, sentence, run.trace)

    def forgotten() -> Fate:
        sink, correlator = ScriptedSink(), EventCorrelator(release="1.14")
        correlator.event_correlate(_event())  # counted, and never written
        return _record(Between(attempt, sink), correlator)

    with quietly():
        run_forgotten = simulate(forgotten, max_steps=500)
    if run_forgotten.result is not Fate.CREATED:
        sentence = "A patch of an event that the server has forgotten should end in a creation, and does not."
        return Verdict(False, sentence, run_forgotten.trace)
    return Verdict(True, f"Right, in all {len(cases) + 1} cases.")


def _not_written(attempt: Callable[[Callable[[], Event]], Any]) -> bool:
    try:
        attempt(_event)
    except NotImplementedError:
        return True
    except Exception:
        return False
    return False


def _event() -> Event:
    about = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
    return Event(name="web-0.1", namespace="default", involved_object=about, message="hello", count=1, last_timestamp=1)


def _record(sink: Any, correlator: EventCorrelator | None = None) -> Fate:
    return record_to_sink(
        sink, _event(), correlator or EventCorrelator(release="1.14"), sleep_duration=0, random=lambda: 0.5
    )


def _calls(number: int) -> str:
    return f"{number} call{'s' * (number != 1)}"
