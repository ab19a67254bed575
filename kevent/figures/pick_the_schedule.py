"""The graph of PickTheSchedule: every order in which a scenario can happen, folded where the futures are the same.

A run is a walk: at each fork the reader picks who goes on. Forks with equal futures are stored once, so a few thousand
runs become a graph of some hundred forks; how many runs lie behind each, and how many of them end badly, is counted on
the graph. The state has goroutines, and for each: g:NAME, what it is about to do or waits for; p:NAME, the line of its
lane that it stands at, with the line of kevent inside; has:NAME, what it has received. For each queue q:NAME is what
lies in it, h:NAME what is in the hands of somebody who waited there, c:NAME whether it is closed; l:NAME is what a
word or a lock holds; `lost` is what was refused, and offered to nobody else.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kevent.channel import Channel
from kevent.errors import KeventError
from kevent.figures.figure import Figure, Values
from kevent.figures.lanes import Lanes, Spot
from kevent.figures.narration import SCHEDULE as SAY
from kevent.figures.queues import Queues, named, offers, refused
from kevent.figures.still import BLUE, INK, MUTED, SLOT, WAIT, Still
from kevent.figures.storyboard import Line, Shared, State, Storyboard, apply
from kevent.figures.tracing import Tracer
from kevent.figures.waitgroup_word import WORD_VERBS, counter_of
from kevent.select import Case, Send
from kevent.simulation import Outcome, Step, explore
from kevent.simulation.primitives import SimulatedLock

__all__ = ["PickTheSchedule", "TooManySchedules"]

HALF = (1 << 32) - 1
LOOK_AHEAD = 3
"""So many choices may the figure have made when it opens, to show a queue that is full."""


class TooManySchedules(KeventError, ValueError):
    """The scenario has more schedules than a figure can hold. The text says how many it was allowed."""


@dataclass(slots=True)
class _Told:
    """A step, and what there was to see after it."""

    step: Step
    cases: Sequence[Case]
    """Of a select."""
    items: list[str]
    """What it moved, by name."""
    changes: list[Any]
    """What that changed in the queues."""
    spots: list[tuple[str, Spot]] = field(default_factory=list)
    """Who has come to which line since."""
    lost: list[str] = field(default_factory=list)
    """What it offered that was refused, and that is offered to nobody else."""


@dataclass(slots=True)
class _Way:
    """What happens after a choice, or before the first one: steps up to the next fork, or to the end."""

    label: str = ""
    """Who goes on, and with what: "worker: add on group"."""
    steps: list[_Told] = field(default_factory=list)
    walked: bool = False
    """Whether a run has been here before, so that the steps are all there."""
    forks: dict[int, _Way] = field(default_factory=dict)
    """The ways from here, by the scheduler's number; none where the run ends."""
    outcome: str = ""
    bad: bool = False
    """Whether the run did not return, left somebody behind, or lost something."""

    def straighten(self) -> None:
        """Where only one way was ever open there is nothing to pick: it is the rest of this one."""
        while len(self.forks) == 1:
            (rest,) = self.forks.values()
            self.steps += rest.steps
            self.forks, self.outcome, self.bad = rest.forks, rest.outcome, rest.bad
        self.forks = dict(sorted(self.forks.items()))


class _Tree(Tracer):
    """All runs of an exploration, grown together as long as they are the same."""

    def __init__(self) -> None:
        super().__init__()
        self.opening = self._here = _Way()
        self.lanes = Lanes()
        self.capacities: dict[str, int] = {}
        self.locks: set[str] = set()

    def started(self) -> None:
        """Back to the beginning, of which all is known."""
        self._here, self._at = self.opening, 0
        self._made: list[Any] = []
        self._run: list[tuple[_Told, Step, Sequence[Case]]] = []
        """What has been told, which may be an earlier run's, with what this run's own step was."""
        self._queues = Queues()
        self._cases: dict[str, Sequence[Case]] = {}

    def made(self, primitive: Any) -> None:
        """Keep it: it has a name later."""
        self._made.append(primitive)

    def arrived(self, goroutine: str, operation: str, name: str) -> None:
        """Keep the line that it has come to, and the ways of a select."""
        if operation == "select":
            self._cases[goroutine] = self._made[-1].cases
        if self._run and not self._here.walked:
            spot = self.lanes.spot(goroutine, self.here(), self.sources, operation, name)
            self._run[-1][0].spots.append((goroutine, spot))

    def stepped(self, step: Step) -> None:
        """Keep the step, and what the queues hold after it."""
        cases = self._cases.get(step.goroutine, ()) if step.operation == "select" else ()
        told = _Told(step, cases, *self._queues.step(step, cases))
        if not self._here.walked:
            self._here.steps.append(told)
        elif self._at < len(self._here.steps):
            told = self._here.steps[self._at]
        self._at += 1
        self._run.append((told, step, cases))

    def chose(self, options: Mapping[int, str], number: int) -> None:
        """Go the way that was chosen."""
        self._here.walked = True
        self._here = self._here.forks.setdefault(number, _Way(options[number]))
        self._at = 0

    def ended(self, outcome: Outcome) -> None:
        """Say how the run ended, and what was lost on it."""
        self._here.walked = True
        self._here.outcome = outcome.in_full
        for number, (told, step, cases) in enumerate(self._run):
            if values := refused(step, cases):
                later = (each for each in self._run[number + 1 :] if each[1].goroutine == step.goroutine)
                _, then, ways = next(later, (None, None, ()))
                told.lost = [named(value) for value in values if not offers(then, ways, value)]
        self._here.bad = not outcome.ok or any(told.lost for told, *_ in self._run)
        for each in self._made:
            if isinstance(each, Channel):
                self.capacities.setdefault(each.name, each.capacity)
            elif isinstance(each, SimulatedLock):
                self.locks.add(each.name)

    def ways(self) -> list[_Way]:
        """Every way, the shortest walk to it first, with no fork that was none."""
        ways = [self.opening]
        for way in ways:
            way.straighten()
            ways.extend(way.forks.values())
        return ways


def _explore(scenario: Callable[[], object], limit: int, max_preemptions: int | None) -> _Tree:
    """The tree of all runs."""
    tree = _Tree()
    found = explore(scenario, max_schedules=limit, max_preemptions=max_preemptions, observer=tree, progress=False)
    if not found.finished:
        if found.schedules < limit:
            raise KeyboardInterrupt  # explore keeps what it has found so far, but half a graph is none
        raise TooManySchedules(f"more than {limit} schedules: make the scenario smaller, or allow fewer preemptions")
    return tree


class _Graph:
    """Forks and steps by number, equal ones once, ready for JSON."""

    def __init__(self, tree: _Tree, groups: set[str]) -> None:
        self.tree, self.groups = tree, groups
        self.texts, self.pool, self.labels, self.forks = Shared(), Shared(), Shared(), Shared()
        self.outcomes: list[tuple[str, bool]] = []

    def add(self, opening: _Way) -> int:
        """The number of the fork at the end of this way, after all those behind it. Runs may be too long to recurse."""
        begun: list[tuple[Iterator[_Way], list[list[Any]]]] = []  # forks, with the ways left to follow
        way: _Way | None = opening
        number = -1
        while True:
            if way is None:
                number = self.forks.number({"options": begun.pop()[1]})
            elif way.forks:
                begun.append((iter(way.forks.values()), []))
            else:
                number = self._end(way.outcome, way.bad)
            if not begun:
                return number
            following, options = begun[-1]
            if way is None or not way.forks:
                options[-1].append(number)
            way = next(following, None)
            if way is not None:
                options.append([self.labels.number(_label(way)), self.steps(way.steps)])

    def _end(self, outcome: str, bad: bool) -> int:
        if (outcome, bad) not in self.outcomes:
            self.outcomes.append((outcome, bad))
        line = SAY["bad outcome" if bad else "outcome"]
        step = self.pool.number([self.texts.number([line.role, line.text]), [outcome], []])
        return self.forks.number({"end": self.outcomes.index((outcome, bad)), "step": step})

    def counts(self) -> list[list[int]]:
        """For each fork how many schedules lie behind it, and how many of them end badly."""
        known: list[list[int]] = []
        for fork in self.forks.values:  # what lies behind one has a lower number
            behind = [known[next_] for *_, next_ in fork["options"]] if "options" in fork else []
            own = [1, int(self.outcomes[fork["end"]][1])] if "end" in fork else [0, 0]
            known.append([own[0] + sum(each[0] for each in behind), own[1] + sum(each[1] for each in behind)])
        return known

    def ends(self, first: int) -> list[int]:
        """For each outcome, how many schedules end so."""
        walks = [0] * len(self.forks.values)
        walks[first] = 1
        ends = [0] * len(self.outcomes)
        for number in reversed(range(len(walks))):
            fork = self.forks.values[number]
            for *_, following in fork.get("options", ()):
                walks[following] += walks[number]
            if "end" in fork:
                ends[fork["end"]] += walks[number]
        return ends

    def steps(self, steps: Sequence[_Told]) -> list[int]:
        return [self.pool.number(self._step(told)) for told in steps]

    def _step(self, told: _Told) -> list[Any]:
        step = told.step
        who = step.goroutine
        line, args = self._sentence(told)
        changes: list[Any] = list(told.changes)
        if step.operation == "go":
            changes += [f"g:{step.name}", ["ready", SAY["ready"].text]]
        if step.operation == "end":
            changes += [f"g:{who}", ["end", SAY["ended"].text]]
        elif step.blocked:
            changes += [f"g:{who}", ["wait", SAY["waiting"].say(f"{step.operation.replace('_', ' ')} on {step.name}")]]
        else:
            changes += [f"g:{who}", ["ready", SAY["ready"].text]]
        if step.operation == "start":
            changes += [f"p:{who}", [self.tree.lanes.first(who), ""]]
        for goroutine, spot in told.spots:
            changes += [f"p:{goroutine}", [self.tree.lanes.number(goroutine, spot), spot.inside]]
        if "receive" in step.operation or (step.operation == "select" and not _sends(told)):
            for item in told.items:
                changes += [f"+has:{who}", item]
        for item in told.lost:
            changes += ["+lost", item]
        if step.operation == "close" and not step.error:
            changes += [f"c:{step.name}", True]
        if step.after is not None and step.name:
            changes += [f"l:{step.name}", self._level(step)]
        changes += ["who", who]
        return [self.texts.number([line.role, line.text]), args, changes]

    def _level(self, step: Step) -> str:
        if step.name in self.tree.locks:
            return f"held by {step.goroutine}" if step.after and step.operation == "acquire" else "free"
        if step.name in self.groups and step.after is not None:
            return f"counter {counter_of(step.after)}, waiters {step.after & HALF}"
        return str(step.after)

    def _sentence(self, told: _Told) -> tuple[Line, list[str | int]]:
        step = told.step
        who, verb, name = step.goroutine, step.operation.replace("_", " "), step.name
        if step.error:
            return SAY["failed"], [who, verb, name, step.error]
        kind, args = _kind(told, self.tree.capacities, self.tree.locks)
        if kind:
            return SAY[kind], args
        if step.blocked:
            return SAY["blocked"], [who, verb, name]
        if name in self.groups and step.after is not None:
            return SAY["word"], [who, verb, name, counter_of(step.after), step.after & HALF]
        if not name or name == who:
            return SAY["bare"], [who, verb]
        if step.after is not None:
            return SAY["level"], [who, verb, name, step.after]
        return SAY["other"], [who, verb, name]


def _sends(told: _Told) -> bool:
    won = told.step.result[0] if isinstance(told.step.result, tuple) else -1
    return 0 <= won < len(told.cases) and isinstance(told.cases[won], Send)


def _kind(told: _Told, capacities: Mapping[str, int], locks: set[str]) -> tuple[str, list[str | int]]:
    """The line of the table for what has words of its own, with its arguments; "" for what has none."""
    step = told.step
    who, operation, name = step.goroutine, step.operation, step.name
    items = ", ".join(told.items)
    if operation in ("go", "start", "end"):
        return {"go": "starts", "start": "begins", "end": "ends"}[operation], [who, name]
    if operation == "join":
        return ("waits for an end" if step.blocked else "has seen the end"), [who, name]
    if operation == "close":
        return "closes", [who, name]
    if operation == "select":
        cases = ", ".join(_case(case) for case in told.cases)
        return ("waits to select", [who, name]) if step.blocked else ("selects", [who, name, cases])
    if name in locks and not step.blocked:
        return {"acquire": "locks", "release": "unlocks"}.get(operation, ""), [who, name]
    if "send" in operation:
        return _sending(told, capacities.get(name, 0))
    if "receive" in operation:
        if step.blocked:
            return "waits to receive", [who, name]
        if not items:
            return ("finds nothing" if operation == "try_receive" else "finds the end"), [who, name]
        return "takes", [who, items, name]
    return "", []


def _sending(told: _Told, capacity: int) -> tuple[str, list[str | int]]:
    step, items = told.step, ", ".join(told.items)
    if step.blocked:
        return "waits to send", [step.goroutine, step.name, items]
    if told.lost:
        return "refused", [step.goroutine, ", ".join(told.lost), step.name, step.operation]
    if step.result is False:
        return "refused, not lost", [step.goroutine, items, step.name]
    if f"h:{step.name}" in told.changes:
        return "hands over", [step.goroutine, items, step.name]
    return "puts", [step.goroutine, items, step.name, step.after or 0, capacity]


def _case(case: Case) -> str:
    if isinstance(case, Send):
        return SAY["way to send"].say(named(case.value), case.channel.name)
    return SAY["way to receive"].say(case.channel.name)


def _label(way: _Way) -> list[Any]:
    """What a choice is called, whose it is, and, for a way of a select, which it is."""
    told = way.steps[0] if way.steps else None
    if told is None:
        return [way.label, "", ""]
    _, _, number = way.label.partition("select: way ")
    chosen = _case(told.cases[int(number) - 1]) if number.isdigit() and int(number) <= len(told.cases) else ""
    return [way.label, told.step.goroutine, chosen]


def _wait_groups(steps: Iterable[Step]) -> set[str]:
    """The words with something in their high half: those of wait groups. Other words are plain numbers."""
    return {step.name for step in steps if step.operation in WORD_VERBS and (step.after or 0) > HALF}


class PickTheSchedule(Figure):
    """The reader is the scheduler: at each fork she picks who goes on, and collects the ways in which it can end.

    Every schedule of the scenario is run when the figure is made, and the graph of all of them is stored: nothing is
    run later. So the scenario must be small; `max_schedules` bounds it, and more raise TooManySchedules.
    `max_preemptions` bounds how often a goroutine that could go on is made to wait: after that it goes on unasked. The
    scenario's result, if it has one, is part of the outcome. Beside a bet, `bet` is the goroutine that goes next when
    the reader has made it. See `Figure` for the other arguments.
    """

    kind = "pick-the-schedule"
    opening = "Nothing has happened yet. Who goes first?"

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "You are the scheduler",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        max_schedules: int = 5000,
        max_preemptions: int | None = None,
        bet: str = "",
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._limit = max_schedules
        self._max_preemptions = max_preemptions
        self._bet = bet

    def tell(self, values: Values) -> Storyboard:
        """The graph travels as the start of an empty storyboard: its steps are the reader's."""
        tree = _explore(partial(self.scenario, **values), self._limit, self._max_preemptions)
        ways = tree.ways()
        steps = [told.step for way in ways for told in way.steps]
        graph = _Graph(tree, _wait_groups(steps))
        first = graph.add(tree.opening)
        names, levels = _names(steps)
        told = [each for way in ways for each in way.steps]
        used = {change[2:] for each in told for change in each.changes[::2]}
        levels = [name for name in levels if name not in tree.capacities]
        levels = [name for name in levels if not (name.endswith(".sema") and name.removesuffix(".sema") in levels)]
        queues = [[name, room] for name, room in tree.capacities.items() if room or name in used]
        start: dict[str, Any] = {
            "goroutines": names, "levels": levels, "queues": queues, "who": "", "lost": [],
            "lanes": {name: tree.lanes.lines(name) for name in names},
        }  # fmt: skip
        start |= {f"g:{name}": ["idle", ""] for name in names} | {f"l:{name}": "" for name in levels}
        start |= {f"p:{name}": [-1, ""] for name in names} | {f"has:{name}": [] for name in names}
        start |= {f"{what}:{name}": [] for name, _ in queues for what in "qh"}
        start["graph"] = {
            "opening": graph.steps(tree.opening.steps), "first": first, "labels": graph.labels.values,
            "forks": graph.forks.values, "outcomes": [text for text, _ in graph.outcomes],
            "bad": [bad for _, bad in graph.outcomes], "ends": graph.ends(first), "below": graph.counts(),
            "loses": [*dict.fromkeys(item for each in told for item in each.lost)],
            "opens": _opening(tree.opening), "texts": graph.texts.values, "pool": graph.pool.values,
        }  # fmt: skip
        return Storyboard(**start)

    def extras(self) -> Values:
        """Who goes next when the bet is made."""
        return {"bet": self._bet} if self._bet else {}

    def describe(self, storyboard: Storyboard) -> str:
        """What there is to see when the figure opens."""
        return self.alt or _opened(storyboard)[1]

    def told(self, storyboard: Storyboard) -> str:
        """The sentence of the moment that the picture shows, and how many schedules there are."""
        graph = storyboard.start["graph"]
        total = graph["below"][graph["first"]][0]
        ends = "; ".join(f"{text} ({count})" for text, count in zip(graph["outcomes"], graph["ends"], strict=True))
        return f"<p>{html.escape(_opened(storyboard)[1])}</p>\n<p>{total} schedules: {html.escape(ends)}.</p>\n"

    def draw(self, storyboard: Storyboard) -> str:
        """The lanes of code and what lies between them, where the figure opens."""
        return _drawn(_opened(storyboard)[0])


def _opening(opening: _Way) -> list[int]:
    """The choices that lead to a full queue that somebody is about to send to; none if there is no such place near."""
    waiting: list[tuple[_Way, list[int], set[str]]] = [(opening, [], set())]
    for way, picks, before in waiting:
        full = set(before)
        for told in way.steps:
            if told.step.after is not None and "send" in told.step.operation and f"q:{told.step.name}" in told.changes:
                full.add(told.step.name)
            elif "receive" in told.step.operation and not told.step.blocked:
                full.discard(told.step.name)
        following = list(way.forks.values())
        starts = [each.steps[0].step for each in following if each.steps]
        if any(step.operation == "try_send" and not step.result and step.name in full for step in starts):
            return picks
        if len(picks) < LOOK_AHEAD:
            waiting += [(each, [*picks, number], full) for number, each in enumerate(following)]
    return []


def _opened(storyboard: Storyboard) -> tuple[State, str]:
    """The state where the figure opens, and its sentence."""
    graph = storyboard.start["graph"]
    steps, fork = list(graph["opening"]), graph["forks"][graph["first"]]
    for pick in graph["opens"]:
        _, taken, following = fork["options"][pick]
        steps += taken
        fork = graph["forks"][following]
    state = dict(storyboard.start)
    sentence = PickTheSchedule.opening
    for number in steps:
        text, args, changes = graph["pool"][number]
        sentence = SAY["next"].say(graph["texts"][text][1].format(*args))
        for key, value in zip(changes[::2], changes[1::2], strict=True):
            apply(state, key, value)
    return state, sentence


def _drawn(state: State) -> str:
    names = state["goroutines"][:3]
    lanes = {name: state["lanes"][name][:14] for name in names}
    height = 40 + max((20 * len(lines) for lines in lanes.values()), default=0)
    shared = [(f"{name}, room for {room}", ", ".join(state[f"q:{name}"]) or "empty") for name, room in state["queues"]]
    shared += [(name, state[f"l:{name}"] or "untouched") for name in state["levels"]]
    still = Still(736, height + 30)
    width = 734 / max(len(names), 1)
    for number, name in enumerate(names):
        x = 1 + number * width
        code, doing = state[f"g:{name}"]
        edge = {"wait": WAIT, "ready": BLUE}.get(code, MUTED)
        still.rect(x, 1, width - 8, height - 4, edge=edge)
        still.text(x + 10, 20, name, bold=True)
        still.text(x + width - 18, 20, "waits" if code == "wait" else doing, size=12, fill=edge, anchor="end")
        for line, (indent, text) in enumerate(lanes[name]):
            y = 42 + 20 * line
            here = line == state[f"p:{name}"][0] and code != "end"
            if here:
                still.rect(x + 4, y - 14, width - 16, 19, fill=SLOT, edge=edge, radius=3)
            room = int((width - 30) / 6.6) - 2 * max(indent, 0)
            still.text(
                x + 10 + 14 * max(indent, 0),
                y,
                f"{text[: room - 1]}…" if len(text) > room else text,
                size=12,
                fill=INK if here else MUTED,
            )
    still.text(1, height + 18, " · ".join(f"{label}: {text}" for label, text in shared)[:110], size=12.5)
    return still.svg()


def _names(steps: Iterable[Step]) -> tuple[list[str], list[str]]:
    """The goroutines and the counted things of all runs, in the order of their first step."""
    goroutines: dict[str, None] = {}
    levels: dict[str, None] = {}
    for step in steps:
        goroutines.setdefault(step.goroutine)
        if step.operation == "go":
            goroutines.setdefault(step.name)
        if step.after is not None and step.name:
            levels.setdefault(step.name)
    return list(goroutines), list(levels)
