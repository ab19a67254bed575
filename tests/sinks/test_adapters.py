"""The examples of the appendix about sinks, against the local API server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import Cluster, User

from kevent import EventBroadcaster, EventSource, ObjectReference
from kevent.sinks import StatusError
from kevent.sinks.kubernetes import KubernetesSink
from tests.conftest import Complaints
from tests.sinks.adapters import in_kopf, on_kr8s, on_lightkube
from tests.sinks.api_server import ApiServer, reset, status
from tests.sinks.test_kubernetes import connect
from tests.unit.test_sinks_memory import event

ROOT = Path(__file__).resolve().parents[2]
POD = ObjectReference("Pod", "default", "web-0", "u-1", "v1")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


@pytest.fixture(params=["lightkube", "kr8s"])
def sink(request: pytest.FixtureRequest, server: ApiServer) -> Iterator[Any]:
    if request.param == "lightkube":
        config = KubeConfig.from_one(cluster=Cluster(server=server.url), user=User())
        client = Client(config, trust_env=False)
        yield on_lightkube.LightkubeSink(client)
        client.close()
    else:
        made = on_kr8s.Kr8sSink(url=server.url)
        yield made
        made._run(made._api._session.aclose())  # kr8s has no close
        made.close()


def test_repetitions_are_patched(sink: Any, server: ApiServer, complaints: Complaints) -> None:
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(3):
            recorder.event(POD, "Warning", "BackOff", "again")
    (stored,) = server.sink.events()
    assert (stored.count, stored.reason) == (3, "BackOff")
    writes = [(method, kind) for method, _, kind in server.seen if method != "GET"]  # kr8s asks for the version
    assert [method for method, _ in writes] == ["POST", "PATCH", "PATCH"]
    assert writes[1][1] == "application/strategic-merge-patch+json"


def test_a_refusal_is_a_status_and_a_lost_connection_is_not(sink: Any, server: ApiServer) -> None:
    sink.create(event())
    with pytest.raises(StatusError) as caught:
        sink.create(event())
    assert (caught.value.reason, caught.value.code) == ("AlreadyExists", 409)
    with pytest.raises(StatusError) as caught:
        sink.patch(event("none"), {"count": 2})
    assert caught.value.code == 404
    server.misbehaviours = [lambda handler: status(StatusError.internal_error("no"))]
    with pytest.raises(StatusError) as caught:
        sink.create(event("other"))
    assert caught.value.code == 500
    server.misbehaviours = [reset] * 9
    with pytest.raises(Exception) as lost:
        sink.create(event("other"))
    assert not isinstance(lost.value, StatusError)


def test_a_sink_works_where_an_event_loop_runs(server: ApiServer) -> None:
    async def program() -> None:
        made = on_kr8s.Kr8sSink(url=server.url)
        assert made.create(event()).name == event().name
        made._run(made._api._session.aclose())
        made.close()

    with ThreadPoolExecutor(1) as elsewhere:  # the browser tests' loop may be running in this thread
        elsewhere.submit(lambda: asyncio.run(program())).result()


def test_update(sink: Any, server: ApiServer) -> None:
    stored = sink.create(event())
    stored.message = "put"
    assert sink.update(stored).message == "put"


def test_the_kopf_handlers_record(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import kopf

    api = connect(server.url, retries=False)
    monkeypatch.setattr(in_kopf, "KubernetesSink", lambda: KubernetesSink(api))
    memo, settings = kopf.Memo(), kopf.OperatorSettings()
    body = {"apiVersion": "example.com/v1", "kind": "Web", "metadata": {"name": "w", "namespace": "prod", "uid": "u"}}
    call: Callable[..., Any]
    for call in (in_kopf.start, in_kopf.created, in_kopf.end):
        answer = call(memo=memo, settings=settings, body=kopf.Body(body))  # type: ignore[arg-type]
        assert not asyncio.iscoroutine(answer)
    api.rest_client.pool_manager.clear()
    (stored,) = server.sink.events()
    assert (stored.involved_object.kind, stored.namespace, stored.reason) == ("Web", "prod", "Created")


PAGE = (ROOT / "book/appendix_sinks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_counters_of_the_page_are_prometheus_text() -> None:
    (block,) = [block for block in BLOCKS if "def metrics" in block]
    names: dict[str, Any] = {}
    exec(block, names)
    from kevent import MemorySink

    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(MemorySink(), name="sink")
        broadcaster.new_recorder(EventSource("test")).event(POD, "Normal", "R", "m")
        broadcaster.flush()
        lines = names["metrics"](broadcaster).splitlines()
    assert 'kevent_sink_created_total{sink="sink"} 1' in lines
    assert "kevent_dropped_total 0" in lines
    assert all(line.startswith("# TYPE ") or re.fullmatch(r'\w+(\{\w+="[^"]*"\})? \d+', line) for line in lines)


def test_the_page_shows_the_files() -> None:
    for name in ("on_lightkube", "on_kr8s", "in_kopf"):
        assert f"tests/sinks/adapters/{name}.py" in PAGE
