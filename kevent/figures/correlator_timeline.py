"""The storyboard of CorrelatorTimeline: a burst of events, and what the correlator makes of each.

Each event brings its key in five parts, and the correlator asks three questions of it: are there too many different
messages in its group, was its like seen before, is there a token for it. start has

    events     [message, warning, parts of the key, …] for each event; the parts are numbers of `parts`
    parts      texts: source, object, type, reason, message
    messages   [short name, text] of everything that tells events of a group apart
    spans      how many of the five parts the keys of bucket and group look at; a count's key looks at all
    total      how long the burst takes, in microseconds
    burst, most, every   tokens of a full bucket, the size of a full group, the seconds that a new token takes

and done grows by one list for each event:

    [time, outcome, count, left, before, after, keys, group, own, gone, reset, object, fate]

time in microseconds; tokens in thousandths: left by the last event of the same bucket (-1: none yet), then before and
after this one; keys are the numbers of the bucket, of the group and of the count; group has the messages that the group
knew with this one, own is this one's, and gone is that which it forgot again, or -1; reset says that it was forgotten
as a whole before; object is the number of what the API server has of it, or -1; fate is "written", "counted" or "lost".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kevent import runtime
from kevent.correlator import CorrelatorOptions, EventCorrelator, EventLogger, Patch
from kevent.event import Event
from kevent.figures.correlator_still import draw_timeline, say_timeline
from kevent.figures.figure import RELEASE, Figure, Values
from kevent.figures.narration import CORRELATOR as SAY
from kevent.figures.still import key_steps, poster_sentence
from kevent.figures.storyboard import Shared, Storyboard
from kevent.figures.tracing import NOWHERE, Moment, Tracer
from kevent.simulation import EPOCH, looking, simulate
from kevent.versions import NEWEST

__all__ = ["CorrelatorTimeline", "tell_correlator_timeline"]

OPTIONS = frozenset(inspect.signature(CorrelatorOptions).parameters)


@dataclass
class _Passage:
    """One event's way through the correlator, as its books have it."""

    event: Event
    time: int
    outcome: str
    written: str
    """The message that is sent."""
    count: int
    bucket: str
    group: str
    key: str
    """What it is counted under."""
    had: list[str]
    has: list[str]
    """The group's messages, before and after."""
    own: str
    before: float
    after: float
    left: float = -1
    reset: bool = False
    full: tuple[str, ...] = ()
    """The group's messages in their order, before one is forgotten."""
    gone: str | None = None
    object: int = -1
    fate: str = "written"
    moment: Moment = NOWHERE
    """The line of the correlator that asked what decided."""


class _Noting(EventLogger):
    """Counts as any logger does, and keeps what it counted last: a filtered event is counted, but not returned."""

    event: Event
    key: str

    def event_observe(self, new_event: Event, key: str) -> tuple[Event, Patch | None]:
        observed = super().event_observe(new_event, key)
        self.event, self.key = observed[0], key
        return observed


def tell_correlator_timeline(
    events: Iterable[tuple[float, Event]], options: CorrelatorOptions, release: str = NEWEST
) -> Storyboard:
    """What becomes of these events, each with the seconds to wait before it. Raises whatever the scenario raises."""
    passages: list[_Passage] = []
    tracer = Tracer()
    correlator = EventCorrelator(options, release=release)  # for its keys alone: it is of no simulation

    def burst() -> None:
        correlator = EventCorrelator(options, release=release)
        correlator.logger = noting = _Noting(options)
        for pause, event in events:
            runtime.sleep(pause)
            before = len(tracer.moments)
            passage = _correlate(correlator, noting, event)
            passage.moment = _asked(tracer.moments[before:], passage.outcome)
            passages.append(passage)

    run = simulate(burst, observer=tracer)
    if run.error is not None:
        raise run.error
    _follow_groups(passages)
    _follow_tokens(passages)
    _follow_server(passages)
    board = _board(passages, run.time, options, correlator)
    board.release = release
    return board


def _correlate(correlator: EventCorrelator, noting: _Noting, event: Event) -> _Passage:
    """Let the correlator decide, as it does in front of a sink that accepts everything, and look at its books."""
    bucket, (group, own) = correlator.spam_filter.spam_key_func(event), correlator.aggregator.key_func(event)
    with looking():  # a look at the tokens reads the clock, and a reading would move it
        time, before = runtime.now(), correlator.spam_filter.tokens(event)
        had = correlator.aggregator.similar(event)
    result = correlator.event_correlate(event)
    combined = noting.key == group
    if result.skip or result.event is None:
        outcome = "filtered"
    else:
        correlator.update_state(result.event)
        words = ["combined"] if combined else []
        outcome = " ".join([*words, "patched"] if result.patch is not None else words or ["created"])
    with looking():
        has, after = correlator.aggregator.similar(event), correlator.spam_filter.tokens(event)
    seen = noting.event
    return _Passage(
        event, time - EPOCH, outcome, seen.message, seen.count, bucket, group, noting.key, had, has, own, before, after
    )


_DECIDES = {"filtered": "EventSourceObjectSpamFilter.filter", "combined": "EventAggregator.event_aggregate"}
"""Who decides that an event becomes this; what is else becomes of it the logger decides."""


def _asked(moments: Iterable[Moment], outcome: str) -> Moment:
    """Where the correlator asks the one who decides, who is seen where it takes its lock."""
    who = f"correlator.{_DECIDES.get(outcome.split()[0], 'EventLogger.event_observe')}"
    asked = (each for each in moments if each.places and each.places[0].function == who)
    return next((each._replace(places=each.places[1:]) for each in asked), NOWHERE)


def _follow_groups(passages: Sequence[_Passage]) -> None:
    """What each group knew with the event, in the order in which it came to know it, and what it forgot."""
    known: dict[str, tuple[str, ...]] = {}
    for each in passages:
        before = [one for one in known.get(each.group, ()) if one in each.had]
        full = tuple(dict.fromkeys([*before, each.own]))
        missing = [one for one in full if one not in each.has]
        if each.key == each.group:
            each.gone = missing[0]
        elif missing:
            each.reset, full = True, (each.own,)
        each.full = full
        known[each.group] = tuple(one for one in full if one != each.gone)


def _follow_tokens(passages: Sequence[_Passage]) -> None:
    left: dict[str, float] = {}
    for each in passages:
        each.left = left.get(each.bucket, -1)
        left[each.bucket] = each.after


def _follow_server(passages: Sequence[_Passage]) -> None:
    """What the API server has of each event, and what becomes of those that are not written."""
    objects: dict[str, int] = {}
    made = 0
    for each in passages:
        if each.outcome == "filtered":
            each.object = objects.get(each.key, -1)
        elif "patched" in each.outcome and each.key in objects:
            each.object = objects[each.key]
        else:  # a patch for what was never written is answered with 404, and it is created after all
            each.object = objects[each.key] = made
            made += 1
    for each in passages:
        if each.outcome == "filtered":
            each.fate = "counted" if each.key in objects else "lost"


def _board(
    passages: Sequence[_Passage], total: int, options: CorrelatorOptions, correlator: EventCorrelator
) -> Storyboard:
    parts, keys = Shared(), Shared()
    owns = list(dict.fromkeys(each.own for each in passages))
    rows = [
        [each.event.message, int(each.event.type == "Warning"), *map(parts.number, _parts(each.event))]
        for each in passages
    ]
    spans = [
        _span(correlator.spam_filter.spam_key_func, passages),
        _span(lambda event: correlator.aggregator.key_func(event)[0], passages),
    ]
    board = Storyboard(
        done=[], total=total // 1000, burst=options.burst_size, most=options.max_events, every=1 / options.qps,
        events=rows, parts=parts.values, spans=spans,
        messages=[[*each] for each in zip(_short(owns), owns, strict=True)],
    )  # fmt: skip
    for number, each in enumerate(passages):
        extra = len(each.full) if each.outcome == "combined" else each.count
        line = "lost" if each.fate == "lost" else each.outcome
        left = f"{each.after if each.after > 1e-6 else 0:.3g}"
        board.tell(each.time, SAY[line], number, each.event.message, left, extra, about=[number], moment=each.moment)
        tokens = [round(value * 1000) if value >= 0 else -1 for value in (each.left, each.before, each.after)]
        numbers = [keys.number(key) for key in (["b", each.bucket], ["g", each.group], ["c", each.key])]
        group = [owns.index(one) for one in each.full]
        gone = owns.index(each.gone) if each.gone is not None else -1
        board.push("done", [
            each.time // 1000, each.outcome, each.count, *tokens, numbers, group, owns.index(each.own), gone,
            int(each.reset), each.object, each.fate,
        ])  # fmt: skip
    _mark_key_steps(board, passages)
    return board


def _mark_key_steps(board: Storyboard, passages: Sequence[_Passage]) -> None:
    """Key are the changes of fate; it opens at what is lost, else at the first combined event or the first refusal."""
    before = ""
    for scene, each in zip(board.scenes, passages, strict=True):
        now = each.fate + each.outcome
        scene.key, before = now != before, now
    if board.scenes:
        board.scenes[-1].key = True
    outcomes = [each.outcome for each in passages]
    lost = [number for number, each in enumerate(passages) if each.fate == "lost"]
    first = [outcomes.index(wanted) for wanted in ("combined", "filtered") if wanted in outcomes]
    board.opens = (lost[:1] or first[:1] or [len(passages) - 1])[0]
    if lost[:1] or first[:1]:
        board.scenes[board.opens].key = True


def _parts(event: Event) -> list[str]:
    source, ref = event.source, event.involved_object
    about = [ref.kind, ref.namespace, ref.name, ref.field_path, ref.uid, ref.api_version]
    return [
        f"{source.component} {source.host}".strip(), " ".join(part for part in about if part), event.type,
        event.reason, event.message,
    ]  # fmt: skip


def _span(key: Callable[[Event], str], passages: Sequence[_Passage]) -> int:
    """Up to which of an event's five parts a key looks: asked of the key itself, with each part changed."""
    if not passages:
        return 0
    event = passages[0].event
    source, ref = event.source, event.involved_object
    others: list[tuple[str, Any]] = [
        ("source", replace(source, component=f"{source.component}~")),
        ("involved_object", replace(ref, name=f"{ref.name}~")),
        *((field, f"{getattr(event, field)}~") for field in ("type", "reason", "message")),
    ]
    span = 0
    for number, (field, value) in enumerate(others, 1):
        other = event.copy()
        setattr(other, field, value)
        if key(other) != key(event):
            span = number
    return span


def _short(texts: Sequence[str]) -> list[str]:
    """A short name for each text: the number in it, where the texts differ in a number alone; else a letter."""
    numbers = [re.findall(r"\d+", text) for text in texts]
    if len(texts) > 1 and all(len(each) == 1 for each in numbers):
        names = [each[0] for each in numbers]
        plain = {re.sub(r"\d+", "", text) for text in texts}
        if len(plain) == 1 and all(len(name) <= 3 for name in names):
            return names
    return [chr(ord("A") + place) if len(texts) <= 26 else str(place + 1) for place in range(len(texts))]


class CorrelatorTimeline(Figure):
    """A burst of events, and the correlator's three questions to each: its group, its count, its bucket of tokens.

    Below, on one axis of time: what came and what became of it, the tokens, and what the API server has.

    The scenario gives pairs of seconds to wait and an `Event`. Parameters of the grid that are named as a field of
    `CorrelatorOptions` (`burst_size`, `qps`, `max_events`, `max_interval_in_seconds`, …) go to the correlator, all
    others to the scenario. `release` is the correlator's, as a parameter of the grid too. See `Figure` for the other
    arguments.
    """

    kind = "correlator-timeline"
    opening = "No event yet. The bucket is full, the group is empty."

    def __init__(
        self,
        scenario: Callable[..., Iterable[tuple[float, Event]]],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "What becomes of a burst",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        release: str = NEWEST,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)
        self._burst = scenario
        self._release = release

    def tell(self, values: Values) -> Storyboard:
        """Put the scenario's events through a correlator. Values that name one of its options go there."""
        options = CorrelatorOptions(**{name: value for name, value in values.items() if name in OPTIONS})
        rest = {name: value for name, value in values.items() if name not in OPTIONS and name != RELEASE}
        return tell_correlator_timeline(self._burst(**rest), options, values.get(RELEASE, self._release))

    # --- without a script: the event that a reader with one sees first ---

    def draw(self, storyboard: Storyboard) -> str:
        """What came, the tokens and what the API server has, up to the poster event."""
        return draw_timeline(storyboard.state, storyboard.poster)

    def describe(self, storyboard: Storyboard) -> str:
        """What the picture shows: the event, what became of it, and what became of all so far."""
        if not storyboard.scenes:
            return self.alt or self.title
        return f"{self.alt} {poster_sentence(storyboard)} {say_timeline(storyboard.state, storyboard.poster)}".strip()

    def told(self, storyboard: Storyboard) -> str:
        """The event in a sentence, and the changes of fate."""
        return key_steps(self.title, storyboard) if storyboard.scenes else ""
