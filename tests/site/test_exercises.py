"""Exercises: solutions pass, wrong attempts are refuted with a trace, skeletons are cut from the solutions."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from book.exercises import an_event, broadcaster, checking, distributing, event_go, full_channel, kubelet, two_counters
from book.exercises.watching import stage_of
from kevent import StatusError
from kevent.broadcaster import ADDED
from kevent.runtime import go
from kevent.select import Receive, Send, select
from kevent.sinks.memory import merge_patch
from kevent.waitgroup import WaitGroup
from tests.site.solved import expect_solved_and_not_yet, refuted
from tools.notebooks import fill_in_skeletons, notebooks


def exercises() -> list[tuple[str, nbformat.NotebookNode]]:
    """Each tagged cell of each notebook."""
    return [
        (path.name, cell)
        for path in notebooks()
        for cell in nbformat.read(path, as_version=4).cells
        if any(tag.startswith("exercise:") for tag in cell.metadata.get("tags", ()))
    ]


def test_the_skeletons_in_the_notebooks_are_the_solutions_less_their_bodies() -> None:
    found = exercises()
    assert len([name for name, _ in found if name.startswith("04_")]) == 2
    for _, cell in found:
        fresh = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", metadata=cell.metadata)])
        fill_in_skeletons(fresh)
        assert cell.source == fresh.cells[0].source
        assert "# your turn\n    raise NotImplementedError" in cell.source


def wide_and_short(text):
    """A summary that is a good deal longer than a page is wide, so that it has to be broken `in one place` at least.

    A short
    paragraph.

        an example of code that stays as it is, although it is wider than a page, which looks bad
    """
    # solution
    return text
    # end of solution


def test_a_docstring_is_filled_to_the_width_of_the_page() -> None:
    assert checking.skeleton(wide_and_short).splitlines()[1:] == [
        '    """A summary that is a good deal longer than a page is wide, so that it has to be',
        "    broken `in one place` at least.",
        "",
        "    A short",
        "    paragraph.",
        "",
        "        an example of code that stays as it is, although it is wider than a page, which looks bad",
        '    """',
        "    # your turn",
        "    raise NotImplementedError",
    ]


def test_a_solution_without_marks_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="one solution"):
        checking.skeleton(test_a_solution_without_marks_cannot_be_cut)


@pytest.mark.parametrize("name", ["distribute", "race"])
def test_the_solution_is_right_and_the_skeleton_not_yet(name: str) -> None:
    expect_solved_and_not_yet(broadcaster, name)


def waits(queues, event):
    for queue in queues:
        queue.send(event)


def stops_at_the_first_full_queue(queues, event):
    for queue in queues:
        if not queue.try_send(event):
            return


def drops_the_oldest(queues, event):
    for queue in queues:
        if not queue.try_send(event) and queue.capacity:
            queue.try_receive()
            queue.try_send(event)


def serves_the_first_only(queues, event):
    queues[0].try_send(event)


def sends_twice(queues, event):
    for queue in queues:
        queue.try_send(event)
        queue.try_send(event)


def goes_round(queues, event):
    while not queues[0].try_send(event):
        pass


def breaks(queues, event):
    raise KeyError("no such queue")


@pytest.mark.parametrize(
    ("attempt", "says", "steps"),
    [
        (waits, "1 event, 1 queue with room for 0, nobody reads: nobody can go on", 2),
        (stops_at_the_first_full_queue, "queue 1 should hold event 0, and holds nothing", 7),
        (drops_the_oldest, "queue 0 should hold event 0, and holds event 1", 9),
        (serves_the_first_only, "1 event, 2 queues with room for 0 and 1", 7),
        (sends_twice, "queue 0 should hold event 0, and holds event 0, event 0", None),
        (goes_round, "goes round in a circle", 200),
        (breaks, "raises KeyError", None),
    ],
)
def test_a_wrong_distribute_is_refuted(attempt, says: str, steps: int | None) -> None:
    verdict = broadcaster.check_distribute(attempt)
    refuted(verdict, says)
    assert steps is None or len(verdict.steps) == steps
    assert '<table class="trace">' in verdict._repr_html_()
    assert "object at 0x" not in repr(verdict)


def too_late(broadcaster):
    watcher = broadcaster.watch()
    broadcaster.action(ADDED, "an event of its own time")
    broadcaster.shutdown()
    return list(watcher)


def never_ends(broadcaster):
    broadcaster.action(ADDED, "an event")
    return list(broadcaster.watch())


def sends_nothing(broadcaster):
    watcher = broadcaster.watch()
    broadcaster.shutdown()
    return list(watcher)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (too_late, "that was not sent before `watch`"),
        (never_ends, "With a Broadcaster: nobody can go on"),
        (sends_nothing, "received nothing from the past"),
        (lambda broadcaster: None, "returns a list, not None"),
        (lambda broadcaster: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_race_is_refuted(attempt, says: str) -> None:
    verdict = broadcaster.check_race(attempt)
    refuted(verdict, says, traced=False)


def test_the_race_is_shown_step_by_step() -> None:
    verdict = broadcaster.check_race(broadcaster.race)
    verbs = [f"{step.goroutine} {step.operation} {step.name}" for step in verdict.steps]
    assert verbs.index("main send incoming") < verbs.index("loop try_send_many new")
    assert "an event of the past" in verdict.sentence


def test_hostile_text_stays_text() -> None:
    shown = checking.Verdict(False, "<script>alert(1)</script> `a<b`")._repr_html_()
    assert "<script>" not in shown
    assert "<code>a&lt;b</code>" in shown


def test_a_comparison_counts_equal_lines_marks_the_one_that_differs_and_shows_the_end_of_a_long_story() -> None:
    story = [("again", "a", "a")] * 3 + [(number, "<b>", "<b>") for number in range(checking.LONG)] + [("end", 1, 2)]
    verdict = checking.Verdict(False, "No.", comparison=checking.Comparison("step", story))
    told, left_out, heads, *lines = repr(verdict).splitlines()
    assert (told, left_out, heads.split()) == ("No.", "2 lines before these", ["step", "expected", "yours"])
    assert len(lines) == checking.LONG
    assert [line.split()[-1] for line in lines[-2:]] == ["<b>", "≠"]
    assert "<td>&lt;b&gt;</td>" in verdict._repr_html_()
    assert "<b>" not in verdict._repr_html_()
    assert "<th></th>" not in verdict._repr_html_()
    short = repr(checking.Comparison("step", story[:3]))
    assert short.splitlines()[1].split() == ["again", "(3", "times)", "a", "a"]


# --- chapters 1 to 3 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (an_event, "age_column"),
        (an_event, "stored"),
        (event_go, "log_to"),
        (event_go, "patch"),
        (kubelet, "container_message"),
        (kubelet, "wire"),
    ],
)
def test_the_first_chapters_solutions_are_right_and_their_skeletons_not_yet(module, name: str) -> None:
    expect_solved_and_not_yet(module, name)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda event, now, short: short(now - event.last_timestamp), "2 calls, 10 s apart, and 0 s later"),
        (lambda event, now, short: f"{short(now - event.first_timestamp)} (x1)", "1 call, and 5 s later"),
        (
            lambda event, now, short: (
                f"{short(now - event.last_timestamp)} (x{event.count} over "
                f"{short(event.last_timestamp - event.first_timestamp)})"
                if event.count > 1
                else short(now - event.first_timestamp)
            ),
            "should say '7s (x2 over 17s)', and says '7s (x2 over 10s)'",
        ),
        (lambda event, now, short: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_age_is_refuted(attempt, says: str) -> None:
    verdict = an_event.check_age_column(attempt)
    refuted(verdict, says)
    assert "create sink" in repr(verdict)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda calls: [(*call, 1) for call in calls], "After BackOff: it crashed, BackOff: it crashed: stored is"),
        (lambda calls: [(*calls[0], len(calls))], "After BackOff: it crashed, BackOff: it crashed again"),
        (
            lambda calls: [
                (reason, dict(calls)[reason], [reason for reason, _ in calls].count(reason))
                for reason in dict.fromkeys(reason for reason, _ in calls)
            ],
            "After BackOff: it crashed, BackOff: it crashed again",
        ),
        (lambda calls: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_account_of_what_is_stored_is_refuted(attempt, says: str) -> None:
    verdict = an_event.check_stored(attempt)
    refuted(verdict, says)
    assert "create sink" in repr(verdict)
    assert "EventSource" not in repr(verdict), "events are shown in short"


@pytest.mark.parametrize(("nanoseconds", "text"), [(119, "119s"), (120, "2m"), (322, "5m22s"), (640, "10m")])
def test_durations_are_written_as_kubectl_does(nanoseconds: int, text: str) -> None:
    assert an_event.short(nanoseconds * 10**9) == text


def reads_itself(broadcaster, write):
    for event in broadcaster.start_event_watcher(lambda event: None):
        write(str(event))


def forgets_the_object(broadcaster, write):
    return broadcaster.start_event_watcher(lambda event: write(f"{event.type} {event.reason}: {event.message}"))


def keeps_the_watcher(broadcaster, write):
    event_go.log_to(broadcaster, write)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (reads_itself, "nobody can go on"),
        (forgets_the_object, "The lines should be"),
        (keeps_the_watcher, "should return the watcher, and returns None"),
    ],
)
def test_a_wrong_log_is_refuted(attempt, says: str) -> None:
    verdict = event_go.check_log_to(attempt)
    refuted(verdict, says)


def does_not_look(store, event, change):
    key = event.namespace, event.name
    store[key] = merge_patch(store[key], change)
    return store[key]


def creates_by_itself(store, event, change):
    store[event.namespace, event.name] = event
    return event


def refuses_otherwise(store, event, change):
    if (event.namespace, event.name) not in store:
        raise StatusError.forbidden("events", event.name, "it is gone")
    return event_go.patch(store, event, change)


def changes_nothing(store, event, change):
    return store[event.namespace, event.name]


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (does_not_look, "The recorder asked for " + ", ".join(["patch"] * 12)),
        (creates_by_itself, "The recorder asked for patch; it should be patch, create"),
        (refuses_otherwise, "The recorder asked for patch; it should be patch, create"),
        (changes_nothing, "should be [2], and are [1]"),
    ],
)
def test_a_wrong_patch_is_refuted(attempt, says: str) -> None:
    verdict = event_go.check_patch(attempt)
    refuted(verdict, says)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (lambda message, container_id, name: message.replace(container_id, name), "IDs '', '', ''"),
        (lambda message, container_id, name: message, "IDs '4f2c', '9b1e', '77aa'"),
        (lambda message, container_id, name: message.replace(container_id, name, 1) if container_id else message,
         "{id} failed"),
    ],
)  # fmt: skip
def test_a_wrong_message_is_refuted(attempt, says: str) -> None:
    verdict = kubelet.check_container_message(attempt)
    refuted(verdict, says.replace("{id}", "app"))
    assert "create sink" in repr(verdict)


def recorder_first(broadcaster, logf, sink, source):
    recorder = broadcaster.new_recorder(source)
    broadcaster.start_logging(logf)
    broadcaster.start_recording_to_sink(sink)
    return recorder


def recorder_between(broadcaster, logf, sink, source):
    broadcaster.start_logging(logf)
    recorder = broadcaster.new_recorder(source)
    broadcaster.start_recording_to_sink(sink)
    return recorder


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (recorder_first, "The log should hear Starting and Late, and hears Late"),
        (recorder_between, "The sink should hear Starting and Late, and hears Late"),
        (lambda broadcaster, logf, sink, source: None, "raises AttributeError"),
    ],
)
def test_a_wrong_wiring_is_refuted(attempt, says: str) -> None:
    verdict = kubelet.check_wire(attempt)
    refuted(verdict, says)


# --- chapters 5 to 7 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (full_channel, "keep_the_newest"),
        (full_channel, "insist"),
        (distributing, "run_all"),
        (distributing, "shut_down"),
        (two_counters, "wait"),
        (two_counters, "add"),
    ],
)
def test_the_solutions_of_5_to_7_are_right_and_their_skeletons_not_yet(module, name: str) -> None:
    expect_solved_and_not_yet(module, name)


def drops_the_newest(queue, event):
    queue.try_send(event)


def receives_for_sure(queue, event):
    if not queue.try_send(event):
        queue.receive()
        queue.try_send(event)


def forgets_the_event(queue, event):
    if not queue.try_send(event):
        queue.try_receive()


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (drops_the_newest, "the queue should hold event 1, and holds event 0"),
        (receives_for_sure, "a reader who comes in between: nobody can go on"),
        (forgets_the_event, "the queue should hold event 1, and holds nothing"),
        (lambda queue, event: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_queue_that_does_not_keep_the_newest_is_refuted(attempt, says: str) -> None:
    verdict = full_channel.check_keep_the_newest(attempt)
    refuted(verdict, says)


def waits_for_ever(queue, stopped, event):
    queue.send(event)
    return True


def does_not_wait(queue, stopped, event):
    return queue.try_send(event)


def says_yes_to_everything(queue, stopped, event):
    select(Send(queue, event), Receive(stopped))
    return True


def asks_again_and_again(queue, stopped, event):
    while not queue.try_send(event):
        if stopped.closed:
            return False
    return True


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (waits_for_ever, "leaves without reading: nobody can go on"),
        (does_not_wait, "reads both: `insist` returned True and False"),
        (says_yes_to_everything, "0 of the events is on the queue, and `insist` returned True and True"),
        pytest.param(asks_again_and_again, "goes round in a circle", marks=pytest.mark.weekly),
    ],
)
def test_a_sender_that_does_not_insist_is_refuted(attempt, says: str) -> None:
    verdict = full_channel.check_insist(attempt)
    refuted(verdict, says)


def announces_without_looking_again(word, semaphore):
    if word.load() >> 32:
        word.add(1)
        semaphore.acquire()


def tries_once(word, semaphore):
    seen = word.load()
    if seen >> 32 and word.compare_and_swap(seen, seen + 1):
        semaphore.acquire()


def spins(word, semaphore):
    while word.load() >> 32:
        pass


def sleeps_without_a_look(word, semaphore):
    semaphore.acquire()


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (announces_without_looking_again, "1 worker, and 1 who waits: nobody can go on"),
        (tries_once, "`wait` returned when the work of 1 of 2 workers was done"),
        (spins, "goes round in a circle"),
        (sleeps_without_a_look, "0 workers, and 1 who waits: nobody can go on"),
    ],
)
def test_a_wrong_wait_is_refuted(attempt, says: str) -> None:
    verdict = two_counters.check_wait(attempt)
    refuted(verdict, says)


def looks_instead_of_remembering(word, semaphore, delta):
    word.add(delta << 32)
    now = word.load()
    if now >> 32 == 0:
        word.store(0)
        for _ in range(now & 0xFFFFFFFF):
            semaphore.release()


def wakes_one(word, semaphore, delta):
    after = word.add(delta << 32)
    if after >> 32 == 0 and after:
        word.store(0)
        semaphore.release()


def wakes_before_it_clears(word, semaphore, delta):
    after = word.add(delta << 32)
    if after >> 32 == 0:
        for _ in range(after & 0xFFFFFFFF):
            semaphore.release()
        word.store(0)


def adds_to_the_wrong_half(word, semaphore, delta):
    word.add(delta)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (looks_instead_of_remembering, "the semaphore was released 1 time too often"),
        (wakes_one, "1 worker, and 2 who wait: nobody can go on"),
        (wakes_before_it_clears, "WaitGroup is reused before previous Wait has returned"),
        (adds_to_the_wrong_half, "`wait` returned when the work of 1 of 2 workers was done"),
    ],
)
def test_a_wrong_add_is_refuted(attempt, says: str) -> None:
    verdict = two_counters.check_add(attempt)
    refuted(verdict, says)


def counts_inside(functions):
    group = WaitGroup("group")

    def run(function):
        group.add(1)
        function()
        group.done()

    for function in functions:
        go(run, function, name="worker")
    group.wait()


def counts_one_for_all(functions):
    group = WaitGroup("group")
    group.add(1)

    def run(function):
        function()
        group.done()

    for function in functions:
        go(run, function, name="worker")
    group.wait()


def is_done_before_it_begins(functions):
    group = WaitGroup("group")

    def run(function):
        group.done()
        function()

    for function in functions:
        group.add(1)
        go(run, function, name="worker")
    group.wait()


def calls_one_after_the_other(functions):
    for function in functions:
        function()


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (counts_inside, "1 function: `run_all` returned when 0 of 1 function had ended"),
        (counts_one_for_all, "0 functions: nobody can go on"),
        (is_done_before_it_begins, "1 function: `run_all` returned when 0 of 1 function had ended"),
        (calls_one_after_the_other, "2 functions: nobody can go on"),
        (lambda functions: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_a_wrong_way_to_wait_for_all_is_refuted(attempt, says: str) -> None:
    verdict = distributing.check_run_all(attempt)
    refuted(verdict, says)


def closes_without_asking(incoming, latch, closing):
    incoming.close()
    latch.wait()


def asks_and_then_closes(incoming, latch, closing):
    if closing.load() == 0:
        closing.store(1)
        incoming.close()
    latch.wait()


def lets_the_second_go_at_once(incoming, latch, closing):
    if closing.compare_and_swap(0, 1):
        incoming.close()
        latch.wait()


def does_not_wait_for_the_loop(incoming, latch, closing):
    if closing.compare_and_swap(0, 1):
        incoming.close()


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (closes_without_asking, "2 who shut down: your code raises CloseOfClosedChannel"),
        (asks_and_then_closes, "2 who shut down: your code raises CloseOfClosedChannel"),
        (lets_the_second_go_at_once, "2 who shut down: `shut_down` returned before the loop had ended"),
        (does_not_wait_for_the_loop, "1 who shuts down: `shut_down` returned before the loop had ended"),
        (lambda incoming, latch, closing: latch.wait(), "1 who shuts down: nobody can go on"),
    ],
)
def test_a_wrong_shut_down_is_refuted(attempt, says: str) -> None:
    verdict = distributing.check_shut_down(attempt)
    refuted(verdict, says)


def test_a_refuted_run_of_a_broadcaster_has_a_stage_and_one_of_a_queue_alone_has_none() -> None:
    def too_late(made: Any) -> list[Any]:
        watcher = made.watch()
        made.action("ADDED", "one")
        made.shutdown()
        return list(watcher)

    def waits(queue: Any, event: str) -> None:
        while not queue.try_send(event):
            queue.receive()

    late, stuck = broadcaster.check_race(too_late), full_channel.check_keep_the_newest(waits)
    assert not late
    assert not stuck
    stage = stage_of(late.steps)
    assert stage is not None
    assert len(stage.data["runs"]["0"]["steps"]) > 5
    assert stage_of(stuck.steps) is None
    assert stage_of([]) is None
