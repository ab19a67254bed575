"""A stage that opens at one moment of a run, where a page tells of many moments of the same run.

    ```{moment} tour.way drop
    :title: Three wait, and the fourth has no place
    :event: 10
    ```

The argument names a function in `book/figures` that returns a figure of the flow of events, and the kind of the step
that is looked for: its line in the narration, `sink patched` as well as `drop`. The first such step is meant, or with
`event` the first that is about this one. The recording stands once in the page, before its first moment; each stage
takes it from there when the reader comes near.
"""

from __future__ import annotations

import copy
import json
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.extensions.html_element import element, raw, text
from book.extensions.pipeline_map import PARTS
from book.extensions.recording import BOOK, figure_of
from kevent.figures import EventFlow
from kevent.figures.storyboard import Storyboard


def moment(figure: EventFlow, kind: str, event: int | None = None) -> Storyboard:
    """The figure's first run, opened at a step of this kind. Raises LookupError if there is none."""
    board = copy.copy(next(iter(figure.storyboards.values())))
    for number, scene in enumerate(board.scenes):
        if scene.line.kind == kind and (event is None or event in scene.about):
            board.opens = number
            return board
    raise LookupError(f"{figure.title}: no step is {kind!r}" + ("" if event is None else f" and about event {event}"))


def stage(figure: EventFlow, name: str, board: Storyboard, title: str) -> str:
    """A stage as HTML: its first picture, what it shows in words, and where its recording is."""
    named = escape(title)
    picture = (
        f'<div class="kf-drawn" role="img" aria-label="{escape(figure.describe(board))}">{figure.draw(board)}</div>'
    )
    return (
        f'<div class="kevent-figure" data-kind="{figure.kind}" data-recording="{name}" data-opens="{board.poster + 1}" '
        f'data-title="{named}">\n<div class="kf-static" tabindex="0" role="group" aria-label="{named}">\n'
        f"<p><strong>{named}</strong></p>\n{picture}\n{figure.told_at(board)}</div>\n</div>\n"
    )


def shared(figure: EventFlow, name: str) -> str:
    """The recording that many stages of a page show."""
    packed = json.dumps(figure.data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{packed}</script>\n'


class StopDirective(SphinxDirective):
    """``{stop} watchers``: where on the way of an event the section stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        place = self.arguments[0]
        if place not in [part.name for part in PARTS]:
            raise self.error(f"an event passes no {place!r}")
        return [element("p", text(place), class_="stop", data_stop=place)]


class MomentDirective(SphinxDirective):
    """``{moment} tour.way sink patched``"""

    required_arguments = 2
    final_argument_whitespace = True
    option_spec = {"title": directives.unchanged_required, "event": directives.nonnegative_int}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        function, kind = self.arguments
        figure = figure_of(function)
        if not isinstance(figure, EventFlow):
            raise self.error(f"{function} is no flow of events")
        try:
            board = moment(figure, kind, self.options.get("event"))
        except LookupError as missing:
            raise self.error(str(missing)) from None
        self.env.note_dependency(str(Path(BOOK, "figures", f"{function.partition('.')[0]}.py")))
        name = f"recording-{function.replace('.', '-').replace('_', '-')}"
        first = name not in self.env.temp_data.setdefault("recordings", set())
        self.env.temp_data["recordings"].add(name)
        html = stage(figure, name, board, self.options.get("title", figure.title))
        return [raw(shared(figure, name) + html if first else html)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("moment", MomentDirective)
    app.add_directive("stop", StopDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
