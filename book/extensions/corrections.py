"""What the post says beside what the source says, taken from the appendix about it.

    ```{post-says} who-receives-everything
    ```

    ```{source-says} who-receives-everything
    ```

The argument is the anchor of a section of `appendix_post.md`. Its paragraph "The post" or "The source" is shown, so
each is written once. Here it begins a sentence, so with a capital; but a name in code keeps its case, which decides in
Go who may call.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.extensions.html_element import element, text

APPENDIX = Path(__file__).parents[1] / "appendix_post.md"
SECTION = re.compile(
    r"^## (?P<title>.+)\n+\*\*The post:\*\* (?P<post>(?:.+\n)+)\n+\*\*The source:\*\* (?P<source>(?:.+\n)+)",
    re.MULTILINE,
)
WHO = re.compile(r"The (post|source):")


class Correction(NamedTuple):
    """One statement of the post that the source contradicts."""

    post: str
    source: str


def corrections() -> dict[str, Correction]:
    """All of them by anchor, in the order of the appendix."""
    found = SECTION.finditer(APPENDIX.read_text(encoding="utf-8"))
    return {nodes.make_id(match["title"]): Correction(match["post"], match["source"]) for match in found}


class _Says(SphinxDirective):
    required_arguments = 1

    def correction(self) -> Correction:
        self.env.note_dependency(str(APPENDIX))
        try:
            return corrections()[self.arguments[0]]
        except KeyError:
            raise self.error(f"{APPENDIX.name} corrects nothing under {self.arguments[0]!r}") from None

    def parsed(self, markdown: str) -> list[nodes.Node]:
        holder = nodes.Element()
        sentences = markdown[:1].upper() + markdown[1:]
        self.state.nested_parse(StringList(sentences.splitlines(), str(APPENDIX)), 0, holder)
        return holder.children


class PostSaysDirective(_Says):
    """``{post-says} who-receives-everything``"""

    def run(self) -> list[nodes.Node]:
        said = self.parsed(self.correction().post)
        return [element("div", element("p", text("The post says"), class_="who"), *said, class_="post-says")]


class SourceSaysDirective(_Says):
    """``{source-says} who-receives-everything``"""

    def run(self) -> list[nodes.Node]:
        said = self.parsed(self.correction().source)
        return [element("div", element("p", text("The source says"), class_="who"), *said, class_="source-says")]


def mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """In the appendix itself the paragraphs get the same rule on their left."""
    if docname.endswith(APPENDIX.stem):
        for paragraph in doctree.findall(nodes.paragraph):
            first = next((child for child in paragraph.children if child.astext()), None)
            if isinstance(first, nodes.strong) and (who := WHO.fullmatch(first.astext())):
                paragraph["classes"].append(f"{who[1]}-says")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("post-says", PostSaysDirective)
    app.add_directive("source-says", SourceSaysDirective)
    app.connect("doctree-resolved", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
