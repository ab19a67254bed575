"""A small kube-scheduler, which records with the newer recorder: its real reasons, actions and notes.

In Go: kube-scheduler at v1.37.2. `cmd/kube-scheduler/app` wires an adapter of both broadcasters up, `pkg/scheduler`
records. What is scheduled where is a script here; type, reason, action, note and objects of each event are the real
ones:

* `FailedScheduling` and `Scheduled`: `schedule_one.go <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/schedule_one.go>`__, lines 553, 1138 and 1253
* `Preempted`: `executor.go <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/preemption/executor.go>`__, line 158
* `BindingConditionsPending`: `dynamicresources.go <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/plugins/dynamicresources/dynamicresources.go>`__, line 1723
* the words for a pod that fits nowhere: `types.go <https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/scheduler/framework/types.go>`__, line 1470
* `LeaderElection`, by the older recorder: `leaselock.go <https://github.com/kubernetes/client-go/blob/v0.37.2/tools/leaderelection/resourcelock/leaselock.go>`__, line 108
"""  # noqa: E501 - addresses

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kevent import recorder, runtime
from kevent.event import EVENT_TYPE_NORMAL, EVENT_TYPE_WARNING
from kevent.events import EventBroadcasterAdapter, EventRecorder
from kevent.reference import ObjectReference
from kevent.sinks import EventSink

__all__ = [
    "DEFAULT_SCHEDULER_NAME", "NOTE_LENGTH_LIMIT", "Scheduler", "fit_error", "pod_waits", "setup", "truncate_message",
]  # fmt: skip

DEFAULT_SCHEDULER_NAME = "default-scheduler"
"""Whom the events name as their controller: the name of the profile. In Go: core/v1 DefaultSchedulerName."""

NOTE_LENGTH_LIMIT = 1024
"""Bytes that a server takes in a note. In Go: pkg/apis/core/validation NoteLengthLimit."""

FLUSH_AFTER = 5 * 60.0
"""Seconds after which a pod that nothing has helped is tried once more. In Go: DefaultPodMaxInUnschedulablePodsDuration
of `pkg/scheduler/backend/queue/scheduling_queue.go`; looked at every 30 seconds.
"""


def setup(core: EventSink, events_v1: EventSink | None) -> EventBroadcasterAdapter:
    """The broadcasters, recording. In Go: `Options.Config` (options.go:324), and `Run` (server.go:205), which starts
    them.
    """
    broadcaster = EventBroadcasterAdapter(core, events_v1)
    broadcaster.start_recording_to_sink()
    return broadcaster


class Scheduler:
    """What a scheduler does, as far as it is recorded. In Go: `scheduler.Scheduler` and its default plug-ins.

    A pod is a manifest (a dictionary). `recorder` is its profile's; `legacy` the older one, for the election of a
    leader.
    """

    def __init__(self, recorder: EventRecorder, legacy: recorder.EventRecorder) -> None:
        self.recorder = recorder
        self.legacy = legacy

    @classmethod
    def of(cls, broadcaster: EventBroadcasterAdapter, name: str = DEFAULT_SCHEDULER_NAME) -> Scheduler:
        """The scheduler of one profile. In Go: `getRecorderFactory` (server.go:419)."""
        return cls(broadcaster.new_recorder(name), broadcaster.deprecated_new_legacy_recorder(name))

    def became_leader(self, identity: str, lease: str = "kube-scheduler") -> None:
        """In Go: `LeaseLock.RecordEvent`, by `LeaderElector.acquire`."""
        about = ObjectReference("Lease", "kube-system", lease, "", "coordination.k8s.io/v1")
        self.legacy.eventf(about, EVENT_TYPE_NORMAL, "LeaderElection", "%s", f"{identity} became leader")

    def skip_pod_schedule(self, pod: Mapping[str, Any]) -> bool:
        """Whether the pod is being deleted; then it is recorded. In Go: `skipPodSchedule`."""
        metadata = pod["metadata"]
        if not metadata.get("deletionTimestamp"):
            return False
        self.recorder.eventf(
            pod, None, EVENT_TYPE_WARNING, "FailedScheduling", "Scheduling", "skip schedule deleting pod: %s/%s",
            metadata.get("namespace", ""), metadata["name"],
        )  # fmt: skip
        return True

    def handle_scheduling_failure(self, pod: Mapping[str, Any], error: str) -> None:
        """In Go: `handleSchedulingFailure`. Go takes the words for a format; a `%` in them shows."""
        note = truncate_message(error)
        self.recorder.eventf(pod, None, EVENT_TYPE_WARNING, "FailedScheduling", "Scheduling", note)

    def finish_binding(self, pod: Mapping[str, Any], node: str) -> None:
        """In Go: `finishBinding`."""
        metadata = pod["metadata"]
        self.recorder.eventf(
            pod, None, EVENT_TYPE_NORMAL, "Scheduled", "Binding", "Successfully assigned %s/%s to %s",
            metadata.get("namespace", ""), metadata["name"], node,
        )  # fmt: skip

    def preempt_pod(
        self, victim: Mapping[str, Any], preemptor: Mapping[str, Any], node: str, *, in_memory: bool = False
    ) -> None:
        """Record about the victim; the pod it made room for is the related object. In Go: `Executor.PreemptPod`.

        `in_memory` is for a victim that was not bound yet, and goes back to the queue instead of being deleted.
        """
        note = f"Preempted by pod {preemptor['metadata'].get('uid', '')} on node {node}"
        if in_memory:
            note += " (in kube-scheduler memory)."
        self.recorder.eventf(victim, preemptor, EVENT_TYPE_NORMAL, "Preempted", "Preempting", note)

    def wait_for_devices(self, pod: Mapping[str, Any], node: str) -> None:
        """In Go: `DynamicResources.PreBind`."""
        self.recorder.eventf(
            pod, None, EVENT_TYPE_NORMAL, "BindingConditionsPending", "Scheduling",
            "waiting for binding conditions for device on node %s", node,
        )  # fmt: skip


def fit_error(nodes: int, reasons: Mapping[str, int], post_filter: str = "") -> str:
    """The words for a pod that fits on none of so many nodes, each reason with how many gave it. In Go:
    `FitError.Error`.

    The reasons are sorted as texts, so "10 …" comes before "9 …".
    """
    words = f"0/{nodes} nodes are available:"
    if reasons:
        words += f" {', '.join(sorted(f'{count} {reason}' for reason, count in reasons.items()))}."
    return f"{words} {post_filter}" if post_filter else words


def truncate_message(message: str) -> str:
    """No more than a server takes. In Go: `truncateMessage`, which cuts through the middle of a letter if need be."""
    encoded = message.encode()
    if len(encoded) <= NOTE_LENGTH_LIMIT:
        return message
    return encoded[: NOTE_LENGTH_LIMIT - 4].decode("utf-8", "ignore") + " ..."


def pod_waits(
    scheduler: Scheduler, pod: dict[str, Any], *, tries: int = 6, nodes: int = 3, node: str = "node-1"
) -> None:
    """Play a pod that fits nowhere, is tried again every five minutes, and is bound in the end.

    The first failure writes a condition into the pod's status, and with it another resource version: the events after
    it are about another reference than the first, and the series begins with the second.
    """
    error = fit_error(
        nodes,
        {"Insufficient cpu": nodes},
        f"preemption: 0/{nodes} nodes are available: {nodes} No preemption victims found for incoming pod.",
    )
    for number in range(tries):
        scheduler.handle_scheduling_failure(pod, error)
        if number == 0:
            metadata = pod["metadata"]
            pod = {**pod, "metadata": {**metadata, "resourceVersion": str(int(metadata["resourceVersion"]) + 1)}}
        runtime.sleep(FLUSH_AFTER)
    scheduler.finish_binding(pod, node)
