"""Exercises of chapter 18: a reason that is a word; a reason that no correlator can group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from kevent import CorrelatorOptions, Event, EventBroadcaster, EventSource, MemorySink, ObjectReference
from kevent.correlator import EventCorrelator
from kevent.simulation import EPOCH

from .checking import NOT_YET, Comparison, Verdict, unfinished
from .watching import simulate

# --- in_order ---------------------------------------------------------------------------------------------------------


def in_order(event):
    """Return a copy of `event` with word and sentence in their places, if it says that a node is being deleted.

    Such an event has a reason that begins with "Deleting node " and a message that ends with "event: DeletingNode".
    `replace(event, reason=..., message=...)` makes the copy; `from dataclasses import replace`.
    """
    # solution
    ends = event.message.endswith("event: DeletingNode")
    if not (event.reason.startswith("Deleting node ") and ends):
        return event
    return replace(event, reason="DeletingNode", message=event.reason)
    # end of solution


NODE = ObjectReference(kind="Node", name="node-7", uid="uid-7")


def _event(reason: str, message: str) -> Event:
    return Event(
        name="node-7.1",
        namespace="default",
        involved_object=NODE,
        reason=reason,
        message=message,
        type="Normal",
        count=1,
    )


def check_in_order(attempt: Callable[[Event], object]) -> Verdict:
    """Try an attempt on five events, one of which has to change."""
    sentence = "Deleting node node-7 because it does not exist in the cloud provider"
    wrong = _event(sentence, "Node node-7 event: DeletingNode")
    cases = [
        (wrong, replace(wrong, reason="DeletingNode", message=sentence)),
        *(
            (event, event)
            for event in (
                _event("Starting", "Starting kubelet."),
                _event("DeletingNode", sentence),
                _event("Starting", "Node node-7 event: DeletingNode"),
                _event("Deleting node groups", "They are gone"),
            )
        ),
    ]
    for given, wanted in cases:
        before = replace(given)
        try:
            answer = attempt(given)
        except NotImplementedError:
            return NOT_YET
        except Exception as error:
            return Verdict(False, f"{_told(before)}: your code raises {type(error).__name__}: {error}.")
        if given != before:
            return Verdict(False, f"{_told(before)}: the event itself was changed, and others have it, too.")
        if answer != wanted:
            got = _told(answer) if isinstance(answer, Event) else repr(answer)
            sentence = f"{_told(before)} should become {_told(wanted)}, and becomes {got}."
            if not isinstance(answer, Event):
                return Verdict(False, sentence)
            rows = [(field.name, getattr(wanted, field.name), getattr(answer, field.name)) for field in fields(Event)]
            rows = [row for row in rows if row[0] in ("reason", "message") or row[1] != row[2]]
            return Verdict(False, sentence, comparison=Comparison("field", rows))
    return Verdict(True, f"Right, in all {len(cases)} cases.")


def _told(event: Event) -> str:
    return f"“{event.reason}” with the message “{event.message}”"


# --- ungroupable ------------------------------------------------------------------------------------------------------


def ungroupable(number):
    """Return reason and message of the event number `number` about one node, so that no two are counted or combined."""
    # solution
    return f"DeletingNodeAttempt{number}", "the machine is gone"
    # end of solution


MANY = 40


def check_ungroupable(attempt: Callable[[int], object]) -> Verdict:
    """Let a correlator see forty events of an attempt: all have to come out as new ones."""

    answers: list[tuple[str, str]] = []

    def scenario() -> list[Event]:
        sink = MemorySink()
        broadcaster = EventBroadcaster(correlator_options=CorrelatorOptions(burst_size=MANY), release="1.21")
        broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource("cloud-node-lifecycle-controller"))
        for number in range(MANY):
            answer = attempt(number)
            if not (isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(text, str) for text in answer)):
                raise TypeError(f"a pair of texts is asked for, not {answer!r}")
            answers.append(answer)
            recorder.event(NODE, "Normal", *answer)
        broadcaster.shutdown()
        return sink.events()

    run = simulate(scenario)
    if (early := unfinished("Node 7, 40 times", run, ())) is not None:
        return early
    stored = run.result or []
    if len(stored) == MANY:
        return Verdict(True, f"Done: {MANY} events, {MANY} reasons, and nobody can count them.")
    often = max(stored, key=lambda event: event.count)
    combined = "combined" if often.message.startswith("(combined") else "counted"
    sentence = f"{MANY} events become {len(stored)}: {often.count} of them were {combined} as {_told(often)}."
    return Verdict(False, sentence, comparison=_first_that_is_not_new(answers))


def _first_that_is_not_new(answers: Sequence[tuple[str, str]]) -> Comparison:
    """What a correlator makes of these events about one node, up to the first that it has seen before."""
    correlator = EventCorrelator(CorrelatorOptions(burst_size=MANY, clock=lambda: EPOCH), release="1.14")
    rows = []
    for number, (reason, message) in enumerate(answers):
        result = correlator.event_correlate(_event(reason, message))
        combined = result.event is not None and result.event.message.startswith("(combined")
        fate = "combined" if combined else "counted" if result.patch is not None else "new"
        rows.append((f"{number}: {reason} | {message}", "new", fate))
        if fate != "new":
            break
    return Comparison("event", rows)
