"""May this tag be released? Says what the release brings, for its page; fails with what does not fit.

    python -m tools.release v0.1.0

The tag, `kevent.__version__`, CITATION.cff and the newest section of CHANGELOG.md have to agree.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"^## \[([^]]+)\](?: - (\d{4}-\d\d-\d\d))?\n(.*?)(?=^## |\Z)", re.M | re.S)


def found(pattern: str, path: Path) -> str:
    """What a file says where the pattern has its group; empty if it says nothing."""
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.M)
    return match[1] if match else ""


def sections(root: Path) -> list[tuple[str, str, str]]:
    """The changelog, newest first: version, date, text."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return [(version, date, body.strip()) for version, date, body in SECTION.findall(text)]


def obstacles(root: Path, tag: str) -> list[str]:
    """What keeps the tag from being released, in words."""
    version = tag.removeprefix("v")
    wrong = [] if tag.startswith("v") else [f"a tag is v and a version, not {tag}"]
    for name, pattern in (("kevent/__init__.py", r'^__version__ = "(.+)"'), ("CITATION.cff", r"^version: (.+)$")):
        said = found(pattern, root / name)
        if said != version:
            wrong.append(f"{name} says {said or 'no version'}")
    newest, date, _ = next(((v, d, t) for v, d, t in sections(root) if v != "Unreleased"), ("none", "", ""))
    if newest != version:
        wrong.append(f"the newest version in CHANGELOG.md is {newest}")
    elif not date:
        wrong.append(f"CHANGELOG.md has no date for {version}")
    return wrong


def notes(root: Path, version: str) -> str:
    """What the changelog says of a version."""
    return next((text for named, _, text in sections(root) if named == version), "")


def main() -> None:
    tag = sys.argv[1]
    if wrong := obstacles(ROOT, tag):
        raise SystemExit(f"{tag} cannot be released: {'; '.join(wrong)}.")
    print(notes(ROOT, tag.removeprefix("v")))


if __name__ == "__main__":
    main()
