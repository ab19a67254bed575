"""The time line of chapter 16: every change since v1.14, to be read as it stands, or asked for one version or one part.

``{time-line}`` writes what `book.changes` knows as a table, oldest first. Nothing of it needs a script; with one there
are three questions above the table, at first only what most readers meet is shown, and each row says whether the
reader's version has it.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from book import changes as known_changes
from book.changes import UNRELEASED, minor
from book.extensions import releases
from book.extensions.html_element import element, text
from book.extensions.pipeline_map import PARTS
from kevent.versions import RELEASES

MOST = (95664, 108080, 115514, 120729, 103918, 124747)
"""What most readers meet: order and drops, a late event, retries, what a shutdown leaves, and whose the budget is."""
COLUMNS = "Since", "Part", "What the files show, and what we make of it", "Evidence"
SHOWING = [("most", "what most readers meet"), ("most some", "what you may notice"), ("most some none", "all of it")]


def changes() -> list[dict[str, Any]]:
    """The rows, oldest first. Raises ValueError for a part that the map of the pipeline does not have."""
    rows = known_changes.rows()
    known = {part.name for part in PARTS}
    for row in rows:
        if not row["parts"] or not known.issuperset(row["parts"]):
            raise ValueError(f"{row['change']}: the parts {row['parts']} are not on the map")
    return rows


def choice(name: str, label: str, options: list[tuple[str, str]]) -> nodes.Node:
    shown = [element("option", text(words), value=value) for value, words in options]
    return element("label", text(label + " "), element("select", *shown, name=name))


def in_code(words: str) -> list[nodes.Node]:
    """Words between backticks as code."""
    pieces = re.split(r"`([^`]+)`", words)
    return [element("code", text(piece)) if number % 2 else text(piece) for number, piece in enumerate(pieces)]


def weight(row: dict[str, Any]) -> str:
    """Who notices a change: most readers, some, or nobody."""
    if row.get("pr") in MOST:
        return "most"
    return "none" if row["matters"].startswith("Nothing") else "some"


def entry(env: BuildEnvironment, row: dict[str, Any]) -> nodes.Node:
    number = minor(row["since"])
    released = number != UNRELEASED
    since = row["since"] if released else "in no release yet"
    if row.get("pr"):
        url = f"https://github.com/kubernetes/kubernetes/pull/{row['pr']}"
        name = f"#{row['pr']}"
    else:
        url = f"https://github.com/{row['repo'].split()[0]}/commit/{row['commit'].split()[0]}"
        name = row["commit"].split()[0]
    source: list[nodes.Node] = [element("a", text(name), class_="reference external", href=url)]
    if "also" in row:
        source.append(text(f" {row['also']}"))
    if "asked" in row:
        source += [text(" "), releases.mark(env, row["asked"])]
    return element(
        "tr",
        cell(COLUMNS[0], element("strong", text(since)), element("span", class_="time-line-yours")),
        cell(COLUMNS[1], text(", ".join(row["parts"]))),
        cell(
            COLUMNS[2],
            *in_code(row["told"]),
            element("p", *in_code(row["matters"]), class_="time-line-matters"),
        ),
        cell(COLUMNS[3], *source),
        data_since=number,
        data_noticed=weight(row),
        data_parts=" ".join(row["parts"]),
    )


def cell(column: str, *children: nodes.Node) -> nodes.Node:
    return element("td", *children, data_label=column)


class TimeLineDirective(SphinxDirective):
    """``{time-line}``: see the head of this module."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(known_changes.TIME_LINE))
        try:
            entries = [entry(self.env, row) for row in changes()]
        except (ValueError, LookupError) as error:
            raise self.error(str(error)) from None
        versions = [("", "no version in particular")]
        versions += [(str(minor(name)), name) for name in RELEASES]
        parts = [("", "everything")] + [(part.name, part.name) for part in PARTS]
        form = element(
            "form",
            choice("version", "I run", versions),
            choice("part", "and ask about", parts),
            choice("noticed", "showing", SHOWING),
            element("output", aria_live="polite"),
            hidden=True,
            aria_label="Ask the time line",
        )
        columns = [element("th", text(name), scope="col") for name in COLUMNS]
        table = element("table", element("thead", element("tr", *columns)), element("tbody", *entries))
        return [element("div", form, table, class_="time-line", role="group", data_late="time-line")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.add_directive("time-line", TimeLineDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
