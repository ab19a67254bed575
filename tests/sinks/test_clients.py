"""Each sink on a client of Kubernetes, over real HTTP against the local server: all have to do the same.

`python -m tools.clients` runs this file against the oldest and the newest releases of the clients.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kevent import EventBroadcaster, EventSource, StatusError, events, runtime
from kevent.event import Event
from kevent.sinks import RequestConstructionError, SinkError
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.rest import MAX_RETRIES, USER_AGENT, RestSink
from tests.sinks.api_server import ApiServer, Handler, answering, half, kubeconfig, reset, status
from tests.sinks.events import event
from tests.support import MINUTE, POD, START

Make = Callable[..., RestSink]


def on_kubernetes(path: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    module = importlib.import_module("kevent.sinks.kubernetes")
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", path)
    return module.KubernetesSink


def on_kubernetes_asyncio(path: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    module = importlib.import_module("kevent.sinks.kubernetes_asyncio")
    monkeypatch.setattr("kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", path)
    return module.KubernetesAsyncioSink


def on_kr8s(path: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    module = importlib.import_module("kevent.sinks.kr8s")
    return lambda **options: module.Kr8sSink(kubeconfig=path, **options)


def on_lightkube(path: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    module = importlib.import_module("kevent.sinks.lightkube")
    from lightkube import Client
    from lightkube.config.kubeconfig import KubeConfig

    return lambda **options: module.LightkubeSink(Client(KubeConfig.from_file(path), trust_env=False), **options)


CLIENTS = {
    "kubernetes": on_kubernetes, "kubernetes_asyncio": on_kubernetes_asyncio, "kr8s": on_kr8s,
    "lightkube": on_lightkube,
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


@pytest.fixture(params=CLIENTS)
def make(
    request: pytest.FixtureRequest, server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    (tmp_path / "token").write_text("first")
    server.token = "first"
    version, plugin = "client.authentication.k8s.io/v1beta1", tmp_path / "plugin"
    told = '{"apiVersion": "%s", "kind": "ExecCredential", "status": {"token": "%s"}}' % (version, "%s")  # noqa: UP031
    plugin.write_text(f"#!/bin/sh\nprintf '{told}' $(cat {tmp_path / 'token'})\n")
    plugin.chmod(0o755)
    credentials = {"apiVersion": version, "command": str(plugin), "args": [], "env": [], "interactiveMode": "Never"}
    path = kubeconfig(server.url, tmp_path, {"exec": credentials})
    making, made = CLIENTS[request.param](path, monkeypatch), []

    def one(**options: Any) -> RestSink:
        made.append(making(**({"qps": None, "timeout": 5} | options)))
        return made[-1]

    yield one
    for sink in made:
        sink.close()


@pytest.fixture
def sink(make: Make) -> RestSink:
    return make()


def writes(server: ApiServer) -> list[tuple[str, str, str]]:
    """What was asked about events: kr8s asks for the version, too."""
    return [seen for seen in server.seen if "/events" in seen[1]]


def test_create_update_and_patch(sink: RestSink, server: ApiServer) -> None:
    stored = sink.create(event(namespace="prod", annotations={"a": "ü"}))
    assert stored.uid
    assert stored.annotations == {"a": "ü"}
    patched = sink.patch(stored, {"count": 2, "metadata": {"annotations": {"a": None}}})
    assert (patched.count, patched.annotations) == (2, None)
    patched.message = "put"
    assert sink.update(patched).message == "put"
    path, plain = "/api/v1/namespaces/prod/events", "application/json"
    assert writes(server) == [
        ("POST", path, plain),
        ("PATCH", f"{path}/web-0.1", "application/strategic-merge-patch+json"),
        ("PUT", f"{path}/web-0.1", plain),
    ]
    assert sink.create(event("elsewhere", namespace="")).namespace == "default"


def test_both_recorders_write(make: Make, server: ApiServer) -> None:
    sink = make()
    with EventBroadcaster() as core, events.EventBroadcaster(EventsV1(sink)) as newer:
        core.start_recording_to_sink(sink)
        newer.start_recording_to_sink()
        older_recorder, newer_recorder = core.new_recorder(EventSource("test")), newer.new_recorder("test")
        for _ in range(3):
            older_recorder.event(POD, "Warning", "BackOff", "again")
            newer_recorder.eventf(POD, None, "Warning", "BackOff", "Waiting", "again")
            assert core.flush(timeout=MINUTE)
            assert newer.flush(timeout=MINUTE)
    first, second = sorted(server.sink.events(), key=lambda one: one.reporting_controller == "test" and one.count == 0)
    assert (first.count, first.reason) == (3, "BackOff")
    assert second.series is not None
    assert (second.series.count, second.action) == (3, "Waiting")
    assert sink.serves_events_v1()
    server.two_doors = False
    assert not sink.serves_events_v1()


def test_a_time_on_a_whole_second_has_its_six_digits(sink: RestSink, server: ApiServer) -> None:
    bodies: list[dict[str, Any]] = []

    def note(handler: Handler) -> Any:
        bodies.append(json.loads(handler.body))
        return handler._answer()

    sink.create(event("warm"))
    server.misbehaviours = [note]
    sink.create(
        event(event_time=START, reporting_controller="k", reporting_instance="k-1", action="A", first_timestamp=None)
    )
    assert bodies[0]["eventTime"] == "2019-02-05T00:00:00.000000Z"


def test_a_refusal_is_final_and_says_why(sink: RestSink, server: ApiServer) -> None:
    sink.create(event())
    with pytest.raises(StatusError) as caught:
        sink.create(event())
    assert (caught.value.reason, caught.value.code) == ("AlreadyExists", 409)
    assert str(caught.value) == 'events "web-0.1" already exists'
    with pytest.raises(StatusError) as caught:
        sink.patch(event("none"), {"count": 2})
    assert caught.value.code == 404
    server.misbehaviours = [answering(502, b"<h1>Bad Gateway</h1>", Content_Type="text/html")]  # of a proxy, on the way
    with pytest.raises(StatusError) as caught:
        sink.create(event("other"))
    assert (caught.value.reason, caught.value.code) == ("InternalError", 502)
    assert "Bad Gateway" in str(caught.value)


@pytest.mark.parametrize("misbehaviour", [reset, half, lambda handler: None, answering(201, b"<html>")])
def test_a_broken_answer_is_worth_another_try(sink: RestSink, server: ApiServer, misbehaviour: Any) -> None:
    sink.create(event("warm"))
    server.misbehaviours = [misbehaviour] * 9
    with pytest.raises(SinkError) as caught:
        sink.create(event())
    assert not isinstance(caught.value, StatusError | RequestConstructionError)
    assert "\n" not in str(caught.value)
    server.misbehaviours = []
    assert sink.create(event()).name == "web-0.1"


def test_nobody_listens(make: Make, server: ApiServer) -> None:
    sink = make()
    server.stop()
    with pytest.raises(SinkError) as caught:
        sink.create(event())
    assert not isinstance(caught.value, StatusError | RequestConstructionError)


def test_a_server_that_asks_for_patience_is_asked_again(
    sink: RestSink, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(runtime, "sleep", slept.append)
    sink.create(event("warm"))
    server.misbehaviours = [answering(429, Retry_After="7"), answering(503, Retry_After="2")]
    assert sink.create(event()).name == "web-0.1"
    assert slept == [7, 2]
    server.misbehaviours = [answering(429, Retry_After="1")] * 20
    with pytest.raises(StatusError, match="has received too many requests"):
        sink.create(event("other"))
    assert len(server.misbehaviours) == 20 - 1 - MAX_RETRIES


def test_the_pace_is_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(runtime, "sleep", slept.append)
    monkeypatch.setattr(runtime, "monotonic", lambda: 0)
    sink = make(qps=4, burst=2)
    for number in range(4):
        sink.create(event(f"web-{number}"))
    assert slept == [0.25, 0.5]


def test_a_token_that_was_replaced_is_loaded_again(sink: RestSink, server: ApiServer, tmp_path: Path) -> None:
    sink.create(event("one"))
    (tmp_path / "token").write_text("second")
    server.token = "second"
    sink.create(event("two"))
    assert [one.name for one in server.sink.events()] == ["one", "two"]
    server.token = "third"
    with pytest.raises(StatusError) as caught:
        sink.create(event("three"))
    assert caught.value.code == 401


def test_it_says_who_asks(sink: RestSink, server: ApiServer) -> None:
    agents: list[str | None] = []

    def note(handler: Handler) -> Any:
        agents.append(handler.headers["User-Agent"])
        return handler._answer()

    sink.create(event("warm"))
    server.misbehaviours = [note]
    sink.create(event())
    assert agents == [USER_AGENT]


@pytest.mark.parametrize(("name", "namespace"), [("../pods/p", "default"), ("..", "default"), ("a", "../../nodes")])
def test_no_name_leads_to_another_resource(sink: RestSink, server: ApiServer, name: str, namespace: str) -> None:
    calls: list[Callable[[Event], Event]] = [sink.update, lambda one: sink.patch(one, {"count": 2})]
    for call in [*calls, sink.create] if namespace != "default" else calls:
        with pytest.raises(RequestConstructionError, match="not a part of a path"):
            call(event(name, namespace))
    assert writes(server) == []


@pytest.mark.parametrize("name", ["Web:0 a", "web?x=1#y", "wéb+"])
def test_a_name_stays_a_name_on_its_way(sink: RestSink, name: str) -> None:
    sink.create(event(name))
    assert sink.patch(event(name), {"count": 2}).name == name


def test_in_a_program_that_runs_a_loop(make: Make, server: ApiServer) -> None:
    async def program() -> None:
        sink = make()
        async with EventBroadcaster() as broadcaster:
            broadcaster.start_recording_to_sink(sink)
            broadcaster.new_recorder(EventSource("test")).event(POD, "Normal", "R", "m")
        sink.close()

    with ThreadPoolExecutor(1) as elsewhere:  # the browser tests' loop may be running in this thread
        elsewhere.submit(lambda: asyncio.run(program())).result(MINUTE)
    assert len(server.sink) == 1


def test_within_its_grace_a_403_is_asked_again(make: Make, server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(runtime, "sleep", slept.append)
    sink = make(forbidden_grace=MINUTE)
    sink.create(event("warm"))
    server.misbehaviours = [lambda handler: status(StatusError.forbidden("events", "", "no"))] * 2
    sink.create(event())
    assert slept == [0.5, 0.5]
