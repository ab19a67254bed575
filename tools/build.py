"""Build the site, and nothing twice.

    python -m tools.build

Nothing has changed since the last build: nothing is done. Only pages have: those are read again, and all are written,
since a page's title, minutes and terms show on others. Anything else has, or the last build failed: all is built from
nothing, since whatever a page shows may come from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import yaml

from tools.built import ROOT, documents

BUILT = Path("_build/built-from.json")
ELSEWHERE = re.compile(r"\..*|_build|dist|node_modules|tests|__pycache__|.*\.egg-info")
"""Folders that no page is made of."""

BESIDE = (".venv/installed", "live/node_modules/.kevent-lock")
"""Marks of what is installed. They are touched when that changes."""

Found = dict[str, str]


def files(folder: Path) -> Iterator[Path]:
    """Every file that a page could be made of."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not ELSEWHERE.fullmatch(name)]
        yield from (Path(place, name) for name in names if name[0] != ".")


def fingerprints(root: Path) -> tuple[Found, Found]:
    """What the pages are, and what everything else is that they are made of."""
    found = {
        path.relative_to(root).as_posix(): hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()
        for path in sorted(files(root))
    }
    named = documents(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    pages = {path: found.pop(path) for name in named for path in (f"{name}.ipynb", f"{name}.md") if path in found}
    pages["commit"] = _commit(root)  # which a page shows, and which changes none
    for mark in BESIDE:
        found[mark] = str((root / mark).stat().st_mtime_ns) if (root / mark).exists() else ""
    found["modules of Go"] = " ".join(sorted(path.name for path in root.glob(".venv/go/modules/k8s.io/*")))
    found["Python"] = sys.version
    return pages, found


def _commit(root: Path) -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def to_do(before: tuple[Found, Found] | None, now: tuple[Found, Found]) -> Literal["nothing", "pages", "everything"]:
    """What has to be built, by the fingerprints of pages and rest."""
    if before == now:
        return "nothing"
    if before and before[1] == now[1] and before[0].keys() == now[0].keys():
        return "pages"
    return "everything"


def last_built(root: Path) -> tuple[Found, Found] | None:
    """The fingerprints of what the site was built from; None if there is none, or it is half built."""
    try:
        pages, rest = json.loads((root / BUILT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return pages, rest


def jupyter_book(root: Path, *, anew: bool) -> int:
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "--keep-going", "-n", "-q"]
    return subprocess.run(command + ["--all"] * anew, cwd=root, check=False).returncode


def build(root: Path, run: Callable[..., int] = jupyter_book) -> int:
    """Build the site of a checkout, as far as needed; gives the exit code."""
    now = fingerprints(root)
    what = to_do(last_built(root), now)
    if what == "nothing":
        print("Nothing has changed since the site was built.")
        return 0
    (root / BUILT).unlink(missing_ok=True)
    shutil.rmtree(root / ("_build/html" if what == "pages" else "_build"), ignore_errors=True)
    if status := run(root, anew=what == "everything"):
        return status
    (root / BUILT).write_text(json.dumps(now), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(build(ROOT))
