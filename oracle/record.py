"""Every recorded answer once more: `make oracle`.

    python -m oracle.record [--check] [RELEASE…]

Writes the answers anew, and says which files have changed; with `--check` it writes nothing and fails if a file would
change. Two kinds of files are recorded:

* `vectors/*.json`, the questions and answers of 1.14 that teach; they hold their own questions.
* `vectors/RELEASE/*.json`, the answers of a release to `questions/*.json`, and for the newest to the first kind's too.

An answer that Go draws by lot is kept as long as a new sample does not contradict it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from math import sqrt
from pathlib import Path
from typing import Any

from .asking import Oracle, Scenario, record
from .replaying import GOLDEN, kind_of
from .toolchain import HERE, NoGo, releases

QUESTIONS = HERE / "questions"
VECTORS = HERE / "vectors"
TAUGHT = "1.14"
"""The release whose answers lie in `vectors/` itself."""


def files(release: str) -> Iterable[tuple[Path, Path]]:
    """For each file of answers of a release: where its questions are, and where its answers go."""
    if release == TAUGHT:
        yield from ((path, path) for path in GOLDEN)
    if release == releases()[-1]:
        yield from ((path, VECTORS / release / path.name) for path in GOLDEN)
    yield from ((path, VECTORS / release / path.name) for path in sorted(QUESTIONS.glob("*.json")))


def answers(release: str, questions: Path, stored: Path) -> str:
    """The text of a file of answers, asked now."""
    scenarios = json.loads(questions.read_text(encoding="utf-8"))
    before = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else []
    with Oracle(release) as oracle:
        asked = [next(iter(record(oracle, kind_of(scenario), [scenario]))) for scenario in scenarios]
    if len(before) == len(asked):
        asked = [kept(old, new) for old, new in zip(before, asked, strict=True)]
    return written(asked, lines=questions != stored and questions.parent == QUESTIONS)


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
    """Whether two samples have the same answers, where the shares depend on the machine."""
    return shares_of(old).keys() == shares_of(new).keys()


def shares_of(outcomes: list[dict[str, Any]]) -> dict[str, float]:
    """How large a part of a sample each answer is."""
    total = sum(outcome["times"] for outcome in outcomes)
    return {json.dumps(outcome["answer"], sort_keys=True): outcome["times"] / total for outcome in outcomes}


def main(arguments: list[str]) -> int:
    """The command line: 1 if a file changed under `--check`, 2 if a release cannot be asked."""
    check = "--check" in arguments
    wanted = [argument for argument in arguments if argument != "--check"] or releases()
    changed = 0
    try:
        for release in wanted:
            began = time.monotonic()
            for questions, stored in files(release):
                text = answers(release, questions, stored)
                if stored.exists() and stored.read_text(encoding="utf-8") == text:
                    continue
                changed += 1
                print(f"{stored.relative_to(HERE.parent)}: {'would change' if check else 'written'}")
                if not check:
                    stored.parent.mkdir(parents=True, exist_ok=True)
                    stored.write_text(text, encoding="utf-8")
            print(f"{release}: asked in {time.monotonic() - began:.0f} s", flush=True)
    except NoGo as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{changed} files {'would change' if check else 'changed'}" if changed else "every answer is as it is stored")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
