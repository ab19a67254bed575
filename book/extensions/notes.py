"""Notes in the margin: short asides that would stop a reader in the text.

    The recorder comes first, then the log, then the sink.

    ```{margin}
    The kubelet is lucky here: nobody else holds its recorder yet.
    ```

The directive is the theme's. A note stands beside the block behind which it is written; where there is no room for two
columns, below it. Both are put into one element, as high as the higher of them, so that nothing runs into a note.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from book.extensions.html_element import element

logger = logging.getLogger(__name__)


def put_beside(app: Sphinx, doctree: nodes.document) -> None:
    for note in list(doctree.findall(nodes.sidebar)):
        if "margin" not in note["classes"]:
            continue
        if not note[0].astext():  # the theme gives a note without a title an empty one
            del note[0]
        holder = note.parent
        place = holder.index(note)
        if isinstance(holder[place - 1], nodes.title | nodes.sidebar):
            logger.warning("a note in the margin stands beside the block behind which it is written", location=note)
            continue
        pair = element("div", class_="noted")
        pair += [holder[place - 1], note]
        holder[place - 1 : place + 1] = [pair]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.connect("doctree-read", put_beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
