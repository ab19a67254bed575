"""What CorrelatorTimeline tells is what a correlator's own books say, event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pytest

from kevent import CorrelatorOptions, Event, EventSource, runtime
from kevent.correlator import EventCorrelator, get_spam_key
from kevent.figures import CorrelatorTimeline
from kevent.figures.correlator_timeline import tell_correlator_timeline
from kevent.figures.go_lines import go_lines
from kevent.figures.storyboard import Storyboard
from kevent.reference import ObjectReference
from kevent.simulation import looking, simulate
from tests.figures.correlator_books import Told
from tests.figures.scenarios import POD, probes

Burst = Iterable[tuple[float, Event]]


def mixed(*, count: int = 120, pause: float = 20) -> Iterator[tuple[float, Event]]:
    """Two pods, two reasons, many messages: several groups and two buckets, some of them silent for a while."""
    other = ObjectReference(kind="Pod", namespace="default", name="web-1", uid="2", api_version="v1")
    for number in range(count):
        about = POD if number % 3 else other
        reason = "BackOff" if number % 5 else "Evicted"
        yield (700 if number % 50 == 49 else pause), Event(
            name=f"e.{number}", involved_object=about, reason=reason, type="Warning" if number % 2 else "Normal",
            message=f"try {number * number % 17}", count=1, source=EventSource(component="kubelet", host="node-1"),
        )  # fmt: skip


BURSTS: list[tuple[Callable[[], Burst], CorrelatorOptions]] = [
    (probes, CorrelatorOptions()),
    (probes, CorrelatorOptions(burst_size=5, max_events=4)),
    (mixed, CorrelatorOptions()),
    (mixed, CorrelatorOptions(max_events=2)),
    (mixed, CorrelatorOptions(max_events=1, burst_size=3)),
    (partial(mixed, pause=1), CorrelatorOptions(max_events=3, qps=1 / 20, max_interval_in_seconds=5)),
    (mixed, CorrelatorOptions(spam_key_func=lambda event: get_spam_key(event) + event.type, burst_size=2)),
]
CASES = pytest.mark.parametrize(("burst", "options"), BURSTS)


def told(board: Storyboard) -> list[Told]:
    return [Told(*entry) for entry in board.state["done"]]


def books(burst: Burst, options: CorrelatorOptions) -> list[tuple[str, int | None, list[str], float, float]]:
    """Outcome, count, group afterwards, and tokens before and after, of a correlator that nobody has touched."""
    found: list[tuple[str, int | None, list[str], float, float]] = []

    def run() -> None:
        correlator = EventCorrelator(options)
        for pause, event in burst:
            runtime.sleep(pause)
            with looking():
                before = correlator.spam_filter.tokens(event)
            result = correlator.event_correlate(event)
            outcome, count = "filtered", None
            if result.event is not None:
                correlator.update_state(result.event)
                combined = result.event.message != event.message
                outcome = " ".join(["combined"] * combined + ["patched"] * (result.patch is not None)) or "created"
                count = result.event.count
            with looking():
                group, after = correlator.aggregator.similar(event), correlator.spam_filter.tokens(event)
            found.append((outcome, count, sorted(group), before, after))

    assert simulate(run).error is None
    return found


@CASES
def test_outcomes_counts_groups_and_tokens_are_the_correlators(
    burst: Callable[[], Burst], options: CorrelatorOptions
) -> None:
    board = tell_correlator_timeline(burst(), options)
    messages = [own for _, own in board.start["messages"]]
    for each, (outcome, count, group, before, after) in zip(told(board), books(burst(), options), strict=True):
        assert each.outcome == outcome
        assert count in (None, each.times)
        assert sorted(messages[one] for one in each.group if one != each.gone) == group
        assert (each.before, each.after) == (round(before * 1000), round(after * 1000))


@CASES
def test_no_message_comes_or_goes_unseen(burst: Callable[[], Burst], options: CorrelatorOptions) -> None:
    """A group is what it was, and the new one, less the one that is forgotten; or it was forgotten as a whole."""
    known: dict[int, list[int]] = {}
    for each in told(tell_correlator_timeline(burst(), options)):
        before = known.get(each.keys[1], [])
        assert each.own in each.group
        assert len(set(each.group)) == len(each.group) <= options.max_events
        assert each.group == ([each.own] if each.reset else list(dict.fromkeys([*before, each.own])))
        assert (each.gone >= 0) is (len(each.group) == options.max_events)
        known[each.keys[1]] = [one for one in each.group if one != each.gone]


@CASES
def test_no_token_comes_from_nowhere(burst: Callable[[], Burst], options: CorrelatorOptions) -> None:
    """A bucket has what it had, and what time gave; a write takes one, and who cannot pay takes none."""
    last: dict[int, tuple[int, int]] = {}
    buckets = set()
    for each in told(tell_correlator_timeline(burst(), options)):
        bucket = each.keys[0]
        buckets.add(bucket)
        if bucket not in last:
            assert (each.left, each.before) == (-1, options.burst_size * 1000)
        else:
            time, left = last[bucket]
            assert each.left == left
            given = (each.time - time) / 1e6 * options.qps * 1000
            assert each.before == pytest.approx(min(left + given, options.burst_size * 1000), abs=2)
        paid = 0 if each.outcome == "filtered" else 1000
        assert each.before - each.after == pytest.approx(paid, abs=1)
        assert (each.before < 1000) is (each.outcome == "filtered") or each.before in (999, 1000)
        last[bucket] = each.time, each.after
    assert len(buckets) in (1, 2, 4)


@CASES
def test_the_server_knows_what_was_written_and_no_more(burst: Callable[[], Burst], options: CorrelatorOptions) -> None:
    came: dict[int, int] = {}
    stored: dict[int, int] = {}
    events = told(tell_correlator_timeline(burst(), options))
    for each in events:
        came[each.keys[2]] = came.get(each.keys[2], 0) + 1
        assert each.times == came[each.keys[2]]
        if each.outcome == "filtered":
            assert each.fate != "written"
        else:
            assert each.fate == "written"
            stored[each.object] = each.times
    assert sorted(stored) == list(range(len(stored)))
    ever = {each.keys[2] for each in events if each.fate == "written"}
    for each in events:
        if each.outcome == "filtered":
            assert each.fate == ("counted" if each.keys[2] in ever else "lost")


def test_a_key_is_asked_which_parts_it_looks_at() -> None:
    def spans(part: Callable[[Event], str]) -> list[int]:
        options = CorrelatorOptions(spam_key_func=lambda event: get_spam_key(event) + part(event))
        found: list[int] = tell_correlator_timeline(mixed(count=3), options).start["spans"]
        return found

    assert spans(lambda event: "") == [2, 4]
    assert spans(lambda event: event.type) == [3, 4]
    assert spans(lambda event: event.reason) == [4, 4]


@CASES
def test_each_step_names_the_line_that_asked_what_decided(
    burst: Callable[[], Burst], options: CorrelatorOptions
) -> None:
    board = tell_correlator_timeline(burst(), options, "1.14")
    assert board.release == "1.14"
    asked = {
        "combined": ("self.aggregator.event_aggregate(", 451),
        "filtered": ("self.spam_filter.filter(", 453),
        "created": ("self.logger.event_observe(", 452),
        "patched": ("self.logger.event_observe(", 452),
    }
    for scene, each in zip(board.scenes, told(board), strict=True):
        text, number = asked[each.outcome.split()[0]]
        place = scene.moment.places[0]
        assert place.function == "correlator.EventCorrelator.event_correlate"
        assert text in place.text
        assert go_lines(scene.moment, "1.14")[0] == ("events_cache.go#EventCorrelator.EventCorrelate", number, "")


def test_it_opens_at_what_is_lost_for_good_else_at_the_first_combined_event_or_refusal() -> None:
    crash = Event(name="web-0", involved_object=POD, reason="BackOff", type="Warning", message="again", count=1)
    evicted = Event(name="web-0", involved_object=POD, reason="Evicted", type="Warning", message="memory", count=1)
    board = tell_correlator_timeline([(1, crash)] * 30, CorrelatorOptions())
    assert (board.poster, told(board)[25].outcome, told(board)[24].outcome) == (25, "filtered", "patched")
    board = tell_correlator_timeline([*[(1, crash)] * 30, (1, evicted)], CorrelatorOptions())
    assert board.poster == 30
    assert board.scenes[30].sentence.endswith("nothing else will tell of it.")
    board = tell_correlator_timeline(probes(), CorrelatorOptions())
    assert told(board)[board.poster].outcome == "combined"


def test_a_burst_of_nothing_is_a_figure_too() -> None:
    figure = CorrelatorTimeline(list, title="Silence")
    assert "Silence" in figure.html()
