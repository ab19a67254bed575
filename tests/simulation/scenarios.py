"""Small scenarios drawn by lot, made of nothing but primitives.

A scenario is a fixed list of goroutines, each a fixed list of verbs. What a goroutine saw goes into a list of its own,
so that nothing but primitives is shared, and what all of them saw is the result: two orders that anybody can tell
apart give two outcomes.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from kevent import runtime
from kevent.channel import Channel, ChannelClosed
from kevent.runtime import Lock, Panic, go, now, sleep
from kevent.select import Receive, Send, select
from kevent.waitgroup import AtomicUint64, WaitGroup

VERBS = {
    "send": 3, "receive": 3, "try_send": 1, "try_receive": 1, "send_timeout": 1, "receive_timeout": 2, "close": 1,
    "select": 3, "select_default": 1, "select_timeout": 1, "locked": 2, "add": 2, "load": 2, "store": 1, "cas": 1,
    "done": 1, "wait": 1, "sleep": 2, "join": 1, "go": 1, "try_lock": 1, "monotonic": 1, "now": 1, "random": 1,
}  # fmt: skip
"""What a goroutine may do, and how often that is drawn."""

Verb = tuple[str, int, int]


class World:
    """The primitives that the goroutines of one run share."""

    def __init__(self, capacities: tuple[int, ...]) -> None:
        self.channels: list[Channel[Any]] = [Channel(c, name=f"c{i}") for i, c in enumerate(capacities)]
        self.locks = [Lock(name=f"l{i}") for i in range(2)]
        self.words = [AtomicUint64(name=f"w{i}") for i in range(2)]
        self.group = WaitGroup(name="group")
        self.started: list[Any] = []


def draw(seed: int) -> Callable[[], Any]:
    """The scenario of a seed."""
    random = Random(seed)
    capacities = tuple(random.choice((0, 0, 1, 1, 2)) for _ in range(2))
    verbs, weights = list(VERBS), list(VERBS.values())

    def verb() -> Verb:
        return random.choices(verbs, weights)[0], random.randrange(2), random.randrange(3)

    scripts = [[verb() for _ in range(random.randint(1, 3))] for _ in range(random.choice((2, 2, 2, 3)))]
    child = [verb() for _ in range(random.randint(1, 2))]
    added = random.choice((0, 1, 2))
    waits = random.random() < 0.7

    def scenario() -> Any:
        world = World(capacities)
        if added:
            world.group.add(added)
        seen: list[list[Any]] = [[] for _ in scripts]

        def run(number: int) -> None:
            for one in scripts[number]:
                seen[number].append(act(world, one, child))

        for number in range(1, len(scripts)):
            world.started.append(go(run, number, name=f"g{number}"))
        run(0)
        if waits:
            for goroutine in world.started[: len(scripts) - 1]:
                goroutine.join()
        return seen if waits else seen[0]

    return scenario


def act(world: World, one: Verb, child: list[Verb]) -> Any:
    """Do one verb, and say what came of it."""
    try:
        return _act(world, one, child)
    except (Panic, ChannelClosed, TimeoutError) as error:
        return type(error).__name__


def _act(world: World, one: Verb, child: list[Verb]) -> Any:
    verb, which, value = one
    channel, other = world.channels[which], world.channels[1 - which]
    word = world.words[which]
    match verb:
        case "send":
            return channel.send(value)
        case "send_timeout":
            return channel.send(value, timeout=1 + value)
        case "try_send":
            return channel.try_send(value)
        case "receive":
            return channel.receive_ok()
        case "receive_timeout":
            return channel.receive_ok(timeout=1 + value)
        case "try_receive":
            return channel.try_receive()
        case "close":
            return channel.close()
        case "select":
            return select(Send(channel, value), Receive(other)) if value else select(Receive(channel), Receive(other))
        case "select_default":
            return select(Receive(channel), Send(other, value), default=True)
        case "select_timeout":
            return select(Receive(channel), Receive(other), timeout=1)
        case "locked":
            with world.locks[which]:
                return word.load() if value else world.locks[1 - which].acquire(blocking=False)
        case "add":
            return word.add(value + 1)
        case "load":
            return word.load()
        case "store":
            return word.store(7 + value)
        case "cas":
            return word.compare_and_swap(value, 5)
        case "done":
            return world.group.add(-1 if value else 1)
        case "wait":
            return world.group.wait()
        case "sleep":
            return sleep(value)
        case "join":
            return world.started[0].join(None if value else 1) if world.started else None
        case "go":
            go(lambda: [act(world, each, []) for each in child if each[0] != "go"], name="child")
            return None
        case "try_lock":
            return world.locks[which].acquire(timeout=1 if value else 0)
        case "monotonic":
            return runtime.current().monotonic()
        case "now":
            return now() % 1_000_000_000
        case "random":
            return runtime.random()
    raise AssertionError(verb)
