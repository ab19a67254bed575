"""A sink that writes events to a Kubernetes API server, on kr8s (`kube-kevent[kr8s]`).

What it asks and what the answers mean is in `kevent.sinks.rest`; where its loop runs, in `kevent.sinks.asynchronous`.
"""

from __future__ import annotations

from typing import Any

import kr8s.asyncio

from kevent.sinks.asynchronous import AsyncRestSink
from kevent.sinks.rest import USER_AGENT, Answer

__all__ = ["Kr8sSink"]


class Kr8sSink(AsyncRestSink):
    """Writes events to an API server, each into its own namespace; one without goes to `default`. An `EventSink`.

    `where` is what `kr8s.api` takes, such as `kubeconfig` and `context`; without it kr8s looks where it always does. An
    object of kr8s says of itself what it is: hand it to a recorder as it is. The other arguments are `AsyncRestSink`'s.
    Where the server refuses the credentials (401), kr8s is made to load them again.
    """

    def __init__(
        self,
        *,
        qps: float | None = 5.0,
        burst: int = 10,
        timeout: float = 30.0,
        forbidden_grace: float = 0.0,
        **where: Any,
    ) -> None:
        super().__init__(qps=qps, burst=burst, timeout=timeout, forbidden_grace=forbidden_grace)
        self._where = where

    async def connect(self) -> Any:
        """In kr8s: `kr8s.asyncio.api`, which loads the credentials, and asks the server for its version."""
        api = await kr8s.asyncio.api(**self._where)
        if api._session is None:  # two requests that come together would make one each, and leave one open
            await api._create_session()
        return api

    async def ask(self, client: Any, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """In kr8s: `Api.call_api`."""
        base, _, url = path.rpartition("/")
        request = {
            "method": method, "version": "", "base": base, "url": url, "content": body, "timeout": self.timeout,
            "headers": {"User-Agent": USER_AGENT} | headers,
        }  # fmt: skip
        async with client.call_api(**request, raise_for_status=False) as response:
            return Answer(response.status_code, response.headers, response.content)

    async def reconnect(self, client: Any) -> Any:
        """In kr8s: what `Api.call_api` does after a 401 where it is to raise an error."""
        await client.auth.reauthenticate()
        await client._create_session()
        return client

    async def disconnect(self, client: Any) -> None:
        """In kr8s: nothing; a session is never closed."""
        if client._session is not None:
            await client._session.aclose()
