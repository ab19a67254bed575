"""What the figures say at each step, apart from how anything is found out or drawn.

A sentence says who does what to which event, and why. {0}, {1}, … are filled in by the storyboards.
"""

from __future__ import annotations

from kevent.figures.storyboard import Line, Narration, narration

__all__ = ["CALL_CHAIN", "CORRELATOR", "EVENT_FLOW", "PANICS", "PRUNING", "SAYS", "SCHEDULE", "WAITGROUP"]

EVENT_FLOW: Narration = narration(
    {
        # handing in
        "queued": Line(
            "{0} hands in event {1}. It takes place {2} of {3} in the incoming queue.",
            "",
            "event {1} → incoming {2} of {3}",
        ),
        "hand over": Line(
            "{0} hands in event {1}. The loop was waiting for one and gets it at once.",
            "",
            "event {1} → the waiting loop",
        ),
        "full": Line(
            "{0} wants to hand in event {1}, but the incoming queue is full ({2} of {2}). {0} waits.",
            "wait",
            "incoming {2} of {2}: {0} waits with event {1}",
            "the send waits",
        ),
        "admitted": Line("There was room for event {1} in the meantime, so {0} goes on.", "", "event {1} is in"),
        "drop at once": Line(
            "{0} offers event {1}, but the incoming queue is full ({2} of {2}). The event is dropped here: "
            "nobody gets it.",
            "lost",
            "incoming {2} of {2}: event {1} lost",
            "the send is not tried again",
        ),
        "too late": Line(
            "{0} hands in event {1} after the shutdown: it is refused, and nobody gets it.",
            "lost",
            "shut down: event {1} lost",
            "the queue is closed",
        ),
        "request": Line(
            "{0} asks for a watcher, {1}. The request goes through the incoming queue like an event (blockQueue), "
            "so its place in the order is exact.",
            "",
            "request: register {1}",
        ),
        "request other": Line("{0} sends a request through the incoming queue: {1}.", "", "request: {1}"),
        "request waits": Line("{0} waits until the loop has come to the request for {1}.", "wait", "waits for {1}"),
        # the loop
        "take": Line("The loop takes event {0} off the incoming queue; {1} left.", "", "event {0}, {1} left"),
        "take handed": Line("The loop wakes up with event {0}.", "", "event {0}"),
        "take batch": Line("The loop takes a batch of {0} off the incoming queue: events {1}.", "", "events {1}"),
        "registers": Line(
            "The loop comes to the request and registers {0}: it sees every event from here on, and none before.",
            "",
            "{0} is registered",
        ),
        "runs": Line("The loop comes to a request and runs it: {0}.", "", "{0}"),
        "loop ends": Line("The incoming queue is closed and empty, so the loop is done.", "", "closed and empty"),
        "give": Line("{1} was waiting: the loop puts event {0} into its hands.", "", "event {0} → {1}, which waits"),
        "offer": Line(
            "The loop puts event {0} on the queue of {1}: {2} of {3} places taken.", "", "event {0} → {1} {2} of {3}"
        ),
        "drop": Line(
            "The loop offers event {0} to {1}, whose queue is full ({2} of {2}). Dropped here; "
            "{3} gets it all the same.",
            "lost",
            "{1} {2} of {2}: event {0} lost",
            "default branch",
        ),
        "drop everywhere": Line(
            "The loop offers event {0} to {1}, whose queue is full ({2} of {2}). Dropped here, "
            "and nobody else gets it.",
            "lost",
            "{1} {2} of {2}: event {0} lost",
            "default branch",
        ),
        "insist": Line(
            "The loop wants to put event {0} on the queue of {1}: full ({2} of {2}). It waits, and everybody with it.",
            "wait",
            "{1} {2} of {2}: the loop waits with event {0}",
            "no default branch",
        ),
        "insisted": Line(
            "{1} has made room. Event {0} is on its queue, and the loop goes on.", "", "room: event {0} → {1}"
        ),
        "stopped meanwhile": Line(
            "{1} was stopped while the loop waited for room, so event {0} is forgotten there.",
            "lost",
            "{1} stopped: event {0} lost",
            "stopped branch",
        ),
        "lock": Line("{0} takes the lock. Until it lets go, no watcher can join or leave.", "", "{0} has the lock"),
        "lock wait": Line(
            "{0} needs the lock, which somebody else holds, and waits.", "wait", "{0} waits for the lock"
        ),
        "unlock": Line("{0} lets go of the lock.", "", "the lock is free"),
        "shut down": Line(
            "{0} shuts down: the incoming queue is closed. What is in it will still be distributed.",
            "",
            "incoming is closed",
        ),
        "shutdown waits": Line("{0} waits until the loop has distributed everything.", "", "{0} waits for the loop"),
        "close queue": Line(
            "The loop closes the queue of {0}. The events in it can still be read: {1}.", "", "{0}: closed, {1} in it"
        ),
        "close empty": Line("The loop closes the queue of {0}, which is empty.", "", "{0}: closed"),
        "stop": Line(
            "{0} stops {1}: its queue is closed and gets nothing more. Events in it: {2}.", "", "{1}: closed, {2} in it"
        ),
        # readers
        "read": Line("{0} takes event {1} off its queue; {2} left.", "", "event {1} → {0}"),
        "read handed": Line("{0} wakes up with event {1}.", "", "event {1} → {0}"),
        "works": Line("{0} works on event {1} for {2}.", "", "{0} works on event {1}: {2}"),
        "worked": Line("{0} is done with event {1}.", "done", "{0}: event {1} done"),
        "rests": Line("{0} rests for {1}.", "", "{0}: {1}"),
        "reader gets nothing": Line(
            "The queue of {0} is closed and empty: its reader gets nothing, at once, and asks again.",
            "",
            "{0}: nothing",
        ),
        "reader ends": Line(
            "The queue of {0} is closed and empty, so its reader is done.", "", "{0}: closed and empty"
        ),
        "reader leaves": Line(
            "{0} finds two things ready, its queue and the end of the broadcaster. It draws lots, and goes. "
            "Nobody handles event {1}{2}.",
            "lost",
            "{0} leaves: event {1}{3} lost",
            "the end is drawn, not the queue",
        ),
        # the sink
        "correlates": Line(
            "The correlator in front of {0} looks at event {1}: is it new, a repetition, or one too many?",
            "",
            "event {1}: new, known, too many?",
        ),
        "sink created": Line(
            "{0} creates event {1}: the sink stores it as version {2}.", "done", "event {1} created, version {2}"
        ),
        "sink patched": Line(
            "{0} patches what the sink already has: event {1} is another of the same, count {2}.",
            "done",
            "event {1} patched, count {2}",
        ),
        "sink gone": Line(
            "{0} wants to patch event {1}, but the sink no longer has it (404). It will be created anew.",
            "",
            "event {1}: 404, create it anew",
        ),
        "sink rejected": Line(
            "The sink refuses event {1}: {2}. That is final, so it is not tried again.",
            "lost",
            "refused: event {1} lost",
            "no second try",
        ),
        "sink retried": Line("Try {3} to write event {1} fails: {2}.", "wait", "event {1}: try {3} fails"),
        "sink pause": Line(
            "{0} waits {2} before the next try at event {1}. Its queue waits, too.",
            "wait",
            "event {1}: next try in {2}",
            "sleep before the next try",
        ),
        "sink waits": Line(
            "{0} has sent event {1} and waits for the answer: {2}. Its queue waits, too.",
            "",
            "{0} sent event {1}: answer in {2}",
        ),
        "sink answers": Line("The answer to event {1} arrives.", "", "event {1}: the answer"),
        "sink filtered": Line(
            "The correlator skips event {1}: its source has used up its budget for this object. Counted, not written.",
            "lost",
            "no token: event {1} not written",
            "the spam filter",
        ),
        "sink given up": Line(
            "{0} gives up on event {1} after {2} tries.", "lost", "after {2} tries: event {1} lost", "retry limit"
        ),
        # the end
        "over": Line("Everybody is done, after {0}.", "", "everybody is done"),
        "left behind": Line("Nothing more happens. Left behind: {0}.", "wait", "nothing more happens"),
        "error": Line("The run ends here: {0}.", "lost", "the run ends"),
        # only if every step is told
        "add": Line("{0} adds to the word of “{1}”."),
        "load": Line("{0} looks at the word of “{1}”."),
        "compare_and_swap": Line("{0} enters itself as a waiter in the word of “{1}”."),
        "store": Line("{0} sets the word of “{1}” to zero."),
        "acquire blocked": Line("{0} waits at “{1}”."),
        "release": Line("{0} lets go of “{1}”."),
        "receive_many blocked": Line("“{1}” is empty, so {0} waits."),
        "receive_ok blocked": Line("“{1}” is empty, so {0} waits."),
        "other": Line("{0}: {2} on “{1}”."),
        # what a goroutine is doing
        "is running": Line("running"),
        "is woken": Line("woken"),
        "is asleep": Line("asleep until {0}"),
        "tries again": Line("next try at {0}"),
        "waits for events": Line("waiting for events"),
        "waits for room": Line("waiting for room"),
        "waits": Line("waiting"),
        "has ended": Line("ended"),
    }
)

WAITGROUP: Narration = {
    "starts": Line("{0} starts {1}."),
    "adds": Line("{0} calls Add({1}): one atomic add of {1} << 32. The counter is {2}, the waiters are {3}."),
    "done": Line("{0} calls Done: one atomic add takes {1} off the counter. The counter is {2}, the waiters are {3}."),
    "looks": Line("{0} calls Wait and looks at the word: the counter is {1}, so there is something to wait for."),
    "need not wait": Line("{0} calls Wait and looks at the word: the counter is 0. It returns at once.", "done"),
    "looks again": Line(
        "{0} brought the counter to 0 and looks once more: counter {1}, waiters {2}. Did anybody come?"
    ),
    "looks back": Line("{0} looks at the word after its sleep: it is 0, as it must be. Wait returns.", "done"),
    "looks back in vain": Line(
        "{0} looks at the word after its sleep: counter {1}, waiters {2}. It must be 0, and is not.", "lost"
    ),
    "enters": Line("{0} enters itself: compare-and-swap puts the word plus 1 in its place. The waiters are {2}."),
    "too late": Line("{0} wanted to enter itself, but the word has changed since it looked. It starts over."),
    "clears": Line("{0} sets the word to 0. Whoever waits is about to be woken."),
    "wakes one": Line("{0} releases the semaphore once: one waiter may go."),
    "sleeps": Line("{0} sleeps on the semaphore."),
    "woken": Line("{0} has been woken: the semaphore is its own."),
    "need not sleep": Line("{0} takes the semaphore without sleeping: it was released before."),
    "panics": Line("{0} panics: “{1}”. {2} The word stays at counter {3}, waiters {4}.", "lost"),
    "error": Line("The run ends here: {0}.", "lost"),
    "not started": Line("not started"),
    "is ready": Line("ready to run"),
    "is running": Line("running"),
    "is parked": Line("parked in Wait since step {0}"),
    "is asleep": Line("asleep until {0}"),
    "waits": Line("waiting"),
    "has ended": Line("ended"),
    "has panicked": Line("panicked"),
}

PANICS = {
    "sync: negative WaitGroup counter": "Its own atomic add returned a negative counter: more was done than was added.",
    "sync: WaitGroup misuse: Add called concurrently with Wait": (
        "It found waiters while the counter went up from zero, or changed while it was about to wake them: "
        "an Add ran beside a Wait that had begun."
    ),
    "sync: WaitGroup is reused before previous Wait has returned": (
        "It was woken, and found the word no longer zero: somebody began a new round before it had left the old one."
    ),
}
"""What the goroutine that panics has seen, by Go's text."""

SAYS: Narration = {
    "adds": Line("Counter {0}, waiters {1}. Nobody to wake: Add returns."),
    "at work": Line("{0} still at work, {1} waiting: Done returns."),
    "nobody waits": Line("I was the last, and nobody waits. Done returns."),
    "the last": Line("One sum tells both: I was the last (0), and {1} waiting. It is mine to wake.", "done"),
    "below zero": Line("Counter {0}: more was done than was added.", "lost"),
    "from zero": Line("The counter rose from 0 to {0}, with {1} waiting already: an Add beside a Wait.", "lost"),
    "look": Line("Counter {0}, not 0: there is something to wait for. It keeps what it read, {0} | {1}."),
    "look ok": Line("Counter 0: nothing to wait for. Wait returns at once.", "done"),
    "swap wait": Line(
        "Nobody touched the word since it was read: it counts itself as waiter {1} in that instant.", "wait"
    ),
    "swap again": Line(
        "Expected {2} | {3}, found {0} | {1}: somebody was quicker. Nothing is stored; it reads again.", "wait"
    ),
    "again ok": Line("Still its own sum: nobody came in between.", "done"),
    "again changed": Line("Its sum was {2} | {3}, and now it finds {0} | {1}: somebody came in between.", "lost"),
    "back ok": Line("0 | 0, as it must be: Wait returns.", "done"),
    "back reused": Line("Woken, it expects 0 | 0 and finds {0} | {1}: a new round began before it had left.", "lost"),
    "store": Line("A plain write: the waiters are forgotten here, and woken one by one now."),
    "wake": Line("The word is left alone. The semaphore gets one ticket."),
    "sleep": Line("No ticket: it parks. The low half already counts it.", "wait"),
    "woken": Line("It takes a ticket and goes on. One more look before it may return."),
    "go": Line("The word is left alone."),
}
"""What each step on the word decides, for whoever takes it: {0} and {1} are counter and waiters, {2} and {3} those that
it expects."""

CALL_CHAIN: Narration = {
    "call": Line("{0} calls {1}, which begins at {2}."),
    "return": Line("{0} returns."),
    "kept": Line("{0} returns {1}: {2} keeps it as {3}.", "done"),
    "handed on": Line("{0} returns {1}, and {2} hands it on to its own caller."),
    "passed on": Line("{0} returns {1}, and {2} passes it on: {3}."),
    "used": Line("{0} returns {1}, and {2} uses it once: {3}."),
    "thrown away": Line("{0} returns {1}, and {2} assigns it to nothing: thrown away."),
    "handle thrown away": Line(
        "{0} returns {1}, and {2} assigns it to nothing: thrown away. The watcher works on; nobody can call its Stop."
    ),
    "made": Line("A new object: {0}.", "done"),
    "holds": Line("{0} now holds {1}, as {2}."),
    "lets go": Line("{0} has let {1} go."),
    "over": Line("All of it stands: {0} calls, {1} objects."),
}

CORRELATOR: Narration = {
    "created": Line("Event {0}, “{1}”, is new: it is created. {2} tokens left."),
    "patched": Line("Event {0}, “{1}”, is known: count {3}, sent as a patch. {2} tokens left."),
    "combined": Line(
        "Event {0}, “{1}”, is the {3}th of its kind with a message of its own: it becomes a combined event, created. "
        "{2} tokens left.",
        "done",
    ),
    "combined patched": Line(
        "Event {0}, “{1}”, goes into the combined event, whose count is now {3}. {2} tokens left.", "done"
    ),
    "filtered": Line("Event {0}, “{1}”, finds no token left ({2}). It was counted, but is not written.", "lost"),
    "lost": Line(
        "Event {0}, “{1}”, finds no token left ({2}). It is new and never written: nothing else will tell of it.",
        "lost",
    ),
}

SCHEDULE: Narration = {
    "starts": Line("{0} starts {1}."),
    "begins": Line("{0} begins."),
    "ends": Line("{0} ends."),
    "puts": Line("{0} puts {1} on {2}: {3} of {4} places taken."),
    "hands over": Line("{0} hands {1} to a goroutine that waits at {2}."),
    "refused": Line("{0} offers {1} to {2}, which has no room, and {3} does not wait: {1} is lost.", "lost"),
    "refused, not lost": Line("{0} offers {1} to {2}, which does not take it now."),
    "takes": Line("{0} takes {1} off {2}."),
    "finds nothing": Line("{0} finds nothing on {1}, and goes on."),
    "finds the end": Line("{0} finds {1} closed and empty."),
    "closes": Line("{0} closes {1}."),
    "selects": Line("{0} selects on {1}: {2}."),
    "waits for an end": Line("{0} waits until {1} has ended.", "wait"),
    "has seen the end": Line("{0} goes on: {1} has ended."),
    "waits to receive": Line("{0} finds {1} empty, and waits.", "wait"),
    "waits to send": Line("{0} finds no room on {1} for {2}, and waits.", "wait"),
    "waits to select": Line("{0} can go none of its ways on {1}, and waits.", "wait"),
    "locks": Line("{0} takes {1}."),
    "unlocks": Line("{0} gives {1} back."),
    "word": Line("{0}: {1} on “{2}”. Counter {3}, waiters {4}."),
    "level": Line("{0}: {1} on “{2}”, which holds {3} now."),
    "other": Line("{0}: {1} on “{2}”."),
    "bare": Line("{0}: {1}."),
    "blocked": Line("{0}: {1} on “{2}”. It cannot go on, and waits.", "wait"),
    "failed": Line("{0}: {1} on “{2}” fails: {3}.", "lost"),
    "outcome": Line("The end: {0}."),
    "bad outcome": Line("The end: {0}.", "lost"),
    "ready": Line("ready"),
    "waiting": Line("waits: {0}"),
    "ended": Line("ended"),
    "way to send": Line("send {0} to {1}"),
    "way to receive": Line("receive from {0}"),
    "next": Line("{0} Who goes next?"),
}

PRUNING: Narration = {
    "run": Line("Run {0} goes to its end: {1}.", "done"),
    "given up": Line(
        "Run {0} is given up after {1}: only {2} could go on, and sleeps. What comes of it has been seen.", "wait"
    ),
}
