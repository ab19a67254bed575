"""What kevent knows of the releases, and what the oracle has found of them: each change is seen in its answers."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from kevent.versions import CHANGES, PATCHES, Change, release
from oracle.record import ASKED_OF, QUESTIONS
from oracle.stored import NotStored, Refused, answer, stored
from oracle.toolchain import module, numbers, releases


def said(name: str, shown: str) -> object:
    """What a release answered, or that it could not be asked."""
    kind, _, question = shown.partition(": ")
    try:
        return answer(name, kind, question)
    except Refused:
        return "refused"


def sides(change: Change, tag: str) -> tuple[str, str]:
    """The last release asked that lacks a change, and the first of a tag's minor release that has it."""
    asked = ASKED_OF.get(change.shown.partition(":")[0], releases())
    has = {name: getattr(release(name), change.behaviour) == change.value for name in asked}
    since = next(name for name in asked if numbers(name) >= numbers(tag) and has[name])
    assert numbers(since)[1] == numbers(tag)[1]
    return [name for name in asked if numbers(name) < numbers(tag) and not has[name]][-1], since


@pytest.mark.parametrize(
    ("change", "tag"), [(change, tag) for change in CHANGES for tag in change.since], ids=lambda value: str(value)[:60]
)
def test_the_answers_before_and_after_a_change_differ(change: Change, tag: str) -> None:
    before, since = sides(change, tag)
    assert said(before, change.shown) != said(since, change.shown)


def test_every_release_that_is_asked_is_known_as_it_is_asked() -> None:
    assert [f"1.{minor}" for minor in PATCHES] == [name for name in releases() if name.count(".") == 1]
    for minor, patch in PATCHES.items():
        if minor > 14:  # which has no version of its kind
            assert module(f"1.{minor}", "k8s.io/client-go").name == f"client-go@v0.{minor}.{patch}"


def answers_of(name: str) -> dict[str, str]:
    """What a release answered to the questions that kevent can be asked and that have one answer."""
    found = {}
    for question in sorted(QUESTIONS.glob("*.json")):
        with suppress(NotStored):
            for scenario in json.loads(stored(name, question.stem).read_text(encoding="utf-8")):
                if scenario["kind"] not in UNASKED and "expect" in scenario:
                    found[f"{question.stem}: {scenario['name']}"] = json.dumps(scenario["expect"], sort_keys=True)
    return found


UNASKED = {"logs"}
"""Go's log lines are its own."""


@pytest.mark.parametrize(("before", "since"), list(zip(releases(), releases()[1:], strict=False)))
def test_no_difference_between_two_releases_is_without_a_name(before: str, since: str) -> None:
    one, other = answers_of(before), answers_of(since)
    differs = [question for question in one.keys() & other.keys() if one[question] != other[question]]
    assert not differs or replace(release(before), name="") != replace(release(since), name=""), differs
