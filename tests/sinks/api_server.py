"""A local server that speaks the wire format of the events API, over HTTP or HTTPS, and can be told to misbehave."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kevent.conversion import from_events_v1, to_events_v1
from kevent.event import Event
from kevent.sinks import MemorySink, StatusError
from kevent.sinks.validation import Api

Answer = tuple[int, dict[str, str], bytes]
Misbehaviour = Callable[["Handler"], Answer | None]


def status(error: StatusError) -> Answer:
    body = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": error.message, "reason": error.reason, "code": error.code,
    }  # fmt: skip
    return error.code, {"Content-Type": "application/json"}, json.dumps(body).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ApiServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.server.seen.append((self.command, self.path, self.headers.get("Content-Type", "").partition(";")[0]))
        misbehave = self.server.misbehaviours.pop(0) if self.server.misbehaviours else None
        answer = misbehave(self) if misbehave else self._answer()
        if answer is None:  # hang up
            self.close_connection = True
            return
        code, headers, body = answer
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = _serve

    def _answer(self) -> Answer:
        token = self.server.token
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            return status(StatusError("Unauthorized", 401, "Unauthorized"))
        parts = [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]
        if parts[0] == "version":
            return self._json(200, {"major": "1", "minor": "34", "gitVersion": "v1.34.0"})
        if parts == ["api", "v1", "pods"] and self.command == "GET":
            return self._json(200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": self.server.pods})
        if self.command == "GET" and self.path in self.server.objects:
            return self._json(200, self.server.objects[self.path])
        match parts:
            case ["api", "v1", "namespaces", namespace, "events", *rest]:
                return self._refusing("v1", namespace, *rest)
            case ["apis", "events.k8s.io", "v1", "namespaces", namespace, "events", *rest] if self.server.two_doors:
                return self._refusing("events.k8s.io/v1", namespace, *rest)
            case ["apis", "events.k8s.io", "v1", *_] if self.server.two_doors:
                return self._json(200, {"kind": "APIResourceList", "groupVersion": "events.k8s.io/v1", "resources": []})
        return status(StatusError("NotFound", 404, "the server could not find the requested resource"))

    def _refusing(self, api: Api, namespace: str, *rest: str) -> Answer:
        try:
            return self._events(api, namespace, *rest)
        except StatusError as error:
            return status(error)

    def _events(self, api: Api, namespace: str, name: str = "") -> Answer:
        sink = self.server.sink
        data = json.loads(self.body) if self.body else {}
        if self.command == "PATCH":
            kind = self.headers.get("Content-Type", "").partition(";")[0]
            if kind != "application/strategic-merge-patch+json":
                raise StatusError("UnsupportedMediaType", 415, f"not a strategic merge: {kind}")
            return self._event(api, 200, sink.patch_through(api, Event(name=name, namespace=namespace), data))
        if (data.get("apiVersion"), data.get("kind")) != (api, "Event"):
            raise StatusError.bad_request(f"not an Event: {data}")
        for time in (data.get("eventTime"), (data.get("series") or {}).get("lastObservedTime")):
            if time is not None and not re.search(r"\.\d{6}(Z|[+-]\d\d:\d\d)$", time):  # as Go's MicroTime is read
                raise StatusError.bad_request(f"parsing time {json.dumps(time)}: six digits are wanted")
        try:
            event = Event.from_dict(data) if api == "v1" else from_events_v1(data)
        except ValueError as error:
            raise StatusError.bad_request(f'Event in version "v1" cannot be handled as a Event: {error}') from None
        if event.namespace != namespace:
            raise StatusError.bad_request("the namespace of the provided object does not match")
        if self.command == "POST":
            return self._event(api, 201, sink.create_through(api, event))
        return self._event(api, 200, sink.update_through(api, event))

    def _event(self, api: Api, code: int, event: Event) -> Answer:
        data = event.to_dict() if api == "v1" else to_events_v1(event)
        return self._json(code, {"kind": "Event", "apiVersion": api, **data})

    def _json(self, code: int, data: object) -> Answer:
        return code, {"Content-Type": "application/json"}, json.dumps(data).encode()


class ApiServer(ThreadingHTTPServer):
    """Listens on a free port of the loopback interface; stores in a MemorySink.

    `objects` are what a GET of their path gives. `misbehaviours` are taken one by one, each in place of one answer: a
    function of the handler that gives another answer, or None to hang up.
    """

    daemon_threads = False
    block_on_close = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sink = MemorySink()
        self.two_doors = True
        self.misbehaviours: list[Misbehaviour] = []
        self.seen: list[tuple[str, str, str]] = []
        self.pods: list[dict[str, Any]] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self.token = ""
        self._open: set[Any] = set()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hung up

    def stop(self) -> None:
        self.shutdown()
        for connection in self._open:  # a client may keep its connection for ever
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()


def reset(handler: Handler) -> Answer | None:
    """Break the connection off in the hard way."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    return None


def half(handler: Handler) -> Answer | None:
    """Announce more than is sent, then hang up."""
    handler.wfile.write(b'HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n{"kind": "Ev')
    return None


def answering(code: int, body: bytes = b"", **headers: str) -> Misbehaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: (code, named, body)


def kubeconfig(url: str, folder: Path, user: dict[str, Any] | None = None) -> str:
    """The path of a kubeconfig for the server at `url`, with these credentials."""
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user or {}}],
    }  # fmt: skip
    path.write_text(json.dumps(config))
    return str(path)
