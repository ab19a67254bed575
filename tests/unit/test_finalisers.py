"""Code that comes in between, on the same thread: finalisers, weakref callbacks, signal handlers. They may record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from kevent.channel import Channel, CloseOfClosedChannel, SendOnClosedChannel
from kevent.exclusive import Reentered
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.waitgroup import AtomicUint64, Semaphore, WaitGroup
from tests.support import in_time, python

from .strikes import at_every_bytecode
from .test_interrupts import Bench, lend_all, send_all

ACTS: dict[str, Callable[[Bench], object]] = {
    "send": lambda bench: [bench.send() for _ in range(2)],
    "try_send": lambda bench: [bench.send(Channel.try_send) for _ in range(2)],
    "try_send_many": lambda bench: [bench.send(how) for how in (send_all, lend_all)],
    "receive": lambda bench: [bench.receive() for _ in range(2)],
    "try_receive": lambda bench: bench.receive(lambda channel: channel.try_receive()[0]),
    "receive_many": lambda bench: bench.received.extend(bench.channel.receive_many(2)),
    "receive all": lambda bench: bench.received.extend(bench.channel.receive_many(9)),
    "loop": lambda bench: bench.received.extend(value for _, value in zip(range(2), bench.channel, strict=False)),
    "select to send": lambda bench: bench.send(lambda channel, number: select(Send(channel, number))),
    "select to receive": lambda bench: bench.receive(lambda channel: select(Receive(channel))[1]),
    "close": lambda bench: bench.channel.close(),
    "len": lambda bench: len(bench.channel),
    "give up": lambda bench: Channel[int](0).receive(timeout=0),
}


def between(make: Callable[[], Bench], act: Callable[[Bench], object], strike: Callable[[Bench], object]) -> None:
    """Do `strike` before every bytecode of `act` in turn: neither hangs, and nothing is lost."""
    benches = [make()]

    def run() -> None:
        for one in at_every_bytecode(lambda: strike(benches[-1])):
            bench = make()
            benches.append(bench)
            with suppress(SendOnClosedChannel, CloseOfClosedChannel, TimeoutError), one:
                act(bench)
            try:
                bench.check(struck=False)
            except AssertionError as error:
                error.add_note(f"struck at {one.where}")
                raise

    in_time(run)


def full_of(capacity: int, filled: int, waiting: str) -> Callable[[], Bench]:
    def make() -> Bench:
        bench = Bench(capacity, filled)
        for _ in range(3):
            if waiting == "senders":
                bench.somebody_sends()
            elif waiting == "receivers":
                bench.somebody_receives()
        return bench

    return make


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("how", [Channel.try_send, send_all, Channel.send])
def test_what_a_finaliser_sends_is_not_lost_and_hangs_nothing(act: str, how: Any) -> None:
    sent: list[bool] = []

    def strike(bench: Bench) -> None:
        before = len(bench.sent)
        with suppress(SendOnClosedChannel):
            bench.send(how)
            sent.append(len(bench.sent) > before)

    between(full_of(20, 5, "nobody"), ACTS[act], strike)
    assert all(sent), "there was room"


@pytest.mark.ci
@pytest.mark.parametrize("act", ["send", "try_send", "try_send_many", "select to send", "close", "len", "give up"])
@pytest.mark.parametrize("capacity", [0, 4])
def test_what_a_finaliser_sends_reaches_those_who_wait(act: str, capacity: int) -> None:
    between(full_of(capacity, 0, "receivers"), ACTS[act], lambda bench: quietly(bench.send, Channel.try_send))


@pytest.mark.parametrize("act", ["receive", "receive_many", "receive all", "select to receive", "close", "try_send"])
def test_a_finaliser_finds_a_full_channel(act: str) -> None:
    between(full_of(2, 2, "senders"), ACTS[act], lambda bench: quietly(bench.send, Channel.try_send))


@pytest.mark.parametrize("act", ACTS)
def test_a_finaliser_may_close_the_channel(act: str) -> None:
    between(full_of(20, 5, "nobody"), ACTS[act], lambda bench: quietly(bench.channel.close))


@pytest.mark.parametrize("act", ["send", "try_send", "try_send_many", "len"])
def test_a_finaliser_may_close_a_channel_that_others_wait_for(act: str) -> None:
    between(full_of(4, 0, "receivers"), ACTS[act], lambda bench: quietly(bench.channel.close))


@pytest.mark.ci
@pytest.mark.parametrize("act", ACTS)
def test_a_finaliser_may_ask_how_many_there_are(act: str) -> None:
    between(full_of(20, 5, "nobody"), ACTS[act], lambda bench: (len(bench.channel), repr(bench.channel)))


@pytest.mark.weekly
@pytest.mark.parametrize("act", ["select to send", "receive", "close", "try_send_many"])
@pytest.mark.parametrize(
    "wait",
    [
        lambda bench: bench.channel.receive(),
        lambda bench: bench.channel.receive_many(2),
        lambda bench: select(Receive(Channel()), Send(Channel(), 1)),
        lambda bench: Channel[int](0).send(1),
        lambda bench: Semaphore().acquire(),
        lambda bench: waits_for_a_group(),
    ],
)
def test_a_finaliser_that_would_wait_for_what_it_interrupted_is_told(act: str, wait: Callable[[Bench], object]) -> None:
    told: list[bool] = []

    def strike(bench: Bench) -> None:
        if not bench.channel._mutex._is_owned():
            return  # between two sections it may wait like anybody else
        try:
            got = wait(bench)
            bench.received += [got] if isinstance(got, int) else got if isinstance(got, list) else []
        except Reentered as error:
            told.append("finaliser or signal handler" in str(error))

    between(full_of(20, 5, "nobody"), ACTS[act], strike)
    assert told
    assert all(told)


def waits_for_a_group() -> None:
    group = WaitGroup()
    group.add(1)
    group.wait()


def test_a_finaliser_does_not_join_what_may_wait_for_the_code_it_interrupted() -> None:
    channel, gate = Channel[int](1), Channel[int](0)
    other = go(Channel.receive_ok, gate)
    with pytest.raises(Reentered):
        channel._locked(other.join)
    gate.close()
    assert other.join(timeout=60)
    channel._locked(other.join)  # no need to wait


def test_two_channels_whose_finalisers_use_each_other_do_not_lock_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kevent.channel.PATIENCE", 3600)
    first, second = Channel[int](9), Channel[int](9)
    both = threading.Barrier(2)

    def in_the_section_of(mine: Channel[int], others: Channel[int]) -> None:
        def finaliser() -> None:
            both.wait()  # now each holds his own
            assert others.try_send(1)
            both.wait()

        mine._locked(finaliser)

    goroutines = [go(in_the_section_of, first, second), go(in_the_section_of, second, first)]
    assert all(one.join(timeout=60) for one in goroutines)
    assert (first.receive_many(9), second.receive_many(9)) == ([1], [1])


def test_who_holds_what_a_finaliser_waits_for_can_still_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finaliser waits for a lock of logging, whose holder records an event."""
    monkeypatch.setattr("kevent.channel.PATIENCE", 0)
    channel, lock = Channel[int](9), threading.Lock()
    lock.acquire()
    inside = threading.Event()

    def finaliser() -> None:
        inside.set()
        with lock:
            pass

    other = go(channel._locked, finaliser)
    assert inside.wait(60)
    in_time(lambda: channel.try_send(1))
    assert len(channel) == 0
    lock.release()
    assert other.join(timeout=60)
    assert channel.receive() == 1


def test_words_groups_and_semaphores_may_be_changed_in_between() -> None:
    word, group, semaphore = AtomicUint64(), WaitGroup(), Semaphore()

    def strike() -> None:
        word.add(1)
        group.add(1)
        semaphore.release()

    def run() -> None:
        swapped = 0
        for number, one in enumerate(at_every_bytecode(strike), 1):
            with one:
                word.add(1)
                swapped += word.compare_and_swap(word.load(), word.load() + 1)
                group.add(2)
                group.done()
                group.done()
                semaphore.release()
                semaphore.acquire()
            done = number if one.struck else number - 1
            assert group.counter == semaphore._level() == done, one.where
            assert word.load() == done + number + swapped, one.where
        assert 0 < number - swapped < number, "a strike in between is a swap that fails"

    in_time(run)


def quietly(act: Callable[..., object], *args: Any) -> None:
    with suppress(SendOnClosedChannel, CloseOfClosedChannel):
        act(*args)


def script(text: str) -> str:
    ended = python("-c", text)
    assert ended.stderr == ""
    return ended.stdout


RECORDING = """
import gc, itertools, signal, time
from kevent import EventBroadcaster, EventSource, ObjectReference
pod = ObjectReference("Pod", "shop", "web", "u", "v1")
broadcaster = EventBroadcaster(incoming_length=100_000)
seen = []
broadcaster.start_event_watcher(lambda event: seen.append(event.reason))
recorder = broadcaster.new_recorder(EventSource("test"))
"""


def test_a_program_whose_dying_objects_record_ends() -> None:
    told = script(
        RECORDING
        + """
born = died = 0
class Dying:
    def __init__(self):
        global born
        born += 1
        self.me = self
    def __del__(self):
        global died
        died += 1
        recorder.event(pod, "Normal", "Died", "m")
for number in range(2_000):
    gc.set_threshold(1 + number % 60)  # so that the collector comes now here, now there
    Dying()
    recorder.event(pod, "Normal", "Lives", "m")
gc.collect()
assert broadcaster.flush()
counts = broadcaster.statistics()
broadcaster.shutdown()
assert born == died == 2_000
print(len(seen) + counts.dropped + counts.watchers[0].dropped)
"""
    )
    assert told == "4000\n"


def test_a_program_whose_dying_objects_send_ends() -> None:
    told = script(
        """
import gc
from kevent.channel import Channel
channel = Channel(10)
died = 0
class Dying:
    def __init__(self):
        self.me = self
    def __del__(self):
        global died
        died += 1
        channel.try_send("last words")
for number in range(3_000):
    gc.set_threshold(100_000)
    Dying()
    gc.set_threshold(gc.get_count()[0] + number % 30)  # the collector comes now here, now there
    for _ in range(3):
        try:
            channel.receive(timeout=0)
        except TimeoutError:
            pass
    for value in range(6):
        channel.try_send(value)
    channel.receive_many(100)
gc.collect()
print(died)
"""
    )
    assert told == "3000\n"


@pytest.mark.skipif(not hasattr(__import__("signal"), "setitimer"), reason="no timers here")
def test_a_program_whose_signal_handler_records_ends() -> None:
    told = script(
        RECORDING
        + """
handled = 0
def handle(number, frame):
    global handled
    handled += 1
    recorder.event(pod, "Normal", "Signal", "m")
    signal.setitimer(signal.ITIMER_REAL, 1e-4)  # not before: a busy machine would put handler upon handler
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 1e-4)
recorded = 0
while handled < 300:
    recorder.event(pod, "Normal", "Lives", "m")
    recorded += 1
    len(broadcaster._broadcaster._incoming)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
assert broadcaster.flush()
counts = broadcaster.statistics()
broadcaster.shutdown()
print(len(seen) + counts.dropped + counts.watchers[0].dropped == recorded + handled)
"""
    )
    assert told == "True\n"
