"""How Kubernetes records events, in Python: the parts of client-go's event pipeline, answering like the real ones.

Every public name can be imported from here. The modules, from the ground up: `runtime` (goroutines and clocks),
`channel`, `waitgroup`, `reference` and `event`, `broadcaster`, `correlator`, `sinks`, `recorder`, `kubelet`; and
`simulation`, which runs all of them step by step and needs greenlet (`kube-kevent[simulation]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kevent.broadcaster import (
    ADDED,
    BOOKMARK,
    DELETED,
    DROP_IF_CHANNEL_FULL,
    ERROR,
    INCOMING_QUEUE_LENGTH,
    MODIFIED,
    WAIT_IF_CHANNEL_FULL,
    Broadcaster,
    BroadcasterStopped,
    FullChannelBehavior,
    Watcher,
    WatchEvent,
)
from kevent.channel import (
    Channel,
    ChannelClosed,
    CloseOfClosedChannel,
    Receive,
    Send,
    SendOnClosedChannel,
    select,
)
from kevent.correlator import (
    CorrelatorOptions,
    EventAggregator,
    EventCorrelateResult,
    EventCorrelator,
    EventLogger,
    EventSourceObjectSpamFilter,
    event_aggregator_by_reason_func,
    event_aggregator_by_reason_message_func,
    get_event_key,
    get_spam_key,
)
from kevent.counters import SinkStatistics, Statistics, WatcherStatistics
from kevent.event import (
    EVENT_TYPE_NORMAL,
    EVENT_TYPE_WARNING,
    Event,
    EventSeries,
    EventSource,
    validate_event_type,
)
from kevent.kubelet import (
    COMPONENT_KUBELET,
    Dependencies,
    Kubelet,
    KubeletCommand,
    KubeletServer,
    make_event_recorder,
    new_kubelet_command,
    pod_life,
    run,
    run_kubelet,
)
from kevent.recorder import (
    DEFAULT_SLEEP_DURATION,
    MAX_QUEUED_EVENTS,
    MAX_TRIES_PER_EVENT,
    SHUTDOWN_TIMEOUT,
    EventBroadcaster,
    EventRecorder,
    FakeRecorder,
    Fate,
    record_event,
    record_to_sink,
)
from kevent.reference import (
    NilObjectError,
    NoKindError,
    NoSelfLinkError,
    NotAnObjectError,
    ObjectReference,
    ReferenceError_,
    Scheme,
    SelfLinkError,
    get_partial_reference,
    get_reference,
)
from kevent.runtime import (
    Condition,
    Goroutine,
    Lock,
    Panic,
    go,
    now,
    sleep,
)
from kevent.sinks import (
    EventSink,
    MemorySink,
    RequestConstructionError,
    SinkError,
    StatusError,
    UnexpectedObjectError,
    is_already_exists,
    is_key_not_found_error,
)
from kevent.waitgroup import (
    AtomicUint64,
    NegativeCounter,
    Semaphore,
    WaitGroup,
    WaitGroupMisuse,
    WaitGroupReused,
)

if TYPE_CHECKING:
    from kevent.exploration import (
        Exploration,
        Finding,
        Outcome,
        ScenarioChanged,
        SearchFailed,
        explore,
        search,
    )
    from kevent.simulation import (
        EPOCH,
        Deadlock,
        Run,
        Schedule,
        ScheduleMismatch,
        Simulation,
        Step,
        StepLimit,
        simulate,
    )
    from kevent.tracetable import (
        TraceTable,
    )

__version__ = "0.1.0"

__all__ = [
    "ADDED",
    "BOOKMARK",
    "COMPONENT_KUBELET",
    "DEFAULT_SLEEP_DURATION",
    "DELETED",
    "DROP_IF_CHANNEL_FULL",
    "EPOCH",
    "ERROR",
    "EVENT_TYPE_NORMAL",
    "EVENT_TYPE_WARNING",
    "INCOMING_QUEUE_LENGTH",
    "MAX_QUEUED_EVENTS",
    "MAX_TRIES_PER_EVENT",
    "MODIFIED",
    "SHUTDOWN_TIMEOUT",
    "WAIT_IF_CHANNEL_FULL",
    "AtomicUint64",
    "Broadcaster",
    "BroadcasterStopped",
    "Channel",
    "ChannelClosed",
    "CloseOfClosedChannel",
    "Condition",
    "CorrelatorOptions",
    "Deadlock",
    "Dependencies",
    "Event",
    "EventAggregator",
    "EventBroadcaster",
    "EventCorrelateResult",
    "EventCorrelator",
    "EventLogger",
    "EventRecorder",
    "EventSeries",
    "EventSink",
    "EventSource",
    "EventSourceObjectSpamFilter",
    "Exploration",
    "FakeRecorder",
    "Fate",
    "Finding",
    "FullChannelBehavior",
    "Goroutine",
    "Kubelet",
    "KubeletCommand",
    "KubeletServer",
    "Lock",
    "MemorySink",
    "NegativeCounter",
    "NilObjectError",
    "NoKindError",
    "NoSelfLinkError",
    "NotAnObjectError",
    "ObjectReference",
    "Outcome",
    "Panic",
    "Receive",
    "ReferenceError_",
    "RequestConstructionError",
    "Run",
    "ScenarioChanged",
    "Schedule",
    "ScheduleMismatch",
    "Scheme",
    "SearchFailed",
    "SelfLinkError",
    "Semaphore",
    "Send",
    "SendOnClosedChannel",
    "Simulation",
    "SinkError",
    "SinkStatistics",
    "Statistics",
    "StatusError",
    "Step",
    "StepLimit",
    "TraceTable",
    "UnexpectedObjectError",
    "WaitGroup",
    "WaitGroupMisuse",
    "WaitGroupReused",
    "WatchEvent",
    "Watcher",
    "WatcherStatistics",
    "__version__",
    "event_aggregator_by_reason_func",
    "event_aggregator_by_reason_message_func",
    "explore",
    "get_event_key",
    "get_partial_reference",
    "get_reference",
    "get_spam_key",
    "go",
    "is_already_exists",
    "is_key_not_found_error",
    "make_event_recorder",
    "new_kubelet_command",
    "now",
    "pod_life",
    "record_event",
    "record_to_sink",
    "run",
    "run_kubelet",
    "search",
    "select",
    "simulate",
    "sleep",
    "validate_event_type",
]

_SIMULATION = frozenset(
    {
        "Deadlock",
        "EPOCH",
        "Exploration",
        "Finding",
        "Outcome",
        "Run",
        "Schedule",
        "ScheduleMismatch",
        "ScenarioChanged",
        "SearchFailed",
        "Simulation",
        "Step",
        "StepLimit",
        "TraceTable",
        "explore",
        "search",
        "simulate",
    }
)


def __getattr__(name: str) -> Any:
    # The simulation needs greenlet; whoever only records events does not.
    if name in _SIMULATION:
        from kevent import exploration, simulation, tracetable

        homes = (module for module in (simulation, exploration, tracetable) if hasattr(module, name))
        return getattr(next(homes), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
