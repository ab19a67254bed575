"""The storyboard of EventFlow: from a trace to events that move through queues.

A goroutine's steps on the primitives of the broadcaster are told one by one; what only serves such a step (the words of
wait groups, locks nobody waits for, rests) is folded into it, unless every step is asked for. The state has, for each
watcher w:

    q:w  the events on its queue      h:w  those in its reader's hands      x:w  those dropped at it
    f:w  those its reader is done with      l:w  those lost in its reader's hands
    n:w  how many it handled, or one count for each outcome at a sink       o:w  its latest outcome
    g:w  what its reader is doing
    at:w where in it an event is: "correlator", "request", "pause", "work", or nowhere
    b:w  from when to when it is busy, in microseconds, if that is known

The same keys with nothing behind the colon are the incoming queue's and the loop's; door holds the events whose senders
wait for room, lock is who holds the broadcaster's lock, and who is where the goroutine of the step is drawn. At the
loop, at: is "insists" or "lock".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kevent.figures.figure import Figure, Values
from kevent.figures.flow_cast import Cast
from kevent.figures.flow_loop import Entrance, Loop
from kevent.figures.flow_readers import Readers, Sinks
from kevent.figures.flow_story import Story, listed
from kevent.figures.narration import EVENT_FLOW as SAY
from kevent.figures.recording import Recording, record
from kevent.figures.still import MUTED, SLOT, Still
from kevent.figures.storyboard import Storyboard, seconds

__all__ = ["EventFlow", "tell_event_flow"]


def tell_event_flow(recording: Recording, *, every_step: bool = False) -> Storyboard:
    """What one run of a broadcaster looked like, told event by event.

    `every_step` tells the steps of locks, wait groups and rests, too. Raises ValueError if the scenario made no
    broadcaster, or the error that kept it from making one.
    """
    story = Story(Cast(recording), every_step)
    sinks = Sinks(story, recording.answers)
    tellers = (Entrance(story), Loop(story), Readers(story, sinks), sinks)
    for step in recording.trace:
        story.begin(step)
        for teller in tellers:
            handler: Callable[..., None] | None = getattr(teller, f"on_{step.operation}", None)
            if handler is not None:
                handler(step)
        if every_step and not story.told and step.operation not in ("start", "go", "end", "join"):
            line = f"{step.operation} blocked" if step.blocked else step.operation
            story.tell(line if line in SAY else "other", step.goroutine, step.name, step.operation)
        story.end()
    run = recording.run
    if run.error is not None:
        story.tell("error", str(run.error))
    elif run.alive:
        story.tell("left behind", "; ".join(run.alive))
    else:
        story.tell("over", seconds(run.time))
    mark_key_steps(story.board)
    story.board.sources = recording.sources
    return story.board


_ALWAYS_KEY = {"insist", "full", "lock wait", "sink created", "sink patched", "over", "left behind", "error"}


def mark_key_steps(board: Storyboard) -> None:
    """Mark the steps by which the story can be followed: what is lost or waits, what filled a queue, what is written.

    Of the readers that only work, the one is followed whose queue was full, or else the first.
    """
    scenes = board.scenes
    filled = {scene.cause for scene in scenes if scene.line.kind in _AT_A_FULL_QUEUE}
    harmed = [str(scene.args[1]) for scene in scenes if scene.line.kind in ("drop", "drop everywhere", "insist")]
    names = [name for name, _, _ in board.start["shape"]["watchers"]]
    followed = max(names, key=harmed.count, default="")
    for number, scene in enumerate(scenes):
        kind = scene.line.kind
        scene.key = (
            scene.line.role == "lost"
            or kind in _ALWAYS_KEY
            or number in filled
            or (kind == "sink retried" and scene.args[3] == 1)
            or (kind == "worked" and scene.args[0] == followed)
        )


_AT_A_FULL_QUEUE = {"drop", "drop everywhere", "drop at once", "insist", "full"}


class EventFlow(Figure):
    """Events on their way through a broadcaster: senders, incoming queue, loop, a queue for each watcher, readers.

    The scenario makes one `Broadcaster` or `EventBroadcaster`, its watchers and their readers, and hands events in; a
    `ScriptedSink` shows what a sink answers. See `Figure` for the arguments; with `every_step` the steps of locks and
    wait groups are told, too. `seed`, `max_batch` and `max_steps` are those of `simulate`.
    """

    kind = "event-flow"
    opening = "Nothing has happened yet."

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "Events on their way",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        every_step: bool = False,
        seed: int | str | None = None,
        max_batch: int = 1,
        max_steps: int = 100_000,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._every_step = every_step
        self._options: dict[str, Any] = {"seed": seed, "max_batch": max_batch, "max_steps": max_steps}
        if not self.alt:
            shape = next(iter(self.storyboards.values())).start["shape"]
            names = listed([name for name, _, _ in shape["watchers"]])
            self.alt = (
                f"{listed(shape['senders'])}, an incoming queue of {shape['incoming']} places, the loop, "
                f"and behind it a queue and a reader for each watcher: {names}. All queues are empty."
            )

    def tell(self, values: Values) -> Storyboard:
        """Simulate the scenario and tell what befalls each event, from its sender to its last reader."""
        recording = record(lambda: self.scenario(**values), **self._options)
        return tell_event_flow(recording, every_step=self._every_step)

    def draw(self, storyboard: Storyboard) -> str:
        """The senders, the incoming queue, the loop, and a queue with a reader for each watcher, all empty."""
        shape = storyboard.start["shape"]
        rows = max(len(shape["watchers"]), len(shape["senders"]), 1)
        still = Still(736, 72 * rows + 8)
        middle = (72 * rows + 8) / 2
        _draw_queue(still, 120, middle, "incoming", shape["incoming"])
        still.line(f"M247 {middle:g}H268")
        still.circle(298, middle, 29)
        still.text(298, middle + 4, "loop", bold=True, anchor="middle")
        for number, name in enumerate(shape["senders"][:rows]):
            y = middle + (number - (min(len(shape["senders"]), rows) - 1) / 2) * 60
            still.rect(1, y - 24, 96, 48)
            still.text(11, y + 4, name, bold=True)
            still.line(f"M97 {y:g}C110 {y:g} 106 {middle:g} 117 {middle:g}")
        for number, (name, capacity, sink) in enumerate(shape["watchers"]):
            y = 72 * number + 44
            still.line(f"M328 {middle:g}C350 {middle:g} 345 {y} 369 {y}")
            _draw_queue(still, 372, y, name, capacity)
            still.line(f"M498 {y}H517")
            still.rect(520, y - 22, 214, 44)
            still.text(556, y + 4, f"{name} · sink" if sink and name != "sink" else name, bold=True)
        return still.svg()


def _draw_queue(still: Still, x: float, y: float, name: str, capacity: int) -> None:
    still.text(x, y - 19, f"{name} 0/{capacity}", size=12, fill=MUTED)
    for place in range(max(1, min(capacity, 5))):
        still.rect(x + place * 25, y - 11, 22, 22, fill=SLOT, edge="#c9c5bb", radius=5)
