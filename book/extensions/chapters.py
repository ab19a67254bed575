"""Chapters by their numbers: every mention of one in a text is a link to it.

"chapter 7" and "Chapters 4 and 11" in running text become links by themselves. {deeper}`5` is a line that leads on to
a chapter, by its number and title; {deeper}`5#the-section` leads to a section of it, by the section's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)

CHAPTER_FILE = re.compile(r"book/(\d\d)_")
MENTION = re.compile(r"\b[Cc]hapters?[ \n]\d+(?:(?:, |,? and | or | to )\d+)*\b")
NUMBER = re.compile(r"\d+")
INSIDE = (nodes.reference, nodes.title, nodes.literal, nodes.literal_block, nodes.raw, nodes.comment)


def chapter_number(docname: str) -> int | None:
    match = CHAPTER_FILE.match(docname)
    return int(match[1]) if match else None


def chapters(env: BuildEnvironment) -> dict[int, str]:
    """Chapter number -> document, for the chapters that exist."""
    numbered = ((chapter_number(docname), docname) for docname in sorted(env.found_docs))
    return {number: docname for number, docname in numbered if number is not None}


class Deeper(nodes.General, nodes.Inline, nodes.Element):
    """A line to a chapter; its title is known when every page is read."""


class DeeperRole(SphinxRole):
    """``{deeper}`5` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        number, _, anchor = self.text.partition("#")
        if not number.isdigit() or int(number) not in chapters(self.env):
            logger.warning("there is no chapter %r", self.text, location=self.get_location())
            return [], []
        return [Deeper("", number=int(number), anchor=anchor)], []


def pieces(text: str, known: dict[int, str]) -> Iterator[tuple[str, int]]:
    """The text cut into (words, the chapter they name, or 0): "chapter 7" is one piece; of several, each number."""
    end = 0
    for mention in MENTION.finditer(text):
        numbers = [number for number in NUMBER.finditer(text, *mention.span()) if int(number[0]) in known]
        for number in numbers:
            begin = mention.start() if len(numbers) == 1 else number.start()
            yield text[end:begin], 0
            yield text[begin : number.end()], int(number[0])
            end = number.end()
    yield text[end:], 0


def link(app: Sphinx, docname: str, chapter: str, anchor: str = "") -> nodes.reference:
    uri = app.builder.get_relative_uri(docname, chapter) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", "", refuri=uri, internal=True)


def title_of(app: Sphinx, chapter: str, anchor: str) -> list[nodes.Node]:
    """The words of the chapter's title, or of the section's that is meant."""
    if not anchor:
        return app.env.titles[chapter].deepcopy().children
    for entry in app.env.tocs[chapter].findall(nodes.reference):
        if entry["anchorname"] == f"#{anchor}":
            return entry.deepcopy().children
    logger.warning("%s has no section %r", chapter, anchor)
    return []


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    known = chapters(app.env)
    for line in list(doctree.findall(Deeper)):
        chapter = known[line["number"]]
        reference = link(app, docname, chapter, line["anchor"])
        title = title_of(app, chapter, line["anchor"])
        reference += [nodes.inline("", str(line["number"]), classes=["number"]), nodes.Text(" "), *title]
        line.replace_self(nodes.inline("", "Deeper: ", reference, classes=["deeper"]))
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, nodes.TextElement) and MENTION.search(text) and not within(text):
            found: list[nodes.Node] = []
            for words, number in pieces(text, known):
                part: nodes.Node = nodes.Text(words)
                if number and known[number] != docname:
                    reference = link(app, docname, known[number])
                    reference += part
                    part = reference
                found.append(part)
            text.parent.replace(text, found)


def within(node: nodes.Node) -> bool:
    """Whether it stands where a link of its own has no place."""
    while (node := node.parent) is not None:
        if isinstance(node, INSIDE):
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Deeper)
    app.add_role("deeper", DeeperRole())
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
