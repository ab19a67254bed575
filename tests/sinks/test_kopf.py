"""A recorder in an operator that is written with kopf, with kopf's own calls of its handlers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import kopf
import pytest

import kevent.kopf
from kevent import Event, MemorySink
from tests.sinks.api_server import ApiServer
from tests.sinks.test_kubernetes import connect
from tests.support import MINUTE, POD, ROOT


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


def test_the_kopf_handlers_record(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The program of the page, with kopf's own calls of its handlers."""
    registry = kopf.OperatorRegistry()
    request.addfinalizer(partial(kopf.set_default_registry, kopf.get_default_registry()))
    kopf.set_default_registry(registry)
    api = connect(server.url)
    monkeypatch.setattr("kevent.sinks.kubernetes.load_api", lambda: api)
    names: dict[str, Any] = {}
    exec((ROOT / "tests/sinks/adapters/in_kopf.py").read_text(encoding="utf-8"), names)
    handlers: Any = registry._activities._handlers
    start, end = (handler.fn for handler in handlers)
    memo, settings = kopf.Memo(), kopf.OperatorSettings()
    metadata = {"name": "w", "namespace": "prod", "uid": "u"}
    body: Any = {"apiVersion": "example.com/v1", "kind": "Web", "metadata": metadata}

    async def operator() -> None:
        await start(memo=memo, settings=settings)
        assert settings.posting.enabled is False
        names["created"](memo=memo, body=kopf.Body(body))
        await end(memo=memo, logger=logging.getLogger("kopf"))

    with ThreadPoolExecutor(1) as elsewhere:  # the browser tests' loop may be running in this thread
        elsewhere.submit(lambda: asyncio.run(operator())).result(MINUTE)
    (stored,) = server.sink.events()
    assert (stored.involved_object.kind, stored.namespace, stored.reason) == ("Web", "prod", "Created")
    assert memo.broadcaster.statistics().sinks[0].name == "web-operator"


def test_an_operator_says_what_it_could_not_write(server: ApiServer, caplog: pytest.LogCaptureFixture) -> None:
    registry, let_go = kopf.OperatorRegistry(), threading.Event()

    class Held(MemorySink):
        def create(self, event: Event) -> Event:
            assert let_go.wait(MINUTE)
            return super().create(event)

    kevent.kopf.record("web-operator", Held, registry=registry, timeout=0, posting=True)
    handlers: Any = registry._activities._handlers
    start, end = (handler.fn for handler in handlers)
    memo, settings = kopf.Memo(), kopf.OperatorSettings()

    async def operator() -> None:
        await start(memo=memo, settings=settings)
        memo.recorder.event(POD, "Normal", "R", "m")
        assert await memo.broadcaster.aflush(timeout=0) is False
        await end(memo=memo, logger=logging.getLogger("kopf"))

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(operator())).result(MINUTE)
    let_go.set()
    assert memo.broadcaster.shutdown(timeout=MINUTE)
    assert settings.posting.enabled is True
    assert "Shut down with 1 events not handled" in caplog.text
