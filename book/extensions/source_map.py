"""Where each Go symbol stands: repository, tag, file, lines, and the hash of those lines. No line itself.

The facts are in `book/data`; this module finds a symbol by the name a chapter uses. `book/extensions/go_source.py` has
the lines, where they are at hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
READ = {"kubernetes-1.14.0-alpha.2", "v1.14.0-alpha.2", "go1.11.5"}
"""The tags that the book reads. A symbol of another tag is named with it: `WaitGroup.Add@go1.20`."""

NEWEST = "newest"
"""Stands for the tag of the newest release in a name: `Broadcaster.loop@newest`."""


@dataclass(frozen=True)
class Symbol:
    """A Go symbol at a tag."""

    name: str  # as Go has it; several, separated by commas, for a block of constants
    kind: str
    repo: str
    tag: str
    path: str
    first: int
    last: int
    signature: str
    sha256: str
    ref: str  # what to fetch: the tag, or a commit where the tag is no more than a description

    @property
    def file(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """Each name of a block, or the only one."""
        return tuple(self.name.split(","))

    @property
    def key(self) -> str:
        """The name within the tags that the book reads: `mux.go#Broadcaster.loop`."""
        return f"{self.file}#{self.names[0]}"

    @property
    def lines(self) -> str:
        return f"line {self.first}" if self.first == self.last else f"lines {self.first}–{self.last}"

    def link(self, first: int | None = None, last: int | None = None) -> str:
        """The address of the lines on GitHub, by default of the whole symbol."""
        first, last = first or self.first, last or self.last
        span = f"L{first}" if first == last else f"L{first}-L{last}"
        return f"https://github.com/{self.repo}/blob/{self.ref}/{self.path}#{span}"

    @property
    def raw(self) -> tuple[str, str]:
        """Where the text of the file is served: GitHub, and a mirror of it."""
        return (
            f"https://raw.githubusercontent.com/{self.repo}/{self.ref}/{self.path}",
            f"https://cdn.jsdelivr.net/gh/{self.repo}@{self.ref}/{self.path}",
        )


def load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@cache
def symbols() -> tuple[Symbol, ...]:
    refs = {(file["repo"], file["tag"], file["path"]): file["ref"] for file in load("files")}
    rows = [*load("symbols"), *load("newest")]
    return tuple(
        Symbol(
            row["symbol"],
            row["kind"],
            row["repo"],
            row["tag"],
            row["path"],
            row["lines"][0],
            row["lines"][1],
            row["signature"],
            row["sha256"],
            row["tag"] if row["tag"] == newest() else refs[row["repo"], row["tag"], row["path"]],
        )
        for row in rows
    )


@cache
def newest() -> str:
    """The tag of the newest release that the book has symbols of."""
    return str(load("newest")[0]["tag"])


def find(name: str) -> Symbol:
    """The symbol that a chapter calls `Broadcaster.loop`, `mux.go#NewBroadcaster` or `WaitGroup.Add@go1.20`.

    `Broadcaster.loop@newest` is that of the newest release.

    Raises LookupError with what is wrong: there is none, or there are several.
    """
    wanted, _, tag = name.partition("@")
    tag = newest() if tag == NEWEST else tag
    file, _, wanted = wanted.rpartition("#")
    found = [
        symbol
        for symbol in symbols()
        if wanted in (symbol.name, *symbol.names)
        and (symbol.tag == tag if tag else symbol.tag in READ)
        and file in ("", symbol.file)
    ]
    if not found:
        raise LookupError(f"no Go symbol {name!r} in book/data")
    if len(found) > 1:
        raise LookupError(f"{name!r} is ambiguous: {', '.join(symbol.key for symbol in found)}")
    return found[0]


@cache
def twins() -> dict[str, dict[str, Any]]:
    """What stands for a Go symbol in kevent, and which chapter shows the two: by `Symbol.key`."""
    return {row["go"]: row for row in load("twins")}
