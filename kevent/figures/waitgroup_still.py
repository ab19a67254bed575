"""WaitGroupWord as a picture: the sum of one step, for readers without a script, and for paper."""

from __future__ import annotations

from typing import NamedTuple

from kevent.figures.still import BLUE, CARD, DONE, EDGE, INK, LOST, MUTED, SLOT, WAIT, Still
from kevent.figures.storyboard import State

__all__ = ["Sum", "draw_sum", "say_sum", "sum_of"]

HALF = (1 << 32) - 1
WORD = (1 << 64) - 1
CELL, REST, LEFT, ROW = 25, 44, 104, 37


class Sum(NamedTuple):
    """A step on the word, as written arithmetic."""

    rows: list[tuple[str, int]]
    """What each row is called, and the word in it."""
    agrees: list[bool]
    """Whether the first row and the second agree, for the halves that are compared: the counter, the waiters."""
    bad: int
    """The half of the last row that must not be: 0 none, 1 the counter, 2 the waiters."""


def halves(word: int) -> tuple[int, int]:
    """Counter, which is signed, and waiters."""
    return ((word >> 32 & HALF) ^ (1 << 31)) - (1 << 31), word & HALF


def sum_of(state: State) -> Sum:
    """The arithmetic of the state's op."""
    word, was, op = int(state["word"], 16), int(state["was"], 16), state["op"]
    kind, verdict = (op[0], op[-1]) if op else ("", "")
    if kind == "add":
        operand = int(op[1], 16)
        rows = [("before", was), (f"+ ({halves(operand)[0]} << 32)", operand), ("= after", was + operand & WORD)]
        return Sum(rows, [], {"below zero": 1, "from zero": 2}.get(verdict, 0))
    if kind == "store":
        return Sum([("before", was), ("← 0", 0), ("= after", 0)], [], 0)
    if kind == "look":
        return Sum([("done if", 0), ("found", was)], [halves(was)[0] == 0], 0)
    if kind in ("swap", "again", "back"):
        expected = int(op[1], 16)
        agrees = [one == other for one, other in zip(halves(expected), halves(was), strict=True)]
        swapped = [("+ 1, stored" if all(agrees) else "stays", was + all(agrees))] if kind == "swap" else []
        return Sum([("expected", expected), ("found", was), *swapped], agrees, 0)
    return Sum([("the word", word)], [], 0)


def draw_sum(state: State) -> str:
    """The rows of the step, both halves in columns, and what it decides."""
    told = sum_of(state)
    height = 60 + ROW * len(told.rows)
    still = Still(736, height + 70)
    for half, (name, bits) in enumerate((("counter", "bits 63…40, then 39…32"), ("waiters", "bits 31…8, then 7…0"))):
        x = LEFT + half * 322
        still.text(x, 16, name, bold=True)
        still.text(x, 32, bits, size=12, fill=MUTED)
        for row, (label, word) in enumerate(told.rows):
            y = 42 + ROW * row
            if not half:
                still.text(1, y + 19, label, bold=row == 2)
            if told.agrees and half >= len(told.agrees) and row == 0:
                still.text(x, y + 19, "any", size=12, fill=MUTED)
                continue
            _row(still, x, y, word >> 32 & HALF if not half else word & HALF, half)
            still.text(x + 278, y + 20, str(halves(word)[half]), size=18, bold=True, anchor="middle")
            if row == 2:
                still.line(f"M{x} {y - 5}H{x + 290}", edge=INK, width=1.5)
        if half < len(told.agrees):
            _mark(still, x + 258, 42 + ROW - 5, told.agrees[half])
        if told.bad == half + 1:
            _mark(still, x + 258, 42 + ROW * 2 + 14, False)
    role, text = state["says"] or ["", ""]
    edge = {"done": DONE, "wait": WAIT, "lost": LOST}.get(role, EDGE)
    still.line(f"M2 {height - 12}V{height + 12}", edge=edge, width=4)
    still.text(12, height + 5, text)
    doing = "; ".join(f"{name}: {state[f'g:{name}'][1]}" for name in state["goroutines"])
    still.text(1, height + 44, doing if len(doing) < 110 else f"{doing[:109]}…", size=12, fill=MUTED)
    return still.svg()


def _row(still: Still, x: float, y: float, bits: int, half: int) -> None:
    rest = bits >> 8
    still.rect(x, y, REST, 28, fill=SLOT, radius=3)
    many = "0 × 24" if rest == 0 else "1 × 24" if rest == (1 << 24) - 1 else "…"
    still.text(x + REST / 2, y + 18, many, size=12, fill=MUTED, anchor="middle")
    colour = WAIT if half else BLUE
    for bit in range(7, -1, -1):
        on, left = bits >> bit & 1, x + REST + 5 + (7 - bit) * CELL
        still.rect(left, y, CELL - 3, 28, fill=colour if on else CARD, edge=colour if on else EDGE, radius=3)
        still.text(left + 11, y + 19, str(on), fill=CARD if on else MUTED, bold=bool(on), anchor="middle")


def _mark(still: Still, x: float, y: float, agrees: bool) -> None:
    path = f"M{x - 6} {y}l4 5l8 -10" if agrees else f"M{x - 5} {y - 5}l10 10m0 -10l-10 10"
    still.line(path, edge=DONE if agrees else LOST, width=2.6)


def say_sum(state: State) -> str:
    """The same in words."""
    told = sum_of(state)
    rows = ", ".join(f"{label} {halves(word)[0]} | {halves(word)[1]}" for label, word in told.rows)
    doing = ", ".join(f"{name}: {state[f'g:{name}'][1]}" for name in state["goroutines"])
    return f"Counter | waiters: {rows}. {doing}."
