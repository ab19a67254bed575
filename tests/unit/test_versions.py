"""The releases as data: how they are folded, and what is no release."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from kevent import versions
from kevent.versions import CHANGES, NEWEST, PATCHES, RELEASES, Release, release, sides
from tests.support import ROOT, tracked


def test_the_defaults_are_the_first_release() -> None:
    assert RELEASES["1.14"] == Release()
    assert next(iter(RELEASES)) == "1.14"
    assert list(RELEASES)[-1] == NEWEST == "1.37"


@pytest.mark.parametrize(
    ("before", "since", "behaviour"),
    [
        ("1.31", "1.32", "spam_key"),
        ("1.28", "1.29", "leftover"),
        ("1.20", "1.21", "sending"),
        ("1.25.13", "1.25.14", "reporter"),
        ("1.26.8", "1.26.9", "reporter"),
        ("1.27.5", "1.27.6", "reporter"),
        ("1.30", "1.31", "context_end"),
        ("1.35", "1.36", "stopped_handler"),
    ],
)
def test_a_behaviour_changes_between_two_releases(before: str, since: str, behaviour: str) -> None:
    assert getattr(release(before), behaviour) != getattr(release(since), behaviour)


def test_a_back_port_is_not_in_the_first_release_of_the_next_minor() -> None:
    assert release("1.25.16").reporter == "source"
    assert release("1.26.0").reporter == "nobody"


def test_a_fault_of_some_releases_goes_again() -> None:
    handlers = [RELEASES[f"1.{minor}"].stopped_handler for minor in (28, 29, 35, 36)]
    assert handlers == ["ends", "spins", "spins", "ends"]
    contexts = [RELEASES[f"1.{minor}"].context_end for minor in (28, 29, 30, 31)]
    assert contexts == ["unknown", "shuts down", "leaves the loop", "shuts down"]


@pytest.mark.parametrize("minor", PATCHES)
def test_a_minor_release_is_its_last_patch_release(minor: int) -> None:
    named = release(f"1.{minor}.{PATCHES[minor]}")
    assert (named.name, str(named)) == (f"1.{minor}.{PATCHES[minor]}",) * 2
    assert {f.name for f in fields(Release) if getattr(named, f.name) != getattr(RELEASES[f"1.{minor}"], f.name)} <= {
        "name"
    }


def test_a_release_is_given_back() -> None:
    assert release(RELEASES["1.20"]) is RELEASES["1.20"]
    assert release("1.25.13") is release("1.25.13")


@pytest.mark.parametrize(
    "name", ["1.13", "1.38", "2.0", "1", "", "v1.37", "1.37.3", "1.25.017", "1.25.", "1.1\u0661", "0.37.2", " 1.37"]
)
def test_what_is_no_release_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^release must be one from 1\.14 to 1\.37\.2, not "):
        release(name)


def test_a_number_is_no_release() -> None:
    with pytest.raises(TypeError, match="not float"):
        release(1.37)  # type: ignore[arg-type]


def test_every_change_is_of_a_behaviour_and_to_a_way_it_knows() -> None:
    ways = get_type_hints(Release)
    changed = {change.behaviour for change in CHANGES}
    assert changed == {field.name for field in fields(Release)} - {"name"}
    for change in CHANGES:
        assert change.value in (get_args(ways[change.behaviour]) or (True, False))
    values = {(change.behaviour, change.value) for change in CHANGES}
    first = {(name, getattr(Release(), name)) for name in changed}
    for name in changed - {"past_eventf", "annotated_note"}:
        assert {value for behaviour, value in values | first if behaviour == name} == set(get_args(ways[name]))


def test_the_changes_stand_in_the_order_in_which_they_came() -> None:
    order = [versions.numbers(change.since[0]) for change in CHANGES]
    assert order == sorted(order)


def test_a_change_has_two_sides() -> None:
    assert sides("sending") == ("1.20", "1.21")
    assert sides("leftover") == ("1.28", "1.29")
    assert sides("spam_key") == ("1.31", "1.32")
    assert sides("reporter") == ("1.24", "1.25")  # the last patch release has it back-ported
    assert (sides("stopped_handler"), sides("stopped_handler", "ends")) == (("1.28", "1.29"), ("1.35", "1.36"))
    assert sides("annotated_note", True) == ("1.36", "1.37")


@pytest.mark.parametrize("asked", [("name",), ("sending", "by post"), ("nothing",)])
def test_what_has_not_changed_has_no_sides(asked: tuple[str, ...]) -> None:
    with pytest.raises(LookupError, match=f"^no release has changed {asked[0]}"):
        sides(*asked)


ELSEWHERE = {
    ("since", "1.15"): "CorrelatorOptions, and events of the type BOOKMARK",
    ("since", "1.23"): "SpamKeyFunc, and tokenBucketPassiveRateLimiter",
    ("since", "1.26"): "the error of StartEventWatcher in tools/events",
    ("until", "1.26"): "the kubelet's --event-qps of 5",
}
"""What is said of releases and changes no behaviour."""

SAID = re.compile(r"\b([Ss]ince|[Uu]ntil)\s+(1\.\d+(?:\.\d+)?)")


def boundaries() -> set[tuple[str, str]]:
    """How each change can be told: the first release that has it, and the last before that."""
    told = set()
    for change in CHANGES:
        minor, patch = min(map(versions.numbers, change.since))
        told.add(("since", f"1.{minor}.{patch}" if patch else f"1.{minor}"))
        told.add(("until", f"1.{minor}.{patch - 1}" if patch else f"1.{minor - 1}"))
    return told


def test_the_code_says_of_no_release_what_is_not_its_own() -> None:
    """A change that was back-ported came before the release that has it in its notes: "since 1.16" was said of one."""
    known = boundaries() | ELSEWHERE.keys()
    found = {
        (path, word.lower(), name)
        for path in tracked("kevent")
        if path.endswith(".py")
        for word, name in SAID.findall((ROOT / path).read_text(encoding="utf-8"))
    }
    assert len(found) > 50
    assert {each for each in found if each[1:] not in known} == set()
    assert ELSEWHERE.keys() <= {each[1:] for each in found}
