"""What no tracked file may say."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.support import ROOT, tracked
from tools.notebooks import setup_cell

# Put together here, so that this file does not contain what it forbids.
FORBIDDEN = {
    "an install line for another library": "pip install " + r"['\"]?kevent\b",
    "a path of somebody's machine": r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w",
    "the address of a package index": "pypi" + r"\.org|pythonhosted" + r"\.org|npmjs" + r"\.",
    "an option that names a package index": "--(?:extra-)?index" + "-url|--find" + "-links",
}


def texts() -> list[tuple[str, str]]:
    found = []
    for name in tracked():
        try:
            found.append((name, (ROOT / name).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a font or a picture
    return found


def offenders(pattern: str, files: list[tuple[str, str]]) -> list[str]:
    return [f"{name}: {match[0]}" for name, text in files for match in re.finditer(pattern, text)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    assert offenders(FORBIDDEN[what], texts()) == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("an install line for another library", "pip install " + "kevent"),
        ("a path of somebody's machine", "see /" + "home/ada/kevent"),
        ("the address of a package index", "https://pypi" + ".org/simple"),
        ("an option that names a package index", "--index" + "-url x"),
    ],
)
def test_the_patterns_see_what_they_forbid(what: str, line: str) -> None:
    assert offenders(FORBIDDEN[what], [("a file", line)])


def derived(text: str) -> str:
    """The text without the setup cell of a notebook, which `make notebooks` writes from _config.yml."""
    for line in setup_cell().source.splitlines():
        text = text.replace(json.dumps(line + "\n", ensure_ascii=False), "")
    return text


def test_the_address_of_the_repository_stands_in_one_place() -> None:
    address = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    written = [name for name, text in texts() if address in text and address in derived(text)]
    assert written == ["_config.yml"]
