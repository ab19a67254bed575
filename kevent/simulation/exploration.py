"""Every order in which a scenario can happen, or as many as one has time for.

`explore` runs a scenario again and again, each time with another choice of the scheduler, depth first, until no choice
is left. `search` draws its choices by lot, for what is too large to exhaust. Both sort the runs by how they ended and
keep, for each ending, the schedule with the fewest switches between goroutines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kevent.errors import KeventError
from kevent.simulation.fiber import Fibers
from kevent.simulation.run import Deadlock, Simulation, StepLimit, check_arguments, tell
from kevent.simulation.schedule import AtRandom, InOrder, Refused, Schedule, Strategy

__all__ = ["Exploration", "Finding", "Outcome", "ScenarioChanged", "SearchFailed", "explore", "search"]


class SearchFailed(KeventError, AssertionError):
    """A schedule ends as none should. The text says how, and how to see it again."""


class ScenarioChanged(KeventError, RuntimeError):
    """A scenario did something else after the same choices, so its orders cannot be told apart.

    It keeps something from one run to the next (a channel or a list that was made outside of it), or it asks the wall
    clock, `random` or a set's order, instead of `kevent.runtime.now` and `kevent.runtime.random`.
    """


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a scenario ends. `str()` is what a reader would call it."""

    kind: str
    """"returned", "deadlock", "step limit" or "raised"."""
    value: str = ""
    """`repr` of what the scenario returned, without addresses in memory, or nothing for None."""
    error: str = ""
    """The name of the exception's class, if there was one."""
    text: str = ""
    """The exception's text. For a deadlock: who waits for what."""
    left: tuple[str, ...] = ()
    """The goroutines left behind, still waiting after the scenario had returned."""

    def __str__(self) -> str:
        if self.kind == "raised":
            return self.text or self.error
        if self.left:
            return f"{self.kind}, left behind: {', '.join(self.left)}"
        return self.kind

    @property
    def ok(self) -> bool:
        """Whether the scenario returned and left nobody behind."""
        return self.kind == "returned" and not self.left


@dataclass(slots=True)
class Finding:
    """What is known about an outcome."""

    outcome: Outcome
    count: int = 0
    """How many of the schedules that were run ended so."""
    schedule: Schedule = field(default_factory=Schedule, repr=False)
    """One that does, with the fewest switches that were seen: for `simulate(scenario, schedule=…)`."""
    switches: int = -1
    """How often another goroutine went on in it."""
    seed: str | None = None
    """The seed of the run, if it was drawn by lot: `simulate` wants it too, for what `runtime.random` said."""

    def __str__(self) -> str:
        seed = "" if self.seed is None else f", seed={self.seed!r}"
        return f"{self.outcome} (simulate(scenario, schedule={list(self.schedule)}{seed}))"


class Exploration:
    """What `explore` or `search` found. Iterating it gives the outcomes, the most frequent first."""

    def __init__(self) -> None:
        self.schedules = 0
        """How many schedules were run to their end."""
        self.abandoned = 0
        """How many were left half-way because they could only repeat what had been seen (with `reduce`)."""
        self.exhaustive = False
        """Whether nothing was left to run: no other outcome is possible in the model."""
        self.reduced = False
        """Whether of the schedules that differ only in independent steps one was run, and not all (`reduce`)."""
        self.bound = ""
        """What ended the exploration early or narrowed it, in words; empty if nothing did."""
        self._findings: dict[Outcome, Finding] = {}

    def __iter__(self) -> Iterator[Outcome]:
        return iter(sorted(self._findings, key=lambda outcome: -self._findings[outcome].count))

    def __len__(self) -> int:
        return len(self._findings)

    def __contains__(self, outcome: object) -> bool:
        return any(outcome in (known, str(known)) for known in self._findings)

    def __getitem__(self, outcome: Outcome | str) -> Finding:
        """The finding for an outcome or for what it is called; of several with that name the one with fewest switches.

        Raises KeyError if it did not come about.
        """
        named = [finding for known, finding in self._findings.items() if outcome in (known, str(known))]
        if not named:
            raise KeyError(f"no schedule ended in {str(outcome)!r}; there were: {', '.join(map(str, self))}")
        return min(named, key=lambda finding: finding.switches)

    @property
    def findings(self) -> list[Finding]:
        """All findings, the most frequent first."""
        return [self._findings[outcome] for outcome in self]

    def check(self, *allowed: Outcome | str) -> Exploration:
        """Raise SearchFailed, with a schedule and a seed to repeat it, if there is any other outcome than `allowed`.

        By default only those are allowed in which the scenario returned and left nobody behind. Returns itself.
        """
        for finding in self.findings:
            outcome = finding.outcome
            if outcome.ok if not allowed else (outcome in allowed or str(outcome) in allowed):
                continue
            raise SearchFailed(f"{finding.count} of {self.schedules} schedules ended otherwise: {finding}")
        return self

    def add(self, outcome: Outcome, schedule: Sequence[int], switches: int, seed: str | None = None) -> Finding:
        """Count one run."""
        self.schedules += 1
        finding = self._findings.get(outcome)
        if finding is None:
            finding = self._findings[outcome] = Finding(outcome)
        finding.count += 1
        if finding.switches < 0 or (switches, len(schedule)) < (finding.switches, len(finding.schedule)):
            finding.schedule, finding.switches, finding.seed = Schedule(schedule), switches, seed
        return finding

    def __repr__(self) -> str:
        every = "every schedule that can differ" if self.reduced else "every schedule"
        how = every if self.exhaustive else self.bound
        counts = ", ".join(f"{finding.count} {finding.outcome}" for finding in self.findings)
        return f"<Exploration of {self.schedules} schedules ({how}): {counts}>"


def _outcome(simulation: Simulation, results: list[Any]) -> Outcome:
    error = simulation.error
    if error is None:
        value = "" if results[0] is None else tell(repr, results[0])
        return Outcome("returned", value, left=tuple(goroutine.name for goroutine in simulation.left))
    if isinstance(error, Deadlock):
        return Outcome("deadlock", error="Deadlock", text=str(error))
    if isinstance(error, StepLimit):
        return Outcome("step limit", error="StepLimit", text=str(error))
    return Outcome("raised", error=type(error).__name__, text=tell(str, error))


# --- depth first ---------------------------------------------------------------------------------------------------


class _Redundant(Refused):
    """This run can only repeat what has been seen."""


class _Changed(Refused):
    """This run does something else after the same choices."""


class _DepthFirst:
    """The strategy of `explore`: the choices of the last run up to a point, a new one there, then the simplest ones."""

    ask_always = False

    def __init__(self, max_preemptions: int | None) -> None:
        self._max_preemptions = max_preemptions
        self._chosen: list[int] = []
        self._untried: list[list[int]] = []
        self._asked: list[object] = []  # between whom, or how many ways: the same in every run
        self._depth = 0
        self._preemptions = 0

    def start(self, simulation: Simulation) -> None:
        self._depth = self._preemptions = 0

    def pick(self, options: Sequence[int], running: int) -> int:
        depth = self._depth
        self._depth = depth + 1
        could_go_on = running in options
        if depth < len(self._chosen):
            if options != self._asked[depth]:
                raise _Changed
            number = self._chosen[depth]
        else:
            # The one that runs goes on first: the first runs have the fewest switches.
            number = running if could_go_on else options[0]
            if could_go_on and self._preemptions == self._max_preemptions:
                untried = []
            else:
                untried = [option for option in reversed(options) if option != number]
            self._chosen.append(number)
            self._untried.append(untried)
            self._asked.append([*options])
        if could_go_on and number != running:
            self._preemptions += 1
        return number

    def choose(self, count: int) -> int:
        depth = self._depth
        self._depth = depth + 1
        if depth == len(self._chosen):
            self._chosen.append(0)
            self._untried.append(list(range(count - 1, 0, -1)))
            self._asked.append(count)
        elif self._asked[depth] != count:
            raise _Changed
        return self._chosen[depth]

    def ended_early(self) -> bool:
        """Whether the run that has ended was not asked for all the choices that it should repeat."""
        return self._depth < len(self._chosen)

    def advance(self) -> bool:
        """Go back to the last choice that has another answer; False if there is none."""
        while self._untried and not self._untried[-1]:
            self._untried.pop()
            self._chosen.pop()
            self._asked.pop()
        if not self._untried:
            return False
        self._chosen[-1] = self._untried[-1].pop()
        return True


# What a step touches, as numbers, and whether it only looks: `Simulation.touches`.
_Touch = tuple[frozenset[int], bool]

_ORACLE = 1 << 40
"""The number of the clock and the random numbers: who asks first gets another answer than who asks second."""


def _independent(a: _Touch, b: _Touch) -> bool:
    """Whether two steps of two goroutines come to the same in either order."""
    return (a[1] and b[1]) or a[0].isdisjoint(b[0])


@dataclass(slots=True)
class _Node:
    """A point on the way down: who went, who else was tried there, who need not be."""

    number: int  # who went
    touch: _Touch
    options: dict[int, _Touch]  # who could have gone
    asleep: dict[int, _Touch]  # whose step here has been seen from an equal state: going would only repeat it
    ways: int = 0  # a choice of the running goroutine instead: how many ways are left
    way: int = 0


class _Reduced:
    """As `_DepthFirst`, but of the orders that differ only in independent steps it takes one: sleep sets.

    After a step of A has been tried at some point, A is put to sleep in the branches where B goes instead, until
    somebody's step there touches what A's would. A branch in which only sleepers could go on is abandoned.
    """

    ask_always = True

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._depth = 0
        self._simulation: Simulation = None  # type: ignore[assignment]  # start() comes first

    def start(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._depth = 0

    def _look_back(self) -> None:
        """Note what the last step has touched beyond the primitive it was announced with."""
        if self._simulation.consulted:
            self._simulation.consulted = False
            for node in reversed(self._nodes[: self._depth]):
                node.touch = (node.touch[0] | {_ORACLE}, False)
                if node.options:  # else a choice within the step, which began further up
                    break

    def pick(self, options: Sequence[int], running: int) -> int:
        self._look_back()
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._nodes):
            node = self._nodes[depth]
            if list(node.options) != list(options):
                raise _Changed
            return node.number
        touches = {number: self._simulation.touches(number) for number in options}
        asleep: dict[int, _Touch] = {}
        if self._nodes:
            above = self._nodes[-1]
            asleep = {number: touch for number, touch in above.asleep.items() if _independent(touch, above.touch)}
        awake = [number for number in touches if number not in asleep]
        if not awake:
            raise _Redundant
        number = running if running in awake else awake[0]
        self._nodes.append(_Node(number, touches[number], touches, asleep))
        return number

    def choose(self, count: int) -> int:
        # A choice belongs to the step that makes it.
        self._look_back()
        depth = self._depth
        self._depth = depth + 1
        if depth == len(self._nodes):
            above = self._nodes[-1]
            self._nodes.append(_Node(above.number, above.touch, {}, above.asleep, ways=count - 1))
        elif self._nodes[depth].ways + self._nodes[depth].way != count - 1:
            raise _Changed
        return self._nodes[depth].way

    def ended_early(self) -> bool:
        """As in `_DepthFirst`."""
        return self._depth < len(self._nodes)

    def advance(self) -> bool:
        self._look_back()
        while self._nodes:
            node = self._nodes[-1]
            if node.ways:
                node.ways -= 1
                node.way += 1
                return True
            if node.options:
                node.asleep[node.number] = node.touch
                for number, touch in node.options.items():
                    if number not in node.asleep:
                        node.number, node.touch = number, touch
                        return True
            self._nodes.pop()
        return False


def explore(
    scenario: Callable[[], Any],
    *,
    max_schedules: int = 1_000_000,
    max_preemptions: int | None = None,
    reduce: bool = False,
    max_steps: int = 10_000,
    max_batch: int = 1,
    progress: bool = True,
) -> Exploration:
    """Run `scenario` in every order that its goroutines allow, and say how each of them ends.

    Covered is every choice of who takes the next step, at each verb of a channel, lock, wait group or atomic word, at
    each sleep and each start of a goroutine, and every choice that a `select` has. Time is not: it moves only when
    nobody can go on. Nor is what plain Python code does between two steps: it happens together with the step before.

    `max_preemptions` narrows that to schedules in which a goroutine that could have gone on is interrupted at most so
    often; most faults need one or two. `reduce` runs one of all the orders that differ only in steps on different
    primitives: every outcome is still found, with fewer schedules, as long as goroutines share nothing but primitives,
    and counts are of those schedules (so is "fewest switches"). A list that two goroutines append to is shared,
    and so is what is read off a primitive without a step: `len(channel)`, `WaitGroup.state`. Clock and `random` are
    minded.
    `max_schedules` bounds the runs, those included that `reduce` leaves half-way. It and an interrupt (Ctrl-C, also as
    a KeyboardInterrupt that the scenario raises) end the exploration early, with what was found so far.

    All that the scenario shares between goroutines has to be made inside it: what is made outside keeps its state from
    run to run, and takes no steps. (A lock made outside that a goroutine has to wait for stops everything.)

    After two seconds a progress bar appears if tqdm is installed, unless `progress` is False. Raises ScenarioChanged if
    the same choices do not lead to the same steps, TypeError if `scenario` is no plain function, ValueError for bounds
    that are less than one (preemptions: less than zero) and for `reduce` together with `max_preemptions`, which would
    miss outcomes.
    """
    check_arguments(scenario, max_steps, max_batch)
    if max_schedules < 1:
        raise ValueError(f"max_schedules must be at least one: {max_schedules}")
    if max_preemptions is not None and max_preemptions < 0:
        raise ValueError(f"max_preemptions must not be negative: {max_preemptions}")
    if reduce and max_preemptions is not None:
        raise ValueError("reduce and max_preemptions exclude each other")
    strategy = _Reduced() if reduce else _DepthFirst(max_preemptions)
    exploration = Exploration()
    exploration.reduced = reduce
    fibers = Fibers()
    bar = _bar(progress, "schedules", None)
    try:
        while True:
            simulation = Simulation(strategy, fibers, seed="values None", max_steps=max_steps, max_batch=max_batch)
            strategy.start(simulation)
            results: list[Any] = []
            simulation.execute(lambda results=results: results.append(scenario()))  # type: ignore[misc]
            if isinstance(simulation.error, _Changed) or strategy.ended_early():
                raise ScenarioChanged(
                    f"run {exploration.schedules + exploration.abandoned + 1} did something else after the same "
                    "choices as an earlier one: the scenario keeps something from run to run, or asks something that "
                    "no schedule decides"
                )
            if isinstance(simulation.error, _Redundant):
                exploration.abandoned += 1
            else:
                exploration.add(_outcome(simulation, results), simulation.schedule, simulation.switches)
            bar()
            if not strategy.advance():
                exploration.exhaustive = max_preemptions is None
                if max_preemptions is not None:
                    exploration.bound = f"at most {max_preemptions} preemptions"
                break
            if exploration.schedules + exploration.abandoned == max_schedules:
                exploration.bound = f"the first {max_schedules} schedules"
                break
    except KeyboardInterrupt:
        exploration.bound = f"interrupted after {exploration.schedules} schedules"
    finally:
        fibers.close()
        bar(close=True)
    return exploration


# --- by lot ---------------------------------------------------------------------------------------------------------


class _Priorities:
    """Let the goroutine with the highest priority go, and lower somebody's at a few random points (PCT).

    In: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding
    Bugs", ASPLOS 2010. A fault that needs `depth` steps in a certain order shows up with a probability that depends on
    the number of goroutines and choices, not on the number of schedules.
    """

    ask_always = False

    def __init__(self, seed: str, depth: int, length: int) -> None:
        self._random = Random(seed)
        self._priorities: dict[int, float] = {}
        self._changes = {self._random.randrange(max(length, 1)): -1.0 - i for i in range(depth - 1)}
        self._count = 0

    def pick(self, options: Sequence[int], running: int) -> int:
        for option in options:
            if option not in self._priorities:
                self._priorities[option] = self._random.random()
        if (lowest := self._changes.get(self._count)) is not None and running in self._priorities:
            self._priorities[running] = lowest
        self._count += 1
        return max(options, key=self._priorities.__getitem__)

    def choose(self, count: int) -> int:
        return self._random.randrange(count)


class _Suggested:
    """The choices of a list where they are possible; `InOrder`'s where they are not, or where the list says None."""

    ask_always = False

    def __init__(self, suggestions: Sequence[int | None]) -> None:
        self._suggestions = iter(suggestions)
        self._otherwise = InOrder()

    def pick(self, options: Sequence[int], running: int) -> int:
        number = next(self._suggestions, None)
        return number if number in options else self._otherwise.pick(options, running)  # type: ignore[return-value]

    def choose(self, count: int) -> int:
        number = next(self._suggestions, None)
        return number if number is not None and number < count else self._otherwise.choose(count)


_MAX_SHRINKING_RUNS = 500


def search(
    scenario: Callable[[], Any],
    *,
    runs: int = 1_000,
    seed: int | str = 0,
    strategy: str = "uniform",
    depth: int = 3,
    max_steps: int = 100_000,
    max_batch: int = 1,
    progress: bool = True,
) -> Exploration:
    """Run `scenario` in `runs` orders drawn by lot from `seed`, and say how they end.

    `strategy` is "uniform", every choice alike, or "priorities", which lets one goroutine go on until it has to wait
    and interrupts at `depth` - 1 random points: good at faults that need few interruptions in a long run. Schedules of
    outcomes that are not `ok` are shrunk: choices are taken back as long as the run still ends so. `check()` on the
    result raises with the seed and the schedule. Bounds, progress and interrupts as in `explore`; raises ValueError for
    bounds less than one and an unknown strategy.
    """
    check_arguments(scenario, max_steps, max_batch)
    if runs < 1:
        raise ValueError(f"runs must be at least one: {runs}")
    if depth < 1:
        raise ValueError(f"depth must be at least one: {depth}")
    if strategy not in ("uniform", "priorities"):
        raise ValueError(f'strategy must be "uniform" or "priorities", not {strategy!r}')
    exploration = Exploration()
    fibers = Fibers()
    length = 0
    bar = _bar(progress, "runs", runs)

    def run(strategy: Strategy, seed: str) -> tuple[Outcome, Simulation]:
        simulation = Simulation(strategy, fibers, seed=f"values {seed}", max_steps=max_steps, max_batch=max_batch)
        results: list[Any] = []
        simulation.execute(lambda: results.append(scenario()))
        return _outcome(simulation, results), simulation

    try:
        for number in range(runs):
            one = f"{seed}/{number}"
            lot = AtRandom(f"schedule {one}") if strategy == "uniform" else _Priorities(one, depth, length)
            outcome, simulation = run(lot, one)
            length = max(length, len(simulation.schedule))
            new = outcome not in exploration
            finding = exploration.add(outcome, simulation.schedule, simulation.switches, one)
            if new and not outcome.ok:
                _shrink(finding, run)
            bar()
        exploration.bound = f"{runs} by lot, seed {seed!r}"
    except KeyboardInterrupt:
        exploration.bound = f"interrupted after {exploration.schedules} by lot, seed {seed!r}"
    finally:
        fibers.close()
        bar(close=True)
    return exploration


def _shrink(finding: Finding, run: Callable[[Strategy, str], tuple[Outcome, Simulation]]) -> None:
    """Take choices back, in ever smaller pieces, as long as the run ends the same."""
    seed = finding.seed or ""
    suggestions: list[int | None] = list(finding.schedule)
    left = _MAX_SHRINKING_RUNS
    size = len(suggestions)
    while size >= 1 and left > 0:
        for start in range(0, len(suggestions), size):
            piece = suggestions[start : start + size]
            if all(number is None for number in piece):
                continue
            fewer = suggestions[:start] + [None] * len(piece) + suggestions[start + size :]
            outcome, simulation = run(_Suggested(fewer), seed)
            if outcome == finding.outcome:
                suggestions = fewer
                if simulation.switches <= finding.switches:
                    finding.schedule, finding.switches = Schedule(simulation.schedule), simulation.switches
            left -= 1
            if left == 0:
                break
        size //= 2


# --- progress ---------------------------------------------------------------------------------------------------------


class _bar:
    """A progress bar that appears after two seconds, if tqdm is installed. Calling it counts one more."""

    def __init__(self, wanted: bool, unit: str, total: int | None) -> None:
        self._unit, self._total = unit, total
        self._count = 0
        self._start = time.monotonic() if wanted else None
        self._tqdm: Any = None

    def __call__(self, *, close: bool = False) -> None:
        self._count += 1
        if close:
            if self._tqdm is not None:
                self._tqdm.close()
        elif self._tqdm is not None:
            self._tqdm.update()
        elif self._start is not None and not self._count % 64 and time.monotonic() - self._start > 2:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._start = None
            else:
                # A bar that looks at the clock at every update needs no thread that watches over it.
                quiet = type("Bar", (tqdm,), {"monitor_interval": 0})
                unit = f" {self._unit}"
                self._tqdm = quiet(total=self._total, initial=self._count, unit=unit, leave=False, miniters=1)
