"""kevent is put the recorded questions, and answers as each release did. Go is not needed for that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest

from kevent import correlator, versions
from kevent.versions import Release
from oracle import kevent_side
from oracle.fuzz import comparable
from oracle.kevent_side import Kevent
from oracle.record import QUESTIONS, TAUGHT, VECTORS, same_lot
from oracle.replaying import differences, kind_of
from oracle.stored import NotStored, stored
from oracle.toolchain import releases

DEPARTURES = {
    "what a fake recorder hears": ("kevent.recorder:BroadcastRecorder.eventf", "a format without arguments"),
    "calls after shutdown": ("kevent.broadcaster:Broadcaster.shutdown", "a second call is always harmless"),
    "two shutdowns behind a watcher that is not read": (
        "kevent.broadcaster:Broadcaster.shutdown",
        "a second call is always harmless",
    ),
    "a long queue in front": ("kevent.broadcaster:Broadcaster.action_or_drop", "Unlike client-go since 1.25"),
    "recording after shutdown": ("kevent.recorder:BroadcastRecorder", "never raise"),
    "a watcher after shutdown": ("kevent.event_broadcaster:EventBroadcaster.start_event_watcher", "BroadcasterStopped"),
    "stop, then shutdown": ("kevent.event_broadcaster:EventBroadcaster.start_event_watcher", "never spins"),
    "a context that ends": ("kevent.event_broadcaster:EventBroadcaster.start_event_watcher", "BroadcasterStopped"),
    "counts and other fields": ("kevent.event:Event.from_dict", "unlike Go's encoding/json"),
    "a reference comes from the object, or all of it from the scheme": (
        "kevent.reference:get_reference",
        "what that does not know from the class itself",
    ),
}
"""Where kevent means to answer otherwise, for some releases: the name at which that is written, and words of it."""

UNASKED = {"spin", "series", "adapter"}
"""Kinds that are not put here: whether the processor is busy, and what `test_kevent_series.py` asks."""


def asked(scenario: dict[str, Any]) -> bool:
    """Whether it can be put to kevent. Go's log lines, its formats and its patch library are its own."""
    ours = scenario["kind"] != "logs" or ("logging" in scenario and "structured" not in scenario)
    return ours and not {"refused", "formats", "patches"} & set(scenario) and scenario["kind"] not in UNASKED


def recorded() -> Iterator[Any]:
    """Each answer once, for the first of the releases that answer so and behave alike in all that kevent knows."""
    seen = set()
    for name in releases():
        alike = replace(versions.release(name), name="")
        paths = [*sorted((QUESTIONS / name).glob("*.json")), *sorted(QUESTIONS.glob("*.json"))]
        for question in paths:
            try:
                path = VECTORS / name / question.name if question.parent.name == name else stored(name, question.stem)
            except NotStored:
                continue
            if (path, alike) in seen:
                continue
            seen.add((path, alike))
            for scenario in json.loads(path.read_text(encoding="utf-8")):
                if asked(scenario):
                    yield pytest.param(name, scenario, id=f"{name} {path.stem}: {scenario['name']}")


RECORDED = list(recorded())

TAUGHT_ANEW = [
    pytest.param(versions.NEWEST, scenario, id=f"{path.stem}: {scenario['name']}")
    for path in sorted((VECTORS / versions.NEWEST / "taught").glob("*.json"))
    for scenario in json.loads(path.read_text(encoding="utf-8"))
]
"""The questions of the vectors that teach, with the newest release's answers."""


def first_difference(name: str, scenario: dict[str, Any]) -> str | None:
    """Where kevent's answer is none that Go gave; None if it is one."""
    kind = kind_of(scenario)
    gave = [outcome["answer"] for outcome in scenario.get("outcomes", ())] or [scenario["expect"]]
    for _, answer in Kevent(name).ask(kind, scenario):
        found = [next(differences(comparable(kind, each), comparable(kind, answer)), None) for each in gave]
        if None not in found:
            return str(found[0])
    return None


@pytest.mark.parametrize(("name", "scenario"), RECORDED + TAUGHT_ANEW)
def test_kevent_answers_as_client_go_did(name: str, scenario: dict[str, Any]) -> None:
    found = first_difference(name, scenario)
    assert found is None or scenario["name"] in DEPARTURES, found


@pytest.mark.parametrize("name", DEPARTURES)
def test_a_departure_is_one_for_some_release(name: str) -> None:
    asked = [parameter.values for parameter in RECORDED if parameter.values[1]["name"] == name]
    assert any(first_difference(*each) for each in asked)


LOTS = [parameter for parameter in RECORDED if str(parameter.id).startswith(f"{TAUGHT} correlator: which message")]


def drawn(scenario: dict[str, Any], times: int) -> list[dict[str, Any]]:
    """kevent's last answers and how often each came, by the lots of one seed."""
    random = Random(7).random
    taught = versions.release(TAUGHT)
    answers = [next(iter(kevent_side.correlator(scenario, taught, random)))[1][-1:] for _ in range(times)]
    return [{"answer": json.loads(text), "times": n} for text, n in Counter(map(json.dumps, answers)).items()]


@pytest.mark.parametrize(("name", "scenario"), LOTS)
def test_a_full_group_forgets_a_message_as_often_as_gos_map_does(name: str, scenario: dict[str, Any]) -> None:
    assert same_lot(scenario["outcomes"], drawn(scenario, 2000))


OFTEN = {"1.14", "1.28", "1.29", versions.NEWEST}
"""The first, both sides of the change that lets events be left, the last; the week asks all."""

LOST = [
    pytest.param(*parameter.values, id=parameter.id, marks=() if parameter.values[0] in OFTEN else pytest.mark.weekly)
    for parameter in RECORDED
    if parameter.values[1]["name"].startswith("4 queued behind a busy handler")
]


@pytest.mark.parametrize(("name", "scenario"), LOST)
def test_as_many_events_are_left_at_the_end_as_gos_select_leaves(name: str, scenario: dict[str, Any]) -> None:
    nameless = replace(versions.release(name), name="")
    assert same_lot(scenario["outcomes"], left(scenario["queued"], scenario["by"], nameless))


@cache
def left(queued: int, by: str, release: Release) -> list[dict[str, Any]]:
    """How often each number is left, in 300 runs. What releases do alike is done once: their name is taken off."""
    scenario = {"queued": queued, "by": by}
    answers = [next(iter(kevent_side.lost(scenario, release, seed)))[1] for seed in range(300)]
    return [{"answer": answer, "times": times} for answer, times in Counter(answers).items()]


ORDER = [parameter for parameter in RECORDED if parameter.values[1]["kind"] == "order"]


@pytest.mark.parametrize(("name", "scenario"), ORDER)
def test_events_overtake_each_other_where_gos_do(name: str, scenario: dict[str, Any]) -> None:
    answers = {next(iter(kevent_side.order(scenario, versions.release(name), seed)))[1] for seed in range(3)}
    assert answers <= {outcome["answer"] for outcome in scenario["outcomes"]}
    assert ("overtaken" in answers) == (versions.release(name).sending == "a goroutine for each event")


class Even(dict[str, None]):
    """A set that forgets each of its keys as likely as any other."""

    def __init__(self, random: Callable[[], float], first: str) -> None:
        super().__init__({first: None})
        self.random = random

    def insert(self, key: str) -> int:
        self[key] = None
        return len(self)

    def pop_any(self) -> None:
        del self[list(self)[int(self.random() * len(self))]]


def test_an_even_draw_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlator, "_Group", Even)
    scenarios: list[Any] = [parameter.values[1] for parameter in LOTS]
    assert [same_lot(scenario["outcomes"], drawn(scenario, 2000)) for scenario in scenarios] == [False, False]


@pytest.mark.parametrize("name", DEPARTURES)
def test_a_departure_is_documented_at_its_name(name: str) -> None:
    where, words = DEPARTURES[name]
    assert words in " ".join(resolve_name(where).__doc__.split())


def test_a_wrong_answer_is_noticed() -> None:
    (scenario,) = (p.values[1] for p in RECORDED if p.id == f"{TAUGHT} keys: what the keys are made of")
    assert isinstance(scenario, dict)
    assert first_difference(TAUGHT, scenario) is None
    wrong = json.loads(json.dumps(scenario))
    wrong["expect"][0]["spamKey"] += "x"
    assert "spamKey" in str(first_difference(TAUGHT, wrong))


def test_a_byte_that_is_no_utf_8_is_answered_as_json_has_it() -> None:
    """Go's answers have travelled as JSON; kevent's must be compared as if they had, in the fuzz as well as here."""
    asked = {"name": "a byte", "refs": [{"__go": "PodList", "metadata": {"selfLink": "/x/apis/%dA"}}]}
    assert [answer[0]["ref"]["apiVersion"] for _, answer in Kevent(TAUGHT).ask("references", asked)] == [
        "apis/\ufffd"
    ] * 2
