"""Is a line of our Go somebody else's? Compares the oracle's program with the modules that it is built from.

What counts as copied: three lines in a row, trivial ones left out, that also follow one another in a module, or one
line of sixty characters or more. Trivial is a line with less than two words of its own, one that many write the same
way (at most sixteen characters), an import, and the package clause. Lines are compared without the space around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from .toolchain import SOURCES, STORE

IN_A_ROW = 3
LONG = 60
SHORT = 16

_IMPORT = re.compile(r'^(import\b.*|package\b.*|//go:build.*|([\w.]+ )?"[\w./-]+"( // .*)?)$')


def telling(text: str) -> Iterator[str]:
    """The lines that are not trivial."""
    for line in text.splitlines():
        stripped = line.strip()
        if len(stripped) > SHORT and not _IMPORT.match(stripped) and len(re.findall(r"[A-Za-z]{2,}", stripped)) > 1:
            yield stripped


def marks(text: str) -> Iterator[tuple[bytes, str]]:
    """A hash of whatever would be copied, and its first line."""
    lines = list(telling(text))
    for number, line in enumerate(lines):
        if len(line) >= LONG:
            yield _hash(line), line
        if number + IN_A_ROW <= len(lines):
            yield _hash("\n".join(lines[number : number + IN_A_ROW])), line


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()


def module_files() -> list[Path]:
    """Every Go file of the modules that the oracle was built with and that are Kubernetes' own."""
    return sorted((STORE / "modules").glob("k8s.io/*@*/**/*.go"))


def copied(ours: Iterable[Path], theirs: Iterable[Path]) -> list[str]:
    """Where a file of ours has what a file of theirs has: one line of text each."""
    wanted: dict[bytes, list[tuple[Path, str]]] = {}
    for path in ours:
        for mark, line in marks(path.read_text(encoding="utf-8")):
            wanted.setdefault(mark, []).append((path, line))
    found: dict[tuple[Path, str], Path] = {}
    for path in theirs:
        for mark, _ in marks(path.read_text(encoding="utf-8", errors="replace")):
            for place in wanted.get(mark, ()):
                found.setdefault(place, path)
    return [f"{ours.name}: {line!r} is in {theirs}" for (ours, line), theirs in sorted(found.items())]


def our_files() -> list[Path]:
    """The only Go in the repository."""
    return sorted(SOURCES.rglob("*.go"))
