"""Tables that a phone can show: each cell says which column it is of.

Of a table with a head and three columns or more every cell gets its column's name, `data-label`, and the table the
class `labelled`. On a narrow screen each row stands as a block then, its cells below one another (book.css). Tables
with a form of their own, as a trace, stay.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from sphinx.application import Sphinx

TABLE = re.compile(
    r'<table class="(?P<classes>[^"]*\b(?:docutils|table)\b[^"]*)">(?P<inside>(?:(?!<table).)*?)</table>', re.DOTALL
)
HEAD = re.compile(r"<thead>(.*?)</thead>", re.DOTALL)
COLUMN = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(t[dh])\b")
LEAST = 3


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def labelled(table: re.Match[str]) -> str:
    head = HEAD.search(table["inside"])
    names = [words(each) for each in COLUMN.findall(head[1])] if head else []
    if len(names) < LEAST or "colspan" in table["inside"] or "rowspan" in table["inside"]:
        return table[0]
    body = table["inside"][head.end() :]  # type: ignore[union-attr]

    def row(match: re.Match[str]) -> str:
        columns = iter(names)
        return CELL.sub(lambda cell: f'<{cell[1]} data-label="{escape(next(columns, ""))}"', match[0])

    inside = table["inside"][: head.end()] + ROW.sub(row, body)  # type: ignore[union-attr]
    return f'<table class="{table["classes"]} labelled">{inside}</table>'


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "body" in context:
        context["body"] = TABLE.sub(labelled, context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", join)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
