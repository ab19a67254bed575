"""The pipeline map: the book's one picture of where an event passes, with the reader's place lit.

It stands wherever a page says ``{pipeline-map}``; as a line it stands above every chapter that is about a part of it
(`contents.py`). The chapters do not mention it: the table below knows which chapter explains which part.
A part becomes a link as soon as a chapter about it exists.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.extensions.chapters import chapter_number, chapters


class Part(NamedTuple):
    """A station of the pipeline."""

    name: str
    chapters: tuple[int, ...]  # the chapters about it; its link goes to the first that exists
    drawing: str  # SVG inside a box of 56 by 36; the event enters and leaves at half height


def slots(x: float, y: float, filled: int, count: int = 4) -> str:
    """A queue: `count` slots, the last `filled` of them taken, next to the consumer on the right."""
    boxes = f'<rect x="{x}" y="{y}" width="{9 * count}" height="9" rx="1.5"/>'
    walls = "".join(f'<path class="line" d="M{x + 9 * n} {y}v9"/>' for n in range(1, count))
    marks = "".join(
        f'<rect class="mark" x="{x + 9 * n + 2.5}" y="{y + 2.5}" width="4" height="4" rx="1"/>'
        for n in range(count - filled, count)
    )
    return boxes + walls + marks


PARTS = (
    Part(
        "kubelet",
        (3, 17),
        '<rect x="12" y="6" width="32" height="24" rx="3"/><path class="line" d="M12 13h32"/>'
        '<rect class="mark" x="18" y="19" width="5" height="5" rx="1"/>'
        '<rect class="mark" x="26" y="19" width="5" height="5" rx="1"/>'
        '<rect x="34" y="19" width="5" height="5" rx="1"/>',
    ),
    Part(
        "recorder",
        (8, 2, 13, 15),
        '<path d="M15 5h19l7 7v19H15z"/><path class="line" d="M34 5v7h7M20 17h15M20 22h15M20 27h9"/>',
    ),
    Part("incoming", (4, 13), slots(6, 13, filled=3, count=5)),
    Part(
        "loop",
        (4, 6, 7, 11, 12, 13),
        '<circle cx="28" cy="18" r="13"/><path class="line" d="M33.5 14.5a6.5 6.5 0 1 0 1 5"/>'
        '<path class="line" d="M34.5 10.5l-.7 4.4-4.3-1"/>',
    ),
    Part("watchers", (5, 4, 12, 13, 14), slots(10, 2, filled=1) + slots(10, 13.5, filled=4) + slots(10, 25, filled=2)),
    Part(
        "correlator",
        (9, 13, 14, 17, 18),
        '<circle cx="28" cy="18" r="13"/><path class="line" d="M22 14.5l7 7M29 14.5l-7 7"/>'
        '<path class="line" d="M33 13.5h3.4l-2.2 3a2.4 2.4 0 1 1-2 3.9"/>',
    ),
    Part(
        "sink",
        (10, 2, 13, 15),
        '<path d="M15 9v18c0 2.5 5.8 4.5 13 4.5s13-2 13-4.5V9"/><ellipse cx="28" cy="9" rx="13" ry="4.5"/>'
        '<path class="line" d="M22.5 21.5l4 4 7.5-8"/>',
    ),
)


class PipelineMap(nodes.General, nodes.Element):
    """The map in a document; drawn when the page is written, since only then every chapter is known."""


class PipelineMapDirective(SphinxDirective):
    """``{pipeline-map}``: the map, with the parts of the current chapter lit."""

    def run(self) -> list[nodes.Node]:
        return [PipelineMap()]


def draw(app: Sphinx, docname: str) -> str:
    here = chapter_number(docname)
    known = chapters(app.env)
    items = []
    for part in PARTS:
        drawing = f'<svg viewBox="0 0 56 36" aria-hidden="true" focusable="false">{part.drawing}</svg>'
        body = f"{drawing}<span>{escape(part.name)}</span>"
        target = next((known[number] for number in part.chapters if number in known), None)
        if here in part.chapters:
            items.append(f'<li class="here" aria-current="true">{body}</li>')
        elif target is not None:
            uri = app.builder.get_relative_uri(docname, target)
            items.append(f'<li><a href="{escape(uri)}">{body}</a></li>')
        else:
            items.append(f"<li>{body}</li>")
    return f'<nav class="pipeline-map" aria-label="The way of an event"><ol>{"".join(items)}</ol></nav>'


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(PipelineMap)):
        node.replace_self(nodes.raw("", draw(app, docname), format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(PipelineMap)
    app.add_directive("pipeline-map", PipelineMapDirective)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
