"""kevent's other recorder is put the recorded questions, as each release that was asked. Go is not needed for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kevent import series as module
from kevent import versions
from kevent.events import EventBroadcaster
from kevent.series import SeriesCache
from oracle import series_side
from oracle.kevent_side import Kevent
from oracle.record import ASKED_OF, QUESTIONS, VARIANTS, WITH_EVENTS, last_said
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
    for kind in VARIANTS
    for release in ASKED_OF[kind]
    for scenario in scenarios(release, f"{kind}.json")
]


def first_difference(release: str, scenario: dict[str, Any]) -> str | None:
    """Where kevent's answer is none that Go gave; None if it is one. What Go cannot be asked, kevent has not either."""
    if "refused" in scenario:
        ((_, answer),) = Kevent(release).ask(scenario["kind"], scenario)
        return None if str(answer.get("raises")).startswith("NotInRelease: ") else str(answer)
    gave = [outcome["answer"] for outcome in scenario.get("outcomes", ())] or [scenario["expect"]]
    ((_, answer),) = Kevent(release).ask(scenario["kind"], scenario)
    found = [next(differences(each, answer), None) for each in gave]
    return None if None in found else str(found[0])


@pytest.mark.parametrize(("release", "scenario"), ASKED)
def test_kevent_answers_as_client_go_did(release: str, scenario: dict[str, Any]) -> None:
    assert first_difference(release, scenario) is None


@pytest.mark.ci
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


# --- the older recorder's answers to such calls ----------------------------------------------------------------


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
        lambda patch: _counts_as(patch, "1.37", series_taken="final"),
        "a series finds its name taken",
    ),
    "tries that go on": (
        "1.29",
        lambda patch: _counts_as(patch, "1.29", series_retries="go on"),
        "stopped while it tries again",
    ),
    "a series that begins with one": (
        "1.25",
        lambda patch: _counts_as(patch, "1.24"),
        "the same again and again",
    ),
    "a key with the type": (
        "1.26",
        lambda patch: _counts_as(patch, "1.27"),
        "other type, reason, action",
    ),
    "remembering what was sent": (
        "1.24",
        lambda patch: _counts_as(patch, "1.24", series_memory="as recorded"),
        "many are counted while a patch is tried again",
    ),
}  # fmt: skip
"""A fault, the release as which kevent is asked, how it comes about, and a question that shows it."""


def _counts_as(patch: pytest.MonkeyPatch, release: str, **changes: Any) -> None:
    """Let every recorder do as this release, but for the changes."""
    wrong = replace(versions.release(release), **changes)
    right = EventBroadcaster
    patch.setattr(series_side, "EventBroadcaster", lambda sink, **options: right(sink, **options | {"release": wrong}))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release, bring_about, shown = FAULTS[fault]
    scenario = next(each for each in scenarios(release, "series.json") if each["name"] == shown)
    assert first_difference(release, scenario) is None
    bring_about(monkeypatch)
    assert first_difference(release, scenario) is not None
