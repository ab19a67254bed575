"""What the tests of every sink ask: an event to store, a refusal, and four threads that write at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kevent.event import Event, EventSource, ObjectReference
from kevent.sinks import MemorySink, StatusError
from kevent.sinks.sqlite import SqliteSink
from tests.support import START


def event(name: str = "web-0.1", namespace: str = "default", **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "involved_object": ObjectReference("Pod", namespace, "web-0", "u-1", "v1"),
        "reason": "BackOff",
        "message": "Back-off",
        "source": EventSource("kubelet", "node-1"),
        "first_timestamp": START + 5,
        "last_timestamp": START + 5,
        "count": 1,
        "type": "Warning",
    }
    return Event(name=name, namespace=namespace, **{**defaults, **fields})


def refused(call: Callable[[], object], reason: str, code: int, message: str) -> None:
    with pytest.raises(StatusError) as caught:
        call()
    assert (caught.value.reason, caught.value.code, str(caught.value)) == (reason, code, message)


def written_by_four_threads(
    sinks: Sequence[MemorySink | SqliteSink], rounds: int
) -> tuple[list[str], list[StatusError]]:
    """Each thread creates an event of its own and one that all want, round by round; gives versions and refusals."""
    versions: list[str] = []
    taken: list[StatusError] = []

    def write(number: int) -> None:
        sink = sinks[number % len(sinks)]
        for round_ in range(rounds):
            versions.append(sink.create(event(f"{number}-{round_}")).resource_version)
            try:
                versions.append(sink.create(event(f"shared-{round_}")).resource_version)
            except StatusError as error:
                taken.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return versions, taken
