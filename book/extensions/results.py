"""A cell on its page: what it gave stands first, and the lines that made it hang folded below.

A cell that gave nothing shows its lines, and so does an exercise: there the lines are the point. With the tag
`hide-input` such lines are folded too, and said to be for the cells below.

A result without columns, sentences for one, has the class `goes-on`: a phone breaks its lines and does not scroll them.
"""

from __future__ import annotations

import re

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx

from book.extensions.html_element import HtmlElement, element, text


def turn(cell: nodes.container) -> None:
    """Put the outputs of a cell before its lines, and fold those."""
    parts = [part for part in cell.children if isinstance(part, nodes.Element)]
    outputs = [part for part in parts if part.get("nb_element") == "cell_code_output"]
    inputs = [part for part in parts if part.get("nb_element") == "cell_code_source"]
    for part in parts:
        if isinstance(part, HideCodeCellNode):
            inputs += part.children
    count = sum(
        len(block.astext().strip().splitlines()) for part in inputs for block in part.findall(nodes.literal_block)
    )
    if not outputs:
        for part in parts:
            if isinstance(part, HideCodeCellNode):
                summary = element("summary", text(f"{count} lines for the cells below"))
                cell[cell.index(part)] = element("details", summary, *part.children, class_="folded")
        return
    if not inputs:
        return
    given = [block.astext() for part in outputs for block in part.findall(nodes.literal_block)]
    if given and not any(re.search(r"\S {2,}\S", each) for each in given):
        cell["classes"].append("goes-on")
    rest = [
        part for part in parts if part not in outputs and part not in inputs and not isinstance(part, HideCodeCellNode)
    ]
    summary = element("summary", text("The line that made this" if count == 1 else f"The {count} lines that made this"))
    cell[:] = [*outputs, element("details", summary, *inputs, class_="folded"), *rest]


def turn_all(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") == "cell_code" and not in_exercise(cell):
            turn(cell)


def in_exercise(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, HtmlElement) and node["attributes"].get("class") == "exercise":
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", turn_all, priority=650)  # after the cells have got their buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
