"""The correlator's parts, its token bucket and its LRU, where the vectors cannot look."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kevent.correlator import (
    CorrelatorOptions,
    EventAggregator,
    EventCorrelator,
    EventLogger,
    EventSourceObjectSpamFilter,
    get_event_key,
    get_spam_key,
)
from kevent.event import Event, EventSource, ObjectReference
from kevent.lru import LRU
from kevent.simulation import simulate
from kevent.token_bucket import TokenBucket, bucket_of, float32
from kevent.versions import RELEASES
from tests.support import SECOND, START, Clock, python

INT32_MAX, INT32_MIN = 2**31 - 1, -(2**31)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def event(message: str = "Back-off", *, name: str = "web-0", time: int | None = START, **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "name": f"{name}.1",
        "namespace": "default",
        "involved_object": ObjectReference("Pod", "default", name, f"uid-{name}", "v1"),
        "reason": "BackOff",
        "message": message,
        "source": EventSource("kubelet", "node-1"),
        "first_timestamp": time,
        "last_timestamp": time,
        "count": 1,
        "type": "Warning",
    }
    return Event(**{**defaults, **fields})


# --- options -----------------------------------------------------------------------------------------------


def test_defaults_are_client_gos() -> None:
    options = CorrelatorOptions()
    assert options.lru_cache_size == 4096
    assert (options.burst_size, options.qps) == (25, 1 / 300)
    assert (options.max_events, options.max_interval_in_seconds) == (10, 600)


@pytest.mark.parametrize("name", ["lru_cache_size", "burst_size", "max_events", "max_interval_in_seconds"])
@pytest.mark.parametrize("value", [0, -1, 1 << 64, 1.5, "10", None, True])
def test_numbers_are_checked_by_name(name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be "):
        CorrelatorOptions(**{name: value})


@pytest.mark.parametrize("value", [0, -1.0, 1e-60, 1e39, float("nan"), float("inf"), 10**400, "1", None, True])
def test_the_rate_is_checked_by_name(value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^qps must be "):
        CorrelatorOptions(qps=value)


@pytest.mark.parametrize("name", ["key_func", "message_func", "clock", "spam_key_func", "random"])
def test_functions_are_checked_by_name(name: str) -> None:
    functions: dict[str, Any] = {name: "f"}
    with pytest.raises(TypeError, match=f"^{name} must be callable, not str$"):
        CorrelatorOptions(**functions)


def test_options_of_another_type_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^options must be CorrelatorOptions, not dict$"):
        EventCorrelator({})  # type: ignore[arg-type]


def test_every_function_can_be_replaced(clock: Clock) -> None:
    correlator = EventCorrelator(
        CorrelatorOptions(
            clock=clock,
            burst_size=2,
            max_events=2,
            key_func=lambda event: (event.reason, event.type),
            message_func=lambda event: f"all of {event.reason}",
            spam_key_func=lambda event: event.type,
        )
    )
    first = correlator.event_correlate(event(name="a", type="Normal")).event
    second = correlator.event_correlate(event(name="b")).event
    assert first is not None
    assert second is not None
    assert (first.message, second.message) == ("Back-off", "all of BackOff")
    assert [correlator.event_correlate(event(name=name)).skip for name in "cd"] == [False, True]
    assert not correlator.event_correlate(event(name="e", type="Normal")).skip, "a budget of its own"


# --- keys --------------------------------------------------------------------------------------------------


def test_keys_are_joined_without_separator_as_in_go() -> None:
    one = Event(involved_object=ObjectReference(namespace="ab", name="c"))
    other = Event(involved_object=ObjectReference(namespace="a", name="bc"))
    assert get_event_key(one) == get_event_key(other) == get_spam_key(one) == "abc"


def test_every_part_of_a_key_counts() -> None:
    fields = ("kind", "namespace", "name", "uid", "api_version")
    parts = [Event(source=EventSource(component="x")), Event(source=EventSource(host="x"))]
    parts += [Event(involved_object=ObjectReference(**{field: "x"})) for field in fields]
    assert {get_event_key(part) for part in parts} == {get_spam_key(part) for part in parts} == {"x"}
    only_in_events = [Event(type="x"), Event(reason="x"), Event(message="x")]
    only_in_events.append(Event(involved_object=ObjectReference(field_path="x")))
    assert {get_event_key(part) for part in only_in_events} == {"x"}
    assert {get_spam_key(part) for part in only_in_events} == {""}
    assert get_event_key(Event(involved_object=ObjectReference(resource_version="x"), name="x")) == ""


# --- the correlator as a whole -----------------------------------------------------------------------------


def test_nothing_is_no_event() -> None:
    with pytest.raises(ValueError, match=r"^event is nil$"):
        EventCorrelator().event_correlate(None)  # type: ignore[arg-type]


def test_the_event_passed_in_is_not_changed(clock: Clock) -> None:
    correlator = EventCorrelator(CorrelatorOptions(clock=clock))
    first, second = event(), event(name="web-0", annotations={"a": "b"})
    second.name = "web-0.2"
    before = second.copy()
    correlator.event_correlate(first)
    result = correlator.event_correlate(second)
    assert result.event is not None
    assert (result.event.name, result.event.count) == ("web-0.1", 2)
    assert second == before
    assert result.event.annotations == {"a": "b"}


def test_a_filtered_event_was_counted_all_the_same(clock: Clock) -> None:
    correlator = EventCorrelator(CorrelatorOptions(clock=clock))
    results = [correlator.event_correlate(event()) for _ in range(40)]
    assert [result.skip for result in results] == [False] * 25 + [True] * 15
    assert all(result.event is None and result.patch is None for result in results if result.skip)
    clock.time += 301 * SECOND
    late = correlator.event_correlate(event()).event
    assert late is not None
    assert late.count == 41


def test_a_message_fifty_times_is_one_event_and_fifty_messages_are_ten(clock: Clock) -> None:
    options = CorrelatorOptions(clock=clock, burst_size=100)
    correlator = EventCorrelator(options)
    names, last = set(), None
    for number in range(50):
        clock.time += SECOND
        last = correlator.event_correlate(event(f"attempt {number}")).event
        assert last is not None
        names.add(last.name if last.message.startswith("(combined") else last.message)
    assert last is not None
    assert len(names) == 10
    assert (last.count, last.message) == (41, "(combined from similar events): attempt 49")
    assert last.name == f"web-0.{START + 10 * SECOND:x}", "named after the time of the first combined one"
    assert (last.first_timestamp, last.last_timestamp) == (START + 10 * SECOND, clock.time)


# --- the aggregator ----------------------------------------------------------------------------------------


def aggregate(clock: Clock, messages: list[str], random: Any = lambda: 0.0) -> tuple[EventAggregator, list[str]]:
    aggregator = EventAggregator(CorrelatorOptions(clock=clock, random=random))
    return aggregator, [aggregator.event_aggregate(event(message))[0].message for message in messages]


def test_the_tenth_distinct_message_is_combined(clock: Clock) -> None:
    _, messages = aggregate(clock, [str(number) for number in range(12)])
    assert messages[:9] == [str(number) for number in range(9)]
    assert messages[9:] == [f"(combined from similar events): {number}" for number in (9, 10, 11)]


def test_the_time_in_a_combined_events_name_has_64_bits_as_in_go(clock: Clock) -> None:
    clock.time = 2**63  # a moment of the year 2262
    aggregator, _ = aggregate(clock, [str(number) for number in range(9)])
    combined, _ = aggregator.event_aggregate(event("9", time=clock.time))
    assert combined.name == "web-0.-8000000000000000"
    assert combined.first_timestamp == 2**63


def test_which_message_a_full_group_forgets_is_drawn(clock: Clock) -> None:
    messages = [str(number) for number in range(10)]
    forgotten = set()
    for seed in range(60):
        # Whoever was forgotten makes the group full again; everybody else is there already and comes out alone.
        combined = []
        for candidate in messages:
            again, _ = aggregate(clock, messages, Random(seed).random)
            if again.event_aggregate(event(candidate))[0].message != candidate:
                combined.append(candidate)
        assert len(combined) == 1
        forgotten.update(combined)
    assert len(forgotten) > 5


@pytest.mark.parametrize(("gap", "kept"), [(600 * SECOND, True), (600 * SECOND + 1, False), (-SECOND, True)])
def test_a_group_is_forgotten_after_more_than_the_interval(clock: Clock, gap: int, kept: bool) -> None:
    aggregator, _ = aggregate(clock, [str(number) for number in range(9)])
    clock.time += gap
    message = aggregator.event_aggregate(event("tenth"))[0].message
    assert message.startswith("(combined") is kept


def test_a_combined_event_is_a_new_one(clock: Clock) -> None:
    aggregator = EventAggregator(CorrelatorOptions(clock=clock, max_events=1))
    original = event(annotations={"a": "b"}, resource_version="7", count=5, reporting_controller="x", time=None)
    combined, key = aggregator.event_aggregate(original)
    assert key == "kubeletnode-1Poddefaultweb-0uid-web-0v1WarningBackOffx", "with the reporting controller"
    _, old = EventAggregator(CorrelatorOptions(clock=clock, max_events=1), release="1.18").event_aggregate(original)
    assert old == key.removesuffix("x")
    assert combined == Event(
        name=f"web-0.{START:x}",
        namespace="default",
        involved_object=original.involved_object,
        reason="BackOff",
        message="(combined from similar events): Back-off",
        source=original.source,
        first_timestamp=START,
        last_timestamp=START,
        count=1,
        type="Warning",
    )


def test_the_name_of_a_combined_event_before_1970(clock: Clock) -> None:
    clock.time = -26
    combined, _ = EventAggregator(CorrelatorOptions(clock=clock, max_events=1)).event_aggregate(event())
    assert combined.name == "web-0.-1a"


def test_runs_are_equal_in_every_process() -> None:
    program = """
from kevent.correlator import CorrelatorOptions, EventCorrelator
from kevent.event import Event
draws = iter([0.3, 0.7, 0.1, 0.9, 0.5] * 100)
c = EventCorrelator(CorrelatorOptions(clock=lambda: 10**18, burst_size=999, random=lambda: next(draws)))
print([c.event_correlate(Event(message=str(i * i % 23))).event.message for i in range(200)])
"""
    outputs = {python("-c", program, PYTHONHASHSEED=seed).stdout for seed in ("1", "2", "3")}
    (output,) = outputs
    assert "(combined from similar events): " in output


# --- the logger and the patch ------------------------------------------------------------------------------


def observe_twice(first: Event, second: Event) -> tuple[Event, dict[str, Any] | None]:
    logger = EventLogger(CorrelatorOptions())
    assert logger.event_observe(first, "key")[1] is None
    return logger.event_observe(second, "key")


def test_a_repeated_event_carries_on_the_first() -> None:
    first = event(resource_version="7")
    second = event(name="web-0", time=START + SECOND)
    second.name = "web-0.2"
    seen, patch = observe_twice(first, second)
    assert (seen.name, seen.resource_version, seen.count) == ("web-0.1", "7", 2)
    assert (seen.first_timestamp, seen.last_timestamp) == (START, START + SECOND)
    assert patch == {"count": 2, "lastTimestamp": "2019-02-05T00:00:01Z", "message": "Back-off"}
    assert list(patch) == ["count", "lastTimestamp", "message"]


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (None, {"lastTimestamp": None}),
        (0, {}),
        (SECOND - 1, {}),
        (SECOND, {"lastTimestamp": "1970-01-01T00:00:01Z"}),
        (-1, {"lastTimestamp": "1969-12-31T23:59:59Z"}),
    ],
)
def test_a_patch_says_nothing_of_1970(last: int | None, shown: dict[str, Any]) -> None:
    _, patch = observe_twice(event(""), event("", time=last))
    assert patch == {"count": 2, **shown}


@pytest.mark.parametrize(
    ("count", "after", "patched"),
    [
        (1, 2, {"count": 2}),
        (-1, 0, {}),
        (-5, -4, {"count": -4}),
        (INT32_MAX, INT32_MIN, {"count": INT32_MIN}),
        (INT32_MIN, INT32_MIN + 1, {"count": INT32_MIN + 1}),
    ],
)
def test_counting_wraps_around_at_32_bits(count: int, after: int, patched: dict[str, int]) -> None:
    seen, patch = observe_twice(event("", count=count), event("", time=0))
    assert seen.count == after
    assert patch == patched


def test_a_count_of_zero_is_not_remembered() -> None:
    seen, patch = observe_twice(event(count=0), event(count=3))
    assert (seen.count, patch) == (3, None)


def test_what_the_server_answered_is_carried_on() -> None:
    logger = EventLogger(CorrelatorOptions())
    logger.event_observe(event(), get_event_key(event()))
    logger.update_state(event(count=7, resource_version="42", time=START + SECOND))
    seen, _ = logger.event_observe(event(), get_event_key(event()))
    assert (seen.count, seen.resource_version, seen.first_timestamp) == (8, "42", START + SECOND)


# --- the spam filter and its bucket ------------------------------------------------------------------------


def test_the_budget_is_for_a_source_and_an_object(clock: Clock) -> None:
    spam = EventSourceObjectSpamFilter(CorrelatorOptions(clock=clock, burst_size=1))
    assert not spam.filter(event())
    assert spam.filter(event("another message", reason="Killing"))
    assert not spam.filter(event(name="web-1"))
    assert not spam.filter(event(source=EventSource("kubelet", "node-2")))


@pytest.mark.parametrize(("release", "muted"), [("1.31", True), ("1.32", False)])
def test_normal_events_mute_a_warning_until_they_have_a_budget_of_their_own(
    clock: Clock, release: str, muted: bool
) -> None:
    spam = EventSourceObjectSpamFilter(CorrelatorOptions(clock=clock, burst_size=1), release=release)
    assert not spam.filter(event(type="Normal"))
    assert spam.filter(event(type="Warning")) == muted


def test_an_object_that_the_cache_forgot_has_its_budget_back(clock: Clock) -> None:
    spam = EventSourceObjectSpamFilter(CorrelatorOptions(clock=clock, burst_size=1, lru_cache_size=2))
    names = ["a", "a", "b", "a", "c", "a", "b"]
    # c pushed b out and not a, which was asked for meanwhile.
    assert [spam.filter(event(name=name)) for name in names] == [False, True, False, True, False, True, False]


@pytest.mark.parametrize("release", {release.bucket: name for name, release in RELEASES.items()}.values())
@pytest.mark.parametrize("qps", [3e-11, 1e-10, 1e-9, 1 / 300, 1e9])
@pytest.mark.parametrize("burst", [1, 2])
def test_a_filter_says_what_a_bucket_for_each_object_would(release: str, qps: float, burst: int, clock: Clock) -> None:
    """Also where a rate is so low that, by Go's arithmetic, not even the first event finds a token."""
    options = CorrelatorOptions(clock=clock, qps=qps, burst_size=burst)
    spam = EventSourceObjectSpamFilter(options, release=release)
    buckets = {name: bucket_of(release)(qps, burst) for name in ("a", "b")}
    for name in "aababbbaab":
        assert spam.filter(event(name=name)) is not buckets[name].try_accept(clock.time), name
        clock.time += SECOND


def test_looking_at_the_budget_takes_nothing_of_it(clock: Clock) -> None:
    spam = EventSourceObjectSpamFilter(CorrelatorOptions(clock=clock, burst_size=2, qps=0.5))
    assert spam.tokens(event()) == 2
    assert [spam.filter(event()) for _ in range(3)] == [False, False, True]
    assert spam.tokens(event()) == spam.tokens(event()) == 0
    clock.time += SECOND
    assert spam.tokens(event()) == 0.5
    clock.time -= 2 * SECOND
    assert spam.tokens(event()) == 0
    clock.time += 100 * SECOND
    assert spam.tokens(event()) == spam.tokens(event(name="web-1")) == 2


def test_looking_makes_no_entry_younger(clock: Clock) -> None:
    options = CorrelatorOptions(clock=clock, burst_size=1, lru_cache_size=2)
    spam, aggregator = EventSourceObjectSpamFilter(options), EventAggregator(options)
    for name in ("old", "young"):
        spam.filter(event(name=name))
        aggregator.event_aggregate(event(name=name))
    assert (round(spam.tokens(event(name="old"))), len(aggregator.similar(event(name="old")))) == (0, 1)
    spam.filter(event(name="newest"))
    aggregator.event_aggregate(event(name="newest"))
    # It was the oldest all the same, and is forgotten.
    assert (spam.tokens(event(name="old")), len(aggregator.similar(event(name="old")))) == (1, 0)


def test_a_group_can_be_asked_for_its_size(clock: Clock) -> None:
    aggregator = EventAggregator(CorrelatorOptions(clock=clock, max_events=3))
    sizes = []
    for message in ("one", "two", "two", "three", "four"):
        aggregator.event_aggregate(event(message))
        sizes.append(len(aggregator.similar(event("any"))))
    assert sizes == [1, 2, 2, 2, 2]
    assert len(aggregator.similar(event(name="web-1"))) == 0


def test_float32_is_gos() -> None:
    assert float32(1 / 300) == 0.0033333334140479565
    assert float32(0.5) == 0.5


def accepted(bucket: TokenBucket, *times: int) -> list[bool]:
    return [bucket.try_accept(START + time) for time in times]


def test_a_look_at_a_bucket_takes_nothing() -> None:
    bucket = TokenBucket(1.0, 3)
    assert bucket.level(START) == 3
    assert accepted(bucket, 0, 0) == [True, True]
    assert [bucket.level(START + second * SECOND) for second in (0, 1, 1, 9)] == [1, 2, 2, 3]
    assert bucket.level(START - SECOND) == 1, "a clock that was set back gives nothing"


def test_a_bucket_is_full_at_first_and_refills() -> None:
    bucket = TokenBucket(1 / 300, 25)
    assert accepted(bucket, *[0] * 27) == [True] * 25 + [False] * 2
    # The 32-bit rate is a little above 1/300: the token is there 7 µs before the five minutes are over.
    due = 299_999_992_735
    assert accepted(bucket, 299 * SECOND, due - 2, due - 1, due, due) == [False, False, False, True, False]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(1.0, 3)
    assert accepted(bucket, 0, 0, 0, 0) == [True, True, True, False]
    assert accepted(bucket, *[1000 * SECOND] * 4) == [True, True, True, False]


def test_a_clock_that_goes_back_gives_no_token() -> None:
    bucket = TokenBucket(1.0, 1)
    assert accepted(bucket, 0, -5 * SECOND) == [True, False]
    # The refusal moved the last look back, so the time from there on counts again.
    assert accepted(bucket, -4 * SECOND) == [True]


def test_a_wait_of_less_than_a_nanosecond_is_none() -> None:
    bucket = TokenBucket(7.0, 1)
    # Filling it takes 142857142.86 ns, of which Go counts the whole ones: it is never quite full.
    assert accepted(bucket, 0) == [True]
    assert -1e-8 < bucket.tokens < 0
    assert accepted(bucket, 142_857_142, 142_857_143) == [False, True]


def test_rates_that_overflow_gos_duration() -> None:
    # What takes longer than 292 years is the least int64 in Go on amd64. So is the wait for it: no wait.
    slow = TokenBucket(1e-20, 1)
    assert accepted(slow, 0, 0, 1) == [True, True, True]
    fast = TokenBucket(3.4e38, 2)
    assert accepted(fast, 0, 0, 0, 1) == [True, True, True, True]


# --- the LRU -----------------------------------------------------------------------------------------------


def test_lru_forgets_what_was_not_used_for_longest() -> None:
    lru: LRU[str, int] = LRU(2)
    lru.add("a", 1)
    lru.add("b", 2)
    assert lru.get("a") == 1
    lru.add("c", 3)
    assert ("a" in lru, "b" in lru, "c" in lru) == (True, False, True)
    lru.add("a", 4)
    lru.add("d", 5)
    assert (lru.get("a"), lru.get("c"), lru.get("d"), len(lru)) == (4, None, 5, 2)


KEYS = st.integers(0, 7)


@given(st.integers(1, 5), st.lists(st.tuples(st.sampled_from(["get", "peek", "add"]), KEYS), max_size=200))
def test_lru_remembers_what_a_list_in_the_order_of_use_would(size: int, orders: list[tuple[str, int]]) -> None:
    lru: LRU[int, int] = LRU(size)
    used: list[tuple[int, int]] = []  # the oldest first
    for number, (order, key) in enumerate(orders):
        value = dict(used).get(key)
        if order == "add":
            lru.add(key, value := number)
        else:
            assert (lru.get if order == "get" else lru.peek)(key) == value
        if order != "peek" and value is not None:
            used = [*(entry for entry in used if entry[0] != key), (key, value)][-size:]
        assert (len(lru), {key for key in range(8) if key in lru}) == (len(used), set(dict(used)))


@pytest.mark.parametrize("size", [0, -1, 1.0, True, None])
def test_lru_wants_a_size(size: Any) -> None:
    with pytest.raises(ValueError, match=r"^size must be a whole number of at least 1"):
        LRU(size)


# --- in a simulation ---------------------------------------------------------------------------------------


def test_the_locks_have_names_for_the_trace() -> None:
    def scenario() -> None:
        EventCorrelator().event_correlate(event())

    run = simulate(scenario)
    assert run.error is None
    assert [step.name for step in run.trace if step.operation == "acquire"] == [
        "aggregator",
        "event logger",
        "spam filter",
    ]
