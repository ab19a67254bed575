"""How Kubernetes records events, in Python: the parts of client-go's event pipeline, answering like the real ones.

Every public name can be imported from here. The modules, from the ground up: `runtime` (goroutines and clocks),
`channel`, `waitgroup`, `reference` and `event`, `broadcaster`, `correlator`, `sinks`, `recorder`, `kubelet`; and
`simulation`, which runs all of them step by step and needs greenlet (`kube-kevent[simulation]`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kevent.runtime import (
    Condition,
    go,
    Goroutine,
    Lock,
    now,
    Panic,
    sleep,
)
from kevent.channel import (
    Channel,
    ChannelClosed,
    CloseOfClosedChannel,
    Receive,
    select,
    Send,
    SendOnClosedChannel,
)
from kevent.waitgroup import (
    AtomicUint64,
    NegativeCounter,
    Semaphore,
    WaitGroup,
    WaitGroupMisuse,
    WaitGroupReused,
)
from kevent.reference import (
    get_partial_reference,
    get_reference,
    NilObjectError,
    NoKindError,
    NoSelfLinkError,
    NotAnObjectError,
    ObjectReference,
    ReferenceError_,
    Scheme,
    SelfLinkError,
)
from kevent.event import (
    Event,
    EVENT_TYPE_NORMAL,
    EVENT_TYPE_WARNING,
    EventSeries,
    EventSource,
    validate_event_type,
)
from kevent.broadcaster import (
    ADDED,
    BOOKMARK,
    Broadcaster,
    BroadcasterStopped,
    DELETED,
    DROP_IF_CHANNEL_FULL,
    ERROR,
    FullChannelBehavior,
    INCOMING_QUEUE_LENGTH,
    MODIFIED,
    WAIT_IF_CHANNEL_FULL,
    Watcher,
    WatchEvent,
)
from kevent.correlator import (
    CorrelatorOptions,
    event_aggregator_by_reason_func,
    event_aggregator_by_reason_message_func,
    EventAggregator,
    EventCorrelateResult,
    EventCorrelator,
    EventLogger,
    EventSourceObjectSpamFilter,
    get_event_key,
    get_spam_key,
)
from kevent.sinks import (
    EventSink,
    is_already_exists,
    is_key_not_found_error,
    MemorySink,
    RequestConstructionError,
    SinkError,
    StatusError,
    UnexpectedObjectError,
)
from kevent.recorder import (
    DEFAULT_SLEEP_DURATION,
    EventBroadcaster,
    EventRecorder,
    FakeRecorder,
    Fate,
    MAX_QUEUED_EVENTS,
    MAX_TRIES_PER_EVENT,
    record_event,
    record_to_sink,
    SHUTDOWN_TIMEOUT,
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

if TYPE_CHECKING:
    from kevent.simulation import (
        Deadlock,
        EPOCH,
        Run,
        Schedule,
        ScheduleMismatch,
        simulate,
        Simulation,
        Step,
        StepLimit,
    )
    from kevent.exploration import (
        Exploration,
        explore,
        Finding,
        Outcome,
        search,
        SearchFailed,
    )

__version__ = "0.1.0"

__all__ = [
    "ADDED",
    "AtomicUint64",
    "BOOKMARK",
    "Broadcaster",
    "BroadcasterStopped",
    "COMPONENT_KUBELET",
    "Channel",
    "ChannelClosed",
    "CloseOfClosedChannel",
    "Condition",
    "CorrelatorOptions",
    "DEFAULT_SLEEP_DURATION",
    "DELETED",
    "DROP_IF_CHANNEL_FULL",
    "Deadlock",
    "Dependencies",
    "EPOCH",
    "ERROR",
    "EVENT_TYPE_NORMAL",
    "EVENT_TYPE_WARNING",
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
    "INCOMING_QUEUE_LENGTH",
    "Kubelet",
    "KubeletCommand",
    "KubeletServer",
    "Lock",
    "MAX_QUEUED_EVENTS",
    "MAX_TRIES_PER_EVENT",
    "MODIFIED",
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
    "SHUTDOWN_TIMEOUT",
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
    "StatusError",
    "Step",
    "StepLimit",
    "UnexpectedObjectError",
    "WAIT_IF_CHANNEL_FULL",
    "WaitGroup",
    "WaitGroupMisuse",
    "WaitGroupReused",
    "WatchEvent",
    "Watcher",
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
        "SearchFailed",
        "Simulation",
        "Step",
        "StepLimit",
        "explore",
        "search",
        "simulate",
    }
)


def __getattr__(name: str) -> Any:
    # The simulation needs greenlet; whoever only records events does not.
    if name in _SIMULATION:
        from kevent import exploration, simulation

        return getattr(simulation if hasattr(simulation, name) else exploration, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
