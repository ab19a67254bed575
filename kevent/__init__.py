"""How Kubernetes records events, in Python: the parts of client-go's event pipeline, answering as a release of it does.

Any release from 1.14 to the newest, which is the default: where releases differ there is an argument `release`.

Here is what a program that records events needs. The rest lives in its rooms: `kevent.broadcaster`, `kevent.channel`,
`kevent.waitgroup`, `kevent.correlator`, `kevent.runtime`, …; and `kevent.simulation`, which runs all of them step by
step and needs greenlet (`kube-kevent[simulation]`).

What goes wrong with an event, on its way from a recorder to a sink, is logged as an error of the logger
`kevent.recorder`, whichever module sees it: one line a fault, and for a fault that repeats one line in ten seconds
with a count (`kevent.sparing`). An exception that ends a goroutine is logged on `kevent.runtime`.
"""

from __future__ import annotations

from kevent.broadcaster import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
)
from kevent.correlator import CorrelatorOptions
from kevent.counters import SinkStatistics, Statistics, WatcherStatistics
from kevent.errors import KeventError
from kevent.event import EVENT_TYPE_NORMAL, EVENT_TYPE_WARNING, Event, EventSeries, EventSource, EventType
from kevent.event_broadcaster import EventBroadcaster
from kevent.fake import FakeRecorder
from kevent.recorder import EventRecorder
from kevent.reference import NoReferenceError, ObjectReference, Scheme, get_partial_reference, get_reference
from kevent.sinks import EventSink, MemorySink, RequestConstructionError, SinkError, StatusError

__version__ = "0.1.0"

__all__ = [
    "DROP_IF_CHANNEL_FULL",
    "EVENT_TYPE_NORMAL",
    "EVENT_TYPE_WARNING",
    "WAIT_IF_CHANNEL_FULL",
    "Broadcaster",
    "BroadcasterStopped",
    "CorrelatorOptions",
    "Event",
    "EventBroadcaster",
    "EventRecorder",
    "EventSeries",
    "EventSink",
    "EventSource",
    "EventType",
    "FakeRecorder",
    "KeventError",
    "MemorySink",
    "NoReferenceError",
    "ObjectReference",
    "RequestConstructionError",
    "Scheme",
    "SinkError",
    "SinkStatistics",
    "Statistics",
    "StatusError",
    "WatcherStatistics",
    "__version__",
    "get_partial_reference",
    "get_reference",
]
