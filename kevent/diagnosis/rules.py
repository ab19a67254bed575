"""What can be said of events, and how sure it is: the rules as data, without a line that looks at an event.

In Go: each rule names the symbol that it rests on. A finding is

* `certain` if it follows from the data, whatever options the component has: by what client-go does at every release;
* `given` if it follows under the defaults of the chosen release: its limits, one process that did not restart and did
  not wait for its server, clocks that agree;
* `possible` if the data allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["LEVELS", "RULES", "Level", "Rule"]

Level = Literal["certain", "given", "possible"]

LEVELS: tuple[Level, ...] = ("certain", "given", "possible")
"""From the surest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something that can be found. `title` and `why` are formats; the finding has their values."""

    key: str
    level: Level
    title: str
    why: str
    chapter: int
    go: str
    causes: tuple[str, ...] = ()
    """What may be behind it, the likeliest first: keys of `causes.CAUSES`. A finding may have fewer."""
    loss: bool = False
    """Whether something that happened is not in the list, or not as itself."""


_RULES = (
    Rule(
        key="counted", level="certain", chapter=9, go="eventLogger.eventObserve",
        title="{objects:objects} {objects:counts} {times:occurrences}",
        why="{worst}. A count says how often it happened, not how often the server was asked.",
    ),
    Rule(
        key="combined", level="certain", chapter=9, go="EventAggregator.EventAggregate", loss=True,
        title="{times:similar events} {times:share} one object",
        why="{reason}: the object keeps only the latest message, “{message}”. The first messages have objects of "
            "their own: given the defaults, {before}.",
        causes=("combined",),
    ),
    Rule(
        key="patched", level="certain", chapter=10, go="recordEvent", title="{objects:objects} {objects:was} patched",
        why="The stream shows more than one state of it: {worst}.",
    ),
    Rule(
        key="recreated", level="certain", chapter=10, go="recordEvent", title="{reason} was stored a second time",
        why="The name is the same and the uid is not: the first object was gone, and a patch became a create.",
        causes=("recreated",),
    ),
    Rule(
        key="gone", level="certain", chapter=1, go="recordEvent", title="{objects:objects} {objects:was} deleted",
        why="The watch says so: {worst}. An event expires some time after its last write, or goes with its namespace.",
        causes=("expired",), loss=True,
    ),
    Rule(
        key="twice", level="certain", chapter=9, go="eventLogger.eventObserve", title="{reason} was counted anew",
        why="{objects:objects} {objects:have} the same source, object, type, reason and message: whoever counted the "
            "later one did not know the earlier.",
        causes=("restarted", "forgotten", "two"),
    ),
    Rule(
        key="combined-twice", level="given", chapter=9, go="EventAggregator.EventAggregate",
        title="{reason} was combined anew",
        why="{objects:objects} {objects:share} source, object, type and reason, and each is combined: one memory would have gone on "
            "counting the first.",
        causes=("restarted", "forgotten", "two"),
    ),
    Rule(
        key="overlap", level="given", chapter=9, go="EventSource", title="Two of them count {reason}",
        why="Equal events with two names, counted at the same time from {first} to {last}: two memories, each with a budget "
            "of its own.",
        causes=("two",),
    ),
    Rule(
        key="late", level="certain", chapter=10, go="recordToSink", title="{reason} was stored {late} after the time in its name",
        why="Made at {made}, stored at {created}, and counted once.", causes=("retried", "queued", "clocks"),
    ),
    Rule(
        key="anew", level="certain", chapter=10, go="recordEvent",
        title="{reason} began at {made}; its object was created {late} later",
        why="Its count is {count}. Either the first object is gone and this is a second one, or the first events "
            "were not written, or the first was stored late.",
        causes=("recreated", "late-first", "retried"),
    ),
    Rule(
        key="ahead", level="certain", chapter=8, go="recorderImpl.makeEvent", title="The component’s clock is ahead of the server’s by {late} at least",
        why="{reason} was stored at {created} and says that it was made at {made}.", causes=("clocks",),
    ),
    Rule(
        key="format", level="certain", chapter=3, go="recorderImpl.Eventf", title="A text was taken for a format",
        why="“{message}”: “%!” is what Go’s fmt writes for a verb without an argument.", causes=("format",),
    ),
    Rule(
        key="default", level="certain", chapter=8, go="recorderImpl.makeEvent", title="Its events are in the namespace {namespace}",
        why="{kind} {name} has no namespace.", causes=("default",),
    ),
    Rule(
        key="uuid", level="certain", chapter=8, go="recorderImpl.makeEvent", title="{objects:objects} {objects:have} a random name",
        why="{worst}. Such a name holds no time.", causes=("uuid",),
    ),
    Rule(
        key="series", level="certain", chapter=16, go="recordToSink", title="Counted as tools/events counts: no budget, nothing combined",
        why="{objects:objects}, {times:occurrences} at least. What a series has counted since its last write is not "
            "in the list. It writes at the second event, every half hour, and six to twelve minutes after the last.",
        causes=("held",),
    ),
    Rule(
        key="series-twice", level="certain", chapter=16, go="getKey", title="{reason} is there {objects} times, and each is counted by itself",
        why="{worst}", causes=("quiet", "rewritten", "restarted"),
    ),
    Rule(
        key="wrapped", level="certain", chapter=9, go="eventLogger.eventObserve", title="A count went beyond 31 bits",
        why="{reason}: {count}. Go counts in an int32, which begins anew below zero.",
    ),
    Rule(
        key="beyond", level="certain", chapter=9, go="EventSourceObjectSpamFilter.Filter",
        title="More was written than burst {burst} lets through",
        why="{objects:objects} in {span}, where one bucket allows {room}: it has another burst, or several record "
            "under this name. So nothing can be said of what was filtered.",
    ),
    Rule(
        key="budget", level="given", chapter=9, go="EventSourceObjectSpamFilter.Filter", loss=True,
        title="At least {held:of these} were counted and not written",
        why="{times:occurrences}{of_type} in {span}; {burst} at once and one more in {pause} let {room} through at "
            "most.",
        causes=("filtered",),
    ),
    Rule(
        key="told-again", level="given", chapter=10, go="recordEvent", title="{objects:objects} {objects:was} written more than once",
        why="Last seen after it was stored: {worst}. That was a patch.",
    ),
    Rule(
        key="dry", level="possible", chapter=9, go="EventSourceObjectSpamFilter.Filter", loss=True,
        title="Other events about this object may have found the budget empty",
        why="{times:occurrences}{of_type} have used {room:tokens} and more. What came after that{other_type} has no "
            "trace here.",
        causes=("filtered", "muted"),
    ),
    Rule(
        key="unsigned", level="possible", chapter=8, go="recorderImpl.makeEvent", title="Its name is not one that client-go makes",
        why="{worst}: the name holds no time that fits the first time. What is said here of budgets and counts holds "
            "only if a recorder of client-go did the counting.",
    ),
    Rule(
        key="dropped", level="possible", chapter=5, go="Broadcaster.distribute", loss=True,
        title="Dropped before the sink: nothing here can show it",
        why="An event that found the sink’s queue full leaves no name, no count and no line in a log. The log has a "
            "queue of its own: compare with what it printed.",
        causes=("dropped",),
    ),
    # --- of the whole list ---
    Rule(
        key="kept", level="certain", chapter=1, go="recordEvent", title="Events are kept for {span} or longer",
        why="{reason}, stored at {created}, stands beside one of {last}: --event-ttl is longer than an hour, or this "
            "is an archive.",
    ),
    Rule(
        key="restart", level="given", chapter=15, go="NewEventCorrelator",
        title="{reporter} restarted between {first} and {last}",
        why="{objects:counts of events} began anew, and no count went on across that time.",
        causes=("restarted",), loss=True,
    ),
    Rule(
        key="newer", level="certain", chapter=16, go="recorderImpl.makeEvent", title="{reporter} is newer than {release}",
        why="{worst}. Choose {since} or later.",
    ),
)  # fmt: skip

RULES = {rule.key: rule for rule in _RULES}
"""Every rule by its key."""
