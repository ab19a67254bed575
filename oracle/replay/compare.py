"""Where two answers differ, strictly: 1 is not True, a key too many is a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


class _Nothing:
    """Stands on the side of a difference that has no value at all there."""


NOTHING = _Nothing()


@dataclass(frozen=True)
class Difference:
    """One place where kevent's answer is not the expected one."""

    path: Path
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{_place(self.path)}: expected {_show(self.expected)}, got {_show(self.got)}"


def differences(expected: Any, got: Any, path: Path = ()) -> Iterator[Difference]:
    """Every difference, in the order of the expected answer."""
    if type(expected) is not type(got):
        yield Difference(path, expected, got)
    elif isinstance(expected, dict):
        for key in [*expected, *(key for key in got if key not in expected)]:
            yield from differences(expected.get(key, NOTHING), got.get(key, NOTHING), (*path, key))
    elif isinstance(expected, list):
        for number in range(max(len(expected), len(got))):
            wanted = expected[number] if number < len(expected) else NOTHING
            found = got[number] if number < len(got) else NOTHING
            yield from differences(wanted, found, (*path, number))
    elif expected != got:
        yield Difference(path, expected, got)


def _place(path: Path) -> str:
    """As in "step 3, event.count"; steps are counted from 0, as in the file."""
    if not path:
        return "the answer"
    first, rest = path[0], path[1:]
    inner = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).lstrip(".")
    outer = f"step {first}" if isinstance(first, int) else first
    return f"{outer}, {inner}" if inner else outer


def _show(value: Any) -> str:
    if isinstance(value, _Nothing):
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 160 else text[:157] + "..."
