"""A sink that writes events to a Kubernetes API server, on the official Python client (`kube-kevent[kubernetes]`).

In Go: `v1core.EventSinkImpl` over the typed client, `client-go/kubernetes/typed/core/v1/event_expansion.go`. What it
asks and what the answers mean is in `kevent.sinks.rest`. Here is what comes from the client: where the server is, who
asks, and the connections. Its models and its own retries are left out: what they do differs from one release to the
next.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client import api as api_classes
from kubernetes.config.config_exception import ConfigException

from kevent import runtime
from kevent.reference import Scheme
from kevent.sinks.errors import RequestConstructionError, SinkError
from kevent.sinks.rest import USER_AGENT, Answer, RestSink, one_line

__all__ = ["KubernetesSink", "load_api", "scheme"]


class KubernetesSink(RestSink):
    """Writes events to an API server, each into its own namespace; one without goes to `default`. An `EventSink`.

    `api` is a `kubernetes.client.ApiClient` or `CoreV1Api`; without one the configuration is that of the pod this runs
    in, else that of the kubeconfig (see `load_api`), and it is loaded again where the server refuses the credentials
    (401): a token in a file may have been replaced, and one of a plugin may have ended. What an `api` of your own does
    then is up to its `refresh_api_key_hook`. The other arguments, and what is raised, are `RestSink`'s; so is SinkError
    without any configuration.

    It calls itself `kevent.sinks.rest.USER_AGENT`, unless the `user_agent` of `api` has been set.
    """

    def __init__(
        self,
        api: client.ApiClient | client.CoreV1Api | None = None,
        *,
        qps: float | None = 5.0,
        burst: int = 10,
        timeout: float = 30.0,
        forbidden_grace: float = 0.0,
    ) -> None:
        super().__init__(qps=qps, burst=burst, timeout=timeout, forbidden_grace=forbidden_grace)
        self._loads = api is None
        if api is None:
            api = load_api()
        self._api: client.ApiClient = api.api_client if isinstance(api, client.CoreV1Api) else api
        self._loading = runtime.Mutex()
        self._pid = os.getpid()

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """As `RestSink.exchange`, on the client's connections."""
        if self._pid != os.getpid():  # a forked child must not speak on its parent's connections
            self.close()
            self._pid = os.getpid()
        api = self._api
        answer = self._send(api, method, path, headers, body)
        if answer.status == 401 and self._loads:
            return self._send(self._loaded_after(api), method, path, headers, body)
        return answer

    def _send(
        self, api: client.ApiClient, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        try:
            response = api.rest_client.pool_manager.request(
                method,
                api.configuration.host + path,
                headers=_headers(api) | headers,
                body=body,
                timeout=urllib3.Timeout(connect=self.timeout, read=self.timeout),
                retries=False,  # the recorder tries again, and counts that
            )
        except (urllib3.exceptions.LocationValueError, ConfigException) as error:
            raise RequestConstructionError(one_line(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SinkError(one_line(error)) from error
        except (TypeError, ValueError, AttributeError) as error:  # of a host or a header that is none
            raise RequestConstructionError(one_line(error)) from error
        return Answer(response.status, response.headers, response.data)

    def _loaded_after(self, refused: client.ApiClient) -> client.ApiClient:
        """Load the configuration again, if nobody has meanwhile.

        In Go: the transport reads a token file again, and runs a plugin again.
        """
        with self._loading:
            if self._api is refused:
                with suppress(SinkError):  # what the server says of the old one is more to the point
                    self._api = load_api()
                    _hang_up(refused)
            return self._api

    def close(self) -> None:
        """Let go of the connections."""
        _hang_up(self._api)


def _hang_up(api: client.ApiClient) -> None:
    """Close the connections that nobody speaks on; to forget them, as `clear` does, leaves them to the collector."""
    pools = api.rest_client.pool_manager.pools
    for key in pools.keys():  # noqa: SIM118  it cannot be iterated
        if (pool := pools.get(key)) is not None:
            pool.close()
    pools.clear()


def _headers(api: client.ApiClient) -> dict[str, str]:
    """The client's headers, and who asks: its hook may look for a fresh token here."""
    headers = dict(api.default_headers)
    if headers.get("User-Agent", "").startswith("OpenAPI-Generator/"):
        headers["User-Agent"] = USER_AGENT
    for setting in api.configuration.auth_settings().values():
        if setting["in"] == "header" and setting["value"]:
            headers[setting["key"]] = setting["value"]
    return headers


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
            raise SinkError(f"no API server is configured: {one_line(in_cluster)} {one_line(error)}") from error
    return client.ApiClient(configuration)


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
