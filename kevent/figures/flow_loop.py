"""Telling how events are handed in, and how the loop distributes them."""

from __future__ import annotations

from typing import Any

from kevent.figures.flow_cast import accepted, is_event, offered
from kevent.figures.flow_story import Queue, Story, listed
from kevent.simulation import Step

__all__ = ["Entrance", "Loop"]


class Entrance:
    """What happens at the incoming queue: events and requests get in, or do not."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._shut_down = -1
        """The step that closed the incoming queue, or -1."""

    def on_send(self, step: Step) -> None:
        """A sender that waits for room: it gets in, stands in line, or comes after the close."""
        story = self.story
        if step.name != story.cast.incoming:
            return
        if not is_event(step.value):
            self._request(step)
            return
        who, event, queue = step.goroutine, story.cast.number(step.value), story.incoming
        if step.error:
            story.tell("too late", who, story.cast.called(event), about=event, cause=self._shut_down)
            queue.leave(who)
            queue.drop(event)
        elif step.blocked:
            story.tell("full", who, story.cast.called(event), queue.capacity, about=event, cause=queue.full_since)
            queue.wait(who, event)
        elif story.had_waited():
            story.tell("admitted", who, event, about=event)
            queue.leave(who)
        else:
            self._take_in(step, event)

    def on_try_send(self, step: Step) -> None:
        """A sender that does not wait: its event gets in, or falls out because the queue is full."""
        story = self.story
        if step.name != story.cast.incoming or not is_event(step.value):
            return
        event, queue = story.cast.number(step.value), story.incoming
        if step.result:
            self._take_in(step, event)
        else:
            called = story.cast.called(event)
            story.tell("drop at once", step.goroutine, called, queue.capacity, about=event, cause=queue.full_since)
            queue.drop(event)

    def _request(self, step: Step) -> None:
        if not step.blocked and not step.error:
            what = getattr(step.value, "what", "something")
            line = "request" if what.startswith("register ") else "request other"
            self.story.tell(line, step.goroutine, what.removeprefix("register "))

    def _take_in(self, step: Step, event: int) -> None:
        queue, called = self.story.incoming, self.story.cast.called(event)
        hand_over = step.after == len(queue.inside)  # the queue got no longer: the loop was waiting
        if hand_over:
            self.story.tell("hand over", step.goroutine, called, about=event)
        else:
            self.story.tell("queued", step.goroutine, called, step.after or 0, queue.capacity, about=event)
        queue.put(event, hand_over=hand_over)

    def on_acquire(self, step: Step) -> None:
        """A lock on the way in: the broadcaster's own, or one that a request or the shutdown waits at."""
        story, cast = self.story, self.story.cast
        if step.name == cast.lock:
            if step.blocked:
                number = story.tell("lock wait", step.goroutine)
                if step.goroutine == cast.loop:
                    story.keep(story.incoming, "lock", number)
                return
            if story.every_step:
                story.tell("lock", step.goroutine)
            if step.goroutine == cast.loop:
                story.let_go(story.incoming)
            story.board.set("lock", step.goroutine)
        elif story.every_step and step.blocked and step.name.startswith("register "):
            story.tell("request waits", step.goroutine, step.name.removeprefix("register ").removesuffix(".sema"))
        elif step.blocked and step.name == f"{cast.prefix}distributing.sema":
            story.tell("shutdown waits", step.goroutine)

    def on_release(self, step: Step) -> None:
        """The broadcaster's lock is free again."""
        if step.name == self.story.cast.lock:
            if self.story.every_step:
                self.story.tell("unlock", step.goroutine)
            self.story.board.set("lock", "")

    def on_close(self, step: Step) -> None:
        """The incoming queue takes no more. A second close fails and tells nothing."""
        if step.name == self.story.cast.incoming and not step.error:
            self._shut_down = self.story.tell("shut down", step.goroutine)


class Loop:
    """What the loop takes off the incoming queue, and what it does with it at the queue of each watcher."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._insisting: list[int] = []

    def on_receive_many(self, step: Step) -> None:
        """The loop takes what is queued, finds nothing, or learns that the queue is closed and empty."""
        story, cast = self.story, self.story.cast
        if step.name != cast.incoming:
            return
        if not story.had_waited():
            story.board.set("h:", [])
        if step.blocked:
            return
        items: list[Any] = step.result if isinstance(step.result, list) else []
        numbers = [cast.number(item) for item in items if is_event(item)]
        if not items:
            story.tell("loop ends")
        elif len(numbers) > 1:
            story.tell("take batch", len(numbers), listed(numbers), about=numbers)
        elif numbers:
            handed = numbers[0] in story.incoming.in_hands
            story.tell("take handed" if handed else "take", numbers[0], step.after or 0, about=numbers)
        for item in items:
            if not is_event(item):
                register = item.what.startswith("register ")
                story.tell("registers" if register else "runs", item.what.removeprefix("register "))
        for number in numbers:
            story.incoming.take(number, step.after)

    def on_try_send(self, step: Step) -> None:
        """The loop offers events to a watcher's queue. What does not fit falls out, unless the loop insists next."""
        story = self.story
        queue = story.queues.get(step.name)
        if queue is None or step.goroutine != story.cast.loop:
            return
        batch = [story.cast.number(event) for event in offered(step)]
        taken = accepted(step)
        length = len(queue.inside)
        handed = taken - ((step.after or 0) - length)
        for place, event in enumerate(batch[:taken]):
            if place < handed:
                story.tell("give", event, queue.name, about=event, at=queue)
            else:
                length += 1
                story.tell("offer", event, queue.name, length, queue.capacity, about=event, at=queue)
            queue.put(event, hand_over=place < handed)
        rest = batch[taken:]
        following = story.cast.following(step)
        if rest and following is not None and following.operation == "select":
            self._insisting = rest
        else:
            for event in rest:
                self._drop(queue, event)

    on_try_send_many = on_try_send

    def _drop(self, queue: Queue, event: int) -> None:
        story = self.story
        others = [name for name in story.cast.accepted_by.get(event, []) if name != queue.name]
        line = "drop" if others else "drop everywhere"
        story.tell(line, event, queue.name, queue.capacity, listed(others), about=event, cause=queue.why_full, at=queue)
        queue.drop(event)

    def on_select(self, step: Step) -> None:
        """The loop insists: it waits until the watcher's queue has room or the watcher stops."""
        story = self.story
        queue = story.queues.get(step.name.split(", ")[0])
        if step.goroutine != story.cast.loop or queue is None or not self._insisting:
            return
        event = self._insisting[0]
        if step.blocked:
            number = story.tell(
                "insist", event, queue.name, queue.capacity, about=event, cause=queue.why_full, at=queue
            )
            story.keep(story.incoming, "insists", number)
            queue.wait(story.cast.loop, event)
            return
        self._insisting.pop(0)
        story.let_go(story.incoming)
        case = step.result[0] if isinstance(step.result, tuple) else 0
        if case != 0:
            story.tell("stopped meanwhile", event, queue.name, about=event, at=queue)
            queue.leave(story.cast.loop)
            queue.drop(event)
        elif story.had_waited():
            story.tell("insisted", event, queue.name, about=event, at=queue)
            queue.leave(story.cast.loop)
        else:
            story.tell("offer", event, queue.name, len(queue.inside) + 1, queue.capacity, about=event, at=queue)
            queue.put(event, hand_over=False)

    def on_close(self, step: Step) -> None:
        """A watcher's queue takes no more: its watcher stopped, or the loop closes it at its end."""
        story = self.story
        queue = story.queues.get(step.name)
        if step.error or queue is None or queue is story.incoming:
            return
        left = len(queue.inside)
        if step.goroutine == story.cast.loop:
            story.tell("close queue" if left else "close empty", step.name, left)
        else:
            story.tell("stop", step.goroutine, step.name, left)
