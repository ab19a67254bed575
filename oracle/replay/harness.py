"""One scenario in, what is wrong with kevent's answers out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from .compare import differences
from .concurrency import replay_mux, replay_waitgroup
from .pipeline import replay_correlator, replay_keys, replay_recorder, replay_references, replay_sink
from .vectors import NotUnderstood, Scenario, Unreadable, kind, read

REPLAYS: dict[str, Callable[[Scenario], Iterator[tuple[str, Any]]]] = {
    "correlator": replay_correlator,
    "keys": replay_keys,
    "mux": replay_mux,
    "recorder": replay_recorder,
    "references": replay_references,
    "sink": replay_sink,
    "waitgroup": replay_waitgroup,
}
"""Each gives kevent's answers under a label, more than once where there is more than one way to ask."""

SHOWN = 5
"""How many differences of a scenario are shown."""

SHOWN_SCENARIOS = 20
"""How many failed scenarios are shown."""


def check(scenario: Scenario) -> list[str]:
    """What is wrong: nothing if every answer is the expected one, else a line for each of the first
    differences.
    """
    found: list[str] = []
    try:
        for label, answer in REPLAYS[kind(scenario)](scenario):
            first = islice(differences(scenario["expect"], answer), SHOWN - len(found))
            found += [f"{difference} ({label})" if label else str(difference) for difference in first]
    except NotUnderstood as error:
        found.append(f"not understood: {error}")
    except Exception as error:
        found.append(f"kevent raised {type(error).__name__}: {error}")
    return found


def main(arguments: list[str]) -> int:
    """The command line: 0 if all passed, 1 if a scenario failed, 2 if a file cannot be read."""
    if not arguments or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m oracle.replay FILE…", file=sys.stderr)
        return 2
    try:
        files = [(path, read(path)) for path in map(Path, arguments)]
    except Unreadable as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    passed = failed = 0
    for path, scenarios in files:
        for scenario in scenarios:
            wrong = check(scenario)
            if not wrong:
                passed += 1
                continue
            failed += 1
            if failed > SHOWN_SCENARIOS:
                continue
            print(f"FAILED {path.name}: {scenario['name']}")
            for line in wrong:
                print(f"    {line}")
    if failed > SHOWN_SCENARIOS:
        print(f"... and {failed - SHOWN_SCENARIOS} scenarios more")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
