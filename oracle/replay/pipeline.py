"""Replaying what happens to one event after another: keys, correlator, sink, recorder, references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from kevent import runtime
from kevent.broadcaster import DROP_IF_CHANNEL_FULL, Broadcaster
from kevent.correlator import CorrelatorOptions, EventCorrelator, get_event_key, group_key_of, spam_key_of
from kevent.event import Event, EventSource
from kevent.recorder import BroadcastRecorder
from kevent.reference import NoReferenceError, ObjectReference, Scheme, get_reference
from kevent.simulation import simulate
from kevent.sinks import RequestConstructionError, StatusError, UnexpectedObjectError
from kevent.writing import record_to_sink

from .vectors import TAUGHT, NotUnderstood, Scenario, items, need

BASE_TIME = 1_549_324_800_000_000_000  # 2019-02-05T00:00:00Z in Unix nanoseconds


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = BASE_TIME

    def __call__(self) -> int:
        return self.time

    def advance(self, step: dict[str, Any]) -> None:
        if "advanceNS" in step:
            self.time += need(step, "advanceNS", int)


# --- what goes in and what comes out --------------------------------------------------------------


def new_event(step: dict[str, Any], time: int) -> Event:
    """The event that a step describes."""
    data = need(step, "event", dict)
    return Event(
        reporting_controller=data.get("reportingController", ""),
        reporting_instance=data.get("reportingInstance", ""),
        name=data.get("name", ""),
        namespace=data.get("namespace", ""),
        involved_object=ObjectReference.from_dict(data.get("obj") or {}),
        reason=data.get("reason", ""),
        message=data.get("message", ""),
        source=EventSource(data.get("component", ""), data.get("host", "")),
        first_timestamp=time,
        last_timestamp=time,
        count=1,
        type=data.get("type", ""),
        annotations=data.get("annotations"),
    )


def fill_event(number: int, time: int) -> Event:
    """One of the events about ever new objects with which a `fill` step crowds the caches."""
    name = f"fill-{number}"
    return Event(
        name=name,
        namespace="default",
        involved_object=ObjectReference("Pod", "default", name, name, "v1"),
        reason="Fill",
        message="fill",
        source=EventSource("kubelet", "node-1"),
        first_timestamp=time,
        last_timestamp=time,
        count=1,
        type="Normal",
    )


def reference_answer(reference: ObjectReference) -> dict[str, str]:
    return {
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
        "uid": reference.uid,
        "apiVersion": reference.api_version,
        "resourceVersion": reference.resource_version,
        "fieldPath": reference.field_path,
    }


def event_answer(event: Event) -> dict[str, Any]:
    reporter = {
        "reportingController": event.reporting_controller,
        "reportingInstance": event.reporting_instance,
    }
    return {key: value for key, value in reporter.items() if value} | {
        "name": event.name,
        "namespace": event.namespace,
        "involvedObject": reference_answer(event.involved_object),
        "reason": event.reason,
        "message": event.message,
        "source": {"component": event.source.component, "host": event.source.host},
        "firstTimestamp": event.first_timestamp,
        "lastTimestamp": event.last_timestamp,
        "count": event.count,
        "type": event.type,
        "annotations": None if event.annotations is None else dict(event.annotations),
        "resourceVersion": event.resource_version,
    }


# --- keys and correlator --------------------------------------------------------------------------


def replay_keys(scenario: Scenario, release: str = TAUGHT) -> Iterator[tuple[str, Any]]:
    clock = FakeClock()
    group_key, spam_key = group_key_of(release), spam_key_of(release)
    answers = []
    for step in items(scenario, "steps"):
        clock.advance(step)
        event = new_event(step, clock.time)
        aggregate_key, local_key = group_key(event)
        answers.append(
            {
                "eventKey": get_event_key(event),
                "spamKey": spam_key(event),
                "aggregateKey": aggregate_key,
                "localKey": local_key,
            }
        )
    yield "", answers


def as_taught(options: CorrelatorOptions) -> EventCorrelator:
    """A correlator of the release that the vectors are of."""
    return EventCorrelator(options, release=TAUGHT)


def replay_correlator(
    scenario: Scenario, kind: Callable[[CorrelatorOptions], EventCorrelator] = as_taught
) -> Iterator[tuple[str, Any]]:
    clock = FakeClock()
    group_key, spam_key = group_key_of(TAUGHT), spam_key_of(TAUGHT)  # a port of the class has none of its own
    correlator = kind(CorrelatorOptions(clock=clock, key_func=group_key, spam_key_func=spam_key))

    def correlate(event: Event) -> dict[str, Any]:
        result = correlator.event_correlate(event)
        answer: dict[str, Any] = {"skip": result.skip}
        if result.event is not None:
            correlator.update_state(result.event)
            answer["event"] = event_answer(result.event)
        if result.patch is not None:
            answer["patch"] = result.patch
        return answer

    answers: list[Any] = []
    for step in items(scenario, "steps"):
        clock.advance(step)
        if "fill" in step:
            for number in range(need(step, "fill", int)):
                correlate(fill_event(number, clock.time))
            answers.append(None)
        else:
            answers.append(correlate(new_event(step, clock.time)))
    yield "", answers


# --- sink -----------------------------------------------------------------------------------------

REFUSALS: dict[str, Exception] = {
    "not-found": StatusError.not_found("events", "x"),
    "already-exists": StatusError.already_exists("events", "x"),
    "forbidden": StatusError.forbidden("events", "x", "no"),
    "too-many-requests": StatusError.too_many_requests("slow down"),
    "internal-error": StatusError.internal_error("broken"),
    "server-timeout": StatusError.server_timeout("events", "create"),
    "conflict": StatusError.conflict("events", "x", "changed"),
    "invalid-construction": RequestConstructionError("no host"),
    "unexpected-object": UnexpectedObjectError("a page of HTML"),
    "connection-refused": ConnectionRefusedError("connection refused"),
}
"""What a sink raises for each answer a script can give; `ok` raises nothing."""


class ScriptedSink:
    """Answers as it is told, and writes down what it was asked."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.script: list[Any] = []
        self.version = 0

    def begin(self, script: list[Any]) -> None:
        self.calls, self.script = [], list(script)

    def create(self, event: Event) -> Event:
        return self._answer({"verb": "create", "event": event_answer(event)}, event)

    def update(self, event: Event) -> Event:
        return self._answer({"verb": "update", "event": event_answer(event)}, event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        return self._answer({"verb": "patch", "event": event_answer(event), "patch": patch}, event)

    def _answer(self, call: dict[str, Any], event: Event) -> Event:
        answer = self.script.pop(0) if self.script else "ok"
        self.calls.append({**call, "answer": answer})
        if answer != "ok":
            raise REFUSALS[answer]
        self.version += 1
        stored = event.copy()
        stored.resource_version = str(self.version)
        return stored


def replay_sink(scenario: Scenario, release: str = TAUGHT) -> Iterator[tuple[str, Any]]:
    clock = FakeClock()
    correlator = EventCorrelator(CorrelatorOptions(clock=clock), release=release)
    sink = ScriptedSink()
    answers = []
    for step in items(scenario, "steps"):
        clock.advance(step)
        script = step.get("script") or []
        for answer in script:
            if answer != "ok" and answer not in REFUSALS:
                raise NotUnderstood(f"unknown answer of a sink: {answer!r}")
        sink.begin(script)
        record_to_sink(sink, new_event(step, clock.time), correlator, random=lambda: 0.5, pause=lambda _: True)
        answers.append(sink.calls)
    yield "", answers


# --- recorder -------------------------------------------------------------------------------------


def replay_recorder(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    source = EventSource(**need(scenario, "source", dict))

    def run() -> list[Any]:
        clock = FakeClock()
        return [_record(call, source, clock) for call in items(scenario, "calls")]

    finished = simulate(run, max_steps=10_000_000)
    if finished.error is not None:
        raise finished.error
    yield "", finished.result


def _record(call: dict[str, Any], source: EventSource, clock: FakeClock) -> Any:
    """What one call makes the watcher of a fresh broadcaster receive."""
    clock.advance(call)
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release=TAUGHT)
    watcher = broadcaster.watch()
    recorder = BroadcastRecorder(broadcaster, source, clock=clock, release=TAUGHT)
    obj = None if call.get("obj") is None else ObjectReference.from_dict(call["obj"])
    event_type, reason, message = (need(call, key, str) for key in ("type", "reason", "message"))
    method = call.get("method")
    if method == "event":
        recorder.event(obj, event_type, reason, message)
    elif method == "past":
        time = BASE_TIME + need(call, "pastNS", int)
        recorder.past_eventf(obj, time, event_type, reason, "%s", message)
    elif method == "annotated":
        recorder.annotated_eventf(obj, call.get("annotations"), event_type, reason, "%s", message)
    else:
        raise NotUnderstood(f"unknown method of a recorder: {method!r}")
    runtime.sleep(1e-9)  # time moves when everything has been distributed
    received, ok = watcher.result_chan.try_receive()
    broadcaster.shutdown()
    if not ok or received is None:
        return None
    return {"watchType": received.type, "event": event_answer(received.object)}


# --- references -----------------------------------------------------------------------------------


CORE = ("Pod", "Node", "Service", "Event", "Namespace")
SCHEME: Scheme = {f"V1{kind}{plural}": ("v1", f"{kind}{plural}") for kind in CORE for plural in ("", "List")}
"""What the oracle's scheme knows, by the names that the classes have in Python."""


def replay_references(scenario: Scenario, release: str = TAUGHT) -> Iterator[tuple[str, Any]]:
    """Once with objects in attributes, once with manifest dictionaries wherever the object says its kind."""
    objects = items(scenario, "refs")
    yield "objects with attributes", [_refer(as_object(data), release) for data in objects]
    yield "manifests", [_refer(_as_manifest(data), release) for data in objects]


def _refer(obj: Any, release: str) -> dict[str, Any]:
    try:
        reference = get_reference(obj, SCHEME, release=release)
    except NoReferenceError as error:
        return {"error": error.in_go}  # what follows it in `str()` is for Python programs
    return {"ref": reference_answer(reference), "go_syntax": reference.go_syntax()}


def as_object(data: dict[str, Any]) -> Any:
    """What the Kubernetes client for Python would hand over for an object of this Go type."""
    go_type = need(data, "__go", str)
    if go_type == "nil":
        return None
    if go_type == "ObjectReference":
        return ObjectReference.from_dict(data)
    metadata = data.get("metadata") or {}
    model: Any = type(f"V1{go_type}", (SimpleNamespace,), {})
    return model(
        kind=data.get("kind"),
        api_version=data.get("apiVersion"),
        items=data.get("items", [] if go_type.endswith("List") else None),
        metadata=SimpleNamespace(
            name=metadata.get("name"),
            namespace=metadata.get("namespace"),
            uid=metadata.get("uid"),
            resource_version=metadata.get("resourceVersion"),
            self_link=metadata.get("selfLink"),
        ),
    )


def _as_manifest(data: dict[str, Any]) -> Any:
    if not data.get("kind") or data.get("__go") in ("nil", "ObjectReference"):
        return as_object(data)
    manifest = {key: value for key, value in data.items() if key != "__go"}
    if data["__go"].endswith("List"):
        manifest.setdefault("items", [])
    return manifest
