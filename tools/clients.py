"""Run the tests of the sinks against the oldest and the newest releases of each client: python -m tools.clients

Each set of releases has a virtual environment of its own in `.venv/clients`, which is kept. `make test` runs the same
tests against the pinned ones.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".venv" / "clients"

NEEDED = ("pytest", "trustme", "pyyaml", "greenlet", "nbformat")
"""What the tests themselves import, whichever the clients."""

TESTS = tuple(f"tests/sinks/test_{name}.py" for name in ("clients", "rest", "kubernetes", "kopf"))


def pinned() -> dict[str, str]:
    """The releases that `make test` runs against, which are the newest known here."""
    text = (ROOT / "requirements-test.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^(kubernetes|kubernetes_asyncio|kr8s|lightkube|kopf)==(\S+)", text, re.M))


def oldest() -> dict[str, str]:
    """The releases that the extras begin with."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.findall(r'"(kubernetes|kubernetes-asyncio|kr8s|lightkube|kopf)>=([\d.]+)', text)
    return {name.replace("-", "_"): version for name, version in found}


def sets() -> dict[str, dict[str, str]]:
    """The releases that are tested together, by a name. The official client changes more than once between its ends."""
    return {"oldest": oldest(), "between": {**pinned(), "kubernetes": "36.0.3"}, "newest": pinned()}


def environment(name: str, releases: dict[str, str]) -> Path:
    """A Python with these releases."""
    folder = KEPT / f"{name}-{'-'.join(releases.values())}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        wanted = [f"{client}=={version}" for client, version in releases.items()]
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *NEEDED, *wanted],
                       check=True)  # fmt: skip
    return python


def main() -> int:
    failed = []
    for name, releases in sets().items():
        print(f"{name}: {', '.join(f'{client} {version}' for client, version in releases.items())}", flush=True)
        command: list[str | Path] = [environment(name, releases), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W",
                   "ignore::DeprecationWarning", *TESTS]  # fmt: skip
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all sets pass")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
