"""Cards for terms: what the glossary says of the terms that a page uses, for whoever points at one.

The page gets them in one `<script type="application/json" id="terms">`: [English, Chinese, meaning] by anchor. Without
a script a term is a link to the glossary.
"""

from __future__ import annotations

import json
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "book/appendix_glossary"
USED = re.compile(r'href="[^"]*appendix_glossary\.html#(term-[\w-]+)"')


def terms_of(env: BuildEnvironment) -> dict[str, tuple[str, str, str]]:
    """The glossary by anchor: English, Chinese, meaning. Complete when every page is read."""
    known: dict[str, tuple[str, str, str]] | None = getattr(env, "kevent_terms", None)
    if known is None:
        known = env.kevent_terms = {}  # type: ignore[attr-defined]
        if GLOSSARY in env.found_docs:
            for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
                for term in item.findall(nodes.term):
                    chinese, _, meaning = next(iter(item.findall(nodes.definition))).astext().partition(". ")
                    known[term["ids"][0]] = (term.astext(), chinese.removesuffix("."), " ".join(meaning.split()))
    return known


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    env.kevent_terms = None  # type: ignore[attr-defined]


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body", "")
    known = terms_of(app.env)
    used = {anchor: known[anchor] for anchor in dict.fromkeys(USED.findall(body)) if anchor in known}
    if used and page != GLOSSARY:
        told = json.dumps(used, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        context["body"] = f'{body}<script type="application/json" id="terms">{told}</script>'


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", join, priority=970)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
