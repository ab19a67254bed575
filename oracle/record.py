"""Every recorded answer once more: `make oracle`.

    python -m oracle.record [--check] [RELEASE…]

Writes the answers anew, and says which files have changed; with `--check` it writes nothing and fails if a file would
change. Three kinds of files are recorded:

* `vectors/*.json`, the questions and answers of 1.14 that teach; they hold their own questions.
* `vectors/go/ARCHITECTURE.json`, what the Go that builds the oracle does itself.
* `vectors/RELEASE/*.json`, the answers of a release to `questions/*.json`, and to `questions/RELEASE/*.json` where that
  is. A file that would say what the release before says is not there. `vectors/NEWEST/taught/` has the answers of the
  newest release to the first kind's questions, where they are others than 1.14's.

An answer that Go draws by lot is kept as long as a new sample does not contradict it. Another answer to a question that
has but one is believed if it comes more often than the old one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

from .asking import Oracle, Scenario, record
from .replaying import GOLDEN, kind_of
from .toolchain import HERE, NoGo, itself, numbers, releases

QUESTIONS = HERE / "questions"
VECTORS = HERE / "vectors"
TAUGHT = "1.14"
"""The release whose answers lie in `vectors/` itself."""


ARCHITECTURES = ("amd64", "386")

AGAIN = 20
"""How often a question is put again whose answer is another than before. Where goroutines wait for one mutex, Go nearly
always lets the same one go first; on a busy machine another one may be quicker.
"""

VARIANTS = {"adapter": "series", "annotated": "series", "series": "series"}
"""Files whose questions another variant of the program answers."""

WITH_EVENTS = ("1.24", "1.25", "1.26", "1.27", "1.28", "1.29", "1.37")
ASKED_OF = {
    "adapter": WITH_EVENTS,
    "annotated": ("1.36", "1.37"),
    "series": WITH_EVENTS,
    "edges": ("1.14", "1.18", "1.19", "1.21", "1.22", "1.26.8", "1.26", "1.31", "1.32", "1.35", "1.36", "1.37"),
}
"""The releases to whom a file's questions are put, where it is not all. The program with tools/events takes minutes to
build; edges are on both sides of a boundary.
"""


@dataclass(frozen=True)
class File:
    """A file of answers: whose questions it answers, where it is, and what it would say if it were not there."""

    questions: Path
    stored: Path
    before: Path | None = None

    def said(self) -> str:
        """The text that counts now: its own, or that of what comes before it."""
        return next(
            (path.read_text(encoding="utf-8") for path in (self.stored, self.before) if path and path.exists()), ""
        )

    def store(self, text: str) -> None:
        """Write it down, unless what comes before says the same."""
        if self.before is not None and text == self.before.read_text(encoding="utf-8"):
            self.stored.unlink(missing_ok=True)
            return
        self.stored.parent.mkdir(parents=True, exist_ok=True)
        self.stored.write_text(text, encoding="utf-8")


def files(release: str) -> Iterable[File]:
    """Every file of answers that a release has, or would have if they were not those of the release before."""
    if release == TAUGHT:
        yield from (File(path, path) for path in GOLDEN)
    if release == releases()[-1]:
        yield from (File(path, VECTORS / release / "taught" / path.name, path) for path in GOLDEN)
    for path in sorted(QUESTIONS.glob("*.json")):
        if release not in ASKED_OF.get(path.stem, (release,)):
            continue
        yield File(path, VECTORS / release / path.name, last_said(release, path.name))
    for path in sorted((QUESTIONS / release).glob("*.json")):
        yield File(path, VECTORS / release / path.name)


def last_said(release: str, name: str) -> Path | None:
    """The file of this name of the nearest release before."""
    before = [VECTORS / other / name for other in releases() if numbers(other) < numbers(release)]
    return next((path for path in reversed(before) if path.exists()), None)


def answers(release: str, file: File) -> str:
    """The text of a file of answers, asked now."""
    scenarios = json.loads(file.questions.read_text(encoding="utf-8"))
    before = json.loads(file.said() or "[]")
    with Oracle(release, VARIANTS.get(file.stored.stem, "")) as oracle:

        def ask(scenario: Scenario) -> Scenario:
            return next(iter(record(oracle, kind_of(scenario), [scenario])))

        asked = [ask(scenario) for scenario in scenarios]
        if len(before) == len(asked):
            asked = [confirmed(old, kept(old, new), partial(ask, new)) for old, new in zip(before, asked, strict=True)]
    return written(asked, lines=QUESTIONS in file.questions.parents)


def written(scenarios: list[Scenario], lines: bool) -> str:
    """As the files are: compact, and where people read them one scenario a line."""
    texts = [json.dumps(scenario, ensure_ascii=False, separators=(",", ":")) for scenario in scenarios]
    return "[\n" + ",\n".join(texts) + "\n]\n" if lines else "[" + ",".join(texts) + "]\n"


def kept(old: Scenario, new: Scenario) -> Scenario:
    """The old answer where it is a sample of what the new one is a sample of; else the new one."""
    question = {key: value for key, value in new.items() if key != "outcomes"}
    if "outcomes" in old and "outcomes" in new and {k: v for k, v in old.items() if k != "outcomes"} == question:
        same = same_answers if "unsteady" in new else same_lot
        return old if same(old["outcomes"], new["outcomes"]) else new
    return new


def confirmed(old: Scenario, new: Scenario, ask: Callable[[], Scenario]) -> Scenario:
    """The old answer where the new one was an exception: `AGAIN`, and most answers are the old one."""
    if new == old or not ("expect" in old and "expect" in new):
        return new
    return old if sum(ask() == old for _ in range(AGAIN)) > AGAIN / 2 else new


def same_lot(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> bool:
    """Whether two samples may be of one distribution: no share differs by more than four standard deviations and half
    a per cent.
    """
    shares = [shares_of(old), shares_of(new)]
    sizes = [sum(outcome["times"] for outcome in sample) for sample in (old, new)]
    for answer in {*shares[0], *shares[1]}:
        one, other = (share.get(answer, 0.0) for share in shares)
        middle = (one * sizes[0] + other * sizes[1]) / sum(sizes)
        spread = sqrt(middle * (1 - middle) * (1 / sizes[0] + 1 / sizes[1]))
        if abs(one - other) > 4 * spread + 0.005:
            return False
    return True


def same_answers(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> bool:
    """Whether two samples have the same answers, where the shares depend on the machine. What came in less than one run
    of twenty may be missing from the other.
    """
    shares = [shares_of(old), shares_of(new)]
    often = [{answer for answer, part in share.items() if part >= 0.05} for share in shares]
    return often[0] <= shares[1].keys() and often[1] <= shares[0].keys()


def shares_of(outcomes: list[dict[str, Any]]) -> dict[str, float]:
    """How large a part of a sample each answer is."""
    total = sum(outcome["times"] for outcome in outcomes)
    return {json.dumps(outcome["answer"], sort_keys=True): outcome["times"] / total for outcome in outcomes}


def record_go(check: bool) -> int:
    """How many files with Go's own answers have changed, or would."""
    changed = 0
    for architecture in ARCHITECTURES:
        path = VECTORS / "go" / f"{architecture}.json"
        text = json.dumps(itself(architecture), indent=1, ensure_ascii=False) + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        changed += 1
        print(f"{path.relative_to(HERE.parent)}: {'would change' if check else 'written'}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return changed


def record_release(release: str, check: bool) -> int:
    """How many files of a release have changed, or would."""
    changed = 0
    for file in files(release):
        text = answers(release, file)
        if text == file.said():
            continue
        changed += 1
        print(f"{file.stored.relative_to(HERE.parent)}: {'would change' if check else 'written'}")
        if not check:
            file.store(text)
    return changed


def main(arguments: list[str]) -> int:
    """The command line: 1 if a file would change under `--check`, 2 if a release cannot be asked."""
    check = "--check" in arguments
    wanted = [argument for argument in arguments if argument != "--check"]
    changed = 0
    try:
        if not wanted:
            changed += record_go(check)
        for release in wanted or releases():
            began = time.monotonic()
            changed += record_release(release, check)
            print(f"{release}: asked in {time.monotonic() - began:.0f} s", flush=True)
    except NoGo as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{changed} files {'would change' if check else 'changed'}" if changed else "every answer is as it is stored")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
