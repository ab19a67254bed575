"""Exercises of chapter 15: say what an answer means; give a warning a budget of its own."""

from __future__ import annotations

from collections.abc import Callable

from kevent import CorrelatorOptions, Event, EventBroadcaster, EventSource, EventType, MemorySink, ObjectReference
from kevent.simulation import Run
from kevent.sinks import SinkError, StatusError

from .checking import NOT_YET, Verdict, failure
from .watching import simulate

POD = ObjectReference("Pod", "default", "web-0", "u-1", "v1")

# --- refuse -----------------------------------------------------------------------------------------------------------


def refuse(status, reason, message):
    """Raise what a recorder has to see after a request, or return if the event was stored.

    `status` is the HTTP status of the answer, None if no answer came. `reason` and `message` are the server's.
    `StatusError(reason, status, message)` is final. `SinkError(message)` is worth another try. Both are in
    `kevent.sinks`.
    """
    # solution
    if status is None:
        raise SinkError(message)
    if not 200 <= status < 300:
        raise StatusError(reason, status, message)
    # end of solution


class Wired(MemorySink):
    """A sink whose server answers everything in one way."""

    def __init__(self, attempt: Callable[[int | None, str, str], object], status: int | None, reason: str) -> None:
        super().__init__()
        self.attempt, self.status, self.reason = attempt, status, reason
        self.calls = 0

    def create(self, event: Event) -> Event:
        self.calls += 1
        self.attempt(self.status, self.reason, "the server's words")
        return super().create(event)


ANSWERS = (
    (201, "", 1), (200, "", 1), (409, "AlreadyExists", 1), (403, "Forbidden", 1), (404, "NotFound", 1),
    (422, "Invalid", 1), (302, "", 1), (429, "TooManyRequests", 1), (500, "InternalError", 1), (None, "", 12),
)  # fmt: skip


def check_refuse(attempt: Callable[[int | None, str, str], object]) -> Verdict:
    """Record one event through a sink that answers with the attempt, for each answer a server may give."""
    for status, reason, tries in ANSWERS:

        def scenario(status: int | None = status, reason: str = reason) -> tuple[int, int]:
            sink = Wired(attempt, status, reason)
            broadcaster = EventBroadcaster(release="1.14")
            broadcaster.start_recording_to_sink(sink, name="sink")
            broadcaster.new_recorder(EventSource("exercise")).event(POD, "Normal", "Tried", "once")
            broadcaster.flush()
            (counts,) = broadcaster.statistics().sinks
            broadcaster.shutdown(timeout=None)
            return sink.calls, counts.created

        said = "no answer" if status is None else f"{status} {reason}".strip()
        error = _raised(attempt, status, reason)
        if isinstance(error, NotImplementedError):
            return NOT_YET
        if error is not None and not isinstance(error, SinkError):
            return Verdict(False, f"{said}: your code raises {type(error).__name__}: {error}.")
        run = simulate(scenario, max_steps=2000)
        if run.error is not None:
            return Verdict(False, f"{said}: {failure(run)}.", run.trace)
        assert run.result is not None
        calls, created = run.result
        stored = status is not None and status < 300
        if created != stored:
            what = "was stored, and the recorder counts no event" if stored else "was not stored, and is counted"
            return Verdict(False, f"{said}: the event {what}.", run.trace)
        if calls != tries:
            times, meant = ("once" if n == 1 else f"{n} times" for n in (calls, tries))
            return Verdict(False, f"{said}: the recorder asked {times}, and should ask {meant}.", run.trace)
        if isinstance(error, StatusError) and (error.code, error.reason) != (status, reason):
            return Verdict(False, f"{said}: the error says {error.code} {error.reason}.", run.trace)
    return Verdict(True, f"Right, for all {len(ANSWERS)} answers. A 500 is final, too: the server has spoken.")


def _raised(attempt: Callable[[int | None, str, str], object], status: int | None, reason: str) -> Exception | None:
    try:
        attempt(status, reason, "the server's words")
    except Exception as error:
        return error
    return None


# --- budget -----------------------------------------------------------------------------------------------------------


def budget(event):
    """Return a string: events of the same string share a budget.

    An event has `type`, `source.component` and `involved_object`, which has `kind`, `namespace`, `name` and `uid`.
    """
    # solution
    about = event.involved_object
    parts = (event.type, event.source.component, about.kind, about.namespace, about.name, about.uid)
    return "/".join(parts)
    # end of solution


def check_budget(attempt: Callable[[Event], str]) -> Verdict:
    """Spend a budget in one way, then record what should, or should not, have one of its own."""
    other = ObjectReference("Pod", "default", "web-1", "u-2", "v1")
    cases: tuple[tuple[str, ObjectReference, str, EventType, str, bool], ...] = (
        ("a Warning after 30 Normal events about the same pod", POD, "app", "Warning", "it broke", True),
        ("the same words about another pod", other, "app", "Normal", "step", True),
        ("the same words from another component", POD, "other", "Normal", "step", True),
        ("new words about the same pod", POD, "app", "Normal", "a new step", False),
    )
    for what, about, component, kind, message, own in cases:

        def scenario(
            about: ObjectReference = about, component: str = component, kind: EventType = kind, message: str = message
        ) -> int:
            broadcaster = EventBroadcaster(correlator_options=CorrelatorOptions(spam_key_func=attempt), release="1.14")
            broadcaster.start_recording_to_sink(MemorySink(), name="sink")
            recorder = broadcaster.new_recorder(EventSource("app"))
            for _ in range(30):
                recorder.event(POD, "Normal", "Progressing", "step")
            broadcaster.flush()
            before = _filtered(broadcaster)
            broadcaster.new_recorder(EventSource(component)).event(about, kind, "Told", message)
            broadcaster.flush()
            after = _filtered(broadcaster)
            broadcaster.shutdown(timeout=None)
            return after - before

        error = _key_error(attempt)
        if isinstance(error, NotImplementedError):
            return NOT_YET
        if error is not None:
            return Verdict(False, f"{what}: your code raises {type(error).__name__}: {error}.")
        run: Run[int] = simulate(scenario, max_steps=5000)
        if run.error is not None:
            return Verdict(False, f"{what}: {failure(run)}.", run.trace)
        if bool(run.result) is own:
            return Verdict(False, f"{what}: {'filtered' if own else 'written'}, and should not be.", run.trace[-20:])
    return Verdict(True, f"Right, in all {len(cases)} cases.")


def _key_error(attempt: Callable[[Event], str]) -> Exception | None:
    try:
        key = attempt(Event(involved_object=POD, type="Normal", source=EventSource("app")))
        if not isinstance(key, str):
            raise TypeError(f"a budget is named by a string, not {key!r}")
    except Exception as error:
        return error
    return None


def _filtered(broadcaster: EventBroadcaster) -> int:
    (counts,) = broadcaster.statistics().sinks
    return counts.filtered
