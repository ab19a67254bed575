"""A sink that writes events to a Kubernetes API server, on lightkube (`kube-kevent[lightkube]`).

What it asks and what the answers mean is in `kevent.sinks.rest`. Where the server has refused the credentials,
lightkube itself loads them again.
"""

from __future__ import annotations

from lightkube import AsyncClient, Client

from kevent.sinks.errors import RequestConstructionError, SinkError
from kevent.sinks.rest import USER_AGENT, Answer, RestSink, one_line

__all__ = ["LightkubeSink"]


class LightkubeSink(RestSink):
    """Writes events to an API server, each into its own namespace; one without goes to `default`. An `EventSink`.

    `api` is a `lightkube.Client`; by default a new one, with what lightkube finds for a configuration. Of an
    `AsyncClient` the configuration is taken, and the sink has a client of its own: one that waits, in the sink's own
    goroutine, where nobody minds. An object of lightkube says of itself what it is: hand it to a recorder as it is. The
    other arguments are `RestSink`'s.
    """

    def __init__(
        self,
        api: Client | AsyncClient | None = None,
        *,
        qps: float | None = 5.0,
        burst: int = 10,
        timeout: float = 30.0,
        forbidden_grace: float = 0.0,
    ) -> None:
        super().__init__(qps=qps, burst=burst, timeout=timeout, forbidden_grace=forbidden_grace)
        if isinstance(api, AsyncClient):
            api = Client(api.config)
        self._client = api or Client()

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """As `RestSink.exchange`, on the HTTP client below lightkube's own, whose models would change the times."""
        http = self._client._client._client
        try:
            response = http.request(
                method, path, headers={"User-Agent": USER_AGENT} | headers, content=body, timeout=self.timeout
            )
        except UnicodeError as error:
            raise RequestConstructionError(one_line(error)) from error
        except Exception as error:  # lightkube's releases stand on two libraries, each with errors of its own
            raise SinkError(one_line(error)) from error
        return Answer(response.status_code, response.headers, response.content)

    def close(self) -> None:
        """Let go of the connections."""
        self._client._client._client.close()
