"""kevent's other recorder is put the recorded questions, as each release that was asked. Go is not needed for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kevent import series as module
from kevent.events import rules
from kevent.series import CHANGES, SeriesCache, series_rules
from oracle import series_side
from oracle.kevent_side import Kevent
from oracle.record import QUESTIONS, WITH_EVENTS, last_said
from oracle.replaying import differences

SEEDS = range(60)


def said(release: str, name: str) -> Path:
    """The file with a release's answers: its own, or that of the nearest release before."""
    own = QUESTIONS.parent / "vectors" / release / name
    before = own if own.exists() else last_said(release, name)
    assert before is not None
    return before


def scenarios(release: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said(release, name).read_text(encoding="utf-8"))
    return found


ASKED = [
    pytest.param(release, scenario, id=f"{release}: {scenario['name']}")
    for release in WITH_EVENTS
    for scenario in scenarios(release, "series.json")
]


def first_difference(release: str, scenario: dict[str, Any]) -> str | None:
    """Where kevent's answer is none that Go gave; None if it is one."""
    gave = [outcome["answer"] for outcome in scenario.get("outcomes", ())] or [scenario["expect"]]
    ((_, answer),) = Kevent(release).ask(scenario["kind"], scenario)
    found = [next(differences(each, answer), None) for each in gave]
    return None if None in found else str(found[0])


@pytest.mark.parametrize(("release", "scenario"), ASKED)
def test_kevent_answers_as_client_go_did(release: str, scenario: dict[str, Any]) -> None:
    assert first_difference(release, scenario) is None


@pytest.mark.parametrize(
    ("release", "scenario"), [parameter for parameter in ASKED if "outcomes" in str(parameter.values[1])]
)
def test_where_go_draws_by_lot_kevent_draws_from_the_same(release: str, scenario: dict[str, Any]) -> None:
    def texts(answers: list[Any]) -> set[str]:
        return {json.dumps(answer, sort_keys=True) for answer in answers}

    gave = texts([outcome["answer"] for outcome in scenario["outcomes"]])
    drawn = [answer for seed in SEEDS for _, answer in series_side.series(scenario, release, seed)]
    assert len(gave) > 1
    assert texts(drawn) == gave


@pytest.mark.parametrize("release", WITH_EVENTS)
def test_every_question_is_asked_of_every_release(release: str) -> None:
    questions = json.loads((QUESTIONS / "series.json").read_text(encoding="utf-8"))
    assert [scenario["name"] for scenario in scenarios(release, "series.json")] == [one["name"] for one in questions]


@pytest.mark.parametrize(("rule", "since", "pull", "shown"), CHANGES)
def test_a_question_shows_each_change(rule: str, since: tuple[str, ...], pull: int, shown: str) -> None:
    """Between the last release without the change and the first one with it, of those that were asked."""
    before, after = next(
        pair
        for pair in pairwise(WITH_EVENTS)
        if getattr(series_rules(pair[0]), rule) != getattr(series_rules(pair[1]), rule)
    )
    assert pull > 100_000
    name = shown.removeprefix("series: ")
    old, new = (
        next(each for each in scenarios(release, "series.json") if each["name"] == name) for release in (before, after)
    )
    assert list(differences(old["expect"], new["expect"]))


# --- the older recorder's answers to such calls ----------------------------------------------------------------


@pytest.mark.parametrize("release", WITH_EVENTS)
def test_the_adapter_makes_what_client_gos_makes(release: str) -> None:
    for scenario in scenarios(release, "adapter.json"):
        assert first_difference(release, scenario) is None


@pytest.mark.parametrize("release", WITH_EVENTS)
def test_what_the_adapter_hands_on_is_the_same_in_every_release(release: str) -> None:
    """Whatever the older recorder does otherwise in a release: who reports, and what an event is called."""

    def handed_on(answer: list[Any]) -> list[Any]:
        return [
            {key: event[key] for key in ("involvedObject", "reason", "message", "source", "type", "count")}
            for event in answer
        ]

    for scenario in scenarios(release, "adapter.json"):
        ((_, answer),) = Kevent(release).ask("adapter", scenario)
        assert handed_on(answer) == handed_on(scenario["expect"])


# --- the vectors notice ------------------------------------------------------------------------------------


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "a key without the resource version": (
        "1.37",
        lambda patch: patch.setattr(module, "get_key", lambda event, rule: (event.involved_object.name, event.reason)),
        "a resource version that changes",
    ),
    "a finish that is due a second later": (
        "1.37",
        lambda patch: patch.setattr(module, "FINISH_TIME", 361.0),
        "the same again and again",
    ),
    "no refresh": (
        "1.37",
        lambda patch: patch.setattr(SeriesCache, "refresh", lambda self: None),
        "a series that goes on for over an hour",
    ),
    "eleven tries": (
        "1.37",
        lambda patch: patch.setattr(module, "MAX_TRIES_PER_EVENT", 11),
        "a sink that cannot be reached: twelve tries",
    ),
    "a name that is taken is final": (
        "1.37",
        lambda patch: patch.setattr(series_side, "rules", lambda release: _as("1.37", taken="final")),
        "a series finds its name taken",
    ),
    "tries that go on": (
        "1.29",
        lambda patch: patch.setattr(series_side, "rules", lambda release: _as("1.29", retries="go on")),
        "stopped while it tries again",
    ),
    "a series that begins with one": (
        "1.25",
        lambda patch: patch.setattr(series_side, "rules", lambda release: _as("1.24")),
        "the same again and again",
    ),
    "a key with the type": (
        "1.26",
        lambda patch: patch.setattr(series_side, "rules", lambda release: _as("1.27")),
        "other type, reason, action",
    ),
    "remembering what was sent": (
        "1.24",
        lambda patch: patch.setattr(series_side, "rules", lambda release: _as("1.24", memory="as recorded")),
        "many are counted while a patch is tried again",
    ),
}  # fmt: skip
"""A fault, the release as which kevent is asked, how it comes about, and a question that shows it."""


def _as(release: str, **changes: Any) -> Any:
    return replace(rules(release), series=replace(series_rules(release), **changes))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release, bring_about, shown = FAULTS[fault]
    scenario = next(each for each in scenarios(release, "series.json") if each["name"] == shown)
    assert first_difference(release, scenario) is None
    bring_about(monkeypatch)
    assert first_difference(release, scenario) is not None
