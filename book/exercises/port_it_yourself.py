"""Exercises of chapter 14: a key, and the word of a wait group; the answers of the real packages are the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kevent import Broadcaster, CorrelatorOptions
from kevent.correlator import EventCorrelator
from oracle.replay import vectors
from oracle.replay.compare import Difference, differences
from oracle.replay.concurrency import replay_mux
from oracle.replay.pipeline import replay_correlator
from oracle.replay.vectors import Scenario, read

from .checking import NOT_YET, Comparison, Verdict

VECTORS = Path(vectors.__file__).parents[1] / "vectors"

# --- the judge --------------------------------------------------------------------------------------------------------


def judge(name: str, answers: Callable[[Scenario], Any]) -> Verdict:
    """Compare answers with those of the real package, and tell the shortest story that refutes them.

    `name` is a file of vectors; `answers` gives for a scenario what the file has under `expect`. A story that goes
    wrong at its third step is three steps long, however long the rest is.
    """
    scenarios = read(VECTORS / f"{name}.json")
    refuted: list[tuple[int, str, Comparison | None]] = []
    for scenario in scenarios:
        steps = len(scenario["steps"])
        try:
            got = answers(scenario)
        except NotImplementedError:
            raise
        except Exception as error:
            refuted.append((steps, f"“{scenario['name']}”, which raises {type(error).__name__}: {error}.", None))
            continue
        wrong = next(differences(scenario["expect"], got), None)
        if wrong is not None:
            first = wrong.path[0] if wrong.path else steps
            length = first + 1 if isinstance(first, int) else steps
            sentence = f"“{scenario['name']}”, {length} of {steps} steps. {wrong}."
            refuted.append((length, sentence, _story(scenario, got, wrong)))
    if not refuted:
        return Verdict(True, f"Not refuted by any of {len(scenarios)} scenarios.")
    _, sentence, story = min(refuted, key=lambda told: told[0])
    return Verdict(False, f"Refuted by {len(refuted)} of {len(scenarios)}, soonest by {sentence}", comparison=story)


def _story(scenario: Scenario, got: Any, wrong: Difference) -> Comparison:
    """The steps up to the first difference, with the value that differs there, as it is at each of them.

    Where the answers are not by step, but for each watcher in the end, the steps stand alone, and the difference last.
    """
    first, *rest = wrong.path or ("the answer",)
    given = [f"{number}: {shown(step)}" for number, step in enumerate(scenario["steps"])]
    if isinstance(first, int):
        expected = scenario["expect"]
        rows = [(given[n], _at(expected, (n, *rest)), _at(got, (n, *rest))) for n in range(min(first + 1, len(given)))]
        return Comparison(f"step, and its {'.'.join(map(str, rest)) or 'answer'}", rows)
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).lstrip(".")
    last = (f"{first}, {place}", _at(scenario["expect"], wrong.path), _at(got, wrong.path))
    return Comparison("step", [*((step, "", "") for step in given), last])


def _at(answer: Any, path: Sequence[str | int]) -> object:
    """What stands there in an answer, or "nothing"."""
    for part in path:
        try:
            answer = answer[part]
        except (LookupError, TypeError):
            return "nothing"
    return "nothing" if answer is None else answer


def shown(step: dict[str, Any]) -> str:
    """A step of a scenario in a line: what happens, and how much later than the step before."""
    if event := step.get("event"):
        what = f"{event['type']} {event['reason']} {event['obj']['name']}: {event['message']}"
    elif "fill" in step:
        what = f"{step['fill']} other objects, one event about each"
    else:
        what = " ".join(" ".join(value) if isinstance(value, list) else str(value) for value in step.values())
    later = step.get("advanceNS", 0)
    return f"{later / 1e9:.12g} s later, {what}" if later else what


def judge_correlator(make: Callable[[CorrelatorOptions], EventCorrelator]) -> Verdict:
    """What the vectors say to a correlator of your making."""
    return judge("correlator", lambda scenario: next(replay_correlator(scenario, make))[1])


def judge_broadcaster(kind: type[Broadcaster]) -> Verdict:
    """What the vectors say to a broadcaster of your making, taking one event at a time."""
    return judge("mux", lambda scenario: next(replay_mux(scenario, kind))[1])


# --- aggregate_key ----------------------------------------------------------------------------------------------------


def aggregate_key(event):
    """Return the key of the group that `event` belongs to, as client-go's `EventAggregatorByReasonFunc` does.

    `event` is a dictionary: "component", "host", "type", "reason", "message", and "obj", a dictionary of "kind",
    "namespace", "name", "uid", "apiVersion", "fieldPath".
    """
    # solution
    about = event["obj"]
    parts = [event["component"], event["host"]]
    parts += [about[name] for name in ("kind", "namespace", "name", "uid", "apiVersion")]
    parts += [event["type"], event["reason"]]
    return "".join(parts)
    # end of solution


def check_aggregate_key(attempt: Callable[[dict[str, Any]], object]) -> Verdict:
    """Ask for the key of each event of the vectors, and let the first wrong one answer."""
    (scenario,) = read(VECTORS / "keys.json")
    pairs = list(zip(scenario["steps"], scenario["expect"], strict=True))
    rows: list[tuple[object, object, object]] = []
    for number, (step, expected) in enumerate(pairs):
        event = step["event"]
        try:
            answer = attempt({**event, "obj": dict(event["obj"])})
        except NotImplementedError:
            return NOT_YET
        except Exception as error:
            return Verdict(False, f"Event {number}, {event}: your code raises {type(error).__name__}: {error}.")
        wanted = expected["aggregateKey"]
        rows.append((f"{number}: {shown(step)}", wanted, answer))
        if answer != wanted:
            sentence = f"Event {number}, {event}: the real key is {wanted!r}, and yours is {answer!r}."
            return Verdict(False, sentence, comparison=Comparison("event", rows))
    return Verdict(True, f"Right, for all {len(pairs)} events.")


# --- add --------------------------------------------------------------------------------------------------------------


def add(word, delta):
    """Return what `WaitGroup.Add(delta)` makes of the state `word`: the new word, and how many waiters it releases.

    The word has 64 bits: the counter in the upper 32, signed, and the number of waiters in the lower 32. It is a number
    from 0 on; `delta` may be negative. If the counter comes to zero while somebody waits, all are released, and the
    whole word is zero. Raise ValueError("sync: negative WaitGroup counter") with the new word as a second argument
    where Go panics so. Its other panics are not asked for.
    """
    # solution
    word = (word + (delta << 32)) % (1 << 64)
    counter, waiters = word >> 32, word & 0xFFFFFFFF
    if counter >= 1 << 31:  # the sign bit: negative
        raise ValueError("sync: negative WaitGroup counter", word)
    if counter == 0 and waiters > 0:
        return 0, waiters
    return word, 0
    # end of solution


def check_add(attempt: Callable[[int, int], tuple[int, int]]) -> Verdict:
    """Let an attempt do the arithmetic of every scenario of the wait group."""
    try:
        return judge("waitgroup", lambda scenario: list(_answers(scenario, attempt)))
    except NotImplementedError:
        return NOT_YET


def _answers(scenario: Scenario, attempt: Callable[[int, int], tuple[int, int]]) -> Iterator[dict[str, Any]]:
    word = 0
    for step in scenario["steps"]:
        released, panic = 0, None
        if step["op"] == "wait":
            word += step["n"] if word >> 32 else 0  # a wait at zero returns at once
        else:
            try:
                word, released = attempt(word, -1 if step["op"] == "done" else step["delta"])
            except ValueError as error:
                if len(error.args) != 2:
                    raise
                panic, word = error.args
        counter = (word >> 32) - (1 << 32 if word >> 63 else 0)
        answer = {"state": f"0x{word:016x}", "counter": counter, "waiters": word & 0xFFFFFFFF, "released": released}
        if panic is not None:
            yield answer | {"panic": panic}
            return
        yield answer
