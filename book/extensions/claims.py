"""Claims: sentences of the book that a test checks over every schedule of a model.

``{claim}`name` `` behind a sentence shows how many schedules were run and links to the appendix, where ``{claims}``
lists every claim with its model, bound and test. A mark without a claim, or a claim without a mark, is a warning.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.extensions.html_element import raw

logger = logging.getLogger(__name__)

FIGURES = Path("book/claims/claims.json")


def figures(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    path = Path(env.srcdir) / FIGURES
    if "docname" in env.temp_data:  # else it is asked for the whole book
        env.note_dependency(str(path))
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def marks(env: BuildEnvironment) -> dict[str, set[str]]:
    """Document -> the claims marked in it."""
    if not hasattr(env, "claim_marks"):
        env.claim_marks = {}  # type: ignore[attr-defined]
    return env.claim_marks  # type: ignore[attr-defined, no-any-return]


class Badge(nodes.Inline, nodes.TextElement):
    """A mark; becomes a link when it is known where the list of claims stands."""


class MadeIn(nodes.Inline, nodes.TextElement):
    """Becomes links to the pages that make a claim, when all are read."""


class ClaimRole(SphinxRole):
    """``{claim}`name` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        known = figures(self.env)
        if self.text not in known:
            logger.warning("no test checks the claim %r", self.text, location=self.get_location())
            return [], []
        marks(self.env).setdefault(self.env.docname, set()).add(self.text)
        return [Badge("", f"checked over {known[self.text]['schedules']:,} schedules", claim=self.text)], []


class ClaimsDirective(SphinxDirective):
    """``{claims}``: every claim with the figures of its check."""

    def run(self) -> list[nodes.Node]:
        self.env.claims_page = self.env.docname  # type: ignore[attr-defined]
        found: list[nodes.Node] = []
        for name, claim in figures(self.env).items():
            section = nodes.section(ids=[f"claim-{name}"], names=[f"claim-{name}"])
            section += nodes.title("", claim["sentence"])
            lines = nodes.bullet_list()
            for what, text in (
                ("Model", claim["model"]),
                ("Run", f"{claim['schedules']:,} schedules: {claim['bound']}"),
                ("Larger model", f"{claim['larger']}; {claim['runs']} schedules by lot, seed {claim['seed']}"),
            ):
                lines += nodes.list_item("", nodes.paragraph("", f"{what}: {text}."))
            made = nodes.paragraph("", "Said in: ", MadeIn("", claim=name))
            lines.insert(0, nodes.list_item("", made))
            test = nodes.paragraph("", "Test: ")
            test += raw(f'<code class="literal">{escape(claim["test"]).replace("::", "::<wbr>")}</code>')
            lines += nodes.list_item("", test)
            section += lines
            found.append(section)
        return found


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    page = getattr(app.env, "claims_page", None)
    for badge in list(doctree.findall(Badge)):
        text = badge.astext()
        if page is None:
            badge.replace_self(nodes.Text(f"({text})"))
            continue
        uri = f"{app.builder.get_relative_uri(docname, page)}#claim-{badge['claim']}"
        badge.replace_self(nodes.reference("", text, refuri=uri, internal=True, classes=["claim"]))


def link_back(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for mark in list(doctree.findall(MadeIn)):
        pages = sorted(page for page, claims in marks(app.env).items() if mark["claim"] in claims)
        links: list[nodes.Node] = []
        for page in pages:
            uri = app.builder.get_relative_uri(docname, page)
            title = app.env.titles[page].astext()
            links += [nodes.Text("; "), nodes.reference("", title, refuri=uri, internal=True)]
        mark.replace_self(links[1:])


def check(app: Sphinx, env: BuildEnvironment) -> None:
    marked = set().union(*marks(env).values())
    for name in figures(env):
        if name not in marked:
            logger.warning("no page makes the claim %r", name)


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    marks(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    marks(env).update(marks(other))
    if hasattr(other, "claims_page"):
        env.claims_page = other.claims_page  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Badge)
    app.add_node(MadeIn)
    app.add_role("claim", ClaimRole())
    app.add_directive("claims", ClaimsDirective)
    app.add_css_file("claims.css")
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", link)
    app.connect("doctree-resolved", link_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
