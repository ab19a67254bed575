"""What the book says was measured, written into its data: a part of `make oracle`.

`book/data/measured.json` and `book/data/go.json` have experiments in words, with answers. The words are the book's. The
answers come from what is recorded: those of client-go 1.14 from `vectors/1.14/measured.json`, those of the pinned Go
from `vectors/go/`. In `go.json` an experiment says under `once` which other versions of Go were asked, and when: they
need a toolchain of their own, and their answers stay as they are.

    python -m oracle.book [--check]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .record import ARCHITECTURES, TAUGHT, VECTORS
from .toolchain import GO_VERSION, HERE

DATA = HERE.parent / "book" / "data"

Answer = dict[str, Any]


def combined(answer: Answer) -> bool:
    """Whether an event was taken together with others."""
    return bool(answer["event"]["message"].startswith("(combined from similar events)"))


def count(answer: Answer) -> int | None:
    """With which count an event passed; None if it did not."""
    return None if answer["skip"] else answer["event"]["count"]


Told = Callable[[str], Any]
"""What is recorded under a name."""

FIGURES: Mapping[str, Callable[[Told], Any]] = {
    "silent-sink": lambda told: told("silent-sink")["calls"],
    "nobody-watches-yet": lambda told: len(told("nobody-watches-yet")["watchers"]["w0"]["received"]),
    "nobody-reads": lambda told: told("nobody-reads")["operations"][1]["taken"],
    "forty-at-once": lambda told: sum(not answer["skip"] for answer in told("forty-at-once")),
    "forty-at-once-later": lambda told: [count(answer) for answer in told("forty-at-once-later")[-2:]],
    "ten-messages-apart": lambda told: [combined(told(f"ten-messages-apart, {s} s")[-1]) for s in (540, 600, 601)],
    "an-old-message-again": lambda told: {
        "combined" if combined(outcome["answer"][-1]) else "as it was": outcome["times"]
        for outcome in sorted(told("an-old-message-again"), key=lambda outcome: outcome["times"])
    },
    "other-objects": lambda told: count(told("other-objects")[-1]),
    "no-connection": lambda told: len(told("no-connection")["calls"]),
}
"""The figure that answers each experiment with client-go."""


def measured() -> str:
    """The text of `measured.json`, with the answers that are recorded."""
    recorded = {scenario["name"]: scenario for scenario in _read(VECTORS / TAUGHT / "measured.json")}

    def told(name: str) -> Any:
        scenario = recorded[name]
        return scenario["expect"] if "expect" in scenario else scenario["outcomes"]

    rows = [row | {"answer": FIGURES[row["id"]](told)} for row in _read(DATA / "measured.json")]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def go() -> str:
    """The text of `go.json`, with the answers of the pinned Go that are recorded."""
    recorded = {machine: _read(VECTORS / "go" / f"{machine}.json") for machine in ARCHITECTURES}
    return "[\n" + ",\n".join(_experiment(row, recorded) for row in _read(DATA / "go.json")) + "\n]\n"


def _experiment(row: dict[str, Any], recorded: Mapping[str, Answer]) -> str:
    answers: dict[tuple[str, str], Any] = {
        (version, machine): each["answer"]
        for each in row["answers"]
        for version in each["go"]
        for machine in each["machine"]
        if version in row["once"]
    }
    answers |= {(GO_VERSION, machine): told[row["id"]] for machine, told in recorded.items() if row["id"] in told}
    fields = {key: row[key] for key in ("id", "experiment", "once")}
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    shown = ",\n".join(f"   {json.dumps(each, ensure_ascii=False)}" for each in grouped(answers))
    return " {\n" + ",\n".join([*lines, f'  "answers": [\n{shown}\n  ]']) + "\n }"


def grouped(answers: Mapping[tuple[str, str], Any]) -> list[dict[str, Any]]:
    """Equal answers as one row, of the versions and machines that gave it."""
    rows: list[dict[str, Any]] = []
    for machine in ARCHITECTURES:
        here: list[dict[str, Any]] = []
        for (version, where), answer in answers.items():
            if where != machine:
                continue
            same = next((row for row in here if row["answer"] == answer), None)
            if same is None:
                here.append({"go": [version], "machine": [machine], "answer": answer})
            else:
                same["go"].append(version)
        for row in here:
            same = next((other for other in rows if (other["go"], other["answer"]) == (row["go"], row["answer"])), None)
            if same is None:
                rows.append(row)
            else:
                same["machine"].append(machine)
    return rows


FILES: Mapping[Path, Callable[[], str]] = {DATA / "measured.json": measured, DATA / "go.json": go}
"""The book's files, and what they should say."""


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """The command line: writes what has changed; with `--check` it writes nothing, and 1 says that it would."""
    changed = 0
    for path, text in FILES.items():
        if path.read_text(encoding="utf-8") == text():
            continue
        changed += 1
        print(f"{path.relative_to(HERE.parent)}: {'would change' if arguments else 'written'}")
        if not arguments:
            path.write_text(text(), encoding="utf-8")
    return 1 if arguments and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
