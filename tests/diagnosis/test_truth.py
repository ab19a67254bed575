"""Reports against the truth: pipelines of many kinds at every release, of which all is known.

A finding that is called certain holds always, one that is given the defaults holds where they do. What the data proves
is said, and what has become of an event that is missing is among the causes that are left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import median

import pytest

from kevent.diagnosis import diagnose, judging
from kevent.diagnosis.absence import _Looking
from kevent.diagnosis.groups import Group
from kevent.diagnosis.seen import Seen
from kevent.versions import RELEASES
from tests.diagnosis.pipelines import KINDS, pipeline
from tests.diagnosis.truths import answers, proven, untrue
from tests.site.built import some_weekly

SOME = 16 * len(KINDS)
MANY = 5000


@dataclass
class Score:
    """How reports have done."""

    untrue: list[str] = field(default_factory=list)
    said: Counter[bool] = field(default_factory=Counter)
    unsaid: list[str] = field(default_factory=list)
    right: Counter[bool] = field(default_factory=Counter)
    by_kind: dict[str, Counter[bool]] = field(default_factory=dict)
    """Whether what became of an event was among the answers, by what it was."""
    lengths: list[int] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    releases: set[str] = field(default_factory=set)

    def check(self) -> None:
        assert self.untrue == []
        assert self.said[True] >= 0.95 * self.said.total(), self.unsaid[:20]
        for kind, right in self.by_kind.items():
            assert right[True] >= 0.95 * right.total() - 1, (kind, right)  # of a few one may be missed
        assert self.right[True] >= 0.95 * self.right.total(), self.right
        assert median(self.lengths) <= 3


def score(seeds: range) -> Score:
    found = Score()
    for seed in seeds:
        truth = pipeline(seed)
        report = diagnose([truth.data()], release=truth.release, limits=truth.told)
        found.untrue += [f"seed {seed}, {truth.kind}: {words}" for words in untrue(truth, report)]
        for rule, name, said in proven(truth, report):
            found.said[said] += 1
            if not said:
                found.unsaid.append(f"seed {seed}: {rule} of {name}")
        for right, given in answers(truth, report):
            listed = bool(right & set(given))
            found.right[listed] += 1
            found.by_kind.setdefault(min(right), Counter())[listed] += 1
            found.lengths.append(len(given))
        found.kinds.add(truth.kind)
        found.releases.add(truth.release)
    return found


@pytest.mark.filterwarnings("ignore")
def test_no_report_is_untrue_and_what_is_proven_is_said(complaints) -> None:
    found = score(range(SOME))
    complaints.take()
    found.check()
    assert found.kinds == set(KINDS)
    assert found.releases == set(RELEASES)
    assert found.said.total() > 1000
    assert found.right.total() > 200


@pytest.mark.weekly
@pytest.mark.parametrize("start", range(SOME, MANY, 500))
def test_no_report_is_untrue_of_thousands(start: int, complaints) -> None:
    found = score(range(start, min(start + 500, MANY)))
    complaints.take()
    found.check()


def test_a_cause_that_is_no_longer_listed_is_noticed(monkeypatch: pytest.MonkeyPatch, complaints) -> None:
    monkeypatch.setattr(_Looking, "of_the_budget", lambda looking: [])
    found = score(range(4 * len(KINDS)))
    with pytest.raises(AssertionError, match=r"filtered|combined"):
        found.check()
    complaints.take()


def _no_refill(stretches, limits) -> int:
    return sum(count for _, _, count in stretches) - limits.burst


BROKEN = {
    "a bucket that is never refilled": (judging, "held_back", _no_refill),
    "both types pay from one budget, at every release": (
        judging._Judge,
        "budgets",
        lambda judge, events: judge.budget("", events),
    ),
    "every count is a combined one": (Seen, "combined", property(lambda seen: seen.count > 1)),
    "an object counts one too many": (
        Group,
        "observed",
        property(lambda group: sum(e.count + 1 for e in group.events)),
    ),
    "every event is late": (judging, "LATE", -1),
    "a patch wherever there is a last time": (judging, "SECOND", -(10**12)),
    "all that begins with the same letter is equal": (
        Seen,
        "digest",
        property(lambda seen: seen.message[:1], lambda *_: None),
    ),
}


OFTEN = ("a bucket that is never refilled", "every count is a combined one")


@pytest.mark.ci
@pytest.mark.parametrize("break_", some_weekly(BROKEN, OFTEN))
def test_a_rule_that_is_broken_is_noticed(break_: str, monkeypatch: pytest.MonkeyPatch, complaints) -> None:
    owner, name, instead = BROKEN[break_]
    monkeypatch.setattr(owner, name, instead)
    assert any(score(range(start, start + len(KINDS))).untrue for start in range(0, SOME, len(KINDS)))
    complaints.take()
