"""The counts of broadcasters for Prometheus, by prometheus_client (`kube-kevent[prometheus]`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from kevent.metrics import METRICS, Counting, Metric, read

__all__ = ["BroadcasterCollector"]


class BroadcasterCollector(Collector):
    """Tells the counts of broadcasters each time that somebody asks. For `prometheus_client.REGISTRY.register`.

    `broadcasters` are those of the process, each under the name that the label `broadcaster` shall have. The mapping is
    looked at each time, so a broadcaster may come and go. The names are those of `kevent.metrics`, a counter's with
    `_total` at its end: `kevent_sink_rejected_total{broadcaster="core",sink="api"}`.
    """

    def __init__(self, broadcasters: Mapping[str, Counting]) -> None:
        self._broadcasters = broadcasters

    def describe(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """The metrics without their values: a registry looks for names that are taken."""
        return map(_family, METRICS)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """The metrics with their values now."""
        for metric, values in read(self._broadcasters):
            family = _family(metric)
            for labels, value in values.items():
                family.add_metric([text for _, text in labels], value)
            yield family


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    labels = ["broadcaster"] if metric.of == "broadcaster" else ["broadcaster", metric.of]
    return (CounterMetricFamily if metric.grows else GaugeMetricFamily)(metric.name, metric.help, labels=labels)
