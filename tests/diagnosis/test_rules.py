"""Each rule once, on the smallest list that shows it, and once on one that nearly does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kevent.diagnosis import CAUSES, LEVELS, RULES, Limits, Missing, Report, absence, diagnose
from kevent.diagnosis.budget import held_back, let_through
from kevent.diagnosis.report import command
from kevent.diagnosis.words import clock, filled, long, plain

SECOND = 1_000_000_000
NOON = 1_772_366_400 * SECOND


def iso(second: int) -> str:
    return f"2026-03-01T{12 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def event(
    at: int = 0, *, until: int | None = None, count: int = 1, stored: int | None = None, message: str = "m",
    number: int = 0, about: str = "web-0", kind: str = "Warning", reason: str = "BackOff", component: str = "kubelet",
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """An event as client-go's recorder names it, made `at` seconds after noon."""
    name = f"{about}.{NOON + at * SECOND + number:x}"
    return {
        "kind": "Event", "reason": reason, "message": message, "type": kind, "count": count,
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": iso(at if stored is None else stored)},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": about, "uid": f"u-{about}"},
        "source": {"component": component, "host": "node-1"}, "firstTimestamp": iso(at),
        "lastTimestamp": iso(at if until is None else until), **more,
    }  # fmt: skip


def report(*items: dict[str, Any], stream: bool = False, **how: Any) -> Report:
    text = "\n".join(map(json.dumps, items)) if stream else json.dumps({"kind": "List", "items": items})
    return diagnose([text.encode()], **how)


def keys(found: Report) -> set[str]:
    return {finding.rule.key for group in found.groups for finding in found.of(group)} | {
        finding.rule.key for finding in found.findings
    }


def held(found: Report) -> int:
    return sum(finding.at_least or 0 for group in found.groups for finding in found.of(group))


def test_every_finding_has_its_words() -> None:
    found = report(
        event(count=42, until=301), event(310, kind="Normal", message="(combined from similar events): x", count=3)
    )
    for group in found.groups:
        for finding in found.of(group):
            assert "{" not in finding.title + finding.why
            assert finding.level in LEVELS


# --- the budget ------------------------------------------------------------------------------------------------------


def test_what_was_counted_beyond_the_budget_was_not_written() -> None:
    assert held(report(event(count=42, until=301))) == 16
    assert held(report(event(count=25, until=10))) == 0
    assert held(report(event(count=27, until=3600))) == 0, "26 at once and one later, or evenly: nobody can tell"
    assert held(report(event(count=42, until=301), limits=Limits(burst=100))) == 0


def test_each_type_pays_from_its_own_budget_since_1_32() -> None:
    both = [event(count=20, until=60, kind="Normal"), event(1, count=20, until=60, kind="Warning", message="n")]
    assert held(report(*both)) == 0
    assert held(report(*both, release="1.31")) == 15


def test_no_event_in_the_list_is_said_not_to_have_been_written() -> None:
    many = [event(n, message=str(n)) for n in range(60)]
    assert held(report(*many)) == 0
    assert "beyond" in keys(report(*many))
    assert "beyond" not in keys(report(*many[:30])), "clocks may differ"


def test_two_reporters_without_a_source_do_not_share_a_budget() -> None:
    def told(name: str, number: int) -> dict[str, Any]:
        return event(
            count=20, until=60, number=number, message=name, source={}, reportingComponent=name, reportingInstance="a"
        )

    found = report(told("one", 1), told("other", 2), release="1.20")
    assert [group.source for group in found.groups] == ["one on a", "other on a"]
    assert held(found) == 0


def test_two_bursts_far_apart_have_a_budget_each() -> None:
    hour = 3600 * SECOND
    one, other = (0, 9 * SECOND, 40), (5 * hour, 5 * hour + 9 * SECOND, 40)
    assert held_back([one]) == 15
    assert held_back([one, other]) == 30
    assert held_back([(0, 5 * hour + 9 * SECOND, 80)]) == 0


def test_many_stretches_are_judged_in_runs() -> None:
    few = [(n * SECOND, n * SECOND, 1) for n in range(40)]
    many = [(n * SECOND, n * SECOND, 1) for n in range(100)]
    late = [(start + 20_000 * SECOND, end + 20_000 * SECOND, count) for start, end, count in many]
    assert held_back(few) == 15
    assert held_back(many) == 75
    assert held_back(many + late) == 150


def test_a_count_of_millions_is_arithmetic() -> None:
    year = 365 * 86_400 * SECOND
    assert held_back([(0, year, 1_400_000)]) == 1_400_000 - let_through(year + SECOND)
    assert "wrapped" in keys(report(event(count=-5, until=60)))


# --- names and times -------------------------------------------------------------------------------------------------


def test_a_name_tells_how_late_it_was_stored() -> None:
    assert "late" in keys(report(event(stored=41)))
    assert "late" not in keys(report(event(stored=3)))
    unsigned = event(stored=41)
    unsigned["metadata"]["name"] = "web-0.1"
    assert keys(report(unsigned)) == {"unsigned"}


def the(found: Report, key: str) -> Any:
    (finding,) = [finding for group in found.groups for finding in found.of(group) if finding.rule.key == key]
    return finding


def test_a_count_that_is_older_than_its_object() -> None:
    assert the(report(event(stored=4000, count=7, until=4000)), "anew").causes[0] == "recreated"
    assert the(report(event(stored=400, count=7, until=500)), "anew").causes[0] != "recreated", (
        "too young to have expired"
    )


def test_a_clock_that_is_ahead() -> None:
    assert "ahead" in keys(report(event(60, stored=0)))
    assert "ahead" not in keys(report(event(2, stored=0)))


# --- memories --------------------------------------------------------------------------------------------------------


def test_the_same_under_two_names_was_counted_by_two_memories() -> None:
    found = report(event(count=5, until=60), event(100, count=2, until=120))
    assert "twice" in keys(found)
    assert "overlap" not in keys(found)
    assert {"twice", "overlap"} <= keys(report(event(count=5, until=200), event(100, count=2, until=120)))
    other = event(100, count=2, until=120)
    other["involvedObject"]["fieldPath"] = "spec.containers{b}"
    assert "twice" not in keys(report(event(count=5, until=60), other))
    assert "twice" not in keys(report(event(count=5, until=60), event(100, message="other")))


def test_one_that_was_combined_under_two_names_is_said_given_the_defaults_only() -> None:
    combined = [event(at, message=f"(combined from similar events): {at}", count=3, until=at + 9) for at in (0, 100)]
    found = report(*combined)
    assert "combined-twice" in keys(found)
    assert RULES["combined-twice"].level == "given"


def test_counts_that_begin_anew_together_tell_of_a_restart() -> None:
    def pods(*names: str) -> list[dict[str, Any]]:
        return [event(at, about=name, count=2, until=at + 9) for name in names for at in (0, 100)]

    found = report(*pods("a", "b"))
    assert "restart" in keys(found)
    assert "restart" not in keys(report(*pods("a"))), "one alone may have been forgotten"
    across = event(0, about="c", count=9, until=300)
    assert "restart" not in keys(report(*pods("a", "b"), across)), "somebody remembered"


def test_a_stream_shows_what_a_list_cannot() -> None:
    first, second = event(count=1), event(count=2, until=30)
    first["metadata"]["uid"] = second["metadata"]["uid"] = "e-1"
    first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"] = "5", "9"
    assert "patched" in keys(report(first, second, stream=True))
    second["metadata"]["uid"] = "e-2"
    assert "recreated" in keys(report(first, second, stream=True))
    gone = {"type": "DELETED", "object": first}
    assert "gone" in keys(report({"type": "ADDED", "object": first}, gone, stream=True))


# --- what else an event says -----------------------------------------------------------------------------------------


def series(at: int, version: str = "1", count: int = 2) -> dict[str, Any]:
    made = event(
        at, count=0, firstTimestamp=None, lastTimestamp=None, source={}, reportingComponent="default-scheduler"
    )
    made["involvedObject"]["resourceVersion"] = version
    more = {"series": {"count": count, "lastObservedTime": iso(at + 5)}} if count > 1 else {}
    return {**made, "eventTime": iso(at), **more}


def test_a_series_has_no_budget() -> None:
    found = report(series(0, count=200))
    assert keys(found) == {"series"}
    assert (found.observed, held(found)) == (200, 0)


@pytest.mark.parametrize(
    ("gap", "versions", "cause"), [(10, "12", "rewritten"), (10, "11", "restarted"), (1000, "11", "quiet")]
)
def test_why_a_series_begins_again(gap: int, versions: str, cause: str) -> None:
    found = report(series(0, versions[0]), series(gap, versions[1]))
    assert the(found, "series-twice").causes[0] == cause


def test_what_has_no_namespace_stands_in_default() -> None:
    node = event()
    node["metadata"]["namespace"] = "default"
    node["involvedObject"] = {"kind": "Node", "name": "web-0"}
    assert "default" in keys(report(node))


@pytest.mark.parametrize(
    ("message", "is_one"), [("%!s(MISSING) left", True), ("100%!(NOVERB)", True), ("100%! done", False)]
)
def test_a_text_that_was_taken_for_a_format(message: str, is_one: bool) -> None:
    assert ("format" in keys(report(event(message=message)))) == is_one


def test_a_release_that_is_too_old_for_what_is_seen() -> None:
    named = event(reportingComponent="kubelet", reportingInstance="node-1")
    assert "newer" in keys(report(named, release="1.20"))
    assert "newer" not in keys(report(named))
    random = event()
    random["metadata"]["name"] = "0b9e3f5c-1d2a-4c3b-9a8b-7f6e5d4c3b2a"
    found = report(random, release="1.32")
    assert {"newer", "uuid"} <= keys(found)
    assert keys(report(random)) == {"uuid"}


def test_how_long_a_server_keeps_events_is_read_off_a_list() -> None:
    assert "kept" in keys(report(event(0), event(4000, message="n")))
    assert "kept" not in keys(report(event(0), event(3500, message="n")))
    assert "kept" not in keys(report(event(0, count=2, until=3999), event(4000, message="n"))), "it was written again"


# --- what is missing -------------------------------------------------------------------------------------------------


def asked(found: Report, **known: Any) -> list[str]:
    return [cause.key for cause in absence(found, Missing(kind="pod", name="web-0", **known))]


def test_one_that_is_counted_is_there() -> None:
    found = report(event(count=5, until=60), event(40, about="other"))
    assert asked(found, reason="BackOff", message="m", at=NOON + 30 * SECOND) == ["counted"]
    assert asked(found, reason="BackOff", message="other", at=NOON + 30 * SECOND)[:1] != ["counted"]


def test_one_that_is_counted_may_have_been_given_up_if_nothing_speaks_against_it() -> None:
    """The count goes on, whatever becomes of a write; what was recorded later and stored at once speaks against it."""
    known = {"reason": "BackOff", "message": "m", "at": NOON + 30 * SECOND}
    assert asked(report(event(count=5, until=60)), **known) == ["counted", "given-up"]
    late = report(event(count=5, until=60), event(40, about="other", stored=150))
    assert {"counted", "given-up"} <= set(asked(late, **known))


def test_one_in_the_last_second_of_a_count_may_have_gone_with_the_process() -> None:
    found = report(event(count=5, until=60), event(70, about="other"))
    assert "ended" in asked(found, reason="BackOff", message="m", at=NOON + 60 * SECOND)
    assert "ended" not in asked(found, reason="BackOff", message="m", at=NOON + 30 * SECOND)


def test_a_process_whose_count_goes_on_has_not_ended() -> None:
    late = event(0, about="other", stored=50), event(100, about="other", message="n")
    assert "ended" in asked(report(*late), reason="X", at=NOON + 10 * SECOND)
    across = event(-60, about="third", count=9, until=400)
    assert "ended" not in asked(report(*late, across), reason="X", at=NOON + 10 * SECOND)


def test_one_that_is_older_than_the_server_keeps_is_forgotten() -> None:
    found = report(event(9000), event(9100, message="n"))
    assert asked(found, reason="X", at=NOON)[0] == "expired"
    assert "expired" not in asked(found, reason="X", at=NOON + 9050 * SECOND)


def test_one_after_an_empty_budget_was_filtered_at_a_release_that_has_one_for_both_types() -> None:
    found = report(event(count=30, until=60, kind="Normal"), release="1.31")
    assert {"filtered", "muted"} <= set(asked(found, reason="X", type="Warning", at=NOON + 61 * SECOND))
    assert "filtered" not in asked(
        report(event(count=30, until=60, kind="Normal")), reason="X", type="Warning", at=NOON + 61 * SECOND
    )


def test_one_beside_others_that_came_late_was_lost_in_an_outage() -> None:
    found = report(event(0, about="other", stored=50), event(100, about="other", message="n"))
    assert asked(found, reason="X", at=NOON + 10 * SECOND)[:2] == ["given-up", "dropped"]


def test_one_before_a_restart_went_with_the_process() -> None:
    found = report(*[event(at, about=name, count=2, until=at + 9) for name in ("a", "b") for at in (0, 100)])
    assert asked(found, reason="X", at=NOON + 50 * SECOND)[0] == "ended"


def test_of_a_series_what_is_not_told_yet_may_be_held_back() -> None:
    found = report(series(0))
    assert "held" in asked(found, reason="BackOff", at=NOON + 60 * SECOND)


def test_where_nothing_is_known_all_is_listed() -> None:
    found = asked(report(event(about="other")))
    assert {"expired", "elsewhere", "unmade"} <= set(found)
    assert len(found) == len(set(found))
    assert set(found) <= set(CAUSES)


# --- words -----------------------------------------------------------------------------------------------------------


def test_numbers_and_times_are_for_people() -> None:
    assert [long(n * SECOND) for n in (0, 41, 960, 12_600, 9 * 86_400)] == [
        "less than a second",
        "41 s",
        "16 min",
        "3.5 h",
        "9 days",
    ]
    assert (clock(NOON), clock(None), plain(1_400_000)) == ("2026-03-01 12:00:00", "an unknown time", "1,400,000")
    assert filled("{n:objects} {n:was}", {"n": 1}) == "1 object was"
    assert filled("{n:objects} {n:was}", {"n": 2000}) == "2,000 objects were"


def test_a_command_has_the_names_and_none_of_them_ends_it() -> None:
    hostile = event(about="web-0; rm -rf $(x) '\"`")
    group = report(hostile).groups[0]
    said = command("grep {name} {log} -n {namespace}", group)
    assert said == "grep web-0??rm?-rf???x????? journalctl -u kubelet --since -2h -n shop"
    assert command("grep {name} {uid}", None) == "grep NAME UID"
    assert "component=my-operator" in command("{log}", report(event(component="my-operator")).groups[0])


def test_a_report_can_be_read_as_another_release() -> None:
    found = report(event(count=20, until=60, kind="Normal"), event(1, count=20, until=60, message="n"))
    assert held(found) == 0
    assert held(found.read_as("1.31", found.limits)) == 15
    assert held(found.read_as("1.31", Limits(burst=100))) == 0
    with pytest.raises(ValueError, match="release must be one from"):
        found.read_as("1.13", found.limits)


def test_loss_is_what_is_not_in_the_list_as_itself() -> None:
    assert report(event(count=42, until=301)).lost
    assert report(event(message="(combined from similar events): x", count=2, until=9)).lost
    assert not report(event(count=3, until=60)).lost
