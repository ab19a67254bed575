"""Self-checks of chapter 17."""

from __future__ import annotations

from kevent import CorrelatorOptions, EventBroadcaster, EventSource, MemorySink
from kevent.correlator import get_spam_key
from kevent.models.eviction import EvictionManager, Observation, RunningPod
from kevent.models.kubelet import Kubelet
from kevent.runtime import sleep

from .running import result

MI = 1 << 20


def _pod(name: str, request: int, usage: int) -> RunningPod:
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "uid": name}}
    return RunningPod(manifest, 0, {"memory": request * MI}, {"memory": usage * MI})


def _node(pods, before, options=None):
    """A node without memory: what is recorded first, then ten seconds or more of its eviction manager; the sink."""

    def scenario():
        sink = MemorySink(ttl=None)
        broadcaster = EventBroadcaster(correlator_options=options, release="1.14")
        broadcaster.start_recording_to_sink(sink, name="sink")
        recorder = broadcaster.new_recorder(EventSource("kubelet", "node-1"))
        kubelet = Kubelet("node-1", recorder)
        manager = EvictionManager(
            recorder,
            kubelet.node_ref,
            observe=lambda: {"memory.available": Observation(0, 100 * MI)},
            active_pods=lambda: pods,
            kill_pod=lambda pod: pods.remove(pod) is None,
        )
        seconds = before(kubelet)
        manager.start()
        sleep(seconds)
        manager.stop()
        broadcaster.shutdown()
        return sink.events(), broadcaster.statistics()

    return result(scenario)


def _seen(events) -> str:
    return "It is to be seen." if any(event.reason == "Evicted" for event in events) else "It is lost."


def seen_of_the_eviction() -> str:
    """A readiness probe fails every ten seconds for six minutes, then the pod is evicted: what is stored of that."""
    web = _pod("web", 100, 400)

    def loud(kubelet):
        for _ in range(36):
            kubelet.probe_failed(web.manifest, "app", "HTTP probe failed with statuscode: 500", probe="Readiness")
            sleep(10)
        return 0.5

    events, _ = _node([web], loud)
    if _seen(events) == "It is lost.":
        return "Nothing"
    (evicted,) = (event for event in events if event.reason == "Evicted")
    return "A warning, Evicted" if evicted.count == 1 else "Evicted, some minutes later"


def another_pod() -> str:
    """`web` is loud, `batch` is evicted: whether its eviction is stored."""
    web, batch = _pod("web", 300, 200), _pod("batch", 100, 400)

    def loud(kubelet):
        for _ in range(600):
            kubelet.probe_failed(web.manifest, "app", "HTTP probe failed with statuscode: 500", probe="Readiness")
            sleep(1)
        return 0.5

    return _seen(_node([web, batch], loud)[0])


def how_many_are_written() -> int:
    """No memory and no pod for 20 minutes: writes that reach the sink."""
    (sink,) = _node([], lambda kubelet: 20 * 60 - 0.5)[1].sinks
    return sink.created + sink.patched


def normal_noise() -> str:
    """Loud with Normal events under a key that has the type, then evicted: whether the eviction is stored."""
    web = _pod("web", 100, 400)

    def loud(kubelet):
        for _ in range(20):
            kubelet.ensure_image_exists(web.manifest, "app", "nginx", present=True)
            kubelet.recorder.event(web.manifest, "Normal", "Created", "Created container")
            sleep(3)
        return 0.5

    options = CorrelatorOptions(spam_key_func=lambda event: get_spam_key(event) + event.type)
    return _seen(_node([web], loud, options)[0])
