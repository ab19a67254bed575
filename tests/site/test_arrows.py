"""Who may call whom: the contracts in pyproject.toml hold, and each of them sees the arrow that it forbids."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.support import ROOT

HOUSES = ("kevent", "book", "oracle", "tools", "tests")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LINT = Path(sys.executable).parent / "lint-imports"

FORBIDDEN = {
    "floors": ("kevent/channel.py", "from kevent.broadcaster import Watcher"),
    "circles": ("kevent/sinks/errors.py", "from kevent.sinks.memory import MemorySink"),
    "core": ("kevent/event.py", "import rich"),
    "houses": ("kevent/wire.py", "from oracle.replay import vectors"),
}
"""For each contract a line that breaks it, and where it would stand."""


def lint(folder: Path) -> str:
    """What import-linter says of the sources in a folder."""
    done = subprocess.run([LINT, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("houses")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for house in HOUSES:
        ignore = shutil.ignore_patterns("__pycache__", "*.ipynb", "*.png", "node_modules", "*.js", "*.json")
        shutil.copytree(ROOT / house, folder / house, ignore=ignore)
    return folder


def test_every_arrow_of_the_house_is_allowed(copied: Path) -> None:
    said = lint(copied)
    assert re.findall(r"(KEPT|BROKEN)\b", said) == ["KEPT"] * len(CONTRACTS), said


def test_each_contract_sees_an_arrow_that_it_forbids(copied: Path, tmp_path: Path) -> None:
    assert set(FORBIDDEN) == {contract["id"] for contract in CONTRACTS}
    folder = tmp_path / "broken"
    shutil.copytree(copied, folder)
    for name, line in FORBIDDEN.values():
        path = folder / name
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    said = lint(folder)
    assert re.findall(r"(KEPT|BROKEN)\b", said) == ["BROKEN"] * len(CONTRACTS), said


def test_a_module_that_stands_on_no_floor_is_seen(copied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    shutil.copytree(copied, folder)
    (folder / "kevent" / "attic.py").write_text('"""On no floor."""\n', encoding="utf-8")
    said = lint(folder)
    assert "BROKEN" in said
    assert "kevent.attic" in said


def test_the_core_s_contract_knows_every_package_that_kevent_imports() -> None:
    """So a package that nobody thought of is not imported by the core in silence."""
    graph = grimp.build_graph("kevent", include_external_packages=True, cache_dir=None)
    outside = {name.partition(".")[0] for name in graph.modules} - {"kevent"} - set(sys.stdlib_module_names)
    [core] = [contract for contract in CONTRACTS if contract["id"] == "core"]
    assert outside == set(core["forbidden_modules"])
