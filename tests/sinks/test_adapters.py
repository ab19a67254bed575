"""The examples of the appendix about sinks, against the local API server."""

from __future__ import annotations

import asyncio
import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import Cluster, User

from kevent import Event, EventBroadcaster, EventSource, MemorySink, ObjectReference
from kevent.sinks import RequestConstructionError, StatusError
from kevent.sinks.kubernetes import KubernetesSink
from tests.conftest import Complaints
from tests.sinks.adapters import in_kopf, on_kr8s, on_lightkube
from tests.sinks.api_server import ApiServer, answering, reset, status
from tests.sinks.events import event
from tests.sinks.test_kubernetes import connect
from tests.support import POD, ROOT, python


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
    server.misbehaviours = [answering(502, b"<h1>Bad Gateway</h1>", Content_Type="text/html")]  # of a proxy, on the way
    with pytest.raises(StatusError) as caught:
        sink.create(event("other"))
    assert (caught.value.reason, caught.value.code) == ("", 502)
    assert "Bad Gateway" in str(caught.value)
    server.misbehaviours = [reset] * 9
    with pytest.raises(Exception) as lost:
        sink.create(event("other"))
    assert not isinstance(lost.value, StatusError)


@pytest.mark.parametrize(("name", "namespace"), [("../pods/p", "default"), ("..", "default"), ("a", "../../nodes")])
def test_no_name_leads_to_another_resource(sink: Any, server: ApiServer, name: str, namespace: str) -> None:
    for call in (sink.create, sink.update, lambda one: sink.patch(one, {"count": 2})):
        if call == sink.create and namespace == "default" and isinstance(sink, on_kr8s.Kr8sSink):
            continue  # whose path has no name in it
        with pytest.raises(RequestConstructionError, match="not a part of a path"):
            call(event(name, namespace))
    assert [path for method, path, _ in server.seen if method != "GET"] == []


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
    metadata = {"name": "w", "namespace": "prod", "uid": "u"}
    body: Any = {"apiVersion": "example.com/v1", "kind": "Web", "metadata": metadata}
    handlers: tuple[Callable[..., Any], ...] = (in_kopf.start, in_kopf.created, in_kopf.end)
    for call in handlers:
        answer = call(memo=memo, settings=settings, body=kopf.Body(body))
        assert not asyncio.iscoroutine(answer)
    api.rest_client.pool_manager.clear()
    (stored,) = server.sink.events()
    assert (stored.involved_object.kind, stored.namespace, stored.reason) == ("Web", "prod", "Created")


PAGE = (ROOT / "book/appendix_sinks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def block(language: str, about: str) -> str:
    (found,) = [text for name, text in BLOCKS if name == language and about in text]
    return found


def test_the_page_shows_what_is_tested_here_and_no_other_code() -> None:
    shown = re.findall(r"^```\{literalinclude\} \.\./(.*)$", PAGE, re.MULTILINE)
    assert shown == [f"tests/sinks/adapters/{name}.py" for name in ("on_lightkube", "on_kr8s", "in_kopf")]
    assert [name for name, _ in BLOCKS] == ["yaml", "python", "python"]
    assert PAGE.count("```") == 2 * (len(shown) + len(BLOCKS))


def test_the_rights_of_the_page_are_those_a_recorder_uses(server: ApiServer) -> None:
    role = yaml.safe_load(block("yaml", "ClusterRole"))
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(KubernetesSink(connect(server.url, retries=False)))
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(2):
            recorder.event(POD, "Normal", "R", "m")
        broadcaster.flush()
    used = {"POST": "create", "PATCH": "patch"}
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["events"], "verbs": [used[method] for method, _, _ in server.seen]}
    ]


def test_the_counters_of_the_page_are_prometheus_text(complaints: Complaints) -> None:
    names: dict[str, Any] = {}
    exec(block("python", "def metrics"), names)
    let_go = threading.Event()

    class Dead(MemorySink):
        def create(self, event: Event) -> Event:
            let_go.wait()
            raise StatusError.forbidden("events", "", "no")

    with EventBroadcaster(queue_length=1) as broadcaster:
        broadcaster.start_recording_to_sink(Dead(), name="sink")
        recorder = broadcaster.new_recorder(EventSource("test"))
        for number in range(5):
            recorder.event(ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", "m")
        broadcaster.start_event_watcher(lambda event: None)  # the loop has passed them on
        let_go.set()
        broadcaster.flush()
        lines = names["metrics"](broadcaster).splitlines()
    complaints.take()
    counts = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    rejected = int(counts['kevent_sink_rejected_total{sink="sink"}'])
    dropped = int(counts['kevent_watcher_dropped_total{watcher="sink"}'])
    assert rejected + dropped == 5
    assert dropped >= 3, "what a dead sink costs is counted here"
    assert counts["kevent_dropped_total"] == "0"
    assert all(line.startswith("# TYPE ") or re.fullmatch(r'\w+(\{\w+="[^"]*"\})? \d+', line) for line in lines)
    assert set(re.findall(r"kevent_\w+_total", PAGE)) <= {line.split("{")[0] for line in counts}


def test_the_end_of_a_process_as_on_the_page() -> None:
    program = block("python", "SIGTERM") + textwrap.dedent("""
        import os, time, kevent

        class Slow(kevent.MemorySink):
            def create(self, event):
                time.sleep(0.02)
                print(event.message, flush=True)
                return super().create(event)

        broadcaster.start_recording_to_sink(Slow())
        recorder = broadcaster.new_recorder(kevent.EventSource("test"))
        for number in range(3):
            recorder.event(kevent.ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", f"m{number}")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)
    """)
    ended = python("-c", program)
    assert (ended.stdout.split(), ended.stderr) == (["m0", "m1", "m2"], "")
