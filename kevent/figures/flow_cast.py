"""Who takes part in a run of a broadcaster: read from the whole trace, before any of it is told."""

from __future__ import annotations

from typing import Any

from kevent.broadcaster import WatchEvent
from kevent.event import Event
from kevent.figures.recording import Recording
from kevent.simulation import Step

__all__ = ["RECEIVING", "Cast", "accepted", "is_event", "offered"]

SINK_VERBS = ("create", "update", "patch")
LONGEST_REASON = 40
RECEIVING = ("receive", "receive_ok", "receive_many", "try_receive")


class Cast:
    """The loop, its senders, its watchers with their readers and sinks, and the events by number.

    Events are numbered in the order in which they were recorded, those without a time as somebody first tried to hand
    them in. Raises ValueError if the scenario made no broadcaster, or the error that kept it from making one.
    """

    def __init__(self, recording: Recording) -> None:
        incoming = [name for name in recording.capacities if name.endswith("incoming")]
        if not incoming and recording.run.error is not None:
            raise recording.run.error
        if not incoming:
            raise ValueError("the scenario made no broadcaster, so there is no flow of events to show")
        self.trace = recording.trace
        self.capacities = recording.capacities
        self.moments = recording.moments
        self.prefix = incoming[0].removesuffix("incoming")
        self.incoming, self.loop, self.lock = incoming[0], f"{self.prefix}loop", f"{self.prefix}lock"
        self.events: list[list[Any]] = []
        """Each event's text, and 1 if it is a warning."""
        self.accepted_by: dict[int, list[str]] = {}
        """The watchers whose queue took an event, by its number."""
        self._numbers: dict[int, int] = {}
        self.recorded = False
        """Whether events come out of a recorder."""
        self._reasons: list[str] = []
        """Each event's reason, or "" if it has none."""
        self._next_of = self._chain()
        self._watch_the_loop()
        self._find_the_readers()

    def _chain(self) -> list[int]:
        """For each line of the trace the same goroutine's next one, or -1."""
        next_of = [-1] * len(self.trace)
        latest: dict[str, int] = {}
        for step in self.trace:
            if step.goroutine in latest:
                next_of[latest[step.goroutine]] = step.number
            latest[step.goroutine] = step.number
        return next_of

    def _watch_the_loop(self) -> None:
        watchers: dict[str, None] = {}
        senders: dict[str, None] = {}
        handed_in = [step.value for step in self.trace if step.name == self.incoming and is_event(step.value)]
        for event in sorted(handed_in, key=_recorded_at):
            self.number(event)
        for step in self.trace:
            if step.goroutine == self.loop and step.operation in ("try_send", "try_send_many", "select", "close"):
                watchers.setdefault(step.name.split(", ")[0])
            batch = offered(step) if step.goroutine == self.loop else []
            for event in batch[: accepted(step)]:
                self.accepted_by.setdefault(self.number(event), []).append(step.name)
            if step.operation in ("send", "try_send") and step.name == self.incoming and is_event(step.value):
                senders.setdefault(step.goroutine)
        # Since 1.20 the loop closes the queue in front of it, too: no watcher's.
        self.watchers = [name for name in watchers if name in self.capacities and name != self.incoming]
        self.senders = list(senders)

    def _find_the_readers(self) -> None:
        answering = {step.goroutine for step in self.trace if step.operation in SINK_VERBS}
        readers: dict[str, str] = {}
        for step in self.trace:
            if step.operation in RECEIVING and step.name in self.watchers:
                readers.setdefault(step.name, step.goroutine)
        self.watcher_of = {reader: watcher for watcher, reader in readers.items()}
        self.sinks = {watcher for watcher, reader in readers.items() if reader in answering}

    def number(self, event: Any) -> int:
        """The number of an event; a new one gets the next."""
        key = id(event)  # the trace keeps every event alive
        if key not in self._numbers:
            self._numbers[key] = len(self.events)
            self.events.append(_describe(event.object))
            self._reasons.append(_reason(event.object))
            self.recorded = self.recorded or isinstance(event.object, Event)
        return self._numbers[key]

    def called(self, number: int) -> int | str:
        """An event's number, with its reason if it has one: where it comes in, and what becomes of it."""
        return f"{number} ({self._reasons[number]})" if self._reasons[number] else number

    def following(self, step: Step) -> Step | None:
        """What the same goroutine does next."""
        number = self._next_of[step.number]
        return self.trace[number] if number >= 0 else None

    def place_of(self, goroutine: str) -> str:
        """Where a goroutine is drawn: "" is the loop, a watcher's name its reader, else its own name."""
        return "" if goroutine == self.loop else self.watcher_of.get(goroutine, goroutine)

    def start(self) -> dict[str, Any]:
        """The state before the first step."""
        watchers = [[name, self.capacities[name], int(name in self.sinks)] for name in self.watchers]
        start: dict[str, Any] = {
            "shape": {"senders": self.senders, "incoming": self.capacities[self.incoming], "watchers": watchers},
            "events": self.events,
            "door": [],
            "lock": "",
            "who": "",
        }
        if self.recorded:
            start["shape"]["recorder"] = 1
        for suffix in ["", *self.watchers]:
            start |= {f"q:{suffix}": [], f"h:{suffix}": [], f"x:{suffix}": [], f"at:{suffix}": "", f"b:{suffix}": []}
        for name in ["", *self.senders, *self.watchers]:
            start[f"g:{name}"] = ["idle", ""]
        for name in self.watchers:
            start |= {f"f:{name}": [], f"l:{name}": []}
        return start


def is_event(value: object) -> bool:
    """Whether what is sent is an event, not a request."""
    return isinstance(value, WatchEvent)


def offered(step: Step) -> list[Any]:
    """The events that this step offers to a queue, if it does."""
    if step.operation == "try_send_many" and isinstance(step.value, list):
        return step.value
    return [step.value] if step.operation == "try_send" and is_event(step.value) else []


def accepted(step: Step) -> int:
    """How many of the events it offers were taken."""
    return step.result if isinstance(step.result, int) else 0


def _recorded_at(event: Any) -> int:
    """When the event was recorded, which may be before it was handed in; 0 if it does not say."""
    return (event.object.first_timestamp or 0) if isinstance(event.object, Event) else 0


def _reason(thing: Any) -> str:
    reason = thing.reason if isinstance(thing, Event) else ""
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"


def _describe(thing: Any) -> list[Any]:
    if isinstance(thing, Event):
        about = thing.involved_object
        return [f"{thing.reason} · {about.kind} {about.name} · {thing.message}", int(thing.type == "Warning")]
    return [str(thing), int("warning" in str(thing).lower())]
