"""``{scratch}``: an empty cell with kevent behind it, examples to begin with, and a link that carries what is in it.

The examples are the files of `live/examples`; the first line of each, a comment, is what it is called. A link has the
text in its fragment, which no server sees. Whoever follows it is shown the text on request, and runs it with a press.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.extensions.html_element import raw

EXAMPLES = Path(__file__).parents[2] / "live" / "examples"


def examples() -> list[tuple[str, str]]:
    """What each example is called, and its text."""
    texts = [path.read_text(encoding="utf-8").rstrip("\n") for path in sorted(EXAMPLES.glob("*.py"))]
    return [(text.splitlines()[0].removeprefix("# ").partition(":")[0], text) for text in texts]


class ScratchDirective(SphinxDirective):
    """See the head of this module."""

    def run(self) -> list[nodes.Node]:
        for path in EXAMPLES.glob("*.py"):
            self.env.note_dependency(str(path))
        found = examples()
        first = nodes.literal_block(found[0][1], found[0][1], language="python")
        source = nodes.container("", first, nb_element="cell_code_source", classes=["cell_input"])
        cell = nodes.container("", source, nb_element="cell_code", classes=["cell", "tag_scratch"])
        options = "".join(f'<option value="{escape(text)}">{escape(name)}</option>' for name, text in found)
        return [
            raw(
                '<p class="scratch-sent">A link with a scenario brought you here. Nothing of it has run. '
                '<button type="button" data-live-press="show">Show it</button></p>'
            ),
            cell,
            raw(
                '<p class="scratch"><label>Begin with <select data-live-press="example">'
                f'{options}<option value="">an empty cell</option></select></label> '
                '<button type="button" data-live-press="link">Copy a link to this</button> '
                '<span class="scratch-said" role="status"></span></p>'
            ),
        ]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("scratch", ScratchDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
