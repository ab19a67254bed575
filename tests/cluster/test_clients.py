"""Each sink on a client of Kubernetes writes into a real API server, and so do an operator and an elected leader."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kopf
import pytest
import yaml
from kubernetes import client
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

import kevent.kopf
from kevent import EventBroadcaster, EventSource, ObjectReference, events
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.kr8s import Kr8sSink
from kevent.sinks.kubernetes import KubernetesSink
from kevent.sinks.kubernetes_asyncio import KubernetesAsyncioSink
from kevent.sinks.lightkube import LightkubeSink
from kevent.sinks.rest import RestSink
from oracle.apiserver import PATIENCE, Cluster
from tests.sinks.test_adapters import block

MADE = "made by a test"


@pytest.fixture
def recorders(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The server, where every client finds the configuration of one who may only record."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    path = str(cluster.recorders_kubeconfig)
    monkeypatch.setenv("KUBECONFIG", path)
    for module in "kubernetes", "kubernetes_asyncio":
        monkeypatch.setattr(f"{module}.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", path)
    return cluster


@pytest.mark.filterwarnings("ignore:Kubernetes version:UserWarning")  # kr8s knows of older ones only
@pytest.mark.parametrize("make", [KubernetesSink, KubernetesAsyncioSink, Kr8sSink, LightkubeSink])
def test_a_sink_writes_for_both_recorders(recorders: Cluster, namespace: str, make: Callable[[], RestSink]) -> None:
    sink = make()
    about = ObjectReference("Pod", namespace, "web", "u", "v1")
    with EventBroadcaster() as core, events.EventBroadcaster(EventsV1(sink)) as newer:
        core.start_recording_to_sink(sink)
        newer.start_recording_to_sink()
        for _ in range(3):
            core.new_recorder(EventSource("web-controller")).event(about, "Warning", "SyncFailed", MADE)
            newer.new_recorder("web-controller").eventf(about, None, "Normal", "Synced", "Syncing", MADE)
            assert core.flush(timeout=PATIENCE)
            assert newer.flush(timeout=PATIENCE)
    assert sink.serves_events_v1()
    sink.close()
    stored = {event["reason"]: event for event in recorders.events(namespace)}
    assert stored["SyncFailed"]["count"] == 3
    assert stored["Synced"]["series"]["count"] == 3
    managers = {field["manager"] for event in stored.values() for field in event["metadata"]["managedFields"]}
    assert managers == {"kevent"}


def test_an_asyncio_controller(recorders: Cluster, namespace: str) -> None:
    """An asynchronous program whose loop goes on while the last events are written."""
    beats: list[int] = []

    async def program() -> None:
        async def beat() -> None:
            while True:
                beats.append(1)
                await asyncio.sleep(0)

        beating = asyncio.create_task(beat())
        sink = KubernetesAsyncioSink()
        async with EventBroadcaster() as broadcaster:
            broadcaster.start_recording_to_sink(sink)
            recorder = broadcaster.new_recorder(EventSource("web-controller"))
            recorder.event(ObjectReference("Pod", namespace, "web", "u", "v1"), "Normal", "Synced", MADE)
            before = len(beats)
        assert len(beats) > before
        beating.cancel()
        sink.close()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(program())).result(PATIENCE)
    assert [event["message"] for event in recorders.events(namespace)] == [MADE]


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: webs.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: webs, singular: web, kind: Web}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


@pytest.fixture
def webs(cluster: Cluster) -> Iterator[str]:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster.ask("POST", path, yaml.safe_load(CRD))
    cluster.wait(lambda: "items" in cluster.ask("GET", "/apis/example.com/v1/webs"), "no resource of its own")
    yield "/apis/example.com/v1"
    cluster.ask("DELETE", f"{path}/webs.example.com")


def test_a_kopf_operator(cluster: Cluster, namespace: str, webs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.recorders_kubeconfig))
    registry = kopf.OperatorRegistry()
    kevent.kopf.record("web-operator", KubernetesSink, registry=registry)
    kopf.on.login(registry=registry)(kopf.login_with_kubeconfig)
    created = threading.Event()

    @kopf.on.create("example.com", "v1", "webs", registry=registry)
    def create(body: Any, memo: Any, **_: Any) -> None:
        memo.recorder.event(dict(body), "Normal", "Created", "the first sync has begun")
        created.set()

    ready, stop = threading.Event(), threading.Event()
    settings = kopf.OperatorSettings()

    async def operator() -> None:
        await kopf.operator(
            registry=registry,
            namespaces=[namespace],
            standalone=True,
            ready_flag=ready,
            stop_flag=stop,
            settings=settings,
        )

    with ThreadPoolExecutor(1) as elsewhere:
        running = elsewhere.submit(lambda: asyncio.run(operator()))
        try:
            assert ready.wait(PATIENCE)
            made = {"apiVersion": "example.com/v1", "kind": "Web", "metadata": {"name": "web"}}
            cluster.ask("POST", f"{webs}/namespaces/{namespace}/webs", made)
            assert created.wait(PATIENCE)
        finally:
            stop.set()
        running.result(PATIENCE)
    settings.execution.executor.shutdown()
    assert "the first sync has begun" in cluster.kubectl("describe", "webs", "web", "-n", namespace)
    [event] = cluster.events(namespace)
    assert (event["source"]["component"], event["involvedObject"]["kind"]) == ("web-operator", "Web")
    web = cluster.ask("GET", f"{webs}/namespaces/{namespace}/webs/web")
    web["metadata"]["finalizers"] = []
    cluster.ask("PUT", f"{webs}/namespaces/{namespace}/webs/web", web)


def test_who_stands_by_records_and_who_loses_the_lease_flushes(cluster: Cluster, namespace: str) -> None:
    """With the official client's election: one of two leads; both record; the end of the lease waits for the events."""
    from kubernetes import config

    api = config.new_client_from_config(str(cluster.kubeconfig))  # type: ignore[no-untyped-call,unused-ignore]
    about = ObjectReference("ConfigMap", namespace, "web-controller", "u", "v1")
    led = threading.Event()
    stored: list[str] = []  # when the lease is lost, and no later
    sink = KubernetesSink(api, qps=None)
    broadcaster = EventBroadcaster()
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("web-controller", "pod-1"))

    class Lock(ConfigMapLock):  # type: ignore[misc,unused-ignore]
        """One that somebody else takes away."""

        def update(self, *arguments: Any) -> Any:
            return False if led.is_set() else super().update(*arguments)

    def start() -> None:
        recorder.event(about, "Normal", "LeaderElection", "pod-1 became leader")
        led.set()

    page: dict[str, Any] = {"recorder": recorder, "about": about, "broadcaster": broadcaster}
    exec(block("python", "on_stopped_leading"), page)

    def stop() -> None:
        page["on_stopped_leading"]()
        stored.extend(event["message"] for event in cluster.events(namespace))

    recorder.event(about, "Normal", "StandingBy", "pod-1 waits for the lease")
    lock = Lock("web-controller", namespace, "pod-1")
    lock.api_instance = client.CoreV1Api(api)
    election = leaderelection.LeaderElection(
        electionconfig.Config(
            lock, lease_duration=3, renew_deadline=2, retry_period=1, onstarted_leading=start, onstopped_leading=stop
        )
    )
    election.run()
    assert stored == ["pod-1 waits for the lease", "pod-1 became leader", "stopped leading"]
    broadcaster.shutdown()
    sink.close()
