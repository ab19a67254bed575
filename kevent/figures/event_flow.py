"""The storyboard of EventFlow: from a trace to events that move through queues.

A goroutine's steps on the primitives of the broadcaster are told one by one; what only serves such a step (the words of
wait groups, locks nobody waits for, rests) is folded into it, unless every step is asked for. The state has, for each
watcher w:

    q:w  the events on its queue      h:w  those in its reader's hands      x:w  those dropped at it
    f:w  those its reader is done with      l:w  those lost in its reader's hands
    g:w  what its reader is doing
    at:w where in it an event is: "correlator", "request", "pause", "work", or nowhere
    b:w  from when to when it is busy, in microseconds, if that is known

The same keys with nothing behind the colon are the incoming queue's and the loop's; door holds the events whose senders
wait for room, lock is who holds the broadcaster's lock, and who is where the goroutine of the step is drawn. At the
loop, at: is "insists" or "lock".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from kevent.figures.figure import Figure, Values
from kevent.figures.flow_cast import Cast
from kevent.figures.flow_loop import Entrance, Loop
from kevent.figures.flow_readers import Readers, Sinks
from kevent.figures.flow_still import draw_flow, say_flow
from kevent.figures.flow_story import Story
from kevent.figures.go_lines import go_lines, nearest
from kevent.figures.narration import EVENT_FLOW as SAY
from kevent.figures.recording import Recording, record
from kevent.figures.storyboard import Storyboard, seconds
from kevent.simulation import Schedule

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

    Of the readers that only work, the one is followed whose queue was full, or else the first. Where one gets nothing,
    and asks again, the figure opens.
    """
    scenes = board.scenes
    filled = {scene.cause for scene in scenes if scene.line.kind in _AT_A_FULL_QUEUE}
    harmed = [str(scene.args[1]) for scene in scenes if scene.line.kind in ("drop", "drop everywhere", "insist")]
    names = [name for name, _, _ in board.start["shape"]["watchers"]]
    followed = max(names, key=harmed.count, default="")
    board.opens = next((number for number, scene in enumerate(scenes) if scene.line.kind == "reader gets nothing"), -1)
    for number, scene in enumerate(scenes):
        kind = scene.line.kind
        scene.key = (
            scene.line.role == "lost"
            or kind in _ALWAYS_KEY
            or number in filled
            or number == board.opens
            or (kind == "sink retried" and scene.args[3] == 1)
            or (kind == "worked" and scene.args[0] == followed)
        )


_AT_A_FULL_QUEUE = {"drop", "drop everywhere", "drop at once", "insist", "full"}


class EventFlow(Figure):
    """Events on their way through a broadcaster: senders, incoming queue, loop, a queue for each watcher, readers.

    The scenario makes one `Broadcaster` or `EventBroadcaster`, its watchers and their readers, and hands events in; a
    `ScriptedSink` shows what a sink answers. See `Figure` for the arguments; with `every_step` the steps of locks and
    wait groups are told, too. Which release of client-go a run answers like, its broadcaster says; where that is not
    so, `answers_like` does, a function that gets a run's parameters and may give "" for none. `seed`, `schedule`,
    `max_batch` and `max_steps` are those of `simulate`.
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
        opens: str = "",
        every_step: bool = False,
        answers_like: Callable[..., str] | None = None,
        seed: int | str | None = None,
        schedule: Schedule | None = None,
        max_batch: int = 1,
        max_steps: int = 100_000,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels, opens=opens)
        self._every_step = every_step
        self._answers_like = answers_like
        self._options: dict[str, Any] = {
            "seed": seed, "schedule": schedule, "max_batch": max_batch, "max_steps": max_steps,
        }  # fmt: skip

    def tell(self, values: Values) -> Storyboard:
        """Simulate the scenario and tell what befalls each event, from its sender to its last reader."""
        recording = record(lambda: self.scenario(**values), **self._options)
        board = tell_event_flow(recording, every_step=self._every_step)
        board.release = recording.run.release if self._answers_like is None else self._answers_like(**values)
        return board

    # --- without a script: the step that a reader with one sees first ---

    def draw(self, storyboard: Storyboard) -> str:
        """Where every event is at the poster step."""
        scene = storyboard.scenes[storyboard.poster] if storyboard.scenes else None
        return draw_flow(storyboard.states()[storyboard.poster + 1], scene)

    def describe(self, storyboard: Storyboard) -> str:
        """What the picture shows: who takes part, the step, and where every event is."""
        step, state = storyboard.poster, storyboard.states()[storyboard.poster + 1]
        scene = storyboard.scenes[step]
        shown = f"Step {step + 1} of {len(storyboard.scenes)}. {scene.sentence} After it, events {say_flow(state)}."
        return f"{self.alt} {shown}".strip()

    def told(self, storyboard: Storyboard) -> str:
        """The step, what led to it, the lines that took it, and the key steps."""
        scenes = storyboard.scenes
        keys = "\n".join(f'<li value="{n + 1}">{escape(s.sentence)}</li>' for n, s in enumerate(scenes) if s.key)
        return (
            f"{self.told_at(storyboard)}"
            f'<div tabindex="0" role="region" aria-label="Key steps: {escape(self.title)}">\n'
            f"<ol>\n{keys}\n</ol>\n</div>\n"
        )

    def told_at(self, storyboard: Storyboard) -> str:
        """The poster step, what led to it, and the lines that took it, as HTML."""
        scenes, poster = storyboard.scenes, storyboard.poster
        chain: list[str] = []
        step = poster
        while step >= 0 and len(chain) < CAUSES:
            chain.insert(0, f"<li>Step {step + 1}: {escape(scenes[step].line.brief.format(*scenes[step].args))}</li>")
            step = scenes[step].cause
        moment = scenes[poster].moment
        lines = [f"{place.function}: {place.text}" for place in moment.places[:1]]
        go = go_lines(moment, nearest(storyboard.release))[:1]
        lines += [f"{line.symbol.partition('#')[0]}:{line.number}" for line in go if line.number]
        lit = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines)
        causes = f"<p>What led here:</p>\n<ol>{''.join(chain)}</ol>\n" if len(chain) > 1 else ""
        return f"<p>{escape(scenes[poster].sentence)}</p>\n{causes}<p>The lines that run:</p>\n<ul>{lit}</ul>\n"


CAUSES = 4
"""Links of the chain of causes that stand below the picture, the step itself included."""
