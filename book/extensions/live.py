"""The buttons under each cell, and what they need: the page's own Python, built into the site if its parts are here.

Nothing of it is loaded before a reader presses one. A cell's tags say what is unlike the others:

* `exercise:broadcaster.distribute`: the cell that a reader writes in. It and the one below, which checks it, become one
  thing, with a hint and the book's answer, both folded.
* `elsewhere:threads`, `elsewhere:program`: what the page's Python does not have; the cell says so, and where to run it.
* `seconds-in-the-page:55`: about how long it takes there, if long.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import textwrap
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from book.exercises.checking import SOLUTION
from book.exercises.hints import HINTS
from book.extensions.html_element import element, raw, text
from tools import live

START = "run-here.js"
STORED = "stored output"
BROWSERS = "Chrome and Edge from 137 on, Firefox from 153, Safari from 27"
ELSEWHERE = {
    "threads": "Not in a page: it needs threads and SQLite, which Python in a page does not have.",
    "program": "Not in a page: it starts another program.",
}
PLACE = '<p class="live-note"></p>'
NEEDED = '<span class="live-needed" hidden></span>'
"""What a page without cells says that has a use for Python."""


def write(app: Sphinx) -> None:
    """Build the page's Python, before the pages, which say how large it is."""
    app.kevent_live = {"built": False}  # type: ignore[attr-defined]
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    start = (live.LIVE / "start.js").read_text(encoding="utf-8")
    if not live.present() and os.environ.get("CI") == "true":
        raise ExtensionError("the pages' own Python did not come, and in CI there is no site without: tools/live.sh")
    if live.present():
        app.kevent_live = live.build(static)  # type: ignore[attr-defined]
        live.script(live.LIVE / "start.js", static / START)
    else:
        (static / START).write_text(start, encoding="utf-8")


# --- the cells -------------------------------------------------------------------------------------------------------


def tags(cell: nodes.container) -> dict[str, str]:
    """The tags of a cell, cut at their colon."""
    found = (name.removeprefix("tag_") for name in cell["classes"] if name.startswith("tag_"))
    return {name: value for name, _, value in (tag.partition(":") for tag in found)}


def button(act: str, word: str, which: str, *, hidden: bool = False) -> str:
    more = " hidden" if hidden else ""
    return (
        f'<button type="button" data-live-press="{act}"{more}>{word}<span class="live-which"> {which}</span></button>'
    )


def bar(number: int, said: dict[str, str], stored: str, size: str) -> nodes.raw:
    """The buttons of a cell and what there is to say of it; without a script a style sheet hides them.

    `size` is how large Python is: where one writes, one should know.
    """
    if "elsewhere" in said:
        why = ELSEWHERE[said["elsewhere"]]
        return raw(
            f'<div class="live-bar" data-elsewhere="yes">{button("copy", "Copy", f"cell {number}")}'
            f'<span class="live-status" role="status">{escape(why)}</span></div>'
        )
    exercise = "exercise" in said
    if exercise and size:
        stored = f"Python comes with the first run: {size}, once"
    which = "the exercise" if exercise else f"cell {number}"
    seconds = said.get("seconds-in-the-page", "")
    slow = f"about {seconds} s in the page" if seconds else ""
    status = ", ".join(filter(None, (stored, slow)))
    buttons = "".join(
        [
            button("run", "Run and check" if exercise else "Run", which),
            button("edit", "Edit", which),
            button("reset", "Reset", which, hidden=True),
            button("copy", "Copy", which),
        ]
    )
    attributes = f' data-seconds="{seconds}"' if seconds else ""
    return raw(
        f'<div class="live-bar" data-stored="{escape(status)}"{attributes}>{buttons}'
        f'<span class="live-status" role="status">{escape(status)}</span></div>'
    )


def solution(name: str) -> str:
    """The book's lines of an exercise."""
    module, _, function = name.rpartition(".")
    source = inspect.getsource(getattr(importlib.import_module(f"book.exercises.{module}"), function))
    found = SOLUTION.search(source)
    assert found is not None  # the skeleton was cut from it
    return textwrap.dedent("\n".join(found[0].splitlines()[1:-1]))


def more(name: str) -> nodes.Node:
    """What an exercise has beside its cells, each folded: a hint, the answer; and the way to erase what was typed."""
    answer = nodes.literal_block(solution(name), solution(name), language="python")
    folded = [
        element("details", element("summary", text("A hint")), nodes.paragraph("", "", *in_words(HINTS[name]))),
        element("details", element("summary", text("The book’s answer")), answer),
    ]
    kept = raw(
        '<p class="live-kept" hidden>What you typed stays in this browser. '
        '<button type="button" data-live-press="erase">Erase all that I typed in this book</button></p>'
    )
    return element("div", *folded, kept, class_="exercise-more")


def in_words(said: str) -> list[nodes.Node]:
    """A sentence with code between backticks."""
    return [nodes.literal("", part) if i % 2 else text(part) for i, part in enumerate(said.split("`"))]


def cells_of(doctree: nodes.document) -> list[nodes.container]:
    """The code cells of a page that show their code."""
    return [
        node
        for node in doctree.findall(nodes.container)
        if node.get("nb_element") == "cell_code" and source_of(node) is not None
    ]


def source_of(cell: nodes.container) -> nodes.container | None:
    sources = (node for node in cell.findall(nodes.container) if node.get("nb_element") == "cell_code_source")
    return next(sources, None)


def dress(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the buttons under the code of each cell, and make one thing of an exercise and its check."""
    if app.builder.format != "html":
        return
    cells = cells_of(doctree)
    size = size_of(app.kevent_live)  # type: ignore[attr-defined]
    for number, cell in enumerate(cells, start=1):
        said = tags(cell)
        outputs = [node for node in cell.findall(nodes.container) if node.get("nb_element") == "cell_code_output"]
        checks = number > 1 and "exercise" in tags(cells[number - 2])
        if not checks:
            cell.insert(1, bar(number, said, STORED if outputs else "", size))
    for cell, check in pairwise(cells):
        if name := tags(cell).get("exercise"):
            place = cell.parent.index(cell)
            if cell.parent.index(check) != place + 1:
                raise ValueError(f"{page}: the check of {name} does not stand right below it")
            whole = element("div", cell.deepcopy(), check.deepcopy(), more(name), class_="exercise", data_exercise=name)
            cell.parent[place : place + 2] = [whole]
    if cells:
        first: nodes.Element = cells_of(doctree)[0]
        while not isinstance(first.parent, nodes.section | nodes.document):
            first = first.parent
        first.parent.insert(first.parent.index(first), raw(PLACE))


# --- the page --------------------------------------------------------------------------------------------------------


def launches(buttons: list[dict[str, Any]]) -> dict[str, str]:
    """Where else the cells can be run, by name: what the theme's launch buttons say."""
    found: dict[str, str] = {}
    for each in buttons:
        if str(each.get("text")) in ("Binder", "Colab"):
            found[each["text"]] = each["url"]
        found |= launches(each.get("buttons", []))
    return found


def size_of(given: dict[str, Any]) -> str:
    """What a reader has to load, or nothing if there is nothing to load."""
    return f"{given['bytes'] / 1e6:.1f}\u00a0MB" if given["built"] else ""


def note(given: dict[str, Any], elsewhere: dict[str, str]) -> str:
    """The sentence above the first cell: for those who can run it, and for those who cannot."""
    links = ", ".join(f'<a href="{escape(url)}">{escape(name)}</a>' for name, url in elsewhere.items())
    if not given["built"]:
        return (
            '<p class="live-note">This copy of the site was built without the pages\' own Python. '
            f"The cells run elsewhere: {links}.</p>"
        )
    return (
        '<p class="live-note"><span class="live-here">The cells run in this page. Python comes with the first Run: '
        f"{size_of(given)}, once; nothing that you type is sent anywhere.</span>"
        f'<span class="live-elsewhere">The cells run in the page in {BROWSERS}; this browser cannot. '
        f"They run elsewhere: {links}.</span></p>"
    )


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body", "")
    if PLACE not in body and NEEDED not in body:
        return
    given: dict[str, Any] = app.kevent_live  # type: ignore[attr-defined]
    elsewhere = launches(context.get("header_buttons", []))
    notebook = Path(app.env.doc2path(page)).suffix == ".ipynb"
    if notebook:
        elsewhere["download the notebook"] = context["pathto"](f"_sources/{context['sourcename']}", 1)
    command = f"jupyter lab {page}.ipynb" if notebook else "jupyter lab"
    told = json.dumps({**given, "page": page, "command": command}, sort_keys=True).replace("<", "\\u003c")
    context["body"] = body.replace(PLACE, note(given, elsewhere), 1)
    context["body"] += f'<script type="application/json" id="live">{told}</script>'
    app.add_js_file(START, priority=400, defer="defer")  # before the figures, which ask whether there is Python


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.add_css_file("live.css")
    app.connect("builder-inited", write)
    app.connect("doctree-resolved", dress, priority=600)  # after the cells have got their final form
    app.connect("html-page-context", join, priority=960)  # after the launch buttons have got their addresses
    return {"parallel_read_safe": True, "parallel_write_safe": True}
