"""Has Kubernetes moved on since the book's "Today" sections were written?

    python tools/stale.py            prints nothing, or a report in Markdown
    python tools/stale.py --store    take the newest release as read: writes book/data/watched.json

Compares the files of the source map, as they were in the release that was read last, with the newest release. For a
file that changed, the report quotes the "Today" section of every chapter that shows a symbol of that file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WATCHED = Path("book/data/watched.json")
HOST = "https://github.com"
RELEASE = re.compile(r"refs/tags/(v0\.(\d+)\.(\d+))$", re.M)


def git(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=True).stdout


def newest(address: str) -> str:
    """The newest release of a repository, by number."""
    found = RELEASE.findall(git("ls-remote", "--tags", "--refs", address))
    if not found:
        raise SystemExit(f"{address} has no release")
    return str(max(found, key=lambda tag: (int(tag[1]), int(tag[2])))[0])


def blobs(address: str, tag: str, paths: list[str]) -> dict[str, str]:
    """git's hash of each file at a tag; a file that is gone has none. Fetches no file."""
    with tempfile.TemporaryDirectory() as folder:
        git("clone", "-q", "--bare", "--depth=1", "--filter=blob:none", f"--branch={tag}", address, folder)
        lines = git("ls-tree", "-r", tag, "--", *paths, cwd=Path(folder)).splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in lines}


def watched_now(root: Path, host: str = HOST) -> dict[str, Any]:
    """Repository -> newest release and the hashes of the files that the book reads."""
    files = json.loads((root / "book/data/files.json").read_text(encoding="utf-8"))
    paths: dict[str, list[str]] = {}
    for row in files:
        if row["repo"] in ("kubernetes/client-go", "kubernetes/apimachinery"):
            paths.setdefault(row["repo"], []).append(row["path"])
    found = {}
    for repository in sorted(paths):
        address = f"{host}/{repository}"
        tag = newest(address)
        found[repository] = {"tag": tag, "files": blobs(address, tag, sorted(paths[repository]))}
    return found


def today(chapter: Path) -> str:
    """The "Today" section of a chapter."""
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    section = re.search(r"^## Today\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return section[1].strip() if section else ""


def chapters(root: Path, repository: str, path: str) -> list[Path]:
    """The chapters that show a symbol of a file."""
    symbols = json.loads((root / "book/data/symbols.json").read_text(encoding="utf-8"))
    twins = json.loads((root / "book/data/twins.json").read_text(encoding="utf-8"))
    names = {row["symbol"] for row in symbols if (row["repo"], row["path"]) == (repository, path)}
    base = path.rsplit("/", 1)[-1]
    numbers = set()
    for twin in twins:
        file, _, symbol = twin["go"].rpartition("#")
        if symbol in names and file in ("", base) and "chapter" in twin:
            numbers.add(twin["chapter"])
    return [found for number in sorted(numbers) for found in sorted((root / "book").glob(f"{number:02}_*.ipynb"))]


def report(root: Path, before: dict[str, Any], now: dict[str, Any]) -> str:
    """What may have become untrue; empty when nothing has."""
    lines: list[str] = []
    for repository, state in now.items():
        old = before[repository]["files"]
        changed = [path for path in sorted({*old, *state["files"]}) if old.get(path) != state["files"].get(path)]
        if not changed:
            continue
        lines.append(f"## {repository}: {before[repository]['tag']} -> {state['tag']}\n")
        for path in changed:
            lines.append(f"- `{path}` {'changed' if path in state['files'] else 'is gone'}\n")
            for chapter in chapters(root, repository, path):
                quoted = "\n".join(f"  > {line}" for line in today(chapter).splitlines())
                lines.append(f"  `{chapter.name}` says:\n\n{quoted or '  > nothing about today'}\n")
    return "\n".join(lines)


def main() -> None:
    now = watched_now(ROOT)
    if "--store" in sys.argv[1:]:
        (ROOT / WATCHED).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return
    print(report(ROOT, json.loads((ROOT / WATCHED).read_text(encoding="utf-8")), now), end="")


if __name__ == "__main__":
    main()
