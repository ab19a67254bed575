"""The Kubernetes sink, over real HTTP and HTTPS against a local server."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from kubernetes import client

from kevent import EventBroadcaster, EventRecorder, EventSource, ObjectReference, get_reference
from kevent.correlator import EventCorrelator
from kevent.event import Event
from kevent.simulation import simulate
from kevent.sinks import RequestConstructionError, SinkError, StatusError, UnexpectedObjectError
from kevent.sinks.kubernetes import KubernetesSink, scheme
from kevent.sinks.pacer import Pacer
from kevent.writing import Fate, record_to_sink
from tests.sinks.api_server import Answer, ApiServer, Handler, Misbehaviour, answering, half, reset, status
from tests.sinks.events import event
from tests.site.test_your_own_controller import block
from tests.support import forked

PODS = [{"metadata": {"name": "web-0", "namespace": "prod", "uid": "u-1", "resourceVersion": "5"}}]


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


def connect(url: str, **settings: Any) -> client.ApiClient:
    configuration = client.Configuration()
    configuration.host = url
    for name, value in settings.items():
        setattr(configuration, name, value)
    return client.ApiClient(configuration)


@pytest.fixture
def sink(server: ApiServer) -> Iterator[KubernetesSink]:
    sink = KubernetesSink(connect(server.url, retries=False), qps=None, timeout=5)
    yield sink
    sink.close()


# --- what it asks ------------------------------------------------------------------------------------------


def test_create_update_and_patch(sink: KubernetesSink, server: ApiServer) -> None:
    stored = sink.create(event(namespace="prod", annotations={"a": "ü"}))
    assert stored.uid
    assert stored.annotations == {"a": "ü"}
    patched = sink.patch(stored, {"count": 2, "metadata": {"annotations": {"a": None}}})
    assert (patched.count, patched.annotations) == (2, None)
    patched.message = "put"
    assert sink.update(patched).message == "put"
    path = "/api/v1/namespaces/prod/events"
    assert [seen[:2] for seen in server.seen] == [
        ("POST", path), ("PATCH", f"{path}/web-0.1"), ("PUT", f"{path}/web-0.1"),
    ]  # fmt: skip
    assert server.seen[1][2] == "application/strategic-merge-patch+json"


def test_an_event_without_a_namespace_goes_to_default(sink: KubernetesSink) -> None:
    assert sink.create(event(namespace="")).namespace == "default"


def test_the_server_makes_the_name_where_there_is_a_beginning_of_one(sink: KubernetesSink) -> None:
    name = sink.create(event("", generate_name="web-0.")).name
    assert name.startswith("web-0.")
    assert len(name) == 11


def test_over_tls_with_a_token(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = ApiServer(context)
    server.token = "secret"
    try:
        kubeconfig = tmp_path / "config"
        kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {
                            "name": "c",
                            "cluster": {"server": server.url, "certificate-authority": str(tmp_path / "ca.pem")},
                        }
                    ],
                    "users": [{"name": "u", "user": {"token": "secret"}}],
                    "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
                }
            )
        )
        from kubernetes import config

        api = config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call,unused-ignore]
        sink = KubernetesSink(api, timeout=5)
        assert sink.create(event()).name == "web-0.1"
        sink.close()
        stranger = KubernetesSink(connect(server.url, retries=False), timeout=5)
        with pytest.raises(SinkError, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
            stranger.create(event())
    finally:
        server.stop()


def test_without_a_configuration_it_says_what_it_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    with pytest.raises(SinkError, match="no API server is configured: "):
        KubernetesSink()


# --- what it makes of the answers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason", "code", "message"),
    [
        (status(StatusError.forbidden("events", "x", "no")), "Forbidden", 403, 'events "x" is forbidden: no'),
        (status(StatusError.conflict("events", "x", "no")), "Conflict", 409, "Operation cannot be fulfilled"),
        (status(StatusError.too_many_requests("no")), "TooManyRequests", 429, "Too many requests: no"),
        (status(StatusError.internal_error("no")), "InternalError", 500, "Internal error occurred: no"),
        ((200, {}, status(StatusError.timeout("no"))[2]), "Timeout", 504, "Timeout: no"),
        ((401, {}, b""), "Unauthorized", 401, "asked for the client to provide credentials (post events)"),
        ((403, {}, b"go away"), "Forbidden", 403, "go away (post events)"),
        ((404, {}, b"<html>"), "NotFound", 404, "could not find the requested resource (post events)"),
        ((409, {}, b""), "AlreadyExists", 409, "the server reported a conflict (post events)"),
        ((502, {}, b"bad gateway"), "InternalError", 502, 'an error on the server ("bad gateway") has prevented'),
        ((418, {}, b"teapot"), "", 418, "the server responded with the status code 418"),
        ((302, {}, b""), "", 302, "the server responded with the status code 302"),
    ],
)
def test_a_refusal_is_final(
    sink: KubernetesSink, server: ApiServer, answer: Answer, reason: str, code: int, message: str
) -> None:
    server.misbehaviours = [lambda handler: answer]
    with pytest.raises(StatusError) as caught:
        sink.create(event())
    assert (caught.value.reason, caught.value.code) == (reason, code)
    assert message in str(caught.value)
    assert len(server.seen) == 1
    server.misbehaviours = [lambda handler: answer]
    assert record_to_sink(sink, event(), EventCorrelator()) is Fate.REJECTED


SLOW = threading.Event()


def slow(handler: Handler) -> Answer | None:
    SLOW.wait(10)
    return None


@pytest.mark.parametrize("misbehaviour", [reset, half, slow, lambda handler: None])
def test_a_broken_connection_is_worth_another_try(server: ApiServer, misbehaviour: Misbehaviour) -> None:
    SLOW.clear()
    sink = KubernetesSink(connect(server.url, retries=False), qps=None, timeout=0.2)
    server.misbehaviours = [misbehaviour]
    with pytest.raises(SinkError) as caught:
        sink.create(event())
    SLOW.set()
    assert not isinstance(caught.value, StatusError | RequestConstructionError)
    assert "\n" not in str(caught.value)
    server.misbehaviours = [half]
    assert record_to_sink(sink, event(), EventCorrelator(), sleep_duration=0) is Fate.CREATED
    assert len(server.sink) == 1
    sink.close()


def test_nobody_listens() -> None:
    server = ApiServer()
    server.stop()
    with pytest.raises(SinkError, match="refused"):
        KubernetesSink(connect(server.url, retries=False), timeout=5).create(event())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[1]",
        b'{"kind": "Pod"}',
        b'{"kind": "Event", "count": "x"}',
        b"\xff\xfe",
        b"[" * 200_000,
    ],
)
def test_garbage_is_worth_another_try(sink: KubernetesSink, server: ApiServer, body: bytes) -> None:
    server.misbehaviours = [answering(201, body)]
    with pytest.raises(UnexpectedObjectError):
        sink.create(event())


def test_a_server_that_asks_for_patience_is_asked_again(sink: KubernetesSink, server: ApiServer) -> None:
    server.misbehaviours = [answering(429, Retry_After="0"), answering(503, Retry_After="0")]
    assert sink.create(event()).name == "web-0.1"
    assert len(server.seen) == 3
    server.misbehaviours = [answering(429, Retry_After="0")] * 20
    with pytest.raises(StatusError, match="has received too many requests"):
        sink.create(event("other"))
    assert len(server.misbehaviours) == 9


CIRCULAR: dict[str, Any] = {}
CIRCULAR["metadata"] = CIRCULAR


@pytest.mark.parametrize(
    "call",
    [
        lambda sink: sink.create(event(labels={"a": {1}})),
        lambda sink: sink.patch(event(), {"count": float("nan")}),
        lambda sink: sink.patch(event(""), {"count": 2}),
        lambda sink: sink.patch(event(), {"count": {1, 2}}),
        lambda sink: sink.patch(event(), CIRCULAR),
        lambda sink: sink.patch(event("\ud800"), {"count": 2}),
        lambda sink: sink.patch(event(".."), {"count": 2}),
        lambda sink: sink.update(event("a/../../../pods/web-0")),
        lambda sink: sink.create(event(namespace="..")),
        lambda sink: sink.create(event(namespace="prod/pods?")),
        lambda sink: sink.patch(event("%2e%2e"), {"count": 2}),
    ],
)
def test_a_request_that_cannot_be_built_is_final(
    sink: KubernetesSink, server: ApiServer, call: Callable[[KubernetesSink], Event]
) -> None:
    with pytest.raises(RequestConstructionError):
        call(sink)
    assert server.seen == []


def test_through_the_whole_pipeline(sink: KubernetesSink, server: ApiServer) -> None:
    pod = ObjectReference("Pod", "prod", "web-0", "u-1", "v1")
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(3):
            recorder.event(pod, "Warning", "BackOff", "again")
        assert broadcaster.flush(timeout=10)
        server.sink._events.clear()
        server.sink._written.clear()  # it has expired: the patch is answered with 404, so it is created
        recorder.event(pod, "Warning", "BackOff", "again")
    (stored,) = server.sink.events()
    assert stored.count == 4
    assert [method for method, _, _ in server.seen] == ["POST", "PATCH", "PATCH", "PATCH", "POST"]


def test_a_child_after_a_fork_has_a_connection_of_its_own(sink: KubernetesSink, server: ApiServer) -> None:
    sink.create(event("parent"))
    assert forked(lambda: sink.create(event("child")))()
    sink.create(event("parent-again"))
    assert [one.name for one in server.sink.events()] == ["parent", "child", "parent-again"]


# --- the limit ---------------------------------------------------------------------------------------------


def test_a_burst_goes_at_once_and_the_rest_evenly() -> None:
    from kevent import runtime

    def scenario() -> list[float]:
        pacer = Pacer(5, 10)
        start = runtime.now()
        times = []
        for _ in range(14):
            pacer.wait()
            times.append(round((runtime.now() - start) / 1e9, 3))
        return times

    assert simulate(scenario).result == [0.0] * 10 + [0.2, 0.4, 0.6, 0.8]


@pytest.mark.parametrize("wrong", [{"qps": 0}, {"qps": -1}, {"burst": 0}, {"timeout": 0}, {"timeout": "x"}])
def test_arguments_are_checked_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))} must be"):
        KubernetesSink(connect("http://127.0.0.1:1"), **wrong)


# --- which kind a class is ---------------------------------------------------------------------------------


def test_an_object_out_of_a_list_needs_the_scheme(server: ApiServer) -> None:
    server.pods = PODS
    api = connect(server.url)
    (pod,) = client.CoreV1Api(api).list_pod_for_all_namespaces(_request_timeout=5).items
    api.rest_client.pool_manager.clear()
    assert pod.kind is None
    with pytest.raises(ValueError, match="no kind is registered for the type V1Pod"):
        get_reference(pod)
    assert get_reference(pod, scheme()) == ObjectReference("Pod", "prod", "web-0", "u-1", "v1", "5")


def test_the_scheme_knows_the_built_in_kinds() -> None:
    known = scheme()
    assert known[client.V1Deployment] == ("apps/v1", "Deployment")
    assert known[client.CoreV1Event] == ("v1", "Event")
    assert known[client.EventsV1Event] == ("events.k8s.io/v1", "Event")
    assert known[client.V1Ingress] == ("networking.k8s.io/v1", "Ingress")
    assert known[client.V1Node] == ("v1", "Node")
    assert client.V1Scale not in known, "a part of other objects"
    assert len(known) > 60


# --- the page that tells how to use it ---------------------------------------------------------------------


def test_the_program_of_chapter_15_runs_and_its_role_allows_just_what_it_asks(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "c", "cluster": {"server": server.url}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
    }
    (tmp_path / "config").write_text(json.dumps(kubeconfig))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "config"))
    pod = client.V1Pod(metadata=client.V1ObjectMeta(name="web-0", namespace="prod", uid="u"))

    def reconcile(recorder: EventRecorder) -> None:
        for _ in range(2):
            recorder.event(pod, "Warning", "SyncFailed", "no such secret: tls")

    exec(block("python", "scheme=scheme()"), {"reconcile": reconcile})
    (stored,) = server.sink.events()
    assert (stored.count, stored.involved_object.kind, stored.source.component) == (2, "Pod", "web-controller")
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch"}
    asked = {(verbs[method], path.split("/")[5]) for method, path, _ in server.seen}
    [rule] = yaml.safe_load(block("yaml"))["rules"]
    assert asked == {(verb, resource) for verb in rule["verbs"] for resource in rule["resources"]}
