"""A run retold for a figure: what there is at the start, and step by step one sentence and what it changes.

A storyboard knows nothing of drawing. Its state is a dictionary of plain values and lists; a step holds a sentence
(a line of a narration table and its arguments) and changes of three kinds: set a value, push onto a list, shift off a
list. The same changes are replayed by the figure's script, so what is drawn is what was told here.

`pack` puts many storyboards, one for each point of a grid of parameters, into one small JSON value: sentences and
steps that are equal are stored once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kevent.figures.tracing import NOWHERE, Moment, Source

__all__ = ["Line", "Narration", "Scene", "Shared", "State", "Storyboard", "narration", "pack", "seconds", "unpack"]

State = dict[str, Any]
Role = Literal["", "wait", "done", "lost"]
Change = tuple[str, Any]  # ("queue", value) sets, ("+queue", item) pushes, ("-queue", n) shifts n off


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a narration table: a sentence with places {0}, {1}, … for arguments."""

    text: str
    role: Role = ""
    """What the step is in an event's life: somebody is held up, something is done with, something is lost, or the run
    breaks off; else it just goes on."""
    brief: str = ""
    """The same in a few words, with the same places for arguments: for a link in a chain of causes, and for what the
    running line has in its hands."""
    branch: str = ""
    """What the line of code that did it is called in a chain of causes, where its name is half of the answer."""
    kind: str = ""
    """The line's name in its table."""

    def say(self, *args: object) -> str:
        """The sentence with these arguments. Raises IndexError if they are fewer than its places."""
        return self.text.format(*args)


Narration = Mapping[str, Line]


def narration(lines: Narration) -> Narration:
    """A table of lines, each of which knows its name."""
    return {kind: replace(line, kind=kind) for kind, line in lines.items()}


@dataclass(slots=True)
class Scene:
    """One step of a storyboard."""

    time: int
    """Virtual nanoseconds since the start of the run."""
    line: Line
    args: tuple[str | int, ...]
    about: tuple[int, ...]
    """The events that this step is about."""
    cause: int
    """The step before this one in the chain of causes, or -1."""
    first: int
    """The first line of the trace that this step stands for; it stands for all until the next step's first."""
    moment: Moment = NOWHERE
    """Where the code stood."""
    key: bool = False
    """Whether the story can be followed by this step and others like it alone."""
    changes: list[Change] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What the reader is told at this step."""
        return self.line.say(*self.args)


class Storyboard:
    """A start state and the steps from there, built in the order in which they happen.

    What changes before the first `tell` is part of the start.
    """

    def __init__(self, **start: Any) -> None:
        self.start: State = dict(start)
        self.state: State = dict(start)
        self.scenes: list[Scene] = []
        self.sources: Mapping[str, Source] = {}
        """The functions that are named in moments and are not kevent's."""
        self.release = ""
        """The release of client-go that the run answers like, if it does."""
        self.opens = -1
        """The step that the figure is shown at first; -1 leaves it to `poster`."""
        self._late: list[Change] | None = None
        """What has changed since the last step and belongs to the next, if it does."""

    def wait(self) -> None:
        """Changes from now on belong to the next step that is told, not to the last one."""
        if self.scenes and self._late is None:
            self._late = []

    def tell(
        self,
        time: int,
        line: Line,
        *args: str | int,
        about: Sequence[int] = (),
        cause: int = -1,
        first: int = 0,
        moment: Moment = NOWHERE,
    ) -> int:
        """Open a new step; changes from now on belong to it, as those since `wait` do. Its number is returned."""
        changes, self._late = self._late or [], None
        self.scenes.append(Scene(time, line, args, tuple(about), cause, first, moment, changes=changes))
        return len(self.scenes) - 1

    def set(self, key: str, value: Any) -> None:
        """Give `key` a value, unless it has that already."""
        if self.state.get(key) != value:
            self.state[key] = value
            self._changed(key, value)

    def push(self, key: str, item: Any) -> None:
        """Put an item at the end of the list `key`. Raises KeyError if there is none."""
        self.state[key] = [*self.state[key], item]  # a new list: the old one may be part of an earlier change
        self._changed("+" + key, item)

    def shift(self, key: str, count: int = 1) -> None:
        """Take `count` items from the front of the list `key`; all of them if it has fewer."""
        if count:
            self.state[key] = self.state[key][count:]
            self._changed("-" + key, count)

    def _changed(self, key: str, value: Any) -> None:
        if self._late is not None:
            self._late.append((key, value))
        elif self.scenes:
            self.scenes[-1].changes.append((key, value))
        else:
            apply(self.start, key, value)

    @property
    def poster(self) -> int:
        """The step that shows the point: the first loss, else the first wait, else the first key step, or the last."""
        if self.opens >= 0:
            return self.opens
        for wanted in (_lost, _waits, _key):
            if found := [number for number, scene in enumerate(self.scenes) if wanted(scene)]:
                return found[0]
        return len(self.scenes) - 1

    def states(self) -> list[State]:
        """The state at the start and after each step."""
        states = [self.start]
        for scene in self.scenes:
            state = dict(states[-1])
            for key, value in scene.changes:
                apply(state, key, value)
            states.append(state)
        return states


def _lost(scene: Scene) -> bool:
    return scene.line.role == "lost"


def _waits(scene: Scene) -> bool:
    return scene.key and scene.line.role == "wait"


def _key(scene: Scene) -> bool:
    return scene.key


def apply(state: State, key: str, value: Any) -> None:
    """Make one change in a state whose lists may be shared with other states."""
    if key[0] == "+":
        state[key[1:]] = [*state[key[1:]], value]
    elif key[0] == "-":
        state[key[1:]] = state[key[1:]][value:]
    else:
        state[key] = value


def seconds(time: float) -> str:
    """A time in nanoseconds as a reader wants it: "0.412 s", "10 s", "2 min 5 s"."""
    whole = round(time / 1e6) / 1000
    if whole < 120:
        return f"{whole:.3f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(whole), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


# --- Packing: sentences and steps that are equal are stored once ------------------------------------------------------


class Shared:
    """Values by number, each stored once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value, the same for every value that is the same as JSON."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def pack(storyboards: Mapping[str, Storyboard]) -> dict[str, Any]:
    """Many storyboards as one value for JSON.

    `texts` holds sentences as [role, text, kind, brief, branch]; `pool` steps as [text, args, changes, about, cause,
    moment] with the changes in one flat list; `moments` [operation, outcome, place, …], the line that ran and those
    that called it;
    `places` [function, text, nth], as in `tracing.Place`. A cause is told as so many steps back, a moment as its number
    plus one; 0 is none. What says nothing at the end of such a list is left out. `sources` are the lines of the
    functions that are not kevent's. `runs` has for each name its start, the numbers of its steps, the microseconds that
    pass before each, its key steps, the step that is shown at first, and the release that it answers like.
    """
    texts, pool, places, moments = Shared(), Shared(), Shared(), Shared()

    def moment_of(scene: Scene) -> int:
        if not scene.moment.places:
            return -1
        stack = [places.number(_short([*place], 0)) for place in scene.moment.places]
        return moments.number([scene.moment.operation, scene.moment.outcome, *stack])

    runs: dict[str, dict[str, Any]] = {}
    for name, storyboard in storyboards.items():
        numbers, times, before = [], [], 0
        for number, scene in enumerate(storyboard.scenes):
            flat = [part for change in scene.changes for part in change]
            line, back = scene.line, number - scene.cause if scene.cause >= 0 else 0
            text = texts.number(_short([line.role, line.text, line.kind, line.brief, line.branch], ""))
            rest = _short([list(scene.about), back, moment_of(scene) + 1], 0)
            rest = _short(rest, [])
            numbers.append(pool.number([text, list(scene.args), flat, *rest]))
            now = scene.time // 1000
            times.append(now - before)
            before = now
        runs[name] = {"start": storyboard.start, "steps": numbers, "times": times}
        if keys := [number for number, scene in enumerate(storyboard.scenes) if scene.key]:
            runs[name]["keys"] = keys
            runs[name]["poster"] = storyboard.poster
        if storyboard.release:
            runs[name]["release"] = storyboard.release
    packed: dict[str, Any] = {"texts": texts.values, "pool": pool.values, "runs": runs}
    if moments.values:
        sources = {name: [*source] for board in storyboards.values() for name, source in board.sources.items()}
        packed |= {"moments": moments.values, "places": places.values, "sources": sources}
    return packed


def _short(values: list[Any], empty: Any) -> list[Any]:
    """The values, less those at the end that say nothing."""
    while values and values[-1] == empty:
        values.pop()
    return values


def unpack(packed: Mapping[str, Any], name: str) -> list[tuple[int, str, State]]:
    """One packed run as the script sees it: microseconds, sentence and state after each step."""
    run = packed["runs"][name]
    state, time, told = run["start"], 0, []
    for number, pause in zip(run["steps"], run["times"], strict=True):
        text, args, flat, *_ = packed["pool"][number]
        state = dict(state)
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            apply(state, key, value)
        time += pause
        told.append((time, packed["texts"][text][1].format(*args), state))
    return told
