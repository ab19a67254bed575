"""Words that stand on one line: a name with a hyphen in it, a release, a flag, "chapter 7".

A browser breaks a line behind any hyphen. `client-` at the end of one and `go` at the beginning of the next is no name,
and neither is `1.14.0-` with `alpha.2` below. Such words get the class `unbroken` (book.css).
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

WHOLE = re.compile(r"client-go|kube-[a-z]+|\bv?\d+\.\d+\.\d+-(?:alpha|beta|rc)\.\d+|\b[Cc]hapter[ \n]\d+")
LONGEST = 24
"""Characters of code that fit on a line of a phone."""
INSIDE = (nodes.raw, nodes.comment, nodes.literal, nodes.literal_block)


def pieces(words: str) -> list[nodes.Node]:
    """The words as nodes, those that are not to be broken each in one of its own."""
    found: list[nodes.Node] = []
    end = 0
    for match in WHOLE.finditer(words):
        found += [nodes.Text(words[end : match.start()]), nodes.inline("", match[0], classes=["unbroken"])]
        end = match.end()
    return [*found, nodes.Text(words[end:])]


def keep(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for code in doctree.findall(nodes.literal):
        name = code.astext()
        if "-" in name and " " not in name and len(name) <= LONGEST:
            code["classes"] = [*code["classes"], "unbroken"]
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, INSIDE) and WHOLE.search(text):
            text.parent.replace(text, pieces(text))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", keep, priority=960)  # when links and releases are in their places
    return {"parallel_read_safe": True, "parallel_write_safe": True}
