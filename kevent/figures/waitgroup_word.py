"""The storyboard of WaitGroupWord: every atomic operation on one wait group's word, and who sleeps meanwhile.

The state has word (16 hexadecimal digits), was (the word before the step), sema (the semaphore's count), panic (the
text, if it came to one), who (whose step it is) and g:NAME for what each goroutine is doing. op is the step as
arithmetic, its words as `word`:

    ["add", operand, verdict]         what is added to the word; the sum is the word
    ["look", verdict]                 Wait reads the word, and wants a counter of zero
    ["swap", expected, verdict]       compare-and-swap: what Wait has read; what it finds is was
    ["again", expected, verdict]      Add's own sum, looked for once more before anybody is woken
    ["back", expected, verdict]       Wait, woken, looks for zero
    ["store", verdict], ["wake"], ["sleep"], ["woken"], ["go"], and [] for the rest

A verdict is "ok"; "wait" where the step leads to sleep; "again" where it has to be tried anew; for what must not be
"below zero", "from zero", "changed" or "reused"; or "" if nothing is decided. says is [role, text]: what the step tells
whoever takes it. A panic keeps the op that it comes from, and what that said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kevent.figures.figure import Figure, Values
from kevent.figures.narration import PANICS, SAYS
from kevent.figures.narration import WAITGROUP as SAY
from kevent.figures.recording import Recording, record
from kevent.figures.still import key_steps, poster_sentence
from kevent.figures.storyboard import Storyboard, seconds
from kevent.figures.tracing import Moment
from kevent.figures.waitgroup_layouts import LAYOUTS, say_layouts
from kevent.figures.waitgroup_still import draw_sum, say_sum
from kevent.simulation import Step

__all__ = ["WaitGroupWord", "tell_waitgroup_word"]

HALF = (1 << 32) - 1
WORD_VERBS = ("add", "load", "compare_and_swap", "store")


def counter_of(word: int) -> int:
    """The high half, as a signed number."""
    return ((word >> 32 & HALF) ^ (1 << 31)) - (1 << 31)


def tell_waitgroup_word(recording: Recording, name: str | None = None) -> Storyboard:
    """What happened to one wait group's word. `name` is the group's; by default the first that somebody touched.

    Raises ValueError if no such group was touched.
    """
    words = [step.name for step in recording.trace if step.operation in WORD_VERBS]
    if not words and recording.run.error is not None:
        raise recording.run.error
    if not words or name not in (None, *words):
        raise ValueError(f"nobody touched {'a wait group' if name is None else f'a wait group named {name!r}'}")
    return _Teller(recording, words[0] if name is None else name).tell_all()


class _Teller:
    def __init__(self, recording: Recording, name: str) -> None:
        self.recording = recording
        self.name = name
        self.sema = f"{name}.sema" if name else "sema"
        self.before: dict[str, Step] = {}  # each goroutine's latest step on the word or its semaphore
        self.seen: dict[str, _Seen] = {}
        touching = {step.goroutine for step in recording.trace if self._concerns(step)}
        # In the order in which they start; "go" names a goroutine before it runs.
        names = dict.fromkeys(
            step.name if step.operation == "go" else step.goroutine
            for step in recording.trace
            if (step.name if step.operation == "go" else step.goroutine) in touching
        )
        start: dict[str, Any] = {"goroutines": list(names), "name": name, "word": f"{0:016x}", "was": f"{0:016x}"}
        start |= {"sema": 0, "panic": "", "who": "", "op": [], "says": []} | {
            f"g:{each}": ["idle", SAY["not started"].text] for each in names
        }
        self.board = Storyboard(**start)

    def _concerns(self, step: Step) -> bool:
        return (step.operation in WORD_VERBS and step.name == self.name) or step.name == self.sema

    def tell_all(self) -> Storyboard:
        for step in self.recording.trace:
            if self._concerns(step):
                self._tell_word(step)
                self.before[step.goroutine] = step
            elif step.operation == "go" and f"g:{step.name}" in self.board.state:
                self._tell(step, "starts", step.goroutine, step.name, seen=self._see(step, ["go"]))
                self.board.set(f"g:{step.name}", ["run", SAY["is ready"].text])
            elif step.operation == "end" and step.error and not self.board.state["panic"]:
                self._panic(step)
            self._status(step)
        run = self.recording.run
        if run.error is not None and not self.board.state["panic"]:
            self.board.tell(run.time, SAY["error"], str(run.error))
        self._mark_key_steps()
        self.board.sources = self.recording.sources
        return self.board

    def _mark_key_steps(self) -> None:
        """Key are the steps that change the word or send to sleep.

        It opens at the panic, or where a compare-and-swap came too late, or at the last Done.
        """
        scenes = self.board.scenes
        verdicts = []
        for scene, state in zip(scenes, self.board.states()[1:], strict=True):
            op = state["op"]
            verdicts.append(op[-1] if op else "")
            scene.key = scene is scenes[-1] or scene.line.role == "lost" or op[:1] in _KEY
        lost = [number for number, scene in enumerate(scenes) if scene.line.role == "lost"]
        done = [number for number, scene in enumerate(scenes) if scene.line is SAY["done"] and verdicts[number] == "ok"]
        late = [number for number, verdict in enumerate(verdicts) if verdict == "again"]
        self.board.opens = (lost[-1:] or late[:1] or done[-1:] or [len(scenes) - 1])[0]

    def _tell(self, step: Step, line: str, *args: str | int, seen: _Seen) -> None:
        self.board.tell(step.time, SAY[line], *args, first=step.number, moment=seen.moment)
        self.board.set("who", step.goroutine)
        self.board.set("op", seen.op)
        self.board.set("was", seen.was)
        self.board.set("says", seen.says)

    def _panic(self, step: Step) -> None:
        error = self.recording.run.error
        text = str(error) if error is not None else step.error
        word = int(self.board.state["word"], 16)
        args = (step.goroutine, text, PANICS.get(text, ""), counter_of(word), word & HALF)
        self._tell(step, "panics", *args, seen=self.seen.get(step.goroutine) or self._see(step, []))
        self.board.set("panic", text)

    def _see(self, step: Step, op: list[str], word: int | None = None) -> _Seen:
        was = self.board.state["word"]
        says = _says(op, int(was, 16) if word is None else word)
        return _Seen(op, was, says, self.recording.moments[step.number])

    def _tell_word(self, step: Step) -> None:
        word = int(self.board.state["word"], 16)
        if step.operation in WORD_VERBS and step.after is not None:
            word = step.after
        line, args, op = _as_arithmetic(step, self.before.get(step.goroutine), word)
        seen = self.seen[step.goroutine] = self._see(step, op, word)
        self._tell(step, line, step.goroutine, *args, seen=seen)
        self.board.set("word", f"{word:016x}")
        if step.name == self.sema and step.after is not None:
            self.board.set("sema", step.after)

    def _status(self, step: Step) -> None:
        key = f"g:{step.goroutine}"
        if key not in self.board.state:
            return
        if step.operation == "end":
            self.board.set(key, ["end", SAY["has panicked" if step.error else "has ended"].text])
        elif step.blocked and step.name == self.sema:
            self.board.set(key, ["wait", SAY["is parked"].say(len(self.board.scenes))])
        elif step.blocked:
            asleep = step.operation == "sleep" and isinstance(step.value, int | float)
            text = SAY["is asleep"].say(seconds(step.time + float(step.value) * 1e9)) if asleep else SAY["waits"].text  # type: ignore[arg-type]
            self.board.set(key, ["sleep" if asleep else "wait", text])
        else:
            self.board.set(key, ["run", SAY["is running"].text])


_KEY = (["add"], ["swap"], ["sleep"], ["store"])


class _Seen(NamedTuple):
    """What a goroutine did to the word last: what it may panic over."""

    op: list[str]
    was: str
    says: list[str]
    moment: Moment


def _as_arithmetic(step: Step, last: Step | None, word: int) -> tuple[str, tuple[int, ...], list[str]]:
    """The line that tells of a step on the word or the semaphore, its numbers, and the step as arithmetic.

    `last` is the goroutine's step before, `word` the word after this one.
    """
    seen = counter_of(word), word & HALF
    if step.operation == "add":
        operand = step.value if isinstance(step.value, int) else 0
        delta = counter_of(operand)
        op = ["add", f"{operand:016x}", _verdict(delta, *seen)]
        return "adds" if delta >= 0 else "done", (abs(delta), *seen), op
    if step.operation == "load":
        line, op = _look(last, word)
        return line, seen, op
    if step.operation == "compare_and_swap":
        expected = step.value[0] if isinstance(step.value, tuple) else 0
        line, verdict = ("enters", "wait") if step.result else ("too late", "again")
        return line, seen, ["swap", f"{expected:016x}", verdict]
    if step.operation == "store":
        return "clears", (), ["store", ""]
    if step.operation == "release":
        return "wakes one", (), ["wake"]
    if step.blocked:
        return "sleeps", (), ["sleep"]
    return "woken" if last is not None and last.blocked else "need not sleep", (), ["woken"]


def _verdict(delta: int, counter: int, waiters: int) -> str:
    """What the sum of an addition decides."""
    if counter < 0:
        return "below zero"
    if waiters and delta > 0 and counter == delta:
        return "from zero"
    return "ok" if counter == 0 and waiters else ""


def _says(op: list[str], word: int) -> list[str]:
    """What a step decides, as [role, text]; `word` is the word after it."""
    if not op:
        return []
    kind, verdict = op[0], op[-1] if len(op) > 1 else ""
    numbers = [counter_of(word), word & HALF]
    if kind == "add":
        more = counter_of(int(op[1], 16)) > 0
        plain = "adds" if more else "at work" if numbers[0] else "nobody waits"
        key = "the last" if verdict == "ok" else verdict or plain
    else:
        key = f"{kind} {verdict}".strip()
        if len(op) > 2:
            expected = int(op[1], 16)
            numbers += [counter_of(expected), expected & HALF]
    return [SAYS[key].role, SAYS[key].say(*numbers)]


def _look(last: Step | None, word: int) -> tuple[str, list[str]]:
    """Why somebody reads the word, and what it wants to see."""
    if last is not None and last.operation == "add" and last.after and counter_of(last.after) == 0:
        return "looks again", ["again", f"{last.after:016x}", "ok" if last.after == word else "changed"]
    if last is not None and last.operation == "acquire":
        line, verdict = ("looks back", "ok") if word == 0 else ("looks back in vain", "reused")
        return line, ["back", f"{0:016x}", verdict]
    return ("looks", ["look", ""]) if counter_of(word) else ("need not wait", ["look", "ok"])


class WaitGroupWord(Figure):
    """Every step on a wait group's word as written arithmetic, and who runs, sleeps and waits meanwhile.

    The scenario makes a `WaitGroup`, or something that has one; `name` says which, by default the first that is
    touched. `schedule` gives, for the values of the grid, the schedule to replay (None: in order), so that a misuse
    that needs its luck can be shown. With `memory` a small figure below shows where each Go version keeps the word. See
    `Figure` for the other arguments.
    """

    kind = "waitgroup-word"
    opening = "The word is zero: nothing to be done, nobody waiting."

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "One word, two counters",
        alt: str = "",
        labels: Mapping[str, str] | None = None,
        opens: str = "",
        name: str | None = None,
        schedule: Callable[..., Sequence[int] | None] | None = None,
        memory: bool = False,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels, opens=opens)
        self._name = name
        self._schedule = schedule
        self._memory = memory

    def tell(self, values: Values) -> Storyboard:
        """Simulate the scenario, by the schedule for these values if there is one, and tell the word's bits."""
        schedule = self._schedule(**values) if self._schedule is not None else None
        recording = record(lambda: self.scenario(**values), schedule=schedule)
        return tell_waitgroup_word(recording, self._name)

    def extras(self) -> Values:
        """Where each Go version keeps counter and waiters, for the small figure below."""
        return {"layouts": LAYOUTS} if self._memory else {}

    # --- without a script: the step that a reader with one sees first ---

    def draw(self, storyboard: Storyboard) -> str:
        """The sum of the poster step."""
        return draw_sum(storyboard.states()[storyboard.poster + 1])

    def describe(self, storyboard: Storyboard) -> str:
        """What the picture shows: the step, its numbers, and what each goroutine is doing."""
        return f"{self.alt} {poster_sentence(storyboard)} {say_sum(storyboard.states()[storyboard.poster + 1])}".strip()

    def told(self, storyboard: Storyboard) -> str:
        """The step in a sentence, and the key steps; and where each Go version keeps the word, if asked for."""
        return key_steps(self.title, storyboard) + (say_layouts() if self._memory else "")
