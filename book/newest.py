"""Read where the newest release of client-go has its symbols, and write it down: `book/data/newest.json`.

    python -m book.newest            # after `python -m oracle.toolchain 1.38 v0.38.0`

The facts are those of `book/data/symbols.json`: names, lines, hashes, no line of Go. A build compares every excerpt
with its hash, so a module that changes under its version fails it.

Only what gofmt has formatted is read: a declaration begins at the margin, and ends on that line or with the first
bracket that stands at the margin.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from book.extensions.go_source import MODULES, digest
from book.extensions.source_map import DATA
from oracle import toolchain

FILES = {
    "kubernetes/client-go": [
        "tools/record/event.go",
        "tools/record/events_cache.go",
        "tools/record/fake.go",
        "tools/record/util/util.go",
        "tools/reference/ref.go",
        "tools/events/event_broadcaster.go",
        "tools/events/event_recorder.go",
        "tools/events/interfaces.go",
        "util/flowcontrol/throttle.go",
    ],
    "kubernetes/apimachinery": ["pkg/watch/mux.go", "pkg/watch/watch.go"],
}

DECLARED = re.compile(r"(func|type|const|var) (?:\(\w+ \*?(\w+)\) )?(\(|\w+)")


def declarations(text: str) -> Iterator[dict[str, Any]]:
    """The named declarations of a Go file: symbol, kind, lines, signature, sha256."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        declared = DECLARED.match(line)
        if not declared or declared[3] == "_":
            continue
        end = start
        if line.endswith(("{", "(", ",")):  # goes on; a list of parameters may, too
            end = next(n for n in range(start + 1, len(lines)) if re.match(r"[)}]", lines[n]))
        block = lines[start : end + 1]
        kind, names, signature = described(declared, block)
        if not names:  # a block of blanks
            continue
        yield {
            "symbol": ",".join(names),
            "kind": kind,
            "lines": [start + 1, end + 1],
            "signature": signature,
            "sha256": digest(block),
        }


def described(declared: re.Match[str], block: list[str]) -> tuple[str, list[str], str]:
    """The kind of a declaration, its names, and what the book says of it."""
    keyword, receiver, name = declared.groups()
    if name == "(":
        names = [found[1] for line in block[1:-1] if (found := re.match(r"\t([A-Za-z]\w*)", line))]
        return f"{keyword}-block", names, f"{'constants' if keyword == 'const' else 'variables'} {', '.join(names)}"
    if keyword == "func":
        name = f"{receiver}.{name}" if receiver else name
        kind = "method" if receiver else "func"
        return kind, [name], f"{kind} {name}({', '.join(parameters(' '.join(block), declared.end()))})"
    if keyword == "type":
        rest = block[0][declared.end() :]
        kind = next((kind for kind in ("struct", "interface", "func") if rest.startswith(f" {kind}")), "type")
        kind = "func-type" if kind == "func" else kind
        return kind, [name], f"{'function type' if kind == 'func-type' else kind} {name}"
    return keyword, [name], f"{keyword} {name}"


def parameters(text: str, start: int) -> list[str]:
    """The names in the list of parameters that begins at `start`; none if it gives types alone."""
    entries, depth = [""], 0
    for character in text[start:]:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            break
        if character == "," and depth == 1:
            entries.append("")
        elif depth > 1 or character != "(":
            entries[-1] += character
    words = [entry.split() for entry in entries if entry.strip()]
    if not any(len(entry) > 1 for entry in words):
        return []
    return [entry[0] + ("..." if len(entry) > 1 and entry[1].startswith("...") else "") for entry in words]


def rows(release: str) -> Iterator[dict[str, Any]]:
    for repo, paths in FILES.items():
        folder = toolchain.module(release, MODULES[repo])
        where = {"repo": repo, "tag": folder.name.partition("@")[2]}
        for path in paths:
            for row in declarations((folder / path).read_text(encoding="utf-8")):
                yield {"symbol": row["symbol"], "kind": row["kind"], **where, "path": path, **row}


def main() -> None:
    release = toolchain.releases()[-1]
    try:
        toolchain.download(release, *(MODULES[repo] for repo in FILES))
    except toolchain.NoGo as error:
        sys.exit(str(error))
    text = ",\n  ".join(json.dumps(row) for row in rows(release))
    (DATA / "newest.json").write_text(f"[\n  {text}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
