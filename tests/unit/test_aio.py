"""Both broadcasters in a coroutine: the event loop goes on while they wait.

The loop runs in a thread of its own, since that of the browser tests may be running in this one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest

from kevent import Event, EventBroadcaster, MemorySink, events
from kevent.aio import in_thread
from tests.conftest import Complaints
from tests.support import MINUTE, POD, SOURCE, no_more_threads, python

T = TypeVar("T")


def run(program: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(lambda: asyncio.run(program())).result(MINUTE)


class Held(MemorySink):
    """A sink that writes when it is let go, and not before."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.let_go = threading.Event()

    def create_through(self, api: Any, event: Event) -> Event:
        self.asked.set()
        assert self.let_go.wait(MINUTE)
        return super().create_through(api, event)


class Core:
    """The broadcaster of core/v1."""

    def __init__(self, sink: MemorySink) -> None:
        self.broadcaster: Any = EventBroadcaster()
        self.broadcaster.start_recording_to_sink(sink)
        recorder = self.broadcaster.new_recorder(SOURCE)
        self.record = lambda: recorder.event(POD, "Normal", "R", "m")


class Newer:
    """The broadcaster of events.k8s.io/v1."""

    def __init__(self, sink: MemorySink) -> None:
        self.broadcaster: Any = events.EventBroadcaster(sink)
        self.broadcaster.start_recording_to_sink()
        recorder = self.broadcaster.new_recorder("test")
        self.record = lambda: recorder.eventf(POD, None, "Normal", "R", "A", "m")


@pytest.fixture(params=[Core, Newer])
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Held]]:
    sink = Held()
    made = request.param(sink)
    yield made, sink
    sink.let_go.set()
    made.broadcaster.shutdown()


def test_async_with_waits_and_the_loop_goes_on(made: tuple[Any, Held]) -> None:
    one, sink = made

    async def program() -> int:
        async def other() -> None:
            while not sink.asked.is_set():
                await asyncio.sleep(0)
            sink.let_go.set()  # which a loop that stands still would never do

        task = asyncio.create_task(other())
        async with one.broadcaster as broadcaster:
            assert broadcaster is one.broadcaster
            one.record()
        await task
        return len(sink)

    assert run(program) == 1


@pytest.mark.parametrize("wait", ["aflush", "ashutdown"])
def test_so_do_the_others(made: tuple[Any, Held], wait: str) -> None:
    one, sink = made

    async def program() -> int:
        one.record()
        options = {"drain": True} if wait == "ashutdown" and isinstance(one, Core) else {}
        waiting = asyncio.create_task(getattr(one.broadcaster, wait)(timeout=MINUTE, **options))
        while not sink.asked.is_set():
            await asyncio.sleep(0)
        assert not waiting.done()
        sink.let_go.set()
        assert await waiting is True
        return len(sink)

    assert run(program) == 1


def test_what_is_not_there_in_time_is_false(made: tuple[Any, Held]) -> None:
    one, _ = made

    async def program() -> bool:
        one.record()
        answer: bool = await one.broadcaster.aflush(timeout=0)
        return answer

    assert run(program) is False


def test_a_plain_with_in_a_coroutine_does_not_hold_up_the_loop(
    made: tuple[Any, Held], caplog: pytest.LogCaptureFixture
) -> None:
    one, sink = made

    async def program() -> int:
        with one.broadcaster:
            one.record()
        before = len(sink)
        sink.let_go.set()
        return before

    assert run(program) == 0
    assert one.broadcaster.shutdown(timeout=MINUTE)
    assert len(sink) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "async with" in caplog.text


def test_a_plain_with_in_a_coroutine_waits_where_no_thread_can_be_started(made: tuple[Any, Held]) -> None:
    one, sink = made
    sink.let_go.set()

    async def program() -> int:
        with one.broadcaster:
            one.record()
            while not len(sink):
                await asyncio.sleep(0)
            full.enter_context(no_more_threads())
        return len(sink)

    with ExitStack() as full:
        assert run(program) == 1


def test_a_plain_with_below_a_coroutine_waits_as_ever(made: tuple[Any, Held]) -> None:
    one, sink = made
    sink.let_go.set()

    def cell() -> int:  # as a notebook runs it, whose kernel has a loop
        with one.broadcaster:
            one.record()
        return len(sink)

    async def program() -> int:
        return cell()

    assert run(program) == 1


def test_the_interpreter_waits_for_what_a_plain_with_has_left() -> None:
    ended = python("-c", """
import asyncio, threading
from kevent import EventBroadcaster, EventSource, MemorySink, ObjectReference

left = threading.Event()

class Slow(MemorySink):
    def create(self, event):
        left.wait()
        print("written", event.message, flush=True)
        return super().create(event)

async def main():
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(Slow())
        recorder = broadcaster.new_recorder(EventSource("test"))
        recorder.event(ObjectReference("Pod", "default", "p"), "Normal", "R", "last words")

asyncio.run(main())
print("the loop has ended", flush=True)
left.set()
""")  # fmt: skip
    assert ended.stdout.splitlines() == ["the loop has ended", "written last words"]


def test_what_it_raises_comes_through_and_who_is_cancelled_only_stops_to_wait() -> None:
    let_go, done = threading.Event(), threading.Event()

    def slow() -> None:
        assert let_go.wait(MINUTE)
        done.set()

    async def program() -> None:
        with pytest.raises(ZeroDivisionError):
            await in_thread(lambda: 1 // 0)
        waiting = asyncio.create_task(in_thread(slow))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(program)
    let_go.set()
    assert done.wait(MINUTE)


def test_what_is_lost_is_said(complaints: Complaints) -> None:
    sink = Held()
    one = Core(sink)

    async def program() -> None:
        one.record()
        one.broadcaster.shutdown = lambda **options: False  # thirty seconds later
        async with one.broadcaster:
            pass

    run(program)
    del one.broadcaster.shutdown
    sink.let_go.set()
    one.broadcaster.shutdown(drain=True)
    [line] = complaints.take()
    assert line.startswith("Shut down after ")
