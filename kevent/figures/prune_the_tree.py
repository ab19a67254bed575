"""The orders of a small scenario as a tree, and an exploration that goes through it and leaves out what repeats.

Both are recorded: every order, run by run, is the tree; the runs of `explore(reduce=True)` are the steps. The state has
`leaves`, what each order is in words; `nodes`, the points where somebody had a choice, and the ends, as [the node
above, its first leaf, how many leaves, who went]; and as numbers: `begun`, the nodes that a run has come through;
`run`, the leaves that were run to their end; `given`, the nodes at which a run was given up; `struck`, the leaves left
out; `now`, the node that the last run has come to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kevent.figures.figure import Figure, Values
from kevent.figures.narration import PRUNING as SAY
from kevent.figures.pick_the_schedule import TooManySchedules
from kevent.figures.still import DONE, EDGE, INK, MUTED, WAIT, Still, key_steps, poster_sentence
from kevent.figures.storyboard import State, Storyboard
from kevent.simulation import Observer, Outcome, Step, explore

__all__ = ["PruneTheTree"]

WIDTH = 736

Picks = tuple[int, ...]

UNNUMBERED = {"go", "start", "end", "join"}
"""Steps that say when a goroutine begins or ends. The others are numbered, for each goroutine: a1, a2."""


@dataclass(slots=True)
class _Run:
    """One run of an exploration."""

    picks: list[int] = field(default_factory=list)
    """Who was chosen, wherever there was a choice."""
    options: list[dict[int, str]] = field(default_factory=list)
    """Who could have been."""
    at: list[int] = field(default_factory=list)
    """How many steps had been taken by then."""
    steps: list[Step] = field(default_factory=list)
    outcome: str = ""
    """How it ended; empty if it was given up."""

    def names(self) -> list[str]:
        """Each step in a word: "a" for a goroutine's first breath, then "a1", "a2"."""
        counts: dict[str, int] = {}
        names = []
        for step in self.steps:
            numbered = step.operation not in UNNUMBERED
            counts[step.goroutine] = counts.get(step.goroutine, 0) + numbered
            names.append(f"{step.goroutine}{counts[step.goroutine] if numbered else ''}")
        return names

    def order(self) -> str:
        """The numbered steps, in their order."""
        named = zip(self.names(), self.steps, strict=True)
        return " → ".join(name for name, step in named if step.operation not in UNNUMBERED) or "nothing"


class _Runs(Observer):
    """Keeps all runs of an exploration."""

    def __init__(self) -> None:
        self.runs: list[_Run] = []

    def started(self) -> None:
        """Another run."""
        self.runs.append(_Run())

    def chose(self, options: Mapping[int, str], number: int) -> None:
        """One of the run's choices."""
        run = self.runs[-1]
        run.picks.append(number)
        run.options.append(dict(options))
        run.at.append(len(run.steps))

    def stepped(self, step: Step) -> None:
        """One of its steps."""
        self.runs[-1].steps.append(step)

    def ended(self, outcome: Outcome) -> None:
        """It was run to its end."""
        self.runs[-1].outcome = outcome.in_full


class _Tree:
    """All orders, from left to right, and the nodes above them."""

    def __init__(self, every: list[_Run]) -> None:
        self.every = sorted(every, key=lambda run: run.picks)
        self.leaves = [tuple(run.picks) for run in self.every]
        self.nodes: dict[Picks, tuple[int, int]] = {}
        """By the choices that lead there: the first leaf below, and how many."""
        for leaf, picks in enumerate(self.leaves):
            for depth in range(len(picks) + 1):
                first, many = self.nodes.get(picks[:depth], (leaf, 0))
                self.nodes[picks[:depth]] = first, many + 1
        self.numbers = {picks: number for number, picks in enumerate(self.nodes)}

    def told(self) -> list[list[Any]]:
        """The nodes as the figure has them."""
        return [
            [self.numbers[picks[:-1]] if picks else -1, first, many, self._who(picks, self.every[first])]
            for picks, (first, many) in self.nodes.items()
        ]

    @staticmethod
    def _who(picks: Picks, run: _Run) -> str:
        return run.names()[run.at[len(picks) - 1]] if picks else ""

    def below(self, picks: Picks) -> range:
        """The leaves below a node."""
        first, many = self.nodes[picks]
        return range(first, first + many)

    def sleepers(self, run: _Run) -> list[str]:
        """Who could have gone on where a run was given up."""
        known = self.every[self.nodes[tuple(run.picks)][0]]
        depth = len(run.picks)
        if depth < len(known.picks) and known.at[depth] == len(run.steps):
            return [text.split(":")[0] for text in known.options[depth].values()]
        return [known.steps[len(run.steps)].goroutine]


class PruneTheTree(Figure):
    """A tree of every order of a scenario, and beside it, run by run, the exploration that leaves out what repeats.

    What is left out is struck from the tree as soon as the exploration has left it behind. With the parameter `prune`
    switched off every order is run. The scenario must be small: with more than `max_schedules` orders TooManySchedules
    is raised, and ValueError if an end is missed because goroutines share something that is no primitive. See `Figure`
    for the other arguments.
    """

    kind = "prune-the-tree"
    opening = "Every order has its place. None has been run."

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "One of all that come to the same",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        opens: str = "",
        max_schedules: int = 200,
    ) -> None:
        super().__init__(
            scenario, {"prune": [True, False], **(grid or {})}, title=title, alt=alt, labels=labels, opens=opens
        )
        self._limit = max_schedules

    def tell(self, values: Values) -> Storyboard:
        """Explore the scenario twice, and retell one of the two."""
        scenario = partial(self.scenario, **{name: value for name, value in values.items() if name != "prune"})
        every = self._explored(scenario, reduce=False)
        reduced = self._explored(scenario, reduce=True)
        if {run.outcome for run in every} != {run.outcome for run in reduced if run.outcome}:
            raise ValueError("the reduction misses an end: the goroutines share something that is no primitive")
        tree = _Tree(every)
        board = Storyboard(
            leaves=[run.order() for run in tree.every], nodes=tree.told(), begun=[], run=[], given=[], struck=[], now=-1
        )
        _tell(board, tree, reduced if values["prune"] else every)
        return board

    def _explored(self, scenario: Callable[[], object], *, reduce: bool) -> list[_Run]:
        seen = _Runs()
        found = explore(scenario, reduce=reduce, max_schedules=self._limit, observer=seen, progress=False)
        if not found.finished:
            raise TooManySchedules(f"more than {self._limit} schedules: make the scenario smaller")
        return seen.runs

    def draw(self, storyboard: Storyboard) -> str:
        """The tree at the step that the figure opens at."""
        return _drawn(storyboard.states()[storyboard.poster + 1])

    def describe(self, storyboard: Storyboard) -> str:
        """What the picture shows, and its step."""
        return f"{self.alt} {poster_sentence(storyboard)}".strip()

    def told(self, storyboard: Storyboard) -> str:
        """The runs, one after the other."""
        return key_steps(self.title, storyboard)


def _tell(board: Storyboard, tree: _Tree, runs: list[_Run]) -> None:
    """A step for each run: how far it comes, and what is left behind when the next one begins."""
    begun: set[Picks] = set()
    open_ = set(range(len(tree.leaves)))
    for number, run in enumerate(runs, 1):
        picks = tuple(run.picks)
        following = tuple(runs[number].picks) if number < len(runs) else None
        fresh = [picks[:depth] for depth in range(len(picks) + 1) if picks[:depth] not in begun]
        begun |= set(fresh)
        done = set(tree.below(picks))
        left = {leaf for leaf in open_ - done if _is_left(tree.leaves[leaf], begun, following)}
        struck = sorted(left | (set() if run.outcome else done & open_))
        open_ -= done | left
        if run.outcome:
            board.tell(0, SAY["run"], number, run.order(), len(tree.leaves))
        else:
            who = " and ".join(tree.sleepers(run))
            board.tell(0, SAY["given up"], number, run.order(), who)
        board.scenes[-1].key = True
        board.set("now", tree.numbers[picks])
        for node in fresh:
            board.push("begun", tree.numbers[node])
        board.push("run" if run.outcome else "given", done.pop() if run.outcome else tree.numbers[picks])
        for leaf in struck:
            board.push("struck", leaf)


def _is_left(leaf: Picks, begun: set[Picks], following: Picks | None) -> bool:
    """Whether the exploration will never come to this leaf: it has left the deepest node above it."""
    deepest = max((leaf[:depth] for depth in range(len(leaf) + 1) if leaf[:depth] in begun), key=len)
    return following is None or following[: len(deepest)] != deepest


def _drawn(state: State) -> str:
    """The tree as a picture."""
    nodes, many, step = state["nodes"], len(state["leaves"]), 28
    pitch = (WIDTH - 12) / many
    inner = {above for above, *_ in nodes}
    depth: list[int] = []
    for above, *_ in nodes:
        depth.append(depth[above] + 1 if above >= 0 else 0)
    base = 14 + step * max(depth)
    still = Still(WIDTH, base + 54)
    struck, begun, given = set(state["struck"]), set(state["begun"]), set(state["given"])
    places: list[tuple[float, float]] = []
    for number, (above, first, below, _) in enumerate(nodes):
        x, y = 6 + pitch * (first + below / 2), 14 + step * depth[number] if number in inner else base
        places.append((x, y))
        gone = number not in begun and struck.issuperset(range(first, first + below))
        if above >= 0:
            up_x, up_y = places[above]
            middle = (y + up_y) / 2
            way = f"M{up_x:g} {up_y:g}C{up_x:g} {middle:g} {x:g} {middle:g} {x:g} {y:g}"
            still.line(way, edge=INK if number in begun else EDGE, width=2 if number in begun else 1, dashed=gone)
        if number in given:
            still.line(f"M{x - 3:g} {y + 5:g}v10m6 0v-10", edge=WAIT, width=2.4)
        elif number not in inner and first in state["run"]:
            still.rect(x - 4, base + 3, 8, 16, fill=DONE, edge=DONE, radius=1)
        elif number not in inner:
            still.line(f"M{x:g} {base + 4}v14", dashed=gone)
    told = f"{many} orders: {len(state['run'])} run to the end, {len(given)} runs given up, {len(struck)} struck."
    still.text(0, base + 44, told, fill=MUTED)
    return still.svg()
