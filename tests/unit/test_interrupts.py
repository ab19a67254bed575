"""An exception strikes at every bytecode: nothing stays taken, nobody stays asleep, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from kevent import runtime
from kevent.channel import Channel, ChannelClosed, CloseOfClosedChannel, SendOnClosedChannel
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.waitgroup import Semaphore, WaitGroup, _Acquirer
from kevent.waiting import Turn, Waiter

from .strikes import Interrupt, at_every_bytecode, interrupt, unstruck

ORDINARY = (ChannelClosed, CloseOfClosedChannel, SendOnClosedChannel, TimeoutError)


class Bench:
    """A channel, what others in line have brought and got, and what one call did that may have been interrupted."""

    def __init__(self, capacity: int, filled: int = 0) -> None:
        self.channel: Channel[int] = Channel(capacity)
        self.others: list[tuple[Waiter, bool]] = []
        self.numbers = count()
        self.sent: list[int] = []  # for certain
        self.trying: list[int] = []  # perhaps
        self.received: list[int] = []
        for number in range(filled):
            self.channel.send(number)
            self.sent.append(number)
        self.numbers = count(filled)

    def send(self, how: Callable[[Channel[int], int], object] = Channel.send) -> None:
        number = next(self.numbers)
        self.trying.append(number)
        if how(self.channel, number) is not False:
            self.sent.append(number)
            self.trying.remove(number)

    def receive(self, how: Callable[[Channel[int]], Any] = Channel.receive) -> None:
        self.received.append(how(self.channel))

    def somebody_sends(self) -> None:
        """Another goroutine stands in line with a value."""
        sender = Waiter(Turn(), next(self.numbers))
        self.channel._locked(self.channel._put_or_line_up, sender)
        assert not sender.turn.decided
        self.others.append((sender, True))

    def somebody_receives(self) -> None:
        receiver = Waiter(Turn())
        self.channel._locked(self.channel._take_or_line_up, receiver)
        assert not receiver.turn.decided
        self.others.append((receiver, False))

    def check(self, struck: bool) -> None:
        channel = self.channel
        assert not channel._mutex._is_owned()
        for line in (channel._senders, channel._receivers):
            for waiter in line:
                assert waiter in [other for other, _ in self.others], "somebody stands in line who has gone"
        received = list(self.received)
        for waiter, sends in self.others:
            if waiter.turn.decided:
                assert waiter.turn.parker.park(0), "somebody was served and sleeps on"
                if waiter.turn.ok and sends:
                    self.sent.append(waiter.value)
                elif waiter.turn.ok:
                    received.append(waiter.value)
            elif sends:
                assert not channel.closed
                assert channel._buffer.free() <= 0, "there is room and somebody waits"
            else:
                assert not channel.closed
                assert not len(channel), "there is something and somebody waits"
        with suppress(CloseOfClosedChannel):
            channel.close()
        received += channel.receive_many(1000)
        assert len(received) == len(set(received)), f"{received}: twice"
        assert set(received) <= {*self.sent, *self.trying}
        lost = set(self.sent) - set(received)
        assert len(lost) <= struck, f"{self.sent} sent, {received} received"


@pytest.fixture(autouse=True)
def others_come_when_we_wait(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What others do as soon as somebody waits, on his own thread: no need of another, and of any luck."""
    acts: list[Callable[[], object]] = []
    park = runtime._ThreadParker.park

    def others_then_park(parker: Any, timeout: float | None = None) -> bool:
        with unstruck():
            while acts:
                acts.pop(0)()
        return park(parker, 0 if timeout is None else timeout)

    monkeypatch.setattr(runtime._ThreadParker, "park", others_then_park)
    LOOPS.clear()
    return acts


def select_send(channel: Channel[int], number: int) -> None:
    select(Receive(Channel()), Send(channel, number))


def select_receive(channel: Channel[int]) -> Any:
    return select(Send(Channel(), 0), Receive(channel))[1]


def send_all(channel: Channel[int], number: int) -> bool:
    return channel.try_send_many([number]) == 1


def lend_all(channel: Channel[int], number: int) -> bool:
    return channel.try_send_many([number], keep=True) == 1


def first_of_a_loop(channel: Channel[int]) -> int:
    LOOPS.append(iter(channel))  # an interrupt that strikes while a generator is being closed goes nowhere
    return next(LOOPS[-1])


LOOPS: list[Iterator[int]] = []
SENDS = [
    Channel.send, Channel.try_send, send_all, lend_all, select_send,
    lambda channel, number: select(Send(channel, number), default=True)[0] == 0,
]  # fmt: skip
RECEIVES = [
    Channel.receive,
    lambda channel: channel.receive_ok()[0],
    lambda channel: channel.try_receive()[0],
    first_of_a_loop,
    select_receive,
    lambda channel: select(Receive(channel), default=True)[1],
]
WAITING_SENDS = [Channel.send, select_send]
WAITING_RECEIVES = [*RECEIVES[:2], RECEIVES[3], select_receive]


def run(make: Callable[[], Bench], act: Callable[[Bench], object]) -> None:
    for strike in at_every_bytecode(interrupt):
        bench = make()
        with suppress(Interrupt, *ORDINARY), strike:
            act(bench)
        try:
            bench.check(strike.struck)
        except AssertionError as error:
            error.add_note(f"struck at {strike.where}")
            raise


@pytest.mark.parametrize("how", SENDS)
@pytest.mark.parametrize(
    ("capacity", "filled"),
    [pytest.param(9, 0, marks=pytest.mark.weekly), (9, 2), pytest.param(9, 4, marks=pytest.mark.weekly), (2, 2)],
)
def test_an_interrupted_send(how: Any, capacity: int, filled: int) -> None:
    if filled == capacity and how in WAITING_SENDS:
        pytest.skip("it would wait")
    run(lambda: Bench(capacity, filled), lambda bench: (bench.send(how), bench.send(how)))


@pytest.mark.parametrize("how", SENDS)
@pytest.mark.parametrize("capacity", [0, 3])
def test_an_interrupted_send_to_somebody_who_waits(how: Any, capacity: int) -> None:
    def make() -> Bench:
        bench = Bench(capacity)
        bench.somebody_receives()
        bench.somebody_receives()
        return bench

    run(make, lambda bench: bench.send(how))


@pytest.mark.ci
@pytest.mark.parametrize("how", WAITING_SENDS)
@pytest.mark.parametrize("capacity", [0, 2])
def test_an_interrupted_wait_to_send(how: Any, capacity: int, others_come_when_we_wait: list[Any]) -> None:
    benches: list[Bench] = []

    def make() -> Bench:
        benches.append(Bench(capacity, capacity))
        others_come_when_we_wait[:] = [benches[-1].receive]
        return benches[-1]

    run(make, lambda bench: bench.send(how))


@pytest.mark.parametrize("how", WAITING_SENDS)
def test_an_interrupted_wait_to_send_that_nobody_ends(how: Any) -> None:
    run(lambda: Bench(1, 1), lambda bench: bench.channel.send(7, timeout=0))


@pytest.mark.parametrize("how", RECEIVES)
@pytest.mark.parametrize(
    ("capacity", "filled", "waiting"),
    [
        pytest.param(0, 0, 2, marks=pytest.mark.thorough),
        (1, 1, 0),
        *(pytest.param(*each, marks=pytest.mark.weekly) for each in ((3, 3, 2), (5, 3, 0))),
    ],
)
def test_an_interrupted_receive(how: Any, capacity: int, filled: int, waiting: int) -> None:
    def make() -> Bench:
        bench = Bench(capacity, filled)
        for _ in range(waiting):
            bench.somebody_sends()
        return bench

    run(make, lambda bench: bench.receive(how))
    if filled + waiting > 1:
        run(make, lambda bench: (bench.receive(how), bench.receive(how)))


@pytest.mark.ci
@pytest.mark.parametrize("how", WAITING_RECEIVES)
@pytest.mark.parametrize("capacity", [0, 2])
def test_an_interrupted_wait_to_receive(how: Any, capacity: int, others_come_when_we_wait: list[Any]) -> None:
    def make() -> Bench:
        bench = Bench(capacity)
        others_come_when_we_wait[:] = [bench.send]
        return bench

    run(make, lambda bench: bench.receive(how))


@pytest.mark.parametrize("how", [*WAITING_RECEIVES, lambda channel: channel.receive_many(3)])
def test_what_was_handed_to_somebody_as_he_was_interrupted_is_the_next_ones(
    how: Any, others_come_when_we_wait: list[Any]
) -> None:
    bench = Bench(2)
    others_come_when_we_wait[:] = [bench.send, bench.send, interrupt]
    with pytest.raises(Interrupt):
        how(bench.channel)
    assert bench.channel.receive_many(9) == bench.sent == [0, 1]


def test_an_interrupted_wait_to_receive_that_nobody_ends() -> None:
    run(lambda: Bench(1), lambda bench: bench.channel.receive(timeout=0))
    run(lambda: Bench(1), lambda bench: select(Receive(bench.channel), timeout=0))


@pytest.mark.ci
@pytest.mark.parametrize("limit", [1, 2, 9])
@pytest.mark.parametrize(("filled", "waiting"), [(3, 0), (3, 2), (0, 0)])
def test_an_interrupted_receive_of_many(
    limit: int, filled: int, waiting: int, others_come_when_we_wait: list[Any]
) -> None:
    def make() -> Bench:
        bench = Bench(3, filled)
        for _ in range(waiting):
            bench.somebody_sends()
        others_come_when_we_wait[:] = [bench.send]
        return bench

    def act(bench: Bench) -> None:
        bench.received += bench.channel.receive_many(limit, ahead=7)

    for strike in at_every_bytecode(interrupt):
        bench = make()
        with suppress(Interrupt), strike:
            act(bench)
        others_come_when_we_wait.clear()
        if strike.returning and "Channel.receive_many" in strike.where:
            continue  # the list that is being returned is lost with the call
        assert bench.channel._buffer.capacity == 3, f"struck at {strike.where}: senders may still run ahead"
        bench.check(strike.struck)


def test_an_interrupted_loop(others_come_when_we_wait: list[Any]) -> None:
    def make() -> Bench:
        bench = Bench(3, 3)
        others_come_when_we_wait[:] = [bench.send, bench.channel.close]
        return bench

    def act(bench: Bench) -> None:
        LOOPS.append(iter(bench.channel))
        for value in LOOPS[-1]:
            bench.received.append(value)

    run(make, act)


@pytest.mark.parametrize("filled", [0, 2, 3])
def test_an_interrupted_close(filled: int) -> None:
    def make() -> Bench:
        bench = Bench(3, filled)
        for _ in range(2 if filled != 2 else 0):
            (bench.somebody_sends if filled == 3 else bench.somebody_receives)()
        return bench

    run(make, lambda bench: bench.channel.close())
    run(make, lambda bench: (bench.channel.close(), bench.channel.close()))
    run(make, lambda bench: (bench.channel.close(), bench.send()))


# --- wait groups and semaphores ---------------------------------------------------------------------------------


def somebody_waits(group: WaitGroup) -> Turn:
    """Another goroutine in `wait`, asleep."""
    group._state.add(1)
    return somebody_acquires(group._semaphore)


def somebody_acquires(semaphore: Semaphore) -> Turn:
    place = _Acquirer(semaphore)
    place.line_up()
    return place.turn


def test_an_interrupted_done_lets_everybody_go_or_has_not_been() -> None:
    for strike in at_every_bytecode(interrupt):
        group = WaitGroup()
        group.add(1)
        waiting = [somebody_waits(group), somebody_waits(group)]
        with suppress(Interrupt), strike:
            group.done()
        if group.counter == 0:
            assert group.state == 0, strike.where
            assert group._semaphore._level() == 2, strike.where
            for turn in waiting:  # each who is woken takes one and goes
                assert turn.parker.park(0), strike.where
                group._semaphore.acquire()
            assert group._semaphore._level() == 0, strike.where
        else:
            assert group.state == 1 << 32 | 2
            assert not any(turn.decided for turn in waiting)


@pytest.mark.parametrize("timeout", [None, 0])
@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("ends", [True, False])
def test_an_interrupted_wait_has_not_been(
    timeout: float | None, others: int, ends: bool, others_come_when_we_wait: list[Any]
) -> None:
    if timeout is None and not ends:
        pytest.skip("it would wait for ever")
    for strike in at_every_bytecode(interrupt):
        group = WaitGroup()
        group.add(1)
        waiting = [somebody_waits(group) for _ in range(others)]
        others_come_when_we_wait[:] = [group.done] if ends else []
        with suppress(Interrupt), strike:
            assert group.wait(timeout=timeout) is ends
        others_come_when_we_wait.clear()
        if group.counter:
            assert group.state == 1 << 32 | others, strike.where
            group.done()
        assert group.state == 0
        for turn in waiting:
            assert turn.parker.park(0), strike.where
            assert group._semaphore.acquire(timeout=0)
        assert group._semaphore._level() == 0, strike.where
        assert not group._semaphore._line, strike.where
        group.add(1)  # and the next round
        group.done()
        assert group.wait()


@pytest.mark.parametrize("timeout", [None, 0])
@pytest.mark.parametrize("released", [0, 1])
def test_an_interrupted_acquire_passes_on_what_it_was_given(
    timeout: float | None, released: int, others_come_when_we_wait: list[Any]
) -> None:
    for strike in at_every_bytecode(interrupt):
        semaphore = Semaphore()
        for _ in range(released):
            semaphore.release()
        others: list[Turn] = []

        def another_and_a_release(semaphore: Semaphore = semaphore, others: list[Turn] = others) -> None:
            others.append(somebody_acquires(semaphore))
            semaphore.release()

        others_come_when_we_wait[:] = [another_and_a_release]
        taken = False
        with suppress(Interrupt), strike:
            taken = semaphore.acquire(timeout=timeout)
        others_come_when_we_wait.clear()
        units = semaphore._level()
        if others and not taken and units:
            assert others[0].decided, strike.where
            assert others[0].parker.park(0), strike.where
        assert [place for place in semaphore._line if place.turn not in others] == [], strike.where
        if not strike.struck:
            assert taken
        elif units == 0 and (released or others):
            assert strike.returning, strike.where


def test_an_interrupted_release_wakes_or_has_not_been() -> None:
    for strike in at_every_bytecode(interrupt):
        semaphore = Semaphore()
        turn = somebody_acquires(semaphore)
        with suppress(Interrupt), strike:
            semaphore.release()
        assert turn.decided is bool(semaphore._level()), strike.where
        assert turn.parker.park(0) is turn.decided, strike.where


def test_an_interrupted_join_can_be_repeated() -> None:
    for strike in at_every_bytecode(interrupt):
        gate: Channel[None] = Channel(1)
        gate.close()
        goroutine = go(gate.receive_ok)
        with suppress(Interrupt), strike:
            assert goroutine.join()
        assert goroutine.join(timeout=60)
        assert not goroutine.alive
