"""What a chapter needs: ``{needs}`4, 7` ``, or ``{needs}`nothing` ``, in the line below the title (`chapter.py`).

The numbers are those of the chapters' files; each becomes a link. A chapter that does not exist, or that comes later,
is a warning.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from book.extensions.chapters import chapter_number, chapters

logger = logging.getLogger(__name__)


class NeedsRole(SphinxRole):
    """``{needs}`4, 7` ``: links to what has to be read before."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if self.text == "nothing":
            return [nodes.inline("", "needs nothing before it", classes=["needs"])], []
        known = chapters(self.env)
        own = chapter_number(self.env.docname) or 0
        numbers = [int(number) for number in self.text.split(", ")]
        if unknown := [number for number in numbers if number not in known or number >= own]:
            logger.warning("no earlier chapter: %s", unknown, location=self.get_location())
            return [], []
        words: list[nodes.Node] = [nodes.Text("needs chapter " if len(numbers) == 1 else "needs chapters ")]
        for place, number in enumerate(numbers):
            link = addnodes.pending_xref(
                "", nodes.inline("", str(number)), reftype="doc", refdomain="std", refexplicit=True,
                reftarget=f"/{known[number]}", refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            words += [nodes.Text(", ")] * bool(place) + [link]
        return [nodes.inline("", "", *words, classes=["needs"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("needs", NeedsRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
