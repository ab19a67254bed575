"""What to think of first, for each exercise: a question rather than a line of code."""

from __future__ import annotations

HINTS = {
    "an_event.age_column": (
        "Of two times, kubectl counts from the last to say how old an event is. What does it count from the first?"
    ),
    "an_event.stored": (
        "What do two calls have in common that become one event? A dictionary keeps the order in which keys came."
    ),
    "broadcaster.distribute": (
        "Which of the two verbs waits? And what does a queue that is full mean for the queues behind it?"
    ),
    "broadcaster.race": (
        "When does a new watcher begin to see events: when `watch` is called, or when the loop takes its "
        "registration off the queue?"
    ),
    "cloud_controller_manager.in_order": (
        "The sentence is in the reason, and the word at the end of the message. What if the event is of another kind?"
    ),
    "cloud_controller_manager.ungroupable": (
        "Equal events are counted, and events that differ in their message alone are combined. What else can differ?"
    ),
    "correlator.take": (
        "How much has come in since last time? Add it before you look, and mind what the bucket can hold."
    ),
    "correlator.collision": (
        "The key is written without separators. Where can a letter stand so that two different pods give one text?"
    ),
    "distributing.run_all": (
        "Who may call `add`, so that `wait` cannot come too early: the goroutine, or whoever starts it?"
    ),
    "distributing.shut_down": (
        "Only one may close. How does each find out whether it is the one, in a single step? And what do the others "
        "have to do?"
    ),
    "event_go.log_to": (
        "`start_event_watcher(handle)` calls `handle` for each event, in a goroutine of its own. What does it return?"
    ),
    "event_go.patch": "What if another object has the name, in another namespace? And what is in the store afterwards?",
    "eviction_manager.rank": (
        "`sorted` compares tuples from left to right, and False comes before True. Which question is asked first?"
    ),
    "eviction_manager.spam_key": (
        "In the chapter one reason spent the budget of another. What has to be in the key, and what must not be?"
    ),
    "full_channel.keep_the_newest": (
        "What may have happened between your `try_send` that failed and your `try_receive`? Try again until it is in."
    ),
    "full_channel.insist": (
        "Two things can let you go on: room, or a reader who has left. `select` waits for both at once."
    ),
    "interleaving.increment": "`compare_and_swap` says when somebody was faster. What do you do then?",
    "interleaving.take_both": (
        "Two goroutines that take the locks in different orders can wait for each other. By what could both agree "
        "on one order?"
    ),
    "kubelet.container_message": "What does Python's `replace` do with an empty text?",
    "kubelet.wire": "Three calls. Which of them makes what can record?",
    "museum.handle_all": (
        "There are two kinds of nothing here: the end of the channel, and a nil that somebody sent. Which of them "
        "ends the loop?"
    ),
    "museum.action": "Between a look at `stopped` and the send, somebody may close. What keeps the two together?",
    "port_it_yourself.aggregate_key": (
        "Go joins without a separator. Which field of the object is not in the group's key, and where is the message?"
    ),
    "port_it_yourself.add": "Add to the upper half, and keep 64 bits. How do you see that a signed half is negative?",
    "record_to_sink.final": "Which errors would be the same at the next try? And which of the four are the network's?",
    "record_to_sink.insist": (
        "recordToSink gives up on what the server says, and tries again on what it does not know. Into what can you "
        "turn an answer?"
    ),
    "recorder.in_order": "`firstTimestamp` has whole seconds only. Where else did the recorder write the time?",
    "recorder.sender": "The caller must not wait, so somebody else has to. One goroutine, or the order is gone.",
    "shutdown.goodbye": "`shutdown` does not wait for the sink. What does, and says whether it was in time?",
    "shutdown.record_and_close": "When may the channel be closed? Let the one who sends say that it has sent.",
    "then_and_now.has": "alpha, beta, rc, and the release itself: in which order? And 1.9 comes before 1.10.",
    "then_and_now.decide": (
        "What do you have to remember of a key: how often, and when last. When is it as if it had never been seen?"
    ),
    "two_counters.wait": "Look and count yourself in, in one step. If the word has changed meanwhile, look again.",
    "two_counters.add": (
        "The counter is in the upper 32 bits. What do the lower ones say, and what should they say after everybody "
        "is awake?"
    ),
    "your_own_controller.refuse": (
        "No answer may be another try; an answer that says no is final. Which numbers say yes?"
    ),
    "your_own_controller.budget": "Warnings must not pay for what is normal. What else do you leave in the key?",
}
"""By module and function, as in the tag of the cell."""
