"""Self-checks: the reader predicts, then a run answers. On the page alone, without a kernel.

    ```{self-check} broadcaster.slow_reader
    How many of the six events does the slow reader get?

    - two
    - four

    ---
    Four: two places, and ...
    ```

The argument names a function in `book/self_checks`. It is called when the site is built and returns the answer: the
number, or the text of one of the choices. Without choices the reader types a number. What stands below `---` is
shown with the answer. Answer and explanation are in the page, but not readable at a glance.

    ````{after-the-bet} bets.spin
    ... text, twins ...
    ````

is what the page tells once the reader has bet in the self-check of that name: folded before, and open as soon as there
is a prediction. Whoever does not care to bet, or has no script, opens it by hand; on paper it is open.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import itertools
import json
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from book.extensions.html_element import HtmlElement, element, raw, text
from kevent.figures.recording import unlogged

logger = logging.getLogger(__name__)

BOOK = Path(__file__).parents[1]


def answer_of(name: str) -> int | str:
    """Call the function `name` of `book/self_checks`. What its runs log is not for whoever builds the book."""
    module, _, function = name.rpartition(".")
    ask = getattr(importlib.import_module(f"book.self_checks.{module}"), function)
    with unlogged():
        answer = ask()
    if not isinstance(answer, int | str):
        raise TypeError(f"{name} returned {answer!r}: an answer is a number or the text of a choice")
    return answer


def seal(words: str, key: str) -> str:
    """Unreadable at a glance. No secret: the page has the key."""
    mixed = bytes(a ^ b for a, b in zip(words.encode(), itertools.cycle(key.encode())))
    return base64.b64encode(mixed).decode()


def identity_of(name: str) -> str:
    return f"check-{name.replace('.', '-').replace('_', '-')}"


class Sealed(nodes.General, nodes.Element):
    """An answer with its explanation; its HTML goes into an attribute, sealed."""


def visit_sealed(self: HTML5Translator, node: Sealed) -> None:
    node["start"] = len(self.body)


def depart_sealed(self: HTML5Translator, node: Sealed) -> None:
    html = "".join(self.body[node["start"] :])
    del self.body[node["start"] :]
    content = json.dumps({"answer": node["answer"], "html": html}, ensure_ascii=False)
    self.body.append(
        f'<div class="self-check-answer" role="status" data-key="{node["key"]}"'
        f' data-sealed="{seal(content, node["key"])}"></div>'
    )


class SelfCheckDirective(SphinxDirective):
    """``{self-check}``: see the head of this module."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if "---" not in self.content:
            raise self.error(f"self-check {name}: no explanation below a line `---`")
        cut = list(self.content).index("---")
        try:
            answer = answer_of(name)
        except (ImportError, AttributeError, TypeError) as error:
            raise self.error(f"self-check {name}: {error}") from error
        identity = identity_of(name)
        body = self.parse(self.content[:cut], self.content_offset)
        choices = [child for child in body if isinstance(child, nodes.bullet_list)]
        question = [child for child in body if child not in choices]
        fields = self.choices(choices, answer, name, identity) if choices else [number_field(answer, name, self)]
        check = element("div", class_="self-check", id=identity, role="group", aria_label="Predict, then see")
        check += question
        form = element("form", hidden=True)
        form += fields
        form += raw('<button type="submit">See what the run says</button>')
        check += form
        file = f"book/self_checks/{name.split('.', maxsplit=1)[0]}.py"
        items = [nodes.list_item("", *item.deepcopy().children) for each in choices for item in each]
        where = raw(
            "<p>The answer is shown by a script. Without one, run "
            f"<code>{escape(name.rpartition('.')[2])}</code> in <code>{escape(file)}</code>.</p>"
        )
        lists = [nodes.bullet_list("", *items)] if items else []
        check += element("div", *lists, where, class_="self-check-elsewhere")
        key = hashlib.sha256(identity.encode()).hexdigest()
        sealed = Sealed(key=key, answer=str(answer))
        sealed += self.parse(self.content[cut + 1 :], self.content_offset + cut + 1)
        check += sealed
        self.env.metadata[self.env.docname]["self_checks"] = "yes"
        return [check]

    def parse(self, lines: StringList, offset: int) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(lines, offset, holder)
        return list(holder.children)

    def choices(self, lists: list[nodes.bullet_list], answer: int | str, name: str, identity: str) -> list[nodes.Node]:
        items = [item for choices in lists for item in choices]
        if str(answer) not in [item.astext() for item in items]:
            raise self.error(f"self-check {name}: the run answers {answer!r}, which is none of the choices")
        if len({item.astext().endswith(".") for item in items}) > 1:
            raise self.error(f"self-check {name}: all choices end in a full stop, or none")
        fields = element("fieldset", raw('<legend class="twin-only-heard">Your prediction</legend>'))
        for item in items:
            value = escape(item.astext())
            label = element("label", raw(f'<input type="radio" name="{identity}" value="{value}" required> '))
            words = element("span")
            for paragraph in item.children:
                words += paragraph.children
            label += words
            fields += label
        return [fields]


class AfterTheBetDirective(SphinxDirective):
    """``{after-the-bet}``: see the head of this module."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        summary = element("summary", text("What was done about it"))
        bet = identity_of(self.arguments[0])
        return [element("details", summary, *holder.children, class_="after-the-bet", data_bet=bet)]


def check_bets(app: Sphinx, doctree: nodes.document) -> None:
    """Say which folds belong to no self-check of their page: nobody would open them."""
    named = [node["attributes"] for node in doctree.findall(HtmlElement)]
    checks = {each["id"] for each in named if each.get("class") == "self-check"}
    for bet in sorted({each["data-bet"] for each in named if "data-bet" in each} - checks):
        logger.warning("after-the-bet: this page has no self-check %s", bet, location=app.env.docname)


def number_field(answer: int | str, name: str, directive: SelfCheckDirective) -> nodes.Node:
    if not isinstance(answer, int):
        raise directive.error(f"self-check {name}: the run answers {answer!r}, no number, and there are no choices")
    return raw('<label>Your prediction <input type="number" inputmode="numeric" step="1" required></label>')


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "self_checks" in app.env.metadata.get(page, {}):
        app.add_js_file("self-check.js", priority=400, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.add_node(Sealed, html=(visit_sealed, depart_sealed))
    app.add_directive("self-check", SelfCheckDirective)
    app.add_directive("after-the-bet", AfterTheBetDirective)
    app.connect("doctree-read", check_bets)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
