"""What `record` does: find out what the event is about, and write it, in a time that somebody waits."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any
from urllib.parse import quote

from kevent import runtime
from kevent.cli.commands import BadInput, Observed, open_file, reason_of
from kevent.cli.kinds import Kind, find
from kevent.event import EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.reference import ObjectReference
from kevent.sinks import SinkError

__all__ = ["record"]

RETRY = 0.1
"""Seconds between two tries to write the event."""

PATIENCE = 1.8
"""Seconds after which somebody who waits is told what for."""

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


def record(options: argparse.Namespace) -> int:
    """Record one event; 0 if the sink has it."""
    called, name = options.object
    kind = find(called)
    if options.to == "kubernetes":
        api, sink = _loaded(options.timeout)
        end = _end(options)  # the client library takes its time to be loaded
        with _patient(options.timeout):
            about = _in_a_cluster(api, kind, called, name, options, end)
            return _write(about, Observed(sink, lambda event: None), options, end)
    api_version = options.api_version or (kind.api_version if kind else "")
    if kind is None:
        kind = _spelled_out(called, options.api_version)
    about = ObjectReference(
        kind=kind.kind, namespace=(options.namespace or "default") if kind.namespaced else "", name=name,
        uid=options.uid or "", api_version=api_version,
    )  # fmt: skip
    return _write(about, Observed(open_file(options.to), lambda event: None), options, _end(options))


def _end(options: argparse.Namespace) -> int:
    seconds: float = options.timeout
    return runtime.monotonic() + round(seconds * 1e9)


def _spelled_out(called: str, api_version: str | None) -> Kind:
    """A kind that Kubernetes does not have: it has to be written as in a manifest. Raises BadInput."""
    if not api_version or not called[:1].isupper() or not called.isalnum():
        raise BadInput(
            f"{called}: no kind of Kubernetes' own; one of somebody else's is written as in a manifest, with its "
            "version: --api-version example.com/v1 Database/main"
        )
    return Kind(called, f"{called.lower()}s", api_version)


def _write(about: ObjectReference, sink: Observed, options: argparse.Namespace, end: int) -> int:
    with EventBroadcaster(sleep_duration=RETRY) as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource(options.component))
        recorder.event(about, options.type, options.reason, options.message)
        finished = broadcaster.flush(timeout=_left(end))
        (counts,) = broadcaster.statistics().sinks
        if not finished:
            broadcaster.shutdown(timeout=0)  # what is on its way may still arrive
    if not counts.created:
        said = reason_of(sink.refusal) if sink.refusal else "the sink did not take the event"
        raise SinkError(
            said if finished else f"not recorded in {options.timeout:g} s: {said if sink.refusal else 'no answer'}"
        )
    print(f"{about.kind}/{about.name}: {options.reason} recorded")
    return 0


def _left(end: int) -> float:
    return max((end - runtime.monotonic()) / 1e9, 0.01)


@contextmanager
def _patient(timeout: float) -> Iterator[None]:
    """Say once, after a while, that a server is being waited for."""

    def say() -> None:
        print(f"kevent: no answer yet; it is waited for, {timeout:g} s in all (--timeout)", file=sys.stderr, flush=True)

    timer = threading.Timer(PATIENCE, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


# --- a cluster ------------------------------------------------------------------------------------------------------


def _loaded(timeout: float) -> tuple[Any, Any]:
    """A client with the configuration that there is, and the sink. Raises BadInput and SinkError."""
    try:
        from kevent.sinks.kubernetes import KubernetesSink, load_api
    except ImportError:
        raise BadInput("the sink kubernetes needs the extra kube-kevent[kubernetes]") from None
    with _silent():
        api = load_api()
    return api, KubernetesSink(api, timeout=min(10.0, timeout))


def _in_a_cluster(
    api: Any, kind: Kind | None, called: str, name: str, options: argparse.Namespace, end: int
) -> ObjectReference:
    """What the event is about, as the server knows it. Raises BadInput and SinkError."""
    namespace = options.namespace or _own_namespace()
    server = _Server(api, end)
    if kind is None:
        kind = server.kind(called, options.api_version)
    elif options.api_version:
        kind = Kind(kind.kind, kind.plural, options.api_version, kind.namespaced)
    where = namespace if kind.namespaced else ""
    about = ObjectReference(
        kind=kind.kind, namespace=where, name=name, uid=options.uid or "", api_version=kind.api_version
    )
    if not options.uid:
        metadata = server.ask(kind.path(quote(namespace, safe=""), quote(name, safe="")), kind).get("metadata") or {}
        about = ObjectReference(
            kind=kind.kind, namespace=where, name=name, api_version=kind.api_version, uid=metadata.get("uid", ""),
            resource_version=metadata.get("resourceVersion", ""),
        )  # fmt: skip
    return about


@contextmanager
def _silent() -> Iterator[None]:
    """Hear nothing of what the client library prints and logs about a configuration: what it raises says it."""
    root = logging.getLogger()
    nothing = logging.NullHandler()
    root.addHandler(nothing)
    kept = io.StringIO()
    try:
        with redirect_stderr(kept):
            yield
    finally:
        root.removeHandler(nothing)


def _own_namespace() -> str:
    """The namespace of the pod this runs in, else that of the kubeconfig's context, else default."""
    from kubernetes import config

    if os.environ.get("KUBERNETES_SERVICE_HOST") and os.path.exists(SERVICE_ACCOUNT):
        with open(SERVICE_ACCOUNT, encoding="utf-8") as opened:
            return opened.read().strip()
    try:
        _, context = config.list_kube_config_contexts()  # type: ignore[no-untyped-call,unused-ignore]
    except Exception:  # there is none: the configuration came from elsewhere
        return "default"
    return str((context.get("context") or {}).get("namespace") or "default")


class _Server:
    """Asks a server what it has, once and without retries."""

    def __init__(self, api: Any, end: int) -> None:
        self._api = api
        self._end = end

    def ask(self, path: str, kind: Kind | None = None) -> dict[str, Any]:
        """The object at this path. Raises SinkError in the server's words."""
        status, body = self._exchange(path)
        try:
            data = json.loads(body)
        except ValueError:
            data = None
        if isinstance(data, dict) and 200 <= status < 300:
            return data
        said = data.get("message") if isinstance(data, dict) else None
        words = " ".join(str(said or body[:200].decode("utf-8", "replace")).split()) or f"status {status}"
        if kind is not None and status in (401, 403):
            words += " (--uid UID records without looking it up)"
        elif kind is not None and status == 404 and not _named(data):
            words = f"the server has no {kind.plural} in {kind.api_version}"
        raise SinkError(words)

    def kind(self, called: str, api_version: str | None) -> Kind:
        """The kind of somebody's own that is called so: "database.example.com", or by its kind with a version."""
        name, _, group = called.partition(".")
        version = api_version or ""
        if not version:
            if not group:
                raise BadInput(
                    f"{called}: no kind of Kubernetes' own; say its group, as {called.lower()}.example.com/x, or its "
                    "--api-version"
                )
            preferred = self.ask(f"/apis/{quote(group, safe='')}").get("preferredVersion") or {}
            version = str(preferred.get("groupVersion", ""))
        path = f"/apis/{quote(version)}" if "/" in version else f"/api/{quote(version)}"
        for resource in self.ask(path).get("resources") or ():
            plural, short = str(resource.get("name")), resource.get("shortNames") or ()
            names = [resource.get("kind"), plural, resource.get("singularName"), *short]
            if "/" not in plural and name.lower() in (str(each).lower() for each in names if each):
                return Kind(resource["kind"], plural, version, bool(resource.get("namespaced")))
        raise BadInput(f"{called}: the server has no such kind in {version}")

    def _exchange(self, path: str) -> tuple[int, bytes]:
        import urllib3

        api = self._api
        headers = dict(api.default_headers)
        for setting in api.configuration.auth_settings().values():
            if setting["in"] == "header" and setting["value"]:
                headers[setting["key"]] = setting["value"]
        try:
            answer = api.rest_client.pool_manager.request(
                "GET", api.configuration.host + path, headers=headers, retries=False,
                timeout=urllib3.Timeout(total=min(10.0, _left(self._end))),
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SinkError(" ".join(str(error).split())) from error
        return answer.status, answer.data


def _named(data: Any) -> bool:
    """Whether a refusal is about an object that is not there, and not about a path that nobody serves."""
    return isinstance(data, dict) and bool((data.get("details") or {}).get("name"))
