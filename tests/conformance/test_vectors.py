"""Every scenario of every vector file; and that the harness would notice if an answer were wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle.replay.compare import differences
from oracle.replay.harness import REPLAYS, check, main
from oracle.replay.vectors import ALL, Scenario, kind, read
from tests.support import python

FILES = {path.stem: read(path) for path in ALL}
SCENARIOS = [
    pytest.param(scenario, id=f"{stem}: {scenario['name']}")
    for stem, scenarios in FILES.items()
    for scenario in scenarios
]

Path_ = tuple[str | int, ...]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kevent_answers_like_client_go(scenario: Scenario) -> None:
    assert check(scenario) == []


def test_every_kind_has_vectors() -> None:
    assert {kind(scenario) for scenarios in FILES.values() for scenario in scenarios} == set(REPLAYS)
    assert {stem: {kind(scenario) for scenario in scenarios} for stem, scenarios in FILES.items()} == {
        stem: {stem} for stem in FILES
    }


# --- would it notice? Each kind of answer is falsified once, in the shortest scenario that has it --------


def leaves(answer: Any, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(answer, dict) and answer:
        for key, value in answer.items():
            yield from leaves(value, (*path, key))
    elif isinstance(answer, list) and answer:
        for number, value in enumerate(answer):
            yield from leaves(value, (*path, number))
    elif path:
        yield path


def shape(stem: str, path: Path_) -> str:
    """Which kind of answer this is, such as `event.count`."""
    if stem == "mux":
        path = path[1:]  # the watcher's name
    return ".".join(part for part in path if isinstance(part, str)) or "an answer as a whole"


def controls() -> Iterator[Any]:
    for stem, scenarios in FILES.items():
        seen: dict[str, tuple[Scenario, Path_]] = {}
        for scenario in sorted(scenarios, key=lambda scenario: len(json.dumps(scenario))):
            for path in leaves(scenario["expect"]):
                seen.setdefault(shape(stem, path), (scenario, path))
        for what, (scenario, path) in seen.items():
            yield pytest.param(scenario, path, id=f"{stem}: {what}")


def falsified(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "?"
    return {"not": "expected"} if isinstance(value, dict) else ["not expected"]


@pytest.mark.parametrize(("scenario", "path"), controls())
def test_a_wrong_answer_is_noticed(scenario: Scenario, path: Path_) -> None:
    changed = copy.deepcopy(scenario)
    inner = changed["expect"]
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = falsified(inner[path[-1]])

    (line, *_) = check(changed)
    where = f"step {path[0]}" if isinstance(path[0], int) else path[0]
    assert line.startswith(where)
    assert ": expected " in line
    assert ", got " in line


@pytest.mark.parametrize("stem", FILES)
def test_a_missing_answer_is_noticed(stem: str) -> None:
    changed = copy.deepcopy(FILES[stem][0])
    if isinstance(changed["expect"], dict):
        del changed["expect"]["w0"]
    else:
        changed["expect"].pop()
    assert any(line.partition(": ")[2].startswith("expected nothing, got ") for line in check(changed))


def test_comparison_is_strict() -> None:
    def found(expected: Any, got: Any) -> list[str]:
        return [str(difference) for difference in differences(expected, got)]

    assert found({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == []
    assert found([1], [True]) == ["step 0: expected 1, got true"]
    assert found([1], [1.0]) == ["step 0: expected 1, got 1.0"]
    assert found([{"a": None}], [{}]) == ["step 0, a: expected null, got nothing"]
    assert found([{}], [{"a": None}]) == ["step 0, a: expected nothing, got null"]
    assert found({"w0": {"received": ["x"]}}, {"w0": {"received": ["y"]}}) == ['w0, received[0]: expected "x", got "y"']


# --- what a file must not ask for --------------------------------------------------------------------------


def altered(stem: str, **changes: Any) -> Scenario:
    """A scenario of this kind whose first step, call or object has these changes."""
    scenario = copy.deepcopy(FILES[stem][0])
    steps = scenario.get("steps") or scenario.get("calls") or scenario.get("refs")
    assert isinstance(steps, list)
    steps[0].update(changes)
    return scenario


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        (altered("mux", op="explode"), "unknown operation on a broadcaster: 'explode'"),
        (altered("mux", op="stop", id="nobody"), "no watcher 'nobody'"),
        (altered("mux", id=7), "'id' is 7"),
        (altered("waitgroup", op="explode"), "unknown operation on a wait group: 'explode'"),
        (altered("waitgroup", op="add", delta="1"), "'delta' is '1'"),
        (altered("sink", script=["shrug"]), "unknown answer of a sink: 'shrug'"),
        (altered("recorder", method="shout"), "unknown method of a recorder: 'shout'"),
        (altered("correlator", event="x"), "'event' is 'x'"),
        (altered("references", __go=None), "'__go' is None"),
        ({"name": "n", "steps": [{"what": 1}], "expect": [1]}, "fit no known kind"),
        ({"name": "n", "steps": [], "expect": []}, "fit no known kind"),
        ({"name": "n", "expect": []}, "'steps' is not a list of objects"),
    ],
)
def test_what_is_not_understood_fails(scenario: Scenario, what: str) -> None:
    (line,) = check(scenario)
    assert line.startswith("not understood: ")
    assert what in line


# --- the command line --------------------------------------------------------------------------------------


def test_command_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path) for path in ALL]) == 0
    assert capsys.readouterr().out == f"{len(SCENARIOS)} passed, 0 failed\n"


def test_command_shows_the_first_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenarios = copy.deepcopy(FILES["waitgroup"][:3])
    scenarios[1]["expect"][0]["counter"] = 9
    path = tmp_path / "renamed.json"
    path.write_text(json.dumps(scenarios), encoding="utf-8")
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"FAILED renamed.json: {scenarios[1]['name']}",
        "    step 0, counter: expected 9, got 1",
        "2 passed, 1 failed",
    ]


def test_command_counts_all_and_shows_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"name": "wrong", "steps": [{"op": "done"}], "expect": []}
    path = tmp_path / "many.json"
    path.write_text(json.dumps([wrong] * 30), encoding="utf-8")
    assert main([str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("FAILED many.json: wrong") == 20
    assert lines[-2:] == ["... and 10 scenarios more", "0 passed, 30 failed"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "No such file or directory"),
        (b"[", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "not a list of scenarios"),
        (b"[]", "not a list of scenarios"),
        (b"[1]", "scenario 0 is not an object with 'expect'"),
        (b'[{"name": "n"}]', "scenario 0 is not an object with 'expect'"),
        (b'[{"expect": []}]', "scenario 0 has no name"),
    ],
)
def test_command_refuses_unreadable_files(
    content: bytes | None, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    assert main([str(ALL[0]), str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(f"error: {path}: ")
    assert what in line


def test_command_wants_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: python -m oracle.replay FILE" in capsys.readouterr().err


def test_module_can_be_run() -> None:
    path = next(path for path in ALL if path.stem == "sink")
    finished = python("-m", "oracle.replay", path)
    assert (finished.stdout, finished.stderr) == ("63 passed, 0 failed\n", "")
