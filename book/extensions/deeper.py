"""A section for those who want more: folded under its title, its first paragraph, and how long it takes.

    {.deeper}
    ## With the other word everybody waits

    Twenty-six calls return, then all goroutines are asleep.

    What stands from here on is folded.

It is open on paper, and when the address of the page leads into it (`page.js`). A search of the browser's own opens it.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from book.extensions.chapter import minutes_of
from book.extensions.html_element import element, text


def fold(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for section in list(doctree.findall(nodes.section)):
        title = section[0]
        assert isinstance(title, nodes.title)
        if "deeper" not in [*section["classes"], *title["classes"]]:
            continue
        gist, *rest = section.children[1:]
        minutes = element("span", text(f"deeper, {minutes_of(section)} min"), class_="deeper-tag")
        for link in list(gist.findall(nodes.reference)):  # in a summary, which is pressed itself, nothing else can be
            link.replace_self(nodes.inline("", "", *link.children))
        section["classes"] = [*section["classes"], "deep"]
        section[:] = [element("details", element("summary", element("h2", *title.children), minutes, gist), *rest)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", fold, priority=940)  # when all has its final form, and its number
    return {"parallel_read_safe": True, "parallel_write_safe": True}
