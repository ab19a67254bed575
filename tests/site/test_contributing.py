"""CONTRIBUTING.md: its recipes work, and what it names is there. Likewise the Makefile and the citation."""

from __future__ import annotations

import re
import subprocess
import textwrap
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

import kevent
from kevent.cli import main
from tests.support import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^## (Add .*?)$(.*?)(?=^## |\Z)", TEXT, re.M | re.S)


def code(recipe: str) -> str:
    [block] = re.findall(r"^ *```python\n(.*?)^ *```$", recipe, re.M | re.S)
    return textwrap.dedent(block)


def test_there_is_a_recipe_for_everything() -> None:
    assert [name for name, _ in RECIPES] == [
        f"Add a {thing}" for thing in ("chapter", "figure", "chart", "claim", "source twin", "sink")
    ]


@pytest.mark.parametrize(("name", "recipe"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_can_be_followed(name: str, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    known = {"path": tmp_path / "99_name.ipynb", "__name__": "recipe"}
    exec(compile(code(recipe), f"CONTRIBUTING.md, {name}", "exec"), known)
    if name == "Add a chapter":
        cells = nbformat.read(known["path"], as_version=4).cells
        assert cells[-1].outputs[0].data["text/plain"] == "True"


def test_the_program_of_the_readme_writes_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    exec(compile(code(text), "README.md", "exec"), {})
    commands = re.findall(r"^    kevent (.*)$", text, re.M)
    assert commands == ["demo", "events events.db"]
    assert main(commands[1].split()) == 0
    [line] = capsys.readouterr().out.splitlines()[1:]
    assert line.split()[1:4] == ["(x3)", "Warning", "SyncFailed"]


def test_the_extras_of_the_readme_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"\.\[(\w+)\]", text) + re.findall(
        r"`([\w-]+)`", text[text.index("Other extras") :].split("\n")[0]
    )
    assert sorted(named) == sorted(extras)


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`([\w./-]+(?:/|\.\w+))`", TEXT)) - {"book/NN_name.ipynb"}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_command_it_names_is_a_target_and_help_lists_it() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([\w-]+)", listed, re.M))
    documents = [TEXT, *((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "book/README.md"))]
    commands = {name for text in documents for name in re.findall(r"make ([\w-]+)(?=`|\s*#|$)", text, re.M)}
    assert {"book", "test", "help", "html"} <= commands
    assert commands <= targets
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony
    assert set(phony[1].split()) == targets


def test_the_citation_says_what_the_package_says() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors", "type"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert all(author.get("name") or author.get("family-names") for author in citation["authors"])
    assert (citation["version"], citation["license"]) == (kevent.__version__, project["license"])
    assert "version" in project["dynamic"]


def test_the_licences_are_stated_where_readers_look() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "_config.yml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "CC BY 4.0" in text
        assert re.search(r"Apache(-| License )2\.0", text)


def test_pre_commit_runs_what_make_test_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"] for repository in config["repos"] for hook in repository["hooks"]}
    assert hooks == {"ruff", "mypy", "notebooks"}
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
