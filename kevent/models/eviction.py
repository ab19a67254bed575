"""The kubelet's eviction manager: what is low on the node, which pod has to go, and the two events that say so.

In Go: `pkg/kubelet/eviction` of release-1.10. Here: the hard thresholds, the order of resources and pods, the loop, and
its events. Not here: soft thresholds and their grace periods, minimum reclaim, node conditions, limits of local
storage, static pods, admission, and the notifications of the kernel; none of them records a third reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kevent import runtime
from kevent.event import EVENT_TYPE_WARNING
from kevent.recorder import EventRecorder
from kevent.reference import ObjectReference

__all__ = [
    "DEFAULT_THRESHOLDS",
    "EVICTION_MONITORING_PERIOD",
    "POD_CLEANUP_POLL_FREQ",
    "POD_CLEANUP_TIMEOUT",
    "EvictionManager",
    "Observation",
    "RunningPod",
    "Threshold",
]

EVICTION_MONITORING_PERIOD = 10.0
"""Seconds between two looks at the node if nothing was evicted. In Go: `evictionMonitoringPeriod`, kubelet.go."""

POD_CLEANUP_TIMEOUT = 30.0
"""Seconds to wait for an evicted pod's resources to come back. In Go: `podCleanupTimeout`."""

POD_CLEANUP_POLL_FREQ = 1.0
"""Seconds between two looks at an evicted pod. In Go: `podCleanupPollFreq`."""

MI = 1 << 20


class Threshold(NamedTuple):
    """Less than this, and something has to go. In Go: `evictionapi.Threshold`."""

    signal: str
    resource: str
    """What the signal is about, as the events call it. In Go: `signalToResource`."""
    quantity: int = 0
    """Bytes, or inodes; or 0 if it is a share."""
    share: float = 0.0
    """Of the capacity."""


DEFAULT_THRESHOLDS = (
    Threshold("memory.available", "memory", quantity=100 * MI),
    Threshold("nodefs.available", "nodefs", share=0.10),
    Threshold("nodefs.inodesFree", "nodefsInodes", share=0.05),
    Threshold("imagefs.available", "imagefs", share=0.15),
)
"""In Go: `pkg/kubelet/apis/kubeletconfig/v1beta1/defaults.go`, lines 169 to 178."""


class Observation(NamedTuple):
    """What a signal says. In Go: `signalObservation`."""

    available: int
    capacity: int


@dataclass
class RunningPod:
    """A pod as the eviction manager sees it: what it asked for, what it uses, how much it matters."""

    manifest: dict[str, Any]
    priority: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)

    def above_request(self, resource: str) -> int:
        """How much more it uses than it asked for; negative if less."""
        return self.usage.get(resource, 0) - self.requests.get(resource, 0)


class EvictionManager:
    """Looks at the node every ten seconds, and evicts one pod if something is low. In Go: `managerImpl`.

    `observe` gives the observations by signal, `active_pods` the pods that run, `kill_pod` ends one and says whether it
    could, `cleaned_up` says whether a killed pod's resources are back, `reclaim` tries to free a resource of the node
    without evicting anybody and says whether that was enough.
    """

    def __init__(
        self,
        recorder: EventRecorder,
        node_ref: ObjectReference,
        *,
        observe: Callable[[], Mapping[str, Observation]],
        active_pods: Callable[[], Sequence[RunningPod]],
        kill_pod: Callable[[RunningPod], bool],
        cleaned_up: Callable[[RunningPod], bool] = lambda pod: True,
        reclaim: Callable[[str], bool] = lambda resource: False,
        thresholds: Sequence[Threshold] = DEFAULT_THRESHOLDS,
    ) -> None:
        self.recorder = recorder
        self.node_ref = node_ref
        self._observe = observe
        self._active_pods = active_pods
        self._kill_pod = kill_pod
        self._cleaned_up = cleaned_up
        self._reclaim = reclaim
        self._thresholds = thresholds
        self._stopping = False

    def start(self) -> None:
        """Begin to look, in a goroutine of its own. In Go: `Start`, which never ends; see `stop`."""
        runtime.go(self._monitor, name="eviction manager")

    def stop(self) -> None:
        """Look no more after the present pause. In Go: nothing."""
        self._stopping = True

    def _monitor(self) -> None:
        while not self._stopping:
            if evicted := self.synchronize():
                self._wait_for_cleanup(evicted)
            else:
                runtime.sleep(EVICTION_MONITORING_PERIOD)

    def synchronize(self) -> RunningPod | None:
        """Look once. Returns the pod that was evicted, if any. In Go: `synchronize`.

        Both events are recorded before anything is done, and whatever comes of it.
        """
        starved = self._starved_resources()
        if not starved:
            return None
        resource = min(starved, key=lambda name: name != "memory")  # memory first
        self.recorder.eventf(
            self.node_ref, EVENT_TYPE_WARNING, "EvictionThresholdMet", "Attempting to reclaim %s", resource
        )
        if self._reclaim(resource):
            return None
        for pod in self._ranked(resource):
            # Go passes the finished message as a format.
            message = f"The node was low on resource: {resource}."
            self.recorder.eventf(pod.manifest, EVENT_TYPE_WARNING, "Evicted", message)
            self._kill_pod(pod)
            return pod  # at most one
        return None

    def _starved_resources(self) -> list[str]:
        """In Go: `thresholdsMet` and `getStarvedResources`."""
        observations = self._observe()
        starved = []
        for threshold in self._thresholds:
            seen = observations.get(threshold.signal)
            if seen is not None and seen.available < (threshold.quantity or threshold.share * seen.capacity):
                starved.append(threshold.resource)
        return starved

    def _ranked(self, resource: str) -> list[RunningPod]:
        """The first has to go: above its request, then of low priority, then furthest above.

        In Go: `rankMemoryPressure`; `rankDiskPressureFunc` has the same shape.
        """

        def rank(pod: RunningPod) -> tuple[bool, int, int]:
            above = pod.above_request(resource)
            return above <= 0, pod.priority, -above

        return sorted(self._active_pods(), key=rank)

    def _wait_for_cleanup(self, pod: RunningPod) -> None:
        """In Go: `waitForPodsCleanup`."""
        for _ in range(int(POD_CLEANUP_TIMEOUT / POD_CLEANUP_POLL_FREQ)):
            runtime.sleep(POD_CLEANUP_POLL_FREQ)
            if self._cleaned_up(pod):
                return
