"""The launch buttons lead to something that runs. Needs the package index, as `make` does.

What Binder would do is asked of repo2docker, as far as that goes without Docker. Its build steps are `make`'s own, and
`make test` runs every notebook in what they install.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from tests.site.built import Page, contents
from tests.support import ROOT, copy, tracked
from tools.notebooks import SETUP

REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
NOTEBOOKS = [name for name in contents() if (ROOT / f"{name}.ipynb").is_file()]
CHAPTER = ROOT / "book/04_broadcaster.ipynb"
OF_COLAB = ("pip", "ipykernel", "matplotlib")
"""What Colab has before the setup cell runs."""

COLAB_OUTPUT = """\
from types import SimpleNamespace

_widgets = SimpleNamespace(_installed_url=None)


def enable_custom_widget_manager():
    _widgets._installed_url = "https://widgets.invalid/"
"""
"""Of google.colab what anywidget uses there."""


PROGRAMS = Path(sys.executable).parent


def python_with(folder: Path, *packages: str) -> Path:
    """A fresh virtual environment with some packages, by uv where `make` had it; gives its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    uv = [str(PROGRAMS / "uv"), "pip", "install", "--quiet", "--python", str(python)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet"]
    if not (PROGRAMS / "uv").is_file() or subprocess.run([*uv, *packages], check=False).returncode:
        subprocess.run([*pip, *packages], check=True)
    return python


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with what is committed and what is not yet, as a repository of its own."""
    folder = tmp_path_factory.mktemp("repository")
    copy(tracked(), folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    subprocess.run([*git, "init", "-q", "-b", REPOSITORY["branch"]], cwd=folder, check=True)
    subprocess.run([*git, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "-qm", "all"], cwd=folder, check=True)
    return folder


@pytest.mark.weekly
def test_the_cell_for_colab_makes_a_chapter_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Colab: a kernel with little, an empty folder, and a notebook that comes from elsewhere."""
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")  # git takes the clone above for the address
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{repository.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", REPOSITORY["url"])
    home = tmp_path / "content"
    home.mkdir()
    colab = tmp_path / "packages" / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "output.py").write_text(COLAB_OUTPUT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    python = python_with(tmp_path / "venv", *OF_COLAB)
    kernel = tmp_path / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("PATH", f"{python.parent}{os.pathsep}{os.environ['PATH']}")

    shutil.copy(CHAPTER, home / "chapter.ipynb")
    here = str(home / "chapter.ipynb")
    execute = [sys.executable, "-m", "jupyter", "execute", "--kernel_name=colab", "--inplace", here]
    run = subprocess.run(execute, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    setup, *cells = nbformat.read(home / "chapter.ipynb", as_version=4).cells
    assert SETUP in setup.metadata.tags
    assert (home / "kevent-book" / "book" / "exercises").is_dir()
    _, *stored = nbformat.read(CHAPTER, as_version=4).cells
    assert list(map(printed, cells)) == list(map(printed, stored))


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.get("outputs", ()))


def test_binder_would_build_this_checkout(repository: Path) -> None:
    run = subprocess.run(
        [PROGRAMS / "jupyter-repo2docker", "--no-build", "--debug", repository],
        capture_output=True,
        text=True,
        check=True,
    )
    said = run.stdout + run.stderr
    built_for = re.search(r"Building conda environment for python=([\d.]+)", said)
    assert built_for
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert tuple(map(int, built_for[1].split("."))) >= tuple(map(int, wanted.removeprefix(">=").split(".")))
    # The requirements name kevent itself and the constraints: the whole checkout has to be there before pip runs.
    assert said.index("COPY --chown=0:0 src/ ") < said.index('pip install --no-cache-dir -r "requirements.txt"')


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_chapter_can_be_launched_and_downloaded(name: str) -> None:
    links = Page(f"{name}.html").links
    place = REPOSITORY["url"].removeprefix("https://github.com/")
    binder = f"https://mybinder.org/v2/gh/{place}/{REPOSITORY['branch']}?labpath={name}.ipynb"
    colab = f"https://colab.research.google.com/github/{place}/blob/{REPOSITORY['branch']}/{name}.ipynb"
    assert binder in links
    assert colab in links
    assert f"../_sources/{name}.ipynb" in [link.split("?")[0] for link in links]
