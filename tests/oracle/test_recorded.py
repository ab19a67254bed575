"""Asked again, the real client-go says what is stored."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from oracle.asking import Oracle, Refused, record
from oracle.record import (
    AGAIN,
    ARCHITECTURES,
    QUESTIONS,
    TAUGHT,
    VARIANTS,
    VECTORS,
    answers,
    confirmed,
    files,
    kept,
    last_said,
    same_lot,
    written,
)
from oracle.replaying import GOLDEN
from oracle.toolchain import NoGo, go, itself, numbers, releases, tags
from tests.site.built import some_weekly

from .conftest import ALWAYS, why_not

STORED = [
    pytest.param(release, file, id=f"{release}: {file.stored.parent.name}/{file.stored.name}")
    for release in (TAUGHT, releases()[-1])  # `make oracle` asks all; that takes minutes
    for file in files(release)
]


@pytest.mark.ci
@pytest.mark.parametrize(("release", "file"), STORED)
def test_asked_again_a_release_says_what_is_stored(release: str, file: Any) -> None:
    if (reason := why_not(release, VARIANTS.get(file.stored.stem, ""))) is not None:
        pytest.skip(reason)
    assert answers(release, file) == file.said()


def test_a_changed_answer_is_noticed(tmp_path: Path, oracle: Oracle) -> None:
    golden = next(path for path in GOLDEN if path.stem == "waitgroup")
    scenarios = json.loads(golden.read_text(encoding="utf-8"))
    scenarios[1]["expect"][0]["counter"] += 1
    changed = tmp_path / golden.name
    changed.write_text(written(scenarios, lines=False), encoding="utf-8")
    file = next(file for file in files(ALWAYS) if file.stored == golden)
    asked = answers(ALWAYS, type(file)(changed, changed))
    assert asked != changed.read_text(encoding="utf-8")
    assert asked == golden.read_text(encoding="utf-8")


@pytest.mark.ci
@pytest.mark.parametrize("architecture", some_weekly(ARCHITECTURES, ARCHITECTURES[:1]))
def test_the_pinned_go_says_what_is_stored(architecture: str) -> None:
    try:
        go()
        answered = itself(architecture)
    except NoGo as error:
        pytest.skip(str(error))
    assert answered == json.loads((VECTORS / "go" / f"{architecture}.json").read_text(encoding="utf-8"))


def test_every_question_has_an_answer_of_every_release() -> None:
    for path in QUESTIONS.glob("*.json"):
        questions = [scenario["name"] for scenario in json.loads(path.read_text(encoding="utf-8"))]
        assert len(set(questions)) == len(questions)
        for file in VECTORS.glob(f"*/{path.name}"):
            told = json.loads(file.read_text(encoding="utf-8"))
            assert [scenario["name"] for scenario in told] == questions
            assert all(len({"expect", "outcomes", "refused"} & set(scenario)) == 1 for scenario in told)


def test_a_file_that_says_nothing_new_is_not_there() -> None:
    for release in releases():
        for path in (VECTORS / release).glob("*.json"):
            before = last_said(release, path.name)
            assert before is None or before.read_text(encoding="utf-8") != path.read_text(encoding="utf-8"), path


# --- lots ---------------------------------------------------------------------------------------------------------


def sample(**times: int) -> list[dict[str, Any]]:
    return [{"answer": answer, "times": number} for answer, number in times.items()]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (sample(a=1000), sample(a=1000), True),
        (sample(a=1000), sample(a=999, b=1), True),
        (sample(a=1000), sample(b=1000), False),
        (sample(a=1000), sample(a=900, b=100), False),
        (sample(a=500, b=500), sample(a=530, b=470), True),
        (sample(a=500, b=500), sample(a=650, b=350), False),
        (sample(a=20), sample(a=2000), True),
    ],
)
def test_two_samples_are_told_apart(old: list[Any], new: list[Any], same: bool) -> None:
    assert same_lot(old, new) is same
    question = {"name": "n", "runs": 1}
    assert kept(question | {"outcomes": old}, question | {"outcomes": new})["outcomes"] == (old if same else new)


def test_another_question_keeps_no_old_answer() -> None:
    old = {"name": "n", "runs": 1, "outcomes": sample(a=10)}
    new = {"name": "n", "runs": 2, "outcomes": sample(a=20)}
    assert kept(old, new) == new
    assert kept(copy.deepcopy(new) | {"unsteady": True}, new | {"unsteady": True, "outcomes": sample(a=1)})[
        "outcomes"
    ] == sample(a=20)
    assert kept({"expect": 1}, {"expect": 2}) == {"expect": 2}


@pytest.mark.parametrize(("exceptions", "believed"), [(0, 1), (9, 1), (10, 2), (AGAIN, 2)])
def test_one_answer_that_is_another_is_asked_for_again(exceptions: int, believed: int) -> None:
    old, new = {"name": "n", "expect": 1}, {"name": "n", "expect": 2}
    answers = iter([new] * exceptions + [old] * (AGAIN - exceptions))
    assert confirmed(old, new, lambda: next(answers))["expect"] == believed


def test_what_has_not_changed_and_another_question_is_not_in_doubt() -> None:
    old: dict[str, Any] = {"name": "n", "expect": 1}
    assert confirmed(old, dict(old), pytest.fail) == old
    changed = old | {"queueLength": 2}
    assert confirmed(old, changed, lambda: changed) == changed
    refused = {"name": "n", "refused": "unknown"}
    assert confirmed(old, refused, pytest.fail) == refused


# --- asking -------------------------------------------------------------------------------------------------------


def test_what_is_not_understood_is_refused(oracle: Oracle) -> None:
    with pytest.raises(Refused, match='unknown kind "x"'):
        oracle.ask("x", {})
    with pytest.raises(Refused, match="not understood"):
        oracle.ask("mux", {"steps": 5})
    with pytest.raises(Refused, match="unknown operation on a broadcaster"):
        oracle.ask("mux", {"steps": [{"op": "explode"}]})
    (told,) = record(oracle, "mux", [{"name": "n", "steps": [{"op": "explode"}], "expect": {}}])
    assert told == {
        "name": "n",
        "steps": [{"op": "explode"}],
        "refused": 'unknown operation on a broadcaster: "explode"',
    }


def test_a_question_that_ends_the_program_is_answered_and_so_is_the_next(oracle: Oracle) -> None:
    late = {"steps": [{"op": "shutdown"}, {"op": "record", "method": "event", "type": "Normal", "obj": {"name": "x"}}]}
    assert oracle.ask("recording", late) == {"expect": {"dies": "panic: send on closed channel"}}
    assert oracle.ask("keys", {"steps": []}) == {"expect": []}


def test_a_question_that_hangs_is_answered_and_so_is_the_next(oracle: Oracle) -> None:
    assert oracle.ask("spin", {"by": "stop", "patience": 0.001}) == {"expect": {"hangs": True}}
    assert oracle.ask("keys", {"steps": []}) == {"expect": []}


def test_releases_are_in_their_order() -> None:
    assert sorted(["1.25", "1.9", "1.25.13", "1.26.8", "1.26"], key=numbers) == [
        "1.9",
        "1.25.13",
        "1.25",
        "1.26.8",
        "1.26",
    ]
    assert releases()[0] == ALWAYS
    assert tags("1.14") == []
    assert tags("1.16.3") == ["k8s1.15", "k8s1.16"]


def test_no_stored_question_is_malformed() -> None:
    for path in VECTORS.glob("*/*.json"):
        if path.parent.name == "go":
            continue
        for scenario in json.loads(path.read_text(encoding="utf-8")):
            reason = scenario.get("refused", "")
            assert not reason or "this release" in reason, (path, reason)
