"""The Go of the oracle is our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle.asking import Oracle
from oracle.copied import copied, module_files, our_files, telling
from tests.support import ROOT, tracked


@pytest.fixture(scope="module")
def theirs(oracle: Oracle) -> list[Path]:
    """The packages that the questions are about, of every release that is here; one has been built."""
    about = (
        "/tools/record/",
        "/tools/events/",
        "/tools/reference/",
        "/pkg/watch/",
        "/util/flowcontrol/",
        "/util/strategicpatch/",
    )
    return [path for path in module_files() if any(part in path.as_posix() for part in about)]


def test_nothing_is_copied(theirs: list[Path]) -> None:
    assert copied(our_files(), theirs) == []


def test_a_pasted_function_is_caught(theirs: list[Path], tmp_path: Path) -> None:
    source = next(path for path in theirs if path.match("tools/record/event.go"))
    text = source.read_text(encoding="utf-8")
    start = text.index("func recordEvent(")
    pasted = tmp_path / "ours.go"
    pasted.write_text(
        "package main\n\n" + text[start : text.index("\n}\n", start)].replace("\t", "  "), encoding="utf-8"
    )
    assert len(copied([pasted], theirs)) > 5


def test_three_lines_are_caught_and_two_are_not(tmp_path: Path) -> None:
    lines = ["first := compute(alpha)", "}", "second := compute(beta)", "third := compute(gamma)"]
    theirs = tmp_path / "theirs.go"
    theirs.write_text("\n".join(["package theirs", *lines]), encoding="utf-8")
    ours = tmp_path / "ours.go"
    ours.write_text("\n".join(["package ours", *lines[:3], "something := else(altogether)"]), encoding="utf-8")
    assert copied([ours], [theirs]) == []
    ours.write_text("\n".join(["package ours", *(f"\t{line}" for line in lines)]), encoding="utf-8")
    assert len(copied([ours], [theirs])) == 1


def test_trivial_lines_do_not_count() -> None:
    assert (
        list(telling('package main\n\nimport "fmt"\n\tcorev1 "k8s.io/api/core/v1"\n}\nreturn nil\nfor range n {\n'))
        == []
    )
    assert list(telling("if err := json.Unmarshal(text, into); err != nil {")) != []


def test_there_is_no_other_go_in_the_repository() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    found = tracked("*.go")
    assert found
    assert all(name.startswith("oracle/go/") for name in found)
