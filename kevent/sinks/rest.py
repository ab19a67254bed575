"""One request for one event: where it goes, how often it is asked, and what the answer means.

In Go: client-go, package rest, `Request` of `rest/request.go`, below the typed clients of core/v1 and events.k8s.io/v1.
A sink on a Python client gives it an `exchange`, and has from here the paths, the pace, the header Retry-After, and the
errors that client-go makes of a server's answers, so that a recorder tells them apart as client-go does.
"""

from __future__ import annotations

import json
import logging
import platform
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib import metadata
from typing import Any, NamedTuple
from urllib.parse import quote

from kevent import runtime
from kevent.conversion import EVENTS_V1, from_events_v1, to_events_v1
from kevent.event import Event
from kevent.sinks.errors import (
    RequestConstructionError,
    StatusError,
    UnexpectedObjectError,
    is_namespace_terminating,
    path_part,
)
from kevent.sinks.pacer import Pacer
from kevent.sinks.validation import Api

__all__ = ["MAX_RETRIES", "USER_AGENT", "Answer", "RestSink", "one_line"]

logger = logging.getLogger("kevent.recorder")

NAMESPACE_DEFAULT = "default"

MAX_RETRIES = 10
"""How often a request is repeated that the server asks to repeat. In Go: `maxRetries` of `rest.Request`."""

SAID = 10
"""Seconds: a longer wait that the server asks for is said in the log."""

FORBIDDEN_PAUSE = 0.5
"""Seconds until a server that may be starting is asked again."""


def _version() -> str:
    try:
        return metadata.version("kube-kevent")
    except metadata.PackageNotFoundError:  # a checkout that is only on the path
        return "unknown"


USER_AGENT = f"kevent/{_version()} ({platform.system().lower()}/{platform.machine()})"
"""What a request says about who asks, where nobody says otherwise. A server keeps what stands before the slash as the
manager of an event's fields. In Go: rest.DefaultKubernetesUserAgent, which begins with the program's name."""

_ROOTS: dict[Api, str] = {"v1": "/api/v1", EVENTS_V1: f"/apis/{EVENTS_V1}"}
_CONTENT = {"post": "application/json", "put": "application/json", "patch": "application/strategic-merge-patch+json"}


class Answer(NamedTuple):
    """What came back, whatever its status. Names in `headers` are found in capitals and without."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RestSink(ABC):
    """A sink over HTTP. A subclass knows how its client asks: see `exchange` and `renew`.

    At most `burst` requests go out at once and `qps` a second after that, by default as the kubelet's event client had
    it until 1.26 (`--event-qps` 5, `--event-burst` 10; since then 50 and 100); None is no limit. The limit is this
    sink's: other sinks and other processes have their own.

    An answer of 429 or 5xx with a Retry-After header is waited for and asked again, ten times at most, as client-go
    does. A 401 is asked again once, where the credentials can be had anew. Every other refusal is a StatusError, final;
    no answer, or one that is none, is a SinkError, worth another try; a request that cannot be built is a
    RequestConstructionError.

    `timeout` is how many seconds a connection may take, and how many may pass between two pieces of an answer. A server
    ends a write that is stuck, behind an etcd that does not answer, with a final 504 after 34 seconds. With less, as by
    default, this gives up before that and the recorder tries again; with more, the 504 ends the event, as in client-go.

    A server that has just started answers 403 until it has read who may do what, for about a second, and for client-go
    that is final. Unlike client-go, with `forbidden_grace` this asks again for so many seconds, counted from the first
    403 in a row. Where the rights are missing for good each outage costs those seconds once.

    Raises ValueError that names the argument.
    """

    def __init__(
        self, *, qps: float | None = 5.0, burst: int = 10, timeout: float = 30.0, forbidden_grace: float = 0.0
    ) -> None:
        if not _is_number(timeout) or not 0 < timeout < float("inf"):
            raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
        if not _is_number(forbidden_grace) or not 0 <= forbidden_grace < float("inf"):
            raise ValueError(f"forbidden_grace must be a number of seconds, not {forbidden_grace!r}")
        self.timeout = timeout
        self._pacer = None if qps is None else Pacer(qps, burst)
        self._grace = forbidden_grace
        self._forbidden_until: int | None = None

    @abstractmethod
    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """Send one request, with the client's own host and credentials, and take the whole answer.

        Where that is a 401, and credentials can be had anew, with those once more. Raises SinkError where no answer
        came, RequestConstructionError where nothing could be sent.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections. To be called when the broadcaster has shut down."""

    def create(self, event: Event) -> Event:
        """POST the event. In Go: CreateWithEventNamespace."""
        return self.create_through("v1", event)

    def create_through(self, api: Api, event: Event) -> Event:
        """As `create`, through this API."""
        return self._ask("post", api, event, "", _body(event, api))

    def update(self, event: Event) -> Event:
        """PUT the event. In Go: UpdateWithEventNamespace."""
        return self.update_through("v1", event)

    def update_through(self, api: Api, event: Event) -> Event:
        """As `update`, through this API."""
        return self._ask("put", api, event, _name(event), _body(event, api))

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """PATCH the event, as a strategic merge. In Go: PatchWithEventNamespace."""
        return self.patch_through("v1", event, patch)

    def patch_through(self, api: Api, event: Event, patch: dict[str, Any]) -> Event:
        """As `patch`, through this API."""
        return self._ask("patch", api, event, _name(event), patch)

    def serves_events_v1(self) -> bool:
        """Whether the server has events.k8s.io/v1. In Go: what NewEventBroadcasterAdapter asks its discovery.

        Any refusal is a no, as in Go. Raises SinkError where the server cannot be reached.
        """
        return self.exchange("GET", f"{_ROOTS[EVENTS_V1]}/", {"Accept": "application/json"}, None).status == 200

    def _ask(self, verb: str, api: Api, event: Event, name: str, data: dict[str, Any]) -> Event:
        path = f"{_ROOTS[api]}/namespaces/{_escaped(_namespace(event))}/events{name and '/' + _escaped(name)}"
        headers = {"Accept": "application/json", "Content-Type": _CONTENT[verb]}
        body = _json(data)
        retries = 0
        while True:
            if self._pacer:
                self._pacer.wait()
            answer = self.exchange(verb.upper(), path, headers, body)
            seconds = _retry_after(answer)
            if seconds is not None and retries < MAX_RETRIES:
                retries += 1
                if seconds > SAID:
                    logger.warning(
                        "The API server (%d) wants to be asked again in %d s: what comes meanwhile is queued",
                        answer.status, seconds,
                    )  # fmt: skip
                runtime.sleep(seconds)
                continue
            try:
                stored = _event_in(answer, verb, name)
            except StatusError as error:
                if self._may_heal(error):
                    runtime.sleep(FORBIDDEN_PAUSE)
                    continue
                raise
            self._forbidden_until = None
            return stored

    def _may_heal(self, error: StatusError) -> bool:
        """Whether a server that has just started may say this, and still be within its grace."""
        if error.code != 403 or not self._grace or is_namespace_terminating(error):
            return False
        if self._forbidden_until is None:
            self._forbidden_until = runtime.deadline(self._grace)
        left = runtime.remaining(self._forbidden_until)
        return left is None or left > 0


def one_line(error: object) -> str:
    """The words of an error without line breaks, for a log."""
    return " ".join(str(error).split()) or type(error).__name__


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _name(event: Event) -> str:
    if not event.name:
        raise RequestConstructionError("resource name may not be empty")
    return path_part("resource name", event.name)


def _namespace(event: Event) -> str:
    return path_part("namespace", event.namespace or NAMESPACE_DEFAULT)


def _escaped(part: str) -> str:
    try:
        return quote(part, safe="")
    except UnicodeError as error:
        raise RequestConstructionError(error) from error


def _body(event: Event, api: Api) -> dict[str, Any]:
    try:
        data = event.to_dict() if api == "v1" else to_events_v1(event)
    except (TypeError, ValueError) as error:
        raise RequestConstructionError(error) from error
    data["metadata"]["namespace"] = _namespace(event)
    return {"apiVersion": api, "kind": "Event", **data}


def _json(data: dict[str, Any]) -> bytes:
    """The text of a body as it stands: a client's own models of times would drop digits that a server demands."""
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestConstructionError(error) from error


def _retry_after(answer: Answer) -> int | None:
    """Seconds after which the server wants to be asked again. In Go: `checkWait`."""
    if answer.status != 429 and answer.status < 500:
        return None
    text = answer.headers.get("Retry-After") or ""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _event_in(answer: Answer, verb: str, name: str) -> Event:
    """The stored event out of an answer, or the error it is. In Go: `transformResponse`."""
    status, body = answer.status, answer.body
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and data.get("kind") == "Status" and data.get("status") != "Success":
        message, code, reason = data.get("message"), data.get("code"), data.get("reason")
        if not isinstance(code, int) or isinstance(code, bool) or not code:
            code = status
        message = str(message or "") or _generic(status, verb, name, body)[1]
        raise StatusError(str(reason or ""), code, message, _causes(data.get("details")))
    if not 200 <= status <= 299:
        reason, message = _generic(status, verb, name, body)
        raise StatusError(reason, status, message)
    if not isinstance(data, dict) or data.get("kind", "Event") != "Event":
        raise UnexpectedObjectError(body[:200].decode("utf-8", "replace"))
    read = from_events_v1 if data.get("apiVersion") == EVENTS_V1 else Event.from_dict
    try:
        return read(data)
    except ValueError as error:
        raise UnexpectedObjectError(error) from error


def _causes(details: Any) -> tuple[str, ...]:
    """The words for what is the matter in the details of a status."""
    causes = details.get("causes") if isinstance(details, dict) else None
    return tuple(str(cause.get("reason", "")) for cause in causes or () if isinstance(cause, dict))


_NO_ANSWER = "the server was unable to return a response in the time allotted"
_GENERIC = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    406: ("NotAcceptable", "the server was unable to respond with a content type that the client supports"),
    409: ("Conflict", "the server reported a conflict"),
    413: ("RequestEntityTooLarge", "the server responded with the status code 413 but did not return more information"),
    415: ("UnsupportedMediaType", "the server was unable to accept the body of the request"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", f"{_NO_ANSWER}, but may still be processing the request"),
}


def _generic(status: int, verb: str, name: str, body: bytes) -> tuple[str, str]:
    """Reason and message of an answer that does not explain itself. In Go: NewGenericServerResponse."""
    said = body[:2048].decode("utf-8", "replace").strip() or "unknown"
    if status == 403:
        reason, message = "Forbidden", said  # the server's own words
    elif status == 409 and verb == "post":
        reason, message = "AlreadyExists", _GENERIC[409][1]
    elif status in _GENERIC:
        reason, message = _GENERIC[status]
    elif status >= 500:
        reason = "InternalError"
        message = f'an error on the server ("{said}") has prevented the request from succeeding'
    else:
        reason = ""
        message = f"the server responded with the status code {status} but did not return more information"
    return reason, f"{message} ({verb} events{' ' + name if name else ''})"
