"""A sink that writes events to a Kubernetes API server, on kubernetes_asyncio (`kube-kevent[kubernetes-asyncio]`).

What it asks and what the answers mean is in `kevent.sinks.rest`; where its loop runs, in `kevent.sinks.asynchronous`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from kubernetes_asyncio import client, config
from kubernetes_asyncio.config import ConfigException

from kevent.sinks.asynchronous import AsyncRestSink
from kevent.sinks.errors import SinkError
from kevent.sinks.rest import USER_AGENT, Answer, one_line

__all__ = ["KubernetesAsyncioSink", "load_api"]


class KubernetesAsyncioSink(AsyncRestSink):
    """Writes events to an API server, each into its own namespace; one without goes to `default`. An `EventSink`.

    `connect` is a coroutine function that makes a `kubernetes_asyncio.client.ApiClient`, in the sink's loop; by default
    `load_api`. Where the server refuses the credentials (401) it is called again. The other arguments are
    `AsyncRestSink`'s; `timeout` is for all of a request here.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[client.ApiClient]] | None = None,
        *,
        qps: float | None = 5.0,
        burst: int = 10,
        timeout: float = 30.0,
        forbidden_grace: float = 0.0,
    ) -> None:
        super().__init__(qps=qps, burst=burst, timeout=timeout, forbidden_grace=forbidden_grace)
        self._connect = connect or load_api

    async def connect(self) -> Any:
        """As the argument `connect` says."""
        return await self._connect()

    async def ask(self, client: Any, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """In kubernetes_asyncio: `rest_client.request`, below `ApiClient.call_api` and its models."""
        settings = client.configuration.auth_settings()
        if inspect.isawaitable(settings):  # since 32
            settings = await settings
        credentials = {setting["key"]: setting["value"] for setting in settings.values() if setting["value"]}
        response = await client.rest_client.request(
            method,
            client.configuration.host + path,
            headers={"User-Agent": USER_AGENT} | credentials | headers,
            body=None if body is None else json.loads(body),
            _preload_content=False,
            _request_timeout=self.timeout,  # for all of it: all releases understand that
        )
        async with response:
            return Answer(response.status, response.headers, await response.read())

    async def disconnect(self, client: Any) -> None:
        """In kubernetes_asyncio: `ApiClient.close`."""
        await client.close()


async def load_api() -> client.ApiClient:
    """A client with the configuration of the pod this runs in, else of `KUBECONFIG` or `~/.kube/config`.

    Leaves the client library's defaults alone. Raises SinkError with what was looked for.
    """
    configuration = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call,unused-ignore]
    except ConfigException as in_cluster:
        try:
            await config.load_kube_config(client_configuration=configuration)
        except Exception as error:  # the client lets through whatever it stumbles over in a file that is none
            raise SinkError(f"no API server is configured: {one_line(in_cluster)} {one_line(error)}") from error
    return client.ApiClient(configuration)
