"""An asynchronous client behind an ordinary sink: the sink has an event loop in a thread of its own.

A client belongs to the loop that it was made in, so a sink makes its own. The program's loop may stand still, or wait
for the broadcaster to shut down, and events are written all the same. On the program's loop a plain `shutdown()` in a
coroutine would wait for a request that waits for the coroutine.
"""

from __future__ import annotations

import asyncio
import os
import threading
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, TypeVar

from kevent.sinks.errors import RequestConstructionError, SinkError
from kevent.sinks.rest import Answer, RestSink, one_line

__all__ = ["AsyncRestSink", "LoopThread"]

R = TypeVar("R")


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """What `coroutine` returns or raises, from that loop. For callers in other threads."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """End the loop and its thread."""
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class AsyncRestSink(RestSink):
    """A `RestSink` on an asynchronous client. A subclass makes the client, asks it, and lets go of it.

    To make one needs no loop and waits for nothing: the client is made when the first event is written, and again in a
    forked child. The arguments are `RestSink`'s. Close it after the broadcaster has shut down.
    """

    def __init__(
        self, *, qps: float | None = 5.0, burst: int = 10, timeout: float = 30.0, forbidden_grace: float = 0.0
    ) -> None:
        super().__init__(qps=qps, burst=burst, timeout=timeout, forbidden_grace=forbidden_grace)
        self._connecting = threading.Lock()
        self._loop: LoopThread | None = None
        self._client: Any = None
        self._pid = os.getpid()

    @abstractmethod
    async def connect(self) -> Any:
        """A client of this loop. Raises whatever the client's own configuration does: it is worth another try."""

    @abstractmethod
    async def ask(self, client: Any, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """As `RestSink.exchange`, with this client. Whatever else it raises is a SinkError."""

    @abstractmethod
    async def disconnect(self, client: Any) -> None:
        """Let go of the client's connections."""

    async def reconnect(self, client: Any) -> Any:
        """As `connect`, in the place of a client whose credentials the server has refused.

        What others have under way on its connections breaks off, and is tried again.
        """
        await self.disconnect(client)
        return await self.connect()

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """As `RestSink.exchange`, on the sink's own loop."""
        try:
            loop, client = self._connection()
            answer = loop.run(self.ask(client, method, path, headers, body))
            if answer.status != 401:
                return answer
            try:
                loop, client = self._connection(instead_of=client)
            except Exception:
                return answer  # the server's own words
            return loop.run(self.ask(client, method, path, headers, body))
        except SinkError:
            raise
        except UnicodeError as error:
            raise RequestConstructionError(one_line(error)) from error
        except Exception as error:
            raise SinkError(one_line(error)) from error

    def close(self) -> None:
        """Let go of the connections, and end the thread."""
        with self._connecting:
            if self._loop is not None and self._pid == os.getpid():
                if self._client is not None:
                    self._loop.run(self.disconnect(self._client))
                self._loop.close()
            self._loop = self._client = None

    def _connection(self, instead_of: Any = None) -> tuple[LoopThread, Any]:
        """The loop and its client, made if there is none yet, or only the one that was refused."""
        if self._pid != os.getpid():  # threads do not survive a fork, and a lock may have been held
            self._connecting, self._loop, self._client, self._pid = threading.Lock(), None, None, os.getpid()
        with self._connecting:
            if self._loop is None:
                self._loop = LoopThread(type(self).__name__)
            if self._client is not None and self._client is instead_of:
                self._client = None
                self._client = self._loop.run(self.reconnect(instead_of))
            elif self._client is None:
                self._client = self._loop.run(self.connect())
            return self._loop, self._client
