"""The programs of chapter 15, as they stand there, and `kubectl describe` shows what they have recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kubernetes import client, config

from kevent import EventRecorder
from oracle.apiserver import PATIENCE, Cluster
from tests.site.test_your_own_controller import block

SHOWN = r"Warning\s+SyncFailed\s+\S+ \(x2 over \S+\)\s+web-controller\s+no such secret: tls"


@pytest.fixture
def described(cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """An object, for programs that find the administrator's configuration; what kubectl says of it."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(cluster.kubeconfig))
    cluster.ask("POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "web"}})
    return lambda: cluster.kubectl("describe", "configmap", "web", "-n", namespace)


def test_a_plain_script_about_an_object_out_of_a_list(namespace: str, described: Callable[[], str]) -> None:
    def reconcile(recorder: EventRecorder) -> None:
        api = config.new_client_from_config()  # type: ignore[no-untyped-call,unused-ignore]
        [about] = client.CoreV1Api(api).list_namespaced_config_map(namespace).items
        for _ in range(2):
            recorder.event(about, "Warning", "SyncFailed", "no such secret: tls")
        api.rest_client.pool_manager.clear()

    names: dict[str, Any] = {"reconcile": reconcile}
    exec(block("python", "scheme=scheme()"), names)
    assert re.search(SHOWN, described())


@pytest.mark.filterwarnings("ignore:Kubernetes version:UserWarning")  # kr8s knows of older ones only
def test_an_asyncio_controller_about_an_object_of_kr8s(namespace: str, described: Callable[[], str]) -> None:
    from kr8s.asyncio.objects import ConfigMap

    async def reconcile(recorder: EventRecorder) -> None:
        about = await ConfigMap.get("web", namespace=namespace)
        for _ in range(2):
            recorder.event(about, "Warning", "SyncFailed", "no such secret: tls")
        await about.api._session.aclose()  # kr8s has no close

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(exec, block("python", "Kr8sSink"), {"reconcile": reconcile}).result(PATIENCE)
    assert re.search(SHOWN, described())
