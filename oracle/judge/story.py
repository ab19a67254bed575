"""A difference told as a story: the steps, what was expected at each, what came, and which trap that looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from oracle.replay.compare import NOTHING
from oracle.replaying import Difference, differences

Scenario = dict[str, Any]

WIDTH = 46
"""Columns of a step in words; values have as many as they need, up to this."""

ROWS = 16
"""How many steps are shown: of a longer story the last ones."""


def story(scenario: Scenario, expected: Any, got: Any) -> Iterator[str]:
    """The lines of a story, up to the first difference."""
    found = list(islice(differences(expected, got), 5))
    wrong = telling(found)
    steps = steps_of(scenario)
    first = wrong.path[0] if wrong.path else None
    if isinstance(first, int):
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in wrong.path[1:]).lstrip(".")
        yield _row("step", f"expected {place}".strip(), "got")
        rows = [
            _row(f"{number} {shown(step)}", *(_value(side, (number, *wrong.path[1:])) for side in (expected, got)))
            for number, step in enumerate(steps[: first + 1])
        ]
        rows += (
            [] if first < len(steps) else [_row("(no such step)", _value(expected, (first,)), _value(got, (first,)))]
        )
        rows[-1] += "   <--"
    else:
        yield _row("step", "", "")
        rows = [_row(f"{number} {shown(step)}", "", "").rstrip() for number, step in enumerate(steps)]
    if len(rows) > ROWS:
        yield f"({len(rows) - ROWS} steps before)"
    yield from rows[-ROWS:]
    yield from (str(difference) for difference in found)
    yield from (f"trap: {hint}" for hint in dict.fromkeys(filter(None, map(trap, found))))


def telling(found: list[Difference]) -> Difference:
    """Of the differences in the first step that has one, that which says most."""
    same = [difference for difference in found if difference.path[:1] == found[0].path[:1]]
    for last in ("skip", "count", "message"):
        for difference in same:
            if difference.path[-1:] == (last,):
                return difference
    return found[0]


def steps_of(scenario: Scenario) -> list[Any]:
    """What the scenario does, in order."""
    for key in ("steps", "calls", "refs", "names", "logging", "documents", "texts"):
        if isinstance(scenario.get(key), list):
            return list(scenario[key])
    return []


def shown(step: Any) -> str:
    """A step in words."""
    if not isinstance(step, dict):
        return _text(step)
    rest = {key: value for key, value in step.items() if key not in ("advanceNS", "event", "fill")}
    words = []
    if later := step.get("advanceNS"):
        words.append(f"{later / 1e9:+.12g} s")
    if isinstance(event := step.get("event"), dict):
        about = event.get("obj") or {}
        words += [_bare(event.get(key)) for key in ("type", "reason")] + [_bare(about.get("name"))]
        words.append(f"“{_bare(event['message'])}”" if event.get("message") else "")
        words.append("" if any(words[-4:]) else "an empty event")
    if fill := step.get("fill"):
        words.append(f"{fill} other objects, one event about each")
    words += [_bare(value) if key == "op" else f"{key}={_text(value)}" for key, value in rest.items() if value != []]
    return " ".join(filter(None, words)) or "(empty)"


def trap(difference: Difference) -> str | None:
    """Which of the traps a difference looks like; None if it looks like none of them."""
    expected, got = difference.expected, difference.got
    pair = {type(expected), type(got)}
    if (pair == {int} and expected != got and got == int(float(expected))) or _many_digits(expected, got):
        return "nanoseconds do not fit a double, which keeps 53 bits. Read and write them as 64-bit integers (BigInt)"
    if pair == {int} and (got - expected) % 2**32 == 0:
        return "a count has 32 bits and a sign: 2147483647 + 1 is -2147483648"
    if pair == {int, float} and expected == got:
        return "a whole number has no point in JSON: 1, not 1.0"
    if pair == {int, str} and str(expected) == str(got).removesuffix("n"):
        return "a number is no string, however many digits it has"
    if NOTHING in (expected, got) and None in (expected, got):
        return "null is one thing, and a key that is not there is another"
    if (expected, got) in ((None, {}), ({}, None)):
        return "Go's nil map is null, an empty one is {}"
    if pair == {str}:
        return _trap_of_text(expected, got)
    return None


def _many_digits(expected: Any, got: Any) -> bool:
    return type(expected) is int and type(got) is float and expected != got and got == float(expected)


def _trap_of_text(expected: str, got: str) -> str | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", expected) and got[:10] == expected[:10]:
        return "in a patch a time has whole seconds, cut off and not rounded, and ends in Z"
    if got.encode("utf-16", "surrogatepass")[:-2] and "\ufffd" in got and "\ufffd" not in expected:
        return (
            "a character outside UTF-16's first plane was cut in half: lengths and places are in bytes of UTF-8 in Go"
        )
    if len(expected) == len(got) and sorted(expected) == sorted(got):
        return "the same in another order: Go sorts by bytes, JavaScript by UTF-16, and Go's maps have no order at all"
    return None


def _row(step: str, expected: str, got: str) -> str:
    return f"{_cut(step, WIDTH):{WIDTH}}  {_cut(expected, WIDTH):24}  {_cut(got, WIDTH)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _value(answer: Any, path: Sequence[str | int]) -> str:
    """What stands there in an answer, as JSON; "nothing" if nothing does."""
    for part in path:
        try:
            answer = answer[part]
        except (LookupError, TypeError):
            return "nothing"
    return _text(answer)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _bare(value: Any) -> str:
    """Text without quotes where it is plain."""
    text = "" if value is None else str(value)
    return text if text.isprintable() else _text(text)
