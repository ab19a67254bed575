"""The counts of broadcasters as OpenTelemetry's instruments, and writes as spans (`kube-kevent[opentelemetry]`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation, get_meter
from opentelemetry.trace import SpanKind, Tracer, get_tracer

from kevent.event import Event
from kevent.metrics import METRICS, Counting, Metric, read
from kevent.sinks import EventSink

__all__ = ["TracedSink", "observe"]


def observe(broadcasters: Mapping[str, Counting], meter: Meter | None = None) -> None:
    """Make an instrument for each metric of `kevent.metrics`, such as "kevent.sink.rejected".

    `broadcasters` are those of the process, each under the name that the attribute `broadcaster` shall have. The
    mapping is looked at each time, so a broadcaster may come and go. `meter` is by default the provider's of the
    process.
    """
    meter = meter or get_meter("kevent")
    for metric in METRICS:
        make = meter.create_observable_counter if metric.grows else meter.create_observable_up_down_counter
        make(metric.name.replace("_", ".", 1 if metric.of == "broadcaster" else 2), [_callback(metric, broadcasters)],
             unit="{event}", description=metric.help)  # fmt: skip


def _callback(
    metric: Metric, broadcasters: Mapping[str, Counting]
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observed(options: CallbackOptions) -> Iterable[Observation]:
        [values] = [values for each, values in read(broadcasters) if each is metric]
        return [Observation(value, dict(labels)) for labels, value in values.items()]

    return observed


class TracedSink:
    """A sink with a span around each write: `create event`, `patch event`. An `EventSink`.

    A span begins where the event reaches the sink, in the broadcaster's goroutine, after the correlator: it is not a
    part of the trace in which the event was recorded. What the sink raises is recorded in it.
    """

    def __init__(self, sink: EventSink, tracer: Tracer | None = None) -> None:
        self._sink = sink
        self._tracer = tracer or get_tracer("kevent")

    def create(self, event: Event) -> Event:
        """As the sink's."""
        return self._traced("create event", event, self._sink.create, event)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """As the sink's."""
        return self._traced("patch event", event, self._sink.patch, event, patch)

    def _traced(self, name: str, event: Event, write: Callable[..., Event], *arguments: Any) -> Event:
        about: dict[str, str | int] = {
            "k8s.namespace.name": event.namespace,
            "k8s.event.name": event.name,
            "k8s.event.reason": event.reason,
            "k8s.event.count": event.count,
            "k8s.object.kind": event.involved_object.kind,
            "k8s.object.name": event.involved_object.name,
        }
        with self._tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=about):
            return write(*arguments)
