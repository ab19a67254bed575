"""What a broadcaster counts, as metrics: a name, what it means, and labels that tell several broadcasters apart.

In Go: nothing; client-go does not count its events. `kevent.metrics.prometheus` and `kevent.metrics.opentelemetry` hand
these numbers to the library of that name. Every number of `kevent.counters` is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from kevent.counters import Statistics

__all__ = ["METRICS", "Counting", "Metric", "Reading", "read"]


class Counting(Protocol):
    """Something that counts: either broadcaster."""

    def statistics(self) -> Statistics:
        """The numbers so far."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a broadcaster, of each of its watchers, or of each of its sinks."""

    of: Literal["broadcaster", "watcher", "sink"]
    field: str
    """In the dataclass of `kevent.counters`."""
    help: str
    grows: bool = True
    """Whether it only grows."""

    @property
    def name(self) -> str:
        """Such as `kevent_dropped` and `kevent_sink_rejected`; a counter's ending `_total` is the library's to add."""
        return f"kevent_{'' if self.of == 'broadcaster' else f'{self.of}_'}{self.field}"


METRICS = (
    Metric("broadcaster", "accepted", "Events taken in and distributed to the watchers there were."),
    Metric("broadcaster", "queued", "Events taken in and not yet distributed.", grows=False),
    Metric("broadcaster", "dropped", "Events not taken in: the incoming queue was full, or the broadcaster shut down."),
    Metric("broadcaster", "unreferenced", "Events not recorded: there was no way to refer to the object."),
    Metric("broadcaster", "invalid", "Events not recorded: a wrong type of event, or of an argument."),
    Metric("watcher", "delivered", "Events put on the watcher's queue."),
    Metric("watcher", "dropped", "Events not put on the watcher's queue, because that was full."),
    Metric("watcher", "handled", "Events that the handler has dealt with."),
    Metric("watcher", "lost", "Events left on the queue of a handler that has ended."),
    Metric("sink", "created", "Events that the sink stored as new ones."),
    Metric("sink", "patched", "Events that the sink stored as repetitions."),
    Metric("sink", "retried", "Further tries to reach the sink."),
    Metric("sink", "given_up", "Events that the sink was not reached for in all tries, or before the shutdown."),
    Metric("sink", "rejected", "Events that the sink refused for good."),
    Metric("sink", "filtered", "Events that were not sent: their source had used up its budget for the object."),
    Metric("sink", "counted", "Events added to a series, of which the sink is told now and then."),
)
"""All there are, in the order in which an event meets them."""

Reading = dict[tuple[tuple[str, str], ...], int]
"""A metric's values by its labels."""


def read(broadcasters: Mapping[str, Counting]) -> Iterator[tuple[Metric, Reading]]:
    """Each metric with its values now. The labels are `broadcaster`, its name here, and `watcher` or `sink`.

    Watchers of one name, such as one that has ended and one that took its place, are added up. Never waits.
    """
    told = {name: broadcaster.statistics() for name, broadcaster in broadcasters.items()}
    for metric in METRICS:
        values: Reading = {}
        for name, statistics in told.items():
            if metric.of == "broadcaster":
                values[(("broadcaster", name),)] = getattr(statistics, metric.field)
                continue
            for part in statistics.watchers if metric.of == "watcher" else statistics.sinks:
                labels = ("broadcaster", name), (metric.of, part.name)
                values[labels] = values.get(labels, 0) + getattr(part, metric.field)
        yield metric, values
