"""A server that goes away, hangs, or does not know who asks: what was accepted is in the store or in the counts."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kevent import Event, EventBroadcaster, EventSource, ObjectReference, StatusError, events
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.kubernetes import KubernetesSink
from oracle.apiserver import PATIENCE, RECORDER, Cluster
from tests.support import POD


@pytest.fixture
def recorders(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The server, for a sink that loads the configuration of one who may only record."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.recorders_kubeconfig))
    return cluster


@pytest.fixture
def sink(recorders: Cluster) -> Iterator[KubernetesSink]:
    sink = KubernetesSink(qps=None, timeout=5, forbidden_grace=30)
    yield sink
    sink.close()


def about(namespace: str, number: int) -> ObjectReference:
    return ObjectReference("Pod", namespace, f"web-{number}", f"u-{number}", "v1")


class Core:
    """The recorder of core/v1."""

    def __init__(self, sink: KubernetesSink) -> None:
        self.broadcaster: Any = EventBroadcaster(sleep_duration=0.5, queue_length=1000)
        self.broadcaster.start_recording_to_sink(sink)
        self._recorder = self.broadcaster.new_recorder(EventSource("web-controller"))

    def record(self, namespace: str, number: int) -> None:
        self._recorder.event(about(namespace, number), "Normal", "Synced", f"the {number}th")


class Newer:
    """The recorder of events.k8s.io/v1, with a goroutine for each event."""

    def __init__(self, sink: KubernetesSink) -> None:
        self.broadcaster: Any = events.EventBroadcaster(EventsV1(sink), sleep_duration=0.5)
        self.broadcaster.start_recording_to_sink()
        self._recorder = self.broadcaster.new_recorder("web-controller")

    def record(self, namespace: str, number: int) -> None:
        self._recorder.eventf(about(namespace, number), None, "Normal", "Synced", "Syncing", f"the {number}th")


@pytest.mark.parametrize("kind", [Core, Newer])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda end: str(end.name))
def test_a_restart_in_mid_stream(
    recorders: Cluster, sink: KubernetesSink, namespace: str, kind: Callable[[KubernetesSink], Any], end: signal.Signals
) -> None:
    one = kind(sink)
    with one.broadcaster as broadcaster:
        for number in range(100):
            one.record(namespace, number)
            if number == 50:
                assert broadcaster.flush(timeout=PATIENCE)
                recorders.kill("kube-apiserver", end)
            if number == 75:
                recorders.start_server()
        assert broadcaster.flush(timeout=PATIENCE)
        [counts] = broadcaster.statistics().sinks
        statistics = broadcaster.statistics()
    stored = {event["involvedObject"]["name"] for event in recorders.events(namespace)}
    assert stored == {f"web-{number}" for number in range(100)}
    assert (counts.created, counts.rejected, counts.given_up, statistics.dropped) == (100, 0, 0, 0)
    assert counts.retried > 0, "there was an outage"


@pytest.mark.parametrize("kind", [Core, Newer])
def test_a_store_that_stands_still(recorders: Cluster, namespace: str, kind: Callable[[KubernetesSink], Any]) -> None:
    """The server waits for etcd, the sink gives up waiting; whether it was stored then is not known."""
    sink = KubernetesSink(qps=None, timeout=0.5)
    one = kind(sink)
    with one.broadcaster as broadcaster:
        one.record(namespace, 0)
        assert broadcaster.flush(timeout=PATIENCE)
        recorders.send("etcd", signal.SIGSTOP)
        try:
            one.record(namespace, 1)
            broadcaster.flush(timeout=1.5)  # in which the sink gives up twice; a server may give up, too
        finally:
            recorders.send("etcd", signal.SIGCONT)
        assert broadcaster.flush(timeout=PATIENCE)
        [counts] = broadcaster.statistics().sinks
    sink.close()
    stored = len(recorders.events(namespace))
    assert counts.created <= stored
    assert counts.created + counts.rejected + counts.given_up == 2
    assert counts.given_up == 0
    assert counts.retried + counts.rejected > 0, "there was an outage"


def test_a_token_that_has_ended_is_read_again(
    cluster: Cluster, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads(cluster.recorders_kubeconfig.read_text())
    config["users"][0]["user"] = {"tokenFile": str(tmp_path / "token")}
    (tmp_path / "config").write_text(json.dumps(config))
    (tmp_path / "token").write_text("ended")
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "config"))
    sink = KubernetesSink(qps=None)
    event = Event(name="web.1", namespace=namespace, involved_object=about(namespace, 1), reason="R")
    with pytest.raises(StatusError) as caught:
        sink.create(event)
    assert (caught.value.reason, caught.value.code) == ("Unauthorized", 401)
    (tmp_path / "token").write_text(RECORDER)
    assert sink.create(event).namespace == namespace
    sink.close()


def test_what_a_server_refuses_for_good(recorders: Cluster, namespace: str) -> None:
    sink = KubernetesSink(qps=None, forbidden_grace=30)
    ending = f"{namespace}-ending"
    recorders.make_namespace(ending)
    recorders.ask("DELETE", f"/api/v1/namespaces/{ending}")  # without a controller it never ends
    for place, code, cause in ("nowhere", 404, ()), (ending, 403, ("NamespaceTerminating",)):
        with pytest.raises(StatusError) as caught:
            sink.create(Event(name="web.1", namespace=place, involved_object=about(place, 1), reason="R"))
        assert (caught.value.code, caught.value.causes) == (code, cause)
    sink.close()


def test_a_missing_right_is_final_after_its_grace(recorders: Cluster, namespace: str) -> None:
    sink = KubernetesSink(qps=None, forbidden_grace=1)
    asked = Event(name="web.1", namespace=namespace, involved_object=about(namespace, 1), reason="R")
    for _ in range(2):  # a recorder may not update
        with pytest.raises(StatusError) as caught:
            sink.update(asked)
        assert caught.value.code == 403
    sink.close()


def test_an_event_that_has_expired_is_created_again_with_its_count() -> None:
    with Cluster(event_ttl="2s") as cluster:
        cluster.make_namespace("shop")
        from kubernetes import config

        sink = KubernetesSink(config.new_client_from_config(str(cluster.kubeconfig)), qps=None)  # type: ignore[no-untyped-call,unused-ignore]
        with EventBroadcaster() as broadcaster:
            broadcaster.start_recording_to_sink(sink)
            recorder = broadcaster.new_recorder(EventSource("web-controller"))
            recorder.event(POD, "Normal", "R", "m")
            assert broadcaster.flush(timeout=PATIENCE)
            cluster.wait(lambda: cluster.events("shop") == [], "the event does not expire")
            recorder.event(POD, "Normal", "R", "m")
        [stored] = cluster.events("shop")
        sink.close()
    assert stored["count"] == 2
