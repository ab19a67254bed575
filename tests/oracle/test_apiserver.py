"""The real API server is built once, and where that cannot be, one line says why."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from oracle import apiserver, toolchain
from oracle.apiserver import Cluster, NoCluster


@pytest.fixture
def nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(apiserver, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(toolchain, "go", lambda: "/nowhere/go")
    return tmp_path / "cache"


def test_another_version_or_another_go_has_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = apiserver.folder()
    assert before.name.startswith(f"{apiserver.VERSION}-")
    monkeypatch.setattr(toolchain, "GO_VERSION", "1.0")
    assert apiserver.folder() != before


def test_a_cluster_that_was_not_built_says_what_to_do(nothing_there: Path) -> None:
    with pytest.raises(NoCluster, match="has not been built: run `make cluster`, once"):
        Cluster()
    with pytest.raises(NoCluster, match="has not been built here"):
        apiserver.main("at-hand")


def test_too_little_memory_is_said_before_anything_begins(nothing_there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apiserver, "MEMORY", 1e6)
    with pytest.raises(NoCluster, match=r"the build takes 1000000 GB of memory, and [\d.]+ GB are free"):
        apiserver.build()


def test_too_little_disk_likewise(nothing_there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apiserver, "MEMORY", 0.0)
    monkeypatch.setattr(apiserver, "DISK", 1e6)
    with pytest.raises(NoCluster, match=r"the build takes 1000000 GB of disk, and [\d.]+ GB are free in "):
        apiserver.build()


@pytest.mark.parametrize(
    ("code", "said", "words"), [(-9, "", "SIGKILL: too little memory?"), (1, "no such package", "no such package")]
)
def test_a_build_that_fails_leaves_nothing_behind(
    nothing_there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int, said: str,
    words: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(apiserver, "MEMORY", 0.0)
    monkeypatch.setattr(apiserver, "DISK", 0.0)

    def run(command: Any, **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, code, "", said)

    monkeypatch.setattr("oracle.apiserver.subprocess.run", run)
    with pytest.raises(NoCluster, match=words):
        apiserver.build()
    assert "minutes of one core" in capsys.readouterr().out, "how long it takes is said before it begins"
    assert not apiserver.at_hand()
    assert [path.name for path in nothing_there.iterdir()] == [apiserver.folder().name]


def test_a_build_keeps_its_programs_and_is_not_done_twice(
    nothing_there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apiserver, "MEMORY", 0.0)
    monkeypatch.setattr(apiserver, "DISK", 0.0)
    built: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        Path(command[command.index("-o") + 1]).touch()
        built.append(command[-1])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("oracle.apiserver.subprocess.run", run)
    assert apiserver.build() == apiserver.build() == apiserver.folder()
    assert built == list(apiserver.PROGRAMS.values())
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"are in {apiserver.folder()}")
