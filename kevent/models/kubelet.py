"""A small kubelet: the real call chain, the real reasons, and nothing else.

In Go: package app, `cmd/kubelet/app/server.go`, wires the recorder up, `pkg/kubelet` uses it. The chain is
NewKubeletCommand → Run → run → makeEventRecorder; what happens to a pod afterwards is a script here, but type, reason,
message and object of each event are those of the kubelet at v1.14.0-alpha.2.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kevent import runtime
from kevent.event import EVENT_TYPE_NORMAL, EVENT_TYPE_WARNING, EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.recorder import EventRecorder
from kevent.reference import ObjectReference, get_partial_reference
from kevent.sinks import EventSink

__all__ = [
    "COMPONENT_KUBELET",
    "Dependencies",
    "Kubelet",
    "KubeletCommand",
    "KubeletServer",
    "make_event_recorder",
    "new_kubelet_command",
    "pod_life",
    "run",
    "run_kubelet",
]

klog = logging.getLogger("kevent.models.kubelet")

COMPONENT_KUBELET = "kubelet"
"""The component that the kubelet's events name as their source. In Go: `componentKubelet`."""


@dataclass
class KubeletServer:
    """What the command line said. In Go: `options.KubeletServer`."""

    node_name: str = "node-1"
    kubeconfig: bool = True
    """Without a kubeconfig the kubelet is in standalone mode: it has no API server to write events to."""
    verbosity: int = 2
    """klog's `-v`. Events are logged at 3 and above."""


@dataclass
class Dependencies:
    """What a kubelet is given or makes for itself. In Go: `kubelet.Dependencies`, of which this is two fields."""

    event_client: EventSink | None = None
    """Where events are written. In Go: `EventClient`, from which makeEventRecorder makes a sink."""
    recorder: EventRecorder | None = None
    """Set by `make_event_recorder`; one that is there already stays."""
    broadcaster: EventBroadcaster | None = None
    """Unlike the kubelet, which drops its broadcaster after wiring it up and never shuts it down, we keep it."""
    release: str = "1.21"
    """Which client-go its broadcaster does as. In Go the kubelet is built with one: here it is the first whose recorder
    keeps the order of events.
    """


class KubeletCommand:
    """The command, ready to be executed. In Go: the `cobra.Command` that NewKubeletCommand returns."""

    def __init__(self, server: KubeletServer, dependencies: Dependencies) -> None:
        self._server = server
        self._dependencies = dependencies

    def execute(self) -> Kubelet:
        """Run the kubelet. In Go it never returns; here it returns the kubelet, for the script that plays the node."""
        return run(self._server, self._dependencies)


def new_kubelet_command(
    server: KubeletServer | None = None, dependencies: Dependencies | None = None
) -> KubeletCommand:
    """Prepare the command. In Go: `NewKubeletCommand` (server.go:108), which reads flags and configuration."""
    return KubeletCommand(server or KubeletServer(), dependencies or Dependencies())


def run(server: KubeletServer, dependencies: Dependencies) -> Kubelet:
    """Say that the kubelet starts, and start it. In Go: `Run` (server.go:406)."""
    klog.info("Starting a kubelet on %s", server.node_name)
    return _run(server, dependencies)


def _run(server: KubeletServer, dependencies: Dependencies) -> Kubelet:
    """Make what is missing in the dependencies, then run. In Go: `run` (server.go:469)."""
    if not server.kubeconfig:
        dependencies.event_client = None
        klog.warning("standalone mode, no API client")
    make_event_recorder(dependencies, server.node_name, verbosity=server.verbosity)
    return run_kubelet(server, dependencies)


def make_event_recorder(dependencies: Dependencies, node_name: str, *, verbosity: int = 2) -> None:
    """Give the dependencies a recorder, unless they have one. In Go: `makeEventRecorder` (server.go:454).

    A broadcaster, a recorder in front of it, a log behind it, and a sink behind it if there is an API server to write
    to. The recorder is there before either watcher: what is recorded in between nobody sees.
    """
    if dependencies.recorder is not None:
        return
    broadcaster = dependencies.broadcaster = EventBroadcaster(release=dependencies.release)
    dependencies.recorder = broadcaster.new_recorder(EventSource(component=COMPONENT_KUBELET, host=node_name))
    broadcaster.start_logging(_info_if(verbosity >= 3), name="log")
    if dependencies.event_client is not None:
        klog.debug("Sending events to api server.")
        broadcaster.start_recording_to_sink(dependencies.event_client, name="sink")
    else:
        klog.warning("No api server defined - no events will be sent to API server.")


def _info_if(enabled: bool) -> Callable[..., None]:
    """In Go: `klog.V(3).Infof`, a method of a value that was decided here and now, once for all events to come."""

    def infof(message: str, *args: object) -> None:
        if enabled:
            klog.info(message, *args)

    return infof


def run_kubelet(server: KubeletServer, dependencies: Dependencies) -> Kubelet:
    """Create the kubelet and let it say so. In Go: `RunKubelet` (server.go:943)."""
    make_event_recorder(dependencies, server.node_name, verbosity=server.verbosity)  # the second call does nothing
    assert dependencies.recorder is not None
    kubelet = Kubelet(server.node_name, dependencies.recorder)
    kubelet.birth_cry()
    return kubelet


class Kubelet:
    """What happens on a node, as far as it is recorded. In Go: `kubelet.Kubelet` and the managers it owns.

    A pod is a manifest (a dictionary); a container is named. Each method records what the kubelet's code records
    there, about the object that it is recorded about.
    """

    def __init__(self, node_name: str, recorder: EventRecorder) -> None:
        self.recorder = recorder
        # As in Go the node's name stands in for its UID.
        self.node_ref = ObjectReference(kind="Node", name=node_name, uid=node_name)

    def birth_cry(self) -> None:
        """In Go: `Kubelet.BirthCry` (kubelet.go:2193)."""
        self.recorder.eventf(self.node_ref, EVENT_TYPE_NORMAL, "Starting", "Starting kubelet.")

    def ensure_image_exists(self, pod: dict[str, Any], container: str, image: str, *, present: bool) -> None:
        """In Go: `imageManager.EnsureImageExists` (image_manager.go:116, 130, 144)."""
        about = _container_ref(pod, container)
        if present:
            message = f'Container image "{image}" already present on machine'
            self.recorder.event(about, EVENT_TYPE_NORMAL, "Pulled", message)
            return
        self.recorder.event(about, EVENT_TYPE_NORMAL, "Pulling", f'pulling image "{image}"')
        runtime.sleep(2)
        self.recorder.event(about, EVENT_TYPE_NORMAL, "Pulled", f'Successfully pulled image "{image}"')

    def start_container(self, pod: dict[str, Any], container: str) -> None:
        """In Go: `startContainer` (kuberuntime_container.go:134, 149)."""
        about = _container_ref(pod, container)
        self.recorder.event(about, EVENT_TYPE_NORMAL, "Created", "Created container")
        self.recorder.event(about, EVENT_TYPE_NORMAL, "Started", "Started container")

    def probe_failed(self, pod: dict[str, Any], container: str, output: str, *, probe: str = "Liveness") -> None:
        """In Go: `prober.probe` (prober.go:113). `probe` is "Liveness" or "Readiness"."""
        self.recorder.eventf(
            _container_ref(pod, container), EVENT_TYPE_WARNING, "Unhealthy", "%s probe failed: %s", probe, output
        )

    def kill_container(self, pod: dict[str, Any], container: str, container_id: str, reason: str) -> None:
        """In Go: `killContainer` (kuberuntime_container.go:591).

        recordContainerEvent puts the container's name in place of its ID: an ID in the message would make each
        event a new one, and nothing could be counted.
        """
        message = f"Killing container docker://{container_id}:{reason}".replace(container_id, container)
        self.recorder.event(_container_ref(pod, container), EVENT_TYPE_NORMAL, "Killing", message)

    def back_off(self, pod: dict[str, Any], container: str) -> None:
        """In Go: `doBackOff` (kuberuntime_manager.go:792)."""
        self.recorder.eventf(
            _container_ref(pod, container), EVENT_TYPE_WARNING, "BackOff", "Back-off restarting failed container"
        )

    def evict(self, pod: dict[str, Any], container: str, resource: str, usage: str, request: str) -> None:
        """In Go: `synchronize` and `evictPod` (eviction_manager.go:332, 557)."""
        self.recorder.eventf(
            self.node_ref, EVENT_TYPE_WARNING, "EvictionThresholdMet", "Attempting to reclaim %s", resource
        )
        message = (
            f"The node was low on resource: {resource}. "
            f"Container {container} was using {usage}, which exceeds its request of {request}. "
        )
        annotations = {
            "offending_containers": container,
            "offending_containers_usage": usage,
            "starved_resource": resource,
        }
        self.recorder.annotated_eventf(pod, annotations, EVENT_TYPE_WARNING, "Evicted", message)


def _container_ref(pod: dict[str, Any], container: str) -> ObjectReference:
    """A reference to one container in a pod. In Go: `kubecontainer.GenerateContainerRef`."""
    return get_partial_reference(pod, f"spec.containers{{{container}}}")


def pod_life(
    kubelet: Kubelet,
    pod: dict[str, Any],
    *,
    container: str = "app",
    image: str = "nginx:1.15",
    back_offs: int = 5,
    evicted: bool = True,
) -> None:
    """Play a pod's life: pulled, started, unhealthy, killed, started again, crashing, and evicted in the end.

    Takes about two minutes on the clock of `runtime`. Every pass of the sync loop that finds the container in back-off
    records the same event; `back_offs` is how many there are.
    """
    kubelet.ensure_image_exists(pod, container, image, present=False)
    kubelet.start_container(pod, container)
    for _ in range(3):
        runtime.sleep(10)
        kubelet.probe_failed(pod, container, "HTTP probe failed with statuscode: 500")
    kubelet.kill_container(
        pod, container, "4f2c0d1b", "Container failed liveness probe.. Container will be killed and recreated."
    )
    kubelet.ensure_image_exists(pod, container, image, present=True)
    kubelet.start_container(pod, container)
    for _ in range(back_offs):
        runtime.sleep(15)
        kubelet.back_off(pod, container)
    if evicted:
        kubelet.evict(pod, container, "memory", "700Mi", "256Mi")
        kubelet.kill_container(pod, container, "9b1e77aa", "Need to kill Pod")
