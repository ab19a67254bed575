"""A moving figure on a page that is no notebook: the run is recorded when the site is built.

    ```{recording} landing.unanswered
    ```

The argument names a function in `book/figures` that returns a figure of `kevent.figures`. In a chapter a figure is the
last expression of a cell, and needs none of this.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.extensions.html_element import raw
from kevent.figures import Figure

BOOK = Path(__file__).parents[1]


def figure_of(name: str) -> Figure:
    """Call the function `name` of `book/figures`. Raises TypeError if it returns no figure."""
    module, _, function = name.rpartition(".")
    figure = getattr(importlib.import_module(f"book.figures.{module}"), function)()
    if not isinstance(figure, Figure):
        raise TypeError(f"{name} returned {figure!r}, which is no figure")
    return figure


class RecordingDirective(SphinxDirective):
    """``{recording} landing.unanswered``: run it now, and show it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        self.env.note_dependency(str(BOOK / "figures" / f"{name.rpartition('.')[0].replace('.', '/')}.py"))
        return [raw(figure_of(name).html())]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("recording", RecordingDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
