"""What all who tell the flow of events share: the storyboard, the queues, the step they are at."""

from __future__ import annotations

from dataclasses import dataclass, field

from kevent.figures.flow_cast import RECEIVING, Cast
from kevent.figures.narration import EVENT_FLOW as SAY
from kevent.figures.storyboard import Storyboard, seconds
from kevent.figures.tracing import Moment
from kevent.simulation import Step

__all__ = ["Queue", "Story", "listed"]


@dataclass(slots=True)
class Queue:
    """A channel as its trace shows it: what is in it, and who waits to put something in."""

    board: Storyboard
    name: str
    suffix: str
    """What its keys in the state end with: "" for the incoming queue, else the watcher's name."""
    capacity: int
    full_since: int = -1
    """The step that filled it, or -1."""
    kept_by: int = -1
    """The step that keeps whoever reads it from reading: it works, it waits for an answer; or -1."""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    """Senders in line, with the event that each holds."""

    @property
    def inside(self) -> list[int]:
        """The events in it, the oldest first."""
        events: list[int] = self.board.state[f"q:{self.suffix}"]
        return events

    @property
    def in_hands(self) -> list[int]:
        """The events that its reader has and is not done with."""
        events: list[int] = self.board.state[f"h:{self.suffix}"]
        return events

    @property
    def why_full(self) -> int:
        """The step that explains why it takes nothing: it was filled then, or, without places, its reader is busy."""
        return self.full_since if self.full_since >= 0 else self.kept_by

    def put(self, event: int, *, hand_over: bool) -> None:
        """An event gets in; or `hand_over`, into the hands of a reader that waits."""
        if hand_over:
            self.board.push(f"h:{self.suffix}", event)
            self.board.set(f"g:{self.suffix}", ["run", SAY["is woken"].text])
        else:
            self.board.push(f"q:{self.suffix}", event)
        if len(self.inside) >= self.capacity and self.full_since < 0:
            self.full_since = len(self.board.scenes) - 1
            if self.kept_by >= 0:
                self.board.scenes[-1].cause = self.kept_by

    def drop(self, event: int) -> None:
        """An event falls out here."""
        self.board.push(f"x:{self.suffix}", event)

    def conclude(self, event: int, *, lost: bool) -> None:
        """Its reader has done with an event what it can."""
        self.board.set(f"h:{self.suffix}", [each for each in self.in_hands if each != event])
        self.board.push(f"{'l' if lost else 'f'}:{self.suffix}", event)

    def abandon(self, event: int) -> list[int]:
        """Its reader goes, with this event before it: what it leaves, in its hands and on the queue."""
        return [event, *(each for each in [*self.in_hands, *self.inside] if each != event)]

    def lose(self, events: list[int]) -> None:
        """What its reader has left."""
        self.board.set(f"q:{self.suffix}", [])
        self.board.set(f"h:{self.suffix}", [])
        for event in events:
            self.board.push(f"l:{self.suffix}", event)

    def wait(self, sender: str, event: int) -> None:
        """A sender waits for room."""
        self.waiting.append((sender, event))
        self._show_line()

    def leave(self, sender: str) -> None:
        """A sender that waited goes on; if nobody let its event in, it takes it along."""
        self.waiting = [place for place in self.waiting if place[0] != sender]
        self._show_line()

    def take(self, event: int, after: int | None) -> None:
        """A reader has this event now. Senders in line move up, as far as the trace says there was room."""
        self.kept_by = -1
        if event in self.inside:
            self.board.shift(f"q:{self.suffix}")
        else:  # out of a waiting sender's hands, or handed over before
            self.waiting = [place for place in self.waiting if place[1] != event]
        if event not in self.in_hands:
            self.board.push(f"h:{self.suffix}", event)
        while self.waiting and len(self.inside) < (after or 0):
            self.board.push(f"q:{self.suffix}", self.waiting.pop(0)[1])
        self._show_line()
        if len(self.inside) < self.capacity:
            self.full_since = -1

    def _show_line(self) -> None:
        if not self.suffix:
            self.board.set("door", [event for _, event in self.waiting])


class Story:
    """Where the telling has come to. Those who tell one part of it look at `step` and call `tell`."""

    def __init__(self, cast: Cast, every_step: bool) -> None:
        self.cast = cast
        self.every_step = every_step
        self.board = Storyboard(**cast.start())
        self.queues = {
            name: Queue(self.board, name, suffix, cast.capacities[name])
            for name, suffix in [(cast.incoming, ""), *((name, name) for name in cast.watchers)]
        }
        self.incoming = self.queues[cast.incoming]
        self.told = False
        """Whether the step of the trace has been told."""
        self.step: Step
        self._moments = cast.moments
        self._latest: dict[tuple[int, str], int] = {}
        """The last step that an event had a part in, on its way to a watcher, or to the loop ("")."""
        self._previous: dict[str, Step] = {}

    def begin(self, step: Step) -> None:
        """Come to the next line of the trace. What it changes without being told shows at the next step that is."""
        self.step, self.told = step, False
        self.board.wait()

    def end(self) -> None:
        """Leave this line: show what its goroutine does from now on."""
        step = self.step
        key = f"g:{self.cast.place_of(step.goroutine)}"
        if key in self.board.state:
            self.board.set(key, self._status(step))
        self._previous[step.goroutine] = step

    def tell(
        self,
        line: str,
        *args: str | int,
        about: int | list[int] = -1,
        cause: int = -1,
        at: Queue | None = None,
        moment: Moment | None = None,
    ) -> int:
        """Open a new step of the storyboard with a line of the narration. Its number is returned.

        `at` is the watcher's queue that this is about, if it is about one. Unless another `cause` is named, what
        befell the event before is what led here; unless another `moment` is, the code stands where the trace says.
        """
        events = about if isinstance(about, list) else [about] if about >= 0 else []
        branch = at.suffix if at is not None else ""
        if cause < 0 and events:
            cause = self._latest.get((events[0], branch), self._latest.get((events[0], ""), -1))
        self.told = True
        number = self.board.tell(
            self.step.time,
            SAY[line],
            *args,
            about=events,
            cause=cause,
            first=self.step.number,
            moment=self.moment if moment is None else moment,
        )
        self._latest |= {(event, branch): number for event in events}
        self.board.set("who", self.cast.place_of(self.step.goroutine))
        return number

    @property
    def moment(self) -> Moment:
        """Where the code stands at this line of the trace."""
        return self._moments[self.step.number]

    def moment_before(self, outcome: str) -> Moment:
        """Where this goroutine's code stood at its step before: that step had this outcome, which only shows now."""
        return self._moments[self._previous[self.step.goroutine].number]._replace(outcome=outcome)

    def keep(self, queue: Queue, station: str, number: int, until: int | None = None) -> None:
        """Whoever reads this queue is held up from this step on: at which station, and if that is known, until when."""
        queue.kept_by = number
        self.board.set(f"at:{queue.suffix}", station)
        now = self.step.time
        self.board.set(f"b:{queue.suffix}", [] if until is None else [now // 1000, until // 1000])

    def let_go(self, queue: Queue) -> None:
        """It goes on."""
        self.board.set(f"at:{queue.suffix}", "")
        self.board.set(f"b:{queue.suffix}", [])

    def had_waited(self) -> bool:
        """Whether this line of the trace completes one that had to wait."""
        before = self._previous.get(self.step.goroutine)
        return before is not None and before.blocked and before.operation == self.step.operation

    def until(self) -> int | None:
        """When the goroutine of this line goes on."""
        following = self.cast.following(self.step)
        return following.time if following is not None else None

    def _status(self, step: Step) -> list[str]:
        if step.operation == "end":
            return ["end", SAY["has ended"].text]
        if not step.blocked:
            return ["run", SAY["is running"].text]
        until = self.until()
        if step.operation == "sleep" and until is not None:
            return ["sleep", SAY["is asleep"].say(seconds(until))]
        if step.name == f"{self.cast.prefix}stopping" and until is not None:
            return ["sleep", SAY["tries again"].say(seconds(until))]
        if step.operation in RECEIVING:
            return ["wait", SAY["waits for events"].text]
        if step.operation in ("send", "select"):
            return ["wait", SAY["waits for room"].text]
        return ["wait", SAY["waits"].text]


def listed(items: list[int] | list[str]) -> str:
    """The items as a list in running text: "1, 2 and 3"."""
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""
