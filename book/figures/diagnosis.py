"""Runs in which the causes of the page “Where is my event?” happen: a scenario for each family of them.

A run takes two minutes to read. Its queues have three places where client-go's have 1,000, as what happens at a full
one is the same; limits of correlators are client-go's own. `SHOWN` says of each cause in which run it happens, and at
which step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import kevent
from kevent import (
    DROP_IF_CHANNEL_FULL,
    WAIT_IF_CHANNEL_FULL,
    CorrelatorOptions,
    EventBroadcaster,
    EventSource,
    MemorySink,
    ObjectReference,
    events,
)
from kevent.broadcaster import ADDED, FullChannelBehavior
from kevent.channel import Channel
from kevent.figures import Chart, EventFlow, ScriptedSink
from kevent.figures.storyboard import Storyboard
from kevent.recorder import EventRecorder
from kevent.runtime import go, now, sleep
from kevent.simulation import simulate
from kevent.sinks import EventSink, StatusError
from kevent.sinks.events_v1 import EventsV1
from kevent.versions import NEWEST, RELEASES, sides
from kevent.versions import release as behaviour_of

KUBELET = EventSource(component="kubelet", host="node-1")
PLACES = 3
MINUTE = 60


def pod(name: str = "web-0", path: str = "") -> ObjectReference:
    return ObjectReference("Pod", "shop", name, f"u-{name}", "v1", field_path=path)


def back_off(recorder: EventRecorder, about: ObjectReference | None = None) -> None:
    recorder.event(about or pod(), "Warning", "BackOff", "Back-off restarting failed container")


def one_each(recorder: EventRecorder, count: int, *, pause: float = 0.01) -> None:
    """An event about each of so many pods."""
    for number in range(count):
        recorder.event(pod(f"web-{number}"), "Normal", "Pulled", "image is present")
        sleep(pause)


def kubelet(
    tells: Callable[[EventRecorder], object], sink: EventSink, release: str, *,
    options: CorrelatorOptions | None = None, log: bool = False, full: FullChannelBehavior = DROP_IF_CHANNEL_FULL,
    incoming: int = PLACES, stays: float = 1,
) -> EventSink:  # fmt: skip
    """A kubelet that tells something to a recorder, stays for so many seconds, and shuts down when all is written."""

    def run() -> None:
        broadcaster = EventBroadcaster(
            release=release, queue_length=PLACES, incoming_length=incoming, full_channel_behavior=full,
            correlator_options=options,
        )  # fmt: skip
        if log:
            broadcaster.start_event_watcher(lambda event: None, name="log")
        broadcaster.start_recording_to_sink(sink, name="sink")
        tells(broadcaster.new_recorder(KUBELET))
        sleep(stays)
        broadcaster.shutdown(timeout=None, drain=True)

    go(run, name="kubelet").join()
    return sink


# --- queues ---------------------------------------------------------------------------------------------------------


def full_queue(release: str) -> object:
    """The server takes half a minute for its first answer, and the queue behind it fills."""
    sink = ScriptedSink(takes=lambda call: 30 if call == 0 else 0)
    return kubelet(lambda recorder: one_each(recorder, 6), sink, release, log=True, stays=40)


def somebody_waits(release: str) -> object:
    """The same with WaitIfChannelFull: the loop waits, and with it everybody."""
    sink = ScriptedSink(takes=lambda call: 30 if call == 0 else 0)
    return kubelet(lambda recorder: one_each(recorder, 6), sink, release, full=WAIT_IF_CHANNEL_FULL, stays=40)


def full_in_front(release: str) -> object:
    """The loop waits for a watcher, and the queue in front of it fills."""
    sink = ScriptedSink(takes=lambda call: 30 if call == 0 else 0)
    return kubelet(lambda recorder: one_each(recorder, 10), sink, release, full=WAIT_IF_CHANNEL_FULL, stays=40)


def in_a_row(release: str) -> object:
    """Four events without a pause: each has a goroutine, until 1.20."""
    return kubelet(lambda recorder: one_each(recorder, 4, pause=0), ScriptedSink(), release)


# --- the server -----------------------------------------------------------------------------------------------------

AWAY = ((5, 40), (100, 260))
"""When the server does not answer, in seconds after the start."""


def outage(release: str) -> object:
    """A server that is away twice: once for a short time, once for longer than twelve tries."""
    start = now()

    def fail(call: int) -> Exception | None:
        since = (now() - start) / 1e9
        away = any(begin <= since < end for begin, end in AWAY)
        return ConnectionRefusedError("connection refused") if away else None

    def tells(recorder: EventRecorder) -> None:
        for name in ("web-0", "web-1", "web-2", "web-3"):
            back_off(recorder, pod(name))
            sleep(10 if name == "web-1" else 90 if name == "web-2" else 1)

    return kubelet(tells, ScriptedSink(fail), release, stays=300)


def refused(release: str) -> object:
    """A namespace that is being deleted takes no new events."""
    why = "unable to create new content in namespace shop because it is being terminated"
    sink = ScriptedSink(lambda call: StatusError.forbidden("events", "web-1", why) if call == 1 else None)
    return kubelet(lambda recorder: one_each(recorder, 3), sink, release)


def names(release: str) -> object:
    """An object whose name cannot be a part of an event's: a slash is no part of an address."""

    def tells(recorder: EventRecorder) -> None:
        recorder.event(
            ObjectReference("Thing", "shop", "team/web", "u-0", "example.com/v1"), "Normal", "Synced", "done"
        )

    return kubelet(tells, ScriptedSink(), release)


def forgotten_by_the_server(release: str) -> object:
    """The same again after 70 minutes: the server has kept the first one for an hour."""

    def tells(recorder: EventRecorder) -> None:
        for pause in (5, 70 * MINUTE, 0):
            back_off(recorder)
            sleep(pause)

    return kubelet(tells, ScriptedSink(), release)


# --- the correlator -------------------------------------------------------------------------------------------------


def budget(release: str) -> object:
    """25 tokens, and one more in five minutes."""

    def tells(recorder: EventRecorder) -> None:
        for _ in range(26):
            back_off(recorder)
            sleep(1)
        for _ in range(2):
            recorder.event(pod(), "Warning", "Unhealthy", "Readiness probe failed")
            sleep(300)
        back_off(recorder)
        sleep(300)
        back_off(recorder)

    return kubelet(tells, ScriptedSink(), release)


def both_types(release: str) -> object:
    """25 Normal events, and then a Warning."""

    def tells(recorder: EventRecorder) -> None:
        for _ in range(25):
            recorder.event(pod(), "Normal", "Pulled", "image is present")
            sleep(1)
        back_off(recorder)

    return kubelet(tells, ScriptedSink(), release)


def messages_that_differ(release: str) -> object:
    """Twelve messages of one reason, each with a number of its own."""

    def tells(recorder: EventRecorder) -> None:
        for number in range(12):
            recorder.event(pod(), "Warning", "Unhealthy", f"probe {number} failed")
            sleep(1)

    return kubelet(tells, ScriptedSink(), release)


def others_between(release: str) -> object:
    """The same again after more others than the correlator remembers: four, in place of 4,096."""

    def tells(recorder: EventRecorder) -> None:
        for name in ("web-0", "web-1", "web-2", "web-3", "web-4", "web-0"):
            back_off(recorder, pod(name))
            sleep(1)

    return kubelet(tells, ScriptedSink(), release, options=CorrelatorOptions(lru_cache_size=4))


def two_containers(release: str) -> object:
    """The same reason and message, of two containers of one pod."""

    def tells(recorder: EventRecorder) -> None:
        for container in ("app", "app", "proxy"):
            back_off(recorder, pod(path=f"spec.containers{{{container}}}"))
            sleep(1)

    return kubelet(tells, ScriptedSink(), release)


def another_memory(release: str) -> object:
    """The recording ends, and another begins, which remembers what a new process does: nothing."""
    sink = ScriptedSink()

    def run() -> None:
        broadcaster = EventBroadcaster(release=release, queue_length=PLACES, incoming_length=PLACES)
        recorder = broadcaster.new_recorder(KUBELET)
        for name in ("before", "after"):
            recording = broadcaster.start_recording_to_sink(sink, name=name)
            for _ in range(2):
                back_off(recorder)
                sleep(1)
            recording.stop()
            sleep(1)
        broadcaster.shutdown(timeout=None, drain=True)

    go(run, name="kubelet").join()
    return sink


def never_made(release: str) -> object:
    """Three calls, one of a type that there is not."""

    def tells(recorder: EventRecorder) -> None:
        for event_type, reason in (("Normal", "Pulled"), ("Error", "Broken"), ("Normal", "Started")):
            recorder.event(pod(), event_type, reason, "said by the kubelet")  # type: ignore[arg-type]
            sleep(1)

    return kubelet(tells, ScriptedSink(), release)


# --- the end --------------------------------------------------------------------------------------------------------


def exits(release: str) -> object:
    """A process that ends while the sink has something to write."""

    def run() -> None:
        broadcaster = EventBroadcaster(release=release, queue_length=PLACES, incoming_length=PLACES)
        broadcaster.start_recording_to_sink(ScriptedSink(takes=0.06), name="sink")
        one_each(broadcaster.new_recorder(KUBELET), 4)
        raise SystemExit("the process is gone")

    go(run, name="kubelet").join()
    return None


def shuts_down(release: str) -> object:
    """Shutdown with a queue that is not empty."""

    def run() -> None:
        broadcaster = EventBroadcaster(release=release, queue_length=4, incoming_length=5)
        broadcaster.start_event_watcher(lambda event: sleep(0.06), name="sink")
        one_each(broadcaster.new_recorder(KUBELET), 5, pause=0.004)
        broadcaster.shutdown()

    go(run, name="kubelet").join()
    return None


def records_too_late(release: str) -> object:
    """An event after the shutdown."""

    def run() -> None:
        broadcaster = kevent.Broadcaster(PLACES, DROP_IF_CHANNEL_FULL, release=release)
        watcher = broadcaster.watch(name="log")
        go(lambda: [None for _ in watcher], name="log")
        broadcaster.action(ADDED, "before")
        broadcaster.shutdown()
        broadcaster.action(ADDED, "after")

    go(run, name="kubelet").join()
    return None


def watches_too_late(release: str) -> object:
    """A watcher that is started after the shutdown."""

    def run() -> None:
        broadcaster = EventBroadcaster(release=release, queue_length=PLACES, incoming_length=PLACES)
        broadcaster.start_event_watcher(lambda event: None, name="log")
        one_each(broadcaster.new_recorder(KUBELET), 1)
        broadcaster.shutdown(timeout=None)
        broadcaster.start_event_watcher(lambda event: None, name="late")

    go(run, name="kubelet").join()
    return None


def context_ends(release: str) -> object:
    """A broadcaster with a context, which ends."""

    def run() -> None:
        done: Channel[None] = Channel(name="done")
        broadcaster = EventBroadcaster(release=release, queue_length=PLACES, incoming_length=PLACES, done=done)
        broadcaster.start_event_watcher(lambda event: None, name="log")
        one_each(broadcaster.new_recorder(KUBELET), 1)
        done.close()
        sleep(1)

    go(run, name="kubelet").join()
    return None


def does_not_ask(release: str) -> object:
    """A handler as a release has it: one that spins does not ask whether its queue is closed. kevent's own asks."""
    asks = behaviour_of(release).stopped_handler == "ends"
    broadcaster = kevent.Broadcaster(2, DROP_IF_CHANNEL_FULL, release=release)
    watcher = broadcaster.watch(name="handler")

    def handles() -> None:
        while True:
            _, ok = watcher.result_chan.receive_ok()
            if asks and not ok:
                return

    go(handles, name="handler")
    broadcaster.action(ADDED, "an event")
    sleep(0.01)
    watcher.stop()
    return None


# --- the other recorder ---------------------------------------------------------------------------------------------

RECORDED = (*range(20), 45, 50)
"""When the scheduler says the same, in minutes; before the last time the pod has been written."""


def series(release: str) -> list[tuple[int, dict[str, int]]]:
    """The same through tools/events, told each minute: what the server's objects count at the end of it."""
    store = MemorySink(ttl=None)
    known: list[tuple[int, dict[str, int]]] = []
    broadcaster = events.EventBroadcaster(EventsV1(store), release=release)
    broadcaster.start_recording_to_sink()
    recorder = broadcaster.new_recorder("default-scheduler", host="cp-1")
    for minute in range(60):
        if minute in RECORDED:
            version = "2" if minute == RECORDED[-1] else "1"
            about = ObjectReference("Pod", "shop", "web-0", "u-0", "v1", version)
            recorder.eventf(about, None, "Warning", "FailedScheduling", "Scheduling", "0/3 nodes are available")
        sleep(MINUTE)
        counts = {each.name: each.series.count if each.series else 1 for each in store.events()}
        known.append((minute + 1, counts))
    broadcaster.shutdown(timeout=None)
    return known


def what_the_server_knows() -> Chart:
    """A series as the newest release counts it: what was recorded, and what each object on the server says."""
    known = simulate(lambda: series(NEWEST), max_steps=1_000_000).result or []
    names = list(dict.fromkeys(name for _, counts in known for name in counts))
    chart = Chart(
        f"What the server knows of a series, counted as client-go {NEWEST} counts",
        x="minutes", y="count",
        alt="The same event is recorded each minute for twenty minutes. The first object stands at two for half an "
        "hour, and then tells the whole count. After a quiet time the same is a second object, and once the pod was "
        "written, a third.",
    )  # fmt: skip
    recorded = [sum(each < minute for each in RECORDED) for minute, _ in known]
    chart.steps("recorded", [minute for minute, _ in known], recorded)
    for nth, name in zip(("first", "second", "third"), names, strict=True):
        found = [(minute, counts[name]) for minute, counts in known if name in counts]
        chart.steps(f"{nth} object", [minute for minute, _ in found], [count for _, count in found])
    return chart


# --- which run shows what -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A scenario, and the behaviours that decide how it goes: between two of their changes it goes the same."""

    scenario: Callable[[str], object]
    title: str
    decides: tuple[str, ...] = ()
    seed: int | None = None
    max_steps: int = 100_000

    def releases(self) -> list[str]:
        """The first release of each way that the run goes, the oldest first."""
        found: list[str] = []
        before: object = None
        for name, release in RELEASES.items():
            if self.scenario is context_ends and release.context_end == "unknown":
                continue
            way = [getattr(release, behaviour) for behaviour in ("sending", "entrance", *self.decides)]
            if way != before:
                found.append(name)
            before = way
        return found

    def figure(self, releases: Sequence[str] = ()) -> EventFlow:
        """The runs as releases do it, by default as one of each way."""
        return EventFlow(
            self.scenario, {"release": list(releases or self.releases())}, title=self.title, seed=self.seed,
            max_steps=self.max_steps,
        )  # fmt: skip


RUNS = {
    "full-queue": Run(full_queue, "A sink’s queue that is full"),
    "somebody-waits": Run(somebody_waits, "A full queue, and WaitIfChannelFull"),
    "full-in-front": Run(full_in_front, "The queue in front is full"),
    "in-a-row": Run(in_a_row, "Four events without a pause", seed=2),
    "outage": Run(outage, "A server that is away twice"),
    "refused": Run(refused, "A namespace that is being deleted"),
    "names": Run(names, "A name with a slash", ("event_name",)),
    "forgotten-by-the-server": Run(forgotten_by_the_server, "The same again after 70 minutes"),
    "budget": Run(budget, "25 tokens, and one more in five minutes"),
    "both-types": Run(both_types, "25 Normal events, and a Warning", ("spam_key",)),
    "messages-that-differ": Run(messages_that_differ, "Twelve messages that differ"),
    "others-between": Run(others_between, "A memory of four, and five others between"),
    "two-containers": Run(two_containers, "One pod, two containers"),
    "another-memory": Run(another_memory, "A recording that begins anew"),
    "never-made": Run(never_made, "Three calls, and two events"),
    "exits": Run(exits, "A process that ends"),
    "shuts-down": Run(shuts_down, "A shutdown with a full queue", ("leftover",), seed=2),
    "records-too-late": Run(records_too_late, "An event after the shutdown"),
    "watches-too-late": Run(watches_too_late, "A watcher after the shutdown", ("late_watch",)),
    "context-ends": Run(context_ends, "A context that ends", ("context_end",)),
    "does-not-ask": Run(does_not_ask, "A handler whose watcher is stopped", ("stopped_handler",), max_steps=60),
}

CHARTS = {"series": what_the_server_knows}


@dataclass(frozen=True)
class Shown:
    """Where a cause happens: a run or a chart, and of a run the kind of the step, or its first about an event."""

    run: str
    kind: str = ""
    event: int | None = None
    says: str = ""
    """What to look at, where the step's own sentence does not say it."""

    def step(self, board: Storyboard) -> int | None:
        """The number of the step; None if the run has none."""
        for number, scene in enumerate(board.scenes):
            if scene.line.kind == self.kind and (self.event is None or self.event in scene.about):
                return number
        return None


NO_UUID, _ = sides("event_name")
_, OWN_BUDGET = sides("spam_key")

SHOWN: dict[str, Shown | str] = {
    "expired": Shown(
        "forgotten-by-the-server", "sink gone", says="An hour after its last write the server has forgotten it."
    ),
    "elsewhere": "No run shows it: the event is written, and the search was in another place.",
    "counted": Shown(
        "budget", "sink patched", 1, "The second event makes no object of its own: the count of the first goes up."
    ),
    "combined": Shown(
        "messages-that-differ", "sink patched", 10, "The eleventh is written into the object that the tenth made."
    ),
    "filtered": Shown("budget", "sink filtered", 25),
    "muted": Shown(
        "both-types", "sink filtered", 25, f"Compare with {OWN_BUDGET}: there a Warning pays from a budget of its own."
    ),
    "dropped": Shown("full-queue", "drop"),
    "door": Shown("full-in-front", "drop at once"),
    "waited": Shown("full-in-front", "full"),
    "given-up": Shown("outage", "sink given up"),
    "refused": Shown("refused", "sink rejected"),
    "unmade": Shown(
        "never-made", "hand over", 1, "Between events 0 and 1 there was a third call, of type Error. It made no event."
    ),
    "ended": Shown("exits", "error", says="What is in the queue and in the sink’s hands goes with the process."),
    "left": Shown("shuts-down", "reader leaves"),
    "held": Shown("series", says="From the second minute on the object says 2, until half an hour has passed."),
    "hidden-count": Shown(
        "budget", "sink patched", 28, "Event 25 was counted and not written. This write tells both: 25 becomes 27."
    ),
    "recreated": Shown(
        "forgotten-by-the-server",
        "sink created",
        2,
        "The patch found nothing, so the event is created under the same name, with the whole count.",
    ),
    "late-first": Shown(
        "budget", "sink created", 27, "Event 26 was filtered, but counted. So this first object begins with two."
    ),
    "retried": Shown(
        "outage", "sink created", 2, "It was recorded while nobody answered: look at the tries before this step."
    ),
    "queued": Shown("full-queue", "sink created", 1, "It waited half a minute behind event 0."),
    "overtaken": Shown(
        "in-a-row",
        "hand over",
        1,
        "Of four goroutines the first to reach the loop has event 1. Event 0 comes later.",
    ),
    "clocks": "No run shows it: in a simulation there is one clock.",
    "restarted": Shown(
        "another-memory",
        "sink created",
        2,
        "The second broadcaster knows as little as a new process: an equal event is a new object.",
    ),
    "forgotten": Shown(
        "others-between",
        "sink created",
        5,
        "It was written before, as event 0. Five others came between, and this memory holds four.",
    ),
    "two": Shown(
        "another-memory",
        "sink created",
        2,
        "Two memories, here one after the other, and each makes an object. Two replicas would do so at the same time.",
    ),
    "field": Shown("two-containers", "sink created", 2, "The message is the same, the container is not."),
    "rewritten": Shown("series", says="In the last minutes the pod has another resource version: a third object."),
    "quiet": Shown("series", says="What comes after the quiet time is a second object, which counts from one."),
    "default": "No run shows it: the recorder fills in the namespace, and the event goes the same way as any other.",
    "uuid": Shown(
        "names",
        "sink created",
        says=f"It is stored, under a random name. Compare with {NO_UUID}: there it was refused.",
    ),
    "invalid": Shown("names", "sink rejected"),
    "other-reporter": "No run shows it: source and reporter are fields that the recorder fills in.",
    "format": "No run of kevent shows it: Go’s fmt writes “%!”, before there is an event.",
    "log-unmade": Shown(
        "never-made",
        "hand over",
        1,
        "Between events 0 and 1 there was a third call, of type Error. It left a line in the log.",
    ),
    "log-unable": Shown("outage", "sink retried"),
    "log-rejected": Shown("refused", "sink rejected"),
    "log-door": Shown("full-in-front", "drop at once"),
    "log-closed": Shown("records-too-late", "too late", says="Here client-go panics; kevent raises in its place."),
    "spins": Shown(
        "does-not-ask", "reader gets nothing", says="A handler as those releases have it. kevent’s own asks, and ends."
    ),
    "nil": Shown("watches-too-late", "error", says="Here client-go ends the program; kevent raises in its place."),
    "leaks": Shown("context-ends", "left behind"),
    "stands": Shown("somebody-waits", "insist"),
}
"""Of every cause where it happens, or why no run shows it."""
