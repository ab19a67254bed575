"""An HTML element as a document node, so that directives can put marked-up text into markup of their own."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

VOID = (
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
)  # fmt: skip
"""Elements that have no end tag."""


class HtmlElement(nodes.General, nodes.Element):
    """``HtmlElement(tag="div", attributes={"class": "twin"})`` with children between the tags.

    An attribute that is True is written without a value, one that is None or False not at all.
    """


def element(tag: str, *children: nodes.Node, **attributes: Any) -> HtmlElement:
    """A node for one element. `class_` and `for_` lose their underscore, other underscores become hyphens."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    node = HtmlElement("", tag=tag, attributes=named)
    node.extend(children)
    return node


def text(words: str) -> nodes.Text:
    return nodes.Text(words)


def raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def visit(self: HTML5Translator, node: HtmlElement) -> None:
    self.body.append(f"<{node['tag']}{''.join(attribute(*item) for item in node['attributes'].items())}>")


def depart(self: HTML5Translator, node: HtmlElement) -> None:
    if node["tag"] not in VOID:
        self.body.append(f"</{node['tag']}>")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(HtmlElement, html=(visit, depart))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
