"""What every chapter has: at its head where it stands, how long it takes and what it is good for; Chinese words marked
as such.

    ```{at-the-end}
    - why one slow watcher cannot hold up the others
    ```

The other recurring parts are plain headings, which book/assets/reading.css knows by their words: "What goes wrong
here", "Today", "Three lines to remember".

A cell with the tag `hide-input` is folded: its lines draw something, and the drawing is what counts.
"""

from __future__ import annotations

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

from book.extensions.chapters import chapter_number
from book.extensions.html_element import element, text
from book.extensions.pipeline_map import PARTS

WORDS_A_MINUTE = 180  # of prose with something to think about
LINES_A_MINUTE = 15  # of code
MINUTES_A_PICTURE = 0.5
MINUTES_A_STAGE = 2  # on a page without cells: to play, to step through. In a chapter its cell's lines count
MINUTES_AN_EXERCISE = 6


class AtTheEndDirective(SphinxDirective):
    """``{at-the-end}``: a list of what the reader can explain afterwards."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        title = nodes.paragraph("", "At the end you can say", classes=["at-the-end-title"])
        return [element("div", title, *holder.children, class_="at-the-end")]


def minutes_of(document: nodes.Element) -> int:
    """Reading time, from what there is to read. Outputs are looked at, not read: they count as a picture each."""
    outputs = [node for node in document.findall(nodes.container) if node.get("nb_element") == "cell_code_output"]
    inside = {id(node) for output in outputs for node in output.findall()}
    blocks = [node.astext() for node in document.findall(nodes.literal_block) if id(node) not in inside]
    words = sum(len(node.astext().split()) for node in document.findall(nodes.Text) if read_as_prose(node, inside))
    lines = sum(block.count("\n") + 1 for block in blocks)
    exercises = sum("# your turn" in block for block in blocks)
    stages = sum(
        'class="kevent-figure"' in node.astext() for node in document.findall(nodes.raw) if id(node) not in inside
    )
    minutes = words / WORDS_A_MINUTE + lines / LINES_A_MINUTE + len(outputs) * MINUTES_A_PICTURE
    return max(round(minutes + stages * MINUTES_A_STAGE + exercises * MINUTES_AN_EXERCISE), 1)


def read_as_prose(node: nodes.Text, outputs: set[int]) -> bool:
    return id(node) not in outputs and not isinstance(node.parent, nodes.raw | nodes.literal_block)


def frame_charts(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a chart into a box of its own, which a narrow screen scrolls: shrunk to it nobody could read the letters.

    The class `output` is what the theme's script knows: it lets the keyboard reach what scrolls.
    """
    for output in doctree.findall(nodes.container):
        if output.get("nb_element") == "cell_code_output":
            for image in list(output.findall(nodes.image)):
                image.replace_self(nodes.container("", image.deepcopy(), classes=["output", "chart"]))


def say_where(app: Sphinx, doctree: nodes.document) -> None:
    """Say below a chapter's title at which stops it stands, how long it takes, and what has to be read before."""
    number = chapter_number(app.env.docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if number is None or title is None:
        return
    stops = [element("b", text(part.name)) for part in PARTS if number in part.chapters]
    where: list[nodes.Node] = [text("The stop " if len(stops) == 1 else "The stops ")] if stops else []
    for place, stop in enumerate(stops):
        where += [text(", " if place else ""), stop]
    line = [*where, text(" · ")] if stops else []
    line.append(text(how_long(doctree)))
    for needs in list(doctree.findall(nodes.inline)):
        if "needs" in needs["classes"]:
            line += [text(" · "), needs]
            paragraph = needs.parent
            paragraph.remove(needs)
            if not paragraph.astext().strip():
                paragraph.parent.remove(paragraph)
    title.parent.insert(title.parent.index(title) + 1, element("p", *line, class_="meta"))


def how_long(chapter: nodes.Element) -> str:
    """The minutes of a first reading, and those of what is folded or to be written."""
    whole = minutes_of(chapter)
    later = sum(minutes_of(section) for section in chapter.findall(nodes.section) if can_wait(section))
    if not later:
        return f"{whole} minutes"
    return f"{max(whole - later, 1)} minutes, {later} more for what is folded and the exercises"


def can_wait(section: nodes.section) -> bool:
    """Whether a section is for a second reading: folded, or something to write."""
    title = section[0]
    assert isinstance(title, nodes.title)
    return "deeper" in [*section["classes"], *title["classes"]] or title.astext() in ("Exercises", "Check yourself")


class ChineseRole(SphinxRole):
    """{zh}`事件`: Chinese, for the right glyphs and the right voice."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [element("span", text(self.text), lang="zh-Hans")], []


def visit_folded(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Unlike myst-nb's own, named by the words that are seen."""
    self.body.append('<details class="folded">\n<summary>The lines that made this</summary>\n')


def depart_folded(self: HTML5Translator, node: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.add_css_file("reading.css")
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded, depart_folded))
    app.add_directive("at-the-end", AtTheEndDirective)
    app.add_role("zh", ChineseRole())
    app.connect("doctree-read", say_where)
    app.connect("doctree-resolved", frame_charts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
