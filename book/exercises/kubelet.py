"""Exercises of chapter 3: messages that stay equal, and a wiring in which somebody always listens."""

from __future__ import annotations

from collections.abc import Callable

from kevent import EventBroadcaster, EventRecorder, EventSink, EventSource, ObjectReference
from kevent.figures import ScriptedSink
from kevent.runtime import sleep

from .checking import Verdict, unfinished
from .watching import simulate

NODE = ObjectReference(kind="Node", name="node-1", uid="node-1")
APP = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1", field_path="spec.containers{app}")
KUBELET = EventSource(component="kubelet", host="node-1")

# --- container_message ------------------------------------------------------------------------------------------------


def container_message(message, container_id, name):
    """The message of an event about a container, in which its ID is replaced by its name.

    `container_id` is empty if the container could not be created: it has no ID.
    """
    # solution
    return message.replace(container_id, name) if container_id else message
    # end of solution


RESTARTS = (
    (["", "", ""], "Error: no such image"),
    (["4f2c", "9b1e", "77aa"], "Killing container docker://{id}"),
    (["4f2c", "9b1e"], "{id} failed, removing {id}"),
)
"""The IDs of one container's incarnations, and what is said of each."""


def check_container_message(attempt: Callable[[str, str, str], object]) -> Verdict:
    """Record what happens to a container that is made again and again: it should be one event, counted."""
    for identities, text in RESTARTS:

        def scenario(identities: list[str] = identities, text: str = text) -> list[tuple[str, int]]:
            sink = ScriptedSink()
            with EventBroadcaster(release="1.21") as broadcaster:
                broadcaster.start_recording_to_sink(sink, name="sink")
                recorder = broadcaster.new_recorder(KUBELET)
                for identity in identities:
                    message = attempt(text.replace("{id}", identity), identity, "app")
                    recorder.event(APP, "Warning", "Failed", message)  # type: ignore[arg-type]
                    sleep(10)
            return [(event.message, event.count) for event in sink.events()]

        run = simulate(scenario, max_steps=2_000)
        steps = [step for step in run.trace if step.operation in ("try_send", "create", "patch")]
        where = f"IDs {', '.join(repr(identity) for identity in identities)}"
        if (early := unfinished(where, run, steps)) is not None:
            return early
        wanted = [(text.replace("{id}", "app"), len(identities))]
        if run.result != wanted:
            return Verdict(False, f"{where}: stored should be {wanted}, and is {run.result}.", steps)
    return Verdict(True, f"Right, in all {len(RESTARTS)} cases: one event each, counted.")


# --- wire -------------------------------------------------------------------------------------------------------------


class Eager(EventBroadcaster):
    """A broadcaster whose recorders have something to say as soon as they are made."""

    def new_recorder(self, source: EventSource, **options: object) -> EventRecorder:
        recorder = super().new_recorder(source)
        recorder.event(NODE, "Normal", "Starting", "said at once")
        return recorder


def wire(broadcaster, logf, sink, source):
    """Wire a broadcaster up as makeEventRecorder does, but so that nothing is recorded before somebody watches. Return
    the recorder.

    Events are logged with `logf` and recorded to `sink`; the recorder's events carry `source`.
    """
    # solution
    broadcaster.start_logging(logf)
    broadcaster.start_recording_to_sink(sink)
    return broadcaster.new_recorder(source)
    # end of solution


QUEUES = ("try_send", "send", "receive_many", "try_send_many", "receive_ok", "create")
"""What puts an event, or a new watcher, into a queue and takes it out; and what the sink is asked to do."""


def check_wire(
    attempt: Callable[[EventBroadcaster, Callable[..., None], EventSink, EventSource], EventRecorder],
) -> Verdict:
    """Wire up a broadcaster whose recorder speaks at once, record one event more, and see who was told what."""
    wanted = ["Starting", "Late"]

    def scenario() -> tuple[list[str], list[str]]:
        sink = ScriptedSink()
        logged: list[str] = []

        def logf(text: str, *args: object) -> None:
            logged.append(str(args[2]))

        broadcaster = Eager()
        recorder = attempt(broadcaster, logf, sink, KUBELET)
        recorder.event(NODE, "Normal", "Late", "said afterwards")
        broadcaster.shutdown()
        return logged, [event.reason for event in sink.events()]

    run = simulate(scenario, max_steps=2_000)
    if (early := unfinished("With a recorder that speaks at once", run)) is not None:
        return early
    assert run.result is not None
    for who, heard in zip(("log", "sink"), run.result, strict=True):
        if heard != wanted:
            sentence = f"The {who} should hear {' and '.join(wanted)}, and hears {' and '.join(heard) or 'nothing'}."
            steps = [step for step in run.trace if step.operation in QUEUES and not step.blocked]
            return Verdict(False, sentence, steps)
    return Verdict(True, "Right: whoever watches was there before anybody could speak.")
