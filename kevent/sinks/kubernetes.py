"""A sink that writes events to a Kubernetes API server, on the official Python client (`kube-kevent[kubernetes]`).

In Go: `v1core.EventSinkImpl` over the typed client, `client-go/kubernetes/typed/core/v1/event_expansion.go`. The
server's answers become the errors that client-go's `rest.Request` makes of them, so that a recorder tells them apart
as client-go does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client import api as api_classes
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from kevent import runtime
from kevent.conversion import EVENTS_V1, from_events_v1, to_events_v1
from kevent.event import Event
from kevent.reference import Scheme
from kevent.sinks.errors import RequestConstructionError, SinkError, StatusError, UnexpectedObjectError, path_part
from kevent.sinks.pacer import Pacer
from kevent.sinks.validation import Api

__all__ = ["KubernetesSink", "load_api", "scheme"]

NAMESPACE_DEFAULT = "default"

MAX_RETRIES = 10
"""How often a request is repeated that the server asks to repeat. In Go: `maxRetries` of `rest.Request`."""


class KubernetesSink:
    """Writes events to an API server, each into its own namespace; one without goes to `default`. An `EventSink`.

    `api` is a `kubernetes.client.ApiClient` or `CoreV1Api`; without one the configuration is that of the pod this runs
    in, else that of the kubeconfig (see `load_api`). At most `burst` requests go out at once and `qps` a second after
    that, as the kubelet's event client has it (`--event-qps` 5, `--event-burst` 10); None is no limit. `timeout` is how
    many seconds a connection may take, and how many may pass between two pieces of an answer.

    An answer of 429 or 5xx with a Retry-After header is waited for and asked again, ten times at most, as client-go
    does. Every other refusal is a StatusError, final; no answer, or one that is none, is a SinkError, worth another
    try; a request that cannot be built is a RequestConstructionError.

    Raises SinkError without any configuration, ValueError that names the argument.
    """

    def __init__(
        self,
        api: client.ApiClient | client.CoreV1Api | None = None,
        *,
        qps: float | None = 5.0,
        burst: int = 10,
        timeout: float = 30.0,
    ) -> None:
        if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not 0 < timeout < float("inf"):
            raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
        if api is None:
            api = load_api()
        self._api = api if isinstance(api, client.CoreV1Api) else client.CoreV1Api(api)
        self._newer = client.EventsV1Api(self._api.api_client)
        self._pacer = None if qps is None else Pacer(qps, burst)
        self._timeout = (timeout, timeout)
        self._pid = os.getpid()

    def create(self, event: Event) -> Event:
        """POST the event. In Go: CreateWithEventNamespace."""
        return self.create_through("v1", event)

    def create_through(self, api: Api, event: Event) -> Event:
        """As `create`, through this API."""
        body = _body(event, api)
        return self._ask("post", self._client(api).create_namespaced_event, namespace=_namespace(event), body=body)

    def update(self, event: Event) -> Event:
        """PUT the event. In Go: UpdateWithEventNamespace."""
        return self.update_through("v1", event)

    def update_through(self, api: Api, event: Event) -> Event:
        """As `update`, through this API."""
        body = _body(event, api)
        call = self._client(api).replace_namespaced_event
        return self._ask("put", call, name=_name(event), namespace=_namespace(event), body=body)

    def patch(self, event: Event, patch: dict[str, Any]) -> Event:
        """PATCH the event, as a strategic merge. In Go: PatchWithEventNamespace."""
        return self.patch_through("v1", event, patch)

    def patch_through(self, api: Api, event: Event, patch: dict[str, Any]) -> Event:
        """As `patch`, through this API."""
        call = self._client(api).patch_namespaced_event
        return self._ask("patch", call, name=_name(event), namespace=_namespace(event), body=patch)

    def serves_events_v1(self) -> bool:
        """Whether the server has events.k8s.io/v1. In Go: what NewEventBroadcasterAdapter asks its discovery.

        Any refusal is a no, as in Go. Raises SinkError where the server cannot be reached.
        """
        return self._exchange(self._newer.get_api_resources, {})[0] == 200

    def _client(self, api: Api) -> Any:
        return self._newer if api == EVENTS_V1 else self._api

    def close(self) -> None:
        """Let go of the connections."""
        self._api.api_client.rest_client.pool_manager.clear()

    def _ask(self, verb: str, call: Callable[..., Any], **arguments: Any) -> Event:
        if self._pid != os.getpid():  # a forked child must not speak on its parent's connections
            self._api.api_client.rest_client.pool_manager.clear()
            self._pid = os.getpid()
        for retries in range(MAX_RETRIES + 1):
            if self._pacer:
                self._pacer.wait()
            status, headers, body = self._exchange(call, arguments)
            seconds = _retry_after(status, headers)
            if seconds is None or retries == MAX_RETRIES:
                break
            runtime.sleep(seconds)
        return _event_in(status, body, verb, arguments.get("name", ""))

    def _exchange(self, call: Callable[..., Any], arguments: dict[str, Any]) -> tuple[int, Any, bytes]:
        """One request and its whole answer, whatever its status."""
        try:
            response = call(**arguments, _preload_content=False, _request_timeout=self._timeout)
            return response.status, response.headers, response.data
        except ApiException as error:
            if not error.status:  # the client's own words for a broken connection
                raise SinkError(_one_line(error)) from error
            body = error.body or b""
            return int(error.status), error.headers or {}, body.encode() if isinstance(body, str) else body
        except (urllib3.exceptions.LocationValueError, ConfigException) as error:
            raise RequestConstructionError(_one_line(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SinkError(_one_line(error)) from error
        except (TypeError, ValueError, AttributeError, RecursionError) as error:  # of serializing the body
            raise RequestConstructionError(_one_line(error)) from error


def load_api() -> client.ApiClient:
    """A client with the configuration of the pod this runs in, else of `KUBECONFIG` or `~/.kube/config`.

    In Go: rest.InClusterConfig, then clientcmd. Leaves the client library's defaults alone. Raises SinkError with
    what was looked for.
    """
    configuration = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call,unused-ignore]
    except ConfigException as in_cluster:
        try:
            config.load_kube_config(client_configuration=configuration)  # type: ignore[no-untyped-call,unused-ignore]
        except Exception as error:  # the client lets through whatever it stumbles over in a file that is none
            raise SinkError(f"no API server is configured: {_one_line(in_cluster)} {_one_line(error)}") from error
    return client.ApiClient(configuration)


def _name(event: Event) -> str:
    if not event.name:
        raise RequestConstructionError("resource name may not be empty")
    return path_part("resource name", event.name)


def _namespace(event: Event) -> str:
    return path_part("namespace", event.namespace or NAMESPACE_DEFAULT)


def _body(event: Event, api: Api) -> Any:
    try:
        data = event.to_dict() if api == "v1" else to_events_v1(event)
    except (TypeError, ValueError) as error:
        raise RequestConstructionError(error) from error
    data["metadata"]["namespace"] = _namespace(event)
    data = {"apiVersion": api, "kind": "Event", **data}
    return data if api == "v1" else _as_it_stands(data)


def _as_it_stands(data: dict[str, Any]) -> Any:
    """The body of a request, so that the client sends it as it is.

    Since 37 the client makes a model of a dictionary, and a time of its texts. A time on a whole second it then writes
    without the six digits that a server demands.
    """
    model: Any = client.EventsV1Event
    if not hasattr(model, "model_construct"):
        return data
    unread: Any = type(model.__name__, (model,), {"to_dict": lambda self: data})
    return unread.model_construct()


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _retry_after(status: int, headers: Any) -> int | None:
    """Seconds after which the server wants to be asked again. In Go: `checkWait`."""
    if status != 429 and status < 500:
        return None
    text = headers.get("Retry-After") or ""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _event_in(status: int, body: bytes, verb: str, name: str) -> Event:
    """The stored event out of an answer, or the error it is. In Go: `transformResponse`."""
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


# --- which kind a class is ----------------------------------------------------------------------------------


def scheme() -> Scheme:
    """The (api_version, kind) of each class of the client's models that the API serves under a name of its own.

    For `EventBroadcaster.new_recorder(source, scheme=scheme())`: objects out of a list do not say what they are.
    Each stands there by its class, and by the class's name, under which kubernetes_asyncio has one of its own. Derived
    from the client's own API classes: `AppsV1Api` answers under `/apis/apps/v1/`, and its method
    `read_namespaced_deployment` returns a `V1Deployment`. In Go: `scheme.Scheme` of client-go/kubernetes.
    """
    found: dict[type | str, tuple[str, str]] = {}
    for api_name in dir(api_classes):  # in newer versions a class is loaded only when it is asked for
        if not api_name.endswith("Api"):
            continue
        api = getattr(api_classes, api_name)
        version = _version_of(api)
        if not version:
            continue
        for method_name in dir(api):
            verb = re.fullmatch(r"(?:read|create)_(?:namespaced_)?(\w+?)(_with_http_info)?", method_name)
            if not verb or verb[2]:
                continue
            for model in _models_named_in(getattr(api, method_name)):
                kind = re.sub(r"^(?:[A-Z][a-z]*)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])", "", model.__name__)
                if kind.lower() == verb[1].replace("_", ""):
                    found[model] = found[model.__name__] = (version, kind)
    return found


def _strings_in(function: Any) -> list[str]:
    """The constants in a function's code, and in that of what it wraps."""
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return [constant for constant in code.co_consts if isinstance(constant, str)] if code else []


def _version_of(api: type) -> str | None:
    """The version that an API class answers under, from the path of its discovery document."""
    for name in dir(api):
        if "get_api_resources" not in name:
            continue
        for text in _strings_in(getattr(api, name)):
            path = re.fullmatch(r"/(?:api|apis/([\w.-]+))/(v\w+)/", text)
            if path:
                return f"{path[1]}/{path[2]}" if path[1] else path[2]
    return None


def _models_named_in(method: Any) -> list[type]:
    """The models that a method says it returns."""
    annotation = str(getattr(method, "__annotations__", {}).get("return", ""))
    said = re.findall(r":r(?:eturn|type):\s*(\w+)", method.__doc__ or "")  # the older ones, each in its way
    names = re.findall(r"\w+", annotation) + said
    models = (getattr(client, name, None) for name in names)
    return [model for model in models if isinstance(model, type)]
