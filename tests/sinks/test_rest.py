"""What every sink over HTTP has from `kevent.sinks.rest`, on the official client against the local server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from kevent import EventBroadcaster, EventSource, StatusError, events, runtime
from kevent.correlator import EventCorrelator
from kevent.sinks import SinkError
from kevent.sinks.events_v1 import EventsV1
from kevent.sinks.kubernetes import KubernetesSink, load_api
from kevent.sinks.rest import USER_AGENT
from kevent.writing import Fate, record_to_sink
from tests.sinks.api_server import ApiServer, Handler, answering, kubeconfig, status
from tests.sinks.events import event
from tests.sinks.test_kubernetes import connect
from tests.support import POD, START


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


@pytest.fixture
def sink(server: ApiServer) -> Iterator[KubernetesSink]:
    sink = KubernetesSink(connect(server.url), qps=None, timeout=5)
    yield sink
    sink.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be slept; on a clock that they move."""
    slept: list[float] = []
    monkeypatch.setattr(runtime, "sleep", slept.append)
    monkeypatch.setattr(runtime, "monotonic", lambda: round(sum(slept) * 1e9))
    return slept


def configured(server: ApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]) -> None:
    path = kubeconfig(server.url, folder, user)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", path)


# --- credentials -------------------------------------------------------------------------------------------


def test_a_token_file_that_was_replaced_is_read_again(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("first")
    configured(server, tmp_path, monkeypatch, {"tokenFile": str(tmp_path / "token")})
    server.token = "first"
    sink = KubernetesSink(qps=None, timeout=5)
    sink.create(event("one"))
    server.token = "second"
    with pytest.raises(StatusError, match="Unauthorized"):
        sink.create(event("two"))
    assert len(server.seen) == 3, "asked once more, and no more than that"
    (tmp_path / "token").write_text("second")
    sink.create(event("three"))
    sink.close()
    assert [one.name for one in server.sink.events()] == ["one", "three"]


def test_a_plugin_that_names_no_end_is_run_again(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    plugin = tmp_path / "plugin"
    version = "client.authentication.k8s.io/v1"
    plugin.write_text(
        f'#!/bin/sh\nprintf \'{{"apiVersion": "{version}", "kind": "ExecCredential", "status": {{"token": "%s"}}}}\' '
        f'"$(cat {token})"\n'
    )
    plugin.chmod(0o755)
    configured(
        server, tmp_path, monkeypatch,
        {"exec": {"apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}},
    )  # fmt: skip
    for word in "first", "second":
        token.write_text(word)
        server.token = word
        if word == "first":
            sink = KubernetesSink(qps=None, timeout=5)
        sink.create(event(word))
    sink.close()
    assert [one.name for one in server.sink.events()] == ["first", "second"]


def test_a_configuration_that_is_gone_leaves_the_servers_words(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(server, tmp_path, monkeypatch, {"token": "first"})
    sink = KubernetesSink(qps=None, timeout=5)
    (tmp_path / "kubeconfig").unlink()
    server.token = "second"
    with pytest.raises(StatusError, match="Unauthorized"):
        sink.create(event())
    sink.close()


def test_a_client_of_your_own_is_asked_once(sink: KubernetesSink, server: ApiServer) -> None:
    server.token = "secret"
    with pytest.raises(StatusError, match="Unauthorized"):
        sink.create(event())
    assert len(server.seen) == 1


def test_the_hook_of_a_client_brings_the_token_of_each_request(server: ApiServer) -> None:
    api = connect(server.url)

    def refresh(configuration: Any) -> None:
        configuration.api_key.update(dict.fromkeys(identifiers, f"Bearer {server.token}"))

    identifiers = "BearerToken", "authorization"  # which of them counts depends on the client's release
    api.configuration.api_key.update(dict.fromkeys(identifiers, "Bearer old"))
    api.configuration.refresh_api_key_hook = refresh
    server.token = "fresh"
    sink = KubernetesSink(api, qps=None, timeout=5)
    assert sink.create(event()).name == "web-0.1"
    sink.close()


def test_it_says_who_asks(server: ApiServer) -> None:
    agents: list[str] = []

    def note(handler: Handler) -> Any:
        agents.append(handler.headers["User-Agent"])
        return handler._answer()

    named = connect(server.url)
    named.user_agent = "web-controller/1.2"
    for number, api in enumerate([connect(server.url), named]):
        server.misbehaviours = [note]
        sink = KubernetesSink(api, qps=None, timeout=5)
        sink.create(event(f"web-{number}"))
        sink.close()
    assert agents == [USER_AGENT, "web-controller/1.2"]
    assert USER_AGENT.startswith("kevent/"), "which a server keeps as the manager of the fields"


# --- what goes over the wire -------------------------------------------------------------------------------


def test_a_time_on_a_whole_second_has_its_six_digits(sink: KubernetesSink, server: ApiServer) -> None:
    bodies: list[dict[str, Any]] = []

    def note(handler: Handler) -> Any:
        bodies.append(json.loads(handler.body))
        return handler._answer()

    server.misbehaviours = [note] * 2
    second = START - START % 10**9
    newer = event(
        event_time=second, reporting_controller="k", reporting_instance="k-1", action="A", source=None,
        first_timestamp=None, last_timestamp=None, count=0,
    )  # fmt: skip
    newer.source = type(event().source)()
    sink.create(newer)
    newer.name = "other"
    EventsV1(sink).create(newer)
    assert [body["eventTime"][19:] for body in bodies] == [".000000Z"] * 2


def test_the_state_of_a_series_goes_out_as_it_stands(sink: KubernetesSink, server: ApiServer) -> None:
    bodies: list[bytes] = []

    def note(handler: Handler) -> Any:
        bodies.append(handler.body)
        return handler._answer()

    sink.create(event())
    server.misbehaviours = [note]
    patch = {"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z", "state": "Ongoing"}}
    sink.patch(event(), patch)
    assert json.loads(bodies[0]) == patch


@pytest.mark.parametrize("name", ["Web:0 a", "web?x=1#y", "wéb"])
def test_a_name_stays_a_name_on_its_way(sink: KubernetesSink, name: str) -> None:
    sink.create(event(name))
    assert sink.patch(event(name), {"count": 2}).name == name


# --- a server that is starting -----------------------------------------------------------------------------

STARTING = StatusError.forbidden("events", "", 'User "w" cannot create resource "events" in API group ""')


def test_without_grace_a_403_is_final(sink: KubernetesSink, server: ApiServer, pauses: list[float]) -> None:
    server.misbehaviours = [lambda handler: status(STARTING)]
    with pytest.raises(StatusError, match="forbidden"):
        sink.create(event())
    assert pauses == []


def test_within_its_grace_a_server_is_asked_again(server: ApiServer, pauses: list[float]) -> None:
    sink = KubernetesSink(connect(server.url), qps=None, timeout=5, forbidden_grace=2)
    server.misbehaviours = [lambda handler: status(STARTING)] * 3
    assert sink.create(event()).name == "web-0.1"
    assert pauses == [0.5] * 3
    server.misbehaviours = [lambda handler: status(STARTING)] * 9
    for _ in range(2):
        with pytest.raises(StatusError, match="forbidden"):
            sink.create(event("other"))
    assert pauses == [0.5] * 7, "two seconds, once in a row of refusals"
    assert len(server.misbehaviours) == 3
    sink.close()


def test_a_namespace_that_ends_does_not_heal(server: ApiServer, pauses: list[float]) -> None:
    sink = KubernetesSink(connect(server.url), qps=None, timeout=5, forbidden_grace=2)
    code, headers, body = status(StatusError.forbidden("events", "x", "because it is being terminated"))
    ending = json.dumps(json.loads(body) | {"details": {"causes": [{"reason": "NamespaceTerminating"}]}}).encode()
    server.misbehaviours = [lambda handler: (code, headers, ending)]
    with pytest.raises(StatusError):
        sink.create(event())
    assert pauses == []
    sink.close()


@pytest.mark.parametrize("wrong", [-1, "x", True, float("inf")])
def test_the_grace_is_checked(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^forbidden_grace must be"):
        KubernetesSink(connect("http://127.0.0.1:1"), forbidden_grace=wrong)


# --- connections -------------------------------------------------------------------------------------------


def test_a_try_is_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    def refuse(address: Any, *arguments: Any, **options: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError("connection refused")

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)
    sink = KubernetesSink(connect("http://127.0.0.1:1"), qps=None, timeout=5)  # whose client would try four times
    with pytest.raises(SinkError, match="refused"):
        sink.create(event())
    assert tried == [("127.0.0.1", 1)]
    sink.close()


def test_an_event_that_was_stored_before_its_answer_was_lost_counts_as_created(server: ApiServer) -> None:
    def stored_and_silent(handler: Handler) -> None:
        handler._answer()

    sink = KubernetesSink(connect(server.url), qps=None, timeout=5)
    server.misbehaviours = [stored_and_silent]
    with EventBroadcaster(sleep_duration=0) as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        broadcaster.new_recorder(EventSource("test")).event(POD, "Normal", "R", "m")
        assert broadcaster.flush(timeout=10)
        [counts] = broadcaster.statistics().sinks
    assert (counts.created, counts.rejected, counts.retried, len(server.sink)) == (1, 0, 1, 1)
    sink.close()


def test_so_it_does_with_the_other_recorder(server: ApiServer) -> None:
    def stored_and_silent(handler: Handler) -> None:
        handler._answer()

    sink = KubernetesSink(connect(server.url), qps=None, timeout=5)
    server.misbehaviours = [stored_and_silent]
    with events.EventBroadcaster(EventsV1(sink), sleep_duration=0) as broadcaster:
        broadcaster.start_recording_to_sink()
        broadcaster.new_recorder("test").eventf(POD, None, "Normal", "R", "A", "m")
        assert broadcaster.flush(timeout=10)
        [counts] = broadcaster.statistics().sinks
    assert (counts.created, counts.rejected, counts.retried, len(server.sink)) == (1, 0, 1, 1)
    sink.close()


def test_a_name_that_was_taken_before_is_a_refusal(server: ApiServer) -> None:
    sink = KubernetesSink(connect(server.url), qps=None, timeout=5)
    sink.create(event())
    assert record_to_sink(sink, event(), EventCorrelator()) is Fate.REJECTED
    sink.close()


def test_retry_after_is_the_servers_to_say(sink: KubernetesSink, server: ApiServer, pauses: list[float]) -> None:
    server.misbehaviours = [answering(429, Retry_After="7"), answering(503, Retry_After="soon")]
    with pytest.raises(StatusError):
        sink.create(event())
    assert pauses == [7]


def test_a_long_wait_is_said(
    sink: KubernetesSink, server: ApiServer, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    server.misbehaviours = [answering(429, Retry_After="1"), answering(429, Retry_After="3600")]
    sink.create(event())
    assert pauses == [1, 3600]
    assert caplog.messages == ["The API server (429) wants to be asked again in 3600 s: what comes meanwhile is queued"]


def test_load_api_leaves_the_clients_defaults_alone(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(server, tmp_path, monkeypatch, {"token": "secret"})
    assert load_api().configuration.host == server.url
    assert client.Configuration().host != server.url
