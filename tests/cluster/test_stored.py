"""What a real API server stores of kevent's recorders is what it stores of client-go's, object by object."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kevent import EventBroadcaster, EventSource, ObjectReference, events
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.kubernetes import KubernetesSink
from kevent.sinks.rest import USER_AGENT
from oracle import toolchain
from oracle.apiserver import ADMIN, Cluster
from tests.support import MINUTE, python

RELEASE = toolchain.releases()[-1]


def pod(number: int, namespace: str, **more: str) -> dict[str, str]:
    said = {"kind": "Pod", "namespace": namespace, "name": f"web-{number}", "uid": f"u-{number}", "apiVersion": "v1"}
    return said | more


def told(about: dict[str, str], reason: str, message: str = "m", **more: Any) -> dict[str, Any]:
    return {"About": about, "Type": "Normal", "Reason": reason, "Action": "Acting", "Message": message, **more}


def script(namespace: str) -> list[dict[str, Any]]:
    """What is recorded: repetitions, an aggregation, a budget that runs dry, and unusual objects, words and marks."""
    field = {"fieldPath": "spec.containers{web}", "resourceVersion": "12"}
    return [
        *[told(pod(0, namespace), "Repeated", "once more") for _ in range(4)],
        *[told(pod(1, namespace), "Similar", f"the {number}th of its kind") for number in range(13)],
        *[told(pod(2, namespace), "Flood", f"m {number % 2}", Type="Warning") for number in range(30)],
        told(pod(3, namespace, **field), "Field"),
        told(pod(4, namespace), "Words", "ünïcode, \"quotes\", \\ and\nlines < > & %s %d 100%"),
        told(pod(5, namespace), "Long", "x" * 1024),
        told({"kind": "Node", "name": f"node-{namespace}", "uid": "n", "apiVersion": "v1"}, "NoNamespace"),
        told(pod(6, namespace), "Related", Related=pod(7, namespace)),
        told(pod(8, namespace), "Type", Type="Odd"),
        told(pod(9, namespace, name="Web.9"), "Empty", ""),
        told({"kind": "Web", "namespace": namespace, "name": "w", "uid": "", "apiVersion": "example.com/v1"}, "Custom"),
    ]  # fmt: skip


def reference(said: dict[str, str] | None) -> ObjectReference | None:
    return None if said is None else ObjectReference.from_dict(said)


def by_kevent(cluster: Cluster, kind: str, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Record them all, and note how many requests each has made."""
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.kubeconfig))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    sink = KubernetesSink(qps=None)
    made: Any
    if kind == "core":
        made = EventBroadcaster(release=RELEASE)
        made.start_recording_to_sink(sink)
        recorder = made.new_recorder(EventSource("web-controller", "node-1"))
    else:
        made = events.EventBroadcaster(EventsV1(sink))
        made.start_recording_to_sink()
        recorder = made.new_recorder("web-controller")
    requests = 0
    for each in records:
        about, kind_of, reason, message = reference(each["About"]), each["Type"], each["Reason"], each["Message"]
        if kind == "core":
            recorder.annotated_eventf(about, each.get("Annotations"), kind_of, reason, "%s", message)
            assert made.flush(timeout=MINUTE)
        else:
            recorder.eventf(about, reference(each.get("Related")), kind_of, reason, each["Action"], "%s", message)
            assert made._going.wait(None)  # not `flush`, which tells the sink what client-go keeps to itself
            assert made._handled(None)
            assert made._series.wait(None)
        [counts] = made.statistics().sinks
        before, requests = requests, counts.created + counts.patched + counts.rejected
        each["Writes"] = requests - before
    if kind != "core":
        made._series._untold.clear()
    made.shutdown()
    sink.close()


def by_client_go(cluster: Cluster, kind: str, records: list[dict[str, Any]]) -> None:
    """Record them all with the real recorder, which may take no request more or less."""
    question = {
        "Host": cluster.url, "CA": str(cluster.authority), "Token": ADMIN, "Agent": USER_AGENT, "Recorder": kind,
        "Component": "web-controller", "Node": "node-1", "Records": records,
    }  # fmt: skip
    ended = subprocess.run(
        [toolchain.beside("stored", RELEASE)], input=json.dumps(question), capture_output=True, text=True,
        timeout=2 * MINUTE, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) == sum(each["Writes"] for each in records)


def without_chance(stored: list[dict[str, Any]], namespace: str) -> list[Any]:
    """Events without what differs from run to run: numbers of times keep their count of digits."""

    def shape(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: shape(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [shape(inner, key) for inner in value]
        if key in ("uid", "resourceVersion") and value not in ("", "12") and not re.fullmatch(r"(u-\d+|n)", str(value)):
            return "given by the server"
        if isinstance(value, str):
            value = value.replace(namespace, "NAMESPACE")
            value = re.sub(
                r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", lambda found: re.sub(r"\d", "0", found[0]), value
            )
            if key == "name":
                value = re.sub(r"\.[0-9a-f]{16}$", ".TIME", value)
                value = re.sub(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "UUID", value)
        return value

    return sorted((shape(each) for each in stored), key=lambda each: json.dumps(each, sort_keys=True))


@pytest.mark.parametrize("kind", ["core", "events"])
def test_the_server_stores_what_it_stores_of_client_go(
    cluster: Cluster, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both: dict[str, list[Any]] = {}
    writes: list[int] = []
    for who in "kevent", "client-go":
        namespace = f"stored-{kind}-{who}"
        cluster.make_namespace(namespace)
        records = script(namespace)
        if who == "kevent":
            by_kevent(cluster, kind, records, monkeypatch)
            writes = [each["Writes"] for each in records]
        else:
            for each, count in zip(records, writes, strict=True):
                each["Writes"] = count
            by_client_go(cluster, kind, records)
        stored = [
            event
            for place in (namespace, "default")
            for event in cluster.events(place)
            if event["involvedObject"]["name"].endswith(namespace) or place == namespace
        ]
        both[who] = without_chance(stored, namespace)
    assert len(both["kevent"]) >= 10
    assert both["kevent"] == both["client-go"]
    assert {field["manager"] for event in both["kevent"] for field in event["metadata"]["managedFields"]} == {"kevent"}
    if kind == "events":
        assert {event["reportingInstance"] for event in both["kevent"]} == {f"web-controller-{socket.gethostname()}"}


def test_kubectl_describe_shows_them(cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.ask("POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "web"}})
    about = cluster.ask("GET", f"/api/v1/namespaces/{namespace}/configmaps/web")
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.recorders_kubeconfig))
    sink = KubernetesSink()
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("web-controller"))
        for _ in range(3):
            recorder.event(about, "Warning", "SyncFailed", "no such secret: tls")
    sink.close()
    described = cluster.kubectl("describe", "configmap", "web", "-n", namespace)
    assert re.search(r"Warning\s+SyncFailed\s+\d+s \(x3 over \d+s\)\s+web-controller\s+no such secret: tls", described)


def test_the_command_line_reads_what_kubectl_prints(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    for number in range(3):
        body = {
            "metadata": {"name": f"web.{number}"}, "involvedObject": pod(0, namespace), "reason": "BackOff",
            "message": "m", "type": "Warning", "count": 2, "source": {"component": "kubelet"},
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": f"2026-01-01T00:0{number}:00Z",
        }  # fmt: skip
        cluster.ask("POST", f"/api/v1/namespaces/{namespace}/events", body)
    file = tmp_path / "events.json"
    file.write_text(cluster.kubectl("get", "events", "-n", namespace, "-o", "json"))
    assert "pod/web-0" in python("-m", "kevent", "explain", file).stdout


@pytest.mark.parametrize(
    ("kind", "path", "namespaced"),
    [("ConfigMap", "/api/v1/namespaces/{}/configmaps", True), ("no", "/api/v1/nodes", False)],
)
def test_the_command_line_records_what_kubectl_describe_shows(
    cluster: Cluster, namespace: str, kind: str, path: str, namespaced: bool
) -> None:
    name = f"by-hand-{namespace}"
    cluster.ask("POST", path.format(namespace), {"metadata": {"name": name}})
    place = ["-n", namespace] if namespaced else []
    python("-m", "kevent", "record", "--to", "kubernetes", *place, f"{kind}/{name}", "ByHand", "it works",
           KUBECONFIG=str(cluster.kubeconfig))  # fmt: skip
    described = cluster.kubectl("describe", "configmap" if namespaced else "node", name, *place)
    assert re.search(r"Normal\s+ByHand\s+\S+\s+kevent\s+it works", described)


def test_the_command_line_says_what_a_server_refuses(cluster: Cluster) -> None:
    about = ["-n", "nowhere", "--uid", "u", "ConfigMap/web"]
    ended = python("-m", "kevent", "record", "--to", "kubernetes", *about, "ByHand", "it works",
                   KUBECONFIG=str(cluster.kubeconfig), status=1)  # fmt: skip
    [line] = ended.stderr.splitlines()
    assert 'namespaces "nowhere" not found' in line
