"""What the book calls measured is what the oracle has recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oracle import book
from oracle.toolchain import GO_VERSION


@pytest.mark.parametrize("path", book.FILES, ids=lambda path: path.name)
def test_the_book_says_what_is_recorded(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == book.FILES[path]()


def test_a_figure_that_is_not_the_recorded_one_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "measured.json"
    text = (book.DATA / "measured.json").read_text(encoding="utf-8")
    wrong.write_text(text.replace('"answer": 1001', '"answer": 1002'), encoding="utf-8")
    monkeypatch.setattr(book, "FILES", {wrong: book.measured})
    monkeypatch.setattr(book, "HERE", tmp_path / "oracle")
    assert book.main(["--check"]) == 1
    assert capsys.readouterr().out == "measured.json: would change\n"
    assert book.main([]) == 0
    assert wrong.read_text(encoding="utf-8") == text
    assert book.main(["--check"]) == 0


def test_of_go_only_what_was_measured_once_is_another_version() -> None:
    for row in json.loads((book.DATA / "go.json").read_text(encoding="utf-8")):
        versions = {version for each in row["answers"] for version in each["go"]}
        assert versions == {*row["once"], GO_VERSION}
        assert all(day.startswith("2026-11-") for day in row["once"].values())


def test_equal_answers_are_one_row() -> None:
    answers: dict[tuple[str, str], Any] = {
        ("1.1", "amd64"): 1, ("1.2", "amd64"): 2, ("1.3", "amd64"): 2,
        ("1.1", "386"): 1, ("1.2", "386"): 2, ("1.3", "386"): 3,
    }  # fmt: skip
    assert book.grouped(answers) == [
        {"go": ["1.1"], "machine": ["amd64", "386"], "answer": 1},
        {"go": ["1.2", "1.3"], "machine": ["amd64"], "answer": 2},
        {"go": ["1.2"], "machine": ["386"], "answer": 2},
        {"go": ["1.3"], "machine": ["386"], "answer": 3},
    ]
