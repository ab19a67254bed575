"""Self-checks of chapter 10."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from kevent import Event, ObjectReference, StatusError
from kevent.correlator import EventCorrelator
from kevent.figures.sinks import ScriptedSink
from kevent.runtime import now
from kevent.simulation import EPOCH
from kevent.writing import record_to_sink

from .running import quietly, result


def _event() -> Event:
    about = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
    return Event(name="web-0.1", namespace="default", involved_object=about, message="hello", count=1, last_timestamp=1)


def _answer(scenario: Callable[[], int]) -> int:
    with quietly("kevent.recorder", logging.CRITICAL):
        return result(scenario)


def after_the_twelfth() -> str:
    """Twelve tries that fail, another event, and a server that is back: what becomes of the first event."""
    said: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    def scenario() -> int:
        sink = ScriptedSink([ConnectionRefusedError("connection refused")] * 12)
        correlator = EventCorrelator(release="1.14")
        record_to_sink(sink, _event(), correlator)
        record_to_sink(sink, replace(_event(), name="web-0.2", message="the next"), correlator)
        return sum(stored.message == "hello" for stored in sink.events())

    log, listening = logging.getLogger("kevent.recorder"), Listening()
    log.addHandler(listening)
    try:
        written = result(scenario)
    finally:
        log.removeHandler(listening)
    if written:
        return "It is tried until the server is back."
    told = any("retry limit exceeded" in line for line in said)
    return "It is gone; a log has a line of it." if told else "It is gone; nothing says so."


def away_for_25_seconds() -> int:
    """A server that is away for 25 s, a first pause of 3 s: how many calls."""

    def scenario() -> int:
        away = ConnectionRefusedError("connection refused")
        sink = ScriptedSink(lambda call: away if now() < EPOCH + 25 * 10**9 else None)
        record_to_sink(sink, _event(), EventCorrelator(release="1.14"), random=lambda: 0.3)
        return len(sink.answers)

    return _answer(scenario)


def no_such_namespace() -> int:
    """Two equal events, 404 to everything: how many calls."""

    def scenario() -> int:
        sink = ScriptedSink(lambda call: StatusError.not_found("namespaces", "default"))
        correlator = EventCorrelator(release="1.14")
        for _ in range(2):
            record_to_sink(sink, _event(), correlator)
        return len(sink.answers)

    return _answer(scenario)


def given_up_and_back() -> int:
    """An event given up, then the same again: with which count it is stored."""

    def scenario() -> int:
        sink = ScriptedSink([ConnectionRefusedError("connection refused")] * 12)
        correlator = EventCorrelator(release="1.14")
        for _ in range(2):
            record_to_sink(sink, _event(), correlator)
        (stored,) = sink.events()
        return stored.count

    return _answer(scenario)
