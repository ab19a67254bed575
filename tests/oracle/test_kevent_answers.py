"""kevent is put the recorded questions, and answers as 1.14 did. Go is not needed for that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest

from kevent import correlator
from oracle import kevent_side
from oracle.fuzz import comparable
from oracle.kevent_side import Kevent
from oracle.record import TAUGHT, VECTORS, same_lot
from oracle.replaying import differences

DEPARTURES = {
    "what a fake recorder hears": ("kevent.recorder:BroadcastRecorder.eventf", "a format without arguments"),
    "calls after shutdown": ("kevent.broadcaster:Broadcaster.shutdown", "a second call is harmless"),
    "two shutdowns behind a watcher that is not read": (
        "kevent.broadcaster:Broadcaster.shutdown",
        "a second call is harmless",
    ),
    "recording after shutdown": ("kevent.recorder:BroadcastRecorder", "never raise"),
    "counts and other fields": ("kevent.event:Event.from_dict", "unlike Go's encoding/json"),
    "a reference comes from the object, or all of it from the scheme": ("kevent.objects", "named after their kind"),
}
"""Where kevent means to answer otherwise: the name at which that is written, and words of it."""

UNASKED = {"lost", "spin", "order"}
"""Kinds that kevent has no answer to: they ask what Go's scheduler does, or what kevent has no twin of."""


def asked(scenario: dict[str, Any]) -> bool:
    """Whether it can be put to kevent. Go's log lines, its formats and its patch library are its own."""
    ours = scenario["kind"] != "logs" or "logging" in scenario
    return ours and not {"refused", "formats", "patches"} & set(scenario) and scenario["kind"] not in UNASKED


RECORDED = [
    pytest.param(scenario, id=f"{path.stem}: {scenario['name']}")
    for path in sorted((VECTORS / TAUGHT).glob("*.json"))
    for scenario in json.loads(path.read_text(encoding="utf-8"))
    if asked(scenario)
]


def first_difference(scenario: dict[str, Any]) -> str | None:
    """Where kevent's answer is none that Go gave; None if it is one."""
    kind = scenario["kind"]
    gave = [outcome["answer"] for outcome in scenario.get("outcomes", ())] or [scenario["expect"]]
    for _, answer in Kevent(TAUGHT).ask(kind, scenario):
        found = [next(differences(comparable(kind, each), comparable(kind, answer)), None) for each in gave]
        if None not in found:
            return str(found[0])
    return None


@pytest.mark.parametrize("scenario", RECORDED)
def test_kevent_answers_as_client_go_did(scenario: dict[str, Any]) -> None:
    found = first_difference(scenario)
    assert (found is None) == (scenario["name"] not in DEPARTURES), found


LOTS = [parameter for parameter in RECORDED if "which message a full group forgets" in str(parameter.id)]


def drawn(scenario: dict[str, Any], times: int) -> list[dict[str, Any]]:
    """kevent's last answers and how often each came, by the lots of one seed."""
    random = Random(7).random
    answers = [next(iter(kevent_side.correlator(scenario, random)))[1][-1:] for _ in range(times)]
    return [{"answer": json.loads(text), "times": n} for text, n in Counter(map(json.dumps, answers)).items()]


@pytest.mark.parametrize("scenario", LOTS)
def test_a_full_group_forgets_a_message_as_often_as_gos_map_does(scenario: dict[str, Any]) -> None:
    assert same_lot(scenario["outcomes"], drawn(scenario, 2000))


class Even(dict[str, None]):
    """A set that forgets each of its keys as likely as any other."""

    def __init__(self, random: Callable[[], float]) -> None:
        self.random = random

    def insert(self, key: str) -> int:
        self[key] = None
        return len(self)

    def pop_any(self) -> None:
        del self[list(self)[int(self.random() * len(self))]]


def test_an_even_draw_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlator, "GoSet", Even)
    scenarios: list[Any] = [parameter.values[0] for parameter in LOTS]
    assert [same_lot(scenario["outcomes"], drawn(scenario, 2000)) for scenario in scenarios] == [False, False]


@pytest.mark.parametrize("name", DEPARTURES)
def test_a_departure_is_documented_at_its_name(name: str) -> None:
    assert any(str(parameter.id).endswith(f": {name}") for parameter in RECORDED)
    where, words = DEPARTURES[name]
    assert words in " ".join(resolve_name(where).__doc__.split())


def test_a_wrong_answer_is_noticed() -> None:
    [scenario] = [parameter.values[0] for parameter in RECORDED if parameter.id == "keys: what the keys are made of"]
    assert isinstance(scenario, dict)
    assert first_difference(scenario) is None
    wrong = json.loads(json.dumps(scenario))
    wrong["expect"][0]["spamKey"] += "x"
    assert "spamKey" in str(first_difference(wrong))


def test_a_byte_that_is_no_utf_8_is_answered_as_json_has_it() -> None:
    """Go's answers have travelled as JSON; kevent's must be compared as if they had, in the fuzz as well as here."""
    asked = {"name": "a byte", "refs": [{"__go": "PodList", "metadata": {"selfLink": "/x/apis/%dA"}}]}
    assert [answer[0]["ref"]["apiVersion"] for _, answer in Kevent(TAUGHT).ask("references", asked)] == [
        "apis/\ufffd"
    ] * 2
