"""The examples of the appendix about sinks, against the local API server."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from kevent import EventBroadcaster, EventRecorder, EventSource, MemorySink
from kevent.sinks.kubernetes import KubernetesSink
from tests.sinks.api_server import ApiServer, kubeconfig
from tests.sinks.test_kubernetes import connect
from tests.site import test_your_own_controller as chapter
from tests.support import MINUTE, POD, ROOT, python


@pytest.fixture
def server() -> Iterator[ApiServer]:
    server = ApiServer()
    yield server
    server.stop()


def test_the_coroutine_of_chapter_15_records(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig(server.url, tmp_path, {}))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    async def reconcile(recorder: EventRecorder) -> None:
        for _ in range(2):
            recorder.event(POD, "Warning", "SyncFailed", "no such secret: tls")

    program = chapter.block("python", "Kr8sSink")
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(exec, program, {"reconcile": reconcile}).result(MINUTE)
    (stored,) = server.sink.events()
    assert (stored.count, stored.source.component) == (2, "web-controller")


PAGE = (ROOT / "book/appendix_sinks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def block(language: str, about: str) -> str:
    (found,) = [text for name, text in BLOCKS if name == language and about in text]
    return found


def test_the_page_shows_what_is_tested_here_and_no_other_code() -> None:
    shown = re.findall(r"^```\{literalinclude\} \.\./(.*)$", PAGE, re.MULTILINE)
    assert shown == ["tests/sinks/adapters/in_kopf.py"]
    assert [name for name, _ in BLOCKS] == ["python", "yaml", "python", "python", "python"]
    assert PAGE.count("```") == 2 * (len(shown) + len(BLOCKS))


def test_the_rights_of_the_page_are_those_a_recorder_uses(server: ApiServer) -> None:
    role = yaml.safe_load(block("yaml", "ClusterRole"))
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(KubernetesSink(connect(server.url, retries=False)))
        recorder = broadcaster.new_recorder(EventSource("test"))
        for _ in range(2):
            recorder.event(POD, "Normal", "R", "m")
        broadcaster.flush()
    used = {"POST": "create", "PATCH": "patch"}
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["events"], "verbs": [used[method] for method, _, _ in server.seen]}
    ]


def test_the_counters_of_the_page_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    monkeypatch.setattr("prometheus_client.REGISTRY", registry)
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(MemorySink(), name="sink")
        exec(block("python", "BroadcasterCollector"), {"broadcaster": broadcaster})
        names = {sample.name for family in registry.collect() for sample in family.samples}
    told = set(re.findall(r"kevent_\w+_total", PAGE))
    assert len(told) == 8
    assert told <= names


def test_the_sinks_of_the_page_are_there() -> None:
    made: dict[str, Any] = {}
    text = block("python", "LightkubeSink")
    exec(text[: text.index("sinks =")], made)
    assert {"LightkubeSink", "Kr8sSink", "KubernetesAsyncioSink"} <= made.keys()


def test_the_end_of_a_process_as_on_the_page() -> None:
    program = block("python", "SIGTERM") + textwrap.dedent("""
        import os, time, kevent

        class Slow(kevent.MemorySink):
            def create(self, event):
                time.sleep(0.02)
                print(event.message, flush=True)
                return super().create(event)

        broadcaster.start_recording_to_sink(Slow())
        recorder = broadcaster.new_recorder(kevent.EventSource("test"))
        for number in range(3):
            recorder.event(kevent.ObjectReference("Pod", "default", f"p{number}"), "Normal", "R", f"m{number}")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)
    """)
    ended = python("-c", program)
    assert (ended.stdout.split(), ended.stderr) == (["m0", "m1", "m2"], "")
