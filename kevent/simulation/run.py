"""One goroutine at a time, in an order we choose, on a clock that jumps.

`simulate(scenario)` runs a function whose `go`, `sleep`, channels, locks and wait groups are answered here instead of
by threads. A goroutine is a fiber; it gives way only *before* a step, that is, before a verb of a primitive. The
scheduler then picks one of the goroutines that can go on, and that one takes exactly one step. When nobody can go on,
time jumps to the next sleeper; when nobody sleeps either, the run is over, or it is a deadlock.

So a run is a list of choices and nothing else. The same choices give the same run, and a `Run` keeps them.
"""

from __future__ import annotations

import functools
import heapq
import inspect
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from kevent import runtime
from kevent.errors import KeventError
from kevent.runtime import Goroutine, Parker, primitive
from kevent.simulation.fiber import FiberExit, Fibers
from kevent.simulation.schedule import AtRandom, InOrder, Refused, Replay, Schedule, ScheduleMismatch, Strategy

__all__ = ["EPOCH", "Deadlock", "Run", "Schedule", "ScheduleMismatch", "Simulation", "Step", "StepLimit", "simulate"]

T = TypeVar("T")

EPOCH = 1_549_324_800_000_000_000
"""Where the simulated clock starts, in Unix nanoseconds: 2019-02-05T00:00:00Z."""

SECOND = 1_000_000_000

MAX_STEPS = 200_000
"""How many steps a run may take when nobody says."""


class Deadlock(KeventError):
    """Nobody can go on, nobody sleeps, and the scenario has not returned. The text says who waits for what.

    In Go: "fatal error: all goroutines are asleep - deadlock!".
    """


class StepLimit(KeventError):
    """The run took more steps than it was allowed: probably somebody goes round in a circle."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a trace: what one goroutine did in one indivisible step.

    A step that had to wait is there twice: `blocked` when the goroutine went to sleep on it, and again, not blocked,
    when it could be completed. A value is shown as the primitive was given it.
    """

    number: int
    """Its place in the trace, from 0."""
    time: int
    """Virtual nanoseconds since the start of the run."""
    goroutine: str
    """Who took the step."""
    operation: str
    """The verb: "send", "receive", "add", "sleep", "go", "start", "end", …"""
    name: str
    """The name of the primitive: of the channel, the lock, the word, or of the goroutine started."""
    value: object = None
    """What the verb was given: the value sent, the delta added, the seconds to sleep."""
    result: object = None
    """What it gave back: the value received, the new word, whether a `try_send` succeeded."""
    after: int | None = None
    """The queue's depth or the state word after the step; None where there is nothing to count."""
    blocked: bool = False
    """Whether the goroutine had to wait here."""
    error: str = ""
    """The text of the exception that the verb raised, or nothing."""


@dataclass(slots=True)
class Run(Generic[T]):
    """What came of `simulate`: a result or an error, and how it came about."""

    result: T | None
    """What the scenario returned; None if it did not."""
    error: BaseException | None
    """What ended the run early: an exception that a goroutine let escape, a Deadlock, a StepLimit. Else None."""
    time: int
    """Virtual nanoseconds that the run took."""
    trace: list[Step] = field(repr=False)
    """Every step in order; empty if the run was not recorded."""
    alive: list[str]
    """Who still waited when the run ended, and for what: goroutines left behind."""
    schedule: Schedule = field(repr=False)
    """Every choice the scheduler had: `simulate(scenario, schedule=…)` repeats the run."""
    steps: int
    """How many steps were taken."""


class _Goroutine:
    """A goroutine of a simulation."""

    __slots__ = ("_joiners", "_simulation", "ended", "fiber", "name", "number", "operation", "primitive", "value")

    def __init__(self, simulation: Simulation, number: int, name: str, function: Callable[[], None]) -> None:
        self._simulation = simulation
        self.number = number
        self.name = name
        self.fiber = simulation.fibers.start(function)
        self.ended = False
        self._joiners: list[Parker] = []
        # The step that it is about to take, is taking, or waits to complete.
        self.primitive: Any = self
        self.operation = "start"
        self.value: object = None

    @property
    def alive(self) -> bool:
        return not self.ended

    def join(self, timeout: float | None = None) -> bool:
        simulation = self._simulation
        if simulation.over or simulation.running is self:  # else it would wait for itself
            return self.ended
        simulation.arrive(self, "join")
        if not self.ended:
            parker = simulation.parker()
            self._joiners.append(parker)
            if not parker.park(timeout):
                self._joiners.remove(parker)
        simulation.record(self.ended)
        return self.ended

    def end(self) -> None:
        self.ended = True
        for parker in self._joiners:
            parker.unpark()

    def doing(self) -> str:
        """What it waits for, in words: "receive on incoming"."""
        name = self.primitive.name
        return f"{self.operation} on {name}" if name else self.operation

    def _level(self) -> None:
        return None

    def __repr__(self) -> str:
        return f"<goroutine {self.name}>"


class _Parker:
    """A place in the simulation for one goroutine to wait once."""

    __slots__ = ("_goroutine", "_simulation", "_unparked")

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._goroutine: _Goroutine | None = None
        self._unparked = False

    def park(self, timeout: float | None = None) -> bool:
        if not self._unparked:
            simulation = self._simulation
            self._goroutine = simulation.running
            alarm = None if timeout is None else simulation.set_alarm(timeout, self._wake)
            simulation.block()
            self._goroutine = None
            if alarm is not None:
                alarm.cancelled = True  # lest time jump for nobody
        return self._unparked

    def unpark(self) -> None:
        self._unparked = True
        self._wake()

    def _wake(self) -> None:
        if self._goroutine is not None:
            self._simulation.ready(self._goroutine)
            self._goroutine = None


@dataclass(order=True, slots=True)
class _Alarm:
    """Something to happen at a time; of two at the same time, the one set first comes first."""

    time: int
    sequence: int
    ring: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Simulation:
    """The world of one run: its goroutines, its clock, its trace. Implements `kevent.runtime.World`."""

    def __init__(
        self,
        strategy: Strategy,
        fibers: Fibers,
        *,
        seed: int | str = "",
        max_steps: int = MAX_STEPS,
        max_batch: int = 1,
        recorded: bool = False,
    ) -> None:
        self.strategy = strategy
        self.fibers = fibers
        self.time = 0
        self.steps = 0
        self.trace: list[Step] | None = [] if recorded else None
        self.schedule: list[int] = []
        self.running: _Goroutine = None  # type: ignore[assignment]  # set before anything runs
        self.over = False
        self.error: BaseException | None = None
        self._goroutines: list[_Goroutine] = []
        self._names: dict[str, int] = {}
        self._ready: list[int] = []
        self._alarms: list[_Alarm] = []
        self._sequence = itertools.count()
        self.switches = 0
        self._groups: list[int] = []
        self._max_steps = max_steps
        self._max_batch = max_batch
        self._seed = seed
        self._random: Random | None = None
        self._last_reading = EPOCH - 1
        self.consulted = False  # whether the step being taken has asked for the time or for a random number
        self._ask_always = strategy.ask_always

    # --- the run ---

    def run(self, scenario: Callable[[], T]) -> Run[T]:
        """Run `scenario` as goroutine "main" until everybody has ended or waits for ever."""
        results: list[T] = []
        self.execute(lambda: results.append(scenario()))
        return Run(
            result=results[0] if results else None,
            error=self.error,
            time=self.time,
            trace=self.trace or [],
            alive=[f"{goroutine.name}: {goroutine.doing()}" for goroutine in self.left],
            schedule=Schedule(self.schedule),
            steps=self.steps,
        )

    def execute(self, main: Callable[[], object]) -> None:
        """The bare run, for callers that want no more than `error` and `left`, the goroutines left behind."""
        before = runtime.enter(self)
        try:
            first = self._new_goroutine(main, "main")
            while self.error is None and self._next_goroutine(first):
                self.running.fiber.switch()
            self.over = True
            self.left = [goroutine for goroutine in self._goroutines if not goroutine.ended]
            for goroutine in self.left:
                goroutine.fiber.kill()
            for goroutine in self._goroutines:
                self.fibers.give_back(goroutine.fiber)
            if isinstance(self.error, KeyboardInterrupt):
                raise self.error  # meant for us, not for the scenario
        finally:
            runtime.enter(before)

    def _next_goroutine(self, main: _Goroutine) -> bool:
        """Make somebody the running one, moving time if need be; False when the run is over."""
        jumped = False
        while not self._ready:
            if self._next_alarm():
                self._ring()
                jumped = True
            else:
                if main.alive:
                    waiting = [f"{g.name} waits: {g.doing()}" for g in self._goroutines if g.alive]
                    self.error = Deadlock("all goroutines are asleep: " + "; ".join(waiting))
                return False
        try:
            self._pick(asleep=jumped)
        except Refused as refused:
            self.error = refused
            return False
        return True

    def _pick(self, *, asleep: bool = False) -> None:
        """Decide who runs next, of those that can. Nobody is the one that ran if all were asleep. Raises Refused."""
        ready = self._ready
        before = self.running.number if self.running and not asleep else -1
        if len(ready) > 1:
            number = self.strategy.pick(ready, before)
            self.schedule.append(number)
        else:
            number = self.strategy.pick(ready, before) if self._ask_always else ready[0]
        if number != before:
            self.switches += 1
            self.running = self._goroutines[number]

    def _pick_or_stop(self) -> None:
        """`_pick`, called by a goroutine: what goes wrong here is not for its code to catch."""
        try:
            self._pick()
        except Refused as refused:
            self.stop(refused)

    def stop(self, error: BaseException) -> None:
        """End the run here and now. Called by a goroutine, which does not go on."""
        self.error = error
        self.fibers.hub.switch()

    def _new_goroutine(self, function: Callable[[], object], name: str) -> _Goroutine:
        count = self._names[name] = self._names.get(name, 0) + 1
        unique = name if count == 1 else f"{name}-{count}"
        goroutine = _Goroutine(self, len(self._goroutines), unique, lambda: self._live(goroutine, function))
        self._goroutines.append(goroutine)
        self._ready.append(goroutine.number)
        return goroutine

    def _live(self, goroutine: _Goroutine, function: Callable[[], object]) -> None:
        """A goroutine's life, from its first step to its end."""
        try:
            self.count_step()
            self.record()
            function()
        except FiberExit:
            pass
        except BaseException as error:
            # What a `finally` block runs into while its goroutine is being killed is no part of the run.
            if self.error is None and not self.over:
                self.error = error
                self.error.add_note(f"in goroutine {goroutine.name}, step {self.steps} of the simulation")
        goroutine.end()
        if not self.over:
            self._ready.remove(goroutine.number)
            goroutine.primitive, goroutine.operation, goroutine.value = goroutine, "end", None
            if self.trace is not None:
                self.record(error=tell(str, self.error) if self.error else "")

    def about_to(self, number: int) -> str:
        """What a goroutine, by its number, will do or waits for: "worker: add on group"."""
        goroutine = self._goroutines[number]
        return f"{goroutine.name}: {goroutine.doing()}"

    # --- what primitives call ---

    def arrive(self, primitive: Any, operation: str, value: object = None) -> None:
        """The running goroutine is about to take a step: let the scheduler choose who goes first."""
        goroutine = self.running
        goroutine.primitive, goroutine.operation, goroutine.value = primitive, operation, value
        if len(self._ready) > 1 or self._ask_always:
            self._pick_or_stop()
            if self.running is not goroutine:
                self.running.fiber.switch()
        self.count_step()

    def count_step(self) -> None:
        """Count a step of the running goroutine; beyond `max_steps` the run ends with `StepLimit`."""
        self.steps += 1
        if self.steps > self._max_steps:
            who = self.running
            self.stop(StepLimit(f"no end after {self._max_steps} steps; {who.name} was at {who.doing()}"))

    def block(self) -> None:
        """The running goroutine cannot complete its step: let others run until somebody makes it ready."""
        if self.over:
            raise FiberExit
        goroutine = self.running
        self.record(blocked=True)
        if self._ask_always and hasattr(goroutine.primitive, "_parts"):
            # Who waits on two primitives at once ties them together: a step on one can decide what the other's does.
            first, *rest = self._parts(goroutine.primitive)
            for part in rest:
                self._groups[part] = first
        self._ready.remove(goroutine.number)
        if self._ready:
            self._pick_or_stop()
            self.running.fiber.switch()
        else:
            self.fibers.hub.switch()
        self.count_step()

    def afterwards(self, operation: str, plain: Callable[..., Any], primitive: Any, args: Any, kwargs: Any) -> Any:
        """Take a step when the run is over. What was left on a channel can be taken off; nobody can wait.

        Raises RuntimeError if another simulation is running: it could not schedule, nor repeat, such a step.
        """
        if runtime.current() is self:
            return plain(primitive, *args, **kwargs)  # a goroutine that is being killed
        if runtime.current() is not runtime.THREADS:
            what = f"the {type(primitive).__name__} {primitive.name!r}" if primitive.name else type(primitive).__name__
            raise RuntimeError(
                f"{operation} on {what}, which was made in another simulation: make it inside the scenario"
            )
        before = runtime.enter(self)
        try:
            return plain(primitive, *args, **kwargs)
        except FiberExit:
            what = f"{operation} on {primitive.name}" if primitive.name else operation
            raise Deadlock(f"{what} would wait for ever: the simulation is over") from None
        finally:
            runtime.enter(before)

    def ready(self, goroutine: _Goroutine) -> None:
        """A blocked goroutine may go on."""
        self._ready.append(goroutine.number)

    def record(self, result: object = None, *, blocked: bool = False, error: str = "") -> None:
        """Write the running goroutine's step into the trace."""
        if self.trace is None:
            return
        goroutine = self.running
        self.trace.append(
            Step(
                number=len(self.trace),
                time=self.time,
                goroutine=goroutine.name,
                operation=goroutine.operation,
                name=goroutine.primitive.name,
                value=goroutine.value,
                result=result,
                after=goroutine.primitive._level(),
                blocked=blocked,
                error=error,
            )
        )

    # --- the clock ---

    def set_alarm(self, seconds: float, ring: Callable[[], None]) -> _Alarm:
        """Have `ring` called when the clock has come `seconds` further (below zero: now), unless it is cancelled."""
        alarm = _Alarm(self.time + max(round(seconds * SECOND), 0), next(self._sequence), ring)
        heapq.heappush(self._alarms, alarm)
        return alarm

    def _next_alarm(self) -> _Alarm | None:
        while self._alarms and self._alarms[0].cancelled:
            heapq.heappop(self._alarms)
        return self._alarms[0] if self._alarms else None

    def _ring(self) -> None:
        """Jump to the next alarm; all that are set to the same instant ring together."""
        self.time = self._alarms[0].time
        while (alarm := self._next_alarm()) and alarm.time == self.time:
            heapq.heappop(self._alarms).ring()

    # --- kevent.runtime.World ---

    def go(self, function: Callable[..., object], args: tuple[Any, ...], name: str) -> Goroutine:
        """Start a goroutine. It gets the next number, and may go first. In Go: `go f(x)`.

        When the run is over nothing starts any more: the caller ends.
        """
        if self.over:
            raise FiberExit
        goroutine = self._new_goroutine(lambda: function(*args), name)
        self._ready.remove(goroutine.number)
        self.arrive(goroutine, "go")
        self._ready.append(goroutine.number)
        self.record()
        return goroutine

    def sleep(self, seconds: float) -> None:
        """Let the running goroutine wait; the clock jumps when nobody else can go on.

        When the run is over nobody waits any more: the caller ends.
        """
        if self.over:
            raise FiberExit
        self.arrive(_CLOCK, "sleep", seconds)
        if seconds > 0:
            self.parker().park(seconds)
        self.record()

    def now(self) -> int:
        """The virtual time in nanoseconds since 1970. Each reading is later than the one before, by one at least."""
        self.consulted = True
        self._last_reading = max(EPOCH + self.time, self._last_reading + 1)
        return self._last_reading

    def monotonic(self) -> int:
        """Virtual nanoseconds since the start of the run. It moves only when nobody can go on, whoever asks."""
        return self.time

    def distinct(self, time: int) -> int:
        """The time itself, as no two readings of this clock are equal."""
        return time

    def random(self) -> float:
        """A number from 0 (included) to 1 (excluded), drawn from the seed."""
        self.consulted = True
        if self._random is None:
            self._random = Random(self._seed)
        return self._random.random()

    def choose(self, count: int) -> int:
        """One of `count` ways, by the strategy; it becomes part of the schedule. When the run is over: the first."""
        if self.over:
            return 0
        try:
            way = self.strategy.choose(count)
        except Refused as refused:
            self.stop(refused)
        self.schedule.append(way)
        return way

    def max_batch(self) -> int:
        """How many queued items a loop may take in one step: what `simulate` was told."""
        return self._max_batch

    def lock(self, name: str) -> SimulatedLock:
        """A lock whose taking and giving back are steps of this run."""
        return SimulatedLock(name)

    def parker(self) -> _Parker:
        """A place where one goroutine waits once, without a step of its own."""
        return _Parker(self)

    def new(self, cls: type[Any]) -> Any:
        """An instance of a primitive class whose verbs are steps of this run."""
        instance = object.__new__(_stepwise(cls))  # type: ignore[arg-type]
        instance._simulation = self
        instance._number = len(self._groups)
        self._groups.append(instance._number)
        return instance

    # --- for exploring fewer orders ---

    def touches(self, number: int) -> tuple[frozenset[int], bool]:
        """What the next step of a goroutine touches, as numbers, and whether it only looks at it."""
        goroutine = self._goroutines[number]
        primitive, operation = goroutine.primitive, goroutine.operation
        own = -2 - number  # whoever joins it looks at this
        if primitive is _CLOCK or operation == "start":
            return frozenset((own,)), False
        if operation == "go":
            return frozenset((own, -1)), False  # the order of starts gives goroutines their numbers
        if operation == "join":
            return frozenset((own, -2 - primitive.number)), False
        return frozenset((own, *self._parts(primitive))), operation == "load"

    def _parts(self, primitive: Any) -> list[int]:
        parts = primitive._parts() if hasattr(primitive, "_parts") else (primitive,)
        return [self._group(part._number) for part in parts]

    def _group(self, number: int) -> int:
        while self._groups[number] != number:
            number = self._groups[number]
        return number


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def tell(say: Callable[[Any], str], value: object) -> str:
    """What `repr` or `str` says, if it says anything, less the addresses in memory, which differ from run to run."""
    try:
        text = say(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose {say.__name__} raises {type(error).__name__}>"
    return _ADDRESS.sub("", text) if " at 0x" in text else text


class _Clock:
    name = "clock"

    def _level(self) -> None:
        return None


_CLOCK = _Clock()


@functools.cache
def _stepwise(cls: type[Any]) -> type[Any]:
    """The subclass of a primitive class whose verbs are steps of a simulation."""
    verbs: dict[str, Any] = {verb: _step(getattr(cls, verb), verb) for verb in cls._verbs}
    return type(cls.__name__, (cls,), verbs | {"__module__": cls.__module__, "__doc__": cls.__doc__})


def _step(plain: Callable[..., Any], operation: str) -> Callable[..., Any]:
    @functools.wraps(plain)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        simulation: Simulation = self._simulation
        if simulation.over:
            return simulation.afterwards(operation, plain, self, args, kwargs)
        simulation.arrive(self, operation, args[0] if len(args) == 1 else args or None)
        if simulation.trace is None:
            return plain(self, *args, **kwargs)
        try:
            result = plain(self, *args, **kwargs)
        except Exception as error:
            simulation.record(error=tell(str, error))
            raise
        simulation.record(result)
        return result

    return step


@primitive("acquire", "release")
class SimulatedLock:
    """`kevent.runtime.Lock` in a simulation: the first in line gets it."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._held = False
        self._line: list[Parker] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        parker = runtime.parker()
        self._line.append(parker)
        if parker.park(None if timeout < 0 else timeout):
            return True
        self._line.remove(parker)
        return False

    def release(self) -> None:
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if self._line:
            self._line.pop(0).unpark()  # it stays held, by the next in line
        else:
            self._held = False

    def locked(self) -> bool:
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def _level(self) -> int:
        return int(self._held)


def check_arguments(scenario: object, max_steps: int, max_batch: int) -> None:
    """Refuse what cannot be run, for `simulate`, `explore` and `search` alike."""
    if not callable(scenario):
        raise TypeError(f"scenario must be callable, not {type(scenario).__name__}")
    if inspect.iscoroutinefunction(scenario) or inspect.isgeneratorfunction(scenario):
        raise TypeError("scenario must be a plain function: calling a coroutine or generator function runs none of it")
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least one: {max_steps}")
    if max_batch < 1:
        raise ValueError(f"max_batch must be at least one: {max_batch}")


def simulate(
    scenario: Callable[[], T],
    *,
    seed: int | str | None = None,
    schedule: Sequence[int] | None = None,
    max_steps: int = MAX_STEPS,
    max_batch: int = 1,
) -> Run[T]:
    """Run `scenario` with every goroutine, clock and channel it makes inside a simulation, and record each step.

    Without `seed` and `schedule` a goroutine runs until it has to wait, then the one that has been ready longest.
    With a `seed` every choice is drawn from it. With a `schedule` (a `Run.schedule`) the choices of that run are
    repeated. The same arguments give the same run, in any process. `seed` also decides what `runtime.random` says.

    The run goes on after the scenario has returned, until every goroutine has ended or waits for something that will
    not come; those are in `Run.alive`. It ends early, with `Run.error`, when a goroutine lets an exception escape,
    when there is a Deadlock, or after `max_steps` steps (StepLimit). `simulate` itself raises only for bad arguments
    and KeyboardInterrupt.

    `max_batch` is how many queued events a loop may take in one step. With 1 the steps are Go's own.
    """
    check_arguments(scenario, max_steps, max_batch)
    strategy: Strategy
    if schedule is not None:
        strategy = Replay(schedule)
    elif seed is not None:
        strategy = AtRandom(f"schedule {seed}")
    else:
        strategy = InOrder()
    fibers = Fibers()
    simulation = Simulation(
        strategy, fibers, seed=f"values {seed}", max_steps=max_steps, max_batch=max_batch, recorded=True
    )
    try:
        return simulation.run(scenario)
    finally:
        fibers.close()
