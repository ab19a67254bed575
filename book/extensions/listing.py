"""Lines of code beside one another on a page: numbered as in their file, and what no step speaks of folded away.

A step of a twin cites lines. These stand in ink, their neighbours stay, and of the rest every longer stretch becomes
one line that opens (`… 12 lines`). There is no colour for words: on these pages a colour says what a line does now.
`assets/twin-load.js` lists lines that it has fetched in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import GoLexer, PythonLexer
from pygments.token import Comment, is_token_subtype

NEIGHBOURS = 1
"""How many lines before and after a cited one stay open."""

WORTH_FOLDING = 4
"""A shorter stretch is shown: to fold it away would save nothing."""

Cited = dict[int, list[int]]
"""Numbers of lines, each with the steps that cite it."""


def cited(spans: Iterable[tuple[int, int] | None]) -> Cited:
    """The lines of each step's span; the steps count from 1, and may have none."""
    found: Cited = {}
    for step, span in enumerate(spans, start=1):
        for number in range(span[0], span[1] + 1) if span else ():
            found.setdefault(number, []).append(step)
    return found


def opened(numbers: Sequence[int], cites: Cited, keep: Iterable[int] = ()) -> list[bool]:
    """Which of the lines with these numbers are open: the cited, their neighbours, `keep`, and what is short enough."""
    if not cites:
        return [True] * len(numbers)
    kept = set(keep)
    near = {n + d for n, number in enumerate(numbers) if number in cites for d in range(-NEIGHBOURS, NEIGHBOURS + 1)}
    chosen = [n in near or number in kept for n, number in enumerate(numbers)]
    shown: list[bool] = []
    for is_open, stretch in groupby(chosen):
        length = len(list(stretch))
        shown += [is_open or length < WORTH_FOLDING] * length
    return shown


def folded_away(numbers: Sequence[int], shown: Sequence[bool]) -> list[tuple[int, int]]:
    """The first and last number of each stretch that is not shown."""
    stretches = groupby(zip(numbers, shown, strict=True), key=lambda row: row[1])
    found = ([number for number, _ in rows] for is_open, rows in stretches if not is_open)
    return [(lines[0], lines[-1]) for lines in found]


def breakable(text: str) -> str:
    """Code as HTML. What is long and has no space may break behind a bracket, a dot or a comma, but in no word."""
    long = re.sub(r"\S{20,}", lambda run: re.sub(r"(?<=[([{.,/=])(?=[^\s)\]},.=])", "\0", run[0]), text)
    return escape(long, quote=False).replace("\0", "<wbr>")


def marked_up(code: str, lexer: Lexer) -> list[str]:
    """The lines of some code as HTML, with the comments told apart."""
    text = ""
    for kind, token in lexer.get_tokens(code):
        pieces = token.split("\n")
        text += "\n".join(f"\1{piece}\2" if piece and is_token_subtype(kind, Comment) else piece for piece in pieces)
    return [breakable(line).replace("\1", "<i>").replace("\2", "</i>") for line in text.split("\n")]


def go_html(lines: Sequence[str]) -> list[str]:
    return marked_up("\n".join(lines), GoLexer(stripnl=False, ensurenl=False))


def python_html(lines: Sequence[str]) -> list[str]:
    return marked_up("\n".join(lines), PythonLexer(stripnl=False, ensurenl=False))


def line(number: int, html: str, cites: Cited) -> str:
    """A line. Where its indent ends is for the style sheet to know: what does not fit goes on deeper than it began."""
    rest = html.lstrip(" \t")
    indent = html[: len(html) - len(rest)]
    columns = len(indent.expandtabs(4))
    steps = cites.get(number, [])
    begins = [step for step in steps if step not in cites.get(number - 1, [])]
    return (
        f'<span class="line{" cited" if steps else ""}" data-line="{number}"'
        + (f' data-step="{"·".join(map(str, begins))}"' if begins else "")
        + (f' style="--indent:{columns}"' if columns else "")
        + f'><span class="indent">{indent}</span>{rest}\n</span>'
    )


def listing(numbers: Sequence[int], html: Sequence[str], cites: Cited, shown: Sequence[bool], label: str) -> str:
    """The lines with their numbers; those that are not `shown` stand folded."""
    parts = []
    rows = zip(numbers, html, shown, strict=True)
    for is_open, group in groupby(rows, key=lambda row: row[2]):
        lines = [line(number, text, cites) for number, text, _ in group]
        block = f"<pre>{''.join(lines)}</pre>"
        parts.append(block if is_open else f"<details><summary>… {len(lines)} lines</summary>{block}</details>")
    return f'<div class="twin-code" role="group" aria-label="{escape(label)}">{"".join(parts)}</div>'
