"""The wheel and the sdist, built from a clean copy without a network, and the wheel as a user installs it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import kevent
from tests.support import copy, tracked

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "PYTEST"))}
TESTED = (
    "tests/sinks/test_sqlite.py",
    "tests/unit/test_sinks_memory.py",
    "tests/unit/test_production.py",
    "tests/cli/test_cli.py::test_demo_then_events_then_explain",
)
"""The tests that are run with the installed wheel, too."""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sdist and the wheel are; the wheel is built out of the sdist, so that has all it needs."""
    clean = tmp_path_factory.mktemp("clean")
    copy([name for name in tracked() if not name.startswith("book/assets/")], clean)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", clean / "dist", cwd=clean)
    return clean / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that has the wheel and nothing else."""
    home = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", home / "venv", cwd=home)
    programs = home / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(programs / "python")]
    run(*pip, "install", "--quiet", "--no-index", wheel, cwd=home)
    return programs


def expected() -> set[str]:
    """The files of the package, as the repository has them."""
    return set(tracked("kevent"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"kube_kevent-{kevent.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    unneeded = {"kevent/figures/js/package.json"}  # for Node, which tests the scripts
    assert names == expected() - unneeded
    for needed in (
        "py.typed",
        "figures/js/plate.js",
        "figures/js/figures.css",
        "models/museum/schedules/stopped-and-spinning.json",
    ):
        assert f"kevent/{needed}" in names


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    lines = text.partition("\n\n")[0].splitlines()
    assert "Name: kube-kevent" in lines
    assert "License-Expression: Apache-2.0" in lines
    assert [line for line in lines if line.startswith("Requires-Dist") and "extra" not in line] == []
    assert {line.split()[1] for line in lines if line.startswith("Provides-Extra")} == {
        "cli", "figures", "kopf", "kr8s", "kubernetes", "kubernetes-asyncio", "lightkube", "opentelemetry",
        "prometheus", "simulation",
    }  # fmt: skip


def test_the_sdist_holds_the_package_and_what_builds_it(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names
    assert not {name.partition("/")[0] for name in names} & {"tests", "book", "benchmarks", "audit", "_build"}


def test_the_program_and_the_module_are_the_same(installed: Path, tmp_path: Path) -> None:
    program = run(installed / "kevent", "--help", cwd=tmp_path)
    assert program == run(installed / "python", "-m", "kevent", "--help", cwd=tmp_path)
    assert program.startswith("usage: kevent ")
    for command in ("demo", "record", "events", "explain"):
        assert command in program


def test_a_new_user_s_first_minute(installed: Path, tmp_path: Path) -> None:
    """The demo, its events, and what the correlator did, with nothing installed beside the wheel."""
    shown = run(installed / "kevent", "demo", "--speed", "1000", "--to", "events.db", cwd=tmp_path)
    assert "BackOff" in shown
    listed = run(installed / "kevent", "events", "events.db", "-o", "json", cwd=tmp_path)
    (tmp_path / "events.json").write_text(listed)
    assert "pod/web-0" in run(installed / "kevent", "explain", "events.json", "--burst", "3", cwd=tmp_path)
    refused = subprocess.run(
        [installed / "kevent", "record", "--to", "kubernetes", "Pod/web-0", "BackOff", "again"],
        cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "kevent: the sink kubernetes needs the extra kube-kevent[kubernetes]\n"


@pytest.mark.weekly
def test_the_sinks_tests_pass_on_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    """In a folder without the package, so that there is only the installed one to import."""
    copy([*tracked("tests"), "pyproject.toml"], tmp_path)
    (site,) = (installed.parent / "lib").glob("python*/site-packages")
    # pytest and the rest come from here. A folder named in a .pth file is searched, but its own .pth files are not
    # looked at, of which one leads to the sources of kevent.
    (site / "tools.pth").write_text(sysconfig.get_path("purelib") + "\n")
    try:
        where = run(installed / "python", "-c", "import kevent; print(kevent.__file__)", cwd=tmp_path)
        assert Path(where.strip()).parent == site / "kevent"
        said = run(
            installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "-k", "not killed", *TESTED, cwd=tmp_path,
        )  # fmt: skip
    finally:
        (site / "tools.pth").unlink()
    assert " passed" in said.splitlines()[-1]


CORE_PROGRAM = """
import importlib, pkgutil, sys
import kevent
from kevent import *
assert not hasattr(kevent, "simulate")
needing = (
    "kevent.figures", "kevent.kopf", "kevent.metrics.", "kevent.models.museum", "kevent.simulation",
    "kevent.sinks.kr8s", "kevent.sinks.kubernetes", "kevent.sinks.lightkube", "kevent.testing",
)
for module in pkgutil.walk_packages(kevent.__path__, "kevent."):
    if not module.name.startswith(needing) and module.name != "kevent.__main__":
        importlib.import_module(module.name)
sink = MemorySink()
with EventBroadcaster() as broadcaster:
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("demo"))
    recorder.event(ObjectReference(kind="Pod", name="web-0"), "Normal", "Pulled", "image is there")
assert [event.reason for event in sink.events()] == ["Pulled"]
known = {"kevent", "__main__", *sys.stdlib_module_names}
print(sorted({name.partition(".")[0] for name in sys.modules} - known))
"""


def test_the_core_runs_on_python_alone(installed: Path, tmp_path: Path) -> None:
    said = run(installed / "python", "-I", "-c", CORE_PROGRAM, cwd=tmp_path)
    assert [name for name in ast.literal_eval(said) if not name.startswith("_")] == []


@pytest.mark.parametrize("module", ["kevent.simulation", "kevent.figures", "kevent.models.museum"])
def test_what_needs_greenlet_says_what_to_install(installed: Path, tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [installed / "python", "-I", "-c", f"import {module}"],
        cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "kube-kevent[simulation]" in done.stderr
