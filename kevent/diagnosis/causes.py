"""What can become of an event, where on its way, and how one cause is told from another. Data, and no more.

In Go: nothing; what each cause is in Go says its `go`, a symbol of client-go. A symptom is what somebody sees. It has
causes, and questions whose answers strike causes out. `Cause.when` names ways of `kevent.versions` (a behaviour, and
which ways it goes where the cause exists), so that no release is typed here. The page and the command line show this.
"""

from __future__ import annotations

from dataclasses import dataclass

from kevent import versions
from kevent.versions import Release

__all__ = ["CAUSES", "LOG", "QUESTIONS", "STOPS", "SYMPTOMS", "Cause", "Question", "Symptom", "applies", "ranges"]

STOPS = ("component", "recorder", "incoming", "loop", "watchers", "correlator", "sink")
"""Where an event passes, in this order."""

LOG = "journalctl -u kubelet --since -2h"
"""Where the kubelet logs; another component does with kubectl logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What may be behind it."""

    key: str
    stop: str
    """Where on the way: one of `STOPS`."""
    title: str
    why: str
    """What happens, in a sentence or two."""
    chapter: int
    go: str
    """The symbol of client-go or apimachinery that does it, "" if it is none of theirs."""
    test: str = ""
    """What tells it from the others: a command to type, or what to look at."""
    signature: str = ""
    """How it shows in the data."""
    when: tuple[tuple[str, tuple[object, ...]], ...] = ()
    """Which ways a release has to go, by behaviour; none: every release."""
    only: str = ""
    """The package whose events it is about, "" for all."""


def applies(cause: Cause, release: Release) -> bool:
    """Whether a release can have it."""
    return all(getattr(release, behaviour) in ways for behaviour, ways in cause.when)


def ranges(cause: Cause) -> str:
    """The releases that have it, in words: "since 1.21", "until 1.20", "1.25 to 1.30", "1.30"; "" for all."""
    names = list(versions.RELEASES)
    having = [number for number, name in enumerate(names) if applies(cause, versions.RELEASES[name])]
    if len(having) == len(names) or not having:
        return ""
    first, last = having[0], having[-1]
    if last == len(names) - 1:
        return f"since {names[first]}"
    if first == 0:
        return f"until {names[last]}"
    return names[first] if first == last else f"{names[first]} to {names[last]}"


_EARLY = ("sending", ("a goroutine for each event",))
_AT_ONCE = ("sending", ("at once or not at all",))
_SHARED = ("spam_key", ("source and object",))
_BY_TYPE = ("spam_key", ("source, object and type",))

_CAUSES = (
    # --- it is not there ---
    Cause(
        key="expired", stop="sink", title="Expired: older than --event-ttl", chapter=1, go="recordEvent",
        why="The API server keeps an event for an hour after its last write, unless --event-ttl says otherwise.",
        test="kubectl get pod -n kube-system -l component=kube-apiserver -o yaml | grep event-ttl",
        signature="nothing in the list is older than an hour.",
    ),
    Cause(
        key="elsewhere", stop="sink", title="In another namespace", chapter=8, go="recorderImpl.makeEvent",
        why="An event is stored in its object's namespace. Events about nodes and other objects without a namespace "
            "are in default.",
        test="kubectl get events -A --field-selector involvedObject.uid={uid}",
        signature="the object has no namespace, and the event is in default.",
    ),
    Cause(
        key="counted", stop="correlator", title="Counted: an equal event was there before", chapter=9,
        go="eventLogger.eventObserve",
        why="An equal event makes no new object. The count of the first one goes up, and its last time moves.",
        test="kubectl get events -n {namespace} --field-selector involvedObject.uid={uid} "
             "-o custom-columns=COUNT:.count,LAST:.lastTimestamp,REASON:.reason,MESSAGE:.message",
        signature="an event of this reason and message, first seen before that moment and last seen after it.",
    ),
    Cause(
        key="combined", stop="correlator", title="Combined with similar events", chapter=9,
        go="EventAggregator.EventAggregate",
        why="From the tenth different message on, events of one source, object, type and reason share one object. It "
            "shows the latest message only, and no annotations.",
        test="{log} | grep -E 'Event occurred|Event\\(v1' | grep {name} | grep {reason}",
        signature="a message begins with “(combined from similar events)”.",
    ),
    Cause(
        key="filtered", stop="correlator", title="Filtered: no token was left", chapter=9,
        go="EventSourceObjectSpamFilter.Filter",
        why="A source writes 25 times about an object, then once in five minutes. Whatever finds no token is counted "
            "and not written, and no log says so.",
        test="{log} | grep -E 'Event occurred|Event\\(v1' | grep {name} | wc -l     # more than the list counts",
        signature="the counts of one source about one object add up to more than 25 and one in five minutes.",
    ),
    Cause(
        key="muted", stop="correlator", title="Filtered: Normal events had used up the budget", chapter=9, go="getSpamKey",
        why="Both types pay from one budget. After 25 Normal events the Warning is not written.",
        test="{log} | grep -E 'Event occurred|Event\\(v1' | grep {name} | grep -c Normal",
        signature="25 or more of the other type, from the same source about the same object.",
        when=(_SHARED,),
    ),
    Cause(
        key="dropped", stop="watchers", title="Dropped: the sink’s queue was full", chapter=5, go="Broadcaster.distribute",
        why="The API server hung or was slow, or the component's own client held back (kubelet: --event-qps). The "
            "queue of the sink holds 1,000 events. One that finds it full is forgotten, and nobody is told.",
        test="{log} | grep -cE 'Event occurred|Event\\(v1'     # against: kubectl get events -A -o json | "
             "jq '[.items[] | select(.source.host==\"{host}\") | .count // 1] | add'",
        signature="other events of the same source were stored late at that time.",
    ),
    Cause(
        key="door", stop="incoming", title="Refused at the door: the first queue was full", chapter=5,
        go="recorderImpl.generateEvent",
        why="The queue in front of the loop holds 1,000 events. One that finds it full is dropped, and the log says "
            "“too many queued events”.",
        test="{log} | grep 'too many queued events'",
        signature="", when=(_AT_ONCE,),
    ),
    Cause(
        key="waited", stop="incoming", title="Not sent yet: its goroutine waits", chapter=8, go="recorderImpl.generateEvent",
        why="Each event has a goroutine that waits for one of 25 places in the first queue. While nobody reads that "
            "queue, none of them gets in.",
        test="curl -s localhost:6060/debug/pprof/goroutine?debug=1 | grep -c generateEvent",
        signature="", when=(_EARLY,),
    ),
    Cause(
        key="given-up", stop="sink", title="Given up after twelve tries", chapter=10, go="recordToSink",
        why="The API server could not be reached for about two minutes: twelve tries, with pauses of ten seconds.",
        test="{log} | grep 'retry limit exceeded'",
        signature="nothing of this source was stored for two minutes, and what followed was stored late.",
    ),
    Cause(
        key="refused", stop="sink", title="Refused by the server", chapter=10, go="recordEvent",
        why="The component lacks a right, the namespace is being deleted, or the event is not valid. A refusal is "
            "final.",
        test="{log} | grep 'Server rejected event'     # of a namespace that is being deleted newer releases tell it at -v=5",
        signature="nothing of this source in this namespace, from some time on.",
    ),
    Cause(
        key="unmade", stop="recorder", title="Never made", chapter=8, go="recorderImpl.generateEvent",
        why="The recorder could make no reference to the object, or the type is neither Normal nor Warning.",
        test="{log} | grep -E 'Could not construct reference|Unsupported event type'",
        signature="",
    ),
    Cause(
        key="ended", stop="loop", title="The process ended first", chapter=11, go="Broadcaster.Shutdown",
        why="The process ended, and what was in its queues went with it.",
        test="kubectl get pod -n kube-system -o wide | grep {component}     # or: systemctl status kubelet",
        signature="the counts of this source begin anew right after.",
    ),
    Cause(
        key="left", stop="watchers", title="Left behind by Shutdown", chapter=11,
        go="eventBroadcasterImpl.StartEventWatcher",
        why="At Shutdown a handler draws lots at each turn: take the next event, or stop. What it leaves on its "
            "queue is never written, even if the process lives on.",
        test="Does the component call Shutdown, or end its context, right after it records?",
        signature="the last events before an end are missing.", when=(("leftover", ("left by lot",)),),
    ),
    Cause(
        key="held", stop="sink", title="Told later: a series is written every half hour", chapter=16,
        go="eventBroadcasterImpl.refreshExistingEventSeries",
        why="tools/events counts inside the component. It tells the server at the second event, every half hour, and "
            "six to twelve minutes after the last. If the process ends before, what it counted is lost.",
        test="kubectl get events.v1.events.k8s.io -n {namespace} -o yaml | grep -A2 series",
        signature="an event with an eventTime, and a series whose last time lies before that moment.",
        only="tools/events",
    ),
    # --- it says something odd ---
    Cause(
        key="hidden-count", stop="correlator", title="Counted while it was filtered", chapter=9, go="EventCorrelator.EventCorrelate",
        why="The correlator counts first and filters afterwards. The next event that finds a token brings the whole "
            "count.",
        test="kubectl get events -w -o json --field-selector involvedObject.uid={uid} | jq '[.count, .lastTimestamp]'",
        signature="a count that goes up by more than one at a write.",
    ),
    Cause(
        key="recreated", stop="sink", title="Stored again: the first object was gone", chapter=10,
        go="recordEvent",
        why="The server answers a patch to an expired event with 404. The component then creates the event again, "
            "under the same name and with the whole count.",
        test="kubectl get event -n {namespace} {event} -o jsonpath='{.metadata.creationTimestamp} {.firstTimestamp}'",
        signature="its name holds an older time than its creation, and its count is above one.",
    ),
    Cause(
        key="late-first", stop="correlator", title="The first ones were not written", chapter=9,
        go="EventSourceObjectSpamFilter.Filter",
        why="The first events were filtered or refused, but counted. The one that got through was a patch, found "
            "nothing to patch, and was created.",
        test="{log} | grep -E 'Event occurred|Event\\(v1' | grep {name} | head",
        signature="created with a count above one.",
    ),
    Cause(
        key="retried", stop="sink", title="Tried again", chapter=10, go="recordToSink",
        why="A failed try is repeated after ten seconds, up to twelve tries in all. The first pause is a random part "
            "of ten seconds.",
        test="{log} | grep 'Unable to write event'",
        signature="stored some seconds to two minutes after the time in its name.",
    ),
    Cause(
        key="queued", stop="watchers", title="Behind others in the sink’s queue", chapter=5, go="Broadcaster.distribute",
        why="The sink sends one request at a time. While one event is tried again, all events behind it wait.",
        test="kubectl get --raw /metrics | grep apiserver_flowcontrol_current_inqueue_requests",
        signature="several of one source were stored late, one after the other.",
    ),
    Cause(
        key="overtaken", stop="recorder", title="Events overtook each other", chapter=8, go="recorderImpl.generateEvent",
        why="Each event is sent from a goroutine of its own. Of those recorded close together any may come first.",
        test="kubectl get events -n {namespace} --sort-by=.metadata.creationTimestamp -o custom-columns=NAME:.metadata.name",
        signature="the times in the names and the times of storing are in different orders.", when=(_EARLY,),
    ),
    Cause(
        key="clocks", stop="component", title="Clocks that differ", chapter=8, go="recorderImpl.makeEvent",
        why="The times in an event are the component's. The time of its creation is the server's.",
        test="ssh {host} chronyc tracking",
        signature="all events of one host are late by the same amount, or were stored before they were made.",
    ),
    Cause(
        key="restarted", stop="component", title="The component restarted", chapter=15, go="NewEventCorrelator",
        why="A component that restarts has forgotten its events. Equal ones become new objects, and counts begin at "
            "one.",
        test="kubectl get pod -n kube-system -o wide | grep {component}     # or: systemctl show kubelet -p ActiveEnterTimestamp",
        signature="all counts of one source begin anew at the same time.",
    ),
    Cause(
        key="forgotten", stop="correlator", title="4,096 others came between", chapter=9,
        go="maxLruCacheEntries,defaultAggregateMaxEvents,defaultAggregateIntervalInSeconds,defaultSpamBurst,defaultSpamQPS",
        why="The correlator remembers 4,096 events and forgets the one used longest ago. When that one comes again, "
            "it is new.",
        test="kubectl get events -A -o json | jq '[.items[] | select(.source.component==\"{component}\")] | length'",
        signature="an equal event with a new name, while others of the source are still counted.",
    ),
    Cause(
        key="two", stop="component", title="Two components record under one name", chapter=9, go="EventSource",
        why="Replicas, or two broadcasters in one process, have the same source. Each has a memory and a budget of "
            "its own.",
        test="kubectl get pod -A -o wide | grep {component}",
        signature="the times of two equal events overlap.",
    ),
    Cause(
        key="field", stop="correlator", title="Another container, or another text", chapter=9, go="getEventKey",
        why="Equal events also agree in field path, type, reason and message. A number in the message makes another "
            "event.",
        test="kubectl get events -n {namespace} --field-selector involvedObject.uid={uid} "
             "-o custom-columns=PATH:.involvedObject.fieldPath,MESSAGE:.message",
        signature="field path or message differ.",
    ),
    Cause(
        key="rewritten", stop="sink", title="The object was written in between", chapter=16, go="getKey",
        why="In tools/events the key of an event holds the object's resource version. Another version makes another "
            "event.",
        test="kubectl get events -n {namespace} -o json | jq '.items[].involvedObject.resourceVersion'",
        signature="the resource versions of the object differ.", only="tools/events",
    ),
    Cause(
        key="quiet", stop="sink", title="Six minutes of quiet", chapter=16, go="eventBroadcasterImpl.finishSeries",
        why="tools/events forgets an event that has not come for six minutes. The next one is new.",
        test="kubectl get events -n {namespace} -o json | jq '.items[] | [.eventTime, .series.lastObservedTime]'",
        signature="more than six minutes lie between the two.", only="tools/events",
    ),
    Cause(
        key="default", stop="recorder", title="Its object has no namespace", chapter=8, go="recorderImpl.makeEvent",
        why="Nodes, volumes and other objects without a namespace have their events in default.",
        test="kubectl get events -n default --field-selector involvedObject.kind={kind}",
        signature="the object has no namespace.",
    ),
    Cause(
        key="uuid", stop="recorder", title="A random name in place of an invalid one", chapter=8, go="recorderImpl.makeEvent",
        why="The object's name and a time make the event's name. If that is no valid DNS name, the event gets a "
            "random one. Older releases sent the invalid name, and events.k8s.io refused it.",
        test="kubectl get events -A -o custom-columns=NAME:.metadata.name,OBJECT:.involvedObject.name",
        signature="the name is a UUID.", when=(("event_name", ("object and time, or a UUID",)),),
    ),
    Cause(
        key="invalid", stop="sink", title="Its name is not valid, and the server refuses it", chapter=8, go="recorderImpl.makeEvent",
        why="The object's name and a time make the event's name. The server refuses one with a slash or a percent "
            "sign. Through events.k8s.io it refuses capitals, too.",
        test="{log} | grep 'Server rejected event' | grep -i invalid",
        signature="no event at all about objects of such names.", when=(("event_name", ("object and time",)),),
    ),
    Cause(
        key="other-reporter", stop="recorder", title="The source is empty, the reporter is not", chapter=16,
        go="recorderImpl.makeEvent",
        why="tools/events fills in a reporting controller and instance, and no source. A filter on source.component "
            "misses such an event.",
        test="kubectl get events -A -o custom-columns=SOURCE:.source.component,REPORTER:.reportingComponent,OBJECT:.involvedObject.name",
        signature="source is {}, reportingComponent is set.",
    ),
    Cause(
        key="format", stop="recorder", title="A text was taken for a format", chapter=3, go="recorderImpl.Eventf",
        why="Eventf reads a percent sign in its text as a verb, and finds no argument for it.",
        test="kubectl get events -A -o json | jq -r '.items[] | select(.message|test(\"%!\")) | .message'",
        signature="a message with “%!”.",
    ),
    # --- a line in the log ---
    Cause(
        key="log-unmade", stop="recorder", title="“Could not construct reference”, “Unsupported event type”", chapter=8,
        go="recorderImpl.generateEvent",
        why="No event was made.",
        test="{log} | grep -E 'Could not construct reference|Unsupported event type'",
    ),
    Cause(
        key="log-unable", stop="sink", title="“Unable to write event … (may retry after sleeping)”, “(retry limit exceeded!)”",
        chapter=10, go="recordToSink", why="Nobody answered. After the second line the event is lost.",
        test="{log} | grep -c 'retry limit exceeded'",
    ),
    Cause(
        key="log-rejected", stop="sink", title="“Server rejected event … (will not retry!)”", chapter=10, go="recordEvent",
        why="The server answered, and its answer is in the line. The event is lost.",
        test="{log} | grep 'Server rejected event' | tail -3",
    ),
    Cause(
        key="log-door", stop="incoming", title="“too many queued events, dropped event”", chapter=5, go="recorderImpl.generateEvent",
        why="The queue in front of the loop was full.",
        test="{log} | grep -c 'too many queued events'", when=(_AT_ONCE,),
    ),
    Cause(
        key="log-closed", stop="incoming", title="“send on closed channel”", chapter=13, go="Broadcaster.Action",
        why="Something was recorded after the shutdown, and the program panicked.",
        test="{log} | grep 'send on closed channel'",
        when=(("entrance", ("closed from outside", "closed in its turn")),),
    ),
    # --- a process that does not behave ---
    Cause(
        key="spins", stop="watchers", title="A core is busy after Stop", chapter=13, go="eventBroadcasterImpl.StartEventWatcher",
        why="Stop was called on a watcher that StartRecordingToSink or its like returned; "
            "its handler spins until Shutdown.",
        test="go tool pprof http://localhost:6060/debug/pprof/profile     # StartEventWatcher at the top",
        when=(("stopped_handler", ("spins",)),),
    ),
    Cause(
        key="nil", stop="watchers", title="A nil pointer in StartEventWatcher", chapter=13, go="eventBroadcasterImpl.StartEventWatcher",
        why="A watcher was started after Shutdown, and the program ends.", test="{log} | grep -A5 'nil pointer'",
        when=(("late_watch", ("ends the program",)),),
    ),
    Cause(
        key="leaks", stop="loop", title="A goroutine stays behind although the context has ended", chapter=11, go="NewBroadcaster",
        why="The handlers end with the context; the broadcaster's loop does not.",
        test="curl -s localhost:6060/debug/pprof/goroutine?debug=1 | grep -A3 'watch.(*Broadcaster).loop'",
        when=(("context_end", ("leaves the loop",)),),
    ),
    Cause(
        key="stands", stop="watchers", title="A component stands still", chapter=5, go="Broadcaster.distribute",
        why="The broadcaster has WaitIfChannelFull, and one of its watchers does not read. Whoever records waits.",
        test="curl -s localhost:6060/debug/pprof/goroutine?debug=2 | grep -B2 -A8 distribute",
    ),
)  # fmt: skip

CAUSES = {cause.key: cause for cause in _CAUSES}
"""Every cause by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to look up, whose answers strike causes out."""

    key: str
    text: str
    answers: tuple[str, ...]
    how: str = ""
    """The command that answers it."""
    strikes: tuple[tuple[str, str, str], ...] = ()
    """An answer, a cause that it rules out, and why."""
    doubts: tuple[tuple[str, str, str], ...] = ()
    """An answer, a cause that it makes less likely, and why."""


_AT_3 = "at -v=3 the log would show it"
_ALL_THERE = "others of that minute are there"
_LOG_TELLS = "the log would say so"
_LOG_MAY_TELL = "the log would say so, unless the namespace was being deleted: newer releases tell that at -v=5"

_QUESTIONS = (
    Question(
        key="age", text="Did it first happen more than an hour ago?", answers=("yes", "no"),
        strikes=(("no", "expired", "it is younger"), ("no", "recreated", "too young to have expired")),
    ),
    Question(
        key="namespace", text="Have you searched all namespaces, by the object’s uid?", answers=("yes", "not yet"),
        how="kubectl get events -A --field-selector involvedObject.uid={uid}",
        strikes=(("yes", "elsewhere", "you have looked"), ("yes", "default", "you have looked")),
    ),
    Question(
        key="equal", text="Is there an event of the same reason with a count above one, or with “(combined from similar events)”?",
        answers=("count", "combined", "neither"), how="kubectl describe {kind} -n {namespace} {name}",
        strikes=(
            ("neither", "counted", "there is no count"), ("combined", "counted", "it is combined"),
            ("neither", "combined", "there is none"), ("count", "combined", "it is a count"),
        ),
    ),
    Question(
        key="others", text="How often has the same component recorded about this object in the last two hours? Add up the counts.",
        answers=("25 or more", "fewer"),
        how="kubectl get events -A --field-selector involvedObject.uid={uid} -o json | jq '[.items[] | .count // 1] | add'",
        strikes=(("fewer", "filtered", "the budget is not used up"), ("fewer", "muted", "the budget is not used up")),
    ),
    Question(
        key="log", text="Does the component’s log show the event? (The kubelet logs events from -v=3 on.)", answers=("yes", "no", "cannot look"),
        how="{log} | grep -E 'Event occurred|Event\\(v1' | grep {name}",
        strikes=(("yes", "unmade", "it was made: the log has it"), ("yes", "door", "it came as far as the log"),
                 ("yes", "waited", "it came as far as the log")),
        doubts=(("no", "filtered", _AT_3), ("no", "dropped", _AT_3), ("no", "given-up", _AT_3), ("no", "refused", _AT_3),
                ("no", "muted", _AT_3), ("no", "invalid", _AT_3)),
    ),
    Question(
        key="errors", text="What does the component’s log say about writing events?", answers=("rejected", "unable", "neither"),
        how="{log} | grep -E 'Server rejected event|Unable to write event'",
        strikes=(
            ("neither", "given-up", _LOG_TELLS), ("rejected", "given-up", _LOG_TELLS),
            ("neither", "invalid", _LOG_TELLS), ("unable", "invalid", _LOG_TELLS),
            ("neither", "retried", _LOG_TELLS), ("rejected", "retried", _LOG_TELLS),
        ),
        doubts=(("neither", "refused", _LOG_MAY_TELL), ("unable", "refused", _LOG_MAY_TELL)),
    ),
    Question(
        key="gap", text="Are the same component’s events about other objects missing, too, in the same minutes?",
        answers=("yes", "no"),
        how="kubectl get events -A -o json | jq -r '.items[] | select(.source.host==\"{host}\") | .lastTimestamp' | sort",
        strikes=(("yes", "filtered", "a budget is one object’s"), ("yes", "muted", "a budget is one object’s")),
        doubts=(("no", "dropped", _ALL_THERE), ("no", "given-up", _ALL_THERE), ("no", "ended", _ALL_THERE), ("no", "left", _ALL_THERE)),
    ),
    Question(
        key="restart", text="Did the component restart at about that time?", answers=("yes", "no"),
        how="kubectl get pod -n kube-system -o wide | grep {component}",
        strikes=(("no", "ended", "it has not"), ("no", "left", "it has not"), ("no", "restarted", "it has not")),
    ),
    Question(
        key="package", text="Do this component’s events have an eventTime? (No output: no.)", answers=("yes", "no"),
        how="kubectl get event -n {namespace} {event} -o jsonpath='{.eventTime}'",
        strikes=(
            ("no", "held", "they are not from tools/events"), ("no", "quiet", "they are not from tools/events"),
            ("no", "rewritten", "they are not from tools/events"), ("no", "other-reporter", "they are not from tools/events"),
            *(("yes", cause, "tools/events has no budget and combines nothing") for cause in
              ("filtered", "muted", "combined", "hidden-count", "late-first", "forgotten", "field")),
        ),
    ),
    Question(
        key="same", text="Do the two have the same message and field path, to the letter?", answers=("yes", "no"),
        how="kubectl get events -n {namespace} --field-selector involvedObject.uid={uid} "
            "-o custom-columns=PATH:.involvedObject.fieldPath,MESSAGE:.message",
        strikes=(
            ("yes", "field", "they are equal"), ("no", "restarted", "they are two different events"),
            ("no", "forgotten", "they are two different events"), ("no", "two", "they are two different events"),
        ),
    ),
    Question(
        key="overlap", text="Does the second begin before the first ends?", answers=("yes", "no"),
        how="kubectl get events -n {namespace} -o custom-columns=FIRST:.firstTimestamp,LAST:.lastTimestamp,NAME:.metadata.name",
        strikes=(
            ("no", "two", "one ends before the other begins"), ("yes", "restarted", "both were counted at the same time"),
            ("yes", "forgotten", "both were counted at the same time"), ("yes", "quiet", "both were counted at the same time"),
        ),
    ),
    Question(
        key="all-late", text="Are all events of this host late by the same amount?", answers=("yes", "no"),
        strikes=(("no", "clocks", "a clock is off for all"), ("yes", "retried", "their delays would differ"), ("yes", "queued", "their delays would differ"),
                 ("yes", "overtaken", "their delays would differ")),
    ),
)  # fmt: skip

QUESTIONS = {question.key: question for question in _QUESTIONS}
"""Every question by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What somebody sees."""

    key: str
    title: str
    more: str
    causes: tuple[str, ...]
    questions: tuple[str, ...] = ()


SYMPTOMS = (
    Symptom(
        key="none", title="No event at all", more="something happened, and nothing says so",
        causes=("expired", "elsewhere", "counted", "combined", "filtered", "muted", "dropped", "door", "waited", "given-up",
                "refused", "unmade", "ended", "left", "invalid", "held"),
        questions=("age", "namespace", "equal", "others", "errors", "gap", "restart", "package", "log"),
    ),
    Symptom(
        key="stop", title="They stop coming", more="after 25 or so, then one in five minutes",
        causes=("filtered", "muted", "dropped", "given-up", "refused", "ended", "left", "held"),
        questions=("others", "gap", "errors", "restart", "package"),
    ),
    Symptom(
        key="count", title="The count jumps", more="from 3 to 42, or begins above 1",
        causes=("hidden-count", "recreated", "late-first", "held"), questions=("age", "package"),
    ),
    Symptom(
        key="combined", title="“(combined from similar events)”", more="the messages are gone", causes=("combined",),
    ),
    Symptom(
        key="late", title="It appears late", more="or in the wrong order",
        causes=("retried", "queued", "overtaken", "clocks", "recreated", "late-first", "held"),
        questions=("errors", "all-late", "age", "package"),
    ),
    Symptom(
        key="twice", title="It is there twice", more="two objects for one thing",
        causes=("restarted", "forgotten", "two", "field", "quiet", "rewritten"),
        questions=("same", "overlap", "restart", "package"),
    ),
    Symptom(
        key="name", title="Another name or place", more="namespace, name, source",
        causes=("default", "uuid", "invalid", "other-reporter", "format"), questions=("namespace", "errors", "package"),
    ),
    Symptom(
        key="log", title="A line in the log", more="and what it means",
        causes=("log-unmade", "log-unable", "log-rejected", "log-door", "log-closed"),
    ),
    Symptom(
        key="process", title="The process misbehaves", more="it is busy, ends, or stands still",
        causes=("spins", "nil", "leaks", "stands"),
    ),
)  # fmt: skip
"""What somebody sees, in the order of the page."""
