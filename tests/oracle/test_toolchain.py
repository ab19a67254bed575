"""Which Go answers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from oracle import toolchain
from oracle.toolchain import GO_VERSION, NoGo


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the package with Go in it is not installed."""
    monkeypatch.setattr(toolchain, "find_spec", lambda name: importlib.util.find_spec("a_package_that_is_not_there"))


def on_the_path(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` that is the first on the PATH and says that it has this version."""
    program = folder / "go"
    program.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return program


@pytest.mark.parametrize("version", ["1.19.8", "1.26", f"{GO_VERSION}rc1", f"{GO_VERSION}0", "1.99.0"])
@pytest.mark.usefixtures("no_package")
def test_a_go_of_another_version_is_never_taken(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_path(tmp_path, version, monkeypatch)
    with pytest.raises(NoGo, match=f"no Go {GO_VERSION} here"):
        toolchain.go.__wrapped__()


@pytest.mark.usefixtures("no_package")
def test_a_go_of_the_pinned_version_on_the_path_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = on_the_path(tmp_path, GO_VERSION, monkeypatch)
    assert toolchain.go.__wrapped__() == str(program)


def test_the_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("go") is None:
        pytest.skip("the package is not installed: `make oracle`")
    program = on_the_path(tmp_path, GO_VERSION, monkeypatch)
    assert toolchain.go.__wrapped__() != str(program)
