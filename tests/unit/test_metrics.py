"""The counts of broadcasters, as two libraries for metrics get them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from kevent import Event, EventBroadcaster, MemorySink, StatusError, events
from kevent.counters import SinkStatistics, Statistics, WatcherStatistics
from kevent.metrics import METRICS, read
from kevent.metrics.opentelemetry import TracedSink, observe
from kevent.metrics.prometheus import BroadcasterCollector
from tests.support import MINUTE, POD, SOURCE


class Refusing(MemorySink):
    """A sink that wants no Warnings."""

    def create(self, event: Event) -> Event:
        if event.type == "Warning":
            raise StatusError.too_many_requests("no")
        return super().create(event)


@pytest.fixture
def two() -> Iterator[dict[str, Any]]:
    """A broadcaster of each kind, which have written one event and two, and been refused one."""
    with EventBroadcaster() as core, events.EventBroadcaster(MemorySink(), name="e-") as newer:
        core.start_recording_to_sink(Refusing(), name="api")
        newer.start_recording_to_sink(name="newer-api")
        recorder, other = core.new_recorder(SOURCE), newer.new_recorder("test")
        types: tuple[Any, ...] = "Normal", "Warning"
        for event_type in types:
            recorder.event(POD, event_type, event_type, "m")
            other.eventf(POD, None, event_type, event_type, "A", "m")
        recorder.event(POD, "Odd", "R", "m")  # type: ignore[arg-type]
        assert core.flush(timeout=MINUTE)
        assert newer.flush(timeout=MINUTE)
        yield {"core": core, "newer": newer}


def test_every_number_is_a_metric() -> None:
    parts = {"broadcaster": Statistics, "watcher": WatcherStatistics, "sink": SinkStatistics}
    fields = {
        (of, field.name)
        for of, part in parts.items()
        for field in dataclasses.fields(part)
        if field.name not in ("name", "watchers", "sinks")
    }
    assert {(metric.of, metric.field) for metric in METRICS} == fields
    assert len(METRICS) == len(fields)


def test_watchers_of_one_name_are_added_up() -> None:
    twice = tuple(WatcherStatistics("w", delivered=number) for number in (2, 3))

    class Counts:
        def statistics(self) -> Statistics:
            return Statistics(1, 0, 0, 0, 0, twice, ())

    values = {metric.name: reading for metric, reading in read({"b": Counts()})}
    assert values["kevent_watcher_delivered"] == {(("broadcaster", "b"), ("watcher", "w")): 5}
    assert values["kevent_accepted"] == {(("broadcaster", "b"),): 1}


def test_prometheus_gets_them(two: dict[str, Any], complaints: Any) -> None:
    registry = CollectorRegistry()
    registry.register(BroadcasterCollector(two))
    complaints.take()
    lines = generate_latest(registry).decode().splitlines()
    counts = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(counts['kevent_sink_created_total{broadcaster="core",sink="api"}']) == 1
    assert float(counts['kevent_sink_rejected_total{broadcaster="core",sink="api"}']) == 1
    assert float(counts['kevent_accepted_total{broadcaster="newer"}']) == 2
    assert float(counts['kevent_invalid_total{broadcaster="core"}']) == 1
    assert float(counts['kevent_queued{broadcaster="core"}']) == 0
    assert "# TYPE kevent_queued gauge" in lines
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(BroadcasterCollector({}))


def test_a_broadcaster_may_come_later() -> None:
    broadcasters: dict[str, Any] = {}
    registry = CollectorRegistry()
    registry.register(BroadcasterCollector(broadcasters))
    assert registry.get_sample_value("kevent_accepted_total", {"broadcaster": "late"}) is None
    with EventBroadcaster() as broadcasters["late"]:
        assert registry.get_sample_value("kevent_accepted_total", {"broadcaster": "late"}) == 0


def test_opentelemetry_gets_them(two: dict[str, Any], complaints: Any) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    observe(two, provider.get_meter("test"))
    complaints.take()
    data: Any = reader.get_metrics_data()
    found = {
        (metric.name, tuple(sorted(point.attributes.items()))): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    provider.shutdown()
    assert found["kevent.sink.rejected", (("broadcaster", "core"), ("sink", "api"))] == 1
    assert found["kevent.sink.given_up", (("broadcaster", "core"), ("sink", "api"))] == 0
    assert found["kevent.accepted", (("broadcaster", "newer"),)] == 2
    assert {name for name, _ in found} == {metric.name.replace("_", ".", 1 + (metric.of != "broadcaster"))
                                           for metric in METRICS}  # fmt: skip


def test_a_write_is_a_span(complaints: Any) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(TracedSink(Refusing(), provider.get_tracer("test")))
        recorder = broadcaster.new_recorder(SOURCE)
        for event_type in "Normal", "Normal", "Warning":
            recorder.event(POD, event_type, "R", "m")
    complaints.take()
    provider.shutdown()
    created, patched, refused = exporter.get_finished_spans()
    assert [created.name, patched.name, refused.name] == ["create event", "patch event", "create event"]
    assert dict(created.attributes or {})["k8s.object.name"] == "web"
    assert dict(patched.attributes or {})["k8s.event.count"] == 2
    assert refused.status.status_code.name == "ERROR"
    assert [event.name for event in refused.events] == ["exception"]
