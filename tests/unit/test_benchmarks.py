"""The benchmarks run, with client-go's columns and without. How long anything takes is no matter here."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import client_go, correlator, fanout, limits, measure, pipeline
from benchmarks.client_go import GoColumns
from benchmarks.measure import Row, Table
from kevent import Broadcaster
from oracle.toolchain import NoGo


@pytest.fixture
def without_go(monkeypatch: pytest.MonkeyPatch) -> GoColumns:
    def none() -> str:
        raise NoGo("there is none")

    monkeypatch.setattr(client_go, "go", none)
    monkeypatch.setattr(measure, "ROUNDS", 1)
    with ExitStack() as stack:
        return GoColumns(stack)


def test_without_go_its_columns_are_missing_and_that_is_said(without_go: GoColumns) -> None:
    assert (without_go.names, without_go.version) == ([], "")
    assert without_go.missing == "no columns of client-go: there is none"


@pytest.mark.ci
@pytest.mark.parametrize("part", [pytest.param(fanout, marks=pytest.mark.weekly), correlator, pipeline])
def test_without_go_everything_else_is_measured(
    part: object, without_go: GoColumns, capsys: pytest.CaptureFixture[str]
) -> None:
    for table in part.tables(without_go, 300):  # type: ignore[attr-defined]
        table.measure()
        for row in table.stored()["rows"]:
            assert all(row["cells"])
            assert "client-go" not in table.columns
            assert "Go" not in row["target"] or row["target"].endswith("not judged")
        assert table.title in capsys.readouterr().out


def test_what_does_not_arrive_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broadcaster, "action", lambda self, action, obj: None)
    with pytest.raises(SystemExit, match="not everything was received"):
        fanout.kevent(10, 2, 25, 100)


def test_the_columns_take_turns_and_the_best_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "ROUNDS", 2)
    turns: list[str] = []
    numbers = {"a": [3.0, 2.0], "b": [1.0, 4.0]}

    def case(name: str) -> float:
        turns.append(name)
        return numbers[name].pop(0)

    row = Row(
        "x", {"a": lambda: case("a"), "b": lambda: case("b")}, "a first", lambda values: values["a"] < values["b"]
    )
    table = Table("t", ["a", "b", "c"], [row])
    table.measure()
    assert turns == ["a", "b", "a", "b"]
    assert table.stored()["rows"] == [{"what": "x", "cells": ["2", "1", "–"], "target": "a first: missed"}]


def test_an_event_that_is_nowhere_is_said() -> None:
    names = ("recorded", "stored", "created", "rejected", "given_up", "dropped", "waiting")
    for numbers, said in [
        ((10, 5, 5, 1, 1, 2, 1), []),
        ((10, 5, 5, 1, 1, 2, 0), ["1 events are in no count"]),
        ((10, 4, 5, 1, 1, 2, 1), ["5 count as created, 4 are stored"]),
        ((10, 10, 5, 1, 1, 2, 1), ["5 count as created, 10 are stored"]),
    ]:
        assert limits.lost(dict(zip(names, numbers, strict=True))) == said


def test_the_table_of_limits_is_put_where_it_belongs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{limits.BEGIN}old\n{limits.END}\nafter\n")
    monkeypatch.setattr(limits, "README", readme)
    limits.store({"a row": dict.fromkeys(limits.COLUMNS, 1000)}, "a machine")
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert f"| a row |{' 1,000 |' * len(limits.COLUMNS)}" in text
