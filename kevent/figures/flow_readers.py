"""Telling what the readers do with their events, and what the sinks answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kevent.figures.flow_cast import RECEIVING
from kevent.figures.flow_story import Queue, Story
from kevent.figures.sinks import Answer
from kevent.figures.storyboard import seconds
from kevent.figures.tracing import Moment
from kevent.simulation import Step

__all__ = ["Readers", "Sinks"]

HANDLES = "handling.Handling._handle_all"
"""The handler of a broadcaster of events, which draws lots when that has ended."""


class Sinks:
    """The correlator in front of a sink, the tries to write, and how they end."""

    def __init__(self, story: Story, answers: Mapping[str, Sequence[Answer]]) -> None:
        self.story = story
        self._answers = {name: iter(said) for name, said in answers.items()}
        self._tries: dict[str, int] = {}
        self._answered: dict[str, str] = {}
        self._will_pause: set[str] = set()

    def on_acquire(self, step: Step) -> None:
        """A reader's correlator begins with the event in its hands."""
        if step.name != "aggregator":
            return
        queue = self._queue_of(step.goroutine)
        if queue is not None and queue.in_hands:
            self._tries[queue.name], self._answered[queue.name] = 0, ""
            self._will_pause.discard(queue.name)
            self.story.tell("correlates", queue.name, queue.in_hands[0], about=queue.in_hands[0], at=queue)
            self.story.board.set(f"at:{queue.name}", "correlator")

    def on_create(self, step: Step) -> None:
        """The sink answers a try to write, whichever of the three verbs it was."""
        queue = self._queue_of(step.goroutine)
        if queue is None or not queue.in_hands:
            return
        answer = next(self._answers[step.name])
        event, watcher = queue.in_hands[0], queue.name
        self._tries[watcher] += 1
        self._answered[watcher] = answer.outcome
        if answer.outcome == "retried":
            self._will_pause.add(watcher)
        called = self.story.cast.called(event)
        number = self.story.tell(
            f"sink {answer.outcome}", watcher, called, answer.detail, self._tries[watcher], about=event, at=queue
        )
        if answer.outcome == "retried":
            self.story.keep(queue, "request", number)
        else:
            self.story.let_go(queue)
        if answer.outcome in ("created", "patched", "rejected"):
            queue.conclude(event, lost=answer.outcome == "rejected")

    on_update = on_patch = on_create

    def on_receive_ok(self, step: Step) -> None:
        """Between two tries a sink waits at the channel that is closed at the shutdown."""
        queue, until = self._queue_of(step.goroutine), self.story.until()
        if not step.blocked or step.name != f"{self.story.cast.prefix}stopping" or queue is None or until is None:
            return
        if queue.in_hands:
            self.pause(queue.name, queue.in_hands[0], until)

    def pauses(self, watcher: str) -> bool:
        """Whether the next rest of this watcher's sink is the pause between two tries, not the way to an answer."""
        return watcher in self._will_pause

    def pause(self, watcher: str, event: int, until: int) -> None:
        """It rests before the next try."""
        self._will_pause.discard(watcher)
        story, queue = self.story, self.story.queues[watcher]
        number = story.tell("sink pause", watcher, event, seconds(until - story.step.time), about=event, at=queue)
        story.keep(queue, "pause", number, until)

    on_receive = on_try_receive = on_receive_ok

    def conclude(self, watcher: str, event: int) -> None:
        """The reader is done with this event: what has become of it?"""
        answer, queue = self._answered.get(watcher, ""), self.story.queues[watcher]
        if answer == "":
            called = self.story.cast.called(event)
            self.story.tell(
                "sink filtered", watcher, called, about=event, at=queue, moment=self.story.moment_before("filtered")
            )
            queue.conclude(event, lost=True)
        elif answer in ("retried", "gone"):
            called = self.story.cast.called(event)
            self.story.tell(
                "sink given up",
                watcher,
                called,
                self._tries[watcher],
                about=event,
                at=queue,
                moment=self.story.moment_before("given up"),
            )
            queue.conclude(event, lost=True)

    def _queue_of(self, goroutine: str) -> Queue | None:
        watcher = self.story.cast.watcher_of.get(goroutine)
        return None if watcher is None else self.story.queues[watcher]


class Readers:
    """Those who take events off the watchers' queues."""

    def __init__(self, story: Story, sinks: Sinks) -> None:
        self.story = story
        self._sinks = sinks
        self._pausing: set[str] = set()

    def on_receive_ok(self, step: Step) -> None:
        """A reader takes the next event, waits for one, or learns that its queue is closed and empty."""
        story = self.story
        queue = story.queues.get(step.name)
        if queue is None or queue is story.incoming:
            return
        if not story.had_waited():
            self._finish(queue)
        if step.blocked or step.error:
            return
        value, ok = step.result if isinstance(step.result, tuple) else (step.result, step.result is not None)
        if not ok:
            following = story.cast.following(step)
            if step.operation != "try_receive" and following is not None:  # else the run ends before it shows
                again = following.operation in RECEIVING and following.name == step.name
                story.tell("reader gets nothing" if again else "reader ends", queue.name)
            return
        event = story.cast.number(value)
        if (leaving := self._leaves(step)) is not None:
            left = queue.abandon(event)
            rest = len(left) - 1
            words = (f", nor the {rest} behind it", f" and {rest} more") if rest else ("", "")
            story.tell("reader leaves", queue.name, event, *words, about=left, at=queue, moment=leaving)
            queue.lose(left)
            return
        if event in queue.in_hands:
            story.tell("read handed", queue.name, event, about=event, at=queue)
        else:
            story.tell("read", queue.name, event, step.after or 0, about=event, at=queue)
        queue.take(event, step.after)

    on_receive = on_try_receive = on_receive_ok

    def _leaves(self, step: Step) -> Moment | None:
        """Where the code stands when the reader goes in place of handling what it has taken; None if it does not go.

        In Go it takes nothing then: there the lot is drawn before.
        """
        following = self.story.cast.following(step)
        if following is None or following.operation != "close":
            return None
        moment = self.story.cast.moments[following.number]
        places = moment.places[1:]  # those that asked the watcher to stop
        return moment._replace(places=places) if places and places[0].function == HANDLES else None

    def _finish(self, queue: Queue) -> None:
        """The reader comes back for more: what it had in its hands is done with."""
        for event in queue.in_hands:
            if queue.name in self.story.cast.sinks:
                self._sinks.conclude(queue.name, event)
            else:
                queue.conclude(event, lost=False)

    def on_sleep(self, step: Step) -> None:
        """A reader works on an event for a while, or its sink takes its time."""
        story = self.story
        place = story.cast.place_of(step.goroutine)
        duration = seconds(float(step.value) * 1e9) if isinstance(step.value, int | float) else ""
        queue = story.queues.get(place) if place else None
        sink = place in story.cast.sinks
        if queue is None or not queue.in_hands:
            if story.every_step and step.blocked:
                story.tell("rests", step.goroutine, duration)
            return
        event = queue.in_hands[0]
        moment = None if sink else story.moment._replace(operation="handle")
        if not step.blocked:
            if place not in self._pausing:
                story.tell("sink answers" if sink else "worked", place, event, about=event, at=queue, moment=moment)
                following = story.cast.following(step)
                if not sink and (following is None or following.operation != "sleep"):
                    queue.conclude(event, lost=False)
            self._pausing.discard(place)
            story.let_go(queue)
        elif sink and self._sinks.pauses(place):
            self._pausing.add(place)
            self._sinks.pause(place, event, story.until() or step.time)
        else:
            line = "sink waits" if sink else "works"
            number = story.tell(line, place, event, duration, about=event, at=queue, moment=moment)
            story.keep(queue, "request" if sink else "work", number, story.until())
