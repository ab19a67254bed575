"""Reading vector files, and telling one kind of scenario from another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Scenario = dict[str, Any]

TAUGHT = "1.14"
"""The release whose answers the vectors that come with the project are, but for those in folders of other releases."""

ALL = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
"""The vector files that come with the project."""


class Unreadable(Exception):
    """This file is no file of vectors. `str()` is one line."""


class NotUnderstood(Exception):
    """A scenario asks for something that this harness cannot replay. It counts as failed, never as passed."""


def read(path: Path) -> list[Scenario]:
    """The scenarios of one file. Raises Unreadable."""
    try:
        scenarios = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}: not JSON: {error}") from None
    if not isinstance(scenarios, list) or not scenarios:
        raise Unreadable(f"{path}: not a list of scenarios")
    for number, scenario in enumerate(scenarios):
        if not isinstance(scenario, dict) or "expect" not in scenario:
            raise Unreadable(f"{path}: scenario {number} is not an object with 'expect'")
        if not isinstance(scenario.get("name"), str):
            raise Unreadable(f"{path}: scenario {number} has no name")
    return scenarios


def kind(scenario: Scenario) -> str:
    """Which replay this scenario is for. Raises NotUnderstood."""
    if "calls" in scenario:
        return "recorder"
    if "refs" in scenario:
        return "references"
    if "queueLength" in scenario:
        return "mux"
    steps = items(scenario, "steps")
    if any("op" in step for step in steps):
        return "waitgroup"
    if any("script" in step for step in steps):
        return "sink"
    if any("fill" in step for step in steps):
        return "correlator"
    if any("event" in step for step in steps):
        answers = scenario["expect"] if isinstance(scenario["expect"], list) else []
        if any(isinstance(answer, dict) and "skip" in answer for answer in answers):
            return "correlator"
        if any(isinstance(answer, dict) and "eventKey" in answer for answer in answers):
            return "keys"
    raise NotUnderstood("the keys of the scenario fit no known kind")


def items(scenario: Scenario, key: str) -> list[dict[str, Any]]:
    """The list of objects under `key`. Raises NotUnderstood."""
    found = scenario.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise NotUnderstood(f"{key!r} is not a list of objects")
    return found


def need(item: dict[str, Any], key: str, type_: type) -> Any:
    """What `item` must have under `key`. Raises NotUnderstood."""
    value = item.get(key)
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        raise NotUnderstood(f"{key!r} is {value!r} and should be of type {type_.__name__}")
    return value
