"""Exercises of chapter 16: whether a version has a change; what a series does with an event."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from .checking import NOT_YET, Comparison, Verdict

# --- has --------------------------------------------------------------------------------------------------------------


def has(version, since):
    """Return whether `version` contains a change whose first tag is `since`.

    Both are texts such as "1.21.0-alpha.2", "1.21.0-beta.0", "1.21.0-rc.1" or "1.21.3". A version contains itself.
    """

    # solution
    def place(tag):
        release, _, stage = tag.partition("-")
        numbers = [int(number) for number in release.split(".")]
        name, _, count = stage.partition(".")
        order = ["alpha", "beta", "rc", ""].index(name)
        return numbers, order, int(count or 0)

    return place(version) >= place(since)
    # end of solution


TAGS = [
    "1.9.0", "1.14.0-alpha.2", "1.14.0-alpha.10", "1.14.0-beta.0", "1.14.0-rc.1", "1.14.0", "1.14.1", "1.15.0-alpha.1",
    "1.15.0", "1.37.0-beta.0",
]  # fmt: skip
"""In their order."""


def check_has(attempt: Callable[[str, str], object]) -> Verdict:
    """Try an attempt on all pairs of ten tags."""
    for version, since in product(TAGS, TAGS):
        try:
            answer = attempt(version, since)
        except NotImplementedError:
            return NOT_YET
        except Exception as error:
            return Verdict(False, f"has({version!r}, {since!r}): your code raises {type(error).__name__}: {error}.")
        right = TAGS.index(version) >= TAGS.index(since)
        if answer is not right:
            sentence = f"{version} {'contains' if right else 'does not contain'} what is first in {since}."
            rows = [(tag, TAGS.index(version) >= TAGS.index(tag), _tried(attempt, version, tag)) for tag in TAGS]
            shown = Comparison(f"does {version} contain", rows)
            return Verdict(False, f"{sentence} Yours says {answer!r}.", comparison=shown)
    return Verdict(True, f"Right, for all {len(TAGS) ** 2} pairs.")


def _tried(attempt: Callable[[str, str], object], version: str, since: str) -> object:
    try:
        return attempt(version, since)
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"


# --- decide -----------------------------------------------------------------------------------------------------------


def decide(cache, key, now):
    """Return what becomes of an event with this key at the time `now`, in seconds: "create", "patch" or "count".

    `cache` is a dictionary of yours, empty at first; keep in it what you need. A key that has not been seen for more
    than 360 seconds is a new one.
    """
    # solution
    count, last = cache.get(key, (0, now))
    if now - last > 360:
        count = 0
    cache[key] = count + 1, now
    return {0: "create", 1: "patch"}.get(count, "count")
    # end of solution


STORIES: list[list[tuple[str, int]]] = [
    [("a", 0)],
    [("a", 0), ("a", 0)],
    [("a", 0), ("b", 0)],
    [("a", 0), ("a", 1), ("a", 2)],
    [("a", 0), ("b", 1), ("a", 2), ("b", 3)],
    [("a", 0), ("a", 360)],
    [("a", 0), ("a", 361)],
    [("a", 0), ("a", 300), ("a", 600), ("a", 900)],
    [("a", 0), ("a", 1), ("a", 2), ("a", 363), ("a", 364), ("a", 365)],
    [("a", 0), ("b", 300), ("a", 400), ("b", 500)],
]


def check_decide(attempt: Callable[[dict[object, object], str, int], object]) -> Verdict:
    """Tell an attempt ten stories, the shortest first."""
    for story in STORIES:
        cache: dict[object, object] = {}
        expected: dict[object, object] = {}
        rows: list[tuple[object, object, object]] = []
        for number, (key, now) in enumerate(story):
            told = ", ".join(f"{key} at {now} s" for key, now in story[: number + 1])
            try:
                answer = attempt(cache, key, now)
            except NotImplementedError:
                return NOT_YET
            except Exception as error:
                return Verdict(False, f"{told}: your code raises {type(error).__name__}: {error}.")
            right = decide(expected, key, now)
            rows.append((f"{key} at {now} s", right, answer))
            if answer != right:
                sentence = f"{told}: the last one is a {right}, and yours says {answer!r}."
                return Verdict(False, sentence, comparison=Comparison("event", rows))
    return Verdict(True, f"Right, in all {len(STORIES)} stories.")
