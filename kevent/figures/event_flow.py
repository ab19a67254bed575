"""The storyboard of EventFlow: from a trace to events that move through queues.

Events are numbered in the order in which they were recorded, those without a time as somebody first tried to hand them
in. A goroutine's steps on the primitives of the broadcaster are told one by one; what only serves such a step (the
words of wait groups, locks nobody waits for) is folded into it, unless every step is asked for. The state has, for each
watcher w:

    q:w  the events on its queue      h:w  those in its reader's hands      x:w  those dropped at it
    n:w  how many it handled, or one count for each outcome at a sink       o:w  its latest outcome
    g:w  what its reader is doing

The same keys with nothing behind the colon are the incoming queue's and the loop's; door holds the events whose senders
wait for room, and who is where the goroutine of the step is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kevent.broadcaster import WatchEvent
from kevent.event import Event
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import EVENT_FLOW as SAY
from kevent.figures.recording import Recording, record
from kevent.figures.sinks import OUTCOMES, Answer
from kevent.figures.still import MUTED, SLOT, Still
from kevent.figures.storyboard import Storyboard, seconds
from kevent.simulation import Step

__all__ = ["EventFlow", "tell_event_flow"]

SINK_VERBS = ("create", "update", "patch")
RECEIVING = ("receive", "receive_ok", "receive_many", "try_receive")


def tell_event_flow(recording: Recording, *, every_step: bool = False) -> Storyboard:
    """What one run of a broadcaster looked like, told event by event.

    `every_step` tells the steps of locks and wait groups, too. Raises ValueError if the scenario made no broadcaster,
    or the error that kept it from making one.
    """
    return _Teller(recording, every_step).tell_all()


@dataclass(slots=True)
class _Queue:
    """A channel as its trace shows it: what is in it, and who waits to put something in."""

    board: Storyboard
    name: str
    suffix: str
    """What its keys in the state end with: "" for the incoming queue, else the watcher's name."""
    capacity: int
    full_since: int = -1
    """The step that filled it, or -1."""
    waiting: list[tuple[str, int]] = field(default_factory=list)
    """Senders in line, with the event that each holds."""

    @property
    def inside(self) -> list[int]:
        events: list[int] = self.board.state[f"q:{self.suffix}"]
        return events

    def will_hand_over(self, after: int | None) -> bool:
        """Whether an event sent now goes straight into the hands of a waiting reader: the queue gets no longer."""
        return after == len(self.inside)

    def put(self, event: int, *, hand_over: bool) -> None:
        self.board.push(f"{'h' if hand_over else 'q'}:{self.suffix}", event)
        if len(self.inside) >= self.capacity and self.full_since < 0:
            self.full_since = len(self.board.scenes) - 1

    def wait(self, sender: str, event: int) -> None:
        self.waiting.append((sender, event))
        self._show_line()

    def leave(self, sender: str) -> None:
        """A sender that waited goes on; if nobody let its event in, it takes it along."""
        self.waiting = [place for place in self.waiting if place[0] != sender]
        self._show_line()

    def take(self, event: int, after: int | None) -> None:
        """A reader has this event now. Senders in line move up, as far as the trace says there was room."""
        if event in self.inside:
            self.board.shift(f"q:{self.suffix}")
        else:  # out of a waiting sender's hands, or handed over before
            self.waiting = [place for place in self.waiting if place[1] != event]
        if event not in self.board.state[f"h:{self.suffix}"]:
            self.board.push(f"h:{self.suffix}", event)
        while self.waiting and len(self.inside) < (after or 0):
            self.board.push(f"q:{self.suffix}", self.waiting.pop(0)[1])
        self._show_line()
        if len(self.inside) < self.capacity:
            self.full_since = -1

    def _show_line(self) -> None:
        if not self.suffix:
            self.board.set("door", [event for _, event in self.waiting])


class _Teller:
    """Goes through a trace once and tells it. What is still to come may be looked up: the trace is complete."""

    def __init__(self, recording: Recording, every_step: bool) -> None:
        self.recording = recording
        self.trace = recording.trace
        self.every_step = every_step
        incoming = [name for name in recording.capacities if name.endswith("incoming")]
        if not incoming and recording.run.error is not None:
            raise recording.run.error
        if not incoming:
            raise ValueError("the scenario made no broadcaster, so there is no flow of events to show")
        self.prefix = incoming[0].removesuffix("incoming")
        self.incoming, self.loop, self.lock = incoming[0], f"{self.prefix}loop", f"{self.prefix}lock"
        self.events: list[list[Any]] = []
        self._numbers: dict[int, int] = {}
        self._look_ahead()
        self.board = Storyboard(**self._start())
        self.queues = {
            name: _Queue(self.board, name, suffix, recording.capacities[name])
            for name, suffix in [(self.incoming, ""), *((name, name) for name in self.watchers)]
        }
        self.previous: dict[str, Step] = {}
        self.insisting: list[int] = []
        self.tries: dict[str, int] = {}
        self.answered: dict[str, str] = {}
        self.slept_since: dict[str, int] = {}
        self.answers = {name: iter(answers) for name, answers in recording.answers.items()}

    # --- before telling: who is who ---

    def _look_ahead(self) -> None:
        watchers: dict[str, None] = {}
        senders: dict[str, None] = {}
        latest: dict[str, int] = {}
        self.next_of = [-1] * len(self.trace)  # the same goroutine's next line of the trace
        self.accepted_by: dict[int, list[str]] = {}
        handed_in = [step.value for step in self.trace if step.name == self.incoming and _is_event(step.value)]
        for event in sorted(handed_in, key=_recorded_at):
            self._number(event)
        for step in self.trace:
            if step.goroutine in latest:
                self.next_of[latest[step.goroutine]] = step.number
            latest[step.goroutine] = step.number
            if step.goroutine == self.loop and step.operation in ("try_send", "try_send_many", "select", "close"):
                watchers.setdefault(step.name.split(", ")[0])
            offered = _offered(step) if step.goroutine == self.loop else []
            for event in offered[: _accepted(step)]:
                self.accepted_by.setdefault(self._number(event), []).append(step.name)
            if step.operation in ("send", "try_send") and step.name == self.incoming and _is_event(step.value):
                senders.setdefault(step.goroutine)
        self.watchers = [name for name in watchers if name in self.recording.capacities]
        self.readers: dict[str, str] = {}
        sinks = {step.goroutine for step in self.trace if step.operation in SINK_VERBS}
        for step in self.trace:
            if step.operation in RECEIVING and step.name in self.watchers:
                self.readers.setdefault(step.name, step.goroutine)
        self.watcher_of = {reader: watcher for watcher, reader in self.readers.items()}
        self.sinks = {watcher for watcher, reader in self.readers.items() if reader in sinks}
        self.senders = list(senders)

    def _number(self, event: Any) -> int:
        key = id(event)  # the trace keeps every event alive
        if key not in self._numbers:
            self._numbers[key] = len(self.events)
            self.events.append(_describe(event.object))
        return self._numbers[key]

    def _start(self) -> dict[str, Any]:
        capacities = self.recording.capacities
        watchers = [[name, capacities[name], int(name in self.sinks)] for name in self.watchers]
        start: dict[str, Any] = {
            "shape": {"senders": self.senders, "incoming": capacities[self.incoming], "watchers": watchers},
            "events": self.events,
            "door": [],
            "lock": 0,
            "who": "",
        }
        for suffix in ["", *self.watchers]:
            start |= {f"q:{suffix}": [], f"h:{suffix}": [], f"x:{suffix}": []}
        for name in ["", *self.senders, *self.watchers]:
            start[f"g:{name}"] = ["idle", ""]
        for name in self.watchers:
            start |= {f"o:{name}": [], f"n:{name}": [0] * (len(OUTCOMES) if name in self.sinks else 1)}
        return start

    # --- telling ---

    def tell_all(self) -> Storyboard:
        for step in self.trace:
            self.step, self.told = step, False
            handler: Callable[[Step], None] | None = getattr(self, f"_on_{step.operation}", None)
            if handler is not None:
                handler(step)
            if self.every_step and not self.told and step.operation not in ("start", "go", "end", "join"):
                line = f"{step.operation} blocked" if step.blocked else step.operation
                self._tell(line if line in SAY else "other", step.goroutine, step.name, step.operation)
            self._show_status(step)
            self.previous[step.goroutine] = step
        self._tell_end()
        return self.board

    def _tell(self, line: str, *args: str | int, about: int | list[int] = -1, cause: int = -1) -> int:
        events = about if isinstance(about, list) else [about] if about >= 0 else []
        self.told = True
        number = self.board.tell(self.step.time, SAY[line], *args, about=events, cause=cause, first=self.step.number)
        self.board.set("who", self._place_of(self.step.goroutine))
        return number

    def _place_of(self, goroutine: str) -> str:
        """Where a goroutine is drawn: "" is the loop, a watcher's name its reader, else its own name."""
        return "" if goroutine == self.loop else self.watcher_of.get(goroutine, goroutine)

    def _show_status(self, step: Step) -> None:
        """What the goroutine of this step does from now on."""
        key = f"g:{self._place_of(step.goroutine)}"
        if key in self.board.state:
            self.board.set(key, self._status(step))

    def _status(self, step: Step) -> list[str]:
        if step.operation == "end":
            return ["end", SAY["has ended"].text]
        if not step.blocked:
            return ["run", SAY["is running"].text]
        until = self._time_of_next(step)
        if step.operation == "sleep" and until is not None:
            return ["sleep", SAY["is asleep"].say(seconds(until))]
        if step.name == f"{self.prefix}stopping" and until is not None:
            return ["sleep", SAY["tries again"].say(seconds(until))]
        if step.operation in RECEIVING:
            return ["wait", SAY["waits for events"].text]
        if step.operation in ("send", "select"):
            return ["wait", SAY["waits for room"].say(step.name.split(", ")[0])]
        return ["wait", SAY["waits"].text]

    def _time_of_next(self, step: Step) -> int | None:
        number = self.next_of[step.number]
        return self.trace[number].time if number >= 0 else None

    # --- handing in ---

    def _on_send(self, step: Step) -> None:
        if step.name != self.incoming or not _is_event(step.value):
            if step.name == self.incoming and not step.blocked and not step.error:
                what = getattr(step.value, "what", "something")
                register = what.startswith("register ")
                self._tell("request" if register else "request other", step.goroutine, what.removeprefix("register "))
            return
        who, event, queue = step.goroutine, self._number(step.value), self.queues[self.incoming]
        waited = step.number > 0 and self._was_blocked(step)
        if step.error:
            self._tell("too late", who, event, about=event)
            queue.leave(who)
            self.board.push("x:", event)
        elif step.blocked:
            self._tell("full", who, event, queue.capacity, about=event, cause=queue.full_since)
            queue.wait(who, event)
        elif waited:
            self._tell("admitted", who, event, about=event)
            queue.leave(who)
        else:
            self._take_in(step, queue, event)

    def _was_blocked(self, step: Step) -> bool:
        """Whether this line of the trace completes one that had to wait."""
        before = self.previous.get(step.goroutine)
        return before is not None and before.blocked and before.operation == step.operation

    def _on_try_send(self, step: Step) -> None:
        if step.name != self.incoming:
            self._on_try_send_many(step)
            return
        if not _is_event(step.value):
            return
        event, queue = self._number(step.value), self.queues[self.incoming]
        if step.result:
            self._take_in(step, queue, event)
        else:
            self._tell("drop at once", step.goroutine, event, queue.capacity, about=event, cause=queue.full_since)
            self.board.push("x:", event)

    def _take_in(self, step: Step, queue: _Queue, event: int) -> None:
        hand_over = queue.will_hand_over(step.after)
        if hand_over:
            self._tell("hand over", step.goroutine, event, about=event)
        else:
            self._tell("queued", step.goroutine, event, step.after or 0, queue.capacity, about=event)
        queue.put(event, hand_over=hand_over)

    # --- the loop ---

    def _on_receive_many(self, step: Step) -> None:
        if step.name != self.incoming:
            return
        if not self._was_blocked(step):
            self.board.set("h:", [])
        if step.blocked:
            return
        items: list[Any] = step.result if isinstance(step.result, list) else []
        numbers = [self._number(item) for item in items if _is_event(item)]
        queue = self.queues[self.incoming]
        if not items:
            self._tell("loop ends")
        elif len(numbers) > 1:
            self._tell("take batch", len(numbers), _list(numbers), about=numbers)
        elif numbers:
            handed = numbers[0] in self.board.state["h:"]
            self._tell("take handed" if handed else "take", numbers[0], step.after or 0, about=numbers)
        for item in items:
            if not _is_event(item):
                register = item.what.startswith("register ")
                self._tell("registers" if register else "runs", item.what.removeprefix("register "))
        for number in numbers:
            queue.take(number, step.after)

    def _on_try_send_many(self, step: Step) -> None:
        if step.name not in self.queues or step.goroutine != self.loop:
            return
        watcher, queue = step.name, self.queues[step.name]
        batch = [self._number(event) for event in _offered(step)]
        taken = _accepted(step)
        length = len(queue.inside)
        handed = taken - ((step.after or 0) - length)
        for place, event in enumerate(batch[:taken]):
            if place < handed:
                self._tell("give", event, watcher, about=event)
            else:
                length += 1
                self._tell("offer", event, watcher, length, queue.capacity, about=event)
            queue.put(event, hand_over=place < handed)
        rest = batch[taken:]
        upcoming = self.next_of[step.number]
        if rest and upcoming >= 0 and self.trace[upcoming].operation == "select":
            self.insisting = rest
        else:
            for event in rest:
                self._drop(queue, event)

    def _drop(self, queue: _Queue, event: int) -> None:
        others = [name for name in self.accepted_by.get(event, []) if name != queue.name]
        reader = self.slept_since.get(queue.name, queue.full_since)
        cause = queue.full_since if queue.full_since >= 0 else reader
        line = "drop" if others else "drop everywhere"
        self._tell(line, event, queue.name, queue.capacity, _list(others), about=event, cause=cause)
        self.board.push(f"x:{queue.name}", event)

    def _on_select(self, step: Step) -> None:
        queue = self.queues.get(step.name.split(", ")[0])
        if step.goroutine != self.loop or queue is None or not self.insisting:
            return
        event = self.insisting[0]
        if step.blocked:
            self._tell("insist", event, queue.name, queue.capacity, about=event, cause=queue.full_since)
            queue.wait(self.loop, event)
            return
        self.insisting.pop(0)
        case = step.result[0] if isinstance(step.result, tuple) else 0
        if case != 0:
            self._tell("stopped meanwhile", event, queue.name, about=event)
            queue.leave(self.loop)
            self.board.push(f"x:{queue.name}", event)
        elif self._was_blocked(step):
            self._tell("insisted", event, queue.name, about=event)
            queue.leave(self.loop)
        else:
            self._tell("offer", event, queue.name, len(queue.inside) + 1, queue.capacity, about=event)
            queue.put(event, hand_over=False)

    def _on_acquire(self, step: Step) -> None:
        if step.name == self.lock:
            if step.blocked:
                self._tell("lock wait", step.goroutine)
            elif self.every_step:
                self._tell("lock", step.goroutine)
            self.board.set("lock", 0 if step.blocked else 1)
        elif step.name == "aggregator" and step.goroutine in self.watcher_of:
            self._correlate(step)
        elif self.every_step and step.blocked and step.name.startswith("register "):
            self._tell("request waits", step.goroutine, step.name.removeprefix("register ").removesuffix(".sema"))
        elif step.blocked and step.name == f"{self.prefix}distributing.sema":
            self._tell("shutdown waits", step.goroutine)

    def _on_release(self, step: Step) -> None:
        if step.name == self.lock:
            if self.every_step:
                self._tell("unlock", step.goroutine)
            self.board.set("lock", 0)

    def _on_close(self, step: Step) -> None:
        if step.error:
            return
        if step.name == self.incoming:
            self._tell("close", step.goroutine)
        elif step.name in self.queues:
            left = len(self.queues[step.name].inside)
            if step.goroutine == self.loop:
                self._tell("close queue" if left else "close empty", step.name, left)
            else:
                self._tell("stop", step.goroutine, step.name, left)

    # --- readers ---

    def _on_receive_ok(self, step: Step) -> None:
        queue = self.queues.get(step.name)
        if queue is None or step.name == self.incoming:
            if step.blocked and step.name == f"{self.prefix}stopping":
                self._retry(step)
            return
        if not self._was_blocked(step):
            self._finish(queue)
        if step.blocked or step.error:
            return
        value, ok = step.result if isinstance(step.result, tuple) else (step.result, step.result is not None)
        if not ok:
            if step.operation != "try_receive":
                self._tell("reader ends", queue.name)
            return
        event = self._number(value)
        if event in self.board.state[f"h:{queue.name}"]:
            self._tell("read handed", queue.name, event, about=event)
        else:
            self._tell("read", queue.name, event, step.after or 0, about=event)
        queue.take(event, step.after)

    _on_receive = _on_try_receive = _on_receive_ok

    def _finish(self, queue: _Queue) -> None:
        """The reader comes back for more: what it had in its hands is done with."""
        for event in self.board.state[f"h:{queue.name}"]:
            if queue.name in self.sinks:
                self._conclude(queue.name, event)
            else:
                counts = self.board.state[f"n:{queue.name}"]
                self.board.set(f"n:{queue.name}", [counts[0] + 1])
                self.board.set(f"o:{queue.name}", [event, "handled", 1])
        self.board.set(f"h:{queue.name}", [])

    def _on_sleep(self, step: Step) -> None:
        place = self._place_of(step.goroutine)
        duration = seconds(float(step.value) * 1e9) if isinstance(step.value, int | float) else ""
        hands = self.board.state.get(f"h:{place}", []) if place else []
        sink = place in self.sinks
        if step.blocked:
            if hands:
                number = self._tell("sink waits" if sink else "works", place, hands[0], duration, about=hands[0])
                self.slept_since[place] = number
            else:
                self._tell("rests", step.goroutine, duration)
        else:
            self.slept_since.pop(place, None)
            if hands:
                self._tell("sink answers" if sink else "worked", place, hands[0], about=hands[0])

    # --- the sink ---

    def _correlate(self, step: Step) -> None:
        watcher = self.watcher_of[step.goroutine]
        hands = self.board.state[f"h:{watcher}"]
        if hands:
            self.tries[watcher], self.answered[watcher] = 0, ""
            self._tell("correlates", watcher, hands[0], about=hands[0])

    def _on_create(self, step: Step) -> None:
        watcher = self.watcher_of.get(step.goroutine, "")
        hands = self.board.state.get(f"h:{watcher}")
        if not hands:
            return
        answer: Answer = next(self.answers[step.name])
        event = hands[0]
        self.tries[watcher] += 1
        self.answered[watcher] = answer.outcome
        self._tell(f"sink {answer.outcome}", watcher, event, answer.detail, self.tries[watcher], about=event)
        if answer.outcome in ("created", "patched", "rejected"):
            self._count(watcher, event, answer.outcome, answer.count)
        elif answer.outcome == "retried":
            self._count(watcher, event, "retried", self.tries[watcher])

    _on_update = _on_patch = _on_create

    def _retry(self, step: Step) -> None:
        watcher = self.watcher_of.get(step.goroutine, "")
        hands = self.board.state.get(f"h:{watcher}")
        until = self._time_of_next(step)
        if hands and until is not None:
            self._tell("sink pause", watcher, hands[0], seconds(until - step.time), about=hands[0])

    def _conclude(self, watcher: str, event: int) -> None:
        answer = self.answered.get(watcher, "")
        if answer == "":
            self._tell("sink filtered", watcher, event, about=event)
            self._count(watcher, event, "filtered", 0)
        elif answer in ("retried", "gone"):
            self._tell("sink given up", watcher, event, self.tries[watcher], about=event)
            self._count(watcher, event, "given up", self.tries[watcher])

    def _count(self, watcher: str, event: int, outcome: str, count: int) -> None:
        counts = list(self.board.state[f"n:{watcher}"])
        counts[OUTCOMES.index(outcome)] += 1
        self.board.set(f"n:{watcher}", counts)
        self.board.set(f"o:{watcher}", [event, outcome, count])

    # --- the end ---

    def _tell_end(self) -> None:
        run = self.recording.run
        if run.error is not None:
            self._tell("error", str(run.error))
        elif run.alive:
            self._tell("left behind", "; ".join(run.alive))
        else:
            self._tell("over", seconds(run.time))


def _offered(step: Step) -> list[Any]:
    """The events that this step offers to a queue, if it does."""
    if step.operation == "try_send_many" and isinstance(step.value, list):
        return step.value
    return [step.value] if step.operation == "try_send" and _is_event(step.value) else []


def _accepted(step: Step) -> int:
    """How many of the events it offers were taken."""
    return step.result if isinstance(step.result, int) else 0


def _is_event(value: object) -> bool:
    return isinstance(value, WatchEvent)


def _recorded_at(event: Any) -> int:
    """When the event was recorded, which may be before it was handed in; 0 if it does not say."""
    return (event.object.first_timestamp or 0) if isinstance(event.object, Event) else 0


def _list(items: list[Any]) -> str:
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def _describe(thing: Any) -> list[Any]:
    """An event's text, and 1 if it is a warning."""
    if isinstance(thing, Event):
        about = thing.involved_object
        return [f"{thing.reason} · {about.kind} {about.name} · {thing.message}", int(thing.type == "Warning")]
    return [str(thing), int("warning" in str(thing).lower())]


class EventFlow(Figure):
    """Events on their way through a broadcaster: senders, incoming queue, loop, a queue for each watcher, readers.

    The scenario makes one `Broadcaster` or `EventBroadcaster`, its watchers and their readers, and hands events in; a
    `ScriptedSink` shows what a sink answers. See `Figure` for the arguments; with `every_step` the steps of locks and
    wait groups are told, too. `seed` and `max_batch` are those of `simulate`.
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
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._every_step = every_step
        self._options: dict[str, Any] = {"seed": seed, "max_batch": max_batch}
        if not self.alt:
            shape = next(iter(self.storyboards.values())).start["shape"]
            names = _list([name for name, _, _ in shape["watchers"]])
            self.alt = (
                f"{_list(shape['senders'])}, an incoming queue of {shape['incoming']} places, the loop, "
                f"and behind it a queue and a reader for each watcher: {names}. All queues are empty."
            )

    def tell(self, values: Values) -> Storyboard:
        recording = record(lambda: self.scenario(**values), **self._options)
        return tell_event_flow(recording, every_step=self._every_step)

    def draw(self, storyboard: Storyboard) -> str:
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
