"""The head of a chapter: what happens, a bet on it, and beside them the run that decides it.

A notebook begins with its title, a paragraph or two, a self-check, and a cell with a figure. On the page the words and
the bet stand on one side and the figure on the other, in the first screen. A stage is small there: drawing, sentence,
time line; a press shows all of it, with its code (`page.js`). What else stands before the first section comes below.
"""

from __future__ import annotations

import itertools

from docutils import nodes
from sphinx.application import Sphinx

from book.extensions.chapters import chapter_number
from book.extensions.html_element import HtmlElement, element


def has_class(node: nodes.Node, name: str) -> bool:
    """Whether this is an element of ours with the class `name`, or one of docutils' own."""
    if isinstance(node, HtmlElement):
        return name in str(node["attributes"].get("class", "")).split()
    return isinstance(node, nodes.Element) and name in node.get("classes", ())


def shows(node: nodes.Node) -> bool:
    """Whether this is a cell that gave something to look at."""
    return isinstance(node, nodes.container) and any(
        part.get("nb_element") == "cell_code_output" for part in node.findall(nodes.container)
    )


def pair(chapter: nodes.Element) -> None:
    """Put what goes wrong, and what is so today, side by side, where one comes after the other."""
    parts = [node for node in chapter if isinstance(node, nodes.section)]
    for wrong, today in itertools.pairwise(parts):
        if "what-goes-wrong-here" in wrong["ids"] and "today" in today["ids"]:
            place = chapter.index(wrong)
            chapter[place : chapter.index(today) + 1] = [element("div", wrong, today, class_="bars")]


def arrange(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if chapter_number(docname) is None:
        return
    chapter = next(iter(doctree.findall(nodes.section)))
    pair(chapter)
    end = next((place for place, node in enumerate(chapter) if isinstance(node, nodes.section)), len(chapter))
    meta = next(place for place, node in enumerate(chapter) if has_class(node, "meta"))
    head = chapter.children[meta + 1 : end]
    figure = next((node for node in head if shows(node)), None)
    if figure is None:
        return
    before = head[: head.index(figure)]
    bet = [node for node in head if has_class(node, "self-check")]
    words = [node for node in before if isinstance(node, nodes.paragraph)]
    below = [node for node in head if node not in (figure, *bet, *words)]
    opening = element(
        "div",
        element("div", *words, class_="opening-words"),
        element("div", figure, class_="opening-figure"),
        *([element("div", *bet, class_="opening-bet")] if bet else []),
        class_="opening",
    )
    chapter[meta + 1 : end] = [opening, *below]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_css_file("opening.css")
    app.connect("doctree-resolved", arrange, priority=660)  # after each cell has its final form
    return {"parallel_read_safe": True, "parallel_write_safe": True}
